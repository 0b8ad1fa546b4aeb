"""Writes the reference checkpoints as networks that were handed in, for the solution to be replayed with.

The form is that of the helper's `submit`: `<variable>.trained.npz`. For the author's own use: these files
are an answer and never get into a student folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.course import Assignment
from autograder.worker.trained import SUFFIX
from reference import checkpoints
from reference.datasets import Dataset


def write(assignment: Assignment, data: Dataset, folder: Path) -> tuple[tuple[str, Path], ...]:
    """Write a file for every variable in the config's `models`.

    Args:
        assignment: whose networks they are.
        data: decides between a checkpoint and its twin for stand-in data.
        folder: an existing one.

    Returns:
        (variable, file), sorted by variable.

    Raises:
        reference.checkpoints.CheckpointError: a checkpoint is not registered, or damaged.
    """
    written = []
    for variable, name in sorted(assignment.config.models.items()):
        checkpoint = checkpoints.for_data(name, stand_in=data.stand_in)
        model = checkpoint.build()
        config = json.loads(model.to_json())
        config.pop("compile_config", None)
        weights: dict[str, Any] = {f"{index:03d}": array for index, array in enumerate(checkpoint.weights())}
        path = folder / f"{variable}{SUFFIX}"
        np.savez(path, config=_bytes(config), history=_bytes(checkpoint.history), **weights)
        written.append((variable, path))
    return tuple(written)


def _bytes(content: Any) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(content).encode(), np.uint8)
