"""Lines, bars, histograms and words arrive at the judge as they were drawn, whatever drew them."""

from __future__ import annotations

import datetime
import gc
import weakref
from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from autograder import evidence, wire
from autograder.worker import allowance, remembered
from tests.worker.watching import Watch

LOSS, VALIDATION = [3.0, 2.0, 1.0], [4.0, 3.0, 3.5]


def names(panel: evidence.Axes) -> list[str]:
    return [line.label for line in panel.lines]


def frame() -> pd.DataFrame:
    return pd.DataFrame({"loss": LOSS, "val_loss": VALIDATION})


class TestLines:
    @pytest.mark.parametrize("call", ["plot", "step", "semilogx", "semilogy", "loglog", "errorbar"])
    def test_every_call_that_draws_lines(self, watch: Watch, call: str) -> None:
        getattr(plt, call)([1, 2, 3], LOSS, label="loss", color="red")
        (line,) = watch.axes().lines
        assert (line.x.tolist(), line.y.tolist()) == ([1, 2, 3], LOSS)
        assert (line.label, line.color, line.points) == ("loss", "#ff0000", False)

    def test_scales(self, watch: Watch) -> None:
        plt.semilogy([1, 10, 100])
        panel = watch.axes()
        assert (panel.x.scale, panel.y.scale) == ("linear", "log")
        assert [place for place, _ in panel.y.ticks] == [1, 10, 100]

    def test_caps_of_error_bars_are_no_lines(self, watch: Watch) -> None:
        plt.errorbar([1, 2], [3, 4], yerr=1, capsize=3)
        assert len(watch.axes().lines) == 1

    def test_a_stem_plot_is_its_heads(self, watch: Watch) -> None:
        plt.stem([1, 2], [3, 4], label="probability")
        (line,) = watch.axes().lines
        assert (line.y.tolist(), line.label) == ([3, 4], "probability")

    def test_points(self, watch: Watch) -> None:
        plt.scatter([1, 2], [3, 4], color="green", label="even")
        plt.scatter([1, 2], [5, 6], c=["red", "blue"])
        plt.colorbar(plt.scatter([1, 2], [7, 8], c=[0.1, 0.9]))
        one, two, mapped = watch.axes().lines
        assert (one.x.tolist(), one.y.tolist(), one.label) == ([1, 2], [3, 4], "even")
        assert [line.color for line in (one, two, mapped)] == ["#008000", "", ""]
        assert all(line.points for line in (one, two, mapped))

    def test_a_reference_line_ends_where_it_does(self, watch: Watch) -> None:
        plt.plot([0.0, 4.0], [0.0, 2.0])
        plt.xlim(0, 4)
        plt.ylim(0, 2)
        plt.axhline(1.25)
        plt.axvline(3, ymax=0.5)
        _, across, up = watch.axes().lines
        assert (across.x.tolist(), across.y.tolist()) == (pytest.approx([0, 4]), [1.25, 1.25])
        assert (up.x.tolist(), up.y.tolist()) == ([3, 3], pytest.approx([0, 1]))

    def test_gaps_dates_and_words_as_numbers(self, watch: Watch) -> None:
        _, (first, second, third) = plt.subplots(1, 3)
        first.plot(np.ma.masked_greater([1.0, 2.0, 3.0], 2))
        first.plot([1, np.nan, np.inf])
        second.plot([datetime.date(1970, 1, 2), datetime.date(1970, 1, 3)], [1, 2])
        third.plot(["cat", "dog", "cat"], [1, 2, 3])
        one, two, three = watch.arrived()[0].axes
        np.testing.assert_array_equal(one.lines[0].y, [1, 2, np.nan])
        np.testing.assert_array_equal(one.lines[1].y, [1, np.nan, np.inf])
        assert two.lines[0].x.tolist() == [1, 2]
        assert three.lines[0].x.tolist() == [0, 1, 0]
        assert three.x.ticks == ((0.0, "cat"), (1.0, "dog"))

    def test_what_shows_nothing_is_left_out(self, watch: Watch) -> None:
        plt.plot([], [])
        plt.plot([1, 2])[0].remove()
        plt.plot([1, 2])[0].set_visible(False)
        plt.fill_between([0, 1], [2, 3])
        plt.contour(np.eye(3))
        panel = watch.axes()
        assert (panel.lines, panel.images) == ((), ())

    def test_as_it_is_in_the_end(self, watch: Watch) -> None:
        (line,) = plt.plot([1, 2])
        line.set_data([5, 6, 7], [1, 2, 3])
        assert watch.axes().lines[0].x.tolist() == [5, 6, 7]

    def test_pandas(self, watch: Watch) -> None:
        frame().plot(title="training")
        panel = watch.axes()
        assert names(panel) == ["loss", "val_loss"]
        assert panel.lines[1].y.tolist() == VALIDATION
        assert (panel.title, panel.legend) == ("training", ("loss", "val_loss"))


class TestNames:
    def test_a_legend_names_lines_that_have_no_label(self, watch: Watch) -> None:
        plt.plot(LOSS)
        plt.plot(VALIDATION)
        plt.legend(["train", "validation"])
        panel = watch.axes()
        assert names(panel) == list(panel.legend) == ["train", "validation"]

    def test_a_legend_in_another_order(self, watch: Watch) -> None:
        (first,), (second,) = plt.plot(LOSS), plt.plot(VALIDATION)
        plt.legend([second, first], ["validation", "train"])
        panel = watch.axes()
        assert (names(panel), panel.legend) == (["train", "validation"], ("validation", "train"))

    def test_a_reversed_legend(self, watch: Watch) -> None:
        plt.plot(LOSS, label="train")
        plt.plot(VALIDATION, label="_hidden")
        plt.plot(VALIDATION)
        plt.legend(plt.gca().lines, ["one", "two", "three"], reverse=True)
        panel = watch.axes()
        assert (names(panel), panel.legend) == (["one", "two", "three"], ("three", "two", "one"))

    def test_a_legend_of_samples_names_by_colour(self, watch: Watch) -> None:
        plt.plot(LOSS, "r")
        plt.plot(VALIDATION, "b")
        plt.legend(handles=[Line2D([], [], color="b", label="validation"), Patch(color="red", label="train")])
        assert names(watch.axes()) == ["train", "validation"]

    def test_the_figures_legend(self, watch: Watch) -> None:
        figure, panels = plt.subplots(1, 2)
        for panel, data in zip(panels, (LOSS, VALIDATION), strict=True):
            panel.plot(data)
        figure.legend([panels[0].lines[0], panels[1].lines[0]], ["left", "right"])
        left, right = watch.arrived()[0].axes
        assert (names(left), left.legend) == (["left"], ("left",))
        assert (names(right), right.legend) == (["right"], ("right",))

    def test_twins_with_one_legend(self, watch: Watch) -> None:
        _, left = plt.subplots()
        right = left.twinx()
        lines = left.plot([0.5, 0.9]) + right.plot([3, 4])
        left.legend(lines, ["accuracy", "loss"])
        one, other = watch.arrived()[0].axes
        assert (names(one), names(other), one.legend) == (["accuracy"], ["loss"], ("accuracy", "loss"))
        assert one.position == other.position
        assert (one.y.limits[1], other.y.limits[1]) == (pytest.approx(0.92), pytest.approx(4.05))

    def test_what_a_legend_says_in_the_end(self, watch: Watch) -> None:
        plt.plot(LOSS, label="x")
        plt.legend().get_texts()[0].set_text("train")
        assert names(watch.axes()) == ["train"]

    def test_a_legend_that_was_removed_or_hidden_says_nothing(self, watch: Watch) -> None:
        plt.plot(LOSS)
        plt.legend(["validation"])
        plt.legend(["train"]).set_visible(False)
        panel = watch.axes()
        assert (names(panel), panel.legend) == ([""], ())

    def test_two_legends(self, watch: Watch) -> None:
        (first,), (second,) = plt.plot(LOSS), plt.plot(VALIDATION)
        plt.gca().add_artist(plt.legend([first], ["train"]))
        plt.legend([second], ["validation"])
        assert names(watch.axes()) == ["train", "validation"]

    def test_bars_histograms_points_and_errors(self, watch: Watch) -> None:
        bars = plt.bar([0, 1], [2, 3])
        error = plt.errorbar([0, 1], [2, 3], yerr=1)
        points = plt.scatter([0, 1], [2, 3])
        _, _, counted = plt.hist([0, 1, 1])
        plt.legend([bars, error, points, counted], ["bars", "error", "points", "counted"])
        panel = watch.axes()
        assert panel.bars[0].label == "bars"
        assert panel.histograms[0].label == "counted"
        assert set(names(panel)) == {"error", "points"}


class TestBars:
    @pytest.mark.parametrize("call", ["bar", "barh"])
    def test_categories(self, watch: Watch, call: str) -> None:
        drawn = getattr(plt, call)(["cat", "dog"], [0.25, -0.75], color=["red", "#0000ff"], label="p")
        drawn[1].set_color("green")
        panel = watch.axes()
        (bars,) = panel.bars
        assert (bars.positions.tolist(), bars.lengths.tolist()) == ([0, 1], [0.25, -0.75])
        assert (bars.starts.tolist(), bars.horizontal) == ([0, 0], call == "barh")
        assert (bars.colors, bars.label) == (("#ff0000", "#008000"), "p")
        assert (panel.y if call == "barh" else panel.x).ticks == ((0.0, "cat"), (1.0, "dog"))
        assert panel.lines == panel.histograms == ()

    def test_stacked_and_side_by_side(self, watch: Watch) -> None:
        plt.bar([0, 1], [1, 2], width=0.5, align="edge", label="a")
        plt.bar([0, 1], [3, 4], bottom=[1, 2], label="b")
        one, other = watch.axes().bars
        assert (one.positions.tolist(), one.starts.tolist()) == ([0.25, 1.25], [0, 0])
        assert (other.lengths.tolist(), other.starts.tolist()) == ([3, 4], [1, 2])

    def test_error_bars_on_bars_are_no_lines(self, watch: Watch) -> None:
        plt.bar([0, 1], [1, 2], yerr=0.5, capsize=3)
        panel = watch.axes()
        assert (len(panel.bars), panel.lines) == (1, ())

    def test_nothing_and_gaps(self, watch: Watch) -> None:
        plt.bar([], [])
        plt.bar([0, 1], [np.nan, 1])
        plt.bar([0], [1]).remove()
        plt.bar([0, 1], [2, 3])[0].remove()
        gaps, rest = watch.axes().bars
        np.testing.assert_array_equal(gaps.lengths, [np.nan, 1])
        assert rest.lengths.tolist() == [3]

    def test_pandas(self, watch: Watch) -> None:
        frame().set_axis(["cat", "dog", "hen"]).plot.bar(stacked=True)
        panel = watch.axes()
        assert [bars.label for bars in panel.bars] == ["loss", "val_loss"]
        assert panel.bars[1].starts.tolist() == LOSS
        assert panel.x.ticks == ((0.0, "cat"), (1.0, "dog"), (2.0, "hen"))


class TestHistograms:
    VALUES = np.array([0.05, 0.15, 0.15, 0.95])

    @pytest.mark.parametrize("histtype", ["bar", "barstacked", "step", "stepfilled"])
    @pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
    def test_styles(self, watch: Watch, histtype: Any, orientation: Any) -> None:
        plt.hist(
            self.VALUES,
            bins=10,
            range=(0, 1),
            histtype=histtype,
            orientation=orientation,
            log=True,
            color="red",
            label="p",
        )
        panel = watch.axes()
        (histogram,) = panel.histograms
        counts, edges = np.histogram(self.VALUES, 10, (0, 1))
        np.testing.assert_array_equal(histogram.values, self.VALUES)
        np.testing.assert_array_equal(histogram.counts, counts)
        np.testing.assert_array_equal(histogram.edges, edges)
        assert (histogram.color, histogram.label) == ("#ff0000", "p")
        assert (panel.y if orientation == "vertical" else panel.x).scale == "log"
        assert panel.bars == panel.lines == ()

    @pytest.mark.parametrize("stacked", [False, True])
    @pytest.mark.parametrize("histtype", ["bar", "step"])
    def test_several_data_sets(self, watch: Watch, stacked: bool, histtype: Any) -> None:
        sets = [[0, 0, 1], [1, 1, 1, 2]]
        plt.hist(sets, bins=[0, 1, 2, 3], stacked=stacked, histtype=histtype, label=["a", "b"])
        histograms = {one.label: one for one in watch.axes().histograms}
        assert histograms["a"].counts.tolist() == [2, 1, 0]
        assert histograms["b"].counts.tolist() == [0, 3, 1]
        assert histograms["b"].values.tolist() == sets[1]

    @pytest.mark.parametrize(
        ("given", "sets"),
        [
            (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [[1, 3, 5], [2, 4, 6]]),
            ([[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5, 6]]),
            (pd.Series([1, 2, 2]), [[1, 2, 2]]),
            ({"a": 1, "b": 3}.values(), [[1, 3]]),
            (["cat", "dog", "cat"], [[0, 1, 0]]),
            (np.arange(3, dtype=np.uint8), [[0, 1, 2]]),
            (5, [[5]]),
            ([], [[]]),
        ],
    )
    def test_whatever_hist_takes(self, watch: Watch, given: Any, sets: list[list[float]]) -> None:
        plt.hist(given)
        assert [one.values.tolist() for one in watch.axes().histograms] == sets

    def test_density_and_named_data(self, watch: Watch) -> None:
        plt.hist("p", data={"p": self.VALUES}, density=True, bins=2)
        (histogram,) = watch.axes().histograms
        np.testing.assert_array_equal(histogram.values, self.VALUES)
        assert float(np.sum(histogram.counts * np.diff(histogram.edges))) == pytest.approx(1)

    def test_counts_given_as_weights_have_no_values_of_their_own(self, watch: Watch) -> None:
        plt.hist([0.5, 1.5], bins=[0, 1, 2], weights=[7, 8])
        plt.hist([0.5, 1.5], bins=[0, 1, 2], weights=[0.5, 0.5])
        counted, scaled = watch.axes().histograms
        assert (counted.values.tolist(), counted.counts.tolist()) == ([], [7, 8])
        assert (scaled.values.tolist(), scaled.counts.tolist()) == ([0.5, 1.5], [0.5, 0.5])

    def test_stairs(self, watch: Watch) -> None:
        plt.stairs([1, 2], [0, 1, 2], label="up")
        plt.stairs([1, 2], [2, 1, 0], baseline=[1, 1], label="down")
        up, down = watch.axes().histograms
        assert (up.counts.tolist(), up.edges.tolist(), up.values.size) == ([1, 2], [0, 1, 2], 0)
        assert (down.counts.tolist(), down.edges.tolist(), down.label) == ([1, 0], [0, 1, 2], "down")

    def test_pandas(self, watch: Watch) -> None:
        frame().hist(bins=3)
        first, second = watch.arrived()[0].axes
        assert (first.title, second.title) == ("loss", "val_loss")
        assert second.histograms[0].values.tolist() == VALIDATION

    def test_too_many_values_leave_the_counts(self, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(remembered, "MOST_VALUES", 3)
        plt.hist([1, 1, 2, 2], bins=2)
        (histogram,) = watch.axes().histograms
        assert (histogram.values.size, histogram.counts.tolist()) == (0, [2, 2])
        assert "only its counts" in watch.notes[0]


class TestWords:
    def test_texts_with_their_places(self, watch: Watch) -> None:
        plt.xlim(0, 4)
        plt.ylim(2, 0)
        plt.text(1, 1.5, "here", color="red")
        plt.text(0.5, 0.5, "middle", transform=plt.gca().transAxes)
        plt.annotate("point", (3, 1), xytext=(0, 9), textcoords="offset points")
        plt.annotate("arrow", (1, 1), xytext=(2, 2), arrowprops={})
        plt.annotate("corner", (0, 1), xycoords="axes fraction")
        plt.annotate("unplaced", (9, 9), xycoords="figure pixels")
        plt.text(1, 1, "hidden", visible=False)
        panel = watch.axes()
        places = {word.text: (round(word.x, 9), round(word.y, 9)) for word in panel.words}
        assert places == {
            "here": (1, 1.5),
            "middle": (2, 1),
            "point": (3, 1),
            "arrow": (1, 1),
            "corner": (0, 0),
        }
        assert [word.color for word in panel.words][:2] == ["#ff0000", "#000000"]
        assert "unplaced" in panel.texts

    def test_labels_of_bars(self, watch: Watch) -> None:
        bars = plt.bar(["cat", "dog"], [2.0, 4.0])
        plt.gca().bar_label(bars)
        plt.gca().bar_label(bars, ["low", "high"], label_type="center")
        words = [(word.text, round(word.x, 9), round(word.y, 9)) for word in watch.axes().words]
        assert words == [("2", 0, 2), ("4", 1, 4), ("low", 0, 1), ("high", 1, 2)]

    def test_titles(self, watch: Watch) -> None:
        _, panels = plt.subplots(1, 4)
        panels[0].set_title("left", loc="left", color="red")
        panels[1].set_title("middle")
        panels[2].set_title("black", color="k")
        panels[3].set_title("right", loc="right", color=(0, 0, 1, 0.5))
        axes = watch.arrived()[0].axes
        assert [panel.title_color for panel in axes] == ["#ff0000", "", "", "#0000ff"]

    @pytest.mark.parametrize(
        "put",
        [
            lambda panel: panel.set_xticks([0, 2], labels=["cat", "dog"]),
            lambda panel: (panel.set_xticks([0, 2]), panel.set_xticklabels(["cat", "dog"])),
            lambda panel: panel.xaxis.set_major_formatter(
                matplotlib.ticker.FuncFormatter(lambda place, _: {0: "cat", 2: "dog"}.get(place, ""))
            ),
            lambda panel: (
                panel.xaxis.set_major_locator(matplotlib.ticker.FixedLocator([-1, 0, 2, 3])),
                panel.xaxis.set_major_formatter(matplotlib.ticker.FixedFormatter(["no", "cat", "dog", "no"])),
            ),
            lambda panel: (panel.set_xticks([0, 2], labels=["cat", "dog"]), panel.xaxis.tick_top()),
        ],
    )
    def test_tick_labels(self, watch: Watch, put: Callable[[Any], object]) -> None:
        _, panel = plt.subplots()
        panel.bar([0, 2], [1, 2])
        put(panel)
        assert watch.axes().x.ticks == ((0.0, "cat"), (2.0, "dog"))

    def test_numbers_on_an_axis(self, watch: Watch) -> None:
        plt.plot([0, 1, 2])
        plt.yticks([0, 1, 2])
        plt.gca().invert_yaxis()
        panel = watch.axes()
        assert panel.y.ticks == ((0.0, "0"), (1.0, "1"), (2.0, "2"))
        assert panel.y.limits[0] > panel.y.limits[1]
        assert panel.x.limits[0] < panel.x.limits[1]

    @pytest.mark.parametrize(
        "hide",
        [
            lambda: plt.axis("off"),
            lambda: plt.xticks([]),
            lambda: plt.gca().xaxis.set_visible(False),
            lambda: plt.tick_params(labelbottom=False),
            lambda: plt.gca().xaxis.set_major_formatter(matplotlib.ticker.NullFormatter()),
        ],
    )
    def test_labels_that_are_not_there(self, watch: Watch, hide: Callable[[], object]) -> None:
        plt.bar(["cat", "dog"], [1, 2])
        hide()
        assert watch.axes().x.ticks == ()

    def test_inner_axes_share_the_labels_of_outer_ones(self, watch: Watch) -> None:
        _, panels = plt.subplots(1, 2, sharey=True)
        for panel in panels:
            panel.barh(["cat", "dog"], [1, 2])
        assert [panel.y.ticks for panel in watch.arrived()[0].axes] == [((0.0, "cat"), (1.0, "dog"))] * 2

    def test_a_heatmap_as_seaborn_draws_it(self, watch: Watch) -> None:
        matrix = np.arange(4).reshape(2, 2)
        figure, panel = plt.subplots()
        figure.colorbar(panel.pcolormesh(matrix, cmap="Blues"))
        panel.set(xlim=(0, 2), ylim=(0, 2))
        panel.invert_yaxis()
        panel.set(xticks=[0.5, 1.5], yticks=[0.5, 1.5])
        panel.set_xticklabels(["cat", "dog"])
        panel.set_yticklabels(["cat", "dog"])
        for (row, column), count in np.ndenumerate(matrix):
            panel.text(column + 0.5, row + 0.5, f"{count}", ha="center", va="center")
        heatmap = watch.axes()
        np.testing.assert_array_equal(heatmap.images[0].pixels, matrix)
        assert not heatmap.images[0].flipped
        assert heatmap.x.ticks == heatmap.y.ticks == ((0.5, "cat"), (1.5, "dog"))
        assert [(word.x, word.y, word.text) for word in heatmap.words][1] == (1.5, 0.5, "1")
        assert heatmap.x.limits == (0, 2)
        assert heatmap.y.limits == (2, 0)

    def test_a_colorbar_has_nothing_of_its_own(self, watch: Watch) -> None:
        plt.colorbar(plt.imshow(np.eye(2)), label="weight")
        _, bar = watch.arrived()[0].axes
        assert bar.decoration
        assert (bar.images, bar.lines, bar.x.ticks, bar.y.ticks) == ((), (), (), ())


class TestContours:
    def test_filled_contours_are_an_image(self, watch: Watch) -> None:
        data = np.arange(12.0).reshape(3, 4)
        plt.contourf(data, cmap="jet")
        plt.contourf(np.arange(4), np.arange(3)[::-1], data, 5)
        plt.contourf(data, origin="upper")
        plain, placed, upper = watch.axes().images
        np.testing.assert_array_equal(plain.pixels, data)
        np.testing.assert_array_equal(placed.pixels, data)
        assert (plain.call, plain.cmap) == ("contourf", "jet")
        assert [image.flipped for image in (plain, placed, upper)] == [True, False, False]


class TestEndings:
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


class TestOddThings:
    def test_an_odd_part_costs_itself_only(self, watch: Watch) -> None:
        class Odd(Line2D):
            def get_xdata(self, orig: bool = True) -> Any:
                raise RuntimeError("no")

        plt.imshow(np.eye(2))
        plt.plot([0, 1], [0, 1], label="fine")
        plt.gca().add_line(Odd([0, 1], [0, 1]))
        plt.gca().xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda place, _: 1 / 0))
        panel = watch.axes()
        assert (names(panel), panel.x.ticks, len(panel.images)) == (["fine"], (), 1)
        assert len(watch.notes) == 2

    def test_the_student_gets_what_the_call_returned(self, watch: Watch) -> None:
        counts, edges, patches = plt.hist([1, 2, 2], bins=2)
        assert (counts.tolist(), edges.tolist(), len(patches)) == ([1, 2], [1, 1.5, 2], 2)
        with pytest.raises(ValueError, match="bins"):
            plt.hist([1, 2], bins=-1)
        with pytest.raises(TypeError):
            plt.hist()  # type: ignore[call-arg]

    def test_a_figure_beyond_all_measure_fits_into_a_frame(self, watch: Watch) -> None:
        _, panels = plt.subplots(1, 2)
        for _ in range(2):
            panels[0].plot(np.zeros(allowance.MOST["numbers"] // 3))
        panels[0].plot([1, 2, 3])
        for index in range(allowance.MOST["words"] // 20):
            panels[1].text(0, 0, f"{index}" + "\N{DOG FACE}" * 500)
        panels[1].set_xticks(np.arange(3_000))
        plt.show()
        (form,) = watch.figures
        _, json_size, array_size = wire.HEADER.unpack_from(wire.pack(form))
        assert json_size < wire.LIMITS.json_bytes
        assert array_size < wire.LIMITS.array_bytes
        assert [line["x"].size for line in form["axes"][0]["lines"]] == [allowance.MOST["numbers"] // 3, 3]
        assert "a line of it was left out" in watch.notes[0]
        assert any("words" in note for note in watch.notes)
        assert any("the x axis" in note for note in watch.notes)


numbers = st.floats(width=64) | st.integers(-5, 5).map(float)
columns = arrays.arrays(np.float64, st.integers(1, 6), elements=numbers)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(columns, st.text(max_size=5)), min_size=1, max_size=3),
    st.text(max_size=8),
)
def test_any_lines_arrive_as_they_were_given(watch: Watch, given: list[tuple[Any, str]], title: str) -> None:
    watch.figures.clear()
    watch.notes.clear()
    _, panel = plt.subplots()
    for column, label in given:
        panel.plot(column, label=label)
    panel.set_title(title)
    seen = watch.axes().lines
    assert len(seen) == len(given)
    for line, (column, _) in zip(seen, given, strict=True):
        np.testing.assert_array_equal(line.y, column)
