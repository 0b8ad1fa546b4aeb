"""Images that hold many tiles are taken apart, whatever their columns, gaps, fill and enlargement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from autograder.evidence import Axes, Figure, Image
from autograder.figures.mosaic import split, tilings
from autograder.figures.panels import Panel
from autograder.figures.verify import verify
from tests.figures import world

Array = NDArray[Any]


def random_tiles(count: int, height: int, width: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(count, height, width))


def mosaic(tiles: Array, columns: int, pad: int = 0, around: int = 0, fill: float = 0.0) -> Array:
    """Tiles (N, H, W[, C]) in one image; empty cells at the end hold the fill."""
    count, height, width = tiles.shape[:3]
    rows = -(-count // columns)
    down, across = rows * (height + pad) - pad + 2 * around, columns * (width + pad) - pad + 2 * around
    sheet = np.full((down, across, *tiles.shape[3:]), fill)
    for place, tile in enumerate(tiles):
        top = around + place // columns * (height + pad)
        left = around + place % columns * (width + pad)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def pixels(panels: list[Panel]) -> Array:
    return np.array([panel.pixels for panel in panels])


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 14),
    st.integers(1, 6),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from([0.0, 1.0, -3.5, 255.0, np.nan]),
    st.integers(3, 9),
    st.integers(3, 9),
    st.data(),
)
def test_any_mosaic_comes_apart_into_its_tiles_in_order(
    count: int, columns: int, pad: int, frame: bool, fill: float, height: int, width: int, data: st.DataObject
) -> None:
    affine = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 9)), min_size=count, max_size=count)
    shifts, gains = np.array(data.draw(affine)).T[:, :, None, None]
    tiles = gains * random_tiles(count, height, width) + shifts
    sheet = mosaic(tiles, min(columns, count), pad, pad if frame else 0, fill)
    (best, *_) = tilings([Panel(sheet)], height, width, count)
    assert np.array_equal(pixels(best), tiles)


@pytest.mark.parametrize(("lead", "trail"), [(0, 1), (2, 0), (1, 3)])
def test_frames_need_not_be_even(lead: int, trail: int) -> None:
    tiles = random_tiles(8, 7, 7)
    sheet = np.pad(mosaic(tiles, 4, 1), (lead, trail))
    assert np.array_equal(pixels(split(Panel(sheet), 7, 7)[0]), tiles)


@pytest.mark.parametrize("pad", [0, 1, 2, 3])
@pytest.mark.parametrize("factor", [2, 3, 5])
def test_enlarged_tiles_are_brought_back_to_their_size(pad: int, factor: int) -> None:
    tiles = random_tiles(6, 5, 4)
    large = tiles.repeat(factor, axis=1).repeat(factor, axis=2)
    assert np.array_equal(pixels(split(Panel(mosaic(large, 3, pad)), 5, 4)[0]), tiles)


def test_stacked_images_are_a_mosaic_without_gaps() -> None:
    tiles = random_tiles(4, 6, 6)
    assert np.array_equal(pixels(split(Panel(np.hstack(list(tiles))), 6, 6)[0]), tiles)
    assert np.array_equal(pixels(split(Panel(np.vstack(list(tiles))), 6, 6)[0]), tiles)


@pytest.mark.parametrize("trail", [0, 1])
def test_tiles_framed_each_in_its_own_colour_come_apart_too(trail: int) -> None:
    tiles = random_tiles(6, 5, 5)
    frame = ((1, trail), (1, trail))
    framed = np.array([np.pad(tile, frame, constant_values=tile.min()) for tile in tiles])
    ways = split(Panel(mosaic(framed, 3)), 5, 5)
    assert any(np.array_equal(pixels(way), tiles) for way in ways)


def test_dark_borders_of_digits_do_not_shift_the_cuts() -> None:
    tiles = np.pad(random_tiles(6, 20, 20), ((0, 0), (4, 4), (4, 4)))
    for pad in range(4):
        assert np.array_equal(pixels(split(Panel(mosaic(tiles, 3, pad)), 28, 28)[0]), tiles)


def test_colour_tiles_come_apart() -> None:
    tiles = np.random.default_rng(0).random((6, 5, 5, 3))
    assert np.array_equal(pixels(split(Panel(mosaic(tiles, 3, 1, 1, 1.0)), 5, 5)[0]), tiles)


def test_several_sheets_give_their_tiles_one_after_the_other() -> None:
    tiles = random_tiles(8, 4, 4)
    sheets = [Panel(mosaic(tiles[:4], 2, 1)), Panel(mosaic(tiles[4:], 4, 1)), Panel(np.eye(3))]
    assert np.array_equal(pixels(next(tilings(sheets, 4, 4, 8))), tiles)
    assert list(tilings(sheets, 4, 4, 9)) == []


def test_blank_tiles_are_dropped_at_the_end_but_kept_as_a_last_resort() -> None:
    tiles = random_tiles(6, 4, 4)
    tiles[[1, 5]] = 0.5
    sheet = Panel(mosaic(tiles, 3, 1))
    assert len(next(tilings([sheet], 4, 4, 5))) == 5
    assert len(next(tilings([sheet], 4, 4, 6))) == 6


def test_a_tile_without_finite_numbers_is_blank_but_an_image_without_any_is_not_cut() -> None:
    tiles = random_tiles(6, 4, 4)
    tiles[2] = np.nan
    assert np.array_equal(split(Panel(mosaic(tiles, 3, 1)), 4, 4)[0][2].pixels, np.zeros((4, 4)))
    assert split(Panel(mosaic(tiles * np.nan, 3, 1, fill=np.nan)), 4, 4) == []


@pytest.mark.parametrize("shape", [(3, 9), (9, 3), (1, 1), (4, 23)])
def test_what_holds_no_grid_is_not_cut(shape: tuple[int, int]) -> None:
    assert split(Panel(np.random.default_rng(0).random(shape)), 4, 4) == []


def lone(sheet: Array, *others: Array) -> Figure:
    """One figure with one image an Axes."""
    axes = [
        Axes((0.0, 0.9 - 0.1 * place, 0.1, 0.1), (Image(picture, "imshow"),))
        for place, picture in enumerate([sheet, *others])
    ]
    return Figure(0, tuple(axes))


@pytest.mark.parametrize("others", [0, 1])
def test_a_mosaic_beside_another_picture_shows_what_it_shows(others: int) -> None:
    reference = world.feature_maps()
    maps = reference.stack
    standardised = (maps - maps.mean((1, 2), keepdims=True)) / maps.std((1, 2), keepdims=True)
    figure = lone(mosaic(standardised, 5, 1), *[world.images()[5].mean(axis=-1)] * others)
    finding = verify([figure], reference, world.decoys_of_maps())
    assert finding is not None
    assert finding.accepted
    assert finding.scene.tiles


def test_an_image_of_the_panels_own_size_is_not_cut() -> None:
    finding = verify([lone(world.maps(5)[7])], world.feature_maps(), world.decoys_of_maps(), at_least=1)
    assert finding is not None
    assert finding.accepted
    assert not finding.scene.tiles
