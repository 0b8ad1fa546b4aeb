"""A course folder for the real nbgrader: built, handed out, handed in, graded. Asserts nothing.

nbgrader's commands run in a process of their own, several in a row, for each imports half of Jupyter.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder import packages
from autograder.course import Assignment
from autograder.release import source
from tests.classes.common import LIMITS

_COMMANDS = """\
import json, sys
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp

codes = []
for arguments in json.loads(sys.argv[1]):
    app, code = NbGraderApp.instance(), 0
    try:
        app.initialize(arguments)
        app.start()
    except NoStart:
        pass
    except SystemExit as end:
        code = end.code or 0
    for one in type(app.subapp)._walk_mro():
        one._instance = None
    NbGraderApp.clear_instance()
    codes.append(code)
print(json.dumps(codes))
"""


@dataclass(frozen=True)
class Ran:
    """What nbgrader's commands came to: their exit statuses, and all that they said."""

    codes: list[int]
    said: str


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
    """A course folder; `elsewhere` takes what Jupyter and Keras look for in a home."""

    root: Path
    elsewhere: Path
    released: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"

    def run(self, *commands: Sequence[str]) -> Ran:
        """Run nbgrader's commands, one after the other."""
        done = subprocess.run(
            [sys.executable, "-c", _COMMANDS, json.dumps(commands)],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        lines = done.stdout.strip().splitlines()
        return Ran(json.loads(lines[-1]), done.stdout + done.stderr)

    def environment(self) -> dict[str, str]:
        """Without data or settings of this machine; nbgrader calls alembic by its name."""
        kept = {name: value for name, value in os.environ.items() if name != "LOUPE_DATA"}
        return kept | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "KERAS_HOME": str(self.elsewhere),
            "JUPYTER_CONFIG_DIR": str(self.elsewhere),
            "JUPYTER_DATA_DIR": str(self.elsewhere),
            "LOUPE_OFFLINE": "1",
        }

    def release(self, assignment: str) -> Any:
        """What students got, to be filled in."""
        if assignment not in self.released:
            path = self.root / "release" / assignment / f"{assignment}.ipynb"
            self.released[assignment] = nbformat.read(path, as_version=4)
        return copy.deepcopy(self.released[assignment])

    def filled(self, assignment: Assignment) -> Any:
        """What students got, with the author's solution in it."""
        notebook = self.release(assignment.name)
        answers = {cell.id: cell.source for cell in source.read(assignment.source).solution().cells}
        for cell in notebook.cells:
            cell.source = answers.get(cell.id, cell.source)
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

    @contextmanager
    def gradebook(self) -> Iterator[Any]:
        from nbgrader.api import Gradebook

        with Gradebook(self.url) as book:
            yield book


def build(folder: Path, assignments: Sequence[Assignment]) -> CourseFolder:
    """Write a course folder with some assignments; limits are generous, for machines are busy."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for assignment in assignments:
        list(packages.builder("nbgrader")(assignment, folder / "dist", lambda line: None))
    root = folder / "dist" / "nbgrader"
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as config:
        config.write(f"c.LoupeGrade.cell_seconds = {LIMITS.cell_seconds}\n")
        config.write(f"c.LoupeGrade.notebook_seconds = {LIMITS.notebook_seconds}\n")
    return CourseFolder(root, elsewhere)
