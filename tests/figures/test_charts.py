"""Small charts: what stands in them, told apart without colour, whatever the numbers are."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.figures import charts
from autograder.figures.charts import Chart, Line, Steps, bars, matrix, sheet, written
from autograder.figures.draw import WIDTH

TEN = np.arange(10.0)
NAMES = tuple(f"class {place}" for place in range(30))


def gray(png: bytes) -> Any:
    """Brightness, as people see it who see no colours."""
    return np.asarray(PIL.Image.open(io.BytesIO(png)).convert("L")).astype(int)


@pytest.mark.parametrize("count", range(6))
def test_charts_fill_the_width_and_are_no_taller_than_needed(count: int) -> None:
    height, width = gray(sheet([Chart("a", [Line(TEN, TEN)])] * count)).shape
    assert width == WIDTH
    assert 0 < height <= 900


def test_two_lines_differ_in_more_than_colour() -> None:
    above, below = Line(TEN, np.full(10, 2.0)), Line(TEN, np.full(10, 1.0))
    dark = gray(sheet([Chart("", [above, below])]))[:, 80:-30] < 180
    solid, dashed = (half.mean(axis=1).max() for half in np.array_split(dark, 2))
    assert solid > 0.95
    assert 0.3 < dashed < 0.9


def test_what_is_wrong_is_marked_in_brightness_too() -> None:
    right, wrong = (gray(sheet([Chart("loss", [Line(TEN, TEN)], wrong=wrong)])) for wrong in (False, True))
    assert (right != wrong)[:40].any()
    plain, crossed = (gray(bars(TEN[:3], NAMES, wrong=wrong)) for wrong in ((), (1,)))
    assert (plain != crossed)[:, 300:].any()
    plain, hatched = (gray(bars(TEN[:3], NAMES, hatched=places)) for places in ((), (2,)))
    assert (hatched > plain).any()


def test_nothing_to_draw_leaves_the_words() -> None:
    drawn = gray(sheet([Chart("validation loss", note="not drawn", wrong=True)]))
    assert (drawn[:70] < 128).any()
    assert (drawn[80:] == 255).all()


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.5, False, "0.5"),
        (0.123456, False, "0.123"),
        (12345.0, False, "12345"),
        (-2.0, False, "−2"),
        (2.0, True, "+2"),
        (0.0, True, "0"),
        (np.nan, False, "not finite"),
    ],
)
def test_numbers_are_short(value: float, signed: bool, text: str) -> None:
    assert written(value, signed) == text


VALUES = arrays.arrays(np.float64, st.integers(0, 40), elements=st.floats(width=64))
DRAWN: dict[str, Callable[[Any], bytes]] = {
    "line": lambda values: sheet([Chart("t", [Line(values, values[::-1], "l")])]),
    "log": lambda values: sheet([Chart("t", [Line(TEN[:0], TEN[:0]), Line(values, values)], log=True)]),
    "steps": lambda values: sheet([Chart("t", [Steps(np.arange(len(values) + 1.0), values, "s")] * 20)]),
    "bars": lambda values: bars(values, [""] * len(values), signed=True, hatched=range(len(values))),
    "matrix": lambda values: matrix(np.resize(values, (len(values),) * 2), [""] * len(values)),
}


@pytest.mark.parametrize("kind", DRAWN)
@settings(max_examples=15)
@given(values=VALUES)
def test_any_numbers_can_be_drawn(kind: str, values: Any) -> None:
    assert gray(DRAWN[kind](values)).shape[1] <= WIDTH + 10


def test_the_same_numbers_give_the_same_bytes() -> None:
    chart = Chart("loss", [Line(TEN, TEN**2, "a"), Line(TEN, TEN, "b")])
    assert sheet([chart]) == sheet([chart])
    assert matrix(np.eye(4), NAMES) == matrix(np.eye(4), NAMES)


def test_only_so_much_is_drawn() -> None:
    many = Line(np.arange(1e6), np.arange(1e6))
    assert len(sheet([Chart("t", [many] * 300)] * 300)) < 200_000
    assert gray(bars(np.arange(1e4), ["n"] * 10_000)).shape[0] < 900
    assert gray(matrix(np.zeros((500, 500)), ["n"] * 500)).shape[0] <= WIDTH + 40
    assert charts.MOST_CHARTS == 4
