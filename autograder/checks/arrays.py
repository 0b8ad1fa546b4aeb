"""Arrays: shape, kind of numbers, and equality with a tensor of the given or a submitted network.

A wrong array is compared with what it could be by mistake: axes in another order, another filter, the
other tensor of the layer, another layer, a rescaled copy. Messages say how many axes are expected, never
their sizes or any value.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
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

from autograder import evidence
from autograder.checks import answers, claims, references
from autograder.checks.base import Check, Floats, Given, Oracle, VariableName
from autograder.evidence import QuestionEvidence, Value
from autograder.result import Verdict

_KINDS = {"float": "f", "int": "iu", "bool": "b"}
_CLAIMS = claims.Weights | claims.Bias | claims.Filter | claims.Activations | claims.Probabilities
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
        equals: a tensor of a network, or the numbers themselves as nested lists.
        of: the variable of the submitted network that the tensor belongs to; the given network by default.
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
    of: VariableName | None = None
    tolerance: float = Field(default=1e-4, ge=0, strict=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _asks_for_something(self) -> ArrayCheck:
        if self.shape is None and self.dtype is None and self.equals is None:
            raise ValueError("needs at least one of `shape`, `dtype` and `equals`")
        if self.of is not None and not isinstance(self.equals, _CLAIMS):
            raise ValueError("`of` names the network of a claim, and `equals` holds none")
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.array

    @property
    def network(self) -> str:
        """The network that the tensor belongs to."""
        return self.of or ""

    @property
    def needs_checkpoint(self) -> bool:
        """Whether it is compared with a tensor of the given network."""
        return isinstance(self.equals, _CLAIMS) and self.of is None

    def captures(self) -> tuple[str, ...]:
        """The variable, and what the claim refers to."""
        images = claims.image_variables(claims.image_of(self.equals))
        return (self.array, *([self.of] if self.of else []), *images)


def verdict(check: ArrayCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the captured array with what is asked for, and say which mistake was made."""
    value = answers.captured(question, check.array)
    if isinstance(value, Verdict):
        return value
    source = references.given(check.equals, check.of, question, oracle)
    if isinstance(source, Verdict):
        return source
    accepted = _accepted(check, source, oracle)
    given = answers.as_array(value)
    if given is None:
        return _no_array(check, value, accepted)
    if accepted:
        return _compared(check, given, accepted, source, oracle)
    return _misshapen(check, given, check.shape) or _wrong_kind(check, given) or _right(check)


def _accepted(check: ArrayCheck, source: Given, oracle: Oracle) -> list[Floats]:
    """The arrays that are right, the one asked for first; none if only the form matters.

    Maps of one image are right with and without the axis that counts images.
    """
    if check.equals is None:
        return []
    if not isinstance(check.equals, _CLAIMS):
        return [np.asarray(check.equals)]
    if not isinstance(check.equals, claims.Activations):
        return [oracle.tensor(check.equals, source)]
    layers = oracle.subject(source.model).accepted(check.equals.activations.layer)
    maps = [oracle.tensor(_at(check.equals, layer), source) for layer in layers]
    return [form for array in maps for form in (array, array[np.newaxis])]


def _at(claim: claims.Activations, layer: int) -> claims.Activations:
    """The same claim about another layer."""
    return claims.Activations(activations=claim.activations.model_copy(update={"layer": layer}))


def _right(check: ArrayCheck) -> Verdict:
    return Verdict("passed", 1.0, f"`{check.array}` is right.")


def _wrong(message: str, diagnosis: str, instructor: str = "") -> Verdict:
    return Verdict("failed", message=message, diagnosis=diagnosis, instructor=instructor)


def _no_array(check: ArrayCheck, value: Value, accepted: Sequence[Floats]) -> Verdict:
    seen = f"`{check.array}` is {answers.kind(value)}; one array is expected."
    if isinstance(value, evidence.Sequence) and value.items:
        parts = [answers.as_array(item) for item in value.items]
        if all(part is not None for part in parts):
            shapes = ", ".join(str(part.shape) for part in parts if part is not None)
            seen = f"`{check.array}` is {answers.kind(value)} of shapes {shapes}; one array is expected."
        found = [part for part in parts if part is not None]
        if any(_close(part, one, check.tolerance) for part in found for one in accepted):
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


def _compared(
    check: ArrayCheck, given: NDArray[Any], accepted: Sequence[Floats], source: Given, oracle: Oracle
) -> Verdict:
    expected = next((one for one in accepted if one.ndim == given.ndim), accepted[0])
    if any(_close(given, one, check.tolerance) for one in accepted):
        return _misshapen(check, given, check.shape) or _wrong_kind(check, given) or _right(check)
    if given.dtype.kind == "f" and np.isnan(given).any() and not np.isnan(expected).any():
        message = f"`{check.array}` contains NaN, which is not a number. Look where it comes from."
        return _wrong(message, "nan")
    mistakes = itertools.chain(
        _form_mistakes(given, expected, check.tolerance), _other_tensors(check, given, source, oracle)
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


def _other_tensors(
    check: ArrayCheck, given: NDArray[Any], source: Given, oracle: Oracle
) -> Iterator[tuple[str, str]]:
    """Tensors of the network that are handed in by mistake: (diagnosis, words)."""
    subject = oracle.subject(source.model)
    match check.equals:
        case claims.Weights(weights=of):
            asked, place, other = subject.resolve(of.layer), 0, "bias"
        case claims.Bias(bias=of):
            asked, place, other = subject.resolve(of.layer), 1, "weights"
        case claims.Filter(filter=of):
            weights = subject.weights(subject.resolve(of.layer))[0]
            yield from _other_slices(given, weights, check.tolerance)
            return
        case claims.Activations() as claim:
            yield from _other_maps(claim, given, check.tolerance, source, oracle)
            return
        case _:
            return
    same = [_close(given, array, check.tolerance) for array in subject.weights(asked)]
    if any(same[:place] + same[place + 1 :]):
        yield "other_tensor", f"holds the layer's {other}. The other tensor of the layer is asked for."
    for index, layer in enumerate(subject.layers):
        arrays = subject.weights(index) if layer.python.startswith(("Conv", "Dense")) else ()
        if index != asked and any(
            _close(given, array, check.tolerance) for array in arrays[place : place + 1]
        ):
            yield "other_layer", f"belongs to layer {index} ({layer.name}). Another layer is asked for."


def _other_maps(
    claim: claims.Activations, given: NDArray[Any], tolerance: float, source: Given, oracle: Oracle
) -> Iterator[tuple[str, str]]:
    maps = given[0] if given.ndim > 1 and len(given) == 1 else given
    for index, layer in enumerate(oracle.subject(source.model).layers):
        fits = layer.shape[1:] == maps.shape
        if fits and _close(maps, oracle.tensor(_at(claim, index), source), tolerance):
            yield "other_layer", f"belongs to layer {index} ({layer.name}). Another layer is asked for."


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
