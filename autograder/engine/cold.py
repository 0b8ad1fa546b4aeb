"""Starts a new process for every job: with a clean environment and time limits, but without walls.

For machines that cannot do better, and for measuring what walls and warmth are worth.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.engine.devices import Gpu
from autograder.engine.launcher import End, Job, environment, how


class Cold:
    """A new process for every job.

    Args:
        threads: CPU threads of a job's arithmetic.
        gpu: that jobs may use.
    """

    isolation = "level D: a process of its own with a clean environment and time limits, not locked down"

    def __init__(self, threads: int, gpu: Gpu | None = None) -> None:
        self._threads = threads
        self._gpu = gpu
        self.folder = Path(tempfile.gettempdir())

    def ready(self) -> None:
        """See `Launcher.ready`."""

    def start(self, job: Mapping[str, Any], scratch: Path, evidence: int, requests: int | None = None) -> Job:
        """See `Launcher.start`."""
        home = scratch / "home"
        home.mkdir()
        module = "autograder.worker" if requests is None else "autograder.worker.models"
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(evidence)],
            stdin=subprocess.PIPE if requests is None else requests,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(home, scratch, self._threads, job.get("data", ""), self._gpu),
            cwd=job["folder"],
            pass_fds=[evidence],
            start_new_session=True,
        )
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # It died at once; the missing evidence says so.
                process.stdin.write(json.dumps(job).encode())
                process.stdin.close()
        return _ColdJob(process)

    def close(self) -> None:
        """See `Launcher.close`."""


class _ColdJob:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def running(self) -> bool:
        return self._process.poll() is None

    def cancel(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def finish(self) -> End:
        self.cancel()
        code = self._process.wait()
        return End("" if code == 0 else how(code))
