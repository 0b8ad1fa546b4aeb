"""A figure counts once for each time it is shown, saved, closed, displayed or left open."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from tests.worker.record.curves import LOSS, VALIDATION, frame, names
from tests.worker.watching import Watch


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

    def test_a_figure_that_raises_when_read_ends_nothing_and_is_known_to_be_there(self, watch: Watch) -> None:
        plt.imshow(np.eye(2))
        plt.gca().get_title = None  # type: ignore[assignment]
        plt.show()
        assert "could not be read" in watch.notes[0]
        (figure,) = watch.arrived()
        assert (figure.axes, figure.incomplete) == ((), True)


class TestWhatDiffers:
    def test_a_figure_of_lines_counts_once(self, watch: Watch, tmp_path: Any) -> None:
        figure = plt.figure()
        plt.plot(LOSS)
        plt.savefig(tmp_path / "a.png")
        plt.axhline(1)
        plt.plot(VALIDATION)
        watch.recorder.displayed(figure)
        (seen,) = watch.arrived()
        assert (len(seen.axes[0].lines), seen.ended) == (3, "show")

    @pytest.mark.parametrize("call", ["plot", "bar", "hist", "scatter"])
    def test_figures_differ_by_their_data(self, watch: Watch, call: str) -> None:
        figure, panel = plt.subplots()
        for data in ([1, 2, 3], [1, 2, 4]):
            panel.clear()
            getattr(panel, call)(*([data] if call in ("plot", "hist") else [[0, 1, 2], data]))
            watch.recorder.displayed(figure)
        assert len(watch.arrived()) == 2

    def test_shown_twice_with_other_names_counts_twice(self, watch: Watch) -> None:
        figure, panel = plt.subplots()
        panel.plot(LOSS)
        figure.show()
        figure.show()
        panel.legend(["train"])
        figure.show()
        assert [names(seen.axes[0]) for seen in watch.arrived()] == [[""], ["train"]]

    def test_nothing_is_rendered(self, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn: list[object] = []
        monkeypatch.setattr(FigureCanvasAgg, "draw", drawn.append)
        frame().plot()
        plt.legend(["a", "b"])
        plt.hist([1, 2, 3])
        plt.text(1, 1, "x")
        assert len(watch.axes().lines) == 2
        assert drawn == []

    def test_a_figure_with_a_legend_and_a_histogram_is_not_kept_alive(self, watch: Watch) -> None:
        figure = plt.figure()
        plt.hist([1, 2], label="a")
        plt.plot([1, 2])
        plt.legend(["a", "b"])
        gone = weakref.ref(figure)
        plt.show()
        watch.recorder.end_of_cell()
        del figure
        gc.collect()
        assert gone() is None
