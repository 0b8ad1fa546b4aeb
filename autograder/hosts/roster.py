"""A class list: who the students are and by what they are known, from what Canvas or Moodle exports.

Recognises whose export a table is by its columns. Never looks at a submission.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from autograder import tables
from autograder.tables import Table, TableError

Kind = Literal["canvas", "worksheet", "moodle", "plain"]
"""Canvas' gradebook, an assignment's grading worksheet of Moodle, Moodle's grades, or any other table."""

KINDS: Final[dict[Kind, str]] = {
    "canvas": "a Canvas gradebook",
    "worksheet": "a Moodle grading worksheet",
    "moodle": "a Moodle grade export",
    "plain": "a table of students",
}

_LOGINS: Final = ("SIS Login ID", "Login", "Login ID", "Username", "User name", "Account", "NetID")
_NUMBERS: Final = ("SIS User ID", "ID number", "Student ID", "Student number", "SID", "Matriculation number")
_EMAILS: Final = ("Email address", "Email", "E-mail", "E-mail address", "Mail")
_NAMES: Final = ("Student", "Full name", "Name", "Student name")
_FIRST: Final = ("First name", "Given name", "FirstName")
_LAST: Final = ("Surname", "Last name", "Family name", "LastName")
_PARTICIPANT: Final = re.compile(r"\D*(\d+)\D*")
_CANVAS_NOTES: Final = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """One student.

    Attributes:
        row: index of its line in the table.
        name: as the roster has it, "Doe, Ann" or "Ann Doe".
        download: the number by which the host names this student's files when submissions are downloaded.
        keys: what else stands for this student: student numbers, logins, e-mail addresses.
        late: whether the roster says that the submission was late.
    """

    row: int
    name: str
    download: str = ""
    keys: tuple[str, ...] = ()
    late: bool = False

    @property
    def shown(self) -> str:
        """Name and the first of the keys, as messages name a student."""
        known = next((key for key in (*self.keys, self.download) if key), "")
        return " ".join(filter(None, (self.name, f"({known})" if known else "")))


@dataclass(frozen=True)
class Roster:
    """A class list.

    Attributes:
        kind: whose export it is.
        table: as it was read.
        students: in its order.
        notes: lines that were left out, in words.
    """

    kind: Kind
    table: Table
    students: tuple[Student, ...]
    notes: tuple[str, ...] = field(default=())


def read(path: Path) -> Roster:
    """Read a class list.

    Raises:
        TableError: not a table, no column that tells who a student is, or no student.
    """
    table = tables.read(path)
    kind = _kind(table)
    students = tuple(
        student
        for index, row in enumerate(table.rows)
        if not (kind == "canvas" and _is_note(row))
        if (student := _student(table, kind, index, row)).keys or student.name or student.download
    )
    if not students:
        raise TableError(f"{path}: there is no student in this table.")
    return Roster(kind, table, students)


def _kind(table: Table) -> Kind:
    heading = [tables.plain(column) for column in table.columns]
    if "section" in heading and "id" in heading[1:3] and heading[0] in ("student", "lastname"):
        return "canvas"
    if "identifier" in heading and "grade" in heading:
        return "worksheet"
    known = {*map(tables.plain, (*_LOGINS, *_NUMBERS, *_EMAILS, *_NAMES, *_FIRST, *_LAST)), "id"}
    if not known.intersection(heading):
        raise TableError(
            f"{table.path}: no column tells who a student is. Its columns are {_listed(table.columns)}; "
            "expected is a gradebook exported from Canvas or Moodle, or a column such as “ID number”, "
            "“Email address”, “Login” or “Name”."
        )
    moodle = {"email address", "id number"} & set(heading) and {"first name", "last name", "surname"} & set(
        heading
    )
    return "moodle" if moodle else "plain"


def _student(table: Table, kind: Kind, index: int, row: Sequence[str]) -> Student:
    def cell(*names: str) -> str:
        place = table.column(*names)
        return row[place].strip() if place is not None else ""

    name = cell(*_NAMES) or " ".join(filter(None, (cell(*_FIRST), cell(*_LAST))))
    keys = dict.fromkeys(filter(None, (cell(*_NUMBERS), cell(*_LOGINS), cell(*_EMAILS))))
    download = ""
    if kind == "canvas":
        download = cell("ID")
    elif kind == "worksheet":
        found = _PARTICIPANT.fullmatch(cell("Identifier"))
        download = found[1] if found else ""
    elif cell("ID"):
        keys[cell("ID")] = None
    late = kind == "worksheet" and re.search(r"\blate\b", cell("Status"), re.IGNORECASE) is not None
    return Student(index, name, download, tuple(keys), late)


def _is_note(row: Sequence[str]) -> bool:
    """A line of Canvas' that is no student's: points possible, posting policies, the test student."""
    if "points possible" in row[0].casefold() or row[0].strip().casefold() in (
        "student, test",
        "test student",
    ):
        return True
    return all(_CANVAS_NOTES.fullmatch(cell) for cell in row)


def _listed(columns: Sequence[str]) -> str:
    shown = [f"“{column}”" for column in columns[:8]]
    return ", ".join(shown) + (" and others" if len(columns) > 8 else "")
