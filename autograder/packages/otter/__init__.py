"""Builds what `otter assign` takes: `DIST/<assignment>/otter/` with a source notebook and all it needs.

Grading happens in otter's own container, by the plugin (`plugin.py`): Loupe travels in the folder
`grading/` as a wheel, with the course and the images, and otter puts that into the autograder's zip alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from autograder import __version__
from autograder.course import Assignment
from autograder.packages import wheel
from autograder.packages.otter import notebook
from autograder.release import bundle, networks, student
from reference import datasets

PLUGIN: Final = "autograder.packages.otter.plugin.Loupe"
GRADING: Final = "grading"
"""The folder for the autograder alone."""

STUDENT_REQUIREMENTS: Final = "requirements-students.txt"
"""Otter keeps `requirements.txt` for itself, and would take what students install for it."""

_INSTALLED: Final = "/autograder/source/files"
# Results come out the same to the last digit only with the same arithmetic.
_PINNED: Final = ("keras", "numpy", "tensorflow")


def build(assignment: Assignment, dist: Path, say: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Write `dist/<assignment>/otter`, all of it or nothing; yields the source notebook.

    Raises:
        autograder.release.ReleaseError: the assignment cannot be said in otter's marks, the wheel cannot be
            built, or the folder holds something else.
        autograder.release.source.SourceError: the source does not fit its config.
    """
    data = datasets.load(assignment.config.data.name)
    name = student.notebook_name(assignment)
    say("building the source notebook for otter …")
    with student.staged(assignment, dist / assignment.name / "otter") as folder:
        student.write_support(assignment, data, folder)
        (folder / student.REQUIREMENTS).rename(folder / STUDENT_REQUIREMENTS)
        with (folder / STUDENT_REQUIREMENTS).open("a", encoding="utf-8") as file:
            file.write("otter-grader\n")
        files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        trained = [path.name for _, path in networks.write(assignment, data, folder)]
        grading = folder / GRADING
        grading.mkdir()
        bundle.write(assignment, data, grading)
        (grading / student.REQUIREMENTS).write_text(_requirements(wheel.write(grading)), encoding="utf-8")
        around = notebook.Surroundings(
            requirements=f"{GRADING}/{student.REQUIREMENTS}",
            files=tuple(files),
            private=(GRADING,),
            trained=tuple(trained),
            python=f"{sys.version_info.major}.{sys.version_info.minor}",
            plugin=PLUGIN,
        )
        student.write_notebook(notebook.make(assignment, around), folder / name)
    yield "otter source", dist / assignment.name / "otter" / name


def _requirements(built: Path | None) -> str:
    """What otter's environment gets: Loupe, and the packages that do its arithmetic, as they are here."""
    if built is None:
        loupe = f"loupe-grader=={__version__}"
    else:
        loupe = f"loupe-grader @ file://{_INSTALLED}/{GRADING}/{built.name}"
    return "\n".join([loupe, *(f"{package}=={metadata.version(package)}" for package in _PINNED)]) + "\n"
