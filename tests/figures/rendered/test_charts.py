"""Curves, bars and histograms in pictures: right ones are told or left undecided, others never accepted."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.style
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from autograder.figures.histogram_groups import Asked
from autograder.figures.rendered import charts, courses, heights, strokes

FOUR = ("loss", "val_loss", "accuracy", "val_accuracy")
EPOCHS = np.arange(12.0)
HISTORY = {
    "loss": 1.6 / (1 + EPOCHS / 2) + 0.1 + 0.02 * np.sin(EPOCHS),
    "val_loss": 1.5 * np.exp(-EPOCHS / 3) + 0.3 + 0.01 * EPOCHS + 0.03 * np.sin(3 * EPOCHS),
    "accuracy": 0.95 - 0.5 / (1 + EPOCHS) + 0.02 * np.cos(EPOCHS),
    "val_accuracy": 0.85 - 0.4 / (1 + EPOCHS**1.5) + 0.03 * np.cos(4 * EPOCHS),
}
OTHER = {name: values[::-1] ** 2 + 0.05 * np.sin(2 * EPOCHS) for name, values in HISTORY.items()}


def picture(draw: Callable[[Figure], Any], size: tuple[float, float] = (10, 3.4), dpi: int = 100) -> Any:
    """What a notebook saves of a figure, (h, w, 3) uint8."""
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    draw(figure)
    file = io.BytesIO()
    figure.savefig(file, dpi=dpi, bbox_inches="tight", facecolor=figure.get_facecolor())
    return np.array(Image.open(file).convert("RGB"))


def two_plots(series: Mapping[str, Any], *, legend: bool = True, **line: Any) -> Callable[[Figure], None]:
    def draw(figure: Figure) -> None:
        for axes, metric in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
            for name in (metric, f"val_{metric}"):
                axes.plot(series[name], label=name, **line)
            axes.set_ylabel(metric)
            if legend:
                axes.legend()

    return draw


def seen(*pictures: Any, history: Mapping[str, Any] = HISTORY, rivals: Any = None) -> courses.Seen:
    return courses.look(pictures, history, FOUR, rivals or {})


@pytest.mark.parametrize("sheet", ["default", "ggplot", "dark_background", "fivethirtyeight", "bmh"])
def test_the_right_curves_are_told(sheet: str) -> None:
    with matplotlib.style.context(sheet):
        found = seen(picture(two_plots(HISTORY)))
    assert (found.decision, found.shown) == ("right", FOUR)
    assert found.off is not None
    assert found.off < courses.OFF


@pytest.mark.parametrize(
    "line",
    [
        {"linestyle": "--"},
        {"linestyle": "none", "marker": "o"},
        {"marker": "o"},
        {"marker": "s", "markersize": 9},
        {"linewidth": 4},
    ],
)
def test_dashes_and_markers_and_thick_lines_are_read(line: dict[str, Any]) -> None:
    assert seen(picture(two_plots(HISTORY, **line))).decision == "right"


def test_a_logarithmic_axis_is_read() -> None:
    def draw(figure: Figure) -> None:
        two_plots(HISTORY)(figure)
        for axes in figure.axes:
            axes.set_yscale("log")

    assert seen(picture(draw)).decision == "right"


def test_plots_of_their_own_and_pictures_of_their_own_are_read() -> None:
    singles = [
        picture(lambda figure, name=name: figure.subplots().plot(HISTORY[name]), (5, 3)) for name in FOUR
    ]
    assert seen(*singles).decision == "right"


def test_what_is_missing_is_left_undecided() -> None:
    def draw(figure: Figure) -> None:
        figure.subplots().plot(HISTORY["loss"])

    found = seen(picture(draw, (5, 3)))
    assert (found.decision, found.shown) == ("undecided", ("loss",))


@pytest.mark.parametrize(
    ("mistake", "change"),
    [
        ("reversed", lambda values: values[::-1]),
        ("cumulative", np.cumsum),
        ("epochs_off_by_one", lambda values: values[1:]),
        ("truncated", lambda values: values[: len(values) // 2]),
        ("smoothed", lambda values: np.convolve(values, np.ones(3) / 3, "valid")),
    ],
)
def test_changed_series_are_named(mistake: str, change: Callable[[Any], Any]) -> None:
    drawn = {name: change(values) for name, values in HISTORY.items()}
    found = seen(picture(two_plots(drawn, legend=False)))
    assert (found.decision, found.mistake) == ("wrong", mistake)


def test_another_training_is_named() -> None:
    found = seen(picture(two_plots(OTHER)), rivals={"`other`": OTHER})
    assert (found.decision, found.mistake, found.title) == ("wrong", "other_run", "`other`")


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize("kept", [slice(1, None), slice(None, -1)])
def test_a_line_without_an_epoch_is_not_right(name: str, kept: slice) -> None:
    def draw(figure: Figure) -> None:
        two_plots(HISTORY, legend=False)(figure)
        line = figure.axes[name.endswith("accuracy")].lines[name.startswith("val_")]
        line.set_data(EPOCHS[kept], HISTORY[name][kept])

    assert seen(picture(draw)).decision == "undecided"


def test_nothing_is_called_changed_that_lies_nearly_as_its_own_series_would() -> None:
    falling = {**HISTORY, "loss": np.minimum.accumulate(HISTORY["loss"]) - 1e-9 * EPOCHS}
    nearly = {**falling, "loss": falling["loss"] + 0.004 * (EPOCHS == 9)}
    for drawn, history in ((falling, nearly), (nearly, falling)):
        assert seen(picture(two_plots(drawn)), history=history).decision in ("right", "undecided")


def test_the_ink_of_a_thick_line_lies_beside_its_corners_only() -> None:
    x, y = np.array([20.0, 60.0, 100.0]), np.array([90.0, 20.0, 20.0])
    thin, thick = (strokes.beside(x, y, (120, 120), thickness) for thickness in (1.0, 6.0))
    assert np.abs(thick[30:50]).max() < 0.1
    assert np.abs(thick[70:95]).max() < 0.1
    assert np.abs(thick[56:64]).max() > 2 * np.abs(thin[56:64]).max()
    assert not thick[:10].any()


def test_an_unknown_training_is_left_undecided() -> None:
    assert seen(picture(two_plots(OTHER))).decision == "undecided"


def test_the_loss_in_place_of_the_accuracy_is_named() -> None:
    drawn = {**HISTORY, "accuracy": HISTORY["loss"], "val_accuracy": HISTORY["val_loss"]}
    found = seen(picture(two_plots(drawn)))
    assert (found.decision, found.mistake) == ("wrong", "loss_for_accuracy")


def test_nothing_is_refused_while_grey_lines_may_be_right() -> None:
    smooth = {name: np.convolve(values, np.ones(3) / 3, "valid") for name, values in HISTORY.items()}

    def draw(figure: Figure) -> None:
        two_plots(smooth)(figure)
        for axes, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
            for name in (metric, f"val_{metric}"):
                axes.plot(HISTORY[name], color="0.6")

    assert seen(picture(draw)).decision == "undecided"


def test_lines_on_scales_of_their_own_are_left_undecided() -> None:
    drawn = {name: (values - values.min()) / np.ptp(values) for name, values in HISTORY.items()}
    found = seen(picture(two_plots(drawn)))
    assert (found.decision, found.shown) == ("undecided", FOUR)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 1000), min_size=8, max_size=20),
    st.sampled_from(["default", "ggplot", "seaborn-v0_8-darkgrid", "dark_background"]),
    st.sampled_from([72, 100, 140]),
    st.booleans(),
    st.integers(0, 10_000),
)
def test_any_course_is_told_from_another(
    numbers: list[int], sheet: str, dpi: int, smooth: bool, seed: int
) -> None:
    count, rng = len(numbers), np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=(2, count)), axis=1) if smooth else rng.random((2, count))
    values[0] += np.array(numbers) / 1000
    own = {"loss": values[0]}
    other = {"loss": values[0] + 0.3 * np.ptp(values[0]) * rng.permutation(np.linspace(-1, 1, count))}
    with matplotlib.style.context(sheet):
        drawn = [picture(lambda figure: figure.subplots().plot(values[0], label="loss"), (6, 4), dpi)]
    assert courses.look(drawn, own, ("loss",), {}).decision in ("right", "undecided")
    assert courses.look(drawn, own, ("loss",), {"`b`": other}).decision in ("right", "undecided")
    assert courses.look(drawn, other, ("loss",), {}).decision == "undecided"
    assert courses.look(drawn, other, ("loss",), {"`a`": own}).decision in ("wrong", "undecided")


@pytest.mark.parametrize("shape", [(1, 1, 3), (60, 3000, 3), (700, 900, 3), (2000, 2100, 3)])
@pytest.mark.parametrize("kind", ["noise", "flat", "stripes"])
def test_any_pixels_are_read_in_bounds(shape: tuple[int, ...], kind: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    if kind == "flat":
        pixels[:] = 7
    if kind == "stripes":
        pixels[:, ::2] = 255
    assert len(charts.areas(pixels)) <= charts.MOST_AREAS
    assert seen(pixels).decision == "undecided"


# ---------------------------------------------------------------- bars and histograms

LABELS = np.arange(600) % 4


def predicted(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (600, 4))
    logits[np.arange(600), LABELS] += rng.normal(3, 2, 600)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


OWN, STRANGER = predicted(1), predicted(2)
ASKED = Asked(OWN, LABELS, 0, tuple("abcd"), 10, True, lambda: [("other", STRANGER)])


def groups(scores: Any, inside: Any, *, log: bool = True) -> Callable[[Figure], None]:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for part, color in ((inside, "red"), (~inside, "blue")):
            axes.hist(
                scores[part, 0], bins=np.linspace(0, 1, 11), color=color, alpha=0.5, log=log, label=color
            )
        axes.legend()

    return draw


@pytest.mark.parametrize("dpi", [72, 100, 150])
def test_the_right_histograms_are_told(dpi: int) -> None:
    found = heights.histogram([picture(groups(OWN, LABELS == 0), (6, 3.4), dpi)], ASKED)
    assert (found.right, found.scale, found.mistake) == (True, "logarithmic", "")


def test_a_linear_scale_is_told() -> None:
    found = heights.histogram([picture(groups(OWN, LABELS == 0, log=False), (6, 5))], ASKED)
    assert not found.right or found.scale == "linear"


@pytest.mark.parametrize(
    ("mistake", "draw"),
    [
        ("other_checkpoint", groups(STRANGER, LABELS == 0)),
        ("predicted_class", groups(OWN, OWN.argmax(axis=1) == 0)),
        ("complement", groups(1 - OWN, LABELS == 0)),
    ],
)
def test_other_histograms_are_named(mistake: str, draw: Callable[[Figure], None]) -> None:
    found = heights.histogram([picture(draw, (6, 3.4))], ASKED)
    assert not found.right
    assert found.mistake == mistake


def test_unknown_histograms_are_left_undecided() -> None:
    found = heights.histogram([picture(groups(predicted(3), LABELS == 0), (6, 3.4))], ASKED)
    assert (found.right, found.mistake) == (False, "")


def barred(scores: Sequence[float], *, lying: bool = False) -> Any:
    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = range(len(scores))
        if lying:
            axes.barh(places, scores)
        else:
            axes.bar(places, scores)

    return picture(draw, (5, 4))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_bars_are_compared_with_their_scores(seed: int, lying: bool) -> None:
    rng = np.random.default_rng(seed)
    scores, other = rng.dirichlet(np.ones(10) / 2), rng.dirichlet(np.ones(10) / 2)
    drawn = barred(scores, lying=lying)
    assert heights.bars([drawn], other) is None or np.abs(scores - other).max() < 0.02


def test_the_right_bars_are_told() -> None:
    scores = [0.02, 0.3, 0.0, 0.1, 0.05, 0.001, 0.4, 0.029, 0.1, 0.0]
    assert heights.bars([barred(scores)], np.array(scores))
    assert heights.bars([barred(scores, lying=True)], np.array(scores))
    assert not heights.bars([barred(np.roll(scores, 1).tolist())], np.array(scores))
