"""Executes one submission in a process of its own and brings back evidence.

How the process is started and confined is the launcher's business (`engine.launcher`); here are the job's
folder, the wall-clock limits and the attempts. Nothing here judges; nothing a submission made is evaluated.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from autograder import collecting, wire
from autograder.engine.launcher import End, Launcher
from autograder.engine.networks import Named
from autograder.engine.submissions import contents
from autograder.evidence import Evidence, Missing, Plan
from autograder.worker.trained import SUFFIX

# A cell that kills the process, or cannot be interrupted, is skipped in another attempt so that the rest
# of the notebook is graded; a notebook full of such cells is given up.
ATTEMPTS = 4
SUBMISSION = ".submission.ipynb"
MOST_NETWORKS = 8
MOST_NETWORK_BYTES = 60_000_000
"""Of one handed-in network; all of a hand-in together may have twice that."""
_GRACE_SECONDS = 15.0
_DRAIN_SECONDS = 30.0  # For evidence that is on its way when all who could send it have ended.


def execute(
    notebook: Path,
    support: Path,
    plan: Plan,
    *,
    seconds: float,
    launcher: Launcher,
    trained: Sequence[Named] = (),
    data: Path | None = None,
) -> Evidence:
    """Run a notebook and return what it showed.

    Args:
        notebook: the submitted file; it is copied, never opened here.
        support: folder with the files that come with the assignment (helper, checkpoint, images).
        plan: what to capture; holds no answers.
        seconds: wall-clock limit of one attempt, imports included.
        launcher: starts the process.
        trained: networks that were handed in with it; copied, never opened here.
        data: folder with whole data sets that the notebook may read where it lies, below the launcher's.

    Raises:
        LaunchError: the process could not be started or was lost; nothing is said of the submission.
        OSError: the file cannot be read.
    """
    evidence: Evidence | None = None
    for _ in range(ATTEMPTS):
        attempt = _attempt(notebook, support, plan, seconds, launcher, trained, data)
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


def _attempt(
    notebook: Path,
    support: Path,
    plan: Plan,
    seconds: float,
    launcher: Launcher,
    trained: Sequence[Named],
    data: Path | None,
) -> Evidence:
    scratch = Path(tempfile.mkdtemp(prefix="job-", dir=launcher.folder))
    try:
        folder = scratch / "work"
        shutil.copytree(support, folder)
        # A name of its own: the worker has read it before the first cell can write to it.
        copy = folder / SUBMISSION
        copy.write_bytes(contents(notebook))
        remarks = _copy_networks(trained, folder)
        if data is not None:
            _open_to_all(data)
        job = {"plan": asdict(plan), "notebook": str(copy), "folder": str(folder), "data": str(data or "")}
        evidence = _supervise(job, scratch, launcher, plan, seconds)
        evidence.notes[:0] = remarks
        return evidence
    finally:
        remove(scratch)


def _open_to_all(data: Path) -> None:
    """Let every job read the data: its user has to get there, and an earlier one may have closed them.

    Landlock does not keep a job of the grader's own user (levels A′ and C) from changing modes.
    """
    data.chmod(0o755)
    for path in data.iterdir():
        path.chmod(0o644)


def _copy_networks(trained: Sequence[Named], folder: Path) -> list[str]:
    """Put handed-in networks beside the notebook; returns remarks about those that were left out."""
    remarks = []
    room = 2 * MOST_NETWORK_BYTES
    for count, (name, path) in enumerate(trained, 1):
        try:
            if count > MOST_NETWORKS:
                raise OSError(errno.EFBIG, f"at most {MOST_NETWORKS} are taken")
            blob = contents(path, min(room, MOST_NETWORK_BYTES))
        except OSError as error:
            remarks.append(f"The trained network {path.name} was not used: {error.strerror}.")
            continue
        room -= len(blob)
        (folder / f"{name}{SUFFIX}").write_bytes(blob)
    return remarks


def remove(folder: Path) -> None:
    """Delete what a job left, however it was nested."""
    with contextlib.suppress(RecursionError):  # Python's own way gives up on a thousand levels.
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # Also what was locked by its owner, who is the grader's own user at level C.
        subprocess.run(["chmod", "-R", "u+rwX", "--", str(folder)], capture_output=True, check=False)
        subprocess.run(["rm", "-rf", "--", str(folder)], capture_output=True, check=False)


def _supervise(
    job: dict[str, Any], scratch: Path, launcher: Launcher, plan: Plan, seconds: float
) -> Evidence:
    """Start the job, collect its frames, and end all of it whatever happens."""
    reading, writing = os.pipe()
    try:
        started = launcher.start(job, scratch, writing)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    watch = _Watch(plan, seconds)
    collector = threading.Thread(target=watch.collect, args=(reading,), daemon=True)
    collector.start()
    try:
        while collector.is_alive() and not watch.overdue():
            collector.join(0.05)
            if not started.running():
                break
    finally:
        if watch.why:
            started.cancel()
        end = started.finish()
    collector.join(_DRAIN_SECONDS)
    return watch.evidence(end)


class _Watch:
    """Collects frames and knows whether the worker has outstayed its time."""

    def __init__(self, plan: Plan, seconds: float) -> None:
        self._plan = plan
        self._seconds = seconds
        self._started = time.monotonic()
        self._cell_started: float | None = None
        self._evidence = Evidence()
        self.why = ""

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
        cell = self._cell_started
        if now - self._started > self._seconds:
            self.why = (
                f"The notebook's time limit of {self._seconds:g} s was reached; what came before counts."
            )
        elif cell is not None and now - cell > self._plan.cell_seconds + _GRACE_SECONDS:
            self.why = (
                f"A cell could not be interrupted at its time limit of {self._plan.cell_seconds:g} s; "
                "its process was ended."
            )
        return bool(self.why)

    def evidence(self, end: End) -> Evidence:
        """What arrived, with the reason why there is not more."""
        evidence = self._evidence
        evidence.seconds |= {"lock": end.seconds_to_lock, "cpu": end.cpu_seconds}
        if self.why:
            evidence.notes.append(self.why)
        elif not evidence.complete and not evidence.failure:
            why = end.early or "its process ended in the middle"
            cell = evidence.running_cell
            where = "" if cell is None else f" while cell {cell + 1} ran"
            evidence.notes.append(f"The notebook was ended early{where}: {why}.")
        return evidence
