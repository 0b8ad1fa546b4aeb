"""Right curves pass in any style; every mistake is named for what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d

from autograder.evidence import Axes, Figure, Line
from autograder.figures import curve_slips, curves
from autograder.figures.outcome import Outcome
from tests.figures.drawing import recorded
from tests.figures.numbers import EPOCHS, history

HISTORY = history()
FOUR = ("loss", "val_loss", "accuracy", "val_accuracy")


def judged(
    figures: Sequence[Figure],
    required: Sequence[str] = FOUR,
    rivals: Mapping[str, curves.Series] | None = None,
    partial: bool = False,
) -> Outcome:
    reading = curves.read(figures, HISTORY, required)
    assert reading is not None
    return curve_slips.judge(reading, "history", rivals or {}, partial=partial)


def drawn(draw: Callable[[], object], **options: Any) -> Outcome:
    return judged(recorded(draw), **options)


SPLITS = {
    False: ["train", "Training", "training set", "acc/loss (train)"],
    True: ["val", "Validation", "test"],
}
METRICS = {
    "loss": ["loss", "Verlust", "cross-entropy", "model loss"],
    "accuracy": ["accuracy", "acc", "Genauigkeit"],
}


@st.composite
def styles(draw: st.DrawFn) -> dict[str, Any]:
    def pick(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    return {
        "layout": pick(["one", "rows", "figures", "four", "twin"]),
        "start": pick([0, 1, None]),
        "percent": draw(st.booleans()),
        "decimals": pick([None, 3, 4]),
        "order": draw(st.permutations(FOUR)),
        "label": pick(["key", "legend", "full"]),
        "where": pick(["title", "ylabel", "suptitle"]),
        "call": pick(["plot", "semilogy", "scatter", "step"]),
        "split": {late: pick(words) for late, words in SPLITS.items()},
        "metric": {name: pick(words) for name, words in METRICS.items()},
        "extra": draw(st.booleans()),
        "color": pick(["k", None]),
    }


def draw_in(style: Mapping[str, Any]) -> None:
    """Draw the history in a style; where the Axes name the metric, labels name the split only."""
    layout, apart = style["layout"], style["layout"] in ("rows", "figures", "twin")
    panels: dict[str, Any] = {}
    if layout == "one":
        panels = dict.fromkeys(FOUR, plt.figure().add_subplot())
    elif layout == "four":
        panels = dict(zip(FOUR, plt.subplots(2, 2)[1].flat, strict=True))
    elif layout == "rows":
        top, bottom = plt.subplots(2)[1]
        panels = {name: top if "loss" in name else bottom for name in FOUR}
    elif layout == "twin":
        left = plt.figure().add_subplot()
        right = left.twinx()
        panels = {name: left if "loss" in name else right for name in FOUR}
    else:
        found = [plt.figure().add_subplot() for _ in range(2)]
        panels = {name: found["accuracy" in name] for name in FOUR}
    for name in style["order"]:
        late, metric = name.startswith("val_"), name.removeprefix("val_")
        split_word, metric_word = style["split"][late].replace("acc/loss", "set"), style["metric"][metric]
        y = HISTORY[name] if style["decimals"] is None else np.round(HISTORY[name], style["decimals"])
        if style["percent"] and metric == "accuracy":
            y = 100 * y
        start = style["start"]
        x = np.arange(EPOCHS) if start is None else np.arange(start, start + EPOCHS)
        label = split_word if apart else f"{split_word} {metric_word}"
        if style["label"] == "key":
            label = name
        panel = panels[name]
        color = None if style["call"] == "scatter" else style["color"]
        getattr(panel, style["call"])(x, y, color=color, label="" if layout == "four" else label)
        if layout == "four":
            panel.set_title(label)
        elif apart and style["label"] != "key":
            if style["where"] == "title" or layout == "twin":
                panel.set_ylabel(metric_word)
                if layout != "twin":
                    panel.set_title(f"{metric_word} during training")
            elif style["where"] == "ylabel" or layout == "rows":
                panel.set_ylabel(metric_word)
            else:
                panel.figure.suptitle(f"Training history: {metric_word}")
        if style["extra"]:
            panel.axhline(0.5, ls=":")
    for panel in set(panels.values()):
        if layout != "four":
            panel.legend()


@settings(max_examples=25, deadline=None)
@given(styles())
def test_the_right_curves_pass_in_any_style(style: Mapping[str, Any]) -> None:
    found = drawn(lambda: draw_in(style))
    assert found.right, (style, found)


def one_axes(series: Mapping[str, Any], x: Any = None) -> None:
    for label, values in series.items():
        plt.plot(np.arange(len(values)) if x is None else x, values, label=label)
    plt.legend()


def labelled(**replaced: Any) -> Callable[[], None]:
    """All four curves under their own names, some replaced by other numbers."""
    return lambda: one_axes({**HISTORY, **replaced})


SMOOTH = np.array(HISTORY["loss"])
for step in range(1, EPOCHS):
    SMOOTH[step] = 0.6 * SMOOTH[step - 1] + 0.4 * HISTORY["loss"][step]


@pytest.mark.parametrize(
    ("mistake", "draw"),
    {
        "swapped_split": labelled(loss=HISTORY["val_loss"], val_loss=HISTORY["loss"]),
        "swapped_metrics": labelled(
            loss=HISTORY["accuracy"],
            accuracy=HISTORY["loss"],
            val_loss=HISTORY["val_accuracy"],
            val_accuracy=HISTORY["val_loss"],
        ),
        "loss_for_accuracy": labelled(accuracy=HISTORY["loss"], val_accuracy=HISTORY["val_loss"]),
        "accuracy_for_loss": labelled(loss=HISTORY["accuracy"]),
        "train_for_validation": labelled(val_loss=HISTORY["loss"]),
        "validation_for_train": labelled(accuracy=HISTORY["val_accuracy"]),
        "epochs_off_by_one": labelled(loss=HISTORY["loss"][1:], val_loss=HISTORY["val_loss"][1:]),
        "reversed": labelled(val_loss=HISTORY["val_loss"][::-1]),
        "truncated": labelled(accuracy=HISTORY["accuracy"][:7], val_accuracy=HISTORY["val_accuracy"][:7]),
        "smoothed": labelled(loss=SMOOTH, val_loss=uniform_filter1d(HISTORY["val_loss"], 3, mode="nearest")),
        "error_rate": labelled(accuracy=1 - HISTORY["accuracy"], val_accuracy=1 - HISTORY["val_accuracy"]),
        "negated": labelled(loss=-HISTORY["loss"]),
        "cumulative": labelled(accuracy=np.cumsum(HISTORY["accuracy"]), loss=np.cumsum(HISTORY["loss"])),
        "differences": labelled(loss=np.diff(HISTORY["loss"]), val_loss=np.diff(HISTORY["val_loss"])),
        "level": labelled(loss=np.full(EPOCHS, HISTORY["loss"][-1])),
        "sorted_values": labelled(val_loss=np.sort(HISTORY["val_loss"])),
        "rescaled": labelled(loss=HISTORY["loss"] / HISTORY["loss"][0]),
        "logarithm": labelled(loss=np.log(HISTORY["loss"]), val_loss=np.log(HISTORY["val_loss"])),
        "other_values": labelled(loss=np.linspace(2, 0, EPOCHS)),
        "missing_series": lambda: one_axes({name: HISTORY[name] for name in ("loss", "accuracy")}),
    }.items(),
)
def test_mistakes_are_named(mistake: str, draw: Callable[[], None]) -> None:
    found = drawn(draw)
    assert (found.mistake, found.right) == (mistake, False)
    assert found.message.endswith(".")
    assert "nan" not in found.message


@settings(max_examples=25, deadline=None)
@given(
    st.integers(3, 10**6),
    st.sampled_from(["swapped_split", "reversed", "loss_for_accuracy", "truncated", "epochs_off_by_one"]),
)
def test_mistakes_are_named_for_any_training(seed: int, mistake: str) -> None:
    series = history(seed)
    shown = dict(series)
    if mistake == "swapped_split":
        shown |= {"accuracy": series["val_accuracy"], "val_accuracy": series["accuracy"]}
    elif mistake == "loss_for_accuracy":
        shown |= {"accuracy": series["loss"], "val_accuracy": series["val_loss"]}
    else:
        cut = {"reversed": slice(None, None, -1), "truncated": slice(0, 5), "epochs_off_by_one": slice(0, -1)}
        shown = {name: values[cut[mistake]] for name, values in series.items()}
    lines = tuple(Line(np.arange(len(values), dtype=float), values, name) for name, values in shown.items())
    reading = curves.read([Figure(0, (Axes((0, 0, 1, 1), lines=lines),))], series, FOUR)
    assert reading is not None
    assert curve_slips.judge(reading, "history", {}).mistake == mistake


@settings(max_examples=30, deadline=None)
@given(styles(), st.integers(3, 10**6))
def test_another_training_is_refused_in_any_style(style: Mapping[str, Any], seed: int) -> None:
    other = history(seed)
    figures = recorded(lambda: draw_in(style))
    for required in (FOUR, ("val_loss",)):
        reading = curves.read(figures, other, required)
        assert reading is not None
        assert reading.farthest is not None
        assert reading.farthest > 10 * curves.EXACT
        assert curve_slips.judge(reading, "history", {}).share == 0


@pytest.mark.parametrize("debiased", [True, False])
def test_exponential_means_of_any_weight_are_smoothed_curves(debiased: bool) -> None:
    for weight in (0.1, 0.6, 0.9):
        loss = pd.Series(HISTORY["val_loss"]).ewm(alpha=1 - weight, adjust=debiased).mean().to_numpy()
        assert drawn(labelled(val_loss=loss)).mistake == "smoothed"


def test_a_line_that_goes_on_for_longer_is_left_to_a_person() -> None:
    before = history(5)
    found = drawn(lambda: one_axes({name: np.append(before[name], HISTORY[name]) for name in FOUR}))
    assert (found.mistake, found.sure, found.share) == ("longer_run", False, 0)


def test_one_series_drawn_against_another() -> None:
    def draw() -> None:
        for metric in ("loss", "accuracy"):
            plt.figure()
            plt.plot(HISTORY[metric], HISTORY[f"val_{metric}"], label=metric)

    assert drawn(draw).mistake == "against_each_other"


def test_a_legend_in_another_order_than_the_lines() -> None:
    def draw() -> None:
        for name in ("accuracy", "loss", "val_accuracy", "val_loss"):
            plt.plot(HISTORY[name])
        plt.legend(["accuracy", "val_accuracy", "loss", "val_loss"])

    assert drawn(draw).mistake == "legend_order"


def test_one_legend_names_the_lines_of_its_colours_in_all_axes() -> None:
    def draw(colors: Sequence[str] = ("C0", "C1")) -> None:
        figure, panels = plt.subplots(1, 2)
        for panel, metric in zip(panels, ("loss", "accuracy"), strict=True):
            ordered = ("C0", "C1") if metric == "accuracy" else colors
            lines = [
                *panel.plot(HISTORY[metric], color=ordered[0]),
                *panel.plot(HISTORY[f"val_{metric}"], color=ordered[1]),
            ]
            panel.set_title(metric)
        figure.legend(lines, ["training", "validation"])

    assert drawn(draw).right
    assert drawn(lambda: draw(("C1", "C0"))).mistake == "swapped_split"
    assert drawn(lambda: draw(("C2", "C3"))).mistake == "unlabelled"


def test_curves_of_another_run_are_recognised() -> None:
    other = history(7)
    found = drawn(lambda: one_axes(other), rivals={"the training of `improved`": other})
    assert found.mistake == "other_run"
    assert "the training of `improved`" in found.message


def test_without_any_words_the_right_curves_earn_half() -> None:
    def draw() -> None:
        for values in HISTORY.values():
            plt.plot(values)

    found = drawn(draw)
    assert (found.share, found.mistake) == (0.5, "unlabelled")
    assert "legend" in found.message


def test_a_legend_that_tells_splits_but_not_metrics_earns_half() -> None:
    def draw() -> None:
        for metric in ("loss", "accuracy"):
            plt.figure()
            plt.plot(HISTORY[metric])
            plt.plot(HISTORY[f"val_{metric}"])
            plt.legend(["train", "validation"])

    assert drawn(draw).mistake == "unlabelled"


def test_words_written_at_the_lines_are_labels() -> None:
    def draw() -> None:
        for metric, panel in zip(("loss", "accuracy"), plt.subplots(2)[1], strict=True):
            panel.set_title(metric)
            for split, name in (("training", metric), ("validation", f"val_{metric}")):
                panel.plot(HISTORY[name])
                panel.text(EPOCHS - 1, HISTORY[name][-1], split)

    assert drawn(draw).right


def test_a_title_over_lines_of_both_kinds_accuses_nobody() -> None:
    def draw() -> None:
        plt.title("Training")
        plt.ylabel("Loss")
        one_axes(HISTORY)

    assert drawn(draw).right


def test_epochs_that_begin_at_two_earn_half() -> None:
    found = drawn(lambda: one_axes(HISTORY, np.arange(2, EPOCHS + 2)))
    assert (found.share, found.mistake) == (0.5, "epochs_off_by_one")


def test_a_curve_that_is_shifted_against_the_other_earns_half() -> None:
    def draw() -> None:
        one_axes({name: HISTORY[name] for name in FOUR[1:]})
        plt.plot(np.arange(1, EPOCHS + 1), HISTORY["loss"], label="loss")

    found = drawn(draw)
    assert (found.share, found.mistake) == (0.5, "epochs_off_by_one")
    assert "shifted" in found.message


def test_continued_training_begins_at_a_late_epoch() -> None:
    assert drawn(lambda: one_axes(HISTORY, np.arange(20, EPOCHS + 20))).right


def test_points_are_given_out_of_order_and_sorted_by_epoch() -> None:
    order = np.random.default_rng(0).permutation(EPOCHS)
    assert drawn(lambda: one_axes({n: v[order] for n, v in HISTORY.items()}, order)).right


def test_partial_points_for_what_is_drawn() -> None:
    draw = labelled(loss=np.linspace(2, 0, EPOCHS))
    assert drawn(draw).share == 0
    assert drawn(draw, partial=True).share == 0.75


def test_fewer_series_may_be_asked_for() -> None:
    assert drawn(lambda: plt.plot(HISTORY["loss"]), required=("loss",)).right


def test_a_training_that_diverged_is_compared_where_it_is_finite() -> None:
    broken = np.where(np.arange(EPOCHS) < 6, HISTORY["loss"], np.nan)
    assert curves.same(broken, broken)
    assert not curves.same(broken, HISTORY["loss"])
    assert not curves.same(HISTORY["val_loss"], np.where(np.isnan(broken), np.nan, HISTORY["val_loss"]))


def test_names_of_metrics_are_unified() -> None:
    found = curves.canonical(
        {"loss": [1], "val_sparse_categorical_accuracy": [0.5], "acc": [0.6], "lr": [0.1]}
    )
    assert list(found) == ["loss", "val_accuracy", "accuracy", "lr"]


def test_no_lines_are_no_reading() -> None:
    assert curves.read([Figure(0, (Axes((0, 0, 1, 1)),))], HISTORY, FOUR) is None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=0, max_size=15),
        max_size=6,
    )
)
def test_whatever_is_drawn_is_judged(lines: list[list[float]]) -> None:
    drawn_lines = tuple(Line(np.arange(len(y), dtype=float), np.array(y, float), "x") for y in lines)
    reading = curves.read([Figure(0, (Axes((0, 0, 1, 1), lines=drawn_lines),))], HISTORY, FOUR)
    if reading is not None:
        assert not curve_slips.judge(reading, "history", {"another": history(5)}).right
