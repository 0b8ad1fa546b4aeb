"""Plans for machines of all kinds. NVML is imitated: it answers only where there is a driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.config import Limits
from autograder.engine import devices
from autograder.engine.devices import Gpu, Machine, plan


@dataclass
class Card:
    """What an imitated driver knows of a GPU."""

    uuid: str
    free_mb: int
    total_mb: int = 80_000
    minor: int = 0
    others: int = 0
    instances: tuple[Card, ...] | None = None
    place: tuple[int, int] = (0, 0)
    broken: bool = False


@dataclass
class Driver:
    """The functions of NVML that are used, over imitated cards."""

    cards: list[Card]
    ended: int = 0
    old: bool = False
    calls: list[str] = field(default_factory=list)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        def failing(card: Card) -> Card:
            if card.broken:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
            return card

        def instance(card: Card, index: int) -> Card:
            found = card.instances or ()
            if index >= len(found):
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
            return found[index]

        def mode(card: Card) -> list[int]:
            if card.instances is None:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            return [bool(card.instances), 1]

        def processes(card: Card) -> list[int]:
            if card.others < 0:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)
            return [0] * card.others

        def ended() -> None:
            self.ended += 1

        answers: dict[str, Any] = {
            "nvmlInit": lambda: None,
            "nvmlShutdown": ended,
            "nvmlDeviceGetCount": lambda: len(self.cards),
            "nvmlDeviceGetHandleByIndex": lambda index: failing(self.cards[index]),
            "nvmlDeviceGetMinorNumber": lambda card: card.minor,
            "nvmlDeviceGetMigMode": mode,
            "nvmlDeviceGetMaxMigDeviceCount": lambda card: 7,
            "nvmlDeviceGetMigDeviceHandleByIndex": instance,
            "nvmlDeviceGetGpuInstanceId": lambda card: card.place[0],
            "nvmlDeviceGetComputeInstanceId": lambda card: card.place[1],
            "nvmlDeviceGetMemoryInfo": lambda card: SimpleNamespace(
                total=card.total_mb << 20, free=card.free_mb << 20
            ),
            "nvmlDeviceGetComputeRunningProcesses": processes,
            "nvmlDeviceGetUUID": lambda card: card.uuid.encode() if self.old else card.uuid,
            "nvmlDeviceGetName": lambda card: b"Card" if self.old else "Card",
        }
        for name, answer in answers.items():
            patch.setattr(pynvml, name, answer)


def test_without_a_driver_there_are_no_gpus() -> None:
    found = devices.machine()
    assert found.cores >= 1
    assert found.free_mb > 0
    if not Path("/proc/driver/nvidia").exists():
        assert found.gpus == ()


@pytest.mark.parametrize("old", [False, True])
def test_gpus_and_their_instances_are_found_and_a_lost_one_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: bool
) -> None:
    access = tmp_path / "gpu2" / "mig" / "gi9"
    (access / "ci0").mkdir(parents=True)
    (access / "access").write_text("DeviceFileMinor: 84\nDeviceFileMode: 292\n")
    (access / "ci0" / "access").write_text("DeviceFileMinor: 85\n")
    monkeypatch.setattr(devices, "_CAPABILITIES", tmp_path)
    divided = Card("GPU-2", 0, minor=2, instances=(Card("MIG-1", 9_000, 10_000, place=(9, 0)),))
    cards = [Card("GPU-0", 70_000, others=2), Card("GPU-1", 1, broken=True), divided]
    cards.append(Card("GPU-3", 5, minor=3, others=-1, instances=()))
    driver = Driver(cards, old=old)
    driver.install(monkeypatch)
    found = devices.machine().gpus
    assert [(gpu.uuid, gpu.free_mb, gpu.others) for gpu in found] == [
        ("GPU-0", 70_000, 2),
        ("MIG-1", 9_000, 0),
        ("GPU-3", 5, 0),
    ]
    assert found[0].nodes[0] == "/dev/nvidia0"
    assert found[1].nodes[:3] == (
        "/dev/nvidia2",
        "/dev/nvidia-caps/nvidia-cap84",
        "/dev/nvidia-caps/nvidia-cap85",
    )
    assert found[0].name == "Card"
    assert driver.ended == 1


def gpu(uuid: str, free_mb: int, others: int = 0) -> Gpu:
    return Gpu(uuid, "Card", 80_000, free_mb, others)


def test_on_the_processor_cores_and_memory_limit_what_runs_at_once() -> None:
    assert plan(Limits(), None, Machine(8, 64_000)).jobs == 8
    tight = plan(Limits(), None, Machine(8, 6_000))
    assert (tight.jobs, tight.threads) == (3, 2)
    assert "6.0 GB of memory are free" in tight.remarks[0]
    assert plan(Limits(), None, Machine(8, 100)).jobs == 1
    asked = plan(Limits(), 6, Machine(8, 6_000))
    assert (asked.jobs, asked.remarks) == (6, ())


def test_a_gpu_takes_as_many_as_its_memory_does_and_others_get_the_rest() -> None:
    chosen = plan(Limits(gpu_mb=10_000), None, Machine(16, 200_000, (gpu("b", 24_000), gpu("a", 80_000, 3))))
    assert [(seat.gpu.uuid if seat.gpu else "", seat.jobs) for seat in chosen.seats] == [("a", 7), ("b", 2)]
    told = " ".join(devices.described(chosen))
    assert "7 at once on Card (a…): 80.0 of 80.0 GB free, 3 other processes." in told


def test_gpus_without_room_are_named_and_the_processor_takes_over() -> None:
    chosen = plan(Limits(gpu_mb=10_000), None, Machine(4, 64_000, (gpu("a", 9_000),)))
    assert chosen.seats == (devices.Seat(None, 4),)
    assert "Card (a…) is not used: 9000 MB are free, a notebook needs 10600 MB." in chosen.remarks
    assert "graded on the processor" in chosen.remarks[-1]


def test_an_assignment_without_need_leaves_gpus_alone() -> None:
    assert plan(Limits(), None, Machine(4, 64_000, (gpu("a", 80_000),))).seats == (devices.Seat(None, 4),)


@given(
    need=st.integers(0, 90_000),
    jobs=st.none() | st.integers(1, 64),
    cores=st.integers(1, 128),
    free=st.integers(0, 500_000),
    rooms=st.lists(st.integers(0, 80_000), max_size=8),
)
def test_no_plan_takes_more_than_there_is(
    need: int, jobs: int | None, cores: int, free: int, rooms: list[int]
) -> None:
    gpus = tuple(gpu(str(index), room) for index, room in enumerate(rooms))
    chosen = plan(Limits(gpu_mb=need), jobs, Machine(cores, free, gpus))
    assert 1 <= chosen.jobs <= (jobs or cores)
    assert chosen.threads >= 1
    assert chosen.threads * chosen.jobs <= max(cores, chosen.jobs)
    for seat in chosen.seats:
        assert seat.jobs >= 1
        assert seat.gpu is None or seat.jobs * need <= seat.gpu.free_mb
    used = [seat.gpu.uuid for seat in chosen.seats if seat.gpu]
    assert len(used) == len(set(used))
    assert list(devices.described(chosen))
