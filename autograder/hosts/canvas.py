"""Scores as a file for Canvas' “Import gradebook”, built from the gradebook that Canvas itself exported.

Kept are the information columns up to Section, which Canvas reads by their places, and the one assignment's;
only rows with a score, for an empty cell would delete what Canvas has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from autograder import tables
from autograder.hosts.naming import words
from autograder.hosts.roster import Roster
from autograder.report.grades import formula_free
from autograder.tables import TableError

_ID = re.compile(r"(.*\S)\s*\((\d+)\)")
_TOTALS = re.compile(
    r"(?:Unposted )?(?:Current|Final|Override) (?:Score|Points|Grade|Status)\b|.*\(read only\)", re.IGNORECASE
)


def column(roster: Roster, titles: Iterable[str]) -> int:
    """Index of the assignment's column.

    Args:
        roster: Canvas' gradebook.
        titles: the assignment may be called by any of them: the whole heading “PA1 (4242)”, the title, or
        Canvas'
            number. Case and punctuation do not count.

    Raises:
        TableError: no column fits, or several do; the message names those there are.
    """
    heading = roster.table.columns
    possible = _points_row(roster)
    first = _section(roster) + 1
    offered = [
        place
        for place in range(first, len(heading))
        if not _TOTALS.match(heading[place]) and "read only" not in possible[place].casefold()
    ]
    wanted = {words(title) for title in titles} - {()}
    found = [place for place in offered if wanted & set(map(words, _called(heading[place])))]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"“{heading[place]}”" for place in found or offered) or "none"
    problem = "several columns fit the assignment" if found else "no column fits the assignment"
    raise TableError(
        f"{roster.table.path}: {problem}; name one with --column. Canvas' assignments here are {listed}."
    )


def points(roster: Roster, place: int) -> float | None:
    """What Canvas says the column is worth; None if it does not say."""
    try:
        return float(_points_row(roster)[place].replace(",", "."))
    except ValueError:
        return None


def gradebook(roster: Roster, place: int, scores: Mapping[int, float]) -> str:
    """The file's text.

    Args:
        roster: Canvas' gradebook.
        place: the assignment's column.
        scores: index of a row of the roster → points.
    """
    table, section = roster.table, _section(roster)
    rows = [
        [*_row(table.rows[index][: section + 1], table.column("ID")), f"{scores[index]:.2f}"]
        for index in sorted(scores)
    ]
    possible = _points_row(roster)
    if any(possible):
        rows.insert(0, ["    Points Possible", *possible[1 : section + 1], possible[place]])
    return tables.written([*table.columns[: section + 1], table.columns[place]], rows)


def _row(cells: Sequence[str], number: int | None) -> list[str]:
    """A student's cells; made harmless for spreadsheets where Canvas knows the student by number."""
    known = number is not None and cells[number].strip()
    return [formula_free(cell) if known and place != number else cell for place, cell in enumerate(cells)]


def _called(heading: str) -> list[str]:
    split = _ID.fullmatch(heading)
    return [heading, split[1], split[2]] if split else [heading]


def _section(roster: Roster) -> int:
    place = roster.table.column("Section")
    assert place is not None  # Or else it would be no Canvas gradebook.
    return place


def _points_row(roster: Roster) -> Sequence[str]:
    rows = (row for row in roster.table.rows if "points possible" in row[0].casefold())
    return next(rows, [""] * len(roster.table.columns))
