"""Assignments whose networks students train, from the hand-in to the result: replayed, or only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.course import Assignment
from autograder.engine import proof
from autograder.engine.identity import of_hand_in
from autograder.engine.local import grader
from autograder.engine.submissions import Submission, find
from autograder.release import networks, source
from autograder.result import Result
from reference import datasets
from tests.release import training


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assignment]:
    """The tiny course, with its data and its checkpoint in place of the real ones."""
    folder = tmp_path_factory.mktemp("training")
    digits = training.digits()
    np.savez(
        folder / "mnist.npz",
        x_train=digits.x_train,
        y_train=digits.y_train,
        x_test=digits.x_test,
        y_test=digits.y_test,
    )
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("LOUPE_DATA", str(folder))
        datasets.load.cache_clear()
        training.register(folder / "checkpoints", monkeypatch)
        yield training.make_course(folder / "course")
    datasets.load.cache_clear()


def handed_in(assignment: Assignment, folder: Path) -> Path:
    """A class of three: one with the network, one without, one whose file is damaged."""
    solution = source.dumps(source.read(assignment.source).solution())
    for name in ("with", "without", "damaged"):
        (folder / name).mkdir()
        (folder / name / f"{name}.ipynb").write_text(solution, encoding="utf-8")
    ((_, network),) = networks.write(assignment, datasets.load("mnist"), folder)
    shutil.copy(network, folder / "with")
    (folder / "damaged" / network.name).write_bytes(network.read_bytes()[:500])
    network.unlink()
    return folder


def graded(assignment: Assignment, submissions: list[Submission]) -> dict[str, Result]:
    with grader(assignment, jobs=1) as prepared:
        return {result.submission: result for result in prepared.grade(submissions)}


def test_the_solution_earns_all_and_the_blank_nothing(assignment: Assignment) -> None:
    assert proof.problems(assignment) == []


def test_with_its_network_a_submission_earns_what_it_shows_and_without_it_is_told_why(
    assignment: Assignment, tmp_path: Path
) -> None:
    results = graded(assignment, find([handed_in(assignment, tmp_path)]))
    assert {name: result.earned for name, result in results.items()} == {
        "with": 3.0,
        "without": 0.0,
        "damaged": 0.0,
    }
    assert any("No trained network was handed in" in note for note in results["without"].notes)
    assert any("damaged" in note for note in results["damaged"].notes)
    assert len({result.sha256 for result in results.values()}) == 3


def test_the_fingerprint_covers_the_notebook_and_every_network(tmp_path: Path) -> None:
    notebook, network = tmp_path / "a.ipynb", tmp_path / "model.trained.npz"
    notebook.write_bytes(b"{}")
    alone = of_hand_in(Submission("a", notebook))
    network.write_bytes(b"1")
    seen = [alone, of_hand_in(Submission("a", notebook, (("model", network),)))]
    network.write_bytes(b"2")
    seen.append(of_hand_in(Submission("a", notebook, (("model", network),))))
    seen.append(of_hand_in(Submission("a", notebook, (("other", network),))))
    seen.append(of_hand_in(Submission("a", notebook, (("model", tmp_path / "gone"),))))
    notebook.write_bytes(b"[]")
    seen.append(of_hand_in(Submission("a", notebook, (("model", network),))))
    assert len(set(seen)) == len(seen)
