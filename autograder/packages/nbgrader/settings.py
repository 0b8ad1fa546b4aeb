"""Configures nbgrader for a course folder that `loupe build --for nbgrader` wrote. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import ClearOutput, ClearSolutions, Execute, SaveAutoGrades

from autograder.packages.nbgrader.release import LoupePrompts
from autograder.release.markers import CODE_PROMPT, TEXT_PROMPT

_HERE: Final = __name__.rpartition(".")[0]
# By name where nbgrader takes names: what grades is imported only by the command that grades.
_RESTORE: Final = f"{_HERE}.restore.LoupeRestore"
_GRADE: Final = f"{_HERE}.autograde.LoupeGrade"
_RECORD: Final = f"{_HERE}.autograde.LoupeRecord"
_FEEDBACK: Final = f"{_HERE}.feedback.LoupeFeedback"


def configure(c: Any, folder: Path) -> None:
    """Have nbgrader's commands work on a course folder with Loupe.

    Of nbgrader's own steps, one is left out before grading: saved outputs are not cleared, since what Keras
    printed while a network was trained is compared with its history. They are shown to whoever grades, as
    text and pictures only.

    Args:
        c: nbgrader's configuration (traitlets' `Config`); changed in place.
        folder: of the course.
    """
    c.CourseDirectory.root = str(folder.resolve())
    c.ClearSolutions.code_stub = {"python": CODE_PROMPT}
    c.ClearSolutions.text_stub = TEXT_PROMPT
    c.GenerateAssignment.preprocessors = [
        LoupePrompts if one is ClearSolutions else one for one in GenerateAssignment.preprocessors.default()
    ]
    sanitizing = [one for one in Autograde.sanitize_preprocessors.default() if one is not ClearOutput]
    c.Autograde.sanitize_preprocessors = [_RESTORE, *sanitizing]
    grading: list[Any] = []
    for one in Autograde.autograde_preprocessors.default():
        grading += [_GRADE] if one is Execute else [one, _RECORD] if one is SaveAutoGrades else [one]
    c.Autograde.autograde_preprocessors = grading
    c.Autograde.exclude_overwriting = _large(folder)
    c.GenerateFeedback.exporter_class = _FEEDBACK


def _large(folder: Path) -> dict[str, list[str]]:
    """Images and checkpoints, by assignment: the grader has its own, a copy for every student is a waste."""
    found: dict[str, list[str]] = {}
    for path in sorted((folder / "source").glob("*/*.npz")):
        found.setdefault(path.parent.name, []).append(path.name)
    return found
