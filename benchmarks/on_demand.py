"""Grades a folder whenever a line comes on stdin, and prints the seconds it took; for `class.py workers`.

    python benchmarks/on_demand.py investigating-cnns FOLDER

One notebook at once, its arithmetic on one thread, executed and then judged. It prints a first line when it
is ready; it ends with stdin.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # As the command does.

from warm_start import timed

from autograder.course import find
from autograder.engine import local, submissions


def main(assignment: str, folder: str) -> None:
    with local.grader(find(None).assignment(assignment), 1, threads=1) as prepared:
        found = submissions.find([Path(folder)])
        prepared.judge(prepared.execute(found[0]))
        print("ready", flush=True)
        for _ in sys.stdin:
            seconds = timed(lambda: [prepared.judge(prepared.execute(submission)) for submission in found])
            print(seconds, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
