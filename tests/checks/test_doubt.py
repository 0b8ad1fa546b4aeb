"""No points are lost for what a figure's record does not hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.checks import drawn
from autograder.evidence import Axes, Figure, Image
from autograder.figures.outcome import Outcome, half, wrong
from autograder.result import Verdict
from tests import fakes

EMPTY = Axes((0, 0, 1, 1))
SHOWN = replace(EMPTY, images=(Image(np.eye(2), "imshow"),))


def judged(found: Outcome, *figures: Figure) -> Verdict:
    question = fakes.answered()
    question.source = "plt.show()"
    question.figures = list(figures)
    return drawn.judged(question, (), drawn.IMAGES, lambda: 0, lambda *_: drawn.verdict_of(found))


@pytest.mark.parametrize("found", [wrong("other_layer", "No."), half("first_k", "Half.")])
def test_a_figure_of_which_a_part_is_missing_is_not_failed(found: Outcome) -> None:
    whole, cut = Figure(0, (SHOWN,)), Figure(0, (SHOWN,), incomplete=True)
    assert judged(found, whole).status in ("failed", "partial")
    verdict = judged(found, whole, cut)
    assert (verdict.status, verdict.diagnosis) == ("needs_person", found.mistake)
    assert verdict.message.startswith(found.message)


def test_a_right_figure_is_right_whatever_else_is_missing() -> None:
    assert judged(Outcome(1.0, "Yes."), Figure(0, (SHOWN,), incomplete=True)).status == "passed"


def test_a_figure_that_could_not_be_read_at_all() -> None:
    assert judged(wrong("x", "No."), Figure(0, (EMPTY,))).status == "failed"
    assert judged(wrong("x", "No."), Figure(0, (), incomplete=True)).status == "needs_person"


def test_things_of_which_nothing_is_known_may_be_what_is_asked_for() -> None:
    verdict = judged(wrong("x", "No."), Figure(0, (replace(EMPTY, others=("Wedge",)),)))
    assert (verdict.status, verdict.diagnosis) == ("needs_person", "no_figure")
    assert "Wedge" in verdict.message


def test_but_not_beside_what_was_read() -> None:
    assert judged(wrong("x", "No."), Figure(0, (replace(SHOWN, others=("Circle",)),))).status == "failed"
