"""The workers of a Dask cluster: which there are, whether they can grade, and what they need for it.

A worker is used once it has the client's own versions, the course's files and a grading process. One that
outstays a submission's time is left alone until it answers again. Knows nothing of submissions.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from uuid import uuid4

from distributed import Client, Future

from autograder.config import Limits
from autograder.engine.cluster import parcel, station
from autograder.engine.launch import Confinement
from autograder.engine.launcher import LaunchError

LOOK_SECONDS: Final = 0.5
"""Between two looks at the cluster."""

_LONELY_SECONDS: Final = 300.0
"""How long a run waits for its scheduler, or for any worker, before it gives up."""
_ANSWER_SECONDS: Final = 600.0
_KEPT: Final = "Results so far are kept; the same command goes on from there."


@dataclass
class Worker:
    """One worker.

    Attributes:
        address: in the cluster.
        slots: how many submissions it grades at once.
        host: its machine.
        state: "ready" may be used; "new" is being made ready; "refused" cannot grade as demanded; "suspect"
            let a submission's time pass, and has not answered since.
        settings: of its grading process.
        sign: what a suspect one should answer.
    """

    address: str
    slots: int
    host: str
    state: Literal["new", "ready", "refused", "suspect"] = "new"
    settings: dict[str, Any] = field(default_factory=dict)
    sign: Future | None = None


class Crew:
    """All workers, as far as they are known.

    Args:
        connect: gives a client of the scheduler; asked again when the scheduler was lost.
        bundle: folder with what the workers need of the course (`autograder.release.bundle`).
        limits: of a notebook.
        confinement: what is demanded of the walls on each worker.
        say: told in one line what happens to the cluster.
    """

    def __init__(
        self,
        connect: Callable[[], Client],
        bundle: Path,
        limits: Limits,
        confinement: Confinement,
        say: Callable[[str], None],
    ) -> None:
        self._connect = connect
        self._bundle = bundle
        self._limits = limits.model_dump(mode="json")
        self._confinement = asdict(confinement)
        self._say = say
        self._sender = uuid4().hex
        self._workers: dict[str, Worker] = {}
        self._refusals: dict[str, str] = {}
        self._sending: dict[str, threading.Lock] = {}
        self._welcoming = ThreadPoolExecutor(8, thread_name_prefix="loupe-welcome")
        self.parcel = parcel.of(bundle)
        self._client = connect()
        self._alone_since = time.monotonic()
        self._next_look = 0.0

    @property
    def ready(self) -> list[Worker]:
        """Those that may be used."""
        return [worker for worker in self._workers.values() if worker.state == "ready"]

    @property
    def connected(self) -> bool:
        """Whether the scheduler is there."""
        return bool(self._client.status == "running")

    def find(self, address: str) -> Worker | None:
        """A worker by its address, if it is still there."""
        return self._workers.get(address)

    def ask(self, address: str, what: Callable[..., Any], *arguments: Any) -> Future:
        """Have a function called on one worker, and on no other."""
        key = f"loupe-{what.__name__}-{uuid4().hex}"
        return self._client.submit(what, *arguments, workers=[address], key=key, pure=False)

    def look(self) -> None:
        """Notice workers that came, went, or answered again.

        Raises:
            LaunchError: there has been none for long, or all refuse.
        """
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        with suppress(OSError):
            self._meet(self._client.scheduler_info(n_workers=-1)["workers"])
        for worker in self._workers.values():
            if worker.state == "suspect" and worker.sign and worker.sign.status == "finished":
                worker.state, worker.sign = "ready", None
        states = Counter(worker.state for worker in self._workers.values())
        if states["ready"] or states["new"]:
            self._alone_since = time.monotonic()
        elif states["refused"] and not states["suspect"]:
            raise LaunchError(f"No worker of the cluster can grade: {'; '.join(self._refusals.values())}.")
        elif time.monotonic() - self._alone_since > _LONELY_SECONDS:
            raise LaunchError(f"The cluster has no worker that answers. {_KEPT}")

    def refuse(self, worker: Worker, why: str) -> None:
        """Use a worker no more."""
        self._refusals[worker.address] = f"{worker.address}: {why}"
        self._say(f"Worker {worker.address} is not used: {why}.")
        worker.state = "refused"

    def suspect(self, worker: Worker) -> None:
        """Use a worker again only when it answers."""
        self._say(f"Worker {worker.address} does not answer; nothing is sent there until it does.")
        worker.state, worker.sign = "suspect", self.ask(worker.address, station.about)

    def reconnect(self) -> None:
        """Wait for a scheduler that was lost; all workers are met anew.

        Raises:
            LaunchError: it does not come back.
        """
        self._say("The scheduler was lost; waiting for it.")
        self._workers.clear()
        begin = time.monotonic()
        while not self.connected:
            if time.monotonic() - begin > _LONELY_SECONDS:
                raise LaunchError(f"The scheduler was lost and does not come back. {_KEPT}")
            time.sleep(LOOK_SECONDS)
            if self._client.status == "closed":
                with suppress(OSError, LaunchError):
                    self._client = self._connect()
        self._alone_since = time.monotonic()

    def close(self) -> None:
        """End the grading processes beside the workers, and the connection."""
        self._welcoming.shutdown(wait=False, cancel_futures=True)
        with suppress(Exception):  # What is gone needs no end; other processes end by themselves in time.
            files, ready = self.parcel.files, self.ready
            closing = [self.ask(one.address, station.close, files, one.settings) for one in ready]
            for future in closing:
                future.result(timeout=60)
        self._client.close()

    def _meet(self, found: Mapping[str, Any]) -> None:
        for address in self._workers.keys() - found.keys():
            del self._workers[address]
        for address in found.keys() - self._workers.keys():
            worker = Worker(address, int(found[address]["nthreads"]), str(found[address]["host"]))
            self._workers[address] = worker
            self._welcoming.submit(self._welcome, worker)

    def _welcome(self, worker: Worker) -> None:
        """Make a worker ready, in a thread of its own: compare versions, send what it lacks, start it."""
        try:
            told = self._answer(worker, station.about)
            why = _unlike(told["versions"])
            if not why:
                with self._sending.setdefault(worker.host, threading.Lock()):
                    self._deliver(worker)
                worker.settings = self._settings(worker, told["cores"])
                self._answer(worker, station.prepare, self.parcel.files, worker.settings)
        except Exception as error:
            if not self.connected:
                return  # The scheduler went; all workers are met anew.
            why = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        if not why:
            worker.state = "ready"
        elif worker.address in self._workers:  # Else it is gone, and whatever went wrong went with it.
            self.refuse(worker, why)

    def _deliver(self, worker: Worker) -> None:
        lacking = set(self._answer(worker, station.lacking, self.parcel.files))
        for name, sha256 in self.parcel.files.items():
            if sha256 not in lacking:
                continue
            lacking.discard(sha256)
            for offset, piece in parcel.pieces(self._bundle / name):
                self._answer(worker, station.receive, sha256, offset, piece, self._sender)
            self._answer(worker, station.arrived, sha256, self._sender)

    def _settings(self, worker: Worker, cores: int) -> dict[str, Any]:
        """How a worker grades: those on one machine share its cores."""
        beside = sum(other.slots for other in list(self._workers.values()) if other.host == worker.host)
        return {
            "jobs": worker.slots,
            "threads": max(1, cores // max(1, beside)),
            "limits": self._limits,
            "confinement": self._confinement,
        }

    def _answer(self, worker: Worker, what: Callable[..., Any], *arguments: Any) -> Any:
        return self.ask(worker.address, what, *arguments).result(_ANSWER_SECONDS)


def _unlike(versions: Mapping[str, str]) -> str:
    """How a worker's versions differ from those here, in words; "" if they do not."""
    own = station.versions()
    differ = [
        f"{name} {versions.get(name, 'missing')} (here {own.get(name, 'missing')})"
        for name in sorted(own.keys() | versions.keys())
        if own.get(name) != versions.get(name)
    ]
    return f"it has other versions: {', '.join(differ)}" if differ else ""
