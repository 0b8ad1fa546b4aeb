"""Numbers, truth values, texts, and lists of them: does a variable hold what it should?

Accepts a right value in any type it can reasonably have (Python or NumPy number, array or list of one
element; lists, tuples and arrays alike) and knows an accuracy in per cent from a fraction. `True` is not 1,
and NaN is never right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from autograder.checks import answers, references
from autograder.checks.base import Check, Given, Oracle, VariableName
from autograder.checks.claims import Accuracy, Loss, ScalarClaim, Whole
from autograder.evidence import Array, Mapping, QuestionEvidence, Scalar, Sequence, Value
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


def _listed(value: list[Any]) -> list[Any]:
    """A list as a config writes it: of plain values, nothing (null), and such lists."""
    if not value:
        raise ValueError("is an empty list")
    return [
        _listed(item) if isinstance(item, list) else None if item is None else _plain(item) for item in value
    ]


def _form(value: Any) -> str:
    if isinstance(value, dict | Accuracy | Loss):
        return "claim"
    return "list" if isinstance(value, list) else "plain"


class ValueCheck(Check):
    """A variable has this value.

    Attributes:
        value: the variable.
        equals: the value itself, a list of such (of any depth), or a claim that the oracle computes.
        of: the variable of the submitted network that the claim is about; the given network by default.
        tolerance: how far a number may be off, absolute.
    """

    value: VariableName
    equals: Annotated[
        Annotated[ScalarClaim, Tag("claim")]
        | Annotated[list[Any], PlainValidator(_listed), Tag("list")]
        | Annotated[Plain, PlainValidator(_plain), Tag("plain")],
        Discriminator(_form),
    ]
    of: VariableName | None = None
    tolerance: float = Field(default=0.0, ge=0, strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _tolerance_is_for_numbers(self) -> ValueCheck:
        if self.tolerance and isinstance(self.equals, bool | str):
            raise ValueError("`tolerance` is for numbers, and `equals` is not one")
        return self

    @model_validator(mode="after")
    def _of_is_for_claims(self) -> ValueCheck:
        if self.of is not None and not isinstance(self.equals, Accuracy | Loss):
            raise ValueError("`of` names the network of a claim, and `equals` holds none")
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.value

    @property
    def network(self) -> str:
        """The network that the claim is about."""
        return self.of or ""

    @property
    def needs_checkpoint(self) -> bool:
        """Whether it is compared with a measure of the given network."""
        return isinstance(self.equals, Accuracy | Loss) and self.of is None

    def captures(self) -> tuple[str, ...]:
        """The variable, and that of the network that the claim is about."""
        return (self.value, self.of) if self.of else (self.value,)


def verdict(check: ValueCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the captured value with the expected one."""
    value = answers.captured(question, check.value)
    if isinstance(value, Verdict):
        return value
    if isinstance(check.equals, list):
        return _list(check, value, check.equals)
    plain = _single(value)
    if isinstance(check.equals, Accuracy | Loss):
        given = references.given(check.equals, check.of, question, oracle)
        return given if isinstance(given, Verdict) else _measure(check, plain, value, given, oracle)
    if isinstance(check.equals, bool):
        return _truth(check, plain, value, check.equals)
    if isinstance(check.equals, str):
        return _text(check, plain, value, check.equals)
    return _number(check, plain, value, float(check.equals)) or _other_value(check, value, check.equals)


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


def _measure(check: ValueCheck, plain: Plain | None, value: Value, given: Given, oracle: Oracle) -> Verdict:
    """Accuracy or loss of a network."""
    is_accuracy = isinstance(check.equals, Accuracy)
    measures = {
        True: oracle.scalar(Accuracy(accuracy=Whole()), given),
        False: oracle.scalar(Loss(loss=Whole()), given),
    }
    expected, other = measures[is_accuracy], measures[not is_accuracy]
    verdict = _number(check, plain, value, expected)
    if verdict is not None or not isinstance(plain, int | float):
        return verdict or _other_value(check, value, expected)
    number = _float(plain)
    margin = check.tolerance + _ROUNDING * abs(expected)
    if is_accuracy and abs(number - 100 * expected) <= 100 * margin:
        return _right(f"`{check.value}` is right; it is in per cent, where a fraction from 0 to 1 is usual.")
    asked, swapped = ("accuracy", "loss") if is_accuracy else ("loss", "accuracy")
    if abs(number - other) <= max(check.tolerance, 0.002):
        message = f"`{check.value}` holds the {swapped}, not the {asked}: `evaluate` returns the loss first."
        return _wrong(check, message, expected, "swapped")
    whose = f"`{check.of}`" if check.of else "the given network"
    message = (
        f"`{check.value}` is {answers.kind(value)}, which is not the {asked} of {whose} on all of the given "
        "images. Evaluate it on all of them, scaled as they are given."
    )
    return _wrong(check, message, expected, "other_value")


def _number(check: ValueCheck, plain: Plain | None, value: Value, expected: float) -> Verdict | None:
    """The verdict on a number that is right, or on what is none; None for another number."""
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        advice = " Write it without quotes." if isinstance(plain, str) and _reads_as_number(plain) else ""
        message = f"`{check.value}` is {answers.kind(value)}; a number is expected.{advice}"
        return _wrong(check, message, expected, "wrong_type")
    if math.isnan(_float(plain)):
        message = f"`{check.value}` is NaN, “not a number”. Look where it comes from."
        return _wrong(check, message, expected, "nan")
    return _right(f"`{check.value}` is right.") if _near(check, plain, expected) else None


def _near(check: ValueCheck, number: float, expected: float) -> bool:
    return abs(_float(number) - expected) <= check.tolerance + _ROUNDING * abs(expected)


def _other_value(check: ValueCheck, value: Value, expected: Plain) -> Verdict:
    seen = f"`{check.value}` is {answers.kind(value)}"
    message = f"{seen}, which is not right. Go through how it is computed, step by step."
    return _wrong(check, message, expected, "other_value")


def _list(check: ValueCheck, value: Value, expected: list[Any]) -> Verdict:
    """Compare item by item; the same innermost lists, grouped otherwise, are as good."""
    given = _unpacked(value)
    seen = f"`{check.value}` is {answers.kind(value)}"
    if not isinstance(given, list):
        return _wrong(check, f"{seen}; a list is expected.", expected, "wrong_type")
    if _equal(check, given, expected):
        return _right(f"`{check.value}` is right.")
    if _equal(check, list(_rows(given)), list(_rows(expected))):
        return _right(f"`{check.value}` is right; its items are grouped otherwise.")
    if len(given) != len(expected):
        message = f"{seen}; another number of items is expected. Look through what belongs into it."
        return _wrong(check, message, expected, "other_length")
    pairs = zip(given, expected, strict=True)
    place = next(place for place, (one, wanted) in enumerate(pairs, 1) if not _equal(check, one, wanted))
    message = f"{seen}, and item {place} of it is not right. Go through how it is computed."
    return _wrong(check, message, expected, "other_items")


def _unpacked(value: Value) -> Any:
    """A value as plain items and lists of them; of a dict, its values. Anything else equals nothing."""
    match value:
        case Scalar(value=plain):
            return plain
        case Array(array=array):
            return array.tolist()
        case Sequence(items=items):
            return [_unpacked(item) for item in items]
        case Mapping(items=entries):
            return [_unpacked(item) for _, item in entries]
    return value


def _equal(check: ValueCheck, given: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return (
            isinstance(given, list)
            and len(given) == len(expected)
            and all(_equal(check, one, wanted) for one, wanted in zip(given, expected, strict=True))
        )
    if expected is None or isinstance(expected, bool):
        return given is expected
    if isinstance(expected, str):
        return isinstance(given, str) and answers.normalised(given) == answers.normalised(expected)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return is_number and _near(check, given, float(expected))


def _rows(nested: list[Any]) -> Iterator[list[Any]]:
    """The innermost lists that are not empty."""
    if nested and not any(isinstance(item, list) for item in nested):
        yield nested
    else:
        for item in nested:
            yield from _rows(item) if isinstance(item, list) else iter([[item]])


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


def _wrong(check: ValueCheck, message: str, expected: Plain | list[Any], diagnosis: str) -> Verdict:
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
