"""Histograms of the right groups pass in any style; every mistake is named for what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.evidence import Axes, Bars, Figure, Histogram
from autograder.figures import histograms
from autograder.figures.histograms import Asked
from autograder.figures.outcome import Outcome
from tests.figures import numbers
from tests.figures.drawing import recorded

SCORES, LABELS = numbers.probabilities(sharpness=4), numbers.labels()
ZERO = LABELS == 0
COLUMN = SCORES[:, 0]
OWN, REST = COLUMN[ZERO], COLUMN[~ZERO]


def wanted(**changes: Any) -> Asked:
    given = {"probabilities": SCORES, "labels": LABELS, "chosen": 0, "names": numbers.DIGITS}
    return Asked(**{**given, "bins": None, "log": False, **changes})


def drawn(draw: Callable[[], object], **changes: Any) -> Outcome:
    return histograms.judge(recorded(draw), wanted(**changes))


WORDS = [
    ("zeros", "others"),
    ("true 0", "not 0"),
    ("Nullen", "andere"),
    ("digit 0", "digits 1 to 9"),
    ("a", "b"),
]


@st.composite
def styles(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "call": draw(st.sampled_from(["two", "list", "subplots", "figures", "bar", "stairs"])),
        "bins": draw(st.sampled_from([5, 10, 30])),
        "edges": draw(st.booleans()),
        "log": draw(st.booleans()),
        "density": draw(st.booleans()),
        "percent": draw(st.booleans()),
        "lying": draw(st.booleans()),
        "type": draw(st.sampled_from(["bar", "step", "stepfilled"])),
        "words": draw(st.sampled_from(WORDS)),
        "swap": draw(st.booleans()),
        "legend": draw(st.booleans()),
    }


def draw_in(style: Mapping[str, Any]) -> None:
    factor = 100 if style["percent"] else 1
    groups = [(OWN * factor, style["words"][0], "red"), (REST * factor, style["words"][1], "blue")]
    groups = groups[::-1] if style["swap"] else groups
    bins: Any = np.linspace(0, factor, style["bins"] + 1) if style["edges"] else style["bins"]
    options: dict[str, Any] = {"bins": bins, "log": style["log"], "density": style["density"]}
    options |= {"histtype": style["type"], "orientation": "horizontal" if style["lying"] else "vertical"}
    call = style["call"]
    if call == "list":
        values, words, colors = zip(*groups, strict=True)
        plt.hist(list(values), label=words, color=colors, **options)
    panels = plt.subplots(1, 2)[1] if call == "subplots" else [None, None]
    for (values, word, color), panel in zip(groups, panels, strict=True):
        if call in ("two", "subplots"):
            (panel or plt.gca()).hist(values, label=word, color=color, alpha=0.5, **options)
            if panel is not None:
                panel.set_title(word)
        elif call == "figures":
            plt.figure()
            plt.title(word)
            plt.hist(values, **options)
        elif call in ("bar", "stairs"):
            counts, edges = np.histogram(values, bins, density=style["density"])
            if call == "bar":
                plt.bar(edges[:-1], counts, np.diff(edges), align="edge", color=color, label=word, alpha=0.5)
            else:
                plt.stairs(counts, edges, color=color, label=word)
    if style["legend"] and call in ("two", "list"):
        plt.legend()


@settings(max_examples=25, deadline=None)
@given(styles())
def test_the_right_groups_pass_in_any_style(style: Mapping[str, Any]) -> None:
    found = drawn(lambda: draw_in(style))
    assert found.right, (style, found)


def two(
    own: Any, rest: Any, words: tuple[str, str] = ("zeros", "others"), **options: Any
) -> Callable[[], None]:
    def draw() -> None:
        for values, word in zip((own, rest), words, strict=True):
            plt.hist(values, **{"bins": 10, "label": word, **options})

    return draw


PREDICTED = SCORES.argmax(axis=1)
OTHER = numbers.probabilities(9, sharpness=4)
OF_TRUTH = SCORES[np.arange(len(LABELS)), LABELS]


@pytest.mark.parametrize(
    ("mistake", "draw"),
    {
        "swapped_groups": two(REST, OWN),
        "predicted_class": two(COLUMN[PREDICTED == 0], COLUMN[PREDICTED != 0]),
        "wrong_class": two(SCORES[LABELS == 3, 3], SCORES[LABELS != 3, 3]),
        "not_split": lambda: plt.hist(COLUMN),
        "missing_group": lambda: plt.hist(OWN),
        "top_probability": two(SCORES.max(axis=1)[ZERO], SCORES.max(axis=1)[~ZERO]),
        "complement": two(1 - OWN, 1 - REST),
        "correctness": two(COLUMN[PREDICTED == LABELS], COLUMN[PREDICTED != LABELS]),
        "true_probability": two(OF_TRUTH[ZERO], OF_TRUTH[~ZERO]),
        "all_scores": two(SCORES[ZERO].ravel(), SCORES[~ZERO].ravel()),
        "one_hot": two(1.0 * (PREDICTED[ZERO] == 0), 1.0 * (PREDICTED[~ZERO] == 0)),
        "logits": two(np.log(OWN) + 5, np.log(REST) + 5),
        "untrained": two(0.1 + 0.01 * OWN, 0.1 + 0.01 * REST),
        "misaligned": two(COLUMN[np.roll(ZERO, 1)], COLUMN[~np.roll(ZERO, 1)]),
        "log_probabilities": two(np.log(OWN), np.log(REST)),
        "classes_drawn": two(PREDICTED[ZERO], PREDICTED[~ZERO]),
        "other_checkpoint": two(OTHER[ZERO, 0], OTHER[~ZERO, 0]),
        "other_values": two(np.linspace(0, 1, len(OWN)), np.linspace(0, 1, len(REST))),
        "other_images": two(OWN[::2], REST[::2]),
    }.items(),
)
def test_mistakes_are_named(mistake: str, draw: Callable[[], object]) -> None:
    found = drawn(draw, networks={"other": OTHER}.items)
    assert (found.mistake, found.right, found.share) == (mistake, False, 0)
    assert found.message.endswith(".")


@pytest.mark.parametrize("mistake", ["predicted_class", "wrong_class", "swapped_groups"])
def test_mistakes_are_named_where_only_counts_are_known(mistake: str) -> None:
    groups = {
        "predicted_class": (COLUMN[PREDICTED == 0], COLUMN[PREDICTED != 0]),
        "wrong_class": (SCORES[LABELS == 3, 3], SCORES[LABELS != 3, 3]),
        "swapped_groups": (REST, OWN),
    }[mistake]

    def draw() -> None:
        for values, word in zip(groups, ("zeros", "others"), strict=True):
            plt.stairs(*np.histogram(values, np.linspace(0, 1, 21)), label=word)

    assert drawn(draw).mistake == mistake


@settings(max_examples=25, deadline=None)
@given(
    st.integers(20, 10**6),
    st.integers(0, 9),
    st.sampled_from(["swapped_groups", "predicted_class", "wrong_class", "not_split", "missing_group"]),
)
def test_mistakes_are_named_for_any_network(seed: int, chosen: int, mistake: str) -> None:
    scores = numbers.probabilities(seed)
    inside, column, guessed = chosen == LABELS, scores[:, chosen], scores.argmax(axis=1) == chosen
    other = (chosen + 3) % 10
    groups = {
        "swapped_groups": [column[~inside], column[inside]],
        "predicted_class": [column[guessed], column[~guessed]],
        "wrong_class": [scores[other == LABELS, other], scores[other != LABELS, other]],
        "not_split": [column],
        "missing_group": [column[inside]],
    }[mistake]
    drawn_groups = tuple(
        Histogram(values.astype(float), np.linspace(0, 1, 11), np.histogram(values, 10, (0, 1))[0], "", word)
        for values, word in zip(groups, (f"true {chosen}", "others"), strict=False)
    )
    figure = Figure(0, (Axes((0, 0, 1, 1), histograms=drawn_groups),))
    assert histograms.judge([figure], wanted(probabilities=scores, chosen=chosen)).mistake == mistake


@settings(max_examples=25, deadline=None)
@given(styles(), st.integers(20, 10**6))
def test_another_network_is_refused_in_any_style(style: Mapping[str, Any], seed: int) -> None:
    figures = recorded(lambda: draw_in(style))
    found = histograms.judge(figures, wanted(probabilities=numbers.probabilities(seed, sharpness=4)))
    assert found.share == 0
    assert found.mistake in ("other_values", "misaligned", "missing_group", "wrong_class", "logits")


def test_small_values_are_no_per_cent_of_others() -> None:
    small = np.sort(np.random.default_rng(2).uniform(0, 1e-3, 50))
    group = Histogram(np.linspace(0.05, 0.12, 50), np.linspace(0, 1, 11), np.zeros(10))
    (read,) = histograms.groups([Figure(0, (Axes((0, 0, 1, 1), histograms=(group,)),))])
    assert not histograms.shows(read, small)
    in_per_cent = replace(group, values=100 * small)
    (read,) = histograms.groups([Figure(0, (Axes((0, 0, 1, 1), histograms=(in_per_cent,)),))])
    assert histograms.shows(read, small)


class TestBins:
    def test_that_leave_images_out(self) -> None:
        found = drawn(two(OWN, REST, bins=np.linspace(0.5, 1, 11)))
        assert (found.share, found.mistake) == (0.5, "cut_off")

    def test_that_are_summed_up(self) -> None:
        assert drawn(two(OWN, REST, cumulative=True)).mistake == "cumulative"
        assert drawn(two(OWN, REST, cumulative=-1, density=True)).mistake == "cumulative"

    def test_bars_half_a_bin_beside(self) -> None:
        assert self.counted(place=0.05).right
        found = self.counted(place=0.0)
        assert (found.share, found.mistake) == (0.5, "shifted_bins")

    def test_bars_of_logarithms(self) -> None:
        for change in (np.log1p, lambda counts: np.log10(np.maximum(counts, 1))):
            found = self.counted(place=0.05, change=change)
            assert (found.share, found.mistake) == (0.5, "log_counts")

    def test_bars_side_by_side_or_numbered(self) -> None:
        assert self.counted(place=0.05, apart=0.04).right
        assert self.counted(place=0.0, numbered=True).right

    def counted(
        self, place: float, change: Any = None, apart: float = 0.0, numbered: bool = False
    ) -> Outcome:
        edges = np.linspace(0, 1, 11)

        def draw() -> None:
            for number, (values, word) in enumerate(((OWN, "zeros"), (REST, "others"))):
                counts = np.histogram(values, edges)[0].astype(float)
                heights = counts if change is None else change(counts)
                places = np.arange(10) if numbered else edges[:-1] + place + apart * number
                plt.bar(places, heights, 0.04, label=word)

        return drawn(draw)


def test_bins_and_scale_are_asked_for_and_worth_half() -> None:
    right = two(OWN, REST, log=True)
    assert drawn(right, bins=10, log=True).right
    found = drawn(right, bins=20, log=True)
    assert (found.share, found.mistake) == (0.5, "other_bins")
    found = drawn(two(OWN, REST), bins=10, log=True)
    assert (found.share, found.mistake) == (0.5, "no_log")


def test_groups_that_nothing_tells_apart_earn_half() -> None:
    found = drawn(two(OWN, REST, ("", ""), color="gray"))
    assert (found.share, found.mistake) == (0.5, "not_told_apart")


def test_another_histogram_beside_them_does_not_disturb() -> None:
    def draw() -> None:
        two(OWN, REST)()
        plt.figure()
        plt.hist(SCORES.max(axis=1))

    assert drawn(draw).right


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12),
    st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=6),
)
def test_whatever_is_drawn_is_judged(values: list[float], edges: list[float]) -> None:
    given_values, bounds = np.array(values, float), np.sort(np.array(edges))
    heights = np.resize(given_values if len(values) else np.zeros(1), len(bounds) - 1)
    groups = (Histogram(given_values, bounds, heights), Histogram(np.zeros(0), bounds, heights))
    bars = Bars(bounds, np.resize(heights, len(bounds)), np.zeros(len(bounds)), False, ("",) * len(bounds))
    figure = Figure(0, (Axes((0, 0, 1, 1), histograms=groups, bars=(bars,)),))
    assert not histograms.judge([figure], wanted()).right
