"""Where lines of words stand in a picture of plots, level or turned, and what they say as far as it is read.

Words are grey, black or white and far from what is behind them; frames, grids, and the strokes at the numbers
of an axis are taken away first. Bounded: of a picture at most `MOST` lines are looked at. Judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import ndimage

from autograder.figures.rendered import captions
from autograder.figures.rendered.charts import Area, Mask, without_lines
from autograder.figures.rendered.letters import Reader
from autograder.figures.rendered.segmentation import Box, Pixels, background

MOST: Final = 80
"""Lines of a picture; one with more is not read at all."""

_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_FAR: Final = 90
_NEUTRAL: Final = 26
_GAP: Final = 9
_BETWEEN: Final = 0.9
_STROKE: Final = 4
_TALL: Final = 2.0
_LEAST: Final = 18
_THIN: Final = 6
_HIGHEST: Final = 45
_AROUND: Final = 2
_LOW: Final = 0.5


@dataclass(frozen=True)
class Words:
    """One line.

    Attributes:
        box: its place in the picture.
        text: what it says; None where that is not surely read.
        turned: it runs upwards.
        size: of its font, in pixels; 0 where it is not read.
    """

    box: Box
    text: str | None
    turned: bool = False
    size: float = 0.0

    @property
    def middle(self) -> tuple[float, float]:
        """Pixels from the left and from the top of the picture."""
        return self.box.left + self.box.width / 2, self.box.top + self.box.height / 2

    @property
    def number(self) -> float | None:
        """The number that it is, if it is one."""
        return float(self.text) if self.text is not None and _NUMBER.fullmatch(self.text) else None


def lines(picture: Pixels, areas: Sequence[Area]) -> list[Words] | None:
    """The lines of words of a picture; None where there are too many.

    Args:
        picture: (h, w, 3) uint8.
        areas: of its plots.
    """
    inked = _ink(picture, areas)
    # What is faint beside letters, such as a grid, is none of theirs.
    near = ndimage.binary_dilation(inked, np.ones((3, 3)))
    beside = np.zeros(inked.shape, bool)
    for area in areas:
        beside[area.box.top : area.box.bottom] = True
    for area in areas:
        beside[:, area.box.left : area.box.right] = False
    gap = _gap(inked)
    upright = [_turned(box) for box in _joined(inked & beside, (gap, 1))]
    turned = [box for box in map(_turned_back, _underlined(upright, gap)) if _is_turned(box)]
    for box in turned:
        inked[box.top : box.bottom, box.left : box.right] = False
    level = _underlined(list(_joined(inked, (1, gap))), gap)
    if len(turned) + len(level) > MOST:
        return None
    reader = Reader()
    found = [_read(picture, near, box, reader, turned=False) for box in level]
    return [*found, *(_read(picture, near, box, reader, turned=True) for box in turned)]


def _ink(picture: Pixels, areas: Sequence[Area]) -> Mask:
    """Pixels of words, without frames and the strokes at them."""
    values = picture.astype(np.int16)
    ground = np.empty_like(picture)
    ground[:] = background(picture)
    for area in areas:
        area.box.of(ground)[:] = area.pale.round()
    inked = np.abs(values - ground).max(axis=2) > _FAR
    inked &= np.ptp(values, axis=2) < _NEUTRAL
    inked = without_lines(inked)
    for area in areas:
        box = area.box
        top, left = max(0, box.top - _STROKE), max(0, box.left - _STROKE)
        rows, columns = slice(top, box.bottom + _STROKE), slice(left, box.right + _STROKE)
        inside = _loose(inked[box.top : box.bottom, box.left : box.right])
        labels, _ = ndimage.label(inked)
        labels[box.top : box.bottom, box.left : box.right] = 0
        touching = np.unique(labels[rows, columns])
        inked &= ~np.isin(labels, touching[touching > 0])
        inked[rows, columns] = False
        inked[box.top : box.bottom, box.left : box.right] = inside
    return inked


def _loose(inked: Mask) -> Mask:
    """Ink without what touches the border."""
    labels, _ = ndimage.label(inked)
    edges = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.asarray(inked & ~np.isin(labels, np.unique(edges[edges > 0])))


def _gap(inked: Mask) -> int:
    """How far letters of one line are apart, at most, in pixels: an odd number, by the height of most."""
    found = ndimage.find_objects(ndimage.label(inked, np.ones((3, 3)))[0])[: 20 * MOST]
    heights = [down.stop - down.start for down, _ in found]
    letters = [height for height in heights if _THIN <= height <= _HIGHEST]
    return max(_GAP, int(_BETWEEN * float(np.median(letters))) | 1) if letters else _GAP


def _joined(inked: Mask, gaps: tuple[int, int]) -> Iterator[Box]:
    """Boxes of ink that lies near to other ink in one direction."""
    edge = max(gaps)
    closed = ndimage.binary_closing(np.pad(inked, edge), np.ones(gaps))[edge:-edge, edge:-edge] | inked
    for down, across in ndimage.find_objects(ndimage.label(closed, np.ones((3, 3)))[0])[: 20 * MOST]:
        yield Box(across.start, down.start, across.stop - across.start, down.stop - down.start)


def _underlined(boxes: Sequence[Box], gap: int) -> list[Box]:
    """Boxes of words, those joined that an underscore joins."""
    found = [box for box in boxes if box.height >= _THIN]
    for thin in (box for box in boxes if box.height < _THIN):
        near = [
            box
            for box in found
            if thin.width <= box.height
            if -gap <= thin.left - box.right <= gap or -gap <= box.left - thin.right <= gap
            if box.top < thin.top < box.bottom + _LOW * box.height
        ]
        if near:
            left, top = min(one.left for one in near), min(one.top for one in near)
            right, bottom = max(one.right for one in near), max(*(one.bottom for one in near), thin.bottom)
            found = [box for box in found if box not in near]
            found.append(Box(left, top, right - left, bottom - top))
    return found


def _turned(box: Box) -> Box:
    """A box as it lies when the picture is turned so that words that run upwards are level."""
    return Box(-box.bottom, box.left, box.height, box.width)


def _turned_back(box: Box) -> Box:
    return Box(box.top, -box.right, box.height, box.width)


def _is_turned(box: Box) -> bool:
    return box.height >= max(_LEAST, _TALL * box.width) and _THIN <= box.width <= _HIGHEST


def _read(picture: Pixels, near: Mask, box: Box, reader: Reader, *, turned: bool) -> Words:
    rows = slice(max(0, box.top - _AROUND), box.bottom + _AROUND)
    columns = slice(max(0, box.left - _AROUND), box.right + _AROUND)
    pixels, kept = picture[rows, columns].astype(np.float64), near[rows, columns]
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    pixels = np.where(kept[..., None], pixels, ground)
    if turned:
        pixels = np.rot90(pixels, -1)
    cover = captions.cover(pixels, ground)
    read = None if cover is None else reader.read(cover)
    return Words(box, None, turned) if read is None else Words(box, read.text, turned, read.size)
