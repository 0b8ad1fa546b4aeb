"""A run: grades what is missing or changed, keeps the rest, and survives what interrupts it."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course import find
from autograder.engine import identity, ledger, run, runs, submissions
from autograder.engine.alone import LOCK, BusyError
from autograder.engine.ledger import LedgerError
from autograder.engine.run import Graded
from autograder.report.reading import GradesError
from reference import datasets

ASSIGNMENT = "investigating-cnns"
NAMES = ("ann", "bob", "cem", "dan")


def hand_in(folder: Path, name: str, source: str) -> Path:
    """A notebook with one cell that answers a question of the assignment, recognised by its mark."""
    cell = nbformat.v4.new_code_cell(f"### edTest(test_chow1) ###\n{source}", id="answer")
    path = folder / f"{name}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def grade(folder: Path, **more: Any) -> Graded:
    found = submissions.find([folder / "class"], folder / "grades")
    assignment = find(None).assignment(ASSIGNMENT)
    return run.grade(assignment, found, folder / "grades", jobs=2, progress=False, **more)


def content(folder: Path, grades: str = "grades") -> dict[str, Any]:
    """All results of a folder, without what differs from run to run."""
    found = {}
    for path in sorted((folder / grades).glob("*/result.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["seconds"]
        found[path.parent.name] = record
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "class").mkdir()
    for index, name in enumerate(NAMES):
        hand_in(tmp_path / "class", name, f"answer1 = {'ABCD'[index % 4]!r}  # {name}")
    return tmp_path


def test_only_what_is_missing_or_changed_is_graded(folder: Path) -> None:
    said: list[str] = []
    for name in ("pdf", "word"):
        (folder / "class" / name).mkdir()
        (folder / "class" / name / f"thesis.{name}").write_bytes(b"%PDF")
    first = grade(folder, say=said.append)
    assert (len(first.costs), first.kept) == (6, 0)
    assert 0 < first.preparing < first.seconds - max(cost.wall for cost in first.costs)
    assert [line for line in said if "not graded" in line] == said
    assert [f"thesis.{name}" in content(folder)[name]["reason"] for name in ("pdf", "word")] == [True, True]
    shutil.rmtree(folder / "class" / "word")
    shutil.rmtree(folder / "grades" / "word")
    before = content(folder)
    assert before["cem"]["earned"] == 1.0

    again = grade(folder, say=said.append)
    assert (len(again.costs), again.kept) == (1, 4), "the one that could not be graded is tried again"
    assert content(folder) == before

    hand_in(folder / "class", "ann", "answer1 = 'C'")
    (folder / "grades" / "bob" / "result.json").unlink()
    (folder / "class" / "pdf" / "thesis.pdf").unlink()
    (folder / "class" / "pdf").rmdir()
    third = grade(folder)
    assert (len(third.costs), third.kept) == (2, 2)
    after = content(folder)
    assert after["ann"]["earned"] == 1.0
    assert after["bob"] == before["bob"]
    assert [result.submission for result in third.results] == list(NAMES)
    table = (folder / "grades" / "grades.csv").read_text(encoding="utf-8")
    assert [line.partition(",")[0] for line in table.splitlines()[1:]] == list(NAMES)

    compared = runs.compare(folder / "grades", (1, 3))
    assert [(one.submission, one.question) for one in compared.changes] == [
        ("ann", "kernels_in_a_filter"),
        ("pdf", ""),
        ("word", ""),
    ]
    assert compared.changes[0].before == "0 of 1"
    assert compared.changes[0].after == "1 of 1"


def test_hand_ins_of_the_same_content_are_executed_once_and_graded_each(folder: Path) -> None:
    source = "import time\nanswer1 = 'C'\nprint(time.time_ns())"
    (folder / "class" / "late").mkdir()
    copies = [hand_in(folder / "class", name, source) for name in ("ann", "dan", "late/eva")]
    graded = grade(folder)
    assert len({copy.read_bytes() for copy in copies}) == 1
    found = content(folder)
    assert sorted(found) == ["ann", "bob", "cem", "dan", "eva"]
    assert [found[name]["file"] for name in ("ann", "dan", "eva")] == ["ann.ipynb", "dan.ipynb", "eva.ipynb"]
    assert found["eva"]["handed_in"] == "class/late/eva.ipynb"
    assert {found[name]["earned"] for name in ("ann", "dan", "eva", "cem")} == {1.0}
    executed = [cost for cost in graded.costs if cost.parts.get("cells")]
    assert (len(graded.costs), len(executed)) == (5, 3)
    assert grade(folder).kept == 5


def test_a_full_disk_ends_the_run_and_loses_nothing(folder: Path) -> None:
    out = folder / "grades"
    out.mkdir()
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(out), "-o"]
    if subprocess.run([*mount, "size=180k"], check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        with pytest.raises((OSError, LedgerError), match=r"No space left|is full"):
            grade(folder)
        before = content(folder)
        assert 0 < len(before) < len(NAMES)
        subprocess.run([*mount, "remount,size=20m"], check=True)
        again = grade(folder)
        assert again.kept in (len(before), len(before) - 1), "all that had its row in the ledger is kept"
        assert again.kept > 0
        after = content(folder)
        assert sorted(after) == sorted(NAMES)
        assert before.items() <= after.items()
        assert [after[name]["earned"] for name in NAMES] == [0, 0, 1, 0]
    finally:
        subprocess.run(["umount", "-l", str(out)], check=False)


def test_a_regrade_grades_all_and_moves_nothing(folder: Path) -> None:
    grade(folder)
    before = content(folder)
    again = grade(folder, regrade=True)
    assert (len(again.costs), again.kept) == (4, 0)
    assert content(folder) == before
    compared = runs.compare(folder / "grades")
    assert compared.runs == (1, 2)
    assert compared.submissions == 4
    assert compared.changes == ()


def test_two_runs_in_one_folder_are_refused(folder: Path) -> None:
    (folder / "grades").mkdir()
    with (folder / "grades" / LOCK).open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("process 7 on elsewhere\n")
        file.flush()
        with pytest.raises(BusyError, match="process 7 on elsewhere"):
            grade(folder)
    assert content(folder) == {}


def test_what_another_run_with_the_same_ledger_holds_is_left_to_it(folder: Path) -> None:
    book = f"sqlite:///{folder}/shared.sqlite"
    grade(folder, book=book)
    hand_in(folder / "class", "ann", "answer1 = 'C'")
    with ledger.opened(book) as opened:
        changed = submissions.find([folder / "class"])
        assignment = find(None).assignment(ASSIGNMENT)
        course = identity.of_course(assignment, datasets.load("cifar10"))
        identities = {one.name: identity.of_submission(one, course) for one in changed}
        other = opened.begin(ASSIGNMENT, identities, grader="1", regrade=False)
        assert opened.claim(other.jobs["ann"], "another machine", seconds=1000) is not None
    left = grade(folder, book=book)
    assert left.elsewhere == ("ann",)
    assert [result.submission for result in left.results] == ["bob", "cem", "dan"]


def test_a_ledger_that_cannot_be_used_stops_the_run_before_it_starts(folder: Path) -> None:
    (folder / "grades").mkdir()
    (folder / "grades" / ledger.FILE).write_bytes(b"this is no database, " * 10)
    with pytest.raises(LedgerError):
        grade(folder)
    assert content(folder) == {}


@pytest.mark.parametrize("wanted", [(), (1,), (1, 2), (1, 2, 3)])
def test_comparing_without_two_runs_is_one_clear_line(tmp_path: Path, wanted: tuple[int, ...]) -> None:
    with pytest.raises(LedgerError, match="no ledger"):
        runs.compare(tmp_path, wanted)
    with ledger.opened(tmp_path / ledger.FILE):
        pass
    with pytest.raises((LedgerError, GradesError)) as caught:
        runs.compare(tmp_path, wanted)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    slow_class(folder)
    grade(folder)
    return content(folder)


def slow_class(folder: Path, seconds: float = 1.0) -> None:
    """Four submissions that take long enough to be interrupted."""
    (folder / "class").mkdir(exist_ok=True)
    for index, name in enumerate(NAMES):
        hand_in(folder / "class", name, f"import time\ntime.sleep({seconds})\nanswer1 = {'ABCD'[index]!r}")


@pytest.mark.parametrize("results", [0, 2])
def test_a_killed_run_is_taken_up_where_it_stopped(
    tmp_path: Path, results: int, undisturbed: dict[str, Any]
) -> None:
    slow_class(tmp_path)
    grades = tmp_path / "grades"
    loupe = Path(sys.executable).with_name("loupe")
    command = [loupe, "grade", ASSIGNMENT, tmp_path / "class", "--out", grades, "--jobs", "2", "--quiet"]
    with subprocess.Popen(command, start_new_session=True) as process:
        while process.poll() is None and not (
            (grades / ledger.FILE).exists() and len(list(grades.glob("*/result.json"))) >= results
        ):
            time.sleep(0.002)
        time.sleep(random.random() * 0.2)
        os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert len(list(grades.glob("*/result.json"))) < len(NAMES)
    again = grade(tmp_path)
    assert len(again.costs) + again.kept == len(NAMES)
    assert content(tmp_path) == undisturbed
    with ledger.opened(grades / ledger.FILE) as book:
        newest = book.history()[-1]
    assert (newest.submissions, newest.committed) == (4, 4)
    assert newest.finished is not None
