"""Calls a function of the notebook with the judge's inputs; says what it returned or raised.

The inputs come as JSON (`evidence.Call`) and hold no answer. The function is the student's: whatever it
raises is caught here. Sends nothing and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.evidence import Call
from autograder.worker import capture
from autograder.worker.alarm import TimeIsUpError


@dataclass(frozen=True)
class Outcome:
    """What a call did.

    Attributes:
        returned: whether it came to its end.
        value: what it returned then.
        error: what it raised, or None.
        message: in place of an error, a sentence about why it was not called or was stopped, or "".
        changed: it changed an array that it was given.
    """

    returned: bool = False
    value: object = None
    error: BaseException | None = None
    message: str = ""
    changed: bool = False


def make(
    call: Call,
    namespace: Mapping[str, object],
    limit: Callable[[float], AbstractContextManager[None]],
    seconds: float,
) -> Outcome:
    """Make one call; raises nothing that the function raises.

    Args:
        call: what to call.
        namespace: of the notebook.
        limit: an alarm's `limit`.
        seconds: for that limit.
    """
    if call.function not in namespace:
        return Outcome()
    function = namespace[call.function]
    if not callable(function):
        return Outcome(
            message=f"`{call.function}` is no function but of type {capture.class_name(function)}."
        )
    try:
        with limit(seconds):
            given = arguments(call, namespace)
            value = function(*given)
            return Outcome(returned=True, value=value, changed=_changed(given, arguments(call, namespace)))
    except TimeIsUpError:
        return Outcome(message=f"It was stopped after {seconds:g} s.")
    except BaseException as error:
        return Outcome(error=error)


def arguments(call: Call, namespace: Mapping[str, object]) -> list[Any]:
    """The call's inputs as Python objects, made anew each time: a function may change them.

    Raises:
        NameError: the notebook has no variable of a name that an argument refers to.
    """
    return [_decoded(argument, namespace) for argument in call.arguments]


def _decoded(argument: Any, namespace: Mapping[str, object]) -> Any:
    if not isinstance(argument, Mapping):
        return argument
    if "variable" not in argument:
        return np.array(argument["array"], np.dtype(argument["dtype"]))
    if argument["variable"] not in namespace:
        raise NameError(f"name {argument['variable']!r} is not defined")
    return namespace[argument["variable"]]


def _changed(given: Sequence[Any], anew: Sequence[Any]) -> bool:
    arrays = [pair for pair in zip(given, anew, strict=True) if isinstance(pair[1], np.ndarray)]
    return any(not np.array_equal(*pair) for pair in arrays if pair[0] is not pair[1])


def figures_in(value: object) -> Iterator[object]:
    """Figures among what was returned: itself, or in a list or tuple; of an Axes its figure."""
    members: Sequence[object] = value if isinstance(value, list | tuple) else (value,)
    for member in members[:100]:
        if str(type(member).__module__).startswith("matplotlib."):
            yield member if capture.class_name(member) == "Figure" else getattr(member, "figure", None)
