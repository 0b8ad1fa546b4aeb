"""How long something took in all, over many blocks; decides nothing by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Stopwatch:
    """Adds up the wall-clock seconds of blocks.

    Attributes:
        seconds: of all blocks that ended; a block within a block counts once.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of a block."""
        started = monotonic()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.seconds += monotonic() - started
