"""Contracts of functions that are given a network: the score that a gradient climbs, and an evaluation.

Expected numbers are recomputed from the submitted network, in a process of its own. Calls nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import numpy as np
from scipy.ndimage import gaussian_filter

from autograder.checks import answers
from autograder.checks.base import Floats
from autograder.checks.contracts import Case, Contract, array_of
from autograder.evidence import Array, Mapping, Scalar, Sequence, Value
from autograder.figures.outcome import Outcome, half, wrong

_COUNT: Final = 40
_TOLERANCE: Final = 2e-3


@lru_cache
def drawings() -> Floats:
    """Faint curved strokes, (40, 28, 28, 1) float32, 0…0.3.

    Faint, so that networks are not sure of them: of probabilities near 0, each way to compute a loss cuts off
    others.
    """
    random = np.random.default_rng(41)
    steps = np.linspace(0, 1, 40)[:, None]
    images = np.zeros((_COUNT, 28, 28))
    for image in images:
        start, bend, end = random.uniform(5, 23, (3, 2))
        path = (1 - steps) ** 2 * start + 2 * steps * (1 - steps) * bend + steps**2 * end
        rows, columns = np.rint(path).astype(int).T
        image[rows, columns] = 1
        image[:] = gaussian_filter(image, 1)
    largest = images.max(axis=(1, 2), keepdims=True)
    return np.asarray((0.3 * images / largest).round(2)[..., None], np.float32)


def _classes() -> Floats:
    return np.random.default_rng(43).permutation(np.arange(_COUNT) % 10)


# ---------------------------------------------------------------- the score of a gradient ascent


def _score_inputs() -> list[tuple[Any, ...]]:
    return [(drawings()[:20], _classes()[:20].astype(np.int32))]


def _score(case: Case) -> Outcome:
    """The sum over the images of what "their" unit of the network answers."""
    found = array_of(case)
    if isinstance(found, Outcome):
        return found
    images, units = case.inputs[0]
    scores = case.oracle.subject(case.model).probabilities(images)
    own = scores[np.arange(len(images)), units]
    if found.size != 1:
        seen = f"`{case.name}` returns an array of shape {found.shape}"
        message = f"{seen}; one number, the sum over all images, is asked for."
        return wrong("not_one_number", message)
    value = float(found.reshape(()))
    slips = {
        "mean": (own.mean(), "returns the mean over the images, where their sum is asked for"),
        "all_units": (scores.sum(), "adds up all units. Take one unit for each image"),
        "negative": (-own.sum(), "returns the score with its sign reversed, as a loss to be minimised"),
        "first_unit": (scores[:, units[0]].sum(), "takes one and the same unit for all images"),
        "square": (scores[:, units].sum(), "takes every unit for every image. Pair them, one unit for each"),
    }
    if abs(value - float(own.sum())) <= _TOLERANCE:
        return Outcome(1.0, f"`{case.name}` adds up what each image's own unit answers.")
    for mistake, (expected, words) in slips.items():
        if abs(value - float(expected)) <= _TOLERANCE:
            return (half if mistake == "mean" else wrong)(mistake, f"`{case.name}` {words}.")
    message = (
        f"`{case.name}` returns {answers.figure(value)} for {len(images)} images of the grader's, which is "
        "not the sum over the images of the mean activation of their unit."
    )
    return wrong("other_values", message)


# ---------------------------------------------------------------- an evaluation


def _evaluation_inputs() -> list[tuple[Any, ...]]:
    return [(drawings(), np.eye(10, dtype=np.float32)[_classes()])]


def _evaluation(case: Case) -> Outcome:
    """Loss and accuracy among what is returned, and a figure."""
    images, labels = case.inputs[0]
    truth = labels.argmax(axis=1)
    subject = case.oracle.subject(case.model)
    scores = subject.probabilities(images)
    loss = float(-np.log(np.maximum(scores[np.arange(len(truth)), truth], 1e-38)).mean())
    accuracy = float((scores.argmax(axis=1) == truth).mean())
    numbers = list(_numbers(case.returned[0].value))
    if not numbers:
        seen = answers.kind(case.returned[0].value)
        message = f"`{case.name}` returns {seen}. Return loss and accuracy, as numbers."
        return wrong("nothing_returned", message)
    has_loss = any(abs(number - loss) <= _TOLERANCE * max(1, loss) for number in numbers)
    has_accuracy = any(
        min(abs(number - accuracy), abs(number / 100 - accuracy)) <= 1e-4 for number in numbers
    )
    if has_loss and has_accuracy:
        if any(
            axes.images or axes.histograms or axes.bars
            for figure in case.returned[0].figures
            for axes in figure.axes
        ):
            return Outcome(
                1.0, f"`{case.name}` computes loss and accuracy of the images it is given, and draws."
            )
        message = f"`{case.name}` computes loss and accuracy, but it draws nothing. Draw the figures in it."
        return half("no_figure", message)
    if has_loss or has_accuracy:
        other = "accuracy" if has_loss else "loss"
        message = f"`{case.name}` returns the {'loss' if has_loss else 'accuracy'}, but not the {other}."
        return half(f"no_{other}", message)
    whole = subject.probabilities(case.oracle.images).argmax(axis=1) == case.oracle.labels
    if any(abs(number - float(whole.mean())) <= 1e-4 for number in numbers):
        message = (
            f"`{case.name}` evaluates all test images, not the ones that it is given. Use its arguments."
        )
        return wrong("ignores_arguments", message)
    message = (
        f"`{case.name}` returns {', '.join(map(answers.figure, numbers[:4]))}: neither loss nor accuracy of "
        "the network it is given on the images it is given."
    )
    return wrong("other_values", message)


def _numbers(value: Value) -> Iterator[float]:
    """All numbers in a value; of arrays, those of a single element only."""
    match value:
        case Scalar(value=bool()):
            return
        case Scalar(value=int() | float() as number):
            yield float(number)
        case Array(array=array) if array.size == 1 and array.dtype.kind in "iuf":
            yield float(array.reshape(()))
        case Sequence(items=items):
            for item in items:
                yield from _numbers(item)
        case Mapping(items=entries):
            for _, item in entries:
                yield from _numbers(item)


CONTRACTS: Final = {
    "ascent_score": Contract(
        "the network, twenty images and one unit for each", _score_inputs, _score, network=True
    ),
    "evaluation": Contract(
        "the network, forty images and their one-hot labels", _evaluation_inputs, _evaluation, network=True
    ),
}
