"""The list of system calls that student code may not make, as a filter for the kernel.

Refused calls fail with EPERM, so that Python raises an exception; only another architecture's calls end the
process. The filter looks at numbers and plain arguments, never at memory.
"""

from __future__ import annotations

import ctypes
import functools
import stat
import struct
from collections.abc import Iterable

from autograder.worker import kernel

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
EPERM, ENOSYS = 1, 38
KILL, ALLOW = 0x80000000, 0x7FFF0000
_ERRNO = 0x00050000

# Other processes; namespaces; mounts; kernel interfaces with a history of holes; memory that no limit counts
# (memfd, System V, message queues); the machine itself; landlock, which is in force by then.
_DENIED = """
    ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
    pidfd_open pidfd_getfd pidfd_send_signal migrate_pages move_pages
    unshare setns
    mount umount2 pivot_root chroot move_mount fsopen fsconfig fsmount fspick open_tree mount_setattr
    name_to_handle_at open_by_handle_at fanotify_init
    inotify_init inotify_init1 inotify_add_watch quotactl quotactl_fd acct swapon swapoff
    io_uring_setup io_uring_enter io_uring_register bpf userfaultfd perf_event_open
    add_key request_key keyctl
    memfd_create memfd_secret shmget semget msgget mq_open
    kexec_load kexec_file_load create_module init_module finit_module delete_module reboot
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog vhangup
    ioprio_set personality uselib modify_ldt iopl ioperm _sysctl nfsservctl lookup_dcookie
    landlock_create_ruleset landlock_add_rule landlock_restrict_self
"""
DENIED = tuple(_DENIED.split())
_FIRST_UNKNOWN = 453  # Calls that are newer than this list do not exist here; the C library does without.
_X32 = 0x40000000
_AF_UNIX, _SOCK_DGRAM, _SOCK_TYPE = 1, 2, 0xF
_PR_SET_PDEATHSIG, _PRIO_PROCESS = 1, 0
# Calls whose first argument names a process, 0 for the caller; the kernel lets a user change all of its own.
_ON_ONESELF = ("prlimit64", "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_setattr")
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
# CLONE_PARENT too: such a process would be a child of the supervisor.
_CLONE_REFUSED = (
    0x00008000
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWCGROUP
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
)

# The words of classic BPF.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _word(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _argument(index: int) -> bytes:
    return _word(_LOAD, _ARGUMENTS + 8 * index)  # The low half: every checked argument is an int.


def _only(index: int, value: int) -> bytes:
    return _argument(index) + _word(_EQUAL, value, 1, 0) + _REFUSE


_REFUSE, _GRANT = _word(_RETURN, _ERRNO | EPERM), _word(_RETURN, ALLOW)
_DEVICES = b"".join(_word(_EQUAL, kind, 0, 1) + _REFUSE for kind in (stat.S_IFCHR, stat.S_IFBLK))


def _checks(unix_sockets: bool) -> dict[str, bytes]:
    """Calls that depend on an argument: a program that ends in a verdict."""
    unix_only = _only(0, _AF_UNIX)
    no_datagrams = _argument(1) + _word(_AND, _SOCK_TYPE) + _word(_EQUAL, _SOCK_DGRAM, 0, 1) + _REFUSE
    checks = {
        "socket": unix_only + _GRANT,
        "socketpair": unix_only + _GRANT,
        "clone": _argument(0) + _word(_ANY_BIT, _CLONE_REFUSED, 0, 1) + _REFUSE + _GRANT,
        "mknod": _argument(1) + _word(_AND, 0o170000) + _DEVICES + _GRANT,
        "mknodat": _argument(2) + _word(_AND, 0o170000) + _DEVICES + _GRANT,
        "ioctl": _argument(1)
        + b"".join(_word(_EQUAL, request, 0, 1) + _REFUSE for request in _TERMINAL_INJECTION)
        + _GRANT,
        "prctl": _argument(0) + _word(_EQUAL, _PR_SET_PDEATHSIG, 0, 1) + _REFUSE + _GRANT,
        "setpriority": _only(0, _PRIO_PROCESS) + _only(1, 0) + _GRANT,
        **{name: _only(0, 0) + _GRANT for name in _ON_ONESELF},
        "clone3": _word(_RETURN, _ERRNO | ENOSYS),  # Its flags are in memory; without it, clone is used.
    }
    if not unix_sockets:  # A pair can be made, but nothing outside be reached with it.
        checks |= {"socket": _REFUSE, "connect": _REFUSE, "socketpair": unix_only + no_datagrams + _GRANT}
    return checks


@functools.cache
def program(machine: str, unix_sockets: bool) -> bytes:
    """The filter for student code, in the kernel's form.

    Args:
        machine: "x86_64" or "aarch64".
        unix_sockets: allow sockets of the Unix family, because none of the machine's can be seen. Else
            only connected pairs of them are allowed, since a filter cannot tell one address from another.

    Raises:
        OSError: the filter is not known for this machine.
    """
    if machine not in ARCHITECTURES:
        raise OSError(ENOSYS, f"the system calls of {machine} are not known here")
    numbers = kernel.NUMBERS[machine]
    parts = [_preamble(machine), _word(_AT_LEAST, _FIRST_UNKNOWN, 0, 1), _word(_RETURN, _ERRNO | ENOSYS)]
    parts += refusals(machine, DENIED)
    for name, check in _checks(unix_sockets).items():
        if name in numbers:
            parts += [_word(_EQUAL, numbers[name], 0, len(check) // 8), check]
    return b"".join([*parts, _GRANT])


def refusing(machine: str, names: Iterable[str]) -> bytes:
    """A filter that refuses these calls and allows the rest; to imitate a container with."""
    return b"".join([_preamble(machine), *refusals(machine, names), _GRANT])


def refusals(machine: str, names: Iterable[str]) -> list[bytes]:
    """A piece of filter for each call that is refused whatever its arguments."""
    numbers = kernel.NUMBERS[machine]
    return [_word(_EQUAL, numbers[name], 0, 1) + _REFUSE for name in names if name in numbers]


def _preamble(machine: str) -> bytes:
    """End the process for calls of another architecture, else load the number."""
    right = _word(_LOAD, _ARCHITECTURE) + _word(_EQUAL, ARCHITECTURES[machine], 1, 0) + _word(_RETURN, KILL)
    number = _word(_LOAD, _NUMBER)
    if machine != "x86_64":
        return right + number
    return right + number + _word(_AT_LEAST, _X32, 0, 1) + _word(_RETURN, KILL)


def apply(filter_program: bytes) -> None:
    """Put this process and all it will start behind a filter, for good. Needs PR_SET_NO_NEW_PRIVS.

    Raises:
        OSError: the kernel refuses.
    """
    kernel.syscall("seccomp", 1, 0, _Program(len(filter_program) // 8, filter_program))
