"""All that one execution of one submission showed, by question; nothing that it says about its own score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autograder.evidence.figures import Figure, Rendered
from autograder.evidence.values import Missing, Model, Value


@dataclass(frozen=True)
class CellError:
    """Why a cell did not finish.

    Attributes:
        cell: its index in the notebook.
        kind: "exception", "timeout" (the cell's limit), "killed" (the process died in it), "skipped".
        name: the exception's class, "" otherwise.
        message: its message, shortened, plain text.
        line: 1-based line in the cell, 0 if unknown.
        source: that line's text.
    """

    cell: int
    kind: Literal["exception", "timeout", "killed", "skipped"]
    name: str = ""
    message: str = ""
    line: int = 0
    source: str = ""


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network that was handed in beside the notebook, read before any student code ran.

    Attributes:
        model: as a captured one.
        history: by metric ("loss", "val_accuracy", …), one number an epoch; empty when none was handed in.
    """

    model: Model
    history: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass
class Returned:
    """What a call of the judge's (`Call`) did.

    Attributes:
        value: what the function returned; Missing when there is no such function or it raised.
        figures: that it drew.
        error: what it raised, or "": one line.
        changed: it changed an array that it was given.
    """

    value: Value = field(default_factory=Missing)
    figures: list[Figure] = field(default_factory=list)
    error: str = ""
    changed: bool = False


@dataclass
class QuestionEvidence:
    """All that was seen of one question.

    Attributes:
        id: the question's id.
        matched_by: "metadata", "marks", "names", "text", "position", or "" when no cell was found.
        cells: indices of its cells in the submitted notebook.
        source: the submitted source of those cells, joined.
        untouched: the cells still hold exactly what was released.
        blanks: a blank `___` is still there.
        values: by name, captured right after the question's cells ran.
        figures: finished while its cells ran.
        errors: of its cells.
        text: of a written answer.
        outputs: the text that the submitted file had saved under these cells, joined; only ever compared
            with what was seen here.
        returned: by `Call.id`, of the calls that belong to it.
        trained: by name, the networks that were handed in (the same for every question).
        rendered: pictures saved under its cells.
        unread: where nothing is executed, why others are not among them, each completing "It was not looked
            at: …".
        loose_rendered: saved pictures that may be of any question, as `Evidence.loose_figures` (the same for
            every question).
    """

    id: str
    matched_by: str = ""
    cells: tuple[int, ...] = ()
    source: str = ""
    untouched: bool = False
    blanks: bool = False
    values: dict[str, Value] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    text: str = ""
    outputs: str = ""
    returned: dict[str, Returned] = field(default_factory=dict)
    trained: dict[str, Trained] = field(default_factory=dict)
    rendered: list[Rendered] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    loose_rendered: list[Rendered] = field(default_factory=list)


@dataclass
class Evidence:
    """What one execution of one submission showed.

    Attributes:
        questions: by id; every question of the plan has an entry.
        loose_figures: figures that may belong to another question than their cell's: of cells without a
            question, or recognised by their text or position only, and all while a question was not found.
        loose_rendered: saved pictures of which the same holds.
        notes: remarks about the notebook for people ("metadata stripped; questions matched by names").
        errors: of all cells, in order.
        failure: why nothing could be executed at all ("not JSON"), or "".
        trained: by name, the networks that were handed in beside the notebook.
        complete: the worker reached the notebook's end.
        running_cell: the cell that was running when the stream ended, or None.
        seconds: "start" (imports), "cells" (the student's own) and "capture", where the worker told them;
            "cpu" and "lock" as the launcher measured them; "gpu", how long a place on a GPU was held.
        versions: of python, tensorflow, keras, numpy, matplotlib in the worker.
    """

    questions: dict[str, QuestionEvidence] = field(default_factory=dict)
    loose_figures: list[Figure] = field(default_factory=list)
    loose_rendered: list[Rendered] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    failure: str = ""
    trained: dict[str, Trained] = field(default_factory=dict)
    complete: bool = False
    running_cell: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
