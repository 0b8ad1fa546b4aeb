"""What calls were given and artists do not keep: pixels, the values of a histogram, a legend's owners.

Everything is held by weak references to the artists, so that a figure lives no longer for it. The methods
named `on_…` are hooks, called after the call whose result comes first; they change nothing.
"""

from __future__ import annotations

import inspect
import itertools
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib import axes, image
from matplotlib.artist import Artist
from matplotlib.container import Container
from numpy.typing import NDArray

from autograder.worker import pixels

MOST_VALUES = 1_000_000
"""Values kept of one data set of a histogram."""

_HIST = inspect.signature(axes.Axes.hist)
_FILLS = {name: inspect.signature(getattr(axes.Axes, name)) for name in ("fill_between", "fill_betweenx")}

Floats = NDArray[np.float64]


@dataclass
class Pixels:
    """What an image artist was given.

    Attributes:
        serial: counts up; tells one content from another.
        pixels: a copy, or None when it does not cross.
        call: the method that drew it.
        cmap, vmin, vmax: as named in that call; what was set later is asked of the artist.
        upward: whether the rows follow their axis upwards; None where the artist tells.
    """

    serial: int
    pixels: NDArray[Any] | None
    call: str = "imshow"
    cmap: str = ""
    vmin: float | None = None
    vmax: float | None = None
    upward: bool | None = None


@dataclass(frozen=True)
class Counted:
    """What one data set of a `hist` call was given and came to.

    Attributes:
        values: (N,) as given; empty when they do not make the counts alone (weights) or are too many.
        edges: (B + 1,).
        counts: (B,) its own heights, also when it is stacked on others.
    """

    values: Floats
    edges: Floats
    counts: Floats


class Remembered:
    """What was given so far.

    Args:
        note: takes a remark for people.

    Attributes:
        images: by image or mesh.
        histograms: by the first patch of each data set, or by the area between steps.
        legends: by legend, for each entry the artist that it was made for; for a dead one a dead reference.
    """

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._serials = itertools.count(1)
        self.images: WeakKeyDictionary[Any, Pixels] = WeakKeyDictionary()
        self.histograms: WeakKeyDictionary[Any, Counted] = WeakKeyDictionary()
        self.legends: WeakKeyDictionary[Any, list[Callable[[], Any]]] = WeakKeyDictionary()

    def on_set_data(self, _: None, artist: Any, data: Any, *args: Any) -> None:
        """After `set_data` of an image."""
        if args or not isinstance(artist, image._ImageBase):
            return  # NonUniformImage and its kind: coordinates first; not an image of pixels.
        self._renew(artist, data)

    def on_set_array(self, _: None, mesh: Any, data: Any) -> None:
        """After `set_array` of a mesh, as its maker calls it or student code; flat data get its shape."""
        rows, columns = (count - 1 for count in mesh.get_coordinates().shape[:2])
        self._renew(mesh, np.reshape(data, (rows, columns)) if np.ndim(data) == 1 else data, "pcolormesh")

    def on_image(self, call: str, artist: Any, _: Any, *args: Any, **kwargs: Any) -> None:
        """After a call that draws pixels, `call`."""
        named = kwargs.get("data")
        if named is not None:
            args = tuple(named[one] if isinstance(one, str) and one in named else one for one in args)
        if call in ("pcolormesh", "pcolor"):
            self._renew(artist, args[-1])
        elif call == "contourf":
            data = args[2] if len(args) > 2 else args[0]
            self.images[artist] = Pixels(next(self._serials), self.copy(data), upward=_upward(artist, args))
        given = self.images.get(artist)
        if given is None:
            return
        norm = kwargs.get("norm")
        cmap = kwargs.get("cmap", args[1] if call == "imshow" and len(args) > 1 else None)
        given.call = call
        given.cmap = cmap if isinstance(cmap, str) else str(getattr(cmap, "name", "") or "")
        given.vmin = pixels.finite(kwargs.get("vmin", getattr(norm, "vmin", None)))
        given.vmax = pixels.finite(kwargs.get("vmax", getattr(norm, "vmax", None)))

    def _renew(self, artist: Any, data: Any, call: str = "imshow") -> None:
        """Keep other pixels of an artist, and what its call named."""
        known = self.images.get(artist) or Pixels(0, None, call)
        self.images[artist] = replace(known, serial=next(self._serials), pixels=self.copy(data))

    def on_hist(self, result: Any, *args: Any, **kwargs: Any) -> None:
        """After `hist`."""
        given = _HIST.bind(*args, **kwargs).arguments
        tops, edges, patches = result
        one = np.ndim(tops) == 1
        counts = np.atleast_2d(np.asarray(tops, np.float64))
        if given.get("stacked") or given.get("histtype") == "barstacked":
            counts = np.diff(counts, axis=0, prepend=0)
        sets = self._values(given, len(counts))
        for drawn, values, heights in zip([patches] if one else patches, sets, counts, strict=True):
            self.histograms[drawn[0]] = Counted(values, np.array(edges, np.float64), heights)

    def on_fill(self, call: str, artist: Any, *args: Any, **kwargs: Any) -> None:
        """After `fill_between` or `fill_betweenx`, `call`: in steps over ascending edges, a histogram."""
        given = _FILLS[call].bind(*args, **kwargs)
        given.apply_defaults()
        _, places, one, other, where, *_ = given.arguments.values()
        if given.arguments["step"] != "post" or where is not None:
            return
        edges = np.array(places, np.float64)
        sides = [np.broadcast_to(np.asarray(side, np.float64), edges.shape) for side in (one, other)]
        if np.all(np.diff(edges) > 0):
            self.histograms[artist] = Counted(np.zeros(0), edges, np.abs(sides[1] - sides[0])[:-1])

    def on_legend(self, _: None, legend: Any, parent: Any, handles: Any, labels: Any, **kwargs: Any) -> None:
        """After a legend was made."""
        pairs = list(zip(handles, labels, strict=False))
        shown = [handle for handle, _ in pairs]
        if len(shown) != len(legend.get_texts()):  # Before 3.10, matplotlib leaves such labels out.
            shown = [handle for handle, label in pairs if not str(label).startswith("_")]
        ordered = reversed(shown) if kwargs.get("reverse") else shown
        self.legends[legend] = [_reference(_foremost(handle)) for handle in ordered]

    def copy(self, data: Any) -> NDArray[Any] | None:
        """A copy of pixels, or None with a remark when they are too many."""
        try:
            return pixels.copy(data)
        except pixels.TooLargeError as error:
            self._note(f"An image was too large to be looked at ({error}).")
        return None

    def _values(self, given: dict[str, Any], count: int) -> list[Floats]:
        """The data sets of a `hist` call, `count` of them; empty ones where they are not kept."""
        panel, x, data, weights = given["self"], given["x"], given.get("data"), given.get("weights")
        if isinstance(x, str) and data is not None:
            x = data[x]
        convert = panel.convert_yunits if given.get("orientation") == "horizontal" else panel.convert_xunits
        empty = np.zeros(0)
        try:
            if weights is not None and np.ptp(np.asarray(weights, np.float64)) != 0:
                return [empty] * count
            kept = [np.array(convert(values), np.float64).ravel() for values in _data_sets(x)]
        except (TypeError, ValueError):  # Of a kind that has no numbers, or weights of unequal length.
            return [empty] * count
        if len(kept) != count:
            return [empty] * count
        if any(values.size > MOST_VALUES for values in kept):
            self._note(f"A histogram had more than {MOST_VALUES:,} values; only its counts were kept.")
        return [values if values.size <= MOST_VALUES else empty for values in kept]


def _data_sets(x: Any) -> list[Any]:
    """The data sets that `hist` finds: the columns of an array, the members of a list of lists, or one."""
    if np.isscalar(x):
        return [np.array([x])]
    if hasattr(x, "__array__"):
        array = np.asarray(x)
        return [array] if array.ndim == 1 else list(array.T)
    members = list(x)
    return [members] if members and np.ndim(members[0]) == 0 else members


def _upward(contours: Any, args: tuple[Any, ...]) -> bool:
    """Whether the rows of what `contourf` was given follow the y axis upwards."""
    if len(args) > 2:
        heights = np.asarray(args[1], np.float64).ravel()
        return bool(heights[-1] > heights[0])
    return contours.origin in (None, "lower")


def _foremost(handle: Any) -> Any:
    """The artist that stands for a legend's handle: its own, or the first of several."""
    if isinstance(handle, Container):
        return next(iter(handle.get_children()), None)
    return handle[0] if isinstance(handle, (list, tuple)) and handle else handle


def _reference(artist: Any) -> Callable[[], Any]:
    return weakref.ref(artist) if isinstance(artist, Artist) else lambda: None
