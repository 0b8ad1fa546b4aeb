"""What grading a class costs: against nbgrader and otter-grader, by its size, and on a cluster.

    python benchmarks/class.py hosts     # nbgrader autograde and otter run of the same submissions
    python benchmarks/class.py growth    # 1, 10, 100 and 1,000 submissions in a row: seconds and memory
    python benchmarks/class.py workers   # one and two Dask workers
    python benchmarks/class.py all       # the three, in turn

Each writes benchmarks/results/class-<part>.md. Submissions are solutions of `investigating-cnns`, each with a
comment of its own, since identical ones would be executed once. Other tools run as their users run them, with
their own execution of notebooks and without Loupe's engine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # As the command does.

import nbformat
import numpy as np
from warm_start import descendants, machine, private_mb, timed

from autograder.course import Assignment, find
from autograder.engine import run, submissions
from autograder.engine.cost import Cost
from autograder.engine.run import Graded
from autograder.release import solution
from reference import datasets

RESULTS = Path(__file__).resolve().parent / "results"
ASSIGNMENT = "investigating-cnns"
BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--small", action="store_true", help="a tenth of the submissions; prints only")
    options = parser.parse_args()
    for part in PARTS if options.part == "all" else [options.part]:
        with tempfile.TemporaryDirectory() as scratch:
            lines = PARTS[part](Path(scratch), 10 if options.small else 1)
        about = f"Machine: {machine()}. Made by `python benchmarks/class.py {part}`."
        text = "\n".join([lines[0], "", about, "", *lines[1:], ""])
        print(text)
        if not options.small:
            (RESULTS / f"class-{part}.md").write_text(text, encoding="utf-8")


def the_assignment() -> Assignment:
    return find(None).assignment(ASSIGNMENT)


def solved(folder: Path) -> nbformat.NotebookNode:
    assignment = the_assignment()
    data = datasets.load(assignment.config.data.name)
    return nbformat.read(solution.build(assignment, folder / "solution", data), as_version=4)


def class_of(folder: Path, notebook: nbformat.NotebookNode, size: int, place: str = "{name}.ipynb") -> Path:
    """So many hand-ins, no two the same."""
    for index in range(size):
        cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
        own = cell.source
        cell.source = f"{own}\n# student {index}"
        path = folder / place.format(name=f"student-{index:04}")
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        cell.source = own
    return folder


def grade(folder: Path, out: Path, jobs: int | None = None) -> Graded:
    return run.grade(the_assignment(), submissions.find([folder], out), out, jobs=jobs)


# ---------------------------------------------------------------- against other tools


def hosts(scratch: Path, share: int) -> list[str]:
    """Seconds a submission, the tool's own start included, as a person waits for the whole command."""
    few, many = max(2, 10 // share), max(4, 100 // share)
    notebook = solved(scratch)
    loupe(scratch, "build", ASSIGNMENT, "--for", "nbgrader", "--for", "otter", "--out", "dist")
    course = scratch / "dist" / "nbgrader"
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.ExecutePreprocessor.timeout = 600\n", encoding="utf-8"
    )
    command(course, "nbgrader", "generate_assignment", ASSIGNMENT)
    otter = scratch / "dist" / ASSIGNMENT / "otter"
    command(otter, "otter", "assign", "--no-run-tests", f"{ASSIGNMENT}.ipynb", "made")
    archive = without_plugin(next((otter / "made" / "autograder").glob("*.zip")))
    released = nbformat.read(course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    filled(released, notebook)
    class_of(course / "submitted", released, few, f"{{name}}/{ASSIGNMENT}/{ASSIGNMENT}.ipynb")
    theirs = class_of(scratch / "theirs", notebook, few)
    ours = class_of(scratch / "ours", notebook, many)
    seconds: dict[str, list[float]] = {"nbgrader": [], "otter": [], "loupe": []}
    for path in sorted((course / "submitted").iterdir()):
        begin = time.perf_counter()
        command(course, "nbgrader", "autograde", ASSIGNMENT, "--student", path.name)
        seconds["nbgrader"].append(time.perf_counter() - begin)
        handed_in = theirs / f"{path.name}.ipynb"
        begin = time.perf_counter()
        command(scratch, "otter", "run", "--no-logo", "-a", archive, "-o", scratch / "theirs", handed_in)
        seconds["otter"].append(time.perf_counter() - begin)
    whole = timed(lambda: command(course, "nbgrader", "autograde", ASSIGNMENT, "--force")) / few
    together = (
        timed(lambda: loupe(scratch, "grade", ASSIGNMENT, str(ours), "--out", "grades", "--quiet")) / many
    )
    one = timed(
        lambda: loupe(scratch, "grade", ASSIGNMENT, str(ours), "--out", "alone", "--quiet", "--jobs", "1")
    )
    graded = [json.loads(path.read_text()) for path in (scratch / "grades").glob("*/result.json")]
    assert len(graded) == many
    assert all(result["status"] == "graded" and result["earned"] > 0 for result in graded)
    seconds["loupe"] = [together]
    rows = [
        ("`nbgrader autograde`, all students in one command", few, whole, "≥ 10 ×"),
        ("`nbgrader autograde`, a command a student", few, statistics.median(seconds["nbgrader"]), "≥ 10 ×"),
        ("`otter run`, a command a student", few, statistics.median(seconds["otter"]), "≥ 10 ×"),
        ("`loupe grade --jobs 1`, all in one command", many, one / many, ""),
        ("`loupe grade`, all in one command", many, together, ""),
    ]
    return [
        "# A class, against other tools",
        "Seconds a submission of the guided assignment, everything included from the command to its end.",
        "",
        "| | submissions | seconds each | `loupe grade` is faster by | asked |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {count} | {value:.2f} | {value / together:.1f} × | {asked} |"
            for name, count, value, asked in rows
        ),
    ]


def filled(released: nbformat.NotebookNode, notebook: nbformat.NotebookNode) -> None:
    """Answer the cells of a release as the solution does."""
    answers: dict[str, list[str]] = {}
    for cell in notebook.cells:
        answers.setdefault(cell.metadata.get("question", ""), []).append(cell.source)
    for cell in released.cells:
        question = cell.metadata.get("question", "")
        if question and cell.metadata.get("nbgrader", {}).get("solution") and answers.get(question):
            cell.source = answers[question].pop(0)


def without_plugin(archive: Path) -> Path:
    """An autograder of otter's own, which executes the notebook itself."""
    plain = archive.with_name("plain.zip")
    with zipfile.ZipFile(archive) as found, zipfile.ZipFile(plain, "w") as made:
        for entry in found.infolist():
            content = found.read(entry)
            if entry.filename == "otter_config.json":
                config = json.loads(content)
                config.pop("plugins", None)
                content = json.dumps(config).encode()
            made.writestr(entry, content)
    return plain


def command(folder: Path, name: str, *arguments: object) -> None:
    done = subprocess.run(
        [str(BIN / name), *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
    )
    if done.returncode:
        raise SystemExit(
            f"{name} {' '.join(map(str, arguments))}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        )


def loupe(folder: Path, *arguments: str) -> None:
    command(folder, "loupe", *arguments, *(("--course", find(None).root)))


# ---------------------------------------------------------------- by the number of submissions


def growth(scratch: Path, share: int) -> list[str]:
    """Seconds and memory as a class grows; and what the engine adds to the students' own cells."""
    notebook = solved(scratch)
    rows = []
    cores = os.cpu_count() or 1
    # Sets, since with few submissions, or on one core, two of them would be the same class.
    sides = {1: {1, 10, 100 // share}, cores: {1, 10, 100 // share, 1000 // share}}
    classes = [(jobs, size) for jobs, sizes in sides.items() for size in sorted(sizes)]
    # The same class again, since the machine's own speed may have changed meanwhile.
    for number, (jobs, size) in enumerate([*classes, (cores, 10)]):
        folder = class_of(scratch / f"class-{number}", notebook, size)
        with sampled() as memory:
            graded = grade(folder, scratch / f"grades-{number}", jobs)
        assert len(graded.costs) == size
        walls = [cost.wall for cost in graded.costs]
        extra = overhead(graded.costs), added(graded, jobs)
        rows.append((jobs, size, graded.seconds, walls, extra, memory))
    ten = {jobs: statistics.median(walls) for jobs, size, _, walls, _, _ in rows[:-1] if size == 10}
    return [
        "# A class, by its size",
        "So many notebooks at once as workers. *Wall* is of one submission from its start to its written "
        "result, *overhead* what of that is not spent in the student's own cells (median). Since one is "
        "judged while the next one runs, less is added to the run: *added* is the time of a worker for each "
        "submission beyond its cells (mean), without the run's start. Memory is private, of all processes "
        "together, and it and the wall are also given while the first and the last fifth of the class are "
        "graded. The last row is the class of ten again: whether the machine changed.",
        "",
        "| workers | submissions | whole run | each | wall: median, 95 % | first, last fifth "
        "| median against 10 | overhead (≤ 0.25 s) | added | memory, first, last fifth |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {jobs} | {size} | {whole:.0f} s | {whole / size:.2f} s "
            f"| {np.median(walls):.2f}, {np.quantile(walls, 0.95):.2f} s "
            f"| {fifth(walls, 0):.2f}, {fifth(walls, 4):.2f} s "
            f"| {100 * (statistics.median(walls) / ten[jobs] - 1):+.0f} % (±10) "
            f"| {extra[0]:.2f} s | {extra[1]:.2f} s "
            f"| {fifth(memory, 0):.0f}, {fifth(memory, 4):.0f} MB |"
            for jobs, size, whole, walls, extra, memory in rows
        ),
    ]


def fifth(measured: list[float], number: int) -> float:
    """The median of a fifth of what was measured, in its order; of less than five, of the last."""
    size = max(1, len(measured) // 5)
    return statistics.median(measured[number * size : (number + 1) * size] or measured[-1:])


@contextmanager
def sampled() -> Iterator[list[float]]:
    """Private memory of this process and what it started, in MB, every two seconds of a block."""
    found: list[float] = []
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(2):
            with suppress(OSError):  # One of them has just ended.
                found.append(sum(map(private_mb, [os.getpid(), *descendants(os.getpid())])))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def overhead(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.wall - cost.parts.get("cells", 0.0) for cost in costs)


def added(graded: Graded, jobs: int) -> float:
    cells = [cost.parts.get("cells", 0.0) for cost in graded.costs]
    return jobs * (graded.seconds - graded.preparing) / len(cells) - statistics.fmean(cells)


# ---------------------------------------------------------------- on a cluster


def workers(scratch: Path, share: int) -> list[str]:
    """Throughput of two Dask workers of one place each, and of one of them while the other is idle.

    In rounds, with two graders without a cluster beside them: the machine's own speed changes, and how much
    its cores slow each other down.
    """
    from autograder.engine.cluster import client, deployments

    rounds, few, many = 3, max(2, 20 // share), max(4, 40 // share)
    notebook = solved(scratch)
    folder, part = class_of(scratch / "class", notebook, many), class_of(scratch / "part", notebook, few)
    found = submissions.find([folder])
    one, two, alone, beside = [], [], [], []
    with (
        deployments.connected("local", 2) as connect,
        client.grader(connect, the_assignment()) as prepared,
        independent(part) as graders,
    ):
        prepared.ready(2)
        list(prepared.grade(found[:4]))  # The oracle of each knows the answers then.
        for _ in range(rounds):
            one.append(timed(lambda: [list(prepared.grade([submission])) for submission in found[:few]]))
            two.append(timed(lambda: list(prepared.grade(found))))
            alone.append(together(graders[:1]))
            beside.append(together(graders))
    ratios = [many / two[place] / (few / one[place]) for place in range(rounds)]
    free = [2 * alone[place] / beside[place] for place in range(rounds)]
    ratio = many / sum(two) / (few / sum(one))
    return [
        "# One and two Dask workers",
        f"The guided assignment on two workers, one notebook at a time a worker, {many} submissions; and on "
        f"one of them while the other was idle, {few}. {rounds} rounds of both. All were ready before; a "
        "notebook's arithmetic has one thread.",
        "",
        "| workers | seconds, by round | submissions a minute |",
        "|---|---|---|",
        *(
            f"| {count} | {listed(seconds, 1)} | {60 * rounds * size / sum(seconds):.1f} |"
            for count, size, seconds in ((1, few, one), (2, many, two))
        ),
        "",
        f"Two workers are {ratio:.2f} times as fast as one: {ratio / 2:.2f} of twice (asked: at least 0.9, "
        f"where two cores are free). By round: {listed([one / 2 for one in ratios])} of twice.",
        "",
        "How free the cores are: in each round, two graders that know nothing of each other, with one "
        f"notebook at once each, took {listed(beside, 1)} s for {few} each when both worked, and "
        f"{listed(alone, 1)} s when the other was idle. Without an engine between them, two are "
        f"{sum(alone) / sum(beside):.2f} of twice one; by round {listed([one / 2 for one in free])}. Two "
        f"workers graded {60 * rounds * many / sum(two):.1f} submissions a minute, these two "
        f"{120 * rounds * few / sum(beside):.1f}.",
    ]


def listed(numbers: Sequence[float], decimals: int = 2) -> str:
    return ", ".join(f"{number:.{decimals}f}" for number in numbers)


@contextmanager
def independent(folder: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two graders that know nothing of each other and grade a folder's hand-ins when they are asked."""
    script = Path(__file__).with_name("on_demand.py")
    command = [sys.executable, str(script), ASSIGNMENT, str(folder)]
    with ExitStack() as stack:
        graders = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]
        for one in graders:
            answer(one)  # It is ready.
        yield graders


def together(graders: Sequence[subprocess.Popen[str]]) -> float:
    """Seconds that each takes for the folder when these do it at once, on average."""
    for one in graders:
        ask(one)
    return statistics.fmean(float(answer(one)) for one in graders)


def ask(grader: subprocess.Popen[str]) -> None:
    assert grader.stdin
    grader.stdin.write("\n")
    grader.stdin.flush()


def answer(grader: subprocess.Popen[str]) -> str:
    assert grader.stdout
    return grader.stdout.readline()


PARTS: dict[str, Callable[[Path, int], list[str]]] = {"hosts": hosts, "growth": growth, "workers": workers}


if __name__ == "__main__":
    main()
