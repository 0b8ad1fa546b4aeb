from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

import pytest

from autograder.worker import kernel
from tests.worker.imitate import NEEDS_ROOT, become_user, in_child


def test_numbers_are_known_for_both_machines_and_differ_in_the_old_range() -> None:
    x86, arm = kernel.NUMBERS["x86_64"], kernel.NUMBERS["aarch64"]
    assert (x86["ptrace"], arm["ptrace"]) == (101, 117)
    assert (x86["mount"], arm["mount"]) == (165, 40)
    assert (x86["clone3"], arm["clone3"]) == (435, 435)
    assert "mknod" in x86
    assert "mknod" not in arm


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_no_two_calls_share_a_number(machine: str) -> None:
    numbers = kernel.NUMBERS[machine]
    assert len(set(numbers.values())) == len(numbers)


def test_a_refused_call_raises_its_error() -> None:
    with pytest.raises(OSError, match="setns") as raised:
        kernel.syscall("setns", -1, 0)
    assert raised.value.errno == errno.EBADF


def test_an_unknown_call_is_an_error_not_a_crash() -> None:
    with pytest.raises(OSError, match="no such system call"):
        kernel.syscall("brew_coffee")


def test_numbers_wider_than_32_bits_arrive_whole() -> None:
    with pytest.raises(OSError, match="close_range") as raised:
        kernel.syscall("close_range", 5, 4, 0)  # The first above the last.
    assert raised.value.errno == errno.EINVAL


def test_all_descriptors_but_those_kept_are_closed() -> None:
    def close() -> list[int]:
        first, second = os.pipe()
        os.dup2(first, 200)
        kernel.close_all_but({0, 1, 2, 60, second})
        return [number for number in range(256) if _is_open(number)] + [second]

    *found, second = in_child(close)
    assert found == sorted({0, 1, 2, 60, second})


def test_before_close_range_existed_descriptors_are_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "NUMBERS", {})

    def close() -> list[int]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        os.dup2(0, 200)
        kernel.close_all_but({0, 1, 2, 60})
        return [number for number in range(256) if _is_open(number)]

    assert in_child(close) == [0, 1, 2, 60]


@NEEDS_ROOT
def test_capabilities_are_gone_after_dropping_them() -> None:
    def drop() -> list[str]:
        kernel.drop_bounding_set()
        kernel.drop_capabilities()
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return [line.split()[1] for line in lines if line.startswith("Cap")]

    assert in_child(drop) == ["0" * 16] * 5


@NEEDS_ROOT
def test_an_ordinary_user_may_not_drop_the_bounding_set() -> None:
    def drop() -> int | None:
        try:
            kernel.drop_bounding_set()
        except OSError as error:
            return error.errno
        return None

    assert in_child(drop, become_user) == errno.EPERM


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
