"""What grading elsewhere needs of a course: one assignment with its config, and the images.

A bundle is a folder with the shape of a course, and `data/<name>.npz` unless the images install with Loupe.
The checkpoints are in Loupe's own package. A bundle holds every answer; it never goes to students.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from autograder import course
from autograder.course import Assignment
from reference import datasets
from reference.datasets import Dataset

_RECORD: Final = "bundle.json"
_DATA: Final = "data"


def write(assignment: Assignment, data: Dataset, folder: Path) -> None:
    """Write a bundle into an existing folder.

    Args:
        assignment: what is graded.
        data: the images. All of them are kept where students train; where they are given a network, those
            that the config names.
        folder: gets `assignments/`, `grading_config/`, `data/` and a record of what it is.
    """
    assignment.copy(folder)
    record = {
        "assignment": assignment.name,
        "data": data.name,
        "fallback": data.fallback,
        "sha256": data.sha256,
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if not data.fallback:
        (folder / _DATA).mkdir()
        train, test = _kept(assignment, data)
        np.savez_compressed(
            folder / _DATA / f"{data.name}.npz",
            x_train=data.x_train[:train],
            y_train=data.y_train[:train],
            x_test=data.x_test[:test],
            y_test=data.y_test[:test],
        )


def assignment_of(folder: Path) -> Assignment:
    """The assignment of a bundle.

    Raises:
        autograder.course.CourseError: parts of it are missing.
        OSError: it is no bundle.
    """
    return course.find(folder).assignment(_record(folder)["assignment"])


def data_of(folder: Path) -> Dataset:
    """The images of a bundle: the ones it was made with, whatever this machine has.

    Raises:
        reference.datasets.DataError: they are missing or damaged.
        OSError: it is no bundle.
    """
    record = _record(folder)
    if record["fallback"]:
        return datasets.stand_in(record["data"])
    data = datasets.read(record["data"], folder / _DATA / f"{record['data']}.npz")
    return replace(data, part_of=record["sha256"])


def _record(folder: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    return record


def _kept(assignment: Assignment, data: Dataset) -> tuple[int, int]:
    """How many of the training and of the test images are kept; at least one of each."""
    asked = assignment.config
    about_training = '"train"' in json.dumps(asked.model_dump(mode="json"))
    if (
        asked.model is None
        or asked.data.count is None
        or about_training
        or asked.data.scale == "mean_removed"
    ):
        return len(data.x_train), len(data.x_test)
    return 1, asked.data.count
