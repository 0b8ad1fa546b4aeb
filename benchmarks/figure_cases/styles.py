"""Ways to draw panels: the layouts, scalings, colormaps and types that students use.

All of them leave what is shown as it is. Draws; judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from scipy.ndimage import zoom

from autograder.checks.base import Floats
from figure_cases.base import Draw, displayed, unit


def grid(
    panels: Sequence[Floats] | Floats,
    titles: Sequence[str] = (),
    *,
    columns: int = 8,
    rows: int | None = None,
    how: str = "imshow",
    axis: str = "off",
    colorbar: bool = False,
    suptitle: str = "",
    **drawn: Any,
) -> None:
    """A grid of subplots, one panel each."""
    count = rows or -(-len(panels) // columns)
    figure, axes = plt.subplots(count, columns, figsize=(columns, count + 0.5), squeeze=False)
    for place, panel in enumerate(axes.flat):
        panel.axis(axis)
        if place < len(panels):
            image = getattr(panel, how)(panels[place], **drawn)
            if titles:
                panel.set_title(titles[place])
            if colorbar:
                figure.colorbar(image, ax=panel)
    if suptitle:
        figure.suptitle(suptitle)
    plt.show()


def displayed_grid(panels: Sequence[Floats] | Floats, **drawn: Any) -> None:
    """A grid in a figure that is displayed as a value and used again: making Axes is what takes time."""
    figure = _kept(len(panels))
    for axes, panel in zip(figure.axes, panels, strict=True):
        axes.imshow(panel, **drawn)
    displayed(figure)
    for axes in figure.axes:
        axes.images[0].remove()


@lru_cache
def _kept(count: int) -> Figure:
    figure = Figure()
    side = int(np.ceil(np.sqrt(count)))
    for index in range(count):
        row, column = divmod(index, side)
        figure.add_axes((column / side, 1 - (row + 1) / side, 0.9 / side, 0.9 / side))
    return figure


def subplot_by_subplot(panels: Floats, **drawn: Any) -> None:
    """As in tutorials: `plt.subplot(rows, columns, index)`, ticks removed."""
    columns = int(np.ceil(np.sqrt(len(panels))))
    plt.figure(figsize=(8, 8))
    for index, panel in enumerate(panels, 1):
        plt.subplot(-(-len(panels) // columns), columns, index)
        plt.imshow(panel, **drawn)
        plt.xticks([])
        plt.yticks([])
    plt.show()


def one_figure_each(panels: Floats, **drawn: Any) -> None:
    for index, panel in enumerate(panels):
        plt.imshow(panel, **drawn)
        plt.title(str(index))
        plt.show()


def column_by_column(panels: Floats, rows: int = 4, **drawn: Any) -> None:
    """Filled downwards: the layout is transposed, the panels are not."""
    columns = -(-len(panels) // rows)
    axes = plt.subplots(rows, columns, squeeze=False)[1]
    for panel, place in zip(panels, axes.T.flat, strict=False):
        place.imshow(panel, **drawn)
    plt.show()


def by_hand(panels: Floats, **drawn: Any) -> None:
    """Axes placed by `add_axes`, from the bottom up, saved and closed."""
    figure = plt.figure(facecolor="gray")
    count = len(panels)
    for index, panel in enumerate(panels):
        axes = figure.add_axes((0.05 + 0.9 * index / count, 0.1, 0.8 / count, 0.8))
        axes.imshow(panel, **drawn)
        axes.set_axis_off()
    plt.close(figure)


def each(change: Callable[[Floats], Floats], panels: Floats) -> list[Floats]:
    return [change(np.asarray(panel)) for panel in panels]


def overall(panels: Floats) -> Floats:
    return (panels - panels.min()) / (panels.max() - panels.min())


def to_bytes(panel: Floats) -> Floats:
    return np.asarray((255 * unit(panel)).astype(np.uint8))


def around_gray(panel: Floats) -> Floats:
    """A standard deviation of 0.1 around 0.5, nothing cut off."""
    return np.asarray(0.5 + 0.1 * (panel - panel.mean()) / (panel.std() + 1e-5))


def textbook(panel: Floats) -> Floats:
    """F. Chollet's deprocessing: a standard deviation of 64 around 128, as bytes; the ends are cut off."""
    standard = (panel - panel.mean()) / (panel.std() + 1e-5)
    return np.asarray(np.clip(64 * standard + 128, 0, 255).astype(np.uint8))


def divided(panel: Floats) -> Floats:
    """Min–max scaled without care: a blank map becomes NaN."""
    with np.errstate(all="ignore"):
        return np.asarray((panel - panel.min()) / (panel.max() - panel.min()))


def mosaic(
    panels: Sequence[Floats] | Floats,
    columns: int,
    pad: int = 0,
    fill: float = 0.0,
    *,
    frame: bool = False,
    downwards: bool = False,
) -> Floats:
    """One image of all panels in reading order, `pad` pixels between them and, framed, around them."""
    stack = np.asarray(panels)
    height, width = stack.shape[1:3]
    rows = -(-len(stack) // columns)
    edge = pad if frame else 0
    shape = (
        rows * (height + pad) - pad + 2 * edge,
        columns * (width + pad) - pad + 2 * edge,
        *stack.shape[3:],
    )
    sheet = np.full(shape, fill, stack.dtype)
    for index, panel in enumerate(stack):
        row, column = (index % rows, index // rows) if downwards else divmod(index, columns)
        top, left = edge + row * (height + pad), edge + column * (width + pad)
        sheet[top : top + height, left : left + width] = panel
    return sheet


def gray(panels: Floats, noun: str) -> Iterator[tuple[str, Draw]]:
    """Ways to draw panels of one channel, (N, H, W)."""
    count = len(panels)
    shuffled = np.random.default_rng(count).permutation(count)
    numbers = [str(index) for index in range(count)]
    strongest = float(np.abs(panels).max())
    upright = panels[:, ::-1]
    yield "as it is, viridis", partial(grid, panels)
    yield "gray", partial(subplot_by_subplot, panels, cmap="gray")
    yield "each scaled to 0…1", partial(grid, each(unit, panels), cmap="gray", columns=4)
    yield "each divided by its range", partial(grid, each(divided, panels), numbers, columns=6)
    yield "all scaled together", partial(grid, overall(panels), vmin=0, vmax=1, cmap="bone")
    yield "standardised", partial(grid, each(around_gray, panels), colorbar=count < 10)
    yield "float64", partial(grid, panels.astype(np.float64), columns=5, axis="on")
    yield "bytes", partial(grid, each(to_bytes, panels), cmap="magma", suptitle="all of them")
    yield "reversed colormap", partial(grid, panels, cmap="gray_r")
    yield "negative in a reversed colormap", partial(grid, -panels, cmap="binary")
    yield "diverging colormap", partial(grid, panels, cmap="RdBu", vmin=-strongest, vmax=strongest)
    yield "matshow", partial(grid, panels, how="matshow")
    yield "pcolormesh", partial(grid, panels, how="pcolormesh", columns=3)
    yield "pcolormesh, turned upright", partial(grid, upright, how="pcolormesh", shading="auto")
    yield "pcolor", partial(grid, upright, how="pcolor")
    yield "origin below", partial(grid, panels, origin="lower")
    yield "shuffled with titles", partial(grid, panels[shuffled], [numbers[place] for place in shuffled])
    yield "backwards", partial(grid, panels[::-1], columns=7)
    yield "empty cells", partial(grid, panels, rows=-(-count // 8) + 2)
    yield "one figure a panel", partial(one_figure_each, panels, cmap="gray")
    yield "column by column", partial(column_by_column, panels)
    yield "one row, added by hand", partial(by_hand, panels, cmap="hot")
    yield "gray in RGB", partial(grid, np.stack([overall(panels)] * 3, -1))
    yield "a channel axis of one", partial(grid, panels[..., None])
    yield "enlarged by repeating", partial(grid, np.kron(panels, np.ones((1, 6, 6))))
    yield "log of the gain", partial(grid, 1e4 * panels - 77)
    if noun == "feature map":
        yield "textbook bytes", partial(grid, each(textbook, panels), cmap="viridis")
        larger = [zoom(panel, 3, order=1, grid_mode=True, mode="nearest") for panel in panels]
        yield "enlarged with interpolation", partial(grid, larger)
        yield "half precision", partial(grid, panels.astype(np.float16))


def coloured(panels: Floats) -> Iterator[tuple[str, Draw]]:
    """Ways to draw RGB panels that hold any values, (N, H, W, 3)."""
    count = len(panels)
    shuffled = np.random.default_rng(count).permutation(count)
    numbers = [f"filter {index}" for index in range(count)]
    scaled = np.array(each(unit, panels))
    by_channel = np.stack([each(unit, panels[..., channel]) for channel in range(3)], -1)
    strongest = np.abs(panels).max()
    yield "each scaled to 0…1", partial(grid, scaled)
    yield "all scaled together", partial(subplot_by_subplot, overall(panels))
    yield "around gray", partial(grid, 0.5 + panels / (2 * strongest), columns=4)
    yield "channel by channel", partial(grid, by_channel, columns=5)
    yield "bytes", partial(grid, each(to_bytes, panels), numbers)
    yield "whole numbers to 255", partial(grid, (255 * scaled).round().astype(int))
    yield (
        "float64, shuffled, with titles",
        partial(grid, scaled[shuffled].astype(np.float64), [numbers[place] for place in shuffled]),
    )
    yield "opaque", partial(grid, np.concatenate([scaled, np.ones_like(scaled[..., :1])], -1))
    yield "origin below", partial(grid, scaled, origin="lower")
    yield "one figure a panel", partial(one_figure_each, scaled)
    yield "empty cells", partial(grid, scaled, rows=-(-count // 8) + 1)
    yield "column by column", partial(column_by_column, scaled)
    yield "one row, added by hand", partial(by_hand, scaled)
    yield "enlarged by repeating", partial(grid, np.kron(scaled, np.ones((1, 8, 8, 1))))
    yield "half gain", partial(grid, 0.3 + 0.5 * scaled)
    if count > 1:
        yield "one channel", partial(grid, panels[..., 1], cmap="gray")
        yield "mean of the channels", partial(grid, panels.mean(-1), how="matshow")


def mosaics(panels: Floats) -> Iterator[tuple[str, Draw]]:
    """Ways to draw all panels as one image, (N, H, W[, 3])."""
    count, side = len(panels), int(np.ceil(np.sqrt(len(panels))))
    scaled = np.array(each(unit, panels), np.float32)
    ordered = np.random.default_rng(side).permutation(count)

    def show(sheet: Floats, **drawn: Any) -> Draw:
        return partial(grid, [sheet], columns=1, **drawn)

    yield "no gaps", show(mosaic(scaled, side))
    yield (
        "no gaps, as it is" if panels.ndim == 3 else "no gaps, all scaled together",
        show(mosaic(overall(panels), 8), cmap="gray"),
    )
    yield "gaps of 1", show(mosaic(scaled, side, 1))
    yield "white gaps of 2, framed", show(mosaic(scaled, 4, 2, 1.0, frame=True))
    yield "gaps of 3", show(mosaic(scaled, 8, 3, 0.5), colorbar=True)
    yield "gaps of NaN", show(mosaic(scaled, side, 1, np.nan))
    yield "bytes", show(mosaic(np.array(each(to_bytes, panels)), side, 1, 255))
    yield "downwards", show(mosaic(scaled, side, 1, downwards=True))
    yield "shuffled", show(mosaic(scaled[ordered], side, 2))
    yield "one row", show(mosaic(scaled, count, 1))
    yield "enlarged", show(mosaic(scaled, side, 1).repeat(3, 0).repeat(3, 1))
    yield "matshow", show(mosaic(scaled, 4), how="matshow") if panels.ndim == 3 else show(mosaic(scaled, 4))
    halves = [mosaic(half, 4, 1) for half in (scaled[: count // 2], scaled[count // 2 :])]
    yield "two sheets", partial(grid, halves, columns=2)
    yield "textbook", show(_textbook_sheet(panels))


def _textbook_sheet(panels: Floats) -> Floats:
    """Tiles scaled by hand and stacked by hstack and vstack, blank tiles at the end."""
    columns = 6
    blank = np.zeros_like(panels[0])
    padded = [*each(around_gray, panels), *[blank] * (-len(panels) % columns)]
    rows = [np.hstack(padded[start : start + columns]) for start in range(0, len(padded), columns)]
    return np.vstack(rows)
