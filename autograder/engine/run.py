"""A whole run: grade a class, write every result as soon as it is there, and the class report at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine.launch import ANY, Confinement
from autograder.engine.local import Listener, grader
from autograder.engine.submissions import Submission
from autograder.marking.merge import Marks
from autograder.report import files
from autograder.result import Result, without_pictures


def grade(
    assignment: Assignment,
    submissions: Sequence[Submission],
    folder: Path,
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    confinement: Confinement = ANY,
    progress: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> list[Result]:
    """Grade submissions into a folder.

    What persons gave on the folder's sheets, or in earlier results there, is put into the results. Each
    submission's files are written when it is done, so an interrupted run keeps what it has; the class report
    and `grades.csv` cover what was graded even then.

    Args:
        assignment: what is graded.
        submissions: with unique names.
        folder: of the results; made if need be.
        jobs: notebooks at once.
        limits: instead of the config's.
        confinement: what is demanded of the walls around student code.
        progress: whether to draw a bar on standard error.
        say: told in one line whatever is wrong on a sheet.

    Returns:
        The results in the order of `submissions`, without pictures (they are on disk).

    Raises:
        autograder.tables.TableError: a sheet cannot be read; nothing was graded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marks = Marks(folder)
    results: dict[str, Result] = {}
    with (
        _bar(len(submissions), progress) as listen,
        grader(assignment, jobs, limits, confinement) as prepared,
    ):
        try:
            for judged in prepared.grade(submissions, listen):
                result = marks.apply(judged)
                files.write_submission(result, folder)
                results[result.submission] = without_pictures(result)
                listen(result.submission, "done")
        finally:
            ordered = [results[one.name] for one in submissions if one.name in results]
            if ordered:  # A run that graded nothing leaves the report of an earlier one alone.
                files.write_class(ordered, folder)
    for problem in (*marks.problems, *marks.unknown()):
        say(problem)
    return ordered


def summary(result: Result) -> dict[str, Any]:
    """What `loupe grade --json` prints of a submission."""
    return {
        "submission": result.submission,
        "status": result.status,
        "reason": result.reason,
        "points": result.points,
        "earned": None if result.status == "ungraded" else result.earned,
        "pending": result.pending,
        "questions": {question.id: question.earned for question in result.questions},
    }


@contextlib.contextmanager
def _bar(total: int, shown: bool) -> Iterator[Listener]:
    """A progress bar that names what is in hand."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as progress:
        task = progress.add_task("preparing (data, checkpoint) …", total=total)
        in_hand: dict[str, None] = {}

        def listen(name: str, event: str) -> None:
            if event == "done":
                in_hand.pop(name, None)
                progress.advance(task)
            else:
                in_hand[name] = None
            progress.update(task, description=", ".join(in_hand) or "finishing")

        yield listen
