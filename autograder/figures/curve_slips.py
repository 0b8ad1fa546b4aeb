"""What curves show in place of the series that were asked for, in words a student can act on.

Knows labels at other lines (training and validation, loss and accuracy, the legend in another order), one
series drawn as another, values changed before they were drawn (`curve_changes`), one series drawn against
another, another training's curve, missing and shifted ones. A line that goes on for longer than the history
and ends with it may be a training that was continued: a person decides. Where several explanations fit, the
one for most of the missing series is given. Judges no points beyond the share that was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from autograder.figures import curves
from autograder.figures.curve_changes import CHANGES
from autograder.figures.curves import Curve, Reading, Series
from autograder.figures.outcome import Outcome, half

WORDS: Final = {
    "loss": "the training loss",
    "val_loss": "the validation loss",
    "accuracy": "the training accuracy",
    "val_accuracy": "the validation accuracy",
}

_EXPLAINED: Final = 12
_UNSURE: Final = frozenset({"longer_run"})
"""Explanations of what may be right."""

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
    if reading.farthest is not None:
        details["off"] = reading.farthest
    if reading.missing or contradicted:
        absent = bool(reading.missing)
        mistake, message = (
            _absent(reading, variable, rivals) if absent else _mislabelled(reading, contradicted)
        )
        share = len(right) / len(reading.required) if partial else 0.0
        return Outcome(share, message, mistake, sure=mistake not in _UNSURE, details=details)
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
    claimed = {reading.said[reading.shown[name]] for name in found}
    both = [name for name, what in found.items() if len(what) == 2]
    if len(found) > 1 and both and claimed == {curves.meaning(name) for name in found}:
        listed = " and ".join(titled(name) for name in list(found)[:2])
        message = (
            f"The labels of {listed} stand at other lines. Give the legend's labels in the order in which "
            "the lines are plotted."
        )
        return "legend_order", message
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
    reasons = [dict(_reasons(reading, name, variable, rivals)) for name in reading.missing]
    explained = Counter(mistake for found in reasons for mistake in found)
    if explained:
        # Of those that explain most, the one that was found first: Counter keeps the order.
        mistake = explained.most_common(1)[0][0]
        why = next(found[mistake] for found in reasons if mistake in found)
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


def _reasons(
    reading: Reading, name: str, variable: str, rivals: Mapping[str, Series]
) -> Iterator[tuple[str, str]]:
    """What may be drawn where a series should be, the likeliest first: the mistake and a sentence."""
    values = reading.series[name]
    unused = [reading.curves[number] for number in reading.unused[:_EXPLAINED]]
    if any(_against(curve, reading.series) for curve in reading.curves[:_EXPLAINED]):
        sentence = (
            "one series is drawn against another: plot(a, b) takes a for the places along the x axis. "
            "Call plot once for each."
        )
        yield "against_each_other", sentence
    mistaken = _under_its_words(reading, name)
    if mistaken:
        yield mistaken
    for title, series in rivals.items():
        theirs = series.get(name)
        if theirs is not None and any(curves.shows(curve, name, theirs) for curve in unused):
            yield "other_run", f"A line shows {title}, not `{variable}`."
    for mistake, test, sentence in CHANGES:
        if any(test(curve, values) for curve in unused):
            yield mistake, sentence
    if any(curves.ends_with(curve, name, values) for curve in unused):
        sentence = (
            f"a line goes on for longer than the training in `{variable}` and ends with it. If it was "
            "continued, that is fine: a person will look at it."
        )
        yield "longer_run", sentence


def _against(curve: Curve, series: Series) -> bool:
    """Whether the line's places are one series and its values another."""
    for first, places in series.items():
        if len(places) > 1 and curves.same(curve.x, np.sort(places)):
            order = np.argsort(places, kind="stable")
            fits = (curves.same(curve.y, one[order]) for name, one in series.items() if name != first)
            if any(fits):
                return True
    return False


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


def _listed(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
