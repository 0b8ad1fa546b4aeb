"""Grades one hand-in inside Gradescope's container; `run_autograder` calls it. Runs no student code itself.

`results.json` is written once, at the end, by this process alone. When Loupe or the container fails it holds
the reason and no score, which Gradescope takes for a failure of the autograder: that is never a zero.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from autograder.engine import quiet, twin

if TYPE_CHECKING:  # The rest is imported when the process for notebooks has been forked off.
    from autograder.config import Limits
    from autograder.engine.submissions import Submission
    from autograder.result import Result

_MOST_CPUS: Final = 4
"""Gradescope gives no more, and a container may see all of its machine's."""

_FOR_THE_JUDGE: Final = 0.35
"""Share of the time that is kept for everything but the notebook."""


class NotGradedError(Exception):
    """There is no grade, which is not a zero; the message says why and what to do."""


@dataclass(frozen=True)
class Place:
    """Gradescope's folder.

    Attributes:
        root: `/autograder`, where `source`, `submission` and `results` are.
    """

    root: Path

    @property
    def grading(self) -> Path:
        """The bundle: course, config and images."""
        return self.root / "source" / "grading"

    @property
    def submission(self) -> Path:
        """What was handed in."""
        return self.root / "submission"

    @property
    def results(self) -> Path:
        """The file that Gradescope reads."""
        return self.root / "results" / "results.json"

    def close(self) -> None:
        """Keep everybody else out of the folders that hold answers and results, and remove an old result."""
        for folder in (self.root / "source", self.results.parent, self.submission):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        self.results.unlink(missing_ok=True)


class Report:
    """The one report of a run: whoever has it first writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._written = False

    def write(self, text: str) -> None:
        """Put the file in place in one step, unless there is one."""
        from autograder.report import files

        with self._lock:
            if not self._written:
                files.write_atomically(self._path, text.encode())
            self._written = True


def main(arguments: list[str]) -> int:
    """Grade what lies in a folder like Gradescope's.

    Args:
        arguments: the folder, the seconds that all may take, and the weakest isolation that will do.

    Returns:
        0 when `results.json` holds a score.
    """
    place, seconds, isolation = Place(Path(arguments[0]).resolve()), float(arguments[1]), arguments[2]
    place.close()
    with tempfile.TemporaryDirectory(prefix="loupe-home-") as home:
        forked = _forked(home)
        from autograder.hosts import gradescope
        from autograder.packages.gradescope import metadata

        report = Report(place.results)
        timer = threading.Timer(seconds, _overdue, [report, seconds])
        timer.daemon = True
        timer.start()
        try:
            about = metadata.read(place.root / "submission_metadata.json")
            result = graded(place, seconds, isolation, forked)
            result = replace(result, notes=(*about.notes, *result.notes))
            report.write(gradescope.text(result, about.facts))
            why = result.reason if result.status == "ungraded" else ""
        except NotGradedError as error:
            why = str(error)
            report.write(gradescope.failure(why))
        # Whatever else fails is the grader or its machine: it must not become a score.
        except Exception as error:
            traceback.print_exc(file=sys.stdout)
            why = f"{type(error).__name__}: {error}"
            report.write(
                gradescope.failure("The grader failed. Tell your teacher, who can read why in its output.")
            )
        timer.cancel()
    print(f"Not graded: {why}" if why else f"Graded: {place.results}", flush=True)
    return 1 if why else 0


def _forked(home: str) -> twin.Twin | None:
    """Import TensorFlow, and fork the process for notebooks: nothing of the course was read before."""
    from autograder.engine.launcher import environment

    own = environment(Path(home), Path(home), cpus())
    os.environ.update(own)
    quiet.load_tensorflow()
    made = twin.fork(own)
    if made is None:
        print("TensorFlow is imported twice here, which takes more memory.", flush=True)
    return made


def _overdue(report: Report, seconds: float) -> None:
    """Gradescope gives a zero to what it has to end itself."""
    from autograder.hosts import gradescope

    why = (
        f"Grading took longer than {seconds:g} seconds. Hand in again once; if that does not help, tell your "
        "teacher: Gradescope's settings of the assignment give it more time and processors."
    )
    report.write(gradescope.failure(why))
    print(f"Not graded: {why}", flush=True)
    os._exit(1)


def graded(place: Place, seconds: float, isolation: str, forked: twin.Twin | None = None) -> Result:
    """The result of the one hand-in.

    Args:
        place: Gradescope's folder.
        seconds: that all may take.
        isolation: the weakest level that will do; "D" for anything.
        forked: the process for notebooks, if there is one already.

    Raises:
        NotGradedError: there is not one notebook of this assignment, or the container is at fault.
    """
    from autograder.engine import local
    from autograder.engine.launch import Confinement
    from autograder.engine.launcher import LaunchError
    from autograder.packages import versions
    from autograder.packages.gradescope import container
    from autograder.packages.versions import OtherAssignmentError
    from autograder.release import bundle

    assignment = bundle.assignment_of(place.grading)
    handed_in = _hand_in(place.submission)
    try:
        remark = versions.compare(handed_in.notebook, assignment)
    except OtherAssignmentError as error:
        raise NotGradedError(str(error)) from error
    killed = container.processes_killed()
    try:
        with local.grader(
            assignment,
            1,
            _limits(assignment.config.limits, seconds),
            Confinement(isolation, accept_weak=isolation == "D"),
            data=bundle.data_of(place.grading),
            threads=cpus(),
            twin=forked,
        ) as prepared:
            (result,) = prepared.grade([handed_in])
    except LaunchError as error:
        raise NotGradedError(str(error)) from error
    if container.processes_killed() > killed:
        raise NotGradedError(
            "The container ran out of memory. If your notebook needs unusually much, make it need less and "
            "hand in again; else tell your teacher: Gradescope's settings of the assignment give it more."
        )
    return replace(result, notes=(remark, *result.notes)) if remark else result


def _hand_in(folder: Path) -> Submission:
    from autograder.engine import submissions

    try:
        found = submissions.find([folder])
    except submissions.SubmissionError as error:
        files = sorted(path.name for path in folder.rglob("*") if path.is_file())
        what = f"{', '.join(files[:5])} was handed in, and no notebook" if files else "Nothing was handed in"
        raise NotGradedError(f"{what}. Hand in your notebook (.ipynb).") from error
    notebooks = [one for one in found if one.notebook.is_file()]
    if len(notebooks) > 1:
        names = ", ".join(str(one.notebook.relative_to(folder.resolve())) for one in notebooks[:5])
        raise NotGradedError(
            f"{len(notebooks)} notebooks were handed in ({names}), and it is not clear which one counts. "
            "Hand in one notebook, with its trained networks (.trained.npz) if there are any."
        )
    return notebooks[0] if notebooks else found[0]


def _limits(limits: Limits, seconds: float) -> Limits:
    """The config's limits, as far as there is time; "what came before counts" where there is not."""
    notebook = min(limits.notebook_seconds, round(seconds * (1 - _FOR_THE_JUDGE), 1))
    return limits.model_copy(
        update={"notebook_seconds": notebook, "cell_seconds": min(limits.cell_seconds, notebook)}
    )


def cpus() -> int:
    """How many threads are worth it here."""
    from autograder.packages.gradescope import container

    return max(1, min(_MOST_CPUS, len(os.sched_getaffinity(0)), container.processors()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
