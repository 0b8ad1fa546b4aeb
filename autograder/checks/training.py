"""Accuracy of a submitted network, measured here on images whose labels the student's code never had.

Nothing a submission says about its own score is looked at. A network that was handed in beside the notebook
counts where the notebook's own variable holds none, because its cells did not run.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from autograder.checks import references
from autograder.checks.base import Check, Floats, Oracle, VariableName
from autograder.evidence import QuestionEvidence
from autograder.result import Verdict


class AccuracyCheck(Check):
    """A variable is a network that classifies well enough.

    Attributes:
        accuracy: the variable.
        at_least: share of the assignment's images it has to classify correctly, above 0 and at most 1.
        fallback: the share where the images are of the small sets that install with Loupe: from 4,000 images
            nobody learns as much as from 60,000. By default the same.
    """

    needs_execution: ClassVar[bool] = False

    accuracy: VariableName
    at_least: float = Field(gt=0, le=1, strict=True)
    fallback: float | None = Field(default=None, gt=0, le=1, strict=True)

    @property
    def subject(self) -> str:
        """The variable."""
        return self.accuracy

    @property
    def network(self) -> str:
        """The variable."""
        return self.accuracy

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.accuracy,)


def verdict(check: AccuracyCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Run the captured network, or the handed-in one, on all images and count."""
    model = references.network(question, check.accuracy)
    if isinstance(model, Verdict):
        return model
    outputs = oracle.run(model, oracle.images)
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
    needed = check.fallback if check.fallback is not None and oracle.fallback else check.at_least
    enough = int(hits.sum()) >= needed * len(hits) - 1e-9
    measured = f"`{check.accuracy}` classifies {accuracy:.1%} of {len(hits):,} images correctly"
    details = {"accuracy": accuracy, "images": len(hits)}
    if enough:
        return Verdict("passed", 1.0, f"{measured}.", details=details)
    message = f"{measured}; at least {needed:.1%} are needed."
    if np.isnan(scores).any():
        message += " Some of its scores are NaN: the training has diverged."
        return Verdict("failed", message=message, diagnosis="nan", details=details)
    return Verdict("failed", message=message, diagnosis="low_accuracy", details=details)
