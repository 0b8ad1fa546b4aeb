"""Curves of a training, drawn in many styles and with the usual mistakes. Judges nothing.

Every function takes a history (by series, one number an epoch) and gives drawings by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[Any]
History = Mapping[str, Floats]
Draw = Callable[[], object]

FOUR: Final = ("loss", "val_loss", "accuracy", "val_accuracy")


def right(history: History) -> dict[str, Draw]:
    """The right curves, by style."""
    count = len(history["loss"])
    first = np.arange(1, count + 1)
    frame = pd.DataFrame({name: history[name] for name in FOUR})
    percent = {name: values * (100 if "acc" in name else 1) for name, values in history.items()}
    rounded = {name: np.round(values, 3) for name, values in history.items()}
    late = dict(reversed(list(history.items())))
    return {
        "two panels": lambda: _panels(history),
        "epochs from 1": lambda: _panels(history, first),
        "one panel, keys as labels": lambda: _one(history),
        "other order": lambda: _one(late),
        "two figures, legend as list": lambda: _keras(history),
        "points and line": lambda: _points(history, first),
        "four panels": lambda: _four(history),
        "twin axes": lambda: _twin(history),
        "log scale": lambda: _panels(history, scale="log"),
        "per cent": lambda: _panels(percent),
        "rounded": lambda: _panels(rounded),
        "German": lambda: _panels(
            history, words=("Training", "Prüfdaten"), metrics=("Verlust", "Genauigkeit")
        ),
        "train and test": lambda: _panels(history, words=("train", "test"), metrics=("Loss", "Acc.")),
        "scatter": lambda: _panels(history, first, method="scatter"),
        "steps": lambda: _panels(history, first, method="step"),
        "error bars": lambda: _panels(history, first, method="errorbar"),
        "pandas": lambda: frame.plot(),
        "pandas subplots": lambda: frame.plot(subplots=True, layout=(2, 2)),
        "pandas in two panels": lambda: _pandas(frame),
        "seaborn": lambda: sns.lineplot(data=frame),
        "seaborn, long form": lambda: _long(frame),
        "words at the lines": lambda: _texts(history),
        "array of columns": lambda: _columns(history),
        "best epoch marked": lambda: _marked(history),
        "gap filled": lambda: _filled(history, first),
        "smoothed lines beside": lambda: _beside(history),
        "epochs as strings": lambda: _panels(history, np.array([str(epoch) for epoch in first])),
        "training half an epoch earlier": lambda: _half(history),
        "figure legend": lambda: _figure_legend(history),
        "labels set later": lambda: _later(history),
        "object interface without titles": lambda: _named(history),
    }


def wrong(history: History, other: History | None = None) -> Iterator[tuple[str, str, Draw]]:
    """Mistaken curves: the mistake, a style and the drawing.

    Args:
        history: the one that is asked for.
        other: of another training in the same notebook, if there is one.
    """
    loss, val_loss, accuracy, val_accuracy = (history[name] for name in FOUR)
    exchanged = {"loss": val_loss, "val_loss": loss, "accuracy": val_accuracy, "val_accuracy": accuracy}
    yield "swapped_split", "legend", lambda: _panels(history, words=("validation", "training"))
    yield "swapped_split", "keys", lambda: _one(exchanged)
    yield "swapped_split", "legend as list", lambda: _keras(history, ("test", "train"))
    yield "swapped_metrics", "titles", lambda: _panels(history, metrics=("accuracy", "loss"))
    for mistake, changes in _replaced(history).items():
        yield mistake, "one panel", lambda changes=changes: _one({**history, **changes})
        yield mistake, "two panels", lambda changes=changes: _panels({**history, **changes})
    for mistake, style, change in _changed(history):
        yield mistake, style, lambda change=change: _one({name: change(history[name]) for name in FOUR})
        yield (
            mistake,
            f"{style}, two panels",
            (lambda change=change: _panels({name: change(history[name]) for name in FOUR})),
        )
    count = len(loss)
    yield "epochs_off_by_one", "from 2", lambda: _panels(history, np.arange(2, count + 2))
    yield "epochs_off_by_one", "one shifted", lambda: _shifted(history)
    yield (
        "error_rate",
        "accuracies",
        lambda: _one({**history, "accuracy": 1 - accuracy, "val_accuracy": 1 - val_accuracy}),
    )
    yield "logarithm", "losses", lambda: _one({**history, "loss": np.log(loss), "val_loss": np.log(val_loss)})
    yield (
        "missing_series",
        "no validation",
        lambda: _panels({name: history[name] for name in ("loss", "accuracy")}),
    )
    yield (
        "missing_series",
        "no accuracy",
        lambda: _one({name: history[name] for name in ("loss", "val_loss")}),
    )
    yield "missing_series", "one curve", lambda: plt.plot(loss, label="loss")
    yield "unlabelled", "no words", lambda: [plt.plot(values) for values in history.values()]
    yield "unlabelled", "no legend for the splits", lambda: _panels(history, words=("", ""))
    yield "against_each_other", "two series in one plot call", lambda: _against(history)
    yield "legend_order", "keys in another order", lambda: _listed(history)
    if other is not None:
        yield "other_run", "one panel", lambda: _one(other)
        yield "other_run", "two panels", lambda: _panels(other)
        yield (
            "other_run",
            "validation of another",
            lambda: _panels(
                {**history, "val_loss": other["val_loss"], "val_accuracy": other["val_accuracy"]}
            ),
        )
        yield (
            "longer_run",
            "both trainings in one line",
            lambda: _one({name: np.concatenate([other[name], history[name]]) for name in FOUR}),
        )


def _replaced(history: History) -> dict[str, dict[str, Floats]]:
    """One series drawn in the place of another: by mistake, what is drawn for what."""
    return {
        "train_for_validation": {"val_loss": history["loss"], "val_accuracy": history["accuracy"]},
        "validation_for_train": {"loss": history["val_loss"], "accuracy": history["val_accuracy"]},
        "loss_for_accuracy": {"accuracy": history["loss"], "val_accuracy": history["val_loss"]},
        "accuracy_for_loss": {"loss": history["accuracy"], "val_loss": history["val_accuracy"]},
    }


def _changed(history: History) -> Iterator[tuple[str, str, Callable[[Floats], Floats]]]:
    """Changes to every series: the mistake, a style, the change."""
    count = len(history["loss"])
    yield "epochs_off_by_one", "without the first", lambda values: values[1:]
    yield "epochs_off_by_one", "without the last", lambda values: values[:-1]
    yield "truncated", "first half", lambda values: values[: count // 2]
    yield "truncated", "every second", lambda values: values[::2]
    yield "truncated", "last value only", lambda values: values[-1:]
    yield "reversed", "backwards", lambda values: values[::-1]
    yield "smoothed", "running mean of 3", lambda values: np.convolve(values, np.ones(3) / 3, "valid")
    yield (
        "smoothed",
        "pandas rolling",
        lambda values: pd.Series(values).rolling(3, min_periods=1).mean().to_numpy(),
    )
    yield (
        "smoothed",
        "exponential",
        lambda values: pd.Series(values).ewm(alpha=0.4, adjust=False).mean().to_numpy(),
    )
    yield "smoothed", "pandas ewm, adjusted", lambda values: pd.Series(values).ewm(span=3).mean().to_numpy()
    yield "smoothed", "Gaussian", lambda values: gaussian_filter1d(values, 1)
    yield "negated", "sign", lambda values: -values
    yield "differences", "np.diff", lambda values: np.diff(values)
    yield "cumulative", "best so far", lambda values: np.minimum.accumulate(values)
    yield "cumulative", "running sum", lambda values: np.cumsum(values)
    yield "rescaled", "0…1", lambda values: (values - values.min()) / np.ptp(values)
    yield "rescaled", "to the first", lambda values: values / values[0]
    yield "sorted_values", "sorted", lambda values: np.sort(values)
    yield "level", "last value repeated", lambda values: np.full(count, values[-1])
    yield (
        "other_values",
        "noise",
        lambda values: values.mean() * (1 + 0.3 * np.random.default_rng(1).normal(size=count)),
    )


# ---------------------------------------------------------------- styles


def _panels(
    history: History,
    x: Floats | None = None,
    words: Sequence[str] = ("training", "validation"),
    metrics: Sequence[str] = ("loss", "accuracy"),
    method: str = "plot",
    scale: str = "linear",
) -> None:
    """Loss beside accuracy; what is not in the history is left out."""
    for panel, metric, title in zip(plt.subplots(1, 2)[1], ("loss", "accuracy"), metrics, strict=True):
        for name, word in zip((metric, f"val_{metric}"), words, strict=True):
            if name not in history:
                continue
            values = history[name]
            places = np.arange(len(values)) if x is None else x
            getattr(panel, method)(places, values, label=word)
        panel.set_xlabel("epoch")
        panel.set_ylabel(title)
        panel.set_yscale(scale)
        if any(words):
            panel.legend()


def _one(history: History) -> None:
    for name, values in history.items():
        plt.plot(values, label=name)
    plt.xlabel("Epoch")
    plt.legend(loc="upper left")


def _keras(history: History, words: Sequence[str] = ("train", "test")) -> None:
    """As in the Keras tutorials."""
    for metric in ("accuracy", "loss"):
        plt.figure()
        plt.plot(history[metric])
        plt.plot(history[f"val_{metric}"])
        plt.title(f"model {metric}")
        plt.ylabel(metric)
        plt.xlabel("epoch")
        plt.legend(words, loc="upper left")
        plt.show()


def _points(history: History, x: Floats) -> None:
    """As in Chollet's book."""
    plt.plot(x, history["loss"], "bo", label="Training loss")
    plt.plot(x, history["val_loss"], "b", label="Validation loss")
    plt.title("Training and validation loss")
    plt.legend()
    plt.figure()
    plt.plot(x, history["accuracy"], "bo", label="Training acc")
    plt.plot(x, history["val_accuracy"], "b", label="Validation acc")
    plt.title("Training and validation accuracy")
    plt.legend()


def _four(history: History) -> None:
    titles = {
        "loss": "Training loss",
        "val_loss": "Validation loss",
        "accuracy": "Training accuracy",
        "val_accuracy": "Validation accuracy",
    }
    for panel, name in zip(plt.subplots(2, 2)[1].flat, FOUR, strict=True):
        panel.plot(history[name])
        panel.set_title(titles[name])


def _twin(history: History) -> None:
    left = plt.figure().add_subplot()
    right_hand = left.twinx()
    left.plot(history["loss"], "r-", label="train loss")
    left.plot(history["val_loss"], "r--", label="val loss")
    right_hand.plot(history["accuracy"], "b-", label="train acc")
    right_hand.plot(history["val_accuracy"], "b--", label="val acc")
    left.set_ylabel("loss")
    right_hand.set_ylabel("accuracy")
    lines = [*left.lines, *right_hand.lines]
    left.legend(lines, [line.get_label() for line in lines])


def _pandas(frame: Any) -> None:
    left, right_hand = plt.subplots(1, 2)[1]
    frame[["loss", "val_loss"]].plot(ax=left, title="Loss")
    frame[["accuracy", "val_accuracy"]].plot(ax=right_hand, title="Accuracy", style=["-", "--"])


def _long(frame: Any) -> None:
    long = frame.reset_index(names="epoch").melt("epoch", var_name="series")
    sns.lineplot(long, x="epoch", y="value", hue="series")


def _texts(history: History) -> None:
    for panel, metric in zip(plt.subplots(2)[1], ("loss", "accuracy"), strict=True):
        panel.set_title(metric)
        for split, name in (("train", metric), ("validation", f"val_{metric}")):
            values = history[name]
            panel.plot(values)
            panel.annotate(split, (len(values) - 1, values[-1]))


def _columns(history: History) -> None:
    plt.plot(np.array([history[name] for name in FOUR]).T)
    plt.legend(FOUR)


def _marked(history: History) -> None:
    best = int(np.argmin(history["val_loss"]))
    for panel, metric in zip(plt.subplots(1, 2)[1], ("loss", "accuracy"), strict=True):
        panel.plot(history[metric], "-o", label=f"train {metric}")
        panel.plot(history[f"val_{metric}"], "-o", label=f"val {metric}")
        panel.axvline(best, linestyle=":", color="gray", label="best epoch")
        panel.axhline(0.98, color="green", label="98 %")
        panel.plot(best, history[f"val_{metric}"][best], "r*", markersize=12)
        panel.legend()


def _filled(history: History, x: Floats) -> None:
    for metric in ("loss", "accuracy"):
        plt.figure()
        plt.plot(x, history[metric], label="Training")
        plt.plot(x, history[f"val_{metric}"], label="Validation")
        plt.fill_between(x, history[metric], history[f"val_{metric}"], alpha=0.2, label="gap")
        plt.suptitle(f"{metric.title()} over the epochs")
        plt.legend()


def _beside(history: History) -> None:
    for panel, metric in zip(plt.subplots(1, 2)[1], ("loss", "accuracy"), strict=True):
        for word, name in (("training", metric), ("validation", f"val_{metric}")):
            panel.plot(history[name], label=word, alpha=0.4)
            panel.plot(gaussian_filter1d(history[name], 2), label=f"{word} (smoothed)")
        panel.set_title(metric)
        panel.legend()


def _half(history: History) -> None:
    places = np.arange(len(history["loss"]))
    for panel, metric in zip(plt.subplots(1, 2)[1], ("loss", "accuracy"), strict=True):
        panel.plot(places + 0.5, history[metric], label=f"training {metric}")
        panel.plot(places + 1, history[f"val_{metric}"], label=f"validation {metric}")
        panel.legend()


def _figure_legend(history: History) -> None:
    figure, panels = plt.subplots(1, 2, sharex=True)
    for panel, metric in zip(panels, ("loss", "accuracy"), strict=True):
        lines = [*panel.plot(history[metric]), *panel.plot(history[f"val_{metric}"])]
        panel.set_title(metric)
    figure.legend(lines, ["training", "validation"], loc="lower center")


def _later(history: History) -> None:
    panel = plt.figure().add_subplot()
    for name in FOUR:
        (line,) = panel.plot(history[name])
        line.set_label(name.replace("_", " "))
    panel.legend()


def _named(history: History) -> None:
    panel = plt.figure().add_subplot()
    for name, word in zip(FOUR, ("tr. loss", "val. loss", "tr. accuracy", "val. accuracy"), strict=True):
        panel.plot(history[name], label=word)
    panel.legend()


# ---------------------------------------------------------------- mistakes that are ways of drawing


def _shifted(history: History) -> None:
    count = len(history["loss"])
    for panel, metric in zip(plt.subplots(1, 2)[1], ("loss", "accuracy"), strict=True):
        panel.plot(np.arange(1, count + 1), history[metric], label="training")
        panel.plot(history[f"val_{metric}"], label="validation")
        panel.set_title(metric)
        panel.legend()


def _against(history: History) -> None:
    for metric in ("loss", "accuracy"):
        plt.figure()
        plt.plot(history[metric], history[f"val_{metric}"], label=metric)
        plt.legend(["training", "validation"])
        plt.title(metric)


def _listed(history: History) -> None:
    """Curves in the order of the keys that Keras gives, labels in another."""
    for name in ("accuracy", "loss", "val_accuracy", "val_loss"):
        plt.plot(history[name])
    plt.legend(["accuracy", "val_accuracy", "loss", "val_loss"])
