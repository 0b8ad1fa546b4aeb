"""What students get for numbers, truth values and texts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from autograder.checks.claims import Accuracy, Loss, Whole
from autograder.checks.values import ValueCheck, verdict
from autograder.evidence import CellError, Mapping, Missing, QuestionEvidence, Value
from autograder.result import Verdict
from tests.fakes import LABELS, FakeOracle, Images, answered, array, listed, model, opaque, scalar

ORACLE = FakeOracle()
ACCURACY = ORACLE.scalar(Accuracy(accuracy=Whole()))
LOSS = ORACLE.scalar(Loss(loss=Whole()))


def judged(value: Value, equals: Any = 32, tolerance: float = 0.0) -> Verdict:
    check = ValueCheck.model_validate({"value": "n", "equals": equals, "tolerance": tolerance})
    return verdict(check, answered(n=value), ORACLE)


@pytest.mark.parametrize(
    "value",
    [
        scalar(32),
        scalar(32.0),
        array(32),
        array([32]),
        array([[32.0]]),
        listed(scalar(32)),
        listed(array([32])),
    ],
)
def test_a_right_number_counts_in_any_type(value: Value) -> None:
    assert judged(value).status == "passed"


@pytest.mark.parametrize("value", [31, 32.5, -32, 0, math.inf, -math.inf, 10**400, -(10**400)])
def test_another_number_is_wrong(value: float) -> None:
    found = judged(scalar(value))
    assert (found.status, found.fraction) == ("failed", 0.0)
    assert "is the number" in found.message


def test_float32_rounding_is_forgiven_even_without_tolerance() -> None:
    assert judged(scalar(0.10000000149), equals=0.1).status == "passed"
    assert judged(scalar(0.1001), equals=0.1).status == "failed"


def test_tolerance_is_absolute() -> None:
    assert judged(scalar(32.4), tolerance=0.5).status == "passed"
    assert judged(scalar(32.6), tolerance=0.5).status == "failed"


@pytest.mark.parametrize("tolerance", [0.0, 1e300])
def test_nan_is_never_right(tolerance: float) -> None:
    found = judged(scalar(math.nan), tolerance=tolerance)
    assert (found.status, found.diagnosis) == ("failed", "nan")
    assert found.message.startswith("`n` is NaN")


def test_true_is_not_one_and_one_is_not_true() -> None:
    assert judged(scalar(True), equals=1).diagnosis == "wrong_type"
    assert judged(scalar(1), equals=True).diagnosis == "wrong_type"
    assert judged(scalar(True), equals=True).status == "passed"
    assert judged(array(True), equals=True).status == "passed"
    assert judged(scalar(False), equals=True).status == "failed"


def test_a_number_in_quotes_is_wrong_but_explained() -> None:
    found = judged(scalar("32"))
    assert found.status == "failed"
    assert "without quotes" in found.message


def test_words_ignore_case_and_spacing() -> None:
    assert judged(scalar(" ReLU "), equals="relu").status == "passed"
    assert judged(scalar("elu"), equals="relu").status == "failed"
    assert judged(scalar(3), equals="relu").diagnosis == "wrong_type"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (array([1, 2]), "array of shape (2,)"),
        (model("x"), "a Keras model (Functional)"),
        (opaque("function"), "function"),
        (listed(scalar(1), scalar(2)), "a list of 2 items"),
    ],
)
def test_other_types_are_named(value: Value, words: str) -> None:
    found = judged(value)
    assert (found.status, found.diagnosis) == ("failed", "wrong_type")
    assert words in found.message


@pytest.mark.parametrize(
    "value", [scalar(None), scalar("___"), scalar(""), scalar("..."), opaque("ellipsis")]
)
def test_blanks_are_unanswered(value: Value) -> None:
    assert judged(value).status == "unanswered"


def test_accuracy_may_be_in_per_cent() -> None:
    claim: dict[str, Any] = {"accuracy": {}}
    assert judged(scalar(ACCURACY + 0.001), claim, 0.002).status == "passed"
    in_per_cent = judged(scalar(100 * ACCURACY), claim, 0.002)
    assert in_per_cent.status == "passed"
    assert "per cent" in in_per_cent.message
    assert judged(scalar(100 * ACCURACY + 1), claim, 0.002).status == "failed"
    assert judged(scalar(100 * LOSS), {"loss": {}}, 0.002).status == "failed"


def test_swapped_loss_and_accuracy_are_recognised() -> None:
    assert judged(scalar(LOSS), {"accuracy": {}}, 0.002).diagnosis == "swapped"
    assert judged(scalar(ACCURACY), {"loss": {}}, 0.01).diagnosis == "swapped"
    assert judged(scalar(ACCURACY + 0.1), {"accuracy": {}}, 0.002).diagnosis == "other_value"


def asked(question: QuestionEvidence) -> Verdict:
    return verdict(ValueCheck(value="n", equals=32), question, ORACLE)


def test_none_may_come_from_a_call_that_returns_nothing() -> None:
    assert "a call that returns nothing" in judged(scalar(None)).message


def test_an_emptied_cell_is_unanswered() -> None:
    question = replace(answered(n=Missing()), source=" \n")
    assert asked(question).status == "unanswered"
    assert asked(replace(question, source="m = 32")).status == "failed"


def test_no_cell_is_unanswered_and_says_so() -> None:
    found = asked(QuestionEvidence("q"))
    assert (found.status, found.diagnosis) == ("unanswered", "no_cell")
    assert "no cell" in found.message


def test_an_untouched_cell_is_unanswered_even_if_the_name_has_the_right_value() -> None:
    question = answered(n=scalar(32))
    question.untouched = True
    assert asked(question).status == "unanswered"


def test_a_blank_that_is_left_is_unanswered_unless_the_value_is_there() -> None:
    question = answered(n=Missing())
    question.blanks = True
    assert asked(question).status == "unanswered"
    question.values["n"] = scalar(32)
    assert asked(question).status == "passed"


def test_a_missing_name_is_explained_by_the_error() -> None:
    question = answered()
    question.errors = [CellError(6, "exception", "ValueError", "bad shape", 2, "n = f()")]
    found = asked(question)
    assert found.status == "failed"
    assert found.message == "`n` was never assigned. Cell 7 stopped in line 2 with ValueError: bad shape."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            CellError(0, "timeout", message="After 120 s"),
            "Cell 1 ran longer than its time limit. After 120 s.",
        ),
        (CellError(0, "killed"), "Cell 1 ended the notebook's process"),
        (CellError(0, "skipped"), "Cell 1 was not run"),
        (
            CellError(0, "exception", "NameError", "name '___' is not defined", 1),
            "the blank `___` has to be filled in",
        ),
        (CellError(0, "exception", "E", "x" * 5000 + "\x1b[31m\n", 1), "xxx…"),
    ],
)
def test_every_kind_of_stop_has_its_sentence(error: CellError, words: str) -> None:
    question = answered(n=Missing())
    question.errors = [error]
    message = asked(question).message
    assert words in message
    assert message.isprintable()
    assert len(message) < 250


@pytest.mark.parametrize(
    "fields",
    [
        {"equals": None},
        {"equals": []},
        {"equals": [[1], {"accuracy": {}}]},
        {"equals": [math.nan]},
        {"equals": math.nan},
        {"equals": {"weights": {"layer": 0}}},
        {"equals": "x", "tolerance": 1},
        {"equals": 1, "of": "net"},
        {"equals": 1, "tolerance": -1},
        {"equals": 1, "value": "3n"},
        {"equals": 1, "value": "class"},
        {"equals": 1, "weight": 0},
    ],
)
def test_senseless_checks_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ValueCheck.model_validate({"value": "n", **fields})


SHAPES = [[[3, 3, 1, 32], [32]], [[9216, 10], [10]]]


def nested(value: Any, kind: Any = listed) -> Value:
    return kind(*(nested(item, kind) for item in value)) if isinstance(value, list) else scalar(value)


def test_nested_lists_count_as_lists_tuples_arrays_and_dicts() -> None:
    assert judged(nested(SHAPES), SHAPES).status == "passed"
    rows = [listed(*(array(shape) for shape in pair)) for pair in SHAPES]
    assert judged(listed(*rows), SHAPES).status == "passed"
    assert judged(Mapping((("conv", rows[0]), ("dense", rows[1])), "dict"), SHAPES).status == "passed"
    assert judged(array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]).status == "passed"


def test_other_groups_of_the_same_rows_count() -> None:
    flat = nested([row for pair in SHAPES for row in pair])
    assert judged(flat, SHAPES).status == "passed"
    with_gaps = nested([SHAPES[0], [], SHAPES[1]])
    assert judged(with_gaps, SHAPES).status == "passed"
    bare = nested([SHAPES[0], [[9216, 10], 10]])
    assert judged(bare, SHAPES).status == "passed"


def test_lists_hold_texts_truth_values_and_nothing() -> None:
    asked = ["relu", True, None, 0.5]
    assert judged(listed(scalar("ReLU "), scalar(True), scalar(None), scalar(0.5)), asked).status == "passed"
    assert judged(listed(scalar("relu"), scalar(1), scalar(None), scalar(0.5)), asked).status == "failed"
    assert judged(listed(scalar("relu"), scalar(True), scalar(0), scalar(0.5)), asked).status == "failed"


@pytest.mark.parametrize(
    ("value", "diagnosis", "words"),
    [
        (scalar(3), "wrong_type", "a list is expected"),
        (nested(SHAPES[:1]), "other_length", "another number of items"),
        (nested([SHAPES[0], [[9216, 10], [11]]]), "other_items", "item 2"),
        (listed(nested(SHAPES[0]), opaque("Tensor")), "other_items", "item 2"),
    ],
)
def test_a_wrong_list_is_named_without_the_answer(value: Value, diagnosis: str, words: str) -> None:
    found = judged(value, SHAPES)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)
    assert words in found.message
    assert "9216" not in found.message
    assert "9216" in found.instructor


def test_tolerance_holds_inside_lists() -> None:
    assert judged(nested([0.51, 0.49]), [0.5, 0.5], tolerance=0.02).status == "passed"
    assert judged(nested([0.53, 0.49]), [0.5, 0.5], tolerance=0.02).status == "failed"


@given(st.recursive(st.integers() | st.booleans(), lambda inner: st.lists(inner, min_size=1, max_size=3)))
def test_a_list_equals_itself_and_nothing_longer(items: Any) -> None:
    asked = items if isinstance(items, list) else [items]
    assert judged(nested(asked), asked).status == "passed"
    assert judged(nested([*asked, 7]), asked).status == "failed"


def test_measures_of_a_submitted_network() -> None:
    def scores(images: Images) -> list[Images]:
        return [0.1 + 0.7 * np.eye(3)[np.where(np.arange(20) < 15, LABELS, (LABELS + 1) % 3)]]

    def asked(value: float, equals: dict[str, Any], **values: Value) -> Verdict:
        check = ValueCheck.model_validate({"value": "n", "equals": equals, "of": "net", "tolerance": 0.001})
        assert check.captures() == ("n", "net")
        question = answered(**{"n": scalar(value), "net": model("net"), **values})
        return verdict(check, question, FakeOracle(net=scores))

    assert asked(0.75, {"accuracy": {}}).status == "passed"
    found = asked(ACCURACY, {"accuracy": {}})
    assert (found.status, found.diagnosis) == ("failed", "other_value")
    assert "`net`" in found.message
    assert asked(0.75, {"accuracy": {}}, net=scalar(1)).status == "needs_person"
