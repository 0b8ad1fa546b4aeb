"""The histograms of a figure, and whether one is that of a sample of numbers.

Reads `hist` calls, stairs and bars of counts. Knows no network and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Axes, Bars, Figure, Histogram
from autograder.figures.outcome import Rivals, nobody
from autograder.figures.panels import Floats

EXACT: Final = 1e-3
EDGE: Final = 1e-4
MOST_GROUPS: Final = 200
"""Histograms that are looked at; more is no figure for people."""
_MOST_BESIDE: Final = 12
"""Bars that may stand side by side in a histogram; more is no figure for people, either."""

SHIFTED: Final = "half a bin off"
"""How bars are read that begin where the bins are centred."""

_MOST_WHOLE: Final = 1.5
"""Edges beyond it are those of per cent."""

_BESIDE: Final = 3
"""Groups of bars side by side of which each may stand at the middle of its bins."""

_LOGARITHMS: Final = (np.log10, np.log)


@dataclass(frozen=True, eq=False)
class Group:
    """One histogram.

    Attributes:
        values: (N,) sorted, or empty when only counts are known.
        edges, counts: (B + 1,) and (B,).
        color: "#rrggbb" or "".
        said: its label; in an Axes that has only one, also the Axes' title.
        axes: number of its Axes over all figures.
        log: its counts are drawn on a logarithmic scale.
        readings: of bars, other edges that may be meant, and how they are read: "" or `SHIFTED`.
    """

    values: Floats
    edges: Floats
    counts: Floats
    color: str
    said: str
    axes: int
    log: bool
    readings: tuple[tuple[str, Floats], ...] = ()


@dataclass(frozen=True, eq=False)
class Asked:
    """What the histograms have to show.

    Attributes:
        probabilities: of the network for all images, (N, C).
        labels: true classes, (N,) int.
        chosen: the class.
        names: of the classes.
        bins: how many; None for any number.
        log: the counts have to be on a logarithmic scale.
        networks: other networks and what they predict for the images, (N, C).
    """

    probabilities: Floats
    labels: NDArray[Any]
    chosen: int
    names: Sequence[str]
    bins: int | None
    log: bool
    networks: Rivals[Floats] = nobody

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which images are of the class, (N,)."""
        return np.asarray(self.labels == self.chosen)

    @property
    def column(self) -> Floats:
        """The probability of the class for every image, (N,)."""
        return self.probabilities[:, self.chosen]


def groups(figures: Sequence[Figure]) -> Iterator[Group]:
    """The histograms of figures, bars of counts included, in order of drawing."""
    number = count = 0
    for figure in figures:
        for axes in figure.axes:
            number += 1
            for group in () if axes.decoration else _groups_of(axes, number):
                if count == MOST_GROUPS:
                    return
                count += 1
                yield group


def shows(group: Group, sample: Floats) -> bool:
    """Whether a histogram is that of a sample (N,); see `autograder.figures.histograms`."""
    return how(group, sample) == ""


def how(group: Group, sample: Floats) -> str | None:
    """How a histogram has to be read to be that of a sample: "", `SHIFTED`, or None when it is not."""
    if len(group.values):
        return "" if distance(group, sample) <= EXACT else None
    wide = np.asarray(sample, np.float64)
    for name, edges in (("", group.edges), *group.readings):
        if any(_counts(edges, group.counts, form) for form in (wide, 100 * wide)):
            return name
    return None


def distance(group: Group, sample: Floats) -> float:
    """The farthest that any of the values is off, in order of size and rounding aside, 0…1.

    Infinity where there are more or fewer of them, or only counts are known.
    """
    if group.values.shape != sample.shape or not len(sample):
        return np.inf
    ordered = np.sort(sample)
    return min(_gap(group.values, form) for form in (ordered, 100 * ordered))


def _gap(drawn: Floats, expected: Floats) -> float:
    """The largest difference, less what rounding to two or three decimals leaves."""
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    gap = float(np.abs(drawn - expected).max(initial=0)) / scale
    for decimals in (2, 3) if gap > EXACT else ():
        scaled = drawn * 10.0**decimals
        if np.abs(scaled - np.rint(scaled)).max(initial=0) < 1e-3:  # float32 has seven digits.
            return max(0.0, gap - 0.5 * 10.0**-decimals / scale)
    return gap


def covers(group: Group, sample: Floats) -> bool:
    """Whether the bins of a histogram that shows a sample hold all of it."""
    for _, edges in (("", group.edges), *group.readings):
        wide = np.asarray(sample, np.float64) * (100 if edges[-1] > _MOST_WHOLE else 1)
        slack = EDGE * float(edges[-1] - edges[0])
        if wide.min() >= edges[0] - slack and wide.max() <= edges[-1] + slack:
            return True
    return False


def is_cumulative(group: Group) -> bool:
    """Whether the heights are sums over all bins so far, from either side."""
    whole = np.histogram(group.values, group.edges)[0].astype(np.float64)
    if not len(group.values) or not whole.sum() or np.count_nonzero(whole) < 2:
        return False
    sums = (np.cumsum(whole), np.cumsum(whole[::-1])[::-1])
    top = max(float(np.abs(group.counts).max()), 1e-12)
    return any(bool(np.allclose(group.counts / top, one / one.max(), atol=1e-6)) for one in sums)


def is_logarithmic(group: Group, sample: Floats) -> bool:
    """Whether the heights are logarithms of a sample's counts, or of one more."""
    for _, edges in (("", group.edges), *group.readings):
        counts = np.histogram(np.asarray(sample, np.float64), edges)[0]
        forms = [log(np.maximum(counts, 1)) for log in _LOGARITHMS]
        forms += [log(counts + 1.0) for log in _LOGARITHMS]
        if counts.sum() and any(np.abs(group.counts - form).max() < 1e-3 for form in forms):
            return True
    return False


def _counts(edges: Floats, drawn: Floats, sample: Floats) -> bool:
    """Whether counts, densities or shares are those of a sample in the same bins."""
    low, high = float(edges[0]), float(edges[-1])
    slack = EDGE * (high - low)
    inside = np.clip(sample[(sample >= low - slack) & (sample <= high + slack)], low, high)
    widths = np.diff(edges)
    if abs(float((drawn * widths).sum()) - 1) < EXACT:
        drawn = drawn * widths * len(sample)
    elif abs(float(drawn.sum()) - 1) < EXACT:
        drawn = drawn * len(sample)
    elif abs(float(drawn.sum()) - 100) < EXACT and len(sample) != 100:
        drawn = drawn * len(sample) / 100
    if not abs(float(drawn.sum()) - len(inside)) < 0.5 or not len(inside):
        return False
    inner = edges[1:-1]
    nearest = np.searchsorted(inner, inside)[:, None] + np.array([-1, 0])
    gaps = np.abs(inner[np.clip(nearest, 0, len(inner) - 1)] - inside[:, None]) if len(inner) else nearest + 1
    undecided = int((gaps.min(axis=1) <= slack).sum())
    return bool(np.abs(drawn - np.histogram(inside, edges)[0]).sum() <= 2 * undecided + 0.5)


def _groups_of(axes: Axes, number: int) -> Iterator[Group]:
    log = any(axis.scale in ("log", "symlog") for axis in (axes.x, axes.y))
    bars = [bars for bars in axes.bars if len(bars.positions) > 1 and np.isfinite(bars.positions).all()]
    drawn: list[Histogram | Bars] = [*axes.histograms, *bars]
    for one in drawn:
        said = one.label or (axes.title if len(drawn) == 1 else "")
        if isinstance(one, Histogram):
            values = np.sort(one.values[np.isfinite(one.values)])
            yield Group(values, one.edges, one.counts, one.color, said, number, log)
            continue
        order = np.argsort(one.positions)
        centres, heights = one.positions[order], one.lengths[order]
        if (np.diff(centres) > 0).all():
            color = one.colors[0] if one.colors else ""
            readings = tuple(_readings(centres, [np.sort(other.positions) for other in bars[:_MOST_BESIDE]]))
            yield Group(np.zeros(0), _around(centres), heights, color, said, number, log, readings)


def _readings(centres: Floats, beside: Sequence[Floats]) -> Iterator[tuple[str, Floats]]:
    """Edges that bars at some centres may stand for, other than those halfway between them."""
    count, step = len(centres), float(np.diff(centres).mean())
    alike = [other for other in beside if len(other) == count and abs(other - centres).max() < step]
    # Of bars side by side, any may stand at the middle of its bin, or all together.
    bases = [centres, np.mean(alike, axis=0), *alike[:_BESIDE]] if len(alike) > 1 else [centres]
    yield from (("", _around(base)) for base in bases[1:])
    for base in bases:
        if np.allclose(base, np.arange(count)) or np.allclose(base, np.arange(1, count + 1)):
            yield "", np.linspace(0, 1, count + 1)  # Numbered, or named by their bins.
    yield from ((SHIFTED, np.append(base, base[-1] + step)) for base in bases)


def _around(centres: Floats) -> Floats:
    """Edges halfway between centres."""
    half_widths = np.diff(centres) / 2
    inner = centres[:-1] + half_widths
    return np.concatenate([[centres[0] - half_widths[0]], inner, [centres[-1] + half_widths[-1]]])
