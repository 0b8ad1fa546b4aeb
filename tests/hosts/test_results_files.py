"""What Gradescope and PrairieLearn are given has the form they document, and no zero is an accident."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.hosts import gradescope, prairielearn, told
from autograder.result import Given, Result
from tests.hosts.conftest import broken, finished, waiting
from tests.report.conftest import SECRET, make_check, make_question, make_result, png, three_pictures

SHOWN = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
GRADESCOPE = {
    "type": "object",
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "integer"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": SHOWN,
        "stdout_visibility": SHOWN,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name"],
                "dependentRequired": {"score": ["max_score"]},
                "properties": {
                    "name": {"type": "string"},
                    "name_format": FORMAT,
                    "number": {"type": "string"},
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "visibility": SHOWN,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "extra_data": {"type": "object"},
                },
                "additionalProperties": False,
            },
        },
        "leaderboard": {"type": "array"},
    },
    "additionalProperties": False,
}
IMAGES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["url"],
        "properties": {"label": {"type": "string"}, "url": {"pattern": "^data:image/png;base64,"}},
        "additionalProperties": False,
    },
}
PRAIRIELEARN = {
    "type": "object",
    "properties": {
        "gradable": {"type": "boolean"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "message": {"type": "string"},
        "output": {"type": "string"},
        "images": IMAGES,
        "format_errors": {"type": "array", "items": {"type": "string"}},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                    "points": {"type": "number"},
                    "max_points": {"type": "number"},
                    "message": {"type": "string"},
                    "output": {"type": "string"},
                    "images": IMAGES,
                },
                "additionalProperties": False,
            },
        },
    },
    "if": {"properties": {"gradable": {"const": False}}},
    "then": {"required": ["format_errors"]},
    "else": {"required": ["score"]},
    "additionalProperties": False,
}


def for_gradescope(result: Result) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(gradescope.text(result), parse_constant=pytest.fail)
    jsonschema.validate(report, GRADESCOPE)
    return report


def for_prairielearn(result: Result) -> dict[str, Any]:
    blob = prairielearn.text(prairielearn.results(result))
    assert len(blob) <= 1_000_000
    report: dict[str, Any] = json.loads(blob, parse_constant=pytest.fail)
    jsonschema.validate(report, PRAIRIELEARN)
    return report


def visible(result: Result) -> Result:
    """The same, with everything shown from the start."""
    return replace(
        result,
        questions=tuple(
            replace(question, checks=tuple(replace(check, visibility="visible") for check in question.checks))
            for question in result.questions
        ),
    )


def test_gradescope_gets_a_test_for_each_question() -> None:
    report = for_gradescope(finished("ann"))
    assert report["score"] == 8
    first, second = report["tests"]
    assert (first["number"], first["score"], first["max_score"], first["status"]) == ("1", 8, 8, "passed")
    assert (second["name"], second["score"], second["status"]) == ("=All filters", 0, "failed")
    assert {first["visibility"], second["visibility"]} == {"hidden"}


def test_markdown_shows_messages_as_they_stand_and_pictures_with_their_words() -> None:
    first, second = for_gradescope(finished("ann"))["tests"]
    assert first["output"] == r"As it should be: 3 \* 3 \* 3 \* 32."
    assert r"These are `filters` of \<another\> layer." in second["output"]
    (submitted, expected, difference) = second["output"].split("\n\n")[1::2]
    assert [submitted, expected, difference] == [
        "Submitted: 32 panels in 4 rows, as submitted",
        "Expected: The 32 filters of layer conv2d",
        "Difference: Panels 9 to 16 differ",
    ]
    assert "![Submitted: 32 panels in 4 rows, as submitted](data:image/png;base64," in second["output"]


def test_pictures_that_do_not_fit_leave_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradescope, "MOST_PICTURES", 100)
    output = for_gradescope(finished("ann"))["tests"][1]["output"]
    assert "Submitted: 32 panels" in output
    assert "data:" not in output


def test_checks_of_several_visibilities_are_tests_of_their_own() -> None:
    checks = (
        replace(make_check(subject="shape"), visibility="visible"),
        make_check("failed", subject="weights", points=2),
        replace(make_check("needs_person", subject="bias"), visibility="after_published"),
    )
    report = for_gradescope(make_result("ann", make_question("q", *checks, title="Layer")))
    shown = [
        (t["number"], t["name"], t.get("score"), t.get("max_score"), t["visibility"]) for t in report["tests"]
    ]
    assert shown == [
        ("1.1", "Layer: shape", 1, 1, "visible"),
        ("1.2", "Layer: weights", 0, 2, "hidden"),
        ("1.3", "Layer: bias", None, None, "after_published"),
    ]


@pytest.mark.parametrize("read", [for_gradescope, for_prairielearn])
def test_points_that_wait_are_no_zero(read: Any) -> None:
    report = read(waiting("ann"))
    (open_,) = [test for test in report["tests"] if test["name"] == "ReLU"]
    assert not {"score", "points", "max_score", "max_points", "status"} & set(open_)
    assert "2 points still to be given by a person" in (report["output"] + report.get("message", ""))


@pytest.mark.parametrize("read", [for_gradescope, for_prairielearn])
def test_what_could_not_be_graded_has_no_score_at_all(read: Any) -> None:
    report = read(broken("ann"))
    assert "score" not in report
    assert not report.get("tests")
    assert "The machine ran out of memory" in json.dumps(report)


@pytest.mark.parametrize("read", [for_gradescope, for_prairielearn])
def test_what_a_person_gave_is_said(read: Any) -> None:
    result = visible(waiting("ann"))
    relu = replace(
        result.questions[1], given=Given(1.5, "Well *put*."), earned=1.5, pending=0.0, status="partial"
    )
    report = read(replace(result, questions=(result.questions[0], relu), earned=9.5, pending=0.0))
    told_of = report["tests"][1]
    assert told_of.get("score", told_of.get("points")) == 1.5
    words = (told_of["output"] or told_of["message"]).replace("\\", "")
    assert "A person gave 1.5 of 2 points." in words
    assert "Well *put*." in words
    assert "A person reads it" not in words


@pytest.mark.parametrize("read", [for_gradescope, for_prairielearn])
def test_the_instructors_words_stay_with_the_instructor(read: Any) -> None:
    text = json.dumps(read(visible(finished("ann")))) + json.dumps(read(visible(waiting("bob"))))
    assert SECRET not in text
    assert "One for sign" not in text


def test_prairielearn_gets_a_share_with_bonus_capped() -> None:
    assert for_prairielearn(finished("ann"))["score"] == 0.8
    assert for_prairielearn(replace(finished("ann"), earned=12.0))["score"] == 1


def test_prairielearn_shows_words_and_pictures_only_of_what_is_visible() -> None:
    hidden, shown = for_prairielearn(finished("ann")), for_prairielearn(visible(finished("ann")))
    assert [(t["points"], t["message"], t["images"]) for t in hidden["tests"]] == [(8, "", []), (0, "", [])]
    first, second = shown["tests"]
    assert first["message"] == "As it should be: 3 * 3 * 3 * 32."
    assert [image["label"].partition(":")[0] for image in second["images"]] == [
        "Submitted",
        "Expected",
        "Difference",
    ]
    picture = base64.b64decode(second["images"][0]["url"].partition(",")[2])
    assert picture == png(40, 20, 1)


def test_prairielearn_keeps_what_was_submitted_when_pictures_are_too_many() -> None:
    pictures = tuple(replace(one, png=png(280, 280, 1)) for one in three_pictures())
    checks = [make_check("failed", pictures=pictures, family="panels") for _ in range(3)]
    questions = (make_question(f"q{n}", check) for n, check in enumerate(checks))
    report = for_prairielearn(visible(make_result("ann", *questions)))
    labels = [[image["label"].partition(":")[0] for image in test["images"]] for test in report["tests"]]
    assert labels == [["Submitted"], ["Submitted"], ["Submitted"]]


def test_prairielearn_shortens_texts_when_even_they_are_too_long() -> None:
    checks = [make_check("failed", "x" * 50_000) for _ in range(400)]
    questions = (make_question(f"q{n}", check) for n, check in enumerate(checks))
    report = for_prairielearn(visible(make_result("ann", *questions)))
    assert len(report["tests"]) == 400
    assert report["tests"][0]["message"].endswith(" …")


texts = st.text(st.characters())  # Lone surrogates, control characters: whatever a student's title holds.


@given(texts, texts, texts)
def test_any_text_makes_a_valid_file(message: str, note: str, comment: str) -> None:
    result = visible(finished("ann"))
    check = make_check("failed", message, pictures=three_pictures())
    question = replace(make_question("q", check, title=message), given=Given(0.0, comment), errors=(note,))
    result = replace(result, questions=(question,), notes=(note,))
    for_gradescope(visible(result))
    for_prairielearn(visible(result))


@given(texts)
def test_markdown_escapes_whatever_could_be_markup(text: str) -> None:
    shown = told.markdown(text)
    assert "<script" not in shown.replace("\\<", "")
    outside = "".join(shown.split("`")[::2]) if shown.count("`") % 2 == 0 else shown.replace("`", "")
    assert "<" not in outside.replace("\\<", "")
