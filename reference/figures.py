"""The figures of the course, as the solution notebooks draw them.

Draws what it is given and computes no model output. Every function makes one pyplot figure and returns
it: a notebook shows it when the cell ends, whoever else calls closes it.

Images are uint8, or floats: gray ones (H, W) or (H, W, 1) of any range are shown from their smallest to their
largest value, colour ones (H, W, 3) must lie in 0…1. Labels are class numbers or one-hot, as in
`reference.evaluation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference.evaluation import class_numbers, confusion, misclassified, normalised, worst_errors

Floats = NDArray[np.float32]

DIGITS = tuple(str(digit) for digit in range(10))

_TRUE, _OTHER = "tab:red", "tab:blue"


def plot_history(history: Mapping[str, Sequence[float]], title: str = "") -> Any:
    """Draw loss and accuracy over the epochs, training and validation.

    Args:
        history: of a Keras `History`: `loss` and `accuracy`, and where there is validation `val_loss` and
            `val_accuracy`, one number an epoch.
        title: of the figure.
    """
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for ax, metric in zip(axes, ("loss", "accuracy"), strict=True):
        for key, name in ((metric, "training"), (f"val_{metric}", "validation")):
            if key in history:
                ax.plot(range(1, len(history[key]) + 1), history[key], marker=".", label=name)
        ax.set(xlabel="epoch", ylabel=metric, title=metric.capitalize())
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(alpha=0.3)
        ax.legend()
    figure.suptitle(title or None)
    return figure


def plot_confusion(labels: ArrayLike, predicted: ArrayLike, names: Sequence[str] = DIGITS) -> Any:
    """Draw the confusion matrix: colour = share of the true class (rows sum to one), text = counts.

    Args:
        labels: the truth, (N,) or one-hot.
        predicted: class numbers (N,) or probabilities (N, C).
        names: of the classes.
    """
    counts = confusion(labels, predicted, len(names))
    shares = normalised(counts)
    figure, ax = plt.subplots(figsize=(7.4, 6.4), layout="constrained")
    shown = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        ax.text(column, row, f"{count}", ha="center", va="center", color=colour, fontsize=9)
    ax.set(xlabel="prediction", ylabel="truth", xticks=range(len(names)), yticks=range(len(names)))
    ax.set_xticklabels(names, rotation=45 if _wide(names) else 0, ha="right" if _wide(names) else "center")
    ax.set_yticklabels(names)
    figure.colorbar(shown, ax=ax, label="share of the true class", shrink=0.85)
    return figure


def plot_prediction(
    image: ArrayLike, label: ArrayLike, scores: ArrayLike, names: Sequence[str] = DIGITS
) -> Any:
    """Draw an image beside the scores of its classes as horizontal bars, the true class in red.

    Args:
        image: one image.
        label: its class number, or one-hot (C,).
        scores: probabilities of the classes, (C,).
        names: of the classes.
    """
    truth = int(class_numbers(np.asarray(label)[None])[0])
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.2, 3.2), layout="constrained", width_ratios=(1, 1.3)
    )
    _show(left, image)
    figure.get_layout_engine().set(w_pad=0.12)
    colours = [_TRUE if number == truth else _OTHER for number in range(len(names))]
    right.barh(range(len(names)), np.asarray(scores), color=colours)
    right.set(xlim=(0, 1), xlabel="score", yticks=range(len(names)))
    right.set_yticklabels(names)
    right.get_yticklabels()[truth].set_color(_TRUE)
    right.invert_yaxis()
    return figure


def plot_images(images: ArrayLike, titles: Sequence[str] = (), columns: int = 5) -> Any:
    """Draw images in a grid, row by row.

    Args:
        images: (N, H, W), (N, H, W, 1) or (N, H, W, 3), N ≥ 1.
        titles: one an image, or none.
        columns: images a row.
    """
    figure, axes = _grid(len(np.asarray(images)), columns, size=1.6, headroom=0.3 if titles else 0)
    for ax, image in zip(axes, np.asarray(images), strict=False):
        _show(ax, image)
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title, fontsize=10)
    return figure


def plot_misclassified(
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    count: int = 10,
    names: Sequence[str] = DIGITS,
) -> Any:
    """Draw the first images that the network got wrong, with predicted and true class.

    Args:
        images: (N, H, W[, C]).
        labels: (N,) or one-hot.
        probabilities: (N, C).
        count: at most so many.
        names: of the classes.

    Raises:
        ValueError: there is no error to show.
    """
    return _errors(images, labels, probabilities, misclassified(probabilities, labels)[:count], names, 5)


def plot_worst_errors(
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    count: int = 6,
    names: Sequence[str] = DIGITS,
) -> Any:
    """Draw the gravest errors (`reference.evaluation.worst_errors`), the worst first, three a row.

    Arguments and errors are those of `plot_misclassified`.
    """
    return _errors(images, labels, probabilities, worst_errors(probabilities, labels, count), names, 3)


def plot_filters(kernels: Floats, columns: int = 8) -> Any:
    """Draw the filters of a first layer, each scaled from its smallest to its largest weight.

    Args:
        kernels: (height, width, 1, filters), drawn in gray, or (height, width, 3, filters), in colour.
        columns: filters a row.

    Raises:
        ValueError: the filters have another number of channels; draw their kernels one by one.
    """
    if kernels.ndim != 4 or kernels.shape[2] not in (1, 3):
        raise ValueError(
            f"Filters with 1 or 3 channels can be drawn as images; shape {kernels.shape} cannot."
        )
    figure, axes = _grid(kernels.shape[-1], columns, size=1.1, headroom=0.25)
    for number, ax in enumerate(axes[: kernels.shape[-1]]):
        _show(ax, _stretched(kernels[..., number]))
        ax.set_title(f"{number}", fontsize=9)
    return figure


def plot_activations(maps: Floats, name: str = "", columns: int = 8) -> Any:
    """Draw all feature maps of a layer for one image, each from its smallest to its largest value.

    Args:
        maps: (h, w, filters) or (1, h, w, filters).
        name: of the layer, for the figure's title.
        columns: maps a row.
    """
    stack = maps[0] if maps.ndim == 4 else maps
    figure, axes = _grid(stack.shape[-1], columns, size=1.1, headroom=0.25)
    for number, ax in enumerate(axes[: stack.shape[-1]]):
        _show(ax, stack[..., number], cmap="viridis")
        ax.set_title(f"{number}", fontsize=9)
    figure.suptitle(name or None)
    return figure


def plot_probability_histogram(
    probabilities: ArrayLike, labels: ArrayLike, label: int = 0, bins: int = 10
) -> Any:
    """Draw how probable the network finds a class: images of the class in red, all others in blue.

    The counts are on a logarithmic scale: nearly all images lie in the outermost bins.

    Args:
        probabilities: (N, C).
        labels: (N,) or one-hot.
        label: the class.
        bins: of equal width between 0 and 1.
    """
    scores = np.asarray(probabilities)[:, label]
    of_class = class_numbers(labels) == label
    figure, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
    edges = np.linspace(0, 1, bins + 1)
    ax.hist(scores[~of_class], edges, color=_OTHER, alpha=0.55, label=f"not {label}")
    ax.hist(scores[of_class], edges, color=_TRUE, alpha=0.55, label=f"truly {label}")
    ax.set(yscale="log", xlim=(0, 1), xlabel=f"probability of being {label}", ylabel="images")
    ax.legend(loc="upper center")
    return figure


def standardised(maps: Floats) -> Floats:
    """Each map with mean 0 and standard deviation 1, so that faint maps are seen beside strong ones.

    Args:
        maps: (h, w, filters).

    Returns:
        The same shape, float32; constant maps become 0.
    """
    spread = maps.std(axis=(0, 1))
    return np.asarray((maps - maps.mean(axis=(0, 1))) / np.where(spread > 0, spread, 1), dtype=np.float32)


def mosaic(maps: Floats, columns: int = 8, pad: int = 1) -> Floats:
    """Lay maps side by side in one image, row by row.

    Args:
        maps: (h, w, filters), filters ≥ 1.
        columns: maps a row.
        pad: pixels between maps; they, and places without a map, have the smallest value.

    Returns:
        2-D: rows·h + (rows - 1)·pad high, columns·w + (columns - 1)·pad wide.
    """
    height, width, count = maps.shape
    rows = -(-count // columns)
    canvas = np.full(
        (rows * (height + pad) - pad, columns * (width + pad) - pad), maps.min(), dtype=maps.dtype
    )
    for number in range(count):
        top, left = number // columns * (height + pad), number % columns * (width + pad)
        canvas[top : top + height, left : left + width] = maps[..., number]
    return canvas


def _errors(
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    chosen: NDArray[np.int64],
    names: Sequence[str],
    columns: int,
) -> Any:
    """The chosen images, titled with predicted and true class and their probabilities."""
    if not len(chosen):
        raise ValueError("The network classifies all of these images correctly: there is no error to show.")
    scores = np.asarray(probabilities)[chosen]
    guesses, truths = class_numbers(scores), class_numbers(labels)[chosen]
    figure, axes = _grid(len(chosen), columns, size=1.8, headroom=0.55)
    for ax, image, guess, truth, score in zip(
        axes, np.asarray(images)[chosen], guesses, truths, scores, strict=False
    ):
        _show(ax, image)
        ax.set_title(
            f"predicted {names[guess]} ({score[guess]:.2f})\ntrue {names[truth]} ({score[truth]:.2f})",
            fontsize=9,
        )
    return figure


def _grid(count: int, columns: int, size: float, headroom: float) -> tuple[Any, list[Any]]:
    """A figure of panels without axes, at most `columns` a row; sizes in inches, empty places blank."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * (size + headroom)), layout="constrained", squeeze=False
    )
    for ax in axes.flat:
        ax.set_axis_off()
    return figure, list(axes.flat)


def _show(ax: Any, image: ArrayLike, cmap: str = "gray") -> None:
    """An image without axes."""
    pixels = np.asarray(image)
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 3 and pixels.dtype.kind == "f" and (pixels.min() < 0 or pixels.max() > 1):
        raise ValueError("Colour images must lie in 0…1 to be shown: undo the scaling first.")
    ax.imshow(pixels, cmap=cmap)
    ax.set_axis_off()


def _stretched(values: Floats) -> Floats:
    """Scaled to 0…1 from the smallest to the largest value; a constant becomes 0."""
    low, high = values.min(), values.max()
    return np.asarray((values - low) / (high - low if high > low else 1), dtype=np.float32)


def _wide(names: Sequence[str]) -> bool:
    return max(map(len, names)) > 2
