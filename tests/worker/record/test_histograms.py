"""Histograms arrive at the judge with the values that they were made of."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from autograder.worker import remembered
from tests.worker.watching import Watch

VALUES = np.array([0.05, 0.15, 0.15, 0.95])


@pytest.mark.parametrize("histtype", ["bar", "barstacked", "step", "stepfilled"])
@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_styles(watch: Watch, histtype: Any, orientation: Any) -> None:
    plt.hist(
        VALUES,
        bins=10,
        range=(0, 1),
        histtype=histtype,
        orientation=orientation,
        log=True,
        color="red",
        label="p",
    )
    panel = watch.axes()
    (histogram,) = panel.histograms
    counts, edges = np.histogram(VALUES, 10, (0, 1))
    np.testing.assert_array_equal(histogram.values, VALUES)
    np.testing.assert_array_equal(histogram.counts, counts)
    np.testing.assert_array_equal(histogram.edges, edges)
    assert (histogram.color, histogram.label) == ("#ff0000", "p")
    assert (panel.y if orientation == "vertical" else panel.x).scale == "log"
    assert panel.bars == panel.lines == ()


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("histtype", ["bar", "step"])
def test_several_data_sets(watch: Watch, stacked: bool, histtype: Any) -> None:
    sets = [[0, 0, 1], [1, 1, 1, 2]]
    plt.hist(sets, bins=[0, 1, 2, 3], stacked=stacked, histtype=histtype, label=["a", "b"])
    histograms = {one.label: one for one in watch.axes().histograms}
    assert histograms["a"].counts.tolist() == [2, 1, 0]
    assert histograms["b"].counts.tolist() == [0, 3, 1]
    assert histograms["b"].values.tolist() == sets[1]


@pytest.mark.parametrize(
    ("given", "sets"),
    [
        (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [[1, 3, 5], [2, 4, 6]]),
        ([[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5, 6]]),
        (pd.Series([1, 2, 2]), [[1, 2, 2]]),
        ({"a": 1, "b": 3}.values(), [[1, 3]]),
        (["cat", "dog", "cat"], [[0, 1, 0]]),
        (np.arange(3, dtype=np.uint8), [[0, 1, 2]]),
        (5, [[5]]),
        ([], [[]]),
    ],
)
def test_whatever_hist_takes(watch: Watch, given: Any, sets: list[list[float]]) -> None:
    plt.hist(given)
    assert [one.values.tolist() for one in watch.axes().histograms] == sets


def test_density_and_named_data(watch: Watch) -> None:
    plt.hist("p", data={"p": VALUES}, density=True, bins=2)
    (histogram,) = watch.axes().histograms
    np.testing.assert_array_equal(histogram.values, VALUES)
    assert float(np.sum(histogram.counts * np.diff(histogram.edges))) == pytest.approx(1)


def test_counts_given_as_weights_have_no_values_of_their_own(watch: Watch) -> None:
    plt.hist([0.5, 1.5], bins=[0, 1, 2], weights=[7, 8])
    plt.hist([0.5, 1.5], bins=[0, 1, 2], weights=[0.5, 0.5])
    counted, scaled = watch.axes().histograms
    assert (counted.values.tolist(), counted.counts.tolist()) == ([], [7, 8])
    assert (scaled.values.tolist(), scaled.counts.tolist()) == ([0.5, 1.5], [0.5, 0.5])


def test_stairs(watch: Watch) -> None:
    plt.stairs([1, 2], [0, 1, 2], label="up")
    plt.stairs([1, 2], [2, 1, 0], baseline=[1, 1], label="down")
    up, down = watch.axes().histograms
    assert (up.counts.tolist(), up.edges.tolist(), up.values.size) == ([1, 2], [0, 1, 2], 0)
    assert (down.counts.tolist(), down.edges.tolist(), down.label) == ([1, 0], [0, 1, 2], "down")


def test_too_many_values_leave_the_counts(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST_VALUES", 3)
    plt.hist([1, 1, 2, 2], bins=2)
    (histogram,) = watch.axes().histograms
    assert (histogram.values.size, histogram.counts.tolist()) == (0, [2, 2])
    assert "only its counts" in watch.notes[0]
