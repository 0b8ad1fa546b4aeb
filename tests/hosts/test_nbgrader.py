"""The real nbgrader on `investigating-cnns`: right, wrong and damaged hand-ins, and what persons give."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course import Assignment, find
from autograder.packages.nbgrader.folder import kept
from autograder.release.leaks import leaks
from autograder.release.nbgrader import POINTS_MARK
from autograder.release.source import read
from tests.hosts import agreement, console, examples, hand_ins, nbgrading
from tests.hosts.console import Ran
from tests.hosts.hand_ins import BLANK, GUIDED, ODD, RIGHT
from tests.hosts.nbgrading import CourseFolder

pytest.importorskip("nbgrader")

NAME = GUIDED
Notebook = Any


def _cell(notebook: Notebook, grade_id: str) -> Any:
    cells = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    assert len(cells) == 1, grade_id
    return cells[0]


def _tampered(notebook: Notebook) -> None:
    """All that students do to nbgrader's cells: change, remove, copy them, give themselves points."""
    points = _cell(notebook, "filter_shape")
    points.source, points.metadata.nbgrader.points = "100.0", 100
    points.outputs = [
        nbformat.v4.new_output("execute_result", data={"text/plain": "100.0"}, execution_count=1),
        nbformat.v4.new_output("stream", name="stderr", text="2026 tensorflow: no GPU"),
    ]
    _cell(notebook, "all_filters").metadata.nbgrader.grade = False
    notebook.cells.remove(_cell(notebook, "predictions"))
    answer = _cell(notebook, "first_filter-1")
    twin = copy.deepcopy(answer)
    twin.id = "a-copy"
    notebook.cells.insert(notebook.cells.index(answer), twin)
    _cell(notebook, "relu").metadata.nbgrader.grade_id = "of-another-version"
    shown = {"text/html": "<script>alert(1)</script>", "text/plain": "<Figure>"}
    _cell(notebook, "random_images-1").outputs = [nbformat.v4.new_output("display_data", data=shown)]


def _nan(notebook: Notebook) -> None:
    """What nbgrader takes for full marks, or for none."""
    _cell(notebook, "first_filter-1").source += "\nimport sys\nprint('logged', file=sys.stderr)\nfloat('nan')"
    _cell(notebook, "evaluate_model-1").source = "loss = accuracy = float('nan')\naccuracy"


def _foreign(notebook: Notebook) -> None:
    notebook.metadata["loupe"] = {"assignment": "mnist-cnn", "version": "0123456789ab"}


_ODD: dict[str, Callable[[Notebook], None]] = {"tampered": _tampered, "nan": _nan, "foreign": _foreign}
"""Hand-ins that only nbgrader gets."""


@dataclass(frozen=True)
class Graded:
    course: CourseFolder
    ran: Ran
    column: agreement.Column
    again: Ran
    earlier: str

    def page(self, student: str) -> str:
        path = self.course.root / "feedback" / student / NAME / f"{NAME}.html"
        return path.read_text(encoding="utf-8")

    def notebook(self, student: str) -> Notebook:
        return nbformat.read(self.course.root / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)

    def comment(self, student: str, cell: str) -> Any:
        with self.course.gradebook() as book:
            return book.find_comment(cell, NAME, NAME, student).to_dict()


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return find(None).assignment(NAME)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, assignment: Assignment) -> Iterator[Graded]:
    """All of it once: graded by nbgrader, then by a person, and one again by force."""
    folder = tmp_path_factory.mktemp("nbgrader")
    (folder / "elsewhere").mkdir()
    build, _, generate, autograde, feedback, grades, export = examples.commands("docs/hosts.md", "nbgrader")
    with console.opened(folder, folder / "elsewhere") as shell:
        course = nbgrading.build(shell, folder, build)
        shell.run(generate).succeeded()
        earlier = _earlier_version(course, assignment).version
        course.submit(BLANK, NAME, course.release(NAME))
        for student in (RIGHT, *ODD, *_ODD):
            notebook = course.filled(assignment)
            if student == "nan":
                notebook.metadata["loupe"]["version"] = earlier
            if student in _ODD:
                _ODD[student](notebook)
            elif student != RIGHT:
                hand_ins.change(notebook, student)
            course.submit(student, NAME, notebook)
        ran = shell.run(autograde, feedback)
        column: agreement.Column = {}
        for student in (BLANK, RIGHT, *ODD):
            column |= agreement.of_course(course, NAME, student)
        _grade_by_hand(course)
        shutil.copytree(course.root / "grades" / NAME / RIGHT, folder / "grades" / RIGHT)
        only = ("--student", "wrong-image", "--force")
        again = course.run(["autograde", NAME, *only], ["generate_feedback", NAME, *only])
        shell.run(grades, export).succeeded()
        yield Graded(course, ran, column, again, earlier)


def _earlier_version(course: CourseFolder, assignment: Assignment) -> Assignment:
    """Put a version into the course folder as if its notebook had been handed out before."""
    scratch = course.root / "loupe" / NAME / "new"
    scratch.mkdir()
    earlier = assignment.copy(scratch)
    with earlier.source.open("a", encoding="utf-8") as file:
        file.write("\n# %% [markdown]\n# The end.\n")
    scratch.rename(scratch.with_name(earlier.version))
    return earlier


def _grade_by_hand(course: CourseFolder) -> None:
    """As the formgrader does."""
    with course.gradebook() as book:
        for question, points in (("relu", 1.5), ("feature_maps", 2.0)):
            grade = book.find_grade(question, NAME, NAME, "wrong-image")
            grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment("relu", NAME, NAME, "wrong-image").manual_comment = "Say what is lost."
        book.find_grade("relu", NAME, NAME, "wrong-image").extra_credit = 0.25
        book.db.commit()


def test_every_command_succeeds(graded: Graded) -> None:
    assert not any(graded.ran.codes), graded.ran.said
    assert not any(graded.again.codes), graded.again.said


def test_the_release_is_the_student_notebook_and_shows_no_answer(
    graded: Graded, assignment: Assignment
) -> None:
    cells = graded.course.release(NAME).cells
    texts = [cell.source for cell in cells if not cell.source.startswith(POINTS_MARK)]
    assert texts == [cell.source for cell in read(assignment.source).student().cells]
    assert leaks(graded.course.root / "release" / NAME, assignment) == []


@pytest.mark.parametrize("student", [BLANK, RIGHT, *ODD])
def test_every_host_says_the_same(graded: Graded, student: str) -> None:
    own = {key: cell for key, cell in graded.column.items() if key[1] == student}
    agreement.compare("nbgrader autograde", own)


def test_what_nbgrader_mishandles_costs_what_it_should(graded: Graded) -> None:
    """A log on stderr and a NaN as the last value of a right answer, and a wrong answer that is NaN."""
    right, nan = graded.course.rows(NAME, RIGHT), graded.course.rows(NAME, "nan")
    assert nan["evaluate_model"].auto == 0
    assert {id: row.auto for id, row in nan.items() if id != "evaluate_model"} == {
        id: row.auto for id, row in right.items() if id != "evaluate_model"
    }


def test_figures_and_written_answers_come_with_what_was_seen(graded: Graded) -> None:
    said = graded.comment("wrong-image", "feature_maps-2")["auto_comment"]
    assert "test image 17" in said
    outputs = _cell(graded.notebook("wrong-image"), "feature_maps").outputs
    assert outputs[0].output_type == "execute_result"
    assert outputs[0].data["text/plain"] == "1.0"
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert graded.course.rows(NAME, RIGHT)["relu"].auto is None


def test_bonus_points_come_on_top(graded: Graded) -> None:
    row = graded.course.rows(NAME, RIGHT)["grad_cam"]
    assert (row.most, row.score) == (0.0, 2.0)
    with graded.course.gradebook() as book:
        found = book.find_submission(NAME, RIGHT)
        assert (found.score, found.max_score) == (28.0, 28.0)


def test_cells_that_were_tampered_with_are_restored_and_it_is_said(graded: Graded) -> None:
    tampered = graded.course.rows(NAME, "tampered")
    assert {id: row.auto for id, row in tampered.items()} == {
        id: row.auto for id, row in graded.course.rows(NAME, RIGHT).items()
    }
    notebook = graded.notebook("tampered")
    assert _cell(notebook, "filter_shape").source.startswith(POINTS_MARK)
    assert _cell(notebook, "filter_shape").outputs[0].data["text/plain"] == "2.0"
    assert _cell(notebook, "predictions").outputs[0].data["text/plain"] == "2.0"
    assert _cell(notebook, "relu").cell_type == "markdown"
    page = graded.page("tampered")
    assert "The locked cell <code>filter_shape</code> had been changed" in page
    assert "The locked cell <code>predictions</code> had been removed" in page


def test_nothing_that_a_browser_would_run_is_kept_of_saved_outputs(graded: Graded) -> None:
    assert "alert(1)" not in json.dumps(graded.notebook("tampered"))
    kept_ones = _cell(graded.notebook("tampered"), "random_images-1").outputs
    assert kept_ones[0].data == {"text/plain": "<Figure>"}


def test_a_notebook_of_another_assignment_waits_for_a_person_with_the_reason(graded: Graded) -> None:
    rows = graded.course.rows(NAME, "foreign").values()
    assert all(row.auto is None and row.waits for row in rows)
    assert (
        "belongs to the assignment mnist-cnn" in graded.comment("foreign", "first_filter-1")["auto_comment"]
    )


def test_force_keeps_what_persons_gave_and_asks_to_look_again(graded: Graded) -> None:
    rows = graded.course.rows(NAME, "wrong-image")
    assert (rows["relu"].manual, rows["relu"].score, rows["relu"].waits) == (1.5, 1.75, True)
    assert (rows["feature_maps"].manual, rows["feature_maps"].auto) == (2.0, 1.0)
    assert graded.comment("wrong-image", "relu")["manual_comment"] == "Say what is lost."


def test_the_page_has_what_persons_gave_and_nbgraders_lies_beside_it(graded: Graded) -> None:
    page = graded.page("wrong-image")
    assert "A person gave 1.75 of 2 points." in page
    assert "A person gave 2 of 3 points." in page
    assert "Say what is lost." in page
    assert "data:image/png" in page
    beside = graded.course.root / "feedback" / "wrong-image" / NAME / f"{NAME}-notebook.html"
    assert "Say what is lost." in beside.read_text(encoding="utf-8")


def test_the_export_has_every_student(graded: Graded) -> None:
    lines = (graded.course.root / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert {line.split(",")[3] for line in lines[1:]} == {BLANK, RIGHT, *ODD, *_ODD}


def test_the_results_are_a_folder_of_grades(graded: Graded) -> None:
    folder = graded.course.root / "grades" / NAME
    assert (folder / "report.html").is_file()
    assert (folder / "wrong-image" / "feedback.html").is_file()


def test_a_failing_grader_leaves_everything_to_a_person_and_is_tried_again(graded: Graded) -> None:
    course, late = graded.course, "late"
    course.submit(late, NAME, course.release(NAME))
    hidden: Path = course.root / "loupe"
    hidden.rename(course.root / "away")
    try:
        ran = course.run(["autograde", NAME, "--student", late])
    finally:
        (course.root / "away").rename(hidden)
    assert ran.codes == [1]
    assert all(row.auto is None and row.waits for row in course.rows(NAME, late).values())
    assert "The grader could not be used" in graded.comment(late, "first_filter-1")["auto_comment"]
    assert not (course.root / "autograded" / late / NAME).exists()


def test_an_earlier_version_is_graded_as_what_it_was(graded: Graded) -> None:
    """Whoever handed in NaN had the notebook of an earlier version, which was kept."""
    said = f"It was graded as version {graded.earlier} of the assignment, which it was made from."
    assert said in graded.page("nan")


def test_the_version_is_the_one_that_is_still_there(graded: Graded, assignment: Assignment) -> None:
    from autograder.engine.launch import ANY
    from autograder.packages.nbgrader.graders import Graders

    course = graded.course
    source = course.root / "source" / NAME / f"{NAME}.ipynb"
    graders = Graders(course.root, ANY, {})

    def chosen(version: str) -> tuple[str, list[str]]:
        notebook = course.release(NAME)
        notebook.metadata["loupe"]["version"] = version
        found, notes = graders.version(source, course.submit("scratch", NAME, notebook))
        return found.version, notes

    assert chosen(assignment.version) == (assignment.version, [])
    assert chosen(graded.earlier)[0] == graded.earlier
    unknown, notes = chosen("0123456789ab")
    assert unknown == assignment.version
    assert "another version" in notes[0]
    assert kept(course.root, NAME, "../..") is None
