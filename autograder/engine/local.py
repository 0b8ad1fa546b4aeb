"""Grades a list of submissions on this machine: executes them side by side, judges them one by one.

Owns the order of things only: execution is `engine.process`, verdicts are `grading`, pages are `report`.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import __version__
from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine import devices, identity, process, quiet
from autograder.engine.launch import ANY, Confinement, choose
from autograder.engine.launcher import LaunchError
from autograder.engine.leases import Desk, Leases
from autograder.engine.predictor import Predictor
from autograder.engine.submissions import Submission, unreadable
from autograder.engine.twin import Twin
from autograder.evidence import Evidence, Plan
from autograder.grading import grade
from autograder.result import Result
from autograder.worker.walls import JobLimits
from reference import datasets

if TYPE_CHECKING:
    from autograder.grading.oracle import CheckpointOracle

Listener = Callable[[str, str], None]
"""Told (submission name, "running", "judging" or "done") as things happen."""


@dataclass(frozen=True)
class Executed:
    """One submission after its execution."""

    submission: Submission
    sha256: str
    evidence: Evidence
    seconds: float


class Grader:
    """Everything that is prepared once and used for every submission of an assignment."""

    def __init__(
        self,
        assignment: Assignment,
        data: datasets.Dataset,
        plan: Plan,
        support: Path,
        seconds: float,
        desks: Sequence[Desk],
        predictor: Predictor,
        oracle: CheckpointOracle,
    ) -> None:
        self.assignment = assignment
        self._data = data
        self._plan = plan
        self._support = support
        self._seconds = seconds
        self._leases = Leases(desks)
        self._jobs = sum(desk.seat.jobs for desk in desks)
        self._predictor = predictor
        self._oracle = oracle

    @property
    def isolation(self) -> str:
        """How student code is confined, in words."""
        return self._leases.desks[0].launcher.isolation

    def grade(
        self, submissions: Iterable[Submission], listen: Listener = lambda name, event: None
    ) -> Iterator[Result]:
        """Yield a result for every submission, in the order in which they finish being judged.

        At most `jobs` notebooks run at once, and evidence of at most as many waits to be judged, so that
        memory does not grow with the class. `submissions` is asked for the next one only when its turn has
        come.
        """
        waiting = iter(submissions)
        with ThreadPoolExecutor(self._jobs) as pool:
            running: list[Future[Executed]] = []
            try:
                while True:
                    for submission in islice(waiting, self._jobs + 1 - len(running)):
                        running.append(pool.submit(self.execute, submission, listen))
                    if not running:
                        return
                    wait(running, return_when=FIRST_COMPLETED)
                    job = next(job for job in running if job.done())
                    running.remove(job)
                    executed = job.result()
                    listen(executed.submission.name, "judging")
                    yield self.judge(executed)
            except (KeyboardInterrupt, GeneratorExit):
                for job in running:
                    job.cancel()
                for desk in self._leases.desks:
                    desk.launcher.close()  # Ends the jobs that run, which the pool would wait for.
                raise

    def execute(self, submission: Submission, listen: Listener = lambda name, event: None) -> Executed:
        """Run one submission, in the thread that asks; what keeps it from running is part of the outcome."""
        listen(submission.name, "running")
        started = time.perf_counter()
        digest = ""
        try:
            digest = identity.of_hand_in(submission)
            with self._leases.lease() as desk:
                evidence = self._run(submission, desk)
            if desk.seat.gpu and out_of_memory(evidence):
                with self._leases.lease(whole=desk):
                    evidence = self._run(submission, desk)
                if out_of_memory(evidence):
                    room = f"{desk.seat.gpu.free_mb} MB of {desk.seat.gpu.name}"
                    evidence.notes.append(f"It needs more than the {room}, also when it is alone there.")
        except LaunchError as error:
            evidence = Evidence(failure=f"The grader could not run it: {error}.")
        except OSError as error:
            # Once its bytes have been read, what fails is this machine: a full disk, for example.
            ours = f"The grader could not run it: {error.strerror or error}."
            evidence = Evidence(failure=ours if digest else unreadable(submission.notebook, error))
        return Executed(submission, digest, evidence, time.perf_counter() - started)

    def _run(self, submission: Submission, desk: Desk) -> Evidence:
        started = time.perf_counter()
        evidence = process.execute(
            submission.notebook,
            self._support,
            self._plan,
            seconds=self._seconds,
            launcher=desk.launcher,
            trained=submission.trained,
            data=desk.images,
        )
        if desk.seat.gpu:
            evidence.versions["device"] = desk.seat.gpu.name
            evidence.seconds["gpu"] = round(time.perf_counter() - started, 2)
        return evidence

    def judge(self, executed: Executed) -> Result:
        """The result of what was executed; one at a time."""
        started = time.perf_counter()
        result = grade.judge(
            self.assignment.config,
            executed.evidence,
            self._oracle,
            submission=executed.submission.name,
            file=executed.submission.notebook.name,
            sha256=executed.sha256,
            version=self.assignment.version,
            data=self._data.title,
            stand_in=self._data.stand_in,
            isolation=self.isolation,
            grader=__version__,
        )
        result.seconds.update(
            execution=round(executed.seconds, 2), checks=round(time.perf_counter() - started, 2)
        )
        return replace(result, handed_in=executed.submission.origin)


def out_of_memory(evidence: Evidence) -> bool:
    """Whether a cell failed because its GPU had no memory left, as TensorFlow says it."""
    return any(
        error.name == "ResourceExhaustedError" or "out of memory" in error.message
        for error in evidence.errors
    )


def job_limits(limits: Limits, threads: int) -> JobLimits:
    """The config's limits in the worker's terms."""
    return JobLimits(
        cpu_seconds=int(limits.notebook_seconds * (threads + 1)),
        memory_mb=limits.memory_mb,
        disk_mb=limits.disk_mb,
        file_mb=limits.disk_mb,
        inodes=limits.files,
        processes=limits.processes,
    )


@contextmanager
def grader(
    assignment: Assignment,
    jobs: int | None = None,
    limits: Limits | None = None,
    confinement: Confinement = ANY,
    data: datasets.Dataset | None = None,
    threads: int | None = None,
    twin: Twin | None = None,
) -> Iterator[Grader]:
    """Prepare to grade an assignment; cleans up at the end.

    Args:
        assignment: what is graded.
        jobs: notebooks at once; by default as many as cores and memory allow.
        limits: instead of the config's.
        confinement: what is demanded of the walls around student code.
        data: the assignment's data set; by default the one that resolves.
        threads: CPU threads of one job; by default the jobs use every core once.
        twin: a warm process that was forked already, to be used for notebooks.

    Raises:
        reference.datasets.DataError, autograder.config.ConfigError, autograder.release.source.SourceError:
            the course itself is at fault.
        LaunchError: this machine cannot confine student code as demanded.
    """
    data = data or datasets.load(assignment.config.data.name)
    limits = limits or assignment.config.limits
    divided = devices.plan(limits, jobs, devices.machine())
    threads = threads or divided.threads
    with ExitStack() as stack:
        launchers = []
        for seat in divided.seats:
            launchers.append(choose(confinement, job_limits(limits, threads), threads, twin, seat.gpu))
            stack.callback(launchers[-1].close)
            twin = None  # It serves the first.
        # Only now, so that this process and the launchers' import TensorFlow at the same time.
        quiet.load_tensorflow()
        from autograder.engine import preparing

        support = Path(tempfile.mkdtemp(prefix="loupe-support-"))
        stack.callback(shutil.rmtree, support, ignore_errors=True)
        plan = preparing.plan(assignment, data, support, limits)
        predictor = Predictor(launchers[0])
        stack.callback(predictor.close)
        oracle = preparing.oracle(assignment, data, predictor)
        desks = []
        for seat, launcher in zip(divided.seats, launchers, strict=True):
            launcher.ready()
            images = preparing.images(assignment, data, launcher.folder)
            desks.append(Desk(seat, launcher, stack.enter_context(images)))
        yield Grader(assignment, data, plan, support, limits.notebook_seconds, desks, predictor, oracle)
