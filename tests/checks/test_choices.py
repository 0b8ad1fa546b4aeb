"""What students get for multiple choice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from autograder.checks.choices import ChoiceCheck, chosen_option, verdict
from autograder.evidence import Missing, Value
from autograder.result import Verdict
from tests.fakes import FakeOracle, answered, array, listed, model, opaque, scalar

LETTERS = ("A", "B", "C", "D")


def judged(value: Value, key: str = "A", of: tuple[str, ...] = LETTERS) -> Verdict:
    check = ChoiceCheck(choice="answer", key=key, of=of)
    return verdict(check, answered(answer=value), FakeOracle())


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "a",
        " A ",
        "A)",
        "(a)",
        "A.",
        "[A]",
        "'A'",
        "“A”",
        "A:",
        "*A*",
        "Ａ",
        "A\n",
        "A) three",
        "(A) 3",
        "a. three",
        "A : 3",
        "A - three kernels",
        "A – three",
        "A = 3",
        "A 3",
        "a, because there are 3 of them",
        "Option A",
        "answer: a",
        "Answer = 'A'",
    ],
)
def test_style_is_forgiven(text: str) -> None:
    assert judged(scalar(text)).status == "passed"


def test_a_list_of_one_counts() -> None:
    assert judged(listed(scalar("a"))).status == "passed"
    assert judged(listed(listed(scalar("a")))).status == "passed"


def test_a_wrong_choice_does_not_tell_the_key() -> None:
    found = judged(scalar("b"))
    assert (found.status, found.diagnosis) == ("failed", "wrong_option")
    assert "“B”" in found.message
    assert "A" not in found.message
    assert "A" in found.instructor


@pytest.mark.parametrize(
    "value",
    [
        scalar("E"),
        scalar("AB"),
        scalar("A or B"),
        scalar("A, B"),
        scalar("a, or b"),
        scalar("A-C"),
        scalar("A lot"),
        scalar("Option"),
        scalar(1),
        listed(scalar("A"), scalar("B")),
        model("x"),
    ],
)
def test_what_is_no_option_is_told_the_options(value: Value) -> None:
    found = judged(value)
    assert (found.status, found.diagnosis) == ("failed", "not_an_option")
    assert "A, B, C, D" in found.message


@pytest.mark.parametrize(
    "value",
    [
        scalar("___"),
        scalar(""),
        scalar("  "),
        scalar("?"),
        scalar("..."),
        scalar(None),
        opaque("ellipsis"),
        listed(),
    ],
)
def test_blanks_are_unanswered_not_wrong(value: Value) -> None:
    assert judged(value).status == "unanswered"


def test_a_name_that_was_never_assigned_is_not_unanswered() -> None:
    assert judged(Missing()).status == "failed"


@pytest.mark.parametrize(
    "value", ["No", "no", "n", "N.", "False", False, "f", "No, one cannot.", "No - they do not", "No!"]
)
def test_no_has_many_forms(value: Any) -> None:
    assert judged(scalar(value), "No", ("Yes", "No")).status == "passed"
    assert judged(scalar(value), "Yes", ("Yes", "No")).diagnosis == "wrong_option"


def test_forms_of_no_are_not_options_among_letters() -> None:
    assert judged(scalar(False), "F", ("A", "B", "F")).diagnosis == "not_an_option"


def test_numbered_options() -> None:
    of = ("1", "2", "3")
    assert judged(scalar(2), "2", of).status == "passed"
    assert judged(array(2), "2", of).status == "passed"
    assert judged(scalar("2)"), "2", of).status == "passed"
    assert judged(scalar(3), "2", of).diagnosis == "wrong_option"


AROUND = st.text(" ()[].,:;'\"\t*", max_size=4)


@given(st.sampled_from(LETTERS), AROUND, AROUND, st.booleans())
def test_any_wrapping_keeps_the_choice(letter: str, before: str, after: str, lower: bool) -> None:
    written = before + (letter.lower() if lower else letter) + after
    assert chosen_option(written, LETTERS) == letter


@given(st.text(max_size=12), st.sampled_from(LETTERS))
def test_any_text_gets_a_verdict_and_only_a_text_with_the_key_earns(text: str, key: str) -> None:
    found = judged(scalar(text), key)
    assert found.status in ("passed", "failed", "unanswered")
    if found.status == "passed":
        assert chosen_option(text, LETTERS) == key
    elif found.diagnosis == "wrong_option":
        assert chosen_option(text, LETTERS) not in (None, key)


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "E"},
        {"of": ["A"]},
        {"of": ["A", "a."]},
        {"of": ["A", "..."]},
        {"key": False, "of": [True, False]},
        {"key": 0.5, "of": [0.5, 1]},
    ],
)
def test_senseless_checks_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ChoiceCheck.model_validate({"choice": "a", "key": "A", "of": ["A", "B"], **fields})
