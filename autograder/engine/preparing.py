"""What is made once for a class: the assignment's files, what to capture, the reference's numbers.

Imports TensorFlow, which takes seconds; `engine.local` therefore imports this late, when the processes for
notebooks have been started and do the same. Starts nothing and grades nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from autograder.config import Limits
from autograder.course import Assignment
from autograder.engine import process
from autograder.engine.predictor import Predictor
from autograder.evidence import Plan
from autograder.grading import cache
from autograder.grading.cache import Cache
from autograder.grading.oracle import CheckpointOracle
from autograder.release import source, student
from reference.datasets import Dataset


def plan(assignment: Assignment, data: Dataset, support: Path, limits: Limits) -> Plan:
    """Write the files that come with an assignment into a folder, and say what is to be captured.

    Raises:
        autograder.release.source.SourceError, autograder.config.ConfigError: the course itself is at fault.
    """
    student.write_support(assignment, data, support)
    planned = source.plan(source.read(assignment.source), assignment.config)
    return replace(planned, cell_seconds=limits.cell_seconds)


def oracle(assignment: Assignment, data: Dataset, predictor: Predictor) -> CheckpointOracle:
    """What knows the reference's numbers; handed-in networks are asked through the predictor."""
    return CheckpointOracle(assignment.config, data, predictor, Cache(cache.folder()))


@contextmanager
def images(assignment: Assignment, data: Dataset, below: Path) -> Iterator[Path | None]:
    """A folder with the whole data set, for notebooks that train: one copy, which all jobs read."""
    if not assignment.config.models:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="data-", dir=below))
    try:
        student.write_data(data, folder)
        yield folder
    finally:
        process.remove(folder)
