"""Panels of pictures that are an image of a data set but for what is written over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.evidence import Axes, Figure, Image
from autograder.figures.rendered.recognition import recognised
from tests.figures import world

IMAGES = np.stack([world.unit(image) for image in world.images()[..., 0]])
FRAME = (0.0, 0.0, 1.0, 1.0)


def figure(*panels: Any) -> Figure:
    return Figure(0, tuple(Axes(FRAME, (Image(panel, "png"),)) for panel in panels))


def spoilt(index: int, cells: int) -> Any:
    """An image on another scale, over some cells of which something is written."""
    image = 0.3 + 0.5 * IMAGES[index].copy()
    image.reshape(-1)[np.random.default_rng(index).permutation(image.size)[:cells]] = 0.3
    return image


@pytest.mark.parametrize("cells", [4, 10])
def test_what_is_written_over_an_image_is_taken_away(cells: int) -> None:
    found = recognised([figure(spoilt(3, cells), IMAGES[5])], [IMAGES])
    assert found is not None
    first, second = (axes.images[0].pixels for axes in found[0].axes)
    np.testing.assert_array_equal(first, IMAGES[3])
    np.testing.assert_array_equal(second, IMAGES[5])


@pytest.mark.parametrize(
    "panel",
    [
        IMAGES[3],
        spoilt(3, 120),
        IMAGES[3] + 0.25 * np.random.default_rng(0).normal(size=IMAGES[3].shape),
        0.6 * IMAGES[3] + 0.4 * IMAGES[4],
        np.zeros((16, 16)),
        IMAGES[3][:8],
    ],
    ids=["clean", "covered", "noisy", "mixed", "blank", "cropped"],
)
def test_what_is_only_like_an_image_stays_as_it_is(panel: Any) -> None:
    assert recognised([figure(panel)], [IMAGES]) is None
