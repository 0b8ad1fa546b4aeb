"""Every attack fails on every machine that there is or, as root, can be imitated.

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
EACH = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)


@EACH
def test_the_attack_fails(attack: Attack, machine: str, outcomes: Outcomes) -> None:
    run = outcomes(machine)
    seen = run.seen[attack.id]
    if run.reached in attack.succeeds:
        assert seen.harm, "it is said to succeed here; docs/security.md must not say so any longer"
    else:
        assert seen.harm == ()


@EACH
def test_the_rest_of_its_notebook_is_graded(attack: Attack, machine: str, outcomes: Outcomes) -> None:
    assert outcomes(machine).seen[attack.id].lost == ()


@EACH
def test_the_next_submission_is_unaffected(attack: Attack, machine: str, outcomes: Outcomes) -> None:
    assert outcomes(machine).seen[attack.id].spoiled == ()


def test_nothing_is_left_of_them(machine: str, outcomes: Outcomes) -> None:
    assert outcomes(machine).remains == ()
