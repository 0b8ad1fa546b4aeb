"""A course folder for the real nbgrader: built, handed out, handed in, graded."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Assignment
from tests.classes.common import LIMITS
from tests.hosts import hand_ins
from tests.hosts.console import Console, Ran, line


@dataclass(frozen=True)
class Row:
    """A row of the gradebook."""

    auto: float | None
    manual: float | None
    waits: bool
    most: float
    score: float


@dataclass
class CourseFolder:
    """A course folder, and a console whose working folder it is."""

    root: Path
    console: Console
    released: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def run(self, *commands: Sequence[str]) -> Ran:
        """Run nbgrader's commands, one after the other."""
        return self.console.run(*(line("nbgrader", *command) for command in commands))

    def release(self, assignment: str) -> Any:
        """What students got, to be filled in."""
        if assignment not in self.released:
            path = self.root / "release" / assignment / f"{assignment}.ipynb"
            self.released[assignment] = nbformat.read(path, as_version=4)
        return copy.deepcopy(self.released[assignment])

    def filled(self, assignment: Assignment) -> Any:
        """What students got, with the author's solution in it."""
        notebook = self.release(assignment.name)
        hand_ins.answer(notebook, assignment)
        return notebook

    def submit(self, student: str, assignment: str, notebook: Any) -> Path:
        """Hand a notebook in; returns the file."""
        path = self.root / "submitted" / student / assignment / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    def rows(self, assignment: str, student: str) -> Mapping[str, Row]:
        """The gradebook's rows of a submission, by question."""
        with self.gradebook() as book:
            found = book.find_submission_notebook(assignment, assignment, student)
            return {
                grade.name: Row(
                    grade.auto_score,
                    grade.manual_score,
                    grade.needs_manual_grade,
                    grade.max_score,
                    grade.score,
                )
                for grade in found.grades
            }

    def score(self, assignment: str, student: str) -> float:
        """The gradebook's total of a submission."""
        with self.gradebook() as book:
            total: float = book.find_submission(assignment, student).score
            return total

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        from nbgrader.api import Gradebook

        with Gradebook(self.url) as book:
            yield book


def build(console: Console, folder: Path, command: str) -> CourseFolder:
    """Write a course folder; limits are generous, for machines are busy.

    Args:
        console: which is left in the course folder.
        folder: where the command is given.
        command: of `loupe build`.
    """
    console.run(line("cd", folder), command, "cd dist/nbgrader").succeeded()
    root = folder / "dist" / "nbgrader"
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(f"c.LoupeGrade.cell_seconds = {LIMITS.cell_seconds}\n")
        config.write(f"c.LoupeGrade.notebook_seconds = {LIMITS.notebook_seconds}\n")
    return CourseFolder(root, console)
