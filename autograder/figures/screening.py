"""Screening: which of many sets cannot be among the few that explain a figure best.

Feature maps of a thousand images are rivals of every figure of one, and laying it against each of them took
most of its verification. Angles between unit vectors obey the triangle inequality: how far a panel is from
the reference, and the reference from a rival, bounds how far the panel is from the rival; and the second is
the same for all submissions. Exact: leaves out nothing that would have been found. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np

from autograder.figures import views
from autograder.figures.panels import Panel, PanelSet
from autograder.figures.views import Rows, Shown

_MANY: Final = 50
"""Fewer sets are looked at faster than they are bounded."""

_ROUNDING: Final = 4e-6
"""Of an NCC in single precision."""

_TIE: Final = 1e-3
"""Sums of scores that are this close are not told apart here: `matching` rounds them."""

# By reference and rival, for each panel of the reference its NCC with the nearest one of the rival.
_CLOSEST: WeakKeyDictionary[PanelSet, WeakKeyDictionary[PanelSet, Rows | None]] = WeakKeyDictionary()


def worth_a_look(
    shown: Shown, candidates: Sequence[PanelSet], reference: PanelSet, panels: int, kept: int
) -> Sequence[PanelSet]:
    """The candidates that may be among the best.

    Args:
        shown: the figure.
        candidates: sets, of any form.
        reference: a set; only if the figure is much like it, much can be left out.
        panels: how many panels of the figure are looked at.
        kept: how many of the best are wanted.

    Returns:
        In the order given, at least `kept` of them, as far as there are so many.
    """
    sample = shown.sample(panels)
    rivals = [one for one in candidates if _like(one, reference) and views.accepted(one, shown) == ("plain",)]
    if len(rivals) < max(_MANY, kept) or sample.reversed.any() or sample.flipped.any():
        return candidates
    group, scores = views.similarity(sample, reference, "plain")
    scores = scores[~group.constant]
    if not scores.size:
        return candidates
    rows = _closest(reference, rivals)
    if len(rows) < kept:
        return candidates
    own = _angle(scores.max(axis=1) - _ROUNDING)
    between = np.stack(list(rows.values()))[:, scores.argmax(axis=1)]
    highest = np.cos(np.maximum(_angle(between + _ROUNDING) - own, 0)).sum(axis=1)
    lowest = np.cos(np.minimum(_angle(between - _ROUNDING) + own, np.pi)).sum(axis=1)
    needed = np.partition(lowest, -kept)[-kept] - _TIE
    hopeless = {id(one) for one, most in zip(rows, highest, strict=True) if most < needed}
    return [one for one in candidates if id(one) not in hopeless]


def _like(one: PanelSet, reference: PanelSet) -> bool:
    """Whether they have the same form, so that the same panels of a figure are laid against them."""
    return one.noun == reference.noun and one.shape == reference.shape


def _closest(reference: PanelSet, rivals: Sequence[PanelSet]) -> dict[PanelSet, Rows]:
    """By rival, (N,) for the reference's N panels; without rivals that cannot be bounded."""
    known = _CLOSEST.setdefault(reference, WeakKeyDictionary())
    figure = Shown([Panel(pixels) for pixels in reference.stack])
    for rival in rivals:
        if rival not in known:
            known[rival] = views.highest(figure, rival)
    return {rival: found for rival in rivals if (found := known[rival]) is not None}


def _angle(scores: Rows) -> Rows:
    """In radians, 0…π, of normalised cross-correlations."""
    angles: Rows = np.arccos(np.clip(np.asarray(scores, np.float64), -1, 1))
    return angles
