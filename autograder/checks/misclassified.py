"""Misclassified images: does a question's figure show errors of a submitted network?

Which images the network gets wrong, and how gravely, is recomputed from it and the assignment's images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictBool

from autograder.checks import drawn, references
from autograder.checks.base import Check, Oracle, Subject, VariableName
from autograder.checks.rivals import rivals
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import errors, illustrate
from autograder.figures.gallery import Collection, Titles
from autograder.result import Verdict


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
    )


def _asked(
    check: MisclassifiedCheck, question: QuestionEvidence, oracle: Oracle
) -> list[errors.Asked] | Verdict:
    """What is asked for, once for every form in which images may be displayed."""
    model = references.subject(question, check.misclassified)
    if isinstance(model, Verdict):
        return model

    def predicted(network: Subject) -> NDArray[np.intp]:
        return np.asarray(network.probabilities(oracle.images).argmax(axis=1))

    network = oracle.subject(model)
    return [
        errors.Asked(
            Collection(images, oracle.labels, predicted(network), oracle.class_names),
            network.probabilities(oracle.images),
            check.at_least,
            check.worst,
            check.titles,
            rivals(question, check.misclassified, oracle, predicted),
            check.partial,
        )
        for images in oracle.displayed(oracle.images)
    ]


def _look(figures: Sequence[Figure], forms: Sequence[errors.Asked]) -> Verdict:
    found = [errors.judge(figures, asked) for asked in forms]
    outcome, showing = max(found, key=lambda pair: (pair[0].right, pair[1].promise if pair[1] else ()))
    if showing is None:
        return drawn.verdict_of(outcome)
    panels = [showing.gallery.scene.panels[shot.panel] for shot in showing.gallery.shots]
    fine = [problem in ("", "repeated") for problem in showing.problems]
    return drawn.verdict_of(outcome, illustrate.marked(panels, fine))
