"""The way out: frames to one descriptor, whole or not at all, each sent at once.

What was sent stays sent if the process dies in the next cell. Only the process that opened the channel
writes: children that student code forks stay silent.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from autograder import wire
from autograder.evidence import LIMITS, EvidenceError, Limits
from autograder.worker.alarm import Alarm

_OUT_OF_THE_WAY = 200
# Left for the records that say what happened, when values and figures have filled the stream.
_RESERVE = 32_000_000
_LARGE = 100_000


class Channel:
    """Sends records to the judge's side.

    Args:
        descriptor: where to write; it is moved to a high number that child programs do not inherit.
        alarm: held off while a frame is written, so that none is cut in two.
        limits: what the other side accepts.
    """

    def __init__(self, descriptor: int, alarm: Alarm | None = None, limits: Limits = LIMITS) -> None:
        self._descriptor = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY)
        os.close(descriptor)
        self._held = alarm.held if alarm else nullcontext
        self._limits = limits
        self._sent = 0
        self._process = os.getpid()
        self._lock = threading.Lock()
        # Student code may replace attributes of modules; what is bound here stays.
        self._write = os.write
        self._getpid = os.getpid

    def send(self, record: Mapping[str, Any]) -> None:
        """Send one record.

        Raises:
            EvidenceError: it has no form on the wire or is too large; nothing of it was sent.
        """
        frame = wire.pack(record)
        _, json_size, array_size = wire.HEADER.unpack_from(frame)
        if json_size > self._limits.json_bytes or array_size > self._limits.array_bytes:
            raise EvidenceError("too large for one record")
        with self._held(), self._lock:
            if self._getpid() != self._process:
                return
            room = self._limits.total_bytes - (_RESERVE if len(frame) > _LARGE else 0)
            if self._sent + len(frame) > room:
                raise EvidenceError("too large together with what was sent before")
            view = memoryview(frame)
            while view:
                view = view[self._write(self._descriptor, view) :]
            self._sent += len(frame)

    @property
    def in_original_process(self) -> bool:
        """False in a child that student code forked."""
        return self._getpid() == self._process
