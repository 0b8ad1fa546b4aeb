"""What a cell displays arrives at the judge if it is a figure or a picture."""

from __future__ import annotations

import gc
import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.display import HTML
from IPython.display import Image as ImageFile
from matplotlib.figure import Figure
from PIL import Image

from autograder.worker import displays
from tests.worker.watching import Watch

RGB = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5


def displayed(watch: Watch, *values: object) -> list[Any]:
    """The pixels of all figures that arrive when values are displayed in a cell."""
    for value in values:
        displays.keep(value, watch.recorder)
    watch.recorder.end_of_cell()
    return [image.pixels for figure in watch.arrived() for axes in figure.axes for image in axes.images]


def file_of(picture: Image.Image, format: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format)
    return buffer.getvalue()


def test_a_figure_that_pyplot_does_not_know(watch: Watch) -> None:
    figure = Figure()
    figure.subplots().imshow(np.eye(2))
    (pixels,) = displayed(watch, figure)
    np.testing.assert_array_equal(pixels, np.eye(2))
    assert watch.endings == ["display"]


def test_a_figure_that_is_gone_was_displayed_all_the_same(watch: Watch) -> None:
    for value in range(3):
        figure = Figure()
        figure.subplots().imshow(np.full((2, 2), value))
        displays.keep(figure, watch.recorder)
        del figure
        gc.collect()
    assert [pixels.max() for pixels in displayed(watch)] == [0, 1, 2]


def test_a_subclass_and_a_part_of_a_figure(watch: Watch) -> None:
    class Own(Figure):
        pass

    for kind in (Own, Figure):
        part = kind().subfigures(1, 2)[0]
        part.subplots().imshow(np.eye(2))
        displays.keep(part, watch.recorder)
    assert len(displayed(watch)) == 2


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P", "LA", "CMYK", "YCbCr", "HSV", "I;16", "F"])
def test_pictures_of_every_mode_are_what_they_look_like(watch: Watch, mode: str) -> None:
    picture = Image.fromarray(RGB).convert("L" if mode in ("I;16", "F") else "RGB").convert(mode)
    (pixels,) = displayed(watch, picture)
    usual = {"1": "1", "L": "L", "RGB": "RGB", "I;16": "I;16", "F": "F", "RGBA": "RGBA", "LA": "RGBA"}
    np.testing.assert_array_equal(pixels, np.asarray(picture.convert(usual.get(mode, "RGB"))))


def test_a_palette_is_looked_up_in_imshow_too(watch: Watch) -> None:
    plt.imshow(Image.fromarray(RGB).convert("P"))
    assert displayed(watch)[0].shape == (4, 4, 3)


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP"])
def test_files_of_pictures(watch: Watch, format: str) -> None:
    gray = Image.fromarray(RGB[:, :, 0])
    (pixels,) = displayed(watch, ImageFile(data=file_of(gray, format), format="png"))
    np.testing.assert_array_equal(pixels.reshape(4, 4, -1)[:, :, 0], RGB[:, :, 0])


def test_files_of_figures_were_recorded_as_figures(watch: Watch) -> None:
    saved = io.BytesIO()
    plt.imshow(np.eye(2))
    plt.savefig(saved)
    (pixels,) = displayed(watch, ImageFile(data=saved.getvalue()))
    np.testing.assert_array_equal(pixels, np.eye(2))


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        "text",
        HTML("<b>bold</b>"),
        np.eye(3),
        [Image.new("L", (2, 2))],
        ImageFile(url="https://example.org/a.png"),
        ImageFile(data=b"\x89PNG\r\n\x1a\n" + bytes(50), format="png"),
        ImageFile(data=file_of(Image.new("L", (64, 64)))[:-30], format="png"),
        ImageFile(data=b"", format="png"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_things_are_no_figures(watch: Watch, value: object) -> None:
    assert displayed(watch, value) == []
    assert watch.endings == []


def test_showing_a_picture_opens_no_window(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageShow.show", None)
    Image.fromarray(RGB).show(title="kernels")
    (pixels,) = displayed(watch)
    np.testing.assert_array_equal(pixels, RGB)
    assert watch.endings == ["show"]


def test_a_picture_that_is_too_large_is_known_to_be_there(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.worker.pixels.MAX_BYTES", 100)
    for mode in ("RGB", "P"):
        displays.keep(Image.new(mode, (20, 20)), watch.recorder)
    assert [(figure.axes, figure.incomplete) for figure in watch.arrived()] == [((), True)] * 2
    assert "too large" in watch.notes[0]
