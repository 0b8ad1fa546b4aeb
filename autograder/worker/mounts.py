"""A new root for one job: the interpreter read-only, the job's folder in memory, and nothing else.

Runs in the job's own mount namespace, before privileges are dropped. Writes nowhere but into what it mounts.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from autograder.worker import kernel, paths
from autograder.worker.walls import Walls

DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
_DEVICE_LINKS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
    "/dev/ptmx": "pts/ptmx",
}
_SHARED = ("/tmp", "/dev/shm")
_ROOT_SIZE = "size=4m,nr_inodes=4096,mode=0755"
_SEALED = kernel.MOUNT_ATTR_RDONLY | kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
_CHUNK = 1 << 24


def owned(walls: Walls) -> tuple[str, ...]:
    """The folders that a job may write to under a root of its own."""
    return (*_SHARED, walls.work)


def enter_new_root(walls: Walls) -> None:
    """Build the root and move there; the working directory is then the job's folder.

    Raises:
        OSError: a mount is refused; a readable path cannot be reached; the work folder's contents do not
            fit in what the limits allow.
    """
    os.umask(0o022)
    kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    work = os.open(walls.work, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    root = walls.work  # Any folder that nothing readable lies below.
    kernel.mount("root", root, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, _ROOT_SIZE)
    places = paths.layout(walls.readable, walls.hidden, owned(walls))
    for place in places:
        if place.kind != "link":
            _put(root, place, walls)
    _copy(work, _open_folder(root + walls.work), walls.uid)
    os.close(work)
    _write_users(root, walls.uid)
    for device in (*DEVICES, *walls.devices):
        _make(root + device, folder=False)
    for folder in ("/proc", "/dev/pts"):
        Path(root + folder).mkdir(parents=True, exist_ok=True)
    _link(root, {place.path: place.source for place in places if place.kind == "link"} | _DEVICE_LINKS)
    kernel.change_mount(root, _SEALED, tree=True)
    for path in owned(walls):
        kernel.change_mount(root + path, 0, kernel.MOUNT_ATTR_RDONLY)
    _mount_devices(root, walls)
    os.chdir(root)
    kernel.pivot_here()
    os.chdir(walls.work)


def _put(root: str, place: paths.Place, walls: Walls) -> None:
    target = root + place.path
    if place.kind == "own":
        Path(target).mkdir(parents=True, exist_ok=True)
        _mount_own(target, walls, private=place.path == walls.work)
        return
    folder = Path(place.source or target).is_dir()
    _make(target, folder)
    if place.kind == "read":
        kernel.bind(place.source, target)
    elif folder:
        kernel.mount("hidden", target, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, _ROOT_SIZE)
    else:
        kernel.bind("/dev/null", target)


def _mount_own(target: str, walls: Walls, private: bool) -> None:
    limits = walls.limits
    data = f"size={limits.disk_mb}m,nr_inodes={limits.inodes},mode={'0700' if private else '1777'}"
    if private and walls.uid is not None:
        data += f",uid={walls.uid},gid={walls.uid}"
    kernel.mount("job", target, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, data)


def _make(path: str, folder: bool) -> None:
    """A mount point; what is already there, in a tree that is read-only, will do."""
    if os.path.lexists(path):
        return
    if folder:
        Path(path).mkdir(parents=True)
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(0o644)


def _link(root: str, links: dict[str, str]) -> None:
    """Made last: nothing is built through a link, which would lead out of the new root."""
    for path, text in links.items():
        Path(root + path).parent.mkdir(parents=True, exist_ok=True)
        if not os.path.lexists(root + path):
            Path(root + path).symlink_to(text)


def _write_users(root: str, uid: int | None) -> None:
    """Names for the job's own ids alone, for programs that ask who they are."""
    user, group = (uid, uid) if uid is not None else (os.getuid(), os.getgid())
    etc = Path(root + "/etc")
    etc.mkdir(exist_ok=True)
    for name, text in (
        ("passwd", f"student:x:{user}:{group}::/tmp:/bin/sh\n"),
        ("group", f"student:x:{group}:\n"),
    ):
        if not (etc / name).exists():
            (etc / name).write_text(text, encoding="utf-8")


def _mount_devices(root: str, walls: Walls) -> None:
    for device in (*DEVICES, *walls.devices):
        kernel.bind(device, root + device)
        kernel.change_mount(root + device, kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NOEXEC)
    quiet = kernel.MS_NOSUID | kernel.MS_NOEXEC
    kernel.mount("devpts", root + "/dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=0600")
    if "pid" in walls.layers:
        kernel.mount("proc", root + "/proc", "proc", quiet | kernel.MS_NODEV | kernel.MS_RDONLY)


def _open_folder(path: str | bytes, at: int | None = None) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(path, flags, dir_fd=at)


def _copy(source: int, target: int, owner: int | None) -> None:
    """Copy files and folders between two open folders; everything else is left behind. Closes the target."""
    try:
        for name in os.listdir(source):
            kind = os.stat(name, dir_fd=source, follow_symlinks=False).st_mode
            if stat.S_ISDIR(kind):
                os.mkdir(name, 0o755, dir_fd=target)
                inner = _open_folder(name, source)
                try:
                    _copy(inner, _open_folder(name, target), owner)
                finally:
                    os.close(inner)
            elif stat.S_ISREG(kind):
                _copy_file(name, source, target)
            else:
                continue
            if owner is not None:
                os.chown(name, owner, owner, dir_fd=target, follow_symlinks=False)
    finally:
        os.close(target)


def _copy_file(name: str, source: int, target: int) -> None:
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    reading = os.open(name, os.O_RDONLY | flags, dir_fd=source)
    try:
        mode = 0o644 | os.fstat(reading).st_mode & 0o111
        writing = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | flags, mode, dir_fd=target)
        try:
            while os.sendfile(writing, reading, None, _CHUNK):
                pass
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise OSError(error.errno, "the job's files do not fit into its disk limit") from error
            raise
        finally:
            os.close(writing)
    finally:
        os.close(reading)
