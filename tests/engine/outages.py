"""What a cluster may do while it grades, on real processes; each outcome is held against that of one machine.

    python -m tests.engine.outages            # writes benchmarks/results/outages.md
    python -m tests.engine.outages --only …   # prints only

A scheduler and two workers on this machine, each started again when it dies. Every outage hits a run of its
own of the same class.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from autograder.worker import kernel
from tests.engine import clustering
from tests.engine.clustering import POISON, Cluster

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "outages.md"
NAMES = tuple(f"student-{number:02}" for number in range(12))
PATIENCE = 20.0
"""Seconds that a submission has on a worker here, in place of minutes."""


@dataclass(frozen=True)
class Outcome:
    """Of one outage.

    Attributes:
        name: of the outage.
        seconds: of the run, or of both.
        equal: honest submissions whose results are those of one machine.
        rows: committed rows of the newest run, each of a submission of its own.
        given_up: submissions that were reported as infrastructure.
        left: processes of Loupe's that were there half a minute after the cluster had ended.
        said: what the run said.
    """

    name: str
    seconds: float
    equal: int
    rows: int
    given_up: tuple[str, ...]
    left: int
    said: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", choices=[*OUTAGES])
    options = parser.parse_args()
    from autograder.engine.quiet import load_tensorflow

    load_tensorflow()
    kernel.set_child_subreaper()
    from autograder.course import find
    from autograder.engine.cluster import client
    from tests.engine.test_run import ASSIGNMENT

    usual = 2 * find(None).assignment(ASSIGNMENT).config.limits.notebook_seconds
    client._SPARE_SECONDS = PATIENCE - usual  # type: ignore[misc]
    begin = time.perf_counter()
    outcomes = []
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch) / "here"
        wanted = graded_here(here)
        for name in [options.only] if options.only else OUTAGES:
            folder = Path(scratch) / name.replace(" ", "-")
            outcomes.append(outage(folder, name, wanted))
            print(outcomes[-1], flush=True)
    text = report(outcomes, time.perf_counter() - begin)
    print(text)
    if not options.only:
        RESULTS.write_text(text, encoding="utf-8")


def a_class(folder: Path, *, poison: bool) -> None:
    from tests.engine.test_run import hand_in

    (folder / "class").mkdir(parents=True)
    for index, name in enumerate(NAMES):
        hand_in(
            folder / "class", name, f"import time\ntime.sleep(2)\nanswer1 = {'ABCD'[index % 4]!r}  # {name}"
        )
    if poison:
        hand_in(folder / "class", "poison", f"answer1 = 'A'  {POISON}")


def graded_here(folder: Path) -> dict[str, Any]:
    from tests.engine.test_run import content, grade

    a_class(folder, poison=False)
    grade(folder)
    return content(folder)


def outage(folder: Path, name: str, wanted: dict[str, Any]) -> Outcome:
    """Grade on a cluster while something happens to it."""
    from autograder.engine import ledger
    from tests.engine.test_run import content

    a_class(folder, poison=name == "poison")
    said: list[str] = []
    begin = time.perf_counter()
    with clustering.cluster(folder, preload="poison" if name == "poison" else "") as machines:
        ended = threading.Event()
        service = threading.Thread(target=keep, args=(machines, ended))
        service.start()
        try:
            OUTAGES[name](folder, machines, said)
        finally:
            ended.set()
            service.join()
    seconds = time.perf_counter() - begin
    found = content(folder)
    with ledger.opened(folder / "grades" / ledger.FILE) as book:
        rows = book.history()[-1].committed
    given_up = tuple(key for key, one in found.items() if one["reason"].startswith("Infrastructure"))
    equal = sum(found.get(key) == one for key, one in wanted.items())
    return Outcome(name, seconds, equal, rows, given_up, left_over(), tuple(said))


def keep(machines: Cluster, ended: threading.Event) -> None:
    """What a machine's service manager does."""
    while not ended.wait(0.5):
        machines.revive()


def left_over() -> int:
    """Processes that were started and do not end; orphans are this one's children then."""
    until = time.monotonic() + 30
    while (found := len(clustering.descendants())) and time.monotonic() < until:
        time.sleep(0.5)
    return found


# ---------------------------------------------------------------- outages


def run(folder: Path, machines: Cluster, said: list[str]) -> None:
    from autograder.course import find
    from autograder.engine import run, submissions
    from tests.engine.test_run import ASSIGNMENT

    run.grade(
        find(None).assignment(ASSIGNMENT),
        submissions.find([folder / "class"], folder / "grades"),
        folder / "grades",
        cluster=machines.address,
        progress=False,
        say=said.append,
    )


def meanwhile(folder: Path, machines: Cluster, said: list[str], action: Callable[[], None]) -> None:
    """Grade, and do something once two submissions have their result."""

    def act() -> None:
        clustering.wait_until(lambda: results(folder) >= 2, 300, "two results")
        action()

    thread = threading.Thread(target=act)
    thread.start()
    run(folder, machines, said)
    thread.join()


def results(folder: Path) -> int:
    return len(list((folder / "grades").glob("*/result.json")))


def killed(folder: Path, machines: Cluster, said: list[str]) -> None:
    first = clustering.pids(machines.address, 2)[0]
    meanwhile(folder, machines, said, lambda: os.kill(first, signal.SIGKILL))


def stopped(folder: Path, machines: Cluster, said: list[str]) -> None:
    first = clustering.pids(machines.address, 2)[0]
    meanwhile(folder, machines, said, lambda: os.kill(first, signal.SIGSTOP))
    os.kill(first, signal.SIGCONT)


def restarted(folder: Path, machines: Cluster, said: list[str]) -> None:
    meanwhile(folder, machines, said, lambda: machines.kill("scheduler"))


def client_killed(folder: Path, machines: Cluster, said: list[str]) -> None:
    from tests.engine.test_run import ASSIGNMENT

    loupe = Path(sys.executable).with_name("loupe")
    command = [str(loupe), "grade", ASSIGNMENT, str(folder / "class"), "--out", str(folder / "grades")]
    command += ["--cluster", machines.address, "--quiet"]
    with subprocess.Popen(command, start_new_session=True) as process:
        clustering.wait_until(lambda: results(folder) >= 2, 300, "two results")
        os.killpg(process.pid, signal.SIGKILL)
    said.append(f"{results(folder)} results were there when the client was killed")
    run(folder, machines, said)


OUTAGES: dict[str, Callable[[Path, Cluster, list[str]], None]] = {
    "nothing": run,
    "a worker is killed": killed,
    "a worker is stopped": stopped,
    "the scheduler is killed": restarted,
    "the client is killed": client_killed,
    "poison": run,
}


def report(outcomes: list[Outcome], seconds: float) -> str:
    lines = [
        "# A cluster's outages",
        "",
        f"Printed by `python -m tests.engine.outages` in {seconds / 60:.0f} minutes on {platform.machine()}, "
        f"{os.cpu_count()} cores: a scheduler and two workers on it, {len(NAMES)} submissions a run.",
        "",
        "| what happens | results as of one machine | rows | given up | processes left | seconds |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.equal} of {len(NAMES)} | {one.rows} | {', '.join(one.given_up) or 'none'} "
        f"| {one.left} | {one.seconds:.0f} |"
        for one in outcomes
    ]
    lines += ["", "What the runs said:", ""]
    lines += [f"- {one.name}: {line[:300]}" for one in outcomes for line in one.said]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
