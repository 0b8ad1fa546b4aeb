"""Histograms of one class's probability: images of the class against all others.

Accepts: `hist` calls, one for both groups or two, in one Axes or two, upright or lying; bars or stairs of
counts; counts, densities, per cent; any bins unless their number is asked for; a linear or a logarithmic
scale unless that is asked for; any colours. The two groups have to differ in colour or label, or be in
different Axes.
Refuses: groups by another rule than the true class, probabilities of another class or network, groups whose
labels are exchanged.

Threshold: sorted, the values have to agree within `EXACT`, as those of one network do to 1e-5 anywhere. Where
only counts were given, they are recomputed with the same edges, and may differ by the images that lie nearer
to an inner edge than `EDGE` of the range. Judges no points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Axes, Bars, Figure, Histogram
from autograder.figures import outcome, words
from autograder.figures.outcome import Outcome, Rivals, half, nobody, wrong
from autograder.figures.panels import Floats

EXACT: Final = 1e-3
EDGE: Final = 1e-4
MOST_GROUPS: Final = 200
"""Histograms that are looked at; more is no figure for people."""

_EXPLAINED: Final = 12


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
    """

    values: Floats
    edges: Floats
    counts: Floats
    color: str
    said: str
    axes: int
    log: bool


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


def judge(figures: Sequence[Figure], asked: Asked) -> Outcome:
    """Say whether the two groups are drawn."""
    with np.errstate(all="ignore"):  # Histograms hold whatever a student plotted.
        return _judged(figures, asked)


def _judged(figures: Sequence[Figure], asked: Asked) -> Outcome:
    found = list(groups(figures))
    inside = asked.labels == asked.chosen
    column = asked.probabilities[:, asked.chosen]
    own = [group for group in found if shows(group, column[inside])]
    rest = [group for group in found if shows(group, column[~inside])]
    if own and rest:
        # Two groups of one Axes are what was meant, if there are such; others may stand beside them.
        pairs = [(one, other) for one in own for other in rest]
        return outcome.best(_drawn(one, other, asked) for one, other in pairs[:MOST_GROUPS])
    mistake, message = _mistaken(found, bool(own), bool(rest), asked)
    return wrong(mistake, message, details={"histograms": len(found)})


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
    """Whether a histogram is that of a sample (N,); see the module's threshold."""
    if len(group.values):
        if group.values.shape != sample.shape:
            return False
        ordered = np.sort(sample)
        return any(_near(group.values, form) for form in (ordered, 100 * ordered))
    wide = np.asarray(sample, np.float64)
    return any(_counts(group, form) for form in (wide, 100 * wide))


def _counts(group: Group, sample: Floats) -> bool:
    """Whether counts, densities or shares are those of a sample in the same bins."""
    low, high = float(group.edges[0]), float(group.edges[-1])
    slack = EDGE * (high - low)
    inside = np.clip(sample[(sample >= low - slack) & (sample <= high + slack)], low, high)
    widths, drawn = np.diff(group.edges), group.counts
    if abs(float((drawn * widths).sum()) - 1) < EXACT:
        drawn = drawn * widths * len(sample)
    elif abs(float(drawn.sum()) - 1) < EXACT:
        drawn = drawn * len(sample)
    elif abs(float(drawn.sum()) - 100) < EXACT and len(sample) != 100:
        drawn = drawn * len(sample) / 100
    if not abs(float(drawn.sum()) - len(inside)) < 0.5:
        return False
    inner = group.edges[1:-1]
    nearest = np.searchsorted(inner, inside)[:, None] + np.array([-1, 0])
    gaps = np.abs(inner[np.clip(nearest, 0, len(inner) - 1)] - inside[:, None]) if len(inner) else nearest + 1
    undecided = int((gaps.min(axis=1) <= slack).sum()) if len(inside) else 0
    return bool(np.abs(drawn - np.histogram(inside, group.edges)[0]).sum() <= 2 * undecided + 0.5)


def _near(drawn: Floats, expected: Floats) -> bool:
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    return bool(np.abs(drawn - expected).max(initial=0) <= EXACT * scale)


def _groups_of(axes: Axes, number: int) -> Iterator[Group]:
    log = any(axis.scale in ("log", "symlog") for axis in (axes.x, axes.y))
    drawn: list[Histogram | Bars] = [*axes.histograms]
    drawn += [bars for bars in axes.bars if len(bars.positions) > 1 and np.isfinite(bars.positions).all()]
    for one in drawn:
        said = one.label or (axes.title if len(drawn) == 1 else "")
        if isinstance(one, Histogram):
            values = np.sort(one.values[np.isfinite(one.values)])
            yield Group(values, one.edges, one.counts, one.color, said, number, log)
            continue
        order = np.argsort(one.positions)
        centres, heights = one.positions[order], one.lengths[order]
        half_widths = np.diff(centres) / 2
        inner = centres[:-1] + half_widths
        edges = np.concatenate([[centres[0] - half_widths[0]], inner, [centres[-1] + half_widths[-1]]])
        if (np.diff(edges) > 0).all():
            color = one.colors[0] if one.colors else ""
            yield Group(np.zeros(0), edges, heights, color, said, number, log)


def _drawn(own: Group, rest: Group, asked: Asked) -> Outcome:
    """Both groups are there: told apart, labelled rightly, with the bins and the scale asked for?"""
    name = asked.names[asked.chosen]
    seen = "Both groups are drawn with the right values"
    said = [words.group(one.said, asked.chosen, asked.names) for one in (own, rest)]
    details = {"bins": [len(one.counts) for one in (own, rest)], "log": own.log and rest.log}
    if (said[0] == "others" or said[1] == "class") and said[0] != "class" and said[1] != "others":
        message = (
            f"The groups are exchanged: what is labelled as class {name} holds the images of the other "
            "classes. Look at the condition that selects them, or at the order of the labels."
        )
        return wrong("swapped_groups", message, details=details)
    apart = own.axes != rest.axes or own.color != rest.color or own.said != rest.said
    if not apart:
        message = f"{seen}, but nothing tells them apart. Give them different colours and labels."
        return half("not_told_apart", message, details=details)
    bins = {len(one.counts) for one in (own, rest)}
    if asked.bins is not None and bins != {asked.bins}:
        listed = " and ".join(map(str, sorted(bins)))
        message = f"{seen}, but with {listed} bins; {asked.bins} are asked for."
        return half("other_bins", message, details=details)
    if asked.log and not (own.log and rest.log):
        message = f"{seen}, but the counts are on a linear scale. Draw them with log=True."
        return half("no_log", message, details=details)
    message = (
        f"The histograms show the probability of class {name}, for images of that class and for all others."
    )
    return Outcome(1.0, message, details=details)


def _mistaken(found: Sequence[Group], own: bool, rest: bool, asked: Asked) -> tuple[str, str]:
    """What the histograms show that is not asked for: the mistake and the words."""
    name = asked.names[asked.chosen]
    if own or rest:
        seen, absent = (
            ("of that class", "all others") if own else ("of all other classes", "those of the class")
        )
        message = f"Only the images {seen} are drawn for class {name}, {absent} are not. Draw both groups."
        also = _recognised(found, asked)
        return ("missing_group", message) if also is None or also[0] == "not_split" else also
    return _recognised(found, asked) or (
        "other_values",
        f"The histograms do not show the probability of class {name} on the images of the data. Select the "
        "column of the class from the predictions, and the images by their true class.",
    )


def _recognised(found: Sequence[Group], asked: Asked) -> tuple[str, str] | None:
    for mistake, message, samples in _candidates(asked):
        if any(shows(group, sample) for group in found[:_EXPLAINED] for sample in samples if len(sample)):
            return mistake, message
    return None


def _candidates(asked: Asked) -> Iterator[tuple[str, str, list[Floats]]]:
    """What may be drawn by mistake: the mistake, the words, and the samples that show it."""
    scores, labels, chosen = asked.probabilities, asked.labels, asked.chosen
    name, predicted = asked.names[chosen], scores.argmax(axis=1)
    inside, column = labels == chosen, scores[:, chosen]
    yield (
        "not_split",
        f"All images are in one histogram. Draw those of class {name} and the others as two groups.",
        [column],
    )
    if not np.array_equal(inside, predicted == chosen):
        yield (
            "predicted_class",
            "The images are grouped by their predicted class. Group them by their true class.",
            _split(column, predicted == chosen),
        )
    yield (
        "top_probability",
        "The histograms show the probability of the predicted class, whichever it is. Take the column of "
        f"class {name}.",
        [scores.max(axis=1), *_split(scores.max(axis=1), inside)],
    )
    for other in range(scores.shape[1]):
        if other == chosen:
            continue
        yield (
            "wrong_class",
            f"The histograms show the probability of class {asked.names[other]}. Class {name} is asked for.",
            [scores[:, other], *_split(scores[:, other], labels == other), *_split(scores[:, other], inside)],
        )
        yield (
            "wrong_class",
            f"The images are grouped by class {asked.names[other]}. Group them by class {name}.",
            _split(column, labels == other),
        )
    yield (
        "complement",
        f"The histograms show one minus the probability of class {name}. Plot the probability itself.",
        _split(1 - column, inside),
    )
    yield (
        "log_probabilities",
        "The histograms show logarithms of the probabilities. Plot the probabilities; scale the counts.",
        [form for log in (np.log, np.log10) for form in _split(log(column), inside)],
    )
    yield (
        "classes_drawn",
        f"The histograms show class numbers. Plot the probability of class {name}.",
        [one.astype(np.float64) for one in (labels, predicted, *_split(predicted, inside))],
    )
    for title, theirs in asked.networks():
        yield (
            "other_checkpoint",
            f"The histograms show what `{title}` predicts. Use the network that is asked for.",
            _split(theirs[:, chosen], inside),
        )


def _split(values: Floats, inside: NDArray[np.bool_]) -> list[Floats]:
    return [values[inside], values[~inside]]
