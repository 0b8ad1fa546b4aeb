"""Matching: which panel shows which member of a set, and how much better one set explains a figure.

Pairs are assigned one to one (Hungarian method) on normalised cross-correlations. Decides no points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from autograder.figures import screening, views
from autograder.figures.panels import Floats, PanelSet
from autograder.figures.views import Rows, Shown

SAME: Final = 0.99
"""A panel shows a reference above this NCC. The right checkpoint, any normalisation: at least 0.9996;
other checkpoints: below 0.93."""

SAME_HEATMAP: Final = 0.95
"""The same for heatmaps, which may have been enlarged with interpolation."""

TWINS: Final = 0.999
"""Two references this alike (a map without negative values before and after ReLU) cannot be told apart."""

MOST_MATCHED: Final = 2000
"""Panels that are judged together at most."""

_EARLIER: Final = 1e-4
"""Of panels that show the same, the first is the right one and the others repeat it. Without a preference of
this size, the last digits of products would decide, which differ from processor to processor."""

_SCREENED: Final = 12
_KEPT: Final = 6


@dataclass(frozen=True, eq=False)
class Match:
    """A figure laid against a set of panels, one to one.

    Attributes:
        target: the set.
        view: the view in which it fits best.
        indices: the panels of the figure that have the set's form, (M,).
        chosen: for each, the member of the set it was assigned, -1 for none, (M,).
        scores: NCC of each with its member, 0 for none, (M,).
        closest: for each, the member it is most like, taken by another panel or not, (M,).
        closest_scores: NCC with that one, (M,).
        informative: whether it has any content, that is, more than one value, (M,).
    """

    target: PanelSet
    view: str
    indices: NDArray[np.intp]
    chosen: NDArray[np.intp]
    scores: Rows
    closest: NDArray[np.intp]
    closest_scores: Rows
    informative: NDArray[np.bool_]

    @property
    def threshold(self) -> float:
        """The NCC above which a panel shows its member."""
        return SAME_HEATMAP if self.target.noun == "heatmap" else SAME

    @property
    def hits(self) -> NDArray[np.bool_]:
        """Which panels show the member they were assigned, (M,)."""
        return self.scores > self.threshold

    @property
    def strength(self) -> tuple[int, float]:
        """For ranking: panels shown with content, then the mean score."""
        # Rounded, so that arithmetic noise does not decide between two sets that are equally right.
        mean = round(float(self.scores.mean()), 4) if len(self.scores) else -1.0
        return int((self.hits & self.informative).sum()), mean


def match(shown: Shown, target: PanelSet) -> Match:
    """Assign a figure's panels to a set, in the view that shows most of them, the plainest first."""

    def fit(one: Match) -> tuple[int, float]:
        hits, mean = one.strength
        return hits, 0.0 if hits else mean

    return max((_solved(shown, target, view) for view in views.accepted(target, shown)), key=fit)


def nearest(shown: Shown, candidates: Sequence[PanelSet], reference: PanelSet | None = None) -> list[Match]:
    """The few sets that explain a figure best, best first.

    All are screened on a dozen panels with matrix products; only the best are assigned one to one.
    Equal ones stay in the order given.

    Args:
        shown: the figure.
        candidates: the sets.
        reference: a set that the figure may be like, which saves time then and changes nothing.
    """
    if reference is not None:
        candidates = screening.worth_a_look(shown, candidates, reference, _SCREENED, _KEPT)
    bounds = [(round(_bound(shown, target), 4), target) for target in candidates]
    ranked = sorted((pair for pair in bounds if pair[0] > 0), key=lambda pair: pair[0], reverse=True)
    matches = [match(shown, target) for _, target in ranked[:_KEPT]]
    return sorted(matches, key=lambda one: one.strength, reverse=True)


def margin(found: Match, rival: Match) -> float | None:
    """How much better a set explains a figure than a rival does: the mean difference in NCC.

    Only panels count for which the two sets propose different things; where a map of the rival equals the
    reference, both are right.

    Returns:
        -2…2, positive when `found` explains more; None if the two sets cannot be told apart here.
    """
    own_rows, rival_rows = (views.unit_rows(one.target, one.view) for one in (found, rival))
    places = {int(index): place for place, index in enumerate(rival.indices)}
    differences: list[float] = []
    for place, index in enumerate(found.indices):
        other = places.get(int(index))
        score = 0.0 if other is None else float(rival.scores[other])
        if other is not None and _twins(own_rows, found.chosen[place], rival_rows, rival.chosen[other]):
            continue
        if found.informative[place] and found.chosen[place] >= 0:
            differences.append(float(found.scores[place]) - score)
    return float(np.mean(differences)) if differences else None


def find(shown: Shown, images: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Rows]:
    """Look every panel up in a data set.

    Args:
        shown: the figure.
        images: (N, H, W) or (N, H, W, C), any scale.

    Returns:
        Which panels have the images' form, the image each is most like, and the NCC with it.
    """
    target = PanelSet(images, "image", (), "the images")
    group, scores = views.similarity(shown, target, "plain")
    if shown.enlarges(target):
        np.maximum(scores, views.similarity(shown, target, "smooth")[1], out=scores)
    if not len(group.indices):
        return group.indices, group.indices, np.zeros(0)
    best = scores.argmax(axis=1)
    top = scores.max(axis=1)
    top[group.constant] = 0
    return group.indices, best, top


def _bound(shown: Shown, target: PanelSet) -> float:
    """At least the summed score of the best assignment, on the first panels with content."""
    best = 0.0
    for view in views.accepted(target, shown):
        group, scores = views.similarity(shown.sample(_SCREENED), target, view)
        if scores.size:
            best = max(best, float(scores[~group.constant].max(axis=1).sum()))
    return best


def _solved(shown: Shown, target: PanelSet, view: str) -> Match:
    group, scores = views.similarity(shown, target, view)
    views.forgive_cutting(group, target, view, scores)
    count = len(group.indices)
    chosen = np.full(count, -1, np.intp)
    assigned = np.zeros(count)
    if scores.size:
        first = 1 + _EARLIER * np.arange(count, 0, -1)[:, None] / count
        rows, columns = linear_sum_assignment(scores * first, maximize=True)
        chosen[rows] = columns
        assigned[rows] = scores[rows, columns]
    closest = scores.argmax(axis=1) if scores.size else chosen
    highest = scores.max(axis=1) if scores.size else assigned
    return Match(target, view, group.indices, chosen, assigned, closest, highest, ~group.constant)


def _twins(own: Rows, mine: int, rival: Rows, other: int) -> bool:
    if mine < 0 or other < 0 or own.shape[1] != rival.shape[1]:
        return False
    both_constant = not own[mine].any() and not rival[other].any()
    return both_constant or float(own[mine] @ rival[other]) > TWINS
