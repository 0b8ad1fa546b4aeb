"""Every attack fails at every level that this machine has or, as root, can imitate.

Seen from outside: nothing was learned, changed, reached or left behind; the rest of the notebook is graded; and
an innocent notebook right after finds the world as it should be.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.security import runner
from tests.security.attack import Attack
from tests.security.attacks import ATTACKS

Outcomes = Callable[[str], runner.Run]


@pytest.mark.parametrize("level", runner.machines())
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_the_attack_fails(attack: Attack, level: str, outcomes: Outcomes) -> None:
    run = outcomes(level)
    seen = run.seen[attack.id]
    if run.reached in attack.succeeds:
        assert seen.harm, "it is said to succeed here; docs/security.md must not say so any longer"
    else:
        assert seen.harm == ()


@pytest.mark.parametrize("level", runner.machines())
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_the_rest_of_its_notebook_is_graded(attack: Attack, level: str, outcomes: Outcomes) -> None:
    assert outcomes(level).seen[attack.id].lost == ()


@pytest.mark.parametrize("level", runner.machines())
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_the_next_submission_is_unaffected(attack: Attack, level: str, outcomes: Outcomes) -> None:
    assert outcomes(level).seen[attack.id].spoiled == ()
