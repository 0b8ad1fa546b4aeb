"""What a figure's calls were given, and the pictures that a notebook had saved; draws and judges nothing."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.evidence.values import AnyArray


@dataclass(frozen=True, eq=False)
class Image:
    """What one image-drawing call was given, before matplotlib clipped or scaled it.

    Attributes:
        pixels: (H, W), (H, W, 3) or (H, W, 4), the dtype that was passed.
        call: "imshow", "matshow", "pcolormesh", "contourf", …
        cmap: colormap name, "" if none was named.
        vmin, vmax: limits of the colour scale if they were given, in the call or later.
        flipped: True when the first row is drawn at the bottom (origin="lower", pcolormesh, contourf).
    """

    pixels: AnyArray
    call: str
    cmap: str = ""
    vmin: float | None = None
    vmax: float | None = None
    flipped: bool = False


@dataclass(frozen=True, eq=False)
class Line:
    """One line of `plot` (`step`, `errorbar`, `semilogy`, … included), or points.

    A stem plot is the line of its heads; `axhline` and its kind are lines of two points that end where the
    Axes does.

    Attributes:
        x, y: (N,) float64 as they were given, N > 0, NaN and infinities included; strings and dates are
            numbered as matplotlib numbers them.
        label: its entry in a legend (`legend(["train"])` names lines that have no label of their own), else
            its own label, else "".
        color: "#rrggbb", "" when points differ.
        points: True for a `scatter`, and for markers that no line connects.
    """

    x: AnyArray
    y: AnyArray
    label: str = ""
    color: str = ""
    points: bool = False


@dataclass(frozen=True, eq=False)
class Bars:
    """What one `bar` or `barh` call drew.

    Attributes:
        positions: (N,) centres along the category axis, float64.
        lengths: (N,) heights of `bar`, widths of `barh`, float64, may be negative or NaN.
        starts: (N,) where they begin (`bottom` or `left`), float64.
        horizontal: True for `barh`.
        colors: "#rrggbb" of each bar.
        label: as of a `Line`.
    """

    positions: AnyArray
    lengths: AnyArray
    starts: AnyArray
    horizontal: bool = False
    colors: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, eq=False)
class Histogram:
    """One data set of one `hist` call (or `stairs`, or an area filled in steps, of a histogram's counts).

    Attributes:
        values: (N,) what was given, float64; empty when only counts were, also as unequal weights.
        edges: (B + 1,) float64, ascending.
        counts: (B,) heights as drawn, float64; its own also where it is stacked on others.
        color: "#rrggbb", or "".
        label: as of a `Line`.
    """

    values: AnyArray
    edges: AnyArray
    counts: AnyArray
    color: str = ""
    label: str = ""


@dataclass(frozen=True)
class Words:
    """A string written into an Axes.

    Attributes:
        x, y: where, in the Axes' data coordinates; of an annotation, the place that it is about.
        text: what.
        color: "#rrggbb", or "".
    """

    x: float
    y: float
    text: str
    color: str = ""


@dataclass(frozen=True)
class Axis:
    """The x or y axis of an Axes.

    Attributes:
        label: the words beside it (also `Axes.xlabel`, `Axes.ylabel`).
        ticks: (position in data coordinates, words) of its labelled major ticks within the limits; those
            of shared axes also where only an outer Axes shows them.
        scale: "linear", "log", …
        limits: as drawn, the first at the left or bottom; so an inverted axis has the larger one first.
    """

    label: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    scale: str = "linear"
    limits: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Axes:
    """One Axes of a figure.

    Attributes:
        position: (left, bottom, width, height) as fractions of the figure.
        images: in drawing order.
        title, xlabel, ylabel: the words around it; labels that a figure's Axes share are those of each.
        texts: strings written into it.
        decoration: True for a colorbar and the like: not a panel.
        title_color: "#rrggbb", "" for the default.
        lines, bars, histograms: in drawing order; bars that `hist` draws are in `histograms` only.
        words: the visible ones of `texts` again, with their places.
        x, y: the axes. Twins (`twinx`) are Axes of their own at the same position.
        legend: its entries' words, in order.
        legend_title: what stands above them.
        others: class names of visible things in it of which nothing else is said here (contour lines, pies,
            filled areas, surfaces, tables): it may show more than is known.
    """

    position: tuple[float, float, float, float]
    images: tuple[Image, ...] = ()
    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    texts: tuple[str, ...] = ()
    decoration: bool = False
    title_color: str = ""
    lines: tuple[Line, ...] = ()
    bars: tuple[Bars, ...] = ()
    histograms: tuple[Histogram, ...] = ()
    words: tuple[Words, ...] = ()
    x: Axis = Axis()
    y: Axis = Axis()
    legend: tuple[str, ...] = ()
    legend_title: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure as its calls made it; never rendered pixels.

    Attributes:
        cell: index of the notebook cell during which it was finished.
        axes: in order of creation.
        suptitle: the figure's own title.
        size: (width, height) in inches.
        ended: what finished it: "show", "savefig", "close", "display", or "cell" (left open).
        incomplete: something of it was too large to be kept, or it could not be read: what is not here may
            have been drawn all the same.
    """

    cell: int
    axes: tuple[Axes, ...]
    suptitle: str = ""
    size: tuple[float, float] = (6.4, 4.8)
    ended: str = "cell"
    incomplete: bool = False


@dataclass(frozen=True, eq=False)
class Rendered:
    """A picture that the submitted file had saved under a cell, decoded by the worker.

    It is what a student's machine once drew. Where the notebook is executed, only cells that then drew
    nothing send theirs.

    Attributes:
        cell: index of the cell that it is saved under.
        pixels: (H, W, 3) uint8, transparency laid on white.
        executed: the notebook was run here, and the cell drew nothing; False where nothing is executed.
    """

    cell: int
    pixels: AnyArray
    executed: bool = False
