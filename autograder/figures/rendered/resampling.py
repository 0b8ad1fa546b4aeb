"""How a plotting library enlarges an array to a box of pixels, as a matrix, and the way back.

Along each axis pixels are weighted means of cells, so that a picture of H×W cells in h×w pixels is
R · cells · Cᵀ with two known matrices. A picture that is one lies in the space they span, which tells the
right box and kernel from all others (`misfits`) without knowing what is shown; cells come back by least
squares.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from autograder.figures.panels import Floats

KERNELS: Final = ("nearest", "hanning", "bilinear", "bicubic")
"""Interpolations that are recognised."""

_REPEATED: Final = 2.9

_KEPT: Final = 256
"""Matrices that are remembered; of large panels one has about 100 kB."""

_RIDGE: Final = 1e-3
_FORGIVEN: Final = 0.1
_SPOILT: Final = 0.5
_SAMPLES: Final = 9
_PARTS: Final = 16
_REPAIRS: Final = 12
_WRITTEN: Final = 20.0
_INSIDE: Final = 0.5
_SEEN: Final = 0.6
"""Share of the pixels of a cell that has to be free of words and frames."""

_COVERED: Final = 0.2
_PLAIN: Final = 0.3
_MOST_COVERED: Final = 400
_ROUNDED: Final = 2.0
_MEDIAN: Final = 2.9
"""Blocks of pixels at least this wide and high give their median, which writing over them does not change."""

_SHAPES: Final[dict[str, tuple[float, Callable[[Floats], Floats]]]] = {
    "hanning": (1.0, lambda x: 0.5 + 0.5 * np.cos(np.pi * x)),
    "bilinear": (1.0, lambda x: 1 - x),
    "bicubic": (2.0, lambda x: ((2 - x) ** 3 - 4 * np.maximum(1 - x, 0) ** 3) / 6),
}


def likely(ratio: float) -> tuple[str, ...]:
    """The kernels, the likeliest first.

    matplotlib repeats pixels from a factor of 3 on, else it takes "hanning".

    Args:
        ratio: pixels per cell.
    """
    if ratio > _REPEATED:
        return ("nearest", "bilinear", "bicubic", "hanning")
    return ("hanning", "nearest", "bilinear", "bicubic")


@dataclass(frozen=True)
class Span:
    """Where an array lies along one axis of a crop of pixels; not always on the pixel grid.

    Attributes:
        kernel: one of `KERNELS`.
        cells: of the array.
        pixels: of the crop.
        start: where the array begins, in pixels from the crop's beginning.
        length: that it takes, in pixels.
        edge: pixels at either end of the array that may belong to a frame.
    """

    kernel: str
    cells: int
    pixels: int
    start: float
    length: float
    edge: int

    @property
    def inner(self) -> slice:
        """The pixels that lie in the array, frame aside."""
        first = math.ceil(self.start - 0.01) + self.edge
        return slice(max(0, first), min(self.pixels, math.floor(self.start + self.length + 0.01) - self.edge))


@lru_cache(maxsize=_KEPT)
def matrix(span: Span) -> Floats:
    """The weights of the cells in each inner pixel, (pixels, cells); rows sum to 1."""
    cells = span.cells
    rows = np.arange(span.pixels)[span.inner]
    places = (rows + 0.5 - span.start) * cells / span.length - 0.5
    weights = np.zeros((len(rows), cells))
    if span.kernel == "nearest":
        weights[np.arange(len(rows)), np.clip(np.floor(places + 0.5), 0, cells - 1).astype(int)] = 1
        return weights
    radius, shape = _SHAPES[span.kernel]
    first = np.floor(places - radius).astype(int)
    for step in range(int(2 * radius) + 2):
        column = first + step
        near = np.abs(places - column)
        weight = np.where(near < radius, shape(np.minimum(near, radius)), 0)
        # Beyond the edges the picture is mirrored.
        mirrored = np.where(
            column < 0, -1 - column, np.where(column >= cells, 2 * cells - 1 - column, column)
        )
        np.add.at(weights, (np.arange(len(rows)), np.clip(mirrored, 0, cells - 1)), weight)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@lru_cache(maxsize=_KEPT)
def _basis(span: Span) -> Floats:
    """Orthonormal columns that span what can be drawn on the inner pixels, float32."""
    weights = matrix(span)
    if span.kernel == "nearest":
        weights = weights / np.sqrt(np.maximum(weights.sum(axis=0), 1))
    else:
        weights = np.linalg.qr(weights)[0]
    return weights.astype(np.float32)


def misfits(lines: Floats, starts: Floats, span: Span) -> tuple[Floats, Floats]:
    """How far lines of pixels are from being enlarged cells: the mean square of what is left over.

    Args:
        lines: (places, lines, pixels) float32.
        starts: where the cells would begin, (places,), to a sixteenth of a pixel.
        span: of what length and kernel they would be.

    Returns:
        Two rows, (places,): without the half of the lines that fit worst, since words reach into some, and
        without the few pixels along the span that do (next to frames and to edges of cells); and with these
        pixels.
    """
    found = np.empty((2, len(starts)))
    for here, inner, basis in _windows(lines, starts, span):
        rest = inner - (inner @ basis) @ basis.T
        rest *= rest
        count = rest.shape[1] - int(_SPOILT * rest.shape[1])
        clean = np.argpartition(rest.sum(axis=2), count - 1, axis=1)[:, :count]
        places = np.take_along_axis(rest, clean[:, :, None], axis=1).sum(axis=1) / count
        places.sort(axis=1)
        fine = math.ceil((1 - _FORGIVEN) * places.shape[1])
        found[0, here] = places[:, :fine].sum(axis=1) / fine
        found[1, here] = places.sum(axis=1) / places.shape[1]
    return found[0], found[1]


def rough_misfits(lines: Floats, starts: Floats, span: Span) -> Floats:
    """The same in a fraction of the time: of all pixels of the lines that words do not reach into."""
    found = np.empty(len(starts))
    for here, inner, basis in _windows(lines, starts, span):
        drawn = inner @ basis
        rest = np.einsum("nlp,nlp->nl", inner, inner) - np.einsum("nlc,nlc->nl", drawn, drawn)
        count = rest.shape[1] - int(_SPOILT * rest.shape[1])
        rest.partition(count - 1, axis=1)
        found[here] = np.maximum(rest[:, :count], 0).sum(axis=1) / (count * inner.shape[2])
    return found


def _windows(lines: Floats, starts: Floats, span: Span) -> Iterator[tuple[NDArray[np.intp], Floats, Floats]]:
    """The inner pixels of spans, (places, lines, pixels), with their basis; by the part of a pixel."""
    whole, parts = np.divmod(np.rint(starts * _PARTS).astype(int), _PARTS)
    for part in np.unique(parts):
        here = np.flatnonzero(parts == part)
        pixels = math.ceil(part / _PARTS + span.length) + 1
        moved = replace(span, start=float(part / _PARTS), pixels=pixels)
        windows = np.lib.stride_tricks.sliding_window_view(lines, pixels, axis=2)
        first = np.clip(whole[here], 0, windows.shape[2] - 1)
        yield here, windows[here, :, first, moved.inner], _basis(moved)


def cells_of(crop: Floats, down: Span, across: Span) -> tuple[Floats, NDArray[np.bool_]]:
    """The cells that a picture was enlarged from.

    Args:
        crop: (h, w) or (h, w, 3), 0…255, NaN where something else was drawn over it.
        down, across: where the array lies in it.

    Returns:
        (H, W) or (H, W, 3), 0…255; and which of them are seen well enough, (H, W): words and frames cover
        the others, which are as their neighbours are.
    """
    spans = (down, across)
    full = [matrix(replace(span, edge=0)).sum(axis=0) for span in spans]
    if down.kernel == "nearest" and min(one.length / one.cells for one in (down, across)) >= _MEDIAN:
        cells = _medians(crop, down, across)
        known = ~np.isnan(cells).reshape(*cells.shape[:2], -1).any(axis=2)
        inside = [
            matrix(span).sum(axis=0) >= _INSIDE * every for span, every in zip(spans, full, strict=True)
        ]
        return filled(cells), known & np.outer(*inside)
    inner = np.asarray(crop[down.inner, across.inner], np.float64)
    lost = np.isnan(inner)
    seen = filled(inner)
    for _ in range(_REPAIRS):
        cells = _both(_inverse(down), seen, _inverse(across))
        # Pixels that words were written over do not count: they are taken to be what the others say.
        drawn = _both(matrix(down), cells, matrix(across))
        away = lost | (np.abs(inner - drawn) > _WRITTEN)
        seen = np.where(away, drawn, inner)
    clean = 1.0 - away.reshape(*away.shape[:2], -1).any(axis=2)
    share = matrix(down).T @ clean @ matrix(across) / np.outer(*full)
    return np.clip(cells, 0, 255), share >= _SEEN


def filled(picture: Floats) -> Floats:
    """A picture (h, w) or (h, w, 3) in which NaN are as the next pixels."""
    lost = np.isnan(picture).reshape(*picture.shape[:2], -1).any(axis=2)
    if lost.all():
        return np.zeros_like(picture)
    if not lost.any():
        return picture
    nearest = ndimage.distance_transform_edt(lost, return_distances=False, return_indices=True)
    return np.asarray(picture[tuple(nearest)])


def _both(left: Floats, picture: Floats, right: Floats) -> Floats:
    """A matrix applied down and another across a picture (h, w) or (h, w, 3)."""
    return np.moveaxis(np.tensordot(right, np.tensordot(left, picture, (1, 0)), (1, 1)), 0, 1)


@lru_cache(maxsize=_KEPT)
def _inverse(span: Span) -> Floats:
    weights = matrix(span)
    # The ridge draws cells of which too little is seen towards their neighbours' mean.
    smooth = np.eye(span.cells) - np.ones((span.cells, span.cells)) / span.cells
    return np.asarray(np.linalg.solve(weights.T @ weights + _RIDGE * smooth, weights.T))


def _medians(crop: Floats, down: Span, across: Span) -> Floats:
    """The middle of each cell's pixels; NaN in the few cells of which words cover much."""
    rows, columns = _samples(down), _samples(across)
    pixels = crop[rows[:, :, None, None], columns[None, None]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # A cell of which nothing is seen is NaN.
        cells = np.nanmedian(pixels, axis=(1, 3))
    away = ~(np.abs(pixels - cells[:, None, :, None]) <= _WRITTEN)
    away = away.reshape(*away.shape[:4], -1).any(axis=4)
    covered = np.argwhere(away.mean(axis=(1, 3)) > _COVERED)
    for row, column in covered[:_MOST_COVERED]:
        cells[row, column] = _usual(pixels[row, :, column])
    return np.asarray(cells)


def _usual(pixels: Floats) -> Floats:
    """The value of most pixels (n, m[, 3]) of a cell, words over it have many; NaN without such."""
    values = pixels.reshape(pixels.shape[0] * pixels.shape[1], -1)
    values = values[~np.isnan(values).any(axis=1)]
    if not len(values):
        return np.full(pixels.shape[2:], np.nan)
    alike = (np.abs(values[:, None] - values[None]) <= _ROUNDED).all(axis=2).sum(axis=1)
    if alike.max() <= _PLAIN * pixels.shape[0] * pixels.shape[1]:
        return np.full(pixels.shape[2:], np.nan)
    return np.asarray(values[alike.argmax()].reshape(pixels.shape[2:]))


@lru_cache(maxsize=_KEPT)
def _samples(span: Span) -> NDArray[np.intp]:
    """A few pixels of each cell along a span, frames avoided, (cells, samples)."""
    owner = matrix(replace(span, edge=0)).argmax(axis=1)
    first, inner = replace(span, edge=0).inner.start, span.inner
    count = int(np.clip(span.length / span.cells, 3, _SAMPLES))
    found = []
    for cell in range(span.cells):
        low, high = (first + np.searchsorted(owner, cell, side=side) for side in ("left", "right"))
        # Of a cell that lies under the frame, the pixel furthest in.
        low, high = min(max(low, inner.start), high - 1), max(min(high, inner.stop), low + 1)
        low = min(low, high - 1)
        found.append(np.linspace(low - 0.5, high - 0.5, count + 2)[1:-1].round().astype(np.intp))
    return np.stack(found)
