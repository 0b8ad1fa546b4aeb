"""Draws small charts of numbers as PNGs, for feedback pages: lines, lying bars, histograms, matrices.

From numeric arrays only, with Pillow; nothing of a submission is rendered, and matplotlib draws nothing.
Lines differ in dashes and marks, bars in hatching, cells in the numbers that stand in them: colour is never
the only sign. Says nothing about what is right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from autograder.figures.draw import INK, WIDTH, WRONG, fitted, font, png
from autograder.figures.panels import Floats

MOST_CHARTS: Final = 4
MOST_LINES: Final = 8
MOST_BARS: Final = 20
MOST_CELLS: Final = 16
"""Charts of a picture, lines of a chart, bars, rows of a matrix that are drawn: of more, the first ones."""

_SMALL: Final = 20
_ROW: Final = 28
_PAPER: Final = (255, 255, 255)
_RULE: Final = (205, 205, 205)
_COLOURS: Final = ((0, 90, 160), (190, 75, 0), (0, 115, 75), (150, 60, 130))
_DASHES: Final = ((0, 0), (16, 10), (5, 7), (24, 8))
_SIDES: Final = (30, 4, 3, 4)
_TURNS: Final = (0, 45, 0, 0)
_POINTS: Final = 640
_HUGE: Final = 1e100
_MOST_DASHES: Final = 300

Pen = ImageDraw.ImageDraw
Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Line:
    """Numbers over numbers; what is not finite leaves a gap.

    Attributes:
        x, y: (N,).
        label: its entry in the legend.
    """

    x: Floats
    y: Floats
    label: str = ""


@dataclass(frozen=True, eq=False)
class Steps:
    """A histogram.

    Attributes:
        edges, counts: (B + 1,) ascending, and (B,).
        label: its entry in the legend.
    """

    edges: Floats
    counts: Floats
    label: str = ""


@dataclass(frozen=True, eq=False)
class Chart:
    """Lines and histograms over one pair of axes.

    Attributes:
        title: above it.
        marks: at most `MOST_LINES` are drawn.
        note: in the place of marks, where there are none; else below the title.
        wrong: draw title and note as those of something wrong, with a cross before them.
        log: the vertical axis is logarithmic; what is not positive is left out.
    """

    title: str
    marks: Sequence[Line | Steps] = ()
    note: str = ""
    wrong: bool = False
    log: bool = False


def sheet(charts: Sequence[Chart]) -> bytes:
    """Draw charts below each other, 640 pixels wide; two in a row when there are more than three.

    Returns:
        A PNG file.
    """
    charts = charts[:MOST_CHARTS]
    columns = 1 if len(charts) <= 3 else 2
    width = WIDTH // columns
    height = {1: 440, 2: 330, 3: 270}.get(len(charts), 330)
    rows = math.ceil(len(charts) / columns)
    paper = Image.new("RGB", (WIDTH, max(1, rows) * height), _PAPER)
    for place, chart in enumerate(charts):
        drawn = _chart(chart, width, height)
        paper.paste(drawn, ((place % columns) * width, (place // columns) * height))
    return png(paper)


def bars(
    values: Floats,
    names: Sequence[str],
    *,
    hatched: Sequence[int] = (),
    wrong: Sequence[int] = (),
    signed: bool = False,
) -> bytes:
    """Draw lying bars, each with its name before it and its value behind it.

    Args:
        values: (N,); one that is not finite has no bar.
        names: of the bars.
        hatched: places of bars that are hatched.
        wrong: places of bars whose value is marked with a cross.
        signed: write values with their sign.

    Returns:
        A PNG file, 640 pixels wide.
    """
    values = np.asarray(values, np.float64)[:MOST_BARS]
    paper = Image.new("RGB", (WIDTH, max(1, len(values)) * _ROW * 3 // 2 + 16), _PAPER)
    pen, letters = ImageDraw.Draw(paper), font()
    left = 20 + min(170, max((round(letters.getlength(name)) for name in names[:MOST_BARS]), default=0))
    finite = _tamed(values[np.isfinite(values)])
    low, high = min(0.0, finite.min(initial=0)), max(0.0, finite.max(initial=0))
    unit = (WIDTH - left - 130) / ((high - low) or 1.0)
    zero = left - low * unit
    shares = bool(np.abs(finite).max(initial=0) <= 1)
    for place, value in enumerate(values.tolist()):
        top = 8 + place * _ROW * 3 // 2
        middle = top + _ROW // 2 + 2
        pen.text((8, middle), fitted(names[place], left - 16), INK, letters, "lm")
        end = zero
        if math.isfinite(value):
            end = zero + min(max(value, -_HUGE), _HUGE) * unit
            box = (round(min(zero, end)), top, round(max(zero, end)), top + _ROW)
            pen.rectangle(box, fill=_COLOURS[0])
            if place in hatched:
                _hatch(pen, box)
        faulty = place in wrong
        text = ("× " if faulty else "") + (_share(value, signed) if shares else written(value, signed))
        pen.text((max(zero, end) + 8, middle), text, WRONG if faulty else INK, letters, "lm")
    pen.line((zero, 4, zero, paper.height - 4), INK, 2)
    return png(paper)


def matrix(
    cells: Floats, names: Sequence[str], *, wrong: Floats | None = None, signed: bool = False
) -> bytes:
    """Draw a matrix with its numbers in the cells and short names of the classes at its rows and columns.

    Args:
        cells: (C, C).
        names: of the classes; their first letters are written.
        wrong: (C, C) bool; such cells get a frame. None for none of them.
        signed: write values with their sign, and leave zeros out.

    Returns:
        A PNG file, about 640 pixels wide.
    """
    cells = np.asarray(cells, np.float64)[:MOST_CELLS, :MOST_CELLS]
    size, margin = len(cells), 56
    side = min(80, (WIDTH - margin - 4) // max(1, size))
    paper = Image.new("RGB", (margin + size * side + 4, _ROW + size * side + 4), _PAPER)
    pen = ImageDraw.Draw(paper)
    texts = [
        ["" if signed and value == 0 else _short(value, signed) for value in row] for row in cells.tolist()
    ]
    longest = max((font(20).getlength(text) for row in texts for text in row), default=0)
    letters = font(max(9, min(20, int(20 * (side - 6) / (longest or 1)))))
    strongest = float(np.abs(np.nan_to_num(cells, posinf=0, neginf=0)).max(initial=0)) or 1.0
    for row, line in enumerate(cells.tolist()):
        across, down = margin + (row + 0.5) * side, _ROW + (row + 0.5) * side
        pen.text((margin - 6, down), names[row][:4], INK, font(_SMALL), "rm")
        pen.text((across, _ROW - 5), fitted(names[row][:4], side, _SMALL), INK, font(_SMALL), "ms")
        for column, value in enumerate(line):
            share = min(1.0, abs(value) / strongest) if math.isfinite(value) else 0.0
            left, top = margin + column * side, _ROW + row * side
            full = _COLOURS[int(signed and value < 0)]
            red, green, blue = (round(255 - share * (255 - part)) for part in full)
            pen.rectangle((left, top, left + side, top + side), (red, green, blue), _RULE)
            if wrong is not None and wrong[row, column]:
                pen.rectangle((left + 1, top + 1, left + side - 1, top + side - 1), outline=WRONG, width=3)
            middle = (left + side / 2, top + side / 2)
            pen.text(middle, texts[row][column], "white" if share > 0.55 else INK, letters, "mm")
    return png(paper)


def written(value: float, signed: bool = False) -> str:
    """A number as it stands in a picture, with three digits; "not finite" for what is none."""
    if not math.isfinite(value):
        return "not finite"
    text = f"{value:+.3g}" if signed and value else f"{value:.3g}"
    if "e" in text and abs(value) < 1e6 and abs(value) >= 1:
        text = f"{value:+.0f}" if signed else f"{value:.0f}"
    return text.replace("-", "−")


def _chart(chart: Chart, width: int, height: int) -> Image.Image:
    paper = Image.new("RGB", (width, height), _PAPER)
    pen, top = ImageDraw.Draw(paper), 6
    colour = WRONG if chart.wrong else INK
    cross = "× " if chart.wrong else ""
    for words in filter(None, (cross + chart.title, chart.note)):
        pen.text((8, top), fitted(words, width - 16), colour, font())
        top += _ROW
    marks = [mark for mark in chart.marks[:MOST_LINES] if len(_heights(mark))]
    if not marks:
        return paper
    top = _legend(paper, marks, top, width)
    across = _limits([mark.x if isinstance(mark, Line) else mark.edges for mark in marks])
    upright = _limits([_scaled(_heights(mark), chart.log) for mark in marks])
    if any(isinstance(mark, Steps) for mark in marks):
        upright = (upright[0] - 0.3 if chart.log else min(0.0, upright[0]), upright[1])
    low, high = (10**limit if chart.log else limit for limit in upright)
    left = 16 + max(round(font(_SMALL).getlength(written(value))) for value in (low, high))
    box = (left, top + 10, width - 16, height - 30)
    pen.rectangle(box, outline=_RULE)
    for value, y, place in ((high, box[1], "rm"), (low, box[3], "rm")):
        pen.text((left - 6, y), written(value), INK, font(_SMALL), place)
    for value, x, place in ((across[0], box[0], "lt"), (across[1], box[2], "rt")):
        pen.text((x, box[3] + 7), written(value), INK, font(_SMALL), place)
    # Drawn twice as large and reduced, since Pillow's lines have ragged edges.
    size = (box[2] - box[0] - 1, box[3] - box[1] - 1)
    inside = Image.new("RGB", (2 * size[0], 2 * size[1]), _PAPER)
    edges = (0.0, 0.0, float(inside.width), float(inside.height))
    if not chart.log and upright[0] < 0 < upright[1]:
        zero = _at([(across[0], 0.0)], across, upright, edges)[0][1]
        ImageDraw.Draw(inside).line((0, zero, inside.width, zero), _RULE, 4)
    for number, mark in enumerate(marks):
        runs = [_at(run, across, upright, edges) for run in _outline(mark, chart.log, upright[0])]
        _trace(ImageDraw.Draw(inside), runs, number, spots=isinstance(mark, Line))
    paper.paste(inside.reduce(2), (box[0] + 1, box[1] + 1))
    return paper


def _legend(paper: Image.Image, marks: Sequence[Line | Steps], top: int, width: int) -> int:
    """Write what the marks are, two in a row; returns where the next thing may stand."""
    named = [(number, mark.label) for number, mark in enumerate(marks) if mark.label]
    pen, half = ImageDraw.Draw(paper), width // 2
    for place, (number, label) in enumerate(named):
        left, middle = 8 + (place % 2) * half, top + _ROW // 2
        _trace(pen, [[(left, middle), (left + 32, middle)]], number, spots=False, width=3)
        _spot(pen, (left + 16, middle), number, 6)
        pen.text((left + 40, middle), fitted(label, half - 46, _SMALL), INK, font(_SMALL), "lm")
        top += _ROW if place % 2 or place == len(named) - 1 else 0
    return top


def _heights(mark: Line | Steps) -> Floats:
    return mark.y if isinstance(mark, Line) else mark.counts


def _scaled(values: Floats, log: bool) -> Floats:
    """Heights as they are drawn; what cannot be drawn is NaN."""
    clipped = _tamed(values)
    if not log:
        return clipped
    with np.errstate(all="ignore"):
        return np.where(clipped > 0, np.log10(clipped), np.nan)


def _tamed(values: Floats) -> Floats:
    """Numbers that can be reckoned with: very large ones cut off, very small ones 0, infinite ones NaN."""
    wide = np.asarray(values, np.float64)
    seen = np.where(np.abs(wide) < 1 / _HUGE, 0.0, np.clip(wide, -_HUGE, _HUGE))
    return np.where(np.isfinite(wide), seen, np.nan)


def _limits(values: Sequence[Floats]) -> tuple[float, float]:
    whole = np.concatenate([_tamed(one).ravel() for one in values])
    finite = whole[np.isfinite(whole)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    room = 0.5 * abs(low) or 0.5
    return low - room, high + room


def _outline(mark: Line | Steps, log: bool, floor: float) -> list[list[Place]]:
    """A mark as runs of points without gaps; a histogram stands on the floor."""
    if isinstance(mark, Line):
        stride = max(1, len(mark.y) // _POINTS)
        x, y = _tamed(mark.x)[::stride], _scaled(mark.y, log)[::stride]
    else:
        # Empty bins stand on the axis, below the smallest count that can be drawn.
        heights = np.nan_to_num(_scaled(mark.counts, log), nan=floor)
        x, y = np.repeat(_tamed(mark.edges), 2), np.repeat([floor, *heights, floor], 2)[1:-1]
    runs: list[list[Place]] = [[]]
    for place in zip(x.tolist(), y.tolist(), strict=True):
        if math.isfinite(place[0]) and math.isfinite(place[1]):
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _at(
    run: Sequence[Place], across: Place, upright: Place, box: tuple[float, float, float, float]
) -> list[Place]:
    """Points of data as points of the paper."""
    (left, right), (low, high) = across, upright
    width, height = box[2] - box[0], box[3] - box[1]
    return [
        (box[0] + (x - left) / (right - left) * width, box[3] - (y - low) / (high - low) * height)
        for x, y in run
    ]


def _trace(
    pen: Pen, runs: Sequence[Sequence[Place]], number: int, *, spots: bool = True, width: int = 6
) -> None:
    """Draw runs of points in the manner of the so manieth mark."""
    colour, dashes = _COLOURS[number % 4], _DASHES[number % 4]
    scale = width / 3
    for run in runs:
        for piece in _dashed(run, dashes[0] * scale, dashes[1] * scale) if dashes[1] else [run]:
            pen.line([*piece], colour, width, "curve")
        every = max(1, len(run) // 6)
        for place in run[every // 2 :: every] if spots or len(run) == 1 else ():
            _spot(pen, place, number, 12)


def _spot(pen: Pen, place: Place, number: int, radius: float) -> None:
    colour, sides, turn = _COLOURS[number % 4], _SIDES[number % 4], _TURNS[number % 4]
    if number >= len(_COLOURS):
        pen.regular_polygon((*place, radius), sides, turn, _PAPER, colour)
    else:
        pen.regular_polygon((*place, radius), sides, turn, colour)


def _dashed(run: Sequence[Place], on: float, off: float) -> Iterator[list[Place]]:
    """Cut a run of points into dashes."""
    points = np.array(run)
    steps = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(0)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    # A long scribble gets long dashes, so that their number is bounded.
    longer = max(1.0, float(way[-1]) / (_MOST_DASHES * (on + off)))
    on, off = longer * on, longer * off
    for start in np.arange(0, way[-1], on + off).tolist():
        stop = min(start + on, float(way[-1]))
        inner = points[(way > start) & (way < stop)]
        ends = [
            (float(np.interp(at, way, points[:, 0])), float(np.interp(at, way, points[:, 1])))
            for at in (start, stop)
        ]
        yield [ends[0], *map(tuple, inner.tolist()), ends[1]]


def _hatch(pen: Pen, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    for start in range(left, right, 12):
        reach = min(bottom - top, right - start)
        pen.line((start, bottom, start + reach, bottom - reach), _PAPER, 3)


def _share(value: float, signed: bool) -> str:
    """A share 0…1 with three decimals."""
    text = f"{value:{'+' if signed else ''}.3f}" if math.isfinite(value) else written(value)
    return "0.000" if text in ("+0.000", "-0.000") else text.replace("-", "−")


def _short(value: float, signed: bool) -> str:
    """A number for a cell: whole numbers whole, others with two decimals and no leading zero to spare."""
    if not math.isfinite(value):
        return "?"
    sign = "+" if signed else ""
    text = f"{value:{sign}.0f}" if value == round(value) and abs(value) < 1e5 else f"{value:{sign}.2f}"
    return (f"{value:{sign}.0e}" if len(text) > 6 else text).replace("-", "−")
