"""CSV files as spreadsheets and hosts write them: read with whatever separator and byte order mark they have.

Knows nothing of what the columns mean, and opens no file that it is not given. What it writes is plain:
UTF-8, commas, one header line.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 50_000_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = ",;\t"


class TableError(Exception):
    """A file is no table that can be used; the message is one sentence that names it."""


@dataclass(frozen=True)
class Table:
    """A table with a header line.

    Attributes:
        path: where it was read.
        columns: its heading, stripped of spaces around.
        rows: its lines; each has as many cells as there are columns.
        encoding: in which it was written.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    encoding: str = "utf-8"

    def column(self, *names: str) -> int | None:
        """Index of the first column that has one of the names, case and spacing aside; None if none has."""
        known = [plain(column) for column in self.columns]
        return next((known.index(plain(name)) for name in names if plain(name) in known), None)


def plain(text: str) -> str:
    """The text as headings and names are compared: case and runs of spaces do not count."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def read(path: Path, *, lenient: bool = False) -> Table:
    """Read a CSV file.

    Separators are commas, semicolons or tabs, whichever the heading has most of; lines that are empty are
    left out.

    Args:
        path: the file.
        lenient: whether a file that is not in UTF-8 is taken to be in Windows-1252, as spreadsheets save it.

    Raises:
        TableError: not readable, not text, no heading, or not a table.
    """
    text, encoding = _text(path, lenient)
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=heading.count)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(line)]
    except csv.Error as error:
        raise TableError(f"{path}: it is no CSV table ({error}).") from error
    if not lines or len(lines[0]) < 2:
        raise TableError(f"{path}: it is no table with a heading; export it as CSV.")
    width = len(lines[0])
    for number, line in enumerate(lines[1:], 2):
        if any(line[width:]):
            raise TableError(
                f"{path}: row {number} has more cells than the heading; is a quotation mark missing?"
            )
    rows = tuple(
        tuple(itertools.islice(itertools.chain(line, itertools.repeat("")), width)) for line in lines[1:]
    )
    return Table(path, tuple(" ".join(column.split()) for column in lines[0]), rows, encoding)


def written(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table's text: commas, quotation marks only where needed, lines that end with a newline."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(heading)
    table.writerows(rows)
    return text.getvalue()


def _text(path: Path, lenient: bool) -> tuple[str, str]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TableError(f"{path}: it is too large for a table.")
        blob = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path}: it cannot be read ({error.strerror}).") from error
    if blob.startswith(b"PK"):
        raise TableError(f"{path}: it is a spreadsheet (such as .xlsx); save it as CSV.")
    encoding = next((name for mark, name in _MARKS if blob.startswith(mark)), "utf-8")
    try:
        text = blob.decode(encoding)
    except UnicodeDecodeError as error:
        if not lenient:
            line = blob.count(b"\n", 0, error.start) + 1
            raise TableError(f"{path}: line {line} is not UTF-8; save it as “CSV UTF-8”.") from error
        text, encoding = blob.decode("cp1252", errors="replace"), "cp1252"
    if "\0" in text:
        raise TableError(f"{path}: it is no text file.")
    return text, encoding
