"""Gradescope's packages where networks are handed in: the solutions."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from autograder.course import Assignment, find
from autograder.release import networks, student
from reference import datasets
from tests.classes.common import fallback_data
from tests.hosts import agreement, gradescoping
from tests.hosts.gradescoping import HandIn, Run
from tests.hosts.test_results_files import GRADESCOPE

_ASSIGNMENTS = ("deconstructing-cnns", "evaluating-cnns", "mnist-cnn", "weights-and-activations")


@pytest.fixture(scope="module")
def solutions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("gradescope")
    (folder / "elsewhere").mkdir()
    course = find(None)
    with fallback_data(folder / "elsewhere"):
        archives = gradescoping.built(folder, map(course.assignment, _ASSIGNMENTS))
        handed_in = {
            name: (archives[name], _solution(course.assignment(name), folder / name)) for name in _ASSIGNMENTS
        }
    with gradescoping.harness() as harness:
        return harness.several(handed_in)


def _solution(assignment: Assignment, folder: Path) -> HandIn:
    path = folder / "solution.ipynb"
    student.write_notebook(student.notebook_of(assignment, "solution"), path)
    trained = networks.write(assignment, datasets.load(assignment.config.data.name), folder)
    files: dict[str, bytes | Path] = {file.name: file for _, file in trained}
    return HandIn({"lab.ipynb": path, **files})


@pytest.mark.parametrize("name", _ASSIGNMENTS)
def test_the_solution_gets_all_automatic_points(name: str, solutions: dict[str, Run]) -> None:
    run = solutions[name]
    assert run.report is not None, run.said
    jsonschema.validate(run.report, GRADESCOPE)
    questions = find(None).assignment(name).config.questions
    scores = run.scores()
    automatic = {id for id in questions if id in scores}
    assert {id: scores[id] for id in automatic} == {id: questions[id].points for id in automatic}
    assert {id for id, one in questions.items() if one.kind == "code" and not one.bonus} <= automatic


@pytest.mark.parametrize("name", _ASSIGNMENTS)
def test_every_host_says_the_same(name: str, solutions: dict[str, Run]) -> None:
    report = solutions[name].report
    assert report is not None
    agreement.compare(agreement.CONTAINER, agreement.of_report(name, "right", report))
