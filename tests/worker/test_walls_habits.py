"""What must go on working behind the walls."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.worker.imitate import NEEDS_ROOT
from tests.worker.locked import ALL, ONLY_OWN_USER, WITH_MOUNTS, locked

pytestmark = NEEDS_ROOT

REPOSITORY = Path(__file__).parents[2]


@ALL
def test_python_works_behind_the_walls(machine: str) -> None:
    def work() -> list[Any]:
        os.environ["TMPDIR"] = tempfile.tempdir = (
            "/tmp" if machine.startswith("A") else str(Path(".tmp").resolve())
        )
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(1))
        thread.start()
        thread.join()

        async def nothing() -> int:
            await asyncio.sleep(0)
            return 2

        seen.append(asyncio.run(nothing()))
        code = "import numpy, json; print(json.dumps(int(numpy.arange(3).sum())))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
        shell = subprocess.run("echo $((6*7)) | cat", shell=True, capture_output=True, text=True, check=True)
        return [seen, done.stdout.strip() or done.stderr, shell.stdout.strip()]

    assert locked(machine, work) == [[1, 2], "3", "42"]


@ONLY_OWN_USER
def test_a_pseudo_terminal_can_be_opened(machine: str) -> None:
    def talk() -> str:
        outer, inner = os.openpty()
        os.write(inner, b"hello")
        return os.read(outer, 5).decode()

    assert locked(machine, talk) == "hello"


@WITH_MOUNTS
def test_the_user_has_a_name(machine: str) -> None:
    assert locked(machine, lambda: pwd.getpwuid(os.getuid()).pw_name) == "student"


# ------------------------------------------------------------------ other interpreters

START = """
import os, subprocess, sys, tempfile
from autograder.worker import levels, lockdown, paths
from autograder.worker.walls import JobLimits, Walls

layers = levels.probe().layers
with tempfile.TemporaryDirectory() as work:
    os.chmod(work, 0o755)
    uid = levels.JOB_UIDS[0] if "uid" in layers else None
    walls = Walls(layers, *paths.default_readable(), work, uid, JobLimits())
    lockdown.unshare_processes(walls)
    reading, writing = os.pipe()
    if os.fork() == 0:
        lockdown.enter(walls, [writing])
        code = "import ctypes, json, ssl; print(6 * 7)"
        child = subprocess.run([sys.executable, "-c", code], capture_output=True)
        os.write(writing, child.stdout + child.stderr)
        os._exit(0)
    os.close(writing)
    print(levels.classify(layers), os.read(reading, 10_000).decode())
"""


def started(python: str, home: Path) -> str:
    """What an interpreter says that is started behind the walls which the same interpreter has built."""
    environment = {"PYTHONPATH": str(REPOSITORY), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([python, "-c", START], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_systems_python_works_behind_its_walls(tmp_path: Path) -> None:
    python = shutil.which("python3", path="/usr/bin")
    probe = "import sys; sys.exit(sys.version_info < (3, 11))"
    if python is None or subprocess.run([python, "-c", probe], check=False).returncode:
        pytest.skip("the system has no Python of 3.11 or newer")
    assert started(python, tmp_path) == "A 42"


@pytest.mark.parametrize("kind", ["--symlinks", "--copies"])
def test_a_virtual_environment_in_a_private_home_works_behind_its_walls(tmp_path: Path, kind: str) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", kind, home / "env"], check=True)
    assert started(str(home / "env/bin/python"), home) == "A 42"
