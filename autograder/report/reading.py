"""Reads back what a grading run wrote: `result.json` of every submission. Changes and grades nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from autograder.result import SCHEMA_VERSION, Result


class GradesError(Exception):
    """A folder does not hold the results of a grading run; the message is one sentence that names it."""


def read_results(directory: Path, *, pictures: bool = False) -> list[Result]:
    """The results in a folder that `loupe grade` wrote, sorted by submission.

    Args:
        directory: the folder of the run.
        pictures: whether to read the PNGs too; without, a result has none.

    Raises:
        GradesError: it is no such folder, its results are of several assignments, or one of them is damaged.
    """
    if not directory.is_dir():
        raise GradesError(f"{directory}: no such folder.")
    results = [_result(path, pictures) for path in sorted(directory.glob("*/result.json"))]
    if not results:
        raise GradesError(f"{directory}: there are no grades in this folder (no <submission>/result.json).")
    assignments = sorted({result.assignment for result in results})
    if len(assignments) > 1:
        raise GradesError(f"{directory}: it holds grades of several assignments: {', '.join(assignments)}.")
    return sorted(results, key=lambda result: result.submission)


def read_result(folder: Path, *, pictures: bool = True) -> Result:
    """One submission's result.

    Args:
        folder: the submission's own, see `autograder.report.files.submission_folder`.
        pictures: as for `read_results`.

    Raises:
        GradesError: its `result.json` cannot be read.
    """
    return _result(folder / "result.json", pictures)


@cache
def _form() -> TypeAdapter[Result]:
    return TypeAdapter(Result)


def parse(content: bytes, name: str, pictures: Mapping[str, bytes] | None = None) -> Result:
    """A result from the text of a `result.json`.

    Args:
        content: the text.
        name: of where it came from, for messages.
        pictures: PNGs by file name, as `autograder.report.files.contents` gives them; without, it has none.

    Raises:
        GradesError: it is none, or of another version, or lacks a picture.
    """
    return _parsed(content, name, None if pictures is None else pictures.__getitem__)


def _result(path: Path, pictures: bool) -> Result:
    try:
        return _parsed(path.read_bytes(), str(path), partial(_png, path.parent) if pictures else None)
    except OSError as error:
        raise GradesError(
            f"{path}: it cannot be read ({error.strerror}); grade this submission again."
        ) from error


def _parsed(content: bytes, name: str, png: Callable[[str], bytes] | None) -> Result:
    """A result; with its pictures, if there is what gives their bytes by their names."""
    try:
        record = json.loads(content)
        version = record.get("schema_version")
        if version != SCHEMA_VERSION:
            raise GradesError(f"{name}: it has schema version {version}; this Loupe reads {SCHEMA_VERSION}.")
        for verdict in _verdicts(record):
            pictures = verdict["pictures"] if png else []
            verdict["pictures"] = [_picture(one, png) for one in pictures if png]
        return _form().validate_python(record)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        raise GradesError(f"{name}: it is damaged ({told}); grade this submission again.") from error


def _verdicts(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (check["verdict"] for question in record["questions"] for check in question["checks"])


def _picture(record: dict[str, Any], png: Callable[[str], bytes]) -> dict[str, Any]:
    return {"role": record["role"], "alt": record["alt"], "png": png(record["file"])}


def _png(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("a picture lies outside of the submission's folder")
    return path.read_bytes()
