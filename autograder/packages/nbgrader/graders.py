"""Grades hand-ins one by one for `nbgrader autograde`, with what is prepared once for all of them.

Chooses which version of an assignment a hand-in is graded as: the one that it was made from, where that is
still here and the gradebook can hold its points. Student code runs in Loupe's locked process, never in
nbgrader's.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode

from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine import identity
from autograder.engine.launch import Confinement
from autograder.engine.local import Grader, grader
from autograder.engine.networks import Networks
from autograder.engine.submissions import Submission
from autograder.hosts.nbgrader import ungraded
from autograder.packages import versions
from autograder.packages.nbgrader.folder import GRADES, kept
from autograder.packages.versions import OtherAssignmentError
from autograder.release.nbgrader import POINTS_MARK, worth
from autograder.report import files, reading
from autograder.result import Result

_POINTS_LINES: Final = re.compile(rf"^{re.escape(POINTS_MARK)}.*\n+0\.0$", re.MULTILINE)


class SetupError(Exception):
    """The course folder cannot be graded with; the message says what is missing and what to do."""


class Graders:
    """The graders of one run.

    Args:
        folder: of the course.
        confinement: what is demanded of the walls around student code.
        limits: instead of those of the grading config, by name.
    """

    def __init__(self, folder: Path, confinement: Confinement, limits: Mapping[str, float]) -> None:
        self._folder = folder
        self._confinement = confinement
        self._limits = dict(limits)
        self._stack = ExitStack()
        self._open: dict[str, Grader] = {}
        self._graded: set[str] = set()

    def grade(
        self,
        source: Path,
        student: str,
        handed_in: NotebookNode,
        submitted: Path,
        remarks: Sequence[str] = (),
    ) -> Result:
        """Grade a hand-in, and write its result into the folder of grades of its assignment.

        Args:
            source: the assignment's source notebook.
            student: who handed in.
            handed_in: the notebook, its locked cells restored.
            submitted: the file as it was handed in, with trained networks beside it.
            remarks: what else is to be said of it.

        Raises:
            SetupError: the assignment that the source notebook was made from is not in the course folder.
            autograder.engine.launcher.LaunchError: this machine cannot confine student code as demanded.
        """
        trained = Networks().of(submitted)
        try:
            assignment, notes = self.version(source, submitted)
        except OtherAssignmentError as error:
            result = ungraded(source.stem, student, str(error))
            return self._written(result)
        with tempfile.TemporaryDirectory(prefix="loupe-nbgrader-") as scratch:
            path = Path(scratch) / submitted.name
            path.write_text(_plain(handed_in), encoding="utf-8")
            origin = f"{student}/{submitted.name}"
            [result] = self._grader(assignment).grade([Submission(student, path, trained, origin)])
        result = replace(
            result,
            sha256=identity.of_hand_in(Submission(student, submitted, trained)),
            notes=tuple(dict.fromkeys((*notes, *remarks, *result.notes))),
        )
        return self._written(result)

    def version(self, source: Path, submitted: Path) -> tuple[Assignment, list[str]]:
        """What a hand-in is graded as, and what has to be said about that.

        Args:
            source: the assignment's source notebook.
            submitted: the file that was handed in.

        Raises:
            SetupError: as `grade` does.
            autograder.packages.versions.OtherAssignmentError: it belongs to another assignment, or to a
                version with other questions, which is not here.
        """
        name, version = versions.made_from(source)
        current = kept(self._folder, name, version)
        if current is None:
            raise SetupError(
                f"The assignment that {source} was made from (version {version or 'unknown'}) is not in "
                f"{self._folder}. Run `loupe build {source.stem} --for nbgrader` again."
            )
        _, own = versions.made_from(submitted)
        before = kept(self._folder, name, own)
        if before is None or own == version:
            return current, list(filter(None, [versions.compare(submitted, current)]))
        if _handed_out(before) == _handed_out(current):  # Only what grades it was changed since.
            return current, []
        if _points(before) == _points(current):
            return before, [f"It was graded as version {own} of the assignment, which it was made from."]
        return current, list(filter(None, [versions.compare(submitted, current)]))

    def close(self) -> None:
        """End what was started, and write the reports of the classes that were graded."""
        self._stack.close()
        self._open.clear()
        for name in self._graded:
            directory = self._folder / GRADES / name
            files.write_class(reading.read_results(directory), directory)
        self._graded.clear()

    def _written(self, result: Result) -> Result:
        files.write_submission(result, self._folder / GRADES / result.assignment)
        self._graded.add(result.assignment)
        return result

    def _grader(self, assignment: Assignment) -> Grader:
        key = f"{assignment.name} {assignment.version}"
        if key not in self._open:
            limits = Limits(**{**assignment.config.limits.model_dump(), **self._limits})
            prepared = grader(assignment, 1, limits, self._confinement)
            self._open[key] = self._stack.enter_context(prepared)
        return self._open[key]


def _handed_out(assignment: Assignment) -> list[bytes]:
    parts = [assignment.source, *(assignment.folder / helper for helper in assignment.helpers)]
    return [part.read_bytes() for part in parts]


def _points(assignment: Assignment) -> dict[str, float]:
    return {id: worth(question) for id, question in assignment.config.questions.items()}


def _plain(notebook: NotebookNode) -> str:
    """The notebook's text without the lines for points, which are no part of what was handed in.

    Their cells keep their places, so that a cell's number is the one that its author sees.
    """
    plain = nbformat.from_dict(notebook)
    for place, cell in enumerate(plain.cells):
        text, count = _POINTS_LINES.subn("", cell.source)
        if count and text.strip():  # Somebody merged it with their own.
            cell.source = text
        elif count:
            plain.cells[place] = nbformat.v4.new_raw_cell("")
    return str(nbformat.writes(plain, version=4))
