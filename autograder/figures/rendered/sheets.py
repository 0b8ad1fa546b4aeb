"""Pictures in which panels touch: one image that holds a grid of tiles, or Axes without space between them.

Where the tiles lie follows from their number, the gaps between them in cells, and whether there is a frame;
of the arrangements of the box's proportions those are tried whose gaps are even. Knows nothing of what the
tiles show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from autograder.figures.panels import Floats
from autograder.figures.rendered.registration import Tile
from autograder.figures.rendered.segmentation import Box, Pixels

_LARGEST_PAD: Final = 3
_STRETCHED: Final = 0.012
_LONGEST: Final = 40
_THICKEST: Final = 4
_EVEN: Final = 6.0
_MOSTLY: Final = 0.9
_THIN: Final = 2.0


@dataclass(frozen=True)
class Sheet:
    """An arrangement of tiles.

    Attributes:
        rows, columns: of tiles.
        pad: cells between two tiles.
        frame: cells around all of them.
    """

    rows: int
    columns: int
    pad: int
    frame: int

    def cells(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Height and width in cells, for tiles of a shape."""
        down, across = (
            count * side + (count - 1) * self.pad + 2 * self.frame
            for count, side in zip((self.rows, self.columns), shape, strict=True)
        )
        return down, across

    def tiles(self, box: Box, shape: tuple[int, int]) -> list[Tile]:
        """Where the tiles lie in a box, in reading order."""
        down, across = self.cells(shape)
        high, wide = box.height / down, box.width / across
        size = (shape[0] * high, shape[1] * wide)
        found: list[Tile] = []
        for row in range(self.rows):
            for column in range(self.columns):
                above = self.frame + row * (shape[0] + self.pad)
                left = self.frame + column * (shape[1] + self.pad)
                start = (box.top + above * high, box.left + left * wide)
                rounded = Box(round(start[1]), round(start[0]), round(size[1]), round(size[0]))
                found.append(Tile(rounded, start, size, (above / shape[0], left / shape[1])))
        return found


def _away(count: int, fewest: int, most: int) -> float:
    """How far a number of tiles is from those that are likely: all there are, or as many as are asked for."""
    return min(abs(count - likely) / likely for likely in (fewest, most)) / 4


def unframed(picture: Pixels, box: Box) -> Box:
    """A box without the thin line around it."""
    inside = box.of(picture).astype(np.float32)

    def thickness(lines: Floats) -> int:
        ends = max(1, lines.shape[1] // 20)
        inner = lines[:, ends:-ends]
        away = np.abs(inner - np.median(inner, axis=1, keepdims=True)).max(axis=2)
        # Ticks begin on the line.
        even = (away < _EVEN).mean(axis=1) > _MOSTLY
        # What is even further in is no line, but the picture's own margin.
        return int(even.argmin()) if not even.all() else 0

    deep = _THICKEST + 1
    top, left = thickness(inside[:deep]), thickness(inside.swapaxes(0, 1)[:deep])
    bottom, right = thickness(inside[::-1][:deep]), thickness(inside.swapaxes(0, 1)[::-1][:deep])
    return Box(box.left + left, box.top + top, box.width - left - right, box.height - top - bottom)


def sheets(picture: Pixels, box: Box, shape: tuple[int, int], fewest: int, most: int) -> list[Sheet]:
    """The arrangements that have a box's proportions and even gaps, the plainest first.

    Args:
        picture: (h, w, 3).
        box: that holds the tiles.
        shape: (H, W) of a tile.
        fewest, most: tiles with something on them; the last row may be filled up.
    """
    found: list[tuple[float, Sheet]] = []
    for rows in range(1, _LONGEST + 1):
        for columns in range(1, _LONGEST + 1):
            if not max(2, fewest) <= rows * columns < most + columns:
                continue
            for pad in range(_LARGEST_PAD + 1):
                for frame in dict.fromkeys((0, pad)):
                    sheet = Sheet(rows, columns, pad, frame)
                    down, across = sheet.cells(shape)
                    if min(box.height / down, box.width / across) <= 1:
                        continue
                    stretched = abs(box.width * down / (box.height * across) - 1)
                    if stretched <= _STRETCHED + 2 / min(box.width, box.height):
                        found.append((_away(rows * columns, fewest, most) + 0.1 * pad + 0.05 * frame, sheet))
    found.sort(key=lambda pair: pair[0])
    inside = box.of(picture).astype(np.float32)
    return [sheet for _, sheet in found if sheet.pad == 0 or _gaps_are_even(inside, sheet, shape)]


def _gaps_are_even(inside: Floats, sheet: Sheet, shape: tuple[int, int]) -> bool:
    """Whether pixels (h, w, 3) are of one colour along nearly all gaps; true of very thin ones."""
    even: list[bool] = []
    turns = (inside, inside.swapaxes(0, 1))
    sides = zip(turns, sheet.cells(shape), (sheet.rows, sheet.columns), shape, strict=True)
    for lines, cells, count, side in sides:
        size = len(lines) / cells
        if sheet.pad * size < _THIN:
            continue
        firsts = sheet.frame + np.arange(1, count) * (side + sheet.pad)
        for place in ((firsts - sheet.pad / 2) * size).astype(int):
            away = np.abs(lines[place] - np.median(lines[place], axis=0)).max(axis=1)
            even.append(bool((away < _EVEN).mean() > _MOSTLY))
    return not even or float(np.mean(even)) > _MOSTLY
