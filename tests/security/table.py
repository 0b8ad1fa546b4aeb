"""Writes docs/security-table.md: every attack at every level that this machine has or can imitate.

`python -m tests.security.table` takes some minutes; run it as root on a machine of your own, so that every level
and every attack can be shown. It exits with 1 when an attack succeeded where it is not said to.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tests.security import runner
from tests.security.attack import FAMILIES, Attack
from tests.security.attacks import ATTACKS

TARGET = Path(__file__).parents[2] / "docs" / "security-table.md"
_HEADINGS = {
    "naive": "ordinary grader",
    "none": "no walls",
    "A": "A, root",
    "A user": "A, user",
    "A′": "A′",
    "B": "B",
    "C": "C",
    "here": "this machine",
}
_KEPT, _BROKEN = "·", "**✗**"


def main() -> int:
    """Run everything, write the table; returns the exit status."""
    runs = [runner.outcomes(level, _ids(level)) for level in (*runner.CONTROLS, *runner.machines())]
    TARGET.write_text("\n".join(_page(runs)) + "\n", encoding="utf-8")
    surprises = list(_surprises(runs))
    print(*surprises, f"{TARGET}: {len(ATTACKS)} attacks × {len(runs)} levels.", sep="\n")
    return 1 if surprises else 0


def _ids(level: str) -> list[str]:
    """The ordinary grader is attacked only by what needs it: the rest would do the same as without walls."""
    return [attack.id for attack in ATTACKS if level != "naive" or attack.control == "naive"]


def _surprises(runs: Iterable[runner.Run]) -> Iterator[str]:
    for run in runs:
        if run.level in runner.CONTROLS:
            continue
        for attack in ATTACKS:
            seen = run.seen[attack.id]
            if seen.harm and run.reached not in attack.succeeds:
                yield f"{attack.id} at {run.level}: {'; '.join(seen.harm)}"
            for sentence in (*seen.lost, *seen.spoiled):
                yield f"{attack.id} at {run.level}: {sentence[:200]}"
        yield from (f"left behind at {run.level}: {what}" for what in run.remains)


def _page(runs: Sequence[runner.Run]) -> Iterator[str]:
    yield "# Attacks × levels"
    yield ""
    yield (
        f"Written by `python -m tests.security.table` on Linux {platform.release()}, {platform.machine()}. "
        f"{len(ATTACKS)} attacks. ✗: the attack did what it tried. {_KEPT}: it did not. Empty: not run there. "
        "[security.md](security.md) says what the levels are and how success is seen."
    )
    yield ""
    yield "| | " + " | ".join(_HEADINGS[run.level] for run in runs) + " |"
    yield "|---|" + "---|" * len(runs)
    yield "| attacks that succeeded | " + " | ".join(str(_successes(run)) for run in runs) + " |"
    yield ""
    for run in runs:
        if run.isolation:
            yield f"- {_HEADINGS[run.level]}: {run.isolation}"
    yield from _known()
    for name, members in groupby(ATTACKS, key=lambda attack: attack.family):
        yield from _family(name, list(members), runs)


def _known() -> Iterator[str]:
    """What is known to succeed, and why."""
    yield ""
    for attack in ATTACKS:
        if attack.succeeds:
            yield f"- {attack.id} succeeds at level {' and '.join(attack.succeeds)}: {attack.because}."


def _family(name: str, attacks: Sequence[Attack], runs: Sequence[runner.Run]) -> Iterator[str]:
    yield ""
    yield f"## {FAMILIES[name]}"
    yield ""
    yield "| attack | it tries to | " + " | ".join(_HEADINGS[run.level] for run in runs) + " |"
    yield "|---|---|" + ":-:|" * len(runs)
    for attack in attacks:
        cells = (_cell(run.seen.get(attack.id)) for run in runs)
        yield f"| {attack.id} | {attack.tries} | " + " | ".join(cells) + " |"


def _cell(seen: runner.Seen | None) -> str:
    if seen is None:
        return ""
    # Against the ordinary grader, losing the rest of the notebook is a success too.
    return _BROKEN if seen.harm or (seen.level == "naive" and seen.lost) else _KEPT


def _successes(run: runner.Run) -> int:
    return sum(_cell(seen) == _BROKEN for seen in run.seen.values())


if __name__ == "__main__":
    sys.exit(main())
