"""What a variable held, as it crosses; never an object of the student's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

AnyArray = NDArray[Any]


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
