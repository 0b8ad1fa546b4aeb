"""A result as Gradescope's `results.json`: a test for each question, with its visibility. Grades nothing.

Points that wait for a person are left out and said in words, so that a test without a `score` is not a zero.
A picture stands in the Markdown as a data address whose text says what it shows, for where it is not drawn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from autograder.hosts import told
from autograder.hosts.told import Part
from autograder.report.words import clean
from autograder.result import Result

MOST_PICTURES: Final = 2_000_000
"""Characters of all pictures together; those that do not fit are named by their text."""


def results(result: Result, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The documented form of `results.json`; `json.dumps` takes it.

    Args:
        facts: more for `extra_data`, which only machines read.
        result: with its pictures, if they are to be shown. An ungraded one gives a report without any score:
            Gradescope then says that the autograder failed, and records nothing.
    """
    report: dict[str, Any] = {
        "output": _notes(result),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "assignment": result.assignment,
            "version": result.version,
            "grader": result.grader,
            "sha256": result.sha256,
            "status": result.status,
            "pending": result.pending,
            **(facts or {}),
        },
        "tests": [],
    }
    if result.status == "ungraded":
        return report
    room = MOST_PICTURES
    for place, question in enumerate(result.questions, 1):
        shares = told.parts(question)
        for share, part in enumerate(shares, 1):
            test, used = _test(part, f"{place}.{share}" if len(shares) > 1 else str(place), room)
            room -= used
            report["tests"].append(test)
    seconds = sum(result.seconds.values())
    return {"score": round(result.earned, 2), "execution_time": round(seconds), **report}


def text(result: Result, facts: Mapping[str, Any] | None = None) -> str:
    """The file's text: strict JSON."""
    return json.dumps(results(result, facts), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def failure(why: str) -> str:
    """The text of a file without any score: Gradescope says that the autograder failed, and records nothing.

    Args:
        why: a sentence or two, in plain text: what happened and what to do.
    """
    output = told.markdown(f"Not graded. {why} This is not a zero.")
    report = {"output": output, "output_format": "md", "visibility": "visible", "tests": []}
    return json.dumps(report, ensure_ascii=False) + "\n"


def _notes(result: Result) -> str:
    """What is visible from the start; the score only if all that it consists of is."""
    checks = [check for question in result.questions for check in question.checks]
    seen = all(check.visibility == "visible" for check in checks)
    paragraphs = [told.score(result) if seen else f"Graded. {told.waiting(result)}".rstrip()]
    if result.stand_in:
        paragraphs.append(f"Graded on stand-in data, which only resembles the real data set: {result.data}")
    paragraphs += result.notes
    return "\n\n".join(map(told.markdown, paragraphs))


def _test(part: Part, place: str, room: int) -> tuple[dict[str, Any], int]:
    output, used = [told.markdown(line) for line in told.lines(part)], 0
    for caption, picture in told.pictures(part):
        url = told.data_url(picture)
        fits = used + len(url) <= room
        used += len(url) if fits else 0
        words = told.markdown(" ".join(caption.split()))
        output.append(f"{words}\n\n![{words}]({url})" if fits else words)
    test: dict[str, Any] = {
        "name": clean(part.name),
        "name_format": "text",
        "number": place,
        "visibility": part.visibility,
        "output": "\n\n".join(output),
        "output_format": "md",
        "tags": [part.question.id],
    }
    if part.earned is not None:
        test |= {"score": round(part.earned, 4), "max_score": round(part.points, 4)}
        if part.pending == 0:
            test["status"] = "passed" if part.status == "passed" else "failed"
    return test, used
