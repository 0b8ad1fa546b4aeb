"""The look at a locked process from outside: what stands is verified, what is missing is found."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import lockdown
from autograder.worker.walls import JobLimits, Walls
from tests.worker import imitate
from tests.worker.imitate import MACHINES, NEEDS_ROOT, in_child
from tests.worker.locked import ALL

pytestmark = NEEDS_ROOT


def findings(become: Callable[[], None], change: Callable[[Walls], Walls]) -> list[str]:
    """What `verify` says of a process locked behind `change(walls)` when `walls` were asked for."""

    def supervise() -> Any:
        with tempfile.TemporaryDirectory(prefix="loupe-test-") as work:
            Path(work).chmod(0o755)
            walls = imitate.walls_here(work)
            built = change(walls)
            lockdown.unshare_processes(built)
            ready, say_ready = os.pipe()
            hold, release = os.pipe()
            child = os.fork()
            if child == 0:
                try:
                    lockdown.enter(built, [say_ready, hold])
                    os.write(say_ready, b"+")
                    os.read(hold, 1)
                finally:
                    os._exit(0)
            os.close(say_ready)
            try:
                return lockdown.verify(child, walls) if os.read(ready, 1) else ["never locked"]
            finally:
                os.close(release)
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)

    return list(in_child(supervise, become))


@ALL
def test_walls_that_stand_are_verified(machine: str) -> None:
    found = findings(MACHINES[machine], lambda walls: walls)
    if machine == "B":  # Root without CAP_SYS_PTRACE cannot look at another user's descriptors.
        assert found == ["unknown: its descriptors cannot be read (Permission denied)"]
    else:
        assert found == []


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("seccomp", "No system call is filtered."),
        ("net", "It shares our net namespace."),
        ("ipc", "It shares our ipc namespace."),
        ("uts", "It shares our uts namespace."),
        ("pid", "It is not the first process of a process namespace."),
        ("mount", "It shares our mount namespace."),
    ],
)
@pytest.mark.parametrize("become", [imitate.open_the_way, imitate.become_user])
def test_a_missing_layer_is_found(become: Callable[[], None], left_out: str, words: str) -> None:
    def without(walls: Walls) -> Walls:
        dropped = {left_out, "mount"} if left_out == "pid" else {left_out}
        return replace(walls, layers=walls.layers - dropped)

    assert words in findings(become, without)


def test_other_ids_and_wider_limits_are_found() -> None:
    def change(walls: Walls) -> Walls:
        uid = (walls.uid or 0) + 1
        return replace(walls, uid=uid, limits=replace(walls.limits, memory_mb=8192, processes=999))

    found = " ".join(findings(imitate.become_root, change))
    for words in ("It has other ids", "Max data size is", "Max processes is 999"):
        assert words in found


def test_what_should_be_hidden_and_is_not_is_found() -> None:
    found = findings(imitate.become_root, lambda walls: replace(walls, hidden=()))
    assert any("loupe_grader" in line and line.endswith("can be seen.") for line in found)


def test_a_process_that_is_gone_is_unknown_not_well() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    walls = Walls(frozenset({"seccomp"}), (), (), "/tmp", None, JobLimits())
    found = lockdown.verify(child, walls)
    assert found
    assert all(line.startswith("unknown: ") for line in found)


def test_this_unlocked_process_fails_every_check() -> None:
    walls = imitate.walls_here("/tmp/loupe-nowhere")
    found = " ".join(lockdown.verify(os.getpid(), walls))
    for words in (
        "may gain privileges",
        "No system call is filtered",
        "It has capabilities",
        "shares our net",
    ):
        assert words in found
