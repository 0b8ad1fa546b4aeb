"""Panels drawn with matplotlib and saved as a notebook saves them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image


def saved(figure: Figure, **how: Any) -> Any:
    """The pixels of a figure's PNG, (h, w, 3) uint8."""
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_figure(file, bbox_inches="tight", format="png", **how)
    return np.array(Image.open(file).convert("RGB"))


def grid(
    panels: Sequence[Any],
    columns: int = 4,
    side: float = 1.5,
    dpi: int = 100,
    change: Callable[[Any, int], object] | None = None,
    face: str = "white",
    spacing: float | None = None,
    **imshow: Any,
) -> Any:
    """The PNG of panels in Axes of their own; `change` is called with each Axes and its number."""
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(side * columns + 0.5, side * rows + 0.5), dpi=dpi, facecolor=face)
    for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        if place >= len(panels):
            axes.set_axis_off()
            continue
        axes.imshow(panels[place], **imshow)
        if change is not None:
            change(axes, place)
    if spacing is not None:
        figure.subplots_adjust(wspace=spacing, hspace=spacing)
    return saved(figure, dpi=dpi, facecolor=face)


def smooth(count: int, side: int, seed: int = 0) -> Any:
    """Panels as networks have them, neighbours somewhat alike: (count, side, side) float32, 0…1."""
    rng = np.random.default_rng(seed)
    rough = rng.random((count, side + 1, side + 1))
    found = rough[:, 1:, 1:] + rough[:, :-1, 1:] + 0.5 * rough[:, 1:, :-1]
    low, high = (getattr(found, end)(axis=(1, 2), keepdims=True) for end in ("min", "max"))
    return ((found - low) / (high - low)).astype(np.float32)


def likeness(one: Any, other: Any) -> float:
    """Correlation of two arrays where both are known, -1…1."""
    known = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[known], other[known])[0, 1])
