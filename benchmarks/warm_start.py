"""What warm start and walls cost and save, against `jupyter nbconvert --execute`, in one run.

    python benchmarks/warm_start.py            # writes benchmarks/results/warm_start.md
    python benchmarks/warm_start.py --quick    # fewer repetitions, prints only

The sides are measured in turn on the same notebook, the reference solution of `investigating-cnns`.
Wall-clock seconds; medians (minimum – maximum).
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from autograder.course import Assignment, find
from autograder.engine import local
from autograder.engine.submissions import Submission
from autograder.release import solution
from autograder.report import files
from reference import datasets

RESULTS = Path(__file__).resolve().parent / "results" / "warm_start.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    text = report(turns=3 if quick else 10, row=30 if quick else 300)
    print(text)
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")


def report(turns: int, row: int) -> str:
    assignment = find(None).assignment("investigating-cnns")
    data = datasets.load(assignment.config.data.name)
    with tempfile.TemporaryDirectory() as scratch, local.grader(assignment, jobs=1) as prepared:
        folder = Path(scratch)
        notebook = solution.build(assignment, folder / "solution", data)
        empty = written(folder / "empty.ipynb", "1 + 1")

        def graded(path: Path) -> None:
            for result in prepared.grade([Submission("one", path)]):
                files.write_submission(result, folder / "out")

        first = timed(lambda: graded(notebook))
        converted, warm, nothing = [], [], []
        for turn in range(turns):
            if turn % 2 == 0:
                converted.append(timed(lambda: nbconvert(notebook)))
            warm.append(timed(lambda: graded(notebook)))
            nothing.append(timed(lambda: graded(empty)))
        locks = [lock_seconds(prepared, empty) for _ in range(3 * turns)]
        idle = idle_memory(prepared, written(folder / "idle.ipynb", "import time; time.sleep(3)"))
    together, steps = class_seconds(assignment, data, turns, row)
    lines = [
        "# Warm start and walls",
        "",
        f"Machine: {machine()}. Isolation: {prepared.isolation}. Made by `python benchmarks/warm_start.py`.",
        "",
        "| what | asked | measured |",
        "|---|---|---|",
        f"| fork to walls that stand and are checked | ≤ 30 ms | {spread(locks, 'ms', 1000)} |",
        f"| an empty notebook graded, page written | ≤ 0.4 s | {spread(nothing)} |",
        f"| the first solution (imports, oracle) | | {first:.1f} s |",
        f"| each further solution graded, checks and page included | | {spread(warm)} |",
        f"| `jupyter nbconvert --execute` of the same notebook | | {spread(converted)} |",
        f"| ratio of the medians, one notebook at a time | ≥ 6 | {median_ratio(converted, warm):.1f} |",
        f"| each solution of a class, as many at once as cores | | {spread(together['loupe'])} |",
        f"| `nbconvert` of as many at once as cores, each | | {spread(together['nbconvert'])} |",
        f"| ratio: nbconvert alone to a class | ≥ 6 | {median_ratio(converted, together['loupe']):.1f} |",
        f"| ratio: both as many at once as cores | | "
        f"{median_ratio(together['nbconvert'], together['loupe']):.1f} |",
        f"| private memory of an idle job's student process | ≤ 150 MB | {idle:.0f} MB |",
        "",
        f"{row} solutions in a row, each with comments of its own, as many at once as cores; all that "
        "the grader and its children hold:",
        "",
        "| after | " + " | ".join(steps[0]) + " |",
        "|---|" + "---|" * len(steps[0]),
        *(
            f"| {index * (row // 3)} | " + " | ".join(f"{value:g}" for value in step.values()) + " |"
            for index, step in enumerate(steps)
        ),
    ]
    return "\n".join(lines) + "\n"


def class_seconds(
    assignment: Assignment, data: datasets.Dataset, turns: int, row: int
) -> tuple[dict[str, list[float]], list[dict[str, float]]]:
    """Seconds a notebook when a class is graded by default settings, and when nbconvert runs in parallel.

    Then what the grader holds before `row` more notebooks and after each third of them.
    """
    cores = os.cpu_count() or 1
    found: dict[str, list[float]] = {"loupe": [], "nbconvert": []}
    with tempfile.TemporaryDirectory() as scratch, local.grader(assignment) as prepared:
        folder = Path(scratch)
        notebook = solution.build(assignment, folder / "solution", data)

        def grade_all(paths: Sequence[Path]) -> None:
            class_ = [Submission(f"student-{index}", path) for index, path in enumerate(paths)]
            for result in prepared.grade(class_):
                files.write_submission(result, folder / "out")

        def class_of(size: int) -> None:
            grade_all([notebook] * size)

        class_of(cores)
        for _ in range((turns + 1) // 2):
            found["loupe"].append(timed(lambda: class_of(5 * cores)) / (5 * cores))
            with ThreadPoolExecutor(cores) as pool:
                started = time.perf_counter()
                list(pool.map(nbconvert, [notebook] * cores))
                found["nbconvert"].append((time.perf_counter() - started) / cores)
        steps = [usage()]
        for third in range(3):
            grade_all([variant(notebook, third * (row // 3) + index) for index in range(row // 3)])
            steps.append(usage())
    return found, steps


def variant(notebook: Path, number: int) -> Path:
    """The notebook with a comment of its own, so that no two are the same bytes; beside it."""
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.source += f"\n# {number}"
    path = notebook.with_name(f"{number}.ipynb")
    nbformat.write(content, path)
    return path


def median_ratio(above: list[float], below: list[float]) -> float:
    return statistics.median(above) / statistics.median(below)


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def spread(numbers: list[float], unit: str = "s", scale: float = 1.0) -> str:
    low, middle, high = (scale * one for one in (min(numbers), statistics.median(numbers), max(numbers)))
    return f"{middle:.3g} {unit} ({low:.3g} – {high:.3g}, n = {len(numbers)})"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.machine())
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, Python {platform.python_version()}"


def nbconvert(notebook: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", str(notebook)]
    subprocess.run(command, cwd=notebook.parent, check=True, capture_output=True)


def written(path: Path, code: str) -> Path:
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    return path


def lock_seconds(prepared: local.Grader, path: Path) -> float:
    """From the fork to standing, verified walls, as the supervisor measured it."""
    (result,) = prepared.grade([Submission("lock", path)])
    return result.seconds["lock"]


def idle_memory(prepared: local.Grader, path: Path) -> float:
    """Private memory, in MB, of the student process while its only cell sleeps."""
    before = set(descendants(os.getpid()))
    thread = threading.Thread(target=lambda: list(prepared.grade([Submission("idle", path)])))
    thread.start()
    time.sleep(1.5)
    private = [private_mb(pid) for pid in descendants(os.getpid()) if pid not in before]
    thread.join()
    return max(private)


def descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def private_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000


def usage() -> dict[str, float]:
    time.sleep(2)  # The warm process collects ended supervisors once a second.
    pids = [os.getpid(), *descendants(os.getpid())]
    return {
        "processes": len(pids),
        "descriptors": sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "private MB": round(sum(private_mb(pid) for pid in pids)),
        "files in the temporary folder": len(list(Path(tempfile.gettempdir()).iterdir())),
    }


if __name__ == "__main__":
    main()
