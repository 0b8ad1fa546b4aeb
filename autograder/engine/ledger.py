"""The ledger: which submissions have to be graded, who holds which, and the one result of each.

A database (SQLite beside the results, or any URL that SQLAlchemy knows, for several machines). A job is a
submission's name with the identity of all that its grade depends on, and has at most one committed result:
the first. Every change is one transaction, so that the power may fail at any instruction; in SQLite and
PostgreSQL no two run at once. Executes nothing and knows no notebook.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sql
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

FILE: Final = "ledger.sqlite"
"""The ledger's name in a folder of results."""

MOST_ATTEMPTS: Final = 3
"""A job that was lost this often is given up: its worker died each time."""

_MOST_LOG: Final = 20_000
_BUSY_SECONDS: Final = 30.0
_LOCK: Final = 0x6C6F757065
"""Of PostgreSQL's advisory locks, Loupe's: "loupe" in ASCII."""

_schema = sql.MetaData()

_versions = sql.Table("loupe_ledger", _schema, sql.Column("version", sql.Integer, nullable=False))

_runs = sql.Table(
    "runs",
    _schema,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("assignment", sql.Text, nullable=False, index=True),
    sql.Column("started", sql.Float, nullable=False),  # Seconds since 1970, as all times here.
    sql.Column("finished", sql.Float),
    sql.Column("grader", sql.Text, nullable=False),
    sql.Column("regrade", sql.Boolean, nullable=False),
)

_jobs = sql.Table(
    "jobs",
    _schema,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("assignment", sql.Text, nullable=False),
    sql.Column("submission", sql.Text, nullable=False),
    sql.Column("identity", sql.Text, nullable=False),
    sql.Column("round", sql.Integer, nullable=False),  # Grows with every `--regrade`.
    sql.Column("attempts", sql.Integer, nullable=False, default=0),
    sql.Column("holder", sql.Text, nullable=False, default=""),
    sql.Column("held_until", sql.Float, nullable=False, default=0.0),
    sql.Column("log", sql.Text, nullable=False, default=""),
    sql.UniqueConstraint("assignment", "submission", "identity", "round"),
)

_members = sql.Table(
    "members",
    _schema,
    sql.Column("run", sql.ForeignKey("runs.id"), primary_key=True),
    sql.Column("submission", sql.Text, primary_key=True),
    sql.Column("job", sql.ForeignKey("jobs.id"), nullable=False, index=True),
)

_results = sql.Table(
    "results",
    _schema,
    sql.Column("job", sql.ForeignKey("jobs.id"), primary_key=True),  # One row a job: the first writer's.
    sql.Column("committed", sql.Float, nullable=False),
    sql.Column("graded", sql.Boolean, nullable=False),  # False: it says why the grader could not.
    sql.Column("holder", sql.Text, nullable=False),
    sql.Column("isolation", sql.Text, nullable=False),
    sql.Column("device", sql.Text, nullable=False),
    sql.Column("seconds", sql.JSON, nullable=False),
    sql.Column("content", sql.LargeBinary, nullable=False),  # result.json, deflated.
)


class LedgerError(Exception):
    """The ledger cannot be used; the message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Job:
    """A submission that has to be graded.

    Attributes:
        id: in the ledger.
        submission: its name.
        identity: of all that its grade depends on (64 hexadecimal digits).
        attempts: how often it was taken up, this time included.
    """

    id: int
    submission: str
    identity: str
    attempts: int = 0


@dataclass(frozen=True)
class Run:
    """One `loupe grade` of an assignment.

    Attributes:
        id: in the ledger, ascending.
        assignment: its name.
        jobs: of every submission that the run is about, in its order, by name.
        done: names of those that have a grade already.
    """

    id: int
    assignment: str
    jobs: Mapping[str, Job]
    done: frozenset[str]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger's history.

    Attributes:
        id, assignment, regrade, grader: as of the run.
        started, finished: seconds since 1970; None while it is not finished.
        submissions: that it is about.
        committed: of which have a result.
    """

    id: int
    assignment: str
    started: float
    finished: float | None
    grader: str
    regrade: bool
    submissions: int
    committed: int


class Ledger:
    """A ledger that is open. Use `opened`."""

    def __init__(self, engine: sql.Engine, name: str) -> None:
        self._engine = engine
        self._name = name

    # ------------------------------------------------------------ runs

    def begin(self, assignment: str, identities: Mapping[str, str], *, grader: str, regrade: bool) -> Run:
        """Note down what is to be graded; what has a grade already needs nothing more.

        Args:
            assignment: its name.
            identities: by the submission's name.
            grader: version of Loupe.
            regrade: grade all of them again; what was found before is kept.
        """
        with self._transaction() as connection:
            jobs = self._known(connection, assignment, identities)
            rounds = {name: job[1] + 1 if regrade else job[1] for name, job in jobs.items()}
            values = {
                "assignment": assignment,
                "started": time.time(),
                "grader": grader,
                "regrade": regrade,
            }
            run = _key(connection.execute(sql.insert(_runs).values(values)))
            wanted: dict[str, Job] = {}
            for name, identity in identities.items():
                known = jobs.get(name)
                if known is None or regrade:
                    row: dict[str, Any] = {"assignment": assignment, "submission": name}
                    row |= {"identity": identity, "round": rounds.get(name, 0)}
                    job = Job(_key(connection.execute(sql.insert(_jobs).values(row))), name, identity)
                else:
                    job = known[0]
                wanted[name] = job
            members = [{"run": run, "submission": name, "job": job.id} for name, job in wanted.items()]
            if members:
                connection.execute(sql.insert(_members), members)
            done = self._done(connection, run)
        return Run(run, assignment, wanted, done)

    def finish(self, run: Run) -> None:
        """Note down that a run came to its end."""
        with self._transaction() as connection:
            change = sql.update(_runs).where(_runs.c.id == run.id).values(finished=time.time())
            connection.execute(change)

    def history(self) -> list[Entry]:
        """All runs, the oldest first."""
        members = sql.func.count(_members.c.job)
        committed = sql.func.count(_results.c.job)
        query = (
            sql.select(_runs, members.label("submissions"), committed.label("committed"))
            .select_from(
                _runs.outerjoin(_members, _members.c.run == _runs.c.id).outerjoin(
                    _results, _results.c.job == _members.c.job
                )
            )
            .group_by(_runs.c.id)
            .order_by(_runs.c.id)
        )
        with self._transaction() as connection:
            return [Entry(**row) for row in connection.execute(query).mappings()]

    def contents(self, run: int) -> dict[str, bytes]:
        """By submission, the `result.json` of all in a run that have one.

        Raises:
            LedgerError: there is no such run.
        """
        query = (
            sql.select(_members.c.submission, _results.c.content)
            .join(_results, _results.c.job == _members.c.job)
            .where(_members.c.run == run)
            .order_by(_members.c.submission)
        )
        with self._transaction() as connection:
            if connection.execute(sql.select(_runs.c.id).where(_runs.c.id == run)).first() is None:
                raise LedgerError(f"{self._name} has no run {run}.")
            return {name: zlib.decompress(content) for name, content in connection.execute(query)}

    # ------------------------------------------------------------ jobs

    def claim(self, job: Job, holder: str, seconds: float) -> Job | None:
        """Take a job up, unless it has a grade or somebody else holds it.

        Args:
            job: of a run.
            holder: who asks, for people: machine and process.
            seconds: for how long; longer than the job can take, or `claim` it again in time.

        Returns:
            The job with its new number of attempts; None if it is not to be had.
        """
        now = time.time()
        free = sql.or_(_jobs.c.held_until < now, _jobs.c.holder == holder)
        change = (
            sql.update(_jobs)
            .where(_jobs.c.id == job.id, free, ~_has_result(job.id))
            .values(holder=holder, held_until=now + seconds, attempts=_jobs.c.attempts + 1)
        )
        with self._transaction() as connection:
            if connection.execute(change).rowcount != 1:
                return None
            attempts = connection.scalar(sql.select(_jobs.c.attempts).where(_jobs.c.id == job.id))
        return Job(job.id, job.submission, job.identity, int(attempts or 0))

    def release(self, job: Job, holder: str, log: str = "") -> None:
        """Give a job back unfinished; `log` says why, if it failed."""
        held = (_jobs.c.id == job.id, _jobs.c.holder == holder)
        with self._transaction() as connection:
            before = connection.scalar(sql.select(_jobs.c.log).where(*held)) or ""
            said = f"{before}{log}\n"[-_MOST_LOG:] if log else before
            change = sql.update(_jobs).where(*held).values(holder="", held_until=0.0, log=said)
            connection.execute(change)

    def log(self, job: Job) -> str:
        """What was noted down when its attempts failed."""
        with self._transaction() as connection:
            return connection.scalar(sql.select(_jobs.c.log).where(_jobs.c.id == job.id)) or ""

    def commit(
        self,
        job: Job,
        content: bytes,
        *,
        holder: str,
        seconds: Mapping[str, float],
        graded: bool = True,
        isolation: str = "",
        device: str = "CPU",
    ) -> bool:
        """Write a job's result down for good; one that only says why there is no grade gives way to another.

        Args:
            job: the job.
            content: its `result.json`.
            holder: who found it.
            seconds: where the time went.
            graded: it is a grade; False if the grader could not do its work, and should try again next time.
            isolation: how the student's code was confined, in words.
            device: what it was computed on.

        Returns:
            False if there is a grade already, which stays.
        """
        row = {
            "job": job.id,
            "committed": time.time(),
            "graded": graded,
            "holder": holder,
            "isolation": isolation,
            "device": device,
            "seconds": dict(seconds),
            "content": zlib.compress(content),
        }
        try:
            with self._transaction() as connection:
                failure = (_results.c.job == job.id, ~_results.c.graded)
                if connection.execute(sql.update(_results).where(*failure).values(row)).rowcount == 0:
                    connection.execute(sql.insert(_results).values(row))
        except IntegrityError:
            return False
        return True

    # ------------------------------------------------------------ inside

    def _known(
        self, connection: sql.Connection, assignment: str, identities: Mapping[str, str]
    ) -> dict[str, tuple[Job, int]]:
        """By submission, the newest job of just this identity, with its round."""
        query = sql.select(_jobs).where(_jobs.c.assignment == assignment).order_by(_jobs.c.round)
        found: dict[str, tuple[Job, int]] = {}
        for row in connection.execute(query).mappings():
            name = row["submission"]
            if identities.get(name) == row["identity"]:
                found[name] = Job(row["id"], name, row["identity"], row["attempts"]), row["round"]
        return found

    def _done(self, connection: sql.Connection, run: int) -> frozenset[str]:
        query = (
            sql.select(_members.c.submission)
            .join(_results, _results.c.job == _members.c.job)
            .where(_members.c.run == run, _results.c.graded)
        )
        return frozenset(connection.scalars(query))

    @contextmanager
    def _transaction(self) -> Iterator[sql.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise LedgerError(f"{self._name}: {_reason(error)}") from error


@contextmanager
def opened(where: str | Path) -> Iterator[Ledger]:
    """Open a ledger; make it, or bring it up to date, if need be.

    Args:
        where: a file (SQLite), or a database's URL.

    Raises:
        LedgerError: it cannot be opened, is no ledger, or was made by a newer version of Loupe.
    """
    path = Path(where) if isinstance(where, Path) or "://" not in where else None
    name = str(path or "--ledger")
    try:
        url = sql.URL.create("sqlite", database=str(path)) if path else sql.make_url(str(where))
        name = str(path or url.render_as_string(hide_password=True))
        engine = _engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise LedgerError(f"{name}: {_reason(error)}") from error
    try:
        _bring_up_to_date(engine, name)
        yield Ledger(engine, name)
    finally:
        engine.dispose()


def _engine(url: sql.URL) -> sql.Engine:
    """For a database; in SQLite and PostgreSQL each transaction waits for the one before it."""
    kind = url.get_backend_name()
    if kind == "sqlite":
        engine = sql.create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
        sql.event.listen(engine, "connect", _sqlite)
        begin = "BEGIN IMMEDIATE"
    else:
        # The driver that Loupe's extra installs, where the URL names none.
        url = url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
        engine = sql.create_engine(url, pool_pre_ping=True)
        begin = f"SELECT pg_advisory_xact_lock({_LOCK})" if kind == "postgresql" else ""
    if begin:
        sql.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _sqlite(connection: Any, record: Any) -> None:
    # Without this, Python's driver begins a transaction only at the first change, and two may deadlock.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _create(connection: sql.Connection) -> None:
    """Version 1."""
    _schema.create_all(connection)


_STEPS: Final = (_create,)
"""What leads from each version to the next; a ledger without a version has none of it."""


def _bring_up_to_date(engine: sql.Engine, name: str) -> None:
    try:
        with engine.begin() as connection:
            tables = sql.inspect(connection).get_table_names()
            version = 0
            if _versions.name in tables:
                version = connection.scalar(sql.select(_versions.c.version)) or 0
            elif tables:
                raise LedgerError(f"{name} is a database, but no ledger of Loupe's.")
            if version > len(_STEPS):
                raise LedgerError(
                    f"{name} was written by a newer version of Loupe (its form is {version}, this one knows "
                    f"{len(_STEPS)}). Nothing was changed; install that version, or use another ledger."
                )
            for step in _STEPS[version:]:
                step(connection)
            if version < len(_STEPS):
                connection.execute(sql.delete(_versions))
                connection.execute(sql.insert(_versions).values(version=len(_STEPS)))
    except SQLAlchemyError as error:
        raise LedgerError(f"{name}: {_reason(error)}") from error


def _has_result(job: int) -> sql.Exists:
    return sql.exists().where(_results.c.job == job, _results.c.graded)


def _key(done: sql.CursorResult[Any]) -> int:
    row: Sequence[Any] | None = done.inserted_primary_key
    if row is None:
        raise LedgerError("The database did not say which row it has written.")
    return int(row[0])


def _reason(error: Exception) -> str:
    """What the database says, in one line."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    lines = said.strip().splitlines()
    return f"the ledger cannot be used: {lines[0] if lines else type(error).__name__}."
