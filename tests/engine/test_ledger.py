"""The ledger: one result a job, nothing lost, nothing counted twice."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine import ledger
from autograder.engine.ledger import LedgerError
from tests.engine import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A PostgreSQL server, where one is installed."""
    programs = postgres.programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed")
    with postgres.server(programs) as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new ledger's place: a file, or a database of a server."""
    if request.param == "sqlite":
        return str(tmp_path / ledger.FILE)
    started: postgres.Server = request.getfixturevalue("server")
    return started.database()


CLASS = {"ann": "a" * 64, "bob": "b" * 64, "cem": "b" * 64}
SECONDS = {"execution": 1.5}


def begin(book: ledger.Ledger, identities: dict[str, str] | None = None, regrade: bool = False) -> ledger.Run:
    return book.begin("mnist-cnn", CLASS if identities is None else identities, grader="1", regrade=regrade)


def commit(book: ledger.Ledger, job: ledger.Job, content: bytes = b"{}", holder: str = "me") -> bool:
    return book.commit(job, content, holder=holder, seconds=SECONDS)


def test_a_new_run_has_everything_to_do(where: str) -> None:
    with ledger.opened(where) as book:
        run = begin(book)
    assert list(run.jobs) == ["ann", "bob", "cem"]
    assert run.done == frozenset()


def test_two_students_with_the_same_bytes_are_two_jobs(where: str) -> None:
    with ledger.opened(where) as book:
        jobs = begin(book).jobs
    assert jobs["bob"].id != jobs["cem"].id


def test_the_next_run_does_only_what_is_missing_or_changed(where: str) -> None:
    with ledger.opened(where) as book:
        first = begin(book)
        for name in ("ann", "bob"):
            assert commit(book, first.jobs[name], name.encode())
    with ledger.opened(where) as book:
        second = begin(book, CLASS | {"bob": "d" * 64, "dan": "e" * 64})
        assert second.done == {"ann"}
        assert book.contents(second.id) == {"ann": b"ann"}
        assert book.contents(first.id) == {"ann": b"ann", "bob": b"bob"}


def test_an_answer_that_was_graded_before_is_known_again(where: str) -> None:
    with ledger.opened(where) as book:
        commit(book, begin(book).jobs["bob"], b"first")
        begin(book, CLASS | {"bob": "d" * 64})
        third = begin(book)
        assert third.done == {"bob"}
        assert book.contents(third.id) == {"bob": b"first"}


def test_the_first_writer_wins(where: str) -> None:
    with ledger.opened(where) as book:
        run = begin(book)
        assert commit(book, run.jobs["ann"], b"first")
        assert not commit(book, run.jobs["ann"], b"second", holder="somebody else")
        assert book.contents(run.id) == {"ann": b"first"}


def test_a_failure_of_the_grader_gives_way_to_a_grade_and_not_the_reverse(where: str) -> None:
    with ledger.opened(where) as book:
        job = begin(book).jobs["ann"]
        for _ in range(2):
            assert book.commit(job, b"disk full", holder="me", seconds=SECONDS, graded=False)
        again = begin(book)
        assert again.done == frozenset()
        assert book.claim(again.jobs["ann"], "me", seconds=1000) is not None
        assert commit(book, job, b"grade")
        assert not book.commit(job, b"disk full", holder="me", seconds=SECONDS, graded=False)
        last = begin(book)
        assert last.done == {"ann"}
        assert book.contents(last.id) == {"ann": b"grade"}


def test_a_regrade_keeps_what_was_found_before(where: str) -> None:
    with ledger.opened(where) as book:
        first = begin(book)
        commit(book, first.jobs["ann"], b"old")
        again = begin(book, regrade=True)
        assert again.done == frozenset()
        commit(book, again.jobs["ann"], b"new")
        assert book.contents(first.id) == {"ann": b"old"}
        assert book.contents(again.id) == {"ann": b"new"}
        third = begin(book)
        assert third.done == {"ann"}
        assert book.contents(third.id) == {"ann": b"new"}


def test_a_job_is_held_by_one_at_a_time(where: str) -> None:
    with ledger.opened(where) as book:
        job = begin(book).jobs["ann"]
        taken = book.claim(job, "first", seconds=1000)
        assert taken is not None
        assert taken.attempts == 1
        assert book.claim(job, "second", seconds=1000) is None
        renewed = book.claim(job, "first", seconds=1000)
        assert renewed is not None
        book.release(job, "first", "the worker died")
        after = book.claim(job, "second", seconds=1000)
        assert after is not None
        assert after.attempts == 3
        assert book.log(job) == "the worker died\n"


def test_a_job_whose_holder_fell_silent_is_free_again(where: str) -> None:
    with ledger.opened(where) as book:
        job = begin(book).jobs["ann"]
        assert book.claim(job, "first", seconds=-1) is not None
        assert book.claim(job, "second", seconds=1000) is not None


def test_a_job_with_a_result_is_not_to_be_had(where: str) -> None:
    with ledger.opened(where) as book:
        job = begin(book).jobs["ann"]
        commit(book, job)
        assert book.claim(job, "me", seconds=1000) is None


def test_releasing_what_somebody_else_holds_changes_nothing(where: str) -> None:
    with ledger.opened(where) as book:
        job = begin(book).jobs["ann"]
        book.claim(job, "first", seconds=1000)
        book.release(job, "second")
        assert book.claim(job, "second", seconds=1000) is None


def test_history_tells_what_was_done(where: str) -> None:
    with ledger.opened(where) as book:
        first = begin(book)
        commit(book, first.jobs["ann"])
        book.finish(first)
        begin(book, regrade=True)
        old, new = book.history()
    assert (old.submissions, old.committed, old.regrade) == (3, 1, False)
    assert old.finished is not None
    assert (new.submissions, new.committed, new.regrade, new.finished) == (3, 0, True, None)


def test_a_run_that_never_was_is_said_to_be_none(where: str) -> None:
    with ledger.opened(where) as book, pytest.raises(LedgerError, match="has no run 7"):
        book.contents(7)


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / ledger.FILE
    with ledger.opened(path) as book:
        begin(book)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE loupe_ledger SET version = 99")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="newer version of Loupe"), ledger.opened(path):
        pass
    assert path.read_bytes() == before


def test_another_database_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE photos (name TEXT)")
    with pytest.raises(LedgerError, match="no ledger"), ledger.opened(path):
        pass


@pytest.mark.parametrize(
    "content", [b"not a database at all, but some text" * 20, b"SQLite format 3\0" + b"\xff" * 200]
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ledger.FILE
    path.write_bytes(content)
    with pytest.raises(LedgerError) as caught, ledger.opened(path):
        pass
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "nosuchdatabase://host/name",
        "http//no",
        "postgresql+nodriver://host/name",
        "postgresql://me@/name?host=/there/is/no/server",
    ],
)
def test_a_url_that_leads_nowhere_is_one_clear_line(url: str) -> None:
    with pytest.raises(LedgerError) as caught, ledger.opened(url if "://" in url else f"{url}://"):
        pass
    assert "\n" not in str(caught.value)


def test_a_password_is_not_repeated_in_messages() -> None:
    with pytest.raises(LedgerError) as caught, ledger.opened("nosuchdatabase://me:secret@host/name"):
        pass
    assert "secret" not in str(caught.value)


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open"), ledger.opened(tmp_path / "none" / ledger.FILE):
        pass


GRADER = """
import sys
from autograder.engine import ledger
where, holder = sys.argv[1:]
with ledger.opened(where) as book:
    wanted = {f"s{index}": f"{index:064d}" for index in range(60)}
    run = book.begin("mnist-cnn", wanted, grader="1", regrade=False)
    for name, job in run.jobs.items():
        if name not in run.done and book.claim(job, holder, seconds=1000):
            if book.commit(job, name.encode() * 50, holder=holder, seconds={}):
                print(name, flush=True)
    book.finish(run)
"""
"""Grades sixty submissions, as far as the ledger is concerned, and prints those that it has committed."""


def start(where: str, holder: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", GRADER, where, holder], stdout=subprocess.PIPE, text=True)


def test_several_at_once_commit_every_job_once(where: str) -> None:
    graders = [start(where, f"grader {index}") for index in range(3)]
    said = [name for grader in graders for name in grader.communicate()[0].split()]
    assert [grader.returncode for grader in graders] == [0, 0, 0]
    assert sorted(said) == sorted({f"s{index}" for index in range(60)})


def test_a_connection_that_was_lost_is_made_again(server: postgres.Server) -> None:
    with ledger.opened(server.database()) as book:
        run = begin(book)
        server.disconnect()
        assert commit(book, run.jobs["ann"], b"after it")
        assert book.contents(run.id) == {"ann": b"after it"}


def test_long_names_are_kept_whole(where: str) -> None:
    name, holder = "a/" * 600, "machine " * 200
    with ledger.opened(where) as book:
        run = begin(book, {name: "f" * 64})
        assert book.claim(run.jobs[name], holder, seconds=10) is not None
        book.release(run.jobs[name], holder, "x" * 50_000)
        assert book.log(run.jobs[name]) == "x" * 19_999 + "\n"
        assert commit(book, run.jobs[name], b"{}", holder=holder)
        assert list(book.contents(run.id)) == [name]


@pytest.mark.parametrize("lines", [0, 1, 17, 59])
def test_a_killed_run_is_taken_up_where_it_stopped(where: str, lines: int) -> None:
    with start(where, "me") as first:
        assert first.stdout is not None
        said = [first.stdout.readline().strip() for _ in range(lines)]
        first.send_signal(signal.SIGKILL)
        said += first.communicate()[0].split()
    with start(where, "me") as second:
        rest = second.communicate()[0].split()
    assert second.returncode == 0
    # A commit may have been told to the ledger and not to us: that name is in neither list.
    names = {f"s{index}" for index in range(60)}
    assert set(rest).isdisjoint(said)
    assert len(names - set(rest) - set(said)) <= 1
    with ledger.opened(where) as book:
        run = book.history()[-1]
        contents = book.contents(run.id)
    assert contents == {name: name.encode() * 50 for name in names}


@settings(max_examples=30)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from(["1" * 64, "2" * 64]), min_size=1),
        min_size=1,
        max_size=6,
    )
)
def test_a_result_belongs_to_a_name_and_an_identity(
    tmp_path_factory: pytest.TempPathFactory, runs: list[dict[str, str]]
) -> None:
    with ledger.opened(tmp_path_factory.mktemp("book") / ledger.FILE) as book:
        seen: set[tuple[str, str]] = set()
        for identities in runs:
            run = begin(book, identities)
            assert run.done == {name for name, identity in identities.items() if (name, identity) in seen}
            for name in set(identities) - run.done:
                assert commit(book, run.jobs[name], f"{name} {identities[name]}".encode())
            seen |= set(identities.items())
            expected = {name: f"{name} {identity}".encode() for name, identity in identities.items()}
            assert book.contents(run.id) == expected
