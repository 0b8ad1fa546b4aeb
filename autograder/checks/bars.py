"""Bars of class scores: does a question's figure show what a submitted network predicts for an image?

The scores are recomputed from the network and the image that the config names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field, StrictBool

from autograder.checks import claims, drawn, pictures, references, saved, saved_charts
from autograder.checks.base import Check, Floats, Oracle, Picture, Subject, VariableName
from autograder.checks.claims import Split
from autograder.checks.rivals import rivals
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import bars
from autograder.result import Verdict


class BarsCheck(Check):
    """The question's figures show the scores of an image's classes as bars.

    Attributes:
        bars: the variable of the network.
        image: which image.
        highlight: the bar of the true class has to have a colour that no other bar has.
        unsure: the image is the student's choice, and has to be one of which the network is not sure: its
            largest score is at most this, 0…1.
    """

    bars: VariableName
    image: claims.ImageRef
    highlight: StrictBool = False
    unsure: float | None = Field(default=None, gt=0, lt=1, strict=True)

    @property
    def network(self) -> str:
        """The network's variable."""
        return self.bars

    def captures(self) -> tuple[str, ...]:
        """The network's variable, and the image's."""
        return (self.bars, *claims.image_variables(self.image))


def verdict(
    check: BarsCheck, question: QuestionEvidence, oracle: Oracle, loose_figures: Sequence[Figure] = ()
) -> Verdict:
    """Judge the figures of a question; a right chart that is not marked, or of a sure image, earns half."""
    return drawn.judged(
        question,
        loose_figures,
        drawn.BARS,
        lambda: _scores(check, question, oracle),
        _look,
        lambda nothing, prepare: saved.judged(question, nothing, prepare, saved_charts.bars),
    )


def _scores(check: BarsCheck, question: QuestionEvidence, oracle: Oracle) -> bars.Scores | Verdict:
    model = references.subject(question, check.bars)
    if isinstance(model, Verdict):
        return model
    picture = references.image(check.image, question, oracle)
    if isinstance(picture, Verdict):
        return picture
    network, pixels = oracle.subject(model), picture.pixels[None]
    return bars.Scores(
        expected=network.probabilities(pixels)[0],
        title=picture.title,
        names=oracle.class_names,
        label=_label(picture, oracle),
        others=network.probabilities(oracle.images),
        highlight=check.highlight,
        unsure=check.unsure,
        networks=rivals(question, check.bars, oracle, lambda one: one.probabilities(pixels)[0]),
        neighbours=lambda: _scored(network, _beside(check, question, oracle)),
        inputs=lambda: _scored(network, _other_forms(picture, oracle)),
    )


def _scored(network: Subject, pictures: Sequence[Picture]) -> Iterator[tuple[str, Floats]]:
    """What the network gives to some images, by their titles."""
    if pictures:
        found = network.probabilities(np.stack([one.pixels for one in pictures]))
        yield from zip((one.title for one in pictures), found, strict=True)


def _beside(check: BarsCheck, question: QuestionEvidence, oracle: Oracle) -> list[Picture]:
    """The images before and after the one that is meant, and the one of its number in the other split."""
    meant = references.index(check.image, question)
    if meant is None:
        return []
    number, split = meant
    other: Split = "test" if split == "train" else "train"
    near = [oracle.picture(place, split) for place in (number + 1, number - 1)]
    return [one for one in (*near, oracle.picture(number, other)) if one is not None]


def _other_forms(picture: Picture, oracle: Oracle) -> list[Picture]:
    """The image without the last step of its preprocessing."""
    forms = [one[0] for one in oracle.displayed(picture.pixels[None])]
    changed = [one for one in forms if np.abs(one - picture.pixels).max() > 1e-6]
    return [Picture(one, "with the mean image added back") for one in changed]


def _look(figures: Sequence[Figure], scores: bars.Scores) -> Verdict:
    found = bars.judge(figures, scores)
    return drawn.verdict_of(found, pictures.of_bars(figures, scores, found))


def _label(picture: Picture, oracle: Oracle) -> int | None:
    """The image's class; of one that a variable holds, if it is one of the data's."""
    if picture.label is not None:
        return picture.label
    images = oracle.images
    near = np.flatnonzero(np.abs(images.mean(axis=(1, 2, 3)) - picture.pixels.mean()) < 1e-4)
    same = [index for index in near.tolist() if np.abs(images[index] - picture.pixels).max() < 1e-3]
    return int(oracle.labels[same[0]]) if same else None
