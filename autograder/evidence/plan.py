"""The way in, from judge to worker: how to recognise questions and what to capture; never an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class QuestionPlan:
    """How to recognise a question's cells in a submitted notebook, and what to capture there.

    Everything here can be read in the student notebook; nothing of it is an answer.

    Attributes:
        id: the question's id.
        kind: "code", or "written" for a Markdown answer.
        capture: variable names to capture after the question's cells ran.
        names: names that the released cells assign or define, or that are asked for (for matching).
        marks: edTest marks, for example "test_chow1".
        text: the released source of the question's cells (for matching, and for "untouched").
        position: index of the first released cell among the notebook's cells of the same type.
    """

    id: str
    kind: Literal["code", "written"]
    capture: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    text: str = ""
    position: int = 0


Training = Literal["run", "replay", "outputs"]
"""What happens to a notebook: "run" executes everything; "replay" bounds every `fit` to a few steps and then
puts the handed-in weights in place; "outputs" executes nothing and reads what was saved."""


@dataclass(frozen=True)
class Call:
    """A function of the notebook that is called after its last cell, with the judge's own inputs.

    Attributes:
        id: unique in the plan; names the record that comes back.
        question: whose figures and returned value these are.
        function: the name in the notebook.
        arguments: by position: numbers, strings, `{"array": nested lists, "dtype": "float32"}`, or
            `{"variable": name}` for what the notebook's variable holds. Inputs only; nothing of it is an
            answer.
    """

    id: str
    question: str
    function: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a worker is asked to do with one notebook.

    Attributes:
        assignment: its folder's name.
        questions: in the order of the notebook.
        cell_seconds: wall-clock limit of one cell; the cell is interrupted and the next one runs.
        skip_cells: indices of cells not to run (they killed or outlived an earlier attempt).
        released: sources of the released cells, code and Markdown, that belong to no question: what is
            neither there nor a question's is the student's own.
        training: see `Training`.
        calls: made after the last cell, each under the cells' time limit.
    """

    assignment: str
    questions: tuple[QuestionPlan, ...]
    cell_seconds: float = 120.0
    skip_cells: tuple[int, ...] = ()
    released: tuple[str, ...] = ()
    training: Training = "run"
    calls: tuple[Call, ...] = ()
