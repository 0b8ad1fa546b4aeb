"""Turns the evidence of one submission into its result: verdicts, points, and what went wrong in words.

Runs no student code and believes nothing that a submission says about itself. Where the grader cannot
judge, points are left to a person; they are never lost.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Sequence
from dataclasses import replace

from autograder import checks
from autograder.checks import answers
from autograder.checks.base import Check, Oracle
from autograder.checks.saved import PICTURE, SEEN
from autograder.config import AssignmentConfig, Question
from autograder.evidence import CellError, Evidence, Figure, Missing, QuestionEvidence, Training
from autograder.result import CheckResult, QuestionResult, Result, Verdict, overall

_MOST_ERRORS = 5


def judge(
    config: AssignmentConfig,
    evidence: Evidence,
    oracle: Oracle,
    *,
    submission: str,
    file: str,
    sha256: str,
    version: str,
    data: str = "",
    stand_in: bool = False,
    isolation: str = "",
    grader: str = "",
) -> Result:
    """Judge one submission.

    Args:
        config: what is asked and what it is worth.
        evidence: what the submission's execution showed.
        oracle: recomputes what is expected.
        submission, file, sha256, version, data, stand_in, isolation, grader: see `Result`.

    Returns:
        A result that is "graded"; or "ungraded", all points pending, when nothing of the notebook could
        be executed, for then only a person can say whose fault it is.
    """
    reason = _why_not(evidence)
    questions = () if reason else tuple(_questions(config, evidence, oracle))
    pending = config.points_total if reason else sum(question.pending for question in questions)
    return Result(
        submission=submission,
        file=file,
        sha256=sha256,
        assignment=config.assignment,
        title=config.title,
        version=version,
        status="ungraded" if reason else "graded",
        reason=reason,
        points=config.points_total,
        earned=round(sum(question.earned for question in questions), 2),
        pending=round(pending, 2),
        questions=questions,
        notes=tuple(_notes(evidence)),
        data=data,
        stand_in=stand_in,
        isolation=isolation,
        grader=grader,
        seconds=dict(evidence.seconds),
        versions=dict(evidence.versions),
    )


def _why_not(evidence: Evidence) -> str:
    """Why nothing can be judged, or ""."""
    if evidence.failure:
        return answers.full_stop(evidence.failure)
    seen = evidence.errors or evidence.loose_figures or any(map(_ran, evidence.questions.values()))
    if not evidence.complete and evidence.running_cell is None and not seen:
        return "The process that executes the notebook ended before it ran a cell."
    return ""


def _ran(question: QuestionEvidence) -> bool:
    values = [value for value in question.values.values() if not isinstance(value, Missing)]
    return bool(values or question.figures or question.errors)


def _questions(config: AssignmentConfig, evidence: Evidence, oracle: Oracle) -> list[QuestionResult]:
    loose, training = evidence.loose_figures, config.training
    return [
        _question(name, question, _explained(name, config, evidence), oracle, loose, training)
        for name, question in config.questions.items()
    ]


def _explained(name: str, config: AssignmentConfig, evidence: Evidence) -> QuestionEvidence:
    """A question's evidence, its errors completed by what is known of the whole notebook."""
    question = evidence.questions.get(name) or QuestionEvidence(name)
    limit = f"It was stopped after {config.limits.cell_seconds:g} s."
    errors = [
        replace(error, message=limit) if error.kind == "timeout" and not error.message else error
        for error in question.errors
    ]
    fatal = evidence.running_cell
    if not evidence.complete and fatal is not None:
        known = {error.cell for error in errors}
        why = f"the notebook's process ended in cell {fatal + 1}"
        errors += [
            CellError(cell, "killed") if cell == fatal else CellError(cell, "skipped", message=why)
            for cell in question.cells
            if cell >= fatal and cell not in known
        ]
    return replace(question, errors=errors, trained=evidence.trained)


def _question(
    name: str,
    question: Question,
    seen: QuestionEvidence,
    oracle: Oracle,
    loose_figures: Sequence[Figure],
    training: Training,
) -> QuestionResult:
    weights = sum(check.weight for check in question.checks)
    worth = [question.points * check.weight / weights for check in question.checks]
    verdicts = [
        _handed_in(check, _verdict(check, seen, oracle, loose_figures), seen, training)
        for check in question.checks
    ]
    earned = [_earned(verdict, points) for verdict, points in zip(verdicts, worth, strict=True)]
    undecided = [points for points, given in zip(worth, earned, strict=True) if given is None]
    return QuestionResult(
        id=name,
        title=question.title,
        points=question.points,
        bonus=question.bonus,
        earned=round(sum(given for given in earned if given is not None), 4),
        pending=round(sum(undecided), 4),
        status=overall(verdict.status for verdict in verdicts),
        checks=tuple(map(_check_result, question.checks, verdicts, worth, earned)),
        matched_by=seen.matched_by,
        cells=seen.cells,
        errors=tuple(answers.sentence(error, f"question {name}") for error in seen.errors),
        rubric=question.rubric,
        answer=seen.text,
    )


def _verdict(
    check: Check, question: QuestionEvidence, oracle: Oracle, loose_figures: Sequence[Figure]
) -> Verdict:
    """A check's verdict; if the check itself fails, one that leaves its points to a person."""
    try:
        verdict = checks.judge(check, question, oracle, loose_figures)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return _broken(
            f"{type(error).__name__}: {error} ({last.name}, line {last.lineno} of {last.filename})"
        )
    if verdict.status == "partial" and not math.isfinite(verdict.fraction):
        return _broken(f"The check gave {verdict.fraction} as the share of its points.")
    return verdict


def _handed_in(check: Check, verdict: Verdict, question: QuestionEvidence, training: Training) -> Verdict:
    """A failed verdict in the light of how notebooks are executed when networks are handed in.

    What was not executed is left to a person; who handed in no network is told how.
    """
    if verdict.status != "failed" or training == "run" or verdict.details.get(SEEN) == PICTURE:
        return verdict
    if training == "outputs" and check.needs_execution:
        message = "The notebook was not executed, so that this was not checked. A person will look at it."
        return Verdict("needs_person", message=message, diagnosis="not_executed", instructor=verdict.message)
    if check.needs_execution or check.network in question.trained:
        return verdict
    executed = "only a few training steps were run here" if training == "replay" else "nothing was run here"
    advice = (
        f"No trained network `{check.network}` was handed in, and {executed}. After the training, call "
        f'`helper.submit({check.network}, history, name="{check.network}")`, and hand in the file that it '
        "writes together with the notebook."
    )
    seen = "" if training == "outputs" else f"{verdict.message} "
    return replace(verdict, message=f"{seen}{advice}")


def _broken(why: str) -> Verdict:
    message = "The grader could not check this; a person will look at it."
    return Verdict("error", message=message, instructor=why)


def _earned(verdict: Verdict, points: float) -> float | None:
    """Points that a verdict gives; None while a person has to decide."""
    match verdict.status:
        case "passed":
            return points
        case "partial":
            return points * min(max(verdict.fraction, 0.0), 1.0)
        case "failed" | "unanswered":
            return 0.0
    return None


def _check_result(check: Check, verdict: Verdict, points: float, earned: float | None) -> CheckResult:
    return CheckResult(
        family=checks.family(check),
        subject=check.subject,
        points=round(points, 4),
        earned=None if earned is None else round(earned, 4),
        visibility=check.show,
        verdict=verdict,
    )


def _notes(evidence: Evidence) -> list[str]:
    """Remarks about the whole submission, each once."""
    notes = list(evidence.notes)
    guessed = [name for name, question in evidence.questions.items() if question.matched_by == "position"]
    if guessed:
        notes.append(
            f"Recognised by their position in the notebook only, please check: {', '.join(guessed)}."
        )
    if not evidence.failure and not evidence.complete and evidence.running_cell is not None:
        notes.append(f"The notebook ended in cell {evidence.running_cell + 1}; later cells were not run.")
    told = {error.cell for question in evidence.questions.values() for error in question.errors}
    others = [error for error in evidence.errors if error.cell not in told]
    notes += answers.sentences(others[:_MOST_ERRORS])
    if len(others) > _MOST_ERRORS:
        notes.append(f"{len(others) - _MOST_ERRORS} more cells outside the questions did not finish.")
    return list(dict.fromkeys(notes))
