"""What pandas, seaborn, scikit-learn and mlxtend draw arrives at the judge like what matplotlib draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from mlxtend.plotting import plot_confusion_matrix
from sklearn.metrics import ConfusionMatrixDisplay

from tests.worker.record.curves import LOSS, VALIDATION, frame, names
from tests.worker.watching import Watch

CLASSES = ["cat", "dog", "hen"]
MATRIX = np.array([[7, 1, 0], [2, 5, 1], [0, 3, 9]])
PROBABILITIES = [0.125, 0.25, 0.625]
VALUES = [0.05, 0.15, 0.15, 0.95]


def long() -> pd.DataFrame:
    """The two curves, a row a point."""
    return frame().rename_axis("epoch").melt(ignore_index=False, var_name="set").reset_index()


class TestCurves:
    @pytest.mark.parametrize(
        "draw",
        [
            lambda: frame().plot(title="training"),
            lambda: frame().plot.line().set_title("training"),
            lambda: frame().plot(title="training", style=["r--", "b-o"]),
            lambda: sns.lineplot(frame()).set_title("training"),
            lambda: sns.lineplot(long(), x="epoch", y="value", hue="set").set_title("training"),
            lambda: (
                sns.relplot(long(), x="epoch", y="value", hue="set", kind="line"),
                plt.title("training"),
            ),
            lambda: [
                (
                    sns.lineplot(x=range(3), y=frame()[name], label=name),
                    plt.title("training"),
                )
                for name in frame()
            ],
        ],
    )
    def test_of_pandas_and_seaborn_have_names(self, watch: Watch, draw: Callable[[], Any]) -> None:
        draw()
        panel = watch.axes()
        assert names(panel) == ["loss", "val_loss"]
        assert [line.y.tolist() for line in panel.lines] == [LOSS, VALIDATION]
        assert (panel.title, panel.legend) == ("training", ("loss", "val_loss"))

    def test_on_two_scales(self, watch: Watch) -> None:
        frame().plot(secondary_y=["val_loss"])
        left, right = watch.arrived()[0].axes
        assert (names(left), names(right)) == (["loss"], ["val_loss (right)"])
        assert left.position == right.position

    def test_each_in_its_own_axes(self, watch: Watch) -> None:
        frame().plot(subplots=True)
        assert [names(panel) for panel in watch.arrived()[0].axes] == [["loss"], ["val_loss"]]

    def test_points(self, watch: Watch) -> None:
        frame().plot.scatter("loss", "val_loss")
        sns.scatterplot(frame(), x="loss", y="val_loss", ax=plt.gca())
        for points in watch.axes().lines:
            assert (points.x.tolist(), points.y.tolist(), points.points) == (LOSS, VALIDATION, True)


class TestBars:
    @pytest.mark.parametrize(
        "draw",
        [
            lambda: pd.Series(PROBABILITIES, CLASSES).plot.bar(),
            lambda: pd.Series(PROBABILITIES, CLASSES).plot(kind="barh"),
            lambda: pd.DataFrame({"p": PROBABILITIES}, CLASSES).plot.bar(legend=False),
            lambda: sns.barplot(x=CLASSES, y=PROBABILITIES),
            lambda: sns.barplot(x=PROBABILITIES, y=CLASSES, orient="h"),
            lambda: sns.barplot(x=CLASSES, y=PROBABILITIES, hue=CLASSES),
        ],
    )
    def test_of_probabilities(self, watch: Watch, draw: Callable[[], Any]) -> None:
        draw()
        panel = watch.axes()
        assert np.concatenate([bars.lengths for bars in panel.bars]).tolist() == PROBABILITIES
        assert np.concatenate([bars.positions for bars in panel.bars]).tolist() == [0, 1, 2]
        ticks = (panel.y if panel.bars[0].horizontal else panel.x).ticks
        assert ticks == ((0.0, "cat"), (1.0, "dog"), (2.0, "hen"))

    def test_stacked(self, watch: Watch) -> None:
        frame().set_axis(CLASSES).plot.bar(stacked=True)
        panel = watch.axes()
        assert [bars.label for bars in panel.bars] == ["loss", "val_loss"]
        assert panel.bars[1].starts.tolist() == LOSS

    def test_of_groups_have_names(self, watch: Watch) -> None:
        sns.barplot(long(), x="epoch", y="value", hue="set", errorbar=None)
        panel = watch.axes()
        assert [bars.label for bars in panel.bars] == ["loss", "val_loss"]
        assert [bars.lengths.tolist() for bars in panel.bars] == [LOSS, VALIDATION]
        assert (panel.legend, panel.legend_title) == (("loss", "val_loss"), "set")

    @pytest.mark.parametrize(
        "draw",
        [
            lambda seen: sns.countplot(x=seen, order=CLASSES),
            lambda seen: pd.Series(seen).value_counts().sort_index().plot(kind="bar"),
        ],
    )
    def test_counts(self, watch: Watch, draw: Callable[[list[str]], Any]) -> None:
        draw(["cat", "dog", "cat", "hen", "cat", "dog"])
        (bars,) = watch.axes().bars
        assert bars.lengths.tolist() == [3, 2, 1]


class TestHistograms:
    @pytest.mark.parametrize(
        "draw",
        [
            lambda values: values.hist(bins=3),
            lambda values: values.plot.hist(bins=3),
            lambda values: values.plot(kind="hist", bins=3, alpha=0.5, bottom=1),
            lambda values: values.to_frame().hist(bins=3),
        ],
    )
    def test_of_pandas_have_their_values(self, watch: Watch, draw: Callable[[Any], Any]) -> None:
        draw(pd.Series(VALUES, name="p"))
        (histogram,) = watch.axes().histograms
        assert (histogram.values.tolist(), histogram.counts.tolist()) == (VALUES, [3, 0, 1])

    def test_of_columns(self, watch: Watch) -> None:
        frame().hist(bins=3)
        first, second = watch.arrived()[0].axes
        assert (first.title, second.title) == ("loss", "val_loss")
        assert second.histograms[0].values.tolist() == VALIDATION

    @pytest.mark.parametrize("way", ["x", "y"])
    def test_of_seaborn_are_bars_of_counts(self, watch: Watch, way: str) -> None:
        sns.histplot({"p": VALUES}, **{way: "p"}, bins=3, binrange=(0, 0.9), label="all")
        (bars,) = watch.axes().bars
        assert (bars.lengths.tolist(), bars.label) == ([3, 0, 0], "all")
        assert bars.positions.tolist() == pytest.approx([0.15, 0.45, 0.75])
        assert bars.horizontal is (way == "y")

    @pytest.mark.parametrize("way", ["x", "y"])
    def test_of_seaborn_in_steps(self, watch: Watch, way: str) -> None:
        table = {"p": VALUES, "set": ["a", "a", "b", "b"]}
        sns.histplot(table, **{way: "p"}, hue="set", bins=[0, 0.5, 1], element="step", multiple="stack")
        panel = watch.axes()
        found = {one.label: (one.edges.tolist(), one.counts.tolist()) for one in panel.histograms}
        assert found == {"a": ([0, 0.5, 1], [2, 0]), "b": ([0, 0.5, 1], [1, 1])}
        assert panel.others == ()

    def test_side_by_side(self, watch: Watch) -> None:
        table = {"p": VALUES, "set": ["a", "a", "b", "b"]}
        sns.displot(table, x="p", col="set", bins=[0, 0.5, 1])
        left, right = watch.arrived()[0].axes
        assert (left.bars[0].lengths.tolist(), right.bars[0].lengths.tolist()) == ([2, 0], [1, 1])


class TestMatrices:
    @pytest.mark.parametrize(
        "draw",
        [
            lambda: ConfusionMatrixDisplay(MATRIX, display_labels=CLASSES).plot(cmap="Blues"),
            lambda: plot_confusion_matrix(MATRIX, class_names=CLASSES, colorbar=True),
            lambda: (
                sns.heatmap(MATRIX, annot=True, cmap="Blues", xticklabels=CLASSES, yticklabels=CLASSES),
                plt.gca().set(xlabel="Predicted label", ylabel="True label"),
            ),
            lambda: (
                sns.heatmap(pd.DataFrame(MATRIX, CLASSES, CLASSES), annot=True, cmap="Blues", cbar=True),
                plt.gca().set(xlabel="predicted label", ylabel="true label"),
            ),
        ],
    )
    def test_of_confusions(self, watch: Watch, draw: Callable[[], Any]) -> None:
        draw()
        panel = watch.axes()
        (image,) = panel.images
        np.testing.assert_array_equal(image.pixels, MATRIX)
        assert (image.pixels.dtype, image.cmap, image.flipped) == (MATRIX.dtype, "Blues", False)
        assert [name for _, name in panel.x.ticks] == [name for _, name in panel.y.ticks] == CLASSES
        places = {
            (round(word.y - panel.y.ticks[0][0]), round(word.x - panel.x.ticks[0][0])): word.text
            for word in panel.words
        }
        assert places == {(row, column): str(count) for (row, column), count in np.ndenumerate(MATRIX)}
        assert (panel.xlabel.lower(), panel.ylabel.lower()) == ("predicted label", "true label")

    def test_hidden_cells_are_gaps(self, watch: Watch) -> None:
        sns.heatmap(MATRIX, mask=MATRIX == 0, vmin=0, vmax=10, cbar=False)
        (image,) = watch.axes().images
        np.testing.assert_array_equal(image.pixels, np.where(MATRIX == 0, np.nan, MATRIX))
        assert (image.vmin, image.vmax) == (0, 10)
