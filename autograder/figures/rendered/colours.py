"""From colours back to numbers: which colormap pixels were drawn with, and where in it each colour lies.

A picture drawn with a reversed colormap has the colours of the plain one, so that its sign is lost; whoever
asks has to allow for both. Knows nothing of panels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from autograder.figures.panels import Floats

MAPS: Final = (
    *("gray", "viridis", "plasma", "inferno", "magma", "cividis", "hot", "bone", "copper", "pink", "jet"),
    *("turbo", "coolwarm", "seismic", "bwr", "RdBu", "Blues", "Greens", "Reds", "Oranges", "Purples"),
    *("YlGnBu", "YlOrRd", "YlOrBr", "BuGn", "BuPu", "GnBu", "PuRd", "RdYlBu", "Spectral", "RdYlGn", "hsv"),
    *("rainbow", "gist_heat", "afmhot", "cubehelix", "cool", "spring", "summer", "autumn", "winter", "PiYG"),
)
"""Colormaps that are recognised, each with its reverse; the plainest first."""

FITS: Final = 4.0
"""Mean distance (of 0…255, in RGB space) up to which colours are of a map."""

_FAR: Final = 32.0
_STRANGE: Final = 16.0
_DARK: Final = 20
_AT_ONCE: Final = 500_000
_SAMPLED: Final = 1500


@dataclass(frozen=True, eq=False)
class Scale:
    """One colormap: its colours as points."""

    name: str
    tree: cKDTree

    def located(self, colours: Floats) -> tuple[Floats, Floats]:
        """Of colours (N, 3): how far each is from the map, 0…32, and where its nearest entry is, 0…1."""
        far, places = self.tree.query(colours)
        return np.minimum(far, _FAR), places / (self.tree.n - 1)

    def darker(self, pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which pixels (h, w, 3) are, or touch, what no mixture of its colours gives: black words, (h, w)."""
        least = float(self.tree.data.max(axis=1).min())
        return np.asarray(ndimage.binary_dilation(pixels.max(axis=2) < least - _DARK, iterations=1))


@cache
def scales() -> tuple[Scale, ...]:
    """All maps, with their 256 entries each."""
    import matplotlib  # Imported late: only pictures need the tables.

    steps = np.linspace(0, 1, 256)
    return tuple(Scale(name, cKDTree(255.0 * matplotlib.colormaps[name](steps)[:, :3])) for name in MAPS)


def fitting(pixels: Floats, likely: Scale | None = None) -> Scale | None:
    """The colormap that some pixels were drawn with; None if they were drawn with none.

    Args:
        pixels: colours, (N, 3), 0…255; most of them, not all, have to be of the map.
        likely: a map that is taken without looking for a better one, if it fits.
    """
    if not len(pixels):
        return None
    some, counts = np.unique(pixels[:: max(1, len(pixels) // _SAMPLED)], axis=0, return_counts=True)
    # What is rare tells maps apart that share their ends.
    rare = np.sqrt(counts) / np.sqrt(counts).sum()

    def fits(scale: Scale) -> tuple[float, float]:
        far = scale.located(some)[0]
        return float(far @ rare), float(far @ counts) / int(counts.sum())

    if likely is not None and max(fits(likely)) <= FITS:
        return likely
    _, usual, best = min(
        ((*fits(scale), index) for index, scale in enumerate(scales())), key=lambda one: one[::2]
    )
    return scales()[best] if usual <= FITS else None


def numbers(pixels: Floats, scale: Scale) -> tuple[Floats, NDArray[np.bool_]]:
    """Where in a map each colour of a picture lies.

    Args:
        pixels: uint8 colours, (…, 3).
        scale: the map.

    Returns:
        The places, (…), 0…255 float32; and which colours are none of the map, such as words drawn over it.
    """
    flat = pixels.reshape(-1, 3)
    found, strange = np.empty(len(flat), np.float32), np.empty(len(flat), np.bool_)
    for first in range(0, len(flat), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        packed = flat[part].astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        # Few colours occur many times each.
        different, which = np.unique(packed, return_inverse=True)
        colours = np.stack([different >> 16, different >> 8 & 255, different & 255], axis=1)
        far, places = scale.located(colours.astype(np.float64))
        found[part], strange[part] = (255.0 * places)[which], (far > _STRANGE)[which]
    return found.reshape(pixels.shape[:-1]), strange.reshape(pixels.shape[:-1])
