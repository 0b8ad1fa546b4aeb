"""The matrices of a figure, what their labels say, and whether one is a confusion matrix in some form.

Reads images of C×C cells, ticks, axis labels and the words in the cells. Knows no network and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Axes, Image
from autograder.figures import words
from autograder.figures.outcome import Rivals, nobody
from autograder.figures.panels import Floats

Normalised = Literal["any", "rows", "no"]
Counts = NDArray[np.int64]
Form = tuple[Floats, Floats]
"""Shares, and by how many images each was divided, (C, C) both."""

MOVED: Final = 2
"""Cells that may differ by one image each: one image that is counted elsewhere changes two."""

_CELL: Final = 0.3
_PERCENT: Final = 1.5


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


def forms(counts: Counts) -> dict[str, Form]:
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


def shows(cells: Floats, form: Form) -> bool:
    """Whether cells are a matrix in some form; see `autograder.figures.confusion`."""
    beyond = _beyond(cells, form)
    return bool((beyond > 0).sum() <= MOVED and (beyond * form[1]).sum() <= MOVED)


def elsewhere(cells: Floats, form: Form) -> float:
    """How many images are counted in other cells than in some form of the matrix, rounding aside."""
    return float((_beyond(cells, form) * form[1]).sum()) / MOVED


def _beyond(cells: Floats, form: Form) -> Floats:
    """By how much each cell is off, less what rounding leaves."""
    shares, totals = form
    drawn = np.nan_to_num(cells, posinf=-1, neginf=-1)
    counted = bool((totals == 1).all())
    if not counted and np.abs(drawn).max(initial=0) > _PERCENT:
        drawn = drawn / 100
    slack = 1e-6 if counted else _rounding(drawn) + 1e-6
    return np.asarray(np.maximum(np.abs(drawn - shares) - slack, 0))


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
