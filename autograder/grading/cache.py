"""Arrays that the oracle computed, kept by their content's hash: in memory, and what took long on disk.

The folder belongs to the user who grades: `LOUPE_CACHE`, or `loupe` in `XDG_CACHE_HOME` or `~/.cache`; an
empty `LOUPE_CACHE` means no folder. Student code can neither read nor write there. A file that is damaged,
foreign or gone only means computing again; a folder that cannot be used is as good as none. Holds nothing of
a submission on disk, and never unpickles.
"""

from __future__ import annotations

import hashlib
import io
import mmap
import os
import stat
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import numpy as np

from autograder.checks.base import Floats

ON_DISK: Final = 2_000_000_000
IN_MEMORY: Final = 512_000_000
"""Bytes that are kept at most; what was used longest ago goes first."""

_SUFFIX: Final = ".array"
_TEMPORARY: Final = ".array.tmp"
_CHECK: Final = hashlib.sha256().digest_size


def digest(*parts: str | Floats) -> str:
    """The identity of some texts and arrays together: a sha256, hexadecimal.

    Args:
        parts: an array counts with its shape and type.
    """
    whole = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            content = part.encode("utf-8", "surrogatepass")
            whole.update(f"text {len(content)} ".encode() + content)
        else:
            whole.update(f"array {part.shape} {part.dtype.str} ".encode())
            whole.update(np.ascontiguousarray(part).data)
    return whole.hexdigest()


def folder() -> Path | None:
    """The folder of this user, by the environment; None where there is to be none."""
    named = os.environ.get("LOUPE_CACHE")
    if named is not None:
        return Path(named) if named.strip() else None
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # There is no home.
        return None
    return Path(base, "loupe")


class Cache:
    """Arrays by key.

    Args:
        where: a folder of the user's own, made if need be; None for memory alone.
        on_disk, in_memory: bytes kept at most.
    """

    def __init__(self, where: Path | None = None, on_disk: int = ON_DISK, in_memory: int = IN_MEMORY) -> None:
        self._folder = None if where is None else _usable(where / "oracle")
        self._on_disk = on_disk
        self._in_memory = in_memory
        self._held: OrderedDict[str, Floats] = OrderedDict()

    def array(self, key: str, compute: Callable[[], Floats], *, lasting: bool = False) -> Floats:
        """The array of a key.

        Args:
            key: a `digest` of all that the array depends on.
            compute: called when it is not known yet.
            lasting: keep it on disk too; worth it from about 50 ms of computing.

        Returns:
            An array that nobody may write to.
        """
        found = self._held.get(key)
        if found is None and lasting:
            found = self._read(key)
        if found is None:
            found = compute()
            if lasting and self._write(key, found):
                # The file's own pages in place of those that were computed: the system can drop them.
                kept = self._read(key)
                found = found if kept is None else kept
        self._hold(key, found)
        return found

    def _hold(self, key: str, array: Floats) -> None:
        self._held[key] = array
        self._held.move_to_end(key)
        size = sum(one.nbytes for one in self._held.values())
        while size > self._in_memory:
            size -= self._held.popitem(last=False)[1].nbytes

    def _read(self, key: str) -> Floats | None:
        """What lies on disk, if it is whole: its sha256 stands before it.

        The file is mapped, not copied: files of this folder are replaced or removed, never written to.
        """
        if self._folder is None:
            return None
        path = self._folder / f"{key}{_SUFFIX}"
        try:
            if path.stat().st_size > self._on_disk:
                return None
            with path.open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            os.utime(path)
        except (OSError, ValueError):  # An empty file cannot be mapped.
            return None
        if hashlib.sha256(memoryview(content)[_CHECK:]).digest() != content[:_CHECK]:
            return None
        content.seek(_CHECK)
        try:
            if np.lib.format.read_magic(content) != (1, 0):
                return None
            shape, column_major, dtype = np.lib.format.read_array_header_1_0(content)
            if column_major or dtype.kind not in "biuf":
                return None
            return np.frombuffer(content, dtype, offset=content.tell()).reshape(shape)
        except ValueError:
            return None

    def _write(self, key: str, array: Floats) -> bool:
        """Put an array on disk in one step; where that fails, it is not kept. Whether it was."""
        if self._folder is None or array.nbytes > self._on_disk // 4 or array.dtype.kind not in "biuf":
            return False
        rows = np.asarray(array, order="C")
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(rows))
        numbers = rows.reshape(-1).view(np.uint8).data
        whole = hashlib.sha256(stream.getbuffer())
        whole.update(numbers)
        temporary = self._folder / f"{uuid4().hex}{_TEMPORARY}"
        try:
            with temporary.open("xb") as file:
                file.write(whole.digest())
                file.write(stream.getbuffer())
                file.write(numbers)
            temporary.replace(self._folder / f"{key}{_SUFFIX}")
            self._make_room()
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            return False
        return True

    def _make_room(self) -> None:
        """Remove what was used longest ago, until the rest fits; other files are left alone."""
        if self._folder is None:
            return
        found: list[tuple[float, int, Path]] = []
        for entry in os.scandir(self._folder):
            with suppress(OSError):  # Another process may have removed it.
                if entry.name.endswith((_SUFFIX, _TEMPORARY)) and entry.is_file(follow_symlinks=False):
                    known = entry.stat(follow_symlinks=False)
                    found.append((known.st_mtime, known.st_size, Path(entry.path)))
        size = sum(one[1] for one in found)
        for _, length, path in sorted(found):
            if size <= self._on_disk:
                return
            with suppress(OSError):
                path.unlink()
            size -= length


def _usable(path: Path) -> Path | None:
    """A folder that is this user's alone, made if need be; None if it cannot be had."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = path.lstat()
        ours = not hasattr(os, "geteuid") or known.st_uid == os.geteuid()
        alone = stat.S_ISDIR(known.st_mode) and not known.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return path if ours and alone and os.access(path, os.W_OK | os.X_OK) else None
    except OSError:
        return None
