"""Pictures for a verdict on a figure of numbers: submitted, expected, difference, with the numbers in words.

Curves, bars, histograms and confusion matrices, from plain data; `autograder.figures.charts` draws them. Runs
nothing and judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.figures import charts
from autograder.figures.charts import Chart, Line, Steps, written
from autograder.figures.panels import Floats
from autograder.result import Picture

Mark = Line | Steps

_NAMED = 8
_EXACT = 1e-3


@dataclass(frozen=True, eq=False)
class Laid:
    """Something that is asked for beside what was drawn in its place.

    Attributes:
        title: what it is: "training loss".
        group: the chart of the expected figure in which it stands: "loss".
        expected: as it should be.
        submitted: what was drawn in its place; None for nothing.
        right: it is what is asked for, as far as can be seen.
    """

    title: str
    group: str
    expected: Mark
    submitted: Mark | None
    right: bool


def marks(
    drawn: Sequence[tuple[str, Sequence[Mark]]], laid: Sequence[Laid], *, log: bool = False
) -> tuple[Picture, ...]:
    """Pictures of curves or histograms.

    Args:
        drawn: by Axes of the submitted figure, its title and what was drawn there.
        laid: what is asked for, beside what was drawn.
        log: counts on a logarithmic scale.
    """
    groups = {one.group: [other for other in laid if other.group == one.group] for one in laid}
    expected = [
        Chart(name, [_renamed(one.expected, one.title) for one in members], log=log)
        for name, members in groups.items()
    ]
    differences = [
        Chart(
            one.title,
            []
            if one.submitted is None
            else [_renamed(one.submitted, "submitted"), _renamed(one.expected, "expected")],
            _gap(one),
            wrong=not one.right,
            log=log,
        )
        for one in laid
    ]
    submitted = [Chart(title, shown, log=log) for title, shown in drawn if shown]
    seen = [f"{mark.label or 'unlabelled'}: {_told(mark)}" for _, shown in drawn for mark in shown]
    wanted = [f"{one.title}: {_told(one.expected)}" for one in laid]
    gaps = [f"{one.title}: {_gap(one)}" for one in laid]
    return (
        Picture("submitted", f"The submitted figure. {_some(seen)}.", charts.sheet(submitted)),
        Picture("expected", f"Expected. {_some(wanted)}.", charts.sheet(expected)),
        Picture(
            "difference",
            f"What was submitted, laid over what was expected. {_some(gaps)}. What is wrong has a cross.",
            charts.sheet(differences),
        ),
    )


def scores(
    submitted: Floats,
    labels: Sequence[str],
    expected: Floats,
    names: Sequence[str],
    label: int | None,
    right: bool,
) -> tuple[Picture, ...]:
    """Pictures of bars of class scores.

    Args:
        submitted: lengths of the bars in class order, as far as their labels tell, (N,).
        labels: what stands at them, (N,).
        expected: the scores, (C,).
        names: of the classes.
        label: the true class; its expected bar is hatched. None if it is not known.
        right: the scores are those that were asked for.
    """
    hatched = [] if label is None else [label]
    truth = "" if label is None else f" The true class, {names[label]}, is hatched."
    pictures = [
        Picture(
            "submitted", f"The submitted bars. {_values(submitted, labels)}.", charts.bars(submitted, labels)
        ),
        Picture(
            "expected",
            f"Expected: the network's scores. {_values(expected, names)}.{truth}",
            charts.bars(expected, names, hatched=hatched),
        ),
    ]
    if len(submitted) == len(expected):
        # In per cent where nothing else makes it a probability.
        percent = np.nanmax(np.abs(submitted), initial=0) > 1.5 and np.nanmin(submitted, initial=0) >= 0
        gaps = (submitted / 100 if percent else submitted) - expected
        wrong = [] if right else np.flatnonzero(~(np.abs(gaps) <= 10 * _EXACT)).tolist()
        told = _values(gaps, names, signed=True)
        alt = f"Submitted minus expected. {told}. {_crossed([names[place] for place in wrong])}"
        pictures.append(
            Picture("difference", alt.strip(), charts.bars(gaps, names, wrong=wrong, signed=True))
        )
    return tuple(pictures)


def matrices(
    submitted: Floats, expected: Floats, names: Sequence[str], *, right: bool
) -> tuple[Picture, ...]:
    """A submitted matrix beside the expected one, and how they differ.

    Args:
        submitted, expected: (C, C), rows are the truth.
        names: of the classes.
        right: it shows the expected one, perhaps divided by something else.
    """
    # Counts beside shares: what differs are the shares of all images.
    alike = _sum(submitted) > 0 and 0.5 < _sum(submitted) / max(_sum(expected), 1e-12) < 2
    gaps = (
        submitted - expected
        if alike
        else submitted / (_sum(submitted) or 1) - expected / (_sum(expected) or 1)
    )
    unit = "" if alike else ", both as shares of all images"
    rounded = np.zeros_like(gaps) if right else np.where(np.abs(gaps) < (0.005 if alike else 5e-5), 0, gaps)
    wrong = rounded != 0
    if not alike:
        rounded = 100 * rounded
        unit += ", in per cent"
    cells = [
        f"{names[row]} taken for {names[column]} {written(rounded[row, column], signed=True)}"
        for row, column in sorted(
            np.argwhere(wrong).tolist(), key=lambda cell: -abs(rounded[cell[0], cell[1]])
        )
    ]
    differ = (
        f"{len(cells)} differing cell{'s' * (len(cells) > 1)}, the largest first: {_some(cells)}"
        if cells
        else ""
    )
    rows = "rows are the true classes, columns the predicted ones"
    return (
        Picture(
            "submitted",
            f"The submitted matrix, {rows}. {_diagonal(submitted)}",
            charts.matrix(submitted, names),
        ),
        Picture(
            "expected",
            f"Expected: the matrix recomputed from the network, {rows}. {_diagonal(expected)}",
            charts.matrix(expected, names),
        ),
        Picture(
            "difference",
            f"Submitted minus expected{unit}. {differ or 'No cell differs'}. Such cells have a frame.",
            charts.matrix(rounded, names, wrong=wrong, signed=True),
        ),
    )


def _renamed(mark: Mark, label: str) -> Mark:
    return Line(mark.x, mark.y, label) if isinstance(mark, Line) else Steps(mark.edges, mark.counts, label)


def _told(mark: Mark) -> str:
    """A line or histogram in numbers."""
    if isinstance(mark, Steps):
        total = _sum(mark.counts)
        low, high = mark.edges[0], mark.edges[-1]
        return f"{len(mark.counts)} bins from {written(low)} to {written(high)}, {written(total)} in all"
    if not len(mark.y):
        return "no values"
    return f"{len(mark.y)} values, the first {written(mark.y[0])}, the last {written(mark.y[-1])}"


def _gap(one: Laid) -> str:
    """How far what was drawn is from what is asked for, in words."""
    if one.submitted is None:
        return "not drawn"
    drawn, wanted = (
        mark.y if isinstance(mark, Line) else mark.counts for mark in (one.submitted, one.expected)
    )
    if drawn.shape != wanted.shape:
        unit = "values" if isinstance(one.expected, Line) else "bins"
        return f"{len(drawn)} {unit}, {len(wanted)} expected"
    with np.errstate(all="ignore"):
        gaps = np.abs(np.asarray(drawn, np.float64) - wanted)
        off = float(np.max(gaps[np.isfinite(gaps)], initial=0))
        span = float(np.ptp(wanted[np.isfinite(wanted)])) if np.isfinite(wanted).any() else 0.0
    return "the same values" if off <= _EXACT * max(span, 1e-12) else f"off by up to {written(off)}"


def _values(values: Floats, names: Sequence[str], *, signed: bool = False) -> str:
    told = [f"{name} {written(value, signed)}" for name, value in zip(names, values.tolist(), strict=False)]
    return _some(told, charts.MOST_BARS)


def _crossed(names: Sequence[str]) -> str:
    return f"Marked as wrong with a cross: {', '.join(names)}." if names else ""


def _some(told: Sequence[str], most: int = _NAMED) -> str:
    return "; ".join(told[:most]) + ("; …" if len(told) > most else "")


def _diagonal(cells: Floats) -> str:
    return f"Its diagonal: {_some([written(one) for one in np.diag(cells)], charts.MOST_CELLS)}."


def _sum(cells: Floats) -> float:
    with np.errstate(all="ignore"):
        return float(np.where(np.isfinite(cells), cells, 0).sum())
