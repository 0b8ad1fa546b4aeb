"""Starts the process that executes a submission: a locked-down fork of a warm one, or a cold one.

A launcher starts jobs; a job can be asked whether it runs, cancelled, and waited for. What a job sends as
evidence is not read here.
"""

from __future__ import annotations

import contextlib
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
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import autograder
from autograder.engine import uids
from autograder.engine.devices import Gpu
from autograder.engine.twin import Twin
from autograder.worker import levels, lockdown, paths
from autograder.worker.walls import JobLimits, Walls

_WARM_SECONDS = 300.0
_END_SECONDS = 90.0  # More than a supervisor takes to end everything.


class LaunchError(Exception):
    """Student code cannot be started as demanded; the message says what is missing and what to do."""


@dataclass(frozen=True)
class Confinement:
    """What an instructor demands of the walls around student code.

    Attributes:
        level: the weakest acceptable level: "A", "A′", "B", "C"; or "D", for anything.
        accept_weak: whether level D will do although it keeps nothing from student code.
    """

    level: str = "D"
    accept_weak: bool = False


ANY = Confinement()


def choose(
    confinement: Confinement,
    limits: JobLimits,
    threads: int,
    twin: Twin | None = None,
    gpu: Gpu | None = None,
) -> Launcher:
    """The best launcher this machine has.

    Args:
        confinement: what is demanded of it.
        limits: of every job.
        threads: CPU threads of a job's arithmetic.
        twin: a warm process that was forked already; used where it can be.
        gpu: that jobs may use; none by default, whatever there is.

    Raises:
        LaunchError: it is weaker than demanded.
    """
    found = probed()
    if levels.LEVELS.index(found.level) > levels.LEVELS.index(confinement.level):
        raise LaunchError(
            f"This machine reaches isolation level {found.level}, but level {confinement.level} is demanded; "
            "`loupe doctor` says what is missing."
        )
    if found.level == "D":
        if not confinement.accept_weak:
            raise LaunchError(
                "This machine cannot confine student code (level D): submissions could read hidden checks. "
                "`loupe doctor` says what is missing; --accept-weak-isolation grades all the same."
            )
        return Cold(threads, gpu)
    return Warm(found, limits, threads, gpu, twin)


@dataclass(frozen=True)
class End:
    """How a job ended.

    Attributes:
        early: why it ended before its end, completing "the notebook was ended early: …"; "" if it did not.
        seconds_to_lock: from the fork until its walls stood and were checked from outside.
        peak_mb: largest memory of all its processes together.
        unverified: walls that could not be checked from outside.
        cpu_seconds: processor time of all its processes together; 0 where it was not counted.
    """

    early: str = ""
    seconds_to_lock: float = 0.0
    peak_mb: float = 0.0
    unverified: tuple[str, ...] = ()
    cpu_seconds: float = 0.0


@lru_cache(maxsize=1)
def probed() -> levels.Isolation:
    """What this machine can do, tried in a process without threads.

    Raises:
        LaunchError: not even that process ran.
    """
    command = [sys.executable, "-m", "autograder.worker.levels"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise LaunchError(f"The search for walls failed: {done.stderr.decode(errors='replace')[-500:]}")
    found = json.loads(done.stdout)
    return levels.Isolation(
        found["level"], frozenset(found["layers"]), tuple(found["missing"]), tuple(found["advice"])
    )


class Job(Protocol):
    """One started job."""

    def running(self) -> bool:
        """Whether any of it may still send evidence."""
        ...

    def cancel(self) -> None:
        """End it soon."""
        ...

    def finish(self) -> End:
        """Wait until nothing of it is left.

        Raises:
            LaunchError: it was never started properly, or the process that watches it was lost.
        """
        ...


class Launcher(Protocol):
    """Starts jobs."""

    @property
    def isolation(self) -> str:
        """How student code is confined, in words."""
        ...

    @property
    def folder(self) -> Path:
        """Where the folders of jobs are made."""
        ...

    def ready(self) -> None:
        """Wait until jobs can be started; what starts one waits, too.

        Raises:
            LaunchError: they cannot be.
        """
        ...

    def start(self, job: Mapping[str, Any], scratch: Path, evidence: int, requests: int | None = None) -> Job:
        """Start one job.

        Args:
            job: what `autograder.worker.session` needs; its `folder` lies below `scratch`, and its `data`,
                if it has any, below this launcher's folder. The notebook finds that in LOUPE_DATA.
            scratch: of this job alone; removed by the caller afterwards.
            evidence: descriptor that frames are written to; stays the caller's.
            requests: for a job without a notebook, which predicts with submitted networks (see
                `autograder.worker.models`): descriptor that it reads requests from.
        """
        ...

    def close(self) -> None:
        """End what serves all jobs."""
        ...


def environment(
    home: Path, temporary: Path, threads: int, data: str = "", gpu: Gpu | None = None
) -> dict[str, str]:
    """Only what a notebook needs: nothing of the grader's own environment leaks in."""
    return {
        "CUDA_VISIBLE_DEVICES": gpu.uuid if gpu else "-1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        **({"LOUPE_DATA": data} if data else {}),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
    }


class Cold:
    """A new process for every job, with a clean environment and time limits: no walls.

    For machines that cannot do better, and for measuring what walls and warmth are worth.
    """

    isolation = "level D: a process of its own with a clean environment and time limits, not locked down"

    def __init__(self, threads: int, gpu: Gpu | None = None) -> None:
        self._threads = threads
        self._gpu = gpu
        self.folder = Path(tempfile.gettempdir())

    def ready(self) -> None:
        """See `Launcher.ready`."""

    def start(self, job: Mapping[str, Any], scratch: Path, evidence: int, requests: int | None = None) -> Job:
        """See `Launcher.start`."""
        home = scratch / "home"
        home.mkdir()
        module = "autograder.worker" if requests is None else "autograder.worker.models"
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(evidence)],
            stdin=subprocess.PIPE if requests is None else requests,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(home, scratch, self._threads, job.get("data", ""), self._gpu),
            cwd=job["folder"],
            pass_fds=[evidence],
            start_new_session=True,
        )
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # It died at once; the missing evidence says so.
                process.stdin.write(json.dumps(job).encode())
                process.stdin.close()
        return _ColdJob(process)

    def close(self) -> None:
        """See `Launcher.close`."""


class _ColdJob:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def running(self) -> bool:
        return self._process.poll() is None

    def cancel(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def finish(self) -> End:
        self.cancel()
        code = self._process.wait()
        return End("" if code == 0 else _how(code))


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
            return _how(-status["code"])
        case "exit" if status["code"]:
            return _how(status["code"])
        case _:
            return ""


def _how(code: int) -> str:
    """A return code in words; negative for signals."""
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
    return f"its process ended with {how}"


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
