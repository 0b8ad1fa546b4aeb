"""Diagnosis: what a figure shows instead of what it should, in words a student can act on.

Reads a finding, tells the mistake's machine-readable name and a message. Claims nothing when two
explanations are about equally good; never names a value of the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from autograder.figures import matching
from autograder.figures.matching import Match
from autograder.figures.mistakes import next_step
from autograder.figures.panels import is_blank
from autograder.figures.verify import CLIPPED, ENOUGH, Finding
from autograder.figures.views import Shown

LEAD: Final = 0.0005
"""A rival is named only when it explains the panels better than the reference by this much (mean NCC).
Two sets that differ at all differ by at least twice that (see `matching.TWINS`)."""


@dataclass(frozen=True)
class Diagnosis:
    """A recognised mistake.

    Attributes:
        name: machine-readable, for example "other_image"; "unknown" when nothing was recognised.
        message: what was seen, what was expected in kind, what to do next.
        sure: the grader can decide; False means that a person should look.
        partly: single panels are right, and may earn a share of the points.
    """

    name: str
    message: str
    sure: bool = True
    partly: bool = False


_MOSTLY: Final = 0.75
"""A figure of which a larger share than this is unknown is not spoken of as partly right."""


def explain(finding: Finding) -> Diagnosis:
    """Say what is wrong with a figure that was not accepted."""
    for rule in _RULES:
        diagnosis = rule(finding)
        if diagnosis is not None:
            return diagnosis
    return Diagnosis("unknown", _unknown(finding))


def remarks(finding: Finding) -> str:
    """What is not quite right in a figure that was accepted: a repeated, missing or odd panel; or ""."""
    if finding.reference.noun == "heatmap" or finding.found.hits.all():
        return ""
    repeats = _repeats(finding)
    missing = _missing(finding) if finding.required == len(finding.reference) else []
    found = [*repeats, *([_absent(missing)] if missing else [])]
    strange = _strangers(finding)
    if strange:
        found.append(f"{_panels(strange)} {_verb(strange, 'shows', 'show')} something else")
    return _sentence(found)


def _not_finite(finding: Finding) -> Diagnosis | None:
    panels = finding.scene.panels
    empty = [panel for panel in panels if not np.isfinite(panel.pixels).any()]
    if 2 * len(empty) <= len(panels):
        return None
    which = f"{len(empty)} of the {len(panels)} panels hold" if len(panels) > 1 else "The panel holds"
    message = (
        f"{which} no finite numbers (NaN or infinity), so that nothing can be seen. "
        "Look for a division by zero in the scaling."
    )
    return Diagnosis("not_finite", message)


def _cut_off(finding: Finding) -> Diagnosis | None:
    """The right numbers, of which imshow has cut some off."""
    cut = [index for place, index in enumerate(finding.found.indices) if finding.found.hits[place]]
    cut = [index for index in cut if finding.scene.panels[index].clipped >= CLIPPED]
    if not cut or finding.matched + len(cut) < ENOUGH * finding.required:
        return None
    low = any(np.nanmin(finding.scene.panels[index].pixels) < 0 for index in cut)
    beyond = "below 0" if low else "above the largest"
    whole = finding.scene.panels[cut[0]].pixels.dtype.kind != "f"
    span = "0…255 for integers" if whole else "0…1 for floats"
    message = (
        f"The numbers are right, but RGB {'integers' if whole else 'floats'} {beyond}"
        f"{'' if low else ' that RGB images can show'} were clipped by imshow, which shows only {span}. "
        "Rescale each panel to 0…1 (minus its minimum, divided by its range) before plotting."
    )
    return Diagnosis("clipped", message, partly=True)


def _invisible(finding: Finding) -> Diagnosis | None:
    hidden = finding.found.hits & ~finding.right
    if not hidden.any() or finding.matched + hidden.sum() < ENOUGH * finding.required:
        return None
    message = (
        "The numbers are right, but all of them lie outside the colour limits (vmin, vmax) of their panels, "
        "so that nothing can be seen. Leave the limits out."
    )
    return Diagnosis("invisible", message)


def _something_else(finding: Finding) -> Diagnosis | None:
    """Another layer, image, network, or a slip: the nearest rival explains nearly all of the panels."""
    rival = next((rival for rival in finding.rivals if _explains(rival, finding)), None)
    if rival is None:
        return None
    lead = matching.margin(rival, finding.found)
    if lead is None or lead < LEAD:
        return None
    name = rival.target.mistake
    step = next_step(name)
    message = (
        f"Your figure shows {rival.target.title}. The question asks for {finding.reference.title}. {step}"
    )
    return Diagnosis(name, message)


def _explains(rival: Match, finding: Finding) -> bool:
    content = int(rival.informative.sum())
    shown = int((rival.hits & rival.informative).sum())
    if rival.target.noun == "heatmap":  # One is enough: it is drawn again over the image, and beside it.
        return shown > 0
    of_figure = sum(not is_blank(panel.pixels) for panel in finding.scene.panels)
    return shown > 0 and shown >= ENOUGH * content and 2 * shown >= of_figure


def _blank(finding: Finding) -> Diagnosis | None:
    panels = finding.scene.panels
    blank = [panel for panel in panels if is_blank(panel.pixels)]
    if 2 * len(blank) <= len(panels) or len(blank) <= finding.matched:
        return None
    seen = f"{len(blank)} of the {_count(len(panels), 'panel')} hold one and the same value everywhere"
    if len(panels) == 1:
        seen = "The panel holds one and the same value everywhere"
    if all(panel.pixels.dtype.kind in "iu" for panel in blank):
        message = f"{seen}, as integers: a cast to int has rounded the numbers away. Rescale before any cast."
        return Diagnosis("cast_to_int", message)
    message = f"{seen}. Plot {finding.reference.title}, not an empty array."
    return Diagnosis("blank", message)


def _hidden_panels(finding: Finding) -> Diagnosis | None:
    if finding.scene.covered == 0 or finding.counted >= finding.required:
        return None
    message = (
        f"{finding.scene.covered} images are hidden: others were drawn over them in the same axes. "
        "Give each image a subplot of its own."
    )
    return Diagnosis("covered", message)


def _other_form(finding: Finding) -> Diagnosis | None:
    """No panel has the form of the reference."""
    if len(finding.found.indices):
        return None
    shape, noun, number = finding.reference.shape, finding.reference.noun, len(finding.scene.panels)
    sizes = sorted({f"{panel.size}{' RGB' if panel.gray is None else ''}" for panel in finding.scene.panels})
    wanted = f"{shape[0]}×{shape[1]} {'RGB' if len(shape) == 3 else 'gray'}"
    seen = ", ".join(sizes[:3]) + (", …" if len(sizes) > 3 else "")
    coloured = {
        panel.pixels.tobytes()
        for panel in finding.scene.panels
        if panel.gray is None and panel.pixels.shape[:2] == shape
    }
    if noun == "heatmap" or len(coloured) >= finding.required:
        message = (
            f"Only colour images are drawn, in which the values of a {noun} cannot be checked. "
            "A person will look at them."
        )
        return Diagnosis("colour_only", message, sure=False)
    message = (
        f"{_count(number, 'panel')} of {seen} pixels {_are(number)} drawn; "
        f"a {noun} has {wanted} pixels here. Plot {finding.reference.title}."
    )
    return Diagnosis("wrong_shape", message)


def _partly(finding: Finding) -> Diagnosis | None:
    """Some panels are right: say which are missing, repeated, too many or from elsewhere."""
    if finding.matched == 0:
        return None
    repeats = _repeats(finding)
    strangers = _strangers(finding)
    elsewhere = _elsewhere(finding, strangers)
    all_needed = finding.required == len(finding.reference)
    absent = _missing(finding) if all_needed else []
    few = bool(absent) if all_needed else finding.matched < finding.required
    if not elsewhere and len(strangers) > _MOSTLY * finding.counted:
        return None
    parts = [_part_right(finding), *repeats]
    if elsewhere:
        parts.append(elsewhere[1])
    elif strangers:
        parts.append(f"{_panels(strangers)} {_verb(strangers, 'matches', 'match')} nothing that we know")
    if absent:
        parts.append(_absent(absent))
    elif few:
        parts.append(f"at least {finding.required} different ones are needed")
    if elsewhere:
        name, step = elsewhere[0], next_step(elsewhere[0])
    elif repeats:
        name, step = "repeated", "Draw every one of them once: check the index in the loop."
    elif few:
        name, step = ("mixed" if strangers else "missing"), "Draw every one of them, once."
    else:
        name, step = "extra_panels", "Keep only what is asked for in this figure."
    return Diagnosis(name, f"{_sentence(parts)} {step}", partly=True)


def _part_right(finding: Finding) -> str:
    right, noun = finding.matched, finding.reference.noun
    shows = f"shows a {noun} that is" if right == 1 else f"show {noun}s that are"
    return f"{right} of the {_count(finding.counted, 'panel')} {shows} asked for"


def _undecided(finding: Finding) -> Diagnosis | None:
    if not finding.enough:
        return None
    message = "The panels fit what is asked for about as well as something else. A person will look at them."
    return Diagnosis("ambiguous", message, sure=False)


_RULES: Final[tuple[Callable[[Finding], Diagnosis | None], ...]] = (
    _not_finite,
    _something_else,
    _cut_off,
    _invisible,
    _undecided,
    _blank,
    _hidden_panels,
    _other_form,
    _partly,
)


def _unknown(finding: Finding) -> str:
    count = finding.counted or len(finding.scene.panels)
    it = "it matches" if count == 1 else "they match"
    number = ""
    if finding.counted != finding.required and len(finding.reference) == finding.required:
        number = f" (and {_count(finding.required, 'panel')} {_are(finding.required)} expected)"
    return (
        f"The figure holds {_count(count, 'panel')}{number}, but {it} "
        f"nothing of this network that we know. Plot {finding.reference.title}: check the variable, the "
        "layer and the axes that you index."
    )


def _repeated(finding: Finding) -> list[tuple[int, int]]:
    """(place of a panel, member it repeats) for panels whose member another panel shows already."""
    found = finding.found
    return [
        (place, int(found.closest[place]))
        for place in range(len(found.indices))
        if not found.hits[place]
        and found.informative[place]
        and found.closest_scores[place] > found.threshold
    ]


def _repeats(finding: Finding) -> list[str]:
    labels = finding.reference.labels
    repeated = _repeated(finding)
    some = [f"panel {place + 1} repeats {labels[member]}" for place, member in repeated[:4]]
    return some + ([f"{len(repeated) - 4} more panels are repeats"] if len(repeated) > 4 else [])


def _strangers(finding: Finding) -> list[int]:
    """Numbers of panels that show nothing of the reference."""
    found = finding.found
    repeated = {place for place, _ in _repeated(finding)}
    return [
        place + 1
        for place in range(len(found.indices))
        if not (found.hits[place] or finding.filler[place] or place in repeated)
    ]


def _elsewhere(finding: Finding, strangers: Sequence[int]) -> tuple[str, str] | None:
    """The mistake and the words, if most panels that are not of the reference come from one place."""
    panels = [finding.scene.panels[finding.found.indices[number - 1]] for number in strangers]
    best = next(iter(matching.nearest(Shown(panels), finding.candidates)), None)
    if best is None or best.strength[0] < 2 or 2 * best.strength[0] < len(strangers):
        return None
    numbers = [strangers[place] for place in best.indices[best.hits]]
    return best.target.mistake, f"{_panels(numbers)} {_verb(numbers, 'shows', 'show')} {best.target.title}"


def _missing(finding: Finding) -> list[str]:
    shown = {int(member) for member in finding.found.chosen[finding.found.hits]}
    return [label for index, label in enumerate(finding.reference.labels) if index not in shown]


def _absent(labels: Sequence[str]) -> str:
    if len(labels) > 4:
        return f"{len(labels)} are missing ({labels[0]}, {labels[1]}, … {labels[-1]})"
    return f"{_listed(labels)} {_are(len(labels))} missing"


def _panels(numbers: Sequence[int]) -> str:
    """Numbers of panels in words: "panel 7", "panels 1–16", "panels 1, 2 and 9"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [f"{run[0]}–{run[-1]}" if len(run) > 2 else _listed([str(n) for n in run], ", ") for run in runs]
    if len(words) > 6:
        return f"{len(numbers)} panels"
    return f"panel{'s' if len(numbers) > 1 else ''} {_listed(words)}"


def _listed(words: Sequence[str], last: str = " and ") -> str:
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "." if text else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _verb(numbers: Sequence[int], one: str, many: str) -> str:
    return one if len(numbers) == 1 else many
