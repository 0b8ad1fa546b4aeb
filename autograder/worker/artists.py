"""Lines, points, bars and histograms of an Axes, as they are when the figure is finished.

Reads artists without drawing them; what a histogram's values were is remembered from its call. A thing that
cannot be read is left out with a remark. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer, StemContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from numpy.typing import NDArray

from autograder.worker import colors, words
from autograder.worker.allowance import Allowance
from autograder.worker.legends import Legends
from autograder.worker.remembered import Counted, Remembered

Form = dict[str, Any]
Floats = NDArray[np.float64]

_ROUNDING = 1e-9
_MOST_OTHERS = 20
_NO_MARKER = (None, "None", "none", " ", "")


@dataclass(frozen=True)
class Drawn:
    """One thing that was drawn.

    Attributes:
        form: for the record.
        mark: equal for equal data; tells whether a later figure still shows it.
    """

    form: Form
    mark: Hashable


@dataclass(frozen=True)
class Reader:
    """Reads what one figure's Axes show.

    Attributes:
        remembered: the values of histograms.
        legends: of the figure.
        allowance: of the figure.
        note: takes a remark for people.
    """

    remembered: Remembered
    legends: Legends
    allowance: Allowance
    note: Callable[[str], None]

    def lines(self, panel: Any) -> list[Drawn]:
        """Lines and points in drawing order; without the caps of error bars and the baseline of a stem plot.

        What is placed by fractions of the Axes (`axhline`) comes in data coordinates.
        """
        labels, skipped = _of_containers(panel)

        def read(artist: Any) -> Drawn | None:
            own = labels.get(id(artist), artist.get_label())
            if isinstance(artist, PathCollection):
                return self._points(artist, own)
            return self._line(artist, panel, own)

        drawn = (artist for artist in panel.get_children() if isinstance(artist, (Line2D, PathCollection)))
        visible = (artist for artist in drawn if id(artist) not in skipped and artist.get_visible())
        return list(self._each("a line", visible, read))

    def bars(self, panel: Any) -> list[Drawn]:
        """What each `bar` or `barh` call drew and was not removed since, without those of `hist`."""
        containers = [one for one in panel.containers if isinstance(one, BarContainer)]
        return list(self._each("a bar chart", containers, lambda one: self._bars(one, panel)))

    def histograms(self, panel: Any) -> list[Drawn]:
        """Data sets of `hist`, and `stairs`, and areas filled in steps, in drawing order."""
        return list(self._each("a histogram", [*panel.patches, *panel.collections], self._histogram))

    def others(self, panel: Any) -> list[str]:
        """Classes of what an Axes shows beside images, lines, points, bars, histograms and words."""
        held = {id(part) for container in panel.containers for part in container.get_children()}
        known = (self.remembered.images, self.remembered.histograms)
        names = {
            words.cut(type(artist).__name__)
            for artist in (*panel.images, *panel.collections, *panel.patches, *panel.tables)
            if artist.get_visible()
            and id(artist) not in held
            and not isinstance(artist, (PathCollection, StepPatch))
            and not any(artist in one for one in known)
        }
        return sorted(names)[:_MOST_OTHERS]

    def _each(
        self, what: str, artists: Iterable[Any], read: Callable[[Any], Drawn | None]
    ) -> Iterator[Drawn]:
        for artist in artists:
            try:
                drawn = read(artist)
            except Exception as error:  # Student code may have put anything into an artist.
                self.note(f"Of a figure, {what} could not be read ({type(error).__name__}).")
                self.allowance.exceeded = True
                continue
            if drawn is not None:
                yield drawn

    def _line(self, line: Any, panel: Any, own: Any) -> Drawn | None:
        raw = np.array([line.get_xdata(orig=False), line.get_ydata(orig=False)], np.float64)
        x, y = raw if line.get_transform() is panel.transData else _in_data(line, panel, raw)
        points = line.get_linestyle() == "None" and line.get_marker() not in _NO_MARKER
        color = line.get_markerfacecolor() if points else line.get_color()
        return self._curve(line, raw, x, y, own, colors.hexadecimal(color), points=points)

    def _points(self, collection: Any, own: Any) -> Drawn | None:
        places = np.ma.filled(np.ma.asarray(collection.get_offsets(), np.float64), np.nan)
        x, y = raw = np.array(places.T)
        return self._curve(collection, raw, x, y, own, colors.of_points(collection), points=True)

    def _curve(
        self, artist: Any, raw: Floats, x: Floats, y: Floats, own: Any, color: str, *, points: bool
    ) -> Drawn | None:
        label = self.legends.label(artist, own, color)
        if not raw.size or not self.allowance.take(
            "a line", numbers=raw.size, artists=1, characters=len(label)
        ):
            return None
        form = {"x": x.copy(), "y": y.copy(), "label": label, "color": color, "points": points}
        return Drawn(form, ("line", hash(raw.tobytes())))

    def _bars(self, container: Any, panel: Any) -> Drawn | None:
        patches = [
            patch
            for patch in container.patches
            if isinstance(patch, Rectangle) and patch.axes is panel and patch.get_visible()
        ]
        if not patches or container.patches[0] in self.remembered.histograms:
            return None
        sides = np.array(
            [[one.get_x(), one.get_width(), one.get_y(), one.get_height()] for one in patches], np.float64
        )
        horizontal = container.orientation == "horizontal"
        x, width, y, height = sides.T
        position, lengths, starts = (y + height / 2, width, x) if horizontal else (x + width / 2, height, y)
        painted = [colors.of_patch(patch) for patch in patches]
        label = self.legends.label(patches[0], container.get_label(), painted[0])
        taken = self.allowance.take(
            "a bar chart", numbers=sides.size, bars=len(patches), artists=1, characters=len(label)
        )
        if not taken:
            return None
        form = {
            "positions": position,
            "lengths": lengths.copy(),
            "starts": starts.copy(),
            "horizontal": horizontal,
            "colors": painted,
            "label": label,
        }
        return Drawn(form, ("bars", hash(sides.tobytes())))

    def _histogram(self, patch: Any) -> Drawn | None:
        counted = self.remembered.histograms.get(patch)
        if counted is None and isinstance(patch, StepPatch):
            counted = _of_stairs(patch)
        if counted is None or not patch.get_visible():
            return None
        color = colors.of_area(patch)
        label = self.legends.label(patch, patch.get_label(), color)
        arrays = (counted.values, counted.edges, counted.counts)
        taken = self.allowance.take(
            "a histogram",
            numbers=sum(map(np.size, arrays)),
            bars=len(counted.counts),
            artists=1,
            characters=len(label),
        )
        if not taken:
            return None
        names = ("values", "edges", "counts")
        form = {**dict(zip(names, arrays, strict=True)), "color": color, "label": label}
        return Drawn(form, ("histogram", *(hash(array.tobytes()) for array in arrays)))


def _of_containers(panel: Any) -> tuple[dict[int, Any], set[int]]:
    """Labels of lines whose container holds them, and lines that are no data, by the artists' ids."""
    labels: dict[int, Any] = {}
    skipped: set[int] = set()
    for container in panel.containers:
        if isinstance(container, ErrorbarContainer):
            data, caps, _ = container.lines
            skipped |= {id(cap) for cap in caps}
            labels[id(data)] = container.get_label()
        elif isinstance(container, StemContainer):
            skipped.add(id(container.baseline))
            labels[id(container.markerline)] = container.get_label()
    return labels, skipped


def _in_data(line: Any, panel: Any, raw: Floats) -> Floats:
    """(2, N) in data coordinates, of a line whose places are given otherwise; exact where they are not."""
    placed = panel.transData.inverted().transform(line.get_transform().transform(raw.T)).T
    return np.where(np.isclose(placed, raw, rtol=_ROUNDING, atol=_ROUNDING), raw, placed)


def _of_stairs(patch: StepPatch) -> Counted:
    values, given, baseline = patch.get_data()
    edges = np.array(given, np.float64)
    heights = np.ma.filled(np.ma.asarray(values, np.float64), np.nan)
    counts = heights - (0 if baseline is None else np.asarray(baseline, np.float64))
    if edges[0] > edges[-1]:
        edges, counts = edges[::-1].copy(), counts[::-1].copy()
    if not np.all(np.diff(edges) >= 0):
        raise ValueError("edges that do not ascend")
    return Counted(np.zeros(0), edges, counts)
