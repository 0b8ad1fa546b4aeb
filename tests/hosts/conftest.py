"""Folders of grades as `loupe grade` leaves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.report import files
from autograder.result import Result
from tests.report.conftest import make_check, make_question, make_result, make_ungraded, three_pictures

Graded = Callable[..., Path]


def finished(name: str, path: str = "", points: float = 8.0) -> Result:
    """A submission of 10 points that nobody has to look at."""
    figure = make_check(
        "failed",
        "These are `filters` of <another> layer.",
        points=10 - points,
        family="panels",
        subject="figure",
        pictures=three_pictures(),
    )
    right = make_check("passed", "As it should be: 3 * 3 * 3 * 32.", points=points)
    questions = make_question("weights", right), make_question("filters", figure, title="=All filters")
    return make_result(name, *questions, handed_in=path, title="PA1", assignment="first-lab")


def waiting(name: str, path: str = "") -> Result:
    """The same, with 2 of 10 points that a person has to give."""
    written = make_check("needs_person", "A person reads it.", points=2, family="written", subject="answer")
    questions = (
        make_question("weights", make_check(points=8)),
        make_question("relu", written, title="ReLU", rubric="One for sign.", answer="It clips."),
    )
    return make_result(name, *questions, handed_in=path, title="PA1", assignment="first-lab")


def broken(name: str, path: str = "") -> Result:
    """A submission that could not be graded."""
    return replace(
        make_ungraded(name, "The machine ran out of memory."),
        handed_in=path,
        title="PA1",
        assignment="first-lab",
    )


@pytest.fixture
def graded(tmp_path: Path) -> Graded:
    """Writes results into a folder of grades."""

    def write(*results: Result) -> Path:
        folder = tmp_path / "grades"
        for result in results:
            files.write_submission(result, folder)
        files.write_class(results, folder)
        return folder

    return write
