"""What moved between two runs over a class, question by question, and why. Changes nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.report.words import number
from autograder.result import CheckResult, QuestionResult, Result


@dataclass(frozen=True)
class Change:
    """Something that two runs found differently.

    Attributes:
        submission: whose.
        question: its id; "" for the whole submission.
        before, after: points as text: "1.5", "0 (2 to give)", "not graded", "absent".
        why: what the checks that moved say now.
    """

    submission: str
    question: str
    before: str
    after: str
    why: str


def between(before: Mapping[str, Result], after: Mapping[str, Result]) -> Iterator[Change]:
    """All that moved, by submission and in the order of the questions; messages alone are no change.

    Args:
        before, after: by the submission's name.
    """
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or old.status != new.status:
            yield Change(name, "", _whole(old), _whole(new), new.reason if new else "")
        else:
            yield from _questions(name, old, new)


def _questions(name: str, old: Result, new: Result) -> Iterator[Change]:
    known = {question.id: question for question in old.questions}
    for question in new.questions:
        earlier = known.pop(question.id, None)
        if earlier is None or _points(earlier) != _points(question):
            yield Change(name, question.id, _points(earlier), _points(question), _why(earlier, question))
    for question in known.values():
        yield Change(name, question.id, _points(question), _points(None), "the question is gone")


def _whole(result: Result | None) -> str:
    if result is None:
        return "absent"
    return "not graded" if result.status == "ungraded" else number(result.earned)


def _points(question: QuestionResult | None) -> str:
    if question is None:
        return "absent"
    waiting = f" ({number(question.pending)} to give)" if question.pending else ""
    return f"{number(question.earned)}{waiting} of {number(question.points)}"


def _why(old: QuestionResult | None, new: QuestionResult) -> str:
    known = [_found(check) for check in old.checks] if old else []
    moved = [check for check in new.checks if _found(check) not in known]
    return " ".join(check.verdict.message or check.verdict.status for check in moved)


def _found(check: CheckResult) -> tuple[str, str, float, float | None]:
    return check.family, check.subject, check.points, check.earned
