"""Letters as matplotlib draws them in its own font: each at every quarter of a column, at sizes of a ladder.

Two manners are known: that of matplotlib 3.11, where letters are whole pixels apart, and that of the versions
before, where they are not and only heights lie on whole pixels. Draws from the outlines of DejaVu Sans, which
comes with matplotlib; keeps a few sizes. Reads and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from autograder.figures.panels import Floats

LETTERS: Final = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    " .,:;!?'\"()[]{}<>/\\|+-*=#%&@_~^$→≠−×°äöüÄÖÜßéŷﬀﬁﬂ"
)
"""All that can be read."""

PARTS: Final = 4
"""Places in a column at which each letter is drawn."""

DOWN: Final = 16
"""Heights in a row at which the baseline may lie: letters that lie on rows change more with it."""

EDGE: Final = 2
"""Columns before the pen's place that a drawing has."""

Manner = Literal["whole", "parts"]
"""Whether letters are whole pixels apart, as from matplotlib 3.11 on, or parts of such."""

MANNERS: Final[tuple[Manner, ...]] = ("whole", "parts")

_STEP: Final = 1.02
_BELOW: Final = 0.30
_WIDEST: Final = 1.06


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Drawings of all letters in one size.

    Attributes:
        size: of the font, in pixels.
        drawn: (letters · PARTS, h · w), 0…255; the second letter's first part is in row PARTS.
        ink: sums of the squares of each, of 0…1, (letters, PARTS).
        advance: how far each moves the pen, in parts of a pixel, (letters,).
        above, below: rows above the baseline and from it on; their sum is h.
        width: w.
    """

    size: float
    drawn: NDArray[np.uint8]
    ink: Floats
    advance: NDArray[np.int64]
    above: int
    below: int
    width: int


def rung(size: float) -> int:
    """The number of a size, in pixels, on the ladder."""
    return round(float(np.log(size) / np.log(_STEP)))


def size(rung: int) -> float:
    """The size of a number."""
    return float(_STEP**rung)


def distinct(number: int, manner: Manner) -> int:
    """The number that stands for all sizes of which letters are drawn alike.

    Where letters are whole pixels apart they are hinted, and FreeType hints for sizes of whole pixels only.
    """
    return number if manner == "parts" else rung(round(size(number)))


@lru_cache(maxsize=100)
def glyphs(rung: int, part: int, manner: Manner, *, later: bool = False) -> Glyphs:
    """Letters of a size.

    Args:
        rung: number of the size.
        later: all lie half a part of a pixel further to the right.
        part: by how many parts of a row, of `DOWN`, the baseline lies above the lower edge of its row.
        manner: how they are drawn.
    """
    from matplotlib.backends.backend_agg import RendererAgg  # Imported late: only pictures need it.
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    em = size(rung)
    outlines, advance = _outlines(rung, manner)
    # A row more than letters need, since they may lie between rows; small hinted ones are higher than others.
    highest = max(float(vertices[:, 1].max()) for vertices, kinds in outlines if len(kinds))
    above, below = int(np.ceil(highest)) + 1, int(np.ceil(_BELOW * em)) + 1
    high, wide = above + below, int(np.ceil(_WIDEST * em)) + 2 * EDGE + 1
    renderer = RendererAgg(PARTS * wide, len(LETTERS) * high, 72)
    lines = renderer.new_gc()
    lines.set_linewidth(0)
    lines.set_snap(False)
    points: list[Any] = []
    codes: list[Any] = []
    for row, (vertices, kinds) in enumerate(outlines):
        base = (len(LETTERS) - row) * high - above + part / DOWN
        for column in range(PARTS if len(kinds) else 0):
            points.append(vertices + np.array([column * wide + EDGE + (column + later / 2) / PARTS, base]))
            codes.append(kinds)
    path = Path(np.concatenate(points), np.concatenate(codes))
    renderer.draw_path(lines, path, IdentityTransform(), (0.0, 0.0, 0.0, 1.0))
    cover = np.asarray(renderer.buffer_rgba())[..., 3].reshape(len(LETTERS), high, PARTS, wide)
    drawn = np.ascontiguousarray(cover.swapaxes(1, 2).reshape(len(LETTERS) * PARTS, -1))
    ink = ((drawn / 255) ** 2).sum(axis=1).reshape(len(LETTERS), PARTS)
    return Glyphs(em, drawn, ink, advance, above, below, wide)


@lru_cache(maxsize=100)
def _outlines(rung: int, manner: Manner) -> tuple[list[tuple[Any, Any]], NDArray[np.int64]]:
    """The outlines of all letters in pixels, and how far each moves the pen, in parts of a pixel."""
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font, LoadFlags

    font = FT2Font(findfont("DejaVu Sans"))
    font.set_size(size(rung), 72)
    flags = LoadFlags.DEFAULT if manner == "whole" else LoadFlags.TARGET_LIGHT
    outlines, advance = [], []
    for letter in LETTERS:
        glyph = font.load_char(ord(letter), flags)
        outlines.append(font.get_path())
        moved = glyph.horiAdvance / 64 if manner == "whole" else glyph.linearHoriAdvance / 65536
        advance.append(max(1, round(PARTS * moved)))
    return outlines, np.array(advance)
