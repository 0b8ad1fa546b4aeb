"""Bars of class scores: do they show the probabilities that a network gives to one image?

Accepts: `bar` or `barh`, one call or one a bar, any order and any subset of ticks as long as what the ticks
say fits, per cent, scores rounded to two decimals or more, any colours, other Axes beside it.
Refuses: scores of another image or network, logits, logarithms, labels that stand at other bars, and bars of
0 and 1 only, which are a label or a rounded score; where the network is so sure that its scores look like
that anyway, a person decides.

Threshold: a score may be off by `EXACT`, or by half of the last decimal that all scores are rounded to. The
same network gives the same scores to 1e-5 on other machines; 1e-3 is less than a pixel of a bar 500 long.
Invariances: order, direction, colour, a factor of 100. Judges no points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from autograder.evidence import Axes, Bars, Figure
from autograder.figures import outcome, words
from autograder.figures.outcome import Outcome, Rivals, half, nobody, undecided, wrong
from autograder.figures.panels import Floats

EXACT: Final = 1e-3
MOST_BARS: Final = 1000
MOST_CHARTS: Final = 100
"""Bars of one Axes, and charts, that are looked at; more is no figure for people."""

_TICK: Final = 0.3
_SURELY_NAMED: Final = 3
_ABOUT_ZERO: Final = 1e-30


@dataclass(frozen=True, eq=False)
class Chart:
    """The bars of one Axes, by place.

    Attributes:
        values: lengths, in order of their places along the axis, (N,).
        colors: of each, "#rrggbb" or "".
        named: for each, the class that its tick names, or None.
    """

    values: Floats
    colors: tuple[str, ...]
    named: tuple[int | None, ...]


@dataclass(frozen=True, eq=False)
class Scores:
    """What the bars have to show, and what they may show by mistake.

    Attributes:
        expected: probabilities of the image, (C,).
        title: the image in words.
        names: of the classes.
        label: the image's true class, None if it is not known.
        others: probabilities of all images of the data, (N, C).
        highlight: the true class's bar has to have a colour of its own.
        unsure: the image has to be one that the network gives no larger probability than this.
        networks: other networks and the probabilities that they give to the image, (C,).
    """

    expected: Floats
    title: str
    names: Sequence[str]
    label: int | None
    others: Floats
    highlight: bool = False
    unsure: float | None = None
    networks: Rivals[Floats] = nobody


def judge(figures: Sequence[Figure], scores: Scores) -> Outcome:
    """Say whether the bars of any Axes show the scores."""
    with np.errstate(all="ignore"):  # Bars hold whatever a student plotted.
        return _best(figures, scores)


def _best(figures: Sequence[Figure], scores: Scores) -> Outcome:
    found = [chart for figure in figures for axes in figure.axes for chart in charts(axes, scores.names)]
    count = len(scores.names)
    fitting = [chart for chart in found if len(chart.values) == count]
    if not fitting:
        seen = ", ".join(str(number) for number in sorted({len(chart.values) for chart in found})[:4]) or "No"
        message = f"{seen} bars are drawn in an axes; {count} are expected, one for each class."
        return wrong("wrong_number", message)
    return outcome.best(_judged(chart, scores) for chart in fitting[:MOST_CHARTS])


def charts(axes: Axes, names: Sequence[str]) -> Iterator[Chart]:
    """The ways to read the bars of an Axes: each call by itself, and all calls together.

    A later bar at the place of an earlier one hides it: that is how single bars are painted over.
    """
    if axes.decoration:
        return
    for horizontal in (False, True):
        calls = [bars for bars in axes.bars if bars.horizontal is horizontal and len(bars.positions)]
        whole = [bars for bars in calls if len(bars.positions) == len(names)]
        for bars in whole[:MOST_BARS]:
            yield _chart(axes, [bars], names)
        if len(calls) > 1 and sum(len(bars.positions) for bars in calls) <= MOST_BARS:
            yield _chart(axes, calls, names)
        elif not whole and calls:
            yield _chart(axes, calls[:1], names)


def fits(drawn: Floats, expected: Floats) -> bool:
    """Whether bars have the lengths of scores, as they are or in per cent; see the module's threshold."""
    if not np.isfinite(drawn).all() or not np.isfinite(expected).all():
        return False
    unit = drawn / 100 if np.abs(drawn).max() > 1.5 else drawn
    return bool(np.abs(unit - expected).max() <= max(EXACT, _rounding(unit)) + 1e-9)


def _chart(axes: Axes, calls: Sequence[Bars], names: Sequence[str]) -> Chart:
    at: dict[float, tuple[float, str]] = {}
    for bars in calls:
        colors = bars.colors or ("",) * len(bars.positions)
        for place, length, color in zip(bars.positions, bars.lengths, colors, strict=True):
            at[round(float(place), 6)] = (float(length), color)
    places = sorted(at)
    spacing = float(np.median(np.diff(places))) if len(places) > 1 else 1.0
    axis = axes.y if calls[0].horizontal else axes.x
    named = words.classes_at(axis, places, names, _TICK * spacing)
    lengths = np.array([at[place][0] for place in places])
    return Chart(lengths, tuple(at[place][1] for place in places), tuple(named))


def _judged(chart: Chart, scores: Scores) -> Outcome:
    details: dict[str, Any] = {"bars": len(chart.values)}
    classes = words.completed(chart.named)
    in_order = list(range(len(chart.values)))
    if classes is not None:
        values = np.empty(len(chart.values))
        values[classes] = chart.values
        if fits(values, scores.expected):
            return _drawn(chart, values, classes, scores, details)
    if classes != in_order and fits(chart.values, scores.expected):
        return wrong("shifted_labels", _misplaced(chart, scores.names), details=details)
    mistake, message = _mistaken(chart.values if classes is None else values, scores)
    return wrong(mistake, message, details=details)


def _drawn(
    chart: Chart, values: Floats, classes: Sequence[int], scores: Scores, details: dict[str, Any]
) -> Outcome:
    """The scores are right; are they told from a label, and is the true class marked?"""
    if _zeros_and_a_one(values) and not _zeros_and_a_one(scores.expected):
        message = (
            "The bars are exactly 0 and 1. The network is so sure of this image that its rounded scores "
            "cannot be told from the label. A person will look at them."
        )
        return undecided("one_hot", message, details=details)
    seen = f"The bars show the network's scores for {scores.title}"
    if scores.highlight:
        colors = [""] * len(classes)
        for color, member in zip(chart.colors, classes, strict=True):
            colors[member] = color
        fault = _not_marked(colors, scores)
        if fault is not None:
            return half(fault[0], f"{seen}. {fault[1]}", details=details)
        seen += ", with the true class marked"
    if scores.unsure is not None and scores.expected.max() > scores.unsure:
        message = (
            f"{seen}, but the network is sure of it: its largest score is {scores.expected.max():.2f}. "
            f"Choose an image for which that is at most {scores.unsure:g}."
        )
        return half("not_ambiguous", message, details=details)
    return Outcome(1.0, f"{seen}.", details=details)


def _not_marked(colors: Sequence[str], scores: Scores) -> tuple[str, str] | None:
    """Why the true class does not stand out: the mistake and the words; None if it does.

    One more bar may have a colour of its own, such as that of a wrong prediction.
    """
    unique = [member for member, color in enumerate(colors) if colors.count(color) == 1]
    standing_out = unique if len(unique) <= min(2, len(colors) - 2) else []
    if scores.label in standing_out or (scores.label is None and standing_out):
        return None
    step = "Give the bar of the true class a colour that no other bar has."
    if standing_out == [int(scores.expected.argmax())]:
        message = f"The bar of the predicted class is marked, where the true class was asked for. {step}"
        return "highlight_predicted", message
    if standing_out:
        return "highlight_other", f"Another bar than that of the true class is marked. {step}"
    return "no_highlight", f"No bar stands out by its colour. {step}"


def _misplaced(chart: Chart, names: Sequence[str]) -> str:
    pairs = [(place, named) for place, named in enumerate(chart.named) if named is not None]
    shifts = {named - place for place, named in pairs}
    seen = "The scores are right, but the labels below the bars are not theirs"
    if len(shifts) == 1:
        by = abs(next(iter(shifts)))
        seen = f"The scores are right, but the labels are shifted by {by} against the bars"
    elif [named for _, named in pairs] == sorted((named for _, named in pairs), reverse=True):
        seen = "The scores are right, but the labels run in reverse"
    place, named = next(pair for pair in pairs if pair[0] != pair[1])
    return f"{seen}: the bar of class {names[place]} is labelled {names[named]}. Sort both alike, or neither."


def _mistaken(values: Floats, scores: Scores) -> tuple[str, str]:
    """What bars show that are not the scores: the mistake and the words."""
    if not np.isfinite(values).all():
        return "not_finite", "Some bars are NaN or infinite. Look where the numbers come from."
    for rule in _RULES:
        found = rule(values, scores)
        if found is not None:
            return found
    message = (
        f"The bars are not the network's scores for {scores.title}. Plot the probabilities that the network "
        "predicts for exactly this image."
    )
    return "other_values", message


def _label_or_rounded(values: Floats, scores: Scores) -> tuple[str, str] | None:
    if not _zeros_and_a_one(values):
        return None
    member, top = int(values.argmax()), int(scores.expected.argmax())
    if member == top and member != scores.label:
        message = "The bars are 0 and 1 only: the scores were rounded. Plot the probabilities as they are."
        return "rounded", message
    message = (
        "The bars are 0 and 1 only: they show a one-hot label or rounded scores. Plot the probabilities "
        "that the network predicts."
    )
    return "one_hot", message


def _out_of_order(values: Floats, scores: Scores) -> tuple[str, str] | None:
    if not fits(np.sort(values), np.sort(scores.expected)):
        return None
    for shift in range(1, len(values)):
        if fits(np.roll(values, shift), scores.expected):
            message = (
                "The bars hold the right scores, shifted against the classes. Check where the numbering "
                "begins."
            )
            return "shifted_labels", message
    steps = np.diff(values)
    if (steps >= 0).all() or (steps <= 0).all():
        return "sorted", "The scores are sorted, but their labels are not. Sort the labels in the same way."
    return (
        "unsorted",
        "The bars hold the right scores, but not at their own classes. Sort labels and scores alike.",
    )


def _other_image(values: Floats, scores: Scores) -> tuple[str, str] | None:
    unit = values / 100 if np.abs(values).max() > 1.5 else values
    near = np.flatnonzero(np.abs(scores.others - unit).max(axis=1) <= max(EXACT, _rounding(unit)) + 1e-9)
    if not len(near):
        return None
    which = f"test image {near[0]}" if len(near) <= _SURELY_NAMED else "another image"
    message = f"The bars show the scores of {which}, not of {scores.title}. Check the index."
    return "other_image", message


def _other_network(values: Floats, scores: Scores) -> tuple[str, str] | None:
    for name, theirs in scores.networks():
        if fits(values, theirs):
            return (
                "other_checkpoint",
                f"The bars show what `{name}` predicts. Use the network that is asked for.",
            )
    return None


def _unnormalised(values: Floats, scores: Scores) -> tuple[str, str] | None:
    """Logits and logarithms differ from the logarithm of the probabilities by a constant, and by none."""
    shown = scores.expected > _ABOUT_ZERO
    if shown.sum() < min(3, len(values)):
        return None
    logs = np.log(scores.expected[shown], dtype=np.float64)
    for drawn in (values[shown], -values[shown], values[shown] * np.log(10)):
        offset = drawn - logs
        if np.ptp(offset) <= 1e-2 * max(1.0, float(np.ptp(logs))) and np.ptp(drawn) > 0.01:
            if abs(offset.mean()) <= 2e-2:
                message = (
                    "The bars show logarithms of the probabilities. Plot the probabilities; use a log scale."
                )
                return "log_probabilities", message
            message = "The bars show logits, the scores before the softmax. Plot the probabilities after it."
            return "logits", message
    return None


def _twice(values: Floats, scores: Scores) -> tuple[str, str] | None:
    powers = np.exp(scores.expected - scores.expected.max())
    if not fits(values, powers / powers.sum()):
        return None
    message = (
        "The softmax was applied twice: the network's output already is a probability. Plot it as it is."
    )
    return "softmax_twice", message


def _scaled(values: Floats, scores: Scores) -> tuple[str, str] | None:
    size = float(np.linalg.norm(values) * np.linalg.norm(scores.expected))
    if not 0 < size < np.inf or float(values @ scores.expected) / size < 0.99999:
        return None
    message = (
        "The bars are the probabilities times a factor, so that they do not add up to 1. Plot them as they "
        "are."
    )
    return "scaled", message


_RULES: Final[tuple[Callable[[Floats, Scores], tuple[str, str] | None], ...]] = (
    _label_or_rounded,
    _unnormalised,
    _other_image,
    _other_network,
    _out_of_order,
    _twice,
    _scaled,
)


def _zeros_and_a_one(values: Floats) -> bool:
    return bool(np.isin(values, (0, 1, 100)).all() and np.count_nonzero(values) == 1)


def _rounding(unit: Floats) -> float:
    """Half of the last decimal that all scores are rounded to, if they are: two or three decimals."""
    for decimals in (2, 3):
        if (
            np.abs(unit * 10**decimals - np.rint(unit * 10**decimals)).max() < 1e-3
        ):  # float32 has seven digits.
            return float(0.5 * 10.0**-decimals)
    return 0.0
