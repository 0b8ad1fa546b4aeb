"""Confusion matrices, drawn in many styles and with the usual mistakes. Judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import LogNorm
from mlxtend.plotting import plot_confusion_matrix
from numpy.typing import NDArray
from sklearn.metrics import ConfusionMatrixDisplay

Floats = NDArray[Any]
Draw = Callable[[], object]

TEN: Final = np.arange(10)
ENGLISH: Final = ("prediction", "truth")


@dataclass(frozen=True, eq=False)
class Counts:
    """What is known.

    Attributes:
        own: counts of the network, (10, 10), rows are the truth.
        names: of the classes.
        others: counts of other networks, by name.
        train: counts of training images.
        untrained: counts of the network before training.
        misaligned: counts of true classes against predictions of other images.
        normalised: "rows" or "any", as the config asks.
    """

    own: Floats
    names: Sequence[str]
    others: Mapping[str, Floats]
    train: Floats
    untrained: Floats
    misaligned: Floats
    normalised: str

    @property
    def rows(self) -> Floats:
        """Shares of each true class."""
        return shares(self.own)


def shares(counts: Floats, axis: int | None = 1) -> Floats:
    sums = counts.sum(axis=axis, keepdims=True)
    return np.asarray(counts / np.maximum(sums, 1))


def right(known: Counts) -> dict[str, Draw]:
    """Right matrices with the numbers in their cells, by style."""
    counts, rows, names = known.own, known.rows, known.names
    order = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    frame = pd.DataFrame(rows, index=list(names), columns=list(names))
    found: dict[str, Draw] = {
        "imshow": lambda: draw(rows, counts, names),
        "matshow": lambda: draw(rows, counts, names, call="matshow"),
        "pcolormesh, turned over": lambda: draw(rows, counts, names, call="pcolormesh"),
        "origin at the bottom": lambda: draw(rows, counts, names, origin="lower"),
        "float32": lambda: draw(rows.astype(np.float32), counts, names),
        "per cent": lambda: draw(100 * rows, counts, names),
        "rounded to two": lambda: draw(np.round(rows, 2), counts, names),
        "shares in the cells": lambda: draw(rows, np.vectorize("{:.2f}".format)(rows), names),
        "per cent in the cells": lambda: draw(rows, np.vectorize("{:.1%}".format)(rows), names),
        "counts and shares in the cells": lambda: draw(rows, _both(counts, rows), names),
        "empty cells left empty": lambda: draw(rows, np.where(counts > 0, counts.astype(str), ""), names),
        "truth across, said so": lambda: draw(rows.T, counts.T, names, ENGLISH[::-1]),
        "no labels at the axes": lambda: draw(rows, counts, names, ("", "")),
        "German": lambda: draw(rows, counts, names, ("Vorhersage", "Wahrheit")),
        "predicted label, true label": lambda: draw(rows, counts, names, ("Predicted label", "True label")),
        "one label only": lambda: draw(rows, counts, names, ("predicted", "")),
        "default ticks": lambda: draw(rows, counts, None),
        "classes in another order": lambda: draw(
            rows[np.ix_(order, order)], counts[np.ix_(order, order)], [names[member] for member in order]
        ),
        "seaborn": lambda: (
            sns.heatmap(frame, annot=counts, fmt="d", cmap="Blues"),
            plt.xlabel("predicted"),
            plt.ylabel("actual"),
        ),
        "seaborn, its own format": lambda: sns.heatmap(rows, annot=True, cbar=False, square=True),
        "sklearn": lambda: ConfusionMatrixDisplay(rows, display_labels=list(names)).plot(values_format=".2f"),
        "mlxtend": lambda: (
            plot_confusion_matrix(counts, show_absolute=True, show_normed=True)
            if known.normalised == "any"
            else plot_confusion_matrix(counts, show_absolute=False, show_normed=True, colorbar=True)
        ),
        "colorbar and title": lambda: (draw(rows, counts, names), plt.colorbar(), plt.title("Confusion")),
        "beside something else": lambda: _beside(rows, counts, names),
        "second of two figures": lambda: (plt.plot([1, 2]), plt.figure(), draw(rows, counts, names)),
    }
    if known.normalised == "any":
        found |= {
            "counts": lambda: draw(counts, counts, names),
            "counts of floats": lambda: draw(counts.astype(float), counts, names),
            "shares of columns": lambda: draw(shares(counts, 0), counts, names),
            "shares of all": lambda: draw(shares(counts, None), counts, names),
            "counts, logarithmic colours": lambda: draw(counts + 0, counts, names, norm=LogNorm(1, 1000)),
            "log1p of counts, counts in the cells": lambda: draw(np.log1p(counts), counts, names),
            "root of counts, counts in the cells": lambda: draw(np.sqrt(counts), counts, names),
            "sklearn, counts": lambda: ConfusionMatrixDisplay(counts).plot(cmap="Blues"),
            "seaborn, counts": lambda: sns.heatmap(counts, annot=True, fmt="d"),
            "seaborn, counts, its own format": lambda: sns.heatmap(counts, annot=True),
        }
    return found


def wrong(known: Counts) -> Iterator[tuple[str, str, Draw]]:
    """Mistaken matrices: the mistake, a style and the drawing."""
    counts, names = known.own, known.names
    order = np.array([3, 1, 4, 0, 5, 9, 2, 6, 8, 7])
    forms: dict[str, Callable[[Floats], Floats]] = {"shares": shares}
    if known.normalised == "any":
        forms["counts"] = np.asarray
    for form, of in forms.items():
        for mistake, what, matrix in _others(known):
            yield mistake, f"{what}, {form}", lambda of=of, matrix=matrix: draw(of(matrix), matrix, names)
        own = of(counts)
        yield "transposed", form, lambda own=own: draw(own.T, counts.T, names)
        yield "transposed", f"{form}, no labels", lambda own=own: draw(own.T, counts.T, names, ("", ""))
        yield "transposed", f"{form}, labels only", lambda own=own: draw(own, counts, names, ENGLISH[::-1])
        yield (
            "class_order",
            f"{form}, permuted",
            (lambda own=own: draw(own[np.ix_(order, order)], counts[np.ix_(order, order)], names)),
        )
        yield (
            "class_order",
            f"{form}, shifted by one",
            (lambda own=own: draw(np.roll(own, 1, (0, 1)), np.roll(counts, 1, (0, 1)), names)),
        )
        yield "class_order", f"{form}, labels reversed", lambda own=own: draw(own, counts, names[::-1])
        yield (
            "class_order",
            f"{form}, one axis labelled otherwise",
            (lambda own=own: draw(own, counts, names, ticks=([*names[1:], names[0]], names))),
        )
        yield (
            "class_order",
            f"{form}, columns permuted",
            lambda own=own: draw(own[:, order], counts[:, order], names),
        )
        yield "class_order", f"{form}, rows shifted", lambda own=own: draw(np.roll(own, 1, 0), counts, names)
        yield "flipped", f"{form}, upside down", lambda own=own: draw(own[::-1], counts[::-1], names)
        yield "flipped", f"{form}, mirrored", lambda own=own: draw(own[:, ::-1], counts[:, ::-1], names)
        yield (
            "no_diagonal",
            form,
            lambda own=own: draw(own * (1 - np.eye(10)), counts * (1 - np.eye(10, dtype=int)), names),
        )
        yield "no_annotations", form, lambda own=own: draw(own, np.full((10, 10), ""), names)
        yield (
            "missing_annotations",
            f"{form}, diagonal only",
            (lambda own=own: draw(own, np.where(np.eye(10), counts.astype(str), ""), names)),
        )
        yield "transposed_annotations", form, lambda own=own: draw(own, counts.T, names)
        for name, other in known.others.items():
            yield (
                "wrong_annotations",
                f"{form}, of {name}",
                lambda own=own, other=other: draw(own, other, names),
            )
        yield "wrong_annotations", f"{form}, shifted", lambda own=own: draw(own, np.roll(counts, 1, 1), names)
        yield (
            "wrong_annotations",
            f"{form}, shares as whole numbers",
            (lambda own=own: draw(own, np.rint(known.rows).astype(int), names)),
        )
    yield "not_finite", "NaN", lambda: draw(np.full((10, 10), np.nan), counts, names)
    yield "wrong_shape", "nine classes", lambda: draw(counts[1:, 1:], counts[1:, 1:], None)
    yield "wrong_shape", "two by two", lambda: draw(np.array([[9, 1], [2, 8]]), np.eye(2), None)
    yield "wrong_shape", "diagonal only", lambda: plt.imshow(np.diag(counts)[None])
    if known.normalised == "rows":
        yield "normalised_columns", "columns", lambda: draw(shares(counts, 0), counts, names)
        yield (
            "normalised_columns",
            "columns, seaborn",
            lambda: sns.heatmap(shares(counts, 0), annot=counts, fmt="d"),
        )
        if (counts.sum(axis=1) != 100).any():  # Counts of hundred are per cent.
            yield "counts", "counts", lambda: draw(counts, counts, names)
            yield "counts", "counts, seaborn", lambda: sns.heatmap(counts, annot=True, fmt="d")
        yield "normalised_all", "all", lambda: draw(shares(counts, None), counts, names)
        yield "rescaled", "by the largest", lambda: draw(counts / counts.max(), counts, names)
        yield "rescaled", "log1p", lambda: draw(np.log1p(counts), counts, names)


def _others(known: Counts) -> Iterator[tuple[str, str, Floats]]:
    for name, other in known.others.items():
        yield "other_checkpoint", name, other
    yield "other_images", "training images", known.train
    yield "untrained", "before training", known.untrained
    yield "misaligned", "predictions of other images", known.misaligned
    yield (
        "other_values",
        "random",
        np.random.default_rng(5)
        .multinomial(int(known.own.sum()), (np.eye(10) / 20 + 0.005).ravel())
        .reshape(10, 10),
    )
    yield "perfect", "all right", np.diag(known.own.sum(axis=1))


def draw(
    cells: Floats,
    texts: Floats,
    names: Sequence[str] | None,
    labels: tuple[str, str] = ENGLISH,
    call: str = "imshow",
    ticks: tuple[Sequence[str], Sequence[str]] | None = None,
    **options: Any,
) -> None:
    """A matrix with words in its cells; `labels` stand across and down, `ticks` likewise."""
    panel = plt.figure().add_subplot()
    image = getattr(panel, call)(cells, cmap="Blues", **options)
    plt.sci(image)
    offset = 0.5 if call == "pcolormesh" else 0.0
    if call == "pcolormesh":
        panel.invert_yaxis()
    across, down = ticks or (names, names)
    if across is not None and down is not None:
        places = np.arange(len(across)) + offset
        panel.set_xticks(places, across, rotation=45)
        panel.set_yticks(places, down)
    panel.set_xlabel(labels[0])
    panel.set_ylabel(labels[1])
    for (row, column), text in np.ndenumerate(texts):
        panel.text(column + offset, row + offset, str(text), ha="center", va="center")


def _both(counts: Floats, rows: Floats) -> Floats:
    texts = [f"{count}\n({share:.0%})" for count, share in zip(counts.flat, rows.flat, strict=True)]
    return np.array(texts).reshape(counts.shape)


def _beside(rows: Floats, counts: Floats, names: Sequence[str]) -> None:
    plt.figure()
    plt.bar(TEN, np.diag(rows))
    draw(rows, counts, names)
