"""Kills `loupe grade` at random moments, resumes it, and compares with a run that nobody disturbed.

    python -m tests.engine.kills              # 200 kills; writes benchmarks/results/kills.md
    python -m tests.engine.kills --kills 5    # prints only

Each kill hits a new run, every third one its resumption, too. A moment is a number of results, all equally
likely, and a share of the time between two of them, since by the clock most moments would hit the start of so
small a run. The runs are forks of a process that has imported TensorFlow; they grade with the real engine.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from tests.engine.test_run import content, grade, hand_in

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "kills.md"
MOST_SECONDS = 300.0
SUBMISSIONS = 12


@dataclass
class Tally:
    """What was seen.

    Attributes:
        kills: runs that were killed.
        finished: runs that came to their end before their moment.
        kept: of kills, by how many results were on disk then.
        between: kills that found a result's files without its row in the ledger.
        unlike: what differs from the undisturbed run, a line each.
    """

    kills: int = 0
    finished: int = 0
    kept: Counter[int] = field(default_factory=Counter)
    between: int = 0
    unlike: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Moment:
    """When to kill.

    Attributes:
        results: as soon as so many are on disk,
        seconds: and then so much later.
    """

    results: int
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    from autograder.engine.quiet import load_tensorflow

    load_tensorflow()
    begin = time.perf_counter()
    tally, usual = kill(options.kills or 200, random.Random(options.seed))
    text = report(tally, usual, time.perf_counter() - begin)
    print(text)
    if not options.kills:
        RESULTS.write_text(text, encoding="utf-8")
    if tally.unlike:
        raise SystemExit(1)


def kill(count: int, chance: random.Random) -> tuple[Tally, tuple[float, float]]:
    """Kill so many runs; returns what was seen, and when the first result of a calm run came and it ended."""
    with tempfile.TemporaryDirectory() as scratch:
        _calm(_class(Path(scratch) / "first"))  # Fills caches.
        calm = _class(Path(scratch) / "calm")
        first, end = _calm(calm)
        wanted, rows = content(calm), _rows(calm)
        assert len(wanted) == SUBMISSIONS
        tally = Tally()
        while tally.kills < count:
            # A run may end before its moment, so that kills do not number the folders.
            folder = _class(Path(scratch) / f"killed-{tally.kills}-{tally.finished}")
            for _ in range(1 + (tally.kills % 3 == 0)):
                results = chance.randint(len(content(folder)), SUBMISSIONS)
                # A run that goes on has to start, too, before it adds a result.
                begins = results == len(content(folder)) < SUBMISSIONS
                gap = first if begins else (end - first) / SUBMISSIONS
                if _run(folder, Moment(results, chance.uniform(0, gap))):
                    tally.finished += 1
                    break
                tally.kills += 1
                tally.kept[len(content(folder))] += 1
                tally.between += len(content(folder)) > _committed(folder)
            _run(folder, None)
            if content(folder) != wanted or _rows(folder) != rows:
                tally.unlike.append(f"{folder.name}: {sorted(content(folder))}, {_rows(folder)}")
            print(f"{tally.kills} of {count} kills; unlike: {len(tally.unlike)}", flush=True)
        return tally, (first, end)


def _class(folder: Path) -> Path:
    """Submissions that take long enough to be interrupted, some of them wrong."""
    (folder / "class").mkdir(parents=True)
    for index in range(SUBMISSIONS):
        source = f"import time\ntime.sleep(0.3)\nanswer1 = {'ABCD'[index % 4]!r}"
        hand_in(folder / "class", f"student-{index:02}", f"{source}  # {index}")
    return folder


def _calm(folder: Path) -> tuple[float, float]:
    """Grade without disturbing; returns when the first result was there, and when it ended, in seconds."""
    begin = time.perf_counter()
    child = _fork(folder)
    first = 0.0
    while not os.waitpid(child, os.WNOHANG)[0]:
        first = first or (time.perf_counter() - begin if _results(folder) else 0.0)
        assert time.perf_counter() - begin < MOST_SECONDS, "an undisturbed run did not end"
        time.sleep(0.001)
    return first, time.perf_counter() - begin


def _run(folder: Path, moment: Moment | None) -> bool:
    """Grade in a process of its own; kill it at a moment. Whether it came to its end."""
    child = _fork(folder)
    latest = time.monotonic() + MOST_SECONDS
    until = latest
    while time.monotonic() < until:
        found, code = os.waitpid(child, os.WNOHANG)
        if found:
            assert code == 0, f"the run failed: {code}"
            return True
        if moment and until == latest and _results(folder) >= moment.results:
            until = time.monotonic() + moment.seconds
        time.sleep(0.001)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert until < latest, "a run did not end"
    return False


def _results(folder: Path) -> int:
    """How many results are on disk."""
    return len(list((folder / "grades").glob("*/result.json")))


def _fork(folder: Path) -> int:
    """A process, and group of processes, that grades the folder."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setsid()
            grade(folder)
            status = 0
        finally:
            os._exit(status)
    return child


def _rows(folder: Path) -> dict[str, Any]:
    """Of the newest run in the ledger: by submission, whether it has its one result."""
    from autograder.engine import ledger

    with ledger.opened(folder / "grades" / ledger.FILE) as book:
        newest = book.history()[-1]
        return {
            "committed": newest.committed,
            "finished": newest.finished is not None,
            "results": sorted(book.contents(newest.id)),
        }


def _committed(folder: Path) -> int:
    """Rows of results in the ledger of a killed run; a copy is opened, so that recovery is the next run's."""
    from autograder.engine import ledger

    with tempfile.TemporaryDirectory() as scratch:
        for path in (folder / "grades").glob(f"{ledger.FILE}*"):
            shutil.copy(path, scratch)
        copy = Path(scratch) / ledger.FILE
        if not copy.exists():
            return 0
        with ledger.opened(copy) as book:
            return max((entry.committed for entry in book.history()), default=0)


def report(tally: Tally, usual: tuple[float, float], seconds: float) -> str:
    first, end = usual
    kept = ", ".join(f"{number}: {count}" for number, count in sorted(tally.kept.items()))
    about = (
        f"Printed by `python -m tests.engine.kills` in {seconds / 60:.0f} minutes on {platform.machine()}, "
        f"{os.cpu_count()} cores. {tally.kills} runs of {SUBMISSIONS} submissions, two at once, were ended "
        "by SIGKILL, with all processes, and were resumed. An undisturbed run has its first result after "
        f"{first:.1f} s and takes {end:.1f} s. Each moment was as soon as a random number of results was on "
        "disk, and then a random part of the time later that the next one takes, or of the time that a run "
        f"takes to begin. {tally.finished} other runs came to their end before their moment."
    )
    some = sum(count for number, count in tally.kept.items() if 0 < number < SUBMISSIONS)
    lines = [
        "# `loupe grade`, killed",
        "",
        about,
        "",
        "| | |",
        "|---|---|",
        f"| kills | {tally.kills} |",
        f"| before any result was on disk | {tally.kept[0]} |",
        f"| with some of them | {some} |",
        f"| with all, but the run not ended | {tally.kept[SUBMISSIONS]} |",
        f"| kills by the number of results on disk | {kept} |",
        f"| with a result's files, but without its row in the ledger | {tally.between} |",
        f"| resumed runs that differ from the undisturbed one | {len(tally.unlike)} |",
        "",
        *tally.unlike,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
