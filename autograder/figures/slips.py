"""Slips: what a figure would show if the reference had been plotted with a usual programming mistake.

Every slip is computed from the reference alone, as a set of panels with the mistake's name. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from autograder.figures.matching import SAME
from autograder.figures.panels import Floats, PanelSet
from autograder.figures.views import Shown


def slips(reference: PanelSet, shown: Shown) -> list[PanelSet]:
    """The sets a figure may show in place of the reference by a slip of the keyboard.

    Those that the way of drawing excuses are left out: a reversed sign under a reversed colormap, an
    upside-down panel drawn with its first row at the bottom.
    """
    found = [*_geometry(reference), *_values(reference)]
    if reference.noun != "heatmap":
        found += [*_axes(reference), *_channels(reference)]
    excused = {"negated"} if shown.reversed.any() else set()
    if shown.flipped.any():
        excused.add("flipped")
    return [slip for slip in found if slip.mistake not in excused]


def _slip(reference: PanelSet, stack: Floats, mistake: str, what: str, noun: str = "") -> PanelSet:
    noun = noun or reference.noun
    same = len(stack) == len(reference)
    labels = reference.labels if same else [f"{noun} {index}" for index in range(len(stack))]
    return PanelSet(stack, noun, labels, f"{reference.title}, {what}", mistake)


def _geometry(reference: PanelSet) -> Iterator[PanelSet]:
    stack = reference.stack
    yield _slip(reference, stack.swapaxes(1, 2), "transposed", "with rows and columns exchanged")
    yield _slip(reference, stack[:, ::-1], "flipped", "upside down")
    yield _slip(reference, stack[:, :, ::-1], "flipped", "mirrored left to right")
    yield _slip(reference, stack[:, ::-1, ::-1], "flipped", "turned by 180°")


def _values(reference: PanelSet) -> Iterator[PanelSet]:
    stack = reference.stack
    yield _slip(reference, -stack, "negated", "with the sign reversed")
    if reference.noun != "heatmap":
        cut, whole = np.clip(stack, 0, 1), np.trunc(stack)
        if _differs(cut, stack):
            yield _slip(reference, cut, "clipped", "with all values outside 0…1 cut off")
        if _differs(whole, stack):
            yield _slip(reference, whole, "cast_to_int", "with the decimals cut off by a cast to int")
    if stack.min() < 0:
        yield _slip(
            reference, wrapped(stack), "wrapped", "with negative values wrapped around by a cast to uint8"
        )


def _differs(changed: Floats, stack: Floats) -> bool:
    """Whether at least half of the panels look otherwise, and some show anything at all."""
    rows = [np.asarray(one, np.float64).reshape(len(one), -1) for one in (changed, stack)]
    one, other = (row - row.mean(axis=1, keepdims=True) for row in rows)
    sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    seen = sizes > 0
    scores = np.einsum("nd,nd->n", one, other)[seen] / sizes[seen]
    return bool(seen.any() and 2 * (scores > SAME).sum() <= len(stack))


def wrapped(stack: Floats) -> Floats:
    """`(255 * x).astype(np.uint8)` of values that are partly negative: they come out bright."""
    return np.mod(np.trunc(255.0 * stack), 256).astype(np.float32)


def _axes(reference: PanelSet) -> Iterator[PanelSet]:
    """The tensor indexed on another axis than the one that counts the panels."""
    tensor = np.moveaxis(reference.stack, 0, -1)
    panel_shape = reference.shape
    if reference.noun == "filter" and len(reference) > 1:
        # weights.reshape(filters, h, w, c) keeps the shape and mixes up the numbers.
        yield _slip(
            reference, tensor.reshape(len(reference), *panel_shape), "reshaped", "scrambled by reshape"
        )
    if len(panel_shape) == 2 and len(reference) > 1:
        height, width, count = tensor.shape
        yield _slip(reference, tensor, "wrong_axis", "indexed on the first axis (rows)")
        yield _slip(reference, tensor.swapaxes(0, 1), "wrong_axis", "indexed on the second axis (columns)")
        yield _slip(reference, tensor.reshape(count, height, width), "reshaped", "scrambled by reshape")
    elif len(panel_shape) == 3:
        for order in ((0, 2, 1), (2, 1, 0), (1, 2, 0), (2, 0, 1)):
            turned = reference.stack.transpose(0, *(1 + axis for axis in order))
            yield _slip(reference, turned, "wrong_axis", "with height, width and channels mixed up")


def _channels(reference: PanelSet) -> Iterator[PanelSet]:
    stack = reference.stack
    if stack.ndim == 4:
        count = stack.shape[-1]
        for order in permutations(range(count)) if count == 3 else ():
            if order != (0, 1, 2):
                mistake = "bgr" if order == (2, 1, 0) else "channel_order"
                words = (
                    "with red and blue exchanged"
                    if mistake == "bgr"
                    else "with the colour channels exchanged"
                )
                yield _slip(reference, stack[..., order], mistake, words)
        kernels = np.moveaxis(stack, -1, 1).reshape(-1, *stack.shape[1:3])
        yield _slip(reference, kernels, "kernels_instead", "as separate channels", "kernel")
    elif reference.noun == "kernel" and len(stack) == 3:
        yield _slip(
            reference, np.moveaxis(stack, 0, -1)[None], "filter_instead", "as one RGB image", "filter"
        )
