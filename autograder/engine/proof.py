"""Runs what `grading.lint` judges: the solution and the untouched notebook, really graded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from autograder.course import Assignment
from autograder.engine.local import grader
from autograder.engine.submissions import Submission
from autograder.grading import lint
from autograder.release import source


def problems(assignment: Assignment) -> list[str]:
    """Sentences about what is wrong with an assignment; empty when it is sound.

    Raises:
        autograder.config.ConfigError, autograder.release.source.SourceError: it cannot be read at all.
    """
    notebook = source.read(assignment.source)
    with tempfile.TemporaryDirectory(prefix="loupe-lint-") as scratch:
        solution, blank = Path(scratch) / "solution.ipynb", Path(scratch) / "blank.ipynb"
        solution.write_text(source.dumps(notebook.solution()), encoding="utf-8")
        blank.write_text(source.dumps(notebook.student()), encoding="utf-8")
        with grader(assignment) as prepared:
            results = {
                result.submission: result
                for result in prepared.grade([Submission("solution", solution), Submission("blank", blank)])
            }
    file = assignment.config_path.name
    return [
        *lint.unearned_by_solution(file, results["solution"]),
        *lint.earned_by_blank(file, results["blank"]),
    ]
