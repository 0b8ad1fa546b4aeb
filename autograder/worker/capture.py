"""What a variable held, as inert data: scalars, text, arrays, lists, dicts, networks; else its type's name.

Nothing that student code made is trusted to behave: every capture ends in a form for the wire, whatever
the object raises. Types are recognised by their real class, libraries by what is already imported;
nothing is imported for it. Never pickles.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.collecting import MAX_CONFIG, MAX_ITEMS
from autograder.evidence import LIMITS

MAX_BYTES = LIMITS.array_bytes
_MAX_DEPTH = 8
_MAX_LAYERS = 1_000

Form = dict[str, Any]
MISSING: Form = {"type": "missing", "python": "nothing"}


class StaysBehindError(Exception):
    """A value does not cross; the message is the reason, for a student."""


def encode(value: object) -> Form:
    """The wire form of a value; never raises an Exception.

    Returns:
        An object with `type` and `python`, as `autograder.collecting` reads it. What cannot cross is
        `{"type": "opaque", "python": its class, "reason": a sentence for a student}`.
    """
    try:
        return _encode(value, _Budget(), 0)
    except StaysBehindError as reason:
        return opaque(value, str(reason))
    except Exception as error:  # Student objects may raise anything at any touch.
        return opaque(value, f"it could not be read ({class_name(error)})")


def opaque(value: object, reason: str) -> Form:
    """The form of something that stays behind."""
    return {"type": "opaque", "python": class_name(value), "reason": reason}


def class_name(value: object) -> str:
    """The name of an object's real class, however hard it pretends."""
    name = type.__dict__["__name__"].__get__(type(value))
    return str(name)[:200]


class _Budget:
    """What is left of the items and bytes of one value."""

    def __init__(self) -> None:
        self.items = MAX_ITEMS
        self.bytes = MAX_BYTES

    def take_items(self, count: int) -> None:
        self.items -= count
        if self.items < 0:
            raise StaysBehindError(f"too large (more than {MAX_ITEMS} items)")

    def take_bytes(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise StaysBehindError(f"too large (more than {MAX_BYTES // 1_000_000} MB)")


def _encode(value: Any, budget: _Budget, depth: int) -> Form:
    kind = type(value)
    python = class_name(value)
    if value is None or kind is bool:
        return _scalar(value, python)
    if issubclass(kind, int):
        return _integer(int.__int__(value), python)
    if issubclass(kind, float):
        return _scalar(float.__float__(value), python)
    if issubclass(kind, str):
        return _string(str.__str__(value), python)
    if issubclass(kind, np.generic):
        return _numpy_scalar(np.asarray(value), python)
    if issubclass(kind, np.ndarray):
        return _array(np.asarray(value), python, budget, depth)
    if issubclass(kind, list | tuple):
        return _sequence(value, python, budget, depth)
    if kind is range:
        budget.take_items(len(value))
        return _sequence(list(value), python, _Budget(), depth)
    if issubclass(kind, dict):
        return _mapping(value, python, budget, depth)
    keras = sys.modules.get("keras")
    if keras is not None and issubclass(kind, keras.Model):
        return _model(value, python, budget)
    if keras is not None and issubclass(kind, keras.callbacks.History):
        return _mapping(value.history, python, budget, depth)
    if keras is not None and issubclass(kind, keras.layers.Layer):
        return {"type": "layer", "name": _text(value.name), "python": python}
    return _foreign(value, kind, python, budget, depth)


def _foreign(value: Any, kind: type, python: str, budget: _Budget, depth: int) -> Form:
    """Tensors, variables, data frames and pictures, by the library their class comes from."""
    library = str(kind.__module__).partition(".")[0]
    if library in ("tensorflow", "keras") and python in ("KerasTensor", "SymbolicTensor"):
        raise StaysBehindError("a symbolic tensor has no numbers until a model is built from it and run")
    if library in ("tensorflow", "keras") and hasattr(kind, "numpy"):
        return _array(np.asarray(value.numpy()), python, budget, depth)
    if library in ("pandas", "PIL", "jax", "jaxlib"):
        return _array(np.asarray(value), python, budget, depth)
    if library == "torch" and hasattr(kind, "detach"):
        return _array(np.asarray(value.detach().cpu().numpy()), python, budget, depth)
    if callable(value):
        raise StaysBehindError("a function or class; its result was expected")
    raise StaysBehindError("neither a number, text, array, list, dict, layer nor model")


def _scalar(value: Any, python: str) -> Form:
    return {"type": "scalar", "value": value, "python": python}


def _integer(value: int, python: str) -> Form:
    if not -(1 << 63) <= value < 1 << 64:
        raise StaysBehindError("a whole number of more than 64 bits")
    return _scalar(value, python)


def _string(value: str, python: str) -> Form:
    return _scalar(value[: LIMITS.text], python)


def _numpy_scalar(value: NDArray[Any], python: str) -> Form:
    item = _supported(value).item() if value.dtype.kind != "U" else value.item()
    return _string(item, python) if isinstance(item, str) else _scalar(item, python)


def _array(array: NDArray[Any], python: str, budget: _Budget, depth: int) -> Form:
    if array.dtype.kind in "UO" and array.ndim == 1:
        return _sequence(array.tolist(), python, budget, depth)
    array = _supported(array)
    budget.take_bytes(array.nbytes)
    return {"type": "array", "array": array, "python": python}


def _supported(array: NDArray[Any]) -> NDArray[Any]:
    """The array in a kind that crosses; bfloat16 and the like (kind V) as float32."""
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.name in ("bfloat16",) or array.dtype.name.startswith("float8"):
        return array.astype(np.float32)
    raise StaysBehindError(f"an array of {array.dtype.name} values; numbers were expected")


def _sequence(items: Any, python: str, budget: _Budget, depth: int) -> Form:
    # The base classes' own methods: a subclass may have others.
    plain = list.__iter__(items) if isinstance(items, list) else tuple.__iter__(items)
    count = list.__len__(items) if isinstance(items, list) else tuple.__len__(items)
    budget.take_items(count)
    if depth >= _MAX_DEPTH:
        raise StaysBehindError("nested too deeply")
    return {"type": "sequence", "items": [_item(item, budget, depth + 1) for item in plain], "python": python}


def _mapping(members: dict[Any, Any], python: str, budget: _Budget, depth: int) -> Form:
    budget.take_items(dict.__len__(members))
    if depth >= _MAX_DEPTH:
        raise StaysBehindError("nested too deeply")
    items = [[_key(key), _item(value, budget, depth + 1)] for key, value in dict.items(members)]
    return {"type": "mapping", "items": items, "python": python}


def _key(key: Any) -> str:
    """A dict's key as text; 0 and "0" are told apart by nobody."""
    if isinstance(key, np.generic):
        key = key.item()
    if isinstance(key, str):
        return _text(key)
    if type(key) in (int, float, bool):
        return str(key)
    raise StaysBehindError("a dict whose keys are neither text nor numbers")


def _item(item: Any, budget: _Budget, depth: int) -> Form:
    try:
        return _encode(item, budget, depth)
    except StaysBehindError as reason:
        if budget.items < 0 or budget.bytes < 0:
            raise
        return opaque(item, str(reason))


def _model(model: Any, python: str, budget: _Budget) -> Form:
    if not model.built:
        raise StaysBehindError("a network that was never built: give it an input shape, or call it on data")
    layers = list(model.layers)[:_MAX_LAYERS]
    weights = [_supported(np.asarray(array)) for array in model.get_weights()]
    budget.take_items(len(weights))
    budget.take_bytes(sum(array.nbytes for array in weights))
    try:
        config = without_training(json.loads(model.to_json()))
    except Exception:  # Custom layers and subclassed models raise what they like.
        config = {"class_name": python}  # Not to be rebuilt, but known to be a network.
    text = json.dumps(config)
    if len(text) > MAX_CONFIG:
        raise StaysBehindError("a network with too long a description")
    named = [[_text(layer.name), class_name(layer)] for layer in layers]
    return {"type": "model", "config": text, "weights": weights, "python": python, "layers": named}


def without_training(config: Any) -> Any:
    """The config without optimizer, loss and metrics: they are not part of what a network computes."""
    if isinstance(config, dict):
        return {key: without_training(value) for key, value in config.items() if key != "compile_config"}
    if isinstance(config, list):
        return [without_training(value) for value in config]
    return config


def _text(value: Any) -> str:
    return str.__str__(value)[:200] if isinstance(value, str) else ""
