"""A class to try the grader on: right and wrong submissions of `investigating-cnns`, made by editing.

Every submission starts as the built student notebook; its blanks are filled from the reference solution, then
one thing is changed. Each edit says what it must cost, so that the demo proves the grader, and tests can
use it as their class. Grades nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine import build, submissions
from autograder.engine import run as runs
from autograder.release import source
from autograder.result import Result

ASSIGNMENT = "investigating-cnns"
CELL_SECONDS = 30.0
"""The demo's limit of a cell: enough for a cold import of TensorFlow, short for an endless loop."""

Notebook = Any
Change = Callable[[Notebook], None]


@dataclass(frozen=True)
class Student:
    """One member of the demo's class.

    Attributes:
        name: of the file, and what was done.
        changes: edits of the right notebook, in order.
        lost: by question, the share of its points that must be lost; everything else must be earned.
        graded: False when it cannot be graded at all.
    """

    name: str
    changes: tuple[Change, ...] = ()
    lost: Mapping[str, float] = field(default_factory=dict)
    graded: bool = True


@dataclass(frozen=True)
class Line:
    """One row of the demo's table, ready to print."""

    name: str
    points: str
    pending: str
    lost: str
    expected: bool


def replaced(question: str, old: str, new: str) -> Change:
    """Replace code in a question's cells; the old code must be there, else the demo is out of date."""

    def change(notebook: Notebook) -> None:
        cells = [
            cell
            for cell in notebook.cells
            if cell.metadata.get("question") == question and old in cell.source
        ]
        if not cells:
            raise ValueError(f"the demo is out of date: {old!r} is not in question {question}")
        for cell in cells:
            cell.source = cell.source.replace(old, new)

    return change


def given(old: str, new: str) -> Change:
    """Replace code in a cell that belongs to no question."""

    def change(notebook: Notebook) -> None:
        cells = [cell for cell in notebook.cells if "question" not in cell.metadata and old in cell.source]
        if not cells:
            raise ValueError(f"the demo is out of date: {old!r} is not in the given cells")
        for cell in cells:
            cell.source = cell.source.replace(old, new)

    return change


def body(question: str, code: str) -> Change:
    """Replace the last code cell of a question."""

    def change(notebook: Notebook) -> None:
        cells = [cell for cell in notebook.cells if cell.metadata.get("question") == question]
        cells[-1].source = code

    return change


def without_metadata(notebook: Notebook) -> None:
    """What Colab and copy and paste leave of a notebook: its cells, not their metadata."""
    notebook.metadata.clear()
    for cell in notebook.cells:
        cell.metadata.clear()


def written_elsewhere(notebook: Notebook) -> None:
    """The same exercise as somebody else would hold it: no metadata, no released prose, cells merged."""
    without_metadata(notebook)
    merged: list[Any] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "In your own words" not in cell.source:
            continue
        previous = merged[-1] if merged else cell
        plain = not any(mark in previous.source + cell.source for mark in ("plt.", "plot_", "edTest"))
        if merged and plain and previous.cell_type == cell.cell_type == "code":
            previous.source += "\n\n" + cell.source
        else:
            merged.append(cell)
    notebook.cells = merged


_OWN_FILTERS = """\
order = np.random.permutation(32)
for start in (0, 16):
    figure = plt.figure(figsize=(6, 6))
    for place, index in enumerate(order[start:start + 16]):
        panel = figure.add_subplot(4, 4, place + 1)
        kernel = weights[..., index]
        panel.imshow(((kernel - kernel.min()) / np.ptp(kernel) * 255).astype("uint8"))
        panel.set_xticks([]); panel.set_yticks([])
    figure.suptitle("learned filters")
    figure.savefig("filters.png")
    plt.close(figure)
"""

_OWN_KERNELS = """\
%matplotlib inline
figure, panels = plt.subplots(3, 1)
for panel, channel in zip(panels, (2, 1, 0)):
    drawn = panel.pcolormesh(kernels_filter1[:, :, channel], cmap="gray")
    panel.invert_yaxis()
    figure.colorbar(drawn, ax=panel)
figure
"""

_OWN_MAPS = """\
%%time
feature_maps = feature_model(image).numpy()
for k in range(32):
    plt.subplot(8, 4, k + 1)
    plt.imshow(feature_maps[0, :, :, k], cmap="viridis")
    plt.axis("off")
plt.tight_layout()
"""

CLASS: tuple[Student, ...] = (
    Student("right"),
    Student(
        "right-own-style",
        (
            body("all_filters", _OWN_FILTERS),
            body("kernel_figure", _OWN_KERNELS),
            body("feature_maps", _OWN_MAPS),
            replaced("kernels_in_a_filter", '"C"', '" c) "'),
            replaced("which_part", '"No"', '"no"'),
            replaced(
                "first_layer_weights",
                "model.layers[0].get_weights()",
                "[w.numpy() for w in model.weights[:2]]",
            ),
            replaced("layers_list", "model.layers", "[layer for layer in model.layers]"),
        ),
    ),
    Student("right-from-colab", (without_metadata,)),
    Student("right-written-elsewhere", (written_elsewhere,)),
    Student(
        "wrong-layer",
        (replaced("feature_maps", "layers_list[0]", "layers_list[2]"),),
        {"feature_maps": 1},
    ),
    Student(
        "wrong-image",
        (given("x_test[16:17]", "x_test[17:18]"),),
        {"feature_maps": 2 / 3, "activation_maps": 2 / 3, "grad_cam": 1},
    ),
    Student(
        "transposed-kernels",
        (replaced("all_filters", "weights[:, :, :, index]", "weights[:, :, :, index].transpose(1, 0, 2)"),),
        {"all_filters": 1},
    ),
    Student(
        "filters-not-scaled",
        (replaced("filter_figure", "(array - array.min()) / (array.max() - array.min())", "array"),),
        {"filter_figure": 1, "all_filters": 1},
    ),
    Student(
        "filters-repeated",
        (replaced("all_filters", "weights[:, :, :, index]", "weights[:, :, :, index % 16]"),),
        {"all_filters": 1},
    ),
    Student(
        "channels-on-the-wrong-axis",
        (replaced("kernel_figure", "kernels_filter1[:, :, channel]", "kernels_filter1[channel]"),),
        {"kernel_figure": 1},
    ),
    Student(
        "untrained-network",
        (
            given(
                "model = cnn_model()",
                "model = keras.models.clone_model(cnn_model())\n"
                "model.compile(loss='categorical_crossentropy', metrics=['accuracy'])",
            ),
        ),
        {
            "evaluate_model": 1,
            "predictions": 1,
            "first_layer_weights": 3 / 4,
            "first_filter": 1,
            "kernel_figure": 1,
            "filter_figure": 1,
            "all_filters": 1,
            "feature_maps": 1,
            "activation_maps": 1,
            "grad_cam": 1,
        },
    ),
    Student(
        "quiz-answers-swapped",
        (
            replaced("kernels_in_a_filter", '"C"', '"D"'),
            replaced("filters_or_maps", '"D"', '"C"'),
            replaced("which_part", '"No"', '"Yes"'),
        ),
        {"kernels_in_a_filter": 1, "filters_or_maps": 1, "which_part": 1},
    ),
    Student(
        "wrong-types",
        (
            replaced("filter_shape", "n_filters = weights.shape[3]", "n_filters = 'many'"),
            replaced(
                "first_filter",
                "kernels_filter1 = weights[:, :, :, 0]",
                "kernels_filter1 = weights[:, :, :, 0] * np.nan",
            ),
        ),
        {"filter_shape": 1 / 4, "first_filter": 1, "kernel_figure": 1, "filter_figure": 1},
    ),
    Student(
        "crash-in-the-middle",
        (replaced("layers_list", "layers_list = model.layers", "layers_list = model.layer"),),
        {"layers_list": 1, "feature_maps": 1, "activation_maps": 1, "grad_cam": 1},
    ),
    Student(
        "endless-loop",
        (replaced("filter_shape", "n_filters = weights.shape[3]", "while True:\n    pass"),),
        {"filter_shape": 1},
    ),
    Student(
        "kernel-died",
        (body("kernel_figure", "import os\nos._exit(1)"),),
        {"kernel_figure": 1},
    ),
    Student("not-a-notebook", graded=False),
)


def write_class(student_notebook: Path, assignment: Assignment, folder: Path) -> list[Path]:
    """Write the class's submissions, and the untouched notebook as `blank.ipynb`.

    Args:
        student_notebook: as `loupe build` wrote it.
        assignment: whose solution fills the blanks.
        folder: of the submissions; made if need be.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    answers = source.read(assignment.source).solution()
    written = []
    for member in CLASS:
        path = folder / f"{member.name}.ipynb"
        if member.graded:
            notebook = nbformat.read(student_notebook, as_version=4)
            for cell, answer in zip(notebook.cells, answers.cells, strict=True):
                cell.source = answer.source
            for change in member.changes:
                change(notebook)
            nbformat.write(notebook, path)
        else:
            path.write_text("Dear professor, the notebook is in the attachment.\n", encoding="utf-8")
        written.append(path)
    blank = folder / "blank.ipynb"
    blank.write_bytes(student_notebook.read_bytes())
    return [*written, blank]


def run(
    assignment: Assignment, folder: Path, *, jobs: int | None, progress: bool, say: Callable[[str], None]
) -> list[Line]:
    """Build, make the class, grade it into `folder/grades`, and compare with what each edit must cost."""
    built = dict(build.build(assignment, folder / "dist", solution=True, say=say))
    written = write_class(built["student"], assignment, folder / "submissions")
    say(f"grading {len(written)} submissions …")
    graded = runs.grade(
        assignment,
        submissions.find(written),
        folder / "grades",
        jobs=jobs,
        limits=Limits(cell_seconds=CELL_SECONDS, notebook_seconds=600.0),
        progress=progress,
    )
    return [line(result) for result in graded.results]


def line(result: Result) -> Line:
    """What a submission lost, and whether that is what its edit must cost."""
    if result.status == "ungraded":
        return Line(result.submission, "not graded", "", result.reason, not _member(result.submission).graded)
    lost = dict(losses(result))
    return Line(
        result.submission,
        f"{result.earned:g} of {result.points:g}",
        f"{result.pending:g}" if result.pending else "",
        ", ".join(f"{question} −{points:g}" for question, points in lost.items()) or "nothing",
        lost == dict(expected_losses(result)),
    )


def losses(result: Result) -> Iterator[tuple[str, float]]:
    """Points lost by question; points that a person has still to give are not lost."""
    for question in result.questions:
        lost = round(question.points - question.earned - question.pending, 2)
        if lost:
            yield question.id, lost


def expected_losses(result: Result) -> Iterator[tuple[str, float]]:
    """Points that this member of the class must lose, by question."""
    for question in result.questions:
        share = 1.0 if result.submission == "blank" else _member(result.submission).lost.get(question.id, 0.0)
        if share:
            yield question.id, round(question.points * share, 2)


def _member(name: str) -> Student:
    return next(member for member in CLASS if member.name == name)
