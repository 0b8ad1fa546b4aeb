"""Submissions of `investigating-cnns` in unusual but right styles, and wrong ones with one mistake a question.

Each is the solution with some questions answered anew. Code only, in the words of students; what it has to
earn is said beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

Cells = tuple[str | None, ...]
"""New sources of a question's cells, in order; None keeps one, further ones are cells the student added."""


@dataclass(frozen=True)
class Submission:
    """One notebook.

    Attributes:
        answers: by question; the others keep the solution's cells.
        arrange: what is done with the whole notebook afterwards.
        expected: by question, what its panels, values or answer must be found to be, and the points it
            earns; every other question earns all of its points.
        pending: by question, points left to a person.
    """

    answers: Mapping[str, Cells]
    arrange: Callable[[Any, Any], Any] = lambda notebook, released: notebook
    expected: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    pending: Mapping[str, float] = field(default_factory=dict)


def code(source: str) -> Any:
    """A code cell without metadata."""
    return nbformat.v4.new_code_cell(source)


def write(submission: Submission, released: Any, solution: Any, path: Path) -> None:
    """Make the notebook; `released` and `solution` are the student's and the solution's."""
    notebook = nbformat.from_dict(json.loads(json.dumps(released)))
    for cell, answer in zip(notebook.cells, solution.cells, strict=True):
        cell.source = answer.source
    for question, sources in submission.answers.items():
        places = [
            place for place, cell in enumerate(notebook.cells) if cell.metadata.get("question") == question
        ]
        for place, source in zip(places, sources, strict=False):
            if source is not None:
                notebook.cells[place].source = source.strip()
        added = [code(source.strip()) for source in sources[len(places) :] if source]
        notebook.cells[places[-1] + 1 : places[-1] + 1] = added
        for place in reversed(places[len(sources) :]):
            del notebook.cells[place]
    path.write_text(json.dumps(submission.arrange(notebook, released)), encoding="utf-8")


# ---------------------------------------------------------------- whole notebooks


def from_colab(notebook: Any, released: Any) -> Any:
    """Stripped of metadata, with the first cells that notebooks from there have."""
    notebook.metadata = {"colab": {"provenance": []}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"id": f"x{number}", "colab": {"base_uri": "https://localhost:8080/"}}
    first = ["!pip install -q tensorflow\n%matplotlib inline", "from google.colab import drive"]
    notebook.cells = [*map(code, first), *notebook.cells]
    return notebook


def with_experiments(notebook: Any, released: Any) -> Any:
    """Own cells in between, one of which fails; an untouched spare copy before each answered cell; names reused."""
    spare = {}
    for number, cell in enumerate(released.cells):
        if cell.cell_type == "code" and cell.metadata.get("question"):
            spare[number] = cell
    cells: list[Any] = []
    place = -1
    for cell in notebook.cells:
        place += "id" in cell and cell.metadata.get("question") is not None
        cells.append(cell)
    for number in sorted(spare, reverse=True):
        copy = nbformat.from_dict(json.loads(json.dumps(spare[number])))
        copy.id = f"spare-{number}"
        cells.insert(number, copy)
    cells.insert(5, code("plt.plot([1, 2, 3])\n[0][1]"))
    cells.insert(4, code("import asyncio\nawait asyncio.sleep(0)\nplt.style.use('ggplot')"))
    cells.append(
        code(
            "weights = None\nanswer1 = 'A'\nplot_featuremaps(x_test[3:4], feature_model(x_test[3:4]), ['x'])"
        )
    )
    notebook.cells = cells
    return notebook


def in_one_cell(notebook: Any, released: Any) -> Any:
    """All code in a single cell, the written answer below it; no metadata."""
    written = [cell for cell in notebook.cells if "In your own words" in cell.source]
    source = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    notebook.cells = [code(source), *written]
    notebook.metadata = {}
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def at_the_end(notebook: Any, released: Any) -> Any:
    """The released cells are untouched; all answers follow in new cells, in format 3."""
    answers = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.metadata.get("question")]
    again = nbformat.from_dict(json.loads(json.dumps(released)))
    again.cells = [
        answered if "In your own words" in cell.source else cell
        for cell, answered in zip(again.cells, _aligned(notebook, again), strict=True)
    ]
    again.cells += [code(cell.source) for cell in answers]
    return nbformat.convert(again, 3)


def _aligned(notebook: Any, released: Any) -> list[Any]:
    written = next(cell for cell in notebook.cells if "In your own words" in cell.source)
    return [written] * len(released.cells)
