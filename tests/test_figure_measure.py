"""Figure records of any size take bounded memory and come to an end in every check."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import numpy as np
import pytest

from autograder import measure, wire
from tests.records import axes, axis, bars, figure, histogram, image, line, words
from tests.test_hostile_figures import KINDS, Form, collected, judged


def empty(**parts: Any) -> Form:
    """An Axes of a record that holds nothing but some parts."""
    nothing: Form = {
        name: [] for name in ("images", "lines", "bars", "histograms", "words", "texts", "others")
    }
    return axes(**{**nothing, "legend": [], "title": "", **parts})


def curve(count: int) -> Form:
    return line(x=np.zeros(count), y=np.zeros(count))


def chart(count: int) -> Form:
    return bars(
        positions=np.zeros(count), lengths=np.zeros(count), starts=np.zeros(count), colors=[""] * count
    )


def binned(count: int) -> Form:
    return histogram(edges=np.arange(count + 1.0), counts=np.zeros(count))


SIDE = int(measure.MOST_PIXELS**0.5)
PIXELS = np.zeros((SIDE, SIDE), np.uint8)

LARGEST = {
    "Axes": [empty() for _ in range(measure.MOST["Axes"])],
    "images": [empty(images=[image(np.zeros((1, 1), np.uint8))] * measure.MOST["artists"])],
    "pixels": [empty(images=[image(PIXELS)]) for _ in range(3)],
    "lines": [empty(lines=[curve(1)] * measure.MOST["artists"])],
    "points": [empty(lines=[curve(measure.MOST["numbers"] // 4)]) for _ in range(2)],
    "bars": [empty(bars=[chart(measure.MOST["bars"] // 2)] * 2)],
    "bins": [empty(histograms=[binned(measure.MOST["bars"] // 2)] * 2)],
}
TOO_MUCH = {
    "Axes": [*LARGEST["Axes"], empty()],
    "images": [*LARGEST["images"], empty(images=[image()])],
    "pixels": [*LARGEST["pixels"], empty(images=[image()])],
    "one image": [empty(images=[image(np.zeros((1, measure.MOST_PIXELS + 1), np.uint8))])],
    "lines": [*LARGEST["lines"], empty(lines=[curve(1)])],
    "points": [*LARGEST["points"], empty(lines=[curve(1)])],
    "bars": [*LARGEST["bars"], empty(bars=[chart(1)])],
    "bins": [*LARGEST["bins"], empty(histograms=[binned(1)])],
    "bars and bins": [*LARGEST["bars"], empty(histograms=[binned(1)])],
}


@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_figure_is_taken(kind: str) -> None:
    found = collected(wire.pack(figure(axes=LARGEST[kind])))
    assert (len(found.loose_figures), found.notes) == (1, [])


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_a_larger_one_is_not(kind: str) -> None:
    found = collected(wire.pack(figure(axes=TOO_MUCH[kind])))
    assert (found.loose_figures, len(found.notes)) == ([], 1)


HUGE = {
    "a title": figure(suptitle="9" * 3_000_000),
    "texts": figure(axes=[empty(texts=["\x1b]" * 500] * 900)]),
    "escapes": figure(axes=[empty(texts=["\x1b[" * 100_000])]),
    "empty lists": figure(axes=[empty(texts=[[]] * 300_000)]),
    "empty Axes": figure(axes=[{}] * 300_000),
    "numbers": figure(size=[10**4_000] * 900),
    "ticks": figure(axes=[empty(x=axis(ticks=[[0, ""]] * 100_000))]),
    "empty arrays": figure(axes=[empty(images=[image(np.zeros((0, 2)))] * 20_000)]),
}


@pytest.mark.parametrize("kind", HUGE)
def test_huge_records_take_bounded_memory(kind: str) -> None:
    frame = wire.pack(HUGE[kind])
    tracemalloc.start()
    try:
        found = collected(frame)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.loose_figures) + len(found.notes) == 1
    assert most < 300_000_000


@pytest.mark.parametrize(
    "shape",
    [[2**62], [0, 2**62], [2**31, 2**31, 2**31], [1] * 17, [0] * 16, [-1], [1.0], [True], "2", [10**30]],
)
def test_arrays_of_impossible_shapes(shape: Any) -> None:
    text = json.dumps({"kind": "figure", "x": {"$array": {"dtype": "<f8", "shape": shape, "offset": 0}}})
    frame = wire.HEADER.pack(wire.MAGIC, len(text), 0) + text.encode()
    found = collected(frame)
    assert (found.loose_figures, len(found.notes)) == ([], 1)


MANY_TILES = np.random.default_rng(0).integers(0, 255, (40, 90, 90)).astype(np.uint8)
CROWDED = {
    "sheets of tiles": [empty(images=[image(sheet)]) for sheet in MANY_TILES],
    "one long image": [empty(images=[image(MANY_TILES.reshape(1, -1))])],
    "bars beside bars": [empty(bars=[chart(10) | {"positions": np.arange(10.0)}] * 300)],
    "words": [empty(images=[image()], words=[words()] * 3_000, texts=["("] * 3_000)],
    "curves": [empty(lines=[curve(400)] * 600)],
}


@pytest.mark.parametrize("crowd", CROWDED)
def test_crowded_figures_come_to_an_end(crowd: str) -> None:
    (held,) = collected(wire.pack(figure(axes=CROWDED[crowd]))).loose_figures
    for kind in KINDS:
        assert judged(kind, held).status in ("failed", "needs_person")
