"""How much of one figure crosses: a worker keeps no more of it, and a judge takes no more.

Numbers only; imports nothing.
"""

from __future__ import annotations

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
