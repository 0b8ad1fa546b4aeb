"""Stands between the judge and one locked-down student process: starts it, checks its walls, ends it.

Forked from the warm process for each job and runs no student code itself. It counts what the job uses,
kills everything when the job ends or is cancelled, and says in one JSON line how it went; of what the
student process sends it reads nothing.
"""

from __future__ import annotations

import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.worker import kernel, lockdown, models, mounts
from autograder.worker.memory import Memory, files_mb
from autograder.worker.walls import Walls

_READY_SECONDS = 30.0
_POLL_SECONDS = 0.05
_REAP_SECONDS = 60.0  # A fork bomb on a busy machine takes its time to die.


@dataclass
class Status:
    """How a job went, as its supervisor saw it from outside.

    Attributes:
        ended: "exit" (by itself), "signal", "memory", "disk", "cancelled", "refused" (its walls did not
            stand) or "lost" (it never got ready).
        code: exit status or signal number.
        reason: why it was refused or lost.
        unverified: sentences about walls that could not be checked from outside.
        locked_ms: from the fork to the finished walls.
        peak_mb: largest memory of all its processes, and its files in memory, together.
        leftovers: processes that outlived it and had to be killed.
        cpu_seconds: processor time of all its processes together.
    """

    ended: str = "lost"
    code: int = 0
    reason: str = ""
    unverified: list[str] = field(default_factory=list)
    locked_ms: float = 0.0
    peak_mb: float = 0.0
    leftovers: int = 0
    cpu_seconds: float = 0.0


def supervise(
    job: Mapping[str, Any], walls: Walls, evidence: int, status: int, cancel: int, requests: int | None = None
) -> None:
    """Run one job to its end; returns when nothing of it is left.

    Args:
        job: `environment`, and what `worker.session` needs.
        walls: to build around it.
        evidence: descriptor that the student process writes frames to.
        status: descriptor for one line of JSON at the end.
        cancel: when its other end closes, the job is killed.
        requests: for a job that predicts with submitted networks: where it reads requests.
    """
    os.setsid()
    kernel.set_pdeathsig(signal.SIGKILL)
    kernel.set_child_subreaper()
    outcome = Status()
    try:
        _run(job, walls, evidence, cancel, outcome, requests)
    except Exception as error:  # Whatever fails here is the grader's failure: it is said, not swallowed.
        outcome.ended, outcome.reason = "lost", f"{type(error).__name__}: {error}"
    finally:
        outcome.leftovers = _end_everything()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        outcome.cpu_seconds = round(used.ru_utime + used.ru_stime, 3)
        os.write(status, json.dumps(asdict(outcome)).encode() + b"\n")


def _run(
    job: Mapping[str, Any], walls: Walls, evidence: int, cancel: int, outcome: Status, requests: int | None
) -> None:
    started = time.monotonic()
    ready_read, ready_write = os.pipe()
    go_read, go_write = os.pipe()
    lockdown.unshare_processes(walls)
    child = os.fork()
    if child == 0:
        _become_student(job, walls, evidence, ready_write, go_read, requests)
    os.close(evidence)
    os.close(ready_write)
    os.close(go_read)
    pidfd = os.pidfd_open(child)
    answer = _first_line(ready_read, pidfd, cancel)
    outcome.locked_ms = round((time.monotonic() - started) * 1000, 2)
    if answer != "ready":
        outcome.reason = answer or "the process ended before its walls stood"
        return
    findings = lockdown.verify(child, walls)
    broken = [finding for finding in findings if not finding.startswith("unknown")]
    outcome.unverified = [finding for finding in findings if finding.startswith("unknown")]
    if broken:
        outcome.ended, outcome.reason = "refused", "; ".join(broken)
        return
    os.write(go_write, b"go")
    os.close(go_write)
    outcome.ended = _watch(child, pidfd, cancel, walls, outcome)
    if outcome.ended in ("memory", "disk", "cancelled"):
        os.kill(child, signal.SIGKILL)
    _, result = os.waitpid(child, 0)
    if outcome.ended == "exit" and os.WIFSIGNALED(result):
        outcome.ended, outcome.code = "signal", os.WTERMSIG(result)
    elif outcome.ended == "exit":
        outcome.code = os.WEXITSTATUS(result)


def _become_student(
    job: Mapping[str, Any], walls: Walls, evidence: int, ready: int, go: int, requests: int | None
) -> None:
    """The student process, up to the end of its life; never returns."""
    started = time.monotonic()
    try:
        environment = job["environment"]
        os.environ.clear()
        os.environ.update(environment)
        try:
            further = [] if requests is None else [requests]
            lockdown.enter(walls, [evidence, ready, go, *further])
        except lockdown.LockdownError as error:
            os.write(ready, str(error).encode()[:2000])
            os._exit(1)
        os.write(ready, b"ready")
        os.close(ready)
        if os.read(go, 2) != b"go":
            os._exit(1)
        os.close(go)
        _forget_the_warm_process()
        if requests is not None:
            models.serve(os.fdopen(requests, "rb"), evidence)
            os._exit(0)
        from autograder.worker import session
        from autograder.worker.alarm import Alarm
        from autograder.worker.channel import Channel

        alarm = Alarm()
        channel = Channel(evidence, alarm)
        try:
            session.run(job, channel, alarm, started)
        except Exception as error:  # Ours, not the student's: say it where the judge will find it.
            place = traceback.extract_tb(error.__traceback__)[-1]
            channel.send({"kind": "note", "text": f"The worker failed: {error!r} in {place.name}."})
            os._exit(70)
        os._exit(0)
    finally:
        os._exit(71)


def _forget_the_warm_process() -> None:
    """What a fork would share with every other: random numbers, and the warm process's temporary folder."""
    tempfile.tempdir = None
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _first_line(ready: int, pidfd: int, cancel: int) -> str:
    """What the child says of its walls: "ready", a sentence, or "" when it died or took too long."""
    readable, _, _ = select.select([ready, pidfd, cancel], [], [], _READY_SECONDS)
    return os.read(ready, 2000).decode(errors="replace") if ready in readable else ""


def _watch(child: int, pidfd: int, cancel: int, walls: Walls, outcome: Status) -> str:
    """Wait for the end, counting; returns why it ended."""
    memory = Memory(walls.limits.memory_mb)
    in_memory = mounts.owned(walls) if "mount" in walls.layers else ()
    while True:
        readable, _, _ = select.select([pidfd, cancel], [], [], _POLL_SECONDS)
        if pidfd in readable:
            return "exit"
        if cancel in readable:
            return "cancelled"
        used = memory.used_mb(_descendants()) + files_mb(child, in_memory)
        outcome.peak_mb = max(outcome.peak_mb, round(used, 1))
        if used > walls.limits.memory_mb:
            return "memory"
        if "mount" not in walls.layers:
            try:
                full = _folder_is_full(walls)
            except RecursionError:  # Folders nested a thousand deep are an attack, not a notebook.
                full = True
            if full:
                return "disk"


def _descendants() -> list[int]:
    """All processes below this one: as the subreaper it inherits those whose parents died."""
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        pid = waiting.pop()
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123 - twenty times a second
                children = [int(word) for word in file.read().split()]
        except OSError:
            continue
        found += children
        waiting += children
    return found


def _folder_is_full(walls: Walls) -> bool:
    """Whether the work folder holds more than it may, where no file system of its own bounds it."""
    files = total = 0
    for root, folders, names in os.walk(walls.work):
        files += len(folders) + len(names)
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - likewise
            except OSError:
                continue
        if files > walls.limits.inodes or total > walls.limits.disk_mb * 1_000_000:
            return True
    return False


def _end_everything() -> int:
    """Kill and reap every process of the job; returns how many outlived the student process."""
    leftovers = 0
    deadline = time.monotonic() + _REAP_SECONDS
    while time.monotonic() < deadline:
        living = _descendants()
        leftovers = max(leftovers, len(living))
        for pid in living:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.002)
    return leftovers
