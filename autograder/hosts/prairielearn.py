"""A result as PrairieLearn's `results.json` of external grading: at most 1 MB, a score from 0 to 1.

PrairieLearn shows all of it at once. So what is not `visible` from the start comes without its words and
pictures; its points are there. Grades nothing.
"""

from __future__ import annotations

import json
from typing import Any, Final

from autograder.hosts import told
from autograder.hosts.told import Part
from autograder.report.words import clean
from autograder.result import Picture, Result

MOST_BYTES: Final = 1_000_000
_FIRST_CUT: Final = 4_000
_ROLES: Final = ("submitted", "expected", "difference")


def results(result: Result) -> dict[str, Any]:
    """The documented form of `results.json`; `json.dumps` takes it.

    Pictures are added as long as there is room: what was submitted first, then what was expected, then
    differences. Texts are shortened if even without pictures the file were too large.

    Args:
        result: with its pictures, if they are to be shown. An ungraded one gives the form "not gradable": no
            points are given or taken, and no attempt counts.
    """
    if result.status == "ungraded":
        return {"gradable": False, "message": told.score(result), "format_errors": [clean(result.reason)]}
    parts = [part for question in result.questions for part in told.parts(question)]
    share = result.earned / result.points if result.points > 0 else 1.0
    cut = _FIRST_CUT
    while True:
        tests = [_test(part, cut) for part in parts]
        report = {
            "gradable": True,
            "score": min(max(round(share, 6), 0.0), 1.0),
            "message": told.score(result),
            "output": "\n".join(clean(note) for note in result.notes)[:cut],
            "images": [],
            "tests": tests,
        }
        size = len(text(report))
        if size <= MOST_BYTES or cut < 16:
            break
        cut //= 2
    _illustrate(tests, parts, MOST_BYTES - size)
    return report


def text(report: dict[str, Any]) -> bytes:
    """The file's bytes: strict JSON in UTF-8."""
    return json.dumps(report, ensure_ascii=False, allow_nan=False).encode()


def _test(part: Part, cut: int) -> dict[str, Any]:
    shown = part.visibility == "visible"
    message = "\n".join(told.lines(part)) if shown else ""
    if not shown and part.pending > 0:
        message = "A person still has to give points."
    test: dict[str, Any] = {
        "name": clean(part.name)[:cut],
        "description": "",
        "message": message if len(message) <= cut else f"{message[:cut]} …",
        "output": "",
        "images": [],
    }
    if part.earned is not None:
        test |= {"points": round(part.earned, 4), "max_points": round(part.points, 4)}
    return test


def _illustrate(tests: list[dict[str, Any]], parts: list[Part], room: int) -> None:
    """Put as many pictures into the tests as there is room for."""
    waiting = [
        (_ROLES.index(picture.role), place, caption, picture)
        for place, part in enumerate(parts)
        if part.visibility == "visible"
        for caption, picture in told.pictures(part)
    ]
    for _, place, caption, picture in sorted(waiting, key=lambda one: one[:2]):
        image = _image(caption, picture)
        size = len(text(image)) + 2
        if size <= room:
            room -= size
            tests[place]["images"].append(image)


def _image(caption: str, picture: Picture) -> dict[str, Any]:
    return {"label": " ".join(caption.split())[:500], "url": told.data_url(picture)}
