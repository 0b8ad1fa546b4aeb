"""A line, bars or a histogram is called what a legend calls it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tests.worker.record.curves import LOSS, VALIDATION, names
from tests.worker.watching import Watch


def test_a_legend_names_lines_that_have_no_label(watch: Watch) -> None:
    plt.plot(LOSS)
    plt.plot(VALIDATION)
    plt.legend(["train", "validation"])
    panel = watch.axes()
    assert names(panel) == list(panel.legend) == ["train", "validation"]


def test_a_legend_in_another_order(watch: Watch) -> None:
    (first,), (second,) = plt.plot(LOSS), plt.plot(VALIDATION)
    plt.legend([second, first], ["validation", "train"])
    panel = watch.axes()
    assert (names(panel), panel.legend) == (["train", "validation"], ("validation", "train"))


def test_a_reversed_legend(watch: Watch) -> None:
    plt.plot(LOSS, label="train")
    plt.plot(VALIDATION, label="_hidden")
    plt.plot(VALIDATION)
    plt.legend(plt.gca().lines, ["one", "two", "three"], reverse=True)
    panel = watch.axes()
    assert (names(panel), panel.legend) == (["one", "two", "three"], ("three", "two", "one"))


def test_a_legend_of_samples_names_by_colour(watch: Watch) -> None:
    plt.plot(LOSS, "r")
    plt.plot(VALIDATION, "b")
    plt.legend(handles=[Line2D([], [], color="b", label="validation"), Patch(color="red", label="train")])
    assert names(watch.axes()) == ["train", "validation"]


def test_the_figures_legend(watch: Watch) -> None:
    figure, panels = plt.subplots(1, 2)
    for panel, data in zip(panels, (LOSS, VALIDATION), strict=True):
        panel.plot(data)
    figure.legend([panels[0].lines[0], panels[1].lines[0]], ["left", "right"])
    left, right = watch.arrived()[0].axes
    assert (names(left), left.legend) == (["left"], ("left",))
    assert (names(right), right.legend) == (["right"], ("right",))


def test_twins_with_one_legend(watch: Watch) -> None:
    _, left = plt.subplots()
    right = left.twinx()
    lines = left.plot([0.5, 0.9]) + right.plot([3, 4])
    left.legend(lines, ["accuracy", "loss"])
    one, other = watch.arrived()[0].axes
    assert (names(one), names(other), one.legend) == (["accuracy"], ["loss"], ("accuracy", "loss"))
    assert one.position == other.position
    assert (one.y.limits[1], other.y.limits[1]) == (pytest.approx(0.92), pytest.approx(4.05))


def test_what_a_legend_says_in_the_end(watch: Watch) -> None:
    plt.plot(LOSS, label="x")
    plt.legend().get_texts()[0].set_text("train")
    assert names(watch.axes()) == ["train"]


def test_a_legend_that_was_removed_or_hidden_says_nothing(watch: Watch) -> None:
    plt.plot(LOSS)
    plt.legend(["validation"])
    plt.legend(["train"]).set_visible(False)
    panel = watch.axes()
    assert (names(panel), panel.legend) == ([""], ())


def test_two_legends(watch: Watch) -> None:
    (first,), (second,) = plt.plot(LOSS), plt.plot(VALIDATION)
    plt.gca().add_artist(plt.legend([first], ["train"]))
    plt.legend([second], ["validation"])
    assert names(watch.axes()) == ["train", "validation"]


def test_bars_histograms_points_and_errors(watch: Watch) -> None:
    bars = plt.bar([0, 1], [2, 3])
    error = plt.errorbar([0, 1], [2, 3], yerr=1)
    points = plt.scatter([0, 1], [2, 3])
    _, _, counted = plt.hist([0, 1, 1])
    plt.legend([bars, error, points, counted], ["bars", "error", "points", "counted"])
    panel = watch.axes()
    assert panel.bars[0].label == "bars"
    assert panel.histograms[0].label == "counted"
    assert set(names(panel)) == {"error", "points"}
