"""A grading run into a folder where persons gave points puts them into its results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.course import find
from autograder.engine import identity
from autograder.engine import run as engine
from autograder.engine.submissions import Submission
from autograder.marking import run, sheets
from autograder.report import files, reading
from autograder.tables import TableError
from tests.marking.test_marking import NAMES, code, fill, folder, submission  # noqa: F401 - a fixture among them


@pytest.fixture
def grading(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was graded, by a grader that needs no notebook."""
    graded: list[str] = []

    def grade(submissions: Any, listen: Any) -> Iterator[Any]:
        for one in submissions:
            graded.append(one.name)
            yield replace(submission(one.name), sha256=identity.of_hand_in(one))

    @contextmanager
    def prepared(*_: Any) -> Iterator[Any]:
        yield SimpleNamespace(grade=grade)

    monkeypatch.setattr(engine.local, "grader", prepared)
    return graded


def graded_again(folder: Path, *names: str) -> list[str]:  # noqa: F811 - the fixture's value
    said: list[str] = []
    hand_ins = [Submission(name, folder / f"{name}.ipynb") for name in names]
    for one in hand_ins:
        one.notebook.write_text(one.name, encoding="utf-8")
    assignment = find(None).assignment("investigating-cnns")
    engine.grade(assignment, hand_ins, folder, progress=False, say=said.append)
    return said


def test_points_are_in_the_results_again(folder: Path, grading: list[str]) -> None:  # noqa: F811
    run.run(folder, {})
    fill(folder, {"ann": {"points": "2"}, "bob": {"points": "1", "comment": "Half."}})
    assert graded_again(folder, *NAMES) == []
    earned = [reading.read_result(folder / name).earned for name in NAMES]
    assert earned == [11, 10, 9]
    assert "Half." in (folder / "bob" / "feedback.html").read_text(encoding="utf-8")
    assert graded_again(folder, "ann") == []
    assert [reading.read_result(folder / name).earned for name in NAMES] == earned


def test_what_is_wrong_on_a_sheet_is_said_at_the_end(folder: Path, grading: list[str]) -> None:  # noqa: F811
    run.run(folder, {})
    fill(folder, {"ann": {"points": "3"}, "eve": {"points": "1"}})
    files.submission_folder(folder, "eve")
    (said,) = graded_again(folder, "ann", "bob")
    assert "3 points are too many" in said, "eve was not graded now, but her code is known"


def test_a_sheet_that_cannot_be_read_stops_the_run_before_it_begins(
    folder: Path,  # noqa: F811
    grading: list[str],
) -> None:
    (folder / sheets.FOLDER).mkdir()
    (folder / sheets.FOLDER / "relu.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(TableError, match="save it as CSV"):
        graded_again(folder, "ann")
    assert grading == []
    assert code("ann")
