"""What grading a hand-in takes inside Gradescope's default container: half a processor, 768 MB, ten minutes.

    python benchmarks/gradescope.py                # writes benchmarks/results/gradescope.md
    python benchmarks/gradescope.py --quick        # one run in place of three, prints only

Builds `gradescope.zip` of the guided assignment, unpacks it into a folder like `/autograder`, installs it by
its own setup.sh (which takes a package index, and some minutes), and runs `run_autograder` on the solution,
as root in a container, in control groups with Gradescope's limits. Needs root, and control groups that it may
write to.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import find
from autograder.packages import builder
from autograder.release import student

# Some package that is installed is named tests, too.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.worker import imitate

RESULTS = Path(__file__).resolve().parent / "results" / "gradescope.md"
ASSIGNMENT = "investigating-cnns"
MEMORY_MB = 768
PROCESSORS = 0.5
SECONDS = 600
RUNS = 3
_SAMPLE_SECONDS = 0.25
_GROUPS = Path("/sys/fs/cgroup")
_NAME = "loupe-benchmark"


class Group:
    """A control group with Gradescope's limits, of the second version or of the first."""

    def __init__(self) -> None:
        unified = (_GROUPS / "cgroup.controllers").exists()
        places = [_GROUPS] if unified else [_GROUPS / "memory", _GROUPS / "cpu"]
        self.folders = [place / _NAME for place in places]
        self.memory, cpu = self.folders[0], self.folders[-1]
        for folder in self.folders:
            folder.mkdir()
        period = 100_000
        quota = int(PROCESSORS * period)
        if unified:
            (self.memory / "memory.max").write_text(str(MEMORY_MB << 20))
            (cpu / "cpu.max").write_text(f"{quota} {period}")
        else:
            (self.memory / "memory.limit_in_bytes").write_text(str(MEMORY_MB << 20))
            (cpu / "cpu.cfs_quota_us").write_text(str(quota))
        self._killed = "memory.events" if unified else "memory.oom_control"

    def enter(self) -> None:
        """Put the calling process, and all that it starts, into it."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def processes(self) -> list[int]:
        return [int(line) for line in (self.memory / "cgroup.procs").read_text().split()]

    def killed(self) -> int:
        """How many processes it has killed for want of memory."""
        found = re.search(r"^oom_kill (\d+)", (self.memory / self._killed).read_text(), re.MULTILINE)
        return int(found[1]) if found else 0

    def close(self) -> None:
        for folder in self.folders:
            folder.rmdir()


@dataclass
class Watch:
    """Samples what the processes of a group hold; a page that several share is counted once.

    Attributes:
        peak: in MB, the largest sum; and of that what belongs to no file.
        processes: how many there were then.
    """

    group: Group
    peak: tuple[float, float] = (0.0, 0.0)
    processes: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            held = [pages for pages in map(pages_of, self.group.processes()) if pages is not None]
            sums = (sum(whole for whole, _ in held), sum(own for _, own in held))
            if sums[0] > self.peak[0]:
                self.peak, self.processes = sums, len(held)

    def end(self) -> None:
        self._ended.set()


@dataclass(frozen=True)
class Measured:
    """One run."""

    seconds: float
    peak_mb: float
    own_mb: float
    processes: int
    killed: int
    score: Any
    load: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    folder = Path(tempfile.mkdtemp(prefix="gradescope-"))
    try:
        folder.chmod(0o755)
        installed = install(folder)
        text = report([measure(folder) for _ in range(1 if quick else RUNS)], installed)
    finally:
        shutil.rmtree(folder)
    print(text)
    if not quick:
        RESULTS.write_text(text, encoding="utf-8")


def install(root: Path) -> str:
    """Make Gradescope's folder, and say what that took."""
    assignment = find(None).assignment(ASSIGNMENT)
    for part in ("source", "submission", "results"):
        (root / part).mkdir()
    ((_, archive),) = builder("gradescope")(assignment, root / "dist", print)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    notebook = student.notebook_of(assignment, "solution")
    student.write_notebook(notebook, root / "submission" / student.notebook_name(assignment))
    started = time.perf_counter()
    subprocess.run(["bash", root / "source" / "setup.sh"], cwd=root, check=True)
    seconds = time.perf_counter() - started
    size = sum(path.lstat().st_size for path in (root / "environment").rglob("*") if not path.is_symlink())
    return (
        f"zip {archive.stat().st_size / 1e6:.0f} MB; `setup.sh` {seconds:.0f} s on two unlimited cores, "
        f"environment {size / 1e9:.1f} GB, its last step (Loupe grades its own solution) included"
    )


def measure(root: Path) -> Measured:
    """Run the autograder once in Gradescope's limits."""
    (root / "results" / "results.json").unlink(missing_ok=True)
    forget(root)
    load, group = os.getloadavg()[0], Group()
    try:

        def become() -> None:
            group.enter()
            imitate.become_container_root()

        watch = Watch(group)
        watcher = threading.Thread(target=watch.follow)
        watcher.start()
        started = time.perf_counter()
        try:
            subprocess.run(
                ["bash", "run_autograder"], cwd=root, preexec_fn=become, timeout=SECONDS, check=False
            )
        finally:
            seconds = time.perf_counter() - started
            watch.end()
            watcher.join()
        killed = group.killed()
    finally:
        group.close()
    found = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    return Measured(seconds, *watch.peak, watch.processes, killed, found.get("score"), load)


def forget(root: Path) -> None:
    """Drop a folder's files from the system's memory, so that whoever reads them again is charged for it."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            descriptor = os.open(path, os.O_RDONLY)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def pages_of(process: int) -> tuple[float, float] | None:
    """MB that a process holds, pages that are shared divided by how many share them; and without files."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    found = dict(re.findall(r"^(Pss\w*):\s+(\d+)", text, re.MULTILINE))
    return (int(found["Pss"]) / 1024, int(found["Pss_Anon"]) / 1024) if found else None


def report(runs: list[Measured], installed: str) -> str:
    group = "version 2" if (_GROUPS / "cgroup.controllers").exists() else "version 1"
    fits = all(run.killed == 0 and run.score is not None and run.seconds < SECONDS for run in runs)
    lines = [
        "# In Gradescope's default container",
        "",
        f"The solution of `{ASSIGNMENT}`, graded by `run_autograder` of its `gradescope.zip` as root in a "
        f"container (level B), in control groups ({group}) with {PROCESSORS:g} processor and {MEMORY_MB} MB "
        f"for all processes together. Machine: {platform.machine()}, {os.cpu_count()} cores, Linux "
        f"{platform.release()}. Made by `python benchmarks/gradescope.py`.",
        "",
        f"Installed: {installed}.",
        "",
        "| run | wall, s | peak, MB | not of files, MB | processes then | killed | score | load before |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for number, run in enumerate(runs, 1):
        lines.append(
            f"| {number} | {run.seconds:.0f} | {run.peak_mb:.0f} | {run.own_mb:.0f} | {run.processes} | "
            f"{run.killed} | {run.score} | {run.load:.1f} |"
        )
    lines += [
        "",
        f"Ten minutes and {MEMORY_MB} MB {'hold' if fits else 'do NOT hold'}. The peak is the sum of all "
        "processes' proportional set sizes, sampled four times a second. Pages of files, most of them "
        "TensorFlow's libraries, can be dropped and read again, and the kernel does so when memory is short; "
        "the others cannot be taken back.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
