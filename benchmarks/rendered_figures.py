"""How well figures are judged from their rendered pictures alone, against the captured figures themselves.

    python benchmarks/rendered_figures.py                # writes benchmarks/results/rendered_figures.md
    python benchmarks/rendered_figures.py --quick        # every fifth figure; prints only
    python benchmarks/rendered_figures.py --only panels  # kinds and places that contain this; prints only

The image figures of the five assignments are drawn rightly in all styles, and with usual mistakes, noise and
unknown networks in two each. Each is recorded by the worker's recorder and saved as a PNG, as notebooks do;
both are judged by the assignment's check with the real oracle, on the real data and the shipped checkpoints
where there are such. Right and wrong figures are counted apart. Thresholds were set before; the table of
calibration shows how far scores are from them, in two halves of the subjects. Charts: `rendered_charts.py`.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # As the command does.

import numpy as np
from figure_cases import rendered
from figure_cases.base import World
from figure_cases.rendered import STYLES, Style, Subject

from autograder.checks import judge
from autograder.checks.base import Check
from autograder.evidence import Figure, QuestionEvidence, Rendered
from autograder.figures.rendered import showing
from autograder.result import Verdict

RESULTS = Path(__file__).resolve().parent / "results" / "rendered_figures.md"
OUTCOMES = ("accepted", "undecided", "refused")
WRONG_STYLES = 2
"""Styles in which each mistake is drawn; which ones, changes from mistake to mistake."""

HALVES = ("first, third, …", "second, fourth, …")


@dataclass(frozen=True)
class Case:
    """One figure and what both paths make of it.

    Attributes:
        subject: what is asked for.
        half: of `HALVES`.
        style: how it is drawn.
        mistake: what is wrong with it, "" for a right one.
        data, picture: outcomes by the captured figure and by its picture.
        named: the picture's diagnosis.
        seconds: that judging the picture took, of one processor.
        score, margin: the median NCC of the picture's panels with the reference, and how much more than by
            anything else they are explained by it; None where the check does not measure them.
    """

    subject: Subject
    half: str
    style: str
    mistake: str
    data: str
    picture: str
    named: str
    seconds: float
    score: float | None
    margin: float | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every fifth figure; writes nothing")
    parser.add_argument("--only", default="", help="kinds and places that contain this; writes nothing")
    options = parser.parse_args()
    begin = time.perf_counter()
    world = World()
    cases = list(judged(world, 5 if options.quick else 1, options.only))
    text = report(cases, world, time.perf_counter() - begin)
    if not options.quick and not options.only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


def judged(world: World, step: int, only: str) -> Iterator[Case]:
    """Draw and judge every so many figures; each is told."""
    count = 0
    for rank, subject in enumerate(rendered.subjects(world)):
        if only not in f"{subject.kind} {subject.place}":
            continue
        for style, mistake, words, panels, titles in _figures(subject, rank):
            count += 1
            if count % step:
                continue
            case = _judged(world, subject, HALVES[rank % 2], style, mistake, panels, titles)
            print(
                f"{count:4} {subject.place:42} {style:24} {words or 'right':26} "
                f"{case.data:10} {case.picture:10} {case.named:18} {case.seconds:5.2f} s",
                flush=True,
            )
            yield case


def _figures(subject: Subject, rank: int) -> Iterator[tuple[str, str, str, rendered.Panels, Sequence[str]]]:
    """Style, mistake, words for it, panels, titles."""
    names = [name for name, _ in subject.styles()]
    for name in names:
        yield name, "", "", subject.panels, subject.titles
    names = names[rank % len(names) :] + names[: rank % len(names)]
    for place, ((mistake, words), panels) in enumerate(subject.wrong.items()):
        fitting = [name for name in names if STYLES[name].sheet is None or len(panels) > 3]
        for turn in range(WRONG_STYLES):
            yield fitting[(place + 5 * turn) % len(fitting)], mistake, words, panels, subject.titles
    for (mistake, words), titles in subject.mistitled.items():
        yield from ((name, mistake, words, subject.panels, titles) for name in names)


def _judged(
    world: World,
    subject: Subject,
    half: str,
    name: str,
    mistake: str,
    panels: rendered.Panels,
    titles: Sequence[str],
) -> Case:
    style: Style = STYLES[name]
    figures, pictures = rendered.drawn(subject, panels, style, titles)
    assignment, question = subject.place.split("/")
    check: Check = world.config(assignment).questions[question].checks[subject.check]
    check = type(check).model_validate({**check.model_dump(exclude_defaults=True), **subject.update})
    saved = [Rendered(0, pixels) for pixels in pictures]

    def verdict(figures: Sequence[Figure], saved: Sequence[Rendered]) -> Verdict:
        seen = QuestionEvidence(
            question,
            matched_by="metadata",
            cells=(0,),
            source=f'draw(cmap="{style.cmap}")',
            values=dict(subject.values),
            figures=list(figures),
            rendered=list(saved),
            trained=world.handed_in(assignment),
        )
        return judge(check, seen, world.oracle(assignment))

    data = verdict(figures, [])
    begin = time.process_time()
    picture = verdict([], saved)
    seconds = time.process_time() - begin
    score, margin = (picture.details.get(key) for key in ("median_ncc", "margin"))
    outcomes = _outcome(data), _outcome(picture)
    return Case(subject, half, name, mistake, *outcomes, picture.diagnosis, seconds, score, margin)


def _outcome(verdict: Verdict) -> str:
    return {"passed": "accepted", "needs_person": "undecided"}.get(verdict.status, "refused")


# ---------------------------------------------------------------- the report


def report(cases: Sequence[Case], world: World, seconds: float) -> str:
    data = ", ".join(world.data(name).title for name in ("cifar10", "mnist"))
    right = [case for case in cases if not case.mistake]
    wrong = [case for case in cases if case.mistake]
    both = [case for case in cases if "undecided" not in (case.data, case.picture)]
    agreed = sum(case.data == case.picture for case in both)
    times = np.array([case.seconds for case in cases])
    styles = len({case.style for case in right})
    lines = [
        "# Figures judged from their rendered pictures alone",
        "",
        f"Printed by `python benchmarks/rendered_figures.py` in {seconds / 60:.0f} minutes on "
        f"{platform.machine()}, {os.cpu_count()} cores. Data: {data}.",
        "",
        f"{len(right)} right figures in {styles} styles; {len(wrong)} wrong ones, noise and networks that "
        "the grader does not know among them. Each was captured (the data path) and saved as a PNG (this "
        "path). Images of which titles are asked for are judged twice: without, and with them (titled).",
        "",
        "| | asked | measured |",
        "|---|---|---|",
        f"| right figures undecided | ≤ 15 % | {_share(_count(right, 'undecided'), len(right))} |",
        f"| right figures refused | 0 | {_count(right, 'refused')} of {len(right)} |",
        f"| wrong figures accepted | 0 | {_count(wrong, 'accepted')} of {len(wrong)} |",
        f"| agreement with the data path, of cases that both decide | ≥ 97 % | {_share(agreed, len(both))} |",
        "| processor seconds a figure, median and 95 % | < 1.5 | "
        f"{np.median(times):.2f} and {np.quantile(times, 0.95):.2f} |",
        "",
    ]
    lines += _table("Right figures by kind", lambda case: case.subject.kind, right)
    lines += _table("Right figures by style", lambda case: case.style, right)
    lines += [
        "Of wrong figures none may be accepted. Nothing that is unknown is refused from a picture: noise and "
        "unknown networks go to a person, so does what colours do not tell.",
        "",
    ]
    lines += _table("Wrong figures by kind", lambda case: case.subject.kind, wrong)
    lines += _table("Wrong figures by mistake", lambda case: case.mistake, wrong)
    lines += ["## Mistakes by name", "", "| mistake | named |", "|---|---|"]
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for case in wrong:
        if case.picture == "refused":
            named[case.mistake][case.named] += 1
    lines += [
        f"| {mistake} | {', '.join(f'{name} {count}' for name, count in found.most_common())} |"
        for mistake, found in sorted(named.items())
    ]
    return "\n".join([*lines, "", *_calibration(cases)])


def _calibration(cases: Sequence[Case]) -> list[str]:
    """Scores of right and wrong figures, by kind and by half."""
    measured = [case for case in cases if case.score is not None and case.mistake != "missing"]
    lines = [
        "## Calibration",
        "",
        f"A figure is accepted when the median NCC of its panels is at least {showing.CLEAR}, nine panels in "
        f"ten are above {showing.SAME}, and the reference leads by at least {showing.MARGIN}. The thresholds "
        "were set before the last measurement; faults of reading were mended on both halves. A "
        "margin is the mean NCC with the reference less that with its nearest rival. Wrong figures that only "
        "lack panels show right ones and are left out here; figures whose panels were not found have no "
        "scores.",
        "",
        "| kind | subjects | right | median NCC: least | 1 % | 5 % | margin: least | 5 % | wrong "
        "| median NCC: greatest | margin: greatest | above both |",
        f"|{'---|' * 12}",
    ]
    for kind in dict.fromkeys(case.subject.kind for case in measured):
        for half in HALVES:
            own = [case for case in measured if (case.subject.kind, case.half) == (kind, half)]
            right, wrong = ([case for case in own if bool(case.mistake) == bad] for bad in (False, True))
            passed = sum((c.score or 0) >= showing.CLEAR and (c.margin or 0) >= showing.MARGIN for c in wrong)
            cells = [
                *(kind, half, str(len(right))),
                *(_quantile([case.score for case in right], share) for share in (0, 0.01, 0.05)),
                *(_quantile([case.margin for case in right], share) for share in (0, 0.05)),
                *(str(len(wrong)), _quantile([case.score for case in wrong], 1)),
                *(_quantile([case.margin for case in wrong], 1), str(passed)),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _quantile(numbers: Sequence[float | None], share: float) -> str:
    known = [number for number in numbers if number is not None]
    return f"{np.quantile(known, share):.4f}" if known else "–"


def _count(cases: Sequence[Case], outcome: str) -> int:
    return sum(case.picture == outcome for case in cases)


def _table(title: str, key: Callable[[Case], str], cases: Sequence[Case]) -> list[str]:
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    what = title.rsplit(" ", 1)[1]
    lines = [f"## {title}", "", f"| {what} | figures | accepted | undecided | refused | median s | 95 % |"]
    lines.append("|---|---|---|---|---|---|---|")
    for name, members in [*groups.items(), ("all", list(cases))]:
        cells = " | ".join(str(_count(members, outcome)) for outcome in OUTCOMES)
        times = [case.seconds for case in members] or [0.0]
        lines.append(
            f"| {name} | {len(members)} | {cells} | {np.median(times):.2f} | {np.quantile(times, 0.95):.2f} |"
        )
    return [*lines, ""]


def _share(count: int, of: int) -> str:
    return f"{100 * count / max(1, of):.1f} % ({count} of {of})"


if __name__ == "__main__":
    main()
