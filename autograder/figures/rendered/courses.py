"""Curves of a training in rendered pictures: do lines have the courses of a history's series?

Accepts: lines, dashes, dots or markers in colours of their own, in any number of plots, on linear or
logarithmic axes; more lines beside them. Refuses only what is known: another training's series, changed ones
(reversed, summed up, without an epoch, …), one series drawn for another; and only if nothing else is drawn
that might be right, and no series of the history lies nearly as well. Left undecided: lines that are not seen
from the first epoch to the last, unless other marks hide the rest; those that two series fit alike; grey
lines, lines that lie on each other, all else. A picture tells neither what words say of a line nor units, so
that what is accepted here may still be wrongly labelled.

Thresholds: `OFF` and `LEAD` were chosen on some questions of `benchmarks/rendered_charts.py`, which shows the
others apart; when `LEAD` was set last, figures of those had been looked at, too. Judges no points.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from scipy.ndimage import gaussian_filter1d

from autograder.figures import curves
from autograder.figures.curves import Series
from autograder.figures.panels import Floats
from autograder.figures.rendered import charts, tracks
from autograder.figures.rendered.charts import Area
from autograder.figures.rendered.segmentation import Pixels
from autograder.figures.rendered.tracks import LOGARITHM, Fit, Track

OFF: Final = 0.6
"""Pixels that a line may be off its series, root mean square; nor more than 2 % of the series' rows."""

LEAD: Final = (1.0, 0.5)
"""Where two series lie apart, the squares of what the other is off add up to more: by so many times, and by
so many pixels²."""

MOST_TRACKS: Final = 40
MOST_EPOCHS: Final = 1000
"""Lines that are looked at, and epochs of a series that is looked for."""

_RELATIVE: Final = 0.02
_ROWS: Final = 8.0
_FAR: Final = 6.0
_CLEARLY: Final = 3.0
_EXPLAINED: Final = 0.93
_GREY: Final = 60
_SEEN: Final = 0.15

Decision = Literal["right", "wrong", "undecided"]


@dataclass(frozen=True, eq=False)
class Known:
    """A series that may be drawn.

    Attributes:
        values: (n,).
        stands_for: the series of the history that it is, or is mistaken for.
        mistake: of `autograder.figures.mistakes`; "" for the series itself.
        title: of another training.
    """

    values: Floats
    stands_for: str
    mistake: str = ""
    title: str = ""


@dataclass(frozen=True, eq=False)
class Line:
    """A line that was found, and what it shows.

    Attributes:
        area: number of its plot.
        track: its course.
        known: what it shows; None for a line that shows nothing known.
        logarithm: on a logarithmic axis.
        fit: how that lies on it.
    """

    area: int
    track: Track
    known: Known | None = None
    logarithm: bool = False
    fit: Fit | None = None


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen in some pictures.

    Attributes:
        decision: "right" (all series are there), "wrong" (something else surely is), or "undecided".
        shown: series that were found.
        mistake: of a wrong one.
        title: the other training that it shows.
        off: of the series that were found, by how many pixels the worst is missed.
        lines: that were found.
    """

    decision: Decision
    shown: tuple[str, ...] = ()
    mistake: str = ""
    title: str = ""
    off: float | None = None
    lines: Sequence[Line] = field(default=())


def look(
    pictures: Sequence[Pixels], series: Series, required: Sequence[str], rivals: Mapping[str, Series]
) -> Seen:
    """Say whether lines have the courses of some series.

    Args:
        pictures: of a question, (h, w, 3) uint8.
        series: of the history; see `autograder.figures.curves.canonical`.
        required: names of series that have to be drawn.
        rivals: by title, the series of other trainings.
    """
    if any(len(series[name]) > MOST_EPOCHS for name in required):
        return Seen("undecided")
    known = _known(series, required, rivals)
    plots = list(charts.plots(pictures))
    lines: list[Line] = []
    for number, area in enumerate(plots):
        for ways in tracks.tracks(area)[: MOST_TRACKS - len(lines)]:
            lines += _told(number, ways, known)
    found = {line.known.stands_for: line for line in lines if line.known and not line.known.mistake}
    shown = tuple(name for name in required if name in found)
    worst = max((fit.off for name in shown if (fit := found[name].fit) is not None), default=None)
    if len(shown) == len(required) and _on_one_scale([found[name] for name in required]):
        return Seen("right", shown, off=worst, lines=lines)
    mistaken = _mistaken(lines, [name for name in required if name not in found])
    if mistaken is not None and all(_explained(area, rank, lines) for rank, area in enumerate(plots)):
        return Seen("wrong", shown, mistaken.mistake, mistaken.title, worst, lines)
    return Seen("undecided", shown, off=worst, lines=lines)


def _known(series: Series, required: Sequence[str], rivals: Mapping[str, Series]) -> dict[str, Known]:
    """All that may be drawn, by a name of its own; what is the same as a series is left out."""
    own = {name: Known(values, name) for name, values in series.items()}
    others = [
        Known(theirs[name], name, "other_run", title)
        for title, theirs in rivals.items()
        for name in required
        if name in theirs
    ]
    changed = [
        Known(values, name, mistake)
        for name in required
        for mistake, values in _changes(name, np.asarray(series[name], np.float64))
    ]
    apart = [
        one
        for one in (*others, *changed)
        if not any(curves.same(np.asarray(one.values), np.asarray(two.values)) for two in own.values())
    ]
    return own | {f"{rank} {one.mistake}": one for rank, one in enumerate(apart)}


def _changes(name: str, values: Floats) -> Iterator[tuple[str, Floats]]:
    """What is often drawn in place of a series: the mistake, by its usual name, and the numbers."""
    count = len(values)
    if count < 4 or not np.isfinite(values).all():
        return
    yield "epochs_off_by_one", values[1:]
    yield "epochs_off_by_one", values[:-1]
    yield "truncated", values[: count // 2]
    yield "truncated", values[::2]
    yield "reversed", values[::-1]
    yield "sorted_values", np.sort(values)
    yield "sorted_values", np.sort(values)[::-1]
    yield "cumulative", np.cumsum(values)
    yield "cumulative", np.cumsum(values) / np.arange(1, count + 1)
    yield "cumulative", np.minimum.accumulate(values)
    yield "cumulative", np.maximum.accumulate(values)
    yield "differences", np.diff(values)
    yield ("error_rate" if curves.meaning(name).metric == "accuracy" else "negated"), -values
    yield from (("smoothed", np.convolve(values, np.full(w, 1 / w), "valid")) for w in (2, 3, 5) if w < count)
    yield from (("smoothed", gaussian_filter1d(values, sigma)) for sigma in (1, 2))


def _told(number: int, ways: Sequence[Track], known: Mapping[str, Known]) -> list[Line]:
    """The lines of one colour, one or two; of one that shows nothing known, the whole of it."""
    found: list[Line] = []
    for track in ways:
        fits = tracks.fits(track, {name: one.values for name, one in known.items()})
        name = _best(track, fits, known)
        if name:
            one = known[name.removeprefix(LOGARITHM)]
            found.append(Line(number, track, one, name.startswith(LOGARITHM), fits[name]))
            if track is ways[0]:
                break
    return found or [Line(number, ways[0])]


def _best(track: Track, fits: Mapping[str, Fit], known: Mapping[str, Known]) -> str:
    """What a track surely shows, or ""; of several mistakes that look alike, any."""
    ranked = sorted(fits, key=lambda name: fits[name].squares)
    if not ranked:
        return ""
    best = fits[ranked[0]]
    if best.off > min(OFF, _RELATIVE * best.rows) or best.rows < _ROWS:
        return ""
    shown = ranked[0].removeprefix(LOGARITHM)
    values = np.asarray(known[shown].values, np.float64)
    if not tracks.is_whole(track, values if shown == ranked[0] else np.log(values), best):
        return ""
    others = [name for name in ranked[1:] if name.removeprefix(LOGARITHM) != shown]
    if known[shown].mistake:
        # Nothing is called another one that lies nearly as its own would.
        if any(
            fits[name].off <= max(OFF, _CLEARLY * best.off)
            for name in others
            if not known[name.removeprefix(LOGARITHM)].mistake
        ):
            return ""
        others = [name for name in others if not known[name.removeprefix(LOGARITHM)].mistake]
    return ranked[0] if all(_leads(best, fits[name]) for name in others) else ""


def _leads(best: Fit, other: Fit) -> bool:
    times, more = LEAD
    left, others = tracks.squares_apart(best, other)
    return others >= left * (1 + times) + more


def _on_one_scale(lines: Sequence[Line]) -> bool:
    """Whether lines of one plot and one metric lie on one scale, linear or logarithmic."""
    groups: dict[tuple[int, str], list[Line]] = {}
    for line in lines:
        if line.known is not None:
            groups.setdefault((line.area, curves.meaning(line.known.stands_for).metric), []).append(line)
    return all(_aligned(group) for group in groups.values())


def _aligned(group: Sequence[Line]) -> bool:
    if len(group) < 2:
        return True
    parts = [
        (line.track, np.asarray(line.known.values, np.float64), line.fit)
        for line in group
        if line.known and line.fit
    ]
    logged = [(track, np.log(np.maximum(values, 1e-300)), fit) for track, values, fit in parts]
    return min(tracks.together(parts), tracks.together(logged)) <= OFF


def _mistaken(lines: Sequence[Line], missing: Sequence[str]) -> Known | None:
    """The mistake that explains most of the missing series, if all are explained by some."""
    known = [line.known for line in lines if line.known is not None]
    mistaken = [one for one in known if one.mistake and one.stands_for in missing]
    if missing and {one.stands_for for one in mistaken} == set(missing):
        counts = Counter((one.mistake, one.title) for one in mistaken)
        return max(mistaken, key=lambda one: counts[one.mistake, one.title])
    return _repeated([one.stands_for for one in known if not one.mistake], missing)


def _repeated(drawn: Sequence[str], missing: Sequence[str]) -> Known | None:
    """Series that are drawn twice, each in place of a missing one of the same part."""
    twice = [name for name in dict.fromkeys(drawn) if drawn.count(name) == 2]
    if not missing or len(twice) != len(missing):
        return None
    meant, drawn_for = [curves.meaning(name) for name in missing], [curves.meaning(name) for name in twice]
    metrics = {one.metric for one in meant}, {one.metric for one in drawn_for}
    if all(len(found) == 1 for found in metrics) and metrics[0].isdisjoint(metrics[1]):
        mistake = f"{metrics[1].pop()}_for_{metrics[0].pop()}"
        return Known(np.zeros(0), missing[0], mistake)
    return None


def _explained(area: Area, number: int, lines: Sequence[Line]) -> bool:
    """Whether everything in a plot belongs to lines that are known, and these are seen to their ends."""
    mine = [(line.known, line.fit, line.logarithm) for line in lines if line.area == number]
    seen = np.any([mark.cover > _SEEN for mark in area.marks], axis=0)
    rows, columns = np.nonzero(seen)
    near = area.worded[rows, columns]
    for known, fit, logarithm in mine:
        if known is None or fit is None:
            return False
        values = np.asarray(known.values, np.float64)
        near |= np.abs(tracks.across(columns, rows, np.log(values) if logarithm else values, fit)) < _FAR
        near &= (columns > fit.start - _FAR) & (columns < fit.end + _FAR)
    return bool(mine and area.grey.sum() <= _GREY and near.mean() >= _EXPLAINED)
