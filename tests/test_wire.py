"""What is packed arrives whole; what is damaged or oversized never gets through."""

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
from autograder.evidence import EvidenceError, Limits

SMALL = Limits(json_bytes=10_000, array_bytes=10_000, total_bytes=30_000, frames=50, depth=20)

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
