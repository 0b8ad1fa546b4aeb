"""Images of classes: does the network take each for its class, as surely as it takes real images?

Accepts: one image for each class that is asked for that the network takes for that class, in any order, size
and scaling, dark for light too; of right ones 9 or 10 in 10 are, of noise and of the maximisation of filters
at most 7.
Refuses: images of the data and means of a class, which the network also takes for it, and images that it
takes for other classes.

Threshold: where the logits are not about as high as the highest of real images (`STRONG`), a person decides.
In the median, images drawn as they were climbed have at least 0.86 of that; climbed without bounds and then
scaled for display 0.63 to 0.8; real digits and their means at most 0.64. Whether the softmax or the logit
was climbed cannot be told afterwards (0.6 to 1.4), and class images of another network that tells digits
apart pass too: they look like classes to any network.

`benchmarks/results/figures.md` holds the numbers, `benchmarks/calibrate_figures.py` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from autograder.checks.base import Floats, Oracle, Subject
from autograder.checks.maximised import REAL_IMAGES, Asked, Reading, bounds, of_data
from autograder.figures import maximised
from autograder.figures.outcome import Outcome, undecided, wrong
from autograder.figures.panels import Panel

AT_LEAST: Final = 0.8
STRONG: Final = 0.65


def judge(
    asked: Asked, subject: Subject, found: Sequence[Sequence[Panel]], oracle: Oracle
) -> tuple[Outcome, Reading]:
    """Judge the images of a figure.

    Args:
        asked: the classes.
        subject: the network.
        found: the ways to read the figure's images, at least one.
        oracle: knows the data.

    Returns:
        What was found, and the reading it was found in.
    """
    readings = list(_readings(asked, subject, found, oracle))
    most = max(one.share for one in readings)
    # Of equally right readings, the one with the highest logits: scaled for display, images lose strength.
    real = _logits(subject, oracle.images[:REAL_IMAGES])
    ranked = [(one, _strength(subject, one, real)) for one in readings if one.share == most]
    best, strength = max(ranked, key=lambda pair: pair[1] or 0.0)
    details: dict[str, Any] = {
        "right": best.distinct,
        "asked": len(asked.units),
        "strength": None if strength is None else round(strength, 3),
    }
    return replace(_outcome(asked, best, strength, oracle), details=details), best


def _readings(
    asked: Asked, subject: Subject, found: Sequence[Sequence[Panel]], oracle: Oracle
) -> Iterator[Reading]:
    nothing = np.zeros(len(oracle.class_names))
    for panels in found:
        ways = maximised.inputs(panels, bounds(oracle), oracle.images.shape[1:], inverted=True)
        scores = np.nan_to_num(subject.probabilities(np.concatenate(ways)))
        for images, score in zip(ways, np.split(scores, len(ways)), strict=True):
            labels = score.argmax(axis=1)
            for window in maximised.orders(panels, asked.units):
                first = {int(labels[place]): place for place in reversed(window) if place >= 0}
                order = [first.get(unit, -1) for unit in asked.units]
                right = np.array(order) >= 0
                yield Reading(
                    panels, images, order, right, np.ones_like(right), int(right.sum()), score, nothing
                )


def _outcome(asked: Asked, best: Reading, strength: float | None, oracle: Oracle) -> Outcome:
    count = len(asked.units)
    mistake = of_data(best.images, oracle, training=True)
    if mistake is not None:
        return wrong(*mistake)
    if best.share < asked.at_least - 1e-9:
        seen = f"The network takes the images for {best.distinct} of the {count} classes that are asked for"
        message = f"{seen}. Climb up the gradient of each class's logit, and plot each result once."
        return wrong("other_classes", message)
    seen = f"The network takes the images for {best.distinct} of {count} classes, as is asked for"
    if strength is None or strength >= STRONG:
        return Outcome(1.0, f"{seen}.")
    message = f"{seen}, but with lower scores than climbing leads to. A person will look at them."
    return undecided("weak", message)


def _strength(subject: Subject, reading: Reading, real: Floats | None) -> float | None:
    """The images' logits as a share of the highest that real images have, in the median; None if unknown."""
    places = [place for place in reading.order if place >= 0]
    logits = _logits(subject, reading.images[places]) if places else None
    if logits is None or real is None:
        return None
    highest = real.max(axis=0)[logits.argmax(axis=1)]
    return float(np.median(logits.max(axis=1) / np.maximum(highest, 1e-6)))


def _logits(subject: Subject, images: Floats) -> Floats | None:
    """Scores before the softmax, (N, classes); None for a network that does not end in a dense layer."""
    last = len(subject.layers) - 1
    while last > 0 and subject.layers[last].python in ("Activation", "Softmax"):
        last -= 1
    arrays = subject.weights(last)
    if last == 0 or subject.layers[last].python != "Dense" or len(arrays) != 2:
        return None
    features = subject.layer_output(last - 1, images)
    if features.ndim != 2 or features.shape[1] != arrays[0].shape[0]:
        return None
    logits = features @ arrays[0] + arrays[1]
    # In a network that branches, the layer before need not be the one that it is computed from.
    same = np.array_equal(logits.argmax(axis=1), subject.probabilities(images).argmax(axis=1))
    return np.asarray(logits) if same else None
