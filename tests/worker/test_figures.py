"""Figures are recorded with what their calls were given, once each; the student notices nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from tests.worker.watching import Watch

KERNELS = np.linspace(-0.9, 1.4, 48).reshape(4, 4, 3).astype(np.float32)


class TestPixels:
    def test_floats_are_kept_as_given_not_as_clipped(self, watch: Watch) -> None:
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
    def test_whatever_imshow_takes(self, watch: Watch, given: Any, expected: Any) -> None:
        plt.imshow(given)
        plt.show()
        np.testing.assert_array_equal(watch.image()["pixels"], expected)

    def test_later_changes_of_the_array_do_not_count(self, watch: Watch) -> None:
        array = np.zeros((2, 2))
        plt.imshow(array)
        array[:] = 9
        plt.show()
        assert watch.image()["pixels"].max() == 0

    def test_set_data_replaces_what_was_given(self, watch: Watch) -> None:
        plt.imshow(np.zeros((2, 2)), cmap="Reds").set_data(np.ones((2, 2)))
        plt.show()
        assert watch.image()["pixels"].min() == 1
        assert watch.image()["cmap"] == "Reds"

    @pytest.mark.parametrize("call", ["imshow", "matshow", "pcolormesh", "pcolor"])
    def test_every_call_that_draws_pixels(self, watch: Watch, call: str) -> None:
        getattr(plt.figure().add_subplot(), call)(np.eye(3), cmap="gray", vmin=-1, vmax=2)
        plt.show()
        image = watch.image()
        np.testing.assert_array_equal(image["pixels"], np.eye(3))
        assert (image["call"], image["cmap"], image["vmin"], image["vmax"]) == (call, "gray", -1, 2)
        assert image["flipped"] is (call in ("pcolormesh", "pcolor"))

    def test_pcolormesh_with_coordinates(self, watch: Watch) -> None:
        plt.pcolormesh(np.arange(4), np.arange(3), np.ones((2, 3)))
        plt.gca().invert_yaxis()
        plt.show()
        assert watch.image()["pixels"].shape == (2, 3)
        assert watch.image()["flipped"] is False

    def test_upside_down_is_seen(self, watch: Watch) -> None:
        _, (first, second, third) = plt.subplots(1, 3)
        first.imshow(np.eye(3))
        second.imshow(np.eye(3), origin="lower")
        third.imshow(np.eye(3))
        third.invert_yaxis()
        plt.show()
        assert [image["flipped"] for image in watch.images()] == [False, True, True]

    def test_pyplot_matshow_and_figimage(self, watch: Watch) -> None:
        plt.matshow(np.eye(3))
        plt.show()
        assert watch.image()["call"] == "matshow"
        plt.figimage(np.zeros((10, 20)))
        plt.show()
        assert watch.image()["pixels"].shape == (10, 20)

    def test_a_huge_image_is_dropped_with_a_note(self, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("autograder.worker.pixels.MAX_BYTES", 100)
        plt.imshow(np.zeros((20, 20)))
        plt.show()
        assert watch.images() == []
        assert "too large" in watch.notes[0]


class TestAround:
    def test_words(self, watch: Watch) -> None:
        figure, panel = plt.subplots(figsize=(3, 2))
        figure.suptitle("Kernels")
        panel.set(title="channel 0", xlabel="x", ylabel="y")
        panel.text(0, 0, "here")
        panel.imshow(np.eye(2))
        plt.show()
        (form,) = watch.figures
        (axes,) = form["axes"]
        assert (form["suptitle"], form["size"]) == ("Kernels", [3.0, 2.0])
        assert (axes["title"], axes["xlabel"], axes["ylabel"], axes["texts"]) == (
            "channel 0",
            "x",
            "y",
            ["here"],
        )

    def test_a_grid_lies_as_a_grid(self, watch: Watch) -> None:
        _, grid = plt.subplots(2, 3)
        for panel in grid.flat:
            panel.imshow(np.eye(2))
        plt.show()
        corners = [axes["position"][:2] for axes in watch.figures[0]["axes"]]
        assert len({round(left, 3) for left, _ in corners}) == 3
        assert len({round(bottom, 3) for _, bottom in corners}) == 2

    def test_panels_of_an_image_grid_do_not_lie_on_each_other(self, watch: Watch) -> None:
        from mpl_toolkits.axes_grid1 import ImageGrid

        for panel in ImageGrid(plt.figure(), 111, nrows_ncols=(2, 2)):
            panel.imshow(np.eye(2))
        plt.show()
        drawn = [axes for axes in watch.figures[0]["axes"] if axes["images"]]
        assert len({tuple(round(edge, 3) for edge in axes["position"]) for axes in drawn}) == len(drawn) == 4

    def test_panels_of_subfigures_lie_in_the_whole_figure(self, watch: Watch) -> None:
        for part in plt.figure().subfigures(1, 2):
            part.add_subplot().imshow(np.eye(2))
        plt.show()
        left, right = (axes["position"][0] for axes in watch.figures[0]["axes"])
        assert left < 0.5 < right

    def test_words_on_the_figure_belong_to_the_panel_they_are_nearest_to(self, watch: Watch) -> None:
        figure, panels = plt.subplots(1, 2)
        for place, panel in enumerate(panels):
            panel.imshow(np.eye(2))
            figure.text(0.3 + 0.4 * place, 0.95, f"class {place}")
        figure.suptitle("all of them")
        plt.show()
        assert [panel["texts"] for panel in watch.figures[-1]["axes"]] == [["class 0"], ["class 1"]]

    def test_the_heading_of_a_subfigure_belongs_to_its_panel(self, watch: Watch) -> None:
        for place, part in enumerate(plt.figure().subfigures(1, 2)):
            part.suptitle(f"class {place}")
            part.subplots().imshow(np.eye(2))
        plt.show()
        assert [panel["texts"] for panel in watch.figures[-1]["axes"]] == [["class 0"], ["class 1"]]

    def test_a_colorbar_is_decoration(self, watch: Watch) -> None:
        plt.colorbar(plt.imshow(np.eye(2)))
        plt.show()
        assert [axes["decoration"] for axes in watch.figures[0]["axes"]] == [False, True]
        assert len(watch.images()) == 1

    def test_what_was_removed_or_hidden_is_not_recorded(self, watch: Watch) -> None:
        _, (first, second, third) = plt.subplots(1, 3)
        first.imshow(np.eye(2))
        first.clear()
        second.imshow(np.eye(2)).remove()
        third.imshow(np.eye(2))
        third.set_visible(False)
        plt.show()
        assert watch.images() == []


class TestEndings:
    def test_shown_then_closed_counts_once(self, watch: Watch) -> None:
        figure = plt.figure()
        plt.imshow(np.eye(2))
        plt.show()
        plt.close(figure)
        plt.close("all")
        watch.recorder.end_of_cell()
        assert watch.endings == ["show"]

    def test_show_closes(self, watch: Watch) -> None:
        plt.figure()
        plt.imshow(np.eye(2))
        plt.show(block=False)
        assert plt.get_fignums() == []

    def test_left_open_is_recorded_at_the_end_of_the_cell(self, watch: Watch) -> None:
        plt.imshow(np.eye(2))
        plt.figure()
        plt.imshow(np.ones((2, 2)))
        watch.recorder.end_of_cell()
        assert watch.endings == ["cell", "cell"]
        assert plt.get_fignums() == []

    @pytest.mark.parametrize("which", [None, 1, "all", "named"])
    def test_closed_unseen_is_recorded(self, watch: Watch, which: Any) -> None:
        plt.figure(which if which == "named" else 1)
        plt.imshow(np.eye(2))
        plt.close(which)
        assert watch.endings == ["close"]

    def test_saved_then_shown_counts_once_and_the_file_is_there(self, watch: Watch, tmp_path: Path) -> None:
        plt.imshow(np.eye(2))
        plt.savefig(tmp_path / "a.png")
        plt.title("added later")
        plt.show()
        assert len(watch.figures) == 1
        assert watch.figures[0]["axes"][0]["title"] == "added later"
        assert Image.open(tmp_path / "a.png").size[0] > 100

    def test_a_figure_saved_and_drawn_anew_counts_each_time(self, watch: Watch, tmp_path: Path) -> None:
        figure = plt.figure()
        for value in range(3):
            plt.imshow(np.full((2, 2), value))
            plt.savefig(tmp_path / f"{value}.png")
            figure.clear()
        watch.recorder.end_of_cell()
        assert [watch.images(index)[0]["pixels"].max() for index in range(3)] == [0, 1, 2]

    def test_displayed_and_left_open_counts_once(self, watch: Watch) -> None:
        figure = plt.figure()
        plt.imshow(np.eye(2))
        watch.recorder.displayed(figure)
        figure.show()
        watch.recorder.end_of_cell()
        assert len(watch.figures) == 1

    def test_displayed_again_in_a_later_cell_counts_again(self, watch: Watch) -> None:
        figure, panel = plt.subplots()
        panel.imshow(np.eye(2))
        watch.recorder.end_of_cell()
        panel.imshow(np.ones((3, 3)))
        watch.recorder.displayed(figure)
        watch.recorder.end_of_cell()
        assert [len(watch.images(index)) for index in range(2)] == [1, 2]

    def test_an_empty_figure_is_none(self, watch: Watch) -> None:
        plt.figure()
        plt.show()
        assert watch.figures == []

    def test_a_picture_without_a_figure(self, watch: Watch, tmp_path: Path) -> None:
        plt.imsave(tmp_path / "a.png", np.eye(4), cmap="gray")
        watch.recorder.picture(Image.fromarray(np.eye(3, dtype=np.uint8)), "display")
        assert [watch.images(index)[0]["pixels"].shape for index in range(2)] == [(4, 4), (3, 3)]
        assert watch.endings == ["savefig", "display"]

    def test_another_backend_is_not_loaded(self, watch: Watch) -> None:
        matplotlib.use("TkAgg")
        plt.switch_backend("QtAgg")
        plt.imshow(np.eye(2))
        plt.show()
        assert len(watch.figures) == 1

    def test_a_figure_that_raises_when_read_ends_nothing(self, watch: Watch) -> None:
        plt.imshow(np.eye(2))
        plt.gca().get_title = None  # type: ignore[assignment]
        plt.show()
        assert watch.figures == []
        assert "could not be read" in watch.notes[0]


def test_an_error_in_drawing_reaches_the_student(watch: Watch) -> None:
    with pytest.raises(TypeError):
        plt.imshow(np.zeros((2, 2, 2)))


def test_the_worker_starts_without_what_it_does_not_need() -> None:
    script = (
        "import json, sys\n"
        "import autograder.worker.session, autograder.worker.models\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {
        "pydantic",
        "jinja2",
        "dask",
        "tensorflow",
        "keras",
        "reference",
        "nbclient",
        "jupytext",
    }
