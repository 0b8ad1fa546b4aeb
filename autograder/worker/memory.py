"""How much memory a job holds, its processes and its files in memory together, as the kernel counts it.

For the supervisor, twenty times a second. Only looks; ends nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence

_PAGE = os.sysconf("SC_PAGE_SIZE")
_SECONDS = 1.0


class Memory:
    """Counts resident pages, which is cheap; where that is too much, counts pages that are shared once.

    Forked processes share most of what TensorFlow takes up: eight of them have 5 GB resident and hold 1 GB.

    Args:
        limit_mb: below it, nobody need know more exactly.
    """

    def __init__(self, limit_mb: float) -> None:
        self._limit = limit_mb
        self._shared = 0.0
        self._until = 0.0

    def used_mb(self, processes: Sequence[int]) -> float:
        """What these processes hold together, in MB; at the most one second old where they share pages.

        Whom this process may not look into is counted with all its pages.
        """
        resident = sum(map(_resident_mb, processes))
        if resident <= self._limit:
            return resident
        if resident - self._shared > self._limit or time.monotonic() > self._until:
            self._shared = max(0.0, resident - sum(map(_proportional_mb, processes)))
            self._until = time.monotonic() + _SECONDS
        return resident - self._shared


def files_mb(process: int, folders: Iterable[str]) -> float:
    """What lies in a process's folders, each a file system in memory, in MB; 0 when it cannot be seen."""
    total = 0
    for folder in folders:
        try:
            system = os.statvfs(f"/proc/{process}/root{folder}")
        except OSError:
            continue
        total += (system.f_blocks - system.f_bfree) * system.f_frsize
    return total / 1e6


def _resident_mb(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123 - twenty times a second
            return int(file.read().split()[1]) * _PAGE / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


def _proportional_mb(pid: int) -> float:
    """Its pages, each divided by the number of processes that share it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:  # noqa: PTH123 - as above
            lines = dict(line.split(":", 1) for line in file.read().splitlines()[1:])
        return int(lines["Pss"].split()[0]) * 1024 / 1e6
    except (OSError, KeyError, ValueError):
        return _resident_mb(pid)
