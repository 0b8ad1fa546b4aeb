"""Imitates the machines that the walls must hold on: each `become_…` turns this process into one, for good.

They need root. Run them in a child: `in_child(function, become)` forks, becomes, calls and returns what the
function returned; `in_walls` does it behind a job's walls, built as the product builds them. To imitate for a
whole command, pass one of them as `preexec_fn` of `subprocess.run`.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import stat
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import kernel, levels, lockdown, paths, seccomp
from autograder.worker.walls import JobLimits, Walls

USER = 54_321  # Anybody but root and nobody, whose number means "no user" in namespaces.
_KEPT = 60  # The descriptor that a child answers on, whatever else is closed.
# What Docker leaves to root, and what its filter refuses.
_CONTAINER_CAPABILITIES = 0xA80425FB
_REFUSED = """
    unshare setns mount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr
    bpf perf_event_open keyctl add_key request_key userfaultfd kcmp reboot swapon swapoff
"""
_CONTAINER_REFUSES = tuple(_REFUSED.split())


class ChildError(Exception):
    """The function in the child raised, died or took too long; the message says which."""


def become_root() -> None:
    """A machine of one's own: nothing changes (level A)."""


def become_user() -> None:
    """An unprivileged user who may make user namespaces (level A)."""
    open_the_way()
    _drop_to_user()


def become_container_root() -> None:
    """Root in a container: Docker's capabilities, namespaces and mounts refused (level B)."""
    open_the_way()
    seccomp.apply(seccomp.refusing(kernel.MACHINE, _CONTAINER_REFUSES))
    become_lesser_root()


def become_lesser_root() -> None:
    """Root with the capabilities that containers leave it, and no filter (level A, as a user)."""
    for capability in range(64):
        if not _CONTAINER_CAPABILITIES >> capability & 1:
            try:
                kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
            except OSError:
                break  # The kernel knows no more of them.
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    words = (_CONTAINER_CAPABILITIES, _CONTAINER_CAPABILITIES, 0, 0, 0, 0)
    kernel.syscall("capset", header, (ctypes.c_uint32 * 6)(*words))


def become_container_user() -> None:
    """An unprivileged user in a container (level C)."""
    become_container_root()
    _drop_to_user()


def become_bubblewrap_user() -> None:
    """A user whom the kernel refuses user namespaces, on a machine whose bubblewrap may make them (level A′).

    Where a distribution allows namespaces to bubblewrap alone, it is installed set-uid or named in a profile
    of AppArmor. Here it is set-uid, and a filter takes the call from everybody else.
    """
    open_the_way()
    _install_bubblewrap_setuid()
    seccomp.apply(seccomp.refusing(kernel.MACHINE, ("unshare",)))
    _drop_to_user()


def _install_bubblewrap_setuid() -> None:
    """In this mount namespace alone, put a set-uid copy in bubblewrap's place."""
    installed = os.path.realpath(shutil.which("bwrap") or "")
    with tempfile.TemporaryDirectory() as folder:
        kernel.mount("copy", folder, "tmpfs", 0, "size=1m,mode=0755")
        copy = shutil.copy(installed, folder)
        Path(copy).chmod(0o4755)
        kernel.bind(copy, installed)
        kernel.syscall("umount2", folder.encode(), kernel.MNT_DETACH)


def is_possible() -> bool:
    """Whether this is root, on a Linux machine whose namespaces it commands."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    try:
        return bool(in_child(lambda: levels.probe().level == "A", open_the_way))
    except ChildError:
        return False


MACHINES: dict[str, Callable[[], None]] = {
    "A": become_root,
    "A user": become_user,
    **({"A′": become_bubblewrap_user} if shutil.which("bwrap") else {}),
    "B": become_container_root,
    "C": become_container_user,
}


def _drop_to_user() -> None:
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    kernel.set_dumpable(True)


def open_the_way() -> None:
    """Let every user enter the interpreter's folders, as in a container; in a mount namespace of one's own.

    A private folder on the way becomes an empty one in which there is only the interpreter.
    """
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    for prefix in {os.path.realpath(sys.base_prefix), os.path.realpath(sys.prefix)}:
        parents = reversed(Path(prefix).parents)
        closed = [folder for folder in parents if not folder.stat().st_mode & stat.S_IXOTH]
        if closed:
            source = os.open(prefix, os.O_PATH)
            kernel.mount("way", str(closed[0]), "tmpfs", 0, "mode=0755")
            Path(prefix).mkdir(parents=True)
            kernel.bind(f"/proc/self/fd/{source}", prefix)
            os.close(source)


def in_child(
    function: Callable[[], Any], become: Callable[[], None] = become_root, seconds: float = 60
) -> Any:
    """Call a function in a forked child, after becoming another machine.

    Args:
        function: what it returns must be JSON.
        become: one of this module's.
        seconds: after which the child, and its session, is killed.

    Raises:
        ChildError: with the child's traceback, or how it ended.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, _KEPT)
        os.setsid()
        try:
            become()
            answer = {"value": function()}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        with os.fdopen(_KEPT, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(writing)
    received = b""
    try:
        while select.select([reading], [], [], seconds)[0]:
            chunk = os.read(reading, 1 << 16)
            if not chunk:
                break
            received += chunk
        else:
            raise ChildError(f"nothing came in {seconds} seconds")
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if not received:
        raise ChildError(f"it ended without an answer (status {status})")
    answer = json.loads(received)
    if "error" in answer:
        raise ChildError(answer["error"])
    return answer["value"]


def walls_here(work: str, limits: JobLimits | None = None) -> Walls:
    """The walls that this process, on the machine it imitates, can build around a job."""
    readable, hidden = paths.default_readable()
    layers = levels.probe().layers
    uid = levels.JOB_UIDS[os.getpid() % len(levels.JOB_UIDS)] if "uid" in layers else None
    return Walls(layers, readable, hidden, work, uid, limits or JobLimits())


def in_walls(
    function: Callable[[], Any],
    become: Callable[[], None] = become_root,
    limits: JobLimits | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Any:
    """Call a function in a locked child of a supervisor, with some files in its work folder.

    Raises:
        ChildError: as `in_child`; also when a wall cannot be built.
    """
    work = tempfile.mkdtemp(prefix="loupe-test-")  # Not below pytest's folders, which are private.
    try:
        for name, content in (files or {}).items():
            Path(work, name).write_bytes(content)
        for path in (Path(work), *Path(work).iterdir()):
            owner = USER if become in (become_user, become_container_user) else 0
            os.chown(path, owner, owner)
        Path(work).chmod(0o755)

        def supervise() -> Any:
            become()
            walls = walls_here(work, limits)
            lockdown.unshare_processes(walls)
            return in_child(function, lambda: lockdown.enter(walls, [_KEPT]))

        return in_child(supervise)
    finally:
        shutil.rmtree(work)


NEEDS_ROOT = pytest.mark.skipif(not is_possible(), reason="other machines are imitated by root, at level A")
