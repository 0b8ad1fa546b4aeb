"""How a class of submissions is made of a solution, graded once by the real grader, and compared.

Works on the data that install with Loupe, wherever it runs: 5,000 real digits, drawn scenes. Each member
hands in a notebook and the networks that were trained for it. Knows no assignment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder.config import Limits
from autograder.course import Assignment, find
from autograder.demo import Change, Student
from autograder.engine import run as runs
from autograder.engine import submissions
from autograder.release import networks, source
from autograder.result import QuestionResult, Result
from autograder.worker.trained import SUFFIX
from reference import datasets

LIMITS = Limits(cell_seconds=120.0, notebook_seconds=600.0)
"""Generous: a test must not fail because the machine is busy."""

Handed = dict[str, dict[str, np.ndarray]]
"""By variable, the arrays of the `.trained.npz` that is handed in: `config`, `history`, `000`, `001`, …"""

FileChange = Callable[[Handed], None]


@dataclass(frozen=True)
class Member(Student):
    """A member of a class that trains networks.

    Attributes:
        files: edits of the trained networks that are handed in, in order.
        pending: by question, the share of its points that a person has to give; written answers need
            no entry.
        said: by question, the diagnosis that one of its checks has to come to.
    """

    files: tuple[FileChange, ...] = ()
    pending: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Class:
    """All submissions of an assignment.

    Attributes:
        assignment: its name.
        members: with unique names.
        shortened: edits that everybody's notebook gets, so that it runs in less time.
    """

    assignment: str
    members: tuple[Member, ...]
    shortened: tuple[Change, ...] = ()

    @property
    def right(self) -> list[Member]:
        """Those that may lose nothing."""
        return [member for member in self.members if not member.lost]

    @property
    def wrong(self) -> list[Member]:
        """Those that have made a mistake."""
        return [member for member in self.members if member.lost]

    def course_assignment(self) -> Assignment:
        """What is graded."""
        return find(None).assignment(self.assignment)


@dataclass(frozen=True)
class Graded:
    """The results of a class, by name."""

    results: Mapping[str, Result]

    def compare(self, member: Member) -> None:
        """Assert that a submission lost what its edit must cost, and nothing else."""
        result = self.results[member.name]
        assert result.status == "graded", result.reason
        found = {question.id: _balance(question) for question in result.questions}
        expected = {question.id: _expected(member, question) for question in result.questions}
        unlike = {
            question.id: (
                f"lost and pending {found[question.id]}, not {expected[question.id]}",
                _messages(question),
            )
            for question in result.questions
            if found[question.id] != expected[question.id]
        }
        assert not unlike, (unlike, result.notes)

    def compare_diagnoses(self, member: Member) -> None:
        """Assert that a submission's mistakes were recognised."""
        for question in self.results[member.name].questions:
            if question.id in member.said:
                diagnoses = [check.verdict.diagnosis for check in question.checks]
                assert member.said[question.id] in diagnoses, (question.id, _messages(question))


def unanswered(question: str) -> Change:
    """Leave a written answer out."""

    def change(notebook: Any) -> None:
        cell = next(cell for cell in notebook.cells if cell.metadata.get("question") == question)
        cell.source = cell.source.partition("<!--")[0].partition("\n\n")[0] + "\n\n*Your answer here.*"

    return change


def replace_network(variable: str, change: Callable[[list[np.ndarray]], list[np.ndarray]]) -> FileChange:
    """Change the weights that are handed in for a variable; given and returned in `get_weights()` order."""

    def edit(handed: Handed) -> None:
        arrays = handed[variable]
        kept = {key: arrays[key] for key in ("config", "history")}
        weights = change([arrays[key] for key in sorted(arrays) if key.isdigit()])
        handed[variable] = kept | {f"{index:03d}": array for index, array in enumerate(weights)}

    return edit


def replace_history(variable: str, change: Callable[[dict[str, list[float]]], Any]) -> FileChange:
    """Change the history that is handed in for a variable."""

    def edit(handed: Handed) -> None:
        history = json.loads(handed[variable]["history"].tobytes())
        history = change(history) or history
        handed[variable]["history"] = np.frombuffer(json.dumps(history).encode(), np.uint8)

    return edit


def not_handed_in(variable: str) -> FileChange:
    """Forget the file of a variable."""

    def edit(handed: Handed) -> None:
        del handed[variable]

    return edit


@contextmanager
def fallback_data(elsewhere: Path) -> Iterator[None]:
    """Only the data that install with Loupe are found.

    Args:
        elsewhere: an empty folder, taken for the home of Keras.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("LOUPE_DATA", raising=False)
        environment.setenv("LOUPE_OFFLINE", "1")
        environment.setenv("KERAS_HOME", str(elsewhere))
        datasets.load.cache_clear()
        yield
    datasets.load.cache_clear()


def write(whole: Class, folder: Path) -> list[Path]:
    """Write everybody's folder, with notebook and networks, and that of `blank`, the released notebook.

    Call it within `fallback_data`.

    Args:
        whole: the class.
        folder: an existing one.

    Returns:
        The folders.
    """
    assignment = whole.course_assignment()
    handed = _reference_networks(assignment, folder)
    read = source.read(assignment.source)
    answers = [cell.source for cell in read.solution().cells]
    made = []
    for member in (*whole.members, Member("blank")):
        notebook, files = read.student(), {name: dict(arrays) for name, arrays in handed.items()}
        if member.name == "blank":
            files.clear()
        else:
            for cell, answer in zip(notebook.cells, answers, strict=True):
                cell.source = answer
            for change in (*whole.shortened, *member.changes):
                change(notebook)
            for edit in member.files:
                edit(files)
        own = folder / "submissions" / member.name
        own.mkdir(parents=True)
        nbformat.write(notebook, own / f"{member.name}.ipynb")
        for name, arrays in files.items():
            np.savez(own / f"{name}{SUFFIX}", **arrays)
        made.append(own)
    return made


def grade(whole: Class, folder: Path) -> Graded:
    """Write the class and grade it, once, with as many jobs as there are cores."""
    elsewhere = folder / "keras"
    elsewhere.mkdir()
    with fallback_data(elsewhere):
        found = submissions.find(write(whole, folder))
        graded = runs.grade(
            whole.course_assignment(), found, folder / "grades", limits=LIMITS, progress=False
        )
    return Graded({result.submission: result for result in graded.results})


def _reference_networks(assignment: Assignment, folder: Path) -> Handed:
    data = datasets.load(assignment.config.data.name)
    scratch = folder / "networks"
    scratch.mkdir()
    handed = {}
    for variable, path in networks.write(assignment, data, scratch):
        with np.load(path, allow_pickle=False) as archive:
            handed[variable] = dict(archive)
    return handed


def _balance(question: QuestionResult) -> tuple[float, float]:
    """Points that are lost, and points that a person has still to give."""
    lost = question.points - question.earned - question.pending
    return round(lost, 2), round(question.pending, 2)


def _expected(member: Member, question: QuestionResult) -> tuple[float, float]:
    lost = 1.0 if member.name == "blank" else member.lost.get(question.id, 0.0)
    person = sum(check.points for check in question.checks if check.family == "written")
    written = person / question.points if lost < 1.0 else 0.0
    pending = member.pending.get(question.id, written)
    return round(question.points * lost, 2), round(question.points * pending, 2)


def _messages(question: QuestionResult) -> list[str]:
    said = [f"{check.family} {check.verdict.status}: {check.verdict.message}" for check in question.checks]
    return [*said, *question.errors]
