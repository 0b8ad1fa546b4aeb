"""Galleries: panels that show images of the data set, and the words above them that name their classes.

Which images are shown is up to the student: each panel is looked up. Gives no points.

Accepts: images of the data in any order, layout, scaling, type and size, as bytes, as the network gets them
or with the mean image added back, negative under a reversed colormap; classes named or numbered in titles,
axis labels, texts and the figure's title, in any words, predicted and true class in either order.
Refuses: images of elsewhere or of the other split, turned, negated or with colours exchanged; titles that
name other classes, too many, or none, and those that call the predicted class the true one; repetitions.

Threshold: an image is looked up with an NCC above 0.99; the right one has at least 0.999. Of 60,000 digits
one in a hundred has another one within 0.98, one in 3,000 within 0.99, always of its own class. Of ten
panels one may be odd. `benchmarks/results/figures.md` holds the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Figure
from autograder.figures import matching
from autograder.figures.diagnosis import Diagnosis
from autograder.figures.mistakes import next_step
from autograder.figures.panels import Floats, PanelSet, is_blank
from autograder.figures.slips import wrapped
from autograder.figures.verify import CLIPPED, ENOUGH, Scene, scenes
from autograder.figures.views import Shown
from autograder.figures.words import MOST_NAMED, named_classes, roles_of_classes

Titles = Literal["label", "predicted", "predicted_and_label"]

_NAMED: Final[dict[str, str]] = {
    "label": "its class",
    "predicted": "the predicted class",
    "predicted_and_label": "the predicted and the true class",
}
"""What a title has to name, in words."""

_SLIPS: Final[dict[str, tuple[Callable[[Floats], Floats], str]]] = {
    "transposed": (
        lambda images: images.swapaxes(1, 2),
        "with rows and columns exchanged. Plot each image as it is, without .T.",
    ),
    "flipped": (lambda images: images[:, ::-1], "upside down. Plot each image as it is."),
    "mirrored": (lambda images: images[:, :, ::-1], "mirrored. Plot each image as it is."),
    "bgr": (
        lambda images: images[..., ::-1],
        "with red and blue exchanged. Keep the channels in the order red, green, blue.",
    ),
    "wrapped": (
        wrapped,
        "after a cast to integers that wrapped negative values around. Add 0.5 before any cast.",
    ),
    "negated": (lambda images: -images, "as negatives. Plot the values themselves."),
}


@dataclass(frozen=True, eq=False)
class Collection:
    """The data set that panels are looked up in.

    Attributes:
        images: (N, H, W) or (N, H, W, C).
        labels: true classes, (N,) int.
        predicted: the network's classes, (N,) int.
        names: of the classes, in label order.
    """

    images: Floats
    labels: NDArray[Any]
    predicted: NDArray[Any]
    names: Sequence[str]


@dataclass(frozen=True)
class Shot:
    """One panel, looked up.

    Attributes:
        panel: its index in the scene.
        image: the image that it is most like.
        score: NCC with that image.
        problem: "" or "not_found", "repeated", "missing_title", "wrong_title", or "swapped_title" where the
            words call the predicted class the true one and the true class the predicted one.
        named: classes that the words around it name, in order, by label.
    """

    panel: int
    image: int
    score: float
    problem: str
    named: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Gallery:
    """What a scene shows of the data set.

    Attributes:
        scene: the panels.
        shots: those that have the images' form, in reading order.
        required: how many were asked for.
        accepted: enough of them are images of the set, rightly titled.
        clipped: panels of which imshow cut off a visible part.
    """

    scene: Scene
    shots: tuple[Shot, ...]
    required: int
    accepted: bool
    clipped: int

    @property
    def right(self) -> int:
        """Panels that show an image for the first time, rightly titled."""
        return sum(shot.problem == "" for shot in self.shots)

    @property
    def share(self) -> float:
        """Share of the panels that are right, of those required or drawn, whichever are more, 0…1."""
        return min(1.0, self.right / max(self.required, len(self.shots)))


def look_up(
    figures: Sequence[Figure], collection: Collection, required: int, titles: Titles | None = None
) -> Gallery | None:
    """Look every panel of a question's figures up in a data set, and read its title.

    Args:
        figures: of the question; each by itself, then all together.
        collection: the data set.
        required: how many different images have to be shown. One chance repetition among them is
            forgiven, since random draws may repeat.
        titles: what the words around a panel must name, if anything.

    Returns:
        The scene that does it, or the one that comes closest; None if nothing was drawn.
    """
    return max(
        galleries(figures, collection, required, titles),
        key=lambda one: (one.accepted, one.right, len(one.shots), not one.scene.tiles),
        default=None,
    )


def galleries(
    figures: Sequence[Figure], collection: Collection, required: int, titles: Titles | None = None
) -> Iterator[Gallery]:
    """What each scene of some figures shows of a data set; arguments as for `look_up`."""
    form = PanelSet(collection.images[:1], "image", ("",), "images of the data set")
    for scene in scenes(figures, form):
        yield _gallery(scene, collection, required, titles)


def explain(gallery: Gallery, collection: Collection, titles: Titles | None) -> Diagnosis:
    """Say what is wrong with a gallery that was not accepted."""
    if not gallery.shots:
        return _other_form(gallery, collection)
    missing = [shot for shot in gallery.shots if shot.problem == "not_found"]
    if missing and len(gallery.shots) - len(missing) < ENOUGH * max(gallery.required, len(gallery.shots)):
        return _not_found(gallery, collection, missing)
    untitled = [place for place, shot in enumerate(gallery.shots, 1) if shot.problem == "missing_title"]
    wrong = [(place, shot) for place, shot in enumerate(gallery.shots, 1) if shot.problem == "wrong_title"]
    if untitled and len(untitled) >= len(wrong):
        what = _NAMED[titles or "label"]
        message = f"{_listed(untitled)} no title that names {what}. Set a title for every panel."
        return Diagnosis("missing_title", message)
    if wrong:
        some = " ".join(_wrong_title(place, shot, collection, titles) for place, shot in wrong[:3])
        more = f" So it is with {len(wrong) - 3} more." if len(wrong) > 3 else ""
        step = "Take label and prediction at the same index as the image."
        return Diagnosis("wrong_title", f"{some}{more} {step}")
    swapped = [place for place, shot in enumerate(gallery.shots, 1) if shot.problem == "swapped_title"]
    if swapped:
        message = (
            f"{_listed(swapped)} a title that calls the predicted class the true one, and the true class the "
            f"predicted one. {next_step('swapped_titles')}"
        )
        return Diagnosis("swapped_titles", message)
    different = len({shot.image for shot in gallery.shots if shot.problem != "not_found"})
    repeated = any(shot.problem == "repeated" for shot in gallery.shots)
    seen = f"{different} different image{'s are' if different != 1 else ' is'} shown"
    message = f"{seen}; {gallery.required} are asked for."
    if gallery.scene.covered:
        message += f" {gallery.scene.covered} more are hidden under others in the same axes: use subplots."
        return Diagnosis("covered", message)
    return Diagnosis("repeated" if repeated else "missing", message)


def _gallery(scene: Scene, collection: Collection, required: int, titles: Titles | None) -> Gallery:
    places, images, scores = matching.find(Shown(scene.panels), collection.images)
    seen: set[int] = set()
    shots: list[Shot] = []
    for place, image, score in zip(places.tolist(), images.tolist(), scores.tolist(), strict=True):
        named = named_classes(scene.panels[place].words, collection.names)
        problem = "not_found"
        if score > matching.SAME:
            label, guess = int(collection.labels[image]), int(collection.predicted[image])
            words = scene.panels[place].words
            problem = _title_problem(named, label, guess, titles) if titles else ""
            if titles and _are_swapped(words, label, guess, collection.names):
                problem = "swapped_title"
            problem = problem or ("repeated" if image in seen else "")
            seen.add(image)
        shots.append(Shot(place, image, score, problem, named))
    fine = sum(shot.problem in ("", "repeated") for shot in shots)
    first = sum(shot.problem == "" for shot in shots)
    needed = math.ceil(ENOUGH * max(required, len(shots)) - 1e-9)
    accepted = fine >= needed and first >= max(1, math.ceil(ENOUGH * required - 1e-9) - 1)
    clipped = sum(scene.panels[shot.panel].clipped >= CLIPPED for shot in shots)
    return Gallery(scene, tuple(shots), required, accepted, clipped)


def _are_swapped(words: Sequence[str], label: int, guess: int, names: Sequence[str]) -> bool:
    said = roles_of_classes(" ".join(words), names) if label != guess else {}
    return said == {"truth": guess, "prediction": label}


def _title_problem(named: Sequence[int], label: int, guess: int, titles: Titles) -> str:
    wanted = {"label": [label], "predicted": [guess], "predicted_and_label": [label, guess]}[titles]
    if not named or len(named) < len(wanted):
        return "missing_title" if set(named) <= set(wanted) else "wrong_title"
    # Predicted and true class are both to be named, even when they are the same.
    complete = all(named.count(one) >= wanted.count(one) for one in wanted)
    return "" if complete and len(set(named)) <= MOST_NAMED else "wrong_title"


def _wrong_title(place: int, shot: Shot, collection: Collection, titles: Titles | None) -> str:
    label = int(collection.labels[shot.image])
    says = " and ".join(dict.fromkeys(collection.names[one] for one in shot.named[:MOST_NAMED]))
    shows = f"Panel {place} shows {_article(collection.names[label])}"
    if label not in shot.named and titles != "predicted":
        return f"{shows} but its title says {says}."
    if len(set(shot.named)) > MOST_NAMED:
        return f"{shows} but its title names {len(set(shot.named))} classes."
    if titles != "label":
        return f"{shows}; its title says {says}, which is not what the network predicts for it."
    return f"{shows}; its title says {says}."


def _not_found(gallery: Gallery, collection: Collection, missing: Sequence[Shot]) -> Diagnosis:
    count, total = len(missing), len(gallery.shots)
    shown = Shown([gallery.scene.panels[shot.panel] for shot in missing])
    if all(is_blank(panel.pixels) for panel in shown.panels):
        seen = f"{count} of the {total} panels hold one and the same value everywhere."
        message = f"{seen} Plot the images themselves."
        whole = all(panel.pixels.dtype.kind in "iu" for panel in shown.panels)
        return Diagnosis("cast_to_int" if whole else "blank", message)
    for name, (change, words) in _SLIPS.items():
        scores = matching.find(shown, np.ascontiguousarray(change(collection.images)))[2]
        if 2 * int((scores > matching.SAME).sum()) > count:
            return Diagnosis(name, f"{count} of {total} panels show images of the data set {words}")
    message = (
        f"{count} of {total} panels {'matches' if count == 1 else 'match'} none of the "
        f"{len(collection.images)} images of the data set. Plot images of the set that the notebook loads."
    )
    return Diagnosis("not_found", message)


def _other_form(gallery: Gallery, collection: Collection) -> Diagnosis:
    shape = collection.images.shape[1:]
    wanted = f"{shape[0]}×{shape[1]}{' RGB' if shape[-1] == 3 and len(shape) == 3 else ''}"
    seen = ", ".join(sorted({panel.size for panel in gallery.scene.panels})[:3])
    message = (
        f"The panels have {seen} pixels; the images of the data set have {wanted}. Plot them as they are."
    )
    return Diagnosis("wrong_shape", message)


def _listed(places: Sequence[int]) -> str:
    if len(places) == 1:
        return f"Panel {places[0]} has"
    return f"Panels {', '.join(map(str, places[:-1]))} and {places[-1]} have"


def _article(name: str) -> str:
    return f"an {name}" if name[:1].casefold() in "aeiou" else f"a {name}"
