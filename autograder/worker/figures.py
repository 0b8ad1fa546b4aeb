"""Records figures as their calls made them: what images and histograms were *given*, and all around them.

Hooks a handful of matplotlib methods before student code runs. Every hook calls the original with the
same arguments and returns what it returned; nothing is drawn that the student did not draw. A figure
is finished when it is shown, closed, displayed, saved, or left open at the end of a cell, as in
Jupyter, and is recorded once for what it holds then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary, ref

import matplotlib
from matplotlib import _pylab_helpers, axes, image
from matplotlib import pyplot as plt
from matplotlib.collections import PolyQuadMesh, QuadMesh
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from PIL import Image

from autograder.worker import displays, snapshot
from autograder.worker.remembered import Remembered
from autograder.worker.stopwatch import Stopwatch

Form = dict[str, Any]
Emit = Callable[[Form], None]
Note = Callable[[str], None]


class Recorder:
    """Watches matplotlib and emits one record per finished figure.

    Args:
        emit: takes a figure's record, without its cell.
        note: takes a remark for people.
        watch: counts what reading finished figures takes.
    """

    def __init__(self, emit: Emit, note: Note, watch: Stopwatch) -> None:
        self._emit = emit
        self._note = note
        self._watch = watch
        self._remembered = Remembered(note)
        # Figures live no longer for it; what was displayed of one counts also when it is gone.
        self._pending: dict[ref[Any], snapshot.Snapshot] = {}
        self._emitted: WeakKeyDictionary[Any, object] = WeakKeyDictionary()

    # ------------------------------------------------------------ hooks

    def install(self) -> None:
        """Hook matplotlib; once per process, before student code runs."""
        plt.switch_backend("agg")
        remembered = self._remembered
        _after(image._ImageBase, "set_data", remembered.on_set_data)
        for mesh in (QuadMesh, PolyQuadMesh):
            _after(mesh, "set_array", remembered.on_set_array)
        for name in ("imshow", "matshow", "pcolormesh", "pcolor", "contourf"):
            _after(axes.Axes, name, functools.partial(remembered.on_image, name))
        for name in ("fill_between", "fill_betweenx"):
            _after(axes.Axes, name, functools.partial(remembered.on_fill, name))
        _after(axes.Axes, "hist", remembered.on_hist)
        _after(Legend, "__init__", remembered.on_legend)
        _after(Figure, "savefig", lambda _, figure, *args, **kwargs: self._finish(figure, "savefig"))
        _before(Figure, "clear", lambda figure, *args, **kwargs: self._flush([ref(figure)]))
        _before(plt, "close", self._on_close)
        _after(plt, "imsave", self._on_imsave)
        # An interactive backend cannot be loaded here; asking for one must not end the cell.
        _replace(matplotlib, "use", lambda *args, **kwargs: None)
        _replace(plt, "switch_backend", lambda *args, **kwargs: None)
        _replace(Image.Image, "show", displays.shown_by(self))
        _replace(Figure, "show", lambda figure, *args, **kwargs: self._finish(figure, "show"))
        _replace(plt, "show", lambda *args, **kwargs: self._finish_open("show"))

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

    # ------------------------------------------------------------ finished figures

    def picture(self, data: Any, ended: str, cmap: str = "", call: str = "display") -> None:
        """Record an image that was shown or saved without a figure around it."""
        array = self._remembered.copy(data)
        self._emit(snapshot.unread(ended) if array is None else snapshot.picture(array, call, cmap, ended))

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
            self._flush([ref(manager.canvas.figure)])
        _pylab_helpers.Gcf.destroy_all()

    def _finish(self, figure: Any, ended: str) -> None:
        """Keep what the figure holds now; send what was kept before unless this holds all of it too."""
        with self._watch.running():
            taken = snapshot.take(figure, ended, self._remembered, self._note)
            if taken is None:
                return
            kept = self._pending.get(ref(figure))
            if kept is not None and not kept.within(taken):
                self._flush([ref(figure)])
            self._pending[ref(figure)] = taken
            if ended in ("show", "close"):
                self._flush([ref(figure)])

    def _flush(self, figures: Iterable[ref[Any]]) -> None:
        for found in figures:
            kept, figure = self._pending.pop(found, None), found()
            if kept is None or (figure is not None and self._emitted.get(figure) == kept.content):
                continue
            if figure is not None:
                self._emitted[figure] = kept.content
            self._emit(kept.record)


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
