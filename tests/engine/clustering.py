"""A real Dask cluster on this machine: a scheduler and workers that can be killed and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from distributed import Client

POISON = "# poison"
"""A hand-in with these words kills every worker that takes it up, if that was started to be poisoned."""
PRELOAD = "LOUPE_TEST_WORKER"
"""Environment variable: what is odd about a worker, see `dask_setup`."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Cluster:
    """A scheduler and its workers, each started again when it dies, as a machine's service manager does."""

    def __init__(self, folder: Path, workers: int, preload: str) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder = folder
        self._environment = {
            **os.environ,
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__COMM__RETRY__COUNT": "0",
            "LOUPE_CACHE": str(folder / "cache"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            PRELOAD: preload,
        }
        port = self.address.rpartition(":")[2]
        dask = [sys.executable, "-m", "dask"]
        self.scheduler = [
            *dask,
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--no-dashboard",
            "--no-show",
        ]
        self._worker = [*dask, "worker", self.address, "--nthreads", "1", "--memory-limit", "0"]
        self._worker += [
            "--no-dashboard",
            "--death-timeout",
            "60",
            "--local-directory",
            str(folder / "dask"),
            "--preload",
            "tests.engine.clustering",
        ]
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.start("scheduler")
        for number in range(workers):
            self.start(f"worker {number}")

    def start(self, name: str) -> None:
        """Start a process, or start it again."""
        command = self.scheduler if name == "scheduler" else [*self._worker, "--name", name.replace(" ", "-")]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def revive(self) -> None:
        """Start again what has ended."""
        for name, process in list(self._processes.items()):
            if process.poll() is not None:
                self.start(name)

    def kill(self, name: str) -> None:
        self._processes[name].kill()
        self._processes[name].wait()

    def close(self) -> None:
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def pids(address: str, workers: int) -> list[int]:
    """The processes of so many workers, not their nannies'; waits for them."""
    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=120)
        found: dict[str, int] = client.run(os.getpid)
        return sorted(found.values())


def descendants() -> list[int]:
    """Processes below this one that have not ended; with orphans, where this one is their subreaper."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, _, rest = path.read_text().rpartition(")")
            state, parent = rest.split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(parent)
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {os.getpid()})


def wait_until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    begin = time.monotonic()
    while not holds():
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


@contextmanager
def cluster(folder: Path, workers: int = 2, preload: str = "") -> Iterator[Cluster]:
    started = Cluster(folder, workers, preload)
    try:
        yield started
    finally:
        started.close()


def dask_setup(worker: Any) -> None:
    """As a worker's preload: with "poison", hand-ins with POISON kill it; with "old", it has an old NumPy."""
    from autograder.engine.cluster import station

    harmless, versions = station.grade, station.versions()

    def grade(files: Any, settings: Any, blobs: Any, failure: str) -> Any:
        if blobs and POISON.encode() in blobs[0][1]:
            os.kill(os.getpid(), signal.SIGKILL)
        return harmless(files, settings, blobs, failure)

    match os.environ.get(PRELOAD):
        case "poison":
            station.grade = grade
        case "old":
            station.versions = lambda: {**versions, "numpy": "0.9"}
