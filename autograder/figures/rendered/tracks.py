"""Lines of a plot in a rendered picture: the course of each, and which series of numbers has that course.

A course is compared with a series up to a linear map of both axes, since ticks are not read, and up to a
logarithm of the values: the first and last marks of an area are those of the first and the last number, and
what is larger stands higher. What is off is measured in pixels, across the line, once where the ink of a line
of that thickness lies beside its course is allowed for (`strokes`). Columns that markers on a line widen are
left out; those that other marks or words may hide in part do not tell two series apart. So nothing is known
of units, of the numbers at the axes, of words. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import least_squares

from autograder.figures.panels import Floats
from autograder.figures.rendered import strokes
from autograder.figures.rendered.charts import Area

MOST_POINTS: Final = 1500
MOST_FORMS: Final = 600
"""Points of a track, and series with which it is compared."""

CAP: Final = 2.0
APART: Final = 0.1
"""Pixels that a point counts at most to be off, and by which two courses differ where they lie apart."""

LOGARITHM: Final = "log "
"""Begins the names of forms that are logarithms."""

_NARROW: Final = 16
_SMALL: Final = 5
_SEEN: Final = 0.2
_FULL: Final = 0.5
_PARTS: Final = 400
_FEWEST: Final = 8
_WIDE: Final = 0.25
_PLAIN: Final = 0.1
"""Share of a line's columns that have to be without markers, for those with markers to be left out."""

_BULGE: Final = 2.2
_THIN: Final = 0.2
"""How much farther than the line a marker reaches around its middle; that share of columns is the line's."""

_ENDS: Final = 6.0
_LACKING: Final = 8.0
_GAP: Final = 3.0
"""Pixels that may always lack at the ends of a line, as where a dash is due, at most and at least."""

_NEAR: Final = 7
_REFINED: Final = 8
_ROUGH: Final = 150
_SOFT: Final = 1.0
_USUAL: Final = 0.85


@dataclass(frozen=True, eq=False)
class Track:
    """The course of the marks of one colour.

    Attributes:
        x, y: (N,) pixels from the left and from the top of the area.
        ends: the first and last column in which any mark of the area lies.
        own: the first and last column in which one of these marks lies.
        inked: where any mark of the area is, or near to it, (h, w).
        colour: of the marks, (3,) 0…255.
        ink: of each point, how many pixels its column is thick; 0 for a small spot, (N,).
        sure: whether no other marks and no words are there to hide a part of it, (N,).
    """

    x: Floats
    y: Floats
    ends: tuple[float, float]
    own: tuple[float, float]
    inked: NDArray[np.bool_]
    colour: Floats
    ink: Floats
    sure: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Fit:
    """How a series lies on a track.

    Attributes:
        off: by how many pixels the track is missed, root mean square of the 85 % that are nearest.
        squares: the sum of the squares of what all points are off, `CAP` at most each.
        gaps: by how many pixels each point of the track is off, with a sign, (N,); NaN where that is not
            sure.
        start, end: columns of the first and the last number.
        gain, offset: rows are `offset + gain * number`; `gain` is negative.
        rows: how many pixels the series spans.
    """

    off: float
    squares: float
    gaps: Floats
    start: float
    end: float
    gain: float
    offset: float

    rows: float


def tracks(area: Area) -> list[list[Track]]:
    """The tracks of an area, by mark: all of it, and where it has both, its small spots and its lines alone.

    Left out are marks that do not span a quarter of all marks' extent.
    """
    every = [(_points(area, number), mark.colour) for number, mark in enumerate(area.marks)]
    found = [(points, colour) for points, colour in every if len(points) >= _FEWEST]
    if not found:
        return []
    low, high = min(one[:, 0].min() for one, _ in found), max(one[:, 0].max() for one, _ in found)
    wide = [(one, colour) for one, colour in found if np.ptp(one[:, 0]) > _WIDE * (high - low)]
    ends = float(min(one[:, 0].min() for one, _ in wide)), float(max(one[:, 0].max() for one, _ in wide))
    inked = np.any([mark.cover > _SEEN for mark in area.marks], axis=0)
    inked = ndimage.maximum_filter(inked.view(np.uint8), _NEAR).view(bool)
    return [[_track(points, ends, inked, colour) for points in _ways(one)] for one, colour in wide]


def _ways(points: Floats) -> Iterator[Floats]:
    """Points all together; then small spots and lines apart, which may be two lines of one colour."""
    yield points
    small = points[:, 2] == 0
    if min(small.sum(), (~small).sum()) >= _FEWEST:
        yield points[small]
        yield points[~small]


def _track(points: Floats, ends: tuple[float, float], inked: NDArray[np.bool_], colour: Floats) -> Track:
    plain = points[points[:, 4] == 0]
    used = plain if len(plain) >= max(_FEWEST, _PLAIN * len(points)) else points
    x, y, ink, sure, _ = used[:: max(1, -(-len(used) // MOST_POINTS))].T
    own = float(points[:, 0].min()), float(points[:, 0].max())
    return Track(x, y, ends, own, inked, colour, ink, sure > 0)


def _points(area: Area, number: int) -> Floats:
    """The middle of each column of each connected part; of a small spot, as a dash or a marker, its middle.

    Args:
        area: a plot.
        number: of one of its marks.

    Returns:
        (N, 5): column, row, how thick the column is, 0 for small spots, whether nothing hides a part of it,
        and whether a marker on a line widens it.
    """
    cover = np.where(area.worded, 0, area.marks[number].cover)
    others = [mark.cover > _SEEN for rank, mark in enumerate(area.marks) if rank != number]
    hiding = ndimage.binary_dilation(np.any([area.worded, *others], axis=0), np.ones((3, 3)))
    parts, _ = ndimage.label(cover > _SEEN, np.ones((3, 3)))
    places = ndimage.find_objects(parts)
    found = [np.zeros((0, 5))]
    for part in np.argsort([one[1].start - one[1].stop for one in places])[:_PARTS]:
        rows, columns = places[part]
        mine = parts[rows, columns] == part + 1
        weights = np.where(mine, cover[rows, columns], 0)
        total = weights.sum(axis=0)
        if weights.sum() < _SMALL:
            continue
        across, down = np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop)
        sure = ~(mine & hiding[rows, columns]).any(axis=0)
        if len(across) <= _NARROW and len(down) <= _NARROW:
            middle = across @ total / total.sum(), down @ weights.sum(axis=1) / total.sum()
            found.append(np.array([[*middle, 0.0, sure.all(), 0.0]]))
        else:
            full = total > _FULL
            middles = (down @ weights)[full] / total[full]
            marked, ends = _marked(weights)
            along = np.clip(across, columns.start + ends[0], columns.start + ends[1])
            found.append(np.stack([along[full], middles, total[full], sure[full], marked[full]], axis=1))
    return np.concatenate(found)


def _marked(weights: Floats) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    """Which columns of a line markers widen, as they reach farther around than the line does; and its ends.

    Where a line begins or ends with a marker, the end is the marker's middle.
    """
    deep = np.asarray(ndimage.distance_transform_edt(np.pad(weights > _FULL, 1)))[1:-1, 1:-1].max(axis=0)
    usual = float(np.quantile(deep, _THIN))
    columns = np.arange(len(deep))
    marked = np.zeros(len(deep), bool)
    for middle in np.flatnonzero(deep > max(_BULGE * usual, usual + 1.5)):
        marked |= np.abs(columns - middle) <= deep[middle] + 1
    ends = [_first_middle(deep) if marked[0] else 0, _first_middle(deep[::-1]) if marked[-1] else 0]
    return marked, (ends[0], len(deep) - 1 - ends[1])


def _first_middle(deep: Floats) -> int:
    """The column that is the deepest of those around it, from the first column on."""
    near = range(len(deep))
    return next(
        (one for one in near if deep[one] > 1 and deep[one] >= deep[: one + 1 + int(deep[one])].max()), 0
    )


def fits(track: Track, series: Mapping[str, Floats]) -> dict[str, Fit]:
    """How series lie on a track.

    Args:
        track: of an area.
        series: by name, (n,) finite numbers, n > 1.

    Returns:
        By name, the fits of the nearest ones that rise where the track does, logarithms among them.
    """
    forms = _forms(series)
    every = max(1, len(track.x) // _ROUGH)
    some = replace(track, x=track.x[::every], y=track.y[::every], sure=track.sure[::every])
    rough = {name: found for name, values in forms.items() if (found := _rough(some, values)) is not None}
    nearest = sorted(rough, key=lambda name: rough[name].squares)[:_REFINED]
    return {name: _drawn(track, forms[name], _refined(some, forms[name], rough[name])) for name in nearest}


def _forms(series: Mapping[str, Floats]) -> dict[str, Floats]:
    usable = {
        name: np.asarray(one, np.float64)
        for name, one in list(series.items())[:MOST_FORMS]
        if len(one) > 1 and np.isfinite(one).all() and np.ptp(one) > 0
    }
    logarithms = {LOGARITHM + name: np.log(one) for name, one in usable.items() if one.min() > 0}
    return usable | logarithms


def _rough(track: Track, values: Floats) -> Fit | None:
    """A fit with the ends as they are seen."""
    start, end = track.ends
    z = _at(track.x, values, start, end)
    weights = np.ones(len(z))
    for _ in range(4):
        middle = weights @ z / weights.sum(), weights @ track.y / weights.sum()
        spread = float(weights @ (z - middle[0]) ** 2)
        if spread <= 0:
            return None
        gain = float(weights @ ((z - middle[0]) * (track.y - middle[1]))) / spread
        offset = float(middle[1] - gain * middle[0])
        off = _across(track.x, track.y, values, start, end, gain, offset)
        weights = 1 / np.maximum(1.0, np.abs(off))
    return _measured(track, values, start, end, gain, offset) if gain < 0 else None


def _refined(track: Track, values: Floats, rough: Fit) -> Fit:
    scale = float(np.ptp(values))
    bottom = float(values.min())
    low, high = track.ends

    def residual(p: Floats) -> Floats:
        gain = -p[2] / scale
        return _across(track.x, track.y, values, p[0], p[1], gain, p[3] - gain * bottom)

    begin = np.array([rough.start, rough.end, -rough.gain * scale, rough.offset + rough.gain * bottom])
    bounds = (
        [low - 2, high - _ENDS, 0.0, -20.0 * len(track.inked)],
        [low + _ENDS, high + 2, 40.0 * len(track.inked), 20.0 * len(track.inked)],
    )
    begin = np.clip(begin, bounds[0], bounds[1])
    found = least_squares(residual, begin, bounds=bounds, loss="soft_l1", f_scale=_SOFT, max_nfev=25).x
    gain = -found[2] / scale
    return _measured(track, values, found[0], found[1], gain, found[3] - gain * bottom)


def _drawn(track: Track, values: Floats, fit: Fit) -> Fit:
    """A fit of a series to a track as a line of that thickness leaves it, not to the track itself."""
    line = track.ink > 0
    if line.sum() < _FEWEST:
        return _refined(track, values, fit)
    steep = _steep(track.x[line], values, fit.start, fit.end, fit.gain)
    thickness = float(np.median(track.ink[line] / np.sqrt(1 + steep**2)))
    corners = np.linspace(fit.start, fit.end, len(values))
    beside = strokes.beside(corners, fit.offset + fit.gain * values, track.inked.shape, thickness)
    y = track.y - np.where(line, beside[np.clip(np.rint(track.x), 0, len(beside) - 1).astype(int)], 0.0)
    return _refined(replace(track, y=y), values, fit)


def _at(x: Floats, values: Floats, start: float, end: float) -> Floats:
    """A series at columns, linear between its numbers."""
    places = (x - start) / max(1.0, end - start) * (len(values) - 1)
    return np.interp(places, np.arange(len(values)), values)


def across(x: Floats, y: Floats, values: Floats, fit: Fit) -> Floats:
    """How far pixels are from a series that lies as a fit says: across the line, in pixels, with a sign.

    Args:
        x, y: (N,) columns and rows.
        values: of the series, (n,); logarithms, where the fit is of such.
        fit: how it lies.
    """
    return _across(x, y, values, fit.start, fit.end, fit.gain, fit.offset)


def _across(
    x: Floats, y: Floats, values: Floats, start: float, end: float, gain: float, offset: float
) -> Floats:
    here = offset + gain * _at(x, values, start, end)
    return np.asarray((y - here) / np.sqrt(1 + _steep(x, values, start, end, gain) ** 2))


def _steep(x: Floats, values: Floats, start: float, end: float, gain: float) -> Floats:
    """By how many rows a line rises from one column to the next."""
    return np.asarray(gain * (_at(x + 0.5, values, start, end) - _at(x - 0.5, values, start, end)))


def _measured(track: Track, values: Floats, start: float, end: float, gain: float, offset: float) -> Fit:
    gaps = _across(track.x, track.y, values, start, end, gain, offset)
    off = np.sort(np.abs(gaps))
    usual = off[: max(1, int(_USUAL * len(off)))]
    rms = float(np.sqrt((usual**2).mean()))
    squares = float((np.minimum(off, CAP) ** 2).sum())
    gaps[~track.sure] = np.nan
    return Fit(rms, squares, gaps, start, end, gain, offset, abs(gain) * float(np.ptp(values)))


def is_whole(track: Track, values: Floats, fit: Fit) -> bool:
    """Whether nothing of a series lacks at the ends of a track, but for half a number, or what is hidden.

    Args:
        track: of an area.
        values: of the series, or their logarithms, where the fit is of such.
        fit: how it lies.
    """
    most = min(_LACKING, max(_GAP, (fit.end - fit.start) / (len(values) - 1) / 2))
    first, last = track.own
    columns = np.arange(max(0, round(fit.start)), min(track.inked.shape[1] - 1, round(fit.end)) + 1)
    before = (columns < first) & (first - fit.start > most)
    behind = (columns > last) & (fit.end - last > most)
    beyond = columns[before | behind]
    rows = np.rint(fit.offset + fit.gain * _at(beyond.astype(np.float64), values, fit.start, fit.end))
    inside = (rows >= 0) & (rows < len(track.inked))
    return bool(inside.all() and track.inked[rows.astype(int), beyond].all()) if len(beyond) else True


def squares_apart(one: Fit, other: Fit) -> tuple[float, float]:
    """The squares of what two series are off one track, of only those points where they lie apart.

    Where they do not, both are off by the same. What other marks or words may hide in part is left out.
    """
    apart = np.abs(one.gaps - other.gaps) > APART
    first, second = (np.minimum(np.abs(fit.gaps[apart]), CAP) ** 2 for fit in (one, other))
    return float(first.sum()), float(second.sum())


def together(found: Sequence[tuple[Track, Floats, Fit]]) -> float:
    """How far tracks are from their series on one scale: pixels, root mean square of the nearest 85 %.

    Args:
        found: tracks of one area, their series (logarithms, where the fits are such), and how they lie.
    """
    z = [_at(track.x, values, fit.start, fit.end) for track, values, fit in found]
    y = [track.y for track, _, _ in found]
    steep = [_steep(track.x, values, fit.start, fit.end, fit.gain) for track, values, fit in found]
    scale = 1 / np.sqrt(1 + np.concatenate(steep) ** 2)
    rows, numbers = np.concatenate(y), np.concatenate(z)
    weights = scale.copy()
    off = np.zeros(len(rows))
    for _ in range(12):
        gain, offset = np.polyfit(numbers, rows, 1, w=weights)
        off = np.abs(rows - gain * numbers - offset) * scale
        weights = scale / np.maximum(1.0, off)
    usual = np.sort(off)[: max(1, int(_USUAL * len(off)))]
    return float(np.sqrt((usual**2).mean())) if gain < 0 else float("inf")
