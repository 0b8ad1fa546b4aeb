"""Saved pictures cross as pixels of a known form and number; of what is more, none is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import collecting
from autograder.evidence import Evidence, Plan, QuestionPlan, Training
from autograder.measure import MOST_PICTURES, MOST_PIXELS, MOST_PIXELS_OF_PICTURES

SMALL = np.zeros((9, 8, 3), np.uint8)


def rendered(cell: int = 1, pixels: Any = SMALL, **more: Any) -> dict[str, Any]:
    return {"kind": "rendered", "cell": cell, "pixels": pixels, **more}


def unread(cell: int = 1, why: Any = "it is damaged") -> dict[str, Any]:
    return {"kind": "unread", "cell": cell, "why": why}


def matched(name: str, *cells: int, by: str = "metadata") -> dict[str, Any]:
    more = {"source": "x", "untouched": False, "blanks": False}
    return {"kind": "matched", "question": name, "by": by, "cells": list(cells), **more}


def collect(*records: dict[str, Any], training: Training = "outputs") -> Evidence:
    plan = Plan("a", (QuestionPlan("q", "code"), QuestionPlan("r", "code")), training=training)
    return collecting.collect(iter([matched("q", 1), matched("r", 2, by="position"), *records]), plan)


def test_a_picture_belongs_to_the_questions_of_its_cell() -> None:
    evidence = collect(rendered(1), rendered(2), rendered(3))
    assert [picture.cell for picture in evidence.questions["q"].rendered] == [1]
    assert [picture.cell for picture in evidence.questions["r"].rendered] == [2]
    assert [picture.cell for picture in evidence.loose_rendered] == [2, 3]
    assert all(question.loose_rendered is evidence.loose_rendered for question in evidence.questions.values())
    assert np.array_equal(evidence.questions["q"].rendered[0].pixels, SMALL)


@pytest.mark.parametrize("claim", [{}, {"executed": False}, {"executed": True}])
@pytest.mark.parametrize("training", ["outputs", "run", "replay"])
def test_whether_a_notebook_was_executed_is_not_for_its_process_to_say(
    claim: dict[str, bool], training: Training
) -> None:
    evidence = collect(rendered(**claim), unread(), training=training)
    question = evidence.questions["q"]
    assert question.rendered[0].executed == (training != "outputs")
    assert question.unread == (["it is damaged"] if training == "outputs" else [])


@pytest.mark.parametrize(
    "pixels",
    [
        None,
        [[[0, 0, 0]]],
        np.zeros((9, 8, 3), np.float32),
        np.zeros((9, 8, 4), np.uint8),
        np.zeros((9, 8), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((1, MOST_PIXELS + 1, 3), np.uint8),
    ],
    ids=["nothing", "lists", "floats", "alpha", "gray", "no rows", "too many pixels"],
)
def test_other_pixels_are_refused(pixels: Any) -> None:
    evidence = collect(rendered(pixels=pixels), rendered(2))
    assert evidence.questions["q"].rendered == []
    assert len(evidence.questions["r"].rendered) == 1
    assert any("was ignored" in note for note in evidence.notes)


def test_no_more_pictures_are_kept_than_a_worker_sends() -> None:
    cell, whole = MOST_PICTURES["its cell"], MOST_PICTURES["the notebook"]
    crowd = [rendered(number) for number in range(40) for _ in range(cell + 1)]
    evidence = collect(*crowd)
    assert len(evidence.questions["q"].rendered) == cell
    assert len(evidence.loose_rendered) == whole - cell
    assert any("too many" in note for note in evidence.notes)


def test_no_more_pixels_are_kept_than_a_worker_sends() -> None:
    large = np.broadcast_to(np.uint8(0), (2_000, MOST_PIXELS // 2_000, 3))
    evidence = collect(*[rendered(number, large) for number in (1, *range(3, 12)) for _ in range(7)])
    cell, whole = (MOST_PIXELS_OF_PICTURES[place] // MOST_PIXELS for place in ("its cell", "the notebook"))
    assert len(evidence.questions["q"].rendered) == cell
    assert len(evidence.loose_rendered) == whole - cell


def test_why_a_picture_was_not_looked_at_is_told_once() -> None:
    evidence = collect(unread(), unread(), unread(why="it is\x1b[1m animated\x00"), unread(2), unread(9))
    assert evidence.questions["q"].unread == ["it is damaged", "it is animated"]
    assert evidence.questions["r"].unread == ["it is damaged"]
    assert "A picture saved under cell 10 was not looked at: it is damaged." in evidence.notes


def test_reasons_are_few_and_text() -> None:
    evidence = collect(*[unread(why=f"reason {number}") for number in range(99)], unread(why=3))
    assert len(evidence.questions["q"].unread) == 10
    assert any("was ignored" in note for note in evidence.notes)
