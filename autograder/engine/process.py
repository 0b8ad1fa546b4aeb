"""Executes one submission in a process of its own and brings back evidence.

This is the seam where confinement goes: today a cold process with a clean environment, a folder of
its own and wall-clock limits. Nothing here judges; nothing a submission made is evaluated here.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import matplotlib

from autograder import collecting, wire
from autograder.evidence import Evidence, Missing, Plan

ISOLATION = "a process of its own with a clean environment and time limits; not locked down"

# A cell that kills the process, or cannot be interrupted, is skipped in another attempt so that the rest
# of the notebook is graded; a notebook full of such cells is given up.
ATTEMPTS = 4
_GRACE_SECONDS = 15.0


def execute(notebook: Path, support: Path, plan: Plan, *, seconds: float, threads: int) -> Evidence:
    """Run a notebook and return what it showed.

    Args:
        notebook: the submitted file; it is copied, never opened here.
        support: folder with the files that come with the assignment (helper, checkpoint, images).
        plan: what to capture; holds no answers.
        seconds: wall-clock limit of one attempt, imports included.
        threads: CPU threads for the submission's arithmetic.
    """
    evidence: Evidence | None = None
    for _ in range(ATTEMPTS):
        attempt = _attempt(notebook, support, plan, seconds, threads)
        evidence = attempt if evidence is None else merge(evidence, attempt)
        if attempt.complete or attempt.failure or attempt.running_cell is None:
            break
        plan = replace(plan, skip_cells=(*plan.skip_cells, attempt.running_cell))
    assert evidence is not None
    return evidence


def merge(earlier: Evidence, later: Evidence) -> Evidence:
    """The later attempt, with what only the earlier one saw: the start of the cell that ended it."""
    fatal = earlier.running_cell
    for name, question in later.questions.items():
        before = earlier.questions[name]
        if fatal in question.cells:
            kept = {name: value for name, value in before.values.items() if not isinstance(value, Missing)}
            question.values = {**question.values, **kept}
        question.figures += [figure for figure in before.figures if figure.cell == fatal]
    later.loose_figures += [figure for figure in earlier.loose_figures if figure.cell == fatal]
    later.notes = list(dict.fromkeys([*earlier.notes, *later.notes]))
    return later


def _attempt(notebook: Path, support: Path, plan: Plan, seconds: float, threads: int) -> Evidence:
    with tempfile.TemporaryDirectory(prefix="loupe-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "work"
        shutil.copytree(support, folder)
        # The copy lies outside the work folder: a notebook may write to its own name.
        copy = Path(scratch) / "submission.ipynb"
        shutil.copyfile(notebook, copy)
        job = {"plan": asdict(plan), "notebook": str(copy), "folder": str(folder)}
        return _supervise(job, _environment(Path(scratch), threads), plan, seconds)


def _environment(scratch: Path, threads: int) -> dict[str, str]:
    """Only what a notebook needs: nothing of the grader's own environment leaks in."""
    home = scratch / "home"
    home.mkdir()
    # A copy of matplotlib's list of fonts, which takes seconds to make; a shared one could be tampered with.
    settings = scratch / "matplotlib"
    settings.mkdir()
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        shutil.copy(fonts, settings)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(settings),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
    }


def _supervise(job: dict[str, Any], environment: dict[str, str], plan: Plan, seconds: float) -> Evidence:
    """Start the worker, collect its frames, and end its whole process group whatever happens."""
    reading, writing = os.pipe()
    worker = subprocess.Popen(
        [sys.executable, "-m", "autograder.worker", str(writing)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=job["folder"],
        pass_fds=[writing],
        start_new_session=True,
    )
    os.close(writing)
    watch = _Watch(plan, seconds)
    collector = threading.Thread(target=watch.collect, args=(reading,), daemon=True)
    collector.start()
    try:
        assert worker.stdin is not None
        try:
            worker.stdin.write(json.dumps(job).encode())
            worker.stdin.close()
        except BrokenPipeError:
            pass  # It died at once; the missing evidence says so.
        while collector.is_alive() and not watch.overdue():
            collector.join(0.05)
            if worker.poll() is not None:
                collector.join(_GRACE_SECONDS)
                break
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    collector.join(_GRACE_SECONDS)
    return watch.evidence(worker.returncode)


class _Watch:
    """Collects frames and knows whether the worker has outstayed its time."""

    def __init__(self, plan: Plan, seconds: float) -> None:
        self._plan = plan
        self._seconds = seconds
        self._started = time.monotonic()
        self._cell_started: float | None = None
        self._evidence = Evidence()
        self._why = ""

    def collect(self, descriptor: int) -> None:
        """Read frames until the pipe ends; runs in a thread of its own."""
        with os.fdopen(descriptor, "rb") as stream:
            self._evidence = collecting.collect(self._noted(wire.records(stream)), self._plan)

    def _noted(self, records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for record in records:
            match record.get("kind"):
                case "cell_started":
                    self._cell_started = time.monotonic()
                case "cell_ended":
                    self._cell_started = None
            yield record

    def overdue(self) -> bool:
        """Whether a limit has passed; remembers which."""
        now = time.monotonic()
        if now - self._started > self._seconds:
            self._why = (
                f"The notebook's time limit of {self._seconds:.0f} s was reached; what came before counts."
            )
        elif (
            self._cell_started is not None
            and now - self._cell_started > self._plan.cell_seconds + _GRACE_SECONDS
        ):
            self._why = "A cell could not be interrupted at its time limit; it was ended from outside."
        return bool(self._why)

    def evidence(self, returncode: int) -> Evidence:
        """What arrived, with the reason why there is not more."""
        evidence = self._evidence
        if self._why:
            evidence.notes.append(self._why)
        elif not evidence.complete and not evidence.failure:
            evidence.notes.append(f"The notebook's process ended early ({_how(returncode)}).")
        return evidence


def _how(returncode: int) -> str:
    if returncode < 0:
        return f"signal {signal.Signals(-returncode).name}"
    return f"exit status {returncode}"
