"""Curves of a training: which drawn line is which series of the history, and which the words say it is.

Accepts: lines or points, one Axes or several, twin axes, several figures, any order, colours and scales;
epochs counted from 0 or 1, or named; accuracy in per cent; values rounded for display; extra lines. Words
may stand in a label, legend, title, axis label, text or the figure's title; a legend counts for the lines
of its colours in all Axes of a figure.
Refuses: other numbers, changed ones (`curve_changes`), and words that contradict them. Lines of which
nothing says what they are earn half. A line that goes on for longer and ends with the series is left to a
person.
Invariances: order, layout, colour, scale of the axes, where epochs begin (but for a slip by one), per cent.

Threshold: a line is a series when no value is farther off than `EXACT` times the series' range (a tenth of
its largest value, if that is more), plus the rounding that all of the line's values show. Numbers of a
history come back exactly, but for float32 (1e-7 of them). Of the shipped networks' histories, two series of
one training are 0.23 or more apart in that unit, one series of two trainings 0.038 or more; no right figure
was refused and no wrong one accepted (`benchmarks/results/figures.md`, "curves").
Judges no points; the history is what the caller says it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from autograder.evidence import Axes, Figure, Line
from autograder.figures import words
from autograder.figures.panels import Floats
from autograder.figures.words import Said, Split

EXACT: Final = 1e-3
MOST_CURVES: Final = 300
"""Lines that are looked at; more is no figure for people."""

MOST_EPOCHS: Final = 10_000
"""Longer lines are no curves over epochs."""

Series = Mapping[str, Floats]
"""By name: "loss", "val_loss", "accuracy", "val_accuracy", and whatever was recorded, (epochs,) float64."""

_COARSEST: Final = 0.25
_NO_FIT: Final = 10.0


@dataclass(frozen=True, eq=False)
class Curve:
    """A drawn line and the words around it.

    Attributes:
        x: (N,) ascending.
        y: (N,) values there.
        label: its own words: the label, its entry in the legend, or a text that stands at it.
        around: words of its Axes.
        above: the figure's title.
        axes, figure: numbers of its Axes and its figure, over all figures.
        color: "#rrggbb" or "".
    """

    x: Floats
    y: Floats
    label: str = ""
    around: tuple[str, ...] = ()
    above: str = ""
    axes: int = 0
    figure: int = 0
    color: str = ""


@dataclass(frozen=True, eq=False)
class Reading:
    """Curves laid against a history.

    Attributes:
        curves: that were drawn.
        series: of the history.
        required: names of the series that have to be drawn.
        shown: by required series, the number of the curve that has its values.
        said: for each curve, which series its words say it is.
    """

    curves: tuple[Curve, ...]
    series: Series
    required: tuple[str, ...]
    shown: dict[str, int]
    said: tuple[Said, ...]

    @property
    def missing(self) -> list[str]:
        """Required series that no curve shows."""
        return [name for name in self.required if name not in self.shown]

    @property
    def farthest(self) -> float | None:
        """By how much the worst of the required series is missed by the line nearest to it; see `distance`.

        None when no line has as many points as some series has epochs.
        """
        gaps = [
            min((distance(curve, name, self.series[name]) for curve in self.curves), default=np.inf)
            for name in self.required
        ]
        return float(max(gaps)) if np.isfinite(gaps).all() else None

    @property
    def unused(self) -> list[int]:
        """Numbers of curves that were not needed."""
        return [number for number in range(len(self.curves)) if number not in self.shown.values()]


def meaning(name: str) -> Said:
    """What a series' name says: "val_loss" is the loss of the validation part, "loss" of the training."""
    said = words.series(name)
    return Said(said.metric, "validation" if name.startswith("val_") else "train")


def canonical(history: Mapping[str, Sequence[float]]) -> dict[str, Floats]:
    """A history with its accuracy called "accuracy", whatever metric it was compiled with.

    Args:
        history: by metric, one number an epoch.
    """
    found: dict[str, Floats] = {}
    for key, values in history.items():
        prefix, base = ("val_", key[4:]) if key.startswith("val_") else ("", key)
        base = "accuracy" if words.series(base).metric == "accuracy" else base
        found.setdefault(prefix + base, np.asarray(values, np.float64))
    return found


def read(figures: Sequence[Figure], series: Series, required: Sequence[str]) -> Reading | None:
    """Find the series of a history among the lines of some figures.

    Args:
        figures: of a question, together.
        series: of the history; see `canonical`.
        required: names of series that have to be drawn, all of them in `series`.

    Returns:
        What was found, or None when there is no line at all.
    """
    curves = tuple(drawn(figures))
    if not curves:
        return None
    fitting = [[name for name, values in series.items() if shows(curve, name, values)] for curve in curves]
    said = tuple(_said(number, curves, fitting) for number in range(len(curves)))
    costs = np.full((len(curves), len(required)), _NO_FIT)
    for number, names in enumerate(fitting):
        for column, name in enumerate(required):
            if name in names:
                costs[number, column] = len(contradictions(said[number], name))
    rows, columns = linear_sum_assignment(costs)
    shown = {
        required[column]: int(row)
        for row, column in zip(rows, columns, strict=True)
        if costs[row, column] < _NO_FIT
    }
    return Reading(curves, series, tuple(required), shown, said)


def drawn(figures: Sequence[Figure]) -> Iterator[Curve]:
    """The lines of figures, in order of drawing, that may be curves over epochs."""
    count = number = 0
    for rank, figure in enumerate(figures):
        for axes in figure.axes:
            number += 1
            if axes.decoration:
                continue
            usable = [line for line in axes.lines if 0 < len(line.y) == len(line.x) <= MOST_EPOCHS]
            labels = [line.label for line in usable]
            if not any(labels):
                labels = _texts_beside(axes, usable)
            around = (axes.title, axes.xlabel, axes.ylabel, *axes.texts)
            for line, label in zip(usable, labels, strict=True):
                if count == MOST_CURVES:
                    return
                count += 1
                order = np.argsort(line.x, kind="stable")
                y = np.asarray(line.y, np.float64)[order]
                x = np.asarray(line.x)[order]
                yield Curve(x, y, label, around, figure.suptitle, number, rank, line.color)


def shows(curve: Curve, name: str, values: Floats) -> bool:
    """Whether a curve has the values of a series; of an accuracy also in per cent."""
    return same(curve.y, values) or (meaning(name).metric == "accuracy" and same(curve.y / 100, values))


def ends_with(curve: Curve, name: str, values: Floats) -> bool:
    """Whether a curve has more values than a series, and the series as its last ones."""
    longer = len(curve.y) - len(values)
    return longer > 0 and shows(replace(curve, x=curve.x[longer:], y=curve.y[longer:]), name, values)


def distance(curve: Curve, name: str, values: Floats) -> float:
    """The farthest that a curve is off a series, rounding aside, as a share of the series' scale.

    Infinity for a line of another length. At most `EXACT` for one that shows the series.
    """
    forms = [curve.y, curve.y / 100] if meaning(name).metric == "accuracy" else [curve.y]
    return min(_off(form, values) for form in forms)


def same(drawn: Floats, values: Floats) -> bool:
    """Whether the numbers of a line are those of a series, see the module's threshold.

    Args:
        drawn: (N,); they may be rounded to two decimals or more.
        values: (N,); what is not finite has to be so in both.
    """
    return _off(drawn, values) <= EXACT


def _off(drawn: Floats, values: Floats) -> float:
    if drawn.shape != values.shape:
        return np.inf
    finite = np.isfinite(values)
    if not np.array_equal(finite, np.isfinite(drawn)):
        return np.inf
    if not finite.any():
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        scale = max(float(np.ptp(values[finite])), 0.1 * float(np.abs(values[finite]).max()), 1e-12)
        gap = float(np.abs(drawn[finite] - values[finite]).max())
        return max(0.0, gap - min(_rounding(drawn[finite]), _COARSEST * scale)) / scale


def contradictions(said: Said, name: str) -> list[str]:
    """In what the words about a curve contradict that it is a series: "metric", "split", both or nothing."""
    meant = meaning(name)
    wrong_metric = said.metric != "" and meant.metric != "" and said.metric != meant.metric
    wrong_split = said.split != "" and said.split != meant.split
    return ["metric"] * wrong_metric + ["split"] * wrong_split


def told_apart(reading: Reading) -> list[tuple[str, str]]:
    """Pairs of shown series that no word tells apart."""
    names = list(reading.shown)
    return [
        (first, second)
        for place, first in enumerate(names)
        for second in names[place + 1 :]
        if not _distinguished(reading, first, second)
    ]


def _distinguished(reading: Reading, first: str, second: str) -> bool:
    one, other = (reading.said[reading.shown[name]] for name in (first, second))
    meant, against = meaning(first), meaning(second)
    by_metric = meant.metric != against.metric and bool(one.metric or other.metric)
    # One of two that is labelled tells what the other is.
    return by_metric or (meant.split != against.split and bool(one.split or other.split))


def _said(number: int, curves: Sequence[Curve], fitting: Sequence[Sequence[str]]) -> Said:
    """What the words about a curve say, the nearest first.

    Words around several curves count for all of them, unless those are known to differ in just that: the
    title "Training history" over curves of training and validation names neither.
    """
    curve = curves[number]
    own = _own(curve, curves)
    levels = [
        (words.series(*curve.around), [other.axes == curve.axes for other in curves]),
        (words.series(curve.above), [other.figure == curve.figure for other in curves]),
    ]
    metric, split = own.metric, own.split
    for general, members in levels:
        meant = [
            meaning(names[0]) for names, member in zip(fitting, members, strict=True) if member and names
        ]
        if not metric and len({one.metric for one in meant}) <= 1:
            metric = general.metric
        if not split and len({one.split for one in meant}) <= 1:
            split = general.split
    return Said(metric, split or _of_its_color(curve, curves))


def _of_its_color(curve: Curve, curves: Sequence[Curve]) -> Split:
    """What a legend says that stands in another Axes of the figure, of the lines that have this colour."""
    if not curve.color or curve.label:
        return ""
    alike = [other for other in curves if other.figure == curve.figure and other.color == curve.color]
    splits = {_own(other, curves).split for other in alike if other.axes != curve.axes and other.label}
    return splits.pop() if len(splits) == 1 else ""


def _own(curve: Curve, curves: Sequence[Curve]) -> Said:
    """What a label says; "loss" beside "val_loss" is that of the training."""
    own = words.series(curve.label)
    if own.split or not own.metric:
        return own
    beside = [words.series(other.label) for other in curves if other.axes == curve.axes]
    implied = Said(own.metric, "validation") in beside
    return Said(own.metric, "train") if implied else own


def _texts_beside(axes: Axes, lines: Sequence[Line]) -> list[str]:
    """Texts that stand nearest to each line and say what it is; "" where there is none."""
    telling = [word for word in axes.words if words.series(word.text) != Said()]
    labels = [""] * len(lines)
    width, height = (abs(axis.limits[1] - axis.limits[0]) or 1.0 for axis in (axes.x, axes.y))
    for word in telling if len(telling) <= MOST_CURVES else []:
        gaps = [np.hypot((line.x - word.x) / width, (line.y - word.y) / height) for line in lines]
        nearest = [float(np.nanmin(gap)) if np.isfinite(gap).any() else np.inf for gap in gaps]
        if nearest:
            labels[int(np.argmin(nearest))] = word.text
    return labels


def _rounding(values: Floats) -> float:
    """Half of the last decimal that all of some numbers are rounded to: two to four decimals; else 0."""
    for decimals in (2, 3, 4):
        scaled = values * 10.0**decimals
        if np.abs(scaled - np.rint(scaled)).max() < 1e-3:  # float32 has seven digits.
            return 0.5 * 10.0**-decimals
    return 0.0
