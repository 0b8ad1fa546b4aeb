"""What a run cost: where the time of its submissions went, and what a larger class would take.

Numbers and sentences only; measures nothing itself.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_PARTS: Final = {
    "start": "start",
    "student's cells": "cells",
    "capture": "capture",
    "checks": "checks",
    "report": "report",
}
_CLASS: Final = 1000


@dataclass(frozen=True)
class Cost:
    """Of one submission, in seconds.

    Attributes:
        wall: from its start to its written result.
        cpu: processor time of its processes; 0 where it was not counted.
        gpu: how long it held a GPU, or its place on one; 0 without.
        parts: wall-clock seconds by name: "execution" as a whole and in it "start" (imports), "cells" (the
            student's own) and "capture" (values, figures); then "checks" and "report".
    """

    wall: float
    cpu: float
    gpu: float
    parts: Mapping[str, float]


def of(seconds: Mapping[str, float], report: float) -> Cost:
    """The cost of a submission, from its result's `seconds` and the time that its files took."""
    wall = seconds.get("execution", 0.0) + seconds.get("checks", 0.0) + report
    return Cost(wall, seconds.get("cpu", 0.0), seconds.get("gpu", 0.0), {**seconds, "report": report})


def told(costs: Sequence[Cost], elapsed: float, preparing: float) -> list[str]:
    """What a run cost, in a few lines.

    Args:
        costs: of the submissions that were graded in this run.
        elapsed: wall-clock seconds of the whole run.
        preparing: of these, what passed before the first submission: a larger class waits for that once, too.
    """
    executed = [cost for cost in costs if "execution" in cost.parts]  # The others are copies of these.
    if not executed:
        return []
    wall, cpu, gpu = ([getattr(one, name) for one in executed] for name in ("wall", "cpu", "gpu"))
    lines = [
        f"{len(costs)} graded in {duration(elapsed)}. A submission: {_spread(wall)}; "
        f"processor {_spread(cpu)}; {f'GPU {_spread(gpu)}' if any(gpu) else 'no GPU'}."
    ]
    shares = [
        f"{name} {statistics.fmean(one.parts.get(key, 0.0) for one in executed):.2f} s"
        for name, key in _PARTS.items()
    ]
    lines.append(f"Where it went, on average: {', '.join(shares)}.")
    if len(costs) > 1:
        larger = preparing + (elapsed - preparing) / len(costs) * _CLASS
        lines.append(f"A class of {_CLASS:,} would take {duration(larger)} like this.")
    return lines


def _spread(seconds: Sequence[float]) -> str:
    ordered = sorted(seconds)
    return f"{statistics.median(ordered):.2f} s (95 % at most {ordered[_place(len(ordered))]:.2f} s)"


def duration(seconds: float) -> str:
    """Seconds in the two largest units that matter: 41 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _place(count: int) -> int:
    """Index of the 95th percentile (nearest rank) of so many sorted values."""
    return max(0, -(-95 * count // 100) - 1)
