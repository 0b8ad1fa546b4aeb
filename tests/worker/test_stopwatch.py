"""The stopwatch adds up blocks, each moment once."""

from __future__ import annotations

from contextlib import suppress

import pytest

from autograder.worker import stopwatch
from autograder.worker.stopwatch import Stopwatch


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be moved by hand."""
    now = [100.0]
    monkeypatch.setattr(stopwatch, "monotonic", lambda: now[0])
    return now


def test_blocks_add_up_and_what_lies_between_does_not(clock: list[float]) -> None:
    watch = Stopwatch()
    for _ in range(3):
        with watch.running():
            clock[0] += 2
        clock[0] += 10
    assert watch.seconds == 6


def test_a_block_within_a_block_counts_once(clock: list[float]) -> None:
    watch = Stopwatch()
    with watch.running():
        clock[0] += 1
        with watch.running():
            clock[0] += 2
        clock[0] += 4
    assert watch.seconds == 7


def test_a_block_that_fails_counts(clock: list[float]) -> None:
    watch = Stopwatch()
    with suppress(ValueError), watch.running():
        clock[0] += 3
        int("it fails here")
    with watch.running():
        clock[0] += 1
    assert watch.seconds == 4
