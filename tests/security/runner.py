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
from typing import Any

from autograder.engine import process
from autograder.worker import levels
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


@dataclass(frozen=True)
class Run:
    """Attacks run at a level.

    Attributes:
        level: the kind of machine, or the control.
        reached: the level of isolation that the machine came to; "" for controls.
        isolation: what confined them, in the grader's words.
        seen: outcomes by the attacks' ids.
    """

    level: str
    reached: str
    isolation: str
    seen: dict[str, Seen]


def machines() -> tuple[str, ...]:
    """The kinds of machine that can be tried here."""
    if privileged():
        return tuple(imitate.MACHINES)
    return () if levels.probe().level == "D" else ("here",)


def privileged() -> bool:
    """Whether this is root with all its powers: every kind of machine can be imitated, every attack can work."""
    if os.geteuid() != 0:
        return False
    lines = Path("/proc/self/status").read_text().splitlines()
    held = next(int(line.split()[1], 16) for line in lines if line.startswith("CapEff"))
    return bool(held >> 21 & 1 and held >> 19 & 1)  # SYS_ADMIN and SYS_PTRACE


def outcomes(level: str, ids: Iterable[str]) -> Run:
    """Run attacks at a level.

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
    (reached, isolation), *seen = map(json.loads, done.stdout.splitlines())
    return Run(level, reached, isolation, {one["attack"]: _seen(one) for one in seen})


def _seen(record: dict[str, Any]) -> Seen:
    harm, lost, spoiled = (tuple(record[key]) for key in ("harm", "lost", "spoiled"))
    return Seen(record["attack"], record["level"], harm, lost, spoiled, record["seconds"])


def main(level: str) -> None:
    """Run what is asked for, several at once."""
    # A cell that cannot be interrupted is ended from outside after this long; the real value suits slow machines.
    process._GRACE_SECONDS = _LEAST_MARGIN
    ids = sys.stdin.read().split()
    with harness.level(level) as chosen, ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        reached = "" if level in CONTROLS else levels.probe().level
        print(json.dumps([reached, chosen.isolation]))
        follow = level not in CONTROLS
        for outcome in pool.map(lambda id: harness.attempt(BY_ID[id], chosen, follow=follow), ids):
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
