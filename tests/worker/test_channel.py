"""Frames go out whole or not at all, and what says how it ended always has room."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest

from autograder import wire
from autograder.evidence import EvidenceError, Limits
from autograder.worker.channel import Channel

LIMITS = Limits(json_bytes=1_000, array_bytes=400_000, total_bytes=32_500_000)


@pytest.fixture
def pipe() -> Iterator[tuple[Channel, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, True)
    channel = Channel(writing, limits=LIMITS)
    yield channel, reading
    os.close(reading)


def test_the_descriptor_is_moved_away(pipe: tuple[Channel, int]) -> None:
    channel, reading = pipe
    channel.send({"kind": "note", "text": "hello"})
    with os.fdopen(os.dup(reading), "rb") as stream:
        assert next(wire.records(stream)) == {"kind": "note", "text": "hello"}
    assert channel.in_original_process


@pytest.mark.parametrize("record", [{"text": "x" * 2_000}, {"array": np.zeros(60_000)}, {"thing": object()}])
def test_nothing_of_a_record_that_is_too_large_is_sent(pipe: tuple[Channel, int], record: object) -> None:
    channel, reading = pipe
    with pytest.raises(EvidenceError):
        channel.send(record)  # type: ignore[arg-type]
    os.set_blocking(reading, False)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)


def test_small_records_still_go_when_large_ones_have_filled_the_stream(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("out") / "frames"
    channel = Channel(os.open(path, os.O_WRONLY | os.O_CREAT), limits=LIMITS)
    channel.send({"array": np.zeros(300_000, np.uint8)})
    with pytest.raises(EvidenceError, match="together"):
        channel.send({"array": np.zeros(300_000, np.uint8)})
    channel.send({"kind": "end", "seconds": {}})
    with path.open("rb") as stream:
        assert [sorted(record) for record in wire.records(stream)] == [["array"], ["kind", "seconds"]]
