"""Loupe inside nbgrader: a course folder that nbgrader's own commands work on, graded by Loupe's engine.

`folder` writes it, `settings` configures nbgrader, `release` clears solutions, `restore` mends what was
handed in, `autograde` takes the place of nbgrader's execution, with `graders` and `cells`, and `feedback`
writes the pages. Only `folder` does without nbgrader itself. What is written into a gradebook is
`autograder.hosts.nbgrader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.course import Assignment


def build(assignment: Assignment, dist: Path, say: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Write an assignment into the course folder `dist/nbgrader`; see `folder.build`."""
    from autograder.packages.nbgrader import (
        folder,
    )  # Late: nbgrader's processes configure themselves quickly.

    return folder.build(assignment, dist, say)
