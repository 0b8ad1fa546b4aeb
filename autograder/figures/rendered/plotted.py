"""Plots of a rendered picture with their words: as figure records, which the code for curves judges.

Takes lines whose courses are known (`courses`), and reads what stands around them: legends, by the colour
left of each entry, titles, axis labels, and the numbers at both axes, which have to be those of the lines:
those at the left or right fix a scale, linear or logarithmic, that has to put each value where its line is.
Left out as a whole: plots in which some word inside, above or beside them is not surely read, those with two
lines of one colour, and axes whose numbers are powers of ten. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from autograder.evidence import Axes, Figure
from autograder.evidence import Line as Drawn
from autograder.figures.curves import meaning
from autograder.figures.panels import Floats
from autograder.figures.rendered import charts, lines_of_text
from autograder.figures.rendered.charts import Area
from autograder.figures.rendered.courses import Line
from autograder.figures.rendered.lines_of_text import Words
from autograder.figures.rendered.segmentation import Box, Pixels

OFF: Final = 3.0
"""Pixels by which a number below a plot may be off its epoch's place on a line, and a line off the rows that
the numbers at its axis give for its values."""

_FEWEST: Final = 2
_STRAIGHT: Final = 1.5
_HANDLE: Final = 3.4
_BEHIND: Final = 8.0
_SEEN: Final = 6
_CLEARLY: Final = 3
_ROOM: Final = 8
"""Pixels by which the middle of a number at a vertical axis may lie above or below the plot."""


def figures(pictures: Sequence[Pixels], lines: Sequence[Line]) -> list[Figure] | None:
    """The plots that hold some lines, with their words.

    Args:
        pictures: of a question.
        lines: of which it is known what they show; others are left aside.

    Returns:
        One figure for each picture with such lines; None where something is not surely read.
    """
    areas = list(charts.plots(pictures))
    found: list[Figure] = []
    for number, picture in enumerate(pictures):
        own = {rank: area for rank, area in enumerate(areas) if area.picture == number}
        shown = {rank: [line for line in lines if line.area == rank and line.known] for rank in own}
        if not any(shown.values()):
            continue
        texts = lines_of_text.lines(picture, list(own.values()))
        if texts is None:
            return None
        beside = list(own.values())
        axes = [_axes(picture, own[rank], here, texts, beside) for rank, here in shown.items() if here]
        read = tuple(one for one in axes if one is not None)
        if len(read) < len(axes):
            return None
        found.append(Figure(number, read))
    return found or None


def _axes(
    picture: Pixels, area: Area, shown: Sequence[Line], texts: Sequence[Words], areas: Sequence[Area]
) -> Axes | None:
    """A plot with its lines and words."""
    box = area.box
    colours = [line.track.colour for line in shown]
    if any(line.fit is None or line.known is None for line in shown):
        return None
    if len({tuple(one.tolist()) for one in colours}) < len(colours):
        return None
    mine = [one for one in texts if _belongs(one, box, [other.box for other in areas])]
    below = [one for one in mine if one.box.top >= box.bottom]
    first = _numbered(shown, below, box)
    if first is None or not all(_on_scale(line, mine, box) for line in shown):
        return None
    told = [one for one in mine if one.number is None]
    if any(one.text is None and not _is_tick(one, box) for one in told):
        return None
    entries = {one: _handle(picture, one, colours) for one in told if one.text is not None and not one.turned}
    labels = [
        "; ".join(one.text or "" for one, rank in entries.items() if rank == number)
        for number in range(len(shown))
    ]
    if any(rank is None and box.top <= one.middle[1] < box.bottom for one, rank in entries.items()):
        return None
    around = [one for one in told if one.text is not None and entries.get(one) is None]
    drawn = []
    for line, label, colour in zip(shown, labels, colours, strict=True):
        values = np.asarray(line.known.values if line.known else [], np.float64)
        drawn.append(Drawn(first + np.arange(len(values)), values, label, hexadecimal(colour)))
    left, top = box.left / picture.shape[1], 1 - box.bottom / picture.shape[0]
    position = (left, top, box.width / picture.shape[1], box.height / picture.shape[0])
    return Axes(position, lines=tuple(drawn), texts=tuple(one.text or "" for one in around))


def _belongs(words: Words, box: Box, boxes: Sequence[Box]) -> bool:
    """Whether a plot is the one that words stand in, or that they are nearest to.

    What runs upwards is the label of a vertical axis, more likely one to its right.
    """
    across, down = words.middle
    behind = _BEHIND if words.turned else 1.0

    def away(one: Box) -> float:
        beside = max(one.left - across, behind * (across - one.right), 0.0)
        return float(np.hypot(beside, max(one.top - down, down - one.bottom, 0.0)))

    return away(box) <= min(map(away, boxes))


def _is_tick(words: Words, box: Box) -> bool:
    """Whether words that were not read stand where only the numbers of an axis do."""
    across, down = words.middle
    size = words.box.height
    near = min(abs(words.box.right - box.left), abs(words.box.left - box.right)) < 1.5 * size
    beside = box.top - size < down < box.bottom + size and near and not words.turned
    under = 0 <= words.box.top - box.bottom < 1.2 * size and box.left - size < across < box.right + size
    return beside or (under and words.box.width < 3 * size)


def _numbered(shown: Sequence[Line], below: Sequence[Words], box: Box) -> int | None:
    """The number of the first epoch, by the numbers below a plot: 0 or 1; None where they say another."""
    ticks = [(one.number, one.middle[0] - box.left) for one in below if one.number is not None]
    if len(ticks) < _FEWEST:
        return None
    for first in (0, 1):
        if all(_along(line, number - first, column) for line in shown for number, column in ticks):
            return first
    return None


def _along(line: Line, epoch: float, column: float) -> bool:
    if line.fit is None or line.known is None:
        return False
    step = (line.fit.end - line.fit.start) / (len(line.known.values) - 1)
    return abs(line.fit.start + epoch * step - column) <= OFF


def _on_scale(line: Line, words: Sequence[Words], box: Box) -> bool:
    """Whether the numbers at the left or at the right of a plot are those of a line."""
    if line.fit is None or line.known is None:
        return False
    values = np.asarray(line.known.values, np.float64)
    rows = line.fit.offset + line.fit.gain * (np.log(values) if line.logarithm else values)
    percent = meaning(line.known.stands_for).metric == "accuracy"
    return any(scaled(words, box, values * factor, rows) for factor in ((1.0, 100.0) if percent else (1.0,)))


def scaled(words: Sequence[Words], box: Box, values: Floats, rows: Floats) -> bool:
    """Whether the numbers at the left or at the right of a plot put values in some rows.

    Args:
        words: of the plot.
        box: the plot.
        values: (n,).
        rows: where they are drawn, in pixels from the top of the plot, (n,).
    """
    level = [
        (one.number, one.middle[1] - box.top, one.box)
        for one in words
        if one.number is not None and not one.turned
        if box.top - _ROOM <= one.middle[1] < box.bottom + _ROOM
    ]
    left = [(number, row) for number, row, place in level if place.right <= box.left]
    right = [(number, row) for number, row, place in level if place.left >= box.right]
    return any(len(side) >= _FEWEST and _agree(side, values, rows) for side in (left, right))


def _agree(ticks: Sequence[tuple[float, float]], values: Floats, rows: Floats) -> bool:
    """Whether numbers at an axis lie on one scale, linear or not, and values in the rows that it gives."""
    numbers, places = np.array(ticks).T
    for scale in (np.asarray, np.log):
        if len(set(numbers.tolist())) < _FEWEST or (
            scale is np.log and min(numbers.min(), values.min()) <= 0
        ):
            continue
        gain, offset = np.polyfit(scale(numbers), places, 1)
        apart = np.abs(offset + gain * scale(numbers) - places).max()
        if apart <= _STRAIGHT and np.abs(offset + gain * scale(values) - rows).max() <= OFF:
            return True
    return False


def _handle(picture: Pixels, words: Words, colours: Sequence[Floats]) -> int | None:
    """Which of some colours stands to the left of words, as a handle of a legend does."""
    box = words.box
    left = max(0, box.left - int(_HANDLE * max(words.size, box.height)))
    counts = charts.counted(picture[box.top : box.bottom, left : box.left], colours)
    if not counts or max(counts) < _SEEN:
        return None
    ranked = sorted(counts, reverse=True)
    clear = len(ranked) == 1 or ranked[0] >= _CLEARLY * ranked[1]
    return counts.index(ranked[0]) if clear else None


def hexadecimal(colour: Floats) -> str:
    """A colour, (3,) 0…255, as "#rrggbb"."""
    return "#" + "".join(f"{round(channel):02x}" for channel in colour.tolist())
