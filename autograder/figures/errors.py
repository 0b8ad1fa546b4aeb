"""Misclassified images: does every panel show an image that the network gets wrong?

Accepts: any of the network's errors, any layout, order, scaling and colormap; images in any form that the
caller names, as with and without the mean image added back; bars or other Axes beside the images, whose
titles count for the image they stand next to; errors that are tied with the last of the worst.
Refuses: images that are classified correctly, images of elsewhere, titles that name other classes, or that
call the predicted class the true one; errors that are not the worst, where the worst are asked for.
Invariances: of a panel, gain and offset; order; of titles, language and wording, as far as they name
classes.

Threshold: a panel is an image as in `autograder.figures.matching`; of 10 panels one may be odd. An error is
among the worst n when its gravity (probability of the predicted minus that of the true class) is at most
`TIE` below the n-th largest: scores of one network agree to 1e-5 anywhere. Of the shipped networks, errors
that follow each other are 0.002 apart in the median, and some nearly tie (`benchmarks/results/figures.md`,
"misclassified" and "worst_errors"). Judges no points beyond the share that was found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import Axes, Figure
from autograder.figures import gallery, matching, words
from autograder.figures.gallery import Collection, Gallery, Shot, Titles
from autograder.figures.outcome import Outcome, Rivals, nobody, undecided, wrong
from autograder.figures.panels import Floats
from autograder.figures.verify import ENOUGH
from autograder.figures.views import Shown

TIE: Final = 1e-4


@dataclass(frozen=True, eq=False)
class Asked:
    """What the panels have to show.

    Attributes:
        collection: the images, with the network's predictions.
        probabilities: of the network for all of them, (N, C).
        at_least: how many different errors.
        worst: the so many gravest ones; None for any.
        titles: what the words above an image have to name, if anything.
        networks: other networks and their probabilities for all images, (N, C).
        partial: a share of the points is given by the share that is right.
        elsewhere: other images that may be shown, in words, and they themselves, (M, H, W, C).
    """

    collection: Collection
    probabilities: Floats
    at_least: int
    worst: int | None = None
    titles: Titles | None = None
    networks: Rivals[Floats] = nobody
    partial: bool = False
    elsewhere: Rivals[Floats] = nobody

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """Which images the network gets wrong, (N,)."""
        return np.asarray(self.collection.predicted != self.collection.labels)

    @cached_property
    def gravity(self) -> Floats:
        """Probability of the predicted minus that of the true class, (N,); 0 where they are the same."""
        return _gravity(self.probabilities, self.collection.labels)

    @property
    def required(self) -> int:
        """How many different errors have to be shown; no more than there are."""
        return min(max(self.at_least, self.worst or 1), int(self.wrong.sum()))


@dataclass(frozen=True, eq=False)
class Showing:
    """One scene, panel by panel.

    Attributes:
        gallery: the panels looked up.
        problems: for each shot "", "not_found", "repeated", "correct", "missing_title", "wrong_title" or
            "swapped_title".
    """

    gallery: Gallery
    problems: tuple[str, ...]

    def images(self, *problems: str) -> list[int]:
        """Images of the shots that have one of these problems, each once, in order."""
        found = zip(self.gallery.shots, self.problems, strict=True)
        return list(dict.fromkeys(shot.image for shot, problem in found if problem in problems))

    @property
    def promise(self) -> tuple[float, ...]:
        """Which scene to talk about: with most errors, then most images, then most panels, not cut up."""
        images = self.images("", "correct", "missing_title", "wrong_title", "swapped_title")
        return len(self.images("")), len(images), len(self.problems), not self.gallery.scene.tiles

    def panels(self, problem: str) -> list[int]:
        """Numbers of the panels that have a problem, from 1."""
        return [place for place, one in enumerate(self.problems, 1) if one == problem]


def judge(figures: Sequence[Figure], asked: Asked) -> tuple[Outcome, Showing | None]:
    """Say whether any figure, or all together, shows errors of the network.

    Returns:
        What was found and where; None when nothing that is drawn can be an image.
    """
    together = [_with_titles_beside(figure) for figure in figures]
    required = max(1, asked.required)
    found = [
        Showing(one, tuple(_problem(shot, one, asked) for shot in one.shots))
        for one in gallery.galleries(together, asked.collection, required, asked.titles)
    ]
    if not found:
        return wrong("wrong_shape", "No images of the data set are drawn. Plot them as they are."), None
    if not asked.wrong.any():
        message = "The network classifies all images correctly: there are no errors to show."
        return undecided("no_errors", message), found[0]
    outcomes = [(_judged(one, asked), one) for one in found]
    return max(outcomes, key=lambda pair: (pair[0].right, pair[1].promise))


def _problem(shot: Shot, found: Gallery, asked: Asked) -> str:
    if shot.problem == "not_found":
        return "not_found"
    if not asked.wrong[shot.image]:
        return "correct"
    collection = asked.collection
    text = " ".join(found.scene.panels[shot.panel].words)
    said = words.roles_of_classes(text, collection.names) if asked.titles else {}
    truth, guess = int(collection.labels[shot.image]), int(collection.predicted[shot.image])
    if said == {"truth": guess, "prediction": truth}:
        return "swapped_title"
    return shot.problem


def _judged(showing: Showing, asked: Asked) -> Outcome:
    shown = showing.images("")
    count, required = len(showing.problems), asked.required
    fine = sum(problem in ("", "repeated") for problem in showing.problems)
    enough = fine >= math.ceil(ENOUGH * max(required, count) - 1e-9) and len(shown) >= required
    share = min(1.0, len(shown) / max(required, count))
    details: dict[str, Any] = {"panels": count, "errors": len(shown), "required": required}
    details["images"] = shown[:50]
    if asked.worst is not None and shown:
        details["short"] = _short(shown, asked)
    if enough and asked.worst is not None:
        missed = _not_the_worst(shown, asked)
        if missed is not None:
            top = _worst(asked, 0.0, asked.worst)
            share = len(set(shown) & top) / max(asked.worst, count)
            return Outcome(share if asked.partial else 0.0, missed[1], missed[0], details=details)
    if enough:
        which = (
            f"the {asked.worst} worst errors" if asked.worst else f"{len(shown)} images that it gets wrong"
        )
        titled = ", rightly titled" if asked.titles else ""
        return Outcome(1.0, f"The figure shows {which}{titled}.", details=details)
    mistake, message = _mistaken(showing, asked)
    # A lack of panels leaves the rest right; so does a wrong one among right ones.
    return Outcome(min(share, 0.99) if asked.partial else 0.0, message, mistake, details=details)


def _mistaken(showing: Showing, asked: Asked) -> tuple[str, str]:
    """Why the panels are not what is asked for: the mistake and the words."""
    correct, swapped = showing.panels("correct"), showing.panels("swapped_title")
    lost = showing.panels("not_found")
    others = len(showing.problems) - len(lost)
    if not others or (
        len(lost) > len(correct) and others < ENOUGH * max(asked.required, len(showing.problems))
    ):
        return _from_elsewhere(showing, asked) or _explained(showing, asked)
    if correct:
        return _correct(showing, correct, asked)
    if swapped:
        which = _panels(swapped, "has a title that calls", "have titles that call")
        return (
            "swapped_titles",
            f"{which} the true class the predicted one, and the predicted one the true. Exchange them.",
        )
    if showing.panels("missing_title") or showing.panels("wrong_title"):
        return _explained(showing, asked)
    seen = len(showing.images(""))
    message = f"{seen} different misclassified image{'s are' if seen != 1 else ' is'} shown; "
    mistake = "repeated" if showing.panels("repeated") else "missing"
    return mistake, f"{message}{asked.required} are asked for."


def _explained(showing: Showing, asked: Asked) -> tuple[str, str]:
    diagnosis = gallery.explain(showing.gallery, asked.collection, asked.titles)
    return diagnosis.name, diagnosis.message


def _from_elsewhere(showing: Showing, asked: Asked) -> tuple[str, str] | None:
    """Panels that show other images than those of the data."""
    shots = [shot for shot in showing.gallery.shots if shot.problem == "not_found"]
    if not shots:
        return None
    shown = Shown([showing.gallery.scene.panels[shot.panel] for shot in shots])
    for title, images in asked.elsewhere():
        found = int((matching.find(shown, images)[2] > matching.SAME).sum())
        if 2 * found > len(shots):
            message = (
                f"{found} of {len(showing.problems)} panels show {title}. Look for errors among the test "
                "images, and plot those."
            )
            return "training_images", message
    return None


def _correct(showing: Showing, panels: Sequence[int], asked: Asked) -> tuple[str, str]:
    images = showing.images("correct")
    for name, theirs in asked.networks():
        predicted = theirs.argmax(axis=1)
        if (predicted[images] != asked.collection.labels[images]).all():
            message = (
                f"The panels show errors of `{name}`. Use the predictions of the network that is asked for."
            )
            return "other_checkpoint", message
    which = _panels(panels, "shows an image", "show images")
    step = (
        "Select the images whose predicted class differs from the true one, by the same indices everywhere."
    )
    return "correct_shown", f"{which} that the network classifies correctly. {step}"


def _worst(asked: Asked, slack: float, count: int) -> set[int]:
    """The worst errors, with all that are at most so much less grave than the last of them."""
    gravity = np.where(asked.wrong, asked.gravity, -np.inf)
    last = np.sort(gravity)[::-1][min(count, int(asked.wrong.sum())) - 1]
    return set(np.flatnonzero(gravity >= last - slack).tolist())


def _short(shown: Sequence[int], asked: Asked) -> float:
    """By how much the errors that are shown are less grave than the worst, rank by rank, at most."""
    count = min(asked.worst or 1, int(asked.wrong.sum()), len(shown))
    best = np.sort(np.where(asked.wrong, asked.gravity, -np.inf))[::-1][:count]
    return float((best - np.sort(asked.gravity[list(shown)])[::-1][:count]).max())


def _not_the_worst(shown: Sequence[int], asked: Asked) -> tuple[str, str] | None:
    """What is shown in place of the worst errors: the mistake and the words; None if they are shown."""
    count = min(asked.worst or 1, int(asked.wrong.sum()))
    # Those that are surely worse than the last one have to be there; the rest may be any of the tied ones.
    sure = _worst(asked, -TIE, count)
    if sure <= set(shown) and len(_worst(asked, TIE, count) & set(shown)) >= count:
        return None
    right = len(_worst(asked, TIE, count) & set(shown))
    seen = (
        f"All panels show errors, but only {right} of the {count} worst"
        if right
        else "All panels show errors, but none of the worst"
    )
    for order, why in _ORDERS:
        if set(_sorted(asked, order)[:count].tolist()) == set(shown):
            return "not_the_worst", f"{seen}: {why}"
    for name, theirs in asked.networks():
        grave = _gravity(theirs, asked.collection.labels)
        if set(np.argsort(-grave, kind="stable")[:count].tolist()) == set(shown):
            message = f"{seen}: they are the worst of `{name}`. Use the network that is asked for."
            return "other_checkpoint", message
    step = "Sort all errors by the probability of the predicted class minus that of the true class."
    return "not_the_worst", f"{seen}. {step}"


def _gravity(probabilities: Floats, labels: NDArray[Any]) -> Floats:
    scores = np.asarray(probabilities, np.float64)
    return np.asarray(scores.max(axis=1) - scores[np.arange(len(labels)), labels])


def _sorted(asked: Asked, order: Callable[[Asked], Floats]) -> NDArray[np.intp]:
    errors = np.flatnonzero(asked.wrong)
    return np.asarray(errors[np.argsort(order(asked)[errors], kind="stable")])


def _of(probabilities: Floats, classes: NDArray[Any]) -> Floats:
    return np.asarray(probabilities[np.arange(len(classes)), classes])


_ORDERS: Final[tuple[tuple[Callable[[Asked], Floats], str], ...]] = (
    (lambda asked: asked.gravity, "they are the slightest ones. argsort puts the smallest first."),
    (lambda asked: np.arange(len(asked.wrong)), "they are the first ones. Sort them first."),
    (
        lambda asked: _of(asked.probabilities, asked.collection.labels),
        "they were sorted by the probability of the true class alone. Subtract it from that of the "
        "predicted class.",
    ),
    (
        lambda asked: _of(asked.probabilities, asked.collection.predicted),
        "they are those of which the network is least sure. The worst ones it is most sure of.",
    ),
    (
        lambda asked: -_of(asked.probabilities, asked.collection.predicted),
        "they were sorted by the probability of the predicted class alone. Subtract that of the true class.",
    ),
)
"""Orders in which errors are picked by mistake, and what is said."""


def _with_titles_beside(figure: Figure) -> Figure:
    """The figure, with titles of bar charts given to the images that they stand next to, one each."""
    images = [axes for axes in figure.axes if axes.images and not axes.decoration]
    beside = [axes for axes in figure.axes if not axes.images and not axes.decoration and axes.title]
    if not beside or len(beside) != len(images):
        return figure
    titles = {id(_nearest(axes, images)): axes.title for axes in beside}
    return replace(
        figure,
        axes=tuple(
            replace(axes, texts=(*axes.texts, titles[id(axes)]))
            if id(axes) in titles and not axes.title
            else axes
            for axes in figure.axes
        ),
    )


def _nearest(axes: Axes, others: Sequence[Axes]) -> Axes:
    def middle(one: Axes) -> tuple[float, float]:
        left, bottom, width, height = one.position
        return left + width / 2, bottom + height / 2

    return min(others, key=lambda one: math.dist(middle(one), middle(axes)))


def _panels(numbers: Sequence[int], one: str, many: str) -> str:
    if len(numbers) == 1:
        return f"Panel {numbers[0]} {one}"
    some = ", ".join(map(str, numbers[:8])) + (", …" if len(numbers) > 8 else "")
    return f"Panels {some} {many}"
