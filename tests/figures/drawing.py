"""Figures drawn with the real matplotlib, as the judge gets them: recorded, packed, sent and checked."""

from __future__ import annotations

from collections.abc import Callable

from autograder.evidence import Figure
from tests.worker.watching import watching


def recorded(draw: Callable[[], object]) -> list[Figure]:
    """The figures that a function draws."""
    with watching() as watch:
        draw()
        return watch.arrived()
