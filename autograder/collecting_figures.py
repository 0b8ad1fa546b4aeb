"""From a figure's record to a typed `Figure`: every field is checked, nothing is repaired or drawn.

A figure of the wrong form, or beyond the measure that a worker keeps to, is left out as a whole;
`autograder.collecting` says so in a note. The worker's side of this form is `autograder.worker.figures`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder import fields
from autograder.evidence import (
    Axes,
    Axis,
    Bars,
    EvidenceError,
    Figure,
    Histogram,
    Image,
    Line,
    Rendered,
    Words,
)
from autograder.measure import MOST, MOST_PIXELS

_MAX_ITEMS = 10_000
_MAX_TICKS = 1_000
_MAX_OTHERS = 20
_ENDINGS = ("show", "savefig", "close", "display", "cell")


def figure(form: dict[str, Any]) -> Figure:
    """The figure in a worker's record; `Figure` and what it holds say what each field means.

    Args:
        form: cell, axes, suptitle, size, ended, incomplete; each field of an Axes under its own name.

    Raises:
        EvidenceError: a field is of another form, or there are more of something than a figure may hold.
        KeyError: a field is missing.
    """
    width, height = (fields.number(side) for side in fields.exactly(form["size"], 2))
    return Figure(
        cell=fields.index(form["cell"]),
        axes=_measured([_axes(fields.mapping(axes)) for axes in fields.items(form["axes"], MOST["Axes"])]),
        suptitle=fields.text(form["suptitle"], fields.TITLE),
        size=(width, height),
        ended=fields.choice(form["ended"], _ENDINGS),
        incomplete=fields.boolean(form["incomplete"]),
    )


def _measured(found: Sequence[Axes]) -> tuple[Axes, ...]:
    """The Axes of a figure, which hold no more together than a worker keeps of a figure."""
    used: Counter[str] = Counter()
    for axes in found:
        bars, bins = axes.bars, axes.histograms
        columns = [column for line in axes.lines for column in (line.x, line.y)]
        columns += [column for one in bars for column in (one.positions, one.lengths, one.starts)]
        columns += [column for one in bins for column in (one.values, one.edges, one.counts)]
        used["numbers in images"] += sum(image.pixels.size for image in axes.images)
        used["numbers"] += sum(column.size for column in columns)
        used["artists"] += sum(map(len, (axes.images, axes.lines, bars, bins)))
        used["bars"] += sum(one.positions.size for one in bars) + sum(one.counts.size for one in bins)
    for kind, amount in used.items():
        if amount > MOST[kind]:
            raise EvidenceError(f"more than a figure may hold ({amount:,} {kind})")
    return tuple(found)


def rendered(form: dict[str, Any], executed: bool) -> Rendered:
    """The saved picture in a worker's record.

    Args:
        form: cell, pixels.
        executed: whether the notebook was run, which the judge knows and no worker is asked.

    Raises:
        EvidenceError, KeyError: as for `figure`.
    """
    pixels = fields.array(form["pixels"])
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise EvidenceError("a picture that is not (H, W, 3) of bytes")
    if not 0 < pixels.shape[0] * pixels.shape[1] <= MOST_PIXELS:
        raise EvidenceError("a picture of no or too many pixels")
    return Rendered(fields.index(form["cell"]), pixels, executed)


def _axes(form: dict[str, Any]) -> Axes:
    left, bottom, width, height = (fields.number(edge) for edge in fields.exactly(form["position"], 4))
    xlabel, ylabel = fields.text(form["xlabel"], fields.TITLE), fields.text(form["ylabel"], fields.TITLE)
    return Axes(
        position=(left, bottom, width, height),
        images=tuple(_image(image) for image in _members(form, "images")),
        title=fields.text(form["title"], fields.TITLE),
        xlabel=xlabel,
        ylabel=ylabel,
        texts=tuple(fields.text(text, fields.TITLE) for text in fields.items(form["texts"], _MAX_ITEMS)),
        decoration=fields.boolean(form["decoration"]),
        title_color=fields.color(form["title_color"]),
        lines=tuple(_line(line) for line in _members(form, "lines")),
        bars=tuple(_bars(bars) for bars in _members(form, "bars")),
        histograms=tuple(_histogram(histogram) for histogram in _members(form, "histograms")),
        words=tuple(_words(words) for words in _members(form, "words")),
        x=_axis(fields.mapping(form["x"]), xlabel),
        y=_axis(fields.mapping(form["y"]), ylabel),
        legend=tuple(fields.text(text, fields.TITLE) for text in fields.items(form["legend"], _MAX_ITEMS)),
        legend_title=fields.text(form["legend_title"], fields.TITLE),
        others=tuple(fields.text(name, fields.NAME) for name in fields.items(form["others"], _MAX_OTHERS)),
    )


def _members(form: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [fields.mapping(member) for member in fields.items(form[name], _MAX_ITEMS)]


def _image(form: dict[str, Any]) -> Image:
    pixels = fields.array(form["pixels"])
    if pixels.size == 0 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))):
        raise EvidenceError("an image that is neither (H, W) nor (H, W, 3 or 4)")
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise EvidenceError(f"an image of more than {MOST_PIXELS:,} pixels")
    limits = [None if form[key] is None else fields.number(form[key]) for key in ("vmin", "vmax")]
    return Image(
        pixels=pixels,
        call=fields.text(form["call"], fields.NAME),
        cmap=fields.text(form["cmap"], fields.NAME),
        vmin=limits[0],
        vmax=limits[1],
        flipped=fields.boolean(form["flipped"]),
    )


def _line(form: dict[str, Any]) -> Line:
    x = fields.column(form["x"])
    return Line(
        x=x,
        y=fields.column(form["y"], x.size),
        label=fields.text(form["label"], fields.TITLE),
        color=fields.color(form["color"]),
        points=fields.boolean(form["points"]),
    )


def _bars(form: dict[str, Any]) -> Bars:
    positions = fields.column(form["positions"])
    colors = tuple(fields.color(color) for color in fields.items(form["colors"], MOST["bars"]))
    if len(colors) != positions.size:
        raise EvidenceError("bars and colours that differ in number")
    return Bars(
        positions=positions,
        lengths=fields.column(form["lengths"], positions.size),
        starts=fields.column(form["starts"], positions.size),
        horizontal=fields.boolean(form["horizontal"]),
        colors=colors,
        label=fields.text(form["label"], fields.TITLE),
    )


def _histogram(form: dict[str, Any]) -> Histogram:
    edges = fields.column(form["edges"])
    if edges.size < 2 or not np.all(np.isfinite(edges)) or np.any(edges[1:] < edges[:-1]):
        raise EvidenceError("bins whose edges do not ascend")
    return Histogram(
        values=fields.column(form["values"]),
        edges=edges,
        counts=fields.column(form["counts"], edges.size - 1),
        color=fields.color(form["color"]),
        label=fields.text(form["label"], fields.TITLE),
    )


def _words(form: dict[str, Any]) -> Words:
    return Words(
        x=fields.number(form["x"]),
        y=fields.number(form["y"]),
        text=fields.text(form["text"], fields.TITLE),
        color=fields.color(form["color"]),
    )


def _axis(form: dict[str, Any], label: str) -> Axis:
    low, high = (fields.number(limit) for limit in fields.exactly(form["limits"], 2))
    ticks = [fields.exactly(tick, 2) for tick in fields.items(form["ticks"], _MAX_TICKS)]
    return Axis(
        label=label,
        ticks=tuple((fields.number(place), fields.text(words, fields.TITLE)) for place, words in ticks),
        scale=fields.text(form["scale"], fields.NAME),
        limits=(low, high),
    )
