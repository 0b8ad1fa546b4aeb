"""Runs what `grading.lint` judges: the solution and the untouched notebook, really graded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from autograder.course import Assignment
from autograder.engine.local import grader
from autograder.engine.submissions import Submission
from autograder.grading import lint
from autograder.release import networks, source
from reference import datasets


def problems(assignment: Assignment) -> list[str]:
    """Sentences about what is wrong with an assignment; empty when it is sound.

    Where students train networks, the solution hands in the reference checkpoints.

    Raises:
        autograder.config.ConfigError, autograder.release.source.SourceError: it cannot be read at all.
    """
    notebook = source.read(assignment.source)
    with tempfile.TemporaryDirectory(prefix="loupe-lint-") as scratch:
        solution, blank = Path(scratch) / "solution.ipynb", Path(scratch) / "blank.ipynb"
        solution.write_text(source.dumps(notebook.solution()), encoding="utf-8")
        blank.write_text(source.dumps(notebook.student()), encoding="utf-8")
        trained = networks.write(assignment, datasets.load(assignment.config.data.name), Path(scratch))
        handed_in = [Submission("solution", solution, trained), Submission("blank", blank)]
        with grader(assignment) as prepared:
            results = {result.submission: result for result in prepared.grade(handed_in)}
    file = assignment.config_path.name
    return [
        *lint.unearned_by_solution(file, results["solution"]),
        *lint.earned_by_blank(file, results["blank"]),
    ]
