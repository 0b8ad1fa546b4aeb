"""System calls that Python's library lacks, through ctypes; each raises OSError when the kernel refuses.

Only calls; decides nothing. Imports on any system, works on Linux on x86-64 and aarch64.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable, Mapping

# Names and numbers, x86-64 and aarch64, of every call that is made or filtered; "-" where there is none.
_NUMBERS = """
read 0 63     ioctl 16 29          shmget 29 194        socket 41 198        connect 42 203
socketpair 53 199    clone 56 220         semget 64 190        msgget 68 186        ptrace 101 117
syslog 103 116       capset 126 91        mknod 133 -          uselib 134 -         personality 135 92
vhangup 153 58       modify_ldt 154 -     pivot_root 155 41    _sysctl 156 -        prctl 157 167
adjtimex 159 171     chroot 161 51        acct 163 89          settimeofday 164 170 mount 165 40
umount2 166 39       swapon 167 224       swapoff 168 225      reboot 169 142       sethostname 170 161
setdomainname 171 162  iopl 172 -         ioperm 173 -         create_module 174 -  init_module 175 105
delete_module 176 106  quotactl 179 60    nfsservctl 180 42    lookup_dcookie 212 18
clock_settime 227 112  mq_open 240 180    kexec_load 246 104   add_key 248 217
request_key 249 218  keyctl 250 219       migrate_pages 256 238  mknodat 259 33     unshare 272 97
move_pages 279 239   perf_event_open 298 241  fanotify_init 300 262  name_to_handle_at 303 264
open_by_handle_at 304 265  clock_adjtime 305 266  setns 308 268
process_vm_readv 310 270   process_vm_writev 311 271  kcmp 312 272  finit_module 313 273  seccomp 317 277
memfd_create 319 279 kexec_file_load 320 294  bpf 321 280      userfaultfd 323 282
pidfd_send_signal 424 424  io_uring_setup 425 425  io_uring_enter 426 426  io_uring_register 427 427
open_tree 428 428    move_mount 429 429   fsopen 430 430       fsconfig 431 431     fsmount 432 432
fspick 433 433       pidfd_open 434 434   clone3 435 435       close_range 436 436  pidfd_getfd 438 438
process_madvise 440 440    mount_setattr 442 442   quotactl_fd 443 443
landlock_create_ruleset 444 444  landlock_add_rule 445 445  landlock_restrict_self 446 446
memfd_secret 447 447       process_mrelease 448 448 prlimit64 302 261    setpriority 141 140
ioprio_set 251 30    sched_setparam 142 118    sched_setscheduler 144 119    sched_setaffinity 203 122
sched_setattr 314 274    inotify_init 253 -   inotify_add_watch 254 27  inotify_init1 294 26
"""
_MACHINES = ("x86_64", "aarch64")


def _tables() -> dict[str, dict[str, int]]:
    words = _NUMBERS.split()
    tables: dict[str, dict[str, int]] = {machine: {} for machine in _MACHINES}
    for name, *numbers in zip(words[::3], words[1::3], words[2::3], strict=True):
        for machine, number in zip(_MACHINES, numbers, strict=True):
            if number != "-":
                tables[machine][name] = int(number)
    return tables


NUMBERS: Mapping[str, Mapping[str, int]] = _tables()
MACHINE = platform.machine()

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 1, 2, 4, 8
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITIES_V3 = 0x20080522
_CAPABILITIES = 64  # As many as two words hold; the kernel knows fewer and says where they end.
_LAST_DESCRIPTOR = 0xFFFFFFFF

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns_fd")]


def syscall(name: str, *arguments: int | bytes | ctypes.Structure | ctypes.Array[ctypes.c_uint32]) -> int:
    """Make a system call.

    Args:
        name: as in the kernel's tables.
        arguments: numbers; bytes and structures are passed by reference.

    Raises:
        OSError: the kernel refuses, or knows no such call (ENOSYS), or this machine's numbers are unknown.
    """
    number = NUMBERS.get(MACHINE, {}).get(name)
    if number is None or not hasattr(_libc, "syscall"):
        raise OSError(38, f"{name}: no such system call on this machine")
    converted = [_converted(argument) for argument in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *converted)
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result


def _converted(argument: int | bytes | ctypes.Structure | ctypes.Array[ctypes.c_uint32]) -> object:
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    return ctypes.c_char_p(argument) if isinstance(argument, bytes) else ctypes.byref(argument)


def unshare(flags: int) -> None:
    """Leave the namespaces of the given CLONE_NEW* flags for new ones."""
    syscall("unshare", flags)


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount; the words of mount(2)."""
    syscall("mount", os.fsencode(source), os.fsencode(target), kind.encode(), flags, data.encode())


def bind(source: str, target: str) -> None:
    """Show a file or a tree, with what is mounted in it, at a second place."""
    mount(source, target, "", MS_BIND | MS_REC)


def change_mount(path: str, add: int, remove: int = 0, *, tree: bool = False) -> None:
    """Change the MOUNT_ATTR_* of a mount, or of all mounts in a tree. Linux 5.12."""
    attributes = _MountAttributes(add, remove, 0, 0)
    flags = _AT_RECURSIVE if tree else 0
    size = ctypes.sizeof(attributes)
    syscall("mount_setattr", _AT_FDCWD, os.fsencode(path), flags, attributes, size)


def pivot_here() -> None:
    """Make the working directory, a mount, the root; the old root is detached."""
    syscall("pivot_root", b".", b".")
    syscall("umount2", b".", MNT_DETACH)


def set_host_name(name: str) -> None:
    """Name the host, in the own UTS namespace."""
    syscall("sethostname", name.encode(), len(name))


def prctl(option: int, value: int, third: int = 0) -> None:
    """Change this process; the words of prctl(2)."""
    syscall("prctl", option, value, third, 0, 0)


def set_pdeathsig(number: int) -> None:
    """Ask for a signal at the parent's end; a change of user forgets it."""
    prctl(_PR_SET_PDEATHSIG, number)


def set_dumpable(dumpable: bool) -> None:
    """Let other processes of the same user look into this one, or not."""
    prctl(_PR_SET_DUMPABLE, int(dumpable))


def set_child_subreaper() -> None:
    """Inherit the children of those below this process that die."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_no_new_privileges() -> None:
    """Nothing started from here gains privileges; landlock and seccomp demand it."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_bounding_set() -> None:
    """No program started from here can gain any capability. Needs CAP_SETPCAP."""
    for capability in range(_CAPABILITIES):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno != 22:  # EINVAL: the kernel knows no more of them.
                raise
            return


def drop_capabilities() -> None:
    """Give up every capability: effective, permitted, inheritable and ambient."""
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_V3, 0)
    syscall("capset", header, (ctypes.c_uint32 * 6)())


def close_all_but(keep: Iterable[int]) -> None:
    """Close every descriptor that is not to be kept."""
    first = 0
    for descriptor in sorted(set(keep)):
        if first < descriptor:
            _close(first, descriptor - 1)
        first = descriptor + 1
    _close(first, _LAST_DESCRIPTOR)


def _close(first: int, last: int) -> None:
    try:
        syscall("close_range", first, last, 0)
    except OSError:  # Before Linux 5.9.
        os.closerange(first, min(last, os.sysconf("SC_OPEN_MAX")) + 1)
