"""What a figure of numbers (curves, bars, a histogram, a confusion matrix) was found to show, in one form.

Plain data. Points are given elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

HALF: Final = 0.5
"""Share for a figure of the right numbers that is not drawn as asked: unlabelled, unmarked, another scale."""


T = TypeVar("T")
Rivals = Callable[[], Iterable[tuple[str, T]]]
"""What may be shown by mistake: gives names and what belongs to them, computed only when it is asked for."""


def nobody() -> Iterable[tuple[str, Any]]:
    """No rivals."""
    return ()


@dataclass(frozen=True)
class Outcome:
    """What was found.

    Attributes:
        share: of what was asked for, 0…1; 1 when the figure is right.
        message: what was seen, what was expected in kind, what to do next.
        mistake: machine-readable, for example "transposed"; "" for a right figure.
        sure: the grader can decide; False means that a person should look.
        instructor: more, for the instructor.
        details: numbers behind it, JSON-able.
    """

    share: float
    message: str
    mistake: str = ""
    sure: bool = True
    instructor: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether it is the figure that was asked for."""
        return self.share >= 1 and self.sure


def wrong(mistake: str, message: str, **more: Any) -> Outcome:
    """A figure that shows something else; `more` are further attributes."""
    return Outcome(0.0, message, mistake, **more)


def half(mistake: str, message: str, **more: Any) -> Outcome:
    """The right numbers, not drawn as asked; see `HALF`."""
    return Outcome(HALF, message, mistake, **more)


def undecided(mistake: str, message: str, **more: Any) -> Outcome:
    """A figure about which a person has to decide."""
    return Outcome(0.0, message, mistake, sure=False, **more)


def best(outcomes: Iterable[Outcome]) -> Outcome:
    """The most favourable one: right, then undecided, then the largest share, then a known mistake.

    Raises:
        ValueError: there are none.
    """

    def favour(one: Outcome) -> tuple[bool, bool, float, bool]:
        return one.right, not one.sure, one.share, one.mistake not in UNRECOGNISED

    return max(outcomes, key=favour)


UNRECOGNISED: Final = frozenset({"unknown", "other_values", "wrong_shape", "missing"})
"""Mistakes that say only that something else was drawn."""
