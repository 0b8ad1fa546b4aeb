"""What a grading config must prove before a class depends on it. Reads results; executes nothing."""

from __future__ import annotations

from autograder.result import CheckResult, QuestionResult, Result, Verdict


def unearned_by_solution(file: str, result: Result) -> list[str]:
    """Sentences about every automatic point that the reference solution does not earn."""
    if result.status == "ungraded":
        return [f"{file}: the solution could not be graded: {result.reason}"]
    return [
        _sentence(file, question, index, f"the solution does not pass: {_why(check.verdict)}")
        for question in result.questions
        for index, check in enumerate(question.checks, 1)
        if _automatic(check) and check.verdict.status != "passed"
    ]


def earned_by_blank(file: str, result: Result) -> list[str]:
    """Sentences about every point that the untouched student notebook earns or leaves to a person."""
    if result.status == "ungraded":
        return [f"{file}: the untouched notebook could not be graded: {result.reason}"]
    return [
        _sentence(
            file,
            question,
            index,
            f"the untouched notebook is {check.verdict.status}, it should be unanswered",
        )
        for question in result.questions
        for index, check in enumerate(question.checks, 1)
        if check.earned is None or check.earned > 0
    ]


def _why(verdict: Verdict) -> str:
    """For the author, who may read everything; of an error, not what students are told instead."""
    told = (verdict.instructor,) if verdict.status == "error" else (verdict.message, verdict.instructor)
    return " ".join(filter(None, told))


def _automatic(check: CheckResult) -> bool:
    return check.family != "written"


def _sentence(file: str, question: QuestionResult, index: int, text: str) -> str:
    check = question.checks[index - 1]
    return f"{file}: question {question.id}: check {index} ({check.family} {check.subject}): {text}"
