"""Turns pydantic's errors into lines an instructor can act on: where, which key, what to write instead.

Walks the schema along an error's location, so that "did you mean" knows the keys that are possible there.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

_LONGEST = 60


def problems(schema: type[BaseModel], error: ValidationError) -> list[str]:
    """One line per problem, without the file's name: "question q: check 2: key `equal`: unknown key".

    Args:
        schema: the model that was validated.
        error: what pydantic found.
    """
    return [_problem(schema, dict(found)) for found in error.errors(include_url=False)]


def _problem(schema: Any, found: dict[str, Any]) -> str:
    place, forms = schema, [schema]
    steps: list[str | int] = []
    for step in found["loc"]:
        inner, is_tag = _descend(place, step)
        place = inner
        forms.append(inner)
        if not is_tag:
            steps.append(step)
    # The error of a key that does not exist is about the mapping around it.
    around = forms[-2] if found["type"] == "extra_forbidden" else forms[-1]
    return ": ".join([*_where(steps), _what(around, found)])


def _descend(form: Any, step: str | int) -> tuple[Any, bool]:
    """The schema one step further, and whether the step only chose a member of a union."""
    origin, arguments = get_origin(form), get_args(form)
    if origin is Annotated:
        return _descend(arguments[0], step)
    if origin in (Union, UnionType):
        for member in arguments:
            if any(isinstance(mark, Tag) and mark.tag == step for mark in get_args(member)[1:]):
                return get_args(member)[0], True
        inner = [member for member in arguments if member is not type(None)]
        return _descend(inner[0], step) if len(inner) == 1 else (None, False)
    if isinstance(form, type) and issubclass(form, BaseModel):
        field = form.model_fields.get(str(step))
        return (field.annotation if field else None), False
    if arguments:
        return arguments[1 if origin is dict else 0], False
    return None, False


def _where(steps: list[str | int]) -> list[str]:
    """Where in the file, in words."""
    words: list[str] = []
    for before, step in zip([None, *steps], steps, strict=False):
        if step == "[key]":
            continue
        if before == "questions":
            words[-1:] = [f"question {_brief(step)}"]
        elif before == "checks" and isinstance(step, int):
            words[-1:] = [f"check {step + 1}"]
        elif isinstance(step, int):
            words.append(f"item {step + 1}")
        else:
            words.append(f"key `{_brief(step)}`")
    return words


def _what(around: Any, found: dict[str, Any]) -> str:
    """What is wrong there, and what to write instead."""
    value, context = found["input"], found.get("ctx", {})
    match found["type"]:
        case "extra_forbidden":
            return "unknown key" + _meant(str(found["loc"][-1]), _keys(around))
        case "missing":
            return "is missing"
        case "union_tag_not_found" | "union_tag_invalid":
            return _no_member(value, _keys(around))
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"has to be a mapping, not {_brief(value)!r}"
        case "tuple_type" | "list_type":
            return f"has to be a list, not {_brief(value)!r}"
        case "string_type" if isinstance(value, bool):
            return "has to be a text; YAML reads Yes, No, On and Off as truth values: put it in quotes"
        case "literal_error":
            possible = f"is {_brief(value)!r}; possible: {context['expected']}"
            return possible + _meant(str(value), _options(context))
        case "string_pattern_mismatch":
            return (
                f"{_brief(value)!r} may hold only small letters, digits and {_joint(context)}, a letter first"
            )
        case "value_error":
            return str(context["error"])
    message = found["msg"].removeprefix("Input ").replace("should", "has to")
    return f"{message[:1].lower()}{message[1:]}, not {_brief(value)!r}"


def _no_member(value: Any, keys: list[str]) -> str:
    listed = ", ".join(f"`{key}`" for key in keys)
    if not isinstance(value, dict):
        return f"has to be a mapping with one of the keys {listed}, not {_brief(value)!r}"
    if len(value) > 1 and sum(key in keys for key in value) > 1:
        return f"has more than one of the keys {listed}"
    unknown = [str(key) for key in value if key not in keys]
    close = [key for key in unknown if difflib.get_close_matches(key, keys, 1)]
    if close or len(unknown) == 1:
        name = (close or unknown)[0]
        return f"key `{_brief(name)}`: unknown key{_meant(name, keys)}; possible: {listed}"
    named = ", ".join(f"`{_brief(key)}`" for key in unknown) or "none"
    return f"needs one of the keys {listed}; it has {named}"


def _keys(form: Any) -> list[str]:
    """Keys that a mapping of this schema may have; of a union, those that tell its members apart."""
    if isinstance(form, type) and issubclass(form, BaseModel):
        return list(form.model_fields)
    origin, arguments = get_origin(form), get_args(form)
    if origin is Annotated:
        marks = [mark.tag for mark in arguments[1:] if isinstance(mark, Tag)]
        return marks or _keys(arguments[0])
    if origin in (Union, UnionType):
        return [key for member in arguments if member is not type(None) for key in _keys(member)]
    return []


def _meant(name: str, keys: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(keys), 1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _options(context: dict[str, Any]) -> list[str]:
    return [word for word in context["expected"].replace(" or ", ", ").replace("'", "").split(", ") if word]


def _joint(context: dict[str, Any]) -> str:
    return "hyphens" if "-]" in context["pattern"] else "underscores"


def _brief(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
