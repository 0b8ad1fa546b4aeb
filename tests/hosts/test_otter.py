"""The real otter on the guided assignment: assigned, run on right, wrong, foreign and hostile hand-ins."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course import find
from autograder.release.leaks import leaks
from autograder.release.source import read
from tests.hosts import agreement, console, hand_ins, ottering
from tests.hosts.hand_ins import BLANK, GUIDED, ODD, RIGHT
from tests.hosts.ottering import Assigned, Run

pytest.importorskip("otter")

_HOSTILE = "wrong-image"
"""A submission that is handed in beside hostile files."""
_TAMPERED = "transposed-kernels"
"""One in which otter's own cells were changed and removed."""
_EARLIER = "quiz-answers-swapped"
"""One that was made from another version of the assignment, with the same questions."""


@dataclass(frozen=True)
class Made:
    """All that otter made.

    Attributes:
        assigned: the assignment.
        runs: by submission.
        marked: a file that hostile hand-ins try to write.
    """

    assigned: Assigned
    runs: dict[str, Run]
    marked: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("otter")
    for name in ("elsewhere", "out", "handed_in"):
        (folder / name).mkdir()
    with console.opened(folder, folder / "elsewhere") as shell:
        assigned, blank = ottering.assign(shell, folder / "dist", find(None).assignment(GUIDED))
        handed_in = _hand_in(assigned, folder / "handed_in", folder / "marked")
        submissions = {name: (assigned.archive, path) for name, path in handed_in.items()}
        submissions["broken-grader"] = (_without_config(assigned.archive, folder), assigned.student)
        runs = ottering.run(shell, folder / "out", submissions)
        yield Made(assigned, {BLANK: blank, **runs}, folder / "marked")


def _hand_in(assigned: Assigned, folder: Path, marked: Path) -> dict[str, Path]:
    notebooks = {RIGHT: assigned.filled()}
    for name in ODD:
        notebooks[name] = assigned.filled()
        hand_ins.change(notebooks[name], name)
    _tamper(notebooks[_TAMPERED])
    notebooks[_EARLIER].metadata["loupe"]["version"] = "0123456789ab"
    for name in ("foreign", "other-questions"):
        notebooks[name] = assigned.filled()
    notebooks["foreign"].metadata["loupe"]["assignment"] = "mnist-cnn"
    notebooks["other-questions"].metadata["loupe"]["version"] = "0123456789ab"
    asked = [cell for cell in notebooks["other-questions"].cells if "question" in cell.metadata]
    asked[0].metadata["question"] = "gone"
    for name, notebook in notebooks.items():
        nbformat.write(notebook, folder / f"{name}.ipynb")
    paths = {name: folder / f"{name}.ipynb" for name in notebooks}
    return paths | {_HOSTILE: _hostile(folder, paths[_HOSTILE], marked)}


def _tamper(notebook: Any) -> None:
    """Change and remove cells that otter locks."""
    checks = [cell for cell in notebook.cells if cell.source.startswith("grader.check(")]
    checks[0].source = "grader = None\nraise SystemExit"
    notebook.cells.remove(checks[1])
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("# Initialize Otter")]


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


@pytest.mark.parametrize("name", [RIGHT, BLANK, *ODD])
def test_every_host_says_the_same(made: Made, name: str) -> None:
    run = made.runs[name]
    assert not run.error
    assert run.report is not None
    agreement.compare("otter run", agreement.of_report(GUIDED, name, run.report))


def test_the_solution_gets_full_marks_but_what_a_person_gives(made: Made) -> None:
    run = made.runs[RIGHT]
    (waiting,) = (test for test in run.tests if "score" not in test)
    assert waiting["tags"] == ["relu"]
    assert "2 points still to be given by a person" in waiting["output"]
    assert "Total Score: 28.000 / 28.000" in run.said


def test_another_version_with_the_same_questions_is_graded_and_said(made: Made) -> None:
    report = made.runs[_EARLIER].report
    assert report is not None
    assert "made from another version of investigating-cnns; it has the same questions" in report["output"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("foreign", "belongs to the assignment mnist-cnn"),
        ("other-questions", "another version of investigating-cnns, with other questions (gone"),
    ],
)
def test_what_was_made_from_something_else_gets_no_score_and_the_reason(
    made: Made, name: str, said: str
) -> None:
    run = made.runs[name]
    assert run.error.startswith("NotGradedError")
    assert said in run.error
    assert run.report is None


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
