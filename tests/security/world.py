"""What an attack could harm, made for it alone: secrets, results, sockets, another process; and who looks after.

Everything here stands for something real: `secret` for a hidden config, `results` for a gradebook, the victim
for the judge. Only things of the world are touched, and `close` removes what an attack managed to leave.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import hashlib
import json
import os
import resource
import secrets
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import autograder
from autograder.evidence import Evidence, Scalar
from tests.security import leftovers
from tests.security.attack import Attack, notebook

PREFIX = "LOUPE-CANARY-"
HELPER = "value = 7\n"
_LITTERED = ("/tmp", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue")
_WAIT = 4.0
_LOOKS = 10

CANARY = PREFIX + secrets.token_hex(12)
"""One secret for the whole process, so that the judge's own memory, environment and descriptors hold it too."""
os.environ["LOUPE_TEST_SECRET"] = CANARY


class World:
    """Use it as a context manager, once for one attack.

    Args:
        limits: what the job may use up, by the names of `autograder.worker.walls.JobLimits`.
        ordinary: True when the grader is the naive one, whose pages are naive too.
    """

    def __init__(self, limits: dict[str, int], ordinary: bool = False) -> None:
        self.limits = limits
        self.ordinary = ordinary
        self.marker = "lp" + secrets.token_hex(5)
        self.canary = CANARY
        self.folder = Path(tempfile.mkdtemp(prefix="world-"))
        self.folder.chmod(0o755)
        self._held = ctypes.create_string_buffer(self.canary.encode())
        self._write_files()
        self._inherited = os.open(self.folder / "rooted.txt", os.O_RDONLY)
        os.set_inheritable(self._inherited, True)
        self._listen()
        self._start_victim()
        self._key = 0x10000000 | secrets.randbits(24)
        self._before: dict[str, str] = {}

    def __enter__(self) -> World:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _write_files(self) -> None:
        cells = [("before", "before = 1"), ("attack", f"loot = '{self.canary}'"), ("after", "after = 2")]
        other = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "code", "metadata": {"question": id}, "source": source, "outputs": []}
                for id, source in cells
            ],
        }
        texts = {
            "course/grading_config/secret.yaml": f"answer: {self.canary}\n",
            "course/tests/hidden.py": f"assert x == '{self.canary}'\n",
            "submissions/other.ipynb": json.dumps(other),
            "results/other/result.json": json.dumps({"earned": 1, "secret": self.canary}),
            "results/this/result.json": json.dumps({"earned": 0}),
            "results/grades.csv": "name,earned\nthis,0\n",
            "support/helper.py": HELPER,
            "home/.config/matplotlib/matplotlibrc": "backend: agg\n",
            "home/.ipython/profile_default/startup/00.py": "",
            "rooted.txt": self.canary,
        }
        for name, text in texts.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.folder / "rooted.txt").chmod(0o600)
        # Level B means that the configs are root's alone; the rest is left open, as it often is.
        (self.folder / "course/grading_config").chmod(0o700)
        (self.folder / "mountpoint").mkdir()

    def submit(self, attack: Attack) -> Path:
        """Write the hand-in, remember how everything looks, and return its path."""
        path = self.folder / "submissions" / "this.ipynb"
        if attack.make is not None:
            attack.make(self, path)
        else:
            path.write_text(json.dumps(notebook(attack.cells, self.facts(path))))
        self._before = self._hashes()
        return path

    # ------------------------------------------------------------ what listens, and who else is there

    def _listen(self) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self._open("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self._open("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self._open("tcp6", socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
        self._open("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0{self.marker}")
        self._open("path", socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "socket"))
        self._open("datagram", socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{self.marker}d")
        self._open("vsock", socket.AF_VSOCK, socket.SOCK_STREAM, (0xFFFFFFFF, 0xFFFFFFFF))
        with contextlib.suppress(OSError):
            (self.folder / "socket").chmod(0o777)

    def _open(self, name: str, family: int, kind: int, address: Any) -> None:
        """Not every machine has every kind."""
        with contextlib.suppress(OSError):
            opened = socket.socket(family, kind)
            opened.bind(address)
            if kind == socket.SOCK_STREAM:
                opened.listen(16)
            opened.setblocking(False)
            self._sockets[name] = opened

    def _port(self, name: str) -> int:
        return int(self._sockets[name].getsockname()[1]) if name in self._sockets else 9

    def _start_victim(self) -> None:
        script = Path(__file__).with_name("victim.py")
        self.victim = subprocess.Popen(
            [sys.executable, "-S", "-E", str(script), self.canary, str(self.folder / "rooted.txt")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"SECRET": self.canary},
            cwd=self.folder,
            start_new_session=True,
        )
        assert self.victim.stdout is not None
        self._victim_says = json.loads(self.victim.stdout.readline())

    # ------------------------------------------------------------ what the attacker is told

    def facts(self, notebook: Path) -> dict[str, Any]:
        """Everything but the secret itself."""
        return {
            "prefix": PREFIX,
            "marker": self.marker,
            "folder": str(self.folder),
            "secret": str(self.folder / "course/grading_config/secret.yaml"),
            "rooted": str(self.folder / "rooted.txt"),
            "hidden": str(self.folder / "course/tests/hidden.py"),
            "other": str(self.folder / "submissions/other.ipynb"),
            "result": str(self.folder / "results/this/result.json"),
            "results": str(self.folder / "results"),
            "gradebook": str(self.folder / "results/grades.csv"),
            "support": str(self.folder / "support"),
            "home": str(self.folder / "home"),
            "mountpoint": str(self.folder / "mountpoint"),
            "notebook": str(notebook),
            "package": str(Path(autograder.__file__).resolve().parent),
            "site": sysconfig.get_path("purelib"),
            "handle": _handle(self.folder / "rooted.txt"),
            "judge": os.getpid(),
            "judge_address": ctypes.addressof(self._held),
            "victim": self.victim.pid,
            "victim_address": self._victim_says["address"],
            "victim_descriptor": self._victim_says["descriptor"],
            "length": len(self.canary),
            "ports": {name: self._port(name) for name in ("tcp", "udp", "tcp6", "vsock")},
            "abstract": self.marker,
            "socket": str(self.folder / "socket"),
            "key": self._key,
            "limits": self.limits,
        }

    # ------------------------------------------------------------ looking from outside

    def damage(self, evidence: Evidence) -> list[str]:
        """Sentences about everything that is not as it was, or crossed that must not."""
        found = [
            *self._in_evidence(evidence),
            *self._remaining_processes(),
            *self._files(),
            *self._litter(),
            *self._received(),
            *self._victim_harmed(),
            *self._kernel_objects(),
        ]
        return list(dict.fromkeys(found))

    def _in_evidence(self, evidence: Evidence) -> Iterator[str]:
        if self.canary in "\n".join(texts(evidence)):
            yield "the secret is in the evidence"
        loot = evidence.questions["attack"].values.get("loot") if "attack" in evidence.questions else None
        if isinstance(loot, Scalar) and str(loot.value).startswith("SUCCESS: "):
            yield str(loot.value).removeprefix("SUCCESS: ")

    def processes(self) -> list[int]:
        """Pids of living processes with the marker as their name or among their arguments.

        One that goes on forking and dying can slip through a look at the list: so there are several looks.
        """
        for _ in range(_LOOKS):
            found = [pid for pid in _pids() if self.marker in _words_of(pid)]
            if found:
                return found
        return []

    def _remaining_processes(self) -> Iterator[str]:
        # A process that was left behind is given time to do what it stayed for.
        if self.processes():
            yield "a process was left behind"
            end = time.monotonic() + _WAIT
            while self.processes() and time.monotonic() < end:
                time.sleep(0.05)

    def _hashes(self) -> dict[str, str]:
        hashes = {}
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if name.startswith("ordinary"):  # The naive grader's work folder.
                continue
            known = path.lstat()
            hashes[name] = f"{known.st_mode:o} {known.st_uid} {_extra(path)}"
            if path.is_symlink():
                hashes[name] += f" {path.readlink()}"
            elif path.is_file():
                content = hashlib.sha256(_bytes(path)).hexdigest()
                hashes[name] += f" {content} {known.st_mtime_ns} {known.st_nlink}"
        return hashes

    def _files(self) -> Iterator[str]:
        after = self._hashes()
        for name in sorted(self._before.keys() | after.keys()):
            if self._before.get(name) != after.get(name):
                yield f"{name} was changed"

    def litter(self) -> list[Path]:
        """Files and folders with the marker in their name, wherever others might come across them."""
        places = [Path(place) for place in _LITTERED]
        places += [Path(sysconfig.get_path(name)) for name in ("purelib", "stdlib")]
        places += [Path(autograder.__file__).parent, Path.home(), Path("/etc"), Path("/etc/cron.d")]
        for pattern in ("job-*", "loupe-warm-*/job-*"):
            for job in Path(tempfile.gettempdir()).glob(pattern):
                places += [job, job / "work"]
        return [path for place in places for path in _listed(place) if self.marker in path.name]

    def _litter(self) -> Iterator[str]:
        for path in self.litter():
            yield f"a file was left in {path.parent}"

    def _received(self) -> Iterator[str]:
        for name, opened in self._sockets.items():
            with contextlib.suppress(BlockingIOError):
                if opened.type == socket.SOCK_DGRAM:
                    opened.recv(100)
                else:
                    opened.accept()[0].close()
                yield f"the {name} socket was reached"

    def _victim_harmed(self) -> Iterator[str]:
        pid = self.victim.pid
        if self.victim.poll() is not None:
            yield "another process was ended"
            return
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt":
            yield "another process was stopped"
        if os.getpriority(os.PRIO_PROCESS, pid) != os.getpriority(os.PRIO_PROCESS, 0):
            yield "another process's priority was changed"
        if os.sched_getaffinity(pid) != os.sched_getaffinity(0):
            yield "another process's processors were changed"
        if resource.prlimit(pid, resource.RLIMIT_CORE) != resource.getrlimit(resource.RLIMIT_CORE):
            yield "another process's limits were changed"

    def _kernel_objects(self) -> Iterator[str]:
        for kind in ("shm", "sem", "msg"):
            if str(self._key) in _read(Path(f"/proc/sysvipc/{kind}")).split():
                yield f"a System V {kind} object was left behind"
        if self.marker in _read(Path("/proc/keys")):
            yield "a key was left in the kernel's keyring"
        if str(self.folder) in _read(Path("/proc/self/mountinfo")):
            yield "something was mounted"

    # ------------------------------------------------------------ cleaning up

    def close(self) -> None:
        """End and remove what is left."""
        for _ in range(1000):  # One of the attacks goes on forking.
            left = self.processes()
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                break
        self.victim.kill()
        self.victim.wait()
        for stream in (self.victim.stdin, self.victim.stdout):
            if stream is not None:
                stream.close()
        for opened in self._sockets.values():
            opened.close()
        libc = ctypes.CDLL(None)
        while libc.umount2(str(self.folder / "mountpoint").encode(), 2) == 0:
            pass
        os.close(self._inherited)
        for path in (*self.litter(), self.folder / "ordinary" / self.marker):
            leftovers.unseal(path)
            jobs = (parent for parent in path.parents if parent.name.startswith("job-"))
            leftovers.remove(next(jobs, path))
        leftovers.remove_ipc(libc, self._key)
        leftovers.remove(self.folder)


def texts(value: Any) -> Iterator[str]:
    """Every text in evidence, arrays as the text their bytes would be."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, np.ndarray):
        yield value.tobytes().decode("latin-1")
    elif isinstance(value, dict):
        for pair in value.items():
            yield from texts(list(pair))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def _pids() -> list[int]:
    """All pids, the highest first: what is young may be gone before its turn comes."""
    return sorted(
        (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()), reverse=True
    )


def _words_of(pid: int) -> str:
    state = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    if not state or state[0] in "ZX":
        return ""
    return _read(Path(f"/proc/{pid}/comm")) + _read(Path(f"/proc/{pid}/cmdline"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _read(path: Path) -> str:
    return _bytes(path).decode("utf-8", "replace")


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _extra(path: Path) -> list[str]:
    try:
        return os.listxattr(path, follow_symlinks=False)
    except OSError:
        return []


def _handle(path: Path) -> str:
    """The file's handle for open_by_handle_at, as hexadecimal digits; "" where there is none."""
    room = ctypes.create_string_buffer(8 + 128)
    ctypes.c_uint.from_buffer(room).value = 128
    mount = ctypes.c_int()
    libc = ctypes.CDLL(None)
    if libc.name_to_handle_at(-100, str(path).encode(), room, ctypes.byref(mount), 0) != 0:
        return ""
    return room.raw.hex()
