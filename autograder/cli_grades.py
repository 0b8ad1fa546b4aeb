"""The commands on a folder of grades: `loupe sheet`, `loupe export`, `loupe diff`. Thin; need no TensorFlow.

Exit status: 0 everything was done; 1 something was left out, and said; 2 wrong usage or files that cannot be
used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console()
err = Console(stderr=True)

Grades = Annotated[Path, typer.Argument(metavar="DIR", help="the folder that `loupe grade` wrote to")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(sheet)
    app.command()(export)
    app.command()(diff)


def sheet(
    directory: Grades,
    names: Annotated[bool, typer.Option("--names", help="show who the students are")] = False,
    course: Annotated[
        Path | None, typer.Option("--course", help="where the model answers are (default: found from here)")
    ] = None,
) -> None:
    """Take in points that were filled in, and write sheets to mark the answers that wait for a person."""
    from autograder.marking.run import run
    from autograder.report.reading import GradesError, read_results
    from autograder.tables import TableError

    try:
        assignment = read_results(directory)[0].assignment
        outcome = run(directory, _models(assignment, course), names=names)
    except (GradesError, TableError) as error:
        raise _complaint(str(error)) from error
    for line in outcome.problems:
        err.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
    for path in outcome.pages:
        out.print(path, markup=False, highlight=False, soft_wrap=True)
    if outcome.pages:
        out.print(f"{_count(outcome.taken, 'answer')} with a person's points, {outcome.waiting} without.")
        if outcome.waiting:
            out.print("Fill in the CSV files beside the pages, then run this command again.")
    else:
        out.print("No answer waits for a person.")
    if outcome.problems:
        raise typer.Exit(1)


def export(
    directory: Grades,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="HOST", help="gradescope, prairielearn, canvas, moodle, nbgrader or csv"
        ),
    ],
    results: Annotated[
        Path | None, typer.Option("--out", help="folder for the files (default: export/ among the grades)")
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="the gradebook or worksheet exported from Canvas or Moodle")
    ] = None,
    column: Annotated[
        str, typer.Option(help="Canvas' column, or Moodle's name, of the assignment (default: its title)")
    ] = "",
    database: Annotated[
        str, typer.Option("--db", metavar="URL", help="nbgrader's gradebook, sqlite:////course/gradebook.db")
    ] = "",
    so_far: Annotated[
        bool,
        typer.Option(
            "--so-far", help="export submissions that wait for a person too, with their points so far"
        ),
    ] = False,
) -> None:
    """Write grades in the form that another system takes; what has no certain score is left out and named."""
    from autograder.hosts import export as exporting
    from autograder.report.reading import GradesError
    from autograder.tables import TableError

    host = to.strip().lower()
    if host not in exporting.HOSTS:
        raise _complaint(f"--to {to}: no such host; they are {', '.join(exporting.HOSTS)}.")
    try:
        outcome = exporting.export(
            directory,
            host,
            results or directory / exporting.FOLDER,
            students=roster,
            column=column,
            so_far=so_far,
            database=database,
        )
    except (GradesError, TableError, exporting.ExportError) as error:
        raise _complaint(str(error)) from error
    except OSError as error:
        raise _complaint(f"{error.filename}: it cannot be written ({error.strerror}).") from error
    for line in outcome.remarks:
        err.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)
    for line in outcome.left_out:
        err.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
    what = outcome.files[0] if len(outcome.files) == 1 else f"{len(outcome.files)} files"
    where = f": {what}" if outcome.files else "; no file was written"
    where = f" into {outcome.place}" if outcome.place else where
    counts = f"{_count(len(outcome.exported), 'submission')} exported, {len(outcome.left_out)} left out"
    out.print(f"{counts}{where}.", markup=False, highlight=False, soft_wrap=True)
    if outcome.waiting:
        out.print(
            f"`loupe sheet {directory}` takes in points that were filled in, and shows what waits.",
            markup=False,
        )
    if outcome.left_out:
        raise typer.Exit(1)


def diff(
    directory: Grades,
    runs: Annotated[
        list[int] | None, typer.Argument(metavar="[RUN1 RUN2]", help="their numbers (default: the last two)")
    ] = None,
    ledger: Annotated[
        str | None, typer.Option(metavar="URL", help="as for `loupe grade` (default: the file in DIR)")
    ] = None,
) -> None:
    """Show which points moved between two runs of `loupe grade`, and why; persons' points are left out."""
    from autograder.engine.ledger import LedgerError
    from autograder.engine.runs import compare
    from autograder.report.reading import GradesError

    try:
        found = compare(directory, runs or [], ledger)
    except (GradesError, LedgerError) as error:
        raise _complaint(str(error)) from error
    before, after = found.runs
    table = Table("submission", "question", f"run {before}", f"run {after}", "why", box=None, pad_edge=False)
    for change in found.changes:
        table.add_row(
            *map(escape, (change.submission, change.question, change.before, change.after, change.why))
        )
    if found.changes:
        out.print(table)
    moved = len({change.submission for change in found.changes})
    out.print(
        f"{_count(moved, 'submission')} of {found.submissions} moved between run {before} and run {after}."
    )


def _models(assignment: str, course: Path | None) -> dict[str, str]:
    """The solution's written answers by question; none where the course is not at hand."""
    from autograder.course import CourseError, find
    from autograder.release import ReleaseError, source

    try:
        notebook = source.read(find(course).assignment(assignment).source)
    except (CourseError, ReleaseError) as error:
        err.print(
            f"Without model answers: {error}", style="dim", markup=False, highlight=False, soft_wrap=True
        )
        return {}
    models: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.question is not None and cell.type == "markdown":
            models[cell.question] = "\n\n".join(filter(None, [models.get(cell.question, ""), cell.solution]))
    return models


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _complaint(sentence: str) -> typer.Exit:
    err.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(2)
