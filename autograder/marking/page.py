"""A question's page for whoever marks it: all answers side by side, rubric and model answer beside them.

Shows nobody's name unless it is asked to: answers come in the order of their codes. For instructors; it may
name expected values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.marking.sheets import Line
from autograder.report import html
from autograder.result import QuestionResult


@dataclass(frozen=True)
class Entry:
    """One answer on a page.

    Attributes:
        line: as it stands on the sheet.
        question: with the pictures of its checks.
    """

    line: Line
    question: QuestionResult


@dataclass(frozen=True)
class Link:
    """Another question's page."""

    title: str
    file: str


def render(
    entries: Sequence[Entry],
    *,
    title: str,
    model: str,
    others: Sequence[str],
    links: Sequence[Link],
    file: str,
) -> str:
    """The page of a question.

    Args:
        entries: its answers, at least one, in the order in which they are shown.
        title: of the assignment.
        model: the answer of the solution; "" if it is not known.
        others: sentences about submissions that are not on the page.
        links: all pages, this one too.
        file: of this page's sheet.
    """
    return html.page(
        "sheet.html",
        entries=entries,
        question=entries[0].question,
        title=title,
        model=model,
        others=others,
        links=links,
        file=file,
        left=sum(1 for entry in entries if entry.question.given is None),
    )
