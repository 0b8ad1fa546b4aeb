"""Two numbers of a submitted network: how many parameters it has, and how far it overfits.

Both are measured here, on the weights that were captured or handed in; nothing a submission says about
itself is looked at.
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from autograder.checks import references
from autograder.checks.base import Check, Floats, Oracle, VariableName
from autograder.evidence import QuestionEvidence
from autograder.result import Verdict

TRAINING_IMAGES = 10_000
"""The first so many training images stand for all of them in the gap."""


class ParametersCheck(Check):
    """A variable is a network of this size. Give `equals` or `at_most`, not both.

    Attributes:
        parameters: the variable.
        equals: its number of parameters, those that training leaves alone (of a batch normalisation)
            included, as `count_params` does.
        at_most: the largest number allowed.
    """

    needs_execution: ClassVar[bool] = False

    parameters: VariableName
    equals: int | None = Field(default=None, ge=0, strict=True)
    at_most: int | None = Field(default=None, ge=0, strict=True)

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.equals is None) == (self.at_most is None):
            raise ValueError("needs either `equals` or `at_most`")
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.parameters

    @property
    def network(self) -> str:
        """The variable."""
        return self.parameters

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.parameters,)


class GapCheck(Check):
    """A variable is a network that is hardly better on its training images than on the assignment's.

    Attributes:
        gap: the variable.
        at_most: largest difference of the two accuracies, 0…1.
        fallback: the largest difference where the images are of the small sets that install with Loupe, which
            are learned by heart sooner. By default the same.
        learned: share of the training images that it has to classify correctly, 0…1; a network that has
            learned nothing has no gap either.
    """

    needs_execution: ClassVar[bool] = False

    gap: VariableName
    at_most: float = Field(gt=0, lt=1, strict=True)
    fallback: float | None = Field(default=None, gt=0, lt=1, strict=True)
    learned: float = Field(default=0.9, ge=0, le=1, strict=True)

    @property
    def subject(self) -> str:
        """The variable."""
        return self.gap

    @property
    def network(self) -> str:
        """The variable."""
        return self.gap

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.gap,)


def parameters_verdict(check: ParametersCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Count the numbers in the network's weights; the oracle is not asked."""
    model = references.network(question, check.parameters)
    if isinstance(model, Verdict):
        return model
    count = sum(int(array.size) for array in model.weights)
    seen = f"`{check.parameters}` has {count:,} parameters"
    details = {"parameters": count}
    if check.equals is not None:
        right, wanted, diagnosis = count == check.equals, f"{check.equals:,}", "other_size"
        step = "Compare the layers in its `summary()`, one by one, with those that are asked for."
    else:
        right, wanted, diagnosis = count <= (check.at_most or 0), f"at most {check.at_most:,}", "too_large"
        step = "Look in its `summary()` for the layer that has most of them, and make that one smaller."
    if right:
        return Verdict("passed", 1.0, f"{seen}.", details=details)
    hidden = "which are too many" if check.equals is None else "and another number is expected"
    told = f"; {wanted} are expected." if check.show == "visible" else f", {hidden}."
    return Verdict("failed", 0.0, f"{seen}{told} {step}", f"Expected {wanted}.", diagnosis, details=details)


def gap_verdict(check: GapCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Measure the accuracy on training images and on the assignment's, and take the difference."""
    model = references.network(question, check.gap)
    if isinstance(model, Verdict):
        return model
    network = oracle.subject(model)
    images, labels = oracle.part("train", TRAINING_IMAGES)
    training = _accuracy(network.probabilities(images), labels)
    test = _accuracy(network.probabilities(oracle.images), oracle.labels)
    details = {"training": training, "test": test, "gap": training - test}
    seen = (
        f"`{check.gap}` classifies {training:.2%} of {len(labels):,} training images correctly, and "
        f"{test:.2%} of the {len(oracle.labels):,} test images"
    )
    if training < check.learned:
        message = f"{seen}. It has not learned enough for the difference to say anything. Train it longer."
        return Verdict("failed", message=message, diagnosis="not_learned", details=details)
    # Counts of images are compared, up to the rounding of their quotients.
    allowed = check.fallback if check.fallback is not None and oracle.fallback else check.at_most
    if training - test <= allowed + 1e-9:
        return Verdict("passed", 1.0, f"{seen}: it does not overfit.", details=details)
    message = (
        f"{seen}: a gap of {training - test:.2%}, at most {allowed:.2%} is allowed. It overfits: "
        "try dropout, fewer parameters, or fewer epochs."
    )
    return Verdict("failed", message=message, diagnosis="overfits", details=details)


def _accuracy(scores: Floats, labels: Floats) -> float:
    # A row with NaN ranks no class first, whatever argmax makes of it.
    right = (scores.argmax(axis=1) == labels) & ~np.isnan(scores).any(axis=1)
    return float(right.mean())
