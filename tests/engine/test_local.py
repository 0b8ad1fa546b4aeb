"""The order in which the local engine runs and judges, with executions that end when the test says so."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from autograder.engine.leases import Leases
from autograder.engine.local import Grader
from autograder.engine.submissions import Submission


class Held(Grader):
    """Two at once; the submission called "slow" ends when `others` is set."""

    def __init__(self) -> None:
        self._jobs = 2
        self._leases = Leases(())
        self.others = threading.Event()

    def execute(self, submission: Submission, listen: Any = None) -> Any:
        ended = submission.name != "slow" or self.others.wait(60)
        return SimpleNamespace(submission=submission, ended=ended)

    def judge(self, executed: Any) -> Any:
        return executed


def test_a_slow_notebook_does_not_hold_up_the_others() -> None:
    grader = Held()
    names = ["slow", "ann", "bob", "cem", "dan"]
    judged = []
    for executed in grader.grade(Submission(name, Path(f"{name}.ipynb")) for name in names):
        assert executed.ended
        judged.append(executed.submission.name)
        if len(judged) == 4:
            grader.others.set()
    assert judged[-1] == "slow"
    assert sorted(judged) == sorted(names)
