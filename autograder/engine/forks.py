"""Starts jobs as locked-down forks of one process that has imported TensorFlow already.

That process is `autograder.worker.warm`, or a `Twin` of this one; here it is started, waited for, revived
should it die, and asked for forks.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import autograder
from autograder.engine import uids
from autograder.engine.devices import Gpu
from autograder.engine.launcher import End, Job, LaunchError, environment, how
from autograder.engine.twin import Twin
from autograder.worker import levels, lockdown, paths
from autograder.worker.walls import JobLimits, Walls

_WARM_SECONDS = 300.0
_END_SECONDS = 90.0  # More than a supervisor takes to end everything.


class Warm:
    """Locked-down forks of one process that has imported TensorFlow already; `ready` waits for that.

    Args:
        isolation: the layers to use, from `levels.probe()`.
        limits: of every job.
        threads: CPU threads of a job's arithmetic.
        gpu: that jobs may use. The warm process itself never touches it, since it has to be forked.
        twin: a warm process that was forked already; taken over, unless bubblewrap has to be around it.
    """

    def __init__(
        self,
        isolation: levels.Isolation,
        limits: JobLimits,
        threads: int,
        gpu: Gpu | None = None,
        twin: Twin | None = None,
    ) -> None:
        self._levels = isolation
        self._limits = limits
        self._threads = threads
        self._gpu = gpu
        self._readable, self._hidden = paths.default_readable()
        self._lock = threading.Lock()
        self._closed = False
        self._home = tempfile.TemporaryDirectory(prefix="loupe-warm-", ignore_cleanup_errors=True)
        self.folder = Path(self._home.name)
        self.folder.chmod(0o711)
        self._starting: _Starting | None = None
        self._process, self._control = self._taken_over(twin) or self._launch(preload=True)

    @property
    def isolation(self) -> str:
        """See `Launcher.isolation`."""
        missing = f"; {'; '.join(self._levels.missing)}" if self._levels.missing else ""
        layers = ", ".join(sorted(self._levels.layers - {"user"}))
        return f"level {self._levels.level}: {layers}{missing}"

    def start(self, job: Mapping[str, Any], scratch: Path, evidence: int, requests: int | None = None) -> Job:
        """See `Launcher.start`."""
        # The job's uid has to pass through the folder of the job, where no mount gives it a view of its own.
        scratch.chmod(0o711)
        home = Path(job["folder"]) / ".home"
        home.mkdir()
        data = job.get("data", "")
        claim = self._claimed()
        walls = Walls(
            layers=self._levels.layers,
            readable=(*self._readable, data) if data else self._readable,
            hidden=self._hidden,
            work=job["folder"],
            uid=claim.uid if claim else None,
            limits=self._limits,
            devices=self._gpu.nodes if self._gpu else (),
        )
        record = {
            **job,
            "walls": {**asdict(walls), "layers": sorted(walls.layers)},
            "environment": environment(home, Path(lockdown.scratch(walls)), self._threads, data, self._gpu),
        }
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps(record).encode())
            file.seek(0)
            return self._send([file.fileno(), evidence], requests, claim)

    def _claimed(self) -> uids.Claim | None:
        try:
            return uids.claim() if "uid" in self._levels.layers else None
        except OSError as error:
            raise LaunchError(str(error)) from error

    def ready(self) -> None:
        """See `Launcher.ready`."""
        with self._lock:
            self._wait()

    def close(self) -> None:
        """End the warm process and with it every job that still runs."""
        self._closed = True
        self._control.close()
        if self._starting:  # Nothing runs yet, and it would finish its imports first.
            self._starting.words.close()
            self._process.kill()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._home.cleanup()

    def _send(self, given: Sequence[int], requests: int | None, claim: uids.Claim | None) -> Job:
        status_read, status_write = os.pipe()
        cancel_read, cancel_write = os.pipe()
        try:
            with self._lock:
                if self._closed:
                    raise LaunchError("grading was ended")
                # It should never die; if it does, the next job revives it.
                if not self._starting and self._process.poll() is not None:
                    self._control.close()
                    self._process, self._control = self._launch(preload=True)
                self._wait()
                further = [] if requests is None else [requests]
                socket.send_fds(self._control, [b"j"], [*given, status_write, cancel_read, *further])
        finally:
            os.close(status_write)
            os.close(cancel_read)
        return _WarmJob(status_read, cancel_write, self._limits, claim)

    def _around(self) -> list[str]:
        """What builds the walls that a process cannot build itself here: bubblewrap, at level A′.

        The warm process must read its own package; what is hidden in there, landlock keeps from the jobs.
        """
        if self._levels.level != "A′":
            return []
        package = str(Path(autograder.__file__).parent)
        nodes = self._gpu.nodes if self._gpu else ()
        return levels.bwrap_command([*self._readable, package], (), [str(self.folder)], nodes)

    def _taken_over(self, twin: Twin | None) -> tuple[Twin, socket.socket] | None:
        """The forked warm process, if there is one that can serve here."""
        if twin is None:
            return None
        ready = None if self._around() else _line(twin.control.fileno(), _WARM_SECONDS)
        if ready and ready["threads"] == 1:
            return twin, twin.control
        twin.control.close()
        twin.kill()
        twin.wait()
        return None

    def _launch(self, *, preload: bool) -> tuple[subprocess.Popen[bytes] | Twin, socket.socket]:
        """Start a warm process; `_wait` waits until it is."""
        ours, theirs = socket.socketpair()
        module = ["-m", "autograder.worker.warm", str(theirs.fileno()), "preload" if preload else "bare"]
        words = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process is ready
        with theirs:
            process = subprocess.Popen(
                [*self._around(), sys.executable, *module],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=words,
                env=environment(self.folder, self.folder, self._threads, gpu=self._gpu),
                cwd="/",
                pass_fds=[theirs.fileno()],
            )
        self._starting = _Starting(words, preload)
        return process, ours

    def _wait(self) -> None:
        while self._starting:
            starting, ready = self._starting, _line(self._control.fileno(), _WARM_SECONDS)
            self._starting = None
            with starting.words:
                if ready is None:
                    self._process.kill()
                    self._process.wait()
                    why = _last_line(starting.words)
                    raise LaunchError(f"The process for notebooks did not start: {why}. See `loupe doctor`.")
            if ready["threads"] != 1:
                if not starting.preload:
                    raise LaunchError("A process with threads cannot be forked safely; see `loupe doctor`.")
                self._process.wait()
                self._control.close()
                self._process, self._control = self._launch(preload=False)


@dataclass(frozen=True)
class _Starting:
    """A warm process that has not said yet that it is ready.

    Attributes:
        words: what it says on standard error.
        preload: whether it imports what notebooks use.
    """

    words: BinaryIO
    preload: bool


class _WarmJob:
    def __init__(self, status: int, cancel: int, limits: JobLimits, claim: uids.Claim | None) -> None:
        self._status = status
        self._limits = limits
        self._claim = claim
        self._cancel: int | None = cancel

    def running(self) -> bool:
        readable, _, _ = select.select([self._status], [], [], 0)
        return not readable

    def cancel(self) -> None:
        if self._cancel is not None:
            os.close(self._cancel)
            self._cancel = None

    def finish(self) -> End:
        status = _line(self._status, _END_SECONDS)
        self.cancel()
        os.close(self._status)
        if self._claim:
            self._claim.release()
        if status is None:
            raise LaunchError("the supervisor of the notebook's process was lost")
        if status["ended"] in ("lost", "refused"):
            raise LaunchError(f"the notebook's process was not started: {status['reason']}")
        return End(
            _early(status, self._limits),
            round(status["locked_ms"] / 1000, 4),
            status["peak_mb"],
            tuple(status["unverified"]),
            status["cpu_seconds"],
        )


def _early(status: Mapping[str, Any], limits: JobLimits) -> str:
    match status["ended"]:
        case "memory":
            return f"it used {status['peak_mb']:.0f} MB of memory; the limit is {limits.memory_mb} MB"
        case "disk":
            return f"it wrote more than {limits.disk_mb} MB or {limits.inodes} files to disk"
        case "signal" if status["code"] == signal.SIGXCPU:
            return f"it used more than {limits.cpu_seconds} s of processor time"
        case "signal" if status["code"] == signal.SIGXFSZ:
            return f"it wrote a file larger than {limits.file_mb} MB"
        case "signal":
            return how(-status["code"])
        case "exit" if status["code"]:
            return how(status["code"])
        case _:
            return ""


def _last_line(words: BinaryIO) -> str:
    """The last error that a process named which has ended, or else the last thing it said."""
    words.seek(0)
    lines = words.read().decode(errors="replace").strip().splitlines() or ["it said nothing"]
    return next((line for line in reversed(lines) if "Error" in line), lines[-1])[:300]


def _line(descriptor: int, seconds: float) -> dict[str, Any] | None:
    """One line of JSON from our own process, or None if it does not come in time."""
    text = b""
    while not text.endswith(b"\n"):
        readable, _, _ = select.select([descriptor], [], [], seconds)
        part = os.read(descriptor, 65536) if readable else b""
        if not part:
            return None
        text += part
    loaded: dict[str, Any] = json.loads(text)
    return loaded
