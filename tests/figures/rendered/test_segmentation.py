"""Boxes of panels are found to a pixel or two, whatever stands around them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.figures.rendered.segmentation import MOST_BOXES, Box, Segments
from tests.figures.rendered.pngs import grid, smooth


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 6),
    width=st.integers(20, 60),
    height=st.integers(20, 60),
    gap=st.integers(3, 40),
    margin=st.integers(2, 30),
)
def test_a_grid_of_blocks_is_found_exactly(
    rows: int, columns: int, width: int, height: int, gap: int, margin: int
) -> None:
    size = (2 * margin + rows * (height + gap) - gap, 2 * margin + columns * (width + gap) - gap)
    picture = np.full((*size, 3), 255, np.uint8)
    expected = []
    for row in range(rows):
        for column in range(columns):
            box = Box(margin + column * (width + gap), margin + row * (height + gap), width, height)
            picture[box.top : box.bottom, box.left : box.right] = (40, 90, 160)
            expected.append(box)
    assert Segments(picture).boxes(width / height) == expected


def test_words_and_colorbars_are_no_panels() -> None:
    panels = smooth(6, 8)

    def titled(axes: Any, place: int) -> None:
        axes.set_title(f"filter {place}")
        axes.figure.colorbar(axes.images[0], ax=axes)

    boxes = Segments(grid(panels, columns=3, side=2.5, change=titled)).boxes(1)
    assert len(boxes) == 6
    assert all(abs(box.width / box.height - 1) < 0.1 for box in boxes)


def test_an_unfinished_row_has_as_many_boxes_as_panels() -> None:
    assert len(Segments(grid(smooth(7, 8), columns=4)).boxes(1)) == 7


def test_the_number_of_boxes_is_bounded() -> None:
    rows, columns = np.mgrid[:1200, :1200]
    islands = np.where((rows % 16 < 14) & (columns % 16 < 14), 0, 255).astype(np.uint8)
    assert len(Segments(np.repeat(islands[..., None], 3, axis=2)).boxes(1)) <= MOST_BOXES
