"""The families of checks: what a grading config may ask for, and how each is judged.

A family is known by its key: the check `{choice: answer1, key: A, of: [A, B]}` belongs to "choice".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from autograder.checks import (
    arrays,
    bars,
    choices,
    confusion,
    curves,
    functions,
    histograms,
    maximisation,
    misclassified,
    models,
    networks,
    panels,
    references,
    shapes,
    text,
    training,
    values,
)
from autograder.checks.base import Check, ModelRefusedError, NoSuchLayerError, Oracle
from autograder.evidence import Figure, QuestionEvidence
from autograder.result import Verdict


@dataclass(frozen=True)
class Family:
    """A family of checks.

    Attributes:
        schema: what a config has to say; its first own key is the family's key.
        verdict: judges one check of the family.
    """

    schema: type[Check]
    verdict: Callable[[Any, QuestionEvidence, Oracle, Sequence[Figure]], Verdict]


def _without_figures(
    verdict: Callable[[Any, QuestionEvidence, Oracle], Verdict],
) -> Callable[[Any, QuestionEvidence, Oracle, Sequence[Figure]], Verdict]:
    return lambda check, question, oracle, loose_figures: verdict(check, question, oracle)


FAMILIES = {
    "value": Family(values.ValueCheck, _without_figures(values.verdict)),
    "choice": Family(choices.ChoiceCheck, _without_figures(choices.verdict)),
    "array": Family(arrays.ArrayCheck, _without_figures(arrays.verdict)),
    "model": Family(models.ModelCheck, _without_figures(models.verdict)),
    "layers": Family(models.LayersCheck, _without_figures(models.layers_verdict)),
    "layer_shapes": Family(shapes.LayerShapesCheck, _without_figures(shapes.verdict)),
    "accuracy": Family(training.AccuracyCheck, _without_figures(training.verdict)),
    "gap": Family(networks.GapCheck, _without_figures(networks.gap_verdict)),
    "parameters": Family(networks.ParametersCheck, _without_figures(networks.parameters_verdict)),
    "panels": Family(panels.PanelsCheck, panels.verdict),
    "curves": Family(curves.CurvesCheck, curves.verdict),
    "bars": Family(bars.BarsCheck, bars.verdict),
    "histogram": Family(histograms.HistogramCheck, histograms.verdict),
    "confusion": Family(confusion.ConfusionCheck, confusion.verdict),
    "misclassified": Family(misclassified.MisclassifiedCheck, misclassified.verdict),
    "maximisation": Family(maximisation.MaximisationCheck, maximisation.verdict),
    "function": Family(functions.FunctionCheck, _without_figures(functions.verdict)),
    "written": Family(text.WrittenCheck, _without_figures(text.verdict)),
}


def _family_key(check: Any) -> str | None:
    if isinstance(check, Check):
        return family(check)
    if isinstance(check, dict):
        return next((key for key in check if key in FAMILIES), None)
    return None


AnyCheck = Annotated[
    Annotated[values.ValueCheck, Tag("value")]
    | Annotated[choices.ChoiceCheck, Tag("choice")]
    | Annotated[arrays.ArrayCheck, Tag("array")]
    | Annotated[models.ModelCheck, Tag("model")]
    | Annotated[models.LayersCheck, Tag("layers")]
    | Annotated[shapes.LayerShapesCheck, Tag("layer_shapes")]
    | Annotated[training.AccuracyCheck, Tag("accuracy")]
    | Annotated[networks.GapCheck, Tag("gap")]
    | Annotated[networks.ParametersCheck, Tag("parameters")]
    | Annotated[panels.PanelsCheck, Tag("panels")]
    | Annotated[curves.CurvesCheck, Tag("curves")]
    | Annotated[bars.BarsCheck, Tag("bars")]
    | Annotated[histograms.HistogramCheck, Tag("histogram")]
    | Annotated[confusion.ConfusionCheck, Tag("confusion")]
    | Annotated[misclassified.MisclassifiedCheck, Tag("misclassified")]
    | Annotated[maximisation.MaximisationCheck, Tag("maximisation")]
    | Annotated[functions.FunctionCheck, Tag("function")]
    | Annotated[text.WrittenCheck, Tag("written")],
    Discriminator(_family_key),
]
"""One check of a grading config, of the family whose key it has."""


def family(check: Check) -> str:
    """The key of a check's family: "array", "choice", "panels", …"""
    return next(key for key, member in FAMILIES.items() if isinstance(check, member.schema))


def judge(
    check: Check, question: QuestionEvidence, oracle: Oracle, loose_figures: Sequence[Figure] = ()
) -> Verdict:
    """Judge one check.

    Args:
        check: what is asked for.
        question: what was seen of the question.
        oracle: recomputes what is expected.
        loose_figures: figures of cells that belong to no question, for figure checks.
    """
    try:
        return FAMILIES[family(check)].verdict(check, question, oracle, loose_figures)
    except ModelRefusedError as error:
        return references.refused(check.network or check.subject, error)
    except NoSuchLayerError as error:
        return references.no_layer(check.network or check.subject, error)
