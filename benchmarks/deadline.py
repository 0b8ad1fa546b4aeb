"""What it takes to grade a large class whose work is due at midnight: a model, simulated.

    python benchmarks/deadline.py --median 2.7 --p95 3.5    # writes benchmarks/results/deadline.md

The service time is given: what `benchmarks/class.py` measured. Arrivals are assumed, and the report says how:
each student hands in several times, and many of these times are close to the deadline. Submissions are graded
in the order in which they come, by so many cores, one notebook a core.
"""

from __future__ import annotations

import argparse
import heapq
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RESULTS = Path(__file__).resolve().parent / "results" / "deadline.md"

STUDENTS = 10_000
HAND_INS = 2.5
"""Of a student, on average: graded feedback makes them try again."""
SHARES = ((0.45, 60.0), (0.35, 8.0), (0.20, 0.5))
"""Share of the hand-ins, and the mean of how many hours before the deadline they come (exponential)."""
PRICE = 0.045
"""Assumed price of one core for one hour, in dollars: large clouds ask about as much for general machines."""


@dataclass(frozen=True)
class Service:
    """How long a core takes for a submission, in seconds: lognormal, by its median and 95th percentile."""

    median: float
    p95: float

    def draw(self, count: int, chance: np.random.Generator) -> NDArray[np.float64]:
        spread = np.log(self.p95 / self.median) / 1.645
        return chance.lognormal(np.log(self.median), spread, count)


@dataclass(frozen=True)
class Outcome:
    """What came of one number of cores.

    Attributes:
        cores: graders at once.
        waits: seconds from handing in to the result, per hand-in.
        after: seconds from the deadline to the last result.
    """

    cores: int
    waits: NDArray[np.float64]
    after: float


def arrivals(students: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """When hand-ins come, in seconds before (negative) the deadline, sorted."""
    counts = 1 + chance.poisson(HAND_INS - 1, students)
    total = int(counts.sum())
    kinds = chance.choice(len(SHARES), total, p=[share for share, _ in SHARES])
    hours = chance.exponential(np.array([mean for _, mean in SHARES])[kinds])
    return np.sort(-hours * 3600)


def simulate(times: NDArray[np.float64], work: NDArray[np.float64], cores: int) -> Outcome:
    """First come, first served, by so many cores."""
    free = [-np.inf] * cores
    ends = np.empty_like(times)
    for index, (time, seconds) in enumerate(zip(times, work, strict=True)):
        ends[index] = max(time, heapq.heappop(free)) + seconds
        heapq.heappush(free, ends[index])
    return Outcome(cores, ends - times, max(0.0, float(ends.max())))


def report(service: Service, seed: int = 0) -> str:
    chance = np.random.default_rng(seed)
    times = arrivals(STUDENTS, chance)
    work = service.draw(len(times), chance)
    hour = np.histogram(times, np.arange(-24 * 3600, 1, 3600))[0]
    shares = "; ".join(f"{share:.0%} on average {mean:g} h before (exponential)" for share, mean in SHARES)
    lines = [
        "# Ten thousand students, due at midnight",
        "",
        "Printed by `python benchmarks/deadline.py`. A model, not a measurement.",
        "",
        f"- {STUDENTS:,} students hand in {HAND_INS:g} times on average: {len(times):,} hand-ins.",
        f"- When they come: {shares}; {hour[-1]:,} in the last hour, {hour[-2]:,} before.",
        f"- A core takes {service.median:.2f} s for one (median; 95 %: {service.p95:.2f} s; lognormal).",
        "- First come, first served; that identical hand-ins of a run are executed once is not counted on.",
        "",
        "| cores | result after (median) | 95 % | longest | last one after the deadline | last hour's load |",
        "|---|---|---|---|---|---|",
    ]
    last = work[times > -3600].sum() / 3600
    for cores in (2, 4, 8, 16, 32, 64):
        found = simulate(times, work, cores)
        cells = [
            float(np.median(found.waits)),
            float(np.quantile(found.waits, 0.95)),
            float(found.waits.max()),
        ]
        cells.append(found.after)
        lines.append(f"| {cores} | {' | '.join(map(told, cells))} | {last / cores:.0%} |")
    hours = work.sum() / 3600
    lines += [
        "",
        f"All of it takes {hours:.1f} core-hours: {hours * PRICE:.2f} dollars at an assumed {PRICE:g} a "
        "core-hour. What costs is machines that wait.",
        "",
    ]
    return "\n".join(lines)


def told(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--print", action="store_true", dest="only", help="writes nothing")
    parser.add_argument(
        "--median", type=float, required=True, help="seconds of a core, from benchmarks/class.py"
    )
    parser.add_argument("--p95", type=float, required=True)
    options = parser.parse_args()
    text = report(Service(options.median, options.p95))
    if not options.only:
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
