"""What keeps one job in: the names of the layers, the limits and the paths. Data only; applies nothing.

`autograder.worker.levels` finds out which layers work here; `autograder.worker.lockdown` builds them.
"""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = ("user", "pid", "mount", "net", "ipc", "uts", "cgroup", "uid", "landlock", "seccomp")


@dataclass(frozen=True)
class JobLimits:
    """What one job may use up, all of its processes together unless said otherwise.

    Attributes:
        cpu_seconds: of processor time, for each process.
        memory_mb: of data, for each process; and of all processes together with the files that the job keeps
            in memory, where its folders are there: that sum is for the supervisor to watch.
        file_mb: the size of one file.
        disk_mb: in the work folder, in /tmp and in /dev/shm, each.
        inodes: files and folders, in each of those three.
        processes: processes and threads; it binds only a uid that is not 0.
        open_files: descriptors, for each process.
        output_mb: of evidence; for the judge to watch.
    """

    cpu_seconds: int = 600
    memory_mb: int = 4096
    file_mb: int = 256
    disk_mb: int = 512
    inodes: int = 20_000
    processes: int = 256
    open_files: int = 512
    output_mb: int = 512


@dataclass(frozen=True)
class Walls:
    """The walls around one job.

    Attributes:
        layers: the layers to use, some of LAYERS; from `levels.probe()`.
        readable: absolute paths that the student may read and execute.
        hidden: absolute paths, below readable ones, that must not be seen.
        work: the job's folder, absolute; written to by the student, as /tmp and /dev/shm are.
        uid: a uid and gid for this job alone, when started as root; else None.
        limits: what the job may use up.
        devices: device files that the job may read, write and control, beside those that every program needs.
    """

    layers: frozenset[str]
    readable: tuple[str, ...]
    hidden: tuple[str, ...]
    work: str
    uid: int | None
    limits: JobLimits
    devices: tuple[str, ...] = ()
