"""Pictures for a verdict on panels: what was submitted, what was expected, and how they differ, with scores.

Chooses what to draw and says it in words and numbers; `autograder.figures.draw` draws it. Figures of numbers
are the business of `autograder.figures.illustrate_numbers`. Runs nothing and judges nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from autograder.figures import draw
from autograder.figures.draw import Tile
from autograder.figures.panels import Floats, Panel, PanelSet
from autograder.figures.verify import Finding
from autograder.result import Picture

_NAMED = 12

# Keyed by identity, as `views` keeps its rows: the same references are met again with every submission.
_EXPECTED: WeakKeyDictionary[PanelSet, Picture] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Look:
    """One submitted panel beside what it was compared with.

    Attributes:
        panel: as submitted.
        right: it counts as right; others get a frame and a cross.
        model: pixels that it is laid against for the difference; None where there are none of its form.
        score: its likeness to these, -1…1 (normalised cross-correlation).
        remark: what is wrong with it, in a word or two.
        wanted: pixels that would have been right in its place; None for none in particular.
        name: of those, a few characters.
        about: of those, a few more.
    """

    panel: Panel
    right: bool
    model: Floats | None = None
    score: float = 0.0
    remark: str = ""
    wanted: Floats | None = None
    name: str = ""
    about: str = ""


def finding(found: Finding) -> tuple[Picture, ...]:
    """Submitted, expected, and the difference panel by panel; without one when no panel has the form."""
    places = found.found.indices.tolist() or range(len(found.scene.panels))
    panels = [found.scene.panels[place] for place in places]
    # What does not count is no mistake in a figure that was accepted.
    fine = found.right | found.filler if found.accepted else found.right
    right = fine.tolist() or [False] * len(panels)
    pictures = [_submitted(panels, right), _expected(found.reference)]
    if len(found.found.indices):
        match = found.found
        columns = (match.chosen.tolist(), match.scores.tolist(), match.hits.tolist())
        laid = zip(panels, right, *columns, strict=True)
        looks = [
            # The right numbers, of which the drawing hides some.
            Look(
                panel,
                fine,
                found.reference.stack[member] if member >= 0 else None,
                score,
                "hidden" if hit and not fine else "",
            )
            for panel, fine, member, score, hit in laid
        ]
        pictures.append(_difference(looks))
    return tuple(pictures)


def gallery(looks: Sequence[Look], expected: str) -> tuple[Picture, ...]:
    """Pictures of panels that were looked up one by one.

    Args:
        looks: in reading order.
        expected: what would have been right, for the alternative text: "errors of the network".

    Returns:
        Submitted, expected and the difference; only the first when nothing would have been right.
    """
    pictures = [_submitted([look.panel for look in looks], [look.right for look in looks])]
    wanted = [Tile(look.wanted, look.name, look.about) for look in looks if look.wanted is not None]
    if wanted:
        alt = f"Expected: {expected}, {_count(len(wanted))}"
        named = "; ".join(filter(None, (f"{one.caption} {one.note}".strip() for one in wanted[:_NAMED])))
        alt += f": {named}." if named else "."
        pictures += [Picture("expected", alt + _cut(len(wanted)), draw.grid(wanted)), _difference(looks)]
    return tuple(pictures)


def marked(
    panels: Sequence[Panel], right: Sequence[bool], notes: Sequence[str] = (), meaning: str = ""
) -> tuple[Picture, ...]:
    """Submitted panels only, the wrong ones marked: where any of many pictures would have been right.

    Args:
        panels: in reading order.
        right: which are.
        notes: a few characters below each, if anything.
        meaning: what the notes say, a few words.
    """
    return (_submitted(panels, right, notes, meaning),) if panels else ()


def _submitted(
    panels: Sequence[Panel], right: Sequence[bool], notes: Sequence[str] = (), meaning: str = ""
) -> Picture:
    notes = notes or [""] * len(panels)
    tiles = [
        # RGB as it appeared, cut off where imshow cut it off; a map is scaled by its colormap anyway.
        Tile(panel.seen, str(number), note, wrong=not fine, stretch=panel.pixels.ndim == 2)
        for number, (panel, fine, note) in enumerate(zip(panels, right, notes, strict=True), 1)
    ]
    good = sum(right)
    alt = f"The submitted figure: {_count(len(panels))}, {good} of them right."
    wrong = [str(number) for number, fine in enumerate(right, 1) if not fine]
    if wrong and good:
        alt += f" Marked as wrong with a frame and a cross: {_some(wrong)}."
    if meaning:
        alt += f" Below each, {meaning}: {_some([note or 'none' for note in notes])}."
    return Picture("submitted", alt + _cut(len(panels)), draw.grid(tiles, meaning))


def _expected(reference: PanelSet) -> Picture:
    if reference not in _EXPECTED:
        panels = zip(reference.stack, reference.labels, strict=True)
        tiles = [Tile(panel, label) for panel, label in panels]
        alt = f"Expected: {reference.title}, {_count(len(tiles))}, each scaled to its own range."
        _EXPECTED[reference] = Picture("expected", alt + _cut(len(tiles)), draw.grid(tiles))
    return _EXPECTED[reference]


def _difference(looks: Sequence[Look]) -> Picture:
    tiles, scores = [], []
    for number, look in enumerate(looks, 1):
        seen = _scaled(look.panel.seen)
        model = seen if look.model is None else _scaled(look.model)
        comparable = look.model is not None and seen.shape == model.shape
        note = likeness(look.score) if look.model is not None else "–"
        scores.append(f"{number}: {note}{f' ({look.remark})' if look.remark else ''}")
        shown = f"{note} {look.remark}".strip()
        gaps = np.abs(seen - model) if comparable else np.full_like(seen, np.nan)
        tiles.append(Tile(gaps, str(number), shown, wrong=not look.right, stretch=False))
    alt = (
        f"Differences of {_count(len(tiles))}, each scaled, from what it is most like: black where they "
        "agree, white where they differ most, gray where nothing can be compared. Likeness, of which 1.00 is "
        f"the same: {_some(scores)}."
    )
    drawn = draw.grid(tiles, "likeness: 1.00 is the same")
    return Picture("difference", alt + _cut(len(tiles)), drawn)


def likeness(score: float) -> str:
    """A score in four letters, cut off and not rounded up, so that a wrong panel never looks right."""
    if score <= -0.05:
        return f"−{-score:.1f}"
    return "1.00" if score >= 0.995 else f"{math.floor(100 * max(score, 0.0)) / 100:.2f}"


def _scaled(pixels: Floats) -> Floats:
    """To 0…1, gray; half where nothing varies."""
    gray = np.nan_to_num(np.asarray(pixels, np.float64))
    gray = gray.mean(axis=-1) if gray.ndim == 3 else gray
    span = np.ptp(gray)
    scaled: Floats = (gray - gray.min()) / span if span > 0 else np.full_like(gray, 0.5)
    return scaled


def _count(number: int) -> str:
    return f"{number} panel{'' if number == 1 else 's'}"


def _some(words: Sequence[str]) -> str:
    return ", ".join(words[:_NAMED]) + (", …" if len(words) > _NAMED else "")


def _cut(number: int) -> str:
    return f" The first {draw.MOST} are drawn." if number > draw.MOST else ""
