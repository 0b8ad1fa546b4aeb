"""Contracts: what a function of the notebook is called with, and who judges what came of it.

Inputs are the same in every run; they hold nothing of the answers, since they travel into the student's
process. The contracts themselves are in `array_contracts`, `network_contracts` and `drawing_contracts`. Calls
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from autograder.checks import answers
from autograder.checks.base import Floats, Oracle
from autograder.evidence import Model, Returned, Scalar
from autograder.evidence import Sequence as Listed
from autograder.figures.outcome import Outcome, wrong

CLOSE: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Case:
    """What there is to judge.

    Attributes:
        name: of the function.
        inputs: of each call, as the contract's `inputs` made them.
        returned: what each call did; none has raised.
        oracle: knows data and networks.
        model: the submitted network that was among the inputs, if the contract asks for one.
    """

    name: str
    inputs: Sequence[tuple[Any, ...]]
    returned: Sequence[Returned]
    oracle: Oracle
    model: Model | None = None


@dataclass(frozen=True)
class Contract:
    """What a function has to do.

    Attributes:
        given: what it is called with, in words, for messages.
        inputs: makes the inputs of each call: arrays, numbers and strings.
        judge: says whether it does.
        network: the first argument is the notebook's network; then `inputs` makes the others.
    """

    given: str
    inputs: Callable[[], Sequence[tuple[Any, ...]]]
    judge: Callable[[Case], Outcome]
    network: bool = False


def array_of(case: Case, call: int = 0) -> Floats | Outcome:
    """The array that a call returned; or what is wrong when it is none."""
    value = case.returned[call].value
    if isinstance(value, Scalar) and value.value is None:
        message = f"`{case.name}` returns nothing. End it with `return` and the result."
        return wrong("nothing_returned", message)
    array = answers.as_array(value)
    if array is None or array.dtype.kind not in "biuf":
        message = f"`{case.name}` returns {answers.kind(value)}; an array of numbers is expected."
        return wrong("wrong_type", message)
    return array


def same(found: Floats, expected: Floats, tolerance: float = CLOSE) -> bool:
    """Whether two arrays agree, up to a tolerance for each number."""
    return found.shape == expected.shape and bool(np.allclose(found, expected, rtol=0, atol=tolerance))


def parts_of(case: Case, count: int) -> list[Floats] | Outcome:
    """The arrays that the first call returned together, in a tuple or list; or what is wrong."""
    value = case.returned[0].value
    if not isinstance(value, Listed) or len(value.items) != count:
        if isinstance(value, Scalar) and value.value is None:
            message = f"`{case.name}` returns nothing. End it with `return` and the {count} arrays."
            return wrong("nothing_returned", message)
        return wrong(
            "wrong_type", f"`{case.name}` returns {answers.kind(value)}; {count} arrays are expected."
        )
    parts = [answers.as_array(item) for item in value.items]
    arrays = [part for part in parts if part is not None]
    if len(arrays) < count:
        message = f"`{case.name}` returns {answers.kind(value)}, not all of them arrays."
        return wrong("wrong_type", message)
    return arrays


def misshapen(case: Case, found: Floats, expected: tuple[int, ...]) -> Outcome:
    """A function that was to keep an array's shape and does not."""
    message = (
        f"`{case.name}` turns an array of shape {expected} into one of shape {found.shape}. Keep its shape."
    )
    return wrong("wrong_shape", message)


def other_values(case: Case, found: Floats, why: str) -> Outcome:
    """An array of the right shape with other numbers, by no mistake that is known."""
    if not np.isfinite(found).all():
        return wrong(
            "nan", f"`{case.name}` returns numbers that are not finite. Look for a division by zero."
        )
    span = f"values from {answers.figure(float(found.min()))} to {answers.figure(float(found.max()))}"
    return wrong("other_values", f"`{case.name}` returns {span}: {why}.")
