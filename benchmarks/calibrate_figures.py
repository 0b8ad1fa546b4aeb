"""What the thresholds of figure verification rest on: every kind of figure, drawn rightly and wrongly.

    python benchmarks/calibrate_figures.py            # under 20 minutes; writes benchmarks/results/figures.md
    python benchmarks/calibrate_figures.py --quick    # fewer styles and claims; prints only
    python benchmarks/calibrate_figures.py --only panels mosaic

For the five assignments' own questions, figures are drawn with matplotlib as students draw them: right ones
in many styles, and wrong ones with one usual mistake each. The worker's recorder records them, the
assignment's check judges them with the real oracle, on the real data and the shipped checkpoints where there
are such.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from figure_cases import nearest
from figure_cases.base import Judged, World

from autograder.figures.mistakes import KINDS, MISTAKES

RESULTS = Path(__file__).resolve().parent / "results" / "figures.md"
GROUPS = ("panels", "galleries", "heatmaps", "ascents", "numbers")
"""Modules of `figure_cases`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer styles and claims; writes nothing")
    parser.add_argument("--only", nargs="+", choices=KINDS, help="only these kinds; writes nothing")
    options = parser.parse_args()
    begin = time.perf_counter()
    world = World(options.quick)
    judged = list(judge_all(world, options.only or KINDS))
    text = report(judged, world, time.perf_counter() - begin)
    if not options.quick and not options.only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


def modules() -> Iterator[ModuleType]:
    for group in GROUPS:
        if (Path(__file__).parent / "figure_cases" / f"{group}.py").is_file():
            yield import_module(f"figure_cases.{group}")


def judge_all(world: World, kinds: Sequence[str]) -> Iterator[Judged]:
    begin, count = time.perf_counter(), 0
    place = ""
    for module in modules():
        for case in module.cases(world, world.quick):
            if case.kind not in kinds:
                continue
            if f"{case.kind} {case.place}" != place:
                place = f"{case.kind} {case.place}"
                print(f"{time.perf_counter() - begin:6.0f} s  {count:4d} figures, now {place}", flush=True)
            judged = world.judged(case)
            count += 1
            if judged.wrong or (case.mistake and not judged.correctly_named):
                print(f"          {describe(judged)}", flush=True)
            yield judged


def describe(judged: Judged) -> str:
    case, verdict = judged.case, judged.verdict
    what = f"{case.kind} {case.place}: {case.style}, {case.mistake or 'right'}"
    return f"{what}: {judged.outcome}, {verdict.diagnosis or 'nothing named'}: {verdict.message}"


def report(judged: Sequence[Judged], world: World, seconds: float) -> str:
    right = [one for one in judged if not one.case.mistake]
    wrong = [one for one in judged if one.case.mistake]
    named = sum(one.correctly_named for one in wrong)
    accepted = _count(wrong, "accepted")
    lines = [
        "# Calibration of figure verification",
        "",
        "Made by `python benchmarks/calibrate_figures.py`: figures of the assignments' own questions, drawn",
        "with matplotlib, recorded, and judged by the questions' checks with the shipped checkpoints.",
        "",
        *(f"- {world.data(name).title}" for name in ("cifar10", "mnist")),
        f"- {machine()}; {len(judged)} figures in {seconds / 60:.1f} minutes",
        "",
        f"**{len(right)} right figures: {_count(right, 'refused')} refused,",
        f"{_count(right, 'undecided')} left to a person. {len(wrong)} wrong figures: {accepted} accepted,",
        f"{_count(wrong, 'undecided')} left to a person, {named} ({named / max(1, len(wrong)):.1%}) called",
        "by their name.**",
        "",
        *calibration(judged),
        *(nearest.lines(world) if any(one.case.kind == "curves" for one in judged) else ()),
        *mistakes(judged),
        *failures(judged),
    ]
    return "\n".join(lines) + "\n"


def machine() -> str:
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"


def calibration(judged: Sequence[Judged]) -> Iterator[str]:
    """Scores by kind and question: right figures, and the wrong ones that come nearest."""
    yield "## Scores"
    yield ""
    yield "Smallest / median / largest score of the figures that were drawn. A wrong figure is in the line of"
    yield "its mistake; of each question the three with the highest scores are listed, then the rest."
    scores = {module_kind: module.scores for module in modules() for module_kind in module.KINDS}
    notes = {kind: note for module in modules() for kind, note in module.THRESHOLDS.items()}
    for kind in KINDS:
        mine = [one for one in judged if one.case.kind == kind]
        if not mine:
            continue
        measured = [(one, scores[kind](one.verdict)) for one in mine]
        names = list(dict.fromkeys(name for _, found in measured for name in found))
        yield ""
        yield f"### {kind}"
        yield ""
        yield f"{notes[kind]}"
        yield ""
        yield f"| question | drawn | figures | {' | '.join(names)} | accepted | undecided | refused |"
        yield "|---|---|--:|" + "---|" * len(names) + "--:|--:|--:|"
        for place in dict.fromkeys(one.case.place for one in mine):
            here = [pair for pair in measured if pair[0].case.place == place]
            for title, group in _grouped(here, names[:1]):
                cells = [_spread([found[name] for _, found in group if name in found]) for name in names]
                counts = [str(_count([one for one, _ in group], what)) for what in _OUTCOMES]
                yield f"| {place} | {title} | {len(group)} | {' | '.join([*cells, *counts])} |"
    yield ""


_OUTCOMES = ("accepted", "undecided", "refused")
Measured = list[tuple[Judged, dict[str, float]]]


def _grouped(here: Measured, first: Sequence[str]) -> Iterator[tuple[str, Measured]]:
    """Right figures, the mistakes that come nearest to them, and the rest."""
    groups: dict[str, Measured] = defaultdict(list)
    for one, found in here:
        groups[one.case.mistake].append((one, found))
    if "" in groups:
        styles = len({one.case.style for one, _ in groups[""]})
        yield f"right, {styles} styles", groups.pop("")

    def nearest(name: str) -> float:
        return max(
            (found[key] for _, found in groups[name] for key in first if key in found), default=-np.inf
        )

    ranked = sorted(groups, key=nearest, reverse=True)
    for name in ranked[:3]:
        yield name, groups[name]
    rest = [pair for name in ranked[3:] for pair in groups[name]]
    if rest:
        yield f"{len(ranked[3:])} other mistakes", rest


def _spread(values: Sequence[float]) -> str:
    finite = [value for value in values if np.isfinite(value)]
    if not finite:
        return "–"
    return " / ".join(f"{value:.4g}" for value in (min(finite), float(np.median(finite)), max(finite)))


def mistakes(judged: Sequence[Judged]) -> Iterator[str]:
    """How each mistake fares, kind by kind."""
    yield "## Mistakes"
    yield ""
    yield "`named` counts the figures of which the verdict says what was done, to the student or to the"
    yield "person who decides. `right` are figures without a mistake, in many styles."
    yield ""
    yield "| kind | mistake | figures | accepted | to a person | refused | named |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for kind in KINDS:
        mine = [one for one in judged if one.case.kind == kind]
        order = ["", *sorted({one.case.mistake for one in mine} - {""})]
        for name in order:
            rows = [one for one in mine if one.case.mistake == name]
            if rows:
                yield f"| {kind} | {_title(name)} | {_row(rows)} |"
    for title, is_wrong in (("right", False), ("wrong", True)):
        rows = [one for one in judged if bool(one.case.mistake) is is_wrong]
        yield f"| **all** | **{title}** | {_row(rows)} |"
    yield ""


def _title(name: str) -> str:
    if not name:
        return "right"
    return f"`{name}`: {MISTAKES[name].shows}" if name in MISTAKES else name


def _row(rows: Sequence[Judged]) -> str:
    counts = [len(rows), *(_count(rows, what) for what in _OUTCOMES)]
    named = str(sum(one.correctly_named for one in rows)) if rows and rows[0].case.mistake else "–"
    return " | ".join([*map(str, counts), named])


def _count(rows: Iterable[Judged], outcome: str) -> int:
    return Counter(one.outcome for one in rows)[outcome]


def failures(judged: Sequence[Judged]) -> Iterator[str]:
    """Each figure that was not judged, or not named, as it should be."""
    odd = [one for one in judged if one.wrong or (one.case.mistake and not one.correctly_named)]
    undecided = [one for one in judged if not one.case.mistake and one.outcome == "undecided"]
    yield "## Not as it should be"
    yield ""
    if not odd and not undecided:
        yield "Nothing."
    for one in [*odd, *undecided]:
        case = one.case
        yield (
            f"- {case.kind}, {case.place}, {case.style}, {case.mistake or 'right'}: {one.outcome}, "
            f"`{one.verdict.diagnosis or '–'}`"
        )


if __name__ == "__main__":
    main()
