"""Panels: what a figure was given to draw, and the sets of panels it is compared with.

Takes a figure record apart into images in reading order. Judges nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Axes, Figure, Image

Floats = NDArray[Any]

MOST_PANELS = 2000
"""Panels of one figure that are looked at; more is never a figure for people."""


@dataclass(frozen=True, eq=False)
class PanelSet:
    """What a figure could show: a reference, or a decoy.

    Attributes:
        panels: one array per panel, (H, W) or (H, W, 3), float; all of one shape.
        noun: what one panel is: "filter", "kernel", "feature map", "image", "heatmap".
        labels: names of the panels, for messages: "filter 0", "channel 1", "test image 16".
        title: what the whole set is, completing "these are …": "the feature maps of layer conv2d for
            test image 16".
        mistake: for decoys, the machine-readable mistake: "other_layer", "other_image", "untrained",
            "other_checkpoint", "before_activation", …; "" for the reference itself.
    """

    panels: Sequence[Floats] | Floats
    noun: str
    labels: Sequence[str]
    title: str
    mistake: str = ""

    @cached_property
    def stack(self) -> Floats:
        """All panels in one array, (N, H, W) or (N, H, W, C); float32, or float64 if they came so."""
        stack = np.asarray(self.panels)
        if stack.dtype.kind != "f" or stack.dtype.itemsize < 4:
            stack = stack.astype(np.float32)
        return stack[..., 0] if stack.ndim == 4 and stack.shape[-1] == 1 else stack

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one panel."""
        return self.stack.shape[1:]

    def __len__(self) -> int:
        return len(self.panels)


@dataclass(frozen=True, eq=False)
class Panel:
    """One image of a figure, as it was given to the drawing call.

    Attributes:
        pixels: (H, W) or (H, W, 3), bool, integer or float; not scaled, not clipped.
        words: title, axis labels and texts around it, one string each.
        reversed: drawn with a colormap that runs from light to dark ("gray_r", "binary").
        flipped: the first row is drawn at the bottom.
        limits: (vmin, vmax) of the colour scale, None where not given.
    """

    pixels: Floats
    words: tuple[str, ...] = ()
    reversed: bool = False
    flipped: bool = False
    limits: tuple[float | None, float | None] = (None, None)

    @cached_property
    def clipped(self) -> float:
        """Share of the values that imshow cuts off because they lie outside an RGB image's range, 0…1."""
        if self.pixels.ndim != 3:
            return 0.0
        top = 1.0 if self.pixels.dtype.kind == "f" else 255.0
        # float32 arithmetic of a min–max scaling overshoots 1 by a rounding error.
        slack = 1e-6 * top
        return float(np.mean((self.pixels < -slack) | (self.pixels > top + slack)))

    @cached_property
    def seen(self) -> Floats:
        """The pixels as matplotlib shows them: RGB clipped to its range, a map to its colour limits."""
        if self.pixels.ndim == 3:
            return np.clip(self.pixels, 0, 1.0 if self.pixels.dtype.kind == "f" else 255)
        low, high = self.limits
        return self.pixels if low is None and high is None else np.clip(self.pixels, low, high)

    @cached_property
    def gray(self) -> Floats | None:
        """As a single channel, (H, W): a map, gray repeated in RGB, or the one RGB channel that varies."""
        if self.pixels.ndim == 2:
            return self.pixels
        channels = [np.asarray(self.pixels[..., c], np.float64) for c in range(3)]
        if all(np.array_equal(channel, channels[0], equal_nan=True) for channel in channels[1:]):
            return channels[0]
        varying = [channel for channel in channels if not is_blank(channel)]
        return varying[0] if len(varying) == 1 else None

    @cached_property
    def native(self) -> Panel:
        """The panel before it was enlarged by repeating pixels (`np.kron`, `repeat`, nearest neighbour)."""
        if is_blank(self.pixels):
            return self
        factor = math.gcd(*self.pixels.shape[:2])
        for axis in (0, 1):
            lines = np.moveaxis(self.pixels, axis, 0).reshape(self.pixels.shape[axis], -1)
            edges = np.flatnonzero((lines[1:] != lines[:-1]).any(axis=1)) + 1
            factor = math.gcd(factor, *edges.tolist())
        return self if factor == 1 else replace(self, pixels=self.pixels[::factor, ::factor])

    @property
    def size(self) -> str:
        """Height × width, for messages."""
        return f"{self.pixels.shape[0]}×{self.pixels.shape[1]}"


@dataclass(frozen=True, eq=False)
class Extracted:
    """The panels of one figure.

    Attributes:
        panels: in reading order: top to bottom, left to right.
        covered: images of which nothing is visible, since a later one of their size was drawn over
            them in the same Axes.
    """

    panels: tuple[Panel, ...]
    covered: int = 0


def is_blank(pixels: Floats) -> bool:
    """Whether there is one and the same number everywhere."""
    return not np.any(pixels != pixels.flat[0])


def extract(figure: Figure) -> Extracted:
    """Take a figure apart: every visible image of every Axes that is not decoration.

    The grid is inferred from the positions of the Axes, since a colorbar rewrites their grid
    specification. An RGBA image loses its alpha channel, singleton axes are dropped.
    """
    drawn = [axes for axes in figure.axes if axes.images and not axes.decoration]
    lone_title = (figure.suptitle,) if len(drawn) == 1 and figure.suptitle else ()
    panels: list[Panel] = []
    covered = 0
    for axes in _in_reading_order(drawn):
        usable = [(image, pixels) for image in axes.images if (pixels := _squeezed(image.pixels)) is not None]
        visible = [pair for rank, pair in enumerate(usable) if not _is_covered(pair[1], usable[rank + 1 :])]
        covered += len(usable) - len(visible)
        words = (axes.title, axes.xlabel, axes.ylabel, *axes.texts, *lone_title)
        panels += [_panel(image, pixels, tuple(filter(None, words))) for image, pixels in visible]
    return Extracted(tuple(panels[:MOST_PANELS]), covered)


def _panel(image: Image, pixels: Floats, words: tuple[str, ...]) -> Panel:
    is_reversed = image.cmap.endswith("_r") or image.cmap == "binary"
    return Panel(pixels, words, is_reversed, image.flipped, (image.vmin, image.vmax))


def _is_covered(pixels: Floats, later: Sequence[tuple[Image, Floats]]) -> bool:
    # A heatmap over a photograph differs in its number of channels; the same kind of image drawn again hides.
    return any(other.shape == pixels.shape for _, other in later)


def _in_reading_order(axes: Sequence[Axes]) -> list[Axes]:
    def middle(one: Axes) -> float:
        return one.position[1] + one.position[3] / 2

    if not axes:
        return []
    tolerance = 0.5 * float(np.median([one.position[3] for one in axes]))
    row, top = 0, middle(max(axes, key=middle))
    rows: list[tuple[int, Axes]] = []
    for one in sorted(axes, key=middle, reverse=True):
        if top - middle(one) > tolerance:
            row, top = row + 1, middle(one)
        rows.append((row, one))
    ordered: list[Axes] = []
    for _, members in groupby(rows, key=lambda pair: pair[0]):
        ordered += sorted((one for _, one in members), key=lambda one: one.position[0])
    return ordered


def _squeezed(pixels: Floats) -> Floats | None:
    """(H, W) or (H, W, 3) from what a drawing call was given, or None if it is no image."""
    if pixels.dtype.kind not in "biuf" or pixels.size == 0:
        return None
    while pixels.ndim > 3 and 1 in pixels.shape:
        pixels = pixels.squeeze(pixels.shape.index(1))
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    elif pixels.ndim == 3 and pixels.shape[0] == 1 and pixels.shape[-1] not in (3, 4):
        pixels = pixels[0]
    if pixels.ndim == 3 and pixels.shape[-1] == 4:
        pixels = pixels[..., :3]
    if pixels.dtype == np.bool_:
        pixels = pixels.astype(np.uint8)
    return pixels if pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] == 3) else None
