"""A wall-clock limit for code that runs in the main thread of this process; it interrupts, never kills.

The signal raises `TimeIsUpError`, a BaseException, so that `except Exception` does not swallow it, and
comes again every second, so that nothing swallows it for ever. Code that never returns to the interpreter is
not interrupted: that is for the supervising process.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_SECONDS = 1.0


class TimeIsUpError(BaseException):
    """The limit has passed."""


class Alarm:
    """One alarm clock for the process; use it from the main thread."""

    def __init__(self) -> None:
        self._running = False
        self._holds = 0
        self._main = threading.get_ident()
        self._setitimer = signal.setitimer
        self._signal = signal.signal

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Interrupt the block after so many seconds.

        Raises:
            TimeIsUpError: inside the block, again and again until it is left.
        """
        self._signal(signal.SIGALRM, self._ring)
        self._running = True
        try:
            self._setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
            yield
        finally:
            self._running = False
            self._setitimer(signal.ITIMER_REAL, 0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the alarm silent during the block; it comes again a second later."""
        if threading.get_ident() != self._main:  # It rings in the main thread only.
            yield
            return
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._running and not self._holds:
            raise TimeIsUpError
