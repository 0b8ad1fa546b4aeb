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

_ENLARGED = {"heatmap": 0.0, "feature map": 1.5, "image": 1.5}
"""By noun, how many times larger than it is a panel has to be drawn to count as enlarged with interpolation.
Filters and kernels are too small for that: they may be enlarged by repeating pixels only."""

_CUT_OFF = 0.1
"""The largest share of a feature map that may be cut off at either end, as textbooks do for display."""

_HUGE = 1e15
"""Products of rows of smaller numbers are finite."""

_WORTH_CUTTING = 0.5
"""References less like a panel than this are not tried with their ends cut off."""


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
    """A panel set in one view: rows as they are, lengths of the centred rows, which are constant.

    What only few sets need is found out once: whether any row is constant, and whether products stay finite.
    """

    values: Rows
    lengths: Rows
    constant: NDArray[np.bool_]
    any_constant: bool
    tame: bool


# Keyed by identity: decoys live as long as a grading run, and are met again with every submission.
_TARGETS: WeakKeyDictionary[PanelSet, dict[str, _Target]] = WeakKeyDictionary()


def accepted(target: PanelSet, shown: Shown) -> tuple[str, ...]:
    """Names of the views in which a figure may show a set.

    A picture that was enlarged with interpolation is also compared with a reference as blurred as that.
    Several RGB filters may also be shown channel by channel or averaged over the channels, since a
    layer's filters are often drawn so; a single filter has to be shown whole.
    """
    if target.noun == "heatmap" or shown.enlarges(target):
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
        self._natives = tuple(panel.native for panel in self.panels)
        self._groups: dict[tuple[object, ...], Group] = {}
        self._enlarges: dict[tuple[object, ...], bool] = {}
        self._sample: Shown | None = None

    def enlarges(self, target: PanelSet) -> bool:
        """Whether any panel may be a panel of the set enlarged with interpolation."""
        key = (target.shape, target.noun)
        if key not in self._enlarges:
            least = _ENLARGED.get(target.noun)
            pictures = [_channels(panel, target.shape) for panel in self._natives]
            self._enlarges[key] = any(_is_enlarged(pixels, target.shape, least) for pixels in pictures)
        return self._enlarges[key]

    def group(
        self, shape: tuple[int, ...], *, per_channel: bool, enlarged: float | None, turned: bool = False
    ) -> Group:
        """The panels that can have a shape, as unit vectors.

        Args:
            shape: (H, W) or (H, W, 3).
            per_channel: centre and scale every channel by itself.
            enlarged: bring pictures that are at least so many times larger to this size by area averaging.
            turned: upside down.
        """
        key = (shape, per_channel, enlarged, turned)
        if key not in self._groups:
            chosen = [(index, self._as(index, shape, enlarged)) for index in range(len(self.panels))]
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

    def _as(self, index: int, shape: tuple[int, ...], enlarged: float | None) -> Floats | None:
        for panel in (self.panels[index], self._natives[index]):
            pixels = _channels(panel, shape)
            if pixels is not None and pixels.shape == shape:
                return pixels
        if pixels is None or not _is_enlarged(pixels, shape, enlarged):
            return None
        return _averaged(pixels, shape)


def similarity(shown: Shown, target: PanelSet, view: str) -> tuple[Group, Rows]:
    """NCC of every panel that fits with every panel of a set.

    A panel drawn with a reversed colormap also counts with its sign reversed, one drawn upside down on
    purpose (`origin="lower"`, pcolormesh) also upside down. Constant panels are like constant panels only.

    Returns:
        The panels that fit (M of them), and the scores, (M, N), -1…1; 0 where nothing can be said.
    """
    shape = target.shape if view in ("plain", "per_channel", "smooth") else target.shape[:2]
    enlarged = _ENLARGED.get(target.noun)
    group = shown.group(shape, per_channel=view == "per_channel", enlarged=enlarged)
    if not len(group.indices):
        return group, np.zeros((0, len(target)), np.float32)
    rows = _target(target, view)
    scores = _products(group, rows)
    if len(shape) == 2:
        negative = shown.reversed[group.indices]
        scores[negative] = np.abs(scores[negative])
    upside_down = shown.flipped[group.indices]
    if upside_down.any():
        turned = shown.group(shape, per_channel=view == "per_channel", enlarged=enlarged, turned=True)
        scores[upside_down] = np.maximum(scores[upside_down], _products(turned, rows)[upside_down])
    return group, scores


def forgive_cutting(group: Group, target: PanelSet, view: str, scores: Rows) -> None:
    """Raise the scores of feature maps of which a few values were cut off at the ends before plotting.

    A reference that is somewhat like such a panel is cut off at the same shares and compared again. A map
    with a large plateau is left alone: that is what an activation function does.

    Args:
        group: panels (M of them).
        target: a set of feature maps (N of them); others are left as they are.
        view: how they are compared.
        scores: NCC, (M, N); changed in place.
    """
    if target.noun != "feature map" or not scores.size:
        return
    values = _target(target, view).values
    for place, row in enumerate(group.unit):
        counts = [int((row == end).sum()) for end in (row.min(), row.max())]
        low, high = (count if count <= _CUT_OFF * row.size else 1 for count in counts)
        if max(low, high) == 1:
            continue
        for index in np.flatnonzero(scores[place] > _WORTH_CUTTING):
            cut = _cut_alike(values[index], row, low, high)
            centred = cut - cut.mean()
            length = float(np.linalg.norm(centred))
            if length > 0:
                scores[place, index] = max(scores[place, index], float(row @ centred) / length)


def _cut_alike(values: Rows, row: Rows, low: int, high: int) -> Rows:
    """A map with its ends cut off where a panel's are.

    The cut lies between two neighbouring values of the map; where, is told by what was left whole.

    Args:
        values: of the map, (D,).
        row: of the panel, (D,).
        low, high: how many of the panel's values lie at its ends; 1 where nothing was cut off.
    """
    ordered = np.sort(values)
    bottom, top = ordered[low - 1], ordered[-high]
    whole = (row > row.min()) & (row < row.max())
    if whole.any():
        mine, seen = values[whole], row[whole]
        spread = float(((mine - mine.mean()) ** 2).sum())
        gain = float(((mine - mine.mean()) * (seen - seen.mean())).sum()) / spread if spread > 0 else 0.0
        if gain > 0:
            at_bottom, at_top = (mine.mean() + (end - seen.mean()) / gain for end in (row.min(), row.max()))
            bottom = np.clip(at_bottom, bottom, ordered[low]) if low > 1 else bottom
            top = np.clip(at_top, ordered[-high - 1], top) if high > 1 else top
    cut: Rows = np.clip(values, bottom, top)
    return cut


def unit_rows(target: PanelSet, view: str) -> Rows:
    """The panels of a set in a view, as unit vectors (N, D)."""
    rows = _target(target, view)
    centred = rows.values - rows.values.mean(axis=1, keepdims=True)
    unit: Rows = centred / rows.lengths[:, None]
    return unit


def highest(shown: Shown, target: PanelSet) -> Rows | None:
    """For every panel that fits, its highest NCC with a panel of a set, both as they are.

    Returns:
        (M,), -1…1, 0 for constant panels; None where the set's numbers are too large for plain products.
    """
    group, scores = similarity(shown, target, "plain")
    if not _target(target, "plain").tame:
        return None
    most: Rows = scores.max(axis=1)
    most[group.constant] = 0
    return most


def constant(target: PanelSet) -> NDArray[np.bool_]:
    """Which panels of a set have one value everywhere, (N,)."""
    return _target(target, "plain").constant


def _products(group: Group, target: _Target) -> Rows:
    # The unit rows sum to zero, so the target's own offset drops out of the product.
    scores: Rows = group.unit @ target.values.T / target.lengths
    if not target.tame:
        np.nan_to_num(scores, copy=False)
    if target.any_constant:
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
        return _Target(unit, np.ones(len(unit), unit.dtype), flat, bool(flat.any()), tame=True)
    if view == "smooth":
        stack = _smoothed(stack)
    elif view == "channel_mean":
        stack = stack.mean(axis=-1)
    elif view.startswith("channel_"):
        stack = stack[..., int(view.removeprefix("channel_"))]
    values = stack.reshape(len(stack), -1)
    centred = values - values.mean(axis=1, keepdims=True)
    largest = np.abs(values).max(axis=1)
    flat = np.abs(centred).max(axis=1) <= _FLAT * largest
    lengths = np.sqrt(np.einsum("nd,nd->n", centred, centred))
    lengths[flat] = 1
    tame = bool((lengths > 0).all() and (largest < _HUGE).all())
    return _Target(values, lengths, flat, bool(flat.any()), tame)


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


def _channels(panel: Panel, shape: tuple[int, ...]) -> Floats | None:
    return panel.gray if len(shape) == 2 else panel.pixels


def _is_enlarged(pixels: Floats | None, shape: tuple[int, ...], least: float | None) -> bool:
    """Whether pixels may be a picture of this shape, at least so many times as large; 0 allows any size."""
    if pixels is None or least is None or pixels.shape[2:] != shape[2:] or pixels.shape == shape:
        return False
    (down, across), (height, width) = pixels.shape[:2], shape[:2]
    return least == 0 or (down * width == across * height and down >= least * height)


def _averaged(pixels: Floats, shape: tuple[int, ...]) -> Floats:
    finite = np.nan_to_num(np.asarray(pixels, np.float64), posinf=0, neginf=0)
    # Only proportions count; single precision has room for fewer sizes than double.
    finite = (finite / max(np.abs(finite).max(), np.finfo(np.float64).tiny)).astype(np.float32)
    channels = finite[..., None] if finite.ndim == 2 else finite
    size, how = (shape[1], shape[0]), Image.Resampling.BOX
    small = [Image.fromarray(channels[..., index]).resize(size, how) for index in range(channels.shape[-1])]
    return np.stack([np.asarray(channel) for channel in small], axis=-1).reshape(shape)


def _smoothed(stack: Floats) -> Floats:
    """Pictures (N, H, W[, C]) as they come back from being enlarged and averaged: slightly blurred."""
    for axis in (1, 2):
        first, last = np.take(stack, [0], axis), np.take(stack, [-1], axis)
        padded = np.concatenate([first, stack, last], axis)
        count = stack.shape[axis]
        before, after = (padded.take(range(start, start + count), axis) for start in (0, 2))
        stack = 0.75 * stack + 0.125 * (before + after)
    return stack
