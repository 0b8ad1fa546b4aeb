"""Bars arrive at the judge as they were drawn, whatever drew them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from tests.worker.watching import Watch


@pytest.mark.parametrize("call", ["bar", "barh"])
def test_categories(watch: Watch, call: str) -> None:
    drawn = getattr(plt, call)(["cat", "dog"], [0.25, -0.75], color=["red", "#0000ff"], label="p")
    drawn[1].set_color("green")
    panel = watch.axes()
    (bars,) = panel.bars
    assert (bars.positions.tolist(), bars.lengths.tolist()) == ([0, 1], [0.25, -0.75])
    assert (bars.starts.tolist(), bars.horizontal) == ([0, 0], call == "barh")
    assert (bars.colors, bars.label) == (("#ff0000", "#008000"), "p")
    assert (panel.y if call == "barh" else panel.x).ticks == ((0.0, "cat"), (1.0, "dog"))
    assert panel.lines == panel.histograms == ()


def test_stacked_and_side_by_side(watch: Watch) -> None:
    plt.bar([0, 1], [1, 2], width=0.5, align="edge", label="a")
    plt.bar([0, 1], [3, 4], bottom=[1, 2], label="b")
    one, other = watch.axes().bars
    assert (one.positions.tolist(), one.starts.tolist()) == ([0.25, 1.25], [0, 0])
    assert (other.lengths.tolist(), other.starts.tolist()) == ([3, 4], [1, 2])


def test_error_bars_on_bars_are_no_lines(watch: Watch) -> None:
    plt.bar([0, 1], [1, 2], yerr=0.5, capsize=3)
    panel = watch.axes()
    assert (len(panel.bars), panel.lines) == (1, ())


def test_nothing_and_gaps(watch: Watch) -> None:
    plt.bar([], [])
    plt.bar([0, 1], [np.nan, 1])
    plt.bar([0], [1]).remove()
    plt.bar([0, 1], [2, 3])[0].remove()
    gaps, rest = watch.axes().bars
    np.testing.assert_array_equal(gaps.lengths, [np.nan, 1])
    assert rest.lengths.tolist() == [3]
