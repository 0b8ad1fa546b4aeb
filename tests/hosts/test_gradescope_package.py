"""Gradescope's package, unpacked and run as Gradescope does: right, wrong, blank and hostile hand-ins."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest

from autograder import demo
from autograder.course import Assignment, find
from autograder.release import student
from tests.classes.common import fallback_data
from tests.hosts import agreement, gradescoping
from tests.hosts.gradescoping import HandIn, Run
from tests.hosts.test_results_files import GRADESCOPE

_WRONG = ("wrong-image", "transposed-kernels", "quiz-answers-swapped")
_HOSTILE = "transposed-kernels"
"""Of these the one that does all it can to write the result itself."""

_FORGED = json.dumps({"score": 1000, "tests": []})
_FORGING = f"""\
import os, pathlib
places = ["/autograder", "..", "../..", os.environ.get("PWD", "."), *map(str, pathlib.Path.cwd().parents)]
for place in places:
    for name in ("results/results.json", "results.json", "source/grading/bundle.json", "run_autograder"):
        try:
            pathlib.Path(place, name).write_text({_FORGED!r})
        except OSError:
            pass
"""
_LATE_GROUP = {
    "id": 1,
    "created_at": "2026-03-03T01:30:00.365935-07:00",
    "assignment": {"due_date": "2026-03-02T23:00:00-07:00", "total_points": "20.0", "group_submission": True},
    "users": [{"id": 4, "name": "Ann *Doe*"}, {"id": 5, "name": "Bob"}],
    "previous_submissions": [
        {
            "submission_time": "2026-02-28T09:00:00-07:00",
            "score": 1000.0,
            "autograder_error": False,
            "results": {"score": 1000.0},
        }
    ],
}


@dataclass(frozen=True)
class Made:
    """All hand-ins of the guided assignment, graded.

    Attributes:
        assignment: what they are graded as.
        archive: the package.
        runs: by name; those of the other assignments by theirs, each its untouched notebook.
    """

    assignment: Assignment
    archive: Path
    runs: dict[str, Run]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("gradescope")
    (folder / "elsewhere").mkdir()
    assignment = find(None).assignment(demo.ASSIGNMENT)
    blank = folder / "blank.ipynb"
    student.write_notebook(student.notebook_of(assignment, "student"), blank)
    course = find(None)
    others = [name for name in course.assignments if name != demo.ASSIGNMENT]
    with fallback_data(folder / "elsewhere"):
        archives = gradescoping.built(folder, map(course.assignment, course.assignments))
    archive = archives[demo.ASSIGNMENT]
    class_ = {path.stem: path for path in demo.write_class(blank, assignment, folder / "class")}
    with gradescoping.harness() as harness:
        untouched = {name: (archives[name], _untouched(course.assignment(name), folder)) for name in others}
        runs = harness.several({name: (archive, one) for name, one in _hand_ins(class_)} | untouched)
        right = HandIn({"my lab.ipynb": class_["right"]}, _LATE_GROUP)
        runs["right"] = harness.run("right", archive, right)
        runs["not-installed"] = harness.run(
            "not-installed", archive, HandIn({}, before=lambda root: (root / "environment").unlink())
        )
        yield Made(assignment, archive, runs)


def _untouched(assignment: Assignment, folder: Path) -> HandIn:
    path = folder / f"{assignment.name}.ipynb"
    student.write_notebook(student.notebook_of(assignment, "student"), path)
    return HandIn({path.name: path})


def _hand_ins(class_: dict[str, Path]) -> Iterator[tuple[str, HandIn]]:
    for name in _WRONG:
        yield name, HandIn({f"{name}.ipynb": class_[name]})
    yield _HOSTILE, _hostile(class_[_HOSTILE])
    yield "blank", HandIn({"folder/blank.ipynb": class_["blank"]})
    yield "two", HandIn({"a.ipynb": class_["right"], "b.ipynb": class_["blank"]})
    yield "no-notebook", HandIn({"report.pdf": b"%PDF-1.4"})
    yield "nothing", HandIn({})
    yield "another", HandIn({"lab.ipynb": _of_another(class_["right"])})
    yield "broken-grader", HandIn({"lab.ipynb": class_["blank"]}, before=_break)


def _hostile(notebook: Path) -> HandIn:
    changed = nbformat.read(notebook, as_version=4)
    changed.cells.append(nbformat.v4.new_code_cell(_FORGING))
    code = b"raise SystemExit('run')"
    names = ("sitecustomize", "autograder", "json", "numpy", "run_autograder")
    files: dict[str, bytes | Path] = {f"{name}.py": code for name in names}
    files |= {"results.json": _FORGED.encode(), "results/results.json": _FORGED.encode()}
    return HandIn({**files, "lab.ipynb": nbformat.writes(changed).encode()})


def _of_another(notebook: Path) -> bytes:
    changed = nbformat.read(notebook, as_version=4)
    changed.metadata["loupe"] = {"assignment": "mnist-cnn", "version": "0" * 12}
    return str(nbformat.writes(changed)).encode()


def _break(root: Path) -> None:
    for config in (root / "source" / "grading" / "grading_config").iterdir():
        config.unlink()


def _report(run: Run) -> dict[str, Any]:
    assert run.report is not None, run.said
    jsonschema.validate(run.report, GRADESCOPE)
    return run.report


# ---------------------------------------------------------------- the package


def test_the_package_has_what_gradescope_looks_for_and_pins_all_it_installs(made: Made) -> None:
    with zipfile.ZipFile(made.archive) as packed:
        entries = {entry.filename: entry for entry in packed.infolist()}
        lock = packed.read("requirements.lock").decode()
    assert {"setup.sh", "run_autograder", "requirements.lock", "grading/bundle.json"} <= entries.keys()
    assert sum(name.endswith(".whl") for name in entries) == 1
    for script in ("setup.sh", "run_autograder"):
        assert entries[script].external_attr >> 16 & 0o111
        subprocess.run(["bash", "-n"], input=zipfile.Path(made.archive, script).read_bytes(), check=True)
    assert "://" not in lock
    assert "--index" not in lock


def test_the_environment_is_the_locked_one_with_the_smaller_tensorflow() -> None:
    root = Path(__file__).parents[2]
    package = root / "autograder" / "packages" / "gradescope" / "requirements.lock"
    own, theirs = (_versions(path) for path in (root / "requirements.lock", package))
    assert theirs.pop("tensorflow-cpu") == own["tensorflow"]
    assert theirs.items() <= own.items()


def _versions(lock: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            name, _, version = line.partition(";")[0].removesuffix("\\").strip().partition("==")
            found[name] = (*found.get(name, ()), version)
    return found


# ---------------------------------------------------------------- grades


def test_the_solution_gets_all_automatic_points(made: Made) -> None:
    report = _report(made.runs["right"])
    questions = made.assignment.config.questions
    assert made.runs["right"].scores() == {
        id: one.points for id, one in questions.items() if one.kind == "code"
    }
    assert report["score"] == sum(one.points for one in questions.values() if one.kind == "code")
    assert "isolation" not in report


def test_tensorflow_is_in_memory_once(made: Made) -> None:
    assert made.runs["right"].said.startswith("Graded: ")


def test_what_waits_for_a_person_is_no_zero(made: Made) -> None:
    (open_,) = [test for test in _report(made.runs["right"])["tests"] if test["tags"] == ["relu"]]
    assert "score" not in open_


def test_the_blank_notebook_gets_nothing_though_an_old_result_lay_there(made: Made) -> None:
    report = _report(made.runs["blank"])
    assert report["score"] == 0
    assert made.runs["blank"].scores() == dict.fromkeys(made.assignment.config.questions, 0.0)


@pytest.mark.parametrize("name", [name for name in find(None).assignments if name != demo.ASSIGNMENT])
def test_so_do_those_of_the_other_assignments(made: Made, name: str) -> None:
    assert _report(made.runs[name])["score"] == 0
    assert made.runs[name].scores() == dict.fromkeys(find(None).assignment(name).config.questions, 0.0)


@pytest.mark.parametrize("name", _WRONG)
def test_wrong_hand_ins_lose_what_they_lose_with_loupe_grade(made: Made, name: str) -> None:
    """The demo's class says what; `tests/test_demo.py` holds `loupe grade` to the same."""
    (member,) = [member for member in demo.CLASS if member.name == name]
    expected = {
        id: round(question.points * (1 - member.lost.get(id, 0.0)), 2)
        for id, question in made.assignment.config.questions.items()
        if question.kind == "code"
    }
    _report(made.runs[name])
    assert {id: round(score, 2) for id, score in made.runs[name].scores().items()} == expected


@pytest.mark.parametrize("name", ["right", "blank", *_WRONG])
def test_every_host_says_the_same(made: Made, name: str) -> None:
    found = agreement.of_report(demo.ASSIGNMENT, name, _report(made.runs[name]))
    agreement.compare(agreement.CONTAINER, found)


def test_figures_come_with_words(made: Made) -> None:
    (filters,) = [
        test for test in _report(made.runs["transposed-kernels"])["tests"] if test["tags"] == ["all_filters"]
    ]
    pictures = [line for line in filters["output"].split("\n\n") if "](data:image/png;base64," in line]
    assert pictures
    assert all(line.partition("](")[0].removeprefix("![") in filters["output"] for line in pictures)


def test_the_score_is_not_told_while_tests_are_hidden(made: Made) -> None:
    assert {test["visibility"] for test in made.runs["right"].report["tests"]} >= {"hidden"}  # type: ignore[index]
    assert "of 28 points" not in _report(made.runs["right"])["output"]


# ---------------------------------------------------------------- what Gradescope says of a hand-in


def test_a_late_group_is_named_and_loses_nothing(made: Made) -> None:
    report = _report(made.runs["right"])
    assert r"Handed in by Ann \*Doe\* and Bob together." in report["output"]
    assert "2 hours after the due date" in report["output"]
    assert report["extra_data"]["group"] == ["Ann *Doe*", "Bob"]
    assert report["extra_data"]["late_seconds"] == 9000
    (before,) = report["extra_data"]["previous"]
    assert before == {
        "submission_time": "2026-02-28T09:00:00-07:00",
        "score": 1000.0,
        "autograder_error": False,
    }


# ---------------------------------------------------------------- nothing is forged, and no failure is a zero


def test_student_code_cannot_write_results(made: Made) -> None:
    run = made.runs[_HOSTILE]
    assert 0 < _report(run)["score"] < 1000
    assert _FORGED not in (run.root / "results" / "results.json").read_text()
    assert json.loads((run.root / "source" / "grading" / "bundle.json").read_text())["assignment"]
    assert oct((run.root / "results").stat().st_mode & 0o777) == "0o700"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("two", "2 notebooks were handed in (a.ipynb, b.ipynb)"),
        ("no-notebook", "report.pdf was handed in, and no notebook"),
        ("nothing", "Nothing was handed in"),
        ("another", "belongs to the assignment mnist-cnn"),
        ("broken-grader", "The grader failed"),
    ],
)
def test_what_cannot_be_graded_has_a_reason_and_no_score(made: Made, name: str, words: str) -> None:
    run = made.runs[name]
    report = _report(run)
    assert "score" not in report
    assert report["tests"] == []
    assert words in report["output"].replace("\\", "")
    assert "Not graded" in run.said


def test_the_student_does_not_read_why_the_grader_failed_but_the_instructor_does(made: Made) -> None:
    run = made.runs["broken-grader"]
    assert "grading_config" in run.said
    assert "grading_config" not in _report(run)["output"]


def test_no_old_result_is_left_where_nothing_runs(made: Made) -> None:
    assert made.runs["not-installed"].report is None
