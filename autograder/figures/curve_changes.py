"""What was done to the values of a curve before it was drawn: a line against one series of the history.

Each test says whether a line is a series that was cut, smoothed, rescaled or otherwise changed. Reads no
words and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from autograder.figures import curves
from autograder.figures.curves import Curve
from autograder.figures.panels import Floats

_LONGEST_SMOOTHED: Final = 1000
_FEWEST: Final = 4
"""Values that a line needs before a fit of two numbers to it says anything."""


def _cut_by_one(curve: Curve, values: Floats) -> bool:
    shorter = len(values) - 1
    return len(curve.y) == shorter > 0 and any(_same(curve.y, part) for part in (values[1:], values[:-1]))


def _part_of(curve: Curve, values: Floats) -> bool:
    count = len(curve.y)
    if count >= len(values):
        return False
    if count == 1:
        return _same(curve.y, values[-1:])
    windows = np.lib.stride_tricks.sliding_window_view(values, count)
    strided = [values[start::step] for step in range(2, len(values)) for start in range(min(step, 2))]
    return any(_same(curve.y, part) for part in [*windows[:_LONGEST_SMOOTHED], *strided[:_LONGEST_SMOOTHED]])


def _backwards(curve: Curve, values: Floats) -> bool:
    return _same(curve.y, values[::-1])


def _smoothed(curve: Curve, values: Floats) -> bool:
    count = len(values)
    if not _FEWEST <= count <= _LONGEST_SMOOTHED or not np.isfinite(values).all():
        return False
    exponential = _exponential(curve.y, values) or _adjusted(curve.y, values)
    return exponential or any(_same(curve.y, smooth) for smooth in _smoothings(values))


def _smoothings(values: Floats) -> Iterator[Floats]:
    """Running means of every usual width and edge, and Gaussian ones."""
    padded = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    for width in range(2, min(len(values), 21)):
        kernel = np.full(width, 1 / width)
        for mode in ("valid", "same"):
            yield np.convolve(values, kernel, mode)
        yield uniform_filter1d(values, width, mode="nearest")
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


def _adjusted(drawn: Floats, values: Floats) -> bool:
    """Whether a line is an exponential mean over what there is so far, as pandas and TensorBoard draw it."""
    if drawn.shape != values.shape or not np.isfinite(drawn).all() or drawn[1] == values[0]:
        return False
    weight = float((values[1] - drawn[1]) / (drawn[1] - values[0]))
    if not 0.02 < weight < 0.999:
        return False
    total, weights, smooth = 0.0, 0.0, []
    for value in values:
        total, weights = weight * total + value, weight * weights + 1
        smooth.append(total / weights)
    return curves.same(drawn, np.array(smooth))


def _error_rate(curve: Curve, values: Floats) -> bool:
    return bool(np.nanmax(values, initial=0) <= 1) and _same(1 - curve.y, values)


def _negated(curve: Curve, values: Floats) -> bool:
    return _same(-curve.y, values)


def _logarithm(curve: Curve, values: Floats) -> bool:
    if not (values > 0).all():
        return False
    return any(_same(curve.y, log(values)) for log in (np.log, np.log10, np.log1p))


def _differences(curve: Curve, values: Floats) -> bool:
    return len(values) > 2 and any(_same(curve.y, one) for one in (np.diff(values), np.gradient(values)))


def _accumulated(curve: Curve, values: Floats) -> bool:
    sums = np.cumsum(values)
    means = sums / np.arange(1, len(values) + 1)
    forms = (sums, means, np.minimum.accumulate(values), np.maximum.accumulate(values))
    return len(values) > 1 and any(_same(curve.y, form) for form in forms)


def _ordered(curve: Curve, values: Floats) -> bool:
    return any(_same(curve.y, form) for form in (np.sort(values), np.sort(values)[::-1]))


def _repeated(curve: Curve, values: Floats) -> bool:
    """A level line at the last, best or mean value."""
    if len(curve.y) != len(values) or np.ptp(curve.y) > 0:
        return False
    levels = (values[-1], values.min(), values.max(), values.mean())
    return any(_same(curve.y, np.full(len(values), level)) for level in levels)


def _rescaled(curve: Curve, values: Floats) -> bool:
    """A rising linear function of the series."""
    if curve.y.shape != values.shape or len(values) < _FEWEST or not np.isfinite([curve.y, values]).all():
        return False
    spread = values - values.mean()
    factor = float(spread @ curve.y / max(float(spread @ spread), 1e-300))
    return factor > 0 and _same((curve.y - curve.y.mean()) / factor + values.mean(), values)


def _same(drawn: Floats, values: Floats) -> bool:
    """As a series is the same, also in per cent."""
    return curves.same(drawn, values) or curves.same(drawn / 100, values)


CHANGES: Final[tuple[tuple[str, Callable[[Curve, Floats], bool], str], ...]] = (
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
    (
        "cumulative",
        _accumulated,
        "a line shows sums or the best values up to each epoch. Plot the values themselves.",
    ),
    ("differences", _differences, "a line shows differences between epochs. Plot the values themselves."),
    ("level", _repeated, "a line repeats one value for all epochs. Plot the value of every epoch."),
    (
        "sorted_values",
        _ordered,
        "a line shows the values sorted by size. Plot them in the order of the epochs.",
    ),
    ("rescaled", _rescaled, "a line shows rescaled values. Plot the values as the history holds them."),
)
"""The mistake, its test, and what is said: the tests that need the most to be fulfilled come first."""
