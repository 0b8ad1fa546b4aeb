"""Which walls this machine can build: every layer is tried for real, in a child that is thrown away.

Never raises and changes nothing but a temporary folder. What is missing, and how to get it, is said in words.
`python -m autograder.worker.levels` prints it as JSON: a process with threads had better ask that way, since
the trials are forks.
"""

from __future__ import annotations

import json
import os
import platform
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.worker import kernel, landlock, lockdown, paths, seccomp
from autograder.worker.walls import LAYERS, JobLimits, Walls

JOB_UIDS = range(60_706, 61_184)  # Given to nobody by distributions or by systemd.
LEVELS = ("A", "A′", "B", "C", "D")
_SECONDS = 10.0
_ANSWERS = 100  # The descriptor that a trial answers on.

_SIMPLE = {
    "net": kernel.CLONE_NEWNET,
    "ipc": kernel.CLONE_NEWIPC,
    "uts": kernel.CLONE_NEWUTS,
    "cgroup": kernel.CLONE_NEWCGROUP,
}
_NEEDED_FOR_A = {"pid", "mount", "net", "ipc", "seccomp"}
_MISSING = {
    "pid": "MISSING process namespace: a job's processes are found by their user or parent only",
    "mount": "MISSING mount namespace: files are kept by landlock only; disk is limited by file size only",
    "net": "MISSING network namespace: IP blocked by seccomp only",
    "ipc": "MISSING IPC namespace: shared memory and queues blocked by seccomp only",
    "uts": "MISSING UTS namespace: the host's name can be seen",
    "cgroup": "MISSING cgroup namespace: the names of cgroups can be seen",
    "uid": "MISSING own uid: jobs run as the grader's user",
    "landlock": "MISSING landlock: files are kept by the mount namespace and their permissions only",
    "seccomp": "MISSING seccomp: no system call is refused",
}


@dataclass(frozen=True)
class Isolation:
    """What this machine can do.

    Attributes:
        level: of LEVELS.
        layers: what each job's child builds itself, some of `walls.LAYERS`. At A′, bubblewrap builds the
            rest around the warm process.
        missing: sentences on what is not there, with the reason.
        advice: one line each on how to get more.
    """

    level: str
    layers: frozenset[str]
    missing: tuple[str, ...]
    advice: tuple[str, ...]


def probe() -> Isolation:
    """Try every layer here and now; takes some tenths of a second."""
    if sys.platform != "linux":
        return _nothing(f"MISSING all walls: {platform.system()} has none of them; only time is limited")
    if not Path("/proc/self/status").exists():
        return _nothing("MISSING /proc: nothing that holds a job could be verified from outside")
    failures = _try_namespaces()
    failures["seccomp"] = _tried(_try_seccomp)
    failures["landlock"] = _tried(_try_landlock)
    if failures["mount"] and not failures["uid"]:
        failures["uid"] = _tried(_try_reach)
    layers = frozenset(layer for layer in LAYERS if failures.get(layer) == "")
    reasons = {layer: failure for layer, failure in failures.items() if failure}
    level = classify(layers)
    if level not in ("A", "D") and not _tried(_try_bubblewrap):
        level, layers = "A′", layers - {"uid"}
    return Isolation(level, layers, _missing(layers, reasons, level), _advice(layers, level))


def classify(layers: Iterable[str]) -> str:
    """The level of a set of layers: "A", "B", "C" or "D"; A′ depends on bubblewrap, which is no layer."""
    have = set(layers)
    if have >= _NEEDED_FOR_A and have & {"user", "uid"}:
        return "A"
    if have >= {"landlock", "seccomp"}:
        return "B" if "uid" in have else "C"
    return "D"


def bubblewrap_missing() -> str:
    """Why bubblewrap cannot help here, in words; "" when it can."""
    return _tried(_try_bubblewrap)


def bwrap_command(
    readable: Iterable[str], hidden: Iterable[str], writable: Sequence[str], devices: Iterable[str] = ()
) -> list[str]:
    """The command to put before another, so that it runs in namespaces that bubblewrap makes.

    Nothing is writable in there but what is named, so no room needs a limit: where bubblewrap is set-uid, it
    refuses to give one.

    Args:
        readable: as in Walls.
        hidden: as in Walls.
        writable: real folders that stay writable, at their paths: where the jobs' folders are. The first
            is for temporary files; a set-uid bubblewrap forgets $TMPDIR.
        devices: device files that stay usable.
    """
    command = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "loupe"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--tmpfs", "/tmp", "--tmpfs", "/dev/shm"]
    for place in paths.layout(tuple(readable), tuple(hidden), ()):
        if place.kind == "read":
            command += ["--ro-bind", place.source, place.path]
        elif place.kind == "link":
            command += ["--symlink", place.source, place.path]
        elif Path(place.path).is_dir():
            command += ["--tmpfs", place.path]
        else:
            command += ["--ro-bind", "/dev/null", place.path]
    for folder in writable:
        command += ["--bind", folder, folder]
    for device in devices:
        command += ["--dev-bind", device, device]
    for folder in ("/tmp", "/dev/shm", "/dev", "/"):
        command += ["--remount-ro", folder]
    for folder in writable[:1]:
        command += ["--setenv", "TMPDIR", folder]
    return [*command, "--"]


# ------------------------------------------------------------------ trials


def _try_namespaces() -> dict[str, str]:
    """Why each layer made of namespaces and ids fails, "" for those that work.

    As root they are had directly; else, and where root has been stripped, through a user namespace. Then the
    job keeps its user: no other one exists in there.
    """
    direct = _failures(frozenset())
    if not any(direct[layer] for layer in _NEEDED_FOR_A & direct.keys()):
        return direct
    user = _tried(lambda: lockdown.unshare_processes(_walls({"user"})))
    if user:
        return direct | {"user": user}
    within = _failures(frozenset({"user"})) | {"user": ""}
    if any(within[layer] for layer in _NEEDED_FOR_A & within.keys()) and not direct["uid"]:
        return direct | {"user": "not needed"}
    return within


def _failures(first: frozenset[str]) -> dict[str, str]:
    def inside(layer: str) -> Callable[[], None]:
        def trial() -> None:
            lockdown.unshare_processes(_walls(first))
            kernel.unshare(_SIMPLE[layer])

        return trial

    failures = {layer: _tried(inside(layer)) for layer in _SIMPLE}
    failures["pid"] = _tried(lambda: _in_new_processes(first, lambda: None))
    failures["mount"] = failures["pid"] or _tried_mounts(first)
    failures["uid"] = "a user namespace holds one user" if first else _tried(_try_uid)
    return failures


def _tried_mounts(first: frozenset[str]) -> str:
    try:
        with _folder() as work:
            walls = _walls(first | {"pid", "mount"}, work)
            lockdown.prepare(walls)
            return _tried(lambda: _in_new_processes(first, lambda: lockdown.enter(walls, [_ANSWERS])))
    except OSError as error:
        return str(error)


@contextmanager
def _folder() -> Iterator[str]:
    try:
        folder = tempfile.TemporaryDirectory(prefix="loupe-probe-")
    except OSError as error:
        raise OSError(f"no folder for temporary files can be written to; set TMPDIR ({error})") from error
    with folder as path:
        yield path


def _walls(layers: Iterable[str], work: str = "/") -> Walls:
    readable, hidden = paths.default_readable()
    return Walls(frozenset(layers), readable, hidden, work, None, JobLimits())


def _in_new_processes(first: frozenset[str], action: Callable[[], None]) -> None:
    lockdown.unshare_processes(_walls(first | {"pid"}))

    def first_process() -> None:
        _check(os.getpid() == 1, "its first process is not number 1")
        action()

    failure = _tried(first_process)
    _check(not failure, failure)


def _try_uid() -> None:
    uid = JOB_UIDS[-1]
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _try_reach() -> None:
    """Without a root of its own, another uid has to find the interpreter where it lies."""
    _try_uid()
    for path in (os.path.realpath(sys.executable), os.path.realpath(os.__file__)):
        _check(os.access(path, os.R_OK), f"the interpreter lies in a private folder, {path}")


def _try_seccomp() -> None:
    kernel.set_no_new_privileges()
    seccomp.apply(seccomp.program(kernel.MACHINE, False))
    _check(_refused(lambda: socket.socket().close()), "a filter was accepted and does not work")


def _try_landlock() -> None:
    kernel.set_no_new_privileges()
    landlock.apply(landlock.Grants(read=("/dev",)))
    _check(_refused(lambda: os.close(os.open("/", os.O_RDONLY))), "rules were accepted and do not work")


def _try_bubblewrap() -> None:
    _check(shutil.which("bwrap") is not None, "bubblewrap is not installed")
    readable, hidden = paths.default_readable()
    with _folder() as work:  # Jobs have theirs in there: without one, bubblewrap is of no use.
        command = [*bwrap_command(readable, hidden, (work,)), sys.executable, "-I", "-S", "-c", "pass"]
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    words = done.stderr.decode(errors="replace").strip().splitlines()
    _check(done.returncode == 0, words[-1] if words else "bwrap failed")


def _refused(action: Callable[[], None]) -> bool:
    try:
        action()
    except PermissionError:
        return True
    return False


def _check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise OSError(otherwise)


def _tried(action: Callable[[], None]) -> str:
    """Why an action fails in a child that is thrown away, in words; "" when it succeeds."""
    try:
        reading, writing = os.pipe()
        child = os.fork()
    except OSError as error:
        return f"no process can be started ({error})"
    if child == 0:
        os.close(reading)
        _answer(action, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        answer = answers.read(4096) if select.select([answers], [], [], _SECONDS)[0] else b"it never ended"
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "" if answer == b"+" else answer.decode(errors="replace") or "the process ended at once"


def _answer(action: Callable[[], None], writing: int) -> None:
    """In the child: report on a descriptor that the action leaves open, and end."""
    os.dup2(writing, _ANSWERS)
    try:
        os.setsid()
        action()
        words = "+"
    except BaseException as error:
        words = str(error) or type(error).__name__
    try:
        os.write(_ANSWERS, words.encode(errors="replace"))
    finally:
        os._exit(0)


# ------------------------------------------------------------------ words


def _nothing(missing: str) -> Isolation:
    advice = (
        "Grade on Linux 5.13 or newer, or in a Linux container or virtual machine (Docker, Podman, WSL 2)."
    )
    return Isolation("D", frozenset(), (missing,), (advice,))


def _missing(layers: frozenset[str], reasons: dict[str, str], level: str) -> tuple[str, ...]:
    found = []
    for layer, words in _MISSING.items():
        replaced = layer == "uid" and "user" in layers
        wrapped = level == "A′" and layer in ("pid", "mount", "net", "ipc", "uts", "cgroup", "uid")
        if layer not in layers and not replaced and not wrapped:
            found.append(f"{words} ({reasons.get(layer, 'not tried')})")
    if level == "A′":
        found.append("MISSING namespaces of each job's own: all jobs share those that bubblewrap makes")
    if "landlock" in layers:
        lacking = _landlock_lacks()
        if lacking:
            found.append(f"MISSING newer landlock: it does not refuse {', '.join(lacking)}")
    return tuple(found)


def _landlock_lacks() -> list[str]:
    try:
        return landlock.without(landlock.abi())
    except OSError:
        return []


def _advice(layers: frozenset[str], level: str) -> tuple[str, ...]:
    if level == "A" and "landlock" in layers:
        return ()
    lines = []
    if "landlock" not in layers:
        lines.append("Landlock: Linux 5.13 or newer, with landlock in the kernel's lsm= list.")
    if "seccomp" not in layers:
        lines.append("seccomp: a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or aarch64.")
    if level != "A":
        lines += _namespace_advice()
    return tuple(lines)


def _namespace_advice() -> list[str]:
    if _in_container():
        options = "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
        lines = [f"Container: start it with {options} --security-opt systempaths=unconfined (level A)."]
        if os.geteuid():
            lines.append("Container: or run it as root, so that each job gets a uid of its own (level B).")
        return lines
    lines = []
    if _setting("kernel/unprivileged_userns_clone") == "0":
        lines.append("User namespaces: sudo sysctl -w kernel.unprivileged_userns_clone=1 (Debian).")
    if _setting("user/max_user_namespaces") == "0":
        lines.append("User namespaces: sudo sysctl -w user.max_user_namespaces=15000 (Red Hat).")
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        lines.append(
            "User namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)."
        )
    if shutil.which("bwrap") is None:
        lines.append("bubblewrap: sudo apt install bubblewrap, or dnf install bubblewrap (level A′).")
    if os.geteuid():
        lines.append("Or run the grader as root (level A).")
    return lines


def _in_container() -> bool:
    marks = ("/.dockerenv", "/run/.containerenv")
    return any(Path(mark).exists() for mark in marks) or "container" in os.environ


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text(encoding="ascii").strip()
    except OSError:
        return ""


if __name__ == "__main__":
    found = probe()
    print(json.dumps({**asdict(found), "layers": sorted(found.layers)}))
