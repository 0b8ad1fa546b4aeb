"""How a line of some thickness lies in pixels: where the middle of its columns is not on the line itself.

At corners, at the ends, and where it is steep, the middle of the ink in a column of pixels is beside the
course that was drawn; the more so, the thicker the line. Drawn anew with matplotlib's own renderer, with
round corners and square ends as it has by default, a course tells by how much. Judges nothing.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from autograder.figures.panels import Floats

THICKEST: Final = 24.0
"""Pixels; thicker lines are drawn as thick as this."""

MOST_PIXELS: Final = 2_500_000
"""Larger areas are not drawn."""

_FULL: Final = 0.5


def beside(x: Floats, y: Floats, shape: tuple[int, int], thickness: float) -> Floats:
    """By how many rows the middle of the ink lies below a line, in each column; 0 where there is no ink.

    Args:
        x, y: columns and rows of the line's corners, (n,), the middle of the first pixel being 0.
        shape: rows and columns of the area.
        thickness: of the line, in pixels.
    """
    from matplotlib.backends.backend_agg import RendererAgg  # Imported late: only pictures need it.
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform

    height, width = shape
    room = int(THICKEST)
    if (height + 2 * room) * width > MOST_PIXELS or not np.isfinite(y).all():
        return np.zeros(width)
    renderer: Any = RendererAgg(width, height + 2 * room, 72)
    pen = renderer.new_gc()
    pen.set_linewidth(min(thickness, THICKEST))
    pen.set_joinstyle("round")
    pen.set_capstyle("projecting")
    pen.set_snap(False)
    corners = np.stack([x + 0.5, height + room - (np.clip(y, -room, height + room) + 0.5)], axis=1)
    renderer.draw_path(pen, Path(corners), IdentityTransform())
    cover = np.asarray(renderer.buffer_rgba())[..., 3] / 255
    ink = cover.sum(axis=0)
    middle = (np.arange(len(cover)) - room) @ cover / np.maximum(ink, _FULL)
    return np.where(ink > _FULL, middle - np.interp(np.arange(width), x, y), 0.0)
