"""Answers `keras.datasets` from a folder: a job has no network, and all jobs share one copy.

The folder holds `mnist.npz` or `cifar10.npz` (arrays `x_train`, `y_train`, `x_test`, `y_test`). Replaces two
functions of Keras before student code runs; reads nothing until one of them is called.
"""

from __future__ import annotations

import functools
import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

_NAMES = ("mnist", "cifar10")
_COLUMNS = ("cifar10",)  # Keras gives these labels as a column, (N, 1).

Part = tuple[Any, Any]


def install(folder: Path) -> None:
    """Have `load_data` of the sets in the folder read from there; imports Keras."""
    for name in _NAMES:
        path = folder / f"{name}.npz"
        if not path.is_file():
            continue
        original = importlib.import_module(f"keras.datasets.{name}").load_data
        answer = functools.wraps(original)(functools.partial(_load, path, name in _COLUMNS))
        # Keras shows its functions in several modules; those loaded later copy from the first.
        for module in list(sys.modules.values()):
            if getattr(module, "__dict__", {}).get("load_data") is original:
                module.__dict__["load_data"] = answer


def _load(path: Path, column: bool, *args: Any, **kwargs: Any) -> tuple[Part, Part]:
    """As Keras' own: `(x_train, y_train), (x_test, y_test)`, all uint8."""
    with np.load(path, allow_pickle=False) as archive:
        parts = [(archive[f"x_{part}"], archive[f"y_{part}"].astype(np.uint8)) for part in ("train", "test")]
    train, test = [(images, labels.reshape(-1, 1) if column else labels) for images, labels in parts]
    return train, test
