"""Activation maximisation: do the images excite the filters, or the classes, that they are shown for?

The figure's images are run through the submitted network, in a process of its own, and their responses
decide; pixels are never compared, so any way to climb will do. No gradient is computed here.
`checks.maximised_filters` and `checks.maximised_classes` say what is required and why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from autograder.checks import drawn, maximised_classes, maximised_filters, pictures, references, saved
from autograder.checks.base import Check, Oracle, VariableName
from autograder.checks.claims import Layer
from autograder.checks.maximised import Asked
from autograder.evidence import Figure, Model, QuestionEvidence
from autograder.figures import maximised
from autograder.figures.outcome import wrong
from autograder.figures.panels import extract
from autograder.result import Verdict

Units = Annotated[tuple[Annotated[int, Field(ge=0, strict=True)], ...], Field(min_length=2, max_length=32)]


class MaximisationCheck(Check):
    """The question's figure shows images that excite filters or classes of a network. One of both is given.

    Attributes:
        maximisation: the variable of the network.
        layer: of the filters.
        filters: their numbers, in the order in which they are shown.
        classes: numbers of classes, in any order.
        at_least: share of the images that has to be right; by default 0.75 of the filters' and 0.8 of the
            classes', which calibration supports.
    """

    maximisation: VariableName
    layer: Layer | None = None
    filters: Units | None = None
    classes: Units | None = None
    at_least: float | None = Field(default=None, gt=0, le=1, strict=True)

    @model_validator(mode="after")
    def _filters_or_classes(self) -> Self:
        if (self.filters is None) == (self.classes is None):
            raise ValueError("needs either `filters`, with their `layer`, or `classes`")
        if (self.layer is None) != (self.filters is None):
            raise ValueError("`layer` goes with `filters`, and only with them")
        if len(set(self.asked.units)) < len(self.asked.units):
            raise ValueError("names a filter or class twice")
        return self

    @property
    def asked(self) -> Asked:
        """What the figure has to show."""
        module = maximised_classes if self.layer is None else maximised_filters
        return Asked(self.filters or self.classes or (), self.layer, self.at_least or module.AT_LEAST)

    @property
    def network(self) -> str:
        """The variable of the network."""
        return self.maximisation

    def captures(self) -> tuple[str, ...]:
        """The network."""
        return (self.maximisation,)


def verdict(
    check: MaximisationCheck,
    question: QuestionEvidence,
    oracle: Oracle,
    loose_figures: Sequence[Figure] = (),
) -> Verdict:
    """Run the images of a question's figures through the submitted network and judge its responses."""
    return drawn.judged(
        question,
        loose_figures,
        drawn.IMAGES,
        lambda: references.subject(question, check.maximisation),
        lambda figures, model: _judged(check, model, figures, oracle),
        lambda nothing, prepare: saved.judged(
            question,
            nothing,
            prepare,
            lambda found, model: saved.climbed(
                found,
                len(check.asked.units),
                lambda figures: _judged(check, model, figures, oracle),
                oracle,
            ),
        ),
    )


def _judged(check: MaximisationCheck, model: Model, figures: Sequence[Figure], oracle: Oracle) -> Verdict:
    asked, shape = check.asked, oracle.images.shape[1:]
    found = maximised.readings(figures, shape, len(asked.units))
    if not found:
        sizes = sorted({panel.size for figure in figures for panel in extract(figure).panels})
        message = (
            f"The images have {', '.join(sizes[:3])} pixels; an image that is fed into the network has "
            f"{shape[0]}×{shape[1]}. Plot the images that were climbed, as they are."
        )
        return drawn.verdict_of(wrong("wrong_shape", message))
    most = max(len(panels) for panels in found)
    if most < math.ceil(asked.at_least * len(asked.units) - 1e-9):
        seen = f"{most} image{'s are' if most != 1 else ' is'} shown"
        message = f"{seen}; {len(asked.units)} are asked for. Plot one for each."
        return drawn.verdict_of(wrong("missing", message))
    judge = maximised_classes.judge if asked.layer is None else maximised_filters.judge
    outcome, reading = judge(asked, oracle.subject(model), found, oracle)
    return drawn.verdict_of(outcome, pictures.of_climbed(reading, asked.units, outcome))
