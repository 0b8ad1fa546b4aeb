"""Which words a figure's legends give to which artists.

`plt.legend(["train", "validation"])` names lines without telling them; so a line's name is looked up here.
Draws nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.container import Container
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from autograder.worker import colors, layout
from autograder.worker.remembered import Remembered


class Legends:
    """The visible legends of one figure, at one moment; none until they are read.

    Attributes:
        words: by the id of an Axes, the entries of its legends and those of the figure's legends that name
            its artists, in order.
        titles: by the id of an Axes, the titles of its own legends that have one.
    """

    def __init__(self) -> None:
        self.words: dict[int, list[str]] = {}
        self.titles: dict[int, list[str]] = {}
        self._by_artist: dict[int, str] = {}
        self._by_color: dict[str, str] = {}

    def read(self, figure: Any, remembered: Remembered) -> None:
        """Read them.

        Args:
            figure: whose Axes' and own legends are read.
            remembered: knows what each legend was made for.
        """
        shared = next((panel for panel in figure.axes if not layout.is_decoration(panel)), None)
        for home, legend in _legends(figure):
            if legend.get_visible():
                self._add(legend, home, shared, remembered)

    def _add(self, legend: Any, home: Any, shared: Any, remembered: Remembered) -> None:
        words = [text.get_text() for text in legend.get_texts()]
        if title := legend.get_title().get_text():
            self.titles.setdefault(id(home or shared), []).append(title)
        artists = [reference() for reference in remembered.legends.get(legend, ())]
        if len(artists) != len(words):
            artists = [None] * len(words)
        for text, artist, sample in zip(words, artists, legend.legend_handles, strict=True):
            owner = getattr(artist, "axes", None)
            self.words.setdefault(id(home or owner or shared), []).append(text)
            if owner is not None and not _is_empty(artist):
                self._by_artist[id(artist)] = text
            elif color := _color(sample):
                self._by_color[color] = text  # Made for the legend only; it names what has its colour.

    def label(self, artist: Any, own: Any, color: str) -> str:
        """What an artist is called.

        Args:
            artist: the line, or the first patch of bars.
            own: the label it was given; matplotlib's own ones begin with "_".
            color: its colour.

        Returns:
            Its entry in a legend, else its own label, else the entry of its colour, else "".
        """
        known = self._by_artist.get(id(artist))
        if known is not None:
            return known
        name = "" if own is None or str(own).startswith("_") else str(own)
        return name or self._by_color.get(color, "")


def _legends(figure: Any) -> Iterator[tuple[Any, Any]]:
    """Each legend and the Axes that it stands in, None for the figure's own."""
    for panel in layout.panels(figure):
        current = panel.get_legend()
        kept = [artist for artist in panel.artists if isinstance(artist, Legend) and artist is not current]
        yield from ((panel, legend) for legend in (*kept, current) if legend is not None)
    yield from _own(figure)


def _own(part: Any) -> Iterator[tuple[None, Any]]:
    yield from ((None, legend) for legend in part.legends)
    for inner in part.subfigs:
        yield from _own(inner)


def _is_empty(artist: Any) -> bool:
    """Whether an artist of an Axes shows nothing there; seaborn puts its legends' samples in so."""
    if isinstance(artist, Line2D):
        return not np.isfinite(np.asarray(artist.get_xydata(), np.float64)).any()
    return isinstance(artist, Rectangle) and not (artist.get_width() or artist.get_height())


def _color(sample: Any) -> str:
    """The colour of a legend's sample: of a line, a patch, or points."""
    if isinstance(sample, Container):
        sample = next(iter(sample.get_children()), None)
    if hasattr(sample, "get_facecolor"):
        return colors.of_points(sample) if hasattr(sample, "get_offsets") else colors.of_patch(sample)
    return colors.hexadecimal(sample.get_color()) if hasattr(sample, "get_color") else ""
