"""The real otter on a built source notebook: assigned, and run on submissions."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.course import Assignment
from tests.hosts import examples, hand_ins
from tests.hosts.console import Console, line

_COMMENTS = re.compile(r"^<!-- (?:BEGIN|END) QUESTION -->\n*", re.MULTILINE)
_STARTS = (
    "# Initialize Otter",
    "grader.check(",
    "# Save your notebook first",
    "## Submission\n\nMake sure",
    " ",
)


@dataclass(frozen=True)
class Assigned:
    """What `otter assign` made of an assignment, in `folder`."""

    assignment: Assignment
    folder: Path

    @property
    def source(self) -> Path:
        """The folder of the source notebook, as Loupe built it."""
        return self.folder / "otter"

    @property
    def student(self) -> Path:
        """The student's notebook."""
        return self.folder / "student" / f"{self.assignment.name}.ipynb"

    @property
    def solution(self) -> Path:
        """The autograder's notebook."""
        return self.folder / "autograder" / f"{self.assignment.name}.ipynb"

    @property
    def archive(self) -> Path:
        """The autograder's zip file."""
        (found,) = (self.folder / "autograder").glob("*-autograder_*.zip")
        return found

    def filled(self) -> Any:
        """What students got, with the author's solution in it."""
        notebook = nbformat.read(self.student, as_version=4)
        hand_ins.answer(notebook, self.assignment)
        return notebook

    def zipped(self, target: Path) -> Path:
        """The solution with its networks, as the notebook's last cell zips them; returns the file."""
        with zipfile.ZipFile(target, "w") as archive:
            archive.write(self.solution, self.solution.name)
            for variable in self.assignment.config.models:
                archive.write(self.source / f"{variable}.trained.npz", f"{variable}.trained.npz")
        return target


@dataclass(frozen=True)
class Run:
    """What `otter run` came to.

    Attributes:
        error: what it failed with, or "".
        report: `results.json`, or None when there is none.
        said: all that otter printed.
    """

    error: str
    report: dict[str, Any] | None
    said: str

    @property
    def tests(self) -> list[dict[str, Any]]:
        """The tests of the report."""
        assert self.report is not None, self.said
        tests: list[dict[str, Any]] = self.report["tests"]
        return tests


def assign(
    console: Console, dist: Path, assignment: Assignment, *, check: bool = True
) -> tuple[Assigned, Run]:
    """Do what the guide says: build an assignment, have otter assign it, and grade the untouched notebook.

    Args:
        console: any.
        dist: the folder of all builds.
        assignment: what is built.
        check: whether otter runs the solution, too, which is `run` with the solution.

    Returns:
        What otter made, and what the untouched notebook earned.
    """
    guide = examples.commands("docs/hosts.md", "Otter")
    own = [command.replace(hand_ins.GUIDED, assignment.name) for command in guide]
    if not check:
        own = [f"{one} --no-run-tests" if one.startswith("otter assign ") else one for one in own]
    ran = console.run(line("cd", dist.parent), *own).succeeded()
    folder = dist / assignment.name
    return Assigned(assignment, folder), Run("", json.loads((folder / "results.json").read_text()), ran.said)


def run(console: Console, out: Path, submissions: Mapping[str, tuple[Path, Path]]) -> dict[str, Run]:
    """Have otter grade submissions.

    Args:
        console: any.
        out: an existing folder for the results.
        submissions: by name, the autograder's zip file, and the notebook or zip file that was handed in.
    """
    runs = {}
    for name, (archive, handed_in) in submissions.items():
        (out / name).mkdir()
        ran = console.run(line("otter", "run", "--no-logo", "-a", archive, "-o", out / name, handed_in))
        path = out / name / "results.json"
        runs[name] = Run(ran.errors[0], json.loads(path.read_text()) if path.exists() else None, ran.said)
    return runs


def released(cells: Sequence[Any]) -> list[str]:
    """The texts of a notebook without what otter adds: its cells, and comments around written answers."""
    texts = [_COMMENTS.sub("", cell.source) for cell in cells if not _is_otters(cell)]
    return [text for text in texts if text]


def _is_otters(cell: Any) -> bool:
    return "question" not in cell.metadata and cell.source.startswith(_STARTS)
