"""Results in a real gradebook of nbgrader's: what waits, what persons gave, and what is refused."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.hosts import nbgrader as gradebooks
from autograder.hosts.export import ExportError, export
from autograder.result import Given, Result
from tests.hosts.conftest import broken, finished, waiting
from tests.report.conftest import make_check, make_question, make_result

api = pytest.importorskip("nbgrader.api")

LAB = "first-lab"
Graded = Callable[..., Path]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook as `generate_assignment` leaves it, with two students."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as environment:
        # nbgrader calls alembic by its name.
        environment.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        _fill(f"sqlite:///{path}")
    return path


def _fill(url: str) -> None:
    with api.Gradebook(url, "a-course") as book:
        book.add_assignment(LAB)
        book.add_notebook(LAB, LAB)
        for question, points, kind in (
            ("weights", 8, "code"),
            ("filters", 2, "code"),
            ("relu", 2, "markdown"),
            ("extra", 0, "code"),
        ):
            book.add_grade_cell(question, LAB, LAB, max_score=points, cell_type=kind)
            book.add_solution_cell(question if kind == "markdown" else f"{question}-1", LAB, LAB)
        book.add_solution_cell("filters-2", LAB, LAB)
        book.add_student("s1", first_name="Ann", last_name="Doe")
        book.add_student("s2", first_name="Bo", last_name="Roe", email="bo@x.edu")
        book.add_submission(LAB, "s1")


@pytest.fixture
def url(template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(template, tmp_path)}"


@pytest.fixture
def book(url: str) -> Iterator[Any]:
    with gradebooks.opened(url, LAB) as opened:
        yield opened


def _grade(book: Any, question: str, student: str = "s1") -> Any:
    return book.find_grade(question, LAB, LAB, student)


def _comment(book: Any, cell: str, student: str = "s1") -> Any:
    return book.find_comment(cell, LAB, LAB, student)


def _with_given(points: float, comment: str = "") -> Result:
    result = waiting("s1")
    weights, relu = result.questions
    given = replace(relu, given=Given(points, comment), earned=points, pending=0.0)
    return replace(result, questions=(weights, given))


def test_points_are_recorded_and_comments_go_to_the_last_solution_cell(book: Any) -> None:
    gradebooks.record(book, finished("s1"), student="s1")
    assert (_grade(book, "weights").auto_score, _grade(book, "weights").needs_manual_grade) == (8.0, False)
    assert _grade(book, "filters").auto_score == 0.0
    assert _comment(book, "filters-1").comment is None
    assert _comment(book, "filters-2").comment == "These are `filters` of \\<another\\> layer."
    # Not the grader's, and worth something: somebody has to look at it.
    assert (_grade(book, "relu").auto_score, _grade(book, "relu").needs_manual_grade) == (None, True)


def test_what_waits_for_a_person_is_not_a_zero(book: Any) -> None:
    half = make_check("passed", points=1), make_check("needs_person", points=1)
    result = make_result("s1", make_question("filters", *half), assignment=LAB)
    gradebooks.record(book, result, student="s1")
    grade = _grade(book, "filters")
    assert (grade.auto_score, grade.needs_manual_grade) == (1.0, True)
    gradebooks.record(book, waiting("s1"), student="s1")
    assert (_grade(book, "relu").auto_score, _grade(book, "relu").needs_manual_grade) == (None, True)


def test_a_failure_of_the_grader_leaves_all_to_a_person_with_the_reason(book: Any) -> None:
    gradebooks.record(book, finished("s1"), student="s1")
    gradebooks.record(book, broken("s1"), student="s1")
    for question in ("weights", "filters", "relu", "extra"):
        assert (_grade(book, question).auto_score, _grade(book, question).needs_manual_grade) == (None, True)
    assert "The machine ran out of memory. This is not a zero" in _comment(book, "weights-1").comment


def test_bonus_points_count_although_the_cell_is_worth_nothing(book: Any) -> None:
    bonus = replace(make_question("extra", make_check(points=2)), bonus=True)
    gradebooks.record(book, make_result("s1", bonus, assignment=LAB), student="s1")
    submission = book.find_submission(LAB, "s1")
    assert (submission.score, submission.max_score) == (2.0, 12.0)


def test_a_persons_points_and_comments_stay_and_are_reviewed_when_the_grader_found_another(book: Any) -> None:
    gradebooks.record(book, finished("s1"), student="s1")
    grade = _grade(book, "filters")
    grade.manual_score, grade.needs_manual_grade, grade.extra_credit = 1.5, False, 0.5
    _comment(book, "filters-2").manual_comment = "Half right."
    book.db.commit()
    gradebooks.record(book, finished("s1"), student="s1")
    assert (_grade(book, "filters").score, _grade(book, "filters").needs_manual_grade) == (2.0, False)
    other = make_result("s1", make_question("filters", make_check(points=2)), assignment=LAB)
    gradebooks.record(book, other, student="s1")
    assert (_grade(book, "filters").score, _grade(book, "filters").needs_manual_grade) == (2.0, True)
    assert _comment(book, "filters-2").comment == "Half right."


def test_points_from_a_sheet_are_a_persons_unless_the_gradebook_has_others(book: Any) -> None:
    gradebooks.record(book, _with_given(1.5, "Nearly."), student="s1")
    grade = _grade(book, "relu")
    assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (None, 1.5, False)
    assert _comment(book, "relu").manual_comment == "Nearly."
    remarks = gradebooks.record(book, _with_given(1.0, "Less."), student="s1")
    assert remarks == [
        "s1: a person gave 1.5 for relu in the gradebook, 1 on the sheet; the gradebook's stay."
    ]
    assert _grade(book, "relu").manual_score == 1.5


def test_what_persons_gave_is_read_back(book: Any) -> None:
    gradebooks.record(book, finished("s1"), student="s1")
    _grade(book, "filters").manual_score = 1.0
    _grade(book, "filters").extra_credit = 0.25
    _comment(book, "weights-1").manual_comment = "Neat."
    book.db.commit()
    assert gradebooks.given(book, finished("s1"), student="s1") == {
        "weights": Given(8.0, "Neat."),
        "filters": Given(1.25, ""),
    }


def test_a_gradebook_of_another_version_is_refused_before_anything_changes(book: Any) -> None:
    other = make_result("s1", make_question("weights", make_check(points=5)), assignment=LAB)
    with pytest.raises(gradebooks.GradebookError, match=r"weights, worth 5 here, is worth 8"):
        gradebooks.record(book, other, student="s1")
    unknown = make_result("s1", make_question("shape", make_check(points=5)), assignment=LAB)
    with pytest.raises(gradebooks.GradebookError, match=r"shape, worth 5 here, is not there"):
        gradebooks.record(book, unknown, student="s1")
    assert _grade(book, "weights").auto_score is None


def test_grades_are_exported_to_the_students_that_the_gradebook_knows(url: str, graded: Graded) -> None:
    folder = graded(
        finished("a", "class/s1/lab.ipynb"),
        waiting("b", "class/bo_roe.ipynb"),
        finished("c", "class/eve.ipynb"),
    )
    outcome = export(folder, "nbgrader", folder / "export", database=url)
    assert outcome.exported == ["a", "b"]
    assert outcome.left_out == ["c: left out, its name fits no student of the roster."]
    assert outcome.remarks == ["b: waits for a person in nbgrader (ReLU)."]
    with gradebooks.opened(url, LAB) as book:
        assert book.find_submission(LAB, "s1").score == 8.0
        assert _grade(book, "relu", "s2").needs_manual_grade
        assert [course.id for course in book.db.query(api.Course)] == ["a-course"]


def test_what_is_no_gradebook_is_said_and_not_made(tmp_path: Path, url: str, graded: Graded) -> None:
    folder = graded(finished("s1"))
    missing, empty = tmp_path / "missing.db", tmp_path / "empty.db"
    sqlite3.connect(empty).execute("CREATE TABLE t (x)").connection.close()
    for database, said in (
        (f"sqlite:///{missing}", "there is no such file"),
        (f"sqlite:///{empty}", "it is no gradebook"),
        ("gradebook.db", "it is no database URL"),
        ("", "needs --db"),
    ):
        with pytest.raises(ExportError, match=said):
            export(folder, "nbgrader", folder / "export", database=database)
    assert not missing.exists()
    with pytest.raises(ExportError, match="takes no --db"):
        export(folder, "csv", folder / "export", database=url)
    other = graded(replace(finished("s1"), assignment="second-lab"))
    with pytest.raises(ExportError, match="no assignment second-lab; there: first-lab"):
        export(other, "nbgrader", other / "export", database=url)


def test_an_older_gradebook_is_refused(tmp_path: Path, url: str, graded: Graded) -> None:
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '50a4d84c131a'")
    folder = graded(finished("s1"))
    with pytest.raises(ExportError, match="nbgrader db upgrade"):
        export(folder, "nbgrader", folder / "export", database=url)


def test_the_command_says_where_grades_went(url: str, graded: Graded) -> None:
    folder = graded(finished("s1"))
    done = CliRunner().invoke(app, ["export", str(folder), "--to", "nbgrader", "--db", url])
    assert done.exit_code == 0, done.output
    assert f"1 submission exported, 0 left out into {url}." in done.output.replace("\n", "")
