"""Expensive things, made once: the demo's class, graded by the real grader."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is no failure: examples have no deadline of their own.
settings.register_profile("loupe", deadline=None)
settings.load_profile("loupe")

# Tests never reach for the network; data come from LOUPE_DATA, the Keras cache or packages.
os.environ.setdefault("LOUPE_OFFLINE", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# No test depends on what an earlier run has left.
os.environ["LOUPE_CACHE"] = ""


LONGEST = (
    "test_class_evaluating_cnns",
    "test_class_deconstructing_cnns",
    "test_class_weights_and_activations",
    "test_class_mnist_cnn",
    "test_attacks",
    "test_otter",
    "test_otter_training",
    "test_nbgrader_training",
    "test_demo",
    "test_gradescope_package",
    "test_gradescope_training",
    "test_nbgrader",
)
"""Modules of minutes. They begin first: one that began last would keep a single core busy at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first; the others, and the tests of each, in the order that chance gave them."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(ranks)))


@pytest.fixture(autouse=True)
def same_folder() -> Iterator[None]:
    """A test that leaves another working folder behind breaks tests that run after it."""
    before = Path.cwd()
    yield
    after = Path.cwd()
    os.chdir(before)
    assert after == before


@dataclass(frozen=True)
class GradedClass:
    """Where the demo wrote, and what it printed."""

    folder: Path
    lines: dict[str, Any]

    def result(self, submission: str) -> dict[str, Any]:
        """A submission's result.json."""
        path = self.folder / "grades" / submission / "result.json"
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded

    def question(self, submission: str, question: str) -> dict[str, Any]:
        """One question of a result."""
        found: dict[str, Any] = next(
            entry for entry in self.result(submission)["questions"] if entry["id"] == question
        )
        return found


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> GradedClass:
    """The demo, run once: eighteen notebooks are executed. Only `test_demo.py` uses it."""
    from autograder import demo
    from autograder.course import find

    folder = tmp_path_factory.mktemp("demo")
    lines = demo.run(find(None).assignment(demo.ASSIGNMENT), folder, jobs=None, progress=False, say=print)
    return GradedClass(folder, {line.name: line for line in lines})
