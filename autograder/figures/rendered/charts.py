"""Plots in a rendered picture: where their areas lie, and which pixels are marks of which colour.

An area is what a frame, a grid, or a background of its own, encloses; marks are what has a colour: lines,
markers, bars. What is grey, black or white is taken for text, frames and grids, so that marks of these
colours are not seen, and lines of one colour are not told apart. Where words stand in an area, as in a
legend, nothing is seen either. Reads no words, judges nothing. Bounded: a picture has at most `MOST_AREAS`
areas, these at most `MOST_COLOURS` colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from autograder.figures.panels import Floats
from autograder.figures.rendered.segmentation import Box, Pixels, background

MOST_AREAS: Final = 12
MOST_COLOURS: Final = 8
MOST_PIXELS: Final = 2_500_000
"""Larger pictures are not looked at, nor any after four times as many pixels."""

_LEAST_SIDE: Final = 50
_OPENING: Final = 25
_GRID: Final = 7
_STRAIGHT: Final = 31
_BORDER: Final = 4
_WHOLE: Final = 0.5
_SPANNED: Final = 0.9
_MOST: Final = 0.95
_EDGE: Final = 6
_APART: Final = 6
_NEUTRAL: Final = 26
"""Colours whose channels differ by less are grey."""

_ALIKE: Final = 40.0
_ON_THE_WAY: Final = 22.0
"""How far, of 0…255, a colour may be off one that it is taken for, and off the way from one to another."""

_FEWEST: Final = 12
_FAINT: Final = 0.35

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Mark:
    """All marks of one colour in an area.

    Attributes:
        colour: (3,) 0…255.
        cover: which share of each pixel has the colour, (h, w), 0…1.
    """

    colour: Floats
    cover: Floats

    @property
    def mask(self) -> Mask:
        """Pixels that have it, (h, w)."""
        return self.cover > _FAINT


@dataclass(frozen=True, eq=False)
class Area:
    """What one plot's frame encloses.

    Attributes:
        box: its place in the picture, the frame left out.
        marks: by colour, the most frequent first.
        worded: which pixels words hide, (h, w).
        grey: pixels that may be marks without a colour, (h, w): no background, words, frames or grids.
        pale: the colour of its background, (3,) 0…255.
        picture: number of its picture, of several.
    """

    box: Box
    marks: tuple[Mark, ...]
    worded: Mask
    grey: Mask
    pale: Floats
    picture: int = 0


def plots(pictures: Sequence[Pixels]) -> Iterator[Area]:
    """The plots of several pictures, as many as `MOST_AREAS`."""
    left, found = 4 * MOST_PIXELS, 0
    for number, picture in enumerate(pictures):
        left -= picture.shape[0] * picture.shape[1]
        if left < 0:
            return
        for area in areas(picture)[: MOST_AREAS - found]:
            found += 1
            yield replace(area, picture=number)


def areas(picture: Pixels) -> list[Area]:
    """The plots of a picture, in reading order.

    Args:
        picture: (h, w, 3) uint8.

    Returns:
        Areas that hold some colour; none for a picture that is too large or too small.
    """
    height, width = picture.shape[:2]
    if min(height, width) < _LEAST_SIDE or height * width > MOST_PIXELS:
        return []
    boxes = _boxes(picture)
    inked = _ink(picture, boxes)
    found = (_area(picture, box, inked) for box in boxes)
    return [area for area in found if area is not None and area.marks]


def _boxes(picture: Pixels) -> list[Box]:
    """Rectangles that are left when ticks and words are taken away; without any, all that is drawn."""
    apart = np.abs(picture.astype(np.int16) - background(picture)).max(axis=2) > _APART
    # Grids of the background's colour cut areas that have one of their own.
    joined = ndimage.maximum_filter(apart.view(np.uint8), _GRID)
    joined = ndimage.minimum_filter(joined, _GRID, mode="constant")
    solid = ndimage.binary_fill_holes(joined)
    for axis in (0, 1):
        solid = ndimage.minimum_filter1d(solid.view(np.uint8), _OPENING, axis, mode="constant").view(bool)
    for axis in (0, 1):
        solid = ndimage.maximum_filter1d(solid.view(np.uint8), _OPENING, axis, mode="constant").view(bool)
    parts = [
        Box(across.start, down.start, across.stop - across.start, down.stop - down.start)
        for down, across in ndimage.find_objects(ndimage.label(solid)[0])[: 20 * MOST_AREAS]
    ]
    parts = [piece for box in parts for piece in _pieces(apart, solid, box)]
    found = [_inside(picture, box) for box in parts if min(box.width, box.height) >= _LEAST_SIDE]
    found = [box for box in found if min(box.width, box.height) >= _LEAST_SIDE]
    found = _grown(picture, found)
    grids = [grid for grid in _grids(apart) if not any(_covers_most(box, grid) for box in found)]
    found = [box for box in found if not any(_common(box, grid) for grid in grids)] + grids
    large = sorted(found, key=lambda box: -box.width * box.height)[:MOST_AREAS]
    if not large and apart.any():
        rows, columns = np.flatnonzero(apart.any(axis=1)), np.flatnonzero(apart.any(axis=0))
        whole = Box(columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0])
        large = [whole] if min(whole.width, whole.height) >= _LEAST_SIDE else []
    return sorted(large, key=lambda box: (box.top // _LEAST_SIDE, box.left))


def _grids(apart: Mask) -> list[Box]:
    """Grids that lie on the background, without a frame: lines that cross and end where the others do."""
    lines = [_straight(apart, _LEAST_SIDE, axis) for axis in (0, 1)]
    parts, _ = ndimage.label(lines[0] | lines[1])
    found = []
    for number, (down, across) in enumerate(ndimage.find_objects(parts)[: 20 * MOST_AREAS]):
        box = Box(across.start, down.start, across.stop - across.start, down.stop - down.start)
        if min(box.width, box.height) < _LEAST_SIDE:
            continue
        mine = parts[down, across] == number + 1
        upright, level = (mine & line[down, across] for line in lines)
        full = (upright.sum(axis=0) >= _SPANNED * box.height), (level.sum(axis=1) >= _SPANNED * box.width)
        # A frame, or a face of another colour, has such lines at its edges.
        if min(map(np.count_nonzero, full)) >= 2 and not (full[0][[0, -1]].any() or full[1][[0, -1]].any()):
            found.append(box)
    return found


def _straight(mask: Mask, least: int, axis: int) -> Mask:
    """The lines of a mask along an axis that are so long at least."""
    line = ndimage.minimum_filter1d(mask.view(np.uint8), least, axis, mode="constant")
    shift = -1 if least % 2 == 0 else 0
    return np.asarray(ndimage.maximum_filter1d(line, least, axis, mode="constant", origin=shift) > 0)


def _common(one: Box, other: Box) -> int:
    """How many pixels two boxes have in common."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(0, across) * max(0, down)


def _covers_most(box: Box, of: Box) -> bool:
    return _common(box, of) >= _MOST * of.width * of.height


def _pieces(apart: Mask, solid: Mask, box: Box) -> Iterator[Box]:
    """The areas of a box; words that join two of them do not reach from the top to the bottom of these."""
    for left, right in _between(apart, solid, box):
        part = Box(left, box.top, right - left, box.height)
        turned = Box(part.top, part.left, part.height, part.width)
        for top, bottom in _between(apart.T, solid.T, turned):
            yield Box(left, top, right - left, bottom - top)


def _between(apart: Mask, solid: Mask, box: Box) -> list[tuple[int, int]]:
    """From which column to which something is drawn along both the upper and the lower edge of a box."""
    filled = solid[box.top : box.bottom, box.left : box.right].sum(axis=1)
    whole = box.top + np.flatnonzero(filled >= _WHOLE * filled.max())
    edges = [
        apart[start : start + _BORDER, box.left : box.right].any(axis=0)
        for start in (whole[0], whole[-1] + 1 - _BORDER)
    ]
    return [
        (box.left + left, box.left + right) for left, right in _spans(np.asarray(edges[0] & edges[1], bool))
    ]


def _spans(edge: Mask) -> list[tuple[int, int]]:
    """Where an edge is drawn: from where to where, smaller gaps than `_GRID` aside."""
    closed = ndimage.binary_closing(np.pad(edge, _GRID), np.ones(_GRID))[_GRID:-_GRID]
    return [
        (one[0].start, one[0].stop) for one in ndimage.find_objects(ndimage.label(closed)[0])[:MOST_AREAS]
    ]


def _grown(picture: Pixels, boxes: list[Box]) -> list[Box]:
    """Boxes with the colours that reach out of them: where there is no frame, only a grid tells an area."""
    values = picture.astype(np.int16)
    apart = np.abs(values - background(picture)).max(axis=2) > _ALIKE
    parts, _ = ndimage.label((np.ptp(values, axis=2) >= _NEUTRAL) & apart)
    places = ndimage.find_objects(parts)
    found = []
    for box in boxes:
        inside = np.unique(parts[box.top : box.bottom, box.left : box.right])
        reaching = [places[number - 1] for number in inside[inside > 0]][:1000]
        left = min([box.left, *(one[1].start for one in reaching)])
        right = max([box.right, *(one[1].stop for one in reaching)])
        top = min([box.top, *(one[0].start for one in reaching)])
        bottom = max([box.bottom, *(one[0].stop for one in reaching)])
        grown = Box(left, top, right - left, bottom - top)
        near = grown.width < 1.3 * box.width and grown.height < 1.3 * box.height
        found.append(grown if near else box)
    return found


def _inside(picture: Pixels, box: Box) -> Box:
    """A box without its frame, which is a line of one grey each side, up to three pixels thick, or none."""
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    usual = _frequent(box.of(picture))[0][0]
    for _ in range(4):
        top += _framed(picture[top, left:right], usual)
        bottom -= _framed(picture[bottom - 1, left:right], usual)
        left += _framed(picture[top:bottom, left], usual)
        right -= _framed(picture[top:bottom, right - 1], usual)
    return Box(left, top, right - left, bottom - top)


def _framed(line: NDArray[Any], usual: Floats) -> int:
    """1 where a row or column is the frame's, or a blend of it: one grey that is not the usual colour."""
    values = line.astype(np.int16)
    middle = np.median(values, axis=0)
    same = np.abs(values - middle).max(axis=1) < 16
    return int(same.mean() > 0.6 and np.ptp(middle) < _NEUTRAL and np.abs(middle - usual).max() > 12)


def _ink(picture: Pixels, boxes: list[Box]) -> Floats:
    """The colours of the words outside of the areas, (N, 3)."""
    outside = np.ones(picture.shape[:2], bool)
    for box in boxes:
        outside[max(0, box.top - 4) : box.bottom + 4, max(0, box.left - 4) : box.right + 4] = False
    colours, counts = _frequent(picture[outside])
    pale = background(picture).astype(np.float64)
    far = np.abs(colours - pale).max(axis=1) > 90
    greyish = np.ptp(colours, axis=1) < 2 * _NEUTRAL
    return np.asarray(colours[far & greyish & (counts > _FEWEST)][:2])


def _area(picture: Pixels, box: Box, inked: Floats) -> Area | None:
    pixels = box.of(picture)
    ring = np.concatenate([pixels[0], pixels[:, 0], pixels[:, -1]])
    colours, counts = _frequent(ring)
    if not len(colours) or counts[0] < 0.3 * len(ring):
        return None
    pale = colours[0]
    worded = _worded(pixels, pale, inked)
    marks = _marks(pixels, pale, inked, worded)
    values = pixels.astype(np.int16)
    grey = np.ptp(values, axis=2) < _NEUTRAL
    grey &= (np.abs(values - pale.astype(np.int16)).max(axis=2) > _ALIKE) & ~worded
    grey[:, :_EDGE] = grey[:, -_EDGE:] = grey[:_EDGE] = grey[-_EDGE:] = False
    return Area(box, marks, worded, without_lines(grey), pale)


def without_lines(mask: Mask) -> Mask:
    """A mask without its long straight lines, which are frames and grids."""
    found = mask.copy()
    for axis in (0, 1):
        line = ndimage.minimum_filter1d(mask.view(np.uint8), _STRAIGHT, axis, mode="constant")
        found &= ndimage.maximum_filter1d(line, _STRAIGHT, axis, mode="constant") == 0
    return found


def _frequent(pixels: NDArray[Any]) -> tuple[Floats, NDArray[np.int64]]:
    """The colours of pixels (N, 3) and how often each occurs, the most frequent first."""
    packed = pixels.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    different, counts = np.unique(packed, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:4096]
    different = different[order]
    colours = np.stack([different >> 16, different >> 8 & 255, different & 255], axis=1)
    return colours.astype(np.float64), counts[order].astype(np.int64)


def _marks(pixels: Pixels, pale: Floats, inked: Floats, worded: Mask) -> tuple[Mark, ...]:
    chosen: list[Floats] = []
    colours, counts = _frequent(pixels[~worded])
    least = max(_FEWEST, 0.0002 * pixels.shape[0] * pixels.shape[1])
    for colour, count in zip(colours, counts, strict=True):
        if count < least or len(chosen) == MOST_COLOURS:
            break
        if _is_mark(colour, pale, inked) and not _blended(colour, chosen, pale):
            # Of a thin line, blends with the background may be more frequent than its own colour.
            chosen = [one for one in chosen if _off(one[None], pale, colour)[0][0] >= _ON_THE_WAY]
            chosen.append(colour)
    return tuple(
        Mark(colour, cover) for colour, cover in zip(chosen, _covers(pixels, chosen, pale), strict=True)
    )


def _is_mark(colour: Floats, pale: Floats, inked: Floats) -> bool:
    if np.ptp(colour) < _NEUTRAL or np.abs(colour - pale).max() < _ALIKE:
        return False
    return not len(inked) or bool(np.abs(inked - colour).max(axis=1).min() > _ON_THE_WAY)


def _blended(colour: Floats, chosen: list[Floats], pale: Floats) -> bool:
    """Whether a colour lies between two others, or a line's and the background's."""
    ends = [pale, *chosen]
    return any(
        _off(colour[None], one, other)[0][0] < _ON_THE_WAY
        for place, one in enumerate(ends)
        for other in ends[place + 1 :]
    )


def _off(colours: Floats, one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """How far colours (N, 3) are from the straight way between two others, and how far along, 0…1."""
    way = other - one
    along = np.clip((colours - one) @ way / max(float(way @ way), 1.0), 0, 1)
    return np.linalg.norm(colours - one - along[:, None] * way, axis=1), along


def _covers(pixels: Pixels, chosen: list[Floats], pale: Floats) -> list[Floats]:
    """By colour, which share of each pixel has it: a pixel is a blend of one of them and the background."""
    different, which = np.unique(
        pixels.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32),
        return_inverse=True,
    )
    colours = np.stack([different >> 16, different >> 8 & 255, different & 255], axis=1).astype(np.float64)
    if not chosen:
        return []
    measured = [_off(colours, pale, one) for one in chosen]
    nearest = np.argmin([gap for gap, _ in measured], axis=0)
    found = []
    for number, (gap, along) in enumerate(measured):
        # A faint grey is as near to any colour as to none.
        share = np.where((nearest == number) & (gap < _ALIKE * (0.25 + 0.75 * along)), along, 0.0)
        found.append(share[which].reshape(pixels.shape[:2]).astype(np.float32))
    return found


def counted(pixels: Pixels, colours: Sequence[Floats]) -> list[int]:
    """How many pixels have each of some colours, or a blend of it and the most frequent colour of all."""
    if not pixels.size:
        return [0 for _ in colours]
    pale = _frequent(pixels.reshape(-1, 3))[0][0]
    return [int((cover > _FAINT).sum()) for cover in _covers(pixels, list(colours), pale)]


def _worded(pixels: Pixels, pale: Floats, inked: Floats) -> Mask:
    """What words hide, and the handles to the left of them."""
    height, width = pixels.shape[:2]
    values = pixels.astype(np.int16)
    grey = np.ptp(values, axis=2) < _NEUTRAL
    far = np.abs(values - pale.astype(np.int16)).max(axis=2) > 100
    ink = grey & far
    for colour in inked:
        ink |= np.abs(values - colour.astype(np.int16)).max(axis=2) < _ON_THE_WAY
    ink = without_lines(ink)
    hidden = np.zeros((height, width), bool)
    lines = ndimage.binary_dilation(ink, np.ones((1, 9), bool))
    for place in ndimage.find_objects(ndimage.label(lines)[0])[:400]:
        rows, columns = place
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        edged = rows.start == 0 or rows.stop == height
        if edged or not 5 <= high <= 40 or wide < 1.5 * high:
            continue
        # Legends have a frame around words, and handles to the left of them.
        top, bottom = max(0, rows.start - high), rows.stop + high
        hidden[top:bottom, max(0, columns.start - 5 * high) : columns.stop + high] = True
    return hidden
