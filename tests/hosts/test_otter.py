"""The real otter on the guided assignment: assigned, run on right, wrong, blank and hostile submissions."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder import demo
from autograder.course import find
from autograder.release.leaks import leaks
from autograder.release.source import read
from tests.classes.common import fallback_data
from tests.hosts import ottering
from tests.hosts.ottering import Assigned, Run

pytest.importorskip("otter")

_WRONG = ("wrong-image", "transposed-kernels", "quiz-answers-swapped", "crash-in-the-middle")
_HOSTILE = "wrong-image"
"""Of these the one that is handed in beside hostile files."""

_GRADE = "from autograder.cli import main; main()"


@dataclass(frozen=True)
class Made:
    """All that otter made.

    Attributes:
        assigned: the assignment.
        runs: by submission.
        loupe: points by question, as `loupe grade` gives them for the same files.
        marked: a file that hostile hand-ins try to write.
    """

    assigned: Assigned
    runs: dict[str, Run]
    loupe: dict[str, dict[str, float]]
    marked: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("otter")
    elsewhere, out, handed_in = (folder / name for name in ("elsewhere", "out", "handed_in"))
    for one in (elsewhere, out, handed_in):
        one.mkdir()
    assignment = find(None).assignment(demo.ASSIGNMENT)
    with fallback_data(elsewhere):
        assigned = ottering.assign(folder, elsewhere, [assignment])[assignment.name]
    notebooks = {"solution": assigned.solution, "blank": assigned.student}
    for member in demo.CLASS:
        if member.name in _WRONG:
            notebook = assigned.filled()
            for change in member.changes:
                change(notebook)
            notebooks[member.name] = handed_in / f"{member.name}.ipynb"
            nbformat.write(notebook, notebooks[member.name])
    submissions = {name: (assigned.archive, path) for name, path in notebooks.items()}
    marked = folder / "marked"
    submissions[_HOSTILE] = (assigned.archive, _hostile(handed_in, notebooks[_HOSTILE], marked))
    submissions["broken-grader"] = (_without_config(assigned.archive, folder), notebooks["blank"])
    runs = ottering.run(elsewhere, out, submissions)
    return Made(assigned, runs, _loupe(folder, elsewhere, [notebooks[name] for name in _WRONG]), marked)


def _hostile(folder: Path, notebook: Path, marked: Path) -> Path:
    """A zip file with everything that otter, Jupyter or Python might run or unpickle of its own accord."""
    log = f"cos\nsystem\n(S'touch {marked}'\ntR.".encode()
    (folder / "log").write_bytes(log)
    unpickle = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))"
    subprocess.run([sys.executable, "-c", unpickle, folder / "log"], check=True)
    marked.unlink()  # It can be done.
    code = f"open({str(marked)!r}, 'w').close()\n"
    with zipfile.ZipFile(folder / "hostile.zip", "w") as archive:
        archive.write(notebook, "lab.ipynb")
        archive.writestr(".OTTER_LOG", log)
        names = ("otter", "nbformat", "__init__", "sitecustomize", "ipython_config", "tests/first_filter")
        for name in (*names, "grading/x", "jupyter_config", "jupyter_nbconvert_config", "autograder"):
            archive.writestr(f"{name}.py", code)
    return folder / "hostile.zip"


def _without_config(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(folder / "broken.zip", "w") as broken:
        for entry in whole.infolist():
            if "/grading_config/" not in entry.filename:
                broken.writestr(entry, whole.read(entry))
    return folder / "broken.zip"


def _loupe(folder: Path, elsewhere: Path, notebooks: list[Path]) -> dict[str, dict[str, float]]:
    arguments = ["grade", demo.ASSIGNMENT, *map(str, notebooks), "--out", str(folder / "grades"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", _GRADE, *arguments],
        env=ottering.environment(elsewhere),
        capture_output=True,
        text=True,
        check=True,
    )
    return {graded["submission"]: graded["questions"] for graded in json.loads(done.stdout)}


# ---------------------------------------------------------------- what was handed out


def test_students_get_the_student_notebook_and_no_answer(made: Made) -> None:
    assigned = made.assigned
    given = nbformat.read(assigned.student, as_version=4)
    student = read(assigned.assignment.source).student()
    assert ottering.released(given.cells) == [cell.source for cell in student.cells]
    questions = [cell.metadata["question"] for cell in given.cells if "question" in cell.metadata]
    assert questions == [cell.metadata["question"] for cell in student.cells if "question" in cell.metadata]
    assert leaks(assigned.student.parent, assigned.assignment) == []
    there = {path.name for path in assigned.student.parent.iterdir()}
    assert there == {
        assigned.student.name,
        "helper.py",
        "checkpoint.npz",
        "images.npz",
        "requirements-students.txt",
    }


def test_otters_environment_gets_this_loupe(made: Made) -> None:
    with zipfile.ZipFile(made.assigned.archive) as archive:
        names, environment = archive.namelist(), archive.read("environment.yml").decode()
    (wheel,) = (name for name in names if name.endswith(".whl"))
    assert f"loupe-grader @ file:///autograder/source/{wheel}" in environment
    assert f"python={sys.version_info.major}.{sys.version_info.minor}" in environment
    assert "tensorflow==" in environment


def test_public_tests_help_students_and_need_no_loupe(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from otter.check.notebook import Notebook

    shutil.copytree(made.assigned.student.parent, tmp_path / "own")
    monkeypatch.chdir(tmp_path / "own")
    grader = Notebook(made.assigned.student.name)
    answered: dict[str, Any] = {"answer1": " option (b) ", "answer3": "n", "weights": [[0.0]], "bias": 1}
    assert grader.check("kernels_in_a_filter", global_env=answered).passed_all  # Whichever the right one is.
    assert grader.check("which_part", global_env=answered).passed_all
    for answer, what in ((None, "`answer1` has no value yet"), ("___", "no value yet"), ("E", "A, B, C, D")):
        checked = grader.check("kernels_in_a_filter", global_env={"answer1": answer})
        assert not checked.passed_all
        assert what in checked.summary()
    assert "the shape (1, 1)" in grader.check("first_layer_weights", global_env=answered).summary()


# ---------------------------------------------------------------- what otter made of submissions


def test_the_solution_gets_full_marks(made: Made) -> None:
    run, questions = made.runs["solution"], made.assigned.assignment.config.questions
    automatic = {name: one.points for name, one in questions.items() if one.kind == "code"}
    assert not run.error
    assert run.scores() == automatic
    (waiting,) = (test for test in run.tests if "score" not in test)
    assert waiting["tags"] == ["relu"]
    assert "2 points still to be given by a person" in waiting["output"]
    assert "Total Score: 28.000 / 28.000" in run.said


def test_the_untouched_notebook_gets_none(made: Made) -> None:
    run = made.runs["blank"]
    assert run.scores() == dict.fromkeys(made.assigned.assignment.config.questions, 0.0)
    assert run.report is not None
    assert run.report["score"] == 0


@pytest.mark.parametrize("name", _WRONG)
def test_wrong_submissions_score_as_with_loupe_grade(made: Made, name: str) -> None:
    expected = {question: round(earned, 4) for question, earned in made.loupe[name].items()}
    assert made.runs[name].scores() | {"relu": 0.0} == expected
    assert any(score > 0 for score in expected.values())


def test_students_see_what_the_config_allows_with_words_and_figures(made: Made) -> None:
    run = made.runs["transposed-kernels"]
    (figure,) = (test for test in run.tests if test["tags"] == ["all_filters"])
    assert "rows and columns" in figure["output"]
    assert "](data:image/png;base64," in figure["output"]
    visible = [test["tags"] for test in run.tests if test["visibility"] == "visible"]
    assert visible == [["first_layer_weights"]]
    assert run.report is not None
    assert run.report["stdout_visibility"] == "hidden"


def test_nothing_of_a_hand_in_runs_or_is_unpickled_in_otters_process(made: Made) -> None:
    assert not made.runs[_HOSTILE].error
    assert not made.marked.exists()


def test_a_grader_that_fails_gives_no_score(made: Made) -> None:
    run = made.runs["broken-grader"]
    assert run.error.startswith("NotGradedError")
    assert "grading_config" in run.error
    assert run.report is None
