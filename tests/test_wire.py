"""What a worker sends arrives whole; what is damaged, oversized or forged never gets through as evidence."""

from __future__ import annotations

import io
import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder import wire
from autograder.collecting import plain
from autograder.evidence import (
    Array,
    Evidence,
    EvidenceError,
    Layer,
    Limits,
    Missing,
    Model,
    Opaque,
    Plan,
    QuestionPlan,
    Scalar,
    Sequence,
)

SMALL = Limits(json_bytes=10_000, array_bytes=10_000, total_bytes=30_000, frames=50, depth=20)
PLAN = Plan("a", (QuestionPlan("q", "code", capture=("x",)), QuestionPlan("w", "written")))

scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text()
keys = st.text().filter(lambda key: not key.startswith("$"))
arrays = hnp.arrays(
    dtype=st.sampled_from(["?", "i1", "u1", "<i2", ">i4", "<i8", "<u8", "<f2", ">f4", "<f8"]),
    shape=hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
)
values = st.recursive(
    scalars | arrays,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def same(sent: Any, received: Any) -> bool:
    if isinstance(sent, np.ndarray):
        native = sent.dtype.newbyteorder("=")
        return received.dtype == native and received.tobytes() == sent.astype(native).tobytes()
    if isinstance(sent, dict):
        return sent.keys() == received.keys() and all(same(sent[key], received[key]) for key in sent)
    if isinstance(sent, list):
        return len(sent) == len(received) and all(map(same, sent, received))
    if isinstance(sent, float) and math.isnan(sent):
        return isinstance(received, float) and math.isnan(received)
    return type(sent) is type(received) and sent == received


def unpack(blob: bytes, limits: Limits = wire.LIMITS) -> list[dict[str, Any]]:
    return list(wire.records(io.BytesIO(blob), limits))


def frame(text: str | bytes, arrays: bytes = b"", magic: bytes = b"LPE1") -> bytes:
    text = text.encode() if isinstance(text, str) else text
    return wire.HEADER.pack(magic, len(text), len(arrays)) + text + arrays


def array_frame(dtype: Any = "<f4", shape: Any = (2,), offset: Any = 0, block: bytes = bytes(8)) -> bytes:
    return frame(json.dumps({"a": {"$array": {"dtype": dtype, "shape": shape, "offset": offset}}}), block)


class TestFrames:
    @given(st.lists(st.dictionaries(keys, values, max_size=4), max_size=4))
    def test_what_is_packed_arrives(self, sent: list[dict[str, Any]]) -> None:
        received = unpack(b"".join(map(wire.pack, sent)))
        assert len(received) == len(sent)
        assert all(map(same, sent, received))

    def test_arrays_arrive_read_only(self) -> None:
        (record,) = unpack(wire.pack({"a": np.ones((2, 3), np.float32)}))
        with pytest.raises(ValueError, match="read-only"):
            record["a"][0, 0] = 2

    def test_a_long_double_arrives_as_float64(self) -> None:
        (record,) = unpack(wire.pack({"a": np.ones(3, np.longdouble)}))
        assert record["a"].dtype == np.float64

    @pytest.mark.parametrize(
        "value",
        [
            np.array([object()]),
            np.array(["text"]),
            np.array([1j]),
            np.zeros(2, "M8[s]"),
            object(),
            {"$array": 1},
            {1: 2},
            {"a"},
        ],
    )
    def test_what_has_no_form_is_not_packed(self, value: object) -> None:
        with pytest.raises(EvidenceError):
            wire.pack({"a": value})

    @given(st.binary(max_size=300))
    def test_arbitrary_bytes_raise_nothing_but_evidence_errors(self, blob: bytes) -> None:
        with pytest.raises(EvidenceError):
            unpack(blob + b"x", SMALL)

    @settings(max_examples=300)
    @given(st.dictionaries(keys, values, min_size=1, max_size=3), st.data())
    def test_flipped_bits_are_harmless_or_noticed(self, sent: dict[str, Any], data: st.DataObject) -> None:
        blob = bytearray(wire.pack(sent))
        for _ in range(data.draw(st.integers(1, 3))):
            position = data.draw(st.integers(0, len(blob) - 1))
            blob[position] ^= 1 << data.draw(st.integers(0, 7))
        try:
            received = unpack(bytes(blob), SMALL)
        except EvidenceError:
            return
        assert len(received) == 1
        assert isinstance(received[0], dict)

    @given(st.dictionaries(keys, values, min_size=1, max_size=2), st.data())
    def test_a_cut_stream_keeps_what_came_before(self, sent: dict[str, Any], data: st.DataObject) -> None:
        last = wire.pack(sent)
        cut = data.draw(st.integers(1, len(last) - 1))
        stream = wire.records(io.BytesIO(wire.pack({"n": 1}) + last[:cut]))
        assert next(stream) == {"n": 1}
        with pytest.raises(EvidenceError, match="cut off"):
            next(stream)

    @pytest.mark.parametrize(
        "blob",
        [
            frame("{}", magic=b"LPE2"),
            frame("[]"),
            frame("{"),
            frame('{"a": NaN}'),
            frame('{"a": Infinity}'),
            frame('{"a": 1e999}'),
            frame('{"a": 1, "a": 2}'),
            frame('{"a": "\xff"}'.encode("latin-1")),
            frame('{"a": ' + "9" * 5000 + "}"),
            frame('{"a": {"$float": "NaN"}}'),
            frame('{"a": {"$float": ["nan"]}}'),
            frame('{"a": {"$float": "nan", "b": 1}}'),
            frame("{}", b"unused"),
            array_frame(dtype="|O"),
            array_frame(dtype="<c8"),
            array_frame(dtype="V8"),
            array_frame(dtype=["<f4"]),
            array_frame(shape=[3]),
            array_frame(shape=[-2]),
            array_frame(shape=[True, 2]),
            array_frame(shape=2),
            array_frame(shape=[2.0]),
            array_frame(shape=[2**40, 2**40]),
            array_frame(shape=[2**64 + 2]),
            array_frame(shape=[0, 2**62, 2**62]),
            array_frame(shape=[1] * 65),
            array_frame(offset=-4),
            array_frame(offset=4),
            array_frame(offset=None),
            frame(json.dumps({"a": [{"$array": {"dtype": "<f4", "shape": [2], "offset": 0}}] * 2}), bytes(8)),
        ],
    )
    def test_damage_is_refused(self, blob: bytes) -> None:
        with pytest.raises(EvidenceError):
            unpack(blob)

    def test_a_bool_array_holds_only_true_and_false(self) -> None:
        (record,) = unpack(array_frame(dtype="|b1", shape=[8], block=bytes(range(8))))
        assert record["a"].tolist() == [False] + [True] * 7
        assert record["a"].sum() == 7


class TestLimits:
    def test_sizes_are_refused_before_anything_is_read(self) -> None:
        class Header(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                assert size == wire.HEADER.size
                return super().read(size)

        for sizes in ((2**32 - 1, 0), (2, 2**60)):
            with pytest.raises(EvidenceError, match="too large"):
                list(wire.records(Header(struct.pack(">4sIQ", b"LPE1", *sizes)), SMALL))

    def test_depth_is_counted_before_parsing(self) -> None:
        with pytest.raises(EvidenceError, match="nested"):
            unpack(frame('{"a":' + "[" * 9_000), SMALL)

    def test_brackets_in_strings_do_not_nest(self) -> None:
        record = {"a": "[" * 1_000 + '"\\' + "{" * 1_000}
        assert unpack(wire.pack(record), SMALL) == [record]

    @given(
        st.recursive(st.text('[]{}"\\', max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=20)
    )
    def test_nesting_is_the_depth_of_the_value(self, value: Any) -> None:
        def depth(item: Any) -> int:
            return 1 + max(map(depth, item), default=0) if isinstance(item, list) else 0

        assert wire.nesting(json.dumps(value).encode()) == depth(value)

    def test_the_total_is_capped(self) -> None:
        one = wire.pack({"a": np.zeros(9_000, np.uint8)})
        stream = wire.records(io.BytesIO(one * 5), SMALL)
        for _ in range(3):
            next(stream)
        with pytest.raises(EvidenceError, match="in all"):
            next(stream)

    def test_the_number_of_records_is_capped(self) -> None:
        assert len(unpack(frame("{}") * SMALL.frames, SMALL)) == SMALL.frames
        with pytest.raises(EvidenceError, match="more than"):
            unpack(frame("{}") * (SMALL.frames + 1), SMALL)


def record(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


def value(form: dict[str, Any], name: str = "x", question: str = "q") -> dict[str, Any]:
    return record("value", question=question, name=name, value=form)


def matched(cells: list[int], by: str = "metadata", question: str = "q") -> dict[str, Any]:
    return record(
        "matched", question=question, by=by, cells=cells, source="x = 1", untouched=False, blanks=False
    )


def image(pixels: Any = None) -> dict[str, Any]:
    pixels = np.zeros((2, 2)) if pixels is None else pixels
    return {"pixels": pixels, "call": "imshow", "cmap": "", "vmin": None, "vmax": 1, "flipped": False}


def figure(cell: int = 1, **changes: Any) -> dict[str, Any]:
    axes = {
        "position": [0, 0, 1, 1],
        "title": "t",
        "xlabel": "",
        "ylabel": "",
        "texts": [],
        "decoration": False,
    }
    form = {
        "cell": cell,
        "axes": [{**axes, "images": [image()]}],
        "suptitle": "",
        "size": [6, 4],
        "ended": "show",
    }
    return record("figure", **{**form, **changes})


def scalar(number: Any, python: str = "int") -> dict[str, Any]:
    return {"type": "scalar", "value": number, "python": python}


def error(**changes: Any) -> dict[str, Any]:
    return {"kind": "exception", "name": "E", "message": "m", "line": 1, "source": "s", **changes}


def collect(*records: dict[str, Any]) -> Evidence:
    return wire.collect(iter(records), PLAN)


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

    def test_figures_are_loose_too_while_a_question_is_not_found(self) -> None:
        plan = Plan("a", (*PLAN.questions, QuestionPlan("lost", "code")))
        evidence = wire.collect(iter([matched([1]), figure(1)]), plan)
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
        evidence = wire.collect(wire.records(io.BytesIO(blob)), PLAN)
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
