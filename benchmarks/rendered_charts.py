"""How well curves, bars and histograms are judged from their rendered pictures alone.

    python benchmarks/rendered_charts.py                # writes benchmarks/results/rendered_charts.md
    python benchmarks/rendered_charts.py --step 3       # every third figure; writes as well

Figures are drawn much as the solutions draw them in many styles, and with the usual mistakes; each is
recorded by the worker's recorder and saved as a PNG as notebooks save it, and both are judged by the
assignment's check. A person decides about each that does not pass, and is told what the lines and bars are:
right, or those of a mistake, or nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # As the command does.

import numpy as np
from figure_cases import rendered_charts
from figure_cases.base import Case, World
from figure_cases.rendered_charts import STYLES, TUNED, WORDS

from autograder.checks import judge
from autograder.checks.saved_charts import UNCLEAR, UNREAD
from autograder.evidence import Figure, QuestionEvidence, Rendered
from autograder.result import Verdict

RESULTS = Path(__file__).resolve().parent / "results" / "rendered_charts.md"
RIGHT = "right but for its words"
WRONG = "told to be wrong"
OUTCOMES = ("accepted", RIGHT, "undecided", WRONG, "refused")


@dataclass(frozen=True)
class Judged:
    """One figure and what both paths make of it.

    Attributes:
        case: what was drawn.
        style: how.
        data, picture: outcomes by the captured figure and by its picture.
        named: the picture's diagnosis.
        seconds: that judging the picture took.
    """

    case: Case
    style: str
    data: str
    picture: str
    named: str
    seconds: float

    @property
    def half(self) -> str:
        """Whether thresholds were chosen on its question."""
        return "chosen on" if self.case.place in TUNED else "checked on"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--step", type=int, default=1, help="every so many figures")
    parser.add_argument("--only", default="", help="kinds and places that contain this; writes nothing")
    options = parser.parse_args()
    begin = time.perf_counter()
    world = World()
    found = list(judged(world, options.step, options.only))
    flags = f" --step {options.step}" if options.step > 1 else ""
    text = report(found, time.perf_counter() - begin, flags)
    if not options.only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


def judged(world: World, step: int, only: str) -> Iterator[Judged]:
    """Draw and judge every so many figures; each is told."""
    for number, (style, case) in enumerate(rendered_charts.cases(world)):
        if number % step or only not in f"{case.kind} {case.place}":
            continue
        figures, pictures = rendered_charts.drawn(case, STYLES[style])
        if not pictures:  # What `show` closed cannot be saved any more.
            continue
        data = _verdict(world, case, figures, [])
        begin = time.perf_counter()
        seen = _verdict(world, case, [], [Rendered(0, pixels) for pixels in pictures])
        seconds = time.perf_counter() - begin
        one = Judged(case, style, _outcome(data), _outcome(seen), seen.diagnosis, seconds)
        print(
            f"{number:4} {case.place:38} {style:26} {case.mistake or 'right':20} {one.data:10} "
            f"{one.picture:24} {one.named:18} {seconds:5.2f} s",
            flush=True,
        )
        yield one


def _verdict(world: World, case: Case, figures: Sequence[Figure], pictures: Sequence[Rendered]) -> Verdict:
    assignment, question = case.place.split("/")
    seen = QuestionEvidence(
        question,
        matched_by="metadata",
        cells=(0,),
        source="draw()",
        values=dict(case.values),
        figures=list(figures),
        rendered=list(pictures),
        trained=world.handed_in(assignment),
    )
    return judge(world.check(case), seen, world.oracle(assignment))


def _outcome(verdict: Verdict) -> str:
    if verdict.diagnosis == UNREAD:
        return RIGHT
    if verdict.status == "needs_person" and verdict.diagnosis not in (UNCLEAR, "no_log"):
        return WRONG
    return {"passed": "accepted", "needs_person": "undecided"}.get(verdict.status, "refused")


def report(found: Sequence[Judged], seconds: float, flags: str) -> str:
    right = [one for one in found if not one.case.mistake]
    worded = [one for one in found if one.case.mistake in WORDS]
    wrong = [one for one in found if one.case.mistake and one.case.mistake not in WORDS]
    times = np.array([one.seconds for one in found])
    seen = [one for one in right if one.picture == RIGHT]
    known = [one for one in wrong if one.picture == WRONG]
    believed = Counter(one.case.mistake for one in wrong if one.picture in ("accepted", RIGHT))
    listed = ", ".join(f"{name} {count}" for name, count in believed.items()) or "none"
    lines = [
        "# Curves, bars and histograms judged from their rendered pictures alone",
        "",
        f"Printed by `python benchmarks/rendered_charts.py{flags}` in {seconds / 60:.0f} minutes on "
        f"{platform.machine()}, {os.cpu_count()} cores. {len(found)} figures: {len(right)} right ones in "
        f"{len(STYLES)} styles, {len(wrong)} wrong ones, {len(worded)} wrong in words only. Thresholds were "
        f"chosen on {', '.join(TUNED)}; how curves are read was mended with an eye on all of them.",
        "",
        "Curves and bars pass where their words and the numbers at their axes are surely read and right. "
        "Every other figure goes to a person, who is told whether its lines or bars are right, wrong, or not "
        "known.",
        "",
        "| | measured |",
        "|---|---|",
        f"| right figures accepted | {_share(sum(one.picture == 'accepted' for one in right), len(right))} |",
        f"| figures wrong in words only accepted | {sum(one.picture == 'accepted' for one in worded)} |",
        f"| wrong figures accepted | {sum(one.picture == 'accepted' for one in wrong)} |",
        f"| right figures told to be right but for words | {_share(len(seen), len(right))} |",
        f"| right figures told to be wrong | {sum(one.picture == WRONG for one in right)} |",
        f"| wrong figures told to be wrong | {_share(len(known), len(wrong))} |",
        f"| wrong figures told to be right but for words | {sum(believed.values())}: {listed} |",
        f"| seconds a figure: median, 95 %, most | {np.median(times):.2f}, {np.quantile(times, 0.95):.2f}, "
        f"{times.max():.2f} |",
        "",
    ]
    lines += _table("Right figures, by kind and half", lambda one: f"{one.case.kind}, {one.half}", right)
    lines += _table("Right figures, by style", lambda one: one.style, right)
    lines += _table("Wrong figures, by kind and half", lambda one: f"{one.case.kind}, {one.half}", wrong)
    lines += _table("Wrong figures, by mistake", lambda one: f"{one.case.kind}: {one.case.mistake}", wrong)
    lines += _table("Wrong in words only", lambda one: f"{one.case.kind}: {one.case.mistake}", worded)
    return "\n".join(lines)


def _table(title: str, key: object, found: Sequence[Judged]) -> list[str]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)  # type: ignore[operator]
    lines = [
        f"## {title}",
        "",
        f"| | figures | {' | '.join(OUTCOMES)} |",
        f"|---|---|{'---|' * len(OUTCOMES)}",
    ]
    for name, members in sorted(groups.items()):
        counts = Counter(one.picture for one in members)
        lines.append(f"| {name} | {len(members)} | {' | '.join(str(counts[one]) for one in OUTCOMES)} |")
    return [*lines, ""]


def _share(count: int, of: int) -> str:
    return f"{100 * count / max(1, of):.1f} % ({count} of {of})"


if __name__ == "__main__":
    main()
