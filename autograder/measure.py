"""How much of one figure, and of saved pictures, crosses: a worker keeps no more, and a judge takes no more.

Numbers, and who counts with them; imports nothing of the project.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

# A frame takes 4 MB of JSON and 64 MB of arrays: an Axes takes up to 500 bytes of JSON, a drawn thing 350,
# a bar 11, words 100, a tick 40, a character up to 12, and a number 8 bytes. What a judge computes of an
# image's numbers takes ten times the room of a float64 each.
MOST: Final = {
    "numbers in images": 12_000_000,
    "bytes of images": 46_000_000,
    "numbers": 2_000_000,
    "Axes": 2_000,
    "artists": 3_000,
    "bars": 20_000,
    "words": 8_000,
    "ticks": 20_000,
    "characters": 100_000,
}
"""Of one figure, by kind; the bins of histograms are bars, and images are artists, too."""

MOST_PIXELS: Final = 4_000_000
"""Height × width of one image."""

MOST_PICTURES: Final = {"its cell": 20, "the notebook": 200}
"""Saved pictures, by what they are saved in."""

MOST_PIXELS_OF_PICTURES: Final = {"its cell": 20_000_000, "the notebook": 64_000_000}
"""Height × width of all saved pictures together, three bytes each."""


class PictureRoom:
    """How much room there still is for the saved pictures of one notebook."""

    def __init__(self) -> None:
        self._pictures: Counter[int] = Counter()  # By cell.
        self._pixels: Counter[int] = Counter()

    def lacks(self, cell: int, pixels: int) -> str:
        """Take a picture in, or say what has no room for it.

        Args:
            cell: the index of its cell.
            pixels: height × width.

        Returns:
            "its cell", "the notebook", or "" when it was taken in.
        """
        for place, pictures, sum_of_pixels in (
            ("its cell", self._pictures[cell], self._pixels[cell]),
            ("the notebook", self._pictures.total(), self._pixels.total()),
        ):
            if pictures == MOST_PICTURES[place] or sum_of_pixels + pixels > MOST_PIXELS_OF_PICTURES[place]:
                return place
        self._pictures[cell] += 1
        self._pixels[cell] += pixels
        return ""
