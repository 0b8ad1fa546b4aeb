"""Runs an attack at a level of isolation and says what came of it, seen from outside.

A level is one way to execute a notebook. Two are controls: "none", Loupe's own process without walls, and
"naive", a grader of the ordinary kind.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from autograder.engine import process
from autograder.engine.cold import Cold
from autograder.engine.forks import Warm
from autograder.engine.launcher import Launcher, LaunchError
from autograder.evidence import Evidence, Missing, Plan, QuestionEvidence, Scalar
from autograder.worker import levels
from autograder.worker.walls import JobLimits
from tests.security import world as worlds
from tests.security.attack import AFTER, BEFORE, CREDIT, Attack, notebook, plan
from tests.security.world import World

SECONDS = 40.0
_ORDINARY_SECONDS = 6.0
_MARGIN = 25.0

Execute = Callable[[Path, Path, Plan, float], Evidence]

BENIGN = [
    "import json, os, tempfile\nimport numpy as np\nimport matplotlib.pyplot as plt\nimport helper\n"
    "loot = [helper.value, json.loads(json.dumps([1.5])), np.arange(6).reshape(2, 3).sum(axis=0),"
    " len([1, 2]), isinstance(1, int)]\n"
    "figure = plt.figure()\nfigure.add_axes([0, 0, 1, 1]).imshow([[0, 1], [2, 3]])\nplt.show()",
]
_SEEN = """
places = ["/proc", "/tmp", "/dev/shm", "/var/tmp", "/run", ".", os.path.expanduser("~"), tempfile.gettempdir()]
seen = []
for place in places:
    try:
        seen += os.listdir(place)
    except OSError:
        pass
for pid in filter(str.isdigit, seen):
    try:
        seen.append(open(f"/proc/{pid}/comm").read())
    except OSError:
        pass
loot = loot + [sum(W["earlier"] in name for name in seen)]
"""


@dataclass(frozen=True)
class Level:
    """One way to execute a notebook.

    Attributes:
        name: "A", "B", … or "none" or "naive".
        execute: runs a notebook.
        isolation: what confines it, in the grader's words.
    """

    name: str
    execute: Execute
    isolation: str


@dataclass(frozen=True)
class Outcome:
    """What came of an attack.

    Attributes:
        attack, level: which.
        harm: what it achieved, seen from outside; empty when it failed.
        lost: what of the notebook's own was not graded although it should have been.
        spoiled: how the next submission was affected.
        seconds: of the attack's notebook.
    """

    attack: Attack
    level: str
    harm: tuple[str, ...]
    lost: tuple[str, ...]
    spoiled: tuple[str, ...]
    seconds: float


def attempt(attack: Attack, level: Level, *, follow: bool = True) -> Outcome:
    """Run an attack, look around, and run an innocent notebook after it.

    Args:
        attack: what to run.
        level: how.
        follow: whether the innocent notebook is run too.
    """
    with World(asdict(LIMITS), ordinary=level.name == "naive") as world:
        path = world.submit(attack)
        started = time.monotonic()
        try:
            evidence = level.execute(path, world.folder / "support", plan(attack.cell_seconds), SECONDS)
        except (OSError, LaunchError) as error:  # The engine grades nothing then, and says so.
            evidence = Evidence(failure=str(error))
        except Exception as error:
            evidence = Evidence(failure="the judge failed")
            return Outcome(attack, level.name, (f"the judge raised {type(error).__name__}",), (), (), 0.0)
        seconds = time.monotonic() - started
        harm = world.damage(evidence)
        if attack.outside:
            harm += attack.outside(world, evidence)
        if seconds > SECONDS + _MARGIN:
            harm.append(f"it took {seconds:.0f} s")
        spoiled = _spoiled(world, level) if follow else ()
        return Outcome(
            attack, level.name, tuple(dict.fromkeys(harm)), _lost(attack, evidence), spoiled, seconds
        )


def _lost(attack: Attack, evidence: Evidence) -> tuple[str, ...]:
    wanted = {"all": {"before": BEFORE, "after": AFTER}, "before": {"before": BEFORE}, "nothing": {}}
    lost = []
    for name, value in wanted[attack.keeps].items():
        captured = evidence.questions[name].values.get(name) if name in evidence.questions else None
        if not (isinstance(captured, Scalar) and captured.value == value):
            shown = "nothing" if captured is None or isinstance(captured, Missing) else str(captured)[:80]
            lost.append(f"{name} was {shown}; {evidence.failure} {evidence.notes} {evidence.errors}"[:900])
    return tuple(lost)


def _spoiled(world: World, level: Level) -> tuple[str, ...]:
    """How an innocent notebook right after differs from what it always gives."""
    path = world.folder / "next.ipynb"
    facts = {"earlier": world.marker}
    path.write_text(json.dumps(notebook([*BENIGN, _SEEN], facts)))
    evidence = level.execute(path, world.folder / "support", plan(20.0), SECONDS)
    found = list(_lost(Attack("next", "", ""), evidence))
    question = evidence.questions.get("attack", QuestionEvidence("attack"))
    seen = repr(_plain(question.values.get("loot")))
    if seen != "[7, [1.5], [3, 5, 7], 2, True, 0]":
        found.append(f"its answer was {seen[:200]} {evidence.errors}"[:900])
    if len(question.figures) != 1:
        found.append(f"it had {len(question.figures)} figures")
    return tuple(found)


def _plain(value: Any) -> Any:
    """A captured value as Python's own lists and numbers."""
    if hasattr(value, "items"):
        return [_plain(item) for item in value.items]
    if hasattr(value, "array"):
        return value.array.tolist()
    return getattr(value, "value", value)


# ---------------------------------------------------------------- the levels

LIMITS = JobLimits(memory_mb=1500, file_mb=64, disk_mb=96, inodes=5000, processes=128)
"""Small, so that the exhausting attacks stay small too: they try a quarter more."""


@contextmanager
def level(name: str) -> Iterator[Level]:
    """A level, ready to execute notebooks.

    Args:
        name: "naive" or "none", the controls, or any other for the best that this machine can do.
    """
    if name == "naive":
        yield Level(name, _ordinary, "")
        return
    launcher: Launcher = Cold(1) if name == "none" else Warm(levels.probe(), LIMITS, 1)
    try:
        yield Level(name, partial(_launched, launcher), launcher.isolation)
    finally:
        launcher.close()


def _launched(launcher: Launcher, path: Path, support: Path, asked: Plan, seconds: float) -> Evidence:
    return process.execute(path, support, asked, seconds=seconds, launcher=launcher)


def _ordinary(path: Path, support: Path, asked: Plan, seconds: float) -> Evidence:
    """The naive grader's verdict in the form of evidence; a failure to give one counts as lost answers."""
    folder = path.parent.parent / "ordinary"
    folder.mkdir(exist_ok=True)
    (folder / "helper.py").write_text(worlds.HELPER)
    script = Path(__file__).with_name("naive.py")
    started = subprocess.Popen(
        [sys.executable, str(script), str(path), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        close_fds=False,
        start_new_session=True,
        cwd=folder,
    )
    try:
        printed = started.communicate(timeout=_ORDINARY_SECONDS)[0]
    except subprocess.TimeoutExpired:
        printed = b""
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        printed = printed or b"{}"
        started.communicate()
    said = json.loads(printed if printed.startswith(b"{") and printed.endswith(b"}") else b"{}")
    evidence = Evidence(questions={one.id: QuestionEvidence(one.id) for one in asked.questions})
    for name, value in (("before", BEFORE), ("after", AFTER)):
        if said.get(name):
            evidence.questions[name].values[name] = Scalar(value, "int")
    loot = CREDIT if said.get("credited") else said.get("loot", "")
    evidence.questions["attack"].values["loot"] = Scalar(loot, "str")
    return evidence
