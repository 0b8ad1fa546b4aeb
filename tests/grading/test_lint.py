"""What `loupe lint` says where the solution misses points, or the untouched notebook earns some."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import PARTS
from autograder.grading import lint
from autograder.result import CheckResult, QuestionResult, Result, Verdict

ROOT = Path(__file__).parents[2]


def result(*verdicts: tuple[str, Verdict, float | None], reason: str = "") -> Result:
    """A question `q` with a check of one point for each (family, verdict, earned)."""
    checks = tuple(
        CheckResult(family, "x", 1.0, earned, "hidden", verdict) for family, verdict, earned in verdicts
    )
    question = QuestionResult("q", "Q", 3.0, False, 0.0, 0.0, "failed", checks)
    status = "ungraded" if reason else "graded"
    return Result("s", "s.ipynb", "", "a", "A", "", status, reason, 3.0, 0.0, 0.0, (question,))


PASSED = Verdict("passed", 1.0)
UNANSWERED = Verdict("unanswered")


def test_every_automatic_check_that_the_solution_misses_is_named_with_what_was_expected() -> None:
    missed = Verdict("failed", message="`x` is not right.", instructor="Expected 3.")
    waiting = Verdict("needs_person", message="Received.")
    seen = result(("value", PASSED, 1.0), ("value", missed, 0.0), ("written", waiting, None))
    assert lint.unearned_by_solution("c.yaml", seen) == [
        "c.yaml: question q: check 2 (value x): the solution does not pass: `x` is not right. Expected 3."
    ]


def test_a_check_that_breaks_shows_the_author_why_and_not_what_students_are_told() -> None:
    broken = Verdict("error", message="A person will look at it.", instructor="ValueError: no layer 99")
    (line,) = lint.unearned_by_solution("c.yaml", result(("array", broken, None)))
    assert line.endswith("the solution does not pass: ValueError: no layer 99")


@pytest.mark.parametrize(
    ("verdict", "earned"), [(PASSED, 1.0), (Verdict("partial", 0.5), 0.5), (Verdict("needs_person"), None)]
)
def test_whatever_the_untouched_notebook_earns_or_leaves_to_a_person_is_named(
    verdict: Verdict, earned: float | None
) -> None:
    seen = result(("choice", UNANSWERED, 0.0), ("value", verdict, earned))
    assert lint.earned_by_blank("c.yaml", seen) == [
        f"c.yaml: question q: check 2 (value x): the untouched notebook is {verdict.status}, "
        "it should be unanswered"
    ]


def test_a_sound_assignment_has_no_problem() -> None:
    assert lint.unearned_by_solution("c.yaml", result(("value", PASSED, 1.0))) == []
    assert lint.earned_by_blank("c.yaml", result(("value", UNANSWERED, 0.0))) == []


def test_a_notebook_that_cannot_be_graded_proves_nothing() -> None:
    seen = result(("value", PASSED, 1.0), reason="It is not JSON.")
    for problems in (lint.unearned_by_solution("c.yaml", seen), lint.earned_by_blank("c.yaml", seen)):
        (line,) = problems
        assert line.startswith("c.yaml: the ")
        assert line.endswith("could not be graded: It is not JSON.")


def test_the_command_names_what_is_wrong_with_a_config_and_nothing_else(tmp_path: Path) -> None:
    """The real assignment with a wrong key, a wrong number and claims about layers that are not there."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "grading_config" / "investigating-cnns.yaml"
    text = config.read_text(encoding="utf-8")
    for right, wrong in (
        ("key: C", "key: B"),
        ("{value: n_filters, equals: 32}", "{value: n_filters, equals: 33}"),
        ("equals: {bias: {layer: 0}}", "equals: {bias: {layer: 1}}"),
        ("{panels: {filters: {layer: 0}}}", "{panels: {filters: {layer: 99}}}"),
    ):
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    config.write_text(text, encoding="utf-8")
    shown = CliRunner().invoke(app, ["lint", "investigating-cnns", "--course", str(tmp_path)])
    assert shown.exit_code == 1
    _, *lines = shown.stderr.splitlines()
    place = "investigating-cnns.yaml: question "
    for line, start, words in zip(
        lines,
        (
            "first_layer_weights: check 3 (array bias)",
            "filter_shape: check 1 (value n_filters)",
            "kernels_in_a_filter: check 1 (choice answer1)",
            "all_filters: check 1 (panels figure)",
        ),
        ("layer 1 (activation) has no weights", "Expected 33", "The key is B", "there is no layer 99"),
        strict=True,
    ):
        assert line.startswith(f"{place}{start}: the solution does not pass: ")
        assert words in line
