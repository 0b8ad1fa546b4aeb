"""Pictures for a verdict: what was submitted, what was expected, and how they differ.

Chooses what to draw and says it in words; `autograder.figures.draw` draws it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.figures import draw
from autograder.figures.draw import Tile
from autograder.figures.gallery import Gallery
from autograder.figures.panels import Floats, Panel
from autograder.figures.verify import Finding
from autograder.result import Picture


def finding(found: Finding) -> tuple[Picture, ...]:
    """Submitted and expected; and the difference, panel by panel, unless the figure was accepted."""
    places = found.found.indices.tolist() or range(len(found.scene.panels))
    panels = [found.scene.panels[place] for place in places]
    right = found.right.tolist() or [False] * len(panels)
    pictures = [_submitted(panels, right), _expected(found)]
    if not found.accepted and len(found.found.indices):
        pictures.append(_difference(found))
    return tuple(pictures)


def images(shown: Gallery) -> tuple[Picture, ...]:
    """Submitted panels only: which images are shown is up to the student."""
    if not shown.shots:
        return (_submitted(shown.scene.panels, [False] * len(shown.scene.panels)),)
    panels = [shown.scene.panels[shot.panel] for shot in shown.shots]
    return (_submitted(panels, [shot.problem in ("", "repeated") for shot in shown.shots]),)


def marked(panels: Sequence[Panel], right: Sequence[bool]) -> tuple[Picture, ...]:
    """Submitted panels only, the wrong ones marked."""
    return (_submitted(panels, right),) if panels else ()


def matrices(submitted: Floats, expected: Floats, *, right: bool) -> tuple[Picture, ...]:
    """A submitted matrix beside the expected one; and how they differ, unless it is right.

    Args:
        submitted, expected: (C, C), rows are the truth.
        right: it shows the expected one, perhaps divided by something else.
    """
    shown = Tile(submitted, "submitted", wrong=not right, colours="Blues")
    pictures = [
        Picture("submitted", "The submitted matrix, rows are the true classes.", draw.grid([shown])),
        Picture(
            "expected",
            "Expected: the matrix recomputed from the network, rows are the true classes.",
            draw.grid([Tile(expected, "expected", colours="Blues")]),
        ),
    ]
    if not right:
        gaps = Tile(np.abs(_scaled(submitted) - _scaled(expected)), "difference", stretch=False)
        alt = "Differences of the two, each scaled: black where they agree, white where they differ most."
        pictures.append(Picture("difference", alt, draw.grid([gaps])))
    return tuple(pictures)


def _submitted(panels: Sequence[Panel], right: Sequence[bool]) -> Picture:
    tiles = [
        # RGB as it appeared, cut off where imshow cut it off; a map is scaled by its colormap anyway.
        Tile(panel.seen, str(number), wrong=not fine, stretch=panel.pixels.ndim == 2)
        for number, (panel, fine) in enumerate(zip(panels, right, strict=True), 1)
    ]
    good = sum(right)
    alt = f"The submitted figure: {_count(len(panels))}, {good} of them right."
    wrong = [str(number) for number, fine in enumerate(right, 1) if not fine]
    if wrong and good:
        some = ", ".join(wrong[:12]) + (", …" if len(wrong) > 12 else "")
        alt += f" Marked as wrong with a frame and a cross: {some}."
    return Picture("submitted", alt + _cut(len(panels)), draw.grid(tiles))


def _expected(found: Finding) -> Picture:
    reference = found.reference
    tiles = [Tile(panel, label) for panel, label in zip(reference.stack, reference.labels, strict=True)]
    alt = f"Expected: {reference.title}, {_count(len(tiles))}, each scaled to its own range."
    return Picture("expected", alt + _cut(len(tiles)), draw.grid(tiles))


def _difference(found: Finding) -> Picture:
    tiles = []
    for number, (index, member) in enumerate(
        zip(found.found.indices.tolist(), found.found.chosen.tolist(), strict=True), 1
    ):
        if member >= 0:
            submitted = _scaled(found.scene.panels[index].seen)
            expected = _scaled(found.reference.stack[member])
            if submitted.shape == expected.shape:
                tiles.append(Tile(np.abs(submitted - expected), str(number), stretch=False))
    alt = (
        f"Differences of {_count(len(tiles))}, each scaled, from what it is most like: "
        "black where they agree, white where they differ most."
    )
    return Picture("difference", alt + _cut(len(tiles)), draw.grid(tiles))


def _scaled(pixels: Floats) -> Floats:
    """To 0…1, gray; half where nothing varies."""
    gray = np.nan_to_num(np.asarray(pixels, np.float64))
    gray = gray.mean(axis=-1) if gray.ndim == 3 else gray
    span = np.ptp(gray)
    scaled: Floats = (gray - gray.min()) / span if span > 0 else np.full_like(gray, 0.5)
    return scaled


def _count(number: int) -> str:
    return f"{number} panel{'' if number == 1 else 's'}"


def _cut(number: int) -> str:
    return f" The first {draw.MOST} are drawn." if number > draw.MOST else ""
