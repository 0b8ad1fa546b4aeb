"""The search for answers finds them, wherever and however they were let in."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder.course import Assignment
from autograder.release import student
from autograder.release.leaks import leaks
from reference.checkpoints import Checkpoint
from reference.datasets import Dataset


@pytest.fixture
def clean(tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path) -> Path:
    student.build(tiny, tmp_path / "student", data, checkpoint)
    return tmp_path / "student"


def append(folder: Path, text: str) -> None:
    with (folder / "helper.py").open("a", encoding="utf-8") as file:
        file.write("\n" + text + "\n")


def edit(folder: Path, change: Callable[[Any], object]) -> None:
    notebook = nbformat.read(folder / "tiny.ipynb", as_version=4)
    change(notebook)
    (folder / "tiny.ipynb").write_text(json.dumps(notebook))


def test_a_clean_folder_has_no_leak(tiny: Assignment, clean: Path) -> None:
    assert leaks(clean, tiny) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("n_images = len(images)", "question constants: a solution"),
        ("n_images=len( images )  # see", "question constants: a solution"),
        ("height, width = (images.shape[1:3])", "question constants: a solution"),
        ("mean: float = float(np.mean(images) / 255)", "question constants: a solution"),
        ("other = float(\n    np.mean(images) / 255\n)", "question constants: a solution's value"),
        ("'''use np.concatenate([images, images[::-1]], axis=0) here'''", "question constants: a solution"),
        ("# total += n_images * height", "question constants: a solution"),
        ("def f(lighter):\n    return np.clip(lighter, 0, 255)", "question scaling: a solution"),
        ("# lighter = pixels + amount", "question scaling: a solution"),
        ("largest = np.iinfo( np.uint8 ).max", "question scaling: a line of the solution"),
        ("x = largest - pixels\nreturn largest - pixels", "question scaling: a line of the solution"),
        ("for ax, picture in zip(axes, images, strict=False):", "question figure: a line of the solution"),
        ("scratch = np.arange(12).reshape((3), 4)", "a cell without a question: a solution"),
        ("# Dark became bright, and bright became dark.", "question essay: a sentence of the written answer"),
        ("# answer1 = 'B'", "question quiz: the key"),
        ("# answer1: B", "question quiz: the key"),
        ("assert answer1.strip() == ('b')", "question quiz: the key"),
        ("KEYS = {'quiz': 'B'}", "question quiz: the key"),
        ("# **answer1** is B.", "question quiz: the key"),
        ("assert n_images == 4", "question constants: the value"),
        ("# n_images is 4.0", "question constants: the value"),
        ("brightest: bool = True", "question scaling: the value"),
        ("table = [[0.25,0.5],\n         [0.75,1.0]]", "question constants: the value"),
        ("# at_least: 0.7125", "question constants: a threshold"),
        ("if accuracy >= 0.7125:\n    pass", "question constants: a threshold"),
        ("tolerance = 0.0375", "question constants: a threshold"),
        (
            "# half a point for naming SUBTRACTION; another half for naming both ends of the range",
            "question essay: the rubric",
        ),
        ("# - {choice: answer1, key: B, of: [A, B, C]}", "a line of the grading config"),
        ("x = 1  # SOLUTION", "a solution marker"),
        ("# END SOLUTION", "a solution marker"),
    ],
)
def test_an_answer_in_a_helper_is_found(tiny: Assignment, clean: Path, text: str, what: str) -> None:
    append(clean, text)
    assert [find for find in leaks(clean, tiny) if find.startswith("helper.py: ") and what in find]


@pytest.mark.parametrize(
    "text",
    [
        "# `answer1` is one of A, B or C.",
        "# answer1: A, B or C",
        "# answer1: B or C or A",
        "n_images = 5",
        "# n_images = 4000",
        "# Show at least 2 pictures.",
        "other_answer1 = 'B'",
        "plt.show()",
        "images = 1",
        "# The accuracy should be 0.71 or more.",
    ],
)
def test_what_students_may_know_is_no_leak(tiny: Assignment, clean: Path, text: str) -> None:
    append(clean, text)
    assert leaks(clean, tiny) == []


def test_a_line_that_the_author_gives_elsewhere_is_no_leak(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    text = tiny.source.read_text(encoding="utf-8")
    assert text.count("plt.show()") == 2, "one in a solution, one in a cell that students get"
    student.build(tiny, tmp_path / "out", data, checkpoint)
    assert "plt.show()" in (tmp_path / "out" / "tiny.ipynb").read_text(encoding="utf-8")


def test_a_whole_block_is_a_leak_even_if_each_of_its_lines_is_given(tiny: Assignment, clean: Path) -> None:
    lines = ["for ax, picture in zip(axes, images, strict=False):", "    ax.imshow(invert(picture))"]
    text = tiny.source.read_text(encoding="utf-8")
    given = "\n".join(f"\n# %%\n{line.strip()}\n{'    pass' if line.endswith(':') else ''}" for line in lines)
    tiny.source.write_text(text + given, encoding="utf-8")
    append(clean, lines[0])
    assert leaks(clean, tiny) == []
    append(clean, "\n".join([*lines, "plt.show()"]))
    assert [find for find in leaks(clean, tiny) if "question figure: the whole solution" in find]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda nb: nb.metadata.update(note="answer1 = 'B'"), "tiny.ipynb, metadata: question quiz: the key"),
        (lambda nb: nb.cells[3].metadata.update(answer1="B"), "tiny.ipynb, metadata: question quiz: the key"),
        (lambda nb: nb.cells[3].update(source="answer1 = 'B'"), "tiny.ipynb, cell 4: question quiz: the key"),
        (
            lambda nb: nb.cells[2].update(outputs=[nbformat.v4.new_output("stream", text="4\n")]),
            "tiny.ipynb, cell 3: has run",
        ),
        (lambda nb: nb.cells[2].update(execution_count=1), "tiny.ipynb, cell 3: has run"),
    ],
)
def test_an_answer_anywhere_in_the_notebook_is_found(
    tiny: Assignment, clean: Path, change: Callable[[Any], object], what: str
) -> None:
    edit(clean, change)
    assert [find for find in leaks(clean, tiny) if find.startswith(what)]


def test_the_solution_notebook_in_place_of_the_students_is_found(tiny: Assignment, clean: Path) -> None:
    student.write_notebook(student.notebook_of(tiny, "solution"), clean / "tiny.ipynb")
    finds = leaks(clean, tiny)
    for question in tiny.config.questions:
        assert [find for find in finds if f"question {question}: " in find], question


def test_source_and_config_are_never_released(tiny: Assignment, clean: Path) -> None:
    shutil.copy(tiny.source, clean / "draft.txt")
    shutil.copy(tiny.config_path, clean / "notes.md")
    (clean / "assignment.py").write_text("")
    finds = leaks(clean, tiny)
    for name in ("draft.txt", "notes.md", "assignment.py"):
        assert f"{name}: this file is never released" in finds


def test_archives_and_file_names_are_searched(tiny: Assignment, clean: Path) -> None:
    np.savez(clean / "extra.npz", notes=np.array(["answer1 = 'B'"]))
    np.savez(clean / "more.npz", **{"n_images = 4": np.zeros(1)})
    (clean / "answer1=B").write_text("")
    finds = leaks(clean, tiny)
    for where in ("extra.npz: question quiz", "more.npz: question constants", "file names: question quiz"):
        assert [find for find in finds if find.startswith(where)], where


def test_an_answer_that_the_markers_overlooked_is_found(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search does not trust the code that removes solutions: here that code only hides markers."""
    from autograder.release import markers, source

    monkeypatch.setattr(
        source, "convert_code", lambda text: markers.Versions(text.replace("# SOL", "# "), "")
    )
    monkeypatch.setattr(source, "convert_markdown", lambda text: markers.Versions(text, ""))
    with pytest.raises(student.LeakError, match="question constants: a solution"):
        student.build(tiny, tmp_path / "out", data, checkpoint)
