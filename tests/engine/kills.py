"""Kills `loupe grade` at random moments, resumes it, and compares with a run that nobody disturbed.

    python -m tests.engine.kills              # 200 kills; writes benchmarks/results/kills.md
    python -m tests.engine.kills --kills 5    # prints only

Each kill hits a new run, every third one its resumption, too, at a moment drawn evenly from the time that an
undisturbed run takes. The runs are forks of a process that has imported TensorFlow, so that few moments are
spent on that; they grade with the real engine.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "kills.md"
MOST_SECONDS = 300.0


@dataclass
class Tally:
    """What was seen."""

    kills: int = 0
    before_any: int = 0
    finished: int = 0
    kept: Counter[int] = field(default_factory=Counter)
    unlike: list[str] = field(default_factory=list)


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


def kill(count: int, chance: random.Random) -> tuple[Tally, float]:
    """Kill so many runs; returns what was seen and the seconds of an undisturbed run."""
    from tests.engine.test_run import content, slow_class

    with tempfile.TemporaryDirectory() as scratch:
        calm = Path(scratch) / "calm"
        calm.mkdir()
        slow_class(calm, seconds=0.3)
        begin = time.perf_counter()
        _run(calm, None)
        usual = time.perf_counter() - begin
        wanted, rows = content(calm), _rows(calm)
        tally = Tally()
        while tally.kills < count:
            # A run may end before its moment, so that kills do not number the folders.
            folder = Path(scratch) / f"killed-{tally.kills}-{tally.finished}"
            folder.mkdir()
            slow_class(folder, seconds=0.3)
            for _ in range(1 + (tally.kills % 3 == 0)):
                before = len(content(folder))
                ended = _run(folder, chance.uniform(0, usual))
                tally.kills += not ended
                tally.finished += ended
                tally.before_any += not ended and not before and not content(folder)
                tally.kept[len(content(folder))] += 1
            _run(folder, None)
            if content(folder) != wanted or _rows(folder) != rows:
                tally.unlike.append(f"{folder.name}: {sorted(content(folder))}, {_rows(folder)}")
            print(f"{tally.kills} of {count} kills; unlike: {len(tally.unlike)}", flush=True)
        return tally, usual


def _run(folder: Path, seconds: float | None) -> bool:
    """Grade in a process of its own; kill it after so many seconds. Whether it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setsid()
            from tests.engine.test_run import grade

            grade(folder)
            status = 0
        finally:
            os._exit(status)
    until = time.monotonic() + (MOST_SECONDS if seconds is None else seconds)
    while time.monotonic() < until:
        found, code = os.waitpid(child, os.WNOHANG)
        if found:
            assert code == 0, f"the run failed: {code}"
            return True
        time.sleep(0.001)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert seconds is not None, "an undisturbed run did not end"
    return False


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


def report(tally: Tally, usual: float, seconds: float) -> str:
    kept = ", ".join(f"{number} results: {count}" for number, count in sorted(tally.kept.items()))
    about = (
        f"Printed by `python -m tests.engine.kills` in {seconds / 60:.0f} minutes on {platform.machine()}, "
        f"{os.cpu_count()} cores. {tally.kills} runs of four submissions were ended by SIGKILL, with all "
        f"processes, at moments drawn evenly from the {usual:.1f} s that an undisturbed run takes, and were "
        f"resumed. {tally.finished} others came to their end before their moment."
    )
    lines = [
        "# `loupe grade`, killed",
        "",
        about,
        "",
        "| | |",
        "|---|---|",
        f"| kills | {tally.kills} |",
        f"| of these, before there was any result | {tally.before_any} |",
        f"| what was on disk at the kill | {kept} |",
        f"| resumed runs that differ from the undisturbed one | {len(tally.unlike)} |",
        "",
        *tally.unlike,
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
