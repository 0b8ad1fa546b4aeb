"""Confusion matrices: does an image of C×C cells show how often each class is taken for which?

Accepts: imshow, matshow, pcolormesh and what is built on them, either end up; counts or shares over the true
class, the predicted class or all images, as far as the config allows, in per cent too; classes in another
order where the ticks name it; truth across instead of down where the axis labels say so; any colours.
Refuses: rows and columns exchanged against the labels (without labels, rows are the truth), shares over the
wrong axis, another network's matrix, ticks that stand at other classes.

Threshold: multiplied back to counts, one image may be counted elsewhere, which changes two cells by one, as
two machines may round a tie differently; shares may be rounded to two decimals or more. Two networks of 98 %
and 99 % differ by hundreds of 10,000 images. Judges no points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from autograder.evidence import Axes, Figure, Image
from autograder.figures import cell_texts, outcome, words
from autograder.figures.outcome import Outcome, Rivals, half, nobody, wrong
from autograder.figures.panels import Floats

Normalised = Literal["any", "rows", "no"]

MOST_MATRICES: Final = 40
"""Matrices that are looked at; more is no figure for people."""

_MOVED: Final = 2
_CELL: Final = 0.3
_PERCENT: Final = 1.5

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Asked:
    """What the matrix has to show.

    Attributes:
        counts: (C, C), rows are the truth, columns the prediction.
        names: of the classes.
        normalised: "rows" over the true class, "no" for counts, "any" for both and other shares.
        annotated: the counts or shares have to stand in the cells.
        networks: other networks and their counts.
    """

    counts: Counts
    names: Sequence[str]
    normalised: Normalised = "any"
    annotated: bool = False
    networks: Rivals[Counts] = nobody


@dataclass(frozen=True, eq=False)
class Matrix:
    """A drawn matrix, brought to rows of truth as far as its labels say what they are.

    Attributes:
        cells: (C, C) float64 as drawn, without the exchange that labels ask for: as it was given.
        turned: the labels say that columns are the truth; None when they say nothing.
        rows, columns: the classes in order of the rows and columns, or None where ticks name one twice.
        texts: (row, column, words) of what stands in the cells.
    """

    cells: Floats
    turned: bool | None
    rows: list[int] | None
    columns: list[int] | None
    texts: tuple[tuple[int, int, str], ...]

    @property
    def truth_down(self) -> Floats:
        """The cells with the truth down, by the labels, classes still in the order drawn."""
        return self.cells.T if self.turned else self.cells

    @property
    def ordered(self) -> Floats | None:
        """The cells with the truth down and the classes in label order, by the ticks."""
        if self.rows is None or self.columns is None:
            return None
        found = np.empty_like(self.cells)
        found[np.ix_(self.rows, self.columns)] = self.cells
        return found.T if self.turned else found


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


def matrices(axes: Axes, names: Sequence[str]) -> Iterator[Matrix]:
    """The images of C×C cells in an Axes, with what its ticks, labels and texts say."""
    size = len(names)
    for image in () if axes.decoration else axes.images:
        cells = _cells(image)
        if cells is None or cells.shape != (size, size):
            continue
        across, down = (_centres(axis.limits, size) for axis in (axes.x, axes.y))
        slack = [_CELL * abs(places[1] - places[0]) if size > 1 else _CELL for places in (across, down)]
        rows = words.completed(words.classes_at(axes.y, down, names, slack[1]))
        columns = words.completed(words.classes_at(axes.x, across, names, slack[0]))
        yield Matrix(cells, _turned(axes), rows, columns, tuple(_texts(axes, across, down)))


def forms(counts: Counts) -> dict[str, tuple[Floats, Floats]]:
    """The matrix in every form it is drawn in: shares, and by how many images each was divided.

    Keys: "counts", "rows" (over the truth), "columns" (over the prediction), "all"; and "broadcast", the slip
    of dividing by the sums of the rows without keepdims, which divides columns by them.
    """
    sums = {
        "counts": np.ones((1, 1)),
        "rows": counts.sum(axis=1, keepdims=True),
        "columns": counts.sum(axis=0, keepdims=True),
        "all": counts.sum(keepdims=True),
        "broadcast": counts.sum(axis=1)[None, :],
    }
    whole = {name: np.broadcast_to(total, counts.shape).astype(np.float64) for name, total in sums.items()}
    return {name: (counts / np.maximum(total, 1), total) for name, total in whole.items()}


def shows(cells: Floats, form: tuple[Floats, Floats]) -> bool:
    """Whether cells are a matrix in some form; see the module's threshold."""
    shares, totals = form
    drawn = np.nan_to_num(cells, posinf=-1, neginf=-1)
    counted = bool((totals == 1).all())
    if not counted and np.abs(drawn).max(initial=0) > _PERCENT:
        drawn = drawn / 100
    beyond = np.abs(drawn - shares) - (0.0 if counted else _rounding(drawn)) - 1e-6
    beyond = np.maximum(beyond, 0)
    return bool((beyond > 0).sum() <= _MOVED and (beyond * totals).sum() <= _MOVED)


def _judged(matrix: Matrix, asked: Asked) -> Outcome:
    allowed = {"any": ("counts", "rows", "columns", "all"), "rows": ("rows",), "no": ("counts",)}[
        asked.normalised
    ]
    known = forms(asked.counts)
    cells = matrix.ordered
    found = None if cells is None else next((name for name in known if shows(cells, known[name])), None)
    # With classes of equal size, several forms are one and the same.
    right = None if cells is None else next((name for name in allowed if shows(cells, known[name])), None)
    details: dict[str, Any] = {"form": right or found}
    if right is not None:
        return replace(_annotated(matrix, asked, right), details=details)
    if found is not None:
        return wrong(*_other_form(found, asked.normalised), details=details)
    mistake, message = _mistaken(matrix, asked, known)
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


def _other_form(found: str, normalised: Normalised) -> tuple[str, str]:
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


def _mistaken(matrix: Matrix, asked: Asked, known: Mapping[str, tuple[Floats, Floats]]) -> tuple[str, str]:
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
    order = _order(turned, asked.counts, known)
    if order is not None:
        return order
    for name, counts in asked.networks():
        theirs = forms(counts)
        if any(shows(form, one) for form in (turned, turned.T) for one in theirs.values()):
            return "other_checkpoint", f"The matrix is that of `{name}`. Use the network that is asked for."
    if np.array_equal(np.diag(turned), np.zeros(len(turned))) and _only_errors(turned, asked.counts):
        return (
            "no_diagonal",
            "The diagonal, what was classified rightly, was set to zero. Plot the whole matrix.",
        )
    total, images = float(turned.sum()), int(asked.counts.sum())
    if np.array_equal(turned, np.rint(turned)) and 0 < total < 1e9 and total != images:
        message = (
            f"The matrix counts {total:,.0f} images; the data have {images:,}. Count all of them, each once."
        )
        return "other_images", message
    message = (
        "The matrix is not the one of this network on the assignment's images. Compute it from the true "
        "classes and the classes that the network predicts, as numbers from argmax."
    )
    return "other_values", message


def _order(
    cells: Floats, counts: Counts, known: Mapping[str, tuple[Floats, Floats]]
) -> tuple[str, str] | None:
    """The right numbers with their classes in another order than the ticks say, or upside down."""
    for flip, what in ((np.flipud, "upside down"), (np.fliplr, "mirrored")):
        if any(shows(flip(form), one) for form in (cells, cells.T) for one in known.values()):
            return (
                "flipped",
                f"The matrix is {what}: its ticks do not go with its rows and columns. Plot it as it is.",
            )
    for name, (shares, _) in known.items():
        features = [
            np.stack([np.diag(one), one.sum(axis=1), one.sum(axis=0)], axis=1) for one in (cells, shares)
        ]
        gaps = np.abs(features[0][:, None] - features[1][None]).sum(axis=2)
        if not np.isfinite(gaps).all():
            return None
        rows, columns = linear_sum_assignment(gaps)
        found = np.empty_like(cells)
        found[np.ix_(columns, columns)] = cells[np.ix_(rows, rows)]
        if shows(found, known[name]):
            message = (
                "The matrix holds the right numbers, but its classes are in another order than the ticks "
                "say. Label rows and columns in the order of the matrix."
            )
            return "class_order", message
    return None


def _only_errors(cells: Floats, counts: Counts) -> bool:
    errors = counts - np.diag(np.diag(counts))
    return any(
        shows(cells, (form[0] - np.diag(np.diag(form[0])), form[1])) for form in forms(counts).values()
    ) or shows(cells, forms(errors)["rows"])


def _cells(image: Image) -> Floats | None:
    pixels = np.asarray(image.pixels)
    if pixels.dtype.kind not in "biuf":
        return None
    if pixels.ndim == 3 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    return pixels.astype(np.float64) if pixels.ndim == 2 else None


def _centres(limits: tuple[float, float], count: int) -> list[float]:
    """Where the middles of the cells lie along an axis whose limits are the edges of the image."""
    low, high = min(limits), max(limits)
    return [low + (index + 0.5) * (high - low) / count for index in range(count)]


def _turned(axes: Axes) -> bool | None:
    across, down = words.role(axes.xlabel), words.role(axes.ylabel)
    if across == down:
        return None
    return across == "truth" or down == "prediction"


def _texts(axes: Axes, across: Sequence[float], down: Sequence[float]) -> Iterator[tuple[int, int, str]]:
    """What stands in the cells: (row, column, words)."""
    if len(across) < 2:
        return
    width, height = across[1] - across[0], down[1] - down[0]
    if width <= 0 or height <= 0:
        return
    for word in axes.words:
        column, row = (word.x - across[0]) / width, (word.y - down[0]) / height
        if max(abs(column), abs(row)) > len(across) + 1 or not np.isfinite(column + row):
            continue
        if 0 <= round(column) < len(across) and 0 <= round(row) < len(down):
            yield round(row), round(column), word.text


def _rounding(shares: Floats) -> float:
    """Half of the last decimal that all shares are rounded to, if they are: two to four decimals."""
    for decimals in (2, 3, 4):
        scaled = shares * 10.0**decimals
        if np.abs(scaled - np.rint(scaled)).max() < 1e-3:  # float32 has seven digits.
            return float(0.5 * 10.0**-decimals)
    return 0.0
