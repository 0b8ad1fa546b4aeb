"""Gives each running job a uid that no other job on this machine has, whichever grader started it.

A claim is a name in the kernel's list of abstract sockets: it ends with its holder, however that dies, and
leaves no file. Nobody ever talks over it.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.worker.levels import JOB_UIDS


@dataclass(frozen=True)
class Claim:
    """A uid that is taken until `release`."""

    uid: int
    _socket: socket.socket

    def release(self) -> None:
        """Leave it to others; only when no process of that uid is left."""
        self._socket.close()


def claim(uids: Sequence[int] = JOB_UIDS) -> Claim:
    """Take one that is free.

    Raises:
        OSError: none is.
    """
    for uid in random.sample(uids, len(uids)):
        taken = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            taken.bind(f"\0loupe-job-{uid}")
        except OSError:
            taken.close()
        else:
            return Claim(uid, taken)
    raise OSError("every user number for jobs is taken by a job that runs")
