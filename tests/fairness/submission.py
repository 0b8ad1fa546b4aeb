"""Submissions of `investigating-cnns`: right ones in unusual styles, wrong ones with one mistake a question.

Each is the solution with some questions answered anew, in the words of students; what it has to earn is
said beside it. Data only: `test_fairness.py` grades them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat

Cells = tuple[str | None, ...]
"""New sources of a question's cells, in order; None keeps one, further ones are cells the student added."""


@dataclass(frozen=True)
class Submission:
    """One notebook.

    Attributes:
        answers: by question; the others are answered as in the solution.
        arrange: what is done with the whole notebook afterwards, given it and the released one.
        wrong: by question, the points it earns and what its mistake is found to be.
        pending: by question, points left to a person.
    """

    answers: Mapping[str, Cells]
    arrange: Callable[[Any, Any], Any] = lambda notebook, released: notebook
    wrong: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    pending: Mapping[str, float] = field(default_factory=dict)

    def notebook(self, released: Any, solution: Any) -> Any:
        """The submitted notebook, from what was released and from its solution."""
        notebook = copy.deepcopy(released)
        for cell, answer in zip(notebook.cells, solution.cells, strict=True):
            cell.source = answer.source
        for question, sources in self.answers.items():
            places = [place for place, cell in enumerate(notebook.cells) if _of(cell) == question]
            for place, source in zip(places, sources, strict=False):
                notebook.cells[place].source = (source or notebook.cells[place].source).strip()
            added = [_code(source.strip()) for source in sources[len(places) :] if source]
            notebook.cells[places[-1] + 1 : places[-1] + 1] = added
            for place in reversed(places[len(sources) :]):
                del notebook.cells[place]
        return self.arrange(notebook, released)


def _code(source: str) -> Any:
    return nbformat.v4.new_code_cell(source)


def _of(cell: Any) -> str:
    return str(cell.metadata.get("question", ""))


def from_colab(notebook: Any, released: Any) -> Any:
    """Without our metadata, with that of Colab and what its notebooks begin with."""
    notebook.metadata = {"colab": {"provenance": []}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata = {"id": f"x{number}", "colab": {"base_uri": "https://localhost:8080/"}}
    first = ["!pip install -q tensorflow\n%matplotlib inline", "from google.colab import drive"]
    notebook.cells = [*map(_code, first), *notebook.cells]
    return notebook


def with_experiments(notebook: Any, released: Any) -> Any:
    """A spare copy, untouched, before the answers; own cells, of which one fails; names used again later."""
    spare = {_of(cell): cell for cell in reversed(released.cells) if cell.cell_type == "code"}
    cells: list[Any] = [
        notebook.cells[0],
        _code("import asyncio\nawait asyncio.sleep(0)"),
    ]
    for cell in notebook.cells[1:]:
        if cell.cell_type == "code" and _of(cell) and _of(cell) in spare:
            cells.append({**spare.pop(_of(cell)), "id": f"spare-{len(cells)}"})
            cells.append(_code("plt.plot([1, 2, 3])\n[0][1]") if len(cells) < 9 else _code("1 + 1"))
        cells.append(cell)
    cells.append(_code("weights = None\nanswer1 = 'A'\nplot_featuremaps(x_test[3:4], feature_maps, ['x'])"))
    notebook.cells = [nbformat.from_dict(cell) for cell in cells]
    return notebook


def in_one_cell(notebook: Any, released: Any) -> Any:
    """All code in a single cell, the written answer below it, no metadata."""
    source = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    written = [cell for cell in notebook.cells if _of(cell) == "relu"]
    notebook.cells = [_code(source), *written]
    for part in (notebook, *notebook.cells):
        part.metadata = {}
    return notebook


def at_the_end(notebook: Any, released: Any) -> Any:
    """The released cells untouched, all answers in new cells at the end; saved in format 3."""
    answers = [_code(cell.source) for cell in notebook.cells if cell.cell_type == "code" and _of(cell)]
    written = next(cell for cell in notebook.cells if _of(cell) == "relu")
    handed_out = [written if _of(cell) == "relu" else cell for cell in copy.deepcopy(released).cells]
    notebook.cells = [*handed_out, *answers]
    return nbformat.convert(notebook, 3)
