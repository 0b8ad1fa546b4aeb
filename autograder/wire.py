"""How evidence travels: framing, strict JSON and raw arrays over a pipe, with every limit enforced.

A frame is a header, one JSON object, and the bytes of its arrays; in the JSON an array is
`{"$array": {"dtype": "<f4", "shape": [...], "offset": n}}`, so no npy or npz header of a
submission is ever parsed. Damage ends the stream with a reason; what came before is kept.
Never unpickles, never evaluates.

What the records of a worker mean is said, and checked, in `autograder.collecting`.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

import numpy as np

from autograder.evidence import LIMITS, AnyArray, EvidenceError, Limits

MAGIC = b"LPE1"
HEADER = struct.Struct(">4sIQ")
DTYPES = frozenset({"|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"})

MODEL_LIMITS = Limits(array_bytes=512_000_000, total_bytes=1 << 62, frames=1 << 62)
"""For the conversation with `autograder.worker.models`: larger frames, no end."""

_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def pack(record: Mapping[str, Any]) -> bytes:
    """One frame.

    Args:
        record: str keys; None, bool, int, float, str, lists, tuples, mappings and NumPy arrays of
            kinds b, i, u, f (any byte order; long doubles become float64).

    Raises:
        EvidenceError: something in it has no form on the wire.
    """
    blocks: list[bytes] = []
    try:
        text = json.dumps(_outgoing(record, blocks, [0]), allow_nan=False).encode("ascii")
        arrays = b"".join(blocks)
        return HEADER.pack(MAGIC, len(text), len(arrays)) + text + arrays
    except (TypeError, ValueError, RecursionError, struct.error) as error:
        raise EvidenceError(f"cannot be sent: {error}") from error


def records(stream: BinaryIO, limits: Limits = LIMITS) -> Iterator[dict[str, Any]]:
    """The records of a stream, one by one, each checked before it is parsed.

    Arrays come as read-only copies in native byte order.

    Raises:
        EvidenceError: the stream is damaged or larger than `limits` allow; what was yielded before
            stands.
    """
    total = 0
    for count in range(limits.frames + 1):
        header = _read(stream, HEADER.size)
        if not header:
            return
        if count == limits.frames:
            raise EvidenceError(f"more than {limits.frames} records")
        if len(header) < HEADER.size:
            raise EvidenceError("a record is cut off")
        magic, json_size, array_size = HEADER.unpack(header)
        if magic != MAGIC:
            raise EvidenceError("a record does not begin as one")
        if json_size > limits.json_bytes or array_size > limits.array_bytes:
            raise EvidenceError(f"a record is too large ({json_size} bytes of JSON, {array_size} of arrays)")
        total += HEADER.size + json_size + array_size
        if total > limits.total_bytes:
            raise EvidenceError(f"more than {limits.total_bytes} bytes in all")
        text = _read(stream, json_size)
        arrays = _read(stream, array_size)
        if len(text) < json_size or len(arrays) < array_size:
            raise EvidenceError("a record is cut off")
        yield _record(text, arrays, limits)


def strict_json(text: bytes, depth: int) -> Any:
    """Parse untrusted JSON: UTF-8, no NaN or infinities, no duplicate keys, nested at most `depth` deep.

    Raises:
        EvidenceError: it is anything else.
    """
    if nesting(text) > depth:
        raise EvidenceError(f"JSON nested more than {depth} deep")
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"not strict JSON: {error}") from error


_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # One deeper, or as int8 one less deep.
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STRETCH = 1 << 20
# The possessive quantifiers keep this linear, whatever quotes and backslashes are sent.
_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def nesting(text: bytes) -> int:
    """How deep brackets and braces nest, strings left out; counted without parsing."""
    steps = np.frombuffer(_STRINGS.sub(b"", text).translate(_STEPS, _NO_BRACKETS), np.int8)
    depth = deepest = 0
    for start in range(0, len(steps), _STRETCH):
        depths = depth + np.cumsum(steps[start : start + _STRETCH], dtype=np.int64)
        depth, deepest = int(depths[-1]), max(deepest, int(depths.max()))
    return deepest


def _outgoing(value: Any, blocks: list[bytes], offset: list[int]) -> Any:
    if isinstance(value, np.ndarray):
        return {"$array": _outgoing_array(value, blocks, offset)}
    if isinstance(value, float):
        number = float(value)
        return number if math.isfinite(number) else {"$float": str(number)}
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) and not key.startswith("$") for key in value):
            raise TypeError("keys are strings that do not start with $")
        return {key: _outgoing(item, blocks, offset) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_outgoing(item, blocks, offset) for item in value]
    return value


def _outgoing_array(array: AnyArray, blocks: list[bytes], offset: list[int]) -> dict[str, Any]:
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if array.dtype.str not in DTYPES:
        raise TypeError(f"arrays of {array.dtype} do not cross")
    start = offset[0]
    blocks.append(array.tobytes())
    offset[0] += len(blocks[-1])
    return {"dtype": array.dtype.str, "shape": list(array.shape), "offset": start}


def _read(stream: BinaryIO, size: int) -> bytes:
    chunks = []
    while size > 0:
        chunk = stream.read(min(size, 1 << 20))
        if not chunk:
            break
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _record(text: bytes, arrays: bytes, limits: Limits) -> dict[str, Any]:
    parsed = strict_json(text, limits.depth)
    if not isinstance(parsed, dict):
        raise EvidenceError("a record is not an object")
    used = [0]
    record: dict[str, Any] = {key: _incoming(value, arrays, used) for key, value in parsed.items()}
    if used[0] != len(arrays):
        raise EvidenceError("array bytes that no array uses")
    return record


def _incoming(value: Any, arrays: bytes, used: list[int]) -> Any:
    if isinstance(value, list):
        return [_incoming(item, arrays, used) for item in value]
    if not isinstance(value, dict):
        return value
    if "$array" in value or "$float" in value:
        if len(value) != 1:
            raise EvidenceError("an array or number with further keys")
        if "$array" in value:
            return _incoming_array(value["$array"], arrays, used)
        number = value["$float"]
        if not isinstance(number, str) or number not in _FLOATS:
            raise EvidenceError("an unknown number")
        return _FLOATS[number]
    return {key: _incoming(item, arrays, used) for key, item in value.items()}


def _incoming_array(form: Any, arrays: bytes, used: list[int]) -> AnyArray:
    if not isinstance(form, dict) or set(form) != {"dtype", "shape", "offset"}:
        raise EvidenceError("an array without dtype, shape and offset")
    name, shape, offset = form["dtype"], form["shape"], form["offset"]
    if not isinstance(name, str) or name not in DTYPES:
        raise EvidenceError("an array of a kind that does not cross")
    if not isinstance(shape, list) or len(shape) > 16 or not all(_is_int(n) and n >= 0 for n in shape):
        raise EvidenceError("an array with a shape that is none")
    dtype = np.dtype(name)
    count = math.prod(shape)
    size = count * dtype.itemsize
    if not _is_int(offset) or offset < 0 or offset + size > len(arrays):
        raise EvidenceError("an array larger than the bytes that came with it")
    used[0] += size
    if used[0] > len(arrays):
        raise EvidenceError("arrays that share bytes")
    try:
        if size == 0:
            return np.zeros(shape, dtype.newbyteorder("="))
        flat = np.frombuffer(arrays, np.uint8 if name == "|b1" else dtype, count, offset)
        # Any byte but 0 and 1 makes a bool that behaves as neither.
        native = flat != 0 if name == "|b1" else flat.astype(dtype.newbyteorder("="))
        array = native.reshape(shape)
    except ValueError as error:
        raise EvidenceError(f"an array that cannot be made: {error}") from error
    array.setflags(write=False)
    return array


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key occurs twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond the range of float64")
    return number


def _is_int(value: Any) -> bool:
    return type(value) is int
