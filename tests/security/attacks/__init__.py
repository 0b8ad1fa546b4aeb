"""All attacks, by family."""

from __future__ import annotations

from tests.security.attack import Attack
from tests.security.attacks import (
    endings,
    exhausting,
    forging,
    handins,
    network,
    objects,
    pages,
    pictures,
    poisoning,
    privileges,
    reading,
    remaining,
    signals,
)

ATTACKS: tuple[Attack, ...] = (
    *reading.ATTACKS,
    *forging.ATTACKS,
    *network.ATTACKS,
    *signals.ATTACKS,
    *privileges.ATTACKS,
    *exhausting.ATTACKS,
    *remaining.ATTACKS,
    *poisoning.ATTACKS,
    *endings.ATTACKS,
    *objects.ATTACKS,
    *handins.ATTACKS,
    *pages.ATTACKS,
    *pictures.ATTACKS,
)
BY_ID = {one.id: one for one in ATTACKS}
