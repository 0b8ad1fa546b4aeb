"""What Gradescope's package reads of its surroundings: metadata in any form, limits, deaths, time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.config import Limits
from autograder.hosts import gradescope
from autograder.packages.gradescope import container, metadata, run
from tests.hosts.conftest import finished, waiting

_DUE = "2026-03-02T23:00:00-07:00"


def about(tmp_path: Path, told: Any) -> metadata.About:
    path = tmp_path / "submission_metadata.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return metadata.read(path)


# ---------------------------------------------------------------- metadata


def test_one_student_in_time_needs_no_word(tmp_path: Path) -> None:
    told = {
        "created_at": "2026-03-02T22:59:00-07:00",
        "assignment": {"due_date": _DUE},
        "users": [{"name": "A"}],
    }
    assert about(tmp_path, told) == metadata.About()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("2026-03-02T23:00:20-07:00", "1 minute after"),
        ("2026-03-02T23:59:00-07:00", "59 minutes after"),
        ("2026-03-03T08:30:00+00:00", "2 hours after"),  # Of another zone.
        ("2026-03-05T23:00:00-07:00", "3 days after"),
    ],
)
def test_lateness_is_said_in_words(tmp_path: Path, made: str, words: str) -> None:
    (note,) = about(tmp_path, {"created_at": made, "assignment": {"due_date": _DUE}}).notes
    assert words in note


def test_a_student_with_an_extension_is_not_late(tmp_path: Path) -> None:
    later = {"name": "A", "assignment": {"due_date": "2026-03-09T23:00:00-07:00"}}
    told = {"created_at": "2026-03-04T00:00:00-07:00", "assignment": {"due_date": _DUE}, "users": [later]}
    assert about(tmp_path, told).notes == ()


def test_earlier_results_are_not_carried_along(tmp_path: Path) -> None:
    before = {"submission_time": _DUE, "score": 3.0, "autograder_error": False, "results": {"score": 3.0}}
    facts = about(tmp_path, {"previous_submissions": [before]}).facts
    assert facts == {"previous": [{"submission_time": _DUE, "score": 3.0, "autograder_error": False}]}


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"users": [3, {"name": 4}], "assignment": 7}'])
def test_metadata_of_another_form_are_no_failure(tmp_path: Path, text: str) -> None:
    assert about(tmp_path, text) == metadata.About()
    assert metadata.read(tmp_path / "none.json") == metadata.About()


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["due_date", "name", "x"]), inner),
)


@given(st.dictionaries(st.sampled_from(["assignment", "users", "created_at", "previous_submissions"]), _JSON))
def test_any_metadata_are_read(tmp_path_factory: pytest.TempPathFactory, told: Any) -> None:
    found = about(tmp_path_factory.getbasetemp(), told)
    gradescope.text(finished("ann"), found.facts)


# ---------------------------------------------------------------- the container


@pytest.mark.parametrize(
    ("files", "processors", "killed"),
    [
        ({}, 1024, 0),
        ({"cpu.max": "max 100000\n", "memory.events": "oom 2\noom_kill 1\n"}, 1024, 1),
        ({"cpu.max": "50000 100000\n"}, 1, 0),
        ({"cpu.max": "150000 100000\n"}, 2, 0),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1, 0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1024, 0),
        ({"memory/memory.oom_control": "under_oom 0\noom_kill 3\n"}, 1024, 3),
    ],
)
def test_limits_and_deaths_are_read(
    tmp_path: Path, files: dict[str, str], processors: int, killed: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert container.processors(tmp_path) == processors
    assert container.processes_killed(tmp_path) == killed


# ---------------------------------------------------------------- one report


def test_only_the_first_report_is_written(tmp_path: Path) -> None:
    report = run.Report(tmp_path / "results.json")
    report.write("first")
    report.write("second")
    assert (tmp_path / "results.json").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_old_results_go_first_and_folders_are_closed(tmp_path: Path) -> None:
    place = run.Place(tmp_path)
    place.results.parent.mkdir()
    place.results.write_text('{"score": 1000}')
    place.close()
    assert not place.results.exists()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o700}


_LATE = """\
import sys, time
from pathlib import Path
from autograder.packages.gradescope import run
run._overdue(run.Report(Path(sys.argv[1])), 5.0)
"""


def test_when_time_is_up_there_is_a_reason_and_no_score(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    done = subprocess.run([sys.executable, "-c", _LATE, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    found = json.loads(path.read_text())
    assert "score" not in found
    assert "longer than 5 seconds" in found["output"]
    assert "Not graded" in done.stdout


def test_the_notebook_leaves_time_for_its_judge() -> None:
    limits = run._limits(Limits(cell_seconds=400.0, notebook_seconds=900.0), 570.0)
    assert limits.cell_seconds <= limits.notebook_seconds < 0.7 * 570
    assert run._limits(Limits(), 10_000.0) == Limits()


# ---------------------------------------------------------------- what is said


def test_the_score_is_said_only_if_all_of_it_may_be_seen() -> None:
    hidden, pending = gradescope.results(finished("ann")), gradescope.results(waiting("ann"))
    assert hidden["output"] == "Graded."
    assert pending["output"] == "Graded. 2 points still to be given by a person."


def test_a_failure_has_words_and_no_score() -> None:
    report = json.loads(gradescope.failure("The <disk> was full."))
    assert report["output"] == r"Not graded. The \<disk\> was full. This is not a zero."
    assert "score" not in report


def test_there_is_at_least_one_processor() -> None:
    assert 1 <= run.cpus() <= len(os.sched_getaffinity(0))
