"""Attacks are run level by level, all that are wanted at once: a level's outcomes are shared by its tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.security import runner
from tests.security.attack import Attack


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that take a `machine` are run on all that can be had; only the first of them is quick."""
    if "machine" in metafunc.fixturenames:
        first, *others = runner.machines() or ("",)
        unless = [] if first else [pytest.mark.skip("this machine has no walls (level D)")]
        parameters = [pytest.param(first, marks=unless)]
        parameters += [pytest.param(name, marks=pytest.mark.thorough) for name in others]
        metafunc.parametrize("machine", parameters)


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest) -> Callable[[str], runner.Run]:
    """Gives a level's outcomes; runs the attacks that the chosen tests need when it is first asked."""
    made: dict[str, runner.Run] = {}

    def run(level: str) -> runner.Run:
        if level not in made:
            made[level] = runner.outcomes(level, _wanted(request.session.items, level))
        return made[level]

    return run


def _wanted(items: list[pytest.Item], level: str) -> list[str]:
    """The ids of the attacks that the chosen tests look at, in their order."""
    tests = [item for item in items if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    parameters = [test.callspec.params for test in tests]
    levels = [one.get("machine", one.get("level")) for one in parameters]
    ids = [
        attack.id
        for one, at in zip(parameters, levels, strict=True)
        if at == level and isinstance(attack := one.get("attack"), Attack)
    ]
    return list(dict.fromkeys(ids))
