"""Pictures as notebooks save them, drawn without pyplot: matrices with numbers, and images in a row."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from PIL import Image


def matrix(cells: Any, numbers: Sequence[Sequence[str]] = (), cmap: str = "viridis", dpi: int = 72) -> Any:
    """A matrix, with numbers in its cells, (h, w, 3) uint8."""
    figure = Figure(figsize=(4, 4))
    axes = figure.subplots()
    axes.imshow(cells, cmap=cmap)
    low, high = np.min(cells), np.max(cells)
    for row, line in enumerate(numbers):
        for column, text in enumerate(line):
            dark = sum(colormaps[cmap]((cells[row][column] - low) / (high - low))[:3]) < 1.5
            color = "white" if dark else "black"
            axes.text(column, row, text, ha="center", va="center", fontsize=9, color=color)
    return _saved(figure, dpi)


def images(panels: Any, titles: Sequence[str] = (), cmap: str = "gray", dpi: int = 100) -> Any:
    """Images beside each other, (h, w, 3) uint8."""
    figure = Figure(figsize=(1.5 * len(panels), 1.5))
    for place, (axes, panel) in enumerate(zip(figure.subplots(1, len(panels)).flat, panels, strict=True)):
        axes.imshow(panel, cmap=cmap)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(titles[place] if titles else "")
    return _saved(figure, dpi)


def _saved(figure: Figure, dpi: int) -> Any:
    file = io.BytesIO()
    figure.savefig(file, dpi=dpi, bbox_inches="tight")
    return np.array(Image.open(file).convert("RGB"))
