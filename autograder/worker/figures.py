"""Records figures as their calls made them: the arrays that images were *given*, and the words around them.

Hooks a handful of matplotlib methods before student code runs. Every hook calls the original with the
same arguments and returns what it returned; nothing is drawn that the student did not draw. A figure
is finished when it is shown, closed, displayed, saved, or left open at the end of a cell, as in
Jupyter, and is recorded once for what it holds then.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib
from matplotlib import _pylab_helpers, axes, image
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autograder.worker import pixels

Form = dict[str, Any]
Emit = Callable[[Form], None]
Note = Callable[[str], None]

_MAX_TEXT = 2_000
_MAX_TEXTS = 200


@dataclass
class _Given:
    """What an image artist was given.

    Attributes:
        serial: counts up; tells one content from another.
        pixels: a copy, or None when it does not cross.
        call: the method that drew it.
        cmap, vmin, vmax: as named in that call.
    """

    serial: int
    pixels: NDArray[Any] | None
    call: str = "imshow"
    cmap: str = ""
    vmin: float | None = None
    vmax: float | None = None


@dataclass
class _Snapshot:
    """A figure at one moment.

    Attributes:
        record: what to send.
        serials: of its images; tell whether a later snapshot holds all of an earlier one.
        words: all of its text; together with the serials they say whether two snapshots differ.
    """

    record: Form
    serials: tuple[int, ...]
    words: str

    def within(self, later: _Snapshot) -> bool:
        """Whether the later one shows all of these images."""
        return set(self.serials) <= set(later.serials)

    @property
    def content(self) -> tuple[tuple[int, ...], str]:
        """Equal for equal figures."""
        return self.serials, self.words


class Recorder:
    """Watches matplotlib and emits one record per finished figure.

    Args:
        emit: takes a figure's record, without its cell.
        note: takes a remark for people.
    """

    def __init__(self, emit: Emit, note: Note) -> None:
        self._emit = emit
        self._note = note
        self._serials = itertools.count(1)
        self._given: WeakKeyDictionary[Any, _Given] = WeakKeyDictionary()
        self._pending: WeakKeyDictionary[Any, _Snapshot] = WeakKeyDictionary()
        self._emitted: WeakKeyDictionary[Any, object] = WeakKeyDictionary()

    # ------------------------------------------------------------ hooks

    def install(self) -> None:
        """Hook matplotlib; once per process, before student code runs."""
        plt.switch_backend("agg")
        _after(image._ImageBase, "set_data", self._on_set_data)
        for name in ("imshow", "matshow", "pcolormesh", "pcolor"):
            _after(axes.Axes, name, functools.partial(self._on_draw, name))
        _after(Figure, "savefig", lambda _, figure, *args, **kwargs: self._finish(figure, "savefig"))
        _before(Figure, "clear", lambda figure, *args, **kwargs: self._flush([figure]))
        _before(plt, "close", self._on_close)
        _after(plt, "imsave", self._on_imsave)
        # An interactive backend cannot be loaded here; asking for one must not end the cell.
        _replace(matplotlib, "use", lambda *args, **kwargs: None)
        _replace(plt, "switch_backend", lambda *args, **kwargs: None)
        _replace(Figure, "show", lambda figure, *args, **kwargs: self._finish(figure, "show"))
        _replace(plt, "show", lambda *args, **kwargs: self._finish_open("show"))

    def _on_set_data(self, _: None, artist: Any, data: Any, *args: Any) -> None:
        if args or not isinstance(artist, image._ImageBase):
            return  # NonUniformImage and its kind: coordinates first; not an image of pixels.
        known = self._given.get(artist)
        given = _Given(next(self._serials), self._copy(data))
        if known is not None:
            given.call, given.cmap, given.vmin, given.vmax = known.call, known.cmap, known.vmin, known.vmax
        self._given[artist] = given

    def _on_draw(self, call: str, artist: Any, _: Any, *args: Any, **kwargs: Any) -> None:
        if call in ("pcolormesh", "pcolor"):
            data = artist.get_array() if "data" in kwargs else args[-1]
            self._given[artist] = _Given(next(self._serials), self._copy(data))
        given = self._given.get(artist)
        if given is None:
            return
        norm = kwargs.get("norm")
        cmap = kwargs.get("cmap", args[1] if call == "imshow" and len(args) > 1 else None)
        given.call = call
        given.cmap = cmap if isinstance(cmap, str) else str(getattr(cmap, "name", "") or "")
        given.vmin = _finite(kwargs.get("vmin", getattr(norm, "vmin", None)))
        given.vmax = _finite(kwargs.get("vmax", getattr(norm, "vmax", None)))

    def _on_close(self, which: Any = None) -> None:
        if isinstance(which, Figure):
            self._finish(which, "close")
        elif which == "all":
            self._finish_open("close")
        else:
            manager = _manager(which)
            if manager is not None:
                self._finish(manager.canvas.figure, "close")

    def _on_imsave(self, _: None, fname: Any, arr: Any, **kwargs: Any) -> None:
        self.picture(arr, "savefig", cmap=str(kwargs.get("cmap") or ""), call="imsave")

    def _copy(self, data: Any) -> NDArray[Any] | None:
        try:
            return pixels.copy(data)
        except pixels.TooLargeError as error:
            self._note(f"An image was too large to be looked at ({error}).")
        return None

    # ------------------------------------------------------------ finished figures

    def picture(self, data: Any, ended: str, cmap: str = "", call: str = "display") -> None:
        """Record an image that was shown or saved without a figure around it."""
        array = self._copy(data)
        if array is None:
            return
        drawn = {"pixels": array, "call": call, "cmap": cmap, "vmin": None, "vmax": None, "flipped": False}
        panel = {"position": [0.0, 0.0, 1.0, 1.0], "images": [drawn], **_no_words()}
        self._emit({"axes": [panel], "suptitle": "", "size": [6.4, 4.8], "ended": ended})

    def displayed(self, figure: Any) -> None:
        """Record a figure that was displayed as a value; it stays open."""
        self._finish(figure, "display")

    def end_of_cell(self) -> None:
        """Record what is still open and close it, as Jupyter does; then every figure may count again."""
        self._finish_open("cell")
        self._flush(list(self._pending))
        self._emitted.clear()

    def _finish_open(self, ended: str) -> None:
        managers = list(_pylab_helpers.Gcf.get_all_fig_managers())
        for manager in managers:
            self._finish(manager.canvas.figure, ended)
            self._flush([manager.canvas.figure])
        _pylab_helpers.Gcf.destroy_all()

    def _finish(self, figure: Any, ended: str) -> None:
        """Keep what the figure holds now; send what was kept before unless this holds all of it too."""
        snapshot = self._snapshot(figure, ended)
        if snapshot is None:
            return
        kept = self._pending.get(figure)
        if kept is not None and not kept.within(snapshot):
            self._flush([figure])
        self._pending[figure] = snapshot
        if ended in ("show", "close"):
            self._flush([figure])

    def _flush(self, figures: Iterable[Any]) -> None:
        for figure in figures:
            snapshot = self._pending.pop(figure, None)
            if snapshot is None:
                continue
            if self._emitted.get(figure) != snapshot.content:
                self._emitted[figure] = snapshot.content
                self._emit(snapshot.record)

    def _snapshot(self, figure: Any, ended: str) -> _Snapshot | None:
        serials: list[int] = []
        try:
            panels = [self._axes(panel, figure, serials) for panel in figure.axes]
            panels += self._figure_images(figure, serials)
            if not panels:
                return None
            for words, place in _captions(figure, figure):
                _nearest(panels, place)["texts"].append(words)
            record = {
                "axes": panels,
                "suptitle": _text(figure.get_suptitle()),
                "size": [float(side) for side in figure.get_size_inches()],
                "ended": ended,
            }
        except Exception as error:  # A figure whose parts a student replaced must not end the cell.
            self._note(f"A figure could not be read ({type(error).__name__}).")
            return None
        around = [[panel[key] for key in ("title", "xlabel", "ylabel", "texts")] for panel in panels]
        return _Snapshot(record, tuple(serials), repr([record["suptitle"], around]))

    def _axes(self, panel: Any, figure: Any, serials: list[int]) -> Form:
        decoration = panel.get_label() == "<colorbar>" or hasattr(panel, "_colorbar")
        drawn = panel.get_visible() and not decoration
        artists = [*panel.images, *panel.collections] if drawn else []
        titles = [panel.get_title(where) for where in ("left", "center", "right")]
        return {
            "position": pixels.position(panel, figure),
            "images": [form for artist in artists for form in self._image(artist, panel, serials)],
            "title": _text(" ".join(filter(None, titles))),
            "xlabel": _text(panel.get_xlabel()),
            "ylabel": _text(panel.get_ylabel()),
            "texts": [_text(text.get_text()) for text in panel.texts[:_MAX_TEXTS]],
            "decoration": decoration,
        }

    def _figure_images(self, figure: Any, serials: list[int]) -> list[Form]:
        """Images put on the figure itself (`figimage`): each a panel of its own."""
        width, height = figure.bbox.width, figure.bbox.height
        panels = []
        for artist in figure.images:
            for form in self._image(artist, None, serials):
                rows, columns = form["pixels"].shape[:2]
                position = [artist.ox / width, artist.oy / height, columns / width, rows / height]
                panels.append({"position": position, "images": [form], **_no_words()})
        return panels

    def _image(self, artist: Any, panel: Any, serials: list[int]) -> list[Form]:
        given = self._given.get(artist)
        if given is None or given.pixels is None or not artist.get_visible():
            return []
        serials.append(given.serial)
        current = artist.get_cmap().name
        return [
            {
                "pixels": given.pixels,
                "call": given.call,
                "cmap": given.cmap or ("" if current == "viridis" else current),
                "vmin": given.vmin,
                "vmax": given.vmax,
                "flipped": pixels.flipped(artist, panel),
            }
        ]


def _captions(part: Any, figure: Any) -> Iterator[tuple[str, tuple[float, float]]]:
    """Words written on the figure itself or heading a subfigure, and where they stand, as fractions of it."""
    own_title = "" if part is not figure else figure.get_suptitle()
    for text in part.texts[:_MAX_TEXTS]:
        if text.get_text() and text.get_text() != own_title:
            place = text.get_transform().transform(text.get_position())
            x, y = figure.transFigure.inverted().transform(place)
            yield _text(text.get_text()), (float(x), float(y))
    for inner in part.subfigs:
        yield from _captions(inner, figure)


def _nearest(panels: list[Form], place: tuple[float, float]) -> Form:
    """The panel whose frame is nearest to a place, one with images if there is any."""

    def distance(panel: Form) -> float:
        starts, sizes = panel["position"][:2], panel["position"][2:]
        gaps = [
            max(low - at, at - low - size, 0.0) for at, low, size in zip(place, starts, sizes, strict=True)
        ]
        return math.hypot(*gaps)

    return min([panel for panel in panels if panel["images"]] or panels, key=distance)


def _after(owner: Any, name: str, hook: Callable[..., None]) -> None:
    """Call `hook(result, *arguments)` after `owner.name`."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def hooked(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        _quietly(hook, result, *args, **kwargs)
        return result

    setattr(owner, name, hooked)


def _before(owner: Any, name: str, hook: Callable[..., None]) -> None:
    """Call `hook(*arguments)` before `owner.name`."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def hooked(*args: Any, **kwargs: Any) -> Any:
        _quietly(hook, *args, **kwargs)
        return original(*args, **kwargs)

    setattr(owner, name, hooked)


def _replace(owner: Any, name: str, function: Callable[..., None]) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> None:
        _quietly(function, *args, **kwargs)

    setattr(owner, name, replacement)


def _quietly(hook: Callable[..., None], *args: Any, **kwargs: Any) -> None:
    # Whatever goes wrong in looking must not change what the student's cell does.
    with suppress(Exception):
        hook(*args, **kwargs)


def _manager(which: Any) -> Any:
    """The figure manager that `plt.close(which)` would close, or None."""
    if which is None:
        return _pylab_helpers.Gcf.get_active()
    if isinstance(which, str):
        managers = _pylab_helpers.Gcf.get_all_fig_managers()
        return next((manager for manager in managers if manager.canvas.figure.get_label() == which), None)
    return _pylab_helpers.Gcf.figs.get(which)


def _no_words() -> Form:
    return {"title": "", "xlabel": "", "ylabel": "", "texts": [], "decoration": False}


def _text(value: Any) -> str:
    return str(value)[:_MAX_TEXT]


def _finite(value: Any) -> float | None:
    """A limit of the colour scale as a float; None when there is none."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None
