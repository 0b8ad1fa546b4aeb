"""matplotcheck's assertions say of an Axes rebuilt from our record what they say of the original.

Left out are those that look at what a record does not tell: where legends and captions stand, the colours of
a legend's samples, and tick labels of axes that are off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotcheck.raster import RasterTester

from tests.outside.figures import CLASSES, FIGURES, GRAY, PROBABILITIES, RGB, SAMPLE, X, Y, Z, both
from tests.outside.rebuild import outcome

COUNTS, EDGES = np.histogram(SAMPLE, 12)
MIDDLES = ((EDGES[:-1] + EDGES[1:]) / 2).tolist()
DENSITIES = np.histogram(SAMPLE, np.linspace(0, 1, 6), density=True)[0].tolist()
KINDS = ("scatter", "bar", "line")


def table(x: Any, y: Any) -> dict[str, Any]:
    return {"xy_expected": pd.DataFrame({"a": x, "b": y}), "xcol": "a", "ycol": "b"}


WORDS: list[tuple[str, dict[str, Any]]] = [
    *[
        ("title_contains", {"strings_expected": words, "title_type": place})
        for place in ("either", "axes", "figure")
        for words in (
            ["my", "TITLE"],
            ["Plot"],
            ["figure"],
            ["no"],
            [["plot", "prob"], "title"],
            [["no", "nein"]],
        )
    ],
    *[
        ("axis_label_contains", {"axis": axis, "strings_expected": words})
        for axis in ("x", "y")
        for words in (["label"], ["my", ["x", "y"]], ["my", "z"], ["epoch"], ["Probability"], None)
    ],
    *[
        ("legend_labels", {"labels_exp": words})
        for words in (["loss", "val_loss"], ["one", "other"], ["loss"])
    ],
    ("legend_labels", {"labels_exp": ["train", "Validation", "TEST"]}),
    *[("legend_titles", {"titles_exp": words}) for words in (["kind of"], [""], ["no"], [])],
    *[("lims", {"lims_expected": limits, "axis": "x"}) for limits in ([-1, 12], [2, 5], [0, 1])],
    *[("lims", {"lims_expected": limits, "axis": "y"}) for limits in ([-2, 20], [7, 0], [0, 1])],
    *[("lims_range", {"lims_range": limits}) for limits in (((-2, 0), (9, 12)), ((0, 1), (2, 3)))],
    ("equal_xlims_ylims", {}),
    ("axis_off", {}),
]
DATA: list[tuple[str, dict[str, Any]]] = [
    *[("xydata", table(x, y)) for x, y in ((X, Y), (X, Z), (X, Y + 1), (X[:5], Y[:5]))],
    ("xydata", {**table(X, Y + 0.01), "tolerance": 0.1}),
    ("xydata", {**table(X, Y + 0.2), "tolerance": 0.1}),
    ("xydata", table(np.arange(4), PROBABILITIES)),
    ("xydata", table(MIDDLES, COUNTS)),
    ("xydata", table([*X, *X], [*Y, *Z])),
    ("xydata", {**table([*X, *X], [*Y, *Z]), "points_only": True}),
    ("xydata", {**table(X, X + 0.25), "points_only": True}),
]
LABELLED: list[tuple[str, dict[str, Any]]] = [
    ("xydata", {**table(x, y), "xlabels": True})
    for x, y in ((CLASSES, PROBABILITIES), (CLASSES[::-1], PROBABILITIES), (CLASSES, PROBABILITIES[::-1]))
]
DRAWN: list[tuple[str, dict[str, Any]]] = [
    *[("num_bins", {"num_bins": count}) for count in (4, 5, 12, 20)],
    *[("bin_values", {"bin_values": values}) for values in (COUNTS.tolist(), DENSITIES, [1.0] * 12)],
    ("bin_values", {"bin_values": (COUNTS + 0.5).tolist(), "tolerance": 1}),
    *[("bin_midpoints", {"bin_midpoints": middles}) for middles in (MIDDLES, MIDDLES[::-1], [1.0])],
    *[("colorbar_range", {"crange": limits}) for limits in ((10, 200), (5, 50), (0, 1), ())],
    *[("image", {"im_expected": pixels}) for pixels in (GRAY, GRAY[::-1], GRAY + 1, RGB, RGB[:3])],
    ("image", {"im_expected": np.clip(2 * RGB - 0.5, 0, 1)}),
    ("image", {"im_expected": GRAY.max() - GRAY, "im_classified": True}),
    ("image_full_screen", {}),
]
LINES: list[tuple[str, dict[str, Any]]] = [
    *[("lines_of_type", {"line_types": kind}) for kind in ("linear-regression", "onetoone", [])],
    ("lines_of_type", {"line_types": "onetoone", "check_coverage": False}),
    *[("line", {"slope_exp": 1, "intercept_exp": 0, "check_coverage": cover}) for cover in (True, False)],
    ("line", {"slope_exp": 2, "intercept_exp": 0, "check_coverage": False}),
]
WITH_LINES = ("square", "lines", "scatter")

ASSERTIONS: list[tuple[str, str, dict[str, Any]]] = [
    *[(name, *assertion) for name in FIGURES for assertion in (*WORDS, *DATA, *DRAWN)],
    *[(name, *assertion) for name in WITH_LINES for assertion in LINES],
    *[(name, *assertion) for name in ("classes", "bars", "histogram") for assertion in LABELLED],
    # To matplotcheck, markers that no line connects are a line too.
    *[(name, "plot_type", {"plot_type": kind}) for name in FIGURES if name != "points" for kind in KINDS],
]


def verdicts(name: str, method: str, arguments: dict[str, Any]) -> tuple[str, str]:
    """What an assertion says of the original and of the rebuilt Axes."""
    original, rebuilt = (
        outcome(lambda panel: getattr(RasterTester(panel), f"assert_{method}")(**arguments), panel)
        for panel in both(name)
    )
    return original, rebuilt


@pytest.mark.parametrize("name", FIGURES)
def test_outcomes_agree(name: str) -> None:
    differing = []
    for figure, method, arguments in ASSERTIONS:
        if figure == name:
            original, rebuilt = verdicts(figure, method, arguments)
            if original != rebuilt:
                differing.append((method, arguments, original, rebuilt))
    assert differing == []


def test_right_and_wrong_expectations_are_among_them() -> None:
    found: dict[str, set[str]] = {}
    for name, method, arguments in ASSERTIONS:
        found.setdefault(method, set()).add(verdicts(name, method, arguments)[0])
    one_sided = {method for method, seen in found.items() if not {"passed", "AssertionError"} <= seen}
    assert one_sided == set()
