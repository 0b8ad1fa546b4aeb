"""What is left of the measure of one figure, so that its record fits into a frame and a judge takes it.

Nothing is thinned out: a thing is kept whole, or left out and a person told. Reads and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from autograder.measure import MOST


class Allowance:
    """What is left for one figure.

    Args:
        note: takes a remark for people.

    Attributes:
        exceeded: whether something was left out; also set where something could not be read.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._left = dict(MOST)
        self.exceeded = False

    def take(self, what: str, **amounts: int) -> bool:
        """Take some of what is left; all or nothing.

        Args:
            what: is to be kept, for the remark: "a line".
            amounts: by a key of `MOST`.

        Returns:
            Whether there is room for it; if not, a remark was made.
        """
        lacking = next((key for key, amount in amounts.items() if amount > self._left[key]), None)
        if lacking is not None:
            self.exceeded = True
            self._note(
                f"A figure held more than is kept ({MOST[lacking]:,} {lacking}): {what} of it was left out."
            )
            return False
        for key, amount in amounts.items():
            self._left[key] -= amount
        return True
