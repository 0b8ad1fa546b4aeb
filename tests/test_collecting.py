"""A worker's records become typed evidence; what is forged or of the wrong form is left out with a note."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import collecting, wire
from autograder.evidence import (
    Array,
    Evidence,
    Layer,
    Missing,
    Model,
    Opaque,
    Plan,
    QuestionPlan,
    Scalar,
    Sequence,
)
from autograder.fields import plain
from tests.records import figure, image

PLAN = Plan("a", (QuestionPlan("q", "code", capture=("x",)), QuestionPlan("w", "written")))

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(np.zeros((2, 2))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def record(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def value(form: dict[str, Any], name: str = "x", question: str = "q") -> dict[str, Any]:
    return record("value", question=question, name=name, value=form)


def matched(cells: list[int], by: str = "metadata", question: str = "q") -> dict[str, Any]:
    return record(
        "matched", question=question, by=by, cells=cells, source="x = 1", untouched=False, blanks=False
    )


def scalar(number: Any, python: str = "int") -> dict[str, Any]:
    return {"type": "scalar", "value": number, "python": python}


def error(**changes: Any) -> dict[str, Any]:
    return {"kind": "exception", "name": "E", "message": "m", "line": 1, "source": "s", **changes}


def collect(*records: dict[str, Any]) -> Evidence:
    return collecting.collect(iter(records), PLAN)


class TestCollect:
    def test_every_question_has_an_entry(self) -> None:
        evidence = collect()
        assert set(evidence.questions) == {"q", "w"}
        assert not evidence.complete

    def test_values_of_every_type(self) -> None:
        forms = [
            ({"type": "missing", "python": "nothing"}, Missing()),
            (scalar(3), Scalar(3, "int")),
            ({"type": "layer", "name": "conv2d", "python": "Conv2D"}, Layer("conv2d", "Conv2D")),
            ({"type": "opaque", "python": "dict", "reason": "no"}, Opaque("dict", "no")),
            (
                {"type": "sequence", "items": [scalar(1), scalar("a", "str")], "python": "list"},
                Sequence((Scalar(1, "int"), Scalar("a", "str")), "list"),
            ),
        ]
        for form, expected in forms:
            assert collect(value(form)).questions["q"].values == {"x": expected}

    def test_arrays_and_models(self) -> None:
        array = np.arange(3)
        held = (
            collect(value({"type": "array", "array": array, "python": "ndarray"})).questions["q"].values["x"]
        )
        assert isinstance(held, Array)
        assert held.array is array
        form = {
            "type": "model",
            "config": "{}",
            "weights": [array],
            "python": "Model",
            "layers": [["a", "Dense"]],
        }
        model = collect(value(form)).questions["q"].values["x"]
        assert isinstance(model, Model)
        assert (model.config, model.layers, model.weights[0].tolist()) == ("{}", (("a", "Dense"),), [0, 1, 2])

    def test_the_last_value_that_is_not_missing_wins(self) -> None:
        missing = {"type": "missing", "python": "nothing"}
        evidence = collect(value(scalar(1)), value(scalar(2)), value(missing))
        assert evidence.questions["q"].values == {"x": Scalar(2, "int")}

    def test_what_the_plan_does_not_name_is_ignored(self) -> None:
        evidence = collect(
            value(scalar(1), name="y"), value(scalar(1), question="other"), matched([1], question="o")
        )
        assert evidence == collect()

    def test_figures_and_errors_go_to_their_cells_question(self) -> None:
        evidence = collect(
            matched([1, 2]),
            matched([9], question="w"),
            figure(2),
            figure(5),
            record("cell_ended", cell=2, error=error(kind="timeout")),
            record("cell_ended", cell=7, error=error()),
            record("cell_ended", cell=8, error=None),
        )
        question = evidence.questions["q"]
        assert [f.cell for f in question.figures] == [2]
        assert [f.cell for f in evidence.loose_figures] == [5]
        assert [(e.cell, e.kind) for e in question.errors] == [(2, "timeout")]
        assert [e.cell for e in evidence.errors] == [2, 7]

    def test_figures_of_weakly_matched_cells_are_loose_too(self) -> None:
        evidence = collect(matched([1], by="text"), figure(1))
        assert len(evidence.questions["q"].figures) == len(evidence.loose_figures) == 1

    def test_figures_of_surely_matched_cells_are_their_questions_own(self) -> None:
        for by in ("metadata", "marks", "names"):
            evidence = collect(matched([1], by=by), matched([9], question="w"), figure(1))
            assert (len(evidence.questions["q"].figures), evidence.loose_figures) == (1, [])

    def test_a_cell_with_very_many_figures_leaves_room_for_the_next(self) -> None:
        evidence = collect(matched([1, 2]), *[figure(1)] * 5_000, figure(2))
        cells = [f.cell for f in evidence.questions["q"].figures]
        assert 100 < cells.count(1) < 5_000
        assert cells.count(2) == 1
        assert any("Cell 2 made more figures" in note for note in evidence.notes)

    def test_figures_are_loose_too_while_a_question_is_not_found(self) -> None:
        plan = Plan("a", (*PLAN.questions, QuestionPlan("lost", "code")))
        evidence = collecting.collect(iter([matched([1]), figure(1)]), plan)
        assert len(evidence.questions["q"].figures) == len(evidence.loose_figures) == 1

    def test_the_running_cell_is_the_one_that_did_not_end(self) -> None:
        started = [record("cell_started", cell=3), record("cell_ended", cell=3, error=None)]
        assert collect(*started).running_cell is None
        assert collect(*started, record("cell_started", cell=4)).running_cell == 4

    def test_nothing_counts_after_the_end(self) -> None:
        evidence = collect(value(scalar(1)), record("end", seconds={"cells": 2}), value(scalar(5)))
        assert evidence.complete
        assert evidence.seconds == {"cells": 2.0}
        assert evidence.questions["q"].values == {"x": Scalar(1, "int")}

    def test_a_broken_stream_becomes_a_note_and_keeps_what_came_before(self) -> None:
        blob = wire.pack(value(scalar(1))) + b"garbage that is no frame"
        evidence = collecting.collect(wire.records(io.BytesIO(blob)), PLAN)
        assert evidence.questions["q"].values == {"x": Scalar(1, "int")}
        assert "damaged" in evidence.notes[0]
        assert not evidence.complete

    @pytest.mark.parametrize(
        "bad",
        [
            record("score", question="q", points=100),
            {},
            record("value", question="q"),
            value(scalar(2**70)),
            value({"type": "array", "array": [1, 2], "python": "list"}),
            value({"type": "sequence", "items": [scalar(1)] * 10_002, "python": "list"}),
            value({"type": "model", "config": 3, "weights": [], "python": "M", "layers": []}),
            value({"type": "code", "python": "x"}),
            value({"type": "opaque", "python": 3, "reason": ""}),
            {**matched([1]), "by": "magic"},
            {**matched([1]), "cells": [-1]},
            {**matched([1]), "untouched": 1},
            figure(ended="never"),
            figure(size=[1]),
            figure(size=[1, math.inf]),
            figure(axes=[{}]),
            record("cell_ended", cell="1", error=None),
            record("cell_ended", cell=1, error=error(kind="fine")),
            record("end", seconds=[]),
        ],
    )
    def test_a_record_of_the_wrong_form_is_left_out_with_a_note(self, bad: dict[str, Any]) -> None:
        evidence = collect(bad, value(scalar(1)))
        assert len(evidence.notes) == 1
        assert "ignored" in evidence.notes[0]
        evidence.notes.clear()
        assert evidence == collect(value(scalar(1)))

    @pytest.mark.parametrize("pixels", [np.zeros(3), np.zeros((2, 2, 5)), np.zeros((0, 2)), "png", [[1.0]]])
    def test_an_image_is_pixels(self, pixels: object) -> None:
        form = figure()
        form["axes"][0]["images"] = [image(pixels)]
        assert not collect(form).loose_figures

    @given(st.lists(st.dictionaries(st.sampled_from(["kind", "question", "cell", "value", "error"]), values)))
    def test_no_record_breaks_it(self, records: list[dict[str, Any]]) -> None:
        kinds = ["value", "figure", "cell_ended", "matched", "end", "text", "note", "versions", "failure"]
        tame = [{**entry, "kind": kinds[index % len(kinds)]} for index, entry in enumerate(records)]
        assert set(collect(*tame, *records).questions) == {"q", "w"}

    def test_text_is_cut_and_cleaned(self) -> None:
        text = "a\x1b[31mred\x1b[0m\x1b]0;title\x07\x00\u202eb\nc\td\ud800"
        assert plain(text) == "ared" + "b\nc\td"
        held = collect(record("text", question="w", text="x" * 30_000)).questions["w"].text
        assert len(held) == wire.LIMITS.text
