"""Pictures are read back to the arrays they were drawn from, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.figures.panels import extract
from autograder.figures.rendered.reading import Form, Pictures
from tests.figures.rendered.pngs import grid, likeness, smooth


def read(pixels: Any, form: Form) -> list[list[Any]]:
    """The panels' arrays, by the ways to read one picture."""
    return [
        [panel.pixels for figure in figures for panel in extract(figure).panels]
        for figures in Pictures([pixels]).read(form)
    ]


def off(axes: Any, _: int) -> None:
    axes.set_axis_off()


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"cmap": "gray", "dpi": 72},
        {"cmap": "inferno", "face": "#222222"},
        {"cmap": "jet", "change": off},
        {"cmap": "gray", "interpolation": "bilinear", "side": 2.0},
        {"side": 0.75, "dpi": 100},
        {"spacing": 0.0, "change": off, "side": 1.2},
        {"spacing": 0.6, "columns": 3},
    ],
    ids=["plain", "gray", "dark face", "jet", "bilinear", "small", "no spacing", "wide spacing"],
)
def test_panels_come_back(how: dict[str, Any]) -> None:
    panels = smooth(8, 14)
    for arrays in read(grid(panels, **how), Form((14, 14), 8, 8, gaps=True)):
        if len(arrays) == len(panels):
            assert min(map(likeness, arrays, panels)) > 0.99
            return
    pytest.fail("no way to read the picture finds eight panels")


def test_words_over_panels_leave_gaps_and_spoil_nothing_else() -> None:
    panels = smooth(4, 20)

    def crossed(axes: Any, _: int) -> None:
        axes.text(3, 16, "no. 25", fontsize=11)

    arrays = read(grid(panels, change=crossed), Form((20, 20), 4, 4, gaps=True))[0]
    assert all(0 < np.isnan(one).mean() < 0.4 for one in arrays)
    assert min(map(likeness, arrays, panels)) > 0.99
    whole = read(grid(panels, change=crossed), Form((20, 20), 4, 4))[0]
    assert not np.isnan(whole).any()


def test_colour_panels_come_back_as_colours() -> None:
    panels = np.random.default_rng(3).random((6, 5, 5, 3)).astype(np.float32)
    arrays = read(grid(panels), Form((5, 5), 6, 6))[0]
    assert np.abs(np.array(arrays) - panels).max() < 0.01


@pytest.mark.parametrize("pad", [0, 1, 2])
def test_one_image_is_cut_into_its_tiles(pad: int) -> None:
    panels = smooth(8, 12)
    sheet = np.ones((2 * (12 + pad) - pad, 4 * (12 + pad) - pad), np.float32)
    for place, panel in enumerate(panels):
        row, column = (step * (12 + pad) for step in divmod(place, 4))
        sheet[row : row + 12, column : column + 12] = panel
    pixels = grid([sheet], columns=1, side=7, change=off)
    best = max(
        (arrays for arrays in read(pixels, Form((12, 12), 8, 8)) if len(arrays) == 8),
        key=lambda arrays: min(map(likeness, arrays, panels)),
    )
    assert min(map(likeness, best, panels)) > 0.99


@settings(max_examples=8, deadline=None)
@given(
    count=st.integers(2, 9),
    columns=st.integers(1, 5),
    side=st.integers(3, 24),
    dpi=st.sampled_from([60, 72, 90, 100, 137]),
    inches=st.floats(0.8, 2.2),
    spacing=st.one_of(st.none(), st.floats(0.05, 0.8)),
    cmap=st.sampled_from(["viridis", "gray", "magma", "Blues"]),
    bare=st.booleans(),
)
def test_any_grid_comes_back_or_is_left_alone(
    count: int, columns: int, side: int, dpi: int, inches: float, spacing: float | None, cmap: str, bare: bool
) -> None:
    panels = smooth(count, side, seed=count)
    change = off if bare else None
    pixels = grid(panels, columns, inches, dpi, change, spacing=spacing, cmap=cmap)
    for arrays in read(pixels, Form((side, side), count, count, gaps=True)):
        assert all(one.shape[:2] == (side, side) for one in arrays)
        known = [one for one in arrays if np.isfinite(one).any()]
        assert all(np.nanmin(one) >= 0 and np.nanmax(one) <= 1 for one in known)


def hostile(kind: str, side: int) -> Any:
    """Pictures that are made to take long."""
    rows, columns = np.mgrid[:side, :side]
    white = {
        "pixels": (rows + columns) % 2,
        "squares of 13": ((rows // 13) + (columns // 13)) % 2,
        "islands": (rows % 16 < 14) & (columns % 16 < 14),
        "stripes": rows // 13 % 2,
        "one colour": np.zeros((side, side)),
    }[kind]
    return np.repeat((255 * white).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("kind", ["pixels", "squares of 13", "islands", "stripes", "one colour"])
def test_hostile_pictures_are_read_within_bounds(kind: str) -> None:
    found = read(hostile(kind, 800), Form((3, 3), 2, 32))
    assert sum(map(len, found)) <= 4 * 600


def test_noise_is_no_trouble() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    read(pixels, Form((28, 28), 4, 16))


def test_pictures_that_are_too_large_are_left_alone() -> None:
    assert read(np.zeros((2500, 2100, 3), np.uint8), Form((3, 3), 2, 32)) == []


@pytest.mark.parametrize("size", [(1, 1), (8, 3000), (13, 13), (20, 14)])
def test_pictures_without_room_for_panels_show_none(size: tuple[int, int]) -> None:
    assert read(np.zeros((*size, 3), np.uint8), Form((28, 28), 1, 4)) == []
