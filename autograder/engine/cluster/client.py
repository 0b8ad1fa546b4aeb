"""Grades submissions on the workers of a Dask cluster, one at a time each.

Which worker gets which submission is decided here, so that no more are on their way than can run, and a
worker that dies takes one submission a place with it. What was lost is tried again, alone on its worker; what
was lost too often is reported as the cluster's failure, never as a grade. Touches no ledger.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from distributed import Client, Future

from autograder import __version__
from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine.cluster import station
from autograder.engine.cluster.crew import LOOK_SECONDS, Crew, Worker
from autograder.engine.launch import ANY, Confinement
from autograder.engine.ledger import MOST_ATTEMPTS
from autograder.engine.local import Listener
from autograder.engine.process import MOST_NETWORK_BYTES
from autograder.engine.submissions import Submission, contents, unreadable
from autograder.release import bundle
from autograder.report import reading
from autograder.result import Result
from reference import datasets

_SPARE_SECONDS: Final = 120.0
"""Beside twice the notebook's limit, for what comes before and after it on a worker."""
_FETCH_SECONDS: Final = 300.0


@dataclass(eq=False)
class _Flight:
    """A submission that is on its way.

    Attributes:
        losses: why earlier attempts were lost.
        worker: the address of where it is.
        until: when it is given up, by the monotonic clock.
    """

    submission: Submission
    losses: list[str] = field(default_factory=list)
    worker: str = ""
    until: float = 0.0


@contextmanager
def grader(
    connect: Callable[[], Client],
    assignment: Assignment,
    limits: Limits | None = None,
    confinement: Confinement = ANY,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[ClusterGrader]:
    """Prepare to grade an assignment on a cluster; ends what was started there.

    Args:
        connect: gives a client of the scheduler; asked again when the scheduler was lost.
        assignment: what is graded.
        limits: instead of the config's.
        confinement: what is demanded of the walls on each worker.
        say: told in one line what happens to the cluster.
    """
    limits = limits or assignment.config.limits
    with TemporaryDirectory(prefix="loupe-bundle-") as folder:
        bundle.write(assignment, datasets.load(assignment.config.data.name), Path(folder))
        crew = Crew(connect, Path(folder), limits, confinement, say)
        try:
            yield ClusterGrader(crew, assignment, limits)
        finally:
            crew.close()


class ClusterGrader:
    """Grades an assignment on a cluster. Use `grader`."""

    def __init__(self, crew: Crew, assignment: Assignment, limits: Limits) -> None:
        self._crew = crew
        self._assignment = assignment
        self._patience = 2 * limits.notebook_seconds + _SPARE_SECONDS
        self._news = threading.Event()

    def ready(self, workers: int) -> None:
        """Wait until so many workers can grade.

        Raises:
            LaunchError: all that there are refuse, or none comes.
        """
        while len(self._crew.ready) < workers:
            self._crew.look()
            time.sleep(LOOK_SECONDS)

    def grade(
        self, submissions: Iterable[Submission], listen: Listener = lambda name, event: None
    ) -> Iterator[Result]:
        """Yield a result for every submission as it comes; asks for the next one when a place is free.

        Raises:
            LaunchError: no worker can grade as demanded, or the scheduler or all workers are gone for good.
        """
        waiting = iter(submissions)
        again: deque[_Flight] = deque()
        flights: dict[Future, _Flight] = {}
        exhausted = False
        try:
            while True:
                if not self._crew.connected:
                    self._crew.reconnect()
                    again.extendleft(flights.values())  # Not their fault: it counts as no loss.
                    flights.clear()
                self._crew.look()
                while again and (place := self._free(flights.values(), again[0])):
                    self._send(again.popleft(), place, flights)
                while not exhausted and (place := self._free(flights.values())):
                    submission = next(waiting, None)
                    exhausted = submission is None
                    if submission is not None:
                        listen(submission.name, "running")
                        self._send(_Flight(submission), place, flights)
                if exhausted and not flights and not again:
                    return
                self._news.wait(LOOK_SECONDS)
                self._news.clear()
                for flight, outcome in self._landed(flights):
                    if isinstance(outcome, Result):
                        yield outcome
                    elif outcome is None:
                        again.appendleft(flight)
                    elif len(flight.losses) + 1 < MOST_ATTEMPTS:
                        again.append(replace(flight, losses=[*flight.losses, outcome]))
                    else:
                        yield self._given_up(flight.submission, [*flight.losses, outcome])
        finally:
            for future in flights:
                future.cancel()

    def _free(self, flights: Iterable[_Flight], lost: _Flight | None = None) -> Worker | None:
        """A worker with a place, the emptiest; for what was lost before, one with nothing else to do.

        Args:
            flights: on their way.
            lost: what the place is for, if it was on its way before.
        """
        flights = list(flights)
        busy = Counter(flight.worker for flight in flights)
        kept = {flight.worker for flight in flights if flight.losses}
        alone = lost is not None and bool(lost.losses)
        free = [
            worker
            for worker in self._crew.ready
            if worker.address not in kept and busy[worker.address] < (1 if alone else worker.slots)
        ]
        return max(free, key=lambda worker: worker.slots - busy[worker.address], default=None)

    def _send(self, flight: _Flight, worker: Worker, flights: dict[Future, _Flight]) -> None:
        flight.worker = worker.address
        flight.until = time.monotonic() + self._patience
        blobs, failure = _read(flight.submission)
        files = self._crew.parcel.files
        future = self._crew.ask(worker.address, station.grade, files, worker.settings, blobs, failure)
        flights[future] = flight
        future.add_done_callback(lambda _: self._news.set())  # Else its place waits for the next look.

    def _landed(self, flights: dict[Future, _Flight]) -> Iterator[tuple[_Flight, Result | str | None]]:
        """Those that came to an end: with a result, or why they were lost, or None to be sent once more."""
        for future, flight in list(flights.items()):
            outcome = self._outcome(future, flight)
            if outcome != "":
                del flights[future]
                future.cancel()
                yield flight, outcome

    def _outcome(self, future: Future, flight: _Flight) -> Result | str | None:
        """As `_landed`; "" while it is on its way."""
        worker = self._crew.find(flight.worker)
        if future.status == "finished":
            try:
                return _result(future.result(timeout=_FETCH_SECONDS), flight.submission)
            except (CancelledError, TimeoutError, OSError):
                return f"The worker {flight.worker} was lost with its result."
        if future.status == "error":
            error = future.exception()
            if worker and isinstance(error, station.RefusedError):
                self._crew.refuse(worker, str(error))
                return None
            return _sentence(str(error) or type(error).__name__)
        if not self._crew.connected:
            return ""
        if worker is None:
            return f"The worker {flight.worker} was lost while it was graded there."
        if future.status != "pending":
            return f"It was {future.status} on the worker {flight.worker}."
        if time.monotonic() > flight.until:
            self._crew.suspect(worker)
            return f"The worker {flight.worker} did not answer in time."
        return ""

    def _given_up(self, submission: Submission, losses: Sequence[str]) -> Result:
        """No grade, but what happened, for whoever runs the cluster."""
        config = self._assignment.config
        told = " ".join(f"({count}) {loss}" for count, loss in enumerate(losses, 1))
        return Result(
            submission=submission.name,
            file=submission.notebook.name,
            sha256="",
            assignment=config.assignment,
            title=config.title,
            version=self._assignment.version,
            status="ungraded",
            reason=f"Infrastructure: it was lost {len(losses)} times on the cluster. {told}",
            points=config.points_total,
            earned=0.0,
            pending=config.points_total,
            questions=(),
            grader=__version__,
            handed_in=submission.origin,
        )


def _read(submission: Submission) -> tuple[list[tuple[str, bytes]], str]:
    """A hand-in's notebook and networks; or why it cannot be read."""
    try:
        blobs = [("", contents(submission.notebook))]
    except OSError as error:
        return [], unreadable(submission.notebook, error)
    for name, path in submission.trained:
        try:
            blobs.append((name, contents(path, MOST_NETWORK_BYTES)))
        except OSError:
            blobs.append((name, b""))  # As for its identity.
    return blobs, ""


def _result(files: Mapping[str, bytes], submission: Submission) -> Result:
    found = reading.parse(files["result.json"], submission.name, files)
    return replace(
        found, submission=submission.name, file=submission.notebook.name, handed_in=submission.origin
    )


def _sentence(text: str) -> str:
    return text[:1000] if text.endswith(".") else f"{text[:1000]}."
