"""Runs attacks on a machine of some kind, in a process of its own that becomes that machine.

`python -m tests.security.runner LEVEL` reads ids of attacks from its input, a line each, and prints an outcome
for each as JSON. `outcomes` starts it. As root every kind of machine can be imitated; else only the machine
itself can be tried.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from autograder.engine import process
from tests.security import harness
from tests.security.attacks import BY_ID
from tests.worker import imitate

CONTROLS = ("naive", "none")
_SIDE_BY_SIDE = 2
_LEAST_MARGIN = 2.0


@dataclass(frozen=True)
class Seen:
    """What came of an attack; see `harness.Outcome`."""

    attack: str
    level: str
    harm: tuple[str, ...]
    lost: tuple[str, ...]
    spoiled: tuple[str, ...]
    seconds: float


def machines() -> tuple[str, ...]:
    """The kinds of machine that can be tried here."""
    if os.geteuid() == 0 and _full_capabilities():
        return tuple(imitate.MACHINES)
    return ("here",)


def privileged() -> bool:
    """Whether attacks that need root's full powers can work here at all."""
    return os.geteuid() == 0 and _full_capabilities()


def _full_capabilities() -> bool:
    lines = Path("/proc/self/status").read_text().splitlines()
    held = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff"))
    return bool(held >> 21 & 1 and held >> 19 & 1)  # SYS_ADMIN and SYS_PTRACE


def outcomes(level: str, ids: Iterable[str]) -> dict[str, Seen]:
    """Run attacks at a level; by id.

    Args:
        level: one of CONTROLS or of `machines()`.
        ids: of attacks.

    Raises:
        subprocess.CalledProcessError: the runner itself failed.
    """
    become: Callable[[], None] | None = imitate.MACHINES.get(level)
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.runner", level],
        input="\n".join(ids),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=become,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": "/tmp"},
    )
    seen = [Seen(**json.loads(line)) for line in done.stdout.splitlines()]
    return {one.attack: one for one in seen}


def main(level: str) -> None:
    """Run what is asked for, several at once."""
    # A cell that cannot be interrupted is ended from outside after this long; the real value suits slow machines.
    process._GRACE_SECONDS = _LEAST_MARGIN
    chosen = harness.level(level)
    ids = sys.stdin.read().split()
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for outcome in pool.map(lambda id: harness.attempt(BY_ID[id], chosen), ids):
            print(json.dumps(_plain(outcome)), flush=True)


def _plain(outcome: harness.Outcome) -> dict[str, object]:
    return {
        "attack": outcome.attack.id,
        "level": outcome.level,
        "harm": outcome.harm,
        "lost": outcome.lost,
        "spoiled": outcome.spoiled,
        "seconds": outcome.seconds,
    }


if __name__ == "__main__":
    main(sys.argv[1])
