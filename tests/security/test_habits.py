"""What students do every day goes on working behind the walls of every machine; what cannot is said clearly."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.security import runner

WORK = {
    "inline": True,
    "timed": 1,
    "shell": True,
    "said": "hello\n",
    "waited": 7,
    "shown": 1,
    "threads": 3,
    "counted": 6,
    "bars": 2,
}


@cache
def habits(machine: str) -> Any:
    """What the notebook of habits came to, run once for all tests of a machine."""
    ((found,), left) = runner.start("tests.security.habits", machine)
    assert left == []
    return found


def test_they_work(machine: str) -> None:
    found = habits(machine)
    assert {name: found["errors"][name] for name in WORK} == {name: [] for name in WORK}
    assert {name: found["values"][name] for name in WORK} == WORK


def test_a_question_to_a_person_says_that_nobody_answers(machine: str) -> None:
    for name in ("asked", "secret"):
        (message,) = habits(machine)["errors"][name]
        assert "input() has no answer while grading" in message


def test_a_package_that_is_not_there_is_named(machine: str) -> None:
    assert habits(machine)["errors"]["missing"]
    told = "The package surely_not_installed is not installed where notebooks are graded."
    assert told in habits(machine)["notes"]
