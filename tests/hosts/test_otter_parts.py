"""The parts of an otter package, without running otter: its notebook, its bundle, the plugin's failures."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pytest
import yaml

from autograder import course
from autograder.course import Assignment
from autograder.packages import public_tests, versions
from autograder.packages.otter import GRADING, notebook
from autograder.release import ReleaseError, bundle, source
from autograder.release.markers import parse
from reference import datasets
from reference.datasets import Dataset
from tests.report.conftest import make_check, make_question, make_result, make_ungraded

_COURSE = Path(__file__).parent.parent / "release" / "course"
_AROUND = notebook.Surroundings(
    requirements="grading/requirements.txt",
    files=("helper.py",),
    private=("grading",),
    trained=("model.trained.npz",),
    python="3.12",
    plugin="a.plugin",
)


@pytest.fixture
def tiny(tmp_path: Path) -> Assignment:
    """A copy that a test may change."""
    shutil.copytree(_COURSE, tmp_path / "course", ignore=shutil.ignore_patterns("__pycache__"))
    return course.find(tmp_path / "course").assignment("tiny")


def dataset(train: int, test: int) -> Dataset:
    images = np.zeros((train + test, 32, 32, 3), np.uint8)
    labels = np.arange(train + test) % 10
    return Dataset(
        "cifar10", "LOUPE_DATA", "a test", images[:train], labels[:train], images[train:], labels[train:]
    )


# ---------------------------------------------------------------- the source notebook


def test_the_notebook_says_to_otter_what_the_config_says(tiny: Assignment) -> None:
    cells = notebook.make(tiny, _AROUND).cells
    raw = [cell.source for cell in cells if cell.cell_type == "raw"]
    config = yaml.safe_load(raw[0])
    assert raw[0].startswith("# ASSIGNMENT CONFIG\n")
    assert config["student_files"] == ["model.trained.npz"]
    assert config["autograder_files"] == ["grading"]
    assert "name" not in config  # Otter gives a zero to a notebook that lost its name.
    asked = [yaml.safe_load(text) for text in raw if text.startswith("# BEGIN QUESTION")]
    questions = tiny.config.questions
    assert {one["name"]: one["points"] for one in asked} == {id: one.points for id, one in questions.items()}
    assert {one["name"] for one in asked if one.get("manual")} == {
        id for id, one in questions.items() if one.kind == "written"
    }


def test_a_cell_holds_both_of_its_texts_and_is_python(tiny: Assignment) -> None:
    made = notebook.make(tiny, _AROUND)
    read = source.read(tiny.source)
    pairs = [cell for cell in read.cells if cell.type == "code" and cell.student != cell.solution]
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    both = [text for text in code if "# END SOLUTION" in text]
    assert len(both) == len(pairs)
    for cell, text in zip(pairs, both, strict=True):
        assert parse(text) is not None
        assert not cell.student or f"\n{cell.student}\n" in text
        assert f"# BEGIN SOLUTION NO PROMPT\n{cell.solution}\n# END SOLUTION" in text


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("from helper import pictures", "# SEED\nfrom helper import pictures", "takes a comment"),
        ("from helper import pictures", "from helper import pictures  # IGNORE", "takes a comment"),
    ],
)
def test_what_otter_would_misread_is_refused(tiny: Assignment, old: str, new: str, what: str) -> None:
    text = tiny.source.read_text(encoding="utf-8")
    assert old in text
    tiny.source.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReleaseError, match=what):
        notebook.make(tiny, _AROUND)


def test_public_tests_are_complete_and_show_only_what_the_notebook_says() -> None:
    found = course.find(None)
    for name in found.assignments:
        assignment = found.assignment(name)
        cells = source.read(assignment.source).cells
        released = "\n".join(cell.student for cell in cells)
        for question in assignment.config.questions.values():
            tests = public_tests.tests(question, released)
            assert len({test.name for test in tests}) == len(tests)
            for test in tests:
                namespace: dict[str, Any] = {}
                exec(test.code, namespace)  # noqa: S102 - our own text
                with pytest.raises(AssertionError):
                    namespace[test.name]({})
            silent = {test.name for test in public_tests.tests(question, "")}
            assert not any(name.endswith("_has_its_parameters") for name in silent)


# ---------------------------------------------------------------- the bundle, and versions


@pytest.mark.parametrize(("train", "kept"), [(False, (1, 6)), (True, (9, 12))])
def test_a_bundle_has_the_images_that_grading_needs(
    tiny: Assignment, tmp_path: Path, train: bool, kept: tuple[int, int]
) -> None:
    """All of them where students train, those of the config where they do not."""
    data = dataset(9, 12)
    config = tiny.config
    asked = config.data.model_copy(update={"count": 6})
    update: dict[str, Any] = {"data": asked, **({"model": None} if train else {})}
    tiny.__dict__["config"] = config.model_copy(update=update)
    (tmp_path / "bundle").mkdir()
    bundle.write(tiny, data, tmp_path / "bundle")
    read = bundle.data_of(tmp_path / "bundle")
    assert bundle.assignment_of(tmp_path / "bundle").version == tiny.version
    assert (len(read.x_train), len(read.x_test)) == kept
    assert read.part_of == data.sha256
    assert np.array_equal(read.y_test, data.y_test[: kept[1]])


def test_images_that_install_with_loupe_do_not_travel(
    tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = replace(dataset(9, 12), source="drawn")
    monkeypatch.setattr(datasets, "stand_in", {"cifar10": drawn}.__getitem__)
    (tmp_path / "bundle").mkdir()
    bundle.write(tiny, drawn, tmp_path / "bundle")
    assert not list((tmp_path / "bundle").rglob("*.npz"))
    assert bundle.data_of(tmp_path / "bundle") is drawn


def _made_from(tiny: Assignment, path: Path, **changes: Any) -> Path:
    made = source.read(tiny.source).student()
    made.metadata["loupe"] = {"assignment": tiny.name, "version": tiny.version} | changes
    nbformat.write(made, path)
    return path


def test_another_version_with_the_same_questions_is_graded_and_remarked(
    tiny: Assignment, tmp_path: Path
) -> None:
    assert versions.compare(_made_from(tiny, tmp_path / "same.ipynb"), tiny) == ""
    other = _made_from(tiny, tmp_path / "other.ipynb", version="0123456789ab")
    assert "another version" in versions.compare(other, tiny)


def test_other_questions_or_another_assignment_are_refused(tiny: Assignment, tmp_path: Path) -> None:
    other = _made_from(tiny, tmp_path / "other.ipynb", version="0123456789ab")
    content = json.loads(other.read_text())
    cell = next(cell for cell in content["cells"] if "question" in cell["metadata"])
    cell["metadata"]["question"] = "gone"
    other.write_text(json.dumps(content))
    with pytest.raises(versions.OtherAssignmentError, match="gone"):
        versions.compare(other, tiny)
    with pytest.raises(versions.OtherAssignmentError, match="assignment lab-2"):
        versions.compare(_made_from(tiny, tmp_path / "lab.ipynb", assignment="lab-2"), tiny)


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"metadata": 3, "cells": {}}', b"{}"])
def test_metadata_that_say_nothing_are_no_objection(tiny: Assignment, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.ipynb").write_bytes(content)
    assert versions.compare(tmp_path / "odd.ipynb", tiny) == ""
    assert versions.compare(_made_from(tiny, tmp_path / "a.ipynb", assignment=1, version=[]), tiny) == ""


# ---------------------------------------------------------------- the plugin


@pytest.fixture
def harness(tmp_path: Path) -> Path:
    """Otter's folder; the submission's path."""
    pytest.importorskip("otter")
    for name in ("source/files", "submission/tests", "results"):
        (tmp_path / "autograder" / name).mkdir(parents=True)
    path = tmp_path / "autograder" / "submission" / "lab.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    return path


def _report(harness: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((harness.parent.parent / "results" / "results.json").read_text())
    return loaded


def test_the_hand_in_is_out_of_otters_way_before_otter_reads_it(harness: Path) -> None:
    from autograder.packages.otter.plugin import Loupe

    for name in (".OTTER_LOG", "otter.py", "__init__.py", "model.trained.npz"):
        (harness.parent / name).write_text("")
    (harness.parent / GRADING).mkdir()
    plugin = Loupe(str(harness), {}, {})
    plugin.before_grading(None)
    assert {path.name for path in harness.parent.iterdir()} == {"tests", "lab.ipynb"}
    assert (harness.parent.parent / "source").stat().st_mode & 0o077 == 0


def test_a_grader_that_fails_leaves_a_report_without_a_score(harness: Path) -> None:
    from autograder.packages.otter.plugin import Loupe, NotGradedError

    plugin = Loupe(str(harness), {}, {})
    plugin.before_grading(None)
    with pytest.raises(NotGradedError, match="CourseError"):
        plugin.before_execution(nbformat.v4.new_notebook())
    report = _report(harness)
    assert "This is not a zero" in report["output"]
    assert report["tests"] == []
    assert "score" not in report


def test_a_submission_that_cannot_be_graded_has_no_score(
    harness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograder.packages.otter import plugin as plugins

    ungraded = make_ungraded("lab", "The notebook has no code cells.")
    monkeypatch.setattr(plugins, "_graded", lambda grading, path: ungraded)
    plugin = plugins.Loupe(str(harness), {}, {})
    plugin.before_grading(None)
    with pytest.raises(plugins.NotGradedError, match="no code cells"):
        plugin.before_execution(nbformat.v4.new_notebook())
    assert "score" not in _report(harness)
    assert "no code cells" in _report(harness)["output"]


def test_a_notebook_of_another_assignment_is_told_so(harness: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.packages.otter import plugin as plugins

    def refuse(grading: Path, path: Path) -> Any:
        raise versions.OtherAssignmentError("This notebook belongs to the assignment lab-2.")

    monkeypatch.setattr(plugins, "_graded", refuse)
    plugin = plugins.Loupe(str(harness), {}, {})
    plugin.before_grading(None)
    with pytest.raises(plugins.NotGradedError, match="lab-2"):
        plugin.before_execution(nbformat.v4.new_notebook())
    assert "lab-2" in _report(harness)["output"]
    assert "score" not in _report(harness)


def test_a_question_without_a_result_is_no_zero(harness: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from otter.test_files import GradingResults

    from autograder.packages.otter import plugin as plugins

    (harness.parent.parent / "source" / "tests").mkdir()
    (harness.parent.parent / "source" / "tests" / "weights.py").touch()
    graded = make_result("lab", make_question("weights", make_check(points=2)))
    monkeypatch.setattr(plugins, "_graded", lambda grading, path: graded)
    plugin = plugins.Loupe(str(harness), {}, {})
    plugin.before_grading(None)
    plugin.before_execution(nbformat.v4.new_notebook())
    with pytest.raises(plugins.NotGradedError, match="no result for weights"):
        plugin.after_grading(GradingResults([]))
    with pytest.raises(plugins.NotGradedError, match="broken pipe"):
        plugin.after_grading(GradingResults.without_results(OSError("broken pipe")))


def test_a_student_folder_that_shows_an_answer_is_removed(
    tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("otter")
    from autograder.packages.otter.plugin import LeakError, Loupe

    student = tmp_path / "student"
    student.mkdir()
    (tmp_path / GRADING).mkdir()
    bundle.write(tiny, replace(dataset(1, 6), source="drawn"), tmp_path / GRADING)
    monkeypatch.chdir(tmp_path)
    otters = SimpleNamespace(get_stu_path=lambda: student)
    nbformat.write(source.read(tiny.source).student(), student / "tiny.ipynb")
    Loupe("", {}, {}).during_assign(otters)
    nbformat.write(source.read(tiny.source).solution(), student / "tiny.ipynb")
    with pytest.raises(LeakError, match=r"tiny\.ipynb, cell"):
        Loupe("", {}, {}).during_assign(otters)
    assert not student.exists()
