"""Curves of a training: does a question's figure show the history, rightly labelled?

The history is the one that was captured, or that was handed in with the network; saved output is compared
with it for a remark to the instructor, and never costs points. Trains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field, StrictBool, StrictStr

from autograder import evidence
from autograder.checks import answers, drawn, pictures, progress, saved, saved_charts
from autograder.checks.base import Check, Floats, Oracle, VariableName
from autograder.evidence import Figure, Missing, QuestionEvidence, Value
from autograder.figures import curve_slips
from autograder.figures import curves as lines
from autograder.figures.rendered.reading import Pictures
from autograder.result import Verdict


class CurvesCheck(Check):
    """The question's figures show these series of a training.

    Attributes:
        curves: the variable that holds the history: what `fit` returned, or its dict.
        series: which have to be drawn and told apart. "accuracy" stands for every kind of accuracy.
        partial: give points by the share of series that are drawn.
    """

    curves: VariableName
    series: tuple[Annotated[StrictStr, Field(min_length=1)], ...] = Field(
        default=("loss", "val_loss", "accuracy", "val_accuracy"), min_length=1
    )
    partial: StrictBool = False

    def captures(self) -> tuple[str, ...]:
        """The history's variable."""
        return (self.curves,)


def verdict(
    check: CurvesCheck, question: QuestionEvidence, oracle: Oracle, loose_figures: Sequence[Figure] = ()
) -> Verdict:
    """Judge the figures of a question; the oracle is not asked."""
    judged = drawn.judged(
        question,
        loose_figures,
        drawn.LINES,
        lambda: _history(check, question),
        lambda figures, history: _look(check, question, figures, history),
        lambda nothing, _: saved.judged(
            question,
            nothing,
            lambda: _meant(check, question),
            lambda found, meant: _seen(check, question, found, meant),
        ),
    )
    history = _history(check, question)
    told = {} if isinstance(history, Verdict) else {name: list(values) for name, values in history.items()}
    if progress.contradicts(question.outputs, told):
        remark = "The output saved in the notebook tells of another training than this history."
        return replace(judged, instructor=" ".join(filter(None, [judged.instructor, remark])))
    return judged


def _look(
    check: CurvesCheck, question: QuestionEvidence, figures: Sequence[Figure], history: Mapping[str, Floats]
) -> Verdict:
    reading = lines.read(figures, history, check.series)
    if reading is None:
        return Verdict("failed", message=f"No curve is drawn. {drawn.LINES.step}", diagnosis="no_figure")
    rivals = _rivals(question, history)
    found = curve_slips.judge(reading, check.curves, rivals, partial=check.partial)
    return drawn.verdict_of(found, pictures.of_curves(reading))


def _seen(
    check: CurvesCheck, question: QuestionEvidence, found: Pictures, meant: Sequence[Mapping[str, Floats]]
) -> Verdict:
    """The verdict on saved pictures."""
    rivals = _rivals(question, meant[0]) if len(meant) == 1 else {}
    return saved_charts.curves(found, meant, check.series, rivals, check.curves)


def _meant(check: CurvesCheck, question: QuestionEvidence) -> list[dict[str, Floats]] | Verdict:
    """The history; where it was not captured and several were handed in, all of these."""
    history = _history(check, question)
    if not isinstance(history, Verdict):
        return [history]
    if not isinstance(question.values.get(check.curves, Missing()), Missing):
        return history
    handed_in = [lines.canonical(one.history) for one in question.trained.values() if one.history]
    return [one for one in handed_in if _without(check, one) is None] or history


def _history(check: CurvesCheck, question: QuestionEvidence) -> dict[str, Floats] | Verdict:
    """The captured history, or the only one that was handed in; or the verdict on its absence."""
    if (
        isinstance(question.values.get(check.curves, Missing()), Missing)
        and answers.untried(question) is None
    ):
        handed_in = [trained.history for trained in question.trained.values() if trained.history]
        if len(handed_in) == 1:
            history = lines.canonical(handed_in[0])
            return _without(check, history) or history
    value = answers.captured(question, check.curves)
    if isinstance(value, Verdict):
        return value
    found = _numbers(value)
    if found is None:
        message = (
            f"`{check.curves}` is {answers.kind(value)}; a history is expected: what `fit` returns, or its "
            "dict."
        )
        return Verdict("failed", message=message, diagnosis="wrong_type")
    history = lines.canonical(found)
    return _without(check, history) or history


def _numbers(value: Value) -> dict[str, list[float]] | None:
    """The series of a history that hold one number an epoch; None if it is none."""
    if not isinstance(value, evidence.Mapping):
        return None
    found = {}
    for key, series in value.items:
        array = answers.as_array(series)
        if array is not None and array.ndim == 1 and len(array) <= lines.MOST_EPOCHS:
            found[key] = [float(number) for number in array]
    if not found and len(value.items) == 1:
        return _numbers(value.items[0][1])
    return found or None


def _without(check: CurvesCheck, history: Mapping[str, Floats]) -> Verdict | None:
    absent = [name for name in check.series if name not in history]
    if not absent:
        return None
    listed = ", ".join(f"`{name}`" for name in absent)
    message = f"`{check.curves}` holds no {listed}."
    if all(name.startswith("val_") for name in absent):
        message += " Give `fit` validation data, or a share with validation_split."
        return Verdict("failed", message=message, diagnosis="no_validation")
    message += " Compile the network with that metric before it is trained."
    return Verdict("failed", message=message, diagnosis="no_metric")


def _rivals(question: QuestionEvidence, own: Mapping[str, Floats]) -> dict[str, dict[str, Floats]]:
    """Histories of other trainings that are known."""
    found = {
        f"the training of `{name}`": lines.canonical(trained.history)
        for name, trained in question.trained.items()
    }
    for name, value in question.values.items():
        series = _numbers(value)
        if series is not None:
            found[f"`{name}`"] = lines.canonical(series)
    return {
        title: series
        for title, series in found.items()
        if not all(key in series and lines.same(series[key], values) for key, values in own.items())
    }
