"""Draws a figure record with matplotlib again, as far as it tells; what it does not tell takes defaults.

Not told are styles (widths, markers, transparency), a legend's place, the ticks without labels, and where
words on the figure itself stand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from autograder import evidence


def rebuild(record: evidence.Figure) -> Figure:
    """The figure, without a canvas that draws; its Axes are in the order of the record."""
    figure = Figure(figsize=record.size)
    if record.suptitle:
        figure.suptitle(record.suptitle)
    mapped = None
    for axes in record.axes:
        panel = figure.add_axes(axes.position)
        if axes.decoration and mapped is not None:
            figure.colorbar(mapped, cax=panel)
            continue
        drawn = [_image(image, panel) for image in axes.images]
        mapped = drawn[-1] if drawn else mapped
        _draw(axes, panel)
        _words(axes, panel)
    return figure


def _image(image: evidence.Image, panel: Any) -> Any:
    style = {"cmap": image.cmap or None, "vmin": image.vmin, "vmax": image.vmax}
    if image.call in ("pcolormesh", "pcolor"):
        return panel.pcolormesh(image.pixels, **style)
    return panel.imshow(image.pixels, origin="lower" if image.flipped else "upper", **style)


def _draw(axes: evidence.Axes, panel: Any) -> None:
    for line in axes.lines:
        color = line.color or None
        if line.points:
            panel.scatter(line.x, line.y, c=color, label=line.label)
        else:
            panel.plot(line.x, line.y, color=color, label=line.label)
    for bars in axes.bars:
        for place, length, start, color in zip(
            bars.positions, bars.lengths, bars.starts, bars.colors, strict=True
        ):
            # Of no width, so that its middle is where the record says, to the last bit.
            frame = ((start, place), length, 0) if bars.horizontal else ((place, start), 0, length)
            panel.add_patch(Rectangle(*frame, color=color or None))
    for histogram in axes.histograms:
        # As `hist` itself draws them, to the last bit.
        widths = np.diff(histogram.edges)
        panel.bar(
            histogram.edges[:-1] + 0.5 * widths, histogram.counts, widths, color=histogram.color or None
        )


def _words(axes: evidence.Axes, panel: Any) -> None:
    panel.set_title(axes.title, color=axes.title_color or "black")
    for word in axes.words:
        panel.text(word.x, word.y, word.text, color=word.color or "black")
    for name, axis in (("x", axes.x), ("y", axes.y)):
        if axis.scale != "linear":
            panel.set(**{f"{name}scale": axis.scale})
        places, labels = [place for place, _ in axis.ticks], [label for _, label in axis.ticks]
        getattr(panel, f"set_{name}ticks")(places, labels=labels)
        panel.set(**{f"{name}lim": axis.limits, f"{name}label": axis.label})
    if axes.legend:
        samples = [Line2D([], []) for _ in axes.legend]
        panel.legend(samples, axes.legend, title=axes.legend_title or None)


def outcome(check: Any, panel: Any) -> str:
    """What an assertion says of an Axes: "passed", or the class of what it raised."""
    try:
        with np.errstate(all="ignore"):
            check(panel)
    except Exception as error:
        return type(error).__name__
    return "passed"
