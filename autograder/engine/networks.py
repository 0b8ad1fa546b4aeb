"""Which trained networks were handed in with which notebook, by the names and places of files.

A folder with one notebook is a student's: every `<name>.trained.npz` in it belongs to that notebook, also a
folder or two deeper. Where several notebooks lie side by side, `alice.model.trained.npz` belongs to
`alice.ipynb`. Opens no file and follows no link.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

NOTEBOOK = ".ipynb"
_DEPTH = 2
_SEPARATORS = "._-"
# Browsers number what is downloaded again: `model.trained (1).npz`, `model.trained-1.npz`.
_TRAINED = re.compile(r"(.+)\.trained(?: ?\(\d+\)|-\d+)?\.npz")

Named = tuple[str, Path]


def is_trained(path: Path) -> bool:
    """Whether a file is a trained network by its name."""
    return _TRAINED.fullmatch(path.name) is not None


def is_litter(path: Path) -> bool:
    """Whether a path leads to what systems leave behind: hidden files, `__MACOSX`."""
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


@dataclass
class _Seen:
    """What lies in a folder, two folders deep.

    Attributes:
        notebooks, trained, others: files, in order.
    """

    notebooks: list[Path] = field(default_factory=list)
    trained: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


class Networks:
    """Looks into each folder once."""

    def __init__(self) -> None:
        self._seen: dict[Path, _Seen] = {}

    def of(self, notebook: Path, named: Path | None = None) -> tuple[Named, ...]:
        """The trained networks of a notebook: (name of the variable, file), sorted by name.

        Args:
            notebook: an existing file.
            named: the folder of the class or of the student in which it was found, if one was.
        """
        folder = notebook.parent
        if named is not None and named in folder.parents:
            own = self._look(named / notebook.relative_to(named).parts[0])
            if own.notebooks == [notebook]:
                return _by_name(own.trained, notebook)
        beside = [other for other in self._look(folder).notebooks if other.parent == folder]
        files = self._around(folder, folder == named)
        if len(beside) > 1:
            files = [file for file in files if _owner(file, beside) == notebook]
        return _by_name(files, notebook)

    def _look(self, folder: Path) -> _Seen:
        if folder not in self._seen:
            seen = self._seen[folder] = _Seen()
            for root, folders, names in os.walk(folder):
                here = Path(root)
                folders[:] = sorted(name for name in folders if not is_litter(Path(name)))
                if len(here.relative_to(folder).parts) == _DEPTH:
                    folders.clear()
                for name in sorted(name for name in names if not is_litter(Path(name))):
                    kind = seen.notebooks if name.endswith(NOTEBOOK) else seen.others
                    (seen.trained if is_trained(Path(name)) else kind).append(here / name)
        return self._seen[folder]

    def _around(self, folder: Path, of_a_class: bool) -> list[Path]:
        """Trained networks of a folder, without those in subfolders that are somebody else's hand-in."""
        seen = self._look(folder)
        taken = {file for file in seen.notebooks if file.parent != folder}
        if of_a_class:
            taken |= {file for file in seen.others if file.parent != folder}
        foreign = {file.relative_to(folder).parts[0] for file in taken}
        return [
            file
            for file in seen.trained
            if file.parent == folder or file.relative_to(folder).parts[0] not in foreign
        ]


def _owner(file: Path, notebooks: list[Path]) -> Path | None:
    """The notebook whose name, the longest of all, begins the file's."""
    fitting = [notebook for notebook in notebooks if _prefixed(file.name, notebook.stem)]
    return max(fitting, key=lambda notebook: len(notebook.stem), default=None)


def _prefixed(name: str, stem: str) -> bool:
    return name.startswith(stem) and name[len(stem) : len(stem) + 1] in tuple(_SEPARATORS)


def _by_name(files: list[Path], notebook: Path) -> tuple[Named, ...]:
    """Each under a name that is a variable's; of several copies the one with the plainest path."""
    found: dict[str, Path] = {}
    for file in sorted(files, key=lambda file: (len(file.parts), len(file.name), file.name)):
        match = _TRAINED.fullmatch(file.name)
        assert match is not None
        name = match[1]
        if _prefixed(name, notebook.stem):
            name = name[len(notebook.stem) + 1 :]
        found.setdefault(re.sub(r"\W|^(?=\d)", "_", name)[:100], file)
    return tuple(sorted(found.items()))
