"""Draws panels side by side as a small PNG, for feedback pages.

From numeric arrays only; nothing of a submission is rendered, and matplotlib draws nothing. A panel that
is wrong gets a thick frame and a cross: colour is never the only sign.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from autograder.figures.panels import Floats

Bytes = NDArray[np.uint8]

WIDTH: Final = 640
HEIGHT: Final = 400
MOST: Final = 64
"""Panels drawn at most; of more, the first ones are shown."""

_GAP: Final = 8
_CAPTION: Final = 17
_FRAME: Final = 3
_LARGEST_TILE: Final = 220
_INK: Final = (70, 70, 70)
_WRONG: Final = (178, 24, 43)


@dataclass(frozen=True, eq=False)
class Tile:
    """One panel to draw.

    Attributes:
        pixels: (H, W) or (H, W, 3), any real type; what is not finite is drawn gray.
        caption: a few characters above it.
        wrong: frame it and put a cross on it.
        stretch: scale the smallest value to black and the largest to white; else 0…1 (integers 0…255) are
            shown as they are and the rest is cut off.
        colours: a matplotlib colormap's name for maps, "gray" by default.
    """

    pixels: Floats
    caption: str = ""
    wrong: bool = False
    stretch: bool = True
    colours: str = "gray"


def grid(tiles: Sequence[Tile]) -> bytes:
    """Draw panels in a grid, at most 640 × 400 pixels; small ones are enlarged without smoothing.

    Returns:
        A PNG file. Without any tile, a small blank one.
    """
    tiles = tiles[:MOST]
    if not tiles:
        return _png(Image.new("RGB", (WIDTH // 4, HEIGHT // 4), "white"))
    columns, side = _layout(tiles)
    rows = math.ceil(len(tiles) / columns)
    width = columns * (side + _GAP) + _GAP
    height = rows * (side + _CAPTION + _GAP) + _GAP
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    for place, tile in enumerate(tiles):
        left = _GAP + (place % columns) * (side + _GAP)
        top = _GAP + (place // columns) * (side + _CAPTION + _GAP)
        _draw(sheet, pen, tile, left, top, side)
    return _png(sheet)


def _layout(tiles: Sequence[Tile]) -> tuple[int, int]:
    """Columns, and the side of the square each panel gets, that make the panels largest."""
    best = (1, 0)
    for columns in range(1, len(tiles) + 1):
        rows = math.ceil(len(tiles) / columns)
        across = (WIDTH - _GAP) // columns - _GAP
        down = (HEIGHT - _GAP) // rows - _GAP - _CAPTION
        side = min(across, down, _LARGEST_TILE)
        # Of equally large ones, the layout with full rows and the fewest empty places.
        if side > best[1] or (side == best[1] and -len(tiles) % columns < -len(tiles) % best[0]):
            best = (columns, side)
    columns, side = best
    return columns, max(side, 8)


def _draw(sheet: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile, left: int, top: int, side: int) -> None:
    # About six pixels a character; what does not fit would run into the neighbour.
    pen.text((left, top), tile.caption[: side // 6], fill=_WRONG if tile.wrong else _INK, font=_font())
    top += _CAPTION
    picture = _fitted(Image.fromarray(_painted(tile)), side)
    left, top = left + (side - picture.width) // 2, top + (side - picture.height) // 2
    sheet.paste(picture, (left, top))
    right, bottom = left + picture.width - 1, top + picture.height - 1
    if not tile.wrong:
        pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=(200, 200, 200))
        return
    around = (left - _FRAME, top - _FRAME, right + _FRAME, bottom + _FRAME)
    pen.rectangle(around, outline=_WRONG, width=_FRAME)
    reach = max(7, side // 6)
    # White under red, so that the cross stands out on any picture.
    for width, colour in ((6, "white"), (3, _WRONG)):
        pen.line((right - reach, top + 2, right - 2, top + reach), fill=colour, width=width)
        pen.line((right - reach, top + reach, right - 2, top + 2), fill=colour, width=width)


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    factor = side / max(picture.size)
    if factor >= 1:
        # Whole numbers keep the pixels of tiny kernels equal in size.
        factor = math.floor(factor)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BOX)


def _painted(tile: Tile) -> Bytes:
    """The panel's colours, (H, W, 3) uint8."""
    pixels = np.asarray(tile.pixels, np.float64)
    finite = np.isfinite(pixels)
    low, high = 0.0, 255.0 if tile.pixels.dtype.kind in "iu" else 1.0
    if tile.stretch and finite.any():
        low, high = float(pixels[finite].min()), float(pixels[finite].max())
    # Halves first, so that the range of very large values stays finite.
    span = high / 2 - low / 2
    shares = np.clip((np.where(finite, pixels, low) / 2 - low / 2) / (span or 1), 0, 1)
    shares[~finite] = 0.5
    if not span:
        shares[:] = 0.5
    if shares.ndim == 2:
        return _table(tile.colours)[np.rint(shares * 255).astype(np.uint8)]
    return np.rint(shares * 255).astype(np.uint8)


@lru_cache(maxsize=16)
def _table(name: str) -> Bytes:
    """A colormap's 256 colours, (256, 3) uint8."""
    if name == "gray":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    import matplotlib

    return np.asarray(matplotlib.colormaps[name](np.arange(256), bytes=True))[:, :3]


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=11)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
