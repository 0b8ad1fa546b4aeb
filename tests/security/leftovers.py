"""Removes what attacks leave where ordinary means do not reach: immutable files, System V objects."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import struct
import subprocess
from pathlib import Path


def unseal(folder: Path) -> None:
    """Make what was made immutable deletable again."""
    with contextlib.suppress(OSError), (folder / "inner" / "file").open() as opened:
        fcntl.ioctl(opened, 0x40086602, struct.pack("l", 0))


def remove(path: Path) -> None:
    """Delete it; Python's own ways are no match for folders nested thousands deep."""
    subprocess.run(["rm", "-rf", "--", str(path)], check=False, stderr=subprocess.DEVNULL)


def remove_ipc(libc: ctypes.CDLL, key: int) -> None:
    """Remove the objects with this key, if there are any."""
    for find, remove, command in (
        (libc.shmget(key, 0, 0), libc.shmctl, (0, None)),
        (libc.msgget(key, 0), libc.msgctl, (0, None)),
        (libc.semget(key, 0, 0), libc.semctl, (0, 0)),
    ):
        if find != -1:
            remove(find, *command)
