from __future__ import annotations

import mmap
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from autograder.worker import kernel, memory
from autograder.worker.memory import Memory, files_mb
from tests.worker.imitate import NEEDS_ROOT, in_child

SIZE = 64
MANY = 6


@contextmanager
def process(own_mb: int) -> Iterator[int]:
    """A fork that fills some memory of its own and waits."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        held = b"x" * (own_mb << 20)
        os.write(writing, b"+")
        signal.pause()
        os._exit(len(held))
    try:
        os.read(reading, 1)
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reading)
        os.close(writing)


def test_pages_that_forks_share_are_counted_once() -> None:
    shared = mmap.mmap(-1, SIZE << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
    with shared, ExitStack() as stack:
        processes = [os.getpid(), *(stack.enter_context(process(0)) for _ in range(MANY))]
        roughly = Memory(limit_mb=1e9).used_mb(processes)
        exactly = Memory(limit_mb=1.0).used_mb(processes)
    assert roughly - exactly > (MANY - 1) * SIZE


def test_pages_of_their_own_are_counted_each_at_once() -> None:
    counting = Memory(limit_mb=1.0)
    with ExitStack() as stack:
        processes = [os.getpid(), stack.enter_context(process(0))]
        before = counting.used_mb(processes)
        processes += [stack.enter_context(process(SIZE)) for _ in range(2)]
        # The kernel may take back pages of the others meanwhile.
        assert counting.used_mb(processes) - before > 1.5 * SIZE


def test_whom_it_may_not_look_into_counts_with_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    with process(SIZE) as pid:
        resident = Memory(limit_mb=1e9).used_mb([pid])
        monkeypatch.setattr(memory, "open", _refusing, raising=False)
        assert Memory(limit_mb=1.0).used_mb([pid]) == pytest.approx(resident)


def _refusing(path: str, encoding: str) -> object:
    if path.endswith("smaps_rollup"):
        raise PermissionError(13, "Permission denied")
    return Path(path).open(encoding=encoding)


def test_a_process_that_is_gone_holds_nothing() -> None:
    with process(0) as pid:
        pass
    assert Memory(limit_mb=-1.0).used_mb([pid]) == 0
    assert files_mb(pid, ["/tmp"]) == 0


@NEEDS_ROOT
def test_files_in_memory_are_counted(tmp_path: Path) -> None:
    def fill() -> list[float]:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("x", str(tmp_path), "tmpfs", 0)
        empty = files_mb(os.getpid(), [str(tmp_path)])
        (tmp_path / "file").write_bytes(bytes(SIZE << 20))
        return [empty, files_mb(os.getpid(), [str(tmp_path)])]

    empty, full = in_child(fill)
    assert empty < 1
    assert SIZE < full < SIZE * 1.1
