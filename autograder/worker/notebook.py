"""Reads a submitted notebook, whatever became of it, with the text and pictures saved in it; runs nothing.

Lenient where a notebook is merely odd (a cell without metadata, a source that is a list), clear where there
is nothing to work with: `NotebookError` is one sentence for the student.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.evidence import LIMITS
from autograder.measure import MOST_PICTURES

MAX_BYTES = 50_000_000
MAX_CELLS = 5_000
MAX_DEPTH = 100

_STARTS = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip archive"}
_PAGE = re.compile(rb"\s*<(?:!doctype|html)\b", re.IGNORECASE)
_SCRIPT = re.compile(rb"^(?:# %%|# In\[[ \d]*\]:|import \w|from [\w.]+ import |def \w+\()", re.MULTILINE)
_READ = {"image/png": "PNG", "image/jpeg": "JPEG"}
_UNREAD = {"image/svg+xml": "SVG", "application/pdf": "PDF", "image/gif": "GIF", "image/webp": "WebP"}
_COLOURS = re.compile(r"\x1b\[[0-9;]*m|\x08")


class NotebookError(Exception):
    """There is no notebook to execute; the message says why and what to do."""


@dataclass(frozen=True)
class Picture:
    """A picture that was saved under a cell.

    Attributes:
        form: "PNG", "JPEG", or the name of a form that is not read.
        text: the file in base64 as it stands there; "" where it is not read.
    """

    form: str
    text: str


@dataclass(frozen=True)
class Cell:
    """One cell as it was submitted.

    Attributes:
        index: its position among all cells.
        type: "code", "markdown", "raw" or whatever was written there.
        source: its text.
        question: the question's id in its metadata, or "".
        outputs: the text that was saved under it, printed and displayed, shortened.
        pictures: that were saved under it; of too many, one more than are looked at.
        locked: it was released so that it cannot be edited.
    """

    index: int
    type: str
    source: str
    question: str = ""
    outputs: str = ""
    pictures: tuple[Picture, ...] = ()
    locked: bool = False


@dataclass(frozen=True)
class Notebook:
    """A submitted notebook: its cells, and remarks about its form."""

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()


def read(path: Path) -> Notebook:
    """Read a notebook of any format up to 4.

    Raises:
        NotebookError: not readable, not JSON, no notebook, no code cells, or far too large.
    """
    content, notes = _as_version_4(_parse(_bytes(path)))
    raw = content.get("cells")
    if not isinstance(raw, list):
        raise NotebookError(
            "The file is JSON but not a notebook: it has no list of cells. Submit the .ipynb file."
        )
    if len(raw) > MAX_CELLS:
        raise NotebookError(f"The notebook has {len(raw)} cells; at most {MAX_CELLS} are accepted.")
    cells = tuple(_cell(index, cell) for index, cell in enumerate(raw))
    if not any(cell.type == "code" for cell in cells):
        raise NotebookError(
            "The notebook has no code cells, so there is nothing to run. Submit the one you worked in."
        )
    return Notebook(cells, notes)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise NotebookError(
                f"The file is too large ({size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB). "
                "Clear the outputs and save it again."
            )
        return path.read_bytes()
    except OSError as error:
        raise NotebookError(f"The file cannot be read ({error.strerror}).") from error


def _parse(blob: bytes) -> dict[str, Any]:
    if not blob.strip():
        raise NotebookError("The file is empty. Save the notebook and submit it again.")
    if wire.nesting(blob) > MAX_DEPTH:
        raise NotebookError("The file is nested too deeply to be a notebook.")
    try:
        content = json.loads(blob.decode("utf-8-sig"))
    except UnicodeDecodeError:
        what = next((f" ({name})" for start, name in _STARTS.items() if blob.startswith(start)), "")
        raise NotebookError(
            f"The file is not a notebook: it is not text in UTF-8{what}. Submit the .ipynb file itself."
        ) from None
    except (ValueError, RecursionError) as error:
        if what := _other_form(blob):
            raise NotebookError(f"The file is {what}, not a notebook. Submit the .ipynb file.") from None
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotebookError(
            f"The file is not a notebook: it is not valid JSON{where}. Download it again as .ipynb."
        ) from None
    if not isinstance(content, dict):
        raise NotebookError("The file is JSON but not a notebook. Submit the .ipynb file.")
    return content


def _other_form(blob: bytes) -> str:
    """What a file is that is text but no JSON, where that can be told; else ""."""
    known = next((name for start, name in _STARTS.items() if blob.startswith(start)), "")
    if known or blob.lstrip()[:1] in (b"{", b"["):
        return known
    if _PAGE.match(blob):
        return "a page exported from a notebook (HTML)"
    return "a Python script" if _SCRIPT.search(blob) else ""


def _as_version_4(content: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    version = content.get("nbformat", 4)
    if version == 4 or not isinstance(version, int):
        return content, ()
    if version > 4:
        raise NotebookError(f"The notebook has format {version}, newer than format 4. Save it as format 4.")
    # Imported late: schemas take a while to load and old notebooks are rare.
    import nbformat

    try:
        upgraded = nbformat.reads(json.dumps(content), as_version=4)
    except Exception as error:  # Whatever an old, odd notebook provokes in nbformat's converters.
        raise NotebookError(
            f"The notebook has the old format {version} and could not be converted ({type(error).__name__}). "
            "Open it in Jupyter and save it again."
        ) from error
    return dict(upgraded), (f"The notebook has the old format {version}; it was converted to format 4.",)


def _cell(index: int, raw: Any) -> Cell:
    raw = raw if isinstance(raw, dict) else {}
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    question = metadata.get("question")
    return Cell(
        index=index,
        type=str(raw.get("cell_type", "")),
        source=_source(raw.get("source")),
        question=question if isinstance(question, str) else "",
        outputs="\n".join(_printed(raw.get("outputs")))[: LIMITS.text],
        pictures=tuple(islice(_pictures(raw.get("outputs")), MOST_PICTURES["its cell"] + 1)),
        locked=metadata.get("editable") is False,
    )


def _printed(outputs: Any) -> Iterator[str]:
    """The text among a cell's outputs: what was printed, and plain text of what was displayed."""
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        data = output.get("data")
        text = _source(data.get("text/plain") if isinstance(data, dict) else output.get("text"))
        # Of a progress bar only its last state is seen; the terminal's colours take room.
        lines = (line.rstrip("\r").rpartition("\r")[2] for line in _COLOURS.sub("", text).split("\n"))
        shown = "\n".join(lines).strip("\n")
        if shown:
            yield shown


def _pictures(outputs: Any) -> Iterator[Picture]:
    """The pictures among a cell's outputs, each in one form; those attached to its text are no outputs."""
    for output in outputs if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        forms = data if isinstance(data, dict) else {}
        read = (Picture(form, _source(forms.get(kind))) for kind, form in _READ.items())
        unread = (Picture(form, "") for kind, form in _UNREAD.items() if forms.get(kind))
        picture = next((one for one in read if one.text), None) or next(unread, None)
        if picture is not None:
            yield picture


def _source(raw: Any) -> str:
    if isinstance(raw, list):
        raw = "".join(part for part in raw if isinstance(part, str))
    return raw.replace("\r\n", "\n") if isinstance(raw, str) else ""
