"""What the container around this process allows, and whom it killed, as control groups tell."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Final

_FOLDER: Final = Path("/sys/fs/cgroup")
_PLENTY: Final = 1 << 10


def processes_killed(folder: Path = _FOLDER) -> int:
    """How many processes were killed in this container because its memory was full; 0 where nobody counts."""
    for name in ("memory.events", "memory/memory.oom_control"):  # The second and the first version.
        found = re.search(r"^oom_kill (\d+)$", _text(folder / name), re.MULTILINE)
        if found:
            return int(found[1])
    return 0


def processors(folder: Path = _FOLDER) -> int:
    """How many processors it may use, rounded up; many where it has no limit."""
    limit = _text(folder / "cpu.max") or " ".join(
        _text(folder / "cpu" / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")
    )
    found = re.match(r"(\d+) (\d+)", limit)
    return math.ceil(int(found[1]) / int(found[2])) if found else _PLENTY


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
