"""Finds the submissions a command line names, and gives each a name of its own.

Reads names and bytes only; what is inside a notebook is the worker's business.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 100_000_000


class SubmissionError(Exception):
    """A path on the command line leads to no submission."""


@dataclass(frozen=True)
class Submission:
    """One hand-in.

    Attributes:
        name: unique within a run; also the name of its result folder.
        notebook: the file, whatever it holds.
    """

    name: str
    notebook: Path


def find(paths: Sequence[str | Path], results: Path | None = None) -> list[Submission]:
    """Turn files, folders and glob patterns into submissions.

    A folder stands for every notebook in it, at any depth (LMS downloads have one folder a student); a
    subfolder that holds files but no notebook counts as a submission too, so that a student who handed
    in a PDF is reported and not forgotten. A file that is named is taken whatever its suffix. Two
    submissions with the same file name are told apart by their folders.

    Args:
        paths: files, folders and patterns.
        results: the folder that results are written to; what an earlier run left there is no submission.

    Raises:
        SubmissionError: a path does not exist, or nothing that was named holds a notebook.
    """
    own = results.resolve() if results else None
    if own and any(Path(path).resolve().is_relative_to(own) for path in paths):
        own = None  # Results go where the submissions lie: what is named counts.
    # A link stays a link: whoever hands one in must not get what it leads to.
    found = [file.parent.resolve() / file.name for path in paths for file in _expand(path)]
    files = dict.fromkeys(file for file in found if own is None or not file.is_relative_to(own))
    if files and not any(file.is_file() for file in files):
        raise SubmissionError(f"{', '.join(map(str, files))}: there is no notebook (.ipynb) in this folder.")
    if not files:
        raise SubmissionError("No submission was named.")
    return [Submission(name, file) for name, file in zip(_names(list(files)), files, strict=True)]


def contents(notebook: Path) -> bytes:
    """The bytes of a hand-in, which may be anything.

    Raises:
        OSError: it is a link, a folder, a pipe or too large, or it cannot be read; `strerror` says which.
    """
    try:
        descriptor = os.open(notebook, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link; the notebook itself has to be handed in") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        if status.st_size > MOST_BYTES:
            raise OSError(errno.EFBIG, f"it has more than {MOST_BYTES // 1_000_000} MB")
        return file.read(MOST_BYTES)


def _expand(path: str | Path) -> list[Path]:
    literal = Path(path)
    matches = [literal] if literal.exists() else _matching(literal)
    if not matches:
        raise SubmissionError(f"{path}: no such file or folder.")
    return [file for match in matches for file in (_hand_ins(match) if match.is_dir() else [match])]


def _matching(pattern: Path) -> list[Path]:
    root = Path(pattern.anchor)
    try:
        return sorted(root.glob(str(pattern.relative_to(root))))
    except ValueError as error:
        raise SubmissionError(f"{pattern}: {error}") from error


def _hand_ins(folder: Path) -> list[Path]:
    """Notebooks of a folder and those subfolders that hold something else only; else the folder itself."""
    files = [
        file for file in sorted(folder.rglob("*")) if file.is_file() and not _litter(file.relative_to(folder))
    ]
    notebooks = [file for file in files if file.suffix == ".ipynb"]
    if not notebooks:
        return [folder]
    students = {folder / file.relative_to(folder).parts[0] for file in files if file.parent != folder}
    served = {folder / file.relative_to(folder).parts[0] for file in notebooks}
    return sorted([*notebooks, *(students - served)])


def _litter(path: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _names(files: Sequence[Path]) -> list[str]:
    """The stem; where stems clash, preceded by as many parent folders as it takes to tell them apart."""
    depths = [0] * len(files)
    while True:
        names = [_name(file, depth) for file, depth in zip(files, depths, strict=True)]
        count = Counter(name.lower() for name in names)
        clashing = [
            index
            for index, (file, name) in enumerate(zip(files, names, strict=True))
            if count[name.lower()] > 1 and depths[index] < len(file.parts) - 2
        ]
        if not clashing:
            return _numbered(names)
        for index in clashing:
            depths[index] += 1


def _name(file: Path, depth: int) -> str:
    """The file's stem after `depth` of its parents, as one folder name on every file system."""
    parts = [*file.parts[len(file.parts) - 1 - depth : -1], file.stem]
    return re.sub(r"[^\w.@+-]+", "_", "-".join(parts)).strip("._")[-120:] or "submission"


def _numbered(names: Sequence[str]) -> list[str]:
    """Last resort for names that differ only in case or in characters a file name cannot hold."""
    taken: set[str] = set()
    numbered = []
    for name in names:
        candidates = itertools.chain([name], (f"{name}-{count}" for count in itertools.count(2)))
        free = next(candidate for candidate in candidates if candidate.lower() not in taken)
        taken.add(free.lower())
        numbered.append(free)
    return numbered
