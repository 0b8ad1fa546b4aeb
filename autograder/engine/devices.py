"""What a machine has to grade with, cores, memory and GPUs, and how many notebooks that is at once.

GPUs are asked about through NVML, NVIDIA's management library: no CUDA context is opened, so that a process
can still be forked afterwards. Starts nothing and holds nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pynvml

from autograder.config import Limits

JOB_MB: Final = 1200
"""Main memory that a notebook of the course takes, measured; its limit is higher."""

_JUDGE_MB: Final = 2000
_CONTEXT_MB: Final = 600
"""GPU memory that CUDA itself takes of each process."""
_CAPABILITIES: Final = Path("/proc/driver/nvidia/capabilities")
_CONTROL: Final = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset")


@dataclass(frozen=True)
class Gpu:
    """A GPU, or an instance of one that was divided (MIG).

    Attributes:
        uuid: for CUDA_VISIBLE_DEVICES.
        name: of the product.
        total_mb, free_mb: memory; what others use is not free.
        others: processes that use it now.
        nodes: the device files that a job has to reach.
    """

    uuid: str
    name: str
    total_mb: int
    free_mb: int
    others: int = 0
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """What is there.

    Attributes:
        cores: that this process may use.
        free_mb: of main memory, within the limits of a container.
        gpus: none where there is no driver.
    """

    cores: int
    free_mb: int
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True)
class Seat:
    """A device, and how many notebooks run on it at once."""

    gpu: Gpu | None
    jobs: int


@dataclass(frozen=True)
class Plan:
    """How an assignment is graded here.

    Attributes:
        seats: one for the processor, or one a GPU.
        threads: CPU threads of one notebook's arithmetic.
        remarks: why it is not more, in sentences.
    """

    seats: tuple[Seat, ...]
    threads: int
    remarks: tuple[str, ...] = ()

    @property
    def jobs(self) -> int:
        """Notebooks at once."""
        return sum(seat.jobs for seat in self.seats)


def machine() -> Machine:
    """Ask the system; takes some milliseconds."""
    return Machine(_cores(), _free_mb(), tuple(_gpus()))


def plan(limits: Limits, jobs: int | None, found: Machine) -> Plan:
    """Divide a machine among notebooks.

    Args:
        limits: of a notebook.
        jobs: notebooks at once, if a person said so; else as many as cores and memory allow.
        found: what there is.
    """
    remarks = []
    by_memory = max(1, (found.free_mb - _JUDGE_MB) // JOB_MB)
    most = jobs or min(found.cores, by_memory)
    if jobs is None and by_memory < found.cores:
        remarks.append(
            f"{most} at once, not {found.cores}: {found.free_mb / 1000:.1f} GB of memory are free, and a "
            f"notebook takes about {JOB_MB / 1000:.1f} GB."
        )
    seats = [Seat(None, most)]
    if limits.gpu_mb:
        seats, more = _on_gpus(limits.gpu_mb, most, found.gpus)
        remarks += more
    together = sum(seat.jobs for seat in seats)
    return Plan(tuple(seats), max(1, found.cores // together), tuple(remarks))


def described(chosen: Plan) -> Iterator[str]:
    """A plan in sentences."""
    for seat in chosen.seats:
        if seat.gpu is None:
            yield f"{seat.jobs} at once on the processor, with {chosen.threads} threads each."
        else:
            shared = f", {seat.gpu.others} other processes" if seat.gpu.others else ""
            yield (
                f"{seat.jobs} at once on {seat.gpu.name} ({seat.gpu.uuid[:12]}…): "
                f"{seat.gpu.free_mb / 1000:.1f} of {seat.gpu.total_mb / 1000:.1f} GB free{shared}."
            )
    yield from chosen.remarks


def _on_gpus(need_mb: int, most: int, gpus: Sequence[Gpu]) -> tuple[list[Seat], list[str]]:
    """Seats on GPUs that have room, the emptiest first; on the processor if there is none."""
    need = need_mb + _CONTEXT_MB
    seats: list[Seat] = []
    remarks = [
        f"{gpu.name} ({gpu.uuid[:12]}…) is not used: {gpu.free_mb} MB are free, a notebook needs {need} MB."
        for gpu in gpus
        if gpu.free_mb < need
    ]
    rooms = [(gpu, gpu.free_mb // need) for gpu in sorted(gpus, key=lambda gpu: -gpu.free_mb)]
    rooms = [(gpu, room) for gpu, room in rooms if room]
    for rank, (gpu, room) in enumerate(rooms):
        left = most - sum(seat.jobs for seat in seats)
        share = -(-left // (len(rooms) - rank))
        if min(room, share):
            seats.append(Seat(gpu, min(room, share)))
    if not seats:
        remarks.append(
            "The assignment asks for a GPU; without one it is graded on the processor, and slower."
        )
        return [Seat(None, most)], remarks
    return seats, remarks


# ---------------------------------------------------------------- cores and memory


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _first_line("/sys/fs/cgroup/cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit() and int(period):
        cores = min(cores, max(1, round(int(quota) / int(period))))
    return cores


def _free_mb() -> int:
    """Free main memory; a quarter of a terabyte where the system does not say."""
    found = re.search(r"MemAvailable:\s+(\d+) kB", _text("/proc/meminfo"))
    free = int(found[1]) // 1024 if found else 256_000
    limit, used = _first_line("/sys/fs/cgroup/memory.max"), _first_line("/sys/fs/cgroup/memory.current")
    if limit.isdigit() and used.isdigit():
        free = min(free, max(0, int(limit) - int(used)) >> 20)
    return free


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def _first_line(path: str) -> str:
    return _text(path).partition("\n")[0]


# ---------------------------------------------------------------- GPUs


@contextmanager
def _nvml() -> Iterator[bool]:
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # There is no driver, or it is broken.
        yield False
        return
    try:
        yield True
    finally:
        with suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _gpus() -> Iterator[Gpu]:
    """GPUs that answer; one that fails to is left out."""
    with _nvml() as there:
        for index in range(pynvml.nvmlDeviceGetCount() if there else 0):
            with suppress(pynvml.NVMLError):
                handle = pynvml.nvmlDeviceGetHandleByIndex(index)
                node = f"/dev/nvidia{pynvml.nvmlDeviceGetMinorNumber(handle)}"
                instances = list(_instances(handle))
                if not _divided(handle):
                    yield _gpu(handle, (node,))
                for instance in instances:
                    yield _gpu(instance, (node, *_capabilities(handle, instance)))


def _gpu(handle: Any, nodes: Iterable[str]) -> Gpu:
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    others = 0
    with suppress(pynvml.NVMLError):  # Some drivers do not tell in containers.
        others = len(pynvml.nvmlDeviceGetComputeRunningProcesses(handle))
    control = [path for path in _CONTROL if Path(path).exists()]
    return Gpu(
        uuid=_words(pynvml.nvmlDeviceGetUUID(handle)),
        name=_words(pynvml.nvmlDeviceGetName(handle)),
        total_mb=int(memory.total) >> 20,
        free_mb=int(memory.free) >> 20,
        others=others,
        nodes=(*nodes, *control),
    )


def _divided(handle: Any) -> bool:
    try:
        return bool(pynvml.nvmlDeviceGetMigMode(handle)[0])
    except pynvml.NVMLError:  # It cannot be divided.
        return False


def _instances(handle: Any) -> Iterator[Any]:
    """The instances of a divided GPU; none of another."""
    if not _divided(handle):
        return
    for index in range(pynvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        with suppress(pynvml.NVMLError):  # There is none with this number.
            yield pynvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, index)


def _capabilities(handle: Any, instance: Any) -> Iterator[str]:
    """The device files that give access to an instance, as the driver's documentation names them."""
    gpu = _CAPABILITIES / f"gpu{pynvml.nvmlDeviceGetMinorNumber(handle)}" / "mig"
    place = gpu / f"gi{pynvml.nvmlDeviceGetGpuInstanceId(instance)}"
    for path in (place, place / f"ci{pynvml.nvmlDeviceGetComputeInstanceId(instance)}"):
        found = re.search(r"DeviceFileMinor:\s*(\d+)", _text(str(path / "access")))
        if found:
            yield f"/dev/nvidia-caps/nvidia-cap{found[1]}"


def _words(text: str | bytes) -> str:
    """NVML's Python library has changed its mind about its strings."""
    return text.decode() if isinstance(text, bytes) else text
