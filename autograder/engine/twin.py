"""A warm process that is a fork of this one, so that both share what importing TensorFlow takes.

For machines with little memory and half a core, where importing it twice costs 250 MB and many seconds.
What this process has read before, student code may find in memory: fork first, read the course afterwards.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping

from autograder.worker import kernel, warm


class Twin:
    """A forked warm process, with what `engine.forks.Warm` asks of one.

    Attributes:
        control: this process's end of the socket that takes jobs.
    """

    def __init__(self, pid: int, control: socket.socket) -> None:
        self._pidfd = os.pidfd_open(pid)
        self._pid = pid
        self._code: int | None = None
        self.control = control

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        if self._code is None and _ready(self._pidfd, 0):
            with contextlib.suppress(ChildProcessError):
                self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it takes longer than `timeout` seconds.
        """
        _ready(self._pidfd, timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("warm process", timeout or 0)
        return code

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)


def fork(environment: Mapping[str, str]) -> Twin | None:
    """Import here what notebooks need, then fork; call it before anything else is read or imported.

    Args:
        environment: of the warm process.

    Returns:
        None where the imports left threads behind, for then a fork is not safe.
    """
    warm.load()
    if warm.threads() != 1:
        return None
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _become_warm(theirs.detach(), environment)
    theirs.close()
    return Twin(pid, ours)


def _become_warm(control: int, environment: Mapping[str, str]) -> None:
    """The forked process, up to its end; never returns."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        kernel.close_all_but({0, 1, 2, control})
        os.environ.clear()
        os.environ.update(environment)
        os.chdir("/")
        sys.argv[1:] = [str(control), "preload"]
        warm.main(sys.argv)
    finally:
        os._exit(0)


def _ready(descriptor: int, seconds: float | None) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])
