"""What the tests of walls share: the machines, and how something is done behind walls or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.worker.imitate import MACHINES, in_child, in_walls

# At A′ bubblewrap builds most walls, around the warm process: for tests/security to attack.
ALL = pytest.mark.parametrize("machine", ["A", "A user", "B", "C"])
WITH_MOUNTS = pytest.mark.parametrize("machine", ["A", "A user"])
WITHOUT_MOUNTS = pytest.mark.parametrize("machine", ["B", "C"])
ONLY_OWN_USER = pytest.mark.parametrize("machine", ["A", "A user", "B"])


def locked(machine: str, action: Callable[[], Any], **settings: Any) -> Any:
    """What an action returns behind a job's walls, as they are built on a machine."""
    return in_walls(action, MACHINES[machine], **settings)


def free(machine: str, action: Callable[[], Any]) -> Any:
    """What it returns on that machine without walls."""
    return in_child(action, MACHINES[machine])


def went(action: Callable[[], object]) -> bool:
    """Whether an action went through."""
    try:
        action()
    except OSError:
        return False
    return True
