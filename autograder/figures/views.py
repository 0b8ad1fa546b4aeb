"""Views: the ways a panel and a reference can be laid side by side, and how alike they then are.

Likeness is the normalised cross-correlation (NCC), -1…1: it does not change when a panel is multiplied
by a positive number or shifted by a constant, so every display normalisation passes. Decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autograder.figures.panels import Floats, Panel, PanelSet, is_blank

Rows = NDArray[np.floating]

_FLAT = 1e-6
"""A panel counts as constant when it varies by less than this share of its largest value."""


@dataclass(frozen=True, eq=False)
class Group:
    """Panels of one shape as unit vectors.

    Attributes:
        indices: which panels of the figure, (M,).
        unit: centred, of length 1, zero for constant panels, (M, D) float32.
        constant: which of them have one value everywhere, (M,) bool.
    """

    indices: NDArray[np.intp]
    unit: Rows
    constant: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Target:
    """A panel set in one view: rows as they are, lengths of the centred rows, which are constant."""

    values: Rows
    lengths: Rows
    constant: NDArray[np.bool_]


# Keyed by identity: decoys live as long as a grading run, and are met again with every submission.
_TARGETS: WeakKeyDictionary[PanelSet, dict[str, _Target]] = WeakKeyDictionary()


def accepted(target: PanelSet) -> tuple[str, ...]:
    """Names of the views in which a figure may show a set.

    Several RGB filters may also be shown channel by channel or averaged over the channels, since a
    layer's filters are often drawn so; a single filter has to be shown whole.
    """
    if target.noun == "heatmap":
        return ("plain", "smooth")
    if target.noun != "filter" or len(target.shape) != 3:
        return ("plain",)
    channels = tuple(f"channel_{index}" for index in range(target.shape[-1])) if len(target) > 1 else ()
    return ("plain", "per_channel", *channels, *(("channel_mean",) if channels else ()))


class Shown:
    """The panels of a figure (or of several), prepared for comparison once.

    Args:
        panels: in reading order.
    """

    def __init__(self, panels: Sequence[Panel]) -> None:
        self.panels = tuple(panels)
        self.reversed = np.array([panel.reversed for panel in panels], bool)
        self.flipped = np.array([panel.flipped for panel in panels], bool)
        self._groups: dict[tuple[object, ...], Group] = {}
        self._sample: Shown | None = None

    def group(
        self, shape: tuple[int, ...], *, per_channel: bool, resize: bool, turned: bool = False
    ) -> Group:
        """The panels that can have a shape, as unit vectors.

        Args:
            shape: (H, W) or (H, W, 3).
            per_channel: centre and scale every channel by itself.
            resize: bring maps of other sizes to this one by area averaging.
            turned: upside down.
        """
        key = (shape, per_channel, resize, turned)
        if key not in self._groups:
            chosen = [(index, self._as(panel, shape, resize)) for index, panel in enumerate(self.panels)]
            fitting = [(index, pixels) for index, pixels in chosen if pixels is not None]
            stack = np.array([pixels[::-1] if turned else pixels for _, pixels in fitting], np.float64)
            unit, constant = _unit(stack.reshape(len(fitting), *shape), per_channel)
            self._groups[key] = Group(np.array([index for index, _ in fitting], np.intp), unit, constant)
        return self._groups[key]

    def sample(self, count: int) -> Shown:
        """The first so many panels with content: enough to screen candidates by."""
        if self._sample is None:
            varied = [panel for panel in self.panels if not is_blank(panel.pixels)]
            self._sample = self if len(self.panels) <= count else Shown(varied[:count])
        return self._sample

    @staticmethod
    def _as(panel: Panel, shape: tuple[int, ...], resize: bool) -> Floats | None:
        pixels = panel.gray if len(shape) == 2 else panel.pixels
        if pixels is None or (pixels.shape != shape and not (resize and len(shape) == 2)):
            return None
        return pixels if pixels.shape == shape else _averaged(pixels, shape)


def similarity(shown: Shown, target: PanelSet, view: str) -> tuple[Group, Rows]:
    """NCC of every panel that fits with every panel of a set.

    A panel drawn with a reversed colormap also counts with its sign reversed, one drawn upside down on
    purpose (`origin="lower"`, pcolormesh) also upside down. Constant panels are like constant panels only.

    Returns:
        The panels that fit (M of them), and the scores, (M, N), -1…1; 0 where nothing can be said.
    """
    shape = target.shape if view in ("plain", "per_channel", "smooth") else target.shape[:2]
    resize = target.noun == "heatmap"
    rows = _target(target, view)
    group = shown.group(shape, per_channel=view == "per_channel", resize=resize)
    scores = _products(group, rows)
    if len(shape) == 2:
        negative = shown.reversed[group.indices]
        scores[negative] = np.abs(scores[negative])
    upside_down = shown.flipped[group.indices]
    if upside_down.any():
        turned = shown.group(shape, per_channel=view == "per_channel", resize=resize, turned=True)
        scores[upside_down] = np.maximum(scores[upside_down], _products(turned, rows)[upside_down])
    return group, scores


def unit_rows(target: PanelSet, view: str) -> Rows:
    """The panels of a set in a view, as unit vectors (N, D)."""
    rows = _target(target, view)
    centred = rows.values - rows.values.mean(axis=1, keepdims=True)
    unit: Rows = centred / rows.lengths[:, None]
    return unit


def constant(target: PanelSet) -> NDArray[np.bool_]:
    """Which panels of a set have one value everywhere, (N,)."""
    return _target(target, "plain").constant


def _products(group: Group, target: _Target) -> Rows:
    # The unit rows sum to zero, so the target's own offset drops out of the product.
    scores: Rows = np.nan_to_num(group.unit @ target.values.T / target.lengths, copy=False)
    scores[:, target.constant] = 0
    scores[np.ix_(group.constant, target.constant)] = 1
    return scores


def _target(target: PanelSet, view: str) -> _Target:
    views = _TARGETS.setdefault(target, {})
    if view not in views:
        views[view] = _prepared(target.stack, view)
    return views[view]


def _prepared(stack: Floats, view: str) -> _Target:
    if view == "per_channel":
        unit, flat = _unit(np.asarray(stack, np.float64), per_channel=True)
        return _Target(unit, np.ones(len(unit), unit.dtype), flat)
    if view == "smooth":
        stack = np.array([_smoothed(panel) for panel in stack])
    elif view == "channel_mean":
        stack = stack.mean(axis=-1)
    elif view.startswith("channel_"):
        stack = stack[..., int(view.removeprefix("channel_"))]
    values = stack.reshape(len(stack), -1)
    centred = values - values.mean(axis=1, keepdims=True)
    flat = np.abs(centred).max(axis=1) <= _FLAT * np.abs(values).max(axis=1)
    lengths = np.sqrt(np.einsum("nd,nd->n", centred, centred))
    lengths[flat] = 1
    return _Target(values, lengths, flat)


def _unit(stack: Floats, per_channel: bool) -> tuple[Rows, NDArray[np.bool_]]:
    """Centred rows of length 1 and which rows are constant; what is not finite counts as the mean."""
    count = len(stack)
    channels = np.moveaxis(stack, -1, 1) if per_channel else stack[:, None]
    pixels = math.prod(channels.shape[2:])
    rows = np.array(channels.reshape(count, channels.shape[1], pixels), np.float64)
    finite = np.isfinite(rows)
    rows[~finite] = 0
    # Scaled first, so that squares of very large or small values neither overflow nor vanish.
    largest = np.abs(rows).max(axis=2, keepdims=True, initial=0)
    rows /= np.where(largest > 0, largest, 1)
    number = np.maximum(finite.sum(axis=2, keepdims=True), 1)
    rows -= rows.sum(axis=2, keepdims=True) / number
    rows[~finite] = 0
    rows[np.abs(rows).max(axis=2, initial=0) <= _FLAT] = 0
    lengths = np.linalg.norm(rows, axis=2, keepdims=True)
    rows /= np.where(lengths > 0, lengths, 1)
    varying = (lengths > 0).sum(axis=(1, 2))
    unit = rows.reshape(count, rows.shape[1] * pixels) / np.sqrt(np.maximum(varying, 1))[:, None]
    return unit.astype(np.float32), (varying == 0) & finite.any(axis=(1, 2))


def _averaged(pixels: Floats, shape: tuple[int, ...]) -> Floats:
    return _resized(pixels, shape, Image.Resampling.BOX)


def _smoothed(panel: Floats) -> Floats:
    """A heatmap as it comes back from being enlarged with interpolation: slightly blurred."""
    height, width = panel.shape
    enlarged = _resized(panel, (3 * height, 3 * width), Image.Resampling.BILINEAR)
    return _averaged(enlarged, (height, width))


def _resized(pixels: Floats, shape: tuple[int, ...], how: Image.Resampling) -> Floats:
    finite = np.nan_to_num(np.asarray(pixels, np.float32))
    return np.asarray(Image.fromarray(finite).resize((shape[1], shape[0]), how))
