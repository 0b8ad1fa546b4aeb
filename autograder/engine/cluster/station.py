"""What a Dask worker does for Loupe: it keeps a grading process beside itself and hands it one job at a time.

Its functions are what a client asks of a worker. Student code and TensorFlow stay out of the worker's own
process, so that a submission can cost it the grading process at most, which is started again.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, BinaryIO, Final
from uuid import uuid4

import autograder
from autograder import __version__
from autograder.engine.cluster.parcel import Parcel, Store, machine_folder
from autograder.engine.cluster.service import HAND_IN
from autograder.grading.cache import folder as cache_folder

_PACKAGES: Final = (
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "numpy",
    "matplotlib",
    "scipy",
    "ipython",
    "pillow",
)
_START_SECONDS: Final = 300.0
_INHERITED: Final = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class StationError(Exception):
    """The grading process ended, or cannot do what is asked; nothing is said of the submission."""


class RefusedError(Exception):
    """This machine cannot grade as demanded; the message says why."""


def about() -> dict[str, Any]:
    """What a client compares with its own: versions, and a digest of Loupe's code; and what there is."""
    return {"versions": versions(), "host": platform.node(), "cores": os.cpu_count() or 1}


@cache
def versions() -> dict[str, str]:
    """Version by package, Loupe's own code included."""
    found = {"loupe": __version__, "loupe's code": _code(), "python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            # The processor's variant of TensorFlow has a name of its own.
            found[package.removesuffix("-cpu")] = metadata.version(package)
    return found


def _code() -> str:
    """Twelve hex digits over Loupe's modules."""
    import reference

    whole = hashlib.sha256()
    for root in (Path(module.__file__ or "").parent for module in (autograder, reference)):
        for path in sorted(root.rglob("*.py")):
            whole.update(path.relative_to(root.parent).as_posix().encode() + path.read_bytes())
    return whole.hexdigest()[:12]


# ---------------------------------------------------------------- the course's files


@cache
def _store() -> Store:
    return Store(machine_folder(cache_folder()))


def lacking(files: Mapping[str, str]) -> list[str]:
    """Hashes of a parcel's files that this machine does not have."""
    return _store().lacking(Parcel(files))


def receive(sha256: str, offset: int, piece: bytes, sender: str) -> None:
    """See `parcel.Store.receive`."""
    _store().receive(sha256, offset, piece, sender)


def arrived(sha256: str, sender: str) -> None:
    """See `parcel.Store.arrived`."""
    _store().arrived(sha256, sender)


# ---------------------------------------------------------------- grading


def prepare(files: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    """Start the grading process of a course whose files are here; returns how it confines student code.

    Args:
        files: of the parcel.
        settings: `jobs` at once, `threads` of each, `limits`, `confinement`.

    Raises:
        RefusedError: this machine cannot do it.
    """
    return _service(files, settings).isolation


def grade(
    files: Mapping[str, str], settings: Mapping[str, Any], blobs: Sequence[tuple[str, bytes]], failure: str
) -> dict[str, bytes]:
    """Grade one hand-in.

    Args:
        files, settings: as for `prepare`.
        blobs: the notebook, named "", and the trained networks, each named as the variable.
        failure: why the hand-in could not be read, if it could not.

    Returns:
        The result's files, as `autograder.report.files.contents`.

    Raises:
        StationError, RefusedError.
    """
    service = _service(files, settings)
    folder = Path(tempfile.mkdtemp(prefix="loupe-hand-in-"))
    try:
        trained = []
        for index, (name, blob) in enumerate(blobs):
            file = f"network-{index}" if name else HAND_IN
            (folder / file).write_bytes(blob)
            if name:
                trained.append((name, file))
        error = service.ask({"folder": str(folder), "trained": trained, "failure": failure})
        if error:
            raise StationError(error)
        results = folder / "result"
        paths = [path for path in results.rglob("*") if path.is_file()]
        return {path.relative_to(results).as_posix(): path.read_bytes() for path in paths}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def close(files: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """End the grading process of a course, if there is one."""
    with _lock:
        service = _services.pop(_key(files, settings), None)
    if service is not None:
        service.close()


_lock = threading.Lock()
_services: dict[str, _Service] = {}


def _key(files: Mapping[str, str], settings: Mapping[str, Any]) -> str:
    return f"{Parcel(files).sha256} {json.dumps(settings, sort_keys=True)}"


def _service(files: Mapping[str, str], settings: Mapping[str, Any]) -> _Service:
    key = _key(files, settings)
    with _lock:
        known = _services.get(key)
        if known is None or known.ended:
            known = _services[key] = _Service(Parcel(files), settings)
        return known


@atexit.register
def _close_all() -> None:
    for service in _services.values():
        service.close()


class _Service:
    """One grading process.

    Args:
        parcel: of the course.
        settings: as for `prepare`.

    Raises:
        RefusedError: it did not start.
    """

    def __init__(self, parcel: Parcel, settings: Mapping[str, Any]) -> None:
        folder = Path(tempfile.mkdtemp(prefix="loupe-course-"))
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._waiting: dict[str, Future[str]] = {}
        self._writing = threading.Lock()
        self.ended = False
        self.isolation = ""
        try:
            _store().unpack(parcel, folder)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "autograder.engine.cluster.service"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RefusedError(f"the grading process cannot be started: {error}") from error
        ready: Future[str] = Future()
        threading.Thread(target=self._listen, args=(ready,), daemon=True).start()
        self._send({**settings, "folder": str(folder)})
        try:
            self.isolation = ready.result(_START_SECONDS)
        except TimeoutError as error:
            self.close()
            raise RefusedError(f"the grading process was not ready within {_START_SECONDS:g} s") from error

    def ask(self, job: Mapping[str, Any]) -> str:
        """Have a job done; why it was not, "" if it was.

        Raises:
            StationError: the process ended meanwhile.
        """
        name, answer = uuid4().hex, Future[str]()
        self._waiting[name] = answer
        try:
            self._send({**job, "id": name})
            if self.ended:  # It may have ended before the answer was waited for.
                raise StationError(self._last_words())
            return answer.result()
        finally:
            self._waiting.pop(name, None)

    def close(self) -> None:
        """End it, with all that it runs."""
        with contextlib.suppress(OSError, ValueError):
            self._stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def _stdin(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # type: ignore[return-value]  # typeshed: IO[bytes]

    def _send(self, record: Mapping[str, Any]) -> None:
        with self._writing, contextlib.suppress(OSError, ValueError):  # Its end is noticed by `_listen`.
            self._stdin.write(json.dumps(record).encode() + b"\n")
            self._stdin.flush()

    def _listen(self, ready: Future[str]) -> None:
        """Hand answers to those who wait for them; at the process' end, tell all of them."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            record = json.loads(line)
            if "ready" in record:
                ready.set_result(record["ready"])
            elif "refused" in record and not ready.done():
                ready.set_exception(RefusedError(record["refused"]))
            elif answer := self._waiting.get(record.get("id", "")):
                answer.set_result(record["error"])
        self._process.wait()
        self.ended = True
        lost = StationError(self._last_words())
        if not ready.done():
            ready.set_exception(RefusedError(str(lost)))
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_exception(lost)

    def _last_words(self) -> str:
        self._words.seek(0, os.SEEK_END)
        self._words.seek(max(0, self._words.tell() - 2000))
        lines = self._words.read().decode(errors="replace").strip().splitlines()
        said = f"; it said: {lines[-1][:300]}" if lines else ""
        return f"the grading process ended (status {self._process.poll()}){said}"


def _environment() -> dict[str, str]:
    """The worker's own, without what Dask sets for itself: notebooks' threads are divided by the client."""
    return {name: value for name, value in os.environ.items() if name not in _INHERITED} | {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OPENBLAS_NUM_THREADS": "1",
    }
