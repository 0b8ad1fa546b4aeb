"""Bars and histograms in rendered pictures: do bars have the heights that are asked for?

Accepts: bars of one score each, standing or lying, at places of equal distance, heights in proportion to the
scores; two histograms laid over each other in one plot, of two colours, on a linear or logarithmic scale,
where nothing of the shorter bars is hidden, or their colours shine through. Refuses histograms in one plot
that are surely known ones: another network's, another class's, other groups. Left undecided: bars of other
scores, histograms side by side, stacked or in two plots, all else. Reads no words: labels may be exchanged,
and bars may stand beside their bins.

Threshold: `OFF`. The edges of bars lie on whole pixels, so that a right picture is off by about 0.3
(`benchmarks/rendered_charts.py`). Judges no points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from autograder.figures.histogram_groups import Asked
from autograder.figures.panels import Floats
from autograder.figures.rendered import charts
from autograder.figures.rendered.charts import Area
from autograder.figures.rendered.segmentation import Pixels

OFF: Final = 0.6
"""Root mean square of what the tops of bars are off, at most; `FARTHEST` for a single one."""

FARTHEST: Final = 1.6
LEAD: Final = 2.0
"""Anything else has to be off by so many times as much, and by more than `OFF`."""

_BINS: Final = 10
_FEWEST: Final = 6
_SOLID: Final = 0.6
_LOW: Final = 2.5
_PLACED: Final = 0.06

Groups = tuple[Floats, Floats]
Scale = Literal["linear", "logarithmic"]


@dataclass(frozen=True)
class Heights:
    """What the bars of some pictures show.

    Attributes:
        right: they are those that are asked for.
        scale: of their heights.
        off: pixels, root mean square; None where nothing fits.
        mistake: what they surely show instead; "" where that is not known.
    """

    right: bool
    scale: Scale = "linear"
    off: float | None = None
    mistake: str = ""

    @property
    def far(self) -> float:
        """`off`, or infinity."""
        return np.inf if self.off is None else self.off


def histogram(pictures: Sequence[Pixels], asked: Asked) -> Heights:
    """Say whether pictures show two groups' histograms.

    Args:
        pictures: of a question, (h, w, 3) uint8.
        asked: what has to be shown.
    """
    bins = asked.bins or _BINS
    wanted = _counts(asked.column, asked.inside, bins)
    plots = list(charts.plots(pictures))
    found = [_told(area, wanted, asked, bins) for area in plots]
    right = next((one for one in found if one.right), None)
    if right is not None:
        return right
    return found[0] if len(found) == 1 else Heights(False)


def _told(area: Area, wanted: Groups, asked: Asked, bins: int) -> Heights:
    """What one plot shows."""
    steps = _steps(area, bins)
    if steps is None:
        return Heights(False)
    own = _laid(steps, wanted)
    others = {
        (mistake, rank): laid
        for rank, (mistake, counts) in enumerate(_rivals(asked, bins))
        if not _same(counts, wanted) and (laid := _laid(steps, counts)) is not None
    }
    nearest = min(others, key=lambda key: others[key].far, default=None)
    if own is not None and own.right:
        lead = np.inf if nearest is None else others[nearest].far
        return own if lead > max(OFF, LEAD * own.far) else Heights(False)
    if nearest is None or not others[nearest].right:
        return Heights(False)
    if own is not None and own.far <= max(OFF, LEAD * others[nearest].far):
        return Heights(False)
    return Heights(False, off=others[nearest].off, mistake=nearest[0])


@dataclass(frozen=True, eq=False)
class Standing:
    """Bars with the heights of some scores.

    Attributes:
        area: their plot.
        lying: they are `barh`'s; the rest is of the plot turned by 90° then.
        backwards: the last score's bar is the first.
        middles: columns of the bars, from the left of the plot, one for each score, (C,).
        gain: how many pixels a score of 1 is high.
        foot: rows from the top of the plot to where bars begin.
    """

    area: Area
    lying: bool
    backwards: bool
    middles: Floats
    gain: float
    foot: float


def bars(pictures: Sequence[Pixels], expected: Floats) -> Standing | None:
    """Bars with heights in proportion to some scores, in their order or backwards; None without such.

    Args:
        pictures: of a question, (h, w, 3) uint8.
        expected: scores, (C,).
    """
    scores = np.asarray(expected, np.float64)
    for area in charts.plots(pictures):
        solid = np.any([mark.cover > _SOLID for mark in area.marks], axis=0)
        for lying in (False, True):
            mask = np.rot90(solid, axes=(0, 1)) if lying else solid
            for backwards in (False, True):
                found = _standing(mask, scores[::-1] if backwards else scores)
                if found is not None:
                    return Standing(area, lying, backwards, *found)
    return None


# ---------------------------------------------------------------- histograms


@dataclass(frozen=True, eq=False)
class _Steps:
    """The tops of two bars in each bin, and the colour of the taller one.

    Attributes:
        upper, lower: rows above the baseline, (B,); NaN where there is none.
        colour: number of the taller one's colour, (B,); -1 where there is none.
    """

    upper: Floats
    lower: Floats
    colour: NDArray[np.int64]


def _counts(values: Floats, inside: NDArray[np.bool_], bins: int) -> Groups:
    edges = np.linspace(0, 1, bins + 1)
    parts = (values[inside], values[~inside])
    own, rest = (np.histogram(np.clip(part, 0, 1), edges)[0].astype(np.float64) for part in parts)
    return own, rest


def _same(one: Groups, other: Groups) -> bool:
    """Whether groups look the same; which of them is which, colours do not tell."""
    return all(np.array_equal(choose(*one), choose(*other)) for choose in (np.minimum, np.maximum))


def _rivals(asked: Asked, bins: int) -> Iterator[tuple[str, Groups]]:
    """Groups that may be drawn by mistake, and its name."""
    scores, labels, chosen = asked.probabilities, np.asarray(asked.labels), asked.chosen
    guesses, column, inside = scores.argmax(axis=1), asked.column, asked.inside
    own, rest = _counts(column, inside, bins)
    yield "predicted_class", _counts(column, guesses == chosen, bins)
    yield "correctness", _counts(column, guesses == labels, bins)
    yield "top_probability", _counts(scores.max(axis=1), inside, bins)
    yield "complement", _counts(1 - column, inside, bins)
    yield "not_split", (own, own + rest)
    for other in range(scores.shape[1]):
        if other != chosen:
            yield "wrong_class", _counts(scores[:, other], labels == other, bins)
            yield "wrong_class", _counts(scores[:, other], inside, bins)
            yield "wrong_class", _counts(column, labels == other, bins)
    for _, theirs in asked.networks():
        yield "other_checkpoint", _counts(theirs[:, chosen], inside, bins)


def _steps(area: Area, bins: int) -> _Steps | None:
    """The tops of bars in bins that fill the whole width of what is coloured."""
    covers = np.stack([np.where(area.worded, 0, mark.cover) for mark in area.marks])
    solid = covers.max(axis=0) > _SOLID
    which = np.where(solid, covers.argmax(axis=0), -1)
    columns = np.flatnonzero(solid.sum(axis=0) > 1)
    if len(columns) < 4 * bins:
        return None
    left, right, height = float(columns[0]), float(columns[-1] + 1), solid.shape[0]
    upper, lower = np.full(bins, np.nan), np.full(bins, np.nan)
    colour = np.full(bins, -1, np.int64)
    width = (right - left) / bins
    for place in range(bins):
        column = which[:, int(left + (place + 0.5) * width)]
        drawn = np.flatnonzero(column >= 0)
        if not len(drawn):
            continue
        top = int(drawn[0])
        colour[place] = column[top]
        upper[place] = height - top
        changed = drawn[column[drawn] != column[top]]
        if len(changed):
            lower[place] = height - int(changed[0])
    return _Steps(upper, lower, colour)


def _laid(steps: _Steps, groups: Groups) -> Heights | None:
    """Two groups laid against the tops of bars; None when the bars cannot be theirs."""
    own, rest = groups
    tall, short = np.maximum(own, rest), np.minimum(own, rest)
    if not np.array_equal(tall > 0, np.isfinite(steps.upper)) or not np.array_equal(
        (short > 0) & (own != rest), np.isfinite(steps.lower)
    ):
        return None
    colours = [set(steps.colour[part].tolist()) for part in (own > rest, rest > own)]
    if not all(len(one) == 1 for one in colours) or colours[0] == colours[1]:
        return None
    seen = np.isfinite(steps.lower)
    rows = np.concatenate([steps.upper[tall > 0], steps.lower[seen]])
    counts = np.concatenate([tall[tall > 0], short[seen]])
    if len(rows) < _FEWEST or len(np.unique(counts)) < 3:
        return None
    ways: list[tuple[Scale, Floats]] = [("linear", counts), ("logarithmic", np.log10(counts))]
    fits: list[Heights] = []
    for scale, numbers in ways:
        gain, offset = np.polyfit(numbers, rows, 1)
        off = rows - gain * numbers - offset
        rms, farthest = float(np.sqrt((off**2).mean())), float(np.abs(off).max())
        if gain > 0 and (scale == "logarithmic" or abs(offset) < _LOW):
            fits.append(Heights(rms <= OFF and farthest <= FARTHEST, scale, rms))
    return min(fits, key=lambda one: one.far, default=None)


# ---------------------------------------------------------------- bars


def _standing(solid: NDArray[np.bool_], scores: Floats) -> tuple[Floats, float, float] | None:
    """Middles, gain and foot of bars with heights in proportion to scores, at places of equal distance."""
    labels, count = ndimage.label(solid.sum(axis=0) > 1)
    spans = [one[0] for one in ndimage.find_objects(labels)]
    if not 2 <= count <= len(scores):
        return None
    middle = np.array([(span.start + span.stop) / 2 for span in spans])
    heights = np.array([float(np.median(solid[:, span].sum(axis=0))) for span in spans])
    feet = [int(np.flatnonzero(solid[:, span].any(axis=1))[-1]) for span in spans]
    # Bars of nearly no height are not seen.
    seen = np.sort(np.argsort(-scores, kind="stable")[:count])
    # The frame may hide a pixel or two of every foot.
    hidden = min((0.0, 1.0, 2.0), key=lambda rows: _unequal(heights + rows, scores[seen]))
    gain = _gain(heights + hidden, scores[seen])
    if np.ptp(feet) > 1 or _unequal(heights + hidden, scores[seen]) > FARTHEST:
        return None
    if (gain * np.delete(scores, seen)).max(initial=0) > _LOW:
        return None
    distance, first = np.polyfit(seen, middle, 1)
    wide = max(span.stop - span.start for span in spans)
    if np.abs(middle - distance * seen - first).max() > _PLACED * distance + 1 or wide > 1.05 * distance:
        return None
    # Classes whose bars are not seen have their places, too: as much is left on either side.
    before, after = first, solid.shape[1] - (first + distance * (len(scores) - 1))
    if min(before, after) <= 0.4 * distance or abs(before - after) >= 0.6 * distance:
        return None
    return first + distance * np.arange(len(scores)), gain, max(feet) + 1 + hidden


def _gain(heights: Floats, scores: Floats) -> float:
    """Pixels per score."""
    return float(heights @ scores / max(float(scores @ scores), 1e-12))


def _unequal(heights: Floats, scores: Floats) -> float:
    """The farthest that heights are from being in proportion to scores, in pixels."""
    return float(np.abs(heights - _gain(heights, scores) * scores).max())
