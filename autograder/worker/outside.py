"""A look at a locked process from outside: what the kernel says about it, never what it says itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from autograder.worker.paths import layout
from autograder.worker.walls import Walls

_NAMESPACES = {"mount": "mnt", "net": "net", "ipc": "ipc", "uts": "uts", "cgroup": "cgroup", "pid": "pid"}
_CAPABILITY_SETS = ("CapInh", "CapPrm", "CapEff", "CapAmb")
_HARMLESS_DESCRIPTORS = ("pipe:", "socket:", "/dev/null")
_DEVICE_FOLDERS = ("/dev/pts",)
_MEGA = 1 << 20


def verify(pid: int, walls: Walls) -> list[str]:
    """What is not in force around a process that reports itself locked.

    Landlock leaves no trace that can be seen from outside. It is applied before seccomp, and a step that
    fails ends the locking: so the filter, which is seen, stands for both.

    Args:
        pid: the process, as numbered here.
        walls: what ought to be in force.

    Returns:
        Sentences; "unknown: …" for what cannot be seen from here. Empty when all that was asked for holds.
    """
    folder = Path("/proc", str(pid))
    found: list[str] = []
    for looked_at, check in (
        ("its status", _status),
        ("its namespaces", _namespaces),
        ("its limits", _limits),
        ("its descriptors", _descriptors),
        ("its files", _files),
    ):
        try:
            found += check(folder, walls)
        except (OSError, KeyError, ValueError) as error:
            found.append(f"unknown: {looked_at} cannot be read ({_words(error)})")
    return found


def _words(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__


def _table(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _status(folder: Path, walls: Walls) -> Iterator[str]:
    status = _table(folder / "status")
    if status["NoNewPrivs"] != "1":
        yield "It may gain privileges by starting programs."
    if "seccomp" in walls.layers and status["Seccomp"] != "2":
        yield "No system call is filtered."
    for name in _CAPABILITY_SETS:
        if int(status[name], 16):
            yield f"It has capabilities ({name} {status[name]})."
    if (walls.uid is not None or "user" in walls.layers) and int(status["CapBnd"], 16):
        yield f"Programs it starts could have capabilities (CapBnd {status['CapBnd']})."
    if walls.uid is not None:
        if {*status["Uid"].split(), *status["Gid"].split()} != {str(walls.uid)}:
            yield f"It has other ids than {walls.uid} (uid {status['Uid']}, gid {status['Gid']})."
        if status["Groups"]:
            yield f"It is in groups ({status['Groups']})."
    if "pid" in walls.layers and status["NSpid"].split()[1:][-1:] != ["1"]:
        yield "It is not the first process of a process namespace."
    if status["Threads"] != "1":
        yield f"It has {status['Threads']} threads; one was expected before its start."


def _namespaces(folder: Path, walls: Walls) -> Iterator[str]:
    for layer, name in _NAMESPACES.items():
        theirs, ours = Path(folder, "ns", name), Path("/proc/self/ns", name)
        if layer in walls.layers and theirs.readlink() == ours.readlink():
            yield f"It shares our {layer} namespace."
    if "user" in walls.layers:
        mapped = sum(int(line.split()[2]) for line in (folder / "uid_map").read_text().splitlines())
        if mapped != 1:
            yield f"Its user namespace holds {mapped} users."


def _limits(folder: Path, walls: Walls) -> Iterator[str]:
    limits = walls.limits
    wanted = {
        "Max cpu time": limits.cpu_seconds + 1,
        "Max file size": limits.file_mb * _MEGA,
        "Max data size": limits.memory_mb * _MEGA,
        "Max open files": limits.open_files,
        "Max core file size": 0,
    }
    if walls.uid is not None or "user" in walls.layers:
        wanted["Max processes"] = limits.processes
    lines = (folder / "limits").read_text(encoding="ascii").splitlines()
    for name, most in wanted.items():
        hard = next(line for line in lines if line.startswith(name))[len(name) :].split()[1]
        if hard == "unlimited" or int(hard) > most:
            yield f"{name} is {hard}, not {most}."


def _descriptors(folder: Path, walls: Walls) -> Iterator[str]:
    for descriptor in (folder / "fd").iterdir():
        target = str(descriptor.readlink())
        if not target.startswith(_HARMLESS_DESCRIPTORS):
            yield f"Its descriptor {descriptor.name} leads to {target}."


def _files(folder: Path, walls: Walls) -> Iterator[str]:
    if "mount" not in walls.layers:
        return
    writable = {"/tmp", "/dev/shm", walls.work}
    seen = set()
    for line in (folder / "mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split()
        path, options = _unescaped(fields[4]), fields[5].split(",")
        kind = fields[fields.index("-") + 1]
        seen.add(path)
        if path in writable and kind != "tmpfs":
            yield f"{path} is on {kind}, not in the job's own memory."
        if path in writable or path.startswith(_DEVICE_FOLDERS) or stat.S_ISCHR(_mode(folder, path)):
            continue
        if "ro" not in options or "nosuid" not in options:
            yield f"{path} is mounted {fields[5]}."
    yield from (f"{path} is not the job's own." for path in sorted(writable - seen))
    places = layout(walls.readable, walls.hidden, tuple(sorted(writable)))
    shown = [place.path for place in places if place.kind in ("read", "own")]
    for place in places:
        if place.kind == "hide":
            yield from _leaks(folder, place.path, shown)


def _leaks(folder: Path, hidden: str, shown: list[str]) -> Iterator[str]:
    """What can be seen of something hidden, apart from the way to what is shown within it."""
    path = Path(f"{folder}/root{hidden}")
    mode = path.lstat().st_mode
    if stat.S_ISREG(mode):
        yield f"{hidden} can be seen."
    if not stat.S_ISDIR(mode):
        return
    for entry in path.iterdir():
        inner = f"{hidden}/{entry.name}"
        if inner in shown:
            continue
        if any(other.startswith(inner + "/") for other in shown):
            yield from _leaks(folder, inner, shown)
        else:
            yield f"{inner} can be seen."


def _unescaped(path: str) -> str:
    return path.encode("latin-1", "replace").decode("unicode_escape") if "\\" in path else path


def _mode(folder: Path, path: str) -> int:
    return Path(f"{folder}/root{path}").lstat().st_mode
