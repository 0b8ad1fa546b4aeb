"""Figures of images of the data set: which images do they show, and do the titles name the right classes?

The verdict for `{panels: {images: {}}}`; each panel is looked up, so the student may choose the images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checks import pictures
from autograder.checks.base import Floats, Given, Oracle
from autograder.checks.claims import Split
from autograder.evidence import Figure
from autograder.figures import gallery, matching
from autograder.figures.diagnosis import Diagnosis
from autograder.figures.gallery import Collection, Gallery, Titles
from autograder.figures.mistakes import next_step
from autograder.figures.panels import PanelSet
from autograder.figures.verify import scenes
from autograder.figures.views import Shown
from autograder.result import Verdict

_CLIPPED_HINT = " imshow cut off the values outside 0…1; rescale the images to 0…1 to see them in full."
_TITLED = {
    "label": ", titled with their classes",
    "predicted": ", titled with the predicted classes",
    "predicted_and_label": ", predicted and true class",
}
_PREDICTED = ("predicted", "predicted_and_label")

_SPLITS: dict[Split, str] = {"train": "training", "test": "test"}

MOST = 10_000
"""Of a larger set, so many images and those that are most like a panel are compared in detail."""


@dataclass(frozen=True)
class Wanted:
    """What has to be shown.

    Attributes:
        at_least: so many different images; by default all of the `first`.
        part: of which split; by default the assignment's data.
        first: only of the first so many; by default of all.
        titles: what the words around each have to name.
    """

    at_least: int | None = None
    part: Split | None = None
    first: int | None = None
    titles: Titles | None = None


def judged(wanted: Wanted, given: Given, figures: Sequence[Figure], oracle: Oracle) -> tuple[Verdict, float]:
    """Look the panels of some figures up.

    Args:
        wanted: what has to be shown.
        given: the network whose predictions titles may name.
        figures: with panels.
        oracle: knows the data.

    Returns:
        The verdict, without partial points; and the share of the panels that are right, 0…1.
    """
    collection, places = _collection(wanted, given, figures, oracle)
    required = wanted.at_least or wanted.first or 1
    forms = [
        Collection(form, collection.labels, collection.predicted, collection.names)
        for form in oracle.displayed(collection.images)
    ]
    looked_up = [(gallery.look_up(figures, form, required, wanted.titles), form) for form in forms]
    found = [(shown, form) for shown, form in looked_up if shown is not None]
    if not found:
        raise ValueError("figures without panels are no figures")
    shown, form = max(found, key=lambda pair: (pair[0].accepted, pair[0].right, _recognised(pair[0])))
    common: dict[str, Any] = {
        "pictures": pictures.of_gallery(shown, form.images, places.tolist(), wanted.first),
        "details": _details(shown, places),
    }
    if shown.accepted:
        hint = _CLIPPED_HINT if shown.clipped else ""
        message = (
            f"The figure shows {shown.right} images of the data set{_TITLED.get(wanted.titles or '', '')}."
        )
        return Verdict("passed", 1.0, message + hint, **common), 1.0
    diagnosis = _explained(found, shown, wanted.titles)
    if diagnosis.name == "not_found":
        diagnosis = _other_images(wanted, shown, figures, oracle) or diagnosis
    return Verdict("failed", message=diagnosis.message, diagnosis=diagnosis.name, **common), shown.share


def _collection(
    wanted: Wanted, given: Given, figures: Sequence[Figure], oracle: Oracle
) -> tuple[Collection, NDArray[np.intp]]:
    """The images that may be shown, scaled as networks get them, and their indices in the data."""
    images, labels = _images(wanted.part, wanted.first, oracle)
    near = _nearest(figures, images, oracle)
    predicted = labels
    if wanted.titles in _PREDICTED:
        # Only what is shown is predicted: there are up to 60,000.
        predicted = np.full_like(labels, -1)
        if len(near):
            predicted[near] = oracle.subject(given.model).probabilities(images[near]).argmax(axis=1)
    places = np.union1d(np.arange(min(len(images), MOST)), near)
    chosen = images if len(places) == len(images) else images[places]
    return Collection(chosen, labels[places], predicted[places], oracle.class_names), places


def _images(part: Split | None, first: int | None, oracle: Oracle) -> tuple[Floats, NDArray[Any]]:
    if part is None:
        return oracle.images[:first], oracle.labels[:first]
    return oracle.part(part, first)


def _nearest(figures: Sequence[Figure], images: Floats, oracle: Oracle) -> NDArray[np.intp]:
    """For every panel, the image that it is most like, whichever way figures are read and images drawn."""
    form = PanelSet(images[:1], "image", ("",), "images")
    panels = {id(panel): panel for scene in scenes(figures, form) for panel in scene.panels}
    shown = Shown(list(panels.values()))
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for start in range(0, len(images), MOST):
        for way, drawn in enumerate(oracle.displayed(images[start : start + MOST])):
            for place, image, score in zip(*matching.find(shown, drawn), strict=True):
                here = (float(score), start + int(image))
                best[way, int(place)] = max(best.get((way, int(place)), here), here)
    return np.array(sorted({image for _, image in best.values()}), np.intp)


def _recognised(shown: Gallery) -> int:
    return sum(shot.problem != "not_found" for shot in shown.shots)


def _explained(
    found: Sequence[tuple[Gallery, Collection]], best: Gallery, titles: Titles | None
) -> Diagnosis:
    """What is wrong, by the best reading; if it recognises nothing, by another form of the images."""
    ordered = sorted(found, key=lambda pair: pair[0] is not best)
    told = [gallery.explain(shown, form, titles) for shown, form in ordered]
    return next((one for one in told if one.name != "not_found"), told[0])


def _other_images(
    wanted: Wanted, shown: Gallery, figures: Sequence[Figure], oracle: Oracle
) -> Diagnosis | None:
    """The mistake of showing images that are not among the first ones, or of the other split."""
    strange = [place for place, shot in enumerate(shown.shots) if shot.problem == "not_found"]
    if 2 * len(strange) < len(shown.shots) or not strange:
        return None
    panels = Shown([shown.scene.panels[shown.shots[place].panel] for place in strange])
    if wanted.first is not None:
        everything = Wanted(len(strange), wanted.part)
        collection, places = _collection(everything, Given(), figures, oracle)
        found = _most_alike(panels, collection.images, oracle)
        if found is not None:
            message = (
                f"Panel {strange[found[0]] + 1} shows the image with the index {int(places[found[1]])}. "
                f"Only the first {wanted.first} images of the set are asked for: check the index."
            )
            return Diagnosis("other_images", message)
    for split, words in _SPLITS.items():
        found = _most_alike(panels, oracle.part(split, MOST)[0], oracle) if split != wanted.part else None
        if found is not None:
            message = (
                f"Panel {strange[found[0]] + 1} shows the {words} image with the index {found[1]}, which is "
                f"not one of those that are asked for. {next_step('other_split')}"
            )
            return Diagnosis("other_split", message)
    return None


def _most_alike(panels: Shown, images: Floats, oracle: Oracle) -> tuple[int, int] | None:
    """If most panels show some of the images: the panel that does most surely, and which it shows."""
    for form in oracle.displayed(images):
        _, found, scores = matching.find(panels, form)
        if len(scores) and float(np.median(scores)) > matching.SAME:
            best = int(scores.argmax())
            return best, int(found[best])
    return None


def _details(shown: Gallery, places: NDArray[np.intp]) -> dict[str, Any]:
    scores = [round(float(shot.score), 4) for shot in shown.shots]
    return {
        "view": "plain",
        "median_ncc": round(float(np.median(scores)), 4) if scores else None,
        "matched": shown.right,
        "required": shown.required,
        "margin": None,
        "nearest_decoy": None,
        "scores": scores,
        "images": [int(places[shot.image]) for shot in shown.shots],
        "problems": [shot.problem for shot in shown.shots],
    }
