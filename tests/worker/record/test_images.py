"""Images arrive at the judge as their calls were given them, before matplotlib clipped or scaled them."""

from __future__ import annotations

from typing import Any

import matplotlib.colors
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from tests.worker.watching import Watch

KERNELS = np.linspace(-0.9, 1.4, 48).reshape(4, 4, 3).astype(np.float32)


def test_floats_are_kept_as_given_not_as_clipped(watch: Watch) -> None:
    artist = plt.imshow(KERNELS)
    plt.show()
    assert np.asarray(artist.get_array()).min() == 0
    np.testing.assert_array_equal(watch.image()["pixels"], KERNELS)
    assert watch.image()["pixels"].dtype == np.float32


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
        (np.eye(3)[:, :, None], np.eye(3)),
        (np.ma.masked_equal([[0, 1], [2, 3]], 3), np.array([[0, 1], [2, np.nan]])),
        (Image.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)), np.arange(12).reshape(2, 2, 3)),
        (np.eye(2, dtype=bool), np.eye(2)),
    ],
)
def test_whatever_imshow_takes(watch: Watch, given: Any, expected: Any) -> None:
    plt.imshow(given)
    plt.show()
    np.testing.assert_array_equal(watch.image()["pixels"], expected)


def test_later_changes_of_the_array_do_not_count(watch: Watch) -> None:
    array = np.zeros((2, 2))
    plt.imshow(array)
    array[:] = 9
    plt.show()
    assert watch.image()["pixels"].max() == 0


def test_set_data_replaces_what_was_given(watch: Watch) -> None:
    plt.imshow(np.zeros((2, 2)), cmap="Reds").set_data(np.ones((2, 2)))
    plt.show()
    assert watch.image()["pixels"].min() == 1
    assert watch.image()["cmap"] == "Reds"


@pytest.mark.parametrize("call", ["imshow", "matshow", "pcolormesh", "pcolor"])
def test_every_call_that_draws_pixels(watch: Watch, call: str) -> None:
    getattr(plt.figure().add_subplot(), call)(np.eye(3), cmap="gray", vmin=-1, vmax=2)
    plt.show()
    image = watch.image()
    np.testing.assert_array_equal(image["pixels"], np.eye(3))
    assert (image["call"], image["cmap"], image["vmin"], image["vmax"]) == (call, "gray", -1, 2)
    assert image["flipped"] is (call in ("pcolormesh", "pcolor"))


def test_pcolormesh_with_coordinates(watch: Watch) -> None:
    plt.pcolormesh(np.arange(4), np.arange(3), np.ones((2, 3)))
    plt.gca().invert_yaxis()
    plt.show()
    assert watch.image()["pixels"].shape == (2, 3)
    assert watch.image()["flipped"] is False


def test_upside_down_is_seen(watch: Watch) -> None:
    _, (first, second, third) = plt.subplots(1, 3)
    first.imshow(np.eye(3))
    second.imshow(np.eye(3), origin="lower")
    third.imshow(np.eye(3))
    third.invert_yaxis()
    plt.show()
    assert [image["flipped"] for image in watch.images()] == [False, True, True]


def test_pyplot_matshow_and_figimage(watch: Watch) -> None:
    plt.matshow(np.eye(3))
    plt.show()
    assert watch.image()["call"] == "matshow"
    plt.figimage(np.zeros((10, 20)))
    plt.show()
    assert watch.image()["pixels"].shape == (10, 20)


def test_a_huge_image_is_dropped_with_a_note(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.worker.pixels.MAX_BYTES", 100)
    plt.imshow(np.zeros((20, 20)))
    plt.show()
    assert watch.images() == []
    assert "too large" in watch.notes[0]


def test_filled_contours_are_an_image(watch: Watch) -> None:
    data = np.arange(12.0).reshape(3, 4)
    plt.contourf(data, cmap="jet")
    plt.contourf(np.arange(4), np.arange(3)[::-1], data, 5)
    plt.contourf(data, origin="upper")
    plain, placed, upper = watch.axes().images
    np.testing.assert_array_equal(plain.pixels, data)
    np.testing.assert_array_equal(placed.pixels, data)
    assert (plain.call, plain.cmap) == ("contourf", "jet")
    assert [image.flipped for image in (plain, placed, upper)] == [True, False, False]


def test_coordinates_and_values_by_name(watch: Watch) -> None:
    table = {"x": [0, 1, 2], "y": [2, 1, 0], "z": np.eye(3)}
    plt.contourf("x", "y", "z", data=table)
    plt.pcolormesh("x", "y", "z", data=table)
    plt.imshow("z", data=table)
    images = watch.axes().images
    assert sorted(image.call for image in images) == ["contourf", "imshow", "pcolormesh"]
    for image in images:
        np.testing.assert_array_equal(image.pixels, np.eye(3))


@pytest.mark.parametrize("call", ["pcolormesh", "pcolor"])
@pytest.mark.parametrize("form", [lambda data: data, np.ravel])
def test_a_mesh_shows_what_it_was_given_last(watch: Watch, call: str, form: Any) -> None:
    mesh = getattr(plt, call)(np.zeros((2, 3)), cmap="gray", vmin=0, vmax=6)
    mesh.set_array(form(np.arange(6).reshape(2, 3)))
    (image,) = watch.axes().images
    np.testing.assert_array_equal(image.pixels, np.arange(6).reshape(2, 3))
    assert (image.call, image.cmap, image.vmin, image.vmax) == (call, "gray", 0, 6)


def test_rarer_calls_that_draw_pixels(watch: Watch) -> None:
    _, (plain, placed, counted, spied) = plt.subplots(1, 4)
    plain.pcolorfast(np.eye(3))
    placed.pcolorfast(*np.meshgrid([0, 1, 2, 4], [0, 1, 2, 3]), np.eye(3))
    counted.hist2d([1, 2, 2], [1, 2, 2], bins=2)
    spied.spy(np.eye(3))
    first, second, third, fourth = (axes.images[0].pixels for axes in watch.arrived()[0].axes)
    for pixels in (first, second, fourth):
        np.testing.assert_array_equal(pixels, np.eye(3))
    np.testing.assert_array_equal(third, [[1, 0], [0, 2]])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda image: None, ("", None, None)),
        (lambda image: plt.clim(2, 6), ("", 2, 6)),
        (lambda image: image.set_clim(vmax=4), ("", None, 4)),
        (lambda image: image.set_norm(matplotlib.colors.Normalize(-1, 9)), ("", -1, 9)),
        (lambda image: image.autoscale(), ("", None, None)),
        (lambda image: image.set_data(np.full((2, 2), 20)), ("", 0, 8)),
        (lambda image: image.set_norm("log"), ("", None, None)),
        (lambda image: image.set_cmap("hot"), ("hot", None, None)),
    ],
)
def test_colours_as_they_are_in_the_end(watch: Watch, change: Any, expected: Any) -> None:
    change(plt.imshow(np.arange(9).reshape(3, 3)))
    image = watch.axes().images[0]
    assert (image.cmap, image.vmin, image.vmax) == expected


def test_a_named_map_that_was_replaced(watch: Watch) -> None:
    plt.imshow(np.eye(2), cmap="jet").set_cmap("gray_r")
    assert watch.axes().images[0].cmap == "gray_r"


def test_one_scale_for_all(watch: Watch) -> None:
    scale = matplotlib.colors.Normalize(0, 5)
    _, panels = plt.subplots(1, 2)
    for place, panel in enumerate(panels):
        panel.imshow(np.eye(2) * place, norm=scale)
    assert [(axes.images[0].vmin, axes.images[0].vmax) for axes in watch.arrived()[0].axes] == [(0, 5)] * 2


def test_masked_arrays_keep_their_type_where_nothing_is_masked(watch: Watch) -> None:
    plt.imshow(np.ma.masked_array(np.eye(2, dtype=np.uint8)))
    assert watch.axes().images[0].pixels.dtype == np.uint8
