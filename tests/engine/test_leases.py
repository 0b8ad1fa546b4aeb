"""Places on devices: never more than there are, nobody waits for ever, and alone means alone."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine.devices import Seat
from autograder.engine.leases import Desk, Leases


class Nobody:
    """A launcher that is never asked to start anything."""

    isolation = ""
    folder = Path("/")

    def start(self, *arguments: Any) -> Any:
        raise AssertionError

    def close(self) -> None: ...


def desks(*jobs: int) -> list[Desk]:
    return [Desk(Seat(None, count), Nobody()) for count in jobs]


@settings(max_examples=30)
@given(
    jobs=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    wishes=st.lists(st.none() | st.integers(0, 2), max_size=30),
)
def test_no_device_is_overbooked_and_all_come_to_an_end(jobs: list[int], wishes: list[int | None]) -> None:
    leases = Leases(desks(*jobs))
    lock = threading.Lock()
    held: list[tuple[Desk, bool]] = []
    overbooked: list[str] = []

    def work(wish: int | None) -> None:
        whole = None if wish is None else leases.desks[wish % len(jobs)]
        with leases.lease(whole) as desk:
            with lock:
                held.append((desk, whole is not None))
                mine = [alone for other, alone in held if other is desk]
                if len(mine) > desk.seat.jobs or (any(mine) and len(mine) > 1):
                    overbooked.append(f"{desk.seat}: {mine}")
                if whole is not None and desk is not whole:
                    overbooked.append("another device")
            with lock:
                held.remove((desk, whole is not None))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, wish) for wish in wishes]:
            done.result(timeout=60)
    assert overbooked == []
    assert held == []


def test_the_emptiest_device_is_taken_first() -> None:
    leases = Leases(desks(1, 3))
    with leases.lease() as first, leases.lease() as second, leases.lease() as third:
        assert [first.seat.jobs, second.seat.jobs] == [3, 3]
        assert {first.seat.jobs, second.seat.jobs, third.seat.jobs} == {1, 3}


def test_who_wants_to_be_alone_waits_for_the_others_and_is_not_overtaken() -> None:
    leases = Leases(desks(2))
    (desk,) = leases.desks
    order: list[str] = []
    waiting = threading.Event()

    def alone() -> None:
        waiting.set()
        with leases.lease(desk):
            order.append("alone")

    def beside() -> None:
        with leases.lease():
            order.append("beside")

    with leases.lease():
        threads = [threading.Thread(target=alone)]
        threads[0].start()
        waiting.wait()
        while not leases._queue:
            pass
        threads.append(threading.Thread(target=beside))
        threads[1].start()
        order.append("first")
    for thread in threads:
        thread.join(60)
    assert order == ["first", "alone", "beside"]
