"""Multiple choice: is the option in a variable the key?

Case, spacing and the punctuation around an option are forgiven, and so are the usual ways to write yes
and no. A blank is unanswered, never wrong; a wrong choice is never told the right one.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from autograder.checks import answers
from autograder.checks.base import Check, Oracle, VariableName
from autograder.evidence import Array, QuestionEvidence, Scalar, Sequence, Value
from autograder.result import Verdict

_AROUND = " _-–—.,:;!?…()[]{}<>*#`'\"´‘’‚“”„«»"
_LEAD = re.compile(r"(?:option|answer|choice)\b[\s=]*")
_YES = frozenset({"yes", "y", "true", "t"})
_NO = frozenset({"no", "n", "false", "f"})


def _option(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError("YAML reads Yes, No, On and Off as truth values: put the option in quotes")
    if not isinstance(value, str | int):
        raise ValueError("an option has to be a text")
    return str(value)


Option = Annotated[str, BeforeValidator(_option)]


class ChoiceCheck(Check):
    """A variable holds the right one of some options.

    Attributes:
        choice: the variable.
        key: the right option.
        of: all options, as the notebook names them.
    """

    choice: VariableName
    key: Option
    of: tuple[Option, ...]

    @model_validator(mode="after")
    def _options_are_distinct(self) -> ChoiceCheck:
        options = [_core(option) for option in self.of]
        if len(options) < 2:
            raise ValueError("`of` needs at least two options")
        if len(set(options)) < len(options) or "" in options:
            raise ValueError("the options in `of` have to differ by more than case, spacing and punctuation")
        if _core(self.key) not in options:
            raise ValueError(f"`key` is {self.key!r}, which is not one of the options in `of`")
        return self

    @property
    def subject(self) -> str:
        """The variable."""
        return self.choice

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.choice,)


def verdict(check: ChoiceCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the chosen option with the key."""
    value = answers.captured(question, check.choice)
    if isinstance(value, Verdict):
        return value
    value = _unwrapped(value)
    given = _given(value)
    if given == "":
        return Verdict("unanswered", message=f"`{check.choice}` was not filled in.")
    chosen = None if given is None else chosen_option(given, check.of)
    if chosen is None:
        options = ", ".join(check.of)
        message = f"`{check.choice}` is {answers.kind(value)}; it has to be one of: {options}."
        return Verdict(
            "failed", message=message, instructor=f"The key is {check.key}.", diagnosis="not_an_option"
        )
    if _core(chosen) == _core(check.key):
        return Verdict("passed", 1.0, f"`{check.choice}` is right.")
    message = f"`{check.choice}` is “{chosen}”, which is not right. Read the question and every option again."
    return Verdict("failed", message=message, instructor=f"The key is {check.key}.", diagnosis="wrong_option")


def chosen_option(given: str, options: Iterable[str]) -> str | None:
    """The option that a student's text means, or None if it means none of them.

    Args:
        given: for example "a", " (B) ", "C.", "D) three kernels", "option a", "No, because …", "y".
        options: as the config writes them.
    """
    by_core = {_core(option): option for option in options}
    core = _core(given)
    if core in by_core:
        return by_core[core]
    for synonyms in (_YES, _NO):
        if core in synonyms and by_core.keys() <= _YES | _NO:
            return next((option for name, option in by_core.items() if name in synonyms), None)
    # "B) three kernels", as copied from the question's list; "No, because …"; "option B".
    head = _LEAD.sub("", answers.normalised(given).lstrip(_AROUND), count=1).lstrip(_AROUND)
    return next(
        (
            option
            for name, option in by_core.items()
            if head.startswith(name) and _only_explains(head.removeprefix(name), by_core)
        ),
        None,
    )


def _only_explains(rest: str, options: Container[str]) -> bool:
    """Whether what follows an option leaves it the only one: not so in "A or B", "A-C" or "a lot"."""
    if not rest.strip(_AROUND) or re.match(r"\s*[).:\]]", rest):
        return True
    goes_on = re.match(r"\s*[,;=–—-]|\s+\d", rest) is not None
    return goes_on and not any(word in options for word in re.findall(r"\w+", rest)[:2])


def _core(text: str) -> str:
    return answers.normalised(text).strip(_AROUND)


def _unwrapped(value: Value) -> Value:
    while isinstance(value, Sequence) and len(value.items) == 1:
        value = value.items[0]
    return value


def _given(value: Value) -> str | None:
    """What was chosen, as text; "" for a blank; None for what cannot be a choice."""
    match value:
        case Sequence(items=()):
            return ""
        case Scalar(value=str() as text):
            return text if _core(text) else ""
        case Scalar(value=int() as number):
            return str(number)
        case Array(array=array) if array.size == 1 and array.dtype.kind in "biu":
            return str(array.reshape(()).item())
    return None
