"""What is handed in on every host: the same answers, in the notebook that the host gave to students."""

from __future__ import annotations

from typing import Any, Final

from nbformat import v4

from autograder import demo
from autograder.course import Assignment
from autograder.release import source
from tests.classes import deconstructing_cnns, evaluating_cnns, mnist_cnn, weights_and_activations

GUIDED: Final = demo.ASSIGNMENT
TRAINING: Final = tuple(
    module.CLASS.assignment
    for module in (deconstructing_cnns, evaluating_cnns, mnist_cnn, weights_and_activations)
)
"""Assignments for which trained networks are handed in, too."""

RIGHT: Final = "right"
BLANK: Final = "blank"
ELSEWHERE: Final = "right-written-elsewhere"
ODD: Final = (
    ELSEWHERE,
    "wrong-image",
    "transposed-kernels",
    "quiz-answers-swapped",
    "wrong-types",
    "crash-in-the-middle",
)
"""Members of the demo's class, besides the right and the blank one, that every host gets."""

HANDED_IN: Final = {GUIDED: (RIGHT, BLANK, *ODD), **dict.fromkeys(TRAINING, (RIGHT, BLANK))}
"""By assignment, the names of the submissions that all hosts have to agree about."""

Notebook = Any


def answer(notebook: Notebook, assignment: Assignment) -> None:
    """Put the author's solution into a notebook that students got."""
    answers = {cell.id: cell.source for cell in source.read(assignment.source).solution().cells}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)


def change(notebook: Notebook, name: str) -> None:
    """Make an answered notebook of the guided assignment that of a member of the demo's class."""
    (member,) = (one for one in demo.CLASS if one.name == name)
    for edit in member.changes:
        edit(notebook)
    if name == ELSEWHERE:
        _as_colab_and_kaggle_do(notebook)


def _as_colab_and_kaggle_do(notebook: Notebook) -> None:
    """Their cells, forms and metadata; Ed's marks are in the assignment already."""
    assert any("### edTest(" in cell.source for cell in notebook.cells)
    notebook.metadata = {"colab": {"provenance": []}, "accelerator": "GPU"}
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"id": f"x{number}", "colab": {"base_uri": "https://localhost:8080/"}}
    form = "#@title Set up\n!pip install -q tensorflow\nfrom google.colab import drive"
    folder = "drive.mount('/content/drive')\nimport os\nos.chdir('/kaggle/working')"
    notebook.cells = [*map(v4.new_code_cell, (form, folder)), *notebook.cells]
