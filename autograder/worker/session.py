"""Runs one notebook: matches its cells, executes them in order, sends what they left behind.

A cell that fails, hangs or exits costs that cell only. Every value is captured right after its question's
cells ran, every figure when it is finished. Handed-in networks and saved outputs are sent before the first
cell; the judge's calls are made after the last. Knows no answer and judges nothing.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from autograder.evidence import LIMITS, Call, EvidenceError, Plan, QuestionPlan
from autograder.worker import (
    calls,
    capture,
    datasets,
    displays,
    hosted,
    notebook,
    rendered,
    snapshot,
    trained,
)
from autograder.worker.alarm import Alarm, TimeIsUpError
from autograder.worker.channel import Channel
from autograder.worker.figures import Recorder
from autograder.worker.matching import Match, match
from autograder.worker.shell import Listener, Shell
from autograder.worker.stopwatch import Stopwatch
from autograder.worker.training import Replay

_CAPTURE_SECONDS = 10.0
_RARELY = (50_000, 20, 100)  # They find little in code this short.
_MAX_UNREAD = 300
_PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "matplotlib")


def _versions() -> dict[str, str]:
    """Versions from the packages' metadata, so that nothing is imported for it."""
    found = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    for package in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


_VERSIONS = _versions()  # Looked up once, when the warm process imports this.


def plan_from(record: Mapping[str, Any]) -> Plan:
    """The plan in a job's JSON, made by `dataclasses.asdict`."""
    questions = tuple(
        QuestionPlan(**{key: _tuple(value) for key, value in question.items()})
        for question in record["questions"]
    )
    calls = tuple(Call(**{key: _tuple(value) for key, value in call.items()}) for call in record["calls"])
    fields = {key: _tuple(value) for key, value in record.items()}
    return Plan(**{**fields, "questions": questions, "calls": calls})


def run(job: Mapping[str, Any], channel: Channel, alarm: Alarm, started: float) -> None:
    """Do a job from its notebook to the `end` record.

    Args:
        job: `plan` (as JSON), `notebook` (path), `folder` (where it runs; handed-in networks lie there) and
            `data` (a folder with data sets, or "").
        channel: the way out.
        alarm: for the cells' limits.
        started: `time.monotonic()` when the process began.
    """
    gc.set_threshold(*_RARELY)
    channel.send({"kind": "versions", "versions": _VERSIONS})
    plan = plan_from(job["plan"])
    try:
        submitted = notebook.read(Path(job["notebook"]).resolve())
    except notebook.NotebookError as error:
        channel.send({"kind": "failure", "text": str(error)})
        return
    folder = Path(job["folder"]).resolve()
    os.chdir(folder)
    sys.path[0] = str(folder)
    networks, remarks = trained.read_all(folder)
    with tempfile.TemporaryDirectory(prefix="loupe-ipython-", ignore_cleanup_errors=True) as scratch:
        session = Session(plan, submitted, channel, alarm)
        session.announce(networks, remarks)
        ready = time.monotonic()
        if plan.training == "outputs":
            session.show_saved()
        else:
            if job.get("data"):
                datasets.install(Path(job["data"]))
            session.start(Path(scratch), networks)
            ready = time.monotonic()
            session.execute()
            session.call()
        cells, captured = time.monotonic() - ready, session.watch.seconds
    seconds = {"start": ready - started, "cells": cells - captured, "capture": captured}
    channel.send({"kind": "end", "seconds": seconds})


class Session:
    """One notebook on its way through the shell.

    Attributes:
        watch: what reading values, figures and saved pictures has taken.
    """

    _recorder: Recorder
    _shell: Shell

    def __init__(self, plan: Plan, submitted: notebook.Notebook, channel: Channel, alarm: Alarm) -> None:
        self._plan = plan
        self._submitted = submitted
        self._cells = submitted.cells
        self._channel = channel
        self._alarm = alarm
        self.watch = Stopwatch()
        self._cell = 0
        self._call = ""
        self._notes: set[str] = set()
        self._figures = 0
        self._decoder = rendered.Decoder()
        self._unread: set[tuple[int, str]] = set()
        self._owners: dict[int, list[QuestionPlan]] = {}

    def announce(self, networks: Sequence[trained.Trained], remarks: Sequence[str]) -> None:
        """Send all that is known before a cell runs: networks, matches, written answers, saved outputs."""
        for network in networks:
            try:
                self._channel.send(network.record)
            except EvidenceError as error:
                self._note(f"The trained network {network.name} was not used: {error}.")
        matches, found_out = match(self._submitted, self._plan)
        for remark in (*remarks, *self._submitted.notes, *found_out):
            self._note(remark)
        for found in matches:
            self._announce(found)

    def show_saved(self) -> None:
        """Send the pictures that are saved under the cells, of which none is run."""
        for cell in self._cells:
            self._saved(cell)

    def start(self, scratch: Path, networks: Sequence[trained.Trained]) -> None:
        """Get ready for cells.

        Args:
            scratch: an empty folder for IPython's own files.
            networks: that were handed in, for "replay".
        """
        self._recorder = Recorder(self._figure, self._note, self.watch)
        self._recorder.install()
        hosted.install(self._note)
        self._shell = Shell.start(Listener(self._shown, self._note), scratch)
        if self._plan.training == "replay":
            Replay(networks, self._shell.user_ns, self._note).install()

    def execute(self) -> None:
        """Run every code cell that is not to be skipped."""
        for cell in self._cells:
            if cell.type != "code" or not cell.source.strip():
                continue
            self._cell, drawn = cell.index, self._figures
            if cell.index in self._plan.skip_cells:
                self._ended(
                    _error("killed", message="It ended the process in an earlier attempt and was not run.")
                )
            else:
                self._channel.send({"kind": "cell_started", "cell": cell.index})
                error = self._run(cell)
                if not self._channel.in_original_process:
                    os._exit(0)  # A child that the cell forked has come this far; it must not go on.
                with self.watch.running():
                    self._finish_figures()
                    self._capture(cell.index)
                self._ended(error)
            if self._figures == drawn:
                self._saved(cell)

    def call(self) -> None:
        """Make the judge's calls, and send what each returned and drew."""
        for call in self._plan.calls:
            self._call = call.id
            outcome = calls.make(call, self._shell.user_ns, self._alarm.limit, self._plan.cell_seconds)
            if not self._channel.in_original_process:
                os._exit(0)
            for figure in calls.figures_in(outcome.value):
                self._shown(figure)
            self._finish_figures()
            error = outcome.message
            if outcome.error is not None:
                said = " ".join(self._said_by(outcome.error).split())
                error = f"{capture.class_name(outcome.error)}: {said}"
            value = self._encoded(outcome.value) if outcome.returned else capture.MISSING
            record = {
                "kind": "returned",
                "call": call.id,
                "error": error[:500],
                "changed": outcome.changed,
            }
            self._send_value(record, value, outcome.value)

    # ------------------------------------------------------------ cells

    def _run(self, cell: notebook.Cell) -> dict[str, Any] | None:
        name = f"<cell {cell.index}>"
        error: BaseException | None
        try:
            with self._alarm.limit(self._plan.cell_seconds):
                error = self._shell.run(name, cell.source)
        except BaseException as escaped:  # What IPython itself does not catch must not end the notebook.
            error = escaped
        return None if error is None else self._describe(error, name, cell.source)

    def _describe(self, error: BaseException, name: str, source: str) -> dict[str, Any]:
        kind, message = "exception", ""
        if isinstance(error, TimeIsUpError):
            kind, message = "timeout", f"It was stopped after {self._plan.cell_seconds:g} s."
        elif isinstance(error, SystemExit):
            message = "The cell ended itself (exit); the rest of it was not run."
        else:
            message = self._said_by(error)
        line = _line(error, name)
        lines = source.splitlines()
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        class_name = "" if kind == "timeout" else capture.class_name(error)
        return _error(kind, class_name, message[:1_000], line, text[:300])

    def _said_by(self, error: BaseException) -> str:
        try:
            with self._alarm.limit(_CAPTURE_SECONDS):
                # A syntax error would name a file that students do not know.
                return str(error.msg if isinstance(error, SyntaxError) else error)
        except BaseException:  # An exception that fails to say what it is.
            return ""

    def _ended(self, error: dict[str, Any] | None) -> None:
        self._channel.send({"kind": "cell_ended", "cell": self._cell, "error": error})

    # ------------------------------------------------------------ evidence

    def _announce(self, found: Match) -> None:
        for index in found.cells:
            self._owners.setdefault(index, []).append(found.question)
        self._channel.send(
            {
                "kind": "matched",
                "question": found.question.id,
                "by": found.by,
                "cells": list(found.cells),
                "source": found.source[: LIMITS.text],
                "untouched": found.untouched,
                "blanks": found.blanks,
            }
        )
        if found.question.kind == "written":
            text = found.text[: LIMITS.text]
            self._channel.send({"kind": "text", "question": found.question.id, "text": text})
        saved = {cell.index: cell.outputs for cell in self._cells}
        outputs = "\n".join(saved[index] for index in found.cells if saved[index])
        if outputs:
            record = {"kind": "outputs", "question": found.question.id, "text": outputs[: LIMITS.text]}
            self._channel.send(record)

    def _capture(self, index: int) -> None:
        for question in self._owners.get(index, ()):
            for name in question.capture:
                self._value(question.id, name)

    def _value(self, question: str, name: str) -> None:
        namespace = self._shell.user_ns
        form = self._encoded(namespace[name]) if name in namespace else capture.MISSING
        self._send_value({"kind": "value", "question": question, "name": name}, form, namespace.get(name))

    def _send_value(self, record: dict[str, Any], form: dict[str, Any], value: object) -> None:
        try:
            self._channel.send({**record, "value": form})
        except EvidenceError as error:
            reason = f"it could not be sent: {error}"
            self._channel.send({**record, "value": capture.opaque(value, reason)})

    def _encoded(self, value: object) -> dict[str, Any]:
        try:
            with self._alarm.limit(_CAPTURE_SECONDS):
                return capture.encode(value)
        except BaseException:  # Time is up, or an object that raises SystemExit when touched.
            return capture.opaque(value, "it could not be read in time")

    def _finish_figures(self) -> None:
        try:
            with self._alarm.limit(_CAPTURE_SECONDS):
                self._recorder.end_of_cell()
        except BaseException:
            self._note("The figures of a cell could not be read.")
            self._figure(snapshot.unread("cell"))

    def _figure(self, form: dict[str, Any]) -> None:
        self._figures += 1
        record = {"kind": "figure", "cell": self._cell, **({"call": self._call} if self._call else {})}
        try:
            self._channel.send({**record, **form})
        except EvidenceError as error:
            self._note(f"A figure was left out: {error}.")
            with suppress(EvidenceError):
                self._channel.send({**record, **snapshot.unread(form["ended"])})

    def _saved(self, cell: notebook.Cell) -> None:
        """Send the pictures that are saved under a cell, or why one is not looked at."""
        for picture in cell.pictures if cell.type == "code" else ():
            try:
                with self.watch.running(), self._alarm.limit(_CAPTURE_SECONDS):
                    pixels = self._decoder.decoded(cell.index, picture)
                self._channel.send({"kind": "rendered", "cell": cell.index, "pixels": pixels})
            except (rendered.PictureError, EvidenceError) as error:
                self._not_looked_at(cell.index, str(error))
            except BaseException:  # Time is up, or a library that a cell has tampered with.
                self._not_looked_at(cell.index, "it could not be decoded")

    def _not_looked_at(self, cell: int, why: str) -> None:
        if (cell, why) not in self._unread and len(self._unread) < _MAX_UNREAD:
            self._unread.add((cell, why))
            self._channel.send({"kind": "unread", "cell": cell, "why": why})

    def _shown(self, value: object) -> None:
        with suppress(Exception):
            displays.keep(value, self._recorder)

    def _note(self, text: str) -> None:
        if text not in self._notes and len(self._notes) < 200:
            self._notes.add(text)
            self._channel.send({"kind": "note", "text": text[:1_000]})


def _error(kind: str, name: str = "", message: str = "", line: int = 0, source: str = "") -> dict[str, Any]:
    return {"kind": kind, "name": name, "message": message, "line": line, "source": source}


def _line(error: BaseException, name: str) -> int:
    """The 1-based line of the cell in which an exception was raised or passed through; 0 if unknown."""
    if (
        isinstance(error, SyntaxError)
        and type(error.lineno) is int
        and error.filename in (name, "<unknown>", None)
    ):
        return max(0, error.lineno)
    line = 0
    for frame, number in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file == name:
            line = number
        elif file in ("<timed exec>", "<timed eval>"):
            line = number + 1  # The body of %%time, which begins on the cell's second line.
    return line


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
