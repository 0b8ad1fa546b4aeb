"""Scores as a file for Moodle: its grading worksheet filled in, or a table for “Import grades”.

A worksheet (Moodle's “Download grading worksheet”) is kept column by column, for Moodle knows students by its
Identifier; of any other roster the e-mail address and the ID number are taken. Only rows with a score are
written.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder import tables
from autograder.hosts.roster import Roster
from autograder.report.grades import cell, formula_free
from autograder.tables import TableError

_IDENTITIES = (("Email address", "Email", "E-mail", "E-mail address", "Mail"), ("ID number", "Student ID"))
_OURS = ("Grade", "Feedback comments")
_AS_THEY_ARE = (*_OURS, "Identifier", "Maximum grade", "Last modified (submission)", "Last modified (grade)")


def points(roster: Roster) -> float | None:
    """What a worksheet says the assignment is worth; None if it does not say."""
    place = roster.table.column("Maximum grade")
    try:
        return None if place is None else float(roster.table.rows[0][place].replace(",", "."))
    except ValueError:
        return None


def text(roster: Roster, title: str, grades: Mapping[int, tuple[float, str]]) -> str:
    """The file's text.

    Args:
        roster: a worksheet, or any table with e-mail addresses or ID numbers.
        title: of the assignment, for the columns' names.
        grades: index of a row of the roster → points and feedback.

    Raises:
        TableError: students have neither e-mail addresses nor ID numbers.
    """
    return _worksheet(roster, grades) if roster.kind == "worksheet" else _import(roster, title, grades)


def _worksheet(roster: Roster, grades: Mapping[int, tuple[float, str]]) -> str:
    table = roster.table
    own = {table.column(name) for name in _AS_THEY_ARE}
    grade, feedback = (table.column(name) for name in _OURS)
    rows = []
    for index in sorted(grades):
        row = [one if place in own else formula_free(one) for place, one in enumerate(table.rows[index])]
        score, said = grades[index]
        for place, filled in ((grade, f"{score:.2f}"), (feedback, cell(said))):
            if place is not None:
                row[place] = filled
        rows.append(row)
    return tables.written(table.columns, rows)


def _import(roster: Roster, title: str, grades: Mapping[int, tuple[float, str]]) -> str:
    table = roster.table
    places = [place for names in _IDENTITIES if (place := table.column(*names)) is not None]
    if not places:
        raise TableError(
            f"{table.path}: Moodle needs the column “Email address” or “ID number”; export the grades there."
        )
    title = cell(title)
    heading = [*(table.columns[place] for place in places), f"Assignment: {title}", f"Feedback: {title}"]
    rows = [
        [*(table.rows[index][place] for place in places), f"{grades[index][0]:.2f}", cell(grades[index][1])]
        for index in sorted(grades)
    ]
    return tables.written(heading, rows)
