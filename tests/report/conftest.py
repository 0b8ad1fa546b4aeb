"""Results as the grader would make them: a class of fourteen on an assignment like the first one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from autograder.result import CheckResult, Picture, QuestionResult, Result, Status, Verdict

SECRET = "SECRET-0.7731"
"""Stands for everything that only an instructor may read."""

WORST: tuple[Status, ...] = ("error", "needs_person", "failed", "partial", "unanswered", "passed")


def png(width: int, height: int, seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def three_pictures(width: int = 40, height: int = 20) -> tuple[Picture, ...]:
    return (
        Picture("difference", "Panels 9 to 16 differ", png(width, height, 3)),
        Picture("expected", "The 32 filters of layer conv2d", png(width, height, 2)),
        Picture("submitted", "32 panels in 4 rows, as submitted", png(width, height, 1)),
    )


def make_check(
    status: Status = "passed",
    message: str = "As it should be.",
    points: float = 1.0,
    family: str = "value",
    subject: str = "n_filters",
    fraction: float | None = None,
    **verdict: Any,
) -> CheckResult:
    share = {"passed": 1.0, "partial": 0.5}.get(status, 0.0) if fraction is None else fraction
    undecided = status in ("needs_person", "error")
    return CheckResult(
        family=family,
        subject=subject,
        points=points,
        earned=None if undecided else share * points,
        visibility="hidden",
        verdict=Verdict(
            status,
            share,
            message,
            **{"instructor": f"expected {SECRET}", "details": {"expected": SECRET}, **verdict},
        ),
    )


def make_question(name: str, *checks: CheckResult, **fields: Any) -> QuestionResult:
    statuses = {check.verdict.status for check in checks}
    known: dict[str, Any] = {
        "id": name,
        "title": name.replace("_", " ").capitalize(),
        "points": sum(check.points for check in checks),
        "bonus": False,
        "earned": sum(check.earned or 0 for check in checks),
        "pending": sum(check.points for check in checks if check.earned is None),
        "status": next(status for status in WORST if status in statuses),
        "checks": checks,
        "matched_by": "metadata",
        "cells": (3,),
    }
    return QuestionResult(**known | fields)


def make_result(submission: str, *questions: QuestionResult, **fields: Any) -> Result:
    known: dict[str, Any] = {
        "submission": submission,
        "file": f"{submission}.ipynb",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "assignment": "investigating-cnns",
        "title": "Inside a pretrained network",
        "version": "c0ffee1234567890",
        "status": "graded",
        "reason": "",
        "points": sum(question.points for question in questions if not question.bonus),
        "earned": sum(question.earned for question in questions),
        "pending": sum(question.pending for question in questions),
        "questions": questions,
        "data": "CIFAR-10 test images 0 to 999, from the Keras cache",
        "isolation": "a process of its own with a clean environment and a time limit",
        "grader": "0.1.0",
        "seconds": {"start": 11.2, "cells": 31.4},
    }
    return Result(**known | fields)


def make_ungraded(submission: str, reason: str) -> Result:
    return make_result(submission, status="ungraded", reason=reason, points=0.0, earned=0.0, pending=0.0)


def right_questions() -> list[QuestionResult]:
    def panels(points: float = 1.0, message: str = "All panels match.") -> CheckResult:
        return make_check(message=message, points=points, family="panels", subject="figure")

    return [
        make_question("random_images", panels(), title="Five random images with their labels"),
        make_question(
            "evaluate_model",
            make_check(message="`accuracy` agrees with the network.", subject="accuracy"),
            make_check(message="`loss` agrees with the network.", subject="loss"),
        ),
        make_question(
            "first_layer_weights",
            make_check(message="The shape is right.", family="array", subject="weights", points=0.5),
            make_check(message="These are the weights.", family="array", subject="weights", points=0.75),
            make_check(message="This is the bias.", family="array", subject="bias", points=0.75),
            title="Weights and bias of the first layer",
        ),
        make_question("filter_shape", make_check(points=2), title="How many filters, and how large"),
        make_question(
            "kernels_in_a_filter",
            make_check(message="Right.", family="choice", subject="answer1"),
            title="Quiz: how many kernels make up a filter?",
        ),
        make_question("first_filter", make_check(family="array", subject="kernels_filter1")),
        make_question("kernel_figure", panels(2), title="The three kernels of the first filter"),
        make_question("all_filters", panels(3), title="All 32 filters of the first layer"),
        make_question("layers_list", make_check(family="layers", subject="layers_list")),
        make_question(
            "feature_maps",
            make_check(message="It computes the maps.", family="model", subject="feature_model"),
            panels(2),
            title="Feature maps of a cat",
        ),
        make_question(
            "relu",
            make_check(
                "needs_person",
                "Your answer was received; a person reads it.",
                points=2,
                family="written",
                subject="answer",
                instructor="",
            ),
            title="What did ReLU change?",
            rubric=f"One point for sparsity, one for sign. {SECRET}",
            answer="Negative values became 0, so the maps\nare sparser.",
        ),
        make_question("grad_cam", panels(2), title="Grad-CAM of the predicted class", bonus=True),
    ]


def wrong_questions() -> list[QuestionResult]:
    questions = {question.id: question for question in right_questions()}
    figure = {"family": "panels", "subject": "figure"}
    questions["evaluate_model"] = make_question(
        "evaluate_model",
        make_check(message="`accuracy` agrees with the network.", subject="accuracy"),
        make_check(
            "failed",
            "`loss` is 0.74, the accuracy. `model.evaluate` returns the loss first: check the order.",
            subject="loss",
            diagnosis="swapped_values",
        ),
    )
    questions["all_filters"] = make_question(
        "all_filters",
        make_check(
            "partial",
            "24 of 32 panels show filters of layer `conv2d`. Panels 9 to 16 repeat filter 3.\n"
            "Use the loop's index to pick the filter.",
            points=3,
            fraction=0.75,
            diagnosis="repeated_panel",
            pictures=three_pictures(),
            **figure,
        ),
        title="All 32 filters of the first layer",
    )
    questions["feature_maps"] = make_question(
        "feature_maps",
        make_check("passed", "It computes the maps.", family="model", subject="feature_model"),
        make_check(
            "failed",
            "These are the feature maps of another image. The question asks for the image named in its text.",
            points=2,
            diagnosis="other_image",
            pictures=three_pictures(600, 420)[1:],
            **figure,
        ),
        title="Feature maps of a cat",
        matched_by="names",
    )
    questions["layers_list"] = make_question(
        "layers_list",
        make_check("unanswered", "The blank is still there.", family="layers", subject="layers_list"),
        errors=("Cell 31 stopped with NameError: name '___' is not defined (line 1: `layers_list = ___`).",),
    )
    questions["first_filter"] = make_question(
        "first_filter",
        make_check(
            "unanswered", "`kernels_filter1` was not found.", family="array", subject="kernels_filter1"
        ),
        matched_by="",
        cells=(),
    )
    questions["grad_cam"] = make_question(
        "grad_cam",
        make_check("error", "The grader could not check this figure.", points=2, instructor="OOM", **figure),
        title="Grad-CAM of the predicted class",
        bonus=True,
    )
    return list(questions.values())


@pytest.fixture(scope="session")
def build() -> Callable[..., Any]:
    """Makes one part of a result: `build("check", "failed", "message")`."""
    makers: dict[str, Callable[..., Any]] = {
        "check": make_check,
        "question": make_question,
        "result": make_result,
        "ungraded": make_ungraded,
    }
    return lambda kind, *args, **fields: makers[kind](*args, **fields)


@pytest.fixture(scope="session")
def secret() -> str:
    return SECRET


@pytest.fixture(scope="session")
def right() -> Result:
    return make_result("right-answers", *right_questions())


@pytest.fixture(scope="session")
def wrong() -> Result:
    note = "The notebook's metadata was stripped; questions were matched by names."
    return make_result("wrong answers & more", *wrong_questions(), notes=(note,))


@pytest.fixture(scope="session")
def ungraded() -> Result:
    return make_ungraded("not-a-notebook", "The file is not JSON: it starts with `%PDF-1.7`.")


@pytest.fixture(scope="session")
def classroom(right: Result, wrong: Result, ungraded: Result) -> list[Result]:
    """Eleven right, two wrong in the same way, one ungraded; deliberately not sorted."""
    others = [replace(right, submission=f"student-{index:02}") for index in range(10)]
    return [wrong, *others, ungraded, right, replace(wrong, submission="also-wrong")]
