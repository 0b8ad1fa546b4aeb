"""What holds for every family of checks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter

from autograder import checks
from autograder.checks.base import Check
from autograder.checks.claims import Accuracy, Whole
from autograder.evidence import CellError, Missing, Opaque, QuestionEvidence, Value
from tests.fakes import (
    WEIGHTS,
    FakeOracle,
    answered,
    array,
    layer,
    layer_output,
    listed,
    model,
    opaque,
    scalar,
)

ORACLE = FakeOracle(other=lambda images: [layer_output(1, images)])
ACCURACY = Accuracy(accuracy=Whole())
WRONG: list[Value] = [
    scalar(-8.25),
    scalar(True),
    scalar(float("nan")),
    scalar("another"),
    scalar("B"),
    array(WEIGHTS[0][1][::-1] + 5),
    array([[[1.5]]]),
    listed(scalar(1.5), array([2.5, 3.5])),
    listed(layer("dense_9", "Dense")),
    layer("dense_9", "Dense"),
    model("other"),
    model("unknown"),
    opaque("builtins.function"),
    Opaque("numpy.ndarray", "too large"),
    Missing(),
]
CHECKS: list[tuple[dict[str, Any], str]] = [
    ({"value": "x", "equals": 4711}, "4711"),
    ({"value": "x", "equals": 0.4711, "tolerance": 0.0815}, r"4711|0815"),
    ({"value": "x", "equals": "softmax"}, "softmax"),
    ({"value": "x", "equals": {"accuracy": {}}}, re.escape(f"{ORACLE.scalar(ACCURACY):.3g}")),
    ({"choice": "x", "key": "Qv", "of": ["Qv", "B", "C"]}, "Qv"),
    ({"array": "x", "equals": [4711, 815]}, r"4711|815"),
    ({"array": "x", "shape": [4711, 815]}, r"4711|815"),
    ({"array": "x", "equals": {"bias": {"layer": 0}}}, re.escape(f"{WEIGHTS[0][1][0]:.3f}")),
    ({"array": "x", "equals": {"filter": {"layer": 0, "filter": 3}}}, "filter 3"),
    ({"model": "x", "computes": {"activations": {"layer": 2}}}, "layer 2|conv2d_1"),
    ({"layers": "x"}, r"\b6\b|Conv2D|conv2d"),
]


def parsed(check: dict[str, Any] | Check) -> Check:
    found: Check = TypeAdapter(checks.AnyCheck).validate_python(check)
    return found


@pytest.mark.parametrize("value", WRONG, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(("check", "secret"), CHECKS, ids=lambda part: str(part))
def test_messages_to_students_never_hold_the_answer(check: dict[str, Any], secret: str, value: Value) -> None:
    found = checks.judge(parsed(check), answered(x=value), ORACLE)
    options = f"it has to be one of: {', '.join(check['of'])}" if found.diagnosis == "not_an_option" else ""
    assert found.status in ("failed", "unanswered") or found.diagnosis == "refused"
    assert found.message
    assert not re.search(secret, found.message.replace(options, ""))


@pytest.mark.parametrize("check", [check for check, _ in CHECKS], ids=str)
@pytest.mark.parametrize(
    "question",
    [
        QuestionEvidence("q"),
        QuestionEvidence("q", matched_by="names", untouched=True),
        QuestionEvidence(
            "q", matched_by="names", blanks=True, errors=[CellError(0, "exception", "NameError")]
        ),
    ],
    ids=["no cell", "untouched", "blanks"],
)
def test_nothing_handed_in_is_unanswered(check: dict[str, Any], question: QuestionEvidence) -> None:
    found = checks.judge(parsed(check), question, ORACLE)
    assert (found.status, found.fraction) == ("unanswered", 0.0)


@pytest.mark.parametrize("check", [check for check, _ in CHECKS], ids=str)
def test_a_check_knows_its_family_subject_and_what_to_capture(check: dict[str, Any]) -> None:
    found = parsed(check)
    assert checks.family(found) == next(iter(check))
    assert found.subject == "x"
    assert found.captures() == ("x",)
    assert parsed(found) is found


def test_figures_and_written_answers_capture_no_variables() -> None:
    assert parsed({"written": True}).captures() == ()
    assert parsed({"panels": {"filters": {"layer": 0}}}).captures() == ()


def test_every_family_is_found_by_its_key() -> None:
    for key, family in checks.FAMILIES.items():
        assert key in family.schema.model_fields
