"""What curves show in place of the series that were asked for, in words a student can act on.

The mistakes that are known: train and validation exchanged, loss for accuracy, one series drawn as two, an
epoch missing or shifted, reversed, cut short, smoothed, error rate for accuracy, logarithm, another
training's curve. Judges no points beyond the share that was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from autograder.figures import curves
from autograder.figures.curves import Curve, Reading, Series
from autograder.figures.outcome import Outcome, half
from autograder.figures.panels import Floats

WORDS: Final = {
    "loss": "the training loss",
    "val_loss": "the validation loss",
    "accuracy": "the training accuracy",
    "val_accuracy": "the validation accuracy",
}

_EXPLAINED: Final = 12
_LONGEST_SMOOTHED: Final = 1000
_NUMBERED_FROM: Final = (-0.5, 1.5)


def judge(reading: Reading, variable: str, rivals: Mapping[str, Series], *, partial: bool = False) -> Outcome:
    """Say whether the curves are those that were asked for, and if not, what they are.

    Args:
        reading: the curves laid against the history.
        variable: the name that holds the history, for messages.
        rivals: by title, the series of other trainings that are known.
        partial: series that are drawn earn their share though others are missing.
    """
    with np.errstate(all="ignore"):  # Lines hold whatever a student plotted.
        return _judged(reading, variable, rivals, partial)


def titled(name: str) -> str:
    """A series in words."""
    return WORDS.get(name, f"the series {name}")


def _judged(reading: Reading, variable: str, rivals: Mapping[str, Series], partial: bool) -> Outcome:
    contradicted = {
        name: what
        for name, number in reading.shown.items()
        if (what := curves.contradictions(reading.said[number], name))
    }
    right = [name for name in reading.shown if name not in contradicted]
    details: dict[str, Any] = {"lines": len(reading.curves), "right": right, "missing": reading.missing}
    if reading.missing or contradicted:
        absent = bool(reading.missing)
        mistake, message = (
            _absent(reading, variable, rivals) if absent else _mislabelled(reading, contradicted)
        )
        share = len(right) / len(reading.required) if partial else 0.0
        return Outcome(share, message, mistake, details=details)
    late = _off_by_one(reading)
    if late:
        return half("epochs_off_by_one", late, details=details)
    alike = curves.told_apart(reading)
    if alike:
        return half("unlabelled", _unlabelled(alike), details=details)
    count = len(reading.required)
    seen = f"All {count} curves are" if count > 1 else "The curve is"
    return Outcome(1.0, f"{seen} those of `{variable}`.", details=details)


def _mislabelled(reading: Reading, found: Mapping[str, list[str]]) -> tuple[str, str]:
    """Lines whose words say that they are something else: in what, by series."""
    kinds = Counter(kind for what in found.values() for kind in what)
    kind = kinds.most_common(1)[0][0]
    names = [name for name, what in found.items() if kind in what]
    listed = " and ".join(titled(name) for name in names[:2])
    if len({getattr(curves.meaning(name), kind) for name in names}) == 1:
        said = reading.said[reading.shown[names[0]]]
        other = getattr(said, kind)
        message = f"The line with the values of {listed} is labelled as {other}. Check the labels."
        return "wrong_label", message
    if kind == "split":
        message = (
            f"Training and validation are exchanged: the labels of {listed} stand at each other's lines. "
            "Give the legend's labels in the order in which the lines are plotted."
        )
        return "swapped_split", message
    message = f"Loss and accuracy are exchanged: the words around {listed} name the other one."
    return "swapped_metrics", message


def _absent(reading: Reading, variable: str, rivals: Mapping[str, Series]) -> tuple[str, str]:
    """Why series are not there: the mistake that explains most lines, and the words for it."""
    listed = _listed([titled(name) for name in reading.missing])
    reasons = [
        reason for name in reading.missing if (reason := _reason(reading, name, variable, rivals)) is not None
    ]
    if reasons:
        mistake, why = Counter(reasons).most_common(1)[0][0]
        return mistake, f"{_capital(why)} {_shown(reading)}Not found: {listed}."
    strangers = [reading.curves[number] for number in reading.unused if not _known(reading, number)]
    epochs = len(reading.series[reading.missing[0]])
    if any(len(one.y) >= max(2, epochs // 2) for one in strangers):
        message = (
            f"Not found: {listed}. {_shown(reading)}Another line is drawn whose values are not those of "
            f"`{variable}`. Plot the numbers of this training: `{variable}` as it is now."
        )
        return "other_values", message
    message = (
        f"{_capital(listed)} {'is' if len(reading.missing) == 1 else 'are'} not drawn. {_shown(reading)}"
    )
    return "missing_series", f"{message}Plot every series of `{variable}` that is asked for."


def _shown(reading: Reading) -> str:
    if not reading.shown:
        return ""
    return f"Right: {_listed([titled(name) for name in reading.shown])}. "


def _known(reading: Reading, number: int) -> bool:
    return any(curves.shows(reading.curves[number], name, values) for name, values in reading.series.items())


def _reason(
    reading: Reading, name: str, variable: str, rivals: Mapping[str, Series]
) -> tuple[str, str] | None:
    """What is drawn where a series should be: the mistake and a sentence, or None."""
    mistaken = _under_its_words(reading, name)
    if mistaken:
        return mistaken
    values = reading.series[name]
    found = [
        (mistake, sentence)
        for number in reading.unused[:_EXPLAINED]
        for mistake, test, sentence in _SLIPS
        if test(reading.curves[number], values)
    ]
    if found:
        return found[0]
    for title, series in rivals.items():
        theirs = series.get(name)
        unused = [reading.curves[number] for number in reading.unused[:_EXPLAINED]]
        if theirs is not None and any(curves.shows(curve, name, theirs) for curve in unused):
            return "other_run", f"A line shows {title}, not `{variable}`."
    return None


def _under_its_words(reading: Reading, name: str) -> tuple[str, str] | None:
    """Another series of the same history that is drawn under the words of this one."""
    meant = curves.meaning(name)
    for number in reading.unused:
        said, curve = reading.said[number], reading.curves[number]
        fits = [other for other, values in reading.series.items() if curves.shows(curve, other, values)]
        claimed = (said.metric or said.split) and not curves.contradictions(said, name)
        wrong_one = [other for other in fits if curves.contradictions(said, other)]
        if not claimed or len(wrong_one) < len(fits) or not wrong_one:
            continue
        is_really = curves.meaning(wrong_one[0])
        sentence = (
            f"the line that is labelled as {titled(name).removeprefix('the ')} shows {titled(wrong_one[0])}."
        )
        if is_really.metric != meant.metric and is_really.metric and meant.metric:
            return f"{is_really.metric}_for_{meant.metric}", sentence
        return f"{is_really.split}_for_{meant.split}", sentence
    return None


def _off_by_one(reading: Reading) -> str:
    """Why the numbers of the epochs are not right, or ""."""
    starts: dict[int, set[float]] = {}
    for number in reading.shown.values():
        curve = reading.curves[number]
        steps = np.diff(curve.x)
        if len(curve.x) > 1 and np.allclose(steps, 1):
            starts.setdefault(curve.axes, set()).add(float(curve.x[0]))
    if any(max(found) - min(found) > 0.75 for found in starts.values()):
        return (
            "The values are right, but lines of the same axes begin at different epochs: one is shifted. "
            "Plot both over the same numbers."
        )
    first = {start for found in starts.values() for start in found}
    low, high = _NUMBERED_FROM
    # Training that was continued begins at a late epoch; only a slip by one is surely one.
    if any(low - 1 <= start < low or high < start <= high + 1 for start in first):
        listed = ", ".join(f"{start:g}" for start in sorted(first))
        return (
            f"The values are right, but the epochs are numbered from {listed}. Count them from 0 or from 1."
        )
    return ""


def _unlabelled(pairs: list[tuple[str, str]]) -> str:
    first, second = pairs[0]
    return (
        f"The values are right, but nothing says which line is {titled(first)} and which is "
        f"{titled(second)}. Give every line a label and call legend(), and name loss and accuracy in a "
        "title or beside the axis."
    )


# ---------------------------------------------------------------- slips: a curve against one series


def _cut_by_one(curve: Curve, values: Floats) -> bool:
    shorter = len(values) - 1
    return len(curve.y) == shorter > 0 and any(_same(curve.y, part) for part in (values[1:], values[:-1]))


def _part_of(curve: Curve, values: Floats) -> bool:
    count = len(curve.y)
    if not 2 <= count < len(values):
        return False
    windows = np.lib.stride_tricks.sliding_window_view(values, count)
    strided = [values[start::step] for step in range(2, len(values)) for start in range(min(step, 2))]
    return any(_same(curve.y, part) for part in [*windows[:_LONGEST_SMOOTHED], *strided[:_LONGEST_SMOOTHED]])


def _backwards(curve: Curve, values: Floats) -> bool:
    return _same(curve.y, values[::-1])


def _smoothed(curve: Curve, values: Floats) -> bool:
    count = len(values)
    if not 4 <= count <= _LONGEST_SMOOTHED or not np.isfinite(values).all():
        return False
    return any(_same(curve.y, smooth) for smooth in _smoothings(values)) or _exponential(curve.y, values)


def _smoothings(values: Floats) -> Iterator[Floats]:
    """Running means of every usual width and edge, and Gaussian ones."""
    for width in range(2, min(len(values), 21)):
        kernel = np.full(width, 1 / width)
        for mode in ("valid", "same"):
            yield np.convolve(values, kernel, mode)
        yield uniform_filter1d(values, width, mode="nearest")
        padded = np.concatenate([[0.0], np.cumsum(values)])
        ends = np.arange(1, len(values) + 1)
        starts = np.maximum(ends - width, 0)
        yield (padded[ends] - padded[starts]) / (ends - starts)
    for sigma in (0.5, 1, 1.5, 2, 3, 4, 5):
        yield gaussian_filter1d(values, sigma)


def _exponential(drawn: Floats, values: Floats) -> bool:
    """Whether a line is y[t] = w y[t-1] + (1 - w) s[t] of a series s, for some w between 0 and 1."""
    if drawn.shape != values.shape or not np.isfinite(drawn).all():
        return False
    before, now, next_value = drawn[:-1], values[1:], drawn[1:]
    span = before - now
    if not span.any():
        return False
    weight = float(span @ (next_value - now) / (span @ span))
    predicted = weight * before + (1 - weight) * now
    return 0.02 < weight < 0.999 and curves.same(next_value, predicted)


def _error_rate(curve: Curve, values: Floats) -> bool:
    return bool(np.nanmax(values, initial=0) <= 1) and _same(1 - curve.y, values)


def _negated(curve: Curve, values: Floats) -> bool:
    return _same(-curve.y, values)


def _logarithm(curve: Curve, values: Floats) -> bool:
    if not (values > 0).all():
        return False
    return any(_same(curve.y, log(values)) for log in (np.log, np.log10, np.log1p))


def _same(drawn: Floats, values: Floats) -> bool:
    """As a series is the same, also in per cent."""
    return curves.same(drawn, values) or curves.same(drawn / 100, values)


_SLIPS: Final[tuple[tuple[str, Callable[[Curve, Floats], bool], str], ...]] = (
    (
        "epochs_off_by_one",
        _cut_by_one,
        "a line lacks the first or the last epoch. Plot all values of the history, without slicing.",
    ),
    ("reversed", _backwards, "a line runs backwards, from the last epoch to the first."),
    ("smoothed", _smoothed, "a line is a smoothed curve. Plot the values themselves."),
    (
        "truncated",
        _part_of,
        "a line shows only some of the epochs. Plot all values of the history, without slicing.",
    ),
    ("error_rate", _error_rate, "a line shows one minus the accuracy. Plot the values themselves."),
    ("negated", _negated, "a line shows the values with their sign reversed. Plot the values themselves."),
    (
        "logarithm",
        _logarithm,
        "a line shows logarithms. Plot the values themselves; use a log scale instead.",
    ),
)
"""The mistake, its test, and what is said."""


def _listed(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
