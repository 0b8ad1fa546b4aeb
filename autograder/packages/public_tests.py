"""Tests that students may run themselves: is there an answer, and is it of the kind that is asked for?

They are Python functions as text, complete in themselves, since students have no Loupe. They hold nothing of
the answer: sizes and numbers only where the check is `show: visible`, and a number only if the notebook
says it too. They give no points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.checks.arrays import ArrayCheck
from autograder.checks.base import Check
from autograder.checks.choices import ChoiceCheck
from autograder.checks.functions import FunctionCheck
from autograder.checks.networks import ParametersCheck
from autograder.config import Question

_THERE = """\
def {name}_is_there(env):
    value = env.get({name!r})
    blank = isinstance(value, str) and not value.strip("_ ")
    assert value is not None and not blank, "`{name}` has no value yet: fill in the blank and run its cell."
"""
_OPTION = """\
def {name}_is_an_option(env):
    import re

    words = re.sub(r"[\\W_]+", " ", str(env.get({name!r}))).casefold().split()
    assert set(words) & set({options!r}), "`{name}` has to be one of the options {listed}."
"""
_FUNCTION = """\
def {name}_is_a_function(env):
    assert callable(env.get({name!r})), "`{name}` has to be a function: run the cell that defines it."
"""
_SHAPE = """\
def {name}_has_its_shape(env):
    import numpy

    found = tuple(numpy.shape(env.get({name!r})))
    assert found == {shape!r}, f"`{name}` has the shape {{found}}, and {shape!r} is asked for."
"""
_PARAMETERS = """\
def {name}_has_its_parameters(env):
    count = getattr(env.get({name!r}), "count_params", None)
    assert callable(count), "`{name}` has to be a Keras network: run the cell that makes it."
    found = f"{{count():,}}"
    assert found == {number!r}, f"`{name}` has {{found}} parameters, and {number} are asked for."
"""

_TRUTHS = ("y", "n", "true", "false", "t", "f")


@dataclass(frozen=True)
class PublicTest:
    """A test for students.

    Attributes:
        name: of the function; unique within its question.
        code: the function's text. It takes a mapping of the notebook's names to their values and raises
            AssertionError with a sentence for the student.
    """

    name: str
    code: str


def tests(question: Question, released: str) -> list[PublicTest]:
    """The tests of a question, in the order of its checks; none for what is written or only drawn.

    Args:
        question: as the config has it.
        released: the text that students read, of the whole notebook.
    """
    codes = dict.fromkeys(code for check in question.checks for code in _of_check(check, released))
    return [PublicTest(code.partition("(")[0].removeprefix("def "), code) for code in codes]


def _of_check(check: Check, released: str) -> Iterator[str]:
    match check:
        case FunctionCheck():
            yield _FUNCTION.format(name=check.subject)
            return
        case _:
            for name in check.captures():
                if name != check.network:
                    yield _THERE.format(name=name)
    match check:
        case ChoiceCheck():
            options = [option.casefold() for option in check.of]
            options += _TRUTHS if "yes" in options else ()
            yield _OPTION.format(name=check.choice, options=options, listed=", ".join(check.of))
        case ArrayCheck(show="visible", shape=tuple(shape)):
            yield _SHAPE.format(name=check.array, shape=tuple(shape))
        case ParametersCheck(show="visible", equals=int(number)) if _says(released, f"{number:,}"):
            yield _PARAMETERS.format(name=check.parameters, number=f"{number:,}")


def _says(text: str, number: str) -> bool:
    return re.search(rf"(?<![\d,.]){re.escape(number)}(?![\d,])", text) is not None
