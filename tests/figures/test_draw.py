from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image
import pytest

from autograder.figures.draw import HEIGHT, MOST, WIDTH, Tile, grid


def opened(png: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(PIL.Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("count", [0, 1, 3, 16, 32, MOST, MOST + 40])
@pytest.mark.parametrize("shape", [(3, 3), (32, 32, 3), (1, 200), (300, 7)])
def test_a_sheet_stays_within_its_size(count: int, shape: tuple[int, ...]) -> None:
    height, width, _ = opened(grid([Tile(np.random.default_rng(0).random(shape))] * count)).shape
    assert 0 < width <= WIDTH
    assert 0 < height <= HEIGHT


def test_a_map_is_stretched_from_black_to_white() -> None:
    drawn = opened(grid([Tile(np.array([[-7.0, 1e9], [1e9, -7.0]]))]))
    middle = drawn[:, drawn.shape[1] // 4]
    assert (middle == 0).all(axis=-1).any()
    assert (middle == 255).all(axis=-1).any()


def test_colour_stays_colour_and_is_cut_off_where_it_is_not_stretched() -> None:
    red = np.zeros((2, 2, 3))
    red[..., 0], red[..., 1] = 3.0, -3.0
    centre = opened(grid([Tile(red, stretch=False)]))[120, 120]
    assert centre.tolist() == [255, 0, 0]


def test_a_colormap_may_be_named() -> None:
    drawn = opened(grid([Tile(np.eye(2), colours="viridis")]))
    assert [68, 1, 84] in drawn.reshape(-1, 3).tolist()


def test_a_wrong_panel_is_marked_by_more_than_colour() -> None:
    plain, marked = (opened(grid([Tile(np.eye(8), wrong=wrong)])).astype(int) for wrong in (False, True))
    changed = np.abs(plain - marked).sum(axis=-1) > 0
    # A frame all round, and a cross inside the panel.
    assert changed[:, 20:400].any(axis=0).all()
    assert changed[40:120, 380:440].any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_gray(bad: float) -> None:
    drawn = opened(grid([Tile(np.array([[bad, 0.0], [1.0, 0.5]]))]))
    assert [128, 128, 128] in drawn.reshape(-1, 3).tolist()
    assert opened(grid([Tile(np.full((4, 4), bad))])).size


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float64])
def test_every_type_and_extreme_is_drawn(dtype: type) -> None:
    limits = np.finfo(dtype) if np.dtype(dtype).kind == "f" else np.iinfo(dtype)
    drawn = opened(grid([Tile(np.array([[limits.min, 0], [0, limits.max]], dtype))]))
    assert {0, 255} <= set(drawn[40:, 20:200].reshape(-1).tolist())


def test_the_same_panels_give_the_same_bytes() -> None:
    tiles = [Tile(np.arange(9.0).reshape(3, 3), "1"), Tile(np.eye(3), "2", wrong=True)]
    assert grid(tiles) == grid(tiles)
