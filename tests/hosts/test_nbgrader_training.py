"""The real nbgrader on the assignments whose networks are handed in: solutions and untouched notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from autograder.course import Assignment, find
from autograder.release import networks
from autograder.release.leaks import leaks
from autograder.release.nbgrader import POINTS_MARK, worth
from autograder.release.source import read
from autograder.report import reading
from reference import datasets
from tests.classes.common import fallback_data
from tests.hosts import agreement, console, nbgrading
from tests.hosts.console import Ran
from tests.hosts.hand_ins import BLANK, RIGHT, TRAINING
from tests.hosts.nbgrading import CourseFolder

pytest.importorskip("nbgrader")


@dataclass(frozen=True)
class Graded:
    course: CourseFolder
    ran: Ran


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    folder = tmp_path_factory.mktemp("nbgrader")
    (folder / "elsewhere").mkdir()
    with console.opened(folder, folder / "elsewhere") as shell:
        course = nbgrading.build(shell, folder, f"loupe build {' '.join(TRAINING)} --for nbgrader")
        course.run(*(["generate_assignment", name] for name in TRAINING)).succeeded()
        with fallback_data(folder / "elsewhere"):
            for name in TRAINING:
                assignment = find(None).assignment(name)
                course.submit(BLANK, name, course.release(name))
                submitted = course.submit(RIGHT, name, course.filled(assignment))
                networks.write(assignment, datasets.load(assignment.config.data.name), submitted.parent)
        commands = [[command, name] for name in TRAINING for command in ("autograde", "generate_feedback")]
        yield Graded(course, course.run(*commands, ["export"]))


@pytest.fixture(params=sorted(TRAINING))
def assignment(request: pytest.FixtureRequest) -> Assignment:
    name: str = request.param
    return find(None).assignment(name)


def test_every_command_succeeds(graded: Graded) -> None:
    assert not any(graded.ran.codes), graded.ran.said
    assert (graded.course.root / "grades.csv").is_file()


def test_the_release_is_the_student_notebook_and_shows_no_answer(
    graded: Graded, assignment: Assignment
) -> None:
    cells = graded.course.release(assignment.name).cells
    texts = [cell.source for cell in cells if not cell.source.startswith(POINTS_MARK)]
    assert texts == [cell.source for cell in read(assignment.source).student().cells]
    assert leaks(graded.course.root / "release" / assignment.name, assignment) == []


def test_every_host_says_the_same(graded: Graded, assignment: Assignment) -> None:
    for submission in (RIGHT, BLANK):
        column = agreement.of_course(graded.course, assignment.name, submission)
        agreement.compare("nbgrader autograde", column)


def test_the_solution_earns_all_but_what_a_person_gives(graded: Graded, assignment: Assignment) -> None:
    rows = graded.course.rows(assignment.name, RIGHT)
    questions = assignment.config.questions
    by_person = {id for id, question in questions.items() if question.kind == "written"}
    assert {id for id in questions if rows[id].waits} == by_person
    assert {id: rows[id].most for id in questions} == {id: worth(one) for id, one in questions.items()}


def test_students_get_loupes_page(graded: Graded, assignment: Assignment) -> None:
    folder = graded.course.root / "feedback" / RIGHT / assignment.name
    page = (folder / f"{assignment.name}.html").read_text(encoding="utf-8")
    assert "Feedback for" in page
    assert assignment.config.title in page
    results = reading.read_results(graded.course.root / "grades" / assignment.name)
    assert [result.submission for result in results] == [BLANK, RIGHT]
