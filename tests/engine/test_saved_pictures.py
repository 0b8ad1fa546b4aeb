"""A class whose notebooks are only read, from the hand-in to the feedback page, by the command itself."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from autograder import course
from autograder.cli import app
from autograder.release import networks
from reference import checkpoints, datasets
from reference import networks as own_networks
from reference.checkpoints import Checkpoint
from tests.release import training
from tests.saved_pictures import HOSTILE, PLAIN, output

CONFIG = """\
assignment: digits
title: Digits
data: {name: mnist, split: test, count: 20, scale: unit}
models: {model: tiny}
training: outputs
questions:
  filters:
    title: Filters
    points: 2
    checks:
      - {panels: {filters: {layer: 0}}, of: model, show: visible}
"""

SOURCE = """\
# %% question="filters"
plot_filters(model)  # SOLUTION
"""

RANDOM = np.random.default_rng(5)
KERNELS = RANDOM.normal(size=(7, 7, 1, 12)).astype(np.float32)
OTHERS = RANDOM.normal(size=(7, 7, 1, 12)).astype(np.float32)


def conv() -> Any:
    import keras

    layers = [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(12, 7, activation="relu"),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers)


def drawn(kernels: np.ndarray) -> dict[str, Any]:
    """The saved picture of a grid of kernels."""
    figure = Figure((8, 6), dpi=100)
    for axes, kernel in zip(figure.subplots(3, 4).flat, np.moveaxis(kernels, -1, 0), strict=True):
        axes.imshow(kernel[..., 0], cmap="gray")
        axes.axis("off")
    file = io.BytesIO()
    figure.savefig(file, bbox_inches="tight")
    return output(file.getvalue())


def handed_in(folder: Path, network: Path) -> None:
    """The class: each member a notebook and the same network."""
    saved = {
        "right": [output(PLAIN), drawn(KERNELS)],
        "another": [drawn(OTHERS)],
        "hostile": [output(blob) for blob, why in HOSTILE.values() if why],
        "half": [output(PLAIN[:40])],
        "nothing": [],
    }
    for name, outputs in saved.items():
        cell = nbformat.v4.new_code_cell("raise SystemExit  # is never run", id="filters")
        cell.metadata["question"] = "filters"
        cell.outputs = [nbformat.from_dict(one) for one in outputs]
        (folder / name).mkdir()
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / name / f"{name}.ipynb")
        (folder / name / network.name).write_bytes(network.read_bytes())


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that `loupe grade` wrote."""
    folder = tmp_path_factory.mktemp("saved")
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
        monkeypatch.setattr(own_networks, "tiny_cnn", conv)
        weights = [KERNELS, np.zeros(12, np.float32), RANDOM.normal(size=(12, 10)), np.zeros(10)]
        entry = Checkpoint("tiny", "tiny.npz", "", "tiny_cnn", 730, 0, {}, {}, "", history=training.HISTORY)
        checkpoints.save(entry, [one.astype(np.float32) for one in weights])
        training.make_course(folder / "course")
        (folder / "course" / "grading_config" / "digits.yaml").write_text(CONFIG, encoding="utf-8")
        (folder / "course" / "assignments" / "digits" / "assignment.py").write_text(SOURCE, encoding="utf-8")
        assignment = course.find(folder / "course").assignment("digits")
        ((_, network),) = networks.write(assignment, datasets.load("mnist"), folder)
        (folder / "class").mkdir()
        handed_in(folder / "class", network)
        places = ["--course", str(folder / "course"), "--out", str(folder / "grades"), "--jobs", "1"]
        done = CliRunner().invoke(app, ["grade", "digits", str(folder / "class"), *places])
        assert done.exit_code == 0, done.output
        yield folder / "grades"
    datasets.load.cache_clear()


def verdict(grades: Path, name: str) -> tuple[float | None, dict[str, Any]]:
    """The points that a submission's only check gave, and why."""
    result = json.loads((grades / name / "result.json").read_text(encoding="utf-8"))
    ((found,),) = [question["checks"] for question in result["questions"]]
    return found["earned"], found["verdict"]


def test_the_right_saved_picture_earns_its_points_and_is_shown_beside_what_was_expected(grades: Path) -> None:
    earned, found = verdict(grades, "right")
    assert (found["status"], earned) == ("passed", 2)
    assert "was not executed" in found["message"]
    page = (grades / "right" / "feedback.html").read_text(encoding="utf-8")
    assert len(re.findall("<img", page)) >= 2
    assert "submitted" in page.lower()
    assert "expected" in page.lower()


def test_another_picture_earns_nothing_or_goes_to_a_person(grades: Path) -> None:
    earned, found = verdict(grades, "another")
    assert found["status"] in ("failed", "needs_person")
    assert not earned


@pytest.mark.parametrize(("name", "why"), [("hostile", "it is no PNG"), ("half", "it is cut off")])
def test_a_picture_that_cannot_be_decoded_goes_to_a_person_with_the_reason(
    grades: Path, name: str, why: str
) -> None:
    earned, found = verdict(grades, name)
    assert (found["status"], earned, found["diagnosis"]) == ("needs_person", None, "unread_picture")
    assert f"was not looked at: {why}" in found["message"]
    assert why in (grades / name / "feedback.html").read_text(encoding="utf-8")


def test_where_nothing_is_saved_a_person_is_told_that_nothing_was_executed(grades: Path) -> None:
    earned, found = verdict(grades, "nothing")
    assert (found["status"], earned, found["diagnosis"]) == ("needs_person", None, "not_executed")
