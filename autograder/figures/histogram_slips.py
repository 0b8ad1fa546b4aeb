"""What histograms show in place of a class's probability for its images and for all others.

Every candidate is a sample of numbers that a figure may hold by mistake; the first that is drawn is named.
Judges no points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autograder.figures.histogram_groups import Asked, Group, distance, shows
from autograder.figures.panels import Floats

_EXPLAINED: Final = 6
"""Histograms that are compared with every mistake that is known."""
_UNSURE: Final = 0.5
"""A network before its training gives no class more than this."""

_EXCESS: Final = 1e-3
"""How far beyond 0 and 1 probabilities may be."""

_TINY: Final = (0.0, 1e-38, 1e-30, 1e-20, 1e-16, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7)
"""What is added to probabilities, or their least value, before a logarithm is taken."""

Named = tuple[str, str]


def explain(found: Sequence[Group], own: bool, rest: bool, asked: Asked) -> Named:
    """Say what the histograms show that is not asked for: the mistake and the words.

    Args:
        found: the histograms.
        own, rest: whether one of the two groups is among them.
        asked: what they should show.
    """
    name = asked.names[asked.chosen]
    if own or rest:
        if any(shows(group, asked.column) for group in found[:_EXPLAINED]):
            message = f"One histogram holds all images. Draw those of class {name} and the others apart."
            return "not_split", message
        seen, absent = (
            ("of that class", "all others") if own else ("of all other classes", "those of the class")
        )
        message = f"Only the images {seen} are drawn for class {name}, {absent} are not. Draw both groups."
        return _recognised(found, asked) or ("missing_group", message)
    return (
        _recognised(found, asked)
        or _by_their_numbers(found, asked)
        or (
            "other_values",
            f"The histograms do not show the probability of class {name} on the images of the data. Select "
            "the column of the class from the predictions, and the images by their true class.",
        )
    )


def nearest(found: Sequence[Group], asked: Asked) -> float | None:
    """By how much the worse of the two groups is missed by the histogram nearest to it; None if unknown."""
    inside = asked.inside
    samples = asked.column[inside], asked.column[~inside]
    gaps = [min((distance(group, one) for group in found), default=np.inf) for one in samples]
    return float(max(gaps)) if np.isfinite(gaps).all() else None


def _recognised(found: Sequence[Group], asked: Asked) -> Named | None:
    right = asked.column[asked.inside], asked.column[~asked.inside]
    drawn = [one for one in found if not any(shows(one, sample) for sample in right)][:_EXPLAINED]
    # Counts of few images may be alike by chance: of two histograms of counts, both have to be explained.
    counted = sum(not len(group.values) for group in drawn)
    for mistake, message, samples in _candidates(asked):
        explained = [group for group in drawn if any(shows(group, one) for one in samples if len(one))]
        if any(len(group.values) for group in explained) or len(explained) >= min(2, max(1, counted)):
            return mistake, message
    return None


def _candidates(asked: Asked) -> Iterator[tuple[str, str, list[Floats]]]:
    """What may be drawn by mistake: the mistake, the words, and the samples that show it."""
    scores, labels, chosen = asked.probabilities, asked.labels, asked.chosen
    name, predicted = asked.names[chosen], scores.argmax(axis=1)
    inside, column, right = asked.inside, asked.column, predicted == labels
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
        "correctness",
        "The images are grouped by whether the network is right. Group them by their true class.",
        _split(column, right),
    )
    yield (
        "top_probability",
        "The histograms show the probability of the predicted class, whichever it is. Take the column of "
        f"class {name}.",
        [scores.max(axis=1), *_split(scores.max(axis=1), inside), *_split(scores.max(axis=1), right)],
    )
    of_truth = scores[np.arange(len(labels)), labels]
    yield (
        "true_probability",
        "The histograms show the probability of each image's true class. Take the column of class "
        f"{name} for all images.",
        # The class's own images have the same in both.
        [of_truth, of_truth[~inside], *_split(of_truth, right)],
    )
    yield (
        "all_scores",
        f"The histograms hold the scores of all classes. Take the column of class {name}.",
        [scores.ravel(), *_split(scores, inside)],
    )
    for other in range(scores.shape[1]):
        if other != chosen:
            yield from _another_class(asked, other)
    yield (
        "complement",
        f"The histograms show one minus the probability of class {name}. Plot the probability itself.",
        _split(1 - column, inside),
    )
    for least in _TINY:
        forms = [
            log(form) for log in (np.log, np.log10) for form in (column + least, np.maximum(column, least))
        ]
        yield (
            "log_probabilities",
            "The histograms show logarithms of the probabilities. Plot the probabilities; scale the counts.",
            [part for form in forms for part in _split(form, inside)],
        )
    yield (
        "classes_drawn",
        f"The histograms show class numbers. Plot the probability of class {name}.",
        [one.astype(np.float64) for one in (labels, predicted, *_split(predicted, inside))],
    )
    yield (
        "one_hot",
        f"The histograms show only 0 and 1, whether class {name} is predicted. Plot its probability.",
        _split((predicted == chosen).astype(np.float64), inside),
    )
    for title, theirs in asked.networks():
        yield (
            "other_checkpoint",
            f"The histograms show what `{title}` predicts. Use the network that is asked for.",
            _split(theirs[:, chosen], inside),
        )


def _another_class(asked: Asked, other: int) -> Iterator[tuple[str, str, list[Floats]]]:
    scores, inside = asked.probabilities, asked.inside
    theirs = asked.labels == other
    yield (
        "wrong_class",
        f"The histograms show the probability of class {asked.names[other]}. Class "
        f"{asked.names[asked.chosen]} is asked for.",
        [scores[:, other], *_split(scores[:, other], theirs), *_split(scores[:, other], inside)],
    )
    yield (
        "wrong_class",
        f"The images are grouped by class {asked.names[other]}. Group them by class "
        f"{asked.names[asked.chosen]}.",
        _split(asked.column, theirs),
    )


def _by_their_numbers(found: Sequence[Group], asked: Asked) -> Named | None:
    """What two groups of values, or of counts, tell of themselves."""
    name, total = asked.names[asked.chosen], len(asked.labels)
    pairs = [(one, other) for place, one in enumerate(found[:2]) for other in found[place + 1 : 3]]
    for one, other in pairs:
        count = _size(one) + _size(other)
        if abs(count - total) < 0.5 and _together(one, other, asked.column):
            message = (
                "The probabilities are right, but the images are not grouped by their true class: labels and "
                "predictions belong to different images. Take both in the same order."
            )
            return "misaligned", message
        if len(one.values) and len(other.values):
            values = np.concatenate([one.values, other.values])
            if values.min() < -_EXCESS or values.max() > 100 + _EXCESS:
                message = (
                    "The histograms show scores before the softmax, below 0 or above 1. Plot the "
                    "probabilities after it."
                )
                return "logits", message
        top = max(_largest(one), _largest(other))
        if abs(count - total) < 0.5 and top < _UNSURE < np.median(asked.column[asked.inside]):
            message = (
                f"No image is given a probability above {top:.2f} of class {name}, as by a network before "
                "its training. Predict with the trained network."
            )
            return "untrained", message
        if _counted(one) and _counted(other) and 1 < count < 1e9 and abs(count - total) > 0.5:
            message = (
                f"The histograms hold {count:,.0f} images; the data have {total:,}. Use all images of the "
                "data, each once."
            )
            return "other_images", message
    return None


def _counted(group: Group) -> bool:
    """Whether it tells how many images it holds: by its values, or by counts that are no shares."""
    whole = np.array_equal(group.counts, np.rint(group.counts))
    return bool(len(group.values)) or (whole and group.counts.sum() not in (1, 100))


def _size(group: Group) -> float:
    return float(len(group.values) or group.counts.sum())


def _largest(group: Group) -> float:
    """The largest value, or the end of the last bin that is not empty."""
    if len(group.values):
        return float(group.values[-1])
    filled = np.flatnonzero(group.counts)
    return float(group.edges[1 + filled[-1]]) if len(filled) else 0.0


def _together(one: Group, other: Group, sample: Floats) -> bool:
    """Whether two histograms are together that of a sample."""
    if len(one.values) and len(other.values):
        values = np.sort(np.concatenate([one.values, other.values]))
        return distance(Group(values, one.edges, one.counts, "", "", 0, False), sample) <= _EXCESS
    if len(one.values) or len(other.values) or not np.array_equal(one.edges, other.edges):
        return False
    whole = Group(one.values, one.edges, one.counts + other.counts, "", "", 0, False, one.readings)
    return shows(whole, sample)


def _split(values: Floats, inside: NDArray[np.bool_]) -> list[Floats]:
    return [values[inside].ravel(), values[~inside].ravel()]
