"""Small questions about image artists: a copy of what one was given, its colours, which way up it is.

Pure functions; they neither hook nor draw anything.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.colors import Normalize
from numpy.typing import NDArray
from PIL import Image

from autograder.measure import MOST_PIXELS

MAX_BYTES = 40_000_000
"""Of one image."""

_KEPT_MODES = ("1", "L", "I", "F", "RGB", "RGBA")
_CLEAR_MODES = ("LA", "La", "PA", "RGBa")


class TooLargeError(Exception):
    """An image is larger than is kept."""


def copy(data: Any) -> NDArray[Any] | None:
    """A copy of the pixels that a drawing call was given.

    Args:
        data: array, masked array (masked becomes NaN), nested list, tensor or PIL picture.

    Returns:
        (H, W), (H, W, 3) or (H, W, 4) of kind b, i, u or f, its values and dtype as given; None when
        it is nothing of the kind. Of a PIL picture with a palette or of rarer colours, RGB or RGBA.

    Raises:
        TooLargeError: more than 40 MB, or more pixels than a judge takes.
    """
    if isinstance(data, Image.Image):
        data = _plain_picture(data)
    array = np.asanyarray(data)
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        array = np.ma.filled(array.astype(np.float64), np.nan)
    array = np.asarray(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        return None
    if array.nbytes > MAX_BYTES:
        raise TooLargeError(f"{array.nbytes // 1_000_000} MB")
    if array.shape[0] * array.shape[1] > MOST_PIXELS:
        raise TooLargeError(f"{array.shape[1]} × {array.shape[0]} pixels")
    if array.dtype.kind in "biuf":
        return array.copy()
    try:
        return array.astype(np.float64)  # Lists of numbers as objects, bfloat16 and the like.
    except (TypeError, ValueError):
        return None


def _plain_picture(picture: Image.Image) -> Image.Image:
    """A picture whose array holds what it shows: no palette, and no colours but gray and RGB."""
    # Sixteen-bit grays are modes of their own: "I;16", "I;16B", …
    if picture.mode in _KEPT_MODES or picture.mode.startswith("I;16"):
        return picture
    if picture.width * picture.height > MOST_PIXELS:
        raise TooLargeError(f"{picture.width} × {picture.height} pixels")
    clear = picture.mode in _CLEAR_MODES or "transparency" in picture.info
    return picture.convert("RGBA" if clear else "RGB")


def limits(artist: Any) -> tuple[float | None, float | None]:
    """Colour limits that differ from the range of what an image shows now, so that somebody chose them.

    Those of the range itself, and all of images that have no linear scale, are None.
    """
    shown = artist.get_array()
    if type(artist.norm) is not Normalize or shown is None or np.ndim(shown) > 2 or not np.size(shown):
        return None, None
    low, high = finite(artist.norm.vmin), finite(artist.norm.vmax)
    return None if low == np.min(shown) else low, None if high == np.max(shown) else high


def finite(value: Any) -> float | None:
    """A limit of a colour scale as a float; None when there is none."""
    number = math.nan if value is None or value is np.ma.masked else float(value)
    return number if math.isfinite(number) else None


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
