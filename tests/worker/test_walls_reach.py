"""The walls around network, processes and privileges, from inside; each attempt goes through without them."""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import kernel, lockdown
from tests.worker import imitate
from tests.worker.imitate import MACHINES, NEEDS_ROOT, in_child
from tests.worker.locked import ALL, WITH_MOUNTS, free, locked, went

pytestmark = NEEDS_ROOT


@ALL
def test_a_listening_socket_cannot_be_reached(machine: str, unix_server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def connect() -> list[bool]:
            def unix() -> None:
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(unix_server)

            return [went(lambda: socket.create_connection(("127.0.0.1", port), 5).close()), went(unix)]

        assert free(machine, connect) == [True, True]
        assert locked(machine, connect) == [False, False]
        server.setblocking(False)
        server.accept()[0].close()  # The one made without walls.
        assert not select.select([server], [], [], 0)[0]


@pytest.fixture
def unix_server() -> Iterator[str]:
    """The path of a listening Unix socket that everybody may connect to."""
    with tempfile.TemporaryDirectory(prefix="loupe-test-") as folder, socket.socket(socket.AF_UNIX) as server:
        Path(folder).chmod(0o755)
        path = f"{folder}/server"
        server.bind(path)
        Path(path).chmod(0o777)
        server.listen()
        yield path


@ALL
def test_a_process_outside_cannot_be_touched(machine: str) -> None:
    """The victim runs as the user of the locked process's supervisor."""

    def with_victim(attack: Callable[[int], Any], lock: bool) -> Any:
        def run() -> Any:
            victim = os.fork()
            if victim == 0:
                signal.pause()
                os._exit(0)
            kernel.set_dumpable(True)
            try:
                if not lock:
                    return attack(victim)
                with tempfile.TemporaryDirectory(prefix="loupe-test-") as work:
                    Path(work).chmod(0o755)
                    walls = imitate.walls_here(work)
                    lockdown.unshare_processes(walls)
                    return in_child(lambda: attack(victim), lambda: lockdown.enter(walls, [60]))
            finally:
                os.kill(victim, signal.SIGKILL)
                os.waitpid(victim, 0)

        return in_child(run, MACHINES[machine])

    def attack(victim: int) -> list[bool]:
        return [
            went(lambda: os.kill(victim, 0)),
            went(lambda: resource.prlimit(victim, resource.RLIMIT_CPU, (100, 100))),
            went(lambda: os.sched_setaffinity(victim, os.sched_getaffinity(0))),
            went(lambda: os.setpriority(os.PRIO_PROCESS, victim, os.nice(0) + 1)),
            went(lambda: Path(f"/proc/{victim}/status").read_text()),
        ]

    assert with_victim(attack, lock=False) == [True] * 5
    assert with_victim(attack, lock=True) == [False] * 5


@WITH_MOUNTS
def test_only_the_jobs_processes_exist(machine: str) -> None:
    def look() -> list[Any]:
        return [os.getpid(), [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]]

    assert locked(machine, look) == [1, ["1"]]


@ALL
def test_no_privilege_is_left_or_can_be_had(machine: str) -> None:
    def look() -> list[Any]:
        lines = Path("/proc/self/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        had = [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")]
        calls = [
            went(lambda: os.setuid(0)) and os.getuid() == 0,
            went(lambda: kernel.unshare(kernel.CLONE_NEWUSER)),
            went(lambda: kernel.mount("x", ".", "tmpfs", 0)),
            went(lambda: kernel.syscall("ptrace", 0, 0, 0, 0)),
            went(lambda: os.mknod("disk", 0o60600, os.makedev(254, 0))),
        ]
        return [had, int(status["NoNewPrivs"]), calls]

    assert locked(machine, look) == [[0] * 4, 1, [False] * 5]


@ALL
def test_no_descriptor_is_inherited(machine: str) -> None:
    reading, writing = os.pipe()
    secret = os.dup2(reading, 190, inheritable=True)
    try:

        def look() -> list[int]:
            return [number for number in range(256) if went(lambda number=number: os.fstat(number))]

        assert 190 in free(machine, look)
        assert locked(machine, look) == [0, 1, 2, 60]
    finally:
        for descriptor in (reading, writing, secret):
            os.close(descriptor)
