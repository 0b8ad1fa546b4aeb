"""Grading on a cluster: the same results as on one machine, whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.course import find
from autograder.engine import ledger, run, submissions
from autograder.engine.launcher import LaunchError
from autograder.engine.run import Graded
from tests.engine import clustering
from tests.engine.test_run import ASSIGNMENT, content, grade, hand_in

NAMES = ("ann", "bob", "cem", "dan", "eva", "fay")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "class").mkdir()
    for index, name in enumerate(NAMES):
        hand_in(folder / "class", name, f"import time\ntime.sleep(1)\nanswer1 = {'ABCD'[index % 4]!r}")
    (folder / "class" / "pdf").mkdir()
    (folder / "class" / "pdf" / "thesis.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture(scope="module")
def here(folder: Path) -> dict[str, Any]:
    """What one machine finds."""
    grade(folder)
    return content(folder)


def grade_there(folder: Path, out: str, address: str, said: list[str], **more: Any) -> Graded:
    found = submissions.find([folder / "class"], folder / out)
    assignment = find(None).assignment(ASSIGNMENT)
    return run.grade(
        assignment, found, folder / out, cluster=address, progress=False, say=said.append, **more
    )


def test_a_worker_that_is_killed_and_one_that_is_poisoned_cost_nobody_a_grade(
    folder: Path, here: dict[str, Any], tmp_path: Path
) -> None:
    hand_in(folder / "class", "gil", f"answer1 = 'A'  {clustering.POISON}")
    said: list[str] = []
    with clustering.cluster(tmp_path, preload="poison") as machines:
        first = clustering.pids(machines.address, 2)
        killed = threading.Event()

        def kill_one() -> None:
            clustering.wait_until(lambda: any((folder / "there").glob("*/result.json")), 200, "a result")
            os.kill(first[0], signal.SIGKILL)
            killed.set()

        killer = threading.Thread(target=kill_one)
        killer.start()
        graded = grade_there(folder, "there", machines.address, said)
        killer.join()
    assert killed.is_set()
    found = content(folder, "there")
    poisoned = found.pop("gil")
    assert found == here
    assert poisoned["status"] == "ungraded"
    assert poisoned["reason"].startswith("Infrastructure: it was lost 3 times on the cluster. (1) ")
    assert [line for line in said if "not graded" in line]
    with ledger.opened(folder / "there" / ledger.FILE) as book:
        newest = book.history()[-1]
    assert (newest.submissions, newest.committed) == (8, 8)
    assert len(graded.results) == 8


def test_workers_with_other_packages_are_named_and_grade_nothing(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    with (
        clustering.cluster(tmp_path, 1, preload="old") as machines,
        pytest.raises(LaunchError, match="No worker of the cluster can grade: tcp://") as caught,
    ):
        grade_there(folder, "refused", machines.address, said)
    reason = f"it has other versions: numpy 0.9 (here {np.__version__})"
    assert reason in str(caught.value)
    assert [line for line in said if reason in line] == said
    assert content(folder, "refused") == {}
