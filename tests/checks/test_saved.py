"""What becomes of a question that drew nothing but has saved pictures: for sure, or left to a person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.checks import saved
from autograder.evidence import QuestionEvidence, Rendered
from autograder.figures.rendered.reading import Pictures
from autograder.result import Verdict

NOTHING = Verdict("failed", message="No figure was drawn.", diagnosis="no_figure")
RIGHT, WRONG, OTHER = 200, 100, 50


def picture(shade: int, executed: bool = False) -> Rendered:
    return Rendered(0, np.full((20, 30, 3), shade, np.uint8), executed)


def look(found: Pictures, claimed: str) -> Verdict:
    """Judge pictures by their shades."""
    assert claimed == "the claim"
    shades = {int(one.pixels[0, 0, 0]) for one in found._pictures}
    if RIGHT in shades:
        return Verdict("passed", 1.0, "It is right.")
    if WRONG in shades:
        return Verdict("failed", message="It is wrong.", diagnosis="transposed", details={"a": 1})
    return Verdict("needs_person", message="It is unclear.", diagnosis="unclear_picture")


def judged(
    own: tuple[Rendered, ...] = (), loose: tuple[Rendered, ...] = (), claimed: Any = "the claim", **more: Any
) -> Verdict:
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "draw()", **more})
    question.rendered, question.loose_rendered = list(own), list(loose)
    return saved.judged(question, NOTHING, lambda: claimed, look)


@pytest.mark.parametrize(
    ("shade", "status", "words"),
    [(RIGHT, "passed", "right"), (WRONG, "failed", "wrong"), (OTHER, "needs_person", "unclear")],
)
def test_where_nothing_was_executed_a_picture_counts_as_it_is(shade: int, status: str, words: str) -> None:
    found = judged((picture(shade),))
    assert found.status == status
    assert found.message.startswith("The notebook was not executed; the picture that is saved was looked at.")
    assert found.message.endswith(f"It is {words}.")
    assert found.details[saved.SEEN] == saved.PICTURE


def test_who_decides_is_shown_the_pictures() -> None:
    (shown,) = judged((picture(OTHER), picture(OTHER))).pictures
    assert (shown.role, shown.png[:4]) == ("submitted", b"\x89PNG")
    assert "2 of 2 pictures" in shown.alt


@pytest.mark.parametrize("shade", [RIGHT, WRONG, OTHER])
def test_where_the_cell_was_run_and_drew_nothing_its_picture_is_no_proof(shade: int) -> None:
    found = judged((picture(shade, executed=True),))
    if shade != RIGHT:
        assert found == NOTHING
        return
    assert (found.status, found.fraction, found.diagnosis) == ("needs_person", 0.0, "not_redrawn")
    assert found.message.startswith(NOTHING.message)
    assert "running the notebook did not draw it" in found.message


def test_a_right_picture_may_be_saved_elsewhere() -> None:
    found = judged((), (picture(OTHER), picture(RIGHT)))
    assert found.status == "passed"
    assert "in a cell outside the question" in found.message
    assert judged((), (picture(WRONG),)) == NOTHING
    assert judged((), (picture(RIGHT, executed=True),)).diagnosis == "not_redrawn"


@pytest.mark.parametrize(
    ("own", "matched_by", "status"),
    [
        (WRONG, "metadata", "failed"),
        (WRONG, "names", "passed"),
        (OTHER, "names", "needs_person"),
        (RIGHT, "text", "passed"),
    ],
)
def test_an_own_picture_comes_before_those_elsewhere(own: int, matched_by: str, status: str) -> None:
    assert judged((picture(own),), (picture(RIGHT),), matched_by=matched_by).status == status


def test_without_pictures_or_untouched_nothing_is_changed() -> None:
    assert judged() == NOTHING
    assert judged((picture(RIGHT),), untouched=True) == NOTHING
    assert judged(unread=["it is damaged"], untouched=True) == NOTHING


def test_a_claim_that_cannot_be_made_is_said_so() -> None:
    why = Verdict("needs_person", message="Which image is meant?")
    assert judged((picture(RIGHT),), claimed=why) == why
    assert judged((picture(RIGHT, executed=True),), claimed=why) == NOTHING


def test_what_was_not_looked_at_may_have_been_right() -> None:
    found = judged(unread=["it is damaged", "it is animated"])
    assert (found.status, found.diagnosis) == ("needs_person", "unread_picture")
    assert "was not looked at: it is damaged." in found.message
    beside = judged((picture(WRONG),), unread=["it is damaged"])
    assert (beside.status, beside.fraction) == ("needs_person", 0.0)
    assert "It is wrong." in beside.message
    assert "was not looked at: it is damaged." in beside.message
    assert judged((picture(RIGHT),), unread=["it is damaged"]).status == "passed"
