"""Bars of the right scores pass in any style; every mistake is named for what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.evidence import Axes, Bars, Figure
from autograder.figures import bars
from autograder.figures.bars import Scores
from autograder.figures.outcome import Outcome
from tests.figures import numbers
from tests.figures.drawing import recorded

SCORES, LABELS = numbers.probabilities(), numbers.labels()
# The image that the network is least sure of, so that every mistake shows.
IMAGE = int(SCORES.max(axis=1).argmin())
P, TRUE = SCORES[IMAGE], int(LABELS[IMAGE])
TOP = int(P.argmax())
TEN = np.arange(10)


def wanted(names: Sequence[str] = numbers.DIGITS, **changes: Any) -> Scores:
    others = {"`other`": numbers.probabilities(9)[IMAGE]}
    given = {"expected": P, "title": "test image 7", "names": names, "label": TRUE, "others": SCORES}
    return Scores(**{**given, "networks": others.items, **changes})


def drawn(draw: Callable[[], object], **changes: Any) -> Outcome:
    return bars.judge(recorded(draw), wanted(**changes))


@st.composite
def styles(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "horizontal": draw(st.booleans()),
        "names": draw(st.sampled_from([numbers.DIGITS, numbers.NAMES])),
        "order": draw(st.permutations(range(10))),
        "ticks": draw(st.sampled_from(["names", "numbers", "default", "strings"])),
        "percent": draw(st.booleans()),
        "decimals": draw(st.sampled_from([None, 2, 3])),
        "single": draw(st.booleans()),
        "colors": draw(st.sampled_from([("tab:red", "tab:blue"), ("k", "0.8"), ("#00ff00", "gold")])),
        "inverted": draw(st.booleans()),
        "beside": draw(st.booleans()),
        "log": draw(st.booleans()),
    }


def draw_in(style: Mapping[str, Any]) -> None:
    order = list(style["order"]) if style["ticks"] in ("names", "strings") else list(range(10))
    values = P if style["decimals"] is None else np.round(P, style["decimals"])
    values = values * 100 if style["percent"] else values
    labels = [style["names"][member] for member in order]
    colors = [style["colors"][0 if member == TRUE else 1] for member in order]
    panel = plt.subplots(1, 2)[1][1] if style["beside"] else plt.figure().add_subplot()
    if style["beside"]:
        panel.figure.axes[0].imshow(np.eye(28), cmap="gray")
    call = panel.barh if style["horizontal"] else panel.bar
    places: Any = labels if style["ticks"] == "strings" else range(10)
    if style["single"]:
        for place, member, color in zip(places, order, colors, strict=True):
            call(place, values[member], color=color)
    else:
        call(places, values[order], color=colors)
    set_ticks = panel.set_yticks if style["horizontal"] else panel.set_xticks
    if style["ticks"] == "names":
        set_ticks(range(10), labels)
    elif style["ticks"] == "numbers":
        set_ticks(range(10))
    if style["log"]:
        (panel.set_xscale if style["horizontal"] else panel.set_yscale)("log")
    if style["inverted"]:
        panel.invert_yaxis()


@settings(max_examples=25, deadline=None)
@given(styles())
def test_the_right_scores_pass_in_any_style(style: Mapping[str, Any]) -> None:
    found = drawn(lambda: draw_in(style), names=style["names"], highlight=True)
    assert found.right, (style, found)


def bar(values: Any, **options: Any) -> Callable[[], None]:
    return lambda: plt.bar(TEN, values, **options) and None


def with_ticks(values: Any, labels: Sequence[str]) -> Callable[[], None]:
    def draw() -> None:
        plt.bar(TEN, values)
        plt.xticks(TEN, labels)

    return draw


LOGITS = np.log(P) + 3.5


@pytest.mark.parametrize(
    ("mistake", "draw"),
    {
        "other_image": bar(SCORES[4]),
        "other_checkpoint": bar(numbers.probabilities(9)[IMAGE]),
        "logits": bar(LOGITS),
        "log_probabilities": bar(np.log(P)),
        "sorted": bar(np.sort(P)),
        "unsorted": bar(P[[1, 0, 3, 2, 5, 4, 7, 6, 9, 8]]),
        "shifted_labels": with_ticks(P, [str((digit + 1) % 10) for digit in TEN]),
        "sigmoids": bar(1 / (1 + np.exp(-LOGITS))),
        "complement": bar(1 - P),
        "cumulative": bar(np.cumsum(P)),
        "mean_scores": bar(SCORES.mean(axis=0)),
        "class_counts": bar(np.bincount(SCORES.argmax(axis=1), minlength=10) * 10),
        "untrained": bar(np.linspace(0.08, 0.12, 10)),
        "one_hot": bar(np.eye(10)[TRUE]),
        "rounded": lambda: bar(np.eye(10)[TOP])(),
        "softmax_twice": bar(np.exp(P) / np.exp(P).sum()),
        "scaled": bar(P / P.max()),
        "wrong_number": lambda: plt.bar(range(5), P[:5]),
        "other_values": bar(np.linspace(0, 0.2, 10)),
        "not_finite": bar(np.where(TEN == 3, np.nan, P)),
    }.items(),
)
def test_mistakes_are_named(mistake: str, draw: Callable[[], None]) -> None:
    found = drawn(draw, label=(TOP + 1) % 10 if mistake in ("rounded", "one_hot") else TRUE)
    if mistake == "one_hot":
        found = drawn(bar(np.eye(10)[(TOP + 1) % 10]), label=(TOP + 1) % 10)
    assert (found.mistake, found.right, found.share) == (mistake, False, 0)
    assert found.message.endswith(".")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["logits", "log_probabilities", "shifted_labels", "one_hot"]))
def test_mistakes_are_named_for_any_scores(seed: int, mistake: str) -> None:
    scores = np.random.default_rng(seed).dirichlet(np.full(10, 0.7)).astype(np.float32) + np.float32(1e-6)
    shown = {
        "logits": np.log(scores) + 2.5,
        "log_probabilities": np.log(scores),
        "shifted_labels": np.roll(scores, 1),
        "one_hot": np.eye(10)[(int(scores.argmax()) + 1) % 10],
    }[mistake]
    chart = Bars(TEN.astype(float), shown.astype(float), np.zeros(10), False, ("#000000",) * 10)
    figure = Figure(0, (Axes((0, 0, 1, 1), bars=(chart,)),))
    expected = wanted(expected=scores, label=(int(scores.argmax()) + 1) % 10, networks=list)
    if mistake == "shifted_labels" and scores.max() > 0.95:
        return  # Then the other classes are all but equal, and many explanations fit.
    assert bars.judge([figure], expected).mistake == mistake


@settings(max_examples=30, deadline=None)
@given(styles(), st.integers(0, 399))
def test_another_image_is_refused_in_any_style(style: Mapping[str, Any], image: int) -> None:
    if np.abs(SCORES[image] - P).max() < 0.02:
        return  # No margin.
    figures = recorded(lambda: draw_in(style))
    found = bars.judge(figures, wanted(style["names"], expected=SCORES[image], label=int(LABELS[image])))
    assert found.share == 0
    assert found.mistake == "other_image"


class TestExplanations:
    def test_an_image_beside_the_one_that_is_asked_for_is_named(self) -> None:
        beside = np.roll(P, 3) * 0.9 + 0.01
        neighbours = {"training image 8": beside}
        found = drawn(bar(beside), neighbours=neighbours.items)
        assert found.mistake == "other_image"
        assert "training image 8" in found.message

    def test_the_image_without_its_preprocessing(self) -> None:
        raw = np.roll(P, 3) * 0.9 + 0.01
        found = drawn(bar(raw), inputs={"with the mean image added back": raw}.items)
        assert found.mistake == "unprocessed_input"
        assert "with the mean image added back" in found.message

    def test_scores_that_several_images_and_another_network_have(self) -> None:
        sure = np.full(10, 1e-6)
        sure[4] = 1 - 9e-6
        found = drawn(bar(sure), networks={"first": sure}.items, others=np.array([P, sure]))
        assert found.mistake == "other_checkpoint"
        assert "test image 1 has the same scores" in found.message


def test_bars_that_hist_or_stairs_draw() -> None:
    assert drawn(lambda: plt.hist(TEN, bins=np.arange(11) - 0.5, weights=P)).right
    assert drawn(lambda: plt.stairs(P, np.arange(11) - 0.5, fill=True)).right
    assert not drawn(lambda: plt.hist(P, bins=10)).right


def test_digits_in_words_name_classes() -> None:
    words = ["Zero", "one", "two", "drei", "four", "five", "six", "seven", "eight", "nine"]
    order = np.argsort(P)
    assert drawn(with_ticks(P[order], [words[member] for member in order])).right
    assert drawn(with_ticks(P, words[::-1])).mistake == "shifted_labels"


def test_a_shift_by_one_of_the_places() -> None:
    found = drawn(lambda: plt.bar(TEN + 1, P) and plt.xticks(TEN + 1))
    assert found.mistake == "shifted_labels"


def test_scores_of_a_sure_network_are_told_from_a_label_by_a_person() -> None:
    sure = np.full(10, 1e-7, np.float32)
    sure[3] = 1 - sure.sum()
    found = drawn(bar(np.eye(10)[3]), expected=sure, label=3)
    assert (found.mistake, found.sure) == ("one_hot", False)
    assert drawn(bar(sure), expected=sure, label=3).right


class TestHighlight:
    def test_none(self) -> None:
        found = drawn(bar(P), highlight=True)
        assert (found.share, found.mistake) == (0.5, "no_highlight")

    def test_every_bar_in_a_colour_of_its_own_is_none(self) -> None:
        found = drawn(bar(P, color=plt.get_cmap("tab10")(TEN)), highlight=True)
        assert found.mistake == "no_highlight"

    def test_the_predicted_class_in_place_of_the_true_one(self) -> None:
        other = (TOP + 1) % 10
        colors = ["red" if digit == TOP else "blue" for digit in TEN]
        assert drawn(bar(P, color=colors), highlight=True, label=other).mistake == "highlight_predicted"

    def test_both_classes_may_have_their_own(self) -> None:
        other = (TOP + 1) % 10
        colors = ["red" if digit == TOP else "green" if digit == other else "blue" for digit in TEN]
        assert drawn(bar(P, color=colors), highlight=True, label=other).right

    def test_a_bar_painted_over(self) -> None:
        assert drawn(lambda: (plt.bar(TEN, P), plt.bar(TRUE, P[TRUE], color="red")), highlight=True).right

    def test_of_an_image_whose_class_is_not_known_any(self) -> None:
        colors = ["red" if digit == 2 else "blue" for digit in TEN]
        assert drawn(bar(P, color=colors), highlight=True, label=None).right


def test_an_image_that_the_network_is_sure_of_is_not_ambiguous() -> None:
    assert drawn(bar(P), unsure=0.99).right
    found = drawn(bar(P), unsure=float(P.max()) - 0.01)
    assert (found.share, found.mistake) == (0.5, "not_ambiguous")


def test_another_chart_in_the_figure_does_not_disturb() -> None:
    def draw() -> None:
        left, right = plt.subplots(1, 2)[1]
        left.bar(TEN, SCORES[4])
        right.bar(TEN, P)

    assert drawn(draw).right


def test_names_that_are_not_known_say_nothing() -> None:
    assert drawn(with_ticks(P, list("abcdefghij")), names=numbers.NAMES).right


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=12), st.booleans())
def test_whatever_is_drawn_is_judged(values: list[float], horizontal: bool) -> None:
    count = len(values)
    chart = Bars(np.zeros(count), np.array(values, float), np.zeros(count), horizontal, ("",) * count)
    spread = Bars(
        np.arange(count, dtype=float), np.array(values, float), np.zeros(count), horizontal, ("",) * count
    )
    for one in (chart, spread):
        found = bars.judge([Figure(0, (Axes((0, 0, 1, 1), bars=(one, one)),))], wanted())
        assert not found.right
