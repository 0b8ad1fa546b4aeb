"""Panels of pictures that are an image of a data set but for a few cells, over which something is written.

Such a panel is replaced by its image, so that it is judged as if nothing had been written over it. An image
that is only like another one differs from it in many cells, and is left as it is. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from autograder.evidence import Axes, Figure
from autograder.figures import matching
from autograder.figures.panels import Floats, extract
from autograder.figures.views import Shown

ALIKE: Final = 0.8
"""NCC of a panel with the image that it may be, at least."""

EQUAL: Final = 0.9
"""Share of the cells that are equal, of all and of those that stand out from the image's ground, at least."""

_CLOSE: Final = 0.05
_STANDS_OUT: Final = 0.1
_FITS: Final = 3


def recognised(figures: Sequence[Figure], forms: Sequence[Floats]) -> list[Figure] | None:
    """Figures whose panels are cleaned of what was written over them; None where nothing is to be cleaned.

    Args:
        figures: as read from pictures.
        forms: the images that may be shown, (N, H, W) or (N, H, W, C), once for each way to display them.
    """
    places = [(place, index) for place, figure in enumerate(figures) for index in range(len(figure.axes))]
    axes = [figures[place].axes[index] for place, index in places]
    panels = [extract(Figure(0, (one,))).panels for one in axes]
    if any(len(one) != 1 for one in panels):
        return None
    shown = Shown([one[0] for one in panels])
    cleaned: dict[tuple[int, int], Axes] = {}
    for images in forms:
        for panel, found, score in zip(*matching.find(shown, images), strict=True):
            image = np.asarray(images[int(found)], np.float64)
            if ALIKE <= score <= matching.SAME and _is(shown.panels[panel].pixels, image):
                drawn = replace(axes[panel].images[0], pixels=image.astype(np.float32))
                cleaned.setdefault(places[panel], replace(axes[panel], images=(drawn,)))
    if not cleaned:
        return None
    return [
        replace(figure, axes=tuple(cleaned.get((place, index), one) for index, one in enumerate(figure.axes)))
        for place, figure in enumerate(figures)
    ]


def _is(drawn: Floats, image: Floats) -> bool:
    """Whether most cells are those of an image, up to a factor and a constant."""
    image = image.squeeze()
    if drawn.shape != image.shape or np.ptp(image) == 0:
        return False
    image = (image - image.min()) / np.ptp(image)
    cells = np.asarray(drawn, np.float64)
    chosen = np.ones(image.shape, bool)
    close = chosen
    for _ in range(_FITS):
        line = np.polynomial.Polynomial.fit(cells[chosen], image[chosen], 1)
        off = np.abs(line(cells) - image)
        close = off <= _CLOSE
        # What lies furthest off is no part of the image, and counts no more.
        chosen = off <= max(_CLOSE, float(np.quantile(off, EQUAL)))
        if np.ptp(cells[chosen]) == 0:
            return False
    apart = np.abs(image - np.median(image)) > _STANDS_OUT
    return bool(close.mean() >= EQUAL and close[apart].mean() >= EQUAL)
