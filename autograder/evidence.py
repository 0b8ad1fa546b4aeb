"""What crosses between the worker, which runs student code, and the judge, which never does.

One way goes a `Plan` (what to capture; no answers), the other way a stream of frames: strict JSON plus
raw array bytes (`autograder.wire` packs and checks them). This module says what they mean. It is imported
by both sides, imports nothing of the project, and holds nothing a submission says about its own score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

AnyArray = NDArray[Any]


@dataclass(frozen=True)
class Limits:
    """How much a submission may send; beyond it the stream is cut and the rest is kept.

    Attributes:
        json_bytes: of one frame's JSON.
        array_bytes: of one frame's arrays.
        total_bytes: of the whole stream.
        frames: number of frames.
        depth: nesting of the JSON.
        text: characters kept of any one string.
    """

    json_bytes: int = 4_000_000
    array_bytes: int = 64_000_000
    total_bytes: int = 512_000_000
    frames: int = 20_000
    depth: int = 40
    text: int = 20_000


LIMITS = Limits()


class EvidenceError(Exception):
    """What arrived is not evidence: damaged, oversized or of the wrong form."""


# ---------------------------------------------------------------- the plan: judge → worker


@dataclass(frozen=True)
class QuestionPlan:
    """How to recognise a question's cells in a submitted notebook, and what to capture there.

    Everything here can be read in the student notebook; nothing of it is an answer.

    Attributes:
        id: the question's id.
        kind: "code", or "written" for a Markdown answer.
        capture: variable names to capture after the question's cells ran.
        names: names that the released cells assign or define (for matching).
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
    """

    assignment: str
    questions: tuple[QuestionPlan, ...]
    cell_seconds: float = 120.0
    skip_cells: tuple[int, ...] = ()
    released: tuple[str, ...] = ()


# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class Missing:
    """The name was never assigned."""

    python: str = "nothing"


@dataclass(frozen=True)
class Scalar:
    """None, a bool, a number (NaN and infinities included) or a string."""

    value: bool | int | float | str | None
    python: str


@dataclass(frozen=True, eq=False)
class Array:
    """A NumPy array, tensor or variable: kinds b, i, u, f only."""

    array: AnyArray
    python: str


@dataclass(frozen=True)
class Sequence:
    """A list or tuple whose items are values."""

    items: tuple[Value, ...]
    python: str


@dataclass(frozen=True, eq=False)
class Model:
    """A Keras model: its JSON config (untrusted text) and its weights in `get_weights()` order.

    Attributes:
        config: `model.to_json()`; to be walked against an allow-list before anything is built of it.
        weights: float arrays.
        python: its class.
        layers: (name, class) of each layer, for messages.
    """

    config: str
    weights: tuple[AnyArray, ...]
    python: str
    layers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Layer:
    """A Keras layer object, by its name and class."""

    name: str
    python: str


@dataclass(frozen=True)
class Opaque:
    """Something that does not cross: a function, an object, too large; `reason` says why."""

    python: str
    reason: str


Value = Missing | Scalar | Array | Sequence | Layer | Model | Opaque


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, eq=False)
class Image:
    """What one image-drawing call was given, before matplotlib clipped or scaled it.

    Attributes:
        pixels: (H, W), (H, W, 3) or (H, W, 4), the dtype that was passed.
        call: "imshow", "matshow", "pcolormesh", …
        cmap: colormap name, "" if none was named.
        vmin, vmax: limits of the colour scale if they were given.
        flipped: True when the first row is drawn at the bottom (origin="lower", pcolormesh).
    """

    pixels: AnyArray
    call: str
    cmap: str = ""
    vmin: float | None = None
    vmax: float | None = None
    flipped: bool = False


@dataclass(frozen=True, eq=False)
class Axes:
    """One Axes of a figure.

    Attributes:
        position: (left, bottom, width, height) as fractions of the figure.
        images: in drawing order.
        title, xlabel, ylabel: the words around it.
        texts: strings written into it.
        decoration: True for a colorbar and the like: not a panel.
    """

    position: tuple[float, float, float, float]
    images: tuple[Image, ...] = ()
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    texts: tuple[str, ...] = ()
    decoration: bool = False


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure as its calls made it; never rendered pixels.

    Attributes:
        cell: index of the notebook cell during which it was finished.
        axes: in order of creation.
        suptitle: the figure's own title.
        size: (width, height) in inches.
        ended: what finished it: "show", "savefig", "close", "display", or "cell" (left open).
    """

    cell: int
    axes: tuple[Axes, ...]
    suptitle: str = ""
    size: tuple[float, float] = (6.4, 4.8)
    ended: str = "cell"


# ---------------------------------------------------------------- the collected evidence


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


@dataclass
class Evidence:
    """What one execution of one submission showed.

    Attributes:
        questions: by id; every question of the plan has an entry.
        loose_figures: figures that may belong to another question than their cell's: of cells without a
            question, or recognised by their text or position only, and all while a question was not found.
        notes: remarks about the notebook for people ("metadata stripped; questions matched by names").
        errors: of all cells, in order.
        failure: why nothing could be executed at all ("not JSON"), or "".
        complete: the worker reached the notebook's end.
        running_cell: the cell that was running when the stream ended, or None.
        seconds: "start" (imports) and "cells", where the worker told them.
        versions: of python, tensorflow, keras, numpy, matplotlib in the worker.
    """

    questions: dict[str, QuestionEvidence] = field(default_factory=dict)
    loose_figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)
    failure: str = ""
    complete: bool = False
    running_cell: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
