"""Bars of class scores, drawn in many styles and with the usual mistakes. Judges nothing."""

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

TEN: Final = np.arange(10)
DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, eq=False)
class Scores:
    """What is known of an image whose scores are drawn.

    Attributes:
        right: its probabilities, (10,).
        label: its true class.
        image: its pixels, to be shown beside the bars.
        others: probabilities of other images, by name, (10,).
        networks: of the same image by other networks, by name, (10,).
        raw: of the same image without the preprocessing; None where there is none.
        every: probabilities of many images, (N, 10).
    """

    right: Floats
    label: int
    image: Floats
    others: Mapping[str, Floats]
    networks: Mapping[str, Floats]
    raw: Floats | None
    every: Floats


def right(scores: Scores, names: Sequence[str]) -> dict[str, Draw]:
    """The right bars, by style; the true class's bar is marked in all of them."""
    values, label = scores.right, scores.label
    colors = ["red" if member == label else "tab:blue" for member in TEN]
    order = np.argsort(-values)
    series = pd.Series(values, index=list(names))
    frame = pd.DataFrame({"class": list(names), "probability": values})
    return {
        "bar": lambda: _bar(values, colors=colors, names=names),
        "barh": lambda: _bar(values, colors=colors, names=names, horizontal=True),
        "barh, first class on top": lambda: (
            _bar(values, colors=colors, names=names, horizontal=True),
            plt.gca().invert_yaxis(),
        ),
        "default ticks": lambda: plt.bar(TEN, values, color=colors),
        "strings as places": lambda: plt.bar(list(names), values, color=colors),
        "beside the image": lambda: _beside(scores, colors, names),
        "image and bars in two figures": lambda: (
            plt.imshow(scores.image),
            plt.figure(),
            plt.bar(TEN, values, color=colors),
        ),
        "sorted with their labels": lambda: _bar(
            values[order], colors=[colors[member] for member in order], names=[names[m] for m in order]
        ),
        "per cent": lambda: _bar(100 * values, colors=colors, names=names),
        "rounded": lambda: _bar(np.round(values, 3), colors=colors, names=names),
        "log scale": lambda: (_bar(values, colors=colors, names=names), plt.yscale("log")),
        "bar by bar": lambda: [plt.bar(member, values[member], color=colors[member]) for member in TEN],
        "painted over": lambda: (plt.bar(TEN, values), plt.bar(label, values[label], color="red")),
        "recoloured": lambda: plt.bar(TEN, values)[label].set_color("red"),
        "numbers on the bars": lambda: plt.bar_label(plt.bar(TEN, values, color=colors), fmt="%.2f"),
        "pandas": lambda: series.plot.bar(color=colors),
        "pandas, horizontal": lambda: series.plot.barh(color=colors, title="Scores"),
        "seaborn": lambda: sns.barplot(
            frame, x="class", y="probability", hue="class", palette=colors, legend=False
        ),
        "seaborn, horizontal": lambda: sns.barplot(
            frame, y="class", x="probability", hue="class", palette=colors, legend=False
        ),
        "places from 1, labelled": lambda: (
            plt.bar(TEN + 1, values, color=colors),
            plt.xticks(TEN + 1, names),
        ),
        "two groups": lambda: _groups(values, label),
        "ticks with numbers": lambda: _bar(
            values,
            colors=colors,
            names=[f"{name}\n{value:.0%}" for name, value in zip(names, values, strict=True)],
        ),
        "row of a table of one": lambda: plt.bar(TEN, values[None][0].tolist(), width=0.5, color=colors),
        "stacked on nothing": lambda: plt.bar(TEN, values, bottom=np.zeros(10), color=colors, ec="k"),
    }


def unmarked(scores: Scores) -> dict[str, Draw]:
    """The right scores in styles that mark no bar."""
    values = scores.right
    ranked = np.argsort(values)
    return {
        "one colour": lambda: plt.bar(TEN, values, color="k"),
        "colours by height": lambda: plt.bar(TEN, values, color=plt.get_cmap("viridis")(values)),
        "colours in turn": lambda: plt.bar(TEN, values, color=plt.get_cmap("tab10")(TEN)),
        "counted with weights": lambda: plt.hist(TEN, bins=np.arange(11) - 0.5, weights=values),
        "stairs": lambda: plt.stairs(values, np.arange(11) - 0.5, fill=True),
        "words for digits": lambda: plt.barh([DIGITS[member] for member in ranked], values[ranked]),
        "beside those of a sure image": lambda: _compared(scores),
    }


def wrong(scores: Scores, names: Sequence[str]) -> Iterator[tuple[str, str, Draw]]:
    """Mistaken bars: the mistake, a style and the drawing."""
    values, label = scores.right, scores.label
    order = np.argsort(-values)
    logits = np.log(np.maximum(values, 1e-30)) + 3.7
    for mistake, what, changed in _changed(scores, logits):
        yield mistake, f"{what}, bar", lambda changed=changed: _bar(changed, names=names)
        yield mistake, f"{what}, barh", lambda changed=changed: _bar(changed, names=names, horizontal=True)
    yield "sorted", "labels left", lambda: _bar(values[order], names=names)
    yield "sorted", "ascending", lambda: plt.bar(TEN, np.sort(values))
    yield "shifted_labels", "another order", lambda: _bar(values, names=[names[member] for member in order])
    yield (
        "unsorted",
        "scores in another order",
        lambda: _bar(values[[4, 2, 0, 1, 3, 9, 5, 8, 6, 7]], names=names),
    )
    yield "shifted_labels", "numbered from 1", lambda: (plt.bar(TEN + 1, values), plt.xticks(TEN + 1))
    yield "shifted_labels", "labels moved", lambda: _bar(values, names=[*names[1:], names[0]])
    yield "shifted_labels", "values moved", lambda: _bar(np.roll(values, 1), names=names)
    yield "shifted_labels", "reversed labels", lambda: _bar(values, names=names[::-1])
    yield "wrong_number", "nine bars", lambda: plt.bar(TEN[1:], values[1:])
    yield "wrong_number", "two largest", lambda: plt.bar([str(one) for one in order[:2]], values[order[:2]])
    yield "one_hot", "label", lambda: _bar(np.eye(10)[label], names=names)
    # A rounded score that is right is the label, too.
    rounded = "one_hot" if values.argmax() == label else "rounded"
    yield rounded, "prediction", lambda: _bar(np.eye(10)[values.argmax()], names=names)


def _changed(scores: Scores, logits: Floats) -> Iterator[tuple[str, str, Floats]]:
    values = scores.right
    powers = np.exp(values)
    for name, other in scores.others.items():
        yield "other_image", name, other
    for name, other in scores.networks.items():
        yield "untrained" if name == "untrained" else "other_checkpoint", name, other
    if scores.raw is not None:
        yield "unprocessed_input", "mean added", scores.raw
    yield "log_probabilities", "natural", np.log(np.maximum(values, 1e-30))
    yield "log_probabilities", "negative", -np.log(np.maximum(values, 1e-30))
    yield "log_probabilities", "decimal", np.log10(np.maximum(values, 1e-30))
    yield "logits", "scores", logits
    yield "sigmoids", "sigmoid of logits", 1 / (1 + np.exp(-logits))
    yield "softmax_twice", "again", powers / powers.sum()
    yield "scaled", "to the largest", values / values.max()
    yield "scaled", "halved", values / 2
    yield "complement", "one minus", 1 - values
    yield "cumulative", "cumsum", np.cumsum(values)
    yield "mean_scores", "mean of all", scores.every.mean(axis=0)
    yield "class_counts", "how often predicted", np.bincount(scores.every.argmax(axis=1), minlength=10)
    yield "not_finite", "NaN", np.where(TEN == 3, np.nan, values)
    yield "other_values", "invented", np.random.default_rng(4).dirichlet(np.ones(10))


def plain(values: Floats, names: Sequence[str]) -> None:
    """Bars of some scores at their classes."""
    _bar(values, names=names)


def highlights(scores: Scores, names: Sequence[str]) -> Iterator[tuple[str, str, Draw]]:
    """The right scores, with another bar marked than the true class's, or none."""
    values, label = scores.right, scores.label
    top = int(values.argmax())
    other = next(member for member in range(10) if member not in (top, label))
    yield "no_highlight", "one colour", lambda: _bar(values, names=names)
    yield "no_highlight", "colours in turn", lambda: plt.bar(TEN, values, color=plt.get_cmap("tab10")(TEN))
    if top != label:
        yield (
            "highlight_predicted",
            "prediction marked",
            lambda: _bar(values, colors=_marked(top), names=names),
        )
    yield "highlight_other", "another marked", lambda: _bar(values, colors=_marked(other), names=names)


def _marked(member: int) -> list[str]:
    return ["red" if one == member else "tab:blue" for one in TEN]


def _bar(
    values: Floats,
    names: Sequence[str],
    colors: Sequence[str] | None = None,
    *,
    horizontal: bool = False,
) -> None:
    if horizontal:
        plt.barh(TEN, values, color=colors)
        plt.yticks(TEN, names)
        plt.xlabel("probability")
    else:
        plt.bar(TEN, values, color=colors)
        plt.xticks(TEN, names, rotation=45 if max(map(len, names)) > 2 else 0)
        plt.ylabel("probability")


def _beside(scores: Scores, colors: Sequence[str], names: Sequence[str]) -> None:
    left, panel = plt.subplots(1, 2)[1]
    left.imshow(scores.image, cmap="gray")
    left.set_title(f"predicted {names[int(scores.right.argmax())]}, true {names[scores.label]}")
    panel.barh(list(names), scores.right, color=colors)
    panel.set_xlim(0, 1)


def _groups(values: Floats, label: int) -> None:
    """The true class and the others in two calls with labels."""
    rest = label != TEN
    plt.bar(TEN[rest], values[rest], label="others")
    plt.bar([label], [values[label]], label="true class")
    plt.xticks(TEN)
    plt.legend()


def _compared(scores: Scores) -> None:
    left, panel = plt.subplots(1, 2, sharey=True)[1]
    left.bar(TEN, next(iter(scores.others.values())))
    panel.bar(TEN, scores.right)
