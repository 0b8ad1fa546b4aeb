"""A forked warm process is held like a started one, and serves jobs like one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.engine import twin
from autograder.engine.twin import Twin
from autograder.worker import warm

# As Gradescope's run does it, but with nothing imported: a job is not needed to see who is there.
_FORK = """\
import json, os, sys
from autograder.engine import twin
from autograder.worker import warm
warm.PACKAGES = ()
made = twin.fork({"ONLY": "this"})
assert made is not None
print(made.control.makefile().readline(), end="")
print(json.dumps(os.listdir(f"/proc/{made._pid}/fd")))
made.control.close()
print(made.wait(60), made.poll())
"""


@pytest.fixture
def sleeper() -> Iterator[Twin]:
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        time.sleep(600)
        os._exit(0)
    theirs.close()
    made = Twin(child, ours)
    yield made
    made.kill()
    made.wait()
    ours.close()


def test_it_runs_until_it_is_ended(sleeper: Twin) -> None:
    assert sleeper.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        sleeper.wait(0.01)
    sleeper.kill()
    assert sleeper.wait(60) == -signal.SIGKILL
    sleeper.kill()
    assert sleeper.poll() == sleeper.wait() == -signal.SIGKILL


def test_it_is_ready_keeps_no_file_open_and_ends_with_its_socket() -> None:
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # NumPy starts none.
    done = subprocess.run(
        [sys.executable, "-c", _FORK], env=alone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    ready, open_files, ended = done.stdout.splitlines()
    assert '"threads": 1' in ready
    assert len(open_files.split(",")) == 4
    assert ended == "0 0"


def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "load", lambda: [])
    monkeypatch.setattr(warm, "threads", lambda: 2)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert twin.fork({}) is None
    assert len(list(Path("/proc/self/fd").iterdir())) == before
