"""Which version of an assignment a submitted notebook was made from, as its metadata say. Never executes it.

Notebooks lose their metadata easily, so what is not said is no objection.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autograder.course import Assignment


class OtherAssignmentError(Exception):
    """The notebook cannot be graded against this assignment; the message says what to hand in, or do."""


def made_from(notebook: Path) -> tuple[str, str]:
    """Name and version of the assignment that a notebook was made from; "" where it does not say."""
    told = _mapping(_mapping(_read(notebook).get("metadata")).get("loupe"))
    name, version = told.get("assignment"), told.get("version")
    return (name if isinstance(name, str) else "", version if isinstance(version, str) else "")


def compare(notebook: Path, assignment: Assignment) -> str:
    """Hold a notebook's metadata against the assignment that it is to be graded against.

    Args:
        notebook: as it was submitted, whatever it is.
        assignment: as it is here.

    Returns:
        A remark for the result: "" where nothing is to be said.

    Raises:
        OtherAssignmentError: it belongs to another assignment, or to a version with other questions.
    """
    name, version = made_from(notebook)
    if name and name != assignment.name:
        raise OtherAssignmentError(
            f"This notebook belongs to the assignment {name[:100]}, and this is {assignment.name}. "
            "Hand in the notebook of this assignment."
        )
    if version in ("", assignment.version):
        return ""
    cells = _read(notebook).get("cells")
    metadata = [_mapping(_mapping(cell).get("metadata")) for cell in cells] if isinstance(cells, list) else []
    asked = {cell["question"] for cell in metadata if isinstance(cell.get("question"), str)}
    unlike = asked ^ set(assignment.config.questions)
    if asked and unlike:
        raise OtherAssignmentError(
            f"This notebook was made from another version of {assignment.name}, with other questions "
            f"({', '.join(sorted(unlike))[:200]}). Its teacher has to grade it with that version."
        )
    return f"This notebook was made from another version of {assignment.name}; it has the same questions."


def _read(path: Path) -> dict[str, Any]:
    try:
        return _mapping(json.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        return {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
