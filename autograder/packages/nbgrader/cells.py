"""Writes a result into the notebook that nbgrader keeps and shows to whoever grades by hand.

Pure functions on notebooks. Of a hand-in's saved outputs only text and pictures stay: they are shown in a
browser.
"""

from __future__ import annotations

import base64
import copy
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import nbformat
from nbformat import NotebookNode

from autograder.hosts import told
from autograder.packages.nbgrader.restore import grade_id
from autograder.result import QuestionResult, Result

_PICTURES: Final = ("image/png", "image/jpeg")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=\s]*")


def changed(submitted: NotebookNode, restored: NotebookNode, known: Mapping[str, NotebookNode]) -> list[str]:
    """Say which locked cells had been changed or removed, a sentence each.

    Args:
        submitted: as it was handed in.
        restored: the same, after nbgrader has restored it.
        known: nbgrader's cells by `grade_id`, as they were handed out.
    """
    before = {grade_id(cell): cell for cell in submitted.cells}
    if not before.keys() & known.keys():
        return ["The notebook had lost nbgrader's metadata; its cells were recognised without them."]
    said = []
    for id in (grade_id(cell) for cell in restored.cells):
        locked = id in known and known[id].metadata["nbgrader"]["locked"]
        if locked and (before[id].source, before[id].cell_type) != (known[id].source, known[id].cell_type):
            said.append(f"The locked cell `{id}` had been changed; it was restored as it was handed out.")
    missing = [id for id in known if id not in before and known[id].metadata["nbgrader"]["locked"]]
    said += (f"The locked cell `{id}` had been removed; it was put back." for id in missing)
    return said


def fill(notebook: NotebookNode, result: Result, known: Mapping[str, NotebookNode]) -> None:
    """Put points, figures and remarks into a notebook, in place.

    Every graded cell gets an output that nbgrader reads as a number of points; those that are missing are
    added. What waits for a person is told to the gradebook, not here.

    Args:
        notebook: that was graded.
        result: its result.
        known: nbgrader's cells by `grade_id`, as they were handed out.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = list(_harmless(cell.get("outputs", [])))
    questions = {question.id: question for question in result.questions}
    owned = list(notebook.cells)  # The result's numbers of cells are those of the notebook as it is now.
    for id, template in known.items():
        if template.metadata["nbgrader"]["grade"] or template.metadata["nbgrader"]["task"]:
            _complete(notebook, owned, template, questions.get(id))
    for cell in notebook.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and metadata.get("grade") and not metadata.get("solution"):
            cell.outputs = list(_outputs(questions.get(metadata["grade_id"]), metadata["points"]))
            cell.execution_count = 1
    said = [*filter(None, [result.reason]), *result.notes]
    if said:
        lines = "\n".join(f"* {told.markdown(line)}" for line in said)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(f"**Remarks of the grader**\n\n{lines}"))


def _harmless(outputs: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    for output in outputs:
        kind, data = output.get("output_type"), output.get("data", {})
        if kind in ("stream", "error"):
            yield output
        elif kind in ("display_data", "execute_result"):
            shown = {name: text for name, text in data.items() if _is_shown(name, text)}
            yield nbformat.v4.new_output("display_data", data=shown)


def _is_shown(kind: str, content: object) -> bool:
    """Whether it is text, or a picture's bytes as they have to be written."""
    text = "".join(map(str, content)) if isinstance(content, list) else content
    if kind == "text/plain" or kind not in _PICTURES:
        return kind == "text/plain"
    return isinstance(text, str) and _BASE64.fullmatch(text) is not None


def _complete(
    notebook: NotebookNode,
    owned: Sequence[NotebookNode],
    template: NotebookNode,
    question: QuestionResult | None,
) -> None:
    """Give a question its graded cell, if the notebook has lost it."""
    metadata = template.metadata["nbgrader"]
    if any(grade_id(cell) == metadata["grade_id"] for cell in notebook.cells):
        return
    places = [place for place in (question.cells if question else ()) if place < len(owned)]
    last = owned[places[-1]] if places else None
    fits = last is not None and metadata["solution"] and last.cell_type == template.cell_type
    if last is not None and fits and "nbgrader" not in last.metadata:
        last.metadata["nbgrader"] = dict(metadata)
        return
    new = copy.deepcopy(template)
    place = next((at for at, cell in enumerate(notebook.cells) if cell is last), len(notebook.cells) - 1)
    notebook.cells.insert(place + 1, new)


def _outputs(question: QuestionResult | None, points: float) -> Iterator[NotebookNode]:
    """The number first, for nbgrader reads the first; then what the checks found."""
    earned = question.earned if question is not None and math.isfinite(question.earned) else 0.0
    number = {"text/plain": repr(float(min(max(earned, 0.0), points)))}
    yield nbformat.v4.new_output("execute_result", data=number, execution_count=1)
    if question is None:
        return
    for part in told.parts(question):
        lines = told.lines(part)
        if lines:
            yield nbformat.v4.new_output("stream", name="stdout", text="\n".join(lines) + "\n")
        for caption, picture in told.pictures(part):
            yield nbformat.v4.new_output("stream", name="stdout", text=f"{caption}\n")
            data = {"text/plain": caption, "image/png": base64.b64encode(picture.png).decode("ascii")}
            yield nbformat.v4.new_output("display_data", data=data)
