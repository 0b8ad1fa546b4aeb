"""Colours of artists as "#rrggbb".

Pure functions; they neither hook nor draw anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib import colors
from matplotlib.collections import Collection


def hexadecimal(color: Any) -> str:
    """Any colour that matplotlib takes, opacity aside; "" for one that is invisible or none."""
    try:
        red, green, blue, opacity = colors.to_rgba(color)
    except (TypeError, ValueError):
        return ""
    return colors.to_hex((red, green, blue)) if opacity > 0 else ""


def of_patch(patch: Any) -> str:
    """What a patch is filled with, else its outline."""
    return hexadecimal(patch.get_facecolor()) or hexadecimal(patch.get_edgecolor())


def of_area(artist: Any) -> str:
    """Of a patch, or of an area that `fill_between` drew."""
    if isinstance(artist, Collection):
        return next((hexadecimal(color) for color in (*artist.get_facecolor(), *artist.get_edgecolor())), "")
    return of_patch(artist)


def of_points(collection: Any) -> str:
    """The one colour of all points of a scatter; "" when they differ or are mapped from numbers."""
    if collection.get_array() is not None:
        return ""
    faces: Sequence[Any] = collection.get_facecolor()
    painted = {hexadecimal(color) for color in (faces if len(faces) else collection.get_edgecolor())}
    return painted.pop() if len(painted) == 1 else ""
