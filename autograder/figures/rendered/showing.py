"""What the panels of rendered pictures show: the reference, something else, or nothing that can be told.

Accepts and refuses only what is sure. Panels are laid against the reference and its rivals as in
`autograder.figures.matching`, without the cells that words and frames cover. What a picture cannot tell is
left undecided: a negative from a reversed colormap, an image that is upside down from one drawn upwards,
what is unknown from what is badly read.

Thresholds rest on `benchmarks/rendered_figures.py`. They were set before they were last measured; what
reading got wrong was mended on the subjects of both halves that its table of calibration shows. Of 267
right figures of filters and maps one had a panel that was not found; the others have a median NCC of 0.999
or more and a margin of 0.018 or more. The medians of 178 wrong ones, those aside that only lack panels, are
0.912 at most in the first half and 0.949 in the second. An unknown network's margin can be larger than a
right figure's, so that neither number alone would do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from autograder.figures import matching, views
from autograder.figures.matching import Match
from autograder.figures.panels import PanelSet, extract, is_blank
from autograder.figures.rendered.reading import Form, Pictures
from autograder.figures.slips import slips
from autograder.figures.verify import ENOUGH, Finding, Scene
from autograder.figures.views import Shown

SAME: Final = 0.9
"""A panel shows a reference above this NCC; words may reach into one in ten, so that it is low."""

CLEAR: Final = 0.985
"""The median NCC of all panels is at least this: between 0.949 of the nearest wrong figure and 0.999."""

MARGIN: Final = 0.01
"""What explains a picture has to be better than anything else by this much (mean NCC)."""

UNTOLD: Final = frozenset({"negated", "flipped"})
"""Mistakes that a picture does not tell from a way of drawing: a reversed colormap, rows drawn upwards."""

_MOST_FORMS: Final = 3

Decision = Literal["right", "wrong", "undecided"]


@dataclass(frozen=True, eq=False)
class Seen:
    """What was seen in some pictures.

    Attributes:
        decision: "right", "wrong" (something else is surely shown), or "undecided".
        why: of an undecided one, a clause that completes "The picture …".
        finding: the panels laid against the reference; None when no panels were found.
        rival: what a wrong picture shows.
        lacking: of a wrong picture that shows nothing else: "missing" or "repeated".
    """

    decision: Decision
    why: str = ""
    finding: Finding | None = None
    rival: Match | None = None
    lacking: str = ""


def look(
    pictures: Pictures,
    references: Sequence[PanelSet],
    decoys: Sequence[PanelSet],
    at_least: int | None = None,
) -> Seen:
    """Say what pictures show.

    Args:
        pictures: of a question.
        references: what may be shown, any one of them, at least one.
        decoys: what may be shown by mistake; slips of programming are added.
        at_least: how many panels must be shown; all of them by default.

    Returns:
        The clearest of what the ways to read the pictures show: right before wrong before undecided.
    """
    seen: list[Seen] = []
    for reference in references:
        required = min(at_least or len(reference), len(reference))
        for scene in _scenes(pictures, Form(_size(reference), required, len(reference), gaps=True)):
            seen.append(_told(scene, reference, required, decoys))
            if seen[-1].decision == "right":
                return seen[-1]
        if pictures.whole(_size(reference)):
            seen = [_counted(one) for one in seen]
    if any(one.lacking for one in seen):
        return next(one for one in seen if one.lacking)
    seen += _of_other_forms(pictures, references[0], decoys, at_least)
    rank = {"right": 0, "wrong": 1, "undecided": 2}
    nothing = Seen("undecided", "has no panels that can be made out")
    return min([*seen, nothing], key=lambda one: (rank[one.decision], -_median(one)))


def _scenes(pictures: Pictures, form: Form) -> Iterator[Scene]:
    """The ways to read pictures: one by one, all together; panel by panel, and cut into tiles."""
    for figures in pictures.read(form):
        singles = [extract(figure).panels for figure in figures]
        yield from (Scene(panels) for panels in singles if panels)
        if len(singles) > 1:
            together = [panel for panels in singles for panel in panels]
            yield Scene(tuple(together[: matching.MOST_MATCHED]))


def _of_other_forms(
    pictures: Pictures, reference: PanelSet, decoys: Sequence[PanelSet], at_least: int | None
) -> Iterator[Seen]:
    """What decoys of other sizes than the reference's explain."""
    forms: dict[tuple[int, ...], list[PanelSet]] = {}
    shown = Shown(())
    for decoy in (*decoys, *slips(reference, shown)):
        if decoy.shape[:2] != reference.shape[:2]:
            forms.setdefault(decoy.shape[:2], []).append(decoy)
    required = min(at_least or len(reference), len(reference))
    for fitting in list(forms.values())[:_MOST_FORMS]:
        fewest, most = min(map(len, fitting)), max(map(len, fitting))
        form = Form(_size(fitting[0]), min(fewest, required), most, usual=True, gaps=True)
        for scene in _scenes(pictures, form):
            told = _told(scene, reference, required, fitting)
            if told.decision == "wrong":
                yield told


def _counted(seen: Seen) -> Seen:
    """A picture of which every panel shows some member of the reference, but not enough different ones."""
    finding = seen.finding
    if seen.decision != "undecided" or seen.why or finding is None or finding.enough:
        return seen
    found = finding.found
    closest = found.closest_scores[found.informative]
    content = [panel for panel in finding.scene.panels if not is_blank(panel.pixels)]
    known = 0 < len(content) == len(closest) and bool((closest > SAME).all())
    blank = int(views.constant(finding.reference).sum())
    if not known or float(np.median(closest)) < CLEAR or finding.matched + blank >= ENOUGH * finding.required:
        return seen
    lacking = "repeated" if len(content) > finding.matched + 1 else "missing"
    return replace(seen, decision="wrong", lacking=lacking)


def _size(target: PanelSet) -> tuple[int, int]:
    return target.shape[0], target.shape[1]


def _told(scene: Scene, reference: PanelSet, required: int, decoys: Sequence[PanelSet]) -> Seen:
    plain = _laid(scene, reference, required, decoys)
    if plain.decision != "undecided" or plain.why:
        return plain
    turned = [replace(panel, reversed=True, flipped=True) for panel in scene.panels]
    odd = replace(scene, panels=tuple(turned))
    if not _compared(odd, reference, required).enough:
        return plain
    why = "shows negatives, or was drawn upwards or with a reversed colormap, which pixels do not tell"
    return replace(plain, why=why)


def _compared(scene: Scene, reference: PanelSet, required: int) -> Finding:
    """A scene laid against the reference alone, its signs taken as its panels say."""
    shown = Shown(scene.panels)
    found = _uncovered(shown, matching.match(shown, reference))
    right = found.scores > SAME
    # Blank parts of a picture may be panels, or nothing.
    filler = ~right & ~found.informative
    needed = math.ceil(ENOUGH * max(required, int((~filler).sum())) - 1e-9)
    enough = bool(right.sum() >= needed and len(right) >= required and _clear(found))
    return Finding(scene, reference, required, found, right, filler, enough)


def _laid(scene: Scene, reference: PanelSet, required: int, decoys: Sequence[PanelSet]) -> Seen:
    """What a scene shows, the reference set against its rivals."""
    shown = Shown(scene.panels)
    draft = _compared(scene, reference, required)
    found = draft.found
    candidates = (*decoys, *slips(reference, shown))
    rivals = [_uncovered(shown, rival) for rival in matching.nearest(shown, candidates, reference)]
    rivals.sort(key=lambda rival: rival.strength, reverse=True)
    margins = [value for rival in rivals if (value := matching.margin(found, rival)) is not None]
    margin = min(margins, default=None)
    accepted = draft.enough and (margin is None or margin >= MARGIN)
    finding = replace(draft, accepted=accepted, margin=margin, rivals=tuple(rivals), candidates=candidates)
    if accepted:
        return Seen("right", "", finding)
    for rival in rivals:
        if not _explains(rival, scene):
            continue
        lead = matching.margin(rival, found)
        if lead is None or lead < MARGIN:
            why = f"shows {reference.title} about as well as {rival.target.title}"
            return Seen("undecided", why, finding)
        if rival.target.mistake in UNTOLD:
            return Seen("undecided", "", finding)
        return Seen("wrong", "", finding, rival)
    return Seen("undecided", "", finding)


def _uncovered(shown: Shown, found: Match) -> Match:
    """A match whose scores leave aside the cells that words cover, NaN in the panels."""
    covered = [
        place for place, index in enumerate(found.indices) if np.isnan(shown.panels[index].pixels).any()
    ]
    if not covered:
        return found
    group, _ = views.similarity(shown, found.target, found.view)
    rows, scores = views.unit_rows(found.target, found.view), found.scores.copy()
    closest = found.closest_scores.copy()
    for place in covered:
        # What is not finite is exactly 0 in a unit row.
        seen = group.unit[place] != 0
        one, other = (row[seen] - row[seen].mean() for row in (group.unit[place], rows[found.chosen[place]]))
        length = float(np.linalg.norm(one) * np.linalg.norm(other))
        if found.chosen[place] >= 0 and length > 0:
            score = float(one @ other) / length
            scores[place] = abs(score) if shown.reversed[found.indices[place]] else score
            if found.chosen[place] == found.closest[place]:
                closest[place] = scores[place]
    return replace(found, scores=scores, closest_scores=closest)


def _clear(found: Match) -> bool:
    content = found.scores[found.informative]
    return bool(len(content)) and float(np.median(content)) >= CLEAR


def _explains(rival: Match, scene: Scene) -> bool:
    content = sum(not is_blank(panel.pixels) for panel in scene.panels)
    same = int((rival.informative & (rival.scores > SAME)).sum())
    if rival.target.noun == "heatmap":
        return same > 0 and content == 1
    return same >= ENOUGH * content and _clear(rival)


def median(finding: Finding) -> float | None:
    """The median NCC of the panels that have any content, rounded to 4 digits; None without such."""
    found = finding.found
    content = found.scores[found.informative]
    return round(float(np.median(content)), 4) if len(content) else None


def _median(seen: Seen) -> float:
    if seen.finding is None or not len(seen.finding.found.scores):
        return -1.0
    return float(np.median(seen.finding.found.scores))
