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

from autograder.engine.networks import NOTEBOOK, Named, Networks, is_litter, is_trained

MOST_BYTES = 100_000_000


class SubmissionError(Exception):
    """A path on the command line leads to no submission."""


@dataclass(frozen=True)
class Submission:
    """One hand-in.

    Attributes:
        name: unique within a run; also the name of its result folder.
        notebook: the file, whatever it holds.
        trained: the networks that were handed in with it: (name of the variable, file).
        origin: where it lay, as a path: from the folder that was named, or the file after its folder.
    """

    name: str
    notebook: Path
    trained: tuple[Named, ...] = ()
    origin: str = ""


def find(paths: Sequence[str | Path], results: Path | None = None) -> list[Submission]:
    """Turn files, folders and glob patterns into submissions.

    A folder stands for every notebook in it, at any depth (LMS downloads have one folder a student); a
    subfolder that holds files but no notebook counts as a submission too, so that a student who handed
    in a PDF is reported and not forgotten. A file that is named is taken whatever its suffix. Two
    submissions with the same file name are told apart by their folders. Trained networks go with their
    notebooks (`autograder.engine.networks`) and are no submissions themselves.

    Args:
        paths: files, folders and patterns.
        results: the folder that results are written to; what an earlier run left there is no submission.

    Raises:
        SubmissionError: a path does not exist, or nothing that was named holds a notebook.
    """
    own = results.resolve() if results else None
    if own and any(Path(path).resolve().is_relative_to(own) for path in paths):
        own = None  # Results go where the submissions lie: what is named counts.
    files: dict[Path, Path | None] = {}
    for path in paths:
        for file, folder in _expand(path):
            # A link stays a link: whoever hands one in must not get what it leads to.
            real = file.parent.resolve() / file.name
            if not (own and real.is_relative_to(own)) and not is_trained(real):
                files.setdefault(real, folder and folder.resolve())
    if files and not any(file.is_file() for file in files):
        raise SubmissionError(f"{', '.join(map(str, files))}: there is no notebook (.ipynb) in this folder.")
    if not files:
        raise SubmissionError("No submission was named.")
    networks = Networks()
    trained = {file: networks.of(file, folder) for file, folder in files.items() if file.is_file()}
    claimed = {path for found in trained.values() for _, path in found}
    kept = [file for file in files if not _holds_only(file, claimed)]
    return [
        Submission(name, file, trained.get(file, ()), _origin(file, files[file]))
        for name, file in zip(_names(kept), kept, strict=True)
    ]


def contents(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file that was handed in, which may be anything.

    Args:
        path: the file.
        most: bytes that it may have.

    Raises:
        OSError: it is a link, a folder, a pipe or too large, or it cannot be read; `strerror` says which.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link; the file itself has to be handed in") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"it has more than {most // 1_000_000} MB")
        return file.read(most)


def unreadable(path: Path, error: OSError) -> str:
    """Why a hand-in cannot be read, as a sentence for its student."""
    if isinstance(error, IsADirectoryError):
        names = ", ".join(sorted(file.name for file in path.iterdir())[:5])
        return f"The hand-in has no notebook (.ipynb); it holds: {names}."
    return f"The file cannot be read: {error.strerror or error}."


def _expand(path: str | Path) -> list[tuple[Path, Path | None]]:
    """The hand-ins that a path stands for, each with the folder that was named, if it was one."""
    literal = Path(path)
    matches = [literal] if literal.exists() else _matching(literal)
    if not matches:
        raise SubmissionError(f"{path}: no such file or folder.")
    return [
        pair
        for match in matches
        for pair in ([(file, match) for file in _hand_ins(match)] if match.is_dir() else [(match, None)])
    ]


def _matching(pattern: Path) -> list[Path]:
    root = Path(pattern.anchor)
    try:
        return sorted(root.glob(str(pattern.relative_to(root))))
    except ValueError as error:
        raise SubmissionError(f"{pattern}: {error}") from error


def _hand_ins(folder: Path) -> list[Path]:
    """Notebooks of a folder and those subfolders that hold something else only; else the folder itself."""
    files = [
        file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not is_litter(file.relative_to(folder))
    ]
    notebooks = [file for file in files if file.suffix == NOTEBOOK]
    if not notebooks:
        return [folder]
    students = {folder / file.relative_to(folder).parts[0] for file in files if file.parent != folder}
    served = {folder / file.relative_to(folder).parts[0] for file in notebooks}
    return sorted([*notebooks, *(students - served)])


def _holds_only(folder: Path, claimed: set[Path]) -> bool:
    """Whether a folder without a notebook holds trained networks of other submissions and nothing else."""
    files = [file for file in folder.rglob("*") if file.is_file() and not is_litter(file.relative_to(folder))]
    return bool(files) and claimed.issuperset(files)


def _origin(file: Path, folder: Path | None) -> str:
    """The path by which a student may be recognised; the named folder itself may be a student's."""
    return file.relative_to((folder or file.parent).parent).as_posix()


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
