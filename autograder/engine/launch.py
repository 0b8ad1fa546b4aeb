"""Chooses how the process that executes a submission is started: the best that this machine has.

Refuses what is weaker than demanded; starts nothing but the search for walls.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache

from autograder.engine.cold import Cold
from autograder.engine.devices import Gpu
from autograder.engine.forks import Warm
from autograder.engine.launcher import Launcher, LaunchError
from autograder.engine.twin import Twin
from autograder.worker import levels
from autograder.worker.walls import JobLimits


@dataclass(frozen=True)
class Confinement:
    """What an instructor demands of the walls around student code.

    Attributes:
        level: the weakest acceptable level: "A", "A′", "B", "C"; or "D", for anything.
        accept_weak: whether level D will do although it keeps nothing from student code.
    """

    level: str = "D"
    accept_weak: bool = False


ANY = Confinement()


def choose(
    confinement: Confinement,
    limits: JobLimits,
    threads: int,
    twin: Twin | None = None,
    gpu: Gpu | None = None,
) -> Launcher:
    """The best launcher this machine has.

    Args:
        confinement: what is demanded of it.
        limits: of every job.
        threads: CPU threads of a job's arithmetic.
        twin: a warm process that was forked already; used where it can be.
        gpu: that jobs may use; none by default, whatever there is.

    Raises:
        LaunchError: it is weaker than demanded.
    """
    found = probed()
    if levels.LEVELS.index(found.level) > levels.LEVELS.index(confinement.level):
        raise LaunchError(
            f"This machine reaches isolation level {found.level}, but level {confinement.level} is demanded; "
            "`loupe doctor` says what is missing."
        )
    if found.level == "D":
        if not confinement.accept_weak:
            raise LaunchError(
                "This machine cannot confine student code (level D): submissions could read hidden checks. "
                "`loupe doctor` says what is missing; --accept-weak-isolation grades all the same."
            )
        return Cold(threads, gpu)
    return Warm(found, limits, threads, gpu, twin)


@lru_cache(maxsize=1)
def probed() -> levels.Isolation:
    """What this machine can do, tried in a process without threads.

    Raises:
        LaunchError: not even that process ran.
    """
    command = [sys.executable, "-m", "autograder.worker.levels"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise LaunchError(f"The search for walls failed: {done.stderr.decode(errors='replace')[-500:]}")
    found = json.loads(done.stdout)
    return levels.Isolation(
        found["level"], frozenset(found["layers"]), tuple(found["missing"]), tuple(found["advice"])
    )
