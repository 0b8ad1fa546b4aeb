"""Confusion matrices: does a question's figure show what a submitted network takes for what?

The matrix is recomputed from the network and the assignment's images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import StrictBool, field_validator

from autograder.checks import drawn, references, saved
from autograder.checks.base import Check, Floats, Oracle, Subject, VariableName
from autograder.checks.rivals import rivals
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import confusion, illustrate_numbers
from autograder.figures.confusion import Normalised
from autograder.result import Verdict


class ConfusionCheck(Check):
    """The question's figures show the confusion matrix of a network.

    Attributes:
        confusion: the variable of the network.
        normalised: "rows" for shares of each true class, "no" for counts, "any" for either and for shares of
            each predicted class or of all images.
        counts: the counts, or the shares, have to stand in the cells.
    """

    confusion: VariableName
    normalised: Normalised = "any"
    counts: StrictBool = False

    @field_validator("normalised", mode="before")
    @classmethod
    def _yaml_reads_no_as_false(cls, value: Any) -> Any:
        return "no" if value is False else value

    @property
    def network(self) -> str:
        """The network's variable."""
        return self.confusion

    def captures(self) -> tuple[str, ...]:
        """The network's variable."""
        return (self.confusion,)


def verdict(
    check: ConfusionCheck, question: QuestionEvidence, oracle: Oracle, loose_figures: Sequence[Figure] = ()
) -> Verdict:
    """Judge the figures of a question; a right matrix with other numbers in its cells earns half."""
    return drawn.judged(
        question,
        loose_figures,
        drawn.IMAGES,
        lambda: _asked(check, question, oracle),
        _look,
        lambda nothing, prepare: saved.judged(question, nothing, prepare, saved.matrix),
    )


def _asked(check: ConfusionCheck, question: QuestionEvidence, oracle: Oracle) -> confusion.Asked | Verdict:
    model = references.subject(question, check.confusion)
    if isinstance(model, Verdict):
        return model

    def counted(network: Subject) -> NDArray[np.int64]:
        size, predicted = len(oracle.class_names), network.probabilities(oracle.images).argmax(axis=1)
        pairs = np.bincount(oracle.labels * size + predicted, minlength=size * size)
        return pairs.reshape(size, size).astype(np.int64)

    return confusion.Asked(
        counted(oracle.subject(model)),
        oracle.class_names,
        check.normalised,
        check.counts,
        rivals(question, check.confusion, oracle, counted),
    )


def _look(figures: Sequence[Figure], asked: confusion.Asked) -> Verdict:
    found, matrix = confusion.judge(figures, asked)
    if matrix is None:
        return drawn.verdict_of(found)
    shown = matrix.truth_down if matrix.ordered is None else matrix.ordered
    # Where any form is right, the expected one is drawn in the form that was chosen.
    counted = asked.normalised == "any" and _counts(shown)
    form = "counts" if counted or asked.normalised == "no" else "rows"
    expected = confusion.forms(asked.counts)[form][0]
    return drawn.verdict_of(
        found, illustrate_numbers.matrices(shown, expected, asked.names, right=found.share > 0)
    )


def _counts(cells: Floats) -> bool:
    """Whether cells look like counts: whole numbers that are not the per cent of each class."""
    bounded = np.isfinite(cells).all() and 1 < np.abs(cells).max() < 1e9
    whole = bounded and np.array_equal(cells, np.rint(cells))
    return bool(whole and np.abs(cells.sum(axis=1) - 100).max() > len(cells))
