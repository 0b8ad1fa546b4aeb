"""The `loupe` command: data, build, grade, doctor, lint, demo, and, from `cli_grades`, sheet and export.

Thin; says what happens, sets exit statuses.

Exit status: 0 everything was done, whatever the scores; 1 some submissions could not be graded or a
lint failed; 2 wrong usage, config or data.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from autograder import cli_grades
from autograder.packages import HOSTS, builder

if TYPE_CHECKING:  # Heavy imports wait until a command needs them: `loupe --help` answers at once.
    from autograder.course import Assignment
    from autograder.engine.run import Graded
    from autograder.result import Result

# Read when numpy is imported, which is later: the judge's cores are the notebooks', too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

app = typer.Typer(
    help="Loupe: an auto-graded lab course on what convolutional networks learn, and its grader.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_HEAVY = ("tensorflow", "keras")

out = Console()
err = Console(stderr=True)

AssignmentName = Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="for example investigating-cnns")]
CoursePath = Annotated[
    Path | None,
    typer.Option("--course", help="folder with assignments/ and grading_config/ (default: found from here)"),
]


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn the errors a user can mend into one clear line and exit status 2."""
    from autograder.config import ConfigError
    from autograder.course import CourseError
    from autograder.engine.alone import BusyError
    from autograder.engine.launcher import LaunchError
    from autograder.engine.ledger import LedgerError
    from autograder.engine.submissions import SubmissionError
    from autograder.release import ReleaseError
    from autograder.tables import TableError
    from reference.checkpoints import CheckpointError
    from reference.datasets import DataError

    try:
        yield
    except (
        ConfigError,
        CourseError,
        LaunchError,
        LedgerError,
        BusyError,
        SubmissionError,
        ReleaseError,
        TableError,
        CheckpointError,
        DataError,
    ) as error:
        raise _complaint(str(error)) from error
    except (ModuleNotFoundError, OSError) as error:
        if lack := _lack(error):
            raise _complaint(f"{lack} `loupe doctor` says what else is missing.") from error
        raise
    except KeyboardInterrupt:
        err.print("Interrupted; results written so far are kept. The same command goes on from there.")
        raise typer.Exit(130) from None


def _complaint(sentence: str) -> typer.Exit:
    err.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(2)


def _lack(error: ModuleNotFoundError | OSError) -> str:
    """What the machine lacks, as a sentence, when that is why something failed; else ""."""
    if isinstance(error, ModuleNotFoundError):
        if error.name in ("dask", "distributed"):
            return "--cluster needs Dask: pip install 'loupe-grader[cluster]'."
        return f"The package {error.name} is not installed." if error.name in _HEAVY else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return f"{error.filename or 'A file'} cannot be written: {error.strerror}."
    if "No usable temporary directory" in str(error.strerror):
        return "There is no folder for temporary files that can be written to; set TMPDIR to one."
    return ""


def _load_tensorflow() -> None:
    from autograder.engine.quiet import load_tensorflow

    load_tensorflow()


def _writable(folder: Path) -> Path:
    """The folder, made if need be: what cannot be written is said before the work and not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise typer.BadParameter(f"cannot write to {folder}: {error.strerror}", param_hint="--out") from error


@app.command()
def data() -> None:
    """Show which data sets would be used, and from where."""
    from reference import datasets

    with _plain_errors():
        table = Table("data set", "source", "what it is", box=None, pad_edge=False)
        for found in map(datasets.load, datasets.NAMES):
            table.add_row(found.name, found.source, found.description)
        out.print(table)
        out.print(
            "\nOrder: the folder LOUPE_DATA, the Keras cache, a download (not with LOUPE_OFFLINE), packages."
        )


@app.command()
def build(
    assignments: Annotated[
        list[str], typer.Argument(metavar="ASSIGNMENT...", help="for example investigating-cnns")
    ],
    dist: Annotated[Path, typer.Option("--out", help="where to write")] = Path("dist"),
    course: CoursePath = None,
    solution: Annotated[bool, typer.Option(help="also execute and write the solution notebook")] = True,
    hosts: Annotated[
        list[str] | None, typer.Option("--for", metavar="HOST", help=f"a package instead: {', '.join(HOSTS)}")
    ] = None,
) -> None:
    """Build the student folders and the executed solutions of assignments, or packages for other systems.

    `--for otter` and `--for nbgrader` write what their own commands work on; `--for gradescope` the zip file
    that is uploaded there.
    """
    unknown = [host for host in hosts or () if host not in HOSTS]
    if unknown:
        raise _complaint(f"--for {unknown[0]}: no such host; they are {', '.join(HOSTS)}.")
    with _plain_errors():
        chosen = [_assignment(name, course) for name in assignments]
        _load_tensorflow()
        from autograder.engine import build as building

        folder = _writable(dist)
        written: Iterator[tuple[str, Path]]
        for assignment in chosen:
            if hosts:
                written = (pair for host in hosts for pair in builder(host)(assignment, folder, _status))
            else:
                written = building.build(assignment, folder, solution=solution, say=_status)
            for what, path in written:
                out.print(f"{what}: {path}", highlight=False, soft_wrap=True)


@app.command()
def grade(
    assignment: AssignmentName,
    submissions: Annotated[
        list[str], typer.Argument(metavar="SUBMISSION...", help="files, folders or globs")
    ],
    results: Annotated[Path, typer.Option("--out", help="folder for results")],
    course: CoursePath = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="notebooks at once (default: one a core)")] = None,
    require_isolation: Annotated[
        str, typer.Option(metavar="LEVEL", help="refuse to run on a machine below A, A′ (or A'), B or C")
    ] = "D",
    accept_weak_isolation: Annotated[
        bool, typer.Option(help="grade although this machine cannot confine student code (level D)")
    ] = False,
    regrade: Annotated[
        bool, typer.Option("--regrade", help="grade all again, also what was graded before and is unchanged")
    ] = False,
    ledger: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="database of the runs, for several machines (default: a file in --out)"
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="a Dask cluster: tcp://…, local, slurm or kubernetes (default: here)",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="say nothing but errors")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="print the class as JSON on standard output")
    ] = False,
) -> None:
    """Grade submissions; writes result.json and feedback.html for each, grades.csv and report.html."""
    from autograder.engine import submissions as found
    from autograder.engine.launch import Confinement

    with _plain_errors():
        chosen, class_ = _assignment(assignment, course), found.find(submissions, results)
        demanded = Confinement(_level(require_isolation), accept_weak_isolation)
        from autograder.engine import run

        graded = run.grade(
            chosen,
            class_,
            _writable(results),
            jobs=jobs,
            confinement=demanded,
            book=ledger,
            cluster=cluster,
            regrade=regrade,
            progress=not quiet,
            say=_warn,
        )
        if as_json:
            print(json.dumps([run.summary(one) for one in graded.results], indent=1, ensure_ascii=False))
        elif not quiet:
            _show(graded.results, results)
            _tell_cost(graded)
        if graded.elsewhere:
            names = ", ".join(graded.elsewhere[:5]) + (", …" if len(graded.elsewhere) > 5 else "")
            _warn(f"Held by another run with the same ledger, and left to it: {names}.")
        if graded.elsewhere or any(one.status == "ungraded" for one in graded.results):
            raise typer.Exit(1)


@app.command()
def doctor(course: CoursePath = None) -> None:
    """Say how well this machine can confine student code, how it would grade, and what is missing."""
    from autograder.config import Limits
    from autograder.course import find
    from autograder.engine import devices, health
    from autograder.engine.launch import probed

    with _plain_errors():
        found = probed()
        out.print(f"Isolation level {found.level}: {', '.join(sorted(found.layers)) or 'no walls'}")
        exposed = health.exposed(find(course).root / "grading_config") if found.level == "B" else ""
        plan = devices.described(devices.plan(Limits(), None, devices.machine()))
        for sentence in filter(None, (*found.missing, *found.advice, *health.findings(), *plan, exposed)):
            out.print(f"  {sentence}", markup=False, highlight=False, soft_wrap=True)
        out.print("A is best, then A′, B (root in a container) and C; D keeps nothing from student code.")


@app.command()
def lint(
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ASSIGNMENT", help="default: all of the course"),
    ] = None,
    course: CoursePath = None,
) -> None:
    """Prove an assignment: the solution earns every automatic point, the untouched notebook none."""
    from autograder.course import find

    with _plain_errors():
        found = find(course)
        chosen = [found.assignment(name) for name in assignments or found.assignments]
        _load_tensorflow()
        from autograder.engine import proof

        problems = []
        for assignment in chosen:
            _status(f"{assignment.name}: grading its solution and its untouched student notebook …")
            problems += proof.problems(assignment)
        for problem in problems:
            err.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
        if problems:
            raise typer.Exit(1)
        out.print("The solution earns every automatic point, the untouched notebook none.")


@app.command()
def demo(
    results: Annotated[Path, typer.Option("--out", help="folder for everything the demo writes")] = Path(
        "demo"
    ),
    jobs: Annotated[int | None, typer.Option(min=1, help="notebooks at once (default: one a core)")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress bar")] = False,
) -> None:
    """Build an assignment, make a class of right and wrong submissions, grade it, and show what each lost."""
    with _plain_errors():
        _load_tensorflow()
        from autograder import demo as classroom
        from autograder.course import find

        chosen = find(None).assignment(classroom.ASSIGNMENT)
        outcome = classroom.run(chosen, _writable(results), jobs=jobs, progress=not quiet, say=_status)
        table = Table("submission", "points", "to be given", "lost", "as it should", box=None, pad_edge=False)
        for line in outcome:
            table.add_row(line.name, line.points, line.pending, line.lost, "yes" if line.expected else "NO")
        out.print(table)
        out.print(f"\nClass report: {results / 'grades' / 'report.html'}", highlight=False, soft_wrap=True)
        if not all(line.expected for line in outcome):
            raise typer.Exit(1)


def _assignment(name: str, course: Path | None) -> Assignment:
    from autograder.course import find

    return find(course).assignment(name)


def _level(text: str) -> str:
    from autograder.worker import levels

    level = text.strip().upper().replace("'", "′")
    if level not in levels.LEVELS:
        raise typer.BadParameter(f"{text!r} is no isolation level; they are {', '.join(levels.LEVELS)}.")
    return level


def _status(text: str) -> None:
    err.print(text, style="dim", markup=False, highlight=False)


def _warn(text: str) -> None:
    err.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _show(results: Sequence[Result], folder: Path) -> None:
    table = Table("submission", "points", "to be given by a person", box=None, pad_edge=False)
    for result in results:
        points = "not graded" if result.status == "ungraded" else f"{result.earned:g} of {result.points:g}"
        table.add_row(result.submission, points, f"{result.pending:g}" if result.pending else "")
    out.print(table)
    out.print(f"\nClass report: {folder / 'report.html'}", highlight=False, soft_wrap=True)


def _tell_cost(graded: Graded) -> None:
    from autograder.engine import cost

    if graded.kept:
        kept = f"{graded.kept} unchanged since an earlier run" + (", and kept." if graded.costs else ".")
        out.print(kept, highlight=False)
    for line in cost.told(graded.costs, graded.seconds, graded.preparing):
        out.print(line, highlight=False, soft_wrap=True)


cli_grades.register(app)


def main() -> None:
    """Entry point of the `loupe` command."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    finally:
        gc.freeze()  # Else the interpreter searches all of TensorFlow for garbage before it ends: a second.
