"""Starting jobs: what a notebook finds, how it is ended, and that nothing of it stays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.engine import forks, launch, process
from autograder.engine.cold import Cold
from autograder.engine.forks import Warm
from autograder.engine.launch import Confinement, choose, probed
from autograder.engine.launcher import Launcher, LaunchError
from autograder.evidence import Evidence, Plan, QuestionPlan, Scalar
from autograder.worker import levels
from autograder.worker.walls import JobLimits

LIMITS = JobLimits(memory_mb=1500, disk_mb=64, file_mb=32)


@pytest.fixture(scope="module", params=["warm", "cold"])
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    made: Launcher = Cold(1) if request.param == "cold" else Warm(probed(), LIMITS, 1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def warm() -> Iterator[Launcher]:
    made = Warm(probed(), LIMITS, 1)
    yield made
    made.close()


def run(launcher: Launcher, tmp_path: Path, *cells: str, seconds: float = 60, cell: float = 30) -> Evidence:
    """Execute cells, each of which is a question `q0`, `q1`, … that captures `x`."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"question": f"q{index}"})
            for index, source in enumerate(cells)
        ]
    )
    path = tmp_path / "submission.ipynb"
    nbformat.write(notebook, path)
    support = tmp_path / "support"
    support.mkdir(exist_ok=True)
    (support / "helper.py").write_text("answer = 42\n")
    questions = tuple(QuestionPlan(f"q{index}", "code", ("x",)) for index in range(len(cells)))
    plan = Plan("tiny", questions, cell_seconds=cell)
    return process.execute(path, support, plan, seconds=seconds, launcher=launcher)


def value(evidence: Evidence, question: str) -> object:
    captured = evidence.questions[question].values["x"]
    assert isinstance(captured, Scalar), captured
    return captured.value


def test_a_notebook_finds_its_support_files_and_values_come_back(launcher: Launcher, tmp_path: Path) -> None:
    evidence = run(launcher, tmp_path, "import helper\nx = helper.answer", "x = x + 1")
    assert evidence.complete
    assert value(evidence, "q0") == 42
    assert value(evidence, "q1") == 43


def test_it_works_in_its_own_folder_and_can_write_there(launcher: Launcher, tmp_path: Path) -> None:
    code = "open('mine.txt', 'w').write('hello')\nx = open('mine.txt').read()"
    assert value(run(launcher, tmp_path, code), "q0") == "hello"
    assert not list(tmp_path.rglob("mine.txt"))


def test_the_environment_is_clean(
    launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "canary")
    evidence = run(
        launcher, tmp_path, "import os\nx = ' '.join(os.environ) + os.environ.get('SECRET_TOKEN', '')"
    )
    assert "SECRET" not in str(value(evidence, "q0"))
    assert "canary" not in str(value(evidence, "q0"))


def test_temporary_files_and_subprocesses_work(launcher: Launcher, tmp_path: Path) -> None:
    code = (
        "import subprocess, tempfile\n"
        "with tempfile.NamedTemporaryFile() as file:\n    pass\n"
        "x = subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout.strip()"
    )
    assert value(run(launcher, tmp_path, code), "q0") == "hello"


def test_a_cell_that_ends_the_process_costs_that_cell_only(launcher: Launcher, tmp_path: Path) -> None:
    evidence = run(launcher, tmp_path, "x = 1", "import os\nos._exit(3)", "x = 3")
    assert evidence.complete
    assert value(evidence, "q0") == 1
    assert value(evidence, "q2") == 3
    assert [error.kind for error in evidence.questions["q1"].errors] == ["killed"]


def test_a_cell_that_ignores_its_interrupts_is_ended_by_the_notebooks_limit(
    launcher: Launcher, tmp_path: Path
) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass"
    evidence = run(launcher, tmp_path, "x = 1", stubborn, seconds=8, cell=1)
    assert value(evidence, "q0") == 1
    assert any("limit" in note and "8 s" in note for note in evidence.notes)


def test_two_notebooks_may_run_at_once(launcher: Launcher, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda folder: run(launcher, folder, f"x = {folder.name!r}"), folders))
    assert [value(evidence, "q0") for evidence in done] == ["a", "b"]


def test_memory_beyond_the_limit_is_refused_to_the_cell_and_the_rest_goes_on(
    warm: Launcher, tmp_path: Path
) -> None:
    evidence = run(warm, tmp_path, "y = bytearray(3_000_000_000)\nx = 1", "x = 2")
    assert value(evidence, "q1") == 2
    assert evidence.questions["q0"].errors


def test_processes_that_share_the_memory_limit_are_counted_together(warm: Launcher, tmp_path: Path) -> None:
    greedy = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        hold = bytearray(700_000_000)\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "time.sleep(30)"
    )
    evidence = run(warm, tmp_path, "x = 1", greedy, "x = 3")
    assert value(evidence, "q0") == 1
    assert value(evidence, "q2") == 3
    assert any("1500 MB" in note and "cell 2" in note for note in evidence.notes)


def test_a_daemon_does_not_outlive_its_notebook(warm: Launcher, tmp_path: Path) -> None:
    marker = f"loupe-daemon-{os.getpid()}"
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execvp('sleep', ['{marker}', '300'])\n"
        "    os._exit(0)\n"
        "time.sleep(0.3)\n"
        "x = 1"
    )
    assert value(run(warm, tmp_path, code), "q0") == 1
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(marker.encode() in line for line in lines)


def test_forks_do_not_draw_the_same_random_numbers(warm: Launcher, tmp_path: Path) -> None:
    code = "import random, numpy as np\nx = f'{random.random()} {np.random.rand()}'"
    first, second = (value(run(warm, tmp_path, code), "q0") for _ in range(2))
    assert first != second


def test_the_walls_are_named_and_what_is_demanded_is_refused_where_they_are_weaker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weak = levels.Isolation("D", frozenset(), ("MISSING seccomp",), ())
    monkeypatch.setattr(launch, "probed", lambda: weak)
    with pytest.raises(LaunchError, match="level A is demanded"):
        choose(Confinement("A"), LIMITS, 1)
    with pytest.raises(LaunchError, match="--accept-weak-isolation"):
        choose(Confinement(), LIMITS, 1)
    assert "level D" in choose(Confinement(accept_weak=True), LIMITS, 1).isolation


def test_a_process_that_cannot_start_is_said_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = forks.environment

    def broken(*arguments: Any, **more: Any) -> dict[str, str]:
        return usual(*arguments, **more) | {"PYTHONHOME": "/nonexistent"}

    monkeypatch.setattr(forks, "environment", broken)
    launcher = Warm(probed(), LIMITS, 1)
    with pytest.raises(LaunchError, match=r"did not start: ModuleNotFoundError: .*encodings"):
        launcher.ready()
    launcher.close()


def test_it_can_be_closed_before_it_is_ready() -> None:
    before = children()
    launcher = Warm(probed(), LIMITS, 1)
    assert children() - before
    launcher.close()
    assert children() == before


def test_jobs_at_once_have_different_uids(warm: Launcher, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    if "uid" not in probed().layers:
        pytest.skip("jobs have no uid of their own here")
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    code = "import os, time\ntime.sleep(1)\nx = os.getuid()"
    with ThreadPoolExecutor(2) as pool:
        seen = {value(one, "q0") for one in pool.map(lambda folder: run(warm, folder, code), folders)}
    assert len(seen) == 2
    assert seen <= set(levels.JOB_UIDS)


def test_closing_leaves_no_process_behind(tmp_path: Path) -> None:
    before = children()
    launcher = Warm(probed(), LIMITS, 1)
    assert value(run(launcher, tmp_path, "x = 1"), "q0") == 1
    assert children() - before
    launcher.close()
    assert children() == before


def children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
