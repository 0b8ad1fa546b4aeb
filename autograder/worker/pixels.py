"""Small questions about image artists: a copy of what one was given, which way up it is, where it lies.

Pure functions; they neither hook nor draw anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 40_000_000


class TooLargeError(Exception):
    """An image is larger than is kept."""


def copy(data: Any) -> NDArray[Any] | None:
    """A copy of the pixels that a drawing call was given.

    Args:
        data: array, masked array (masked becomes NaN), nested list, tensor or PIL picture.

    Returns:
        (H, W), (H, W, 3) or (H, W, 4) of kind b, i, u or f, its values and dtype as given; None when
        it is nothing of the kind.

    Raises:
        TooLargeError: more than 40 MB.
    """
    array = np.asanyarray(data)
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(np.float64), np.nan)
    array = np.asarray(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        return None
    if array.nbytes > MAX_BYTES:
        raise TooLargeError(f"{array.nbytes // 1_000_000} MB")
    if array.dtype.kind in "biuf":
        return array.copy()
    try:
        return array.astype(np.float64)  # Lists of numbers as objects, bfloat16 and the like.
    except (TypeError, ValueError):
        return None


def flipped(artist: Any, panel: Any, upward: bool | None = None) -> bool:
    """Whether the first row of an image artist is drawn below the last one.

    Args:
        artist: an image or a mesh.
        panel: its Axes, or None for an image on the figure itself.
        upward: whether the rows follow the y axis upwards, where the artist does not tell.
    """
    if panel is None:
        return str(artist.origin) == "lower"
    bottom, top = panel.get_ylim()
    if upward is not None:
        return upward == bool(top > bottom)
    if hasattr(artist, "get_extent"):
        _, _, low, high = artist.get_extent()
        first, last = (high, low) if artist.origin == "upper" else (low, high)
    else:
        rows = artist.get_coordinates()[:, 0, 1]
        first, last = rows[0], rows[-1]
    return bool((last - first) * (top - bottom) > 0)


def position(panel: Any, figure: Any) -> list[float]:
    """Where an Axes lies: left, bottom, width, height as fractions of the whole figure, subfigures or not."""
    locator = panel.get_axes_locator()
    # Grids of axes_grid1 all claim the same place and are put in theirs while drawing.
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    box = locator(panel, renderer) if locator else panel.get_position()
    box = box.transformed(panel.figure.transSubfigure - figure.transFigure)
    return [float(edge) for edge in box.bounds]
