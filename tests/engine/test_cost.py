"""What `loupe grade` says at its end of what a class cost."""

from __future__ import annotations

import pytest

from autograder.engine import cost

SECONDS = {"execution": 2.0, "start": 0.1, "cells": 1.6, "capture": 0.2, "checks": 0.5, "cpu": 1.8}


def test_wall_time_is_execution_checks_and_report() -> None:
    found = cost.of(SECONDS, 0.25)
    assert (found.wall, found.cpu, found.gpu) == (2.75, 1.8, 0.0)
    assert found.parts["report"] == 0.25


def test_what_a_submission_took_and_where_and_what_a_class_would_take_are_told() -> None:
    costs = [
        cost.of({**SECONDS, "execution": float(index), "cpu": index / 10}, 0.0) for index in range(1, 21)
    ]
    first, parts, larger = cost.told(costs, 30.0, 10.0)
    assert first == (
        "20 graded in 30 s. A submission: 11.00 s (95 % at most 19.50 s); "
        "processor 1.05 s (95 % at most 1.90 s); no GPU."
    )
    assert parts == (
        "Where it went, on average: start 0.10 s, student's cells 1.60 s, capture 0.20 s, checks 0.50 s, "
        "report 0.00 s."
    )
    assert larger == "A class of 1,000 would take 16 min 50 s like this."


def test_seconds_on_a_gpu_are_told() -> None:
    (first, _) = cost.told([cost.of({**SECONDS, "gpu": 1.9}, 0.0)], 3.0, 1.0)
    assert first.endswith("; GPU 1.90 s (95 % at most 1.90 s).")


def test_copies_of_a_hand_in_are_graded_but_cost_nothing() -> None:
    executed, copies = cost.of(SECONDS, 0.0), [cost.of({}, 0.01)] * 5
    first, parts, _ = cost.told([executed, *copies], 3.0, 1.0)
    assert first.startswith("6 graded in 3.0 s. A submission: 2.50 s")
    assert "student's cells 1.60 s" in parts


def test_nothing_is_told_where_nothing_was_executed() -> None:
    assert cost.told([], 1.0, 0.5) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.25, "0.2 s"), (41.2, "41 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert cost.duration(seconds) == words
