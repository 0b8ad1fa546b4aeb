"""The real otter on the assignments whose networks are handed in: their solutions and untouched notebooks."""

from __future__ import annotations

from dataclasses import dataclass

import nbformat
import pytest

from autograder.course import find
from autograder.release.leaks import leaks
from autograder.release.source import read
from tests.classes.common import fallback_data
from tests.hosts import ottering
from tests.hosts.ottering import Assigned, Run

pytest.importorskip("otter")

_ASSIGNMENTS = ("deconstructing-cnns", "evaluating-cnns", "mnist-cnn", "weights-and-activations")


@dataclass(frozen=True)
class Made:
    assigned: dict[str, Assigned]
    blank: dict[str, Run]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """`otter assign` runs the solution, and fails unless that gets all points that tests give."""
    folder = tmp_path_factory.mktemp("otter")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    with fallback_data(elsewhere):
        assigned = ottering.assign(folder, elsewhere, [find(None).assignment(name) for name in _ASSIGNMENTS])
    out = folder / "out"
    out.mkdir()
    untouched = {name: (one.archive, one.student) for name, one in assigned.items()}
    return Made(assigned, ottering.run(elsewhere, out, untouched))


@pytest.fixture(params=_ASSIGNMENTS)
def assigned(request: pytest.FixtureRequest, made: Made) -> Assigned:
    return made.assigned[request.param]


def test_students_get_the_student_notebook_and_no_answer(assigned: Assigned) -> None:
    given = nbformat.read(assigned.student, as_version=4).cells
    assert ottering.released(given) == [
        cell.source for cell in read(assigned.assignment.source).student().cells
    ]
    folder = assigned.student.parent
    assert leaks(folder, assigned.assignment) == []
    helpers = {path.name for path in assigned.assignment.helpers} - {"requirements.txt"}
    assert {path.name for path in folder.iterdir()} >= {
        assigned.student.name,
        "requirements-students.txt",
    } | helpers
    assert not any(path.is_dir() or ".trained." in path.name for path in folder.iterdir())


def test_a_network_is_handed_in_with_the_notebook(assigned: Assigned) -> None:
    """Otter's last cell zips the notebook; the networks have to be in it."""
    export = nbformat.read(assigned.student, as_version=4).cells[-2].source
    for variable in assigned.assignment.config.models:
        assert f"{variable}.trained.npz" in export


def test_the_untouched_notebook_earns_nothing_and_waits_for_nobody(assigned: Assigned, made: Made) -> None:
    run = made.blank[assigned.assignment.name]
    assert not run.error
    assert run.scores() == dict.fromkeys(assigned.assignment.config.questions, 0.0)
