"""Accuracy of a submitted network, measured here on images whose labels the student's code never had.

Nothing a submission says about its own score is looked at.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from autograder.checks import answers, models
from autograder.checks.base import Check, Floats, ModelRefusedError, Oracle, VariableName
from autograder.evidence import Model, QuestionEvidence
from autograder.result import Verdict


class AccuracyCheck(Check):
    """A variable is a network that classifies well enough.

    Attributes:
        accuracy: the variable.
        at_least: share of the assignment's images it has to classify correctly, above 0 and at most 1.
    """

    accuracy: VariableName
    at_least: float = Field(gt=0, le=1, strict=True)

    @property
    def subject(self) -> str:
        """The variable."""
        return self.accuracy

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.accuracy,)


def verdict(check: AccuracyCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Run the captured network on all images and count."""
    value = answers.captured(question, check.accuracy)
    if isinstance(value, Verdict):
        return value
    if not isinstance(value, Model):
        return models.no_model(check.accuracy, value)
    try:
        outputs = oracle.run(value, oracle.images)
    except ModelRefusedError as error:
        return models.refused(check.accuracy, error)
    expected = (len(oracle.labels), len(oracle.class_names))
    if len(outputs) != 1 or outputs[0].shape != expected:
        shapes = " and ".join(str(output.shape[1:]) for output in outputs)
        message = (
            f"`{check.accuracy}` computes {shapes or 'nothing'} for an image; "
            f"one score for each of the {expected[1]} classes is expected."
        )
        return Verdict("failed", message=message, diagnosis="no_classifier")
    return _measured(check, outputs[0], oracle)


def _measured(check: AccuracyCheck, scores: Floats, oracle: Oracle) -> Verdict:
    # A row with NaN ranks no class first, whatever argmax makes of it.
    hits = (scores.argmax(axis=1) == oracle.labels) & ~np.isnan(scores).any(axis=1)
    accuracy = float(hits.mean())
    enough = int(hits.sum()) >= check.at_least * len(hits) - 1e-9
    measured = f"`{check.accuracy}` classifies {accuracy:.1%} of {len(hits):,} images correctly"
    details = {"accuracy": accuracy, "images": len(hits)}
    if enough:
        return Verdict("passed", 1.0, f"{measured}.", details=details)
    message = f"{measured}; at least {check.at_least:.1%} are needed."
    if np.isnan(scores).any():
        message += " Some of its scores are NaN: the training has diverged."
        return Verdict("failed", message=message, diagnosis="nan", details=details)
    return Verdict("failed", message=message, diagnosis="low_accuracy", details=details)
