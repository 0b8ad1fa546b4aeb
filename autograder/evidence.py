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


@dataclass(frozen=True)
class Mapping:
    """A dict with keys that are strings or numbers, or a Keras `History` (its `history`).

    Attributes:
        items: (key as text, value), in order.
    """

    items: tuple[tuple[str, Value], ...]
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


Value = Missing | Scalar | Array | Sequence | Mapping | Layer | Model | Opaque


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, eq=False)
class Image:
    """What one image-drawing call was given, before matplotlib clipped or scaled it.

    Attributes:
        pixels: (H, W), (H, W, 3) or (H, W, 4), the dtype that was passed.
        call: "imshow", "matshow", "pcolormesh", "contourf", …
        cmap: colormap name, "" if none was named.
        vmin, vmax: limits of the colour scale if they were given, in the call or later.
        flipped: True when the first row is drawn at the bottom (origin="lower", pcolormesh, contourf).
    """

    pixels: AnyArray
    call: str
    cmap: str = ""
    vmin: float | None = None
    vmax: float | None = None
    flipped: bool = False


@dataclass(frozen=True, eq=False)
class Line:
    """One line of `plot` (`step`, `errorbar`, `semilogy`, … included), or points.

    A stem plot is the line of its heads; `axhline` and its kind are lines of two points that end where the
    Axes does.

    Attributes:
        x, y: (N,) float64 as they were given, N > 0, NaN and infinities included; strings and dates are
            numbered as matplotlib numbers them.
        label: its entry in a legend (`legend(["train"])` names lines that have no label of their own), else
            its own label, else "".
        color: "#rrggbb", "" when points differ.
        points: True for a `scatter`, and for markers that no line connects.
    """

    x: AnyArray
    y: AnyArray
    label: str = ""
    color: str = ""
    points: bool = False


@dataclass(frozen=True, eq=False)
class Bars:
    """What one `bar` or `barh` call drew.

    Attributes:
        positions: (N,) centres along the category axis, float64.
        lengths: (N,) heights of `bar`, widths of `barh`, float64, may be negative or NaN.
        starts: (N,) where they begin (`bottom` or `left`), float64.
        horizontal: True for `barh`.
        colors: "#rrggbb" of each bar.
        label: as of a `Line`.
    """

    positions: AnyArray
    lengths: AnyArray
    starts: AnyArray
    horizontal: bool = False
    colors: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, eq=False)
class Histogram:
    """One data set of one `hist` call (or `stairs`, or an area filled in steps, of a histogram's counts).

    Attributes:
        values: (N,) what was given, float64; empty when only counts were, also as unequal weights.
        edges: (B + 1,) float64, ascending.
        counts: (B,) heights as drawn, float64; its own also where it is stacked on others.
        color: "#rrggbb", or "".
        label: as of a `Line`.
    """

    values: AnyArray
    edges: AnyArray
    counts: AnyArray
    color: str = ""
    label: str = ""


@dataclass(frozen=True)
class Words:
    """A string written into an Axes.

    Attributes:
        x, y: where, in the Axes' data coordinates; of an annotation, the place that it is about.
        text: what.
        color: "#rrggbb", or "".
    """

    x: float
    y: float
    text: str
    color: str = ""


@dataclass(frozen=True)
class Axis:
    """The x or y axis of an Axes.

    Attributes:
        label: the words beside it (also `Axes.xlabel`, `Axes.ylabel`).
        ticks: (position in data coordinates, words) of its labelled major ticks within the limits; those
            of shared axes also where only an outer Axes shows them.
        scale: "linear", "log", …
        limits: as drawn, the first at the left or bottom; so an inverted axis has the larger one first.
    """

    label: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    scale: str = "linear"
    limits: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Axes:
    """One Axes of a figure.

    Attributes:
        position: (left, bottom, width, height) as fractions of the figure.
        images: in drawing order.
        title, xlabel, ylabel: the words around it; labels that a figure's Axes share are those of each.
        texts: strings written into it.
        decoration: True for a colorbar and the like: not a panel.
        title_color: "#rrggbb", "" for the default.
        lines, bars, histograms: in drawing order; bars that `hist` draws are in `histograms` only.
        words: the visible ones of `texts` again, with their places.
        x, y: the axes. Twins (`twinx`) are Axes of their own at the same position.
        legend: its entries' words, in order.
        legend_title: what stands above them.
        others: class names of visible things in it of which nothing else is said here (contour lines, pies,
            filled areas, surfaces, tables): it may show more than is known.
    """

    position: tuple[float, float, float, float]
    images: tuple[Image, ...] = ()
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    texts: tuple[str, ...] = ()
    decoration: bool = False
    title_color: str = ""
    lines: tuple[Line, ...] = ()
    bars: tuple[Bars, ...] = ()
    histograms: tuple[Histogram, ...] = ()
    words: tuple[Words, ...] = ()
    x: Axis = Axis()
    y: Axis = Axis()
    legend: tuple[str, ...] = ()
    legend_title: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure as its calls made it; never rendered pixels.

    Attributes:
        cell: index of the notebook cell during which it was finished.
        axes: in order of creation.
        suptitle: the figure's own title.
        size: (width, height) in inches.
        ended: what finished it: "show", "savefig", "close", "display", or "cell" (left open).
        incomplete: something of it was too large to be kept, or it could not be read: what is not here may
            have been drawn all the same.
    """

    cell: int
    axes: tuple[Axes, ...]
    suptitle: str = ""
    size: tuple[float, float] = (6.4, 4.8)
    ended: str = "cell"
    incomplete: bool = False


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
        trained: by name, the networks that were handed in beside the notebook.
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
    trained: dict[str, Trained] = field(default_factory=dict)
    complete: bool = False
    running_cell: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
