"""A whole run: grade what is missing or changed, write each result at once, report at the end."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder import __version__
from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine import cost, identity, ledger, local
from autograder.engine.alone import alone
from autograder.engine.cost import Cost
from autograder.engine.launch import ANY, Confinement
from autograder.engine.ledger import Job, Ledger
from autograder.engine.local import Grader
from autograder.engine.progress import bar
from autograder.engine.submissions import Submission
from autograder.marking.merge import Marks
from autograder.report import files, reading
from autograder.result import Result, without_pictures
from reference import datasets

if TYPE_CHECKING:
    from autograder.engine.cluster.client import ClusterGrader

_SPARE_SECONDS = 600.0


@dataclass(frozen=True)
class Graded:
    """What came of a run.

    Attributes:
        results: in the order of the submissions, without pictures (they are on disk).
        kept: how many had been graded before and were not graded again.
        elsewhere: names that another run, with the same ledger, holds.
        costs: of those that were graded now.
        seconds: wall-clock time of the whole run.
        preparing: of these, what passed before the first submission.
    """

    results: list[Result]
    kept: int = 0
    elsewhere: tuple[str, ...] = ()
    costs: tuple[Cost, ...] = ()
    seconds: float = 0.0
    preparing: float = 0.0


def grade(
    assignment: Assignment,
    submissions: Sequence[Submission],
    folder: Path,
    *,
    jobs: int | None = None,
    limits: Limits | None = None,
    confinement: Confinement = ANY,
    book: str | None = None,
    cluster: str | None = None,
    regrade: bool = False,
    progress: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> Graded:
    """Grade submissions into a folder.

    What was graded before, from the same files, source, config, checkpoints, data and version of Loupe, is
    not graded again, and hand-ins with the same content are executed once in a run. What persons gave on the
    folder's sheets, or in earlier results there, is put into the results. Each submission's files are written
    when it is done, and only then its row in the ledger, so that whatever interrupts a run, the next one goes
    on from there; the class report and `grades.csv` cover what was graded even then.

    Args:
        assignment: what is graded.
        submissions: with unique names.
        folder: of the results; made if need be.
        jobs: notebooks at once; on a cluster that is started for this, workers.
        limits: instead of the config's.
        confinement: what is demanded of the walls around student code.
        book: the ledger's URL, for several machines; by default a file in the folder.
        cluster: where to grade, as `autograder.engine.cluster.deployments.connected` takes it; by default
            on this machine.
        regrade: grade all again; the ledger keeps what was found before.
        progress: whether to draw a bar on standard error.
        say: told in one line, as it happens, what was not graded and why, and what is wrong on a sheet.

    Raises:
        autograder.tables.TableError: a sheet cannot be read; nothing was graded.
        autograder.engine.ledger.LedgerError: the ledger cannot be used; nothing was graded, or nothing more.
        autograder.engine.alone.BusyError: another run is writing into the folder.
        autograder.engine.launcher.LaunchError: this machine, or the cluster, cannot grade as demanded.
    """
    started = prepared_at = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder), ledger.opened(book or folder / ledger.FILE) as opened:
        run = _Run(assignment, submissions, folder, opened, say)
        run.begin(regrade)
        try:
            if run.waiting:
                seconds = (limits or assignment.config.limits).notebook_seconds
                with (
                    bar(len(run.waiting), progress) as listen,
                    _grader(assignment, jobs, limits, confinement, cluster, say) as prepared,
                ):
                    prepared_at = time.perf_counter()
                    for result in prepared.grade(run.claimed(2 * seconds + _SPARE_SECONDS), listen):
                        for name in run.take(result):
                            listen(name, "done")
        finally:
            results = run.end()
    seconds, preparing = time.perf_counter() - started, prepared_at - started
    return Graded(results, run.kept, tuple(run.elsewhere), tuple(run.costs), seconds, preparing)


@contextmanager
def _grader(
    assignment: Assignment,
    jobs: int | None,
    limits: Limits | None,
    confinement: Confinement,
    cluster: str | None,
    say: Callable[[str], None],
) -> Iterator[Grader | ClusterGrader]:
    if cluster is None:
        with local.grader(assignment, jobs, limits, confinement) as here:
            yield here
        return
    from autograder.engine.cluster import client, deployments  # Dask is installed where it is wanted.

    with (
        deployments.connected(cluster, jobs or os.cpu_count() or 1) as connect,
        client.grader(connect, assignment, limits, confinement, say) as there,
    ):
        yield there


def summary(result: Result) -> dict[str, Any]:
    """What `loupe grade --json` prints of a submission."""
    return {
        "submission": result.submission,
        "status": result.status,
        "reason": result.reason,
        "points": result.points,
        "earned": None if result.status == "ungraded" else result.earned,
        "pending": result.pending,
        "questions": {question.id: question.earned for question in result.questions},
    }


@dataclass
class _Run:
    """One run: which submissions wait, and what came of the others."""

    assignment: Assignment
    submissions: Sequence[Submission]
    folder: Path
    book: Ledger
    say: Callable[[str], None]
    waiting: list[Submission] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    kept: int = 0

    def __post_init__(self) -> None:
        self._holder = f"{platform.node()} {self.folder.resolve()}"
        self._marks = Marks(self.folder)
        self._results: dict[str, Result] = {}
        self._copies: dict[str, list[Submission]] = {}

    def begin(self, regrade: bool) -> None:
        """Find out what has to be done, and put persons' points into what has not."""
        data = datasets.load(self.assignment.config.data.name)
        self._course = identity.of_course(self.assignment, data)
        identities = {one.name: identity.of_submission(one, self._course) for one in self.submissions}
        self._run = self.book.begin(self.assignment.name, identities, grader=__version__, regrade=regrade)
        for submission in self.submissions:
            if submission.name in self._run.done and self._keep(submission):
                self.kept += 1
            else:
                self.waiting.append(submission)

    def claimed(self, seconds: float) -> Iterator[Submission]:
        """The waiting submissions, each once it is this run's; of those with the same content only the first.

        Args:
            seconds: how long each is held.
        """
        alike: dict[str, list[Submission]] = {}
        for submission in self.waiting:
            # Of what is no file, the identity only says that much.
            same = self._job(submission.name).identity if submission.notebook.is_file() else submission.name
            alike.setdefault(same, []).append(submission)
        for group in alike.values():
            mine = [submission for submission in group if self._claim(submission, seconds)]
            if mine:
                self._copies[mine[0].name] = mine[1:]
                yield mine[0]

    def _claim(self, submission: Submission, seconds: float) -> bool:
        lost = submission.name in self._run.done  # Its files are gone, its row is not.
        if lost or self.book.claim(self._job(submission.name), self._holder, seconds):
            return True
        self.elsewhere.append(submission.name)
        return False

    def take(self, judged: Result) -> list[str]:
        """Write a result, and that of each copy of the submission; returns their names."""
        copies = self._copies.pop(judged.submission)
        self._take(judged, judged.seconds)
        for copy in copies:
            own = replace(judged, submission=copy.name, file=copy.notebook.name, handed_in=copy.origin)
            self._take(own, {})
        return [judged.submission, *(copy.name for copy in copies)]

    def _take(self, judged: Result, seconds: Mapping[str, float]) -> None:
        """Write a result: its files first, so that a row in the ledger means that they are there."""
        started = time.perf_counter()
        result = self._marks.apply(judged)
        files.write_submission(result, self.folder)
        self.costs.append(cost.of(seconds, time.perf_counter() - started))
        self._results[result.submission] = without_pictures(result)
        job, graded = self._job(judged.submission), judged.status == "graded"
        if graded and identity.of_job(judged.sha256, self._course) != job.identity:
            self.say(f"{judged.submission}: the file was changed during the run; grade it again.")
            return
        self.book.commit(
            job,
            files.result_json(judged).encode(),
            holder=self._holder,
            seconds=seconds,
            graded=graded,
            isolation=judged.isolation,
            device=judged.versions.get("device", "CPU"),
        )
        if not graded:
            self.say(f"{judged.submission}: not graded. {judged.reason}")

    def end(self) -> list[Result]:
        """Write the class's report; of a run that graded nothing the earlier one stays."""
        ordered = [self._results[one.name] for one in self.submissions if one.name in self._results]
        if ordered:
            files.write_class(ordered, self.folder)
        for problem in (*self._marks.problems, *self._marks.unknown()):
            self.say(problem)
        if len(ordered) == len(self.submissions):
            self.book.finish(self._run)
        return ordered

    def _job(self, name: str) -> Job:
        return self._run.jobs[name]

    def _keep(self, submission: Submission) -> bool:
        """Whether the files of an earlier run are still there; persons' points are put into them."""
        try:
            found = reading.read_result(files.submission_folder(self.folder, submission.name))
        except reading.GradesError:
            return False
        if found.status == "ungraded" or found.version != self.assignment.version:
            return False
        marked = replace(self._marks.apply(found), handed_in=submission.origin)
        if marked != found:
            files.write_submission(marked, self.folder)
        self._results[submission.name] = without_pictures(marked)
        return True
