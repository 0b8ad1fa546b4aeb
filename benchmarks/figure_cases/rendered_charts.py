"""Curves, bars and histograms of the assignments, and the styles in which their pictures are read back.

Right figures are those of the solutions in every style; wrong ones have the usual mistakes, each in one
style. Draws; judges nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from autograder.checks.base import Floats
from autograder.evidence import Figure
from figure_cases import numbers
from figure_cases.base import Case, Draw, World, recorded

TUNED: Final = ("weights-and-activations/curves", "mnist-cnn/first_curves", "mnist-cnn/improved_curves")
"""Questions on whose curves the thresholds of curves were chosen. When they were set last, and the code for
thick lines and markers was written, figures of the others had been looked at, too."""

WORDS: Final = (
    "swapped_split",
    "swapped_metrics",
    "legend_order",
    "unlabelled",
    "swapped_groups",
    "shifted_labels",
)
"""Mistakes that only words show: labels, legends, titles, the numbers at ticks."""


@dataclass(frozen=True)
class Style:
    """How a chart is drawn.

    Attributes:
        sheet: one of matplotlib's style sheets.
        dpi: dots per inch.
        size: inches.
        rc: matplotlib's settings beside it.
        layout: of curves: "two" plots, "four", "one", "twin" axes, "figures" apart.
        line: keywords for training and validation lines.
        grid, tight: whether there are such.
        legend: where it stands: "best", "outside", "" for none.
        scale: of the values of curves.
    """

    sheet: str = "default"
    dpi: int = 100
    size: tuple[float, float] = (10, 3.4)
    rc: Mapping[str, Any] = field(default_factory=dict)
    layout: str = "two"
    line: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})
    grid: bool = False
    tight: bool = False
    legend: str = "best"
    scale: str = "linear"


STYLES: Final[dict[str, Style]] = {
    "plain": Style(),
    "72 dpi": Style(dpi=72),
    "150 dpi": Style(dpi=150),
    "grid": Style(grid=True),
    "ggplot": Style(sheet="ggplot"),
    "seaborn, dark grid": Style(sheet="seaborn-v0_8-darkgrid"),
    "seaborn, white grid, tight": Style(sheet="seaborn-v0_8-whitegrid", tight=True),
    "dark background": Style(sheet="dark_background"),
    "bmh": Style(sheet="bmh"),
    "fivethirtyeight": Style(sheet="fivethirtyeight"),
    "markers": Style(line=({"marker": "o"}, {"marker": "s"})),
    "validation dashed": Style(line=({}, {"linestyle": "--"})),
    "red and blue, thick": Style(line=({"color": "r", "linewidth": 3}, {"color": "b", "linewidth": 3})),
    "logarithmic": Style(scale="log"),
    "legend outside, tight": Style(legend="outside", tight=True, size=(12, 3.4)),
    "no legend, coloured face": Style(
        legend="", rc={"figure.facecolor": "#ffeedd", "axes.facecolor": "#ddeeff"}
    ),
    "four plots": Style(layout="four", size=(9, 7)),
    "figures apart": Style(layout="figures", size=(6.4, 4.8)),
    "one plot": Style(layout="one", size=(6.4, 4.8)),
    "twin axes": Style(layout="twin", size=(6.4, 4.8)),
}
"""By name."""

_PLAIN: Final = tuple(list(STYLES)[:10])
"""Styles of wrong figures, which have layouts of their own."""


def cases(world: World) -> Iterator[tuple[str, Case]]:
    """All figures, each with the name of its style."""
    turn = count()
    for place, one in _first(numbers._curves(world)):
        for name in STYLES:
            yield name, replace(one, style=name, draw=_curves(place, one, STYLES[name]))
    for maker in (numbers._histograms, numbers._bars):
        for place, one in _first(maker(world)):
            draw = one.draw if place.endswith("digit") else _zeros(world)
            for name in _PLAIN:
                yield name, replace(one, style=name, draw=draw)
    for maker in (numbers._curves, numbers._histograms, numbers._bars):
        for one in maker(world):
            if one.mistake:
                yield _PLAIN[next(turn) % len(_PLAIN)], one


def drawn(case: Case, style: Style) -> tuple[list[Figure], list[Floats]]:
    """Draw a case.

    Returns:
        The figures as they are captured, and their pictures as notebooks save them, (h, w, 3) uint8.
    """
    pictures: list[Floats] = []

    def draw() -> None:
        case.draw()
        for number in plt.get_fignums():
            file = io.BytesIO()
            figure = plt.figure(number)
            # As the inline backend does.
            figure.canvas.print_figure(
                file, dpi=style.dpi, facecolor=figure.get_facecolor(), bbox_inches="tight", format="png"
            )
            pictures.append(np.array(Image.open(file).convert("RGB")))

    with plt.style.context(style.sheet), mpl.rc_context(dict(style.rc)):
        return recorded(draw), pictures


def _first(found: Iterator[Case]) -> Iterator[tuple[str, Case]]:
    """One right case of each question."""
    seen = set()
    for one in found:
        if not one.mistake and one.place not in seen:
            seen.add(one.place)
            yield one.place, one


def _curves(place: str, case: Case, style: Style) -> Draw:
    history = _series(case.values[numbers.CURVES[place]])
    return lambda: _drawn_curves(history, style)


def _series(value: Any) -> dict[str, Floats]:
    return {name: np.array([one.value for one in series.items]) for name, series in value.items}


def _drawn_curves(history: Mapping[str, Floats], style: Style) -> None:
    for axes, names in _plots(style):
        for name in names:
            validation = name.startswith("val_")
            axes.plot(history[name], label=name, **style.line[validation])
        axes.set_xlabel("epoch")
        axes.set_ylabel(names[0])
        axes.set_yscale(style.scale)
        if style.grid:
            axes.grid(visible=True)
        if style.legend == "outside":
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        elif style.legend:
            axes.legend(loc=style.legend)
    if style.tight:
        plt.gcf().tight_layout()


def _plots(style: Style) -> Iterator[tuple[Any, Sequence[str]]]:
    """The Axes, and the series that are drawn in each."""
    pairs = [("loss", "val_loss"), ("accuracy", "val_accuracy")]
    if style.layout == "two":
        yield from zip(plt.subplots(1, 2, figsize=style.size)[1], pairs, strict=True)
    elif style.layout == "four":
        singles = [(name,) for pair in pairs for name in pair]
        yield from zip(plt.subplots(2, 2, figsize=style.size)[1].flat, singles, strict=True)
    elif style.layout == "one":
        yield plt.subplots(figsize=style.size)[1], [name for pair in pairs for name in pair]
    elif style.layout == "twin":
        left = plt.subplots(figsize=style.size)[1]
        yield left, pairs[0]
        right = left.twinx()
        right.set_prop_cycle(color=["tab:green", "tab:red"])
        yield right, pairs[1]
    else:
        for pair in pairs:
            yield plt.subplots(figsize=style.size)[1], pair


def _zeros(world: World) -> Draw:
    """The solution's histogram."""
    oracle = world.oracle("evaluating-cnns")
    model = world.handed_in("evaluating-cnns")["network_a"].model
    column, zeros = oracle.subject(model).probabilities(oracle.images)[:, 0], oracle.labels == 0

    def draw() -> None:
        plt.figure(figsize=(6, 3.4))
        bins = np.linspace(0, 1, 11)
        plt.hist(column[zeros], bins=bins, color="red", alpha=0.5, log=True, label="true zeros")
        plt.hist(column[~zeros], bins=bins, color="blue", alpha=0.5, log=True, label="other digits")
        plt.xlabel("probability of being a zero")
        plt.ylabel("digits")
        plt.legend()

    return draw
