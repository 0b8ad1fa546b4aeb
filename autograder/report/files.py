"""Where reports lie on disk; every file appears whole or not at all. Never decides what a page says."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from autograder.report.grades import grades
from autograder.report.html import class_report, feedback
from autograder.report.reading import GradesError, read_result
from autograder.report.words import encodable
from autograder.result import Picture, Result, picture_file, to_json


def write_submission(result: Result, directory: Path) -> Path:
    """Write one result into `directory/<submission>/`: `figures/*.png`, `feedback.html`, `result.json`.

    `result.json` comes last: where it is, the rest is. Figures of an earlier run that this result no
    longer has are removed.

    Args:
        result: its `submission` names the folder.
        directory: of the whole run, as for `write_class`; made if need be.

    Returns:
        The submission's folder.

    Raises:
        ValueError: the submission's name cannot be a folder's name.
    """
    folder = submission_folder(directory, result.submission)
    pictures = _pictures(result)
    for name, png in pictures.items():
        write_atomically(folder / name, png)
    for stale in set(folder.glob("figures/*.png")) - {folder / name for name in pictures}:
        stale.unlink()
    write_atomically(folder / "feedback.html", feedback(result).encode())
    write_atomically(folder / "result.json", result_json(result).encode())
    return folder


def write_class(results: Sequence[Result], directory: Path) -> Path:
    """Write `grades.csv` and `report.html` of a run into its folder.

    Returns:
        Where the report lies.
    """
    write_atomically(directory / "grades.csv", grades(results).encode())
    report = directory / "report.html"
    write_atomically(report, class_report(results, partial(_example, directory)).encode())
    return report


def submission_folder(directory: Path, submission: str) -> Path:
    """Where a submission's files go; `report.html` links there.

    Raises:
        ValueError: the name is empty, "." or "..", or holds a separator or NUL.
    """
    if submission in ("", ".", "..") or any(mark in submission for mark in "/\\\0"):
        raise ValueError(f"a submission cannot be called {submission!r}: it names a folder of the results")
    return directory / encodable(submission)


def result_json(result: Result) -> str:
    """The text of `result.json`.

    Strict JSON: numbers that it lacks become the strings "NaN", "Infinity", "-Infinity".
    """
    return json.dumps(_strict(to_json(result)), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def contents(result: Result) -> dict[str, bytes]:
    """By file name, what a result is made of: `result.json` and its pictures."""
    return {"result.json": result_json(result).encode(), **_pictures(result)}


def write_atomically(path: Path, content: bytes) -> None:
    """Put a file in place in one step, so that a reader or a crash never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _example(directory: Path, submission: str, question: str, diagnosis: str) -> tuple[Picture, ...]:
    """The pictures of a check that a submission failed, as they were written; none if they are gone."""
    try:
        result = read_result(submission_folder(directory, submission))
    except GradesError:
        return ()
    failed = (
        check.verdict
        for one in result.questions
        if one.id == question
        for check in one.checks
        if check.verdict.status not in ("passed", "unanswered") and check.verdict.diagnosis == diagnosis
    )
    return next((verdict.pictures for verdict in failed if verdict.pictures), ())


def _pictures(result: Result) -> dict[str, bytes]:
    return {
        picture_file(question.id, index, picture.role): picture.png
        for question in result.questions
        for index, check in enumerate(question.checks)
        for picture in check.verdict.pictures
    }


def _strict(value: Any) -> Any:
    """The same value in what JSON and UTF-8 can carry; NumPy numbers and arrays as plain ones."""
    if isinstance(value, dict):
        return {encodable(str(key)): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return _strict(value.tolist()) if hasattr(value, "tolist") else value
