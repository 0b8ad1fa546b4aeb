"""What a matrix shows in place of the confusion matrix, in words a student can act on.

Knows the right numbers at other places (transposed, flipped, in another order of classes, against predictions
of other images), in other forms, without their diagonal, of other networks and of other images. What knows
nothing about an image's class is taken for a network before its training. Judges no points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from autograder.figures import cell_texts
from autograder.figures.matrix import Asked, Counts, Form, Matrix, Normalised, forms, shows
from autograder.figures.panels import Floats

Named = tuple[str, str]

_KNOWS_NOTHING: Final = 0.3
_KNOWS: Final = 0.5
"""Share of images on the diagonal: of a network before its training at most, of the right one at least."""


def other_form(found: str, normalised: Normalised) -> Named:
    """The right network and images in a form that was not asked for."""
    wanted = (
        "Divide every row, a true class, by its sum."
        if normalised == "rows"
        else "Plot the counts themselves."
    )
    if found == "counts":
        return "counts", f"The matrix shows counts, where shares were asked for. {wanted}"
    if found == "broadcast":
        message = (
            "The columns were divided by the sums of the rows, so that the rows do not add up to 1. Keep "
            "the axis: sum(axis=1, keepdims=True)."
        )
        return "normalised_columns", message
    if normalised == "no":
        return "normalised", f"The matrix shows shares, where counts were asked for. {wanted}"
    if found == "columns":
        return (
            "normalised_columns",
            f"The matrix is normalised over the columns, so that the rows do not add up to 1. {wanted}",
        )
    return "normalised_all", f"The matrix is divided by the number of all images. {wanted}"


def explain(matrix: Matrix, asked: Asked, known: Mapping[str, Form]) -> Named:
    """Say what a matrix shows that is not asked for: the mistake and the words.

    Args:
        matrix: as drawn.
        asked: what it should show.
        known: the right one in every form.
    """
    cells = matrix.ordered
    if not np.isfinite(matrix.cells).any():
        return "not_finite", "The matrix holds no finite numbers. Look for a division by zero."
    if cells is not None and any(shows(cells.T, form) for form in known.values()):
        said = {
            None: "Without labels at the axes, the rows are taken for the truth",
            True: "The axis labels say that the columns are the truth, but the rows are",
            False: "The axis labels say that the rows are the truth, but the columns are",
        }[matrix.turned]
        return (
            "transposed",
            f"Rows and columns are exchanged. {said}. Exchange the labels, or plot the transposed matrix.",
        )
    turned = np.nan_to_num(matrix.truth_down)
    read = turned if cells is None else np.nan_to_num(cells)
    return (
        _order(turned, known)
        or _of_another_network([read, turned], asked)
        or _changed(read, asked, known)
        or _other_images(matrix, read, asked)
        or _knows_nothing(read, asked)
        or (
            "other_values",
            "The matrix is not the one of this network on the assignment's images. Compute it from the true "
            "classes and the classes that the network predicts, as numbers from argmax.",
        )
    )


def _of_another_network(readings: Sequence[Floats], asked: Asked) -> Named | None:
    forms_drawn = [form for cells in readings for form in (cells, cells.T)]
    for name, counts in asked.networks():
        theirs = forms(counts)
        if any(shows(form, one) for form in forms_drawn for one in theirs.values()):
            return "other_checkpoint", f"The matrix is that of `{name}`. Use the network that is asked for."
    return None


def _order(cells: Floats, known: Mapping[str, Form]) -> Named | None:
    """The right numbers with their classes in another order than the ticks say, or upside down."""
    for flip, what in ((np.flipud, "upside down"), (np.fliplr, "mirrored")):
        if any(shows(flip(form), one) for form in (cells, cells.T) for one in known.values()):
            return (
                "flipped",
                f"The matrix is {what}: its ticks do not go with its rows and columns. Plot it as it is.",
            )
    for shares, totals in known.values():
        form = (shares, totals)
        features = [
            np.stack([np.diag(one), one.sum(axis=1), one.sum(axis=0)], axis=1) for one in (cells, shares)
        ]
        order = _matched(features[0], features[1])
        if order is not None and shows(cells[np.ix_(order, order)], form):
            message = (
                "The matrix holds the right numbers, but its classes are in another order than the ticks "
                "say. Label rows and columns in the order of the matrix."
            )
            return "class_order", message
        for which, along in (("rows", cells), ("columns", cells.T)):
            order = _matched(along, shares if which == "rows" else shares.T)
            if order is None or not shows(cells[order] if which == "rows" else cells[:, order], form):
                continue
            message = (
                f"The matrix holds the right numbers, but its {which} are in another order than the ticks "
                "say, so that what is right stands beside the diagonal. Use one order of classes for both."
            )
            return "class_order", message
    return None


def _matched(found: Floats, expected: Floats) -> list[int] | None:
    """For each expected row the found one that is nearest to it, each once."""
    gaps = np.abs(expected[:, None] - found[None]).sum(axis=2)
    if not np.isfinite(gaps).all():
        return None
    order: list[int] = linear_sum_assignment(gaps)[1].tolist()
    return order


def _changed(cells: Floats, asked: Asked, known: Mapping[str, Form]) -> Named | None:
    """The right matrix, changed before it was drawn."""
    off = cells - np.diag(np.diag(cells))
    if not off.any() and np.diag(cells).any():
        message = (
            "Nothing stands beside the diagonal, as for a network without errors: the true classes were "
            "compared with themselves. Compare them with the predicted ones."
        )
        return "perfect", message
    if not np.diag(cells).any() and _only_errors(cells, asked.counts):
        return (
            "no_diagonal",
            "The diagonal, what was classified rightly, was set to zero. Plot the whole matrix.",
        )
    if any(rises_with(cells, known[name][0]) for name in ("counts", "rows")):
        wanted = "the shares" if asked.normalised == "rows" else "the counts"
        message = (
            "The matrix shows its numbers on another scale, such as logarithms or shares of the largest. "
            f"Plot {wanted} themselves; a norm, such as LogNorm, changes the colours alone."
        )
        return "rescaled", message
    return None


def rises_with(cells: Floats, shares: Floats) -> bool:
    """Whether cells are a rising function of the right ones: equal where those are, larger where they are."""
    order = np.argsort(shares, axis=None, kind="stable")
    drawn, right = cells.ravel()[order], shares.ravel()[order]
    scale = max(float(np.ptp(drawn)), 1e-12)
    steps, rises = np.diff(drawn), np.diff(right) > 1e-9
    if not rises.any() or not np.isfinite(drawn).all():
        return False
    return bool((steps[rises] > 1e-7 * scale).all() and (np.abs(steps[~rises]) <= 1e-5 * scale).all())


def _only_errors(cells: Floats, counts: Counts) -> bool:
    errors = counts - np.diag(np.diag(counts))
    return any(
        shows(cells, (form[0] - np.diag(np.diag(form[0])), form[1])) for form in forms(counts).values()
    ) or shows(cells, forms(errors)["rows"])


def _other_images(matrix: Matrix, cells: Floats, asked: Asked) -> Named | None:
    """Counts, in colours or in words, that are not as many as there are images."""
    images = int(asked.counts.sum())
    total = float(cells.sum())
    whole = np.array_equal(cells, np.rint(cells)) and 0 < total < 1e9
    if not whole:
        total = cell_texts.total(matrix.texts, cells.size) or 0.0
    if total <= len(cells) or total == images:
        return None
    message = (
        f"The matrix counts {total:,.0f} images; the data have {images:,}. Count all of them, each once."
    )
    return "other_images", message


def _knows_nothing(cells: Floats, asked: Asked) -> Named | None:
    """Numbers no larger on the diagonal: of other images' predictions, or of an untrained network."""
    sums = cells.sum(axis=1, keepdims=True)
    if (cells < 0).any() or not sums.all():
        return None
    truth = asked.counts.sum(axis=1)
    counts = cells / sums * truth[:, None]
    images = max(1, int(truth.sum()))
    if np.trace(counts) > _KNOWS_NOTHING * images or np.trace(asked.counts) < _KNOWS * images:
        return None
    share = f"{np.trace(counts) / images:.0%}"
    # Shares that were rounded give the columns' sums only roughly.
    if np.abs(counts.sum(axis=0) - asked.counts.sum(axis=0)).sum() <= 0.01 * images:
        message = (
            f"Each class is predicted as often as it should be, but only {share} of the images are right: "
            "labels and predictions belong to different images. Take both in the same order."
        )
        return "misaligned", message
    message = (
        f"Only {share} of the images are right, as for a network before its training. Predict with the "
        "trained network, and compare numbers from argmax(axis=1) of both."
    )
    return "untrained", message
