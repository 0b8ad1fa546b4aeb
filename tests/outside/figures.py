"""Figures as rich as those that plotchecker and matplotcheck are tested with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from tests.outside.rebuild import rebuild
from tests.worker.watching import watching

RANDOM = np.random.default_rng(7)
X = np.arange(10.0)
Y = RANDOM.normal(5, 2, 10)
Z = RANDOM.normal(-3, 1, 10)
SAMPLE = RANDOM.normal(0.5, 0.2, 300)
PROBABILITIES = np.array([0.125, 0.25, 0.5, 0.125])
CLASSES = ["cat", "dog", "hen", "ant"]
GRAY = RANDOM.integers(0, 255, (8, 12)).astype(np.uint8)
RGB = RANDOM.random((6, 6, 3))


def around() -> None:
    """All the words that can be put around lines."""
    figure, panel = plt.subplots(figsize=(5, 4))
    panel.plot(X, Y)
    figure.suptitle("My Figure Title")
    panel.set_title("  My Plot Title ")
    panel.set(xlabel="my x label", ylabel=" My Y Label  ", xlim=(-1, 12), ylim=(-2, 20))
    panel.set_xticks([0, 2, 4], labels=["a", " b", "c "])
    panel.set_yticks([0, 10, 20])


def bare() -> None:
    """Nothing around, axes off."""
    plt.plot(X, Y)
    plt.axis("off")


def square() -> None:
    """Equal limits."""
    plt.plot([0, 10], [0, 10], "k--")
    plt.scatter(X, X + 0.25, color="red")
    plt.axis((-1, 11, -1, 11))


def lines() -> None:
    """Three lines, told apart by colours and a legend with a title."""
    _, panel = plt.subplots()
    panel.plot(X, Y, "r", X, Z, "#00ff00")
    panel.plot(X[:5], Y[:5] + Z[:5], color="blue", linestyle=":")
    panel.legend(["Train", "validation", "test"], title="Kind of Set")


def labelled() -> None:
    """Lines that name themselves; one of them has a gap."""
    plt.plot(X, Y, label="loss")
    plt.plot(X, np.where(X == 4, np.nan, Z), label="val_loss")
    plt.legend()


def scatter() -> None:
    """Two clouds of points and a line through them."""
    plt.scatter(X, Y, color="red", label="one")
    plt.scatter(X, Z, c="#0000ff", label="other")
    slope, intercept = np.polyfit(np.tile(X, 2), np.concatenate([Y, Z]), 1)
    plt.plot(X, slope * X + intercept, color="k")
    plt.legend(loc=2, bbox_to_anchor=(1.05, 1))


def points() -> None:
    """Points that `plot` draws."""
    plt.plot(X, Y, "o", color="green")


def bars() -> None:
    """Bars at places that begin at heights."""
    plt.bar(X, np.abs(Y), bottom=X / 10, color="red", width=0.5)
    plt.bar(X + 0.5, np.abs(Z), align="edge", width=0.25, color=["#0000ff", "k"] * 5)


def classes() -> None:
    """Bars of classes."""
    plt.bar(CLASSES, PROBABILITIES)
    plt.ylabel("Probability")


def lying() -> None:
    """Bars that lie."""
    plt.barh(CLASSES, PROBABILITIES, color="orange")


def histogram() -> None:
    """A histogram with a title."""
    plt.hist(SAMPLE, bins=12, color="purple")
    plt.title("Probabilities")


def densities() -> None:
    """A histogram of densities over given edges."""
    plt.hist(SAMPLE, bins=np.linspace(0, 1, 6), density=True)


def of_pandas() -> None:
    """What pandas draws of a table."""
    pd.DataFrame({"loss": Y, "val_loss": Z}, index=X).plot(title="Training", xlabel="Epoch")


def image() -> None:
    """An image with limits and a colorbar."""
    plt.colorbar(plt.imshow(GRAY, cmap="gray", vmin=10, vmax=200))
    plt.axis("off")


def image_later() -> None:
    """An image whose limits are set later."""
    plt.imshow(GRAY)
    plt.clim(5, 50)
    plt.colorbar()


def images() -> None:
    """An RGB image without a colorbar."""
    plt.imshow(RGB)


def upside_down() -> None:
    """An image drawn upwards, a part of it."""
    plt.imshow(GRAY, origin="lower")
    plt.xlim(2, 5)


def clipped() -> None:
    """RGB floats outside of what can be shown."""
    plt.imshow(2 * RGB - 0.5)


def matrix() -> None:
    """A matrix with its numbers written into it, as meshes of seaborn are."""
    counts = np.array([[5, 1], [2, 7]])
    plt.matshow(counts, fignum=0)
    for (row, column), count in np.ndenumerate(counts):
        plt.text(column, row, f" {count}", ha="center")
    plt.xticks([0, 1], ["cat", "dog"])


def mesh() -> None:
    """A mesh, which is no image for these packages."""
    plt.pcolormesh(GRAY)


FIGURES: dict[str, Callable[[], None]] = {
    draw.__name__: draw
    for draw in (
        *(around, bare, square, lines, labelled, scatter, points, bars, classes, lying, histogram),
        *(densities, of_pandas, image, image_later, images, upside_down, clipped, matrix, mesh),
    )
}


@functools.cache
def both(name: str) -> tuple[Any, Any]:
    """The first Axes of a figure, and of the same figure drawn from its record."""
    with watching() as watch:
        FIGURES[name]()
        original = plt.gcf().axes[0]
        (record,) = watch.arrived()
    return original, rebuild(record).axes[0]
