"""What a machine needs besides walls: packages, room for temporary files, data. Changes nothing."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from reference import datasets

_LEAST_FREE_GB = 2


def findings() -> Iterator[str]:
    """A sentence for each thing that was looked at; those that begin with MISSING need mending."""
    yield _package("tensorflow", "tensorflow-cpu")
    yield _temporary()
    for name in datasets.NAMES:
        yield _data(name)


def exposed(folder: Path) -> str:
    """Why other users can learn the names of a folder's files, in words; "" when they cannot.

    For level B, where a submission runs as another user and sees the machine's real folders.
    """
    ways = (folder.resolve(), *folder.resolve().parents)
    if not all(way.stat().st_mode & stat.S_IXOTH for way in ways):
        return ""
    return f"MISSING privacy of {folder}: other users may enter it; chmod 700 {folder}"


def _package(name: str, *others: str) -> str:
    """Which of a package's distributions is installed."""
    for one in (name, *others):
        with suppress(metadata.PackageNotFoundError):
            return f"{one} {metadata.version(one)}"
    return f"MISSING {name}: pip install {name}"


def _temporary() -> str:
    try:
        folder = Path(tempfile.gettempdir())
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"written")
        free = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        return f"MISSING a folder for temporary files ({error.strerror}): set TMPDIR to a writable one"
    if free < _LEAST_FREE_GB:
        return f"MISSING room in {folder}: {free:.1f} GB are free, {_LEAST_FREE_GB} GB are wanted; set TMPDIR"
    return f"temporary files in {folder}: {free:.0f} GB free"


def _data(name: datasets.Name) -> str:
    try:
        return f"{name}: {datasets.load(name, download=False).description}"
    except datasets.DataError as error:
        return f"MISSING {name}: {error}"
