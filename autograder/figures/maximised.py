"""Images made by activation maximisation: how they are read from a figure, and whose response decides.

Pixels are never compared with a reference: there are as many right images as ways to climb. Whoever calls
runs the images through a network and hands over the responses; here they are set against each other. Each
figure is read in several ways, because what is drawn was often rescaled for display. Runs no network.

Thresholds rest on `benchmarks/calibrate_figures.py`: see "maximisation" in `benchmarks/results/figures.md`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Figure
from autograder.figures.panels import Floats, Panel, PanelSet, is_blank
from autograder.figures.verify import scenes

NEAR: Final = 0.95
"""An image excites a filter like the best one when its response is at least this share of the best. Below 1,
since filters of a first layer often want one and the same bright image."""

MOST_IMAGES: Final = 64
"""Images of a figure that are run through a network; more are never asked for."""

_CONTRAST: Final = 0.25
"""Standard deviation, as a share of the range, to which images are brought that were drawn without bounds."""

_NUMBER: Final = re.compile(r"(?<![\w.])\d{1,4}(?![\w.%])")


def readings(figures: Sequence[Figure], shape: tuple[int, ...], count: int) -> list[list[Panel]]:
    """The images of a network's input size that figures hold, one list for each way to read them.

    Each figure by itself, all together, and images that hold a grid cut into their tiles.

    Args:
        figures: of a question.
        shape: (H, W, C) of the network's input; with C = 1, gray images and gray in RGB count.
        count: how many images are asked for.

    Returns:
        Lists with at least one image, in reading order.
    """
    form = PanelSet(np.zeros((count, *shape), np.float32), "image", ("",) * count, "")
    found = [
        [fit for panel in scene.panels if (fit := _fitting(panel, form.shape)) is not None]
        for scene in scenes(figures, form)
    ]
    return [panels[:MOST_IMAGES] for panels in found if panels]


def inputs(
    panels: Sequence[Panel],
    bounds: tuple[float, float],
    shape: tuple[int, ...],
    *,
    inverted: bool = False,
) -> list[Floats]:
    """The images as inputs of a network, in three ways: as drawn, stretched to its range, standardised.

    What the notebook computed was often stretched for display, which loses the range, or drawn without any
    bounds, which networks answer to in proportion.

    Args:
        panels: of the input's size.
        bounds: smallest and largest value of the network's inputs.
        shape: (H, W, C) of an input.
        inverted: also dark for light, as digits are often drawn; the same three ways once more.

    Returns:
        Three or six arrays (N, H, W, C) float32. What is not finite is the middle of the range.
    """
    low, high = bounds
    drawn = np.stack([_as_drawn(panel.pixels, bounds, shape) for panel in panels])
    drawn = np.where(np.isfinite(drawn), drawn, (low + high) / 2)
    axes = (1, 2, 3)
    least, span = drawn.min(axes, keepdims=True), np.ptp(drawn, axis=axes, keepdims=True)
    even = span <= 1e-6 * np.maximum(1, np.abs(drawn).max(axes, keepdims=True))
    stretched = low + (high - low) * (drawn - least) / np.where(even, 1, span)
    deviation = np.where(even, 1, drawn.std(axes, keepdims=True))
    standard = 0.5 + _CONTRAST * (drawn - drawn.mean(axes, keepdims=True)) / deviation
    clipped = np.clip(drawn, low, high)
    ways = (
        drawn,
        np.where(even, clipped, stretched),
        np.where(even, clipped, low + (high - low) * standard.clip(0, 1)),
    )
    found = [way.astype(np.float32) for way in ways]
    return [*found, *[np.float32(low + high) - way for way in found]] if inverted else found


def textures(shape: tuple[int, ...], bounds: tuple[float, float]) -> Floats:
    """Gratings, checkerboards, white and black: between them, about what filters of any layer want most.

    Of the images that are climbed for a filter half excite it at least as much as any of these do; of real
    images and noise hardly one does.

    Args:
        shape: (H, W, C) of a network's input.
        bounds: smallest and largest value of its inputs.

    Returns:
        (N, H, W, C) float32.
    """
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    waves = [
        np.sin(2 * np.pi * ((columns * np.cos(angle) + rows * np.sin(angle)) / period + phase)) > 0
        for period in (2, 2.5, 3, 4, 5, 6, 8, 12)
        for angle in np.linspace(0, np.pi, 12, endpoint=False)
        for phase in (0, 0.25, 0.5, 0.75)
    ]
    boards = [(rows // size + columns // size) % 2 for size in (1, 2)]
    even = [np.zeros(shape[:2]), np.ones(shape[:2])]
    found = np.stack([*waves, *boards, *even]).astype(np.float32)[..., None]
    low, high = bounds
    return np.asarray(low + (high - low) * np.repeat(found, shape[2], axis=-1), np.float32)


def orders(panels: Sequence[Panel], units: Sequence[int]) -> list[list[int]]:
    """Which image may be meant for which unit: by the numbers in titles, and by position.

    By position, the images come in the units' order; a figure may hold several rounds of them, or something
    else before them.

    Returns:
        For each order the image of each unit, -1 where there is none.
    """
    count, last = len(units), len(panels) - len(units)
    found = [
        list(range(start, start + count)) for start in sorted({*range(0, last + 1, count), max(last, 0)})
    ]
    if last < 0:
        found = [[place if place < len(panels) else -1 for place in range(count)]]
    named: dict[int, int] = {}
    for place, panel in enumerate(panels):
        numbers = {int(number) for words in panel.words for number in _NUMBER.findall(words)} & set(units)
        if len(numbers) == 1:
            named.setdefault(numbers.pop(), place)
    by_title = [named.get(unit, -1) for unit in units]
    return [by_title, *found] if len(named) > count / 2 and by_title not in found else found


def in_order(responses: Floats, real: Floats, order: Sequence[int]) -> NDArray[np.bool_]:
    """Which units' own images excite them as much as any other of the images does, and more than real ones.

    Args:
        responses: of each asked unit to each image, (images, units).
        real: the largest response of each to images that were not climbed, (units,).
        order: the image of each unit, -1 for none.

    Returns:
        (units,).
    """
    best = responses[[place for place in order if place >= 0]].max(axis=0)
    own = np.array([responses[place, unit] if place >= 0 else -np.inf for unit, place in enumerate(order)])
    return np.asarray((own >= NEAR * best) & (own > real))


def one_to_one(responses: Floats, real: Floats, order: Sequence[int]) -> int:
    """How many different images are the best one for some unit: for images in another order than the units.

    Args:
        responses, real, order: as for `in_order`.
    """
    shown = responses[[place for place in order if place >= 0]]
    return len(set(shown.argmax(axis=0)[shown.max(axis=0) > real].tolist()))


def all_alike(panels: Sequence[Panel]) -> bool:
    """Whether several images are one and the same."""
    return len(panels) > 1 and all(np.array_equal(panel.pixels, panels[0].pixels) for panel in panels[1:])


def _fitting(panel: Panel, shape: tuple[int, ...]) -> Panel | None:
    """The panel brought to a shape: gray where a map is wanted, and before it was enlarged."""
    for candidate in (panel, panel.native, _shrunk(panel, shape)):
        pixels = candidate.gray if len(shape) == 2 else candidate.pixels
        if pixels is not None and pixels.shape == shape:
            whole = candidate.pixels.dtype.kind in "iu"
            typed = pixels.astype(candidate.pixels.dtype) if whole else pixels
            return Panel(typed, panel.words, panel.reversed)
    return None


def _shrunk(panel: Panel, shape: tuple[int, ...]) -> Panel:
    """A panel of one value everywhere, of which nothing tells whether it was enlarged, in the wanted size."""
    factor = max(1, panel.pixels.shape[0] // shape[0])
    return replace(panel, pixels=panel.pixels[::factor, ::factor]) if is_blank(panel.pixels) else panel


def _as_drawn(pixels: Floats, bounds: tuple[float, float], shape: tuple[int, ...]) -> Floats:
    low, high = bounds
    values = np.asarray(pixels, np.float64).reshape(shape)
    return low + (high - low) * values / 255 if pixels.dtype.kind in "iu" else values
