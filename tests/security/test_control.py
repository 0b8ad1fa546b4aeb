"""The control: without the walls the attacks work, so a suite that finds none of them working means something.

Of each family the first few are quick; the rest is thorough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.security import runner
from tests.security.attack import Attack
from tests.security.attacks import ATTACKS

Outcomes = Callable[[str], runner.Run]
QUICK = 2


def chosen(*controls: str) -> pytest.MarkDecorator:
    """The attacks with these expectations."""
    return pytest.mark.parametrize("attack", list(_parameters(controls)))


def _parameters(controls: tuple[str, ...]) -> Iterator[object]:
    members: Counter[str] = Counter()
    for attack in ATTACKS:
        if attack.control in controls:
            members[attack.family] += 1
            marks = [pytest.mark.thorough] if members[attack.family] > QUICK else []
            yield pytest.param(attack, id=attack.id, marks=marks)


@pytest.mark.parametrize("level", ["none"])
@chosen("works")
def test_it_works_without_walls(attack: Attack, level: str, outcomes: Outcomes) -> None:
    assert outcomes(level).seen[attack.id].harm


@pytest.mark.skipif(not runner.privileged(), reason="needs root with all capabilities")
@pytest.mark.parametrize("level", ["none"])
@chosen("privileged")
def test_it_works_for_root_without_walls(attack: Attack, level: str, outcomes: Outcomes) -> None:
    assert outcomes(level).seen[attack.id].harm


@pytest.mark.parametrize("level", ["naive"])
@chosen("naive")
def test_it_works_against_an_ordinary_grader(attack: Attack, level: str, outcomes: Outcomes) -> None:
    seen = outcomes(level).seen[attack.id]
    assert seen.harm or seen.lost


@pytest.mark.parametrize("level", ["none"])
@chosen("naive", "held")
def test_it_fails_without_walls_already(attack: Attack, level: str, outcomes: Outcomes) -> None:
    assert outcomes(level).seen[attack.id].harm == ()


@pytest.mark.parametrize("level", runner.CONTROLS)
def test_nothing_is_left_of_them(level: str, outcomes: Outcomes) -> None:
    assert outcomes(level).remains == ()


def test_every_attack_is_named_once_and_says_what_it_tries() -> None:
    assert len({attack.id for attack in ATTACKS}) == len(ATTACKS) >= 60
    assert all(attack.tries and attack.family for attack in ATTACKS)
