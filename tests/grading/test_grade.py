"""From evidence to a grade: points, statuses, and what is said about a notebook that did not finish."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder import checks
from autograder.config import AssignmentConfig
from autograder.evidence import CellError, Evidence, Missing, Model, QuestionEvidence, Trained, Value
from autograder.grading import grade
from autograder.result import QuestionResult, Result, Verdict, to_json
from tests.fakes import LABELS, FakeOracle, scalar


def config(**questions: dict[str, Any]) -> AssignmentConfig:
    return AssignmentConfig.model_validate(
        {
            "assignment": "course",
            "title": "Course",
            "data": {"name": "cifar10"},
            "model": {"checkpoint": "c"},
            "limits": {"cell_seconds": 20},
            "questions": {
                name: {"title": name.upper(), "points": 1, "checks": [value_check("n")], **question}
                for name, question in questions.items()
            },
        }
    )


def value_check(name: str, **fields: Any) -> dict[str, Any]:
    return {"value": name, "equals": 32, **fields}


def seen(name: str, cell: int = 0, **values: Value) -> QuestionEvidence:
    return QuestionEvidence(name, matched_by="metadata", cells=(cell,), values=values)


def complete(*questions: QuestionEvidence, **fields: Any) -> Evidence:
    return Evidence(questions={question.id: question for question in questions}, complete=True, **fields)


def judged(setup: AssignmentConfig, evidence: Evidence, **fields: Any) -> Result:
    known: dict[str, Any] = {
        "submission": "ann",
        "file": "ann.ipynb",
        "sha256": "0",
        "version": "1",
        **fields,
    }
    return grade.judge(setup, evidence, FakeOracle(), **known)


def only(result: Result) -> QuestionResult:
    (question,) = result.questions
    return question


def test_right_and_wrong_answers_add_up() -> None:
    setup = config(first={"points": 2}, second={"points": 3}, extra={"points": 4, "bonus": True})
    result = judged(
        setup,
        complete(seen("first", n=scalar(32)), seen("second", n=scalar(31)), seen("extra", n=scalar(32))),
        data="CIFAR-10",
        isolation="none",
        grader="0.1",
    )
    assert (result.status, result.points, result.earned, result.pending) == ("graded", 5, 6, 0)
    assert [question.status for question in result.questions] == ["passed", "failed", "passed"]
    assert [question.earned for question in result.questions] == [2, 0, 4]
    assert (result.data, result.isolation, result.grader) == ("CIFAR-10", "none", "0.1")
    assert not result.needs_person


def test_times_and_versions_of_the_execution_are_kept() -> None:
    evidence = complete(seen("q", n=scalar(32)), seconds={"cells": 2.5}, versions={"python": "3.12.1"})
    result = judged(config(q={}), evidence)
    assert (result.seconds, result.versions) == ({"cells": 2.5}, {"python": "3.12.1"})


def test_weights_share_a_questions_points_and_thirds_add_up_to_all() -> None:
    three = [value_check("a"), value_check("b"), value_check("c")]
    setup = config(q={"points": 1, "checks": three})
    right = only(judged(setup, complete(seen("q", a=scalar(32), b=scalar(32), c=scalar(32)))))
    assert (right.earned, right.status) == (1.0, "passed")
    two = only(judged(setup, complete(seen("q", a=scalar(32), b=scalar(32), c=scalar(1)))))
    assert (two.earned, two.status) == (0.6667, "partial")
    assert [check.points for check in two.checks] == [0.3333] * 3
    weighted = config(
        q={"points": 3, "checks": [value_check("a", weight=2), value_check("b", show="visible")]}
    )
    result = only(judged(weighted, complete(seen("q", a=scalar(32), b=scalar(1)))))
    assert [(check.earned, check.points) for check in result.checks] == [(2, 2), (0, 1)]
    assert [check.visibility for check in result.checks] == ["hidden", "visible"]
    assert [(check.family, check.subject) for check in result.checks] == [("value", "a"), ("value", "b")]


def test_a_written_answer_waits_for_a_person() -> None:
    setup = config(relu={"points": 2, "checks": [{"written": True, "rubric": "Zero."}]}, q={})
    words = QuestionEvidence("relu", matched_by="metadata", text="It clips.")
    result = judged(setup, complete(words, seen("q", n=scalar(32))))
    answer = result.questions[0]
    assert (answer.status, answer.earned, answer.pending) == ("needs_person", 0, 2)
    assert (answer.rubric, answer.answer) == ("Zero.", "It clips.")
    assert (result.earned, result.pending, result.needs_person) == (1, 2, True)
    empty = judged(setup, complete(QuestionEvidence("relu", matched_by="metadata", text="___")))
    assert (empty.questions[0].status, empty.pending) == ("unanswered", 0)


def test_a_check_that_breaks_loses_nobodys_points(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(check: Any, *arguments: Any) -> Verdict:
        if check.value == "a":
            raise ZeroDivisionError("of the grader")
        return Verdict("passed", 1.0)

    monkeypatch.setattr(checks, "judge", broken)
    setup = config(q={"points": 2, "checks": [value_check("a"), value_check("b")]})
    question = only(judged(setup, complete(seen("q"))))
    assert (question.status, question.earned, question.pending) == ("error", 1, 1)
    assert question.checks[0].earned is None
    verdict = question.checks[0].verdict
    assert "a person will look at it" in verdict.message
    assert "ZeroDivisionError: of the grader (broken, line" in verdict.instructor
    assert "ZeroDivisionError" not in verdict.message


@pytest.mark.parametrize(
    ("verdict", "earned", "pending"),
    [
        (Verdict("partial", 0.25), 1.0, 0.0),
        (Verdict("partial", 7.0), 4.0, 0.0),
        (Verdict("partial", -1.0), 0.0, 0.0),
        (Verdict("partial", float("nan")), 0.0, 4.0),
        (Verdict("passed"), 4.0, 0.0),
        (Verdict("failed", 1.0), 0.0, 0.0),
        (Verdict("needs_person", 1.0), 0.0, 4.0),
    ],
)
def test_verdicts_become_points(
    monkeypatch: pytest.MonkeyPatch, verdict: Verdict, earned: float, pending: float
) -> None:
    monkeypatch.setattr(checks, "judge", lambda *arguments: verdict)
    question = only(judged(config(q={"points": 4}), complete(seen("q"))))
    assert (question.earned, question.pending) == (earned, pending)


def test_what_is_no_notebook_is_ungraded_not_zero() -> None:
    result = judged(config(q={"points": 4}), Evidence(failure="not JSON"))
    assert (result.status, result.reason) == ("ungraded", "not JSON.")
    assert (result.points, result.pending, result.needs_person) == (4, 4, True)
    assert result.questions == ()


def test_a_process_that_never_ran_a_cell_is_ungraded() -> None:
    evidence = Evidence(questions={"q": seen("q", n=Missing())})
    assert judged(config(q={}), evidence).status == "ungraded"
    evidence.complete = True
    assert judged(config(q={}), evidence).status == "graded"


def test_what_came_before_a_killed_cell_counts_and_the_rest_is_explained() -> None:
    setup = config(before={}, fatal={}, after={})
    evidence = Evidence(
        questions={
            "before": seen("before", 1, n=scalar(32)),
            "fatal": seen("fatal", 3),
            "after": seen("after", 5),
        },
        running_cell=3,
    )
    result = judged(setup, evidence)
    before, fatal, after = result.questions
    assert (result.status, result.earned) == ("graded", 1)
    assert (before.status, fatal.status, after.status) == ("passed", "failed", "failed")
    assert fatal.errors == (
        "Cell 4 (question fatal) ended the notebook's process, or had to be ended with it.",
    )
    assert after.errors == ("Cell 6 (question after) was not run: the notebook's process ended in cell 4.",)
    assert "was not run" in after.checks[0].verdict.message
    assert "The notebook ended in cell 4; later cells were not run." in result.notes


def test_errors_name_cell_question_line_and_the_limit_of_time() -> None:
    question = seen("q", 6)
    question.errors = [
        CellError(6, "exception", "ValueError", "bad", 2, "f()"),
        CellError(7, "timeout"),
    ]
    found = only(judged(config(q={}), complete(question)))
    assert found.errors == (
        "Cell 7 (question q) stopped in line 2 with ValueError: bad.",
        "Cell 8 (question q) ran longer than its time limit. It was stopped after 20 s.",
    )
    assert "after 20 s." in found.checks[0].verdict.message


def test_errors_outside_the_questions_become_notes_but_not_without_end() -> None:
    errors = [CellError(cell, "exception", "ImportError", "no module", 1) for cell in range(9)]
    notes = judged(config(q={}), complete(seen("q", 20), errors=errors)).notes
    assert "Cell 1 stopped in line 1 with ImportError: no module." in notes
    assert "4 more cells outside the questions did not finish." in notes
    assert len(notes) == 6


def test_guesses_about_cells_are_noted_and_stand_in_data_marked() -> None:
    setup = config(one={}, two={}, three={})
    evidence = complete(
        QuestionEvidence("one", matched_by="names"),
        QuestionEvidence("two", matched_by="position"),
        seen("three"),
        notes=["metadata stripped", "metadata stripped"],
    )
    result = judged(setup, evidence, stand_in=True)
    assert result.stand_in
    assert result.notes == (
        "metadata stripped",
        "Recognised by their position in the notebook only, please check: two.",
    )


def test_a_question_without_evidence_is_unanswered() -> None:
    assert only(judged(config(q={}), complete())).status == "unanswered"


def test_the_result_is_json_with_every_question() -> None:
    record = to_json(judged(config(q={}), complete(seen("q", n=scalar(float("nan"))))))
    assert record["questions"][0]["checks"][0]["verdict"]["diagnosis"] == "nan"


def handing_in(training: str, *checks: dict[str, Any]) -> AssignmentConfig:
    return AssignmentConfig.model_validate(
        {
            "assignment": "course",
            "title": "Course",
            "data": {"name": "mnist"},
            "models": {"net": "mnist-first"},
            "training": training,
            "questions": {"q": {"title": "Q", "points": 2, "checks": checks}},
        }
    )


ACCURACY = {"accuracy": "net", "at_least": 0.9}


def tried(**fields: Any) -> QuestionEvidence:
    return replace(seen("q"), source="net = train()", **fields)


def test_handed_in_networks_reach_every_question() -> None:
    oracle = FakeOracle(net=lambda images: [np.eye(3)[LABELS]])
    evidence = complete(tried(), trained={"net": Trained(Model("net", (), "Functional"))})
    result = grade.judge(
        handing_in("replay", ACCURACY),
        evidence,
        oracle,
        submission="ann",
        file="ann.ipynb",
        sha256="",
        version="",
    )
    assert (only(result).status, result.earned) == ("passed", 2)


@pytest.mark.parametrize(
    ("training", "words"),
    [("replay", "only a few training steps were run"), ("outputs", "nothing was run here")],
)
def test_who_hands_in_no_network_is_told_how(training: str, words: str) -> None:
    result = judged(handing_in(training, ACCURACY), complete(tried()))
    (check,) = only(result).checks
    assert (check.verdict.status, check.earned) == ("failed", 0)
    assert words in check.verdict.message
    assert 'helper.submit(net, history, name="net")' in check.verdict.message
    run = judged(handing_in("run", ACCURACY), complete(tried()))
    assert "helper.submit" not in only(run).checks[0].verdict.message


def test_what_was_not_executed_is_left_to_a_person() -> None:
    figure = {"panels": {"images": {}}, "at_least": 2}
    result = judged(handing_in("outputs", value_check("n"), figure), complete(tried()))
    assert [check.verdict.status for check in only(result).checks] == ["needs_person", "needs_person"]
    assert all("was not executed" in check.verdict.message for check in only(result).checks)
    assert result.pending == 2
    result = judged(handing_in("outputs", value_check("n"), figure), complete(tried(untouched=True)))
    assert [check.verdict.status for check in only(result).checks] == ["unanswered", "unanswered"]
