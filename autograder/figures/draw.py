"""Draws panels side by side as a small PNG, for feedback pages.

From numeric arrays only; nothing of a submission is rendered, and matplotlib draws nothing. A panel that
is wrong gets a thick frame and a cross: colour is never the only sign.
"""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from autograder.figures.panels import Floats

Bytes = NDArray[np.uint8]

DENSITY: Final = 2
"""Pixels for each CSS pixel of a page, so that text stays sharp; everything below is in pixels."""

WIDTH: Final = 640
HEIGHT: Final = 800
MOST: Final = 64
"""Panels drawn at most; of more, the first ones are shown."""

# Names of colours, which a gray picture can take, too.
INK: Final = "#3c3c3c"
FRAME: Final = "#c8c8c8"
WRONG: Final = "#b2182b"

_GAP: Final = 10
_LINE: Final = 30
_FRAME: Final = 4
_LARGEST_TILE: Final = 440
_TEXT: Final = 20
_TINY: Final = 16
# Half the usual time, for a seventh more bytes (measured).
_QUICKLY: Final = {"compress_level": 1, "compress_type": zlib.Z_RLE}


@dataclass(frozen=True, eq=False)
class Tile:
    """One panel to draw.

    Attributes:
        pixels: (H, W) or (H, W, 3), any real type; what is not finite is drawn gray.
        caption: a few characters above it; where there is no room, its last word.
        note: a few characters below it.
        wrong: frame it and put a cross on it.
        stretch: scale the smallest value to black and the largest to white; else 0…1 (integers 0…255) are
            shown as they are and the rest is cut off.
        colours: a matplotlib colormap's name for maps, "gray" by default.
    """

    pixels: Floats
    caption: str = ""
    note: str = ""
    wrong: bool = False
    stretch: bool = True
    colours: str = "gray"


def grid(tiles: Sequence[Tile], meaning: str = "") -> bytes:
    """Draw panels in a grid, at most 640 × 800 pixels; small ones are enlarged without smoothing.

    Args:
        tiles: the first `MOST` are drawn.
        meaning: of the notes, a few words below all tiles.

    Returns:
        A PNG file. Without any tile, a small blank one.
    """
    tiles = tiles[:MOST]
    if not tiles:
        return png(Image.new("RGB", (WIDTH // 4, HEIGHT // 4), "white"))
    below = _LINE if any(tile.note for tile in tiles) else 0
    # The same places with and without notes, so that pictures of one figure can be compared.
    columns, side = _layout(tiles, 2 * _LINE)
    rows = math.ceil(len(tiles) / columns)
    down = side + _LINE + below + _GAP
    size = (columns * (side + _GAP) + _GAP, rows * down + _GAP + (_LINE if meaning else 0))
    # Gray ones take a third of the bytes, and of the time.
    sheet = Image.new("L" if all(map(_is_gray, tiles)) else "RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    _write(sheet, (_GAP, rows * down + _GAP), meaning, size[0] - 2 * _GAP, INK)
    for place, tile in enumerate(tiles):
        left = _GAP + (place % columns) * (side + _GAP)
        top = _GAP + (place // columns) * down
        _draw(sheet, pen, tile, left, top, side)
    return png(sheet)


def fitted(text: str, room: float, size: int = _TEXT) -> str:
    """As much of a text as fits into so many pixels: all, else its last word, else its beginning."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    letters = font(size)
    if letters.getlength(text) <= room:
        return text
    last = text.rsplit(" ", 1)[-1]
    if last != text and letters.getlength(last) <= room:
        return last
    while text and letters.getlength(f"{text}…") > room:
        text = text[:-1]
    return f"{text}…" if text else ""


def png(picture: Image.Image) -> bytes:
    """The bytes of a PNG file; the same picture gives the same bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **_QUICKLY)
    return buffer.getvalue()


@lru_cache(maxsize=4)
def font(size: int = _TEXT) -> ImageFont.FreeTypeFont:
    """The letters of all pictures: matplotlib's, which know most alphabets."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)


def _layout(tiles: Sequence[Tile], text: int) -> tuple[int, int]:
    """Columns, and the side of the square each panel gets, that make the panels largest."""
    best = (1, 0)
    for columns in range(1, len(tiles) + 1):
        rows = math.ceil(len(tiles) / columns)
        across = (WIDTH - _GAP) // columns - _GAP
        down = (HEIGHT - _GAP - _LINE) // rows - _GAP - text
        side = min(across, down, _LARGEST_TILE)
        # Of equally large ones, the layout with full rows and the fewest empty places.
        if side > best[1] or (side == best[1] and -len(tiles) % columns < -len(tiles) % best[0]):
            best = (columns, side)
    columns, side = best
    return columns, max(side, 8)


def _draw(sheet: Image.Image, pen: ImageDraw.ImageDraw, tile: Tile, left: int, top: int, side: int) -> None:
    colour = WRONG if tile.wrong else INK
    _write(sheet, (left, top), tile.caption, side, colour)
    top += _LINE
    _write(sheet, (left, top + side + _FRAME), tile.note, side, colour)
    picture = _fitted(Image.fromarray(_painted(tile)), side)
    left, top = left + (side - picture.width) // 2, top + (side - picture.height) // 2
    sheet.paste(picture, (left, top))
    right, bottom = left + picture.width - 1, top + picture.height - 1
    if not tile.wrong:
        pen.rectangle((left - 1, top - 1, right + 1, bottom + 1), outline=FRAME)
        return
    around = (left - _FRAME, top - _FRAME, right + _FRAME, bottom + _FRAME)
    pen.rectangle(around, outline=WRONG, width=_FRAME)
    reach = max(12, side // 6)
    # White under red, so that the cross stands out on any picture.
    for width, ink in ((8, "white"), (4, WRONG)):
        pen.line((right - reach, top + 3, right - 3, top + reach), fill=ink, width=width)
        pen.line((right - reach, top + reach, right - 3, top + 3), fill=ink, width=width)


def _write(sheet: Image.Image, at: tuple[int, int], text: str, room: int, colour: str) -> None:
    if text:
        words = _words(text, room)
        sheet.paste(colour, (*at, at[0] + words.width, at[1] + words.height), words)


@lru_cache(maxsize=512)
def _words(text: str, room: int) -> Image.Image:
    """How strongly each pixel is inked; the same numbers and names stand above panels again and again."""
    shown = fitted(text, room)
    _, _, right, bottom = font().getbbox(shown)
    words = Image.new("L", (max(1, math.ceil(right)), max(1, math.ceil(bottom))))
    ImageDraw.Draw(words).text((0, 0), shown, fill=255, font=font())
    return words


def _fitted(picture: Image.Image, side: int) -> Image.Image:
    factor = side / max(picture.size)
    if factor >= 1:
        # Whole numbers keep the pixels of tiny kernels equal in size; of larger panels nobody sees it.
        whole = math.floor(factor) if max(picture.size) < _TINY else math.ceil(factor)
        picture = picture.resize((picture.width * whole, picture.height * whole), Image.Resampling.NEAREST)
        factor = min(1.0, side / max(picture.size))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.BOX)


def _is_gray(tile: Tile) -> bool:
    return tile.pixels.ndim == 2 and tile.colours == "gray" and not tile.wrong


def _painted(tile: Tile) -> Bytes:
    """The panel's colours, (H, W, 3) uint8; without any, (H, W)."""
    if tile.pixels.dtype == np.uint8 and tile.pixels.ndim == 3 and not tile.stretch:
        return np.asarray(tile.pixels, np.uint8)
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
    levels = np.rint(shares * 255).astype(np.uint8)
    return levels if levels.ndim == 3 or tile.colours == "gray" else _table(tile.colours)[levels]


@lru_cache(maxsize=16)
def _table(name: str) -> Bytes:
    """A colormap's 256 colours, (256, 3) uint8."""
    import matplotlib

    return np.asarray(matplotlib.colormaps[name](np.arange(256), bytes=True))[:, :3]
