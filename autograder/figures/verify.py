"""Panels, mosaics and heatmaps: do a question's figures show what they claim to show?

Accepts: filters, kernels, feature maps and heatmaps in any order, layout, gain, offset, type and colormap,
one figure a panel or several, in one image with gaps or without, enlarged; RGB filters also channel by
channel or averaged; a reversed sign under a reversed colormap, upside down where the first row is drawn
below; maps whose ends were cut off for display; heatmaps over the image, beside it, at any size,
interpolated or not; blank fillers.
Refuses: another layer, image, filter, class or network, also the same network before training; panels that
were turned, negated, scrambled, cut off or cast; too few, repeated, or too many of something else.

Threshold: nine panels in ten above an NCC of 0.99 with their own member of the reference (heatmaps: 0.95),
and a positive margin, the mean difference in NCC over the nearest other explanation. Right figures have a
median NCC of 0.999 or more (heatmaps 0.98) and a margin of 0.002 or more, mostly of 0.03; figures of another
network, the same one before training included, reach 0.93, and a heatmap that was not rectified 0.98 with a
margin of -0.015: neither number alone would do. `benchmarks/results/figures.md` holds them all.

Pure: given figures, the reference and its rivals, returns what was found. What it means is told by
`autograder.figures.diagnosis`; points are given elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Figure
from autograder.figures import matching, views
from autograder.figures.matching import Match
from autograder.figures.mosaic import tilings
from autograder.figures.panels import Panel, PanelSet, extract, is_blank
from autograder.figures.slips import slips
from autograder.figures.views import Shown

ENOUGH: Final = 0.9
"""Share of the panels that must be right."""

CLIPPED: Final = 0.01
"""A panel with this share of its values cut off by imshow is not a picture of them."""

_NO_ACCIDENT: Final = 0.1
"""A smaller share of right panels may come of blank ones among many."""

_EXPLAINED: Final = 2
_FEWEST_TILES: Final = 4


@dataclass(frozen=True, eq=False)
class Scene:
    """Panels that are judged together: those of one figure, or of all figures of a question.

    Attributes:
        panels: in reading order.
        covered: images hidden under others.
        tiles: they were cut out of one image.
    """

    panels: tuple[Panel, ...]
    covered: int = 0
    tiles: bool = False


@dataclass(frozen=True, eq=False)
class Finding:
    """What one scene shows.

    Attributes:
        scene: the panels.
        reference: what had to be shown.
        required: how many of its panels had to be shown.
        found: the scene laid against the reference.
        right: which of the comparable panels show their member of the reference and are not cut off, (M,).
        filler: which of the comparable panels do not count: blank ones that match nothing, those that may
            stand beside it, and beside a right heatmap whatever else is drawn, (M,).
        enough: enough of the reference is shown.
        accepted: it shows what it claims to, and nothing else explains it as well.
        margin: how much better the reference explains the panels than the nearest rival (mean NCC), or None
            when no rival proposes anything else.
        rivals: what else explains the scene, best first.
        candidates: all that was looked through for rivals.
    """

    scene: Scene
    reference: PanelSet
    required: int
    found: Match
    right: NDArray[np.bool_]
    filler: NDArray[np.bool_]
    enough: bool
    accepted: bool = False
    margin: float | None = None
    rivals: tuple[Match, ...] = ()
    candidates: tuple[PanelSet, ...] = ()

    @property
    def matched(self) -> int:
        """Panels that are right."""
        return int(self.right.sum())

    @property
    def counted(self) -> int:
        """Panels of the reference's form, blank fillers aside."""
        return int((~self.filler).sum())

    @property
    def share(self) -> float:
        """Share of the panels that are right, of those required or drawn, whichever are more, 0…1."""
        return min(1.0, self.matched / max(self.required, self.counted))


def verify(
    figures: Sequence[Figure],
    reference: PanelSet,
    decoys: Sequence[PanelSet],
    at_least: int | None = None,
    beside: Sequence[PanelSet] = (),
) -> Finding | None:
    """Look for what is claimed in the figures of a question.

    Each figure is judged by itself; if none will do, all together (one figure a panel). Images that hold
    a grid are cut into their tiles.

    Args:
        figures: of the question, in order.
        reference: what has to be shown.
        decoys: what may be shown by mistake; slips of programming are added.
        at_least: how many panels of the reference must be shown; all of them by default.
        beside: what may stand in the same figure; it does not count.

    Returns:
        The scene that shows it, or else the one that comes closest; None if nothing was drawn.
    """
    required = min(at_least or len(reference), len(reference))
    drafts = [_laid_out(scene, reference, required, beside) for scene in scenes(figures, reference)]
    for draft in drafts:
        if draft.enough and (finding := _against_rivals(draft, decoys)).accepted:
            return finding
    # Hundreds of decoys are looked through only for the few scenes that are worth an explanation.
    whole = [draft for draft in drafts if not draft.scene.tiles]
    cut = [draft for draft in drafts if draft.scene.tiles]
    worth = sorted(whole, key=_promise, reverse=True)[:_EXPLAINED]
    # Equally promising ways to cut stay in their order, the likeliest first.
    worth += sorted(cut, key=lambda draft: _promise(draft)[:2], reverse=True)[:_EXPLAINED]
    found = [_against_rivals(draft, decoys) for draft in worth]
    for scene, fitting in _other_tiles([draft.scene for draft in whole[:_EXPLAINED]], reference, decoys):
        tiled = _against_rivals(_laid_out(scene, reference, required, beside), fitting)
        if any(2 * rival.strength[0] > len(scene.panels) for rival in tiled.rivals):
            found.append(tiled)
    return max(found, key=_closeness, default=None)


def scenes(figures: Sequence[Figure], reference: PanelSet) -> Iterator[Scene]:
    """The ways to read the figures of a question: one by one, cut into tiles, all together."""
    singles = [
        Scene(extracted.panels, extracted.covered)
        for figure in figures
        if (extracted := extract(figure)).panels
    ]
    everything = [panel for scene in singles for panel in scene.panels][: matching.MOST_MATCHED]
    together = [Scene(tuple(everything), sum(scene.covered for scene in singles))]
    for scene in singles + (together if len(singles) > 1 else []):
        yield scene
        yield from _in_tiles(scene, reference)


def _in_tiles(scene: Scene, reference: PanelSet) -> Iterator[Scene]:
    """Readings of the images that hold a grid each; those of the reference's own size hold none."""
    gray = len(reference.shape) == 2
    pictures = [panel.native for panel in scene.panels if not gray or panel.gray is not None]
    sheets = [picture for picture in pictures if picture.pixels.shape[:2] != reference.shape[:2]]
    fewest = min(_FEWEST_TILES, len(reference)) if len(reference) > 1 else _FEWEST_TILES
    for tiles in tilings(sheets, reference.shape[0], reference.shape[1], fewest):
        yield Scene(tuple(tiles), tiles=True)


def _other_tiles(
    whole: Sequence[Scene], reference: PanelSet, decoys: Sequence[PanelSet]
) -> Iterator[tuple[Scene, list[PanelSet]]]:
    """Images cut into tiles of sizes that only decoys have, and the decoys that have them."""
    for scene in whole:
        forms: dict[tuple[int, ...], list[PanelSet]] = {}
        for decoy in (*decoys, *slips(reference, Shown(scene.panels))):
            if decoy.shape[:2] != reference.shape[:2]:
                forms.setdefault(decoy.shape[:2], []).append(decoy)
        for fitting in forms.values():
            for tiles in islice(_in_tiles(scene, fitting[0]), _EXPLAINED):
                yield tiles, fitting


def _laid_out(scene: Scene, reference: PanelSet, required: int, beside: Sequence[PanelSet]) -> Finding:
    """A finding before any rival was looked at."""
    shown = Shown(scene.panels)
    found = matching.match(shown, reference)
    clipped = np.array([scene.panels[index].clipped >= CLIPPED for index in found.indices], bool)
    right = found.hits & ~clipped & _visible(scene, found)
    filler = ~found.informative | (reference.noun == "heatmap" and bool(right.any()))
    for other in beside:
        match = matching.match(shown, other)
        filler |= np.isin(found.indices, match.indices[match.hits])
    filler &= ~found.hits
    # Some panels may be odd, but none may be missing; of tiles, blank ones at the end were dropped.
    complete = scene.tiles or len(right) >= required
    enough = complete and _enough(found, right, filler, required)
    return Finding(scene, reference, required, found, right, filler, enough)


def _against_rivals(draft: Finding, decoys: Sequence[PanelSet]) -> Finding:
    shown = Shown(draft.scene.panels)
    candidates = (*decoys, *slips(draft.reference, shown))
    rivals = matching.nearest(shown, candidates, draft.reference)
    margins = [value for rival in rivals if (value := matching.margin(draft.found, rival)) is not None]
    margin = min(margins, default=None)
    accepted = draft.enough and (margin is None or margin > 0)
    return replace(draft, accepted=accepted, margin=margin, rivals=tuple(rivals), candidates=candidates)


def _visible(scene: Scene, found: Match) -> NDArray[np.bool_]:
    """Which panels keep any content after the colour limits they were drawn with."""
    seen = [scene.panels[index].seen for index in found.indices]
    return np.array([not is_blank(pixels) for pixels in seen], bool) | ~found.informative


def _enough(found: Match, right: NDArray[np.bool_], filler: NDArray[np.bool_], required: int) -> bool:
    needed = max(math.ceil(ENOUGH * required - 1e-9), math.ceil(ENOUGH * int((~filler).sum()) - 1e-9))
    # Blank panels match blank maps and prove nothing: half of the share of maps with content must be there.
    content = 1 - float(views.constant(found.target).mean())
    proven = max(1, math.ceil(required * content / 2))
    return bool(right.sum() >= needed and (right & found.informative).sum() >= proven)


def _promise(draft: Finding) -> tuple[float, ...]:
    """Which scenes are worth explaining: the most right, then those with enough panels, then large ones."""
    return draft.share, draft.counted >= draft.required, draft.counted, len(draft.scene.panels)


def _closeness(finding: Finding) -> tuple[float, ...]:
    """Which failed scene to talk about: the most right, else the best explained, else the largest."""
    hits, score = max((rival.strength for rival in finding.rivals), default=(0, -1.0))
    comparable = len(finding.found.indices) > 0
    share = finding.share if finding.share >= _NO_ACCIDENT else 0.0
    return (share, hits, comparable, not finding.scene.tiles, *_promise(finding), score)
