"""A small world without TensorFlow: smooth random images, random convolutions, and figures of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from autograder.evidence import Axes, Figure, Image
from autograder.figures.panels import PanelSet

Array = NDArray[Any]

COUNT, SIDE, FILTERS = 24, 16, 16


@lru_cache
def images() -> Array:
    """Smooth random images, (24, 16, 16, 3) float32 in -0.5…0.5."""
    noise = np.random.default_rng(1).normal(size=(COUNT, SIDE, SIDE, 3))
    smooth = np.stack([gaussian_filter(image, (1.5, 1.5, 0.5)) for image in noise])
    low, high = smooth.min((1, 2, 3), keepdims=True), smooth.max((1, 2, 3), keepdims=True)
    return ((smooth - low) / (high - low) - 0.5).astype(np.float32)


@lru_cache
def weights(seed: int = 2) -> Array:
    """Kernels of a layer, (3, 3, 3, 16) float32."""
    return (0.4 * np.random.default_rng(seed).normal(size=(3, 3, 3, FILTERS))).astype(np.float32)


def maps(image: int, seed: int = 2, *, relu: bool = False) -> Array:
    """Feature maps, (16, 16, 16): filter, row, column; four of them dead after the ReLU."""
    padded = np.pad(images()[image], ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    found = np.einsum("hwcij,ijcf->fhw", windows, weights(seed))
    found[:4] -= 50
    return np.maximum(found, 0) if relu else found


def filters(seed: int = 2, mistake: str = "") -> PanelSet:
    panels = np.moveaxis(weights(seed), -1, 0)
    title = f"the filters of network {seed}"
    return PanelSet(panels, "filter", [f"filter {i}" for i in range(FILTERS)], title, mistake)


def one_filter() -> PanelSet:
    return PanelSet([weights()[..., 0]], "filter", ["filter 0"], "filter 0 of the layer")


def kernels(index: int = 0, mistake: str = "") -> PanelSet:
    panels = np.moveaxis(weights()[..., index], -1, 0)
    labels = [f"channel {i}" for i in range(3)]
    return PanelSet(panels, "kernel", labels, f"the kernels of filter {index}", mistake)


def feature_maps(image: int = 5, seed: int = 2, *, relu: bool = False, mistake: str = "") -> PanelSet:
    what = f"the feature maps of image {image}{' after the activation' if relu else ''} in network {seed}"
    labels = [f"map {i}" for i in range(FILTERS)]
    return PanelSet(maps(image, seed, relu=relu), "feature map", labels, what, mistake)


def heatmap(image: int = 5, mistake: str = "") -> PanelSet:
    noise = np.random.default_rng(100 + image).normal(size=(26, 26))
    panel = np.maximum(gaussian_filter(noise, 4)[7:20, 7:20], 0)
    return PanelSet([panel], "heatmap", ["heatmap"], f"the heatmap of image {image}", mistake)


def decoys_of_filters() -> list[PanelSet]:
    return [filters(3, "untrained"), filters(4, "other_checkpoint")]


def decoys_of_kernels() -> list[PanelSet]:
    return [kernels(index, "other_filter") for index in range(1, FILTERS)]


def decoys_of_maps(*, relu: bool = False) -> list[PanelSet]:
    return [
        feature_maps(relu=not relu, mistake="other_layer"),
        feature_maps(seed=3, relu=relu, mistake="untrained"),
        *(feature_maps(other, relu=relu, mistake="other_image") for other in range(COUNT) if other != 5),
    ]


def unit(panel: Array) -> Array:
    """Min–max scaled to 0…1, as students are told to."""
    return (panel - panel.min()) / (panel.max() - panel.min())


def figure(
    panels: Sequence[Array],
    titles: Sequence[str] = (),
    *,
    columns: int = 4,
    order: Sequence[int] | None = None,
    **drawn: Any,
) -> Figure:
    """A grid of subplots, one image each; `order` permutes the order in which the Axes were made."""
    rows = -(-len(panels) // columns)
    axes = []
    for place, panel in enumerate(panels):
        position = (place % columns / columns, 1 - (place // columns + 1) / rows, 0.8 / columns, 0.8 / rows)
        title = titles[place] if place < len(titles) else ""
        axes.append(Axes(position, (Image(np.asarray(panel), "imshow", **drawn),), title=title))
    return Figure(0, tuple(axes[place] for place in order) if order else tuple(axes))
