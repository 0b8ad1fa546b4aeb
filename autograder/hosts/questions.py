"""Points as a plain table, a line for each question of each submission, for any other system or a script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from autograder import tables
from autograder.hosts.roster import Student
from autograder.report.grades import cell
from autograder.report.words import number
from autograder.result import QuestionResult, Result

_HEADING: Final = ("question", "title", "points", "earned", "pending", "bonus", "status", "comment")


def text(results: Sequence[Result], owners: Mapping[str, Student] | None) -> str:
    """The table's text.

    Points that are not decided are empty, never 0; an ungraded submission has one line without a question,
    whose status is "ungraded".

    Args:
        results: of one assignment.
        owners: submission → its student, where there is a roster; None without one.
    """
    who = ("student", "identifiers") if owners is not None else ()
    rows = [
        [cell(result.submission), *_owner(result, owners), *line]
        for result in results
        for line in _lines(result)
    ]
    return tables.written(["submission", *who, *_HEADING], rows)


def _owner(result: Result, owners: Mapping[str, Student] | None) -> list[str]:
    if owners is None:
        return []
    student = owners.get(result.submission)
    known = " ".join(filter(None, (student.download, *student.keys))) if student else ""
    return [cell(student.name) if student else "", cell(known)]


def _lines(result: Result) -> Iterator[list[str]]:
    if result.status == "ungraded":
        yield ["", "", "", "", "", "", "ungraded", cell(result.reason)]
    for question in result.questions:
        comment = question.given.comment if question.given else ""
        bonus = "yes" if question.bonus else "no"
        points = (number(question.points), _earned(question), number(question.pending))
        yield [question.id, cell(question.title), *points, bonus, question.status, cell(comment)]


def _earned(question: QuestionResult) -> str:
    return "" if 0 < question.points <= question.pending else number(question.earned)
