"""From a worker's records to typed `Evidence`: every field is checked, nothing is believed about scores.

Kinds of record (`kind`), in the order a worker sends them:

| kind | fields |
|---|---|
| versions | versions: {package: version} |
| note | text |
| failure | text: why nothing could be executed |
| matched | question, by, cells, source, untouched, blanks |
| trained | name, model: a value, history: {metric: [numbers]}; only before the first cell |
| text | question, text: a written answer without its prompt |
| outputs | question, text: saved under its cells; only before the first cell |
| cell_started | cell |
| value | question, name, value: {type: scalar, array, sequence, mapping, layer, model, opaque, …} |
| figure | cell, axes, suptitle, size, ended, incomplete; call, if one of the judge's calls drew it |
| rendered | cell, pixels: a picture saved under a cell that drew nothing, or was not run |
| unread | cell, why: such a picture was not looked at |
| cell_ended | cell, error: null or {kind, name, message, line, source} |
| returned | call, value, error: "" or one line, changed: whether it changed an array that it was given |
| end | seconds: {part: seconds} |

A record that is not understood is left out with a note; a stream that breaks off keeps what came before.
Imports only `evidence` and the parsers beside it; never executes, decodes or renders anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, cast

from autograder import collecting_figures, fields
from autograder.evidence import (
    Array,
    CellError,
    Evidence,
    EvidenceError,
    Layer,
    Mapping,
    Missing,
    Model,
    Opaque,
    Plan,
    QuestionEvidence,
    Returned,
    Scalar,
    Sequence,
    Trained,
    Value,
)
from autograder.measure import PictureRoom

MAX_ITEMS = 10_000  # of a sequence, nested ones included
MAX_CONFIG = 1_000_000  # characters of a network's config
MAX_TRAINED = 8  # networks of a hand-in
MAX_METRICS = 100  # of a training's history
MAX_EPOCHS = 10_000
_MAX_DEPTH = 10
_MAX_FIGURES = 5_000
_MAX_AXES = 2_000  # of one figure, and of all figures of one cell: no cell uses up the next one's
_MAX_FIGURES_OF_CELL = 300
_MAX_UNREAD = 10  # reasons of one question
_MAX_NOTES = 200
_MAX_CELLS = 20_000
_SURELY = ("metadata", "marks", "names")  # A figure in a cell recognised so is that question's own.
_MATCHED_BY = ("metadata", "marks", "names", "text", "position", "")
_ERRORS = ("exception", "timeout", "killed", "skipped")


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
        self._calls = {call.id: call.question for call in plan.calls}
        self._begun = False  # Whether student code has had its chance to speak.
        self._figures: Counter[int | str] = Counter()  # By cell, or by call.
        self._axes: Counter[int | str] = Counter()
        self._executed = plan.training != "outputs"
        self._room = PictureRoom()
        for question in self.evidence.questions.values():
            question.loose_rendered = self.evidence.loose_rendered
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "versions": self._versions,
            "note": lambda record: self.note(fields.text(record["text"], fields.TITLE)),
            "failure": self._failure,
            "matched": self._matched,
            "trained": self._trained,
            "text": self._text,
            "outputs": self._outputs,
            "cell_started": self._started,
            "value": self._value,
            "figure": self._figure,
            "rendered": self._rendered,
            "unread": self._unread,
            "cell_ended": self._ended,
            "returned": self._returned,
            "end": self._end,
        }

    def add(self, record: dict[str, Any]) -> None:
        """Take one record in, or note that it was not understood."""
        handler = self._handlers.get(str(record.get("kind"))[: fields.NAME])
        try:
            if handler is None:
                raise EvidenceError("an unknown kind")
            handler(record)
        except KeyError as error:
            field = fields.plain(str(error), fields.NAME)
            self.note(f"A record of the notebook's process was ignored: it lacks {field}.")
        except EvidenceError as error:
            self.note(f"A record of the notebook's process was ignored: {error}.")

    def note(self, text: str) -> None:
        """Keep a remark, once."""
        notes = self.evidence.notes
        if text not in notes and len(notes) < _MAX_NOTES:
            notes.append(text)

    def _versions(self, record: dict[str, Any]) -> None:
        members = list(fields.mapping(record["versions"]).items())[:20]
        self.evidence.versions = {
            fields.text(key, fields.NAME): fields.text(value, fields.NAME) for key, value in members
        }

    def _failure(self, record: dict[str, Any]) -> None:
        self.evidence.failure = fields.text(record["text"], fields.TITLE)

    def _matched(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        if question is None:
            return
        by = fields.choice(record["by"], _MATCHED_BY)
        cells = tuple(sorted({fields.index(cell) for cell in fields.items(record["cells"], _MAX_CELLS)}))
        source = fields.text(record["source"])
        untouched, blanks = fields.boolean(record["untouched"]), fields.boolean(record["blanks"])
        question.matched_by, question.cells, question.source = by, cells, source
        question.untouched, question.blanks = untouched, blanks

    def _text(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        if question is not None:
            question.text = fields.text(record["text"])

    def _trained(self, record: dict[str, Any]) -> None:
        name, model = fields.text(record["name"], fields.NAME), _value(record["model"], [0], 0)
        trained = self.evidence.trained
        if self._begun or name in trained or len(trained) == MAX_TRAINED:
            raise EvidenceError("a handed-in network too many, or too late")
        if not isinstance(model, Model):
            raise EvidenceError("something else where a network belongs")
        trained[name] = Trained(model, _history(fields.mapping(record["history"])))
        for question in self.evidence.questions.values():
            question.trained = trained

    def _outputs(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        if self._begun:
            raise EvidenceError("saved outputs come too late")
        if question is not None:
            question.outputs = fields.text(record["text"])

    def _returned(self, record: dict[str, Any]) -> None:
        value = _value(record["value"], [MAX_ITEMS], 0)
        error = " ".join(fields.text(record["error"], fields.TITLE).split())
        returned = self._call(record["call"])
        returned.value, returned.error, returned.changed = value, error, record.get("changed") is True

    def _call(self, id: Any) -> Returned:
        """What is known of one of the judge's calls so far."""
        if not isinstance(id, str) or id not in self._calls:
            raise EvidenceError("a call that was never asked for")
        return self.evidence.questions[self._calls[id]].returned.setdefault(id, Returned())

    def _started(self, record: dict[str, Any]) -> None:
        self._begun = True
        self.evidence.running_cell = fields.index(record["cell"])

    def _value(self, record: dict[str, Any]) -> None:
        question = self._question(record)
        name = record["name"]
        if question is None or not isinstance(name, str) or name not in self._capture[question.id]:
            return
        value = _value(record["value"], [MAX_ITEMS], 0)
        if name not in question.values or not isinstance(value, Missing):
            question.values[name] = value

    def _figure(self, record: dict[str, Any]) -> None:
        figure = collecting_figures.figure(record)
        cell = figure.cell
        call = self._call(record["call"]) if "call" in record else None
        place = cell if call is None else str(record["call"])
        axes = self._axes[place] + len(figure.axes)
        if self._figures[place] == _MAX_FIGURES_OF_CELL or axes > _MAX_AXES:
            self.note(f"Cell {cell + 1} made more figures than are kept; its later ones were left out.")
            return
        if self._figures.total() == _MAX_FIGURES:
            self.note("The notebook made more figures than are kept; the later ones were left out.")
            return
        self._figures[place] += 1
        self._axes[place] = axes
        if call is not None:
            call.figures.append(figure)
            return
        owners, loose = self._owners(cell)
        for question in owners:
            question.figures.append(figure)
        if loose:
            self.evidence.loose_figures.append(figure)

    def _rendered(self, record: dict[str, Any]) -> None:
        picture = collecting_figures.rendered(record, self._executed)
        if self._room.lacks(picture.cell, picture.pixels.size // 3):
            raise EvidenceError("a saved picture too many")
        owners, loose = self._owners(picture.cell)
        for question in owners:
            question.rendered.append(picture)
        if loose:
            self.evidence.loose_rendered.append(picture)

    def _unread(self, record: dict[str, Any]) -> None:
        cell, why = fields.index(record["cell"]), fields.text(record["why"], fields.NAME)
        self.note(f"A picture saved under cell {cell + 1} was not looked at: {why}.")
        for question in self._owners(cell)[0]:
            if not self._executed and why not in question.unread and len(question.unread) < _MAX_UNREAD:
                question.unread.append(why)

    def _owners(self, cell: int) -> tuple[list[QuestionEvidence], bool]:
        """The questions that a cell belongs to, and whether what it drew may be another's."""
        owners = [q for q in self.evidence.questions.values() if cell in q.cells]
        surely = any(question.matched_by in _SURELY for question in owners)
        return owners, self._code_unmatched() or not surely

    def _code_unmatched(self) -> bool:
        """Whether some question's cells were not found: its figure may be in any cell."""
        return any(not self.evidence.questions[id].matched_by for id in self._code)

    def _ended(self, record: dict[str, Any]) -> None:
        cell = fields.index(record["cell"])
        error = None if record["error"] is None else _error(cell, fields.mapping(record["error"]))
        if self.evidence.running_cell == cell:
            self.evidence.running_cell = None
        if error is None or len(self.evidence.errors) >= _MAX_CELLS:
            return
        self.evidence.errors.append(error)
        for question in self.evidence.questions.values():
            if cell in question.cells:
                question.errors.append(error)

    def _end(self, record: dict[str, Any]) -> None:
        members = list(fields.mapping(record["seconds"]).items())[:20]
        self.evidence.seconds = {
            fields.text(key, fields.NAME): max(0.0, fields.number(value)) for key, value in members
        }
        self.evidence.complete = True

    def _question(self, record: dict[str, Any]) -> QuestionEvidence | None:
        name = record["question"]
        return self.evidence.questions.get(name) if isinstance(name, str) else None


# ---------------------------------------------------------------- values


def _value(form: Any, budget: list[int], depth: int) -> Value:
    form = fields.mapping(form)
    budget[0] -= 1
    if budget[0] < -1 or depth > _MAX_DEPTH:
        raise EvidenceError("a value with too many items")
    kind = form["type"]
    python = fields.text(form["python"], fields.NAME)
    if kind == "missing":
        return Missing()
    if kind == "scalar":
        return Scalar(_scalar(form["value"]), python)
    if kind == "array":
        return Array(fields.array(form["array"]), python)
    if kind == "sequence":
        items = fields.items(form["items"], MAX_ITEMS)
        return Sequence(tuple(_value(item, budget, depth + 1) for item in items), python)
    if kind == "mapping":
        pairs = [fields.exactly(pair, 2) for pair in fields.items(form["items"], MAX_ITEMS)]
        members = ((fields.text(key, fields.NAME), _value(item, budget, depth + 1)) for key, item in pairs)
        return Mapping(tuple(members), python)
    if kind == "layer":
        return Layer(fields.text(form["name"], fields.NAME), python)
    if kind == "model":
        return _model(form, python)
    if kind == "opaque":
        return Opaque(python, fields.text(form["reason"], fields.TITLE))
    raise EvidenceError("a value of an unknown type")


def _scalar(value: Any) -> bool | int | float | str | None:
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
        return value
    return fields.text(value)


def _model(form: dict[str, Any], python: str) -> Model:
    config = form["config"]
    if not isinstance(config, str) or len(config) > MAX_CONFIG:
        raise EvidenceError("a network whose config is no text or too long")
    layers = [fields.items(pair, 2) for pair in fields.items(form["layers"], MAX_ITEMS)]
    if any(len(pair) != 2 for pair in layers):
        raise EvidenceError("a layer without name and class")
    return Model(
        config=config,
        weights=tuple(fields.array(array) for array in fields.items(form["weights"], MAX_ITEMS)),
        python=python,
        layers=tuple(
            (fields.text(name, fields.NAME), fields.text(kind, fields.NAME)) for name, kind in layers
        ),
    )


def _history(form: dict[str, Any]) -> dict[str, tuple[float, ...]]:
    """Numbers by metric; a training may have gone astray, so that some are NaN or infinite."""
    if len(form) > MAX_METRICS:
        raise EvidenceError("a history with too many metrics")
    return {
        fields.text(metric, fields.NAME): tuple(map(_loss, fields.items(values, MAX_EPOCHS)))
        for metric, values in form.items()
    }


def _loss(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, float):
        raise EvidenceError("something else where a number belongs")
    return value


def _error(cell: int, form: dict[str, Any]) -> CellError:
    return CellError(
        cell=cell,
        kind=cast(Any, fields.choice(form["kind"], _ERRORS)),
        name=fields.text(form["name"], fields.NAME),
        message=fields.text(form["message"], fields.TITLE),
        line=fields.index(form["line"]),
        source=fields.text(form["source"], fields.TITLE),
    )
