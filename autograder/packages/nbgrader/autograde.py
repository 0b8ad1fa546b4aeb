"""`nbgrader autograde` with Loupe's engine: in place of `Execute`, and once more after `SaveAutoGrades`.

No cell runs in nbgrader's process or in a kernel of its. What the grader cannot decide, and what it fails
at, waits for a person in the gradebook; it is never a zero.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any, Final

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Enum, Float

from autograder.engine.launch import Confinement
from autograder.hosts import nbgrader as gradebooks
from autograder.packages.nbgrader import cells
from autograder.packages.nbgrader.graders import Graders
from autograder.packages.nbgrader.restore import handed_out
from autograder.result import Result
from autograder.worker import levels

_RESULT: Final = "loupe"
"""Under which a notebook's result travels from one step to the next."""

_RUNS: weakref.WeakKeyDictionary[Any, Graders] = weakref.WeakKeyDictionary()
"""nbgrader's converters, one a run, and what grades for them."""


class GradingError(Exception):
    """A hand-in could not be graded at all; the gradebook says so, and nbgrader tries again next time."""


class LoupeGrade(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Grades a notebook and puts the points where nbgrader reads them."""

    require_isolation = Enum(
        list(levels.LEVELS),
        "D",
        help="refuse to grade where student code is confined less; see `loupe doctor`",
    ).tag(config=True)
    accept_weak_isolation = Bool(
        False, help="grade although this machine cannot confine student code (level D)"
    ).tag(config=True)
    cell_seconds = Float(0.0, help="limit of a cell; 0: what the grading config says").tag(config=True)
    notebook_seconds = Float(0.0, help="limit of a notebook; 0: what the grading config says").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Grade one notebook.

        Raises:
            GradingError: the grader itself could not be prepared.
        """
        names = resources["nbgrader"]
        student, assignment, notebook = names["student"], names["assignment"], names["notebook"]
        with Gradebook(names["db_url"]) as gradebook:
            known = handed_out(gradebook, assignment, notebook)
        course = self.parent.parent.coursedir
        submitted = Path(
            course.format_path(course.submitted_directory, student, assignment), f"{notebook}.ipynb"
        )
        source = Path(course.format_path(course.source_directory, ".", assignment), f"{notebook}.ipynb")
        said = cells.changed(nbformat.read(submitted, as_version=4), nb, known)
        try:
            result = self._graders().grade(source, student, nb, submitted, said)
            _check(result, names)
        except Exception as error:  # Whatever it is, it is not the student's: their points wait for a person.
            failed = gradebooks.ungraded(assignment, student, f"The grader could not be used: {error}")
            _record(failed, names)
            raise GradingError(failed.reason) from error
        for line in (result.reason, *result.notes):
            if line:
                self.log.warning("%s: %s", student, line)
        cells.fill(nb, result, known)
        resources[_RESULT] = result
        return nb, resources

    def _graders(self) -> Graders:
        converter = self.parent.parent
        if converter not in _RUNS:
            limits = {"cell_seconds": self.cell_seconds, "notebook_seconds": self.notebook_seconds}
            graders = Graders(
                Path(converter.coursedir.root),
                Confinement(self.require_isolation, self.accept_weak_isolation),
                {name: seconds for name, seconds in limits.items() if seconds > 0},
            )
            _RUNS[converter] = graders
            weakref.finalize(converter, graders.close)
        return _RUNS[converter]


class LoupeRecord(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Tells the gradebook what no output can say: what waits for a person, bonus points, and comments."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Record one notebook's result."""
        for line in _record(resources[_RESULT], resources["nbgrader"]):
            self.log.warning("%s", line)
        return nb, resources


def _check(result: Result, names: dict[str, str]) -> None:
    """Ask the gradebook before anything is written into it."""
    with Gradebook(names["db_url"]) as gradebook:
        gradebooks.check(gradebook, result, **_place(names))


def _record(result: Result, names: dict[str, str]) -> list[str]:
    with Gradebook(names["db_url"]) as gradebook:
        return gradebooks.record(gradebook, result, **_place(names))


def _place(names: dict[str, str]) -> dict[str, str]:
    return {name: names[name] for name in ("student", "assignment", "notebook")}
