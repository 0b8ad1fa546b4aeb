"""Runs attacks on a machine of some kind, in a process of its own that becomes that machine.

`python -m tests.security.runner LEVEL` reads ids of attacks from its input, a line each, and prints JSON: what
confines them, an outcome for each, and what was left of the whole run. `outcomes` starts it. As root every kind
of machine can be imitated; else only the machine itself can be tried.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.engine import process
from autograder.worker import kernel, levels
from tests.security import harness
from tests.security.attacks import BY_ID
from tests.worker import imitate

CONTROLS = ("naive", "none")
_SIDE_BY_SIDE = 2
_LEAST_MARGIN = 2.0
_END_SECONDS = 5.0


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
        remains: processes and files that outlived the run, in words.
    """

    level: str
    reached: str
    isolation: str
    seen: dict[str, Seen]
    remains: tuple[str, ...]


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
    ((reached, isolation), *seen, processes), files = start("tests.security.runner", level, "\n".join(ids))
    left = (*processes, *(f"{name} in the folder for temporary files" for name in files))
    return Run(level, reached, isolation, {one["attack"]: _seen(one) for one in seen}, left)


def start(module: str, level: str, text: str = "") -> tuple[list[Any], list[str]]:
    """Run one of these modules on a machine of some kind.

    Args:
        module: its name; its argument is the level.
        level: as for `outcomes`.
        text: its input.

    Returns:
        The lines it printed, each read as JSON, and what it left in the folder for temporary files.
    """
    become: Callable[[], None] | None = imitate.MACHINES.get(level)
    with tempfile.TemporaryDirectory(
        prefix="loupe-security-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o1777)
        done = subprocess.run(
            [sys.executable, "-m", module, level],
            input=text,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
            preexec_fn=become,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": folder},
        )
        files = sorted(path.name for path in Path(folder).iterdir())
    return [json.loads(line) for line in done.stdout.splitlines()], files


def _seen(record: dict[str, Any]) -> Seen:
    harm, lost, spoiled = (tuple(record[key]) for key in ("harm", "lost", "spoiled"))
    return Seen(record["attack"], record["level"], harm, lost, spoiled, record["seconds"])


def main(level: str) -> None:
    """Run what is asked for, several at once."""
    # A cell that cannot be interrupted is ended from outside after this long; the real value suits slow machines.
    process._GRACE_SECONDS = _LEAST_MARGIN
    if level in CONTROLS:  # Without walls, what stays behind holds the channel open.
        process._DRAIN_SECONDS = _LEAST_MARGIN
    kernel.set_child_subreaper()  # So that whatever loses its parent is found here.
    ids = sys.stdin.read().split()
    with harness.level(level) as chosen, ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        reached = "" if level in CONTROLS else levels.probe().level
        print(json.dumps([reached, chosen.isolation]))
        follow = level not in CONTROLS
        for outcome in pool.map(lambda id: harness.attempt(BY_ID[id], chosen, follow=follow), ids):
            print(json.dumps(_plain(outcome)), flush=True)
    print(json.dumps(_processes()))


def _processes() -> list[str]:
    """Names of this process's living descendants; those that are about to end are waited for."""
    end = time.monotonic() + _END_SECONDS
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        if time.monotonic() > end:
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            return [f"process {Path('/proc', pid, 'comm').read_text().strip()}" for pid in children]
        time.sleep(0.05)


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
