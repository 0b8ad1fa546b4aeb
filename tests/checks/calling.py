"""A function called as the worker calls it, and judged: what all tests of contracts share."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

import numpy as np

from autograder.checks.base import Oracle
from autograder.checks.functions import CONTRACTS, FunctionCheck, verdict
from autograder.evidence import (
    Array,
    Call,
    Figure,
    Mapping,
    Model,
    Opaque,
    QuestionEvidence,
    Returned,
    Scalar,
    Sequence,
    Value,
)
from autograder.result import Verdict
from autograder.worker import calls

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
RANDOM = np.random.default_rng(3)
WEIGHTS = RANDOM.normal(0, 0.3, (784, 10))
DIGITS = RANDOM.uniform(0, 1, (30, 28, 28, 1)).astype(np.float32)


def network(images: Any) -> Any:
    scores = np.asarray(images, np.float64).reshape(len(images), -1) @ WEIGHTS
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class FakeSubject:
    def probabilities(self, images: Any) -> Any:
        return network(images)


class FakeOracle:
    images = DIGITS
    labels = np.arange(30) % 10
    class_names = NAMES

    def subject(self, model: Model) -> FakeSubject:
        return FakeSubject()


def valued(thing: Any) -> Value:
    match thing:
        case None | bool() | int() | float() | str():
            return Scalar(thing, type(thing).__name__)
        case np.ndarray() | np.generic():
            return Array(np.asarray(thing), "numpy.ndarray")
        case tuple() | list():
            return Sequence(tuple(map(valued, thing)), type(thing).__name__)
        case dict():
            return Mapping(tuple((str(key), valued(item)) for key, item in thing.items()), "dict")
    return Opaque(type(thing).__name__, "")


def made(call: Call, function: Callable[..., Any]) -> Returned:
    """The call as the worker makes it; what is a figure, or a list of them, was drawn."""
    call = Call(**json.loads(json.dumps(call.__dict__)))
    figures: list[Figure] = []

    def drawing(*arguments: Any) -> Any:
        result = function(*arguments)
        if isinstance(result, tuple) and result and isinstance(result[-1], Figure):
            figures.append(result[-1])
            result = result[:-1] if len(result) > 1 else None
        return result

    done = calls.make(call, {call.function: drawing, "net": network}, _no_limit, 1)
    if done.error is not None:
        return Returned(error=f"{type(done.error).__name__}: {done.error}")
    return Returned(valued(done.value), figures, done.message, done.changed)


def _no_limit(seconds: float) -> Any:
    return nullcontext()


def config(contract: str) -> FunctionCheck:
    of = {"of": "net"} if CONTRACTS[contract].network else {}
    return FunctionCheck.model_validate({"function": "f", "contract": contract, **of})


def judged(contract: str, function: Callable[..., Any], **seen: Any) -> Verdict:
    check = config(contract)
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "def f(): …", **seen})
    question.values["net"] = Model("{}", (), "keras.Sequential")
    question.returned = {call.id: made(call, function) for call in check.calls("q")}
    return verdict(check, question, cast(Oracle, FakeOracle()))


def no_return(*arguments: Any) -> None:
    return None
