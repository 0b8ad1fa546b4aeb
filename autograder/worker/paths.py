"""Which files student code may see: computed once, before any job; changes nothing.

`default_readable` names the interpreter's files. `layout` and `readable_minus_hidden` turn the same two lists
into what the two file walls need: places of a new root, and an allow-list that landlock can express.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.worker.landlock import Grants

_SYSTEM = """
    /usr /bin /sbin /lib /lib32 /lib64 /nix/store /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d
    /etc/alternatives /etc/fonts /etc/localtime /etc/terminfo /sys/devices/system/cpu
"""
_PARTS_OF_A_PREFIX = ("bin", "lib", "lib64", "include", "share", "pyvenv.cfg")
_PACKAGE_FOLDERS = ("site-packages", "dist-packages")
_OURS = ("autograder", "reference")
_DISTRIBUTION = ("loupe_grader", "__editable__.loupe_grader", "_editable_impl_loupe_grader")


def default_readable() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The running interpreter's files, its packages and the system's libraries: (readable, hidden).

    Hidden are this project's packages, and its folder when it is installed in place. A home folder, or a
    folder that holds the project, is never readable as a whole, even when it is the interpreter's prefix.
    """
    project = str(Path(__file__).resolve().parents[2])
    installed = Path(project).name in _PACKAGE_FOLDERS
    private = [os.path.realpath(Path.home())]
    if not installed:
        private.append(project)
    readable = [path for path in _SYSTEM.split() if os.path.lexists(path)]
    for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix):
        readable += _prefix(prefix, private)
    packages = [entry for entry in sys.path if Path(entry).name in _PACKAGE_FOLDERS]
    readable += packages
    hidden = [] if installed else [project]
    for folder in packages:
        hidden += _ours(folder)
    return tuple(dict.fromkeys(readable)), tuple(dict.fromkeys(hidden))


def _prefix(prefix: str, private: Iterable[str]) -> list[str]:
    real = os.path.realpath(prefix)
    if not any(_within(path, real) for path in private):
        return [prefix]
    parts = [str(Path(prefix, part)) for part in _PARTS_OF_A_PREFIX]
    return [part for part in parts if os.path.lexists(part)]


def _ours(folder: str) -> list[str]:
    if not Path(folder).is_dir():
        return []
    return [
        entry.path
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
        if entry.name.startswith(_DISTRIBUTION) or (entry.name in _OURS and _is_ours(folder))
    ]


def _is_ours(folder: str) -> bool:
    """A folder named `reference` may be somebody else's; ours stands beside this package."""
    return Path(folder, "autograder", "worker", "paths.py").is_file()


@dataclass(frozen=True)
class Place:
    """One path of the new root.

    Attributes:
        path: where it appears.
        kind: "read" (a tree or file), "hide" (empty in its place), "own" (the job's, writable), "link".
        source: of "read" the real path, of "link" its text.
    """

    path: str
    kind: str
    source: str = ""


def layout(readable: tuple[str, ...], hidden: tuple[str, ...], own: tuple[str, ...]) -> tuple[Place, ...]:
    """The new root's places, outer ones before inner ones, links last.

    What is hidden is hidden at every path under which it would be seen. A readable path below a hidden one
    stays readable.
    """
    shown, links = _shown(readable, hidden)
    places = [Place(path, "own") for path in own] + [place for place in shown if place.path not in own]
    places.sort(key=lambda place: Path(place.path).parts)
    return (*places, *links)


@functools.lru_cache(maxsize=8)
def _shown(readable: tuple[str, ...], hidden: tuple[str, ...]) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """What does not differ from job to job: places to read or to hide, and links."""
    trees, links = _sources(readable)
    covers = {os.path.realpath(path) for path in hidden}
    trees = {path: source for path, source in trees.items() if source not in covers}
    hides = {
        _moved(cover, source, path)
        for path, source in trees.items()
        for cover in covers
        if _within(cover, source) and os.path.lexists(cover)
    }
    places = [Place(path, "hide") for path in hides]
    places += [
        Place(path, "read", source) for path, source in trees.items() if not _covered(path, trees, hides)
    ]
    return tuple(places), tuple(Place(path, "link", text) for path, text in sorted(links.items()))


@functools.lru_cache(maxsize=8)
def readable_minus_hidden(readable: tuple[str, ...], hidden: tuple[str, ...]) -> Grants:
    """What may be read, as hierarchies that hold nothing hidden.

    Around something hidden, all its neighbours are listed one by one. The folders on the way to it can be
    listed, and so can what is hidden below them: landlock cannot give a folder's names without its
    subfolders' names. Their contents cannot be read.
    """
    trees, _ = _sources(readable)
    covers = frozenset(os.path.realpath(path) for path in hidden)
    read: list[str] = []
    listed: list[str] = []
    for source in dict.fromkeys(trees.values()):
        if source not in covers:
            _grant(source, covers, read, listed)
    return Grants(read=tuple(dict.fromkeys(read)), listed=tuple(dict.fromkeys(listed)))


def _grant(path: str, covers: frozenset[str], read: list[str], listed: list[str]) -> None:
    if path in covers:
        return
    if not any(_within(cover, path) for cover in covers):
        read.append(path)
        return
    listed.append(path)
    for entry in os.scandir(path):
        if not entry.is_symlink():  # Where it leads is readable by its own path, or not at all.
            _grant(entry.path, covers, read, listed)


def _sources(readable: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Trees and files by path, each with its real path; and links by path, each with its text."""
    trees: dict[str, str] = {}
    links: dict[str, str] = {}
    for path in map(os.path.abspath, readable):
        if not Path(path).exists():
            continue
        source = os.path.realpath(path)
        trees[source] = source
        if Path(path).is_symlink():
            links[path] = str(Path(path).readlink())
        elif source != path:
            trees[path] = source
    return trees, {path: text for path, text in links.items() if not _covered(path, trees, ())}


def _covered(path: str, trees: Iterable[str], hides: Iterable[str]) -> bool:
    """Whether an outer tree shows this path already: of all around it, the nearest is shown, not hidden."""
    known, concealed = set(trees), set(hides)
    for parent in _parents(path):
        if parent in concealed:
            return False
        if parent in known:
            return True
    return False


def _parents(path: str) -> Iterator[str]:
    return map(str, Path(path).parents)


def _within(path: str, folder: str) -> bool:
    """Whether a path is a folder or something below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _moved(path: str, source: str, target: str) -> str:
    """Where a path below a source appears when the source appears at the target."""
    return os.path.normpath(Path(target, os.path.relpath(path, source)))
