"""The class's grades as one CSV table, safe to open in a spreadsheet. Reads results, never pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from autograder.report.words import clean, number
from autograder.result import QuestionResult, Result

_LEADING: Final = ("submission", "status", "earned", "points", "pending", "bonus")
_TRAILING: Final = ("needs_person",)
_FORMULA_STARTS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet read a cell as a formula; the full-width forms too."""


def grades(results: Sequence[Result]) -> str:
    """`grades.csv`: a header and a line for each submission, sorted by name.

    Points that nobody has decided are empty, never 0: all of an ungraded submission, and a question
    whose points all wait for a person.
    """
    columns = _question_ids(results)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow([*_LEADING, *map(_heading, columns), *_TRAILING])
    for result in sorted(results, key=lambda one: one.submission):
        table.writerow(_row(result, columns))
    return text.getvalue()


def cell(text: str) -> str:
    """Text as a cell: one line, no control characters, and a ' before what would be a formula."""
    return formula_free(" ".join(clean(text).split()))


def formula_free(text: str) -> str:
    """The same text, with a ' before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip()[:1] in _FORMULA_STARTS else text


def _question_ids(results: Iterable[Result]) -> list[str]:
    return list(dict.fromkeys(question.id for result in results for question in result.questions))


def _heading(question: str) -> str:
    fixed = question in _LEADING or question in _TRAILING
    return cell(f"question:{question}" if fixed else question)


def _row(result: Result, columns: Sequence[str]) -> list[str]:
    person = "yes" if result.needs_person else "no"
    if result.status == "ungraded":
        blanks = [""] * (len(_LEADING) - 2 + len(columns))
        return [cell(result.submission), result.status, *blanks, person]
    by_id = {question.id: question for question in result.questions}
    bonus = sum(question.earned for question in result.questions if question.bonus)
    totals = (result.earned, result.points, result.pending, bonus)
    earned = [_earned(by_id[name]) if name in by_id else "" for name in columns]
    return [cell(result.submission), result.status, *map(number, totals), *earned, person]


def _earned(question: QuestionResult) -> str:
    return "" if 0 < question.points <= question.pending else number(question.earned)
