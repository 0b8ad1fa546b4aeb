"""How much of one figure is kept, so that its record fits into a frame.

Nothing is thinned out: a thing is kept whole, or left out and a person told. Reads and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable

# A frame takes 4 MB of JSON and 64 MB of arrays, 40 MB of which an image may fill: a drawn thing takes up to
# 350 bytes of JSON, a bar 11, words 100, a tick 40, a character up to 12, and a number 8 bytes.
MOST = {
    "numbers": 2_000_000,
    "artists": 3_000,
    "bars": 20_000,
    "words": 8_000,
    "ticks": 20_000,
    "characters": 100_000,
}


class Allowance:
    """What is left for one figure.

    Args:
        note: takes a remark for people.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._left = dict(MOST)

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
            self._note(
                f"A figure held more than is kept ({MOST[lacking]:,} {lacking}): {what} of it was left out."
            )
            return False
        for key, amount in amounts.items():
            self._left[key] -= amount
        return True
