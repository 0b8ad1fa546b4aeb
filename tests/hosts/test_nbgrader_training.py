"""The real nbgrader on the assignments whose networks are handed in: solutions and untouched notebooks."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from autograder.course import Assignment, find
from autograder.release import networks
from autograder.release.leaks import leaks
from autograder.release.nbgrader import POINTS_MARK, worth
from autograder.release.source import read
from autograder.report import reading
from reference import datasets
from tests.classes import deconstructing_cnns, evaluating_cnns, mnist_cnn, weights_and_activations
from tests.classes.common import fallback_data
from tests.hosts import nbgrading
from tests.hosts.nbgrading import CourseFolder, Ran

pytest.importorskip("nbgrader")

_CLASSES = {
    module.CLASS.assignment: module.CLASS
    for module in (deconstructing_cnns, evaluating_cnns, mnist_cnn, weights_and_activations)
}


@dataclass(frozen=True)
class Graded:
    course: CourseFolder
    ran: Ran


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("nbgrader")
    keras = folder / "keras"
    keras.mkdir()
    with fallback_data(keras):
        course = nbgrading.build(folder, [find(None).assignment(name) for name in _CLASSES])
        released = course.run(*(["generate_assignment", name] for name in _CLASSES))
        assert not any(released.codes), released.said
        for name, whole in _CLASSES.items():
            assignment = find(None).assignment(name)
            course.submit("blank", name, course.release(name))
            solution = course.filled(assignment)
            for change in whole.shortened:
                change(solution)
            submitted = course.submit("solution", name, solution)
            networks.write(assignment, datasets.load(assignment.config.data.name), submitted.parent)
    commands = [[command, name] for name in _CLASSES for command in ("autograde", "generate_feedback")]
    return Graded(course, course.run(*commands, ["export"]))


@pytest.fixture(params=sorted(_CLASSES))
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


def test_the_solution_earns_all_but_what_a_person_gives(graded: Graded, assignment: Assignment) -> None:
    rows = graded.course.rows(assignment.name, "solution")
    questions = assignment.config.questions
    assert rows.keys() >= questions.keys()
    by_person = {id for id, question in questions.items() if question.kind == "written"}
    assert {id for id in questions if rows[id].waits} == by_person
    earned = {id: rows[id].auto for id in questions if id not in by_person}
    assert earned == {id: question.points for id, question in questions.items() if id not in by_person}
    assert {id: rows[id].most for id in questions} == {id: worth(one) for id, one in questions.items()}


def test_the_untouched_notebook_earns_nothing_and_waits_for_nobody(
    graded: Graded, assignment: Assignment
) -> None:
    rows = graded.course.rows(assignment.name, "blank").values()
    assert [(row.auto, row.waits) for row in rows] == [(0.0, False)] * len(rows)


def test_students_get_loupes_page(graded: Graded, assignment: Assignment) -> None:
    folder = graded.course.root / "feedback" / "solution" / assignment.name
    page = (folder / f"{assignment.name}.html").read_text(encoding="utf-8")
    assert "Feedback for" in page
    assert assignment.config.title in page
    results = reading.read_results(graded.course.root / "grades" / assignment.name)
    assert [result.submission for result in results] == ["blank", "solution"]
