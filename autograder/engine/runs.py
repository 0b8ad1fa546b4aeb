"""Compares two runs that a ledger knows. Grades nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.engine import ledger
from autograder.engine.ledger import Ledger, LedgerError
from autograder.report import changes, reading
from autograder.report.changes import Change


@dataclass(frozen=True)
class Comparison:
    """What moved between two runs.

    Attributes:
        runs: their numbers, the earlier one first as they were asked for.
        submissions: how many either of them has a result of.
        changes: by submission and question.
    """

    runs: tuple[int, int]
    submissions: int
    changes: tuple[Change, ...]


def compare(folder: Path, runs: Sequence[int] = (), book: str | None = None) -> Comparison:
    """Compare the results of two runs.

    Args:
        folder: that `loupe grade` wrote to.
        runs: two numbers; none stands for the last two of the newest run's assignment.
        book: the ledger's URL; by default the file in the folder.

    Raises:
        LedgerError: there is no ledger, or there are no such two runs.
        autograder.report.reading.GradesError: a result in the ledger is damaged.
    """
    path = folder / ledger.FILE
    if book is None and not path.is_file():
        raise LedgerError(f"{folder}: there is no ledger ({ledger.FILE}); `loupe grade` writes one.")
    with ledger.opened(book or path) as opened:
        before, after = _chosen(opened, runs, folder)
        results = [
            {
                name: reading.parse(content, f"run {run}, {name}")
                for name, content in opened.contents(run).items()
            }
            for run in (before, after)
        ]
    moved = tuple(changes.between(*results))
    return Comparison((before, after), len({*results[0], *results[1]}), moved)


def _chosen(opened: Ledger, runs: Sequence[int], folder: Path) -> tuple[int, int]:
    if len(runs) == 2:
        return runs[0], runs[1]
    history = opened.history()
    if runs:
        known = ", ".join(str(entry.id) for entry in history)
        raise LedgerError(f"Give two runs, or none for the last two. {folder} has: {known}.")
    same = [entry.id for entry in history[-1:] + history if entry.assignment == history[-1].assignment][1:]
    if len(same) < 2:
        raise LedgerError(f"{folder}: it takes two runs to compare, and there is {len(same)}.")
    return same[-2], same[-1]
