"""What Keras printed while a network was trained, read back from saved output.

Only ever compared with what was seen here: saved text proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

CONTRADICTION: Final = 0.02
"""A saved number this far from the history's, in every epoch, tells of another training. Progress bars show
four decimals; training metrics of a bar that was cut short may be off a little, but not in all epochs."""

_EPOCH: Final = re.compile(r"^\s*Epoch (\d{1,5})(?:/\d+)?", re.MULTILINE)
_METRIC: Final = re.compile(
    r"\b((?:val_)?[a-z_]*(?:loss|acc(?:uracy)?)): (-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?)"
)


def runs(text: str) -> list[dict[str, list[float]]]:
    """The trainings that a text tells of, each by metric, one number an epoch.

    A training begins where the epochs are counted from 1 again. Of several numbers of one epoch the last
    counts, as in a progress bar. Metrics that lack an epoch are left out.
    """
    marks = list(_EPOCH.finditer(text))
    found: list[list[dict[str, float]]] = []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        shown = {name: float(number) for name, number in _METRIC.findall(text[mark.end() : end])}
        if int(mark[1]) == 1 or not found:
            found.append([])
        found[-1].append(shown)
    return [
        {name: [epoch[name] for epoch in epochs] for name in epochs[0] if all(name in one for one in epochs)}
        for epochs in found
    ]


def contradicts(text: str, history: Mapping[str, Sequence[float]]) -> bool:
    """Whether saved output clearly tells of another training than a history.

    Args:
        text: saved output, plain.
        history: by metric, one number an epoch.

    Returns:
        True when trainings of as many epochs are told of, and each has a metric that differs by more than
        `CONTRADICTION` in every epoch.
    """
    comparable = [
        [
            (told[name], history[name])
            for name in told
            if name in history and len(told[name]) == len(history[name]) > 0
        ]
        for told in runs(text)
    ]
    comparable = [pairs for pairs in comparable if pairs]
    return bool(comparable) and all(any(_apart(*pair) for pair in pairs) for pairs in comparable)


def _apart(told: Sequence[float], seen: Sequence[float]) -> bool:
    return all(abs(one - other) > CONTRADICTION for one, other in zip(told, seen, strict=True))
