"""What a student handed in, in words: kinds of values, why one is missing, why a cell did not finish.

Shared by the families that look at captured variables and by `grading.grade`. Knows no expected values,
so nothing that is said here can give an answer away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.evidence import (
    Array,
    CellError,
    Layer,
    Mapping,
    Missing,
    Model,
    Opaque,
    QuestionEvidence,
    Scalar,
    Sequence,
    Value,
)
from autograder.result import Verdict

BLANK = "___"
_LONGEST = 80


def captured(question: QuestionEvidence, name: str) -> Value | Verdict:
    """The value of a variable, or the verdict on its absence.

    An untouched question is unanswered even if the variable has a value: then an earlier cell gave it.

    Args:
        question: what was seen of the question.
        name: the variable.

    Returns:
        A value that is not `Missing`; or a verdict, "unanswered" when nothing was filled in, "failed" when
        the student's code ran but did not assign the name.
    """
    nothing = untried(question)
    if nothing is not None:
        return nothing
    value = question.values.get(name, Missing())
    if isinstance(value, Scalar) and value.value is None:
        advice = "nothing was filled in, or it comes from a call that returns nothing."
        return Verdict("unanswered", message=f"`{name}` is None: {advice}")
    if _is_placeholder(value):
        return Verdict("unanswered", message=f"`{name}` was not filled in.")
    if not isinstance(value, Missing):
        return value
    if not question.source.strip() and not question.errors:
        return Verdict("unanswered", message="The question's cells are empty: nothing was filled in.")
    if question.blanks:
        return Verdict("unanswered", message=f"A blank `{BLANK}` is still there, so `{name}` has no value.")
    message = " ".join([f"`{name}` was never assigned.", *sentences(question.errors)])
    return Verdict("failed", message=message, diagnosis="missing")


def untried(question: QuestionEvidence) -> Verdict | None:
    """ "Unanswered" when there is no cell of the question or nobody edited it; None otherwise."""
    if not question.matched_by:
        return Verdict(
            "unanswered",
            message="The notebook has no cell of this question. If you deleted or copied cells, "
            "put them back from the released notebook.",
            diagnosis="no_cell",
        )
    if question.untouched:
        return Verdict("unanswered", message="The cell is as it was released: nothing was filled in.")
    return None


def sentences(errors: Iterable[CellError]) -> list[str]:
    """One sentence per cell that did not finish."""
    return [sentence(error) for error in errors]


def sentence(error: CellError, where: str = "") -> str:
    """Why a cell did not finish, with its number as people count (the first cell is 1).

    Args:
        error: what was seen.
        where: what the cell belongs to, added in brackets.
    """
    cell = f"Cell {error.cell + 1}" + (f" ({where})" if where else "")
    message = shortened(error.message)
    match error.kind:
        case "exception":
            line = f" in line {error.line}" if error.line else ""
            if error.name == "NameError" and f"'{BLANK}'" in error.message:
                return f"{cell} stopped{line}: the blank `{BLANK}` has to be filled in."
            told = f": {message}" if message else ""
            return full_stop(f"{cell} stopped{line} with {error.name or 'an error'}{told}")
        case "timeout":
            told = f" {full_stop(message)}" if message else ""
            return f"{cell} ran longer than its time limit.{told}"
        case "killed":
            return f"{cell} ended the notebook's process, or had to be ended with it."
        case "skipped":
            return full_stop(f"{cell} was not run: {message or 'an earlier attempt ended in it'}")


def as_array(value: Value) -> NDArray[Any] | None:
    """The array that a value is, or that lists of numbers and equally shaped arrays make up; or None."""
    match value:
        case Array(array=array):
            return array
        case Scalar(value=bool() | float() as number):
            return np.asarray(number)
        case Scalar(value=int() as number) if abs(number) < 2**63:
            return np.asarray(number)
        case Sequence(items=items) if items:
            parts = [as_array(item) for item in items]
            shapes = {None if part is None else part.shape for part in parts}
            return (
                np.stack([part for part in parts if part is not None])
                if len(shapes) == 1 and None not in shapes
                else None
            )
    return None


def kind(value: Value) -> str:
    """What a value is, as a noun phrase: "the number 31", "an array of shape (3, 3)", "a list of 2 items"."""
    match value:
        case Missing():
            return "nothing"
        case Scalar(value=plain):
            return _scalar_kind(plain)
        case Array(array=array) if array.ndim == 0:
            return _scalar_kind(array.item())
        case Array(array=array):
            return f"an array of shape {array.shape}"
        case Sequence(items=items):
            return f"a {short_class(value.python)} of {len(items)} item{'s' * (len(items) != 1)}"
        case Mapping(items=entries):
            return (
                f"a {short_class(value.python)} of {len(entries)} entr{'ies' if len(entries) != 1 else 'y'}"
            )
        case Layer(name=name):
            return f"a Keras layer ({shortened(name)}, {short_class(value.python)})"
        case Model():
            return f"a Keras model ({short_class(value.python)})"
        case Opaque(reason=reason):
            why = f" ({shortened(reason).rstrip('.')})" if reason else ""
            return f"an object of type {short_class(value.python)}{why}"


def _scalar_kind(plain: bool | int | float | str | None) -> str:
    if plain is None or isinstance(plain, bool):
        return str(plain)
    return f"the text {shortened(plain)!r}" if isinstance(plain, str) else f"the number {figure(plain)}"


def _is_placeholder(value: Value) -> bool:
    """Whether it stands for "not filled in": Python's `...`, an empty text, or a blank in quotes."""
    if isinstance(value, Scalar) and isinstance(value.value, str):
        return not value.value.strip(" \t\n_.…")
    return short_class(value.python) == "ellipsis"


def figure(number: float) -> str:
    """A number as people write it, at most six digits after rounding."""
    if isinstance(number, int) and abs(number) < 10**15:
        return str(number)
    try:
        return f"{number:.6g}"
    except OverflowError:
        return "of more than 300 digits"


def short_class(python: str) -> str:
    """The last part of a dotted class name: "Conv2D" for "keras.layers.Conv2D"."""
    return shortened(python.rsplit(".", 1)[-1])


def shortened(text: str) -> str:
    """One line of at most 80 characters, free of control characters."""
    printable = "".join(" " if unicodedata.category(character)[0] == "C" else character for character in text)
    line = " ".join(printable.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def full_stop(text: str) -> str:
    """The text with exactly one mark at its end."""
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def normalised(text: str) -> str:
    """Text as compared: compatibility forms unified, case and runs of white space ignored."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()
