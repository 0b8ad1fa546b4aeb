"""Misclassified images: does a question's figure show errors of a submitted network?

Which images the network gets wrong, and how gravely, is recomputed from it and the assignment's images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from pydantic import Field, StrictBool

from autograder.checks import drawn, pictures, references, saved
from autograder.checks.base import Check, Floats, Oracle, VariableName
from autograder.checks.rivals import rivals
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import errors
from autograder.figures.gallery import Collection, Titles
from autograder.result import Verdict

_TRAINING: Final = 5000
"""Training images among which panels are looked for that show no image of the data."""


class MisclassifiedCheck(Check):
    """The question's figures show images that a network gets wrong.

    Attributes:
        misclassified: the variable of the network.
        at_least: how many different ones.
        worst: the so many gravest ones, by the probability of the predicted minus that of the true class.
        titles: what the words above an image have to name, as for panels.
        partial: give points by the share of panels that are right.
    """

    misclassified: VariableName
    at_least: int = Field(default=1, ge=1, strict=True)
    worst: int | None = Field(default=None, ge=1, strict=True)
    titles: Titles | None = None
    partial: StrictBool = False

    @property
    def network(self) -> str:
        """The network's variable."""
        return self.misclassified

    def captures(self) -> tuple[str, ...]:
        """The network's variable."""
        return (self.misclassified,)


def verdict(
    check: MisclassifiedCheck,
    question: QuestionEvidence,
    oracle: Oracle,
    loose_figures: Sequence[Figure] = (),
) -> Verdict:
    """Judge the figures of a question."""
    return drawn.judged(
        question,
        loose_figures,
        drawn.IMAGES,
        lambda: _asked(check, question, oracle),
        _look,
        lambda nothing, prepare: saved.judged(
            question, nothing, prepare, lambda found, forms: saved.of_errors(found, forms, oracle)
        ),
    )


def _asked(
    check: MisclassifiedCheck, question: QuestionEvidence, oracle: Oracle
) -> list[errors.Asked] | Verdict:
    """What is asked for, once for every form in which images may be displayed."""
    model = references.subject(question, check.misclassified)
    if isinstance(model, Verdict):
        return model

    probabilities = oracle.subject(model).probabilities(oracle.images)
    predicted = probabilities.argmax(axis=1)
    return [
        errors.Asked(
            Collection(images, oracle.labels, predicted, oracle.class_names),
            probabilities,
            check.at_least,
            check.worst,
            check.titles,
            rivals(question, check.misclassified, oracle, lambda one: one.probabilities(oracle.images)),
            check.partial,
            partial(_of_training, oracle, form),
        )
        for form, images in enumerate(oracle.displayed(oracle.images))
    ]


def _of_training(oracle: Oracle, form: int) -> Iterator[tuple[str, Floats]]:
    """The first training images, in one of the forms in which images are displayed."""
    images = oracle.displayed(oracle.part("train", _TRAINING)[0])[form]
    yield "training images", images


def _look(figures: Sequence[Figure], forms: Sequence[errors.Asked]) -> Verdict:
    found = [(*errors.judge(figures, asked), asked) for asked in forms]
    outcome, showing, asked = max(found, key=lambda one: (one[0].right, one[1].promise if one[1] else ()))
    if showing is None:
        return drawn.verdict_of(outcome)
    return drawn.verdict_of(outcome, pictures.of_errors(showing, asked))
