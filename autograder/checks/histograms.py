"""Histograms of one class's probability: does a question's figure tell the class's images from the others?

The probabilities are recomputed from the submitted network and the assignment's images.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ConfigDict, Field, StrictBool

from autograder.checks import drawn, pictures, references, saved, saved_charts
from autograder.checks.base import Check, Oracle, VariableName
from autograder.checks.rivals import rivals
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import histograms
from autograder.result import Verdict


class HistogramCheck(Check):
    """The question's figures show how probable the network finds a class, for its images and for all others.

    Attributes:
        histogram: the variable of the network.
        chosen: the class, by label; `class` in a config.
        bins: how many; any number by default.
        log: the counts have to be on a logarithmic scale; by default they may be.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=False, validate_by_alias=True)

    histogram: VariableName
    chosen: int = Field(alias="class", ge=0, strict=True)
    bins: int | None = Field(default=None, ge=1, strict=True)
    log: StrictBool = False

    @property
    def network(self) -> str:
        """The network's variable."""
        return self.histogram

    def captures(self) -> tuple[str, ...]:
        """The network's variable."""
        return (self.histogram,)


def verdict(
    check: HistogramCheck, question: QuestionEvidence, oracle: Oracle, loose_figures: Sequence[Figure] = ()
) -> Verdict:
    """Judge the figures of a question; the right groups in other bins or on another scale earn half.

    Raises:
        ValueError: the config names a class that the data do not have.
    """
    return drawn.judged(
        question,
        loose_figures,
        drawn.HISTOGRAMS,
        lambda: _asked(check, question, oracle),
        _look,
        lambda nothing, prepare: saved.judged(question, nothing, prepare, saved_charts.histogram),
    )


def _asked(check: HistogramCheck, question: QuestionEvidence, oracle: Oracle) -> histograms.Asked | Verdict:
    if check.chosen >= len(oracle.class_names):
        raise ValueError(f"there is no class {check.chosen} in the data: the grading config is wrong")
    model = references.subject(question, check.histogram)
    if isinstance(model, Verdict):
        return model
    return histograms.Asked(
        probabilities=oracle.subject(model).probabilities(oracle.images),
        labels=oracle.labels,
        chosen=check.chosen,
        names=oracle.class_names,
        bins=check.bins,
        log=check.log,
        networks=rivals(question, check.histogram, oracle, lambda one: one.probabilities(oracle.images)),
    )


def _look(figures: Sequence[Figure], asked: histograms.Asked) -> Verdict:
    return drawn.verdict_of(histograms.judge(figures, asked), pictures.of_histograms(figures, asked))
