"""Packages for other systems: what `loupe build --for HOST` writes, and what of Loupe runs inside them.

A package is made of the same source and grading config as everything else, and graded by the same engine.
Each host is a module of this folder, imported when it is asked for, since not every machine has every tool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from autograder.course import Assignment

Say = Callable[[str], None]
Build = Callable[["Assignment", Path, Say], Iterator[tuple[str, Path]]]
"""Writes an assignment's package into the folder of all builds; yields what was written, and where."""

HOSTS: Final = {
    "otter": "autograder.packages.otter",
    "nbgrader": "autograder.packages.nbgrader",
    "gradescope": "autograder.packages.gradescope",
}
"""Host → the module whose `build` is a `Build`."""


def builder(host: str) -> Build:
    """The function that writes packages for a host of `HOSTS`."""
    build: Build = import_module(HOSTS[host]).build
    return build
