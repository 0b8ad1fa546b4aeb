"""Which device runs which notebook: a lease of a place beside others, or of a whole device.

Counts places only; what runs there is the caller's. Waits in the order of asking.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.engine.devices import Seat
from autograder.engine.launcher import Launcher


@dataclass(frozen=True)
class Desk:
    """A device that notebooks run on.

    Attributes:
        seat: the device, and how many it takes at once.
        launcher: starts them there.
        images: folder with the whole data set, below the launcher's, for notebooks that train.
    """

    seat: Seat
    launcher: Launcher
    images: Path | None = None


class Leases:
    """Places on devices.

    Args:
        desks: at least one.
    """

    def __init__(self, desks: Sequence[Desk]) -> None:
        self.desks = tuple(desks)
        self._taken = [0] * len(self.desks)
        self._changed = threading.Condition()
        self._queue: list[object] = []

    @contextmanager
    def lease(self, whole: Desk | None = None) -> Iterator[Desk]:
        """Hold a place on the device with most of them free; or all of one device, to be alone there.

        Args:
            whole: the device to be alone on.
        """
        places = [whole.seat.jobs if whole is desk else 1 for desk in self.desks]
        index = self._take(places, whole)
        try:
            yield self.desks[index]
        finally:
            with self._changed:
                self._taken[index] -= places[index]
                self._changed.notify_all()

    def _take(self, places: Sequence[int], whole: Desk | None) -> int:
        turn = object()
        with self._changed:
            self._queue.append(turn)
            try:
                while self._queue[0] is not turn or (index := self._free(places, whole)) is None:
                    self._changed.wait()
                self._taken[index] += places[index]
                return index
            finally:
                self._queue.remove(turn)
                self._changed.notify_all()

    def _free(self, places: Sequence[int], whole: Desk | None) -> int | None:
        """The device that can be had now and has most places left."""
        left = [desk.seat.jobs - taken for desk, taken in zip(self.desks, self._taken, strict=True)]
        fitting = [
            index
            for index, desk in enumerate(self.desks)
            if left[index] >= places[index] and (whole is None or whole is desk)
        ]
        return max(fitting, key=lambda index: left[index], default=None)
