"""Do the numbers that are expected stand in the cells of a rendered matrix?

No text is read: the expected digits are drawn in matplotlib's own font, in the size and at the part of a
pixel that fit best, and each has to be more like what stands in its place than any other digit is. Numbers in
another font, too small or hardly visible are not confirmed; nothing is said to be wrong. Judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np

from autograder.figures.panels import Floats
from autograder.figures.rendered.segmentation import Box, Pixels

LIKE: Final = 0.85
"""Correlation of what stands in a cell with the number that is expected there, at least."""

CLEAR: Final = 0.85
"""What a digit leaves unexplained is at most this share of what the next one would."""

_SMALLEST: Final = 6.0
_VISIBLE: Final = 40.0
_DIGIT: Final = 0.73
_SIZES: Final = np.linspace(0.88, 1.12, 15)
_REFINED: Final = 4
_BEARING: Final = 0.12
_WIDTH: Final = 0.28
_WIDER: Final = 2
_PARTS: Final = tuple((down / 4, across / 4) for down in range(4) for across in range(4))
_HALVES: Final = tuple((down / 2, across / 2) for down in range(2) for across in range(2))
_TRIED: Final = 5
_MARGIN: Final = 4
_INK: Final = 0.35

Numbers = Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class _Cell:
    """What stands in one cell: how much each pixel is covered, 0…1, where that begins and how large it is."""

    cover: Floats
    top: int
    left: int
    height: int
    width: int


def standing(picture: Pixels, box: Box, choices: Sequence[Numbers]) -> int | None:
    """Which numbers stand in the cells of a matrix, every one of them; those of a zero may be left out.

    Args:
        picture: (h, w, 3).
        box: where the matrix lies, about right.
        choices: numbers of digits, "." and "%", one for each cell, (R, C).

    Returns:
        The index of the first choice that is surely there; None if none is.
    """
    shape = len(choices[0]), len(choices[0][0])
    cells = {place: found for place in np.ndindex(*shape) if (found := _cell(picture, box, place, shape))}
    for index, numbers in enumerate(choices):
        missing = [place for place in np.ndindex(*shape) if place not in cells]
        written = [(cell, numbers[row][column]) for (row, column), cell in cells.items()]
        if written and all(_is_zero(numbers[row][column]) for row, column in missing) and _stand(written):
            return index
    return None


def _stand(written: Sequence[tuple[_Cell, str]]) -> bool:
    # Most numbers in other words are wider or narrower.
    wide = [_advance(text, 1.0) - _BEARING - cell.width / cell.height * _DIGIT for cell, text in written]
    if float(np.median(np.abs(wide))) > _WIDTH:
        return False
    size, like = _size(written)
    if size < _SMALLEST or like < LIKE:
        return False
    sheets = cache(lambda pattern: _Sheet(pattern, size))
    return all(sheets(_pattern(text)).is_in(cell, text) for cell, text in written)


def _is_zero(text: str) -> bool:
    return not text.strip("0.%")


def _cell(picture: Pixels, box: Box, place: tuple[int, int], shape: tuple[int, int]) -> _Cell | None:
    """A cell's text; None where there is nothing to be seen."""
    high, wide = box.height / shape[0], box.width / shape[1]
    top, left = box.top + place[0] * high, box.left + place[1] * wide
    inner = picture[round(top + 2) : round(top + high - 2), round(left + 2) : round(left + wide - 2)]
    pixels = inner.astype(np.float64)
    ground = np.median(pixels.reshape(-1, 3), axis=0)
    away = pixels - ground
    far = np.linalg.norm(away, axis=2)
    if far.max(initial=0) < _VISIBLE:
        return None
    colour = away.reshape(-1, 3)[far.argmax()]
    cover = np.clip(away @ colour / (colour @ colour), 0, 1)
    ink = np.argwhere(cover > _INK)
    low, end = ink.min(axis=0), ink.max(axis=0) + 1
    return _Cell(cover, int(low[0]), int(low[1]), int(end[0] - low[0]), int(end[1] - low[1]))


def _size(cells: Sequence[tuple[_Cell, str]]) -> tuple[float, float]:
    """The size of the font in pixels, and how like some of the cells are to their numbers in it."""
    about = float(np.median([cell.height for cell, _ in cells])) / _DIGIT
    longest = sorted(cells, key=lambda pair: (-len(pair[1]), pair[1]))[:_TRIED]

    def like(size: float, count: int, parts: tuple[tuple[float, float], ...]) -> float:
        some = longest[:count]
        shown = _drawn(tuple(text for _, text in some), size, parts)
        return float(np.mean([_best(cell, one)[0] for (cell, _), one in zip(some, shown, strict=True)]))

    rough = {float(size): like(size, _TRIED, _HALVES) for size in about * _SIZES}
    likely = sorted(rough, key=lambda size: -rough[size])[:_REFINED]
    fine = {size: like(size, _REFINED, _PARTS) for size in likely}
    best = max(fine, key=lambda size: fine[size])
    return best, fine[best]


def _pattern(text: str) -> str:
    return re.sub(r"\d", "0", text)


class _Sheet:
    """Numbers of one pattern, as "0.00", of each digit throughout, at each part of a pixel."""

    def __init__(self, pattern: str, size: float) -> None:
        self._places = [place for place, sign in enumerate(pattern) if sign == "0"]
        texts = tuple(pattern.replace("0", str(digit)) for digit in range(10))
        self._drawn = _drawn(texts, size, _PARTS)
        self._edges = [round(_MARGIN + _advance(pattern[:end], size)) for end in range(len(pattern) + 1)]
        self._composed = cache(self._composed_of)

    def is_in(self, cell: _Cell, text: str) -> bool:
        """Whether a number, and no other of its pattern, stands in a cell."""
        expected = self._composed(text)
        like, part, seen = _best(cell, expected)
        inked = np.flatnonzero((expected[part] > _INK).any(axis=0))
        if like < LIKE or abs(np.ptp(inked) + 1 - cell.width) > _WIDER:
            return False
        gain = float((seen * expected[part]).sum() / (expected[part] ** 2).sum())
        for place in self._places:
            slot, digit = self._slot(place), int(text[place])
            left = ((seen[:, slot] - gain * self._drawn[:, part, :, slot]) ** 2).sum(axis=(1, 2))
            if left[digit] > CLEAR * np.delete(left, digit).min():
                return False
        return True

    def _composed_of(self, text: str) -> Floats:
        """A number at each part of a pixel, (parts, h, w)."""
        found: Floats = self._drawn[0].copy()
        for place in self._places:
            slot = self._slot(place)
            found[..., slot] = self._drawn[int(text[place])][..., slot]
        return found

    def _slot(self, place: int) -> slice:
        return slice(self._edges[place], self._edges[place + 1])


def _best(cell: _Cell, drawn: Floats) -> tuple[float, int, Floats]:
    """How like a cell is to the best of some drawings (N, h, w), which that is, and the pixels under it."""
    _, high, wide = drawn.shape
    ink = np.argwhere(drawn[0] > _INK).min(axis=0)
    room = np.pad(cell.cover, ((high, high), (wide, wide)))
    top, left = cell.top + high - ink[0] - 1, cell.left + wide - ink[1] - 1
    near = room[top : top + high + 2, left : left + wide + 2]
    seen = np.lib.stride_tricks.sliding_window_view(near, (high, wide)).reshape(-1, high * wide)
    flat = drawn.reshape(len(drawn), -1)
    lengths = np.linalg.norm(cell.cover) * np.linalg.norm(flat, axis=1)[:, None]
    likes = flat @ seen.T / lengths
    which, place = np.unravel_index(likes.argmax(), likes.shape)
    return float(likes[which, place]), int(which), seen[place].reshape(high, wide)


def _advance(text: str, size: float) -> float:
    """How far a text reaches in the font's own proportions."""
    return size * sum({".": 0.318, "%": 0.950}.get(sign, 0.636) for sign in text)


@lru_cache(maxsize=64)
def _drawn(texts: tuple[str, ...], size: float, parts: tuple[tuple[float, float], ...]) -> Floats:
    """Texts as matplotlib draws them, (texts, parts, h, w), 0…1.

    Args:
        texts: of about one length.
        size: of the font, in pixels.
        parts: of a pixel, up and to the right, by which they are moved.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # Imported late: only pictures need it.
    from matplotlib.figure import Figure

    wide = int(max(_advance(text, size) for text in texts)) + 2 * _MARGIN
    high = int(size) + 2 * _MARGIN
    rows, columns = len(texts), len(parts)
    figure = Figure(figsize=(columns * wide / 100, rows * high / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    for row, text in enumerate(texts):
        for column, (up, right) in enumerate(parts):
            across = (column * wide + _MARGIN + right) / (columns * wide)
            above = ((rows - 1 - row) * high + _MARGIN + up) / (rows * high)
            figure.text(across, above, text, fontsize=0.72 * size, family="DejaVu Sans", color="black")
    canvas.draw()
    cover = 1 - np.asarray(canvas.buffer_rgba())[: rows * high, : columns * wide, 0] / 255.0
    return cover.reshape(rows, high, columns, wide).swapaxes(1, 2).astype(np.float32)
