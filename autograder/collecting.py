"""From a worker's records to typed `Evidence`: every field is checked, nothing is believed about scores.

Kinds of record (`kind`), in the order a worker sends them:

| kind | fields |
|---|---|
| versions | versions: {package: version} |
| note | text |
| failure | text: why nothing could be executed |
| matched | question, by, cells, source, untouched, blanks |
| text | question, text: a written answer without its prompt |
| cell_started | cell |
| value | question, name, value: {type: missing, scalar, array, sequence, layer, model or opaque, …} |
| figure | cell, axes, suptitle, size, ended |
| cell_ended | cell, error: null or {kind, name, message, line, source} |
| end | seconds: {part: seconds} |

A record that is not understood is left out with a note; a stream that breaks off keeps what came before.
Imports only `evidence`; never executes, decodes or renders anything.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np

from autograder.evidence import (
    LIMITS,
    AnyArray,
    Array,
    Axes,
    CellError,
    Evidence,
    EvidenceError,
    Figure,
    Image,
    Layer,
    Missing,
    Model,
    Opaque,
    Plan,
    QuestionEvidence,
    Scalar,
    Sequence,
    Value,
)

MAX_ITEMS = 10_000  # of a sequence, nested ones included
MAX_CONFIG = 1_000_000  # characters of a network's config
_MAX_DEPTH = 10
_MAX_FIGURES = 5_000
_MAX_AXES = 2_000  # of one figure, and of all figures of one cell: no cell uses up the next one's
_MAX_FIGURES_OF_CELL = 300
_MAX_NOTES = 200
_MAX_CELLS = 20_000
_NAME = 200
_TITLE = 2_000
_SURELY = ("metadata", "marks", "names")  # A figure in a cell recognised so is that question's own.
_MATCHED_BY = ("metadata", "marks", "names", "text", "position", "")
_ENDINGS = ("show", "savefig", "close", "display", "cell")
_ERRORS = ("exception", "timeout", "killed", "skipped")

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")
# C0 and C1 controls, surrogates, and the marks that reorder text; tabs and newlines stay.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def plain(text: str, limit: int = LIMITS.text) -> str:
    """Text without ANSI escapes, control characters and direction marks, at most `limit` characters."""
    text = _ESCAPES.sub("", text[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROLS.sub("", text)[:limit]


def collect(records: Iterable[dict[str, Any]], plan: Plan) -> Evidence:
    """The evidence in a worker's records; reads to the `end` record or to the end of the stream.

    Args:
        records: for example `wire.records(pipe)`; an EvidenceError raised while iterating becomes a
            note, and what came before is kept.
        plan: what the worker was asked; other questions and names are ignored.
    """
    collector = _Collector(plan)
    try:
        for record in records:
            collector.add(record)
            if collector.evidence.complete:
                break
    except EvidenceError as error:
        collector.note(f"What the notebook's process sent was damaged ({error}); what came before was kept.")
    return collector.evidence


class _Collector:
    """Adds one record after the other to an `Evidence`."""

    def __init__(self, plan: Plan) -> None:
        self.evidence = Evidence(questions={q.id: QuestionEvidence(q.id) for q in plan.questions})
        self._capture = {q.id: frozenset(q.capture) for q in plan.questions}
        self._code = [q.id for q in plan.questions if q.kind == "code"]
        self._figures: Counter[int] = Counter()
        self._axes: Counter[int] = Counter()
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "versions": self._versions,
            "note": lambda record: self.note(_text(record["text"], _TITLE)),
            "failure": self._failure,
            "matched": self._matched,
            "text": self._text,
            "cell_started": self._started,
            "value": self._value,
            "figure": self._figure,
            "cell_ended": self._ended,
            "end": self._end,
        }

    def add(self, record: dict[str, Any]) -> None:
        """Take one record in, or note that it was not understood."""
        handler = self._handlers.get(str(record.get("kind"))[:_NAME])
        try:
            if handler is None:
                raise EvidenceError("an unknown kind")
            handler(record)
        except KeyError as error:
            self.note(f"A record of the notebook's process was ignored: it lacks {plain(str(error), _NAME)}.")
        except EvidenceError as error:
            self.note(f"A record of the notebook's process was ignored: {error}.")

    def note(self, text: str) -> None:
        """Keep a remark, once."""
        notes = self.evidence.notes
        if text not in notes and len(notes) < _MAX_NOTES:
            notes.append(text)

    def _versions(self, record: dict[str, Any]) -> None:
        members = list(_dict(record["versions"]).items())[:20]
        self.evidence.versions = {plain(key, _NAME): _text(value, _NAME) for key, value in members}

    def _failure(self, record: dict[str, Any]) -> None:
        self.evidence.failure = _text(record["text"], _TITLE)

    def _matched(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        if question is None:
            return
        by = _choice(record["by"], _MATCHED_BY)
        cells = tuple(sorted({_index(cell) for cell in _list(record["cells"], _MAX_CELLS)}))
        source = _text(record["source"])
        untouched, blanks = _bool(record["untouched"]), _bool(record["blanks"])
        question.matched_by, question.cells, question.source = by, cells, source
        question.untouched, question.blanks = untouched, blanks

    def _text(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        if question is not None:
            question.text = _text(record["text"])

    def _started(self, record: dict[str, Any]) -> None:
        self.evidence.running_cell = _index(record["cell"])

    def _value(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        name = record["name"]
        if question is None or not isinstance(name, str) or name not in self._capture[question.id]:
            return
        value = _value(record["value"], [MAX_ITEMS], 0)
        if name not in question.values or not isinstance(value, Missing):
            question.values[name] = value

    def _figure(self, record: dict[str, Any]) -> None:
        figure = _figure(record)
        cell = figure.cell
        axes = self._axes[cell] + len(figure.axes)
        if self._figures[cell] == _MAX_FIGURES_OF_CELL or axes > _MAX_AXES:
            self.note(f"Cell {cell + 1} made more figures than are kept; its later ones were left out.")
            return
        if self._figures.total() == _MAX_FIGURES:
            self.note("The notebook made more figures than are kept; the later ones were left out.")
            return
        self._figures[cell] += 1
        self._axes[cell] = axes
        owners = [q for q in self.evidence.questions.values() if cell in q.cells]
        for question in owners:
            question.figures.append(figure)
        if self._code_unmatched() or not any(question.matched_by in _SURELY for question in owners):
            self.evidence.loose_figures.append(figure)

    def _code_unmatched(self) -> bool:
        """Whether some question's cells were not found: its figure may be in any cell."""
        return any(not self.evidence.questions[id].matched_by for id in self._code)

    def _ended(self, record: dict[str, Any]) -> None:
        cell = _index(record["cell"])
        error = None if record["error"] is None else _error(cell, _dict(record["error"]))
        if self.evidence.running_cell == cell:
            self.evidence.running_cell = None
        if error is None or len(self.evidence.errors) >= _MAX_CELLS:
            return
        self.evidence.errors.append(error)
        for question in self.evidence.questions.values():
            if cell in question.cells:
                question.errors.append(error)

    def _end(self, record: dict[str, Any]) -> None:
        members = list(_dict(record["seconds"]).items())[:20]
        self.evidence.seconds = {plain(key, _NAME): max(0.0, _number(value)) for key, value in members}
        self.evidence.complete = True

    def _question(self, record: dict[str, Any]) -> QuestionEvidence | None:
        name = record["question"]
        return self.evidence.questions.get(name) if isinstance(name, str) else None


# ---------------------------------------------------------------- values and figures


def _value(form: Any, budget: list[int], depth: int) -> Value:
    form = _dict(form)
    budget[0] -= 1
    if budget[0] < -1 or depth > _MAX_DEPTH:
        raise EvidenceError("a value with too many items")
    kind = form["type"]
    python = _text(form["python"], _NAME)
    if kind == "missing":
        return Missing()
    if kind == "scalar":
        return Scalar(_scalar(form["value"]), python)
    if kind == "array":
        return Array(_array(form["array"]), python)
    if kind == "sequence":
        items = _list(form["items"], MAX_ITEMS)
        return Sequence(tuple(_value(item, budget, depth + 1) for item in items), python)
    if kind == "layer":
        return Layer(_text(form["name"], _NAME), python)
    if kind == "model":
        return _model(form, python)
    if kind == "opaque":
        return Opaque(python, _text(form["reason"], _TITLE))
    raise EvidenceError("a value of an unknown type")


def _scalar(value: Any) -> bool | int | float | str | None:
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
        return value
    return _text(value)


def _model(form: dict[str, Any], python: str) -> Model:
    config = form["config"]
    if not isinstance(config, str) or len(config) > MAX_CONFIG:
        raise EvidenceError("a network whose config is no text or too long")
    layers = [_list(pair, 2) for pair in _list(form["layers"], MAX_ITEMS)]
    if any(len(pair) != 2 for pair in layers):
        raise EvidenceError("a layer without name and class")
    return Model(
        config=config,
        weights=tuple(_array(array) for array in _list(form["weights"], MAX_ITEMS)),
        python=python,
        layers=tuple((_text(name, _NAME), _text(kind, _NAME)) for name, kind in layers),
    )


def _figure(form: dict[str, Any]) -> Figure:
    width, height = (_number(side) for side in _exactly(form["size"], 2))
    return Figure(
        cell=_index(form["cell"]),
        axes=tuple(_axes(_dict(axes)) for axes in _list(form["axes"], _MAX_AXES)),
        suptitle=_text(form["suptitle"], _TITLE),
        size=(width, height),
        ended=_choice(form["ended"], _ENDINGS),
    )


def _axes(form: dict[str, Any]) -> Axes:
    left, bottom, width, height = (_number(edge) for edge in _exactly(form["position"], 4))
    return Axes(
        position=(left, bottom, width, height),
        images=tuple(_image(_dict(image)) for image in _list(form["images"], MAX_ITEMS)),
        title=_text(form["title"], _TITLE),
        xlabel=_text(form["xlabel"], _TITLE),
        ylabel=_text(form["ylabel"], _TITLE),
        texts=tuple(_text(text, _TITLE) for text in _list(form["texts"], MAX_ITEMS)),
        decoration=_bool(form["decoration"]),
    )


def _image(form: dict[str, Any]) -> Image:
    pixels = _array(form["pixels"])
    if pixels.size == 0 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))):
        raise EvidenceError("an image that is neither (H, W) nor (H, W, 3 or 4)")
    limits = [None if form[key] is None else _number(form[key]) for key in ("vmin", "vmax")]
    return Image(
        pixels=pixels,
        call=_text(form["call"], _NAME),
        cmap=_text(form["cmap"], _NAME),
        vmin=limits[0],
        vmax=limits[1],
        flipped=_bool(form["flipped"]),
    )


def _error(cell: int, form: dict[str, Any]) -> CellError:
    return CellError(
        cell=cell,
        kind=cast(Any, _choice(form["kind"], _ERRORS)),
        name=_text(form["name"], _NAME),
        message=_text(form["message"], _TITLE),
        line=_index(form["line"]),
        source=_text(form["source"], _TITLE),
    )


# ---------------------------------------------------------------- fields


def _text(value: Any, limit: int = LIMITS.text) -> str:
    if not isinstance(value, str):
        raise EvidenceError("something else where text belongs")
    return plain(value, limit)


def _choice(value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise EvidenceError("a word that has no meaning here")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EvidenceError("something else where yes or no belongs")
    return value


def _index(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1_000_000:
        raise EvidenceError("something else where an index belongs")
    return value


def _number(value: Any) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or abs(value) > 1e300
        or math.isnan(value)
    ):
        raise EvidenceError("something else where a number belongs")
    return float(value)


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EvidenceError("something else where an object belongs")
    return value


def _list(value: Any, limit: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise EvidenceError("something else, or too much, where a list belongs")
    return value


def _exactly(value: Any, count: int) -> list[Any]:
    if len(_list(value, count)) != count:
        raise EvidenceError(f"something else where {count} numbers belong")
    return cast(list[Any], value)


def _array(value: Any) -> AnyArray:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise EvidenceError("something else where an array belongs")
    return value
