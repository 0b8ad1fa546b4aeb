"""Lays the boxes of panels exactly on the pixel grid: where each begins and how large all of them are.

The right box is the one whose pixels can be an enlarged array of the wanted form (`resampling.misfits`); what
the array holds is not asked, so that no claim is favoured. All panels of a figure are of one size, which need
not be a whole number of pixels: libraries draw whole pixels, but keep the array's own place among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from autograder.figures.panels import Floats
from autograder.figures.rendered import resampling
from autograder.figures.rendered.resampling import Span
from autograder.figures.rendered.segmentation import Box

LOSSLESS: Final = 1.1
"""Pixels per cell from which on cells come back; with fewer the picture has lost them."""

PLAIN: Final = 1.0
"""Mean square (of 0…255) that rounding leaves of a right box at most; a usual kernel that leaves no more is
taken without trying the others."""

_ROOM: Final = 6
_SHIFTS: Final = (-2.5, 3.5)
_SIZES: Final = (-5.0, 2.5)
_TIGHT: Final = 1.5
_STEPS: Final = (0.25, 1.0)
_COARSE: Final = 8.0
"""Pixels per cell from which on the middle of each cell is found to the pixel, and that is enough."""

_LANES: Final = 3
_IRREGULAR: Final = 1.5
_LIKELY: Final = 4
_LOOSE: Final = 0.75
_FINEST: Final = 0.0625
_EQUAL: Final = 0.05
_LINES: Final = 16
_BARE: Final = 0.25
_DISTANT: Final = 0.3
"""What a pixel's way from the box that was seen costs: a margin of the background's colour fits as well."""

_BLACK: Final = 60.0
_EVEN: Final = 12.0
_FRAMED: Final = 0.6
_SNAPPED: Final = 0.75
"""Pixels that an array may begin beside the middle of its frame: lines are drawn on whole pixels."""

_OFF_THE_FRAME: Final = 4.0

_STRICT: Final = 0.1
"""How much the pixels count that fit worst."""

_LUMA: Final = np.array([0.7, 1.0, 0.5], np.float32)


@dataclass(frozen=True)
class Tile:
    """Where a tile of a sheet would lie.

    Attributes:
        box: to the pixel.
        start: exactly, (top, left).
        size: exactly, (height, width).
        ahead: how many tiles' sizes lie before it, gaps included, (down, across).
    """

    box: Box
    start: tuple[float, float]
    size: tuple[float, float]
    ahead: tuple[float, float]


@dataclass(frozen=True)
class Placed:
    """One panel on the pixel grid.

    Attributes:
        crop: pixels around it, (h, w) or (h, w, 3), 0…255.
        down, across: where its array lies in the crop.
    """

    crop: Floats
    down: Span
    across: Span

    @property
    def cells(self) -> tuple[Floats, NDArray[np.bool_]]:
        """Its array, (H, W) or (H, W, 3), 0…255, and which cells are seen well, (H, W)."""
        return resampling.cells_of(self.crop, self.down, self.across)


@dataclass(frozen=True)
class Registration:
    """Panels on the pixel grid.

    Attributes:
        panels: in the order of the boxes.
        kernel: how the arrays were enlarged.
        misfit: mean square of what the pixels differ from any enlarged array, of 0…255.
    """

    panels: tuple[Placed, ...]
    kernel: str
    misfit: float


def register(
    picture: Floats,
    places: Sequence[Box] | Sequence[Tile],
    shape: tuple[int, int],
    lost: NDArray[np.bool_] | None = None,
    kernels: Sequence[str] = resampling.KERNELS,
    shades: Floats | None = None,
) -> Registration | None:
    """Find the boxes' exact places.

    Args:
        picture: (h, w) or (h, w, 3), 0…255.
        places: boxes that are about right, or tiles that are right to about a pixel; at least one.
        shape: (H, W) of the array in each.
        lost: which pixels show something else, (h, w).
        kernels: interpolations to be tried.
        shades: how bright the pixels are, (h, w), 0…255; black frames are looked for in them.

    Returns:
        The best fit; None when the boxes have too few pixels for such arrays.
    """
    tiles = [one for one in places if isinstance(one, Tile)]
    boxes = [one.box if isinstance(one, Tile) else one for one in places]
    size = [int(np.median([getattr(one, side) for one in boxes])) for side in ("height", "width")]
    ratio = min(size[axis] / shape[axis] for axis in (0, 1))
    if min(size[axis] - LOSSLESS * shape[axis] for axis in (0, 1)) < 3:
        return None
    edge = 1 if ratio < 2.5 else int(np.clip(ratio * 0.5, 2, 4))
    crops = [_crop(picture, box, size) for box in boxes]
    covers = [_crop(lost, box, size) > 0 for box in boxes] if lost is not None else []
    # Boxes of a column share where they begin across, those of a row where they begin down.
    lanes = [_lanes([(box.top, box.left)[axis] for box in boxes]) for axis in (0, 1)]
    tracks: list[_Tracks] = []
    for axis in (0, 1):
        members = list(lanes[axis].values())
        strips = [
            _lines([crops[index] for index in lane], [covers[index] for index in lane if covers], size, axis)
            for lane in members
        ]
        if tiles:
            first = [tiles[lane[0]] for lane in members]
            offsets = np.array([one.start[axis] - (one.box.top, one.box.left)[axis] for one in first])
            ahead = np.array([one.ahead[axis] for one in first])
            tracks.append(_Tracks(np.stack(strips), offsets, ahead, True, None))
        else:
            offsets = _offsets(list(lanes[axis]))
            frame = None
            if shades is not None:
                dark = [[_crop(shades, boxes[index], size) for index in lane] for lane in members]
                frame = _frame([_lines(crops, [], size, axis, busy=False) for crops in dark], offsets)
            tracks.append(_Tracks(np.stack(strips), offsets, np.zeros(len(offsets)), False, frame))
    best: tuple[float, list[_Fit]] | None = None
    for kernel in kernels:
        found: list[_Fit] = []
        for axis in (0, 1):
            length = tiles[0].size[axis] if tiles else float(size[axis])
            span = Span(kernel, shape[axis], size[axis] + 2 * _ROOM, _ROOM, length, edge)
            found.append(_fitted(tracks[axis], span))
            if best is not None and found[-1].misfit >= best[0]:
                break
        else:
            best = max(fit.misfit for fit in found), found
            if best[0] < PLAIN:
                break
    if best is None or not np.isfinite(best[0]):
        return None
    spans: list[dict[int, Span]] = [{}, {}]
    for axis in (0, 1):
        for lane, span in zip(lanes[axis].values(), best[1][axis].refined(tracks[axis].strips), strict=True):
            spans[axis].update(dict.fromkeys(lane, span))
    if covers:
        crops = [
            np.where(cover[..., None] if crop.ndim == 3 else cover, np.float32(np.nan), crop)
            for crop, cover in zip(crops, covers, strict=True)
        ]
    placed = [Placed(crop, spans[0][index], spans[1][index]) for index, crop in enumerate(crops)]
    return Registration(tuple(placed), placed[0].down.kernel, best[0])


def _lanes(starts: Sequence[int]) -> dict[int, list[int]]:
    """Indices of the boxes that begin at the same place, by place."""
    lanes: dict[int, list[int]] = {}
    for index, start in enumerate(starts):
        lanes.setdefault(start, []).append(index)
    return lanes


def _offsets(starts: Sequence[int]) -> Floats:
    """How far each lane begins from where it was seen, when all are taken to lie at equal distances."""
    if len(starts) < 3:
        return np.zeros(len(starts))
    ordered = np.sort(starts)
    pitch = float(np.median(np.diff(ordered)))
    places = np.round((np.array(starts) - ordered[0]) / pitch)
    line = np.polynomial.Polynomial.fit(places, starts, 1)
    away = line(places) - starts
    return away if np.abs(away).max() <= _IRREGULAR else np.zeros(len(starts))


def _crop(picture: Floats, box: Box, size: Sequence[int]) -> Floats:
    rows, columns = (
        np.clip(np.arange(start - _ROOM, start + size[axis] + _ROOM), 0, picture.shape[axis] - 1)
        for axis, start in enumerate((box.top, box.left))
    )
    return np.asarray(picture[rows[:, None], columns[None]], np.float32)


def _lines(
    crops: Sequence[Floats],
    covers: Sequence[NDArray[np.bool_]],
    size: Sequence[int],
    axis: int,
    *,
    busy: bool = True,
) -> Floats:
    """Some lines along an axis within the boxes of a lane, the busy ones or any, (lines, pixels)."""
    depth = size[1 - axis]
    rows = np.linspace(_ROOM + 3, _ROOM + depth - 4, max(1, 3 * _LINES // len(crops))).round().astype(int)

    def across(crop: Floats) -> Floats:
        return crop[rows] if axis == 1 else crop[:, rows].T

    lines = np.concatenate([across(crop if crop.ndim == 2 else crop @ _LUMA) for crop in crops])
    if not busy:
        return np.asarray(lines, np.float32)
    # Lines without anything on them tell nothing; those with most on them may be words.
    content = lines[:, _ROOM + 3 : -_ROOM - 3].var(axis=1)
    if covers:
        covered = np.concatenate([across(cover) for cover in covers])[:, _ROOM:-_ROOM].any(axis=1)
        if (~covered).sum() >= _LINES // 2 and content[~covered].any():
            lines, content = lines[~covered], content[~covered]
    full = np.flatnonzero(content >= _BARE * np.quantile(content, 0.8))
    return np.asarray(lines[full[np.linspace(0, len(full) - 1, _LINES).round().astype(int)]], np.float32)


def _frame(shades: Sequence[Floats], offsets: Floats) -> tuple[float, float] | None:
    """Where the black lines around boxes run along an axis, in pixels of a crop; None if there are none.

    Args:
        shades: of each lane, (lines, pixels).
        offsets: of the lanes.
    """
    ends: list[list[float]] = [[], []]
    for lines, offset in zip(shades, offsets, strict=True):
        usual = np.median(lines, axis=0)
        even = np.quantile(np.abs(lines - usual), 0.8, axis=0) < _EVEN
        for found, turn in zip(ends, (1, -1), strict=True):
            seen, outside = usual[::turn][: 2 * _ROOM], np.median(usual[::turn][: _ROOM // 2])
            line = (seen < _BLACK) & (seen < outside - _EVEN) & even[::turn][: 2 * _ROOM]
            if line.any():
                place = int(line.argmax()) + 0.5
                found.append((place if turn == 1 else lines.shape[1] - place) - offset)
    if min(map(len, ends)) < max(1, _FRAMED * len(shades)):
        return None
    return float(np.median(ends[0])), float(np.median(ends[1]))


def _steps(low: float, high: float, step: float) -> Floats:
    return low + step * np.arange(round((high - low) / step) + 1)


def _step(span: Span) -> float:
    """Of the search for a box, in pixels."""
    return _STEPS[1] if span.kernel == "nearest" and span.length / span.cells >= _COARSE else _STEPS[0]


def _costs(strips: Floats, starts: Floats, span: Span, *, rough: bool = False) -> Floats:
    """What is left over of lanes at some places, (lanes, places).

    Args:
        strips: (lanes, lines, pixels).
        starts: (lanes, places).
        span: of what length and kernel the boxes would be.
        rough: in less time.
    """
    many = np.repeat(strips, starts.shape[1], axis=0)
    if rough:
        return resampling.rough_misfits(many, starts.reshape(-1), span).reshape(starts.shape)
    most, everything = resampling.misfits(many, starts.reshape(-1), span)
    return (most + _STRICT * everything).reshape(starts.shape)


@dataclass(frozen=True, eq=False)
class _Fit:
    """Boxes along one axis.

    Attributes:
        misfit: what is left over.
        span: of a box whose lane has no offset.
        offsets: of the lanes, (lanes,).
    """

    misfit: float
    span: Span
    offsets: Floats

    def refined(self, strips: Floats) -> list[Span]:
        """Each lane's own span: a little beside the common one, where that fits better."""
        shifts = _steps(-_LOOSE, _LOOSE, _FINEST)
        starts = self.span.start + self.offsets[:, None] + shifts
        costs = _costs(strips, starts, self.span)
        # Of places that fit equally well, the one next to the common start.
        away = np.where(costs <= costs.min(axis=1, keepdims=True) + _EQUAL, np.abs(shifts), np.inf)
        best = away.argmin(axis=1)
        return [replace(self.span, start=float(row[index])) for row, index in zip(starts, best, strict=True)]


@dataclass(frozen=True, eq=False)
class _Tracks:
    """The lanes along one axis.

    Attributes:
        strips: (lanes, lines, pixels).
        offsets: how far each begins from where it was seen, (lanes,).
        ahead: how many boxes' lengths lie before each and grow with it, (lanes,).
        tight: all this is right to about a pixel.
        frame: where the black lines around a box run whose lane has no offset, None where there are none.
    """

    strips: Floats
    offsets: Floats
    ahead: Floats
    tight: bool
    frame: tuple[float, float] | None


def _fitted(tracks: _Tracks, guess: Span) -> _Fit:
    """The length and start that fit some lanes best.

    Args:
        tracks: the lanes; each may lie a little beside its offset.
        guess: the box that was seen.
    """
    count = 2 * _LANES if tracks.tight else _LANES
    busiest = np.argsort(-tracks.strips.var(axis=(1, 2)))[:count]
    chosen, step = tracks.strips[busiest], _step(guess)
    shortest = LOSSLESS * guess.cells + 2 * guess.edge

    def offsets(length: float) -> Floats:
        return np.asarray(tracks.offsets + tracks.ahead * (length - guess.length))

    def tried(length: float, shifts: Floats, *, rough: bool = False) -> tuple[float, float, float]:
        """Cost, length and the best common shift."""
        step = shifts[1] - shifts[0]
        beside = offsets(length)[busiest, None]
        starts = guess.start + np.round(beside / step) * step + shifts
        costs = _costs(chosen, starts, replace(guess, length=length), rough=rough)
        loose = 2 * int(_LOOSE / step) + 1
        each = ndimage.minimum_filter1d(costs, loose, axis=1, mode="nearest").mean(axis=0)
        # The middle of where every lane finds a place.
        each += 0.1 * costs.mean(axis=0)
        if tracks.frame is None:
            each += _DISTANT * np.abs(shifts + (length - guess.length) / 2)
        else:
            begin, end = guess.start + shifts, guess.start + length + shifts
            for place, line in zip((begin, end), tracks.frame, strict=True):
                away = np.abs(place - line)
                each += _OFF_THE_FRAME * np.maximum(away - _SNAPPED, 0) + _EQUAL * away
        best = int(each.argmin())
        return float(each[best]), length, float(shifts[best])

    # Of a sheet, the length of all tiles together is known to about a pixel.
    finer = 1 + float(tracks.ahead.max())
    if tracks.tight:
        changes, shifts = _steps(-_TIGHT, _TIGHT, step) / finer, _steps(-_TIGHT, _TIGHT, step)
    else:
        changes, shifts = _steps(*_SIZES, step), _steps(*_SHIFTS, step)
    lengths = [float(length) for length in guess.length + changes if length >= shortest]
    if not lengths:
        return _Fit(np.inf, guess, tracks.offsets)
    likely = sorted(tried(length, shifts, rough=True) for length in lengths)[:_LIKELY]
    best = min(tried(length, shifts) for _, length, _ in likely)
    while _FINEST < step < _STEPS[1]:
        step = max(step / 2, _FINEST)
        shifts = best[2] + _steps(-2 * step, 2 * step, step)
        best = min(tried(best[1] + change * step / finer, shifts) for change in (-1, 0, 1))
    span = replace(guess, start=guess.start + best[2], length=best[1])
    fit = _Fit(0.0, span, offsets(best[1]))
    starts = np.array([span.start for span in fit.refined(tracks.strips)])[busiest]
    return replace(fit, misfit=float(resampling.misfits(chosen, starts, fit.span)[0].mean()))
