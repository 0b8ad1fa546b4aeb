"""The CSV files that persons fill in: `sheets/<question>.csv`, a line for each answer.

Reads every CSV file of the folder, so that several persons may share the work in copies. Writing keeps all
that somebody put into a file: points, comments, further columns, lines of submissions that are no longer
there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from autograder import tables
from autograder.report import files
from autograder.report.grades import cell, formula_free
from autograder.tables import TableError

FOLDER: Final = "sheets"
CHANGED: Final = "answer changed since the points were given; empty this cell once they stand"
"""What a line's note says then."""

_COLUMNS: Final = ("question", "code", "points", "of", "comment", "note", "answer", "version")
_NAMED: Final = "submission"
_NEEDED: Final = ("question", "code", "points")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+")


@dataclass(frozen=True)
class Line:
    """One line of a sheet.

    Attributes:
        question, code: whose answer to what.
        points: as they were typed; "" while there are none.
        comment: for the student.
        note: for the person; "" once the points stand.
        version: code of the answer that the points are for.
        of: what the question is worth.
        answer: the answer's text, for reading.
        submission: its name, where names are shown.
        more: cells of columns that somebody added.
        place: file and row, for messages.
    """

    question: str
    code: str
    points: str = ""
    comment: str = ""
    note: str = ""
    version: str = ""
    of: str = ""
    answer: str = ""
    submission: str = ""
    more: tuple[str, ...] = ()
    place: str = ""

    @property
    def given(self) -> float | None:
        """The points as a number, with a point or a comma; None if there are none or it is no number."""
        typed = self.points.strip()
        return float(typed.replace(",", ".")) if _NUMBER.fullmatch(typed) else None


@dataclass(frozen=True)
class Sheet:
    """A file's lines, and the headings of columns that somebody added."""

    lines: tuple[Line, ...]
    more: tuple[str, ...] = ()


def read_all(folder: Path) -> list[Line]:
    """The lines of all sheets in a folder, which need not exist.

    Raises:
        TableError: a file is no sheet; nothing is to be graded or written then, lest points are lost.
    """
    return [line for path in sorted(folder.glob("*.csv")) for line in read(path).lines]


def read(path: Path) -> Sheet:
    """One sheet.

    Raises:
        TableError: it is no table, or lacks the columns `question`, `code` and `points`.
    """
    table = tables.read(path, lenient=True)
    lacking = [name for name in _NEEDED if table.column(name) is None]
    if lacking:
        raise TableError(
            f"{path}: the sheet lacks the column {' and '.join(f'“{name}”' for name in lacking)}. "
            "Put it back, or move the file elsewhere."
        )
    own = {table.column(name) for name in (*_COLUMNS, _NAMED)}
    more = [place for place in range(len(table.columns)) if place not in own]

    def line(index: int, row: Sequence[str]) -> Line:
        kept = {
            name: _typed(row[place])
            for name in (*_COLUMNS, _NAMED)
            if (place := table.column(name)) is not None
        }
        kept["code"] = kept["code"].casefold()
        where = f"{path.parent.name}/{path.name}, row {index}"
        return Line(**kept, more=tuple(row[column] for column in more), place=where)

    lines = tuple(line(index, row) for index, row in enumerate(table.rows, 2))
    return Sheet(lines, tuple(table.columns[place] for place in more))


def _typed(text: str) -> str:
    """What somebody typed into a cell, without the ' that keeps it from being taken for a formula."""
    text = text.strip()
    return text[1:] if text.startswith("'") and formula_free(text[1:]) == text else text


def write(path: Path, lines: Sequence[Line], *, named: bool) -> None:
    """Write a question's sheet over the one that is there, keeping what somebody put into it.

    Args:
        path: the file.
        lines: one for each answer, points and notes included, see `updated`.
        named: whether the lines show who the students are.
    """
    before = read(path) if path.exists() else Sheet(())
    kept = {line.code: line for line in before.lines}
    lines = [replace(line, more=kept[line.code].more if line.code in kept else ()) for line in lines]
    known = {line.code for line in lines}
    gone = [line for line in before.lines if line.code not in known and (line.points or line.comment)]
    names = [_NAMED] if named else []
    rows = [
        [
            line.question,
            line.code,
            *([cell(line.submission)] if named else []),
            line.points,
            line.of,
            cell(line.comment),
            line.note,
            cell(line.answer),
            line.version,
            *(cell(one) for one in line.more),
        ]
        for line in (*lines, *gone)
    ]
    width = len(before.more)
    rows = [[*row, *[""] * (len(_COLUMNS) + len(names) + width - len(row))] for row in rows]
    heading = [*_COLUMNS[:2], *names, *_COLUMNS[2:], *before.more]
    text = tables.written(heading, rows)
    files.write_atomically(
        path, text.encode("utf-8-sig")
    )  # With the mark, spreadsheets see that it is UTF-8.


def updated(line: Line | None, fresh: Line) -> Line:
    """A line for an answer: what was typed into the earlier one, if any, beside the answer as it is now.

    Points for an earlier answer stay, with a note.
    """
    if line is None:
        return fresh
    changed = line.points and line.version and line.version != fresh.version
    return replace(
        fresh,
        points=line.points,
        comment=line.comment,
        note=CHANGED if changed else line.note if line.points else "",
    )
