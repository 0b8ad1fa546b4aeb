"""Writes an nbgrader course folder: source notebooks, `nbgrader_config.py`, and what they are graded with.

Needs no nbgrader. The folder is the instructor's: the source notebooks in it, and what lies under `loupe/`,
hold the answers. `loupe/<assignment>/<version>/` is a copy of the assignment as its source notebook was
made from it, so that the folder can be moved to a server, and a hand-in of an earlier version can be graded
as what it is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from autograder.course import Assignment, Course
from autograder.release import nbgrader
from autograder.release.leaks import leaks
from autograder.release.student import (
    LeakError,
    notebook_name,
    staged,
    write_notebook,
    write_support,
)
from autograder.report.files import write_atomically
from reference import datasets

FOLDER: Final = "nbgrader"
"""The course folder, in the folder of all builds."""

COURSE: Final = "loupe"
"""Where the folder keeps the assignments that its source notebooks were made from."""

GRADES: Final = "grades"
"""Where the folder keeps results, a folder of grades for each assignment, as `loupe grade` writes one."""

CONFIG: Final = "nbgrader_config.py"
_CONFIG: Final = '''\
"""nbgrader's settings for this course. Yours to change: `loupe build --for nbgrader` never writes it anew."""

from pathlib import Path

from autograder.packages.nbgrader.settings import configure

c = get_config()
configure(c, Path(__file__).parent)

# c.LoupeGrade.require_isolation = "B"  # refuse to grade where less confines student code: `loupe doctor`
# c.LoupeGrade.notebook_seconds = 900   # instead of what the grading config says
'''


def build(assignment: Assignment, dist: Path, say: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Write an assignment into the course folder; others there, and what nbgrader made of them, stay.

    Args:
        assignment: what is released.
        dist: folder of all builds.
        say: told what is being done.

    Yields:
        What was written, and where.

    Raises:
        LeakError: nbgrader's release would show an answer; nothing was written.
        autograder.release.ReleaseError: the source is not well-formed, or a folder is in the way.
    """
    say("building nbgrader's source notebook …")
    folder = dist / FOLDER
    made = nbgrader.notebook(assignment)
    _check(assignment)
    with staged(assignment, folder / "source" / assignment.name) as new:
        write_support(assignment, datasets.load(assignment.config.data.name), new)
        write_notebook(made, new / notebook_name(assignment))
    yield "nbgrader source", folder / "source" / assignment.name / notebook_name(assignment)
    _keep(assignment, folder)
    config = folder / CONFIG
    if not config.exists():
        write_atomically(config, _CONFIG.encode())
    yield "nbgrader course folder", config


def kept(folder: Path, name: str, version: str) -> Assignment | None:
    """The assignment as it was when a source notebook was made from it; None if that is not here any more."""
    if not version.isalnum():
        return None
    course = Course(folder / COURSE / name / version)
    return course.assignment(name) if name in course.assignments else None


def _keep(assignment: Assignment, folder: Path) -> None:
    """Copy all that the assignment's version is made of."""
    root = folder / COURSE / assignment.name / assignment.version
    if root.exists():
        return
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root.parent) as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        assignment.copy(new)
        new.rename(root)


def _check(assignment: Assignment) -> None:
    """Search what nbgrader will release for answers, before anything is written."""
    cleared = nbgrader.notebook(assignment)
    for cell in cleared.cells:
        if nbgrader.has_block(cell.source):
            cell.source = nbgrader.cleared(cell.source, cell.cell_type)
    with tempfile.TemporaryDirectory(prefix="loupe-nbgrader-") as scratch:
        write_notebook(cleared, Path(scratch) / notebook_name(assignment))
        if found := leaks(Path(scratch), assignment):
            raise LeakError(
                f"nbgrader's release of {assignment.name} would show answers; nothing was written:\n"
                + "\n".join(f"  {leak}" for leak in found)
            )
