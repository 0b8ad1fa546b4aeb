"""Words of an Axes with their places: texts, tick labels, the colour of a title; and how its axes run.

Asks locators and formatters, as drawing would, and draws nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.text import Annotation
from matplotlib.transforms import BboxTransformTo

from autograder.worker import colors
from autograder.worker.allowance import Allowance

Form = dict[str, Any]

MOST_TEXT = 2_000
"""Characters kept of one text."""

_MOST_TICKS = 1_000
_LARGEST = 1e300


def cut(value: Any) -> str:
    """A text, at most as long as is kept."""
    return str(value)[:MOST_TEXT]


def placed(panel: Any, allowance: Allowance) -> list[Form]:
    """Visible texts and where they stand, in data coordinates; an annotation at what it is about.

    A text whose place is known only when it is drawn is left out.
    """
    forms = []
    for text in panel.texts:
        words = cut(text.get_text())
        if not words or not text.get_visible():
            continue
        x, y = _place(text, panel)
        if not (_is_number(x) and _is_number(y)):
            continue
        if not allowance.take("words", words=1, characters=len(words)):
            break
        forms.append({"x": x, "y": y, "text": words, "color": colors.hexadecimal(text.get_color())})
    return forms


def title_color(panel: Any) -> str:
    """The colour of the first title that says something, "" for the default."""
    default = matplotlib.rcParams["axes.titlecolor"]
    usual = colors.hexadecimal(matplotlib.rcParams["text.color"] if default == "auto" else default)
    for title in (panel._left_title, panel.title, panel._right_title):
        if title.get_text():
            color = colors.hexadecimal(title.get_color())
            return "" if color == usual else color
    return ""


def no_axis() -> Form:
    """The form of an axis where there is none."""
    return {"ticks": [], "scale": "linear", "limits": [0.0, 1.0]}


def axis(panel: Any, name: str, allowance: Allowance) -> Form:
    """An axis, `name` "x" or "y": tick labels, also the hidden ones of shared axes, scale and limits."""
    axis = panel.xaxis if name == "x" else panel.yaxis
    low, high = (float(limit) for limit in (panel.get_xlim() if name == "x" else panel.get_ylim()))
    if not (_is_number(low) and _is_number(high)):
        return no_axis()
    ticks = _ticks(axis, sorted((low, high))) if panel.axison and _is_labelled(axis, panel, name) else []
    length = sum(len(words) for _, words in ticks)
    if not allowance.take("tick labels", ticks=len(ticks), characters=length):
        ticks = []
    return {
        "ticks": [list(tick) for tick in ticks],
        "scale": cut(axis.get_scale()),
        "limits": [low, high],
    }


def _is_labelled(axis: Any, panel: Any, name: str) -> bool:
    if not axis.get_visible():
        return False
    sides = ("labelbottom", "labeltop") if name == "x" else ("labelleft", "labelright")
    shown = axis.get_tick_params("major")
    if shown.get(sides[0], True) or shown.get(sides[1], False):
        return True
    shared = panel.get_shared_x_axes() if name == "x" else panel.get_shared_y_axes()
    return len(shared.get_siblings(panel)) > 1


def _ticks(axis: Any, limits: Sequence[float]) -> list[tuple[float, str]]:
    places = [float(place) for place in axis.get_majorticklocs()]
    if len(places) > _MOST_TICKS:
        raise ValueError("too many ticks")
    low, high = limits
    slack = 1e-9 * (high - low)
    labelled = zip(places, axis.get_major_formatter().format_ticks(places), strict=False)
    return [
        (place, cut(words))
        for place, words in labelled
        if words and low - slack <= place <= high + slack and _is_number(place)
    ]


def _place(text: Any, panel: Any) -> tuple[float, float]:
    """Where a text stands in data coordinates; NaN where that takes drawing."""
    if not isinstance(text, Annotation):
        position, frame = text.get_unitless_position(), text.get_transform()
    else:
        position, frame = text.xy, _frame(text, panel)
    if frame is None:
        return math.nan, math.nan
    if frame is not panel.transData:
        position = panel.transData.inverted().transform(frame.transform(np.asarray(position, np.float64)))
        return float(position[0]), float(position[1])
    return float(panel.convert_xunits(position[0])), float(panel.convert_yunits(position[1]))


def _frame(annotation: Any, panel: Any) -> Any:
    """The coordinates of what an annotation is about, None for the rarer ones."""
    given = annotation.xycoords
    if callable(given):  # `bar_label` in the middle of bars: fractions of the bar, as it would be drawn.
        return BboxTransformTo(given(None))
    frames = {
        "data": panel.transData,
        "axes fraction": panel.transAxes,
        "figure fraction": panel.figure.transSubfigure,
    }
    return frames.get(given) if isinstance(given, str) else None


def _is_number(value: float) -> bool:
    """Finite, and within what the judge's side takes."""
    return abs(value) <= _LARGEST
