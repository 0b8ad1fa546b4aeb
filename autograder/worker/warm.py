"""The warm process: imports TensorFlow once, then forks a supervisor for every job.

`python -m autograder.worker.warm FD PRELOAD` takes jobs over the socket FD. It is started with a clean
environment and holds no answer; it imports and does nothing else, because a fork is only safe while
nothing has run: one operation of TensorFlow before, and every child would hang. If the import left
threads behind, it says so and its jobs import for themselves.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

from autograder.worker import kernel, lockdown, supervisor
from autograder.worker.walls import JobLimits, Walls

# In this order; a package that is not installed is for the notebook that asks for it to miss.
PACKAGES = (
    "numpy",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "IPython",
    "tensorflow",
    "keras",
    "h5py",
    # What the first exception of a notebook would otherwise import.
    "stack_data",
    "executing",
    "asttokens",
    "pygments.lexers.python",
    "pygments.formatters.terminal256",
    # What IPython's shell and the summary of a network would.
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "rich._emoji_codes",
)
_WORKER = ("session", "alarm", "channel", "shell", "capture", "figures", "matching", "notebook", "pixels")


def main(arguments: list[str]) -> None:
    """Get ready, say so, and serve until the socket's other end closes."""
    control = socket.socket(fileno=int(arguments[1]))
    os.set_inheritable(control.fileno(), False)
    preload = arguments[2] == "preload"
    del arguments[1:]
    kernel.set_dumpable(False)
    started = time.monotonic()
    missing = load(preload=preload)
    count = threads()
    ready = {"threads": count, "missing": missing, "seconds": round(time.monotonic() - started, 2)}
    control.sendall(json.dumps(ready).encode() + b"\n")
    if count == 1:
        gc.collect()
        gc.freeze()  # Children write to fewer pages, so that more of them stay shared.
        _serve(control)


def load(*, preload: bool = True) -> list[str]:
    """Import what executes notebooks, with `preload` also what they use; returns what is not installed."""
    missing = []
    for name in (*(PACKAGES if preload else ()), *(f"autograder.worker.{name}" for name in _WORKER)):
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names only


def _serve(control: socket.socket) -> None:
    while True:
        readable, _, _ = select.select([control], [], [], 1.0)
        _reap()
        if not readable:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1, 5)
        if not message:
            return
        job, *others = descriptors
        with os.fdopen(job, "rb") as file:
            record = json.load(file)
        walls = walls_from(record["walls"])
        lockdown.prepare(walls)  # Remembered here, so that every fork finds it done.
        if os.fork() == 0:
            control.close()
            try:
                supervisor.supervise(record, walls, *others)
            finally:
                os._exit(0)
        for descriptor in others:
            os.close(descriptor)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def walls_from(record: Mapping[str, Any]) -> Walls:
    """`Walls` from a job's JSON, where sets and tuples are lists."""
    return Walls(
        layers=frozenset(record["layers"]),
        readable=tuple(record["readable"]),
        hidden=tuple(record["hidden"]),
        work=record["work"],
        uid=record["uid"],
        limits=JobLimits(**record["limits"]),
        devices=tuple(record["devices"]),
    )


if __name__ == "__main__":
    main(sys.argv)
