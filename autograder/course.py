"""Finds a course and names what belongs to each of its assignments.

A course is a folder with `assignments/` (a folder per assignment) and `grading_config/` (a YAML file per
assignment). This module never reads a notebook and never executes anything; a grading config is read
only when it is asked for.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.config import AssignmentConfig

SOURCE = "assignment.py"
PARTS = ("assignments", "grading_config")

_PACKAGE = Path(__file__).resolve().parent


class CourseError(Exception):
    """No course, or no such assignment; the message names what is missing and what there is."""


@dataclass(frozen=True)
class Assignment:
    """One assignment of a course: where its parts lie.

    Attributes:
        name: its folder's name, and its config's.
        folder: holds the source notebook and what students get with it.
        config_path: the grading config; never released.
    """

    name: str
    folder: Path
    config_path: Path

    @property
    def source(self) -> Path:
        """The source notebook, a Jupytext percent file."""
        return self.folder / SOURCE

    @property
    def helpers(self) -> tuple[Path, ...]:
        """Files that are released unchanged beside the notebook, relative to `folder`, sorted.

        All files of the folder but the source notebook (in any of Jupytext's pairings) and what starts
        with `_` or `.`, as caches do.
        """
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        return tuple(sorted(path for path in found if _released(path)))

    def copy(self, root: Path) -> Assignment:
        """Copy all that the assignment's version is made of, as a course of its own.

        Args:
            root: an existing folder, which becomes the course.
        """
        own, config = root / PARTS[0] / self.name, root / PARTS[1] / self.config_path.name
        for part in (self.source.relative_to(self.folder), *self.helpers):
            (own / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / part, own / part)
        config.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.config_path, config)
        return Assignment(self.name, own, config)

    @cached_property
    def config(self) -> AssignmentConfig:
        """The grading config, read and validated on first use.

        Raises:
            autograder.config.ConfigError: naming file, question and key.
        """
        from autograder.config import load

        return load(self.config_path)

    @cached_property
    def version(self) -> str:
        """Twelve hex digits that change when the source, the config or a helper file changes."""
        digest = hashlib.sha256()
        parts = [self.source, self.config_path, *(self.folder / helper for helper in self.helpers)]
        for path in parts:
            content = path.read_bytes()
            name = path.relative_to(self.folder) if path.is_relative_to(self.folder) else Path(path.name)
            digest.update(f"{name.as_posix()} {len(content)} ".encode() + content)
        return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Course:
    """A course on disk.

    Attributes:
        root: the folder that holds `assignments/` and `grading_config/`.
    """

    root: Path

    @property
    def assignments(self) -> list[str]:
        """Names of all assignments that have a source notebook, sorted."""
        return sorted(path.parent.name for path in (self.root / "assignments").glob(f"*/{SOURCE}"))

    def assignment(self, name: str) -> Assignment:
        """Look an assignment up by its folder's name.

        Raises:
            CourseError: there is none, or its source notebook or grading config is missing.
        """
        folder = self.root / "assignments" / name
        config = self.root / "grading_config" / f"{name}.yaml"
        if name not in self.assignments:
            if folder.is_dir() and name not in ("", ".", ".."):
                raise CourseError(
                    f"Assignment {name!r} has no source notebook: {folder / SOURCE} is missing."
                )
            near = get_close_matches(name, self.assignments, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise CourseError(
                f"No assignment {name!r} in {self.root}; there are: {_listed(self.assignments)}.{hint}"
            )
        if not config.is_file():
            there = sorted(path.name for path in config.parent.glob("*.yaml"))
            raise CourseError(
                f"Assignment {name!r} has no grading config: {config} is missing; there: {_listed(there)}."
            )
        return Assignment(name, folder, config)


def find(path: Path | None = None) -> Course:
    """Find the course to work on.

    Args:
        path: the course's folder. Without it: the current folder or the nearest parent that is a course,
            then the course inside the installed package, then the one of the repository the package lies in.

    Raises:
        CourseError: `path` is not a course, or none was found; nothing else is silently taken instead.
    """
    if path is not None:
        missing = [part for part in PARTS if not (path / part).is_dir()]
        if missing:
            raise CourseError(f"{path} is not a course: it has no folder {' and no folder '.join(missing)}.")
        return Course(path.resolve())
    here = Path.cwd()
    for folder in (here, *here.parents, _PACKAGE / "_course", _PACKAGE.parent):
        if all((folder / part).is_dir() for part in PARTS):
            return Course(folder.resolve())
    raise CourseError(
        f"No course found in {here}, its parents or the installed package. "
        f"A course is a folder with {' and '.join(f'{part}/' for part in PARTS)}; go there, or name it."
    )


def _released(path: Path) -> bool:
    paired = len(path.parts) == 1 and path.stem == Path(SOURCE).stem
    return not paired and not any(part.startswith(("_", ".")) for part in path.parts)


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
