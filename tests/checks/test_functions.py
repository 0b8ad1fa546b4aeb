"""What holds for every function that is called with inputs that students have not seen."""

from __future__ import annotations

import json
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError

from autograder import checks
from autograder.checks.base import Oracle
from autograder.checks.functions import CONTRACTS, FunctionCheck, verdict
from autograder.evidence import (
    Call,
    CellError,
    Missing,
    QuestionEvidence,
    Returned,
)
from autograder.result import Verdict
from autograder.worker import calls
from tests.checks.calling import FakeOracle, config, judged


def to_picture(x: Any) -> Any:
    return (x * 128 + 128) / 255


def broken(*arguments: Any) -> None:
    raise ValueError("shapes do not fit")


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_function_that_raises_is_told_what_it_was_given(contract: str) -> None:
    found = judged(contract, broken)
    assert (found.status, found.diagnosis) == ("failed", "raises")
    assert "ValueError: shapes do not fit" in found.message
    assert CONTRACTS[contract].given in found.message


def test_a_right_function_that_changes_its_input_earns_half() -> None:
    def in_place(x: Any) -> Any:
        x += 1
        x /= 2
        return x

    found = judged("picture", in_place)
    assert (found.status, found.fraction, found.diagnosis) == ("partial", 0.5, "changes_input")
    assert "copy" in found.message


def test_a_function_that_fails_only_sometimes_fails() -> None:
    def single(x: Any) -> Any:
        if x.ndim == 4:
            raise IndexError("too many indices")
        return to_picture(x)

    found = judged("picture", single)
    assert found.diagnosis == "raises"
    assert "1 of 2 calls" in found.message


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_function_that_changes_its_inputs_does_not_change_those_of_the_grader(contract: str) -> None:
    def overwriting(*arguments: Any) -> None:
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0

    before = [call.arguments for call in config(contract).calls("q")]
    judged(contract, overwriting)
    assert [call.arguments for call in config(contract).calls("q")] == before


@pytest.mark.parametrize("contract", CONTRACTS)
def test_inputs_travel_as_json_and_arrive_as_they_were_made(contract: str) -> None:
    check = config(contract)
    for call, inputs in zip(check.calls("q"), CONTRACTS[contract].inputs(), strict=True):
        arrived = calls.arguments(Call(**json.loads(json.dumps(call.__dict__))), {"net": None})
        for one, other in zip(arrived[-len(inputs) :], inputs, strict=True):
            assert np.array_equal(one, other)
            assert np.asarray(one).dtype == np.asarray(other).dtype


def seen(**evidence: Any) -> Verdict:
    check = config("picture")
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "x", **evidence})
    return verdict(check, question, cast(Oracle, FakeOracle()))


def returned(**what: Any) -> dict[str, Returned]:
    return {call.id: Returned(**what) for call in config("picture").calls("q")}


def test_no_function_is_said_to_be_missing_with_the_reason() -> None:
    error = CellError(4, "exception", "SyntaxError", "invalid syntax", 2)
    found = seen(returned=returned(value=Missing()), errors=[error])
    assert (found.status, found.diagnosis) == ("failed", "missing")
    assert "SyntaxError" in found.message


def test_what_was_not_filled_in_is_unanswered() -> None:
    assert seen(untouched=True).status == "unanswered"
    assert seen(matched_by="").status == "unanswered"
    assert seen(blanks=True).status == "unanswered"
    error = "NameError: name '___' is not defined"
    assert seen(blanks=True, returned=returned(error=error)).status == "unanswered"


def test_calls_that_were_not_made_are_left_to_a_person() -> None:
    found = seen()
    assert (found.status, found.diagnosis) == ("needs_person", "not_called")


@pytest.mark.parametrize(
    "record",
    [
        {"function": "f", "contract": "unknown"},
        {"function": "f", "contract": "evaluation"},
        {"function": "f", "contract": "picture", "of": "net"},
        {"function": "not a name", "contract": "picture"},
    ],
)
def test_senseless_configs_are_refused(record: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FunctionCheck.model_validate(record)


def test_the_family_is_registered() -> None:
    check = config("evaluation")
    assert checks.family(check) == "function"
    assert check.captures() == ("net",)
    assert check.subject == "f"
