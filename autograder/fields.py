"""The fields of a record: each of these functions passes a value of the right form on and refuses any other.

They stand between what a submission's process sent and what the judge believes. They never convert,
evaluate or repair: what is not of the form raises an EvidenceError that says what is wrong.
"""

from __future__ import annotations

import math
import re
from typing import Any, cast

import numpy as np

from autograder.evidence import LIMITS, AnyArray, EvidenceError

NAME = 200
"""Characters kept of a name."""
TITLE = 2_000
"""Characters kept of a title or a message."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")
# C0 and C1 controls, surrogates, and the marks that reorder text; tabs and newlines stay.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_COLOR = re.compile(r"(?:#[0-9a-f]{6})?", re.ASCII)


def plain(text: str, limit: int = LIMITS.text) -> str:
    """Text without ANSI escapes, control characters and direction marks, at most `limit` characters."""
    text = _ESCAPES.sub("", text[: 4 * limit].replace("\r\n", "\n").replace("\r", "\n"))
    return _CONTROLS.sub("", text)[:limit]


def text(value: Any, limit: int = LIMITS.text) -> str:
    """A string, made `plain`."""
    if not isinstance(value, str):
        raise EvidenceError("something else where text belongs")
    return plain(value, limit)


def color(value: Any) -> str:
    """A colour as "#rrggbb", or ""."""
    if not isinstance(value, str) or not _COLOR.fullmatch(value):
        raise EvidenceError("something else where a colour belongs")
    return value


def choice(value: Any, allowed: tuple[str, ...]) -> str:
    """One of the allowed words."""
    if not isinstance(value, str) or value not in allowed:
        raise EvidenceError("a word that has no meaning here")
    return value


def boolean(value: Any) -> bool:
    """True or False; not 1 or 0."""
    if not isinstance(value, bool):
        raise EvidenceError("something else where yes or no belongs")
    return value


def index(value: Any) -> int:
    """An int, 0…999,999."""
    if type(value) is not int or not 0 <= value < 1_000_000:
        raise EvidenceError("something else where an index belongs")
    return value


def number(value: Any) -> float:
    """A finite number as a float, at most 1e300 in size."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or abs(value) > 1e300
        or math.isnan(value)
    ):
        raise EvidenceError("something else where a number belongs")
    return float(value)


def mapping(value: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise EvidenceError("something else where an object belongs")
    return value


def items(value: Any, limit: int) -> list[Any]:
    """A list of at most `limit` members."""
    if not isinstance(value, list) or len(value) > limit:
        raise EvidenceError("something else, or too much, where a list belongs")
    return value


def exactly(value: Any, count: int) -> list[Any]:
    """A list of `count` members."""
    if len(items(value, count)) != count:
        raise EvidenceError(f"something else where {count} numbers belong")
    return cast(list[Any], value)


def array(value: Any) -> AnyArray:
    """An array of kind b, i, u or f."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise EvidenceError("something else where an array belongs")
    return value


def column(value: Any, count: int | None = None) -> AnyArray:
    """An array (N,) float64; of `count` numbers if that is given."""
    if array(value).ndim != 1 or value.dtype != np.float64 or count not in (None, value.size):
        raise EvidenceError("something else where a row of numbers belongs")
    return cast(AnyArray, value)
