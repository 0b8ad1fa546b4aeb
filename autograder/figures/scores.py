"""Class scores of one image: what bars have to show, what they may show by mistake, and when they agree.

Plain data and comparisons of ten numbers or so. Reads no figure and judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from autograder.figures.outcome import Rivals, nobody
from autograder.figures.panels import Floats

EXACT: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Scores:
    """What the bars have to show, and what they may show by mistake.

    Attributes:
        expected: probabilities of the image, (C,).
        title: the image in words.
        names: of the classes.
        label: the image's true class, None if it is not known.
        others: probabilities of all images of the data, (N, C).
        highlight: the true class's bar has to have a colour of its own.
        unsure: the image has to be one that the network gives no larger probability than this.
        networks: other networks and the probabilities that they give to the image, (C,).
        neighbours: images that are easily taken for this one, in words, and their probabilities, (C,).
        inputs: other forms of the image that the network may have been given, such as "with the mean added
            back", and its probabilities for them, (C,).
    """

    expected: Floats
    title: str
    names: Sequence[str]
    label: int | None
    others: Floats
    highlight: bool = False
    unsure: float | None = None
    networks: Rivals[Floats] = nobody
    neighbours: Rivals[Floats] = nobody
    inputs: Rivals[Floats] = nobody


def unit(drawn: Floats) -> Floats:
    """Scores that were drawn, from per cent to 0…1 where they are larger."""
    return drawn / 100 if np.abs(drawn).max(initial=0) > 1.5 else drawn


def distance(drawn: Floats, expected: Floats) -> float:
    """The farthest that a bar is off its score, 0…1; infinity where something is not finite."""
    if not np.isfinite(drawn).all() or not np.isfinite(expected).all():
        return np.inf
    return float(np.abs(unit(drawn) - expected).max())


def fits(drawn: Floats, expected: Floats) -> bool:
    """Whether bars have the lengths of scores, as they are, in per cent, or rounded for display.

    Args:
        drawn: (C,) lengths.
        expected: (C,) scores, 0…1.
    """
    return distance(drawn, expected) <= slack(drawn)


def slack(drawn: Floats) -> float:
    """How far a bar may be off: `EXACT`, or half of the last decimal that all of them are rounded to."""
    return max(EXACT, _rounding(unit(drawn))) + 1e-9


def zeros_and_a_one(values: Floats) -> bool:
    """Whether one bar is 1, or 100, and all others are 0."""
    return bool(np.isin(values, (0, 1, 100)).all() and np.count_nonzero(values) == 1)


def _rounding(shares: Floats) -> float:
    """Half of the last decimal that all scores are rounded to, if they are: two or three decimals."""
    for decimals in (2, 3):
        scaled = shares * 10.0**decimals
        if np.abs(scaled - np.rint(scaled)).max() < 1e-3:  # float32 has seven digits.
            return 0.5 * 10.0**-decimals
    return 0.0
