"""The whole way: build, a class of right and wrong submissions, grades and pages. What `make demo` shows."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import nbformat
import pytest

from autograder import demo
from autograder.report import reading
from tests.conftest import GradedClass
from tests.hosts import agreement, hand_ins

WRONG = [member for member in demo.CLASS if member.lost]
RIGHT = [member for member in demo.CLASS if member.graded and not member.lost]


@pytest.mark.parametrize("name", [member.name for member in demo.CLASS] + ["blank"])
def test_every_submission_loses_exactly_what_its_mistake_costs(graded_class: GradedClass, name: str) -> None:
    line = graded_class.lines[name]
    assert line.expected, f"{name} lost {line.lost}"


@pytest.mark.parametrize("member", RIGHT, ids=lambda member: member.name)
def test_right_answers_in_any_style_earn_everything_but_what_a_person_gives(
    graded_class: GradedClass, member: demo.Student
) -> None:
    result = graded_class.result(member.name)
    assert result["earned"] == pytest.approx(result["points"] - 2 + 2)  # bonus 2, written answer pending
    assert result["pending"] == 2


def test_the_untouched_notebook_earns_nothing_and_is_called_unanswered(graded_class: GradedClass) -> None:
    result = graded_class.result("blank")
    assert result["earned"] == 0
    assert result["pending"] == 0
    assert {question["status"] for question in result["questions"]} == {"unanswered"}


@pytest.mark.parametrize(
    ("submission", "question", "diagnosis"),
    [
        ("wrong-layer", "feature_maps", "other_layer"),
        ("wrong-image", "feature_maps", "other_image"),
        ("wrong-image", "activation_maps", "other_image"),
        ("wrong-image", "grad_cam", "other_image"),
        ("transposed-kernels", "all_filters", "transposed"),
        ("filters-not-scaled", "all_filters", "clipped"),
        ("filters-not-scaled", "filter_figure", "clipped"),
        ("channels-on-the-wrong-axis", "kernel_figure", "wrong_axis"),
        ("untrained-network", "all_filters", "unknown"),
    ],
)
def test_a_wrong_figure_is_told_what_it_shows(
    graded_class: GradedClass, submission: str, question: str, diagnosis: str
) -> None:
    checks = graded_class.question(submission, question)["checks"]
    verdict = next(check["verdict"] for check in checks if check["family"] == "panels")
    assert verdict["diagnosis"] == diagnosis
    assert verdict["message"]


def test_the_message_about_a_wrong_image_names_both_images(graded_class: GradedClass) -> None:
    checks = graded_class.question("wrong-image", "feature_maps")["checks"]
    message = next(check["verdict"]["message"] for check in checks if check["family"] == "panels")
    assert "17" in message
    assert "16" in message


def test_an_endless_loop_names_its_question_and_the_rest_is_graded(graded_class: GradedClass) -> None:
    question = graded_class.question("endless-loop", "filter_shape")
    assert any("60" in sentence or "limit" in sentence for sentence in question["errors"])
    assert graded_class.question("endless-loop", "which_part")["status"] == "passed"


def test_a_dead_process_loses_only_the_cell_that_killed_it(graded_class: GradedClass) -> None:
    statuses = {
        question["id"]: question["status"] for question in graded_class.result("kernel-died")["questions"]
    }
    assert statuses.pop("kernel_figure") in ("failed", "unanswered")
    assert statuses.pop("relu") == "needs_person"
    assert set(statuses.values()) == {"passed"}


def test_what_is_no_notebook_is_ungraded_and_never_zero(graded_class: GradedClass) -> None:
    result = graded_class.result("not-a-notebook")
    assert result["status"] == "ungraded"
    assert result["reason"]
    with (graded_class.folder / "grades" / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert rows["not-a-notebook"]["earned"] == ""
    assert rows["blank"]["earned"] == "0"


def test_every_host_says_the_same(graded_class: GradedClass, tmp_path: Path) -> None:
    grades = graded_class.folder / "grades"
    results = [reading.read_result(grades / name) for name in hand_ins.HANDED_IN[hand_ins.GUIDED]]
    agreement.compare_loupe(results, tmp_path)


def test_every_submission_has_its_pages_and_the_class_its_report(graded_class: GradedClass) -> None:
    grades = graded_class.folder / "grades"
    report = (grades / "report.html").read_text(encoding="utf-8")
    for name in graded_class.lines:
        assert (grades / name / "feedback.html").stat().st_size > 1000
        assert f"{name}/feedback.html" in report


@pytest.mark.parametrize(
    ("question", "key"), [("kernels_in_a_filter", "C"), ("filters_or_maps", "D"), ("which_part", "No")]
)
def test_a_wrong_quiz_answer_is_never_told_the_key(
    graded_class: GradedClass, question: str, key: str
) -> None:
    verdict = graded_class.question("quiz-answers-swapped", question)["checks"][0]["verdict"]
    assert verdict["status"] == "failed"
    assert not re.search(rf"\b{key}\b", verdict["message"])


def test_results_say_which_data_were_used_and_how_code_was_confined(graded_class: GradedClass) -> None:
    result = graded_class.result("right")
    assert result["data"]
    assert result["isolation"]
    assert result["sha256"]
    assert result["version"]


def test_the_solution_folder_is_executed_and_its_figures_are_there(graded_class: GradedClass) -> None:
    folder = graded_class.folder / "dist" / demo.ASSIGNMENT / "solution"
    notebook = nbformat.read(folder / f"{demo.ASSIGNMENT}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    pictures = [output for cell in code for output in cell.outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 8
