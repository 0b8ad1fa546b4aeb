"""Numbers, truth values and texts: does a variable hold what it should?

Accepts a right value in any type it can reasonably have (Python or NumPy number, array or list of one
element) and knows an accuracy in per cent from a fraction. `True` is not 1, and NaN is never right.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from autograder.checks import answers
from autograder.checks.base import Check, Oracle, VariableName
from autograder.checks.claims import Accuracy, Loss, ScalarClaim, Whole
from autograder.evidence import Array, QuestionEvidence, Scalar, Sequence, Value
from autograder.result import Verdict

Plain = bool | int | float | str

# What float32 arithmetic may change, as a share of the value: allowed even with tolerance 0.
_ROUNDING = 1e-6


def _plain(value: Any) -> Plain:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("has to be finite")
    if not isinstance(value, bool | int | float | str):
        raise ValueError("has to be a number, true or false, a text, or a claim such as {accuracy: {}}")
    return value


def _form(value: Any) -> str:
    return "claim" if isinstance(value, dict | Accuracy | Loss) else "plain"


class ValueCheck(Check):
    """A variable has this value.

    Attributes:
        value: the variable.
        equals: the value itself, or a claim that the oracle computes.
        tolerance: how far a number may be off, absolute.
    """

    value: VariableName
    equals: Annotated[
        Annotated[ScalarClaim, Tag("claim")] | Annotated[Plain, PlainValidator(_plain), Tag("plain")],
        Discriminator(_form),
    ]
    tolerance: float = Field(default=0.0, ge=0, strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _tolerance_is_for_numbers(self) -> ValueCheck:
        if self.tolerance and isinstance(self.equals, bool | str):
            raise ValueError("`tolerance` is for numbers, and `equals` is not one")
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.value

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.value,)


def verdict(check: ValueCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the captured value with the expected one."""
    value = answers.captured(question, check.value)
    if isinstance(value, Verdict):
        return value
    plain = _single(value)
    if isinstance(check.equals, Accuracy | Loss):
        return _number(check, plain, value, oracle.scalar(check.equals), oracle)
    if isinstance(check.equals, bool):
        return _truth(check, plain, value, check.equals)
    if isinstance(check.equals, str):
        return _text(check, plain, value, check.equals)
    return _number(check, plain, value, float(check.equals), oracle)


def _single(value: Value) -> Plain | None:
    """The number, truth value or text in a value, or None where there is no single one."""
    match value:
        case Scalar(value=plain):
            return plain
        case Array(array=array) if array.size == 1:
            single: Plain = array.reshape(()).item()
            return single
        case Sequence(items=(only,)):
            return _single(only)
    return None


def _number(check: ValueCheck, plain: Plain | None, value: Value, expected: float, oracle: Oracle) -> Verdict:
    seen = f"`{check.value}` is {answers.kind(value)}"
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        advice = " Write it without quotes." if isinstance(plain, str) and _reads_as_number(plain) else ""
        return _wrong(check, f"{seen}; a number is expected.{advice}", expected, "wrong_type")
    number = _float(plain)
    if math.isnan(number):
        message = f"`{check.value}` is NaN, “not a number”. Look where it comes from."
        return _wrong(check, message, expected, "nan")
    margin = check.tolerance + _ROUNDING * abs(expected)
    if abs(number - expected) <= margin:
        return _right(f"`{check.value}` is right.")
    if isinstance(check.equals, Accuracy) and abs(number - 100 * expected) <= 100 * margin:
        return _right(f"`{check.value}` is right; it is in per cent, where a fraction from 0 to 1 is usual.")
    if isinstance(check.equals, Accuracy | Loss):
        return _wrong_measure(check, seen, number, expected, oracle)
    message = f"{seen}, which is not right. Go through how it is computed, step by step."
    return _wrong(check, message, expected, "other_value")


def _wrong_measure(check: ValueCheck, seen: str, number: float, expected: float, oracle: Oracle) -> Verdict:
    asked, other = ("accuracy", "loss") if isinstance(check.equals, Accuracy) else ("loss", "accuracy")
    claim = Loss(loss=Whole()) if other == "loss" else Accuracy(accuracy=Whole())
    if abs(number - oracle.scalar(claim)) <= max(check.tolerance, 0.002):
        message = f"`{check.value}` holds the {other}, not the {asked}: `evaluate` returns the loss first."
        return _wrong(check, message, expected, "swapped")
    message = (
        f"{seen}, which is not the {asked} of the given network on all of the given images. "
        "Evaluate it on all of them, scaled as they are given."
    )
    return _wrong(check, message, expected, "other_value")


def _truth(check: ValueCheck, plain: Plain | None, value: Value, expected: bool) -> Verdict:
    if not isinstance(plain, bool):
        message = f"`{check.value}` is {answers.kind(value)}; a truth value is expected."
        return _wrong(check, message, expected, "wrong_type")
    if plain is expected:
        return _right(f"`{check.value}` is right.")
    message = f"`{check.value}` is not right. Think the question through again."
    return _wrong(check, message, expected, "other_value")


def _text(check: ValueCheck, plain: Plain | None, value: Value, expected: str) -> Verdict:
    seen = f"`{check.value}` is {answers.kind(value)}"
    if not isinstance(plain, str):
        return _wrong(check, f"{seen}; a text in quotes is expected.", expected, "wrong_type")
    if answers.normalised(plain) == answers.normalised(expected):
        return _right(f"`{check.value}` is right.")
    return _wrong(check, f"{seen}, which is not right. Look at the question again.", expected, "other_value")


def _right(message: str) -> Verdict:
    return Verdict("passed", 1.0, message)


def _wrong(check: ValueCheck, message: str, expected: Plain, diagnosis: str) -> Verdict:
    margin = f" ± {check.tolerance:g}" if check.tolerance else ""
    instructor = f"Expected {expected!r}{margin}."
    return Verdict("failed", message=message, instructor=instructor, diagnosis=diagnosis)


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
