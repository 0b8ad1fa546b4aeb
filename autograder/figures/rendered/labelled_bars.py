"""Bars of a rendered picture with the words at their axes: a figure record, judged by the code for bars.

Takes bars that have the heights of some scores (`heights`), and reads what stands below and beside them. The
numbers at the vertical axis have to put the scores, or these in per cent, where the bars end; everything
right below the plot has to be read, so that slanted words are not enough. Left out as a whole: lying bars,
since labels of many lengths stand beside those, and scores of which something else that may be drawn is no
more than `NEAR` pixels off. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from autograder.evidence import Axes, Axis, Bars, Figure
from autograder.figures.rendered import charts, lines_of_text, plotted
from autograder.figures.rendered.heights import FARTHEST, Standing
from autograder.figures.rendered.lines_of_text import Words
from autograder.figures.rendered.segmentation import Pixels
from autograder.figures.scores import EXACT, Scores

NEAR: Final = 2 * FARTHEST
"""A bar may be off by `FARTHEST`, so that scores which are twice as far apart are told from each other."""

_FEWEST: Final = 2
_TICK: Final = 0.3
_UNDER: Final = 1.6


def figure(pictures: Sequence[Pixels], found: Standing, scores: Scores) -> Figure | None:
    """The plot that holds bars, with the words at its axes; None where these are not surely read.

    Args:
        pictures: of a question.
        found: the bars.
        scores: that they show; their names are looked for.
    """
    area = found.area
    if found.lying or not _alone(scores, found.gain):
        return None
    areas = [one for one in charts.plots(pictures) if one.picture == area.picture]
    texts = lines_of_text.lines(pictures[area.picture], areas)
    if texts is None:
        return None
    ticks = _ticks(texts, found)
    lengths = np.asarray(scores.expected, np.float64)[:: -1 if found.backwards else 1]
    if ticks is None or len(ticks) < _FEWEST:
        return None
    for factor in (1.0, 100.0):
        if plotted.scaled(texts, area.box, factor * lengths, found.foot - found.gain * lengths):
            places = np.arange(len(lengths), dtype=np.float64)
            bars = Bars(places, factor * lengths, np.zeros(len(lengths)), False, _colours(found))
            return Figure(area.picture, (Axes((0.0, 0.0, 1.0, 1.0), bars=(bars,), x=Axis(ticks=ticks)),))
    return None


def _ticks(texts: Sequence[Words], found: Standing) -> tuple[tuple[float, str], ...] | None:
    """What stands right below the plot, and at which bar; None where something of it is not read."""
    box, first, step = found.area.box, found.middles[0], found.middles[1] - found.middles[0]
    below = [
        one
        for one in texts
        if 0 <= one.box.top - box.bottom < _UNDER * one.box.height and box.left < one.middle[0] < box.right
    ]
    ticks = [((one.middle[0] - box.left - first) / step, one.text) for one in below]
    if any(text is None for _, text in ticks):
        return None
    # What is not below one bar, such as the axis' name, tells nothing of any.
    return tuple((float(at), text) for at, text in ticks if text and abs(at - round(at)) <= _TICK)


def _colours(found: Standing) -> tuple[str, ...]:
    """Of each bar; of one that is too low to be seen, the colour that most have."""
    area, middles = found.area, np.rint(found.middles).astype(int)
    row = int(found.foot)
    seen: list[str] = []
    for middle in middles.tolist():
        column = [mark.cover[max(0, row - 4) : row, middle].max(initial=0) for mark in area.marks]
        best = int(np.argmax(column))
        seen.append(plotted.hexadecimal(area.marks[best].colour) if column[best] > 0.5 else "")
    usual = max((one for one in seen if one), key=seen.count, default="")
    return tuple(one or usual for one in seen)


def _alone(scores: Scores, gain: float) -> bool:
    """Whether bars of these scores, so many pixels high, can be told from all others that are known."""
    expected = np.asarray(scores.expected, np.float64)
    sure = np.eye(len(expected))[int(expected.argmax())]
    rivals = (scores.networks, scores.neighbours, scores.inputs)
    others = [sure, np.round(expected, 1), *(theirs for rival in rivals for _, theirs in rival())]
    apart = np.abs(np.concatenate([scores.others, np.stack(others)]) - expected).max(axis=1)
    return bool(((apart <= EXACT) | (gain * apart > NEAR)).all())
