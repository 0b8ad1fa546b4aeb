"""The real otter on a built source notebook: assigned, and run on submissions. Asserts nothing.

Otter's commands run in a process of their own, several in a row, for each imports half of Jupyter.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder import packages
from autograder.course import Assignment
from autograder.release import source

_COMMANDS = """\
import json, os, sys
from otter.cli import cli

outcomes = []
for folder, arguments in json.loads(sys.argv[1]):
    os.chdir(folder)
    try:
        cli.main(arguments, standalone_mode=False)
    except Exception as error:
        outcomes.append(f"{type(error).__name__}: {error}")
    else:
        outcomes.append("")
print()
print(json.dumps(outcomes))
"""


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
        answers = {cell.id: cell.source for cell in source.read(self.assignment.source).solution().cells}
        for cell in notebook.cells:
            if "question" in cell.metadata:
                cell.source = answers[cell.id]
        return notebook


@dataclass(frozen=True)
class Run:
    """What `otter run` came to.

    Attributes:
        error: what it failed with, or "".
        report: `results.json`, or None when there is none.
        said: all that otter printed, for all commands of its process.
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

    def scores(self) -> dict[str, float]:
        """What each question earned; those that wait for a person are missing."""
        earned: dict[str, float] = {}
        for test in self.tests:
            (question,) = test["tags"]
            if "score" in test:
                earned[question] = round(earned.get(question, 0.0) + test["score"], 4)
        return earned


def commands(elsewhere: Path, *lines: tuple[Path, Sequence[str]]) -> tuple[list[str], str]:
    """Run commands of otter, each in its folder.

    Args:
        elsewhere: a folder for what Jupyter and Keras look for in a home.
        lines: the folder, and the command's arguments.

    Returns:
        For each command what it failed with, or ""; and all that was said.
    """
    done = subprocess.run(
        [sys.executable, "-c", _COMMANDS, json.dumps([(str(folder), list(line)) for folder, line in lines])],
        env=environment(elsewhere),
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    outcomes: list[str] = json.loads(done.stdout.strip().splitlines()[-1])
    return outcomes, said


def assign(dist: Path, elsewhere: Path, assignments: Sequence[Assignment]) -> dict[str, Assigned]:
    """Build assignments for otter, and have it assign them; call it within `fallback_data`."""
    made = {one.name: Assigned(one, dist / one.name) for one in assignments}
    for one in assignments:
        assert list(packages.builder("otter")(one, dist, print))
    lines = [(whole.source, ["assign", f"{name}.ipynb", ".."]) for name, whole in made.items()]
    errors, said = commands(elsewhere, *lines)
    assert not any(errors), said
    return made


def run(elsewhere: Path, out: Path, submissions: Mapping[str, tuple[Path, Path]]) -> dict[str, Run]:
    """Have otter grade submissions.

    Args:
        elsewhere: as for `commands`.
        out: an existing folder for the results.
        submissions: by name, the autograder's zip file, and the notebook or zip file that was handed in.
    """
    for name in submissions:
        (out / name).mkdir()
    lines = [
        (out, ["run", "--no-logo", "-a", str(archive), "-o", name, str(handed_in)])
        for name, (archive, handed_in) in submissions.items()
    ]
    errors, said = commands(elsewhere, *lines)
    runs = {}
    for name, error in zip(submissions, errors, strict=True):
        path = out / name / "results.json"
        runs[name] = Run(error, json.loads(path.read_text()) if path.exists() else None, said)
    return runs


def released(cells: Sequence[Any]) -> list[str]:
    """The texts of a notebook without what otter adds: its cells, and comments around written answers."""
    texts = [_COMMENTS.sub("", cell.source) for cell in cells if not _is_otters(cell)]
    return [text for text in texts if text]


def _is_otters(cell: Any) -> bool:
    return "question" not in cell.metadata and cell.source.startswith(_STARTS)


def environment(elsewhere: Path) -> dict[str, str]:
    """Without data or settings of this machine."""
    kept = {name: value for name, value in os.environ.items() if name != "LOUPE_DATA"}
    own = ("KERAS_HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    return kept | dict.fromkeys(own, str(elsewhere)) | {"LOUPE_OFFLINE": "1"}
