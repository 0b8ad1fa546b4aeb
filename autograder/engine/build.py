"""Builds the folders that are handed out: student notebook and executed solution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.course import Assignment
from autograder.release import solution as solutions
from autograder.release import student
from reference import datasets

Say = Callable[[str], None]


def build(assignment: Assignment, dist: Path, *, solution: bool, say: Say) -> Iterator[tuple[str, Path]]:
    """Write `dist/<assignment>/student` and, if wanted, `solution`; yields which and its notebook."""
    data = datasets.load(assignment.config.data.name)
    folder = dist / assignment.name
    say("building the student folder …")
    yield "student", student.build(assignment, folder / "student", data)
    if solution:
        yield "solution", solutions.build(assignment, folder / "solution", data, progress=say)
