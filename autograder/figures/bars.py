"""Bars of class scores: do they show the probabilities that a network gives to one image?

Accepts: `bar` or `barh`, one call or one a bar, `hist` with the scores as weights, `stairs`; any order and
any subset of ticks as long as what the ticks say fits, digits in words too; per cent, scores rounded to two
decimals or more, any colours, other Axes beside it. Whether bars lie or stand is never asked.
Refuses: scores of another image or network, functions of the right ones, labels that stand at other bars,
and bars of 0 and 1 only, which are a label or a rounded score; where the network is so sure that its scores
look like that anyway, a person decides.
Invariances: order, direction, colour, scale of the axis, a factor of 100.

Threshold: a score may be off by `scores.EXACT`, 0.001, or by half of the last decimal that all scores are
rounded to. The same network gives the same scores to 3e-7 in other batches; 0.001 is less than a pixel of a
bar 500 long. Of the digits that the reference is unsure of, each is 0.026 or more away from every other of
5,000 digits, and 0.089 or more from another network's scores (`benchmarks/results/figures.md`, "bars").
Sure scores of two images may be the same: there only the marked bar and the ticks can be wrong.
Judges no points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from autograder.evidence import Axes, Bars, Figure, Histogram
from autograder.figures import bar_slips, outcome, words
from autograder.figures.outcome import Outcome, half, undecided, wrong
from autograder.figures.panels import Floats
from autograder.figures.scores import Scores as Scores
from autograder.figures.scores import distance, zeros_and_a_one
from autograder.figures.scores import fits as fits

MOST_BARS: Final = 1000
MOST_CHARTS: Final = 100
"""Bars of one Axes, and charts, that are looked at; more is no figure for people."""

_TICK: Final = 0.3


@dataclass(frozen=True, eq=False)
class Chart:
    """The bars of one Axes, by place.

    Attributes:
        values: lengths, in order of their places along the axis, (N,).
        colors: of each, "#rrggbb" or "".
        named: for each, the class that its tick names, or None.
    """

    values: Floats
    colors: tuple[str, ...]
    named: tuple[int | None, ...]


def judge(figures: Sequence[Figure], scores: Scores) -> Outcome:
    """Say whether the bars of any Axes show the scores."""
    with np.errstate(all="ignore"):  # Bars hold whatever a student plotted.
        return _best(figures, scores)


def _best(figures: Sequence[Figure], scores: Scores) -> Outcome:
    found = [chart for figure in figures for axes in figure.axes for chart in charts(axes, scores.names)]
    count = len(scores.names)
    fitting = [chart for chart in found if len(chart.values) == count]
    if not fitting:
        seen = ", ".join(str(number) for number in sorted({len(chart.values) for chart in found})[:4]) or "No"
        message = f"{seen} bars are drawn in an axes; {count} are expected, one for each class."
        return wrong("wrong_number", message)
    return outcome.best(_judged(chart, scores) for chart in fitting[:MOST_CHARTS])


def charts(axes: Axes, names: Sequence[str]) -> Iterator[Chart]:
    """The ways to read the bars of an Axes: each call by itself, and all calls together.

    A later bar at the place of an earlier one hides it: that is how single bars are painted over.
    """
    if axes.decoration:
        return
    for horizontal in (False, True):
        calls = [bars for bars in axes.bars if bars.horizontal is horizontal and len(bars.positions)]
        whole = [bars for bars in calls if len(bars.positions) == len(names)]
        for bars in whole[:MOST_BARS]:
            yield _chart(axes, [bars], names)
        if len(calls) > 1 and sum(len(bars.positions) for bars in calls) <= MOST_BARS:
            yield _chart(axes, calls, names)
        elif not whole and calls:
            yield _chart(axes, calls[:1], names)
    for counted in axes.histograms[:MOST_CHARTS]:
        # `hist` with the scores as weights, and `stairs`, draw bars as well.
        if len(counted.counts) == len(names) and not len(counted.values):
            yield _chart(axes, [_as_bars(counted)], names)


def _as_bars(counted: Histogram) -> Bars:
    centres = (counted.edges[1:] + counted.edges[:-1]) / 2
    colors = (counted.color,) * len(centres)
    return Bars(centres, counted.counts, np.zeros(len(centres)), False, colors, counted.label)


def _chart(axes: Axes, calls: Sequence[Bars], names: Sequence[str]) -> Chart:
    at: dict[float, tuple[float, str]] = {}
    for bars in calls:
        colors = bars.colors or ("",) * len(bars.positions)
        for place, length, color in zip(bars.positions, bars.lengths, colors, strict=True):
            at[round(float(place), 6)] = (float(length), color)
    places = sorted(at)
    spacing = float(np.median(np.diff(places))) if len(places) > 1 else 1.0
    axis = axes.y if calls[0].horizontal else axes.x
    named = words.classes_at(axis, places, names, _TICK * spacing)
    lengths = np.array([at[place][0] for place in places])
    return Chart(lengths, tuple(at[place][1] for place in places), tuple(named))


def _judged(chart: Chart, scores: Scores) -> Outcome:
    details: dict[str, Any] = {"bars": len(chart.values)}
    classes = words.completed(chart.named)
    in_order = list(range(len(chart.values)))
    if classes is not None:
        values = np.empty(len(chart.values))
        values[classes] = chart.values
        off = distance(values, scores.expected)
        details |= {"off": off} if np.isfinite(off) else {}
        if fits(values, scores.expected):
            return _drawn(chart, values, classes, scores, details)
    if classes != in_order and fits(chart.values, scores.expected):
        return wrong("shifted_labels", _misplaced(chart, scores.names), details=details)
    mistake, message = bar_slips.explain(chart.values if classes is None else values, scores)
    return wrong(mistake, message, details=details)


def _drawn(
    chart: Chart, values: Floats, classes: Sequence[int], scores: Scores, details: dict[str, Any]
) -> Outcome:
    """The scores are right; are they told from a label, and is the true class marked?"""
    if zeros_and_a_one(values) and not zeros_and_a_one(scores.expected):
        message = (
            "The bars are exactly 0 and 1. The network is so sure of this image that its rounded scores "
            "cannot be told from the label. A person will look at them."
        )
        return undecided("one_hot", message, details=details)
    seen = f"The bars show the network's scores for {scores.title}"
    if scores.highlight:
        colors = [""] * len(classes)
        for color, member in zip(chart.colors, classes, strict=True):
            colors[member] = color
        fault = _not_marked(colors, scores)
        if fault is not None:
            return half(fault[0], f"{seen}. {fault[1]}", details=details)
        seen += ", with the true class marked"
    if scores.unsure is not None and scores.expected.max() > scores.unsure:
        message = (
            f"{seen}, but the network is sure of it: its largest score is {scores.expected.max():.2f}. "
            f"Choose an image for which that is at most {scores.unsure:g}."
        )
        return half("not_ambiguous", message, details=details)
    return Outcome(1.0, f"{seen}.", details=details)


def _not_marked(colors: Sequence[str], scores: Scores) -> tuple[str, str] | None:
    """Why the true class does not stand out: the mistake and the words; None if it does.

    One more bar may have a colour of its own, such as that of a wrong prediction.
    """
    unique = [member for member, color in enumerate(colors) if colors.count(color) == 1]
    standing_out = unique if len(unique) <= min(2, len(colors) - 2) else []
    if scores.label in standing_out or (scores.label is None and standing_out):
        return None
    step = "Give the bar of the true class a colour that no other bar has."
    if standing_out == [int(scores.expected.argmax())]:
        message = f"The bar of the predicted class is marked, where the true class was asked for. {step}"
        return "highlight_predicted", message
    if standing_out:
        return "highlight_other", f"Another bar than that of the true class is marked. {step}"
    return "no_highlight", f"No bar stands out by its colour. {step}"


def _misplaced(chart: Chart, names: Sequence[str]) -> str:
    pairs = [(place, named) for place, named in enumerate(chart.named) if named is not None]
    shifts = {named - place for place, named in pairs}
    seen = "The scores are right, but the labels below the bars are not theirs"
    if len(shifts) == 1:
        by = abs(next(iter(shifts)))
        seen = f"The scores are right, but the labels are shifted by {by} against the bars"
    elif [named for _, named in pairs] == sorted((named for _, named in pairs), reverse=True):
        seen = "The scores are right, but the labels run in reverse"
    place, named = next(pair for pair in pairs if pair[0] != pair[1])
    return f"{seen}: the bar of class {names[place]} is labelled {names[named]}. Sort both alike, or neither."
