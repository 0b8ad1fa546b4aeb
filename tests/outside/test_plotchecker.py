"""plotchecker's assertions say of an Axes rebuilt from our record what they say of the original."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotchecker
import pytest

from tests.outside.figures import CLASSES, FIGURES, PROBABILITIES, SAMPLE, X, Y, Z, both
from tests.outside.rebuild import outcome

ANY = plotchecker.PlotChecker
LINE = plotchecker.LinePlotChecker
SCATTER = plotchecker.ScatterPlotChecker
BAR = plotchecker.BarPlotChecker

COUNTS, EDGES = np.histogram(SAMPLE, 12)
ORDER = np.argsort([*X - 0.25, *X + 0.5])
HEIGHTS = np.concatenate([np.abs(Y), np.abs(Z)])[ORDER]

WORDS: list[tuple[str, Any]] = [
    *[("title_equal", title) for title in ("My Plot Title", "Probabilities", "Training", "other", "")],
    *[("xlabel_equal", label) for label in ("my x label", "Epoch", "other", "")],
    *[("ylabel_equal", label) for label in ("My Y Label", "Probability", "other", "")],
    *[("xlim_equal", limits) for limits in ((-1, 12), (-1.0, 11.0), (2, 5), (0, 1))],
    *[("ylim_equal", limits) for limits in ((-2, 20), (-1.0, 11.0), (7.5, -0.5), (0, 1))],
    *[("textlabels_equal", texts) for texts in (["5", "1", "2", "7"], ["5", "1"], [])],
    *[("textpoints_equal", places) for places in ([[0, 0], [1, 0], [0, 1], [1, 1]], [[0, 0]] * 4)],
    *[("textpoints_allclose", [[0, 0], [1, 0], [0, 1], [1, last]]) for last in (1 + 1e-12, 1.1)],
]
TICKED = {
    "around": [
        *[("xticks_equal", ticks) for ticks in ([0, 2, 4], [0, 1, 2])],
        *[("yticks_equal", ticks) for ticks in ([0, 10, 20], [0, 10])],
        *[("xticklabels_equal", labels) for labels in (["a", "b", "c"], ["c", "b", "a"], ["a"])],
    ],
    "classes": [
        *[("xticks_equal", ticks) for ticks in ([0, 1, 2, 3], [0, 1])],
        *[("xticklabels_equal", labels) for labels in (CLASSES, CLASSES[::-1])],
    ],
    "lying": [("yticklabels_equal", CLASSES), ("yticklabels_equal", CLASSES[:2])],
    "matrix": [("xticklabels_equal", ["cat", "dog"]), ("xticks_equal", [0, 1])],
}
LINES: list[tuple[str, Any]] = [
    *[("num_lines", count) for count in (1, 2, 3)],
    *[("x_data_equal", data) for data in ([X], [X, X], [X, X, X[:5]], [X[:5], X, X], [X, X + 1])],
    *[("y_data_equal", data) for data in ([Y], [Y, Z], [Z, Y], [Y, Z, Y[:5] + Z[:5]])],
    ("y_data_equal", [Y, np.where(X == 4, np.nan, Z)]),
    ("y_data_allclose", [Y + 1e-12, Z + 1e-12]),
    ("y_data_allclose", [Y + 1e-3, Z]),
    ("colors_equal", [(1, 0, 0), (0, 1, 0), (0, 0, 1)]),
    ("colors_equal", [(0, 0, 1), (0, 1, 0), (1, 0, 0)]),
    ("labels_equal", ["Train", "validation", "test"]),
    ("labels_equal", ["loss", "val_loss"]),
    ("labels_equal", ["val_loss", "loss"]),
]
POINTS: list[tuple[str, Any]] = [
    *[("num_points", count) for count in (10, 20, 30)],
    *[("x_data_equal", data) for data in (X, X + 1)],
    *[("y_data_equal", data) for data in (Y, Z)],
    *[("colors_equal", color) for color in ("red", "green", (0, 0.5019607843137255, 0))],
]
BARS: list[tuple[str, Any]] = [
    *[("num_bars", count) for count in (4, 12, 20, 21)],
    ("centers_equal", np.arange(4)),
    ("centers_equal", np.arange(4) + 0.5),
    ("centers_equal", np.concatenate([X, X + 0.625])[ORDER]),
    ("centers_allclose", np.concatenate([X, X + 0.5])[ORDER]),
    ("centers_allclose", (EDGES[:-1] + EDGES[1:]) / 2),
    *[("heights_equal", heights) for heights in (PROBABILITIES, PROBABILITIES[::-1], HEIGHTS, COUNTS)],
    ("heights_allclose", HEIGHTS + 1e-12),
    ("bottoms_equal", 0),
    ("bottoms_equal", np.concatenate([X / 10, np.zeros(10)])[ORDER]),
    *[("colors_equal", color) for color in ("red", "#1f77b4", "purple")],
    ("colors_equal", np.array([*["red"] * 10, *["b", "k"] * 5])[ORDER]),
]

ASSERTIONS: list[tuple[Any, str, str, Any]] = [
    *[(ANY, name, *assertion) for name in FIGURES for assertion in WORDS],
    *[(ANY, name, method, None) for name in FIGURES for method in ("title_exists", "xlabel_exists")],
    *[(ANY, name, *assertion) for name, found in TICKED.items() for assertion in found],
    *[(LINE, name, *assertion) for name in ("around", "lines", "labelled", "bars") for assertion in LINES],
    *[(LINE, "of_pandas", *assertion) for assertion in LINES],
    *[(SCATTER, name, *assertion) for name in ("points", "scatter", "lines") for assertion in POINTS],
    *[(BAR, name, *assertion) for name in ("bars", "classes", "histogram", "lines") for assertion in BARS],
]


def verdicts(checker: Any, name: str, method: str, expected: Any) -> tuple[str, str]:
    """What an assertion says of the original and of the rebuilt Axes."""
    arguments = () if expected is None else (expected,)
    original, rebuilt = (
        outcome(lambda panel: getattr(checker(panel), f"assert_{method}")(*arguments), panel)
        for panel in both(name)
    )
    return original, rebuilt


@pytest.mark.parametrize("name", FIGURES)
def test_outcomes_agree(name: str) -> None:
    differing = []
    for checker, figure, method, expected in ASSERTIONS:
        if figure == name:
            original, rebuilt = verdicts(checker, figure, method, expected)
            if original != rebuilt:
                differing.append((checker.__name__, method, expected, original, rebuilt))
    assert differing == []


def test_lines_found_in_another_order() -> None:
    for panel in both("lines"):
        checker = LINE(panel)
        checker.find_permutation("colors", ["blue", "red", "#00ff00"])
        checker.assert_y_data_equal([Y[:5] + Z[:5], Y, Z])


def test_right_and_wrong_expectations_are_among_them() -> None:
    found: dict[str, set[str]] = {}
    for assertion in ASSERTIONS:
        found.setdefault(assertion[2], set()).add(verdicts(*assertion)[0])
    one_sided = {method for method, seen in found.items() if not {"passed", "AssertionError"} <= seen}
    assert one_sided == set()
