"""The grading process beside a Dask worker: grades what it is told to, one line of JSON a job.

Started by `station`, with a folder that is its own: it holds a bundle (`autograder.release.bundle`), and is
removed at the end. It ends when its input ends, however its worker died, and when nobody asks for long. What
libraries print goes to standard error; answers are lines on the standard output that it was started with.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from autograder.engine.local import Executed, Grader

HAND_IN: Final = "hand-in.ipynb"
"""The notebook's name in a job's folder, beside its trained networks; the answer is put there too."""

IDLE_SECONDS: Final = 900.0

Answer = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class _Done:
    """A job that was executed, or why it could not be."""

    id: str
    folder: Path
    executed: Executed | None
    error: str = ""


def main() -> None:
    """Grade until the input ends. The first line says how, the others what."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def answer(record: Mapping[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(record) + "\n")
            answers.flush()

    settings = json.loads(sys.stdin.readline())
    folder = Path(settings["folder"])
    try:
        _grade(folder, settings, answer)
    except BrokenPipeError:
        pass  # Nobody is left who asks.
    except Exception as error:
        answer({"refused": _sentence(error)})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _grade(folder: Path, settings: Mapping[str, Any], answer: Answer) -> None:
    from autograder.config import Limits
    from autograder.engine import local
    from autograder.engine.launch import Confinement
    from autograder.release import bundle

    jobs = settings["jobs"]
    with local.grader(
        bundle.assignment_of(folder),
        jobs,
        Limits.model_validate(settings["limits"]),
        Confinement(**settings["confinement"]),
        bundle.data_of(folder),
        settings["threads"],
    ) as prepared:
        answer({"ready": prepared.isolation})
        done: queue.Queue[_Done | None] = queue.Queue()
        threading.Thread(target=_read, args=(prepared, jobs, done), daemon=True).start()
        while (job := _next(done)) is not None:
            answer({"id": job.id, "error": job.error or _judged(prepared, job)})


def _next(done: queue.Queue[_Done | None]) -> _Done | None:
    try:
        return done.get(timeout=IDLE_SECONDS)
    except queue.Empty:
        return None


def _read(prepared: Grader, jobs: int, done: queue.Queue[_Done | None]) -> None:
    """Take jobs from the input and have them executed side by side; they are judged one by one, elsewhere."""
    pool = ThreadPoolExecutor(jobs)
    for line in sys.stdin:
        pool.submit(_execute, prepared, json.loads(line), done)
    done.put(None)
    pool.shutdown(wait=False, cancel_futures=True)


def _execute(prepared: Grader, job: Mapping[str, Any], done: queue.Queue[_Done | None]) -> None:
    from autograder.engine.local import Executed
    from autograder.engine.submissions import Submission
    from autograder.evidence import Evidence

    folder = Path(job["folder"])
    trained = tuple((name, folder / file) for name, file in job["trained"])
    submission = Submission(job["id"], folder / HAND_IN, trained)
    try:
        if job["failure"]:
            executed = Executed(submission, "", Evidence(failure=job["failure"]), 0.0)
        else:
            executed = prepared.execute(submission)
        done.put(_Done(job["id"], folder, executed))
    except Exception as error:
        done.put(_Done(job["id"], folder, None, _sentence(error)))


def _judged(prepared: Grader, job: _Done) -> str:
    """Judge a job and put the result's files into its folder; why that failed, "" if it did not."""
    from autograder.report import files

    assert job.executed is not None
    try:
        for name, content in files.contents(prepared.judge(job.executed)).items():
            path = job.folder / "result" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except Exception as error:
        return _sentence(error)
    return ""


def _sentence(error: BaseException) -> str:
    traceback.print_exception(error)
    return f"{type(error).__name__}: {error}"[:1000]


if __name__ == "__main__":
    main()
