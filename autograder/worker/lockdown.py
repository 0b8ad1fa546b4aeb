"""The steps by which the process that will run student code locks itself in, for good.

`unshare_processes` is for the supervisor, `enter` for its child, `verify` for whoever looks from outside.
Nothing here decides which layers to use, and nothing is skipped: what a wall names is built, or an error says
why not.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autograder.worker import kernel, landlock, mounts, paths, seccomp
from autograder.worker.outside import verify
from autograder.worker.walls import JobLimits, Walls

__all__ = ["LockdownError", "enter", "prepare", "scratch", "unshare_processes", "verify"]

_OWN_NAMESPACES = {
    "mount": kernel.CLONE_NEWNS,
    "net": kernel.CLONE_NEWNET,
    "ipc": kernel.CLONE_NEWIPC,
    "uts": kernel.CLONE_NEWUTS,
    "cgroup": kernel.CLONE_NEWCGROUP,
}
# What libraries read to know the machine, where the job has no /proc of its own.
_MACHINE_FILES = """
    /proc/self /proc/cpuinfo /proc/meminfo /proc/stat /proc/loadavg /proc/uptime /proc/version
    /proc/filesystems /proc/sys/vm/overcommit_memory /proc/sys/kernel/osrelease
"""
_SCRATCH = ".tmp"
_MEGA = 1 << 20


class LockdownError(Exception):
    """A wall could not be built; nothing may run behind it.

    Attributes:
        step: which one, in a word or two.
    """

    def __init__(self, step: str, error: object) -> None:
        super().__init__(f"{step}: {error}")
        self.step = step


def prepare(walls: Walls) -> None:
    """Work out the lists of paths beforehand, in the process that will be forked.

    They are remembered for all walls with the same layers, readable and hidden paths.
    """
    if "mount" in walls.layers:
        paths.layout(walls.readable, walls.hidden, mounts.owned(walls))
    elif "landlock" in walls.layers:
        paths.readable_minus_hidden(walls.readable, walls.hidden)
    seccomp.program(kernel.MACHINE, "mount" in walls.layers)


def scratch(walls: Walls) -> str:
    """Where temporary files go: /tmp when the job has one of its own, else a folder in its work folder."""
    return "/tmp" if "mount" in walls.layers else str(Path(walls.work, _SCRATCH))


def unshare_processes(walls: Walls) -> None:
    """In the supervisor, before it forks the child: new namespaces for users and processes, if in the layers.

    They belong here because whoever mounts /proc must be at home in both, and because a process that leaves
    its own pid namespace can start no threads. The supervisor itself stays in the old pid namespace.

    Raises:
        LockdownError: the kernel refuses.
    """
    if "user" in walls.layers:
        _try("user namespace", _enter_user_namespace)
    if "pid" in walls.layers:
        _try("process namespace", lambda: kernel.unshare(kernel.CLONE_NEWPID))


def enter(walls: Walls, keep: Sequence[int]) -> None:
    """Lock this process in: descriptors, namespaces, files, limits, ids, landlock, seccomp, in this order.

    The process must have one thread. Its environment is the caller's to clear. Afterwards only `keep` and
    0 to 2 are open, and the working directory is the job's folder.

    Args:
        walls: which walls to build.
        keep: descriptors that stay open.

    Raises:
        LockdownError: a step failed. The process is half locked and must end.
    """
    for step, build in _steps(walls, keep):
        _try(step, build)


def _try(step: str, build: Callable[[], None]) -> None:
    try:
        build()
    except (OSError, ValueError) as error:
        raise LockdownError(step, error) from error


def _steps(walls: Walls, keep: Sequence[int]) -> Iterator[tuple[str, Callable[[], None]]]:
    layers = walls.layers
    yield "descriptors", lambda: _close_descriptors(keep)
    yield "session", _own_session
    flags = sum(flag for layer, flag in _OWN_NAMESPACES.items() if layer in layers)
    if flags:
        yield "namespaces", lambda: kernel.unshare(flags)
    if "uts" in layers:
        yield "host name", lambda: kernel.set_host_name("loupe")
    if "mount" in layers:
        yield "new root", lambda: mounts.enter_new_root(walls)
    else:
        yield "work folder", lambda: _prepare_work(walls)
    yield "limits", lambda: _limit(walls)
    yield "privileges", lambda: _drop_privileges(walls)
    yield "paths", lambda: _check_reach(walls)
    yield "parent's end", lambda: kernel.set_pdeathsig(signal.SIGKILL)
    yield "no new privileges", kernel.set_no_new_privileges
    if "landlock" in layers:
        yield "landlock", lambda: landlock.apply(_grants(walls))
    if "seccomp" in layers:
        yield "seccomp", lambda: seccomp.apply(seccomp.program(kernel.MACHINE, "mount" in layers))


def _close_descriptors(keep: Sequence[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        if standard not in keep:
            os.dup2(nothing, standard)
    kernel.close_all_but({0, 1, 2, *keep})


def _own_session() -> None:
    if os.getsid(0) != os.getpid():
        os.setsid()
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:
        return  # A courtesy to the judge when memory runs out, not a wall.


def _enter_user_namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    kernel.set_dumpable(True)  # Else its files in /proc belong to root.
    kernel.unshare(kernel.CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path("/proc/self", name).write_text(text, encoding="ascii")


def _prepare_work(walls: Walls) -> None:
    """Without a root of its own, the job works in the real folder, which must then belong to it."""
    Path(scratch(walls)).mkdir(exist_ok=True)
    if walls.uid is not None:
        for folder, _, files in os.walk(walls.work):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                os.chown(path, walls.uid, walls.uid, follow_symlinks=False)
    os.chdir(walls.work)


def _limit(walls: Walls) -> None:
    limits = walls.limits
    for kind, soft, hard in _resource_limits(limits, _processes(walls)):
        _, ceiling = resource.getrlimit(kind)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def _resource_limits(limits: JobLimits, processes: int) -> list[tuple[int, int, int]]:
    same = [
        (resource.RLIMIT_FSIZE, limits.file_mb * _MEGA),
        (resource.RLIMIT_DATA, limits.memory_mb * _MEGA),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_CORE, 0),
    ]
    # The first process of a namespace ignores the soft limit's signal; the hard limit kills it.
    return [
        *((kind, value, value) for kind, value in same),
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
    ]


def _processes(walls: Walls) -> int:
    """The limit on processes. It counts all of a user's: where the job shares its user, theirs are added."""
    allowed = walls.limits.processes
    if walls.uid is not None or "user" in walls.layers:
        return allowed
    me = os.getuid()
    try:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.stat().st_uid == me:
                allowed += sum(1 for _ in (entry / "task").iterdir())
    except OSError:
        return allowed  # One of them ended meanwhile.
    return allowed


def _drop_privileges(walls: Walls) -> None:
    if walls.uid is not None or "user" in walls.layers:
        kernel.drop_bounding_set()
    if walls.uid is not None:
        os.setgroups([])
        os.setresgid(walls.uid, walls.uid, walls.uid)
        os.setresuid(walls.uid, walls.uid, walls.uid)
    kernel.drop_capabilities()
    # A supervisor of the same user could not look at what it has to verify; landlock keeps others out.
    kernel.set_dumpable(walls.uid is None)


def _check_reach(walls: Walls) -> None:
    """Say now, in words, that the interpreter is out of reach, rather than in some later import."""
    for path in (os.path.realpath(sys.executable), os.path.realpath(os.__file__), walls.work):
        for folder in reversed(Path(path).parents):
            if not os.access(folder, os.X_OK):
                raise OSError(
                    13,
                    f"uid {os.getuid()} cannot enter {folder}, and {path} lies in it. Use an interpreter and "
                    "a work folder outside private folders, or allow namespaces here (`loupe doctor`)",
                )


def _grants(walls: Walls) -> landlock.Grants:
    """The files that landlock leaves open."""
    if "mount" in walls.layers:  # The new root holds nothing else; this is the second wall.
        trees = [
            place.path
            for place in paths.layout(walls.readable, walls.hidden, mounts.owned(walls))
            if place.kind == "read"
        ]
        return landlock.Grants(
            read=(*trees, "/etc", "/proc"),
            listed=("/",),
            write=mounts.owned(walls),
            devices=(*mounts.DEVICES, *walls.devices, "/dev/pts"),
        )
    grants = paths.readable_minus_hidden(walls.readable, walls.hidden)
    # Another user's terminals are closed to a uid of the job's own, but not to the same user.
    terminals = ("/dev/ptmx", "/dev/pts") if walls.uid is not None else ()
    return landlock.Grants(
        read=(*grants.read, *_MACHINE_FILES.split()),
        listed=grants.listed,
        write=(walls.work,),
        devices=(*mounts.DEVICES, *walls.devices, *terminals),
    )
