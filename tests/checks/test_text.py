"""Written answers: given or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.text import WrittenCheck, is_empty, verdict
from autograder.evidence import QuestionEvidence
from tests.fakes import FakeOracle


def status(text: str, **fields: bool) -> str:
    question = QuestionEvidence("relu", matched_by="metadata", text=text, **fields)
    return verdict(WrittenCheck(written=True, rubric="secret rubric"), question, FakeOracle()).status


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "...",
        "___",
        "…",
        "**Your answer here.**",
        "_Type your answer here, replacing this text._",
        "Write your answer here",
        "TODO",
        "*Double-click to edit this cell*",
        "<!-- your thoughts -->",
        "<br/>\n\n---\n> ",
        "### \n- \n",
    ],
)
def test_placeholders_are_no_answer(text: str) -> None:
    assert status(text) == "unanswered"


@pytest.mark.parametrize(
    "text",
    [
        "It sets negative values to 0.",
        "0",
        "負の値",
        "![plot](attachment:a.png)",
        "Your answer here. Negative values become zero.",
        "<p>zero</p>",
        "a < b",
    ],
)
def test_anything_said_goes_to_a_person(text: str) -> None:
    assert status(text) == "needs_person"


def test_untouched_and_missing_cells_are_unanswered() -> None:
    assert status("Released text of many words.", untouched=True) == "unanswered"
    question = QuestionEvidence("relu", text="lost")
    assert verdict(WrittenCheck(written=True), question, FakeOracle()).status == "unanswered"


@given(st.text(" \n*_#>-.…|~=`", max_size=40))
def test_markup_alone_says_nothing(text: str) -> None:
    assert is_empty(text)


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=12, max_size=60))
def test_words_are_never_lost(word: str) -> None:
    assert not is_empty(f"**{word}**, because {word}.")
