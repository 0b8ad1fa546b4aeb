"""Writes results into nbgrader's gradebook, and reads what persons gave there.

A question's points are those of the graded cell that has its id. Points that wait for a person are marked
so, never zero; a person's own points and comments are never overwritten. Grades nothing. Needs nbgrader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from alembic.script import ScriptDirectory
from nbgrader.api import Gradebook, MissingEntry

from autograder import __version__
from autograder.hosts import told
from autograder.hosts.roster import Student
from autograder.report.words import number
from autograder.result import Given, QuestionResult, Result

ByPersons = Mapping[str, Given]
"""By question, what a person gave."""


class GradebookError(Exception):
    """A gradebook cannot take results; the message names what is missing and what to do."""


@contextmanager
def opened(url: str, assignment: str) -> Iterator[Any]:
    """An existing gradebook that has an assignment.

    Nothing is created: neither a database, nor a course in it.

    Args:
        url: SQLAlchemy's, for example `sqlite:////course/gradebook.db`.
        assignment: that must be in it.

    Raises:
        GradebookError: there is none, it is of another version of nbgrader, or it lacks the assignment.
    """
    course = _course(url, assignment)
    with Gradebook(url, course) as gradebook:
        yield gradebook


def students(gradebook: Any) -> list[Student]:
    """The students of a gradebook; the first of a student's keys is nbgrader's id.

    Raises:
        GradebookError: there is none.
    """
    found = [
        Student(
            row,
            " ".join(filter(None, (one.first_name, one.last_name))),
            keys=tuple(filter(None, (one.id, one.email))),
        )
        for row, one in enumerate(gradebook.students)
    ]
    if not found:
        raise GradebookError(
            "The gradebook has no students: add them with `nbgrader db student import FILE` or "
            "`nbgrader db student add ID`."
        )
    return found


def submit(gradebook: Any, result: Result, student: str) -> list[str]:
    """Write a result of a student who may not have submitted in nbgrader; remarks, a line each.

    Raises:
        GradebookError: the gradebook is of another version of the assignment.
    """
    gradebook.update_or_create_submission(result.assignment, student)
    remarks = record(gradebook, result, student=student)
    waiting = [question.title for question in result.questions if question.pending > 0]
    if result.status == "ungraded":
        remarks.append(f"{result.submission}: all of it waits for a person, not graded: {result.reason}")
    elif waiting:
        remarks.append(f"{result.submission}: waits for a person in nbgrader ({', '.join(waiting)}).")
    return remarks


def record(
    gradebook: Any, result: Result, *, student: str, assignment: str = "", notebook: str = ""
) -> list[str]:
    """Write a result into the rows of a submission, which have to be there.

    Args:
        gradebook: nbgrader's.
        result: of any status. An ungraded one leaves every question to a person, with the reason.
        student: nbgrader's name of the student.
        assignment, notebook: nbgrader's names; by default the assignment's.

    Returns:
        A line for each question whose points by a person in the result are others than in the gradebook.

    Raises:
        GradebookError: there is no such submission, or its questions or points are others.
    """
    rows = check(gradebook, result, student=student, assignment=assignment, notebook=notebook)
    questions = {question.id: question for question in result.questions}
    grades = {grade.name: grade for grade in rows.grades}
    remarks = []
    for name, grade in grades.items():
        remarks += _grade(grade, questions.get(name), result, student)
    comments = {comment.name: comment for comment in rows.comments}
    for comment in comments.values():
        comment.auto_comment = _not_graded(result.reason) if result.status == "ungraded" else None
    for question in result.questions:
        comment = comments.get(_solution(question.id, comments))
        if comment is not None:
            comment.auto_comment = _comment(question)
            if question.given is not None and question.given.comment and comment.manual_comment is None:
                comment.manual_comment = question.given.comment
    gradebook.db.commit()
    return remarks


def check(gradebook: Any, result: Result, *, student: str, assignment: str = "", notebook: str = "") -> Any:
    """The rows of a submission, which can hold this result: nbgrader's `SubmittedNotebook`.

    Raises:
        GradebookError: there is no such submission, or its questions or points are others.
    """
    rows = _rows(gradebook, result, student, assignment, notebook)
    _compare(result, {grade.name: grade for grade in rows.grades})
    return rows


def given(
    gradebook: Any, result: Result, *, student: str, assignment: str = "", notebook: str = ""
) -> dict[str, Given]:
    """What persons gave in the gradebook, by question; extra credit included.

    A comment without points counts as one on the points that the question has.

    Raises:
        GradebookError: there is no such submission.
    """
    rows = _rows(gradebook, result, student, assignment, notebook)
    grades = {grade.name: grade for grade in rows.grades}
    comments = {comment.name: comment for comment in rows.comments}
    found = {}
    for question in result.questions:
        grade = grades.get(question.id)
        said = comments.get(_solution(question.id, comments))
        comment = (said.manual_comment if said is not None else "") or ""
        if grade is not None and (grade.manual_score is not None or grade.extra_credit):
            found[question.id] = Given(grade.score, comment)
        elif comment and question.pending == 0:
            found[question.id] = Given(question.earned, comment)
    return found


def ungraded(assignment: str, student: str, reason: str) -> Result:
    """A result that says why there is none."""
    return Result(
        submission=student,
        file="",
        sha256="",
        assignment=assignment,
        title="",
        version="",
        status="ungraded",
        reason=reason,
        points=0.0,
        earned=0.0,
        pending=0.0,
        questions=(),
        grader=__version__,
    )


def _course(url: str, assignment: str) -> str:
    """The course that an assignment of a gradebook belongs to."""
    try:
        place = sql.make_url(url)
    except sql.exc.ArgumentError as error:
        raise GradebookError(
            f"{url}: it is no database URL, as sqlite:////course/gradebook.db is."
        ) from error
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").is_file():
        raise GradebookError(
            f"{url}: there is no such file. `nbgrader generate_assignment` makes a gradebook."
        )
    engine = sql.create_engine(place)
    try:
        with engine.connect() as connection:
            tables = set(sql.inspect(connection).get_table_names())
            if not {"assignment", "grade", "alembic_version"} <= tables:
                raise GradebookError(f"{url}: it is no gradebook of nbgrader's.")
            version = connection.scalar(sql.text("SELECT version_num FROM alembic_version"))
            if version != _newest():
                raise GradebookError(
                    f"{url}: it was made by another version of nbgrader. Make a copy of it, then run "
                    "`nbgrader db upgrade` in its course folder."
                )
            rows = connection.execute(sql.text("SELECT name, course_id FROM assignment"))
            courses = {str(name): str(course) for name, course in rows}
    except sql.exc.SQLAlchemyError as error:
        raise GradebookError(f"{url}: it cannot be read ({str(error).splitlines()[0]}).") from error
    finally:
        engine.dispose()
    if assignment not in courses:
        there = ", ".join(sorted(courses)) or "none"
        raise GradebookError(
            f"{url}: it has no assignment {assignment}; there: {there}. Run `nbgrader generate_assignment "
            f"{assignment}` in its course folder first."
        )
    return courses[assignment]


def _newest() -> str | None:
    """The version of the schema that this nbgrader writes."""
    return ScriptDirectory(str(resources("nbgrader") / "alembic")).get_current_head()


def _rows(gradebook: Any, result: Result, student: str, assignment: str, notebook: str) -> Any:
    name = assignment or result.assignment
    try:
        return gradebook.find_submission_notebook(notebook or name, name, student)
    except MissingEntry as error:
        raise GradebookError(
            f"The gradebook has no notebook {notebook or name} of {student} in the assignment {name}: run "
            f"`nbgrader generate_assignment {name}` first."
        ) from error


def _compare(result: Result, grades: Mapping[str, Any]) -> None:
    for question in result.questions:
        worth = 0.0 if question.bonus else question.points
        grade = grades.get(question.id)
        if grade is None or abs(grade.max_score - worth) > 1e-6:
            name, here = result.assignment, f"the question {question.id}, worth {number(worth)} here,"
            there = "is not there" if grade is None else f"is worth {number(grade.max_score)}"
            raise GradebookError(
                f"The gradebook is of another version of {name}: {here} {there}. Run `loupe build {name} "
                f"--for nbgrader` and `nbgrader generate_assignment {name}` again."
            )


def _grade(grade: Any, question: QuestionResult | None, result: Result, student: str) -> list[str]:
    """Write one row; a line if a person gave other points here than there."""
    if question is None:
        counts = grade.max_score > 0 or result.status == "ungraded"
        score, waits = (None, True) if counts else (0.0, False)
    else:
        decided = [check.earned for check in question.checks if check.earned is not None]
        waits = len(decided) < len(question.checks)
        # A question's sum is rounded better than its checks are, but may be what a person gave.
        found = question.earned if question.given is None else min(round(sum(decided), 3), question.points)
        # The formgrader takes extra credit only on top of some score.
        score = found if decided or not waits or grade.max_score == 0 else None
    before, grade.auto_score = grade.auto_score, score
    remarks: list[str] = []
    if question is not None and question.given is not None:
        if grade.manual_score is None:
            grade.manual_score, grade.needs_manual_grade = question.given.points, question.given.changed
            return remarks
        if grade.manual_score != question.given.points:
            there, here = number(grade.manual_score), number(question.given.points)
            remarks.append(
                f"{student}: a person gave {there} for {question.id} in the gradebook, {here} on the sheet; "
                "the gradebook's stay."
            )
    if grade.manual_score is None:
        grade.needs_manual_grade = waits
    elif before != score:
        grade.needs_manual_grade = True
    return remarks


def _solution(question: str, comments: Mapping[str, Any]) -> str:
    """The cell that a question's comment belongs to: its written answer, or the last of its code cells."""
    if question in comments:
        return question
    numbers = [name.removeprefix(f"{question}-") for name in comments if name.startswith(f"{question}-")]
    return f"{question}-{max((number for number in numbers if number.isdigit()), key=int, default='')}"


def _comment(question: QuestionResult) -> str | None:
    """What the checks said, in Markdown, or None where there is nothing to say."""
    lines = [line for part in told.parts(replace(question, given=None)) for line in told.lines(part)]
    return "\n\n".join(dict.fromkeys(map(told.markdown, lines))) or None


def _not_graded(reason: str) -> str:
    return told.markdown(f"Not graded yet. {reason} This is not a zero; somebody has to look at it first.")
