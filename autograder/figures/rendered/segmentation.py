"""Where a picture's panels lie: boxes of pixels that are no background, no text, no ticks and no colorbar.

Whatever is thinner than a panel is removed by an opening; boxes in a row or column then share their edges,
which completes panels whose borders have the background's colour. Finds places only to a pixel or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Pixels = NDArray[np.uint8]

SMALLEST: Final = 13
"""Panels have at least so many pixels each way; letters and ticks are thinner."""

MOST_BOXES: Final = 600

_SIDES: Final = (SMALLEST, 25, 45, 81, 145)
_RECTANGLE: Final = 0.95
_APART: Final = 6
_TOLERANCE: Final = 5000
_A_PART: Final = 0.2
_ALIKE: Final = 0.06


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels.

    Attributes:
        left, top: its first column and row.
        width, height: in pixels.
    """

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column after it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    def of(self, picture: Pixels) -> Pixels:
        """Its pixels."""
        return picture[self.top : self.bottom, self.left : self.right]


def background(picture: Pixels) -> NDArray[np.uint8]:
    """The most frequent colour along the picture's border, (3,)."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    colours, counts = np.unique(border.reshape(-1, 3), axis=0, return_counts=True)
    return np.asarray(colours[counts.argmax()])


class Segments:
    """What stands out from a picture's background, at several coarsenesses.

    Args:
        picture: (h, w, 3).
    """

    def __init__(self, picture: Pixels) -> None:
        self._parts: list[Box] = []
        self._panels: list[list[Box]] = []
        if min(picture.shape[:2]) < SMALLEST:
            return
        apart = np.abs(picture.astype(np.int16) - background(picture)).max(axis=2) > _APART
        # Frames close around panels of the background's colour.
        solid = ndimage.binary_fill_holes(apart)
        for side in _SIDES:
            if side > min(picture.shape[:2]):
                break
            solid = _opened(solid, side)
            found, filled = _components(solid)
            if not found:
                break
            self._parts = self._parts or found
            whole = [one for one, share in zip(found, filled, strict=True) if share > _RECTANGLE]
            self._panels.append(_most_alike(whole))

    def boxes(self, aspect: float) -> list[Box]:
        """The panels in reading order, all of about one size; empty where none are found.

        Args:
            aspect: width / height of a panel, unless it was stretched.
        """

        def worth(panels: Sequence[Box]) -> tuple[bool, float]:
            fits = bool(panels) and abs(panels[0].width / panels[0].height / aspect - 1) < _ALIKE
            return fits, sum(one.width * one.height for one in panels) // _TOLERANCE

        if not self._parts:
            return []
        # Words that cling to panels go with a larger opening; panels themselves never grow by one.
        best = max(self._panels, key=worth)
        everything = [*best, *(one for one in self._parts if not any(_touch(one, panel) for panel in best))]
        return _in_order(_lattice(_alike(everything, best)))[:MOST_BOXES]

    def whole(self, aspect: float) -> bool:
        """Whether all parts of the picture that may be panels are among its `boxes`; colorbars are none."""
        boxes = self.boxes(aspect)
        if not boxes:
            return False
        least = _A_PART * boxes[0].width * boxes[0].height
        rest = [one for one in self._parts if not any(_touch(one, box) for box in boxes)]
        return not any(one.width * one.height > least and not _narrow(one, boxes[0]) for one in rest)


def _opened(solid: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """What is left of a mask when everything thinner than a square is taken away."""
    for axis in (0, 1):
        thin = ndimage.minimum_filter1d(solid.view(np.uint8), side, axis, mode="constant")
        origin = -1 if side % 2 == 0 else 0
        solid = ndimage.maximum_filter1d(thin, side, axis, mode="constant", origin=origin).astype(bool)
    return solid


def _components(mask: NDArray[np.bool_]) -> tuple[list[Box], list[float]]:
    """Connected parts of a mask, and which share of its box each fills."""
    labels, count = ndimage.label(mask)
    if not 0 < count <= 4 * MOST_BOXES:
        return [], []
    sizes = np.bincount(labels.ravel())[1:]
    found = [
        Box(across.start, down.start, across.stop - across.start, down.stop - down.start)
        for down, across in ndimage.find_objects(labels)
    ]
    return found, [size / (one.width * one.height) for size, one in zip(sizes, found, strict=True)]


def _most_alike(found: Sequence[Box]) -> list[Box]:
    """Those of the size that covers most of the picture."""
    groups = [[other for other in found if _near(other, one)] for one in found[:MOST_BOXES]]
    return max(groups, key=lambda group: sum(one.width * one.height for one in group), default=[])


def _touch(one: Box, other: Box) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def _alike(found: Sequence[Box], panels: Sequence[Box]) -> list[Box]:
    """Panels and parts of such; colorbars and words go."""
    model = (panels or _most_alike(found))[0]
    wide, high = 1.15 * model.width + 3, 1.15 * model.height + 3
    kept = [one for one in found if one.width <= wide and one.height <= high]
    # A colorbar is as high as its panel, but far narrower.
    return [
        one
        for one in kept
        if one.width * one.height > 0.02 * model.width * model.height
        and (_near(one, model) or not _narrow(one, model))
    ]


def _near(one: Box, other: Box) -> bool:
    return (
        abs(one.width - other.width) <= _ALIKE * other.width + 3
        and abs(one.height - other.height) <= _ALIKE * other.height + 3
    )


def _narrow(one: Box, model: Box) -> bool:
    slim, flat = one.width < 0.25 * model.width, one.height < 0.25 * model.height
    return slim != flat


def _lattice(found: Sequence[Box]) -> list[Box]:
    """Boxes completed by their rows and columns, where these are regular; else as they are."""
    model = _most_alike(found)[0]
    across, down = ([(one.left, one.right) for one in found], [(one.top, one.bottom) for one in found])
    columns, rows = _edges(across, model.width), _edges(down, model.height)
    if columns is None or rows is None:
        return [one for one in found if _near(one, model)]
    cells = {
        (row, column)
        for one in found
        for row, (top, bottom) in enumerate(rows)
        if top <= one.top + one.height // 2 < bottom
        for column, (left, right) in enumerate(columns)
        if left <= one.left + one.width // 2 < right
    }
    return [
        Box(columns[c][0], rows[r][0], columns[c][1] - columns[c][0], rows[r][1] - rows[r][0])
        for r, c in cells
    ]


def _edges(spans: Sequence[tuple[int, int]], length: int) -> Sequence[tuple[int, int]] | None:
    """Where the lanes lie that spans make up; None if these are not all of about one length."""

    def whole(start: int, end: int) -> bool:
        return abs(end - start - length) <= _ALIKE * length + 3

    found: list[tuple[int, int]] = []
    for first, last in _runs(spans):
        # Words cling to some panels of a lane, others are seen in part: the usual edges are right.
        members = [span for span in spans if first <= span[0] and span[1] <= last and whole(*span)]
        ends = [int(np.median(ends)) for ends in zip(*members, strict=True)] if members else [first, last]
        if not whole(*ends):
            return None
        found.append((ends[0], ends[1]))
    return found


def _runs(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans joined, ascending."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _in_order(found: Sequence[Box]) -> list[Box]:
    rows: list[list[Box]] = []
    for one in sorted(found, key=lambda box: box.top + box.height / 2):
        if rows and one.top + one.height / 2 < rows[-1][0].bottom:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=lambda box: box.left)]
