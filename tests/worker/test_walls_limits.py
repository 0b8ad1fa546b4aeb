"""What a job may use up, from inside the walls."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from autograder.worker.walls import JobLimits
from tests.worker import imitate
from tests.worker.imitate import NEEDS_ROOT
from tests.worker.locked import ALL, ONLY_OWN_USER, free, locked, went

pytestmark = NEEDS_ROOT


@ALL
def test_a_large_file_is_refused_at_its_limit(machine: str) -> None:
    def write() -> list[Any]:
        with Path("big").open("wb", buffering=0) as file:
            return [went(lambda: [file.write(bytes(1 << 20)) for _ in range(4)]), file.tell()]

    assert locked(machine, write, limits=JobLimits(file_mb=2)) == [False, 2 << 20]


@ALL
def test_too_much_memory_is_a_memory_error(machine: str) -> None:
    def take() -> str:
        try:
            return str(len(bytearray(512 << 20)))
        except MemoryError:
            return "MemoryError"

    assert free(machine, take) == str(512 << 20)
    assert locked(machine, take, limits=JobLimits(memory_mb=256)) == "MemoryError"


@ONLY_OWN_USER
def test_a_fork_bomb_ends_at_its_limit(machine: str) -> None:
    def bomb() -> int:
        children = []
        try:
            for _ in range(60):
                child = os.fork()
                if child == 0:
                    signal.pause()
                    os._exit(0)
                children.append(child)
        except OSError:
            pass
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        return len(children)

    assert free(machine, bomb) == 60
    assert 10 < locked(machine, bomb, limits=JobLimits(processes=30)) < 31


def test_where_the_user_is_shared_the_limit_counts_what_runs_already() -> None:
    def bomb() -> bool:
        _, limit = resource.getrlimit(resource.RLIMIT_NPROC)
        return 30 < limit < 30 + 100_000

    assert locked("C", bomb, limits=JobLimits(processes=30))


@ALL
def test_too_much_processor_time_is_the_end(machine: str) -> None:
    def burn() -> None:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            pass

    with pytest.raises(imitate.ChildError, match="without an answer"):
        locked(machine, burn, limits=JobLimits(cpu_seconds=1))


@ALL
def test_the_other_limits_are_set(machine: str) -> None:
    def read() -> list[list[int]]:
        kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_CPU)
        return [list(resource.getrlimit(kind)) for kind in kinds]

    assert locked(machine, read, limits=JobLimits(open_files=99, cpu_seconds=7)) == [[99, 99], [0, 0], [7, 8]]
