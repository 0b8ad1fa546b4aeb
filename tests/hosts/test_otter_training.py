"""The real otter on the assignments whose networks are handed in: their solutions and untouched notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import nbformat
import pytest

from autograder.course import find
from autograder.release.leaks import leaks
from autograder.release.source import read
from tests.hosts import agreement, console, ottering
from tests.hosts.hand_ins import BLANK, RIGHT, TRAINING
from tests.hosts.ottering import Assigned, Run

pytest.importorskip("otter")


@dataclass(frozen=True)
class Made:
    assigned: dict[str, Assigned]
    runs: dict[tuple[str, str], Run]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """`otter assign` would run the solution, too, as `otter run` does it here."""
    folder = tmp_path_factory.mktemp("otter")
    assigned, runs = {}, {}
    (folder / "elsewhere").mkdir()
    with console.opened(folder, folder / "elsewhere") as shell:
        for name in TRAINING:
            assignment = find(None).assignment(name)
            one, runs[name, BLANK] = ottering.assign(shell, folder / "dist", assignment, check=False)
            handed_in = one.archive, one.zipped(folder / f"{name}.zip")
            runs[name, RIGHT] = ottering.run(shell, folder, {name: handed_in})[name]
            assigned[name] = one
        yield Made(assigned, runs)


@pytest.fixture(params=TRAINING)
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


@pytest.mark.parametrize("submission", [RIGHT, BLANK])
def test_every_host_says_the_same(assigned: Assigned, made: Made, submission: str) -> None:
    run = made.runs[assigned.assignment.name, submission]
    assert not run.error
    assert run.report is not None
    found = agreement.of_report(assigned.assignment.name, submission, run.report)
    agreement.compare("otter run", found)
