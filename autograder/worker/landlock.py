"""Landlock: from here on, this process opens only what is listed. ABI 1 to 7; never widens anything.

What an older kernel does not know is left out, and `Rules.without` says so in words.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.worker import kernel

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
_MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = 1 << 9, 1 << 10, 1 << 11, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_ALL_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV

READ = _EXECUTE | _READ_FILE | _READ_DIR
LIST = _READ_DIR
DEVICE = _READ_FILE | _WRITE_FILE | _READ_DIR | _TRUNCATE | _IOCTL_DEV
WRITE = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO
WRITE |= _MAKE_SYM | _REFER | _TRUNCATE

_TCP_ABI, _SCOPE_ABI = 4, 6
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract Unix sockets, signals
_VERSION, _PATH_BENEATH = 1, 1


class _Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scoped")]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


@dataclass(frozen=True)
class Grants:
    """What may be opened, by hierarchy: each path and all below it.

    Attributes:
        read: read and execute.
        listed: list folders, no more.
        write: read, execute, create, change and remove.
        devices: read, write and control.
    """

    read: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()

    def rules(self) -> Iterable[tuple[str, int]]:
        """Each path with its rights."""
        rights = ((self.read, READ), (self.listed, LIST), (self.write, WRITE), (self.devices, DEVICE))
        return ((path, right) for paths, right in rights for path in paths)


def abi() -> int:
    """The version of landlock that the kernel offers.

    Raises:
        OSError: none; it is not built in or not switched on.
    """
    return kernel.syscall("landlock_create_ruleset", 0, 0, _VERSION)


def without(version: int) -> list[str]:
    """What this version cannot refuse, in words."""
    lacks = [
        (3, "truncating files outside"),
        (_TCP_ABI, "TCP"),
        (5, "control calls to devices"),
        (_SCOPE_ABI, "signals to processes outside and abstract sockets"),
    ]
    return [what for since, what in lacks if version < since]


def apply(grants: Grants) -> None:
    """Refuse this process, and all it will start, everything but the grants; TCP and signals outside too.

    Paths that do not exist are passed over. Needs PR_SET_NO_NEW_PRIVS.

    Raises:
        OSError: the kernel refuses.
    """
    version = abi()
    handled = _ALL_OF_ABI[min(version, 5)]
    network, scoped = _TCP * (version >= _TCP_ABI), _SCOPES * (version >= _SCOPE_ABI)
    known = 8 * (3 if scoped else 2 if network else 1)
    ruleset = kernel.syscall("landlock_create_ruleset", _Ruleset(handled, network, scoped), known, 0)
    try:
        for path, rights in grants.rules():
            _allow(ruleset, path, rights & handled)
        kernel.syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # Not there, or out of this user's reach anyway.
    try:
        try:
            rule = _PathBeneath(rights, descriptor)
            kernel.syscall("landlock_add_rule", ruleset, _PATH_BENEATH, rule, 0)
        except OSError as error:
            if error.errno != 22:  # EINVAL: a file, which takes fewer rights than a folder.
                raise
            rule = _PathBeneath(rights & _FOR_FILES, descriptor)
            if rule.allowed:
                kernel.syscall("landlock_add_rule", ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
