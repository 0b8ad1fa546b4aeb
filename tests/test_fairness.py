"""Style costs nothing, a mistake exactly its points: seven submissions, graded once by the real grader."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from autograder.course import find
from autograder.engine import run as runs
from autograder.engine import submissions
from autograder.release import source
from autograder.result import QuestionResult, Result
from tests.fairness import SUBMISSIONS

ASSIGNMENT = find(None).assignment("investigating-cnns")
QUESTIONS = list(ASSIGNMENT.config.questions)
EVERY = [(name, question) for name in SUBMISSIONS for question in QUESTIONS]

Graded = Mapping[str, Result]


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("fairness")
    original = source.read(ASSIGNMENT.source)
    released, solution = original.student(), original.solution()
    for name, submission in SUBMISSIONS.items():
        content = json.dumps(submission.notebook(released, solution))
        (folder / f"{name}.ipynb").write_text(content, encoding="utf-8")
    graded = runs.grade(ASSIGNMENT, submissions.find([folder]), folder / "grades", progress=False)
    return {result.submission: result for result in graded.results}


def found(graded: Graded, name: str, question: str) -> QuestionResult:
    return next(one for one in graded[name].questions if one.id == question)


@pytest.mark.parametrize(("name", "question"), EVERY)
def test_a_question_earns_exactly_its_points(graded: Graded, name: str, question: str) -> None:
    submission, result = SUBMISSIONS[name], found(graded, name, question)
    pending = 2.0 if question == "relu" else submission.pending.get(question, 0.0)
    earned = submission.wrong.get(question, (result.points - pending, ""))[0]
    messages = [check.verdict.message for check in result.checks]
    assert (result.earned, result.pending) == (earned, pending), [*messages, *result.errors]


@pytest.mark.parametrize(
    ("name", "question"),
    [(name, question) for name, submission in SUBMISSIONS.items() for question in submission.wrong],
)
def test_a_mistake_is_recognised(graded: Graded, name: str, question: str) -> None:
    diagnosis = SUBMISSIONS[name].wrong[question][1]
    checks = found(graded, name, question).checks
    assert diagnosis in [check.verdict.diagnosis for check in checks if check.verdict.status != "passed"]


def test_every_submission_was_graded(graded: Graded) -> None:
    assert {name: result.status for name, result in graded.items()} == dict.fromkeys(SUBMISSIONS, "graded")
