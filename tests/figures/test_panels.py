from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.evidence import Axes, Figure, Image
from autograder.figures.panels import Panel, extract
from tests.figures import world


def numbered(count: int) -> list[np.ndarray]:
    return [np.full((2, 2), number, float) for number in range(count)]


def first_values(figure: Figure) -> list[float]:
    return [float(panel.pixels.flat[0]) for panel in extract(figure).panels]


def test_panels_come_in_reading_order_whatever_order_the_axes_were_made_in() -> None:
    figure = world.figure(numbered(7), columns=3, order=[6, 2, 0, 5, 1, 4, 3])
    assert first_values(figure) == [0, 1, 2, 3, 4, 5, 6]


def test_axes_without_images_and_colorbars_are_no_panels() -> None:
    panels = world.figure(numbered(2)).axes
    bar = Axes((0.9, 0, 0.05, 1), (Image(np.arange(256.0)[:, None], "pcolormesh"),), decoration=True)
    assert first_values(Figure(0, (*panels, bar, Axes((0, 0, 1, 1))))) == [0, 1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((5, 6), (5, 6)),
        ((5, 6, 1), (5, 6)),
        ((1, 5, 6), (5, 6)),
        ((1, 5, 6, 1), (5, 6)),
        ((5, 6, 3), (5, 6, 3)),
        ((5, 6, 4), (5, 6, 3)),
        ((1, 5, 6, 3), (5, 6, 3)),
    ],
)
def test_singleton_axes_and_alpha_are_dropped(given: tuple[int, ...], expected: tuple[int, ...]) -> None:
    (panel,) = extract(world.figure([np.zeros(given)])).panels
    assert panel.pixels.shape == expected


@pytest.mark.parametrize("shape", [(5,), (5, 6, 7), (2, 5, 6, 3), (0, 4)])
def test_what_is_no_image_is_no_panel(shape: tuple[int, ...]) -> None:
    assert extract(world.figure([np.zeros(shape)])).panels == ()


def test_images_drawn_over_each_other_show_the_last_one() -> None:
    images = tuple(Image(pixels, "imshow") for pixels in numbered(3))
    extracted = extract(Figure(0, (Axes((0, 0, 1, 1), images),)))
    assert [panel.pixels[0, 0] for panel in extracted.panels] == [2]
    assert extracted.covered == 2


def test_a_heatmap_over_a_photograph_leaves_both_visible() -> None:
    both = (Image(np.zeros((8, 8, 3)), "imshow"), Image(np.eye(8), "imshow"))
    assert len(extract(Figure(0, (Axes((0, 0, 1, 1), both),))).panels) == 2


def test_a_figures_title_belongs_to_its_only_panel() -> None:
    lone, pair = world.figure(numbered(1)), world.figure(numbered(2))
    assert extract(replace(lone, suptitle="cat")).panels[0].words == ("cat",)
    assert extract(replace(pair, suptitle="cat")).panels[0].words == ()


def test_clipping_counts_rgb_values_outside_the_range() -> None:
    pixels = np.full((2, 2, 3), 0.5)
    assert Panel(pixels).clipped == 0
    pixels[0, 0, :] = -1
    assert Panel(pixels).clipped == pytest.approx(0.25)
    assert Panel(pixels[..., 0]).clipped == 0
    assert Panel(np.full((2, 2, 3), 255, np.uint8)).clipped == 0
    assert Panel(np.full((2, 2, 3), 255.0)).clipped == 1


def test_gray_is_found_in_rgb_but_colour_is_not_made_gray() -> None:
    values = np.arange(6.0).reshape(2, 3)
    only_red = np.zeros((2, 3, 3))
    only_red[..., 0] = values
    assert np.array_equal(Panel(np.stack([values] * 3, -1)).gray, values)
    assert np.array_equal(Panel(only_red).gray, values)
    assert Panel(np.random.default_rng(0).random((2, 3, 3))).gray is None
