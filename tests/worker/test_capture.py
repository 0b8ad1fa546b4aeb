"""Values cross as what they are; what cannot cross says why, and nothing breaks the capture."""

from __future__ import annotations

import enum
import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import collecting, wire
from autograder.evidence import Array, Mapping, Opaque, Plan, QuestionPlan, Scalar, Sequence, Value
from autograder.worker import capture

PLAN = Plan("a", (QuestionPlan("q", "code", capture=("x",)),))


def across(value: object) -> Value:
    """The value as the judge gets it."""
    frame = wire.pack({"kind": "value", "question": "q", "name": "x", "value": capture.encode(value)})
    evidence = collecting.collect(wire.records(io.BytesIO(frame)), PLAN)
    assert evidence.notes == []
    return evidence.questions["q"].values["x"]


class Grade(enum.IntEnum):
    GOOD = 3


class Loud(str):
    def __str__(self) -> str:
        raise RuntimeError("no")

    def __getitem__(self, key: Any) -> str:
        raise RuntimeError("no")


class Shrunk(list[int]):
    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        raise SystemExit


class Picture(np.ndarray):
    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no")


class Pretender:
    @property
    def __class__(self) -> Any:  # type: ignore[override]
        return np.ndarray

    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Scalar(None, "NoneType")),
        (True, Scalar(True, "bool")),
        (32, Scalar(32, "int")),
        (0.5, Scalar(0.5, "float")),
        (math.inf, Scalar(math.inf, "float")),
        ("A", Scalar("A", "str")),
        (Grade.GOOD, Scalar(3, "Grade")),
        (Loud("quiet"), Scalar("quiet", "Loud")),
        (np.float32(0.5), Scalar(0.5, "float32")),
        (np.int64(7), Scalar(7, "int64")),
        (np.bool_(True), Scalar(True, "bool")),
        (np.str_("A"), Scalar("A", "str_")),
        ((1, "a"), Sequence((Scalar(1, "int"), Scalar("a", "str")), "tuple")),
        (Shrunk([1, 2]), Sequence((Scalar(1, "int"), Scalar(2, "int")), "Shrunk")),
        (range(2), Sequence((Scalar(0, "int"), Scalar(1, "int")), "range")),
        (np.array(["a", "b"]), Sequence((Scalar("a", "str"), Scalar("b", "str")), "ndarray")),
    ],
)
def test_plain_values(value: object, expected: Value) -> None:
    assert across(value) == expected


def test_not_a_number_stays_one() -> None:
    held = across(math.nan)
    assert isinstance(held, Scalar)
    assert isinstance(held.value, float)
    assert math.isnan(held.value)


@pytest.mark.parametrize("dtype", ["?", "u1", ">i4", "f2", "f4", "f8"])
def test_arrays_keep_values_and_kind(dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    held = across(array.T)
    assert isinstance(held, Array)
    assert held.array.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(held.array, array.T)


def test_array_subclasses_are_read_as_arrays() -> None:
    held = across(np.ones((2, 2)).view(Picture))
    assert isinstance(held, Array)
    assert held.python == "Picture"
    assert type(held.array) is np.ndarray


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**70, "64 bits"),
        (1j, "neither a number"),
        (len, "function"),
        (Grade, "function or class"),
        (np.array([1j]), "complex128"),
        (np.array([[object()]]), "object"),
        (np.zeros(capture.MAX_BYTES + 1, np.uint8), "too large"),
        ([0] * (capture.MAX_ITEMS + 1), "too large"),
        ([[0] * 200] * 200, "too large"),
        (range(10**12), "too large"),
    ],
)
def test_what_stays_behind_says_why(value: object, reason: str) -> None:
    held = across(value)
    assert isinstance(held, Opaque)
    assert reason in held.reason
    assert held.python == type(value).__name__


def test_an_object_that_lies_is_named_by_its_real_class() -> None:
    held = across(Pretender())
    assert isinstance(held, Opaque)
    assert held.python == "Pretender"


def test_an_object_that_raises_when_read_says_so() -> None:
    tensor = type("EagerTensor", (), {"__module__": "tensorflow.fake", "numpy": lambda self: 1 / 0})
    assert across(tensor()) == Opaque("EagerTensor", "it could not be read (ZeroDivisionError)")


def test_a_list_that_holds_itself_ends() -> None:
    endless: list[Any] = []
    endless.append(endless)
    held: Value = across(endless)
    for _ in range(100):
        if isinstance(held, Opaque):
            break
        assert isinstance(held, Sequence)
        held = held.items[0]
    assert isinstance(held, Opaque)


def test_one_bad_item_does_not_spoil_a_list() -> None:
    held = across([1, len])
    assert isinstance(held, Sequence)
    assert held.items[0] == Scalar(1, "int")
    assert isinstance(held.items[1], Opaque)


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(max_size=50), st.lists, max_leaves=20))
def test_any_nested_list_crosses(value: Any) -> None:
    assert across(value) is not None


def test_dicts_cross_with_keys_as_text() -> None:
    held = across(
        {"a": 1, 2: [0.5], 1.5: {"precision": np.float32(0.5), "support": np.int64(3)}, np.int64(7): None}
    )
    assert isinstance(held, Mapping)
    assert [key for key, _ in held.items] == ["a", "2", "1.5", "7"]
    inner = held.items[2][1]
    assert inner == Mapping((("precision", Scalar(0.5, "float32")), ("support", Scalar(3, "int64"))), "dict")


def test_what_a_dict_holds_may_stay_behind_alone() -> None:
    held = across({"f": len, "x": 1})
    assert isinstance(held, Mapping)
    assert isinstance(held.items[0][1], Opaque)
    assert held.items[1] == ("x", Scalar(1, "int"))


class Forged(dict[str, int]):
    def items(self) -> Any:
        raise SystemExit

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("odd", [{(1, 2): 3}, {None: 1}, dict.fromkeys(range(20_000))])
def test_dicts_with_odd_keys_and_very_large_ones_stay_behind(odd: dict[Any, Any]) -> None:
    assert isinstance(across(odd), Opaque)


def test_a_dict_that_holds_itself_ends() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert isinstance(across(endless), Mapping)


def test_a_dict_with_methods_of_its_own_is_read_as_a_dict() -> None:
    assert across(Forged(a=1)) == Mapping((("a", Scalar(1, "int")),), "Forged")
