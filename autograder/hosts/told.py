"""What every host is told about a result, in words: one part of a question for each visibility of its checks.

Pure functions on results. Says what a student may read: a check's message, never its `instructor` text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from autograder.report.words import STATUS_WORDS, clean, family, number, points, subject
from autograder.result import CheckResult, Picture, QuestionResult, Result, Status, Visibility, overall

_ROLES: Final = {"submitted": "Submitted", "expected": "Expected", "difference": "Difference"}
_SPECIAL: Final = re.compile(r"([\\*_\[\]<>#|~&!])")
_CODE: Final = re.compile(r"(`[^`\n]+`)")


@dataclass(frozen=True)
class Part:
    """The checks of a question that may be shown at the same time.

    Attributes:
        name: the question's title; with what was looked at, where a question has several parts.
        points: what they are worth.
        earned: None while nothing of them is decided.
        pending: points that a person still has to give.
        status: a status word.
        visibility: when a student may see it.
        checks: that it consists of.
        question: that it is a part of.
    """

    name: str
    points: float
    earned: float | None
    pending: float
    status: Status
    visibility: Visibility
    checks: tuple[CheckResult, ...]
    question: QuestionResult


def parts(question: QuestionResult) -> list[Part]:
    """The parts of a question, in the order of its checks.

    What a person gave is for the whole question, which is then one part; it shows when the checks that the
    person decided would.
    """
    groups: dict[Visibility, list[CheckResult]] = {}
    for check in question.checks:
        groups.setdefault(check.visibility, []).append(check)
    if question.given is not None or len(groups) < 2:
        shown: list[Visibility] = [check.visibility for check in question.checks if check.earned is None]
        visibility = [*shown, *groups, "hidden"][0]
        earned = None if 0 < question.points <= question.pending else question.earned
        return [
            Part(
                question.title,
                question.points,
                earned,
                question.pending,
                question.status,
                visibility,
                question.checks,
                question,
            )
        ]
    return [_part(question, visibility, tuple(checks)) for visibility, checks in groups.items()]


def _part(question: QuestionResult, visibility: Visibility, checks: tuple[CheckResult, ...]) -> Part:
    decided = [check.earned for check in checks if check.earned is not None]
    about = ", ".join(dict.fromkeys(subject(check) or family(check.family).lower() for check in checks))
    return Part(
        name=f"{question.title}: {about}",
        points=round(sum(check.points for check in checks), 4),
        earned=round(sum(decided), 4) if decided else None,
        pending=round(sum(check.points for check in checks if check.earned is None), 4),
        status=overall(check.verdict.status for check in checks),
        visibility=visibility,
        checks=checks,
        question=question,
    )


def lines(part: Part) -> list[str]:
    """What is said of a part, a paragraph each, in plain text; names in backticks are code."""
    question, said = part.question, []
    if question.given is not None:
        said.append(f"A person gave {number(question.given.points)} of {points(question.points)}.")
        said += filter(None, [clean(question.given.comment)])
        if question.given.changed:
            said.append("The answer changed after these points were given; a person will look at it again.")
    several = len(part.checks) > 1
    for check in part.checks:
        if check.verdict.message and not (question.given is not None and check.earned is None):
            mark = f"{STATUS_WORDS[check.verdict.status]}: " if several else ""
            said.append(f"{mark}{clean(check.verdict.message)}")
    said += (clean(error) for error in question.errors)
    if part.pending > 0:
        said.append(f"{points(part.pending)} still to be given by a person.")
    return said


def score(result: Result) -> str:
    """The score in one sentence."""
    if result.status == "ungraded":
        why = f"{result.reason} " if result.reason else ""
        return f"Not graded yet. {why}This is not a zero; somebody has to look at it first."
    return " ".join(filter(None, [f"{number(result.earned)} of {points(result.points)}.", waiting(result)]))


def waiting(result: Result) -> str:
    """What a person still has to give, in one sentence, "" for nothing."""
    return f"{points(result.pending)} still to be given by a person." if result.pending > 0 else ""


def pictures(part: Part) -> Iterator[tuple[str, Picture]]:
    """The part's pictures, submitted before expected before difference, each with what it shows in words."""
    for check in part.checks:
        for role, word in _ROLES.items():
            for picture in check.verdict.pictures:
                if picture.role == role:
                    yield f"{word}: {clean(picture.alt)}", picture


def data_url(picture: Picture) -> str:
    """The picture's bytes as an address."""
    return "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")


def markdown(text: str) -> str:
    """Plain text as Markdown that shows it as it stands; names in backticks stay code."""
    pieces = _CODE.split(clean(text))
    return "".join(piece if place % 2 else _SPECIAL.sub(r"\\\1", piece) for place, piece in enumerate(pieces))
