"""What a class's results add up to: scores, questions, and who needs a person. Numbers only, no markup."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, get_args

from autograder.result import CheckResult, QuestionResult, Result, Status

_FINDINGS: Final = 8
_EXAMPLES: Final = 3
_BINS: Final = 15


@dataclass(frozen=True)
class Scores:
    """Where the scores lie, in points; quartiles by linear interpolation."""

    lowest: float
    lower_quartile: float
    median: float
    upper_quartile: float
    highest: float
    mean: float


@dataclass(frozen=True)
class Bin:
    """A bar of the histogram: scores from `start` up to, not including, `stop` (the last bin includes it)."""

    start: float
    stop: float
    count: int


@dataclass(frozen=True)
class Finding:
    """Something said about several submissions.

    Attributes:
        text: for the instructor where the check says more to them, else what the student reads.
        diagnosis: the recognised mistake, or "".
        count: of submissions.
        examples: names of the first few.
    """

    text: str
    diagnosis: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """A submission that waits for somebody to give points."""

    submission: str
    pending: float


@dataclass
class Question:
    """How a class did in one question.

    Attributes:
        id, title, points, bonus, rubric: as in the results.
        counts: how many graded submissions have each status.
        share: mean of earned / decided points, 0…1; None while nobody's points are decided.
        diagnoses: recognised mistakes with their number of submissions, the most common first.
        findings: what was said, the most common first, at most eight.
        findings_left: how many other findings there are.
        waiting: submissions whose points in this question a person has to give.
    """

    id: str
    title: str
    points: float
    bonus: bool
    rubric: str
    counts: dict[Status, int]
    share: float | None
    diagnoses: list[tuple[str, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    findings_left: int = 0
    waiting: list[Waiting] = field(default_factory=list)


def scores(results: Iterable[Result]) -> Scores | None:
    """Of the graded submissions; None if there is none."""
    earned = sorted(result.earned for result in results if result.status == "graded")
    if not earned:
        return None
    lower, median, upper = (
        statistics.quantiles(earned, n=4, method="inclusive") if len(earned) > 1 else earned * 3
    )
    return Scores(earned[0], lower, median, upper, earned[-1], statistics.fmean(earned))


def histogram(results: Iterable[Result]) -> list[Bin]:
    """Scores in at most 15 bins of a round width, from 0 to the total or the highest score above it."""
    graded = [result for result in results if result.status == "graded"]
    if not graded:
        return []
    top = max(max(result.points, result.earned) for result in graded)
    width = _bin_width(top)
    number = max(1, math.ceil(top / width))
    counts = Counter(min(int(result.earned / width), number - 1) for result in graded)
    edges = [index * width for index in range(number + 1)]
    return [Bin(start, stop, counts[index]) for index, (start, stop) in enumerate(pairwise(edges))]


def questions(results: Sequence[Result]) -> list[Question]:
    """Every question of the class, in the config's order, over the graded submissions."""
    answers: dict[str, list[tuple[str, QuestionResult]]] = {}
    for result in results:
        for question in result.questions:
            rows = answers.setdefault(question.id, [])
            if result.status == "graded":
                rows.append((result.submission, question))
    return [_question(rows) for rows in answers.values() if rows]


def _bin_width(top: float) -> float:
    """The smallest of …, 0.5, 1, 2, 5, 10, … that needs at most 15 bins up to `top`."""
    if top <= 0:
        return 1.0
    exponent = math.floor(math.log10(top / _BINS))
    widths = (step * 10.0**power for power in (exponent, exponent + 1) for step in (1, 2, 5))
    return next(width for width in widths if math.ceil(top / width) <= _BINS)


def _question(rows: Sequence[tuple[str, QuestionResult]]) -> Question:
    first = rows[0][1]
    statuses = Counter(question.status for _, question in rows)
    findings = _findings(rows)
    return Question(
        id=first.id,
        title=first.title,
        points=first.points,
        bonus=first.bonus,
        rubric=first.rubric,
        counts={status: statuses[status] for status in get_args(Status)},
        share=_share([question for _, question in rows]),
        diagnoses=_diagnoses([question for _, question in rows]),
        findings=findings[:_FINDINGS],
        findings_left=len(findings[_FINDINGS:]),
        waiting=[Waiting(name, question.pending) for name, question in rows if question.pending > 0],
    )


def _share(answers: Iterable[QuestionResult]) -> float | None:
    decided = [(one.earned, one.points - one.pending) for one in answers]
    shares = [earned / points for earned, points in decided if points > 0]
    return statistics.fmean(shares) if shares else None


def _diagnoses(answers: Iterable[QuestionResult]) -> list[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for answer in answers:
        verdicts = [check.verdict for check in answer.checks if check.verdict.status != "passed"]
        counts.update({verdict.diagnosis for verdict in verdicts} - {""})
    return counts.most_common()


def _findings(rows: Sequence[tuple[str, QuestionResult]]) -> list[Finding]:
    said: dict[tuple[str, str], list[str]] = {}
    for name, question in rows:
        for key in dict.fromkeys(_said(check) for check in question.checks if _worth_telling(check)):
            said.setdefault(key, []).append(name)
    found = [
        Finding(text, diagnosis, len(names), tuple(names[:_EXAMPLES]))
        for (text, diagnosis), names in said.items()
    ]
    return sorted(found, key=lambda finding: -finding.count)


def _said(check: CheckResult) -> tuple[str, str]:
    return check.verdict.instructor or check.verdict.message, check.verdict.diagnosis


def _worth_telling(check: CheckResult) -> bool:
    verdict = check.verdict
    if verdict.status == "needs_person":
        return verdict.instructor != ""
    return verdict.status in ("failed", "partial", "error") and _said(check)[0] != ""
