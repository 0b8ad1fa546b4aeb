"""What Gradescope says of a hand-in: who handed in with whom, and how late. It decides over no points."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class About:
    """What is known of a hand-in.

    Attributes:
        notes: sentences for the report.
        facts: the same and the scores of earlier hand-ins, for machines; JSON.
    """

    notes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def read(path: Path) -> About:
    """Read `submission_metadata.json`; what is missing or of another form is left out."""
    try:
        told = _mapping(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return About()
    names = [user["name"] for user in _mappings(told.get("users")) if isinstance(user.get("name"), str)]
    late = _late(told)
    notes: list[str] = []
    facts: dict[str, Any] = {}
    if len(names) > 1:
        notes.append(f"Handed in by {', '.join(names[:-1])} and {names[-1]} together.")
        facts["group"] = names
    if late > timedelta(0):
        notes.append(f"Handed in {_words(late)} after the due date. No points were taken for that here.")
        facts["late_seconds"] = int(late.total_seconds())
    earlier = [_before(one) for one in _mappings(told.get("previous_submissions"))]
    if earlier:
        facts["previous"] = earlier
    return About(tuple(notes), facts)


def _late(told: dict[str, Any]) -> timedelta:
    """How long after the due date, which Gradescope may have moved for a student; 0 if in time or unknown."""
    own = [_mapping(user.get("assignment")).get("due_date") for user in _mappings(told.get("users"))]
    dues = [_time(due) for due in (_mapping(told.get("assignment")).get("due_date"), *own)]
    due, made = max(filter(None, dues), default=None), _time(told.get("created_at"))
    return max(made - due, timedelta(0)) if made and due else timedelta(0)


def _before(submission: dict[str, Any]) -> dict[str, Any]:
    """When, and with what score. Its results hold those of still earlier ones, and are left out."""
    kept = ("submission_time", "score", "autograder_error")
    return {key: submission[key] for key in kept if isinstance(submission.get(key), (str, int, float))}


def _words(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= 2 * size or size == 1:
            count = minutes // size
            return f"{count} {unit}{'s' * (count != 1)}"
    raise AssertionError(minutes)


def _time(text: Any) -> datetime | None:
    """A time with its offset; others cannot be compared."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [_mapping(one) for one in value] if isinstance(value, list) else []
