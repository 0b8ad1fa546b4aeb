"""How near the numbers of wrong figures come to the right ones: all of them, without drawing any.

The thresholds of curves, bars, histograms, confusion matrices and worst errors rest on these distances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from autograder.checks.base import Floats
from autograder.figures import confusion, curves, errors, histogram_groups, scores
from autograder.figures.curves import Curve, canonical
from autograder.figures.matrix import elsewhere
from figure_cases.base import World
from reference import checkpoints

UNSURE = 0.7
"""The largest score that an image may have to be called ambiguous, as the config asks."""


def lines(world: World) -> Iterator[str]:
    """A table of the distances."""
    yield "## How near wrong numbers come"
    yield ""
    yield "Distances from right numbers to wrong ones, in the unit of the threshold; and those of the same"
    yield "numbers computed in other batches, for comparison."
    yield ""
    yield "| kind | between | pairs | smallest | median | threshold |"
    yield "|---|---|--:|--:|--:|--:|"
    for kind, between, found, threshold in _distances(world):
        if len(found):
            cells = f"{len(found)} | {min(found):.3g} | {float(np.median(found)):.3g} | {threshold:g}"
            yield f"| {kind} | {between} | {cells} |"
    yield ""


def _distances(world: World) -> Iterator[tuple[str, str, Sequence[float], float]]:
    histories = [canonical(checkpoints.get(name).history) for name in checkpoints.names()]
    yield "curves", "two series of one training", list(_of_series(histories)), curves.EXACT
    yield "curves", "the same series of two trainings", list(_of_trainings(histories)), curves.EXACT
    mnist, handed_in = world.oracle("mnist-cnn"), world.handed_in("mnist-cnn")
    images = mnist.part("train", 5000)[0]
    found = mnist.subject(handed_in["improved"].model).probabilities(images)
    first = mnist.subject(handed_in["model"].model).probabilities(images)
    some = np.flatnonzero(found.max(axis=1) <= UNSURE)
    yield (
        "bars",
        "an unsure digit and its nearest digit",
        [_to_others(found, one) for one in some.tolist()],
        scores.EXACT,
    )
    gaps = np.abs(found[some] - first[some]).max(axis=1)
    yield "bars", "two networks on an unsure digit", gaps.tolist(), scores.EXACT
    single = [mnist.subject(handed_in["improved"].model).probabilities(images[one][None])[0] for one in some]
    yield (
        "bars",
        "same, one by one and in batches",
        np.abs(found[some] - single).max(axis=1).tolist(),
        scores.EXACT,
    )
    for assignment in ("mnist-cnn", "evaluating-cnns"):
        yield from _of_networks(world, assignment)
    yield from _of_errors(world)


def _of_series(histories: Sequence[curves.Series]) -> Iterator[float]:
    for history in histories:
        for drawn, meant in permutations(("loss", "val_loss", "accuracy", "val_accuracy"), 2):
            if drawn in history and meant in history:
                yield curves.distance(_curve(history[drawn]), meant, history[meant])


def _of_trainings(histories: Sequence[curves.Series]) -> Iterator[float]:
    for one, other in permutations(histories, 2):
        for name in one.keys() & other.keys():
            if len(one[name]) == len(other[name]) and one[name].tolist() != other[name].tolist():
                yield curves.distance(_curve(other[name]), name, one[name])


def _curve(values: Floats) -> Curve:
    return Curve(np.arange(len(values), dtype=float), values)


def _to_others(found: Floats, one: int) -> float:
    gaps = np.abs(found - found[one]).max(axis=1)
    gaps[one] = np.inf
    return float(gaps.min())


def _of_networks(world: World, assignment: str) -> Iterator[tuple[str, str, Sequence[float], float]]:
    oracle = world.oracle(assignment)
    found = [
        oracle.subject(one.model).probabilities(oracle.images) for one in world.handed_in(assignment).values()
    ]
    matrices = [_counts(one.argmax(axis=1), oracle.labels) for one in found]
    moved = [elsewhere(other, confusion.forms(one)["counts"]) for one, other in combinations(matrices, 2)]
    yield "confusion", f"two networks of {assignment}, images", moved, 1.0
    gaps, bins = [], []
    for one, other in combinations(found, 2):
        for chosen in range(10):
            inside = oracle.labels == chosen
            own, theirs = one[inside, chosen], other[inside, chosen]
            group = histogram_groups.Group(
                np.sort(theirs), np.linspace(0, 1, 11), np.zeros(10), "", "", 0, False
            )
            gaps.append(histogram_groups.distance(group, own))
            counts = [np.histogram(values, 10, (0, 1))[0] for values in (own, theirs)]
            bins.append(float(np.abs(counts[0] - counts[1]).sum() / 2))
    yield "histogram", f"two networks of {assignment}, values", gaps, histogram_groups.EXACT
    yield "histogram", f"two networks of {assignment}, images in other bins of ten", bins, 0.5


def _counts(predicted: Floats, labels: Floats) -> NDArray[np.int64]:
    found = np.zeros((10, 10), np.int64)
    np.add.at(found, (labels, predicted), 1)
    return found


def _of_errors(world: World) -> Iterator[tuple[str, str, Sequence[float], float]]:
    for assignment in ("evaluating-cnns", "mnist-cnn", "weights-and-activations"):
        oracle = world.oracle(assignment)
        steps = []
        for trained in world.handed_in(assignment).values():
            found = np.asarray(oracle.subject(trained.model).probabilities(oracle.images), np.float64)
            gravity = found.max(axis=1) - found[np.arange(len(found)), oracle.labels]
            ranked = np.sort(gravity)[::-1]
            steps += [float(ranked[count - 1] - ranked[count]) for count in range(3, 13)]
        yield "worst_errors", f"an error and the next one, ranks 3 to 12, {assignment}", steps, errors.TIE
