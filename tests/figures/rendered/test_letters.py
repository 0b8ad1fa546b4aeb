"""Words in pixels: right ones are read, in any size and place; other things never as what might be meant."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from autograder.figures.rendered.letters import MOST_FAILURES, Reader

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
WORDS = (
    *NAMES,
    "predicted 3, true 5",
    "actual: dog",
    "val_loss",
    "training accuracy",
    "Loss",
    "7",
    "filter 3",
)


def drawn(
    text: str, size: float = 10, dpi: int = 100, at: tuple[float, float] = (0.02, 0.3), **look: Any
) -> Any:
    """How much ink each pixel has of a line that matplotlib drew, (h, w)."""
    figure = Figure(figsize=(0.012 * size * len(text) + 1, 0.6), dpi=dpi)
    canvas = FigureCanvasAgg(figure)
    figure.text(*at, text, fontsize=size, **look)
    canvas.draw()
    return 1 - np.asarray(canvas.buffer_rgba())[..., 0] / 255.0


@cache
def reader() -> Reader:
    return Reader()


def plain(text: str) -> str:
    """A text in small letters, those that look alike as one."""
    return text.casefold().replace("i", "l").replace("|", "l")


@pytest.mark.parametrize("text", WORDS)
def test_words_are_read(text: str) -> None:
    found = reader().read(drawn(text))
    assert found is not None
    assert plain(found.text) == plain(text)
    assert abs(found.size / (10 * 100 / 72) - 1) < 0.12


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.sampled_from([9, 10, 12]),
    st.sampled_from([72, 100, 150]),
    st.tuples(st.floats(0.01, 0.03), st.floats(0.3, 0.35)),
)
def test_what_is_read_is_what_stands_there(
    first: str, second: str, size: int, dpi: int, at: tuple[float, float]
) -> None:
    found = Reader().read(drawn(f"{first} {second}", size, dpi, at))
    assert found is None or plain(found.text) == plain(f"{first} {second}")


@pytest.mark.parametrize(
    "look", [{"family": "DejaVu Serif"}, {"family": "DejaVu Sans Mono"}, {"style": "italic"}]
)
def test_other_fonts_are_not_taken_for_other_words(look: dict[str, Any]) -> None:
    for text in ("cat", "val_loss", "predicted 3, true 5"):
        found = Reader().read(drawn(text, **look))
        assert found is None or plain(found.text) == plain(text)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 20), st.integers(20, 120), st.floats(0.05, 0.6))
def test_specks_are_no_words(seed: int, high: int, wide: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    found = Reader().read((rng.random((high, wide)) < share) * rng.random((high, wide)))
    assert found is None


def test_a_word_that_something_touches_is_not_read() -> None:
    cover = drawn("val_loss")
    rows = np.flatnonzero(cover.any(axis=1))
    cover[(rows[0] + rows[-1]) // 2] = 1.0
    assert Reader().read(cover) is None


def test_noise_ends_the_search() -> None:
    """A picture full of lines that nothing explains costs no more than `MOST_FAILURES` of them."""
    rng, hostile = np.random.default_rng(0), Reader()
    assert hostile.read(drawn("val_loss")) is not None
    for _ in range(MOST_FAILURES):
        assert hostile.read(rng.random((14, 300))) is None
    assert hostile.read(drawn("val_loss")) is None


def test_nothing_is_nothing() -> None:
    assert Reader().read(np.zeros((20, 50))) is None
