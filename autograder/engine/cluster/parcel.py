"""A course on its way to a machine: files by their content's hash, each of which is sent once.

Knows folders and bytes only. Several processes may fill a store at once: files appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PIECE: Final = 16_000_000
"""Bytes that are sent at once."""


class ParcelError(Exception):
    """A file did not arrive as it was sent; the message says which."""


@dataclass(frozen=True)
class Parcel:
    """What a folder holds.

    Attributes:
        files: by path below the folder ("a/b"), the sha256 of the content, hexadecimal.
    """

    files: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Identity of all of it."""
        listed = "".join(f"{sha256} {name}\n" for name, sha256 in sorted(self.files.items()))
        return hashlib.sha256(listed.encode()).hexdigest()


def of(folder: Path) -> Parcel:
    """The parcel of all files below a folder."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        files[path.relative_to(folder).as_posix()] = sha256
    return Parcel(files)


def pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """A file in pieces, each with its offset in bytes; an empty file is one empty piece."""
    with path.open("rb") as file:
        offset = 0
        while True:
            piece = file.read(PIECE)
            if piece or not offset:
                yield offset, piece
            if len(piece) < PIECE:
                return
            offset += len(piece)


class Store:
    """Files that have arrived on a machine, named by their content.

    Args:
        folder: made if need be, for this user alone. Whoever may write there decides about grades.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def lacking(self, parcel: Parcel) -> list[str]:
        """Hashes of the files that are not here."""
        return sorted({sha256 for sha256 in parcel.files.values() if not self._path(sha256).is_file()})

    def receive(self, sha256: str, offset: int, piece: bytes, sender: str) -> None:
        """Take a piece of a file; pieces come in order.

        Args:
            sha256: of the whole file.
            offset: bytes that came before.
            piece: what follows.
            sender: tells senders apart who send the same file at the same time.
        """
        with self._arriving(sha256, sender).open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(piece)

    def arrived(self, sha256: str, sender: str) -> None:
        """Put a file into its place, all of whose pieces came.

        Raises:
            ParcelError: its content is another.
        """
        arriving = self._arriving(sha256, sender)
        with arriving.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        if found != sha256:
            arriving.unlink()
            raise ParcelError(f"a file arrived damaged: {found[:12]} in place of {sha256[:12]}")
        arriving.replace(self._path(sha256))

    def unpack(self, parcel: Parcel, folder: Path) -> None:
        """Lay a parcel's files out below an empty folder.

        Raises:
            ParcelError: a name leads out of the folder.
            OSError: a file is not here.
        """
        for name, sha256 in parcel.files.items():
            path = folder / name
            if not path.resolve().is_relative_to(folder.resolve()):
                raise ParcelError(f"{name} leads out of the course's folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not a link: what is unpacked may be changed, what is stored never.
            shutil.copyfile(self._path(sha256), path)

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ParcelError(f"{sha256[:80]!r} is no sha256")
        return self._folder / sha256

    def _arriving(self, sha256: str, sender: str) -> Path:
        mark = hashlib.sha256(sender.encode()).hexdigest()[:16]
        return self._path(sha256).with_suffix(f".{mark}.tmp")


def machine_folder(cache: Path | None) -> Path:
    """Where this machine keeps what arrives: in the user's cache, if there is one, else until a restart."""
    if cache is not None:
        with suppress(OSError):
            folder = cache / "parcels"
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return folder
    return Path(tempfile.mkdtemp(prefix="loupe-parcels-"))
