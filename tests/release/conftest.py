"""A course with one small assignment, and small stand-ins for its data and checkpoint."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from autograder import course
from reference.checkpoints import Checkpoint
from reference.datasets import Dataset

HERE = Path(__file__).parent


def dataset(count: int, shape: tuple[int, ...] = (32, 32, 3)) -> Dataset:
    images = np.arange(count * int(np.prod(shape)), dtype=np.int64).astype(np.uint8).reshape(count, *shape)
    labels = np.arange(count) % 10
    return Dataset("cifar10", "drawn", "a test", images[:1], labels[:1], images, labels)


@pytest.fixture
def data() -> Dataset:
    return dataset(6)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    """Two arrays, the first one stored as float64."""
    path = tmp_path / "weights.npz"
    np.savez(path, **{"000": np.linspace(0, 1, 12).reshape(3, 4), "001": np.ones(4, np.float32)})
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Checkpoint("test", str(path), sha256, "investigating_cnn", 16, 0, {}, {}, "")


@pytest.fixture
def tiny_course(tmp_path: Path) -> course.Course:
    """A copy that a test may change."""
    shutil.copytree(HERE / "course", tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__"))
    return course.find(tmp_path / "course")


@pytest.fixture
def tiny(tiny_course: course.Course) -> course.Assignment:
    return tiny_course.assignment("tiny")
