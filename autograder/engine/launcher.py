"""What starts the process that executes a submission, as the rest of the engine sees it.

A launcher starts jobs; a job can be asked whether it runs, cancelled, and waited for. What a job sends as
evidence is not read here. There are `engine.cold` and `engine.forks`, of which `engine.launch` chooses.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from autograder.engine.devices import Gpu


class LaunchError(Exception):
    """Student code cannot be started as demanded; the message says what is missing and what to do."""


@dataclass(frozen=True)
class End:
    """How a job ended.

    Attributes:
        early: why it ended before its end, completing "the notebook was ended early: …"; "" if it did not.
        seconds_to_lock: from the fork until its walls stood and were checked from outside.
        peak_mb: largest memory of all its processes together.
        unverified: walls that could not be checked from outside.
        cpu_seconds: processor time of all its processes together; 0 where it was not counted.
    """

    early: str = ""
    seconds_to_lock: float = 0.0
    peak_mb: float = 0.0
    unverified: tuple[str, ...] = ()
    cpu_seconds: float = 0.0


class Job(Protocol):
    """One started job."""

    def running(self) -> bool:
        """Whether any of it may still send evidence."""
        ...

    def cancel(self) -> None:
        """End it soon."""
        ...

    def finish(self) -> End:
        """Wait until nothing of it is left.

        Raises:
            LaunchError: it was never started properly, or the process that watches it was lost.
        """
        ...


class Launcher(Protocol):
    """Starts jobs."""

    @property
    def isolation(self) -> str:
        """How student code is confined, in words."""
        ...

    @property
    def folder(self) -> Path:
        """Where the folders of jobs are made."""
        ...

    def ready(self) -> None:
        """Wait until jobs can be started; what starts one waits, too.

        Raises:
            LaunchError: they cannot be.
        """
        ...

    def start(self, job: Mapping[str, Any], scratch: Path, evidence: int, requests: int | None = None) -> Job:
        """Start one job.

        Args:
            job: what `autograder.worker.session` needs; its `folder` lies below `scratch`, and its `data`,
                if it has any, below this launcher's folder. The notebook finds that in LOUPE_DATA.
            scratch: of this job alone; removed by the caller afterwards.
            evidence: descriptor that frames are written to; stays the caller's.
            requests: for a job without a notebook, which predicts with submitted networks (see
                `autograder.worker.models`): descriptor that it reads requests from.
        """
        ...

    def close(self) -> None:
        """End what serves all jobs."""
        ...


def environment(
    home: Path, temporary: Path, threads: int, data: str = "", gpu: Gpu | None = None
) -> dict[str, str]:
    """Only what a notebook needs: nothing of the grader's own environment leaks in."""
    return {
        "CUDA_VISIBLE_DEVICES": gpu.uuid if gpu else "-1",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        **({"LOUPE_DATA": data} if data else {}),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
    }


def how(code: int) -> str:
    """A return code in words; negative for signals."""
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
    return f"its process ended with {how}"
