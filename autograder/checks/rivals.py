"""The student's other networks: what a figure may be about by mistake.

They run only when a figure is wrong, in their own process like every submitted network; one that cannot be
run is passed over, since the check is not about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from autograder.checks.base import ModelRefusedError, Oracle, Subject
from autograder.evidence import Model, QuestionEvidence

T = TypeVar("T")

MOST: Final = 4
"""Networks that are tried."""


def rivals(
    question: QuestionEvidence, name: str, oracle: Oracle, compute: Callable[[Subject], T]
) -> Callable[[], Iterator[tuple[str, T]]]:
    """What other networks give in the place of one.

    Args:
        question: with what was captured and handed in.
        name: the variable of the network that is asked for.
        oracle: runs networks.
        compute: what is compared.

    Returns:
        To be called when it is needed: names of networks, and what is computed of each.
    """
    models = {other: trained.model for other, trained in question.trained.items()}
    models |= {other: value for other, value in question.values.items() if isinstance(value, Model)}

    def tried() -> Iterator[tuple[str, T]]:
        for other in [one for one in models if one != name][:MOST]:
            try:
                found = compute(oracle.subject(models[other]))
            except ModelRefusedError:
                continue
            yield other, found

    return tried
