"""Mosaics: one image that holds a grid of tiles of a known size, taken apart again.

How many columns there are, how wide the gaps are (0 to 3 pixels), whether there is a frame, what fills gaps
and empty cells and by how much the tiles were enlarged is found out. Knows nothing of what the tiles should
show, and judges nothing: tiles are compared as panels are, with the thresholds of
`autograder.figures.verify`.

Accepts: any number of columns, rows read across or down, gaps of one value (NaN too), tiles framed each by
itself, whole factors of enlargement, blank tiles at the end, several such images beside each other or other
pictures.
Refuses: tiles of unequal distances, overlapping ones, and those that were enlarged with interpolation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from autograder.figures.panels import MOST_PANELS, Floats, Panel, is_blank

_LARGEST_PAD = 3
_LARGEST_FACTOR = 8
_MOST_WAYS = 6
"""Ways to cut one image that are tried, of those whose gaps hold one value; the likeliest first."""


@dataclass(frozen=True)
class _Row:
    """Tiles along one axis.

    Attributes:
        lead, pad, trail: pixels before the first tile, between two, after the last.
        count: how many tiles.
    """

    lead: int
    pad: int
    trail: int
    count: int

    @property
    def gaps(self) -> int:
        """Pixels that belong to no tile."""
        return self.lead + self.pad * (self.count - 1) + self.trail

    @property
    def oddness(self) -> int:
        """0 for gaps between tiles only, 1 with a frame as well, 2 to 4 for other usual forms, else more."""
        ends, half = (self.lead, self.trail), self.pad / 2
        # Half as wide a frame comes of tiles that were framed each by itself.
        forms = [(0, 0), (self.pad, self.pad), (0, self.pad), (self.pad, 0), (half, half)]
        return forms.index(ends) if ends in forms else 5 + (self.lead != self.trail)

    def starts(self, tile: int) -> list[int]:
        """Where the tiles begin."""
        return [self.lead + place * (tile + self.pad) for place in range(self.count)]


def tilings(panels: Sequence[Panel], height: int, width: int, fewest: int) -> Iterator[list[Panel]]:
    """Ways to cut images that hold grids into their tiles, in reading order, the likeliest first.

    Blank tiles at the end, which usually only fill the grid, are dropped; if nothing else will do they are
    kept. Images that cannot be cut are passed over.

    Args:
        panels: the images, any size.
        height, width: of a tile, in pixels before it was enlarged.
        fewest: a way that gives fewer tiles is none.
    """
    sheets: list[list[list[Panel]]] = []
    for panel in panels:
        if sum(min(map(len, ways)) for ways in sheets) >= MOST_PANELS:
            break  # More tiles are not looked at.
        if ways := split(panel, height, width):
            sheets.append(ways)
    most = max((len(ways) for ways in sheets), default=0)
    found: list[tuple[list[Panel], int]] = []
    for rank in range(most):
        whole = [ways[min(rank, len(ways) - 1)] for ways in sheets]
        full = [tile for tiles in whole for tile in tiles]
        tiles = [tile for tiles in whole for tile in _trimmed(tiles)]
        found.append((full, len(tiles)))
        if len(tiles) >= fewest:
            yield tiles[:MOST_PANELS]
    for full, trimmed in found:
        if trimmed < len(full) and len(full) >= fewest:
            yield full[:MOST_PANELS]


def split(panel: Panel, height: int, width: int) -> list[list[Panel]]:
    """All likely ways to cut one image into tiles, the likeliest first; each in reading order.

    First come ways whose gaps hold one value throughout, those with the widest gaps first; then, for tiles
    that were framed each by itself, regular grids with any gaps. Tiles enlarged by repeating pixels are
    brought back to their size. A tile without any finite number (a blank map divided by its range of 0)
    comes back as zeros.

    Args:
        panel: the image.
        height, width: of a tile.
    """
    pixels = panel.pixels
    if is_blank(pixels) or not np.isfinite(pixels).any():
        return []
    factors = range(min(_LARGEST_FACTOR, pixels.shape[0] // height, pixels.shape[1] // width), 0, -1)
    found: list[list[Floats]] = []
    for factor in factors:
        for grid in _grids(pixels, factor * height, factor * width):
            tiles = _cut(pixels, grid, factor * height, factor * width)
            if all(_is_enlarged(tile, factor) for tile in tiles):
                found.append([tile[::factor, ::factor] for tile in tiles])
    form = Panel(pixels, reversed=panel.reversed, flipped=panel.flipped)
    return [[replace(form, pixels=_finite(tile)) for tile in tiles] for tiles in found]


def _grids(pixels: Floats, height: int, width: int) -> list[tuple[_Row, _Row]]:
    """Pairs of rows and columns into which an image can be cut."""
    down, across = _rows(pixels.shape[0], height), _rows(pixels.shape[1], width)
    fills = _fills(pixels, down, height), _fills(pixels.swapaxes(0, 1), across, width)
    clear: list[tuple[_Row, _Row]] = []
    others: list[tuple[_Row, _Row]] = []
    for pair in product(down, across):
        if pair[0].count * pair[1].count > MOST_PANELS:
            continue
        pads = {row.pad for row in pair if row.count > 1}
        if _agree(fills[0][pair[0]], fills[1][pair[1]]):
            clear.append(pair)
        elif len(pads) <= 1 and all(row.oddness <= 4 for row in pair):
            others.append(pair)
    return sorted(clear, key=_evidence)[:_MOST_WAYS] + others


def _evidence(pair: tuple[_Row, _Row]) -> tuple[int, int]:
    """Wide gaps of one value are no accident; of equally wide ones, the usual arrangement comes first."""
    return -(pair[0].gaps + pair[1].gaps), pair[0].oddness + pair[1].oddness


def _rows(length: int, tile: int) -> list[_Row]:
    """The ways to fill a length with tiles."""
    pads = range(_LARGEST_PAD + 1)
    found: list[_Row] = []
    for lead, trail, pad in product(pads, pads, pads):
        count, rest = divmod(length - lead - trail + pad, tile + pad)
        # One tile has no neighbour, so that its pad says nothing and is taken from its frame.
        if rest == 0 and (count > 1 or (count == 1 and pad == max(lead, trail))):
            found.append(_Row(lead, pad, trail, count))
    return found


def _fills(pixels: Floats, rows: Sequence[_Row], tile: int) -> dict[_Row, Floats | None]:
    """What fills the gaps along an image's first axis: a value per channel, none without gaps, or None."""
    first = pixels[:, :1]
    plain = (pixels == first) | ((pixels != pixels) & (first != first))
    plain = plain.reshape(len(pixels), -1).all(axis=1)
    values = first.reshape(len(pixels), -1)
    found: dict[_Row, Floats | None] = {}
    for row in rows:
        gap = np.ones(len(pixels), bool)
        for start in row.starts(tile):
            gap[start : start + tile] = False
        fill = values[gap]
        found[row] = fill[:1] if plain[gap].all() and _equal(fill, fill[:1]) else None
    return found


def _agree(one: Floats | None, other: Floats | None) -> bool:
    if one is None or other is None:
        return False
    return not len(one) or not len(other) or _equal(one, other)


def _equal(one: Floats, other: Floats) -> bool:
    return bool(((one == other) | ((one != one) & (other != other))).all())


def _cut(pixels: Floats, grid: tuple[_Row, _Row], height: int, width: int) -> list[Floats]:
    tops, lefts = grid[0].starts(height), grid[1].starts(width)
    return [pixels[top : top + height, left : left + width] for top in tops for left in lefts]


def _is_enlarged(tile: Floats, factor: int) -> bool:
    small = tile[::factor, ::factor]
    return factor == 1 or _equal(tile, small.repeat(factor, axis=0).repeat(factor, axis=1))


def _finite(tile: Floats) -> Floats:
    if tile.dtype.kind != "f" or np.isfinite(tile).any():
        return tile
    return np.zeros_like(tile)


def _trimmed(tiles: Sequence[Panel]) -> Sequence[Panel]:
    last = len(tiles)
    while last and is_blank(tiles[last - 1].pixels):
        last -= 1
    return tiles[:last]
