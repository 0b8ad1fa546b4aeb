"""Histograms of one class's probability, in many styles and with the usual mistakes. Judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from numpy.typing import NDArray

Floats = NDArray[Any]
Draw = Callable[[], object]
Groups = tuple[Floats, Floats]

BINS: Final = np.linspace(0, 1, 11)


@dataclass(frozen=True, eq=False)
class Sample:
    """What is known.

    Attributes:
        scores: probabilities, (N, 10).
        labels: true classes, (N,).
        chosen: the class.
        networks: probabilities of other networks, by name.
        train: probabilities and labels of training images.
    """

    scores: Floats
    labels: Floats
    chosen: int
    networks: Mapping[str, Floats]
    train: tuple[Floats, Floats]

    @property
    def groups(self) -> Groups:
        """Probabilities of the class's images, and of all others."""
        return split(self.scores[:, self.chosen], self.labels == self.chosen)


def split(values: Floats, inside: Floats) -> Groups:
    return values[inside], values[~inside]


def right(sample: Sample) -> dict[str, Draw]:
    """The right histograms with ten bins and counts on a logarithmic scale, by style."""
    own, rest = sample.groups
    frame = pd.DataFrame(
        {
            "p": sample.scores[:, sample.chosen],
            "zero": np.where(sample.labels == sample.chosen, "zeros", "others"),
        }
    )
    return {
        "two calls": lambda: two(own, rest),
        "ten bins, each its own edges": lambda: two(own, rest, bins=10),
        "others first": lambda: two(rest, own, ("others", "zeros")),
        "a list of two": lambda: plt.hist([own, rest], bins=BINS, log=True, label=["zeros", "others"]),
        "stacked": lambda: plt.hist([own, rest], bins=BINS, log=True, stacked=True, color=["r", "b"]),
        "steps": lambda: two(own, rest, histtype="step"),
        "filled steps": lambda: two(own, rest, histtype="stepfilled"),
        "lying": lambda: (two(own, rest, log=False, orientation="horizontal"), plt.xscale("log")),
        "density": lambda: two(own, rest, density=True),
        "shares by weights": lambda: _weighted(own, rest),
        "two panels": lambda: _panels(own, rest),
        "two figures": lambda: _figures(own, rest),
        "per cent": lambda: two(100 * own, 100 * rest, bins=100 * BINS),
        "scale set later": lambda: (two(own, rest, log=False), plt.yscale("log")),
        "symlog": lambda: (two(own, rest, log=False), plt.yscale("symlog")),
        "bars of counts": lambda: _bars(own, rest),
        "bars beside each other": lambda: _bars(own, rest, shift=0.04),
        "numbered bins": lambda: _numbered(own, rest),
        "rounded": lambda: two(np.round(own, 3), np.round(rest, 3)),
        "stairs": lambda: _stairs(own, rest),
        "pandas": lambda: _pandas(own, rest),
        "pandas, by": lambda: frame.hist(column="p", by="zero", bins=BINS, log=True),
        "seaborn": lambda: sns.histplot(
            frame, x="p", hue="zero", bins=10, binrange=(0, 1), log_scale=(False, True)
        ),
        "seaborn, axis set later": lambda: (
            sns.histplot(frame, x="p", hue="zero", bins=list(BINS), multiple="dodge"),
            plt.yscale("log"),
        ),
        "seaborn, two calls": lambda: _seaborn(own, rest),
        "German": lambda: two(own, rest, ("Nullen", "andere Ziffern")),
        "true and not": lambda: two(own, rest, ("y = 0", "y ≠ 0")),
        "without words": lambda: two(own, rest, ("", "")),
        "tuple range": lambda: two(own, rest, bins=10, range=(0, 1)),
    }


def wrong(sample: Sample) -> Iterator[tuple[str, str, Draw]]:
    """Mistaken histograms: the mistake, a style and the drawing."""
    for mistake, what, groups in _changed(sample):
        own, rest = groups
        yield mistake, what, lambda own=own, rest=rest: two(own, rest, bins=10)
        yield (
            mistake,
            f"{what}, as a list",
            (lambda own=own, rest=rest: plt.hist([own, rest], bins=10, log=True, label=["zeros", "others"])),
        )
        if min(own.min(), rest.min()) >= 0 and max(own.max(), rest.max()) <= 1:
            yield mistake, f"{what}, counted", lambda own=own, rest=rest: _bars(own, rest)
    own, rest = sample.groups
    everything = sample.scores[:, sample.chosen]
    yield "swapped_groups", "labels", lambda: two(own, rest, ("others", "zeros"))
    yield "swapped_groups", "titles", lambda: _panels(rest, own)
    yield "swapped_groups", "bars", lambda: _bars(rest, own)
    yield "not_split", "one histogram", lambda: plt.hist(everything, BINS, log=True)
    yield "not_split", "all and zeros", lambda: two(own, everything)
    yield "missing_group", "zeros only", lambda: plt.hist(own, BINS, log=True, label="zeros")
    yield "missing_group", "others only", lambda: plt.hist(rest, BINS, log=True, label="others")
    yield "no_log", "linear", lambda: two(own, rest, log=False)
    yield "other_bins", "20", lambda: two(own, rest, bins=20)
    yield "other_bins", "numpy's choice", lambda: two(own, rest, bins=np.linspace(0, 1, 10))
    yield "cut_off", "upper half", lambda: two(own, rest, bins=np.linspace(0.5, 1, 11))
    yield "cut_off", "range", lambda: two(own, rest, bins=10, range=(0.1, 0.9))
    yield "shifted_bins", "bars at the left edges", lambda: _bars(own, rest, places=-0.05)
    yield "log_counts", "log10 of counts", lambda: _bars(own, rest, np.log10)
    yield "log_counts", "log1p of counts", lambda: _bars(own, rest, np.log1p)
    yield "not_told_apart", "one colour", lambda: two(own, rest, ("", ""), color="gray")
    yield "cumulative", "cumulative", lambda: two(own, rest, cumulative=True)


def _changed(sample: Sample) -> Iterator[tuple[str, str, Groups]]:
    scores, labels, chosen = sample.scores, sample.labels, sample.chosen
    column, inside, predicted = scores[:, chosen], labels == chosen, scores.argmax(axis=1)
    logits = np.log(np.maximum(scores, 1e-30)) + np.random.default_rng(3).normal(8, 2, (len(scores), 1))
    top = scores.max(axis=1)
    yield "predicted_class", "by prediction", split(column, predicted == chosen)
    yield "top_probability", "largest", split(top, inside)
    yield "top_probability", "right and wrong", split(top, predicted == labels)
    yield "true_probability", "of the true class", split(scores[np.arange(len(labels)), labels], inside)
    yield "correctness", "right and wrong", split(column, predicted == labels)
    yield "wrong_class", "column and images", split(scores[:, 3], labels == 3)
    yield "wrong_class", "column", split(scores[:, 1], inside)
    yield "wrong_class", "images", split(column, labels == 1)
    yield "wrong_class", "last column", split(scores[:, -1], inside)
    yield "complement", "one minus", split(1 - column, inside)
    yield "log_probabilities", "log", split(np.log(np.maximum(column, 1e-38)), inside)
    yield "log_probabilities", "log10", split(np.log10(np.maximum(column, 1e-38)), inside)
    yield "logits", "scores", split(logits[:, chosen], inside)
    yield "classes_drawn", "predictions", split(predicted.astype(float), inside)
    yield "one_hot", "prediction is 0", split((predicted == chosen).astype(float), inside)
    for name, theirs in sample.networks.items():
        mistake = "untrained" if name == "untrained" else "other_checkpoint"
        yield mistake, name, split(theirs[:, chosen], inside)
    train, truth = sample.train
    yield "other_images", "training images", split(train[:, chosen], truth == chosen)
    tenth = len(labels) // 10
    yield "other_images", "the first tenth", split(column[:tenth], inside[:tenth])
    yield "misaligned", "labels shifted", split(column, np.roll(inside, 1))
    yield "all_scores", "all columns", (scores[inside].ravel(), scores[~inside].ravel())
    yield "other_values", "invented", split(np.random.default_rng(2).random(len(labels)), inside)


def two(own: Floats, rest: Floats, words: Sequence[str] = ("zeros", "others"), **options: Any) -> None:
    for values, word in zip((own, rest), words, strict=True):
        plt.hist(values, **{"bins": BINS, "log": True, "alpha": 0.5, "label": word, **options})
    if any(words):
        plt.legend()


def _weighted(own: Floats, rest: Floats) -> None:
    for values, word in ((own, "zeros"), (rest, "others")):
        plt.hist(values, BINS, weights=np.full(len(values), 1 / len(values)), log=True, label=word, alpha=0.5)


def _panels(own: Floats, rest: Floats) -> None:
    for panel, values, word in zip(plt.subplots(1, 2)[1], (own, rest), ("zeros", "others"), strict=True):
        panel.hist(values, bins=BINS, log=True)
        panel.set_title(word)


def _figures(own: Floats, rest: Floats) -> None:
    for values, word in ((own, "zeros"), (rest, "all other digits")):
        plt.figure()
        plt.hist(values, bins=BINS, log=True)
        plt.title(f"Probability of a zero: {word}")


def _bars(
    own: Floats,
    rest: Floats,
    change: Callable[[Floats], Floats] | None = None,
    shift: float = 0.0,
    places: float = 0.0,
) -> None:
    for place, (values, word) in enumerate(((own, "zeros"), (rest, "others"))):
        counts = np.histogram(values, BINS)[0].astype(float)
        with np.errstate(divide="ignore"):
            heights = counts if change is None else np.maximum(change(counts), 0)
        width = shift or 0.1
        plt.bar(
            BINS[:-1] + 0.05 + places + shift * (place - 0.5), heights, width=width, alpha=0.5, label=word
        )
    if change is None:
        plt.yscale("log")
    plt.legend()


def _numbered(own: Floats, rest: Floats) -> None:
    """Counts by pandas, bins named by their intervals."""
    for values, word, color in ((own, "zeros", "red"), (rest, "others", "blue")):
        counts = pd.cut(pd.Series(values), BINS, include_lowest=True).value_counts(sort=False)
        counts.plot.bar(logy=True, label=word, color=color, alpha=0.5, legend=True)


def _stairs(own: Floats, rest: Floats) -> None:
    for values, word in ((own, "zeros"), (rest, "others")):
        plt.stairs(*np.histogram(values, BINS), label=word)
    plt.yscale("log")
    plt.legend()


def _pandas(own: Floats, rest: Floats) -> None:
    for values, word in ((own, "zeros"), (rest, "others")):
        pd.Series(values, name=word).plot.hist(bins=BINS, alpha=0.5, logy=True, legend=True)


def _seaborn(own: Floats, rest: Floats) -> None:
    for values, word, color in ((own, "zeros", "red"), (rest, "others", "blue")):
        sns.histplot(values, bins=list(BINS), color=color, label=word)
    plt.yscale("log")
    plt.legend()
