"""`python -m autograder.worker FD`: executes the notebook of the job on stdin, sends evidence to FD.

The job is JSON: `plan` (`dataclasses.asdict` of an `evidence.Plan`), `notebook` (path), `folder` (where
it runs). Student code finds no input, and its output goes nowhere.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(arguments: list[str]) -> None:
    """Run the job; ends the process without waiting for threads that student code left behind."""
    started = time.monotonic()
    job = json.load(sys.stdin)
    descriptor = int(arguments[1])
    del arguments[1:]  # Student code that parses sys.argv finds none.
    _silence()
    # Imported after the descriptors are settled: matplotlib and IPython take a while.
    from autograder.worker import session
    from autograder.worker.alarm import Alarm
    from autograder.worker.channel import Channel

    alarm = Alarm()
    channel = Channel(descriptor, alarm)
    session.run(job, channel, alarm, started)
    os._exit(0)


def _silence() -> None:
    """No input and a bottomless, unread output, for Python and for libraries beneath it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    os.environ["MPLBACKEND"] = "agg"


if __name__ == "__main__":
    main(sys.argv)
