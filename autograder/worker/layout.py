"""Where a figure's Axes lie: which there are, insets too, their frames, and the words between them.

Pure functions; they draw nothing and change nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from matplotlib.axes._secondary_axes import SecondaryAxis

Place = tuple[float, float]
Form = TypeVar("Form", bound=Mapping[str, Any])


def panels(figure: Any) -> list[Any]:
    """All Axes of a figure and its subfigures in order of creation, each with its insets after it."""
    return [member for panel in figure.axes for member in _with_insets(panel)]


def _with_insets(panel: Any) -> Iterator[Any]:
    yield panel
    for inset in panel.child_axes:
        if not isinstance(inset, SecondaryAxis):
            yield from _with_insets(inset)


def is_decoration(panel: Any) -> bool:
    """Whether an Axes is a colorbar."""
    return panel.get_label() == "<colorbar>" or hasattr(panel, "_colorbar")


def position(panel: Any, figure: Any) -> list[float]:
    """Where an Axes lies: left, bottom, width, height as fractions of the whole figure, subfigures or not."""
    box = panel.get_position()
    locator = panel.get_axes_locator()
    # Grids of axes_grid1 all claim the same place, and insets the place of nothing, until they are drawn.
    if locator is not None:
        renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
        with suppress(AttributeError):  # Some measure texts, and not every canvas can.
            box = locator(panel, renderer)
    box = box.transformed(panel.figure.transSubfigure - figure.transFigure)
    return [float(edge) for edge in box.bounds]


def label(panel: Any, figure: Any, axis: str) -> str:
    """The words beside an axis: its own label, else that of its subfigure, else the whole figure's.

    Args:
        panel: an Axes.
        figure: which it is in.
        axis: "x" or "y".
    """
    own = str(getattr(panel, f"get_{axis}label")())
    if own or is_decoration(panel):
        return own
    shared = (_shared_label(part, axis) for part in (panel.figure, figure))
    return next((words for text in shared if text is not None and (words := text.get_text())), "")


def _shared_label(part: Any, axis: str) -> Any:
    return getattr(part, f"_sup{axis}label")


def captions(figure: Any) -> Iterator[tuple[str, Place]]:
    """Words written on the figure itself or heading a subfigure, and where they stand, as fractions of it.

    Its title and the labels that all its Axes share are none.
    """
    yield from _captions(figure, figure, getattr(figure, "_suptitle", None))


def _captions(part: Any, figure: Any, title: Any) -> Iterator[tuple[str, Place]]:
    known = [title, *(_shared_label(part, axis) for axis in "xy")]
    for text in part.texts:
        if text.get_text() and not any(text is one for one in known):
            place = text.get_transform().transform(text.get_position())
            x, y = figure.transFigure.inverted().transform(place)
            yield text.get_text(), (float(x), float(y))
    for inner in part.subfigs:
        yield from _captions(inner, figure, None)


def nearest(forms: Iterable[Form], place: Place, shows: Sequence[str]) -> Form:
    """The Axes whose frame is nearest to a place.

    Args:
        forms: of Axes, with their `position`; at least one.
        place: as fractions of the figure.
        shows: names of fields; an Axes of which one is not empty goes before all others.
    """
    forms = list(forms)

    def distance(form: Form) -> float:
        starts, sizes = form["position"][:2], form["position"][2:]
        gaps = [
            max(low - at, at - low - size, 0.0) for at, low, size in zip(place, starts, sizes, strict=True)
        ]
        return math.hypot(*gaps)

    return min([form for form in forms if any(form[key] for key in shows)] or forms, key=distance)
