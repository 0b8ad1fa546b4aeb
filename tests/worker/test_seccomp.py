"""The filter, run twice: by a small interpreter of its own words, for both machines, and by this kernel."""

from __future__ import annotations

import os
import platform
import socket
import stat
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.worker import kernel, seccomp
from tests.worker.imitate import NEEDS_ROOT, in_child

ALLOWED, REFUSED, ABSENT, KILLED = seccomp.ALLOW, 0x50001, 0x50026, seccomp.KILL
MACHINES = ["x86_64", "aarch64"]


def verdict(
    machine: str, number: int, *arguments: int, unix_sockets: bool = True, architecture: int | None = None
) -> int:
    """What the filter answers: classic BPF, the six words of it that are used."""
    program = seccomp.program(machine, unix_sockets)
    words = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    values = (*arguments, *[0] * (6 - len(arguments)))
    if architecture is None:
        architecture = seccomp.ARCHITECTURES[machine]
    data = struct.pack("=IIQ6Q", number, architecture, 0, *values)
    at, loaded = 0, 0
    while True:
        code, if_true, if_false, value = words[at]
        at += 1
        if code == 0x20:
            loaded = struct.unpack_from("=I", data, value)[0]
        elif code == 0x54:
            loaded &= value
        elif code == 0x06:
            return int(value)
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: bool(loaded & value)}[code]
            at += if_true if holds else if_false


def call(machine: str, name: str, *arguments: int, unix_sockets: bool = True) -> int:
    return verdict(machine, kernel.NUMBERS[machine][name], *arguments, unix_sockets=unix_sockets)


@pytest.mark.parametrize("machine", MACHINES)
class TestProgram:
    def test_every_call_of_the_list_is_refused(self, machine: str) -> None:
        known = [name for name in seccomp.DENIED if name in kernel.NUMBERS[machine]]
        assert {call(machine, name) for name in known} == {REFUSED}

    def test_ordinary_calls_pass(self, machine: str) -> None:
        assert call(machine, "read", 3, 0, 10) == ALLOWED
        assert call(machine, "ioctl", 0, 0x5413) == ALLOWED

    def test_another_architecture_is_the_end(self, machine: str) -> None:
        read = kernel.NUMBERS[machine]["read"]
        assert verdict(machine, read, architecture=0x40000003) == KILLED

    def test_calls_newer_than_the_list_do_not_exist(self, machine: str) -> None:
        assert verdict(machine, 467) == ABSENT
        assert call(machine, "clone3") == ABSENT

    @pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, 16, 17, 40])
    def test_sockets_are_of_the_unix_family(self, machine: str, family: int) -> None:
        assert call(machine, "socket", family, 1) == REFUSED
        assert call(machine, "socketpair", family, 1) == REFUSED
        assert call(machine, "socket", socket.AF_UNIX, 1) == ALLOWED

    def test_where_unix_sockets_of_others_can_be_seen_only_streams_in_pairs_are_left(
        self, machine: str
    ) -> None:
        assert call(machine, "socket", 1, 1, unix_sockets=False) == REFUSED
        assert call(machine, "connect", 3, unix_sockets=False) == REFUSED
        assert call(machine, "socketpair", 1, 2 | 0o4000, unix_sockets=False) == REFUSED
        assert call(machine, "socketpair", 1, 1 | 0o2000000, unix_sockets=False) == ALLOWED

    @pytest.mark.parametrize("flag", [0x20000, 0x02000000, 0x10000000, 0x20000000, 0x40000000, 0x8000])
    def test_clone_makes_processes_and_threads_but_no_namespaces(self, machine: str, flag: int) -> None:
        assert call(machine, "clone", 0x3D0F00) == ALLOWED  # A thread.
        assert call(machine, "clone", 0x01200011) == ALLOWED  # fork.
        assert call(machine, "clone", 0x01200011 | flag) == REFUSED

    def test_device_nodes_are_refused_and_pipes_are_not(self, machine: str) -> None:
        assert call(machine, "mknodat", 3, 0, stat.S_IFBLK | 0o600) == REFUSED
        assert call(machine, "mknodat", 3, 0, stat.S_IFCHR | 0o600) == REFUSED
        assert call(machine, "mknodat", 3, 0, stat.S_IFIFO | 0o600) == ALLOWED

    def test_typing_into_a_terminal_is_refused(self, machine: str) -> None:
        assert call(machine, "ioctl", 0, 0x5412) == REFUSED
        assert call(machine, "ioctl", 0, 0xFFFFFFFF00005412) == REFUSED  # The kernel drops the high half.

    def test_limits_and_priorities_of_others_are_out_of_reach(self, machine: str) -> None:
        for name in ("prlimit64", "sched_setaffinity"):
            assert call(machine, name, 0) == ALLOWED
            assert call(machine, name, 1234) == REFUSED
        assert call(machine, "setpriority", 0, 0) == ALLOWED
        assert call(machine, "setpriority", 2, 0) == REFUSED
        assert call(machine, "prctl", 1, 0) == REFUSED

    @given(number=st.integers(0, 2**32 - 1), arguments=st.lists(st.integers(0, 2**64 - 1), max_size=6))
    def test_every_call_gets_one_of_four_verdicts(
        self, machine: str, number: int, arguments: list[int]
    ) -> None:
        assert verdict(machine, number, *arguments) in (ALLOWED, REFUSED, ABSENT, KILLED)


def test_calls_in_the_x32_form_are_the_end() -> None:
    assert verdict("x86_64", 0x40000000 | 59) == KILLED


def test_every_name_of_the_list_is_known() -> None:
    assert set(seccomp.DENIED) <= set(kernel.NUMBERS["x86_64"])


def test_an_unknown_machine_has_no_filter() -> None:
    with pytest.raises(OSError, match="riscv64"):
        seccomp.program("riscv64", True)


# ------------------------------------------------------------------ by the kernel


def _attempts() -> dict[str, bool]:
    """Which of these go through; all of them do without a filter."""

    def goes(action: Callable[[], object]) -> bool:
        try:
            action()
        except PermissionError:
            return False
        return True

    return {
        "tcp": goes(lambda: socket.socket(socket.AF_INET).close()),
        "netlink": goes(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()),
        "memory file": goes(lambda: os.close(os.memfd_create("x"))),
        "namespace": goes(lambda: kernel.unshare(kernel.CLONE_NEWUTS)),
        "chroot": goes(lambda: os.chroot("/")),
        "pidfd": goes(lambda: os.close(os.pidfd_open(os.getpid()))),
    }


def _behind_the_filter() -> dict[str, bool]:
    kernel.set_no_new_privileges()
    seccomp.apply(seccomp.program(platform.machine(), True))
    return _attempts()


@NEEDS_ROOT
def test_the_kernel_refuses_what_the_filter_says() -> None:
    without = in_child(_attempts)
    assert set(without.values()) == {True}
    assert in_child(_behind_the_filter) == dict.fromkeys(without, False)


@NEEDS_ROOT
def test_a_filter_needs_no_new_privileges() -> None:
    def apply() -> bool:
        os.setresuid(65534, 65534, 65534)
        try:
            seccomp.apply(seccomp.program(platform.machine(), True))
        except PermissionError:
            return False
        return True

    assert not in_child(apply)
