"""Arrays: shape, kind of numbers, and equality with a tensor of the checkpoint.

A wrong array is compared with what it could be by mistake: axes in another order, another filter, the
other tensor of the layer, another layer, a rescaled copy. Messages say how many axes are expected, never
their sizes or any value.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import (
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    model_validator,
)

from autograder.checks import answers, claims
from autograder.checks.base import Check, Floats, Oracle, VariableName
from autograder.evidence import Array, QuestionEvidence, Scalar, Sequence, Value
from autograder.result import Verdict

_KINDS = {"float": "f", "int": "iu", "bool": "b"}
_CLAIMS = claims.Weights | claims.Bias | claims.Filter | claims.Activations
_MOST_AXES = 5

Size = Annotated[int, Field(ge=0, strict=True)]


def _nested(value: Any) -> Any:
    try:
        array = np.asarray(value)
    except (ValueError, RecursionError):
        raise ValueError("the rows of a nested list have to be equally long") from None
    if not isinstance(value, list) or array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise ValueError("has to be a list of finite numbers, or a claim such as {weights: {layer: 0}}")
    return value


def _form(value: Any) -> str:
    return "claim" if isinstance(value, dict | _CLAIMS) else "list"


class ArrayCheck(Check):
    """A variable is an array with this shape, kind of numbers or content.

    Attributes:
        array: the variable.
        shape: sizes of its axes.
        dtype: kind of its numbers, whatever their width.
        equals: a tensor of the checkpoint, or the numbers themselves as nested lists.
        tolerance: how far a number may be off, times the largest expected magnitude where that exceeds 1.
    """

    array: VariableName
    shape: tuple[Size, ...] | None = None
    dtype: Literal["float", "int", "bool"] | None = None
    equals: (
        Annotated[
            Annotated[claims.TensorClaim, Tag("claim")]
            | Annotated[list[Any], PlainValidator(_nested), Tag("list")],
            Discriminator(_form),
        ]
        | None
    ) = None
    tolerance: float = Field(default=1e-4, ge=0, strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _asks_for_something(self) -> ArrayCheck:
        if self.shape is None and self.dtype is None and self.equals is None:
            raise ValueError("needs at least one of `shape`, `dtype` and `equals`")
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.array

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.array,)


def verdict(check: ArrayCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the captured array with what is asked for, and say which mistake was made."""
    value = answers.captured(question, check.array)
    if isinstance(value, Verdict):
        return value
    expected = _expected(check, oracle)
    given = as_array(value)
    if given is None:
        return _no_array(check, value, expected)
    if expected is not None:
        return _compared(check, given, expected, oracle)
    return _misshapen(check, given, check.shape) or _wrong_kind(check, given) or _right(check)


def as_array(value: Value) -> NDArray[Any] | None:
    """The array that a value is, or that lists of numbers and equally shaped arrays make up; or None."""
    match value:
        case Array(array=array):
            return array
        case Scalar(value=bool() | float() as number):
            return np.asarray(number)
        case Scalar(value=int() as number) if abs(number) < 2**63:
            return np.asarray(number)
        case Sequence(items=items) if items:
            parts = [as_array(item) for item in items]
            shapes = {None if part is None else part.shape for part in parts}
            return (
                np.stack([part for part in parts if part is not None])
                if len(shapes) == 1 and None not in shapes
                else None
            )
    return None


def _expected(check: ArrayCheck, oracle: Oracle) -> Floats | None:
    if check.equals is None:
        return None
    return oracle.tensor(check.equals) if isinstance(check.equals, _CLAIMS) else np.asarray(check.equals)


def _right(check: ArrayCheck) -> Verdict:
    return Verdict("passed", 1.0, f"`{check.array}` is right.")


def _wrong(message: str, diagnosis: str, instructor: str = "") -> Verdict:
    return Verdict("failed", message=message, diagnosis=diagnosis, instructor=instructor)


def _no_array(check: ArrayCheck, value: Value, expected: Floats | None) -> Verdict:
    seen = f"`{check.array}` is {answers.kind(value)}; one array is expected."
    if isinstance(value, Sequence) and value.items:
        parts = [as_array(item) for item in value.items]
        if all(part is not None for part in parts):
            shapes = ", ".join(str(part.shape) for part in parts if part is not None)
            seen = f"`{check.array}` is {answers.kind(value)} of shapes {shapes}; one array is expected."
        found = [part for part in parts if part is not None]
        if expected is not None and any(_close(part, expected, check.tolerance) for part in found):
            return _wrong(f"{seen} One of the items is the right one: take it out.", "list_of_arrays")
    return _wrong(seen, "wrong_type")


def _misshapen(check: ArrayCheck, given: NDArray[Any], shape: tuple[int, ...] | None) -> Verdict | None:
    if shape is None or given.shape == shape:
        return None
    seen = f"`{check.array}` has shape {given.shape}"
    instructor = f"Expected shape {shape}, got {given.shape}."
    if given.ndim != len(shape):
        message = f"{seen}, so its `ndim` is {given.ndim}; {len(shape)} is expected. Check how it is indexed."
        return _wrong(message, "shape", instructor)
    if sorted(given.shape) == sorted(shape):
        message = f"{seen}: the axes are the right ones in another order. Undo the transposition."
        return _wrong(message, "transposed", instructor)
    message = f"{seen}: the number of axes is right, their sizes are not. Check where it comes from."
    return _wrong(message, "shape", instructor)


def _wrong_kind(check: ArrayCheck, given: NDArray[Any]) -> Verdict | None:
    if check.dtype is None or given.dtype.kind in _KINDS[check.dtype]:
        return None
    words = {"float": "floating-point numbers", "int": "whole numbers", "bool": "truth values"}
    message = f"`{check.array}` holds numbers of type {given.dtype}; {words[check.dtype]} are expected."
    return _wrong(message, "dtype")


def _compared(check: ArrayCheck, given: NDArray[Any], expected: Floats, oracle: Oracle) -> Verdict:
    if _close(given, expected, check.tolerance):
        return _misshapen(check, given, check.shape) or _wrong_kind(check, given) or _right(check)
    if given.dtype.kind == "f" and np.isnan(given).any() and not np.isnan(expected).any():
        message = f"`{check.array}` contains NaN, which is not a number. Look where it comes from."
        return _wrong(message, "nan")
    mistakes = itertools.chain(
        _form_mistakes(given, expected, check.tolerance), _other_tensors(check, given, oracle)
    )
    for diagnosis, what in mistakes:
        return _wrong(f"`{check.array}` {what}", diagnosis)
    message = (
        f"`{check.array}` has the right shape, {given.shape}, but other numbers than asked for. "
        "Check which network, layer and index they come from."
    )
    return _misshapen(check, given, expected.shape) or _wrong(
        message, "other_values", _difference(given, expected)
    )


def _difference(given: NDArray[Any], expected: Floats) -> str:
    largest = float(np.max(np.abs(given.astype(np.float64) - expected)))
    return f"Largest difference {largest:.4g}; largest expected magnitude {_scale(expected):.4g}."


def _scale(expected: Floats) -> float:
    return float(np.max(np.abs(expected), initial=0.0))


def _close(given: NDArray[Any], expected: Floats, tolerance: float) -> bool:
    if given.shape != expected.shape:
        return False
    margin = tolerance * max(1.0, _scale(expected))
    return bool(np.allclose(given.astype(np.float64), expected, rtol=0, atol=margin))


def _form_mistakes(given: NDArray[Any], expected: Floats, tolerance: float) -> Iterator[tuple[str, str]]:
    """Right numbers in a wrong form: (diagnosis, words)."""
    if given.size != expected.size or expected.size < 2:
        return

    def same(other: NDArray[Any]) -> bool:
        return _close(other, expected, tolerance)

    if given.ndim == expected.ndim <= _MOST_AXES:
        orders = list(itertools.permutations(range(expected.ndim)))[1:]
        if any(same(given.transpose(order)) for order in orders):
            yield "transposed", "has the right numbers, its axes in another order. Undo the transposition."
    if same(given.reshape(expected.shape)):
        if given.squeeze().shape == expected.squeeze().shape and given.ndim > expected.ndim:
            yield "extra_axis", "has the right numbers but an extra axis of length 1. Index it away."
        elif given.ndim == 1:
            yield "flattened", "has the right numbers but is flattened. Keep the axes."
        else:
            yield "reshaped", "has the right numbers in another shape. Keep the axes as they come."
    if given.shape == expected.shape and _rescaled(given.astype(np.float64), expected):
        yield "rescaled", "has the right pattern but rescaled numbers. Hand it in without scaling."


def _rescaled(given: Floats, expected: Floats) -> bool:
    """Whether one is a positive multiple of the other plus a constant."""
    if not np.isfinite(given).all() or expected.size < 4:
        return False
    ours, theirs = expected - expected.mean(), given - given.mean()
    norms = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    return norms > 0 and float((ours * theirs).sum()) / norms > 0.99999


def _other_tensors(check: ArrayCheck, given: NDArray[Any], oracle: Oracle) -> Iterator[tuple[str, str]]:
    """Tensors of the checkpoint that are handed in by mistake: (diagnosis, words)."""

    def is_tensor(claim: claims.TensorClaim) -> bool:
        return _close(given, oracle.tensor(claim), check.tolerance)

    match check.equals:
        case claims.Weights(weights=of):
            if is_tensor(claims.Bias(bias=of)):
                yield "other_tensor", "holds the layer's bias. The other tensor of the layer is asked for."
            yield from _other_layers(of.layer, oracle, lambda other: is_tensor(claims.Weights(weights=other)))
        case claims.Bias(bias=of):
            if is_tensor(claims.Weights(weights=of)):
                yield "other_tensor", "holds the layer's weights. The other tensor of the layer is asked for."
            yield from _other_layers(of.layer, oracle, lambda other: is_tensor(claims.Bias(bias=other)))
        case claims.Filter(filter=of):
            weights = oracle.tensor(claims.Weights(weights=claims.OfLayer(layer=of.layer)))
            yield from _other_slices(given, weights, check.tolerance)


def _other_layers(
    asked: int, oracle: Oracle, matches: Callable[[claims.OfLayer], bool]
) -> Iterator[tuple[str, str]]:
    for index, (name, python) in enumerate(oracle.layers):
        if index != asked and python.startswith(("Conv", "Dense")) and matches(claims.OfLayer(layer=index)):
            yield "other_layer", f"belongs to layer {index} ({name}). Another layer is asked for."


def _other_slices(given: NDArray[Any], weights: Floats, tolerance: float) -> Iterator[tuple[str, str]]:
    if _close(given, weights, tolerance):
        yield "all_filters", "holds all filters of the layer. Index the one that is asked for."
    for axis in reversed(range(weights.ndim)):
        for index in range(weights.shape[axis]):
            if _close(given, weights.take(index, axis), tolerance):
                if axis == weights.ndim - 1:
                    yield "other_filter", f"is filter {index} (counted from 0). Another one is asked for."
                else:
                    what = f"is a slice of the weights along axis {axis}, not a filter."
                    yield "wrong_axis", f"{what} Look at the weights' shape for the axis of the filters."
