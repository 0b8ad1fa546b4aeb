"""What bars show in place of an image's scores, in words a student can act on.

Rules, the surest first: one-hot labels, functions of the right scores, other images and networks, the right
scores at other classes. Where the scores of a sure network are those of many images and of another network
as well, the message says so. Judges no points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from autograder.figures import scores as class_scores
from autograder.figures.panels import Floats
from autograder.figures.scores import EXACT, Scores, fits, slack, unit, zeros_and_a_one

_ABOUT_ZERO: Final = 1e-30
_SURELY_NAMED: Final = 3
_EVEN: Final = (0.02, 0.25)
"""Where all scores of ten classes lie, they are those of a network that has not learned yet."""

_MORE_THAN_SHARES: Final = 150
"""Whole numbers that add up to more are no shares in per cent."""

Named = tuple[str, str]


def explain(values: Floats, scores: Scores) -> Named:
    """Say what bars show that are not the scores: the mistake and the words.

    Args:
        values: (C,) lengths in class order, as far as ticks tell it.
        scores: what they should show.
    """
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


def _label_or_rounded(values: Floats, scores: Scores) -> Named | None:
    if not zeros_and_a_one(values):
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


def _unnormalised(values: Floats, scores: Scores) -> Named | None:
    """Logits and logarithms differ from the logarithm of the probabilities by a constant, and by none."""
    if np.ptp(values) <= 0.01:
        return None
    for drawn in (values, -values, values * np.log(10)):
        offset = _offset(drawn, scores)
        if offset is None:
            continue
        if abs(offset) <= 2e-2:
            message = (
                "The bars show logarithms of the probabilities. Plot the probabilities; use a log scale."
            )
            return "log_probabilities", message
        message = "The bars show logits, the scores before the softmax. Plot the probabilities after it."
        return "logits", message
    return None


def _sigmoids(values: Floats, scores: Scores) -> Named | None:
    if not (values > 0).all() or not (values <= 1).all() or np.ptp(values) <= 0.01:
        return None
    # A sigmoid of nearly 1 has no digits left to tell its logit from.
    odds = np.log(values) - np.log(np.maximum(1 - values, np.finfo(np.float64).tiny))
    if (values > 1 - 1e-6).any() or _offset(odds, scores) is None:
        return None
    message = (
        "The bars show sigmoids of the logits, which do not add up to 1. Plot the probabilities after the "
        "softmax."
    )
    return "sigmoids", message


def _offset(drawn: Floats, scores: Scores) -> float | None:
    """The constant by which something differs from the logarithms of the probabilities, or None."""
    shown = scores.expected > _ABOUT_ZERO
    if shown.sum() < min(3, len(drawn)):
        return None
    logs = np.log(scores.expected[shown], dtype=np.float64)
    offset = drawn[shown] - logs
    if not np.ptp(offset) <= 1e-2 * max(1.0, float(np.ptp(logs))):
        return None
    return float(offset.mean())


def _other_input(values: Floats, scores: Scores) -> Named | None:
    for how, theirs in scores.inputs():
        if fits(values, theirs):
            message = (
                f"The bars show what the network predicts for {scores.title} {how}. Give it the image in the "
                "form in which it was trained on images."
            )
            return "unprocessed_input", message
    return None


def _elsewhere(values: Floats, scores: Scores) -> Named | None:
    """Another image, or another network."""
    for title, theirs in scores.neighbours():
        if fits(values, theirs):
            return _image(title, scores)
    drawn = unit(values)
    gaps = np.abs(scores.others - drawn).max(axis=1, initial=0)
    near = np.flatnonzero(gaps <= slack(values))
    for name, theirs in scores.networks():
        if fits(values, theirs):
            message = f"The bars show what `{name}` predicts for the image."
            if len(near) and gaps[near].min() <= 10 * class_scores.distance(values, theirs) + 1e-6:
                message += f" (It may be another image as well: {_which(near)} has the same scores.)"
            return "other_checkpoint", f"{message} Use the network that is asked for."
    return _image(_which(near), scores) if len(near) else None


def _which(images: Floats) -> str:
    return f"test image {images[0]}" if len(images) <= _SURELY_NAMED else "another image"


def _image(title: str, scores: Scores) -> Named:
    return "other_image", f"The bars show the scores of {title}, not of {scores.title}. Check the index."


def _out_of_order(values: Floats, scores: Scores) -> Named | None:
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


def _twice(values: Floats, scores: Scores) -> Named | None:
    powers = np.exp(scores.expected - scores.expected.max())
    if not fits(values, powers / powers.sum()):
        return None
    message = (
        "The softmax was applied twice: the network's output already is a probability. Plot it as it is."
    )
    return "softmax_twice", message


def _scaled(values: Floats, scores: Scores) -> Named | None:
    size = float(np.linalg.norm(values) * np.linalg.norm(scores.expected))
    if not 0 < size < np.inf or float(values @ scores.expected) / size < 0.99999:
        return None
    message = (
        "The bars are the probabilities times a factor, so that they do not add up to 1. Plot them as they "
        "are."
    )
    return "scaled", message


def _complement(values: Floats, scores: Scores) -> Named | None:
    whole = 100.0 if np.abs(values).max() > 1.5 else 1.0
    if not fits(whole - values, scores.expected):
        return None
    return "complement", "The bars show one minus the probabilities. Plot the probabilities themselves."


def _cumulative(values: Floats, scores: Scores) -> Named | None:
    if not fits(np.diff(values, prepend=0), scores.expected):
        return None
    return "cumulative", "The bars show sums of the probabilities up to each class. Plot each one by itself."


def _of_many(values: Floats, scores: Scores) -> Named | None:
    """Numbers about many images: their mean scores, or how often each class is predicted."""
    if len(scores.others) and fits(values, scores.others.mean(axis=0)):
        message = f"The bars show the mean scores of all images. Plot those of {scores.title} alone."
        return "mean_scores", message
    if np.array_equal(values, np.rint(values)) and values.min() >= 0 and values.sum() > _MORE_THAN_SHARES:
        message = f"The bars count images. Plot the probabilities of {scores.title}."
        return "class_counts", message
    return None


def _untrained(values: Floats, scores: Scores) -> Named | None:
    drawn = unit(values)
    if abs(float(drawn.sum()) - 1) > EXACT or drawn.min() < _EVEN[0] or drawn.max() > _EVEN[1]:
        return None
    message = (
        f"All bars are about equally long, as for a network before its training; for {scores.title} they "
        "are not. Predict with the trained network."
    )
    return "untrained", message


_RULES: Final[tuple[Callable[[Floats, Scores], Named | None], ...]] = (
    _label_or_rounded,
    _unnormalised,
    _complement,
    _cumulative,
    _other_input,
    _elsewhere,
    _out_of_order,
    _sigmoids,
    _twice,
    _scaled,
    _of_many,
    _untrained,
)
