"""Keeps a second run out of a folder of results."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOCK: Final = ".loupe-grade"


class BusyError(Exception):
    """Another run is writing into the folder; the message is one sentence."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder; it is free again when the process ends, however that happens.

    Raises:
        BusyError: somebody holds it; says who.
    """
    with (folder / LOCK).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyError(
                f"{folder}: another `loupe grade` is writing here ({file.read().strip() or 'unknown'}). "
                "Wait for its end, or give another folder with --out."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}\n")
        file.flush()
        yield
