"""What filters and classes have in common in activation maximisation: how images are set against units.

Runs a submitted network only through its `Subject`, in a process of its own. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autograder.checks.base import Floats, Oracle
from autograder.figures import matching
from autograder.figures.panels import Panel
from autograder.figures.views import Shown

REAL_IMAGES: Final = 500
"""So many images of the data stand for all of them."""

_MEAN: Final = 0.97
"""NCC above which an image is the mean of a class: exactly so it is 1, of some hundred images above 0.98."""


@dataclass(frozen=True)
class Asked:
    """What a figure has to show.

    Attributes:
        units: numbers of the filters or classes.
        layer: of the filters; None for classes.
        at_least: share of them whose image has to be right, above 0 and at most 1.
    """

    units: tuple[int, ...]
    layer: int | str | None
    at_least: float


@dataclass(frozen=True, eq=False)
class Reading:
    """Images of a figure, set against the units that are asked for.

    Attributes:
        panels: the images, as drawn.
        images: the same as they were run, (N, H, W, C).
        order: the image of each unit, -1 for none.
        right: whether that image excites its unit as it should, (units,).
        awake: which units anything excites, (units,); the others say nothing.
        distinct: how many of the images are the best one for some unit.
        responses: of all units of the layer, (N, all units).
        real: their largest responses to images that were not climbed, (all units,).
    """

    panels: Sequence[Panel]
    images: Floats
    order: Sequence[int]
    right: NDArray[np.bool_]
    awake: NDArray[np.bool_]
    distinct: int
    responses: Floats
    real: Floats

    @property
    def share(self) -> float:
        """Share of the units that have their image, of those that are awake, 0…1."""
        return float(self.right.sum() / max(1, self.awake.sum()))

    @property
    def chosen(self) -> list[Panel]:
        """The images that are meant for units, in their order."""
        return [self.panels[place] for place in self.order if place >= 0]

    @property
    def fine(self) -> list[bool]:
        """Which images excite their unit, in the order drawn; all others count as wrong."""
        right = {place for place, fine in zip(self.order, self.right, strict=True) if fine}
        return [place in right for place in range(len(self.panels))]


def bounds(oracle: Oracle) -> tuple[float, float]:
    """Smallest and largest value of the network's inputs."""
    some = oracle.images[:REAL_IMAGES]
    return float(some.min()), float(some.max())


def of_data(images: Floats, oracle: Oracle, *, training: bool = False) -> tuple[str, str] | None:
    """The mistake of showing images of the data set, or means of a class; None if it is not made.

    Args:
        images: as they were run, (N, H, W, C).
        oracle: knows the data.
        training: look through all training images as well, which takes seconds.
    """
    shown, half = Shown([Panel(image.squeeze()) for image in images]), len(images) / 2
    step = "Climb from a gray image, and plot what comes out."
    for images, labels in (oracle.images, oracle.labels), *([oracle.part("train")] if training else []):
        for form in oracle.displayed(images):
            if (matching.find(shown, form)[2] > matching.SAME).sum() > half:
                return "dataset_images", f"These are images of the data set. {step}"
            means = np.stack([form[labels == label].mean(axis=0) for label in np.unique(labels)])
            if (matching.find(shown, means)[2] > _MEAN).sum() > half:
                return "mean_images", f"These are means over images of the data set. {step}"
    return None


def listed(units: Sequence[int]) -> str:
    """Numbers in words: "0, 3 and 11"."""
    words = [str(unit) for unit in units]
    return f"{', '.join(words[:-1])} and {words[-1]}"
