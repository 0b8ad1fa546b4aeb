"""Small trained networks, and the files in which they are handed in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HISTORY = {"loss": [0.9, 0.5, 0.25], "accuracy": [0.5, 0.75, 0.875], "val_loss": [1.0, 0.75, 0.5]}


def describe(*layers: tuple[str, str], kind: str = "Sequential") -> dict[str, Any]:
    """As much of a network's JSON config as is read without building it."""
    members = [{"module": "keras.layers", "class_name": of, "config": {"name": name}} for name, of in layers]
    return {"module": "keras", "class_name": kind, "config": {"name": "own", "layers": members}}


TINY = describe(("input", "InputLayer"), ("dense", "Dense"), ("dense_1", "Dense"))
"""The config of `model()` in CODE."""

CODE = """\
import numpy as np, keras

def net(units=5, middle=()):
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units), *middle, keras.layers.Dense(3)])

def compiled(network):
    network.compile("sgd", "mse", metrics=["accuracy"])
    return network

x, y = np.random.rand(1000, 4), np.random.rand(1000, 3)
"""
"""Cells of a notebook begin with it."""


def weights(value: float, units: int = 5) -> list[np.ndarray[Any, Any]]:
    """Those of CODE's `net(units)`, all alike."""
    return [np.full(shape, value, np.float32) for shape in ((4, units), (units,), (units, 3), (3,))]


def write(
    folder: Path,
    name: str,
    arrays: Sequence[np.ndarray[Any, Any]],
    config: Any = TINY,
    history: Any = HISTORY,
    **more: np.ndarray[Any, Any],
) -> Path:
    """Write `<name>.trained.npz` as the helper's `submit` does."""
    path = folder / f"{name}.trained.npz"
    numbered: Mapping[str, Any] = {f"{index:03d}": array for index, array in enumerate(arrays)}
    np.savez(path, config=text(config), history=text(history), **numbered, **more)
    return path


def text(content: Any) -> np.ndarray[Any, Any]:
    return np.frombuffer(json.dumps(content).encode(), np.uint8)
