"""Every figure's verdict shows submitted, expected and difference, and says it in words and numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.evidence import Axes, Axis, Bars, Histogram, Image, Line
from autograder.result import Verdict
from tests import fakes
from tests.checks import test_number_figures as numbers
from tests.checks.test_number_figures import FRAME, HISTORY, KINDS, RIGHT, WRONG_ONES, history, judged

THREE = ["submitted", "expected", "difference"]


def judged_as(kind: str, axes: Axes) -> Verdict:
    return judged(RIGHT[kind][0], [axes], history=history(HISTORY))


def words(found: Verdict) -> dict[str, str]:
    return {picture.role: picture.alt for picture in found.pictures}


@pytest.mark.parametrize("kind", KINDS)
def test_right_figures_and_wrong_ones_have_all_three(kind: str) -> None:
    right, wrong = judged_as(kind, RIGHT[kind][1]), judged_as(kind, WRONG_ONES[kind][0])
    assert (right.status, wrong.status) == ("passed", "failed")
    for found in (right, wrong):
        assert [picture.role for picture in found.pictures] == THREE
    alike = {picture.role: picture.png for picture in right.pictures}
    assert {picture.role: picture.png for picture in wrong.pictures}["difference"] != alike["difference"]


def test_curves_are_told_in_numbers() -> None:
    told = words(judged_as("curves", RIGHT["curves"][1]))
    assert "loss: 4 values, the first 1.5, the last 0.2" in told["submitted"]
    assert "validation loss: 4 values, the first 1.6, the last 0.8" in told["expected"]
    assert told["difference"].count("the same values") == 2
    exchanged = words(judged_as("curves", WRONG_ONES["curves"][0]))["difference"]
    assert "training loss: off by up to 0.6" in exchanged


def test_a_series_that_is_not_drawn_is_called_so() -> None:
    only = words(judged_as("curves", numbers.lines({"loss": HISTORY["loss"]})))["difference"]
    assert "training loss: the same values" in only
    assert "validation loss: not drawn" in only


def test_a_curve_in_per_cent_differs_in_nothing() -> None:
    series = {"accuracy": [0.5, 0.7, 0.8]}
    config = {"curves": "history", "series": ["accuracy"]}
    drawn = numbers.lines({"accuracy": [50.0, 70.0, 80.0]})
    found = judged(config, [drawn], history=history(series))
    assert found.status == "passed"
    assert "the same values" in words(found)["difference"]


def test_bars_are_told_with_the_names_of_their_classes() -> None:
    scores = numbers.SCORES[3]
    told = words(judged_as("bars", RIGHT["bars"][1]))
    for name, score in zip(fakes.FakeOracle.class_names, scores, strict=True):
        assert f"{name} {score:.3g}" in told["expected"]
    assert f"true class, {fakes.FakeOracle.class_names[fakes.LABELS[3]]}, is hatched" in told["expected"]
    assert "cross" not in told["difference"]
    assert "Marked as wrong with a cross:" in words(judged_as("bars", WRONG_ONES["bars"][0]))["difference"]


def test_bars_in_another_order_are_set_against_their_own_classes() -> None:
    ticks = tuple((float(place), name) for place, name in enumerate(("frog", "dog", "cat")))
    scores = numbers.SCORES[3]
    drawn = Axes(FRAME, bars=numbers.bars(scores[::-1]).bars, x=Axis(ticks=ticks))
    found = judged_as("bars", drawn)
    assert found.status == "passed"
    assert f"cat {scores[0]:.3g}" in words(found)["submitted"]
    assert "cross" not in words(found)["difference"]


def test_histograms_are_told_by_group() -> None:
    size = int((fakes.LABELS == 1).sum())
    told = words(judged_as("histogram", RIGHT["histogram"][1]))
    assert f"class dog: 10 bins from 0 to 1, {size} in all" in told["expected"]
    assert told["difference"].count("the same values") == 2
    split = words(judged_as("histogram", WRONG_ONES["histogram"][0]))["difference"]
    assert "off by up to" in split


def test_cells_that_differ_are_named() -> None:
    told = words(judged_as("confusion", RIGHT["confusion"][1]))
    assert "No cell differs" in told["difference"]
    moved = numbers.COUNTS.copy()
    moved[0, 1] += 7
    told = words(judged_as("confusion", numbers.matrix(moved)))
    assert "1 differing cell, the largest first: cat taken for dog +7" in told["difference"]


def test_an_image_that_is_no_error_stands_beside_one_that_is() -> None:
    found = judged_as("misclassified", WRONG_ONES["misclassified"][0])
    assert "1: 1.00 (correct)" in words(found)["difference"]
    first = int(numbers.WRONG[0])
    truth, guess = (
        fakes.FakeOracle.class_names[int(one[first])] for one in (fakes.LABELS, numbers.SCORES.argmax(axis=1))
    )
    assert f"image {first} {truth} → {guess}" in words(found)["expected"]


FLOATS = st.floats(width=64, allow_nan=True, allow_infinity=True)
SOME = arrays.arrays(np.float64, st.integers(1, 12), elements=FLOATS)
TEXT = st.text(max_size=12)


@settings(max_examples=40)
@given(SOME, TEXT, st.sampled_from(["linear", "log"]))
def test_whatever_is_drawn_gets_its_pictures(values: Any, text: str, scale: str) -> None:
    places = np.arange(len(values), dtype=float)
    count = np.concatenate([places, [len(values)]])
    axes = {
        "curves": Axes(FRAME, lines=(Line(values[::-1], values, text), Line(places, values)), title=text),
        "bars": Axes(FRAME, bars=(Bars(places, values, 0 * places, colors=("",) * len(values)),)),
        "histogram": Axes(
            FRAME, histograms=(Histogram(values, count, values, "", text),), y=Axis(scale=scale), title=text
        ),
        "confusion": numbers.matrix(np.resize(values, (3, 3))),
        "misclassified": Axes(FRAME, images=(Image(np.resize(values, (4, 4, 3)), "imshow"),), title=text),
    }
    for kind, drawn in axes.items():
        found = judged_as(kind, drawn)
        assert found.status != "error"
        assert all(len(picture.png) < 300_000 for picture in found.pictures)
