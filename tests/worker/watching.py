"""A recorder on the real matplotlib, and what it said; the hooks are undone afterwards."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.image
import matplotlib.pyplot as plt
import pytest
from matplotlib import _pylab_helpers, axes
from matplotlib.collections import PolyQuadMesh, QuadMesh
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from PIL import Image

from autograder import collecting, evidence, wire
from autograder.worker.figures import Recorder
from autograder.worker.stopwatch import Stopwatch

_PATCHED = [
    (matplotlib.image._ImageBase, ("set_data",)),
    (QuadMesh, ("set_array",)),
    (PolyQuadMesh, ("set_array",)),
    (axes.Axes, ("imshow", "matshow", "pcolormesh", "pcolor", "contourf")),
    (axes.Axes, ("hist", "fill_between", "fill_betweenx")),
    (Image.Image, ("show",)),
    (Legend, ("__init__",)),
    (Figure, ("savefig", "clear", "show")),
    (plt, ("close", "imsave", "switch_backend", "show")),
    (matplotlib, ("use",)),
]


class Watch:
    """A recorder and what it said."""

    def __init__(self) -> None:
        self.figures: list[dict[str, Any]] = []
        self.notes: list[str] = []
        self.recorder = Recorder(self.figures.append, self.notes.append, Stopwatch())

    def images(self, figure: int = -1) -> list[dict[str, Any]]:
        return [image for panel in self.figures[figure]["axes"] for image in panel["images"]]

    def image(self) -> dict[str, Any]:
        (image,) = self.images()
        return image

    @property
    def endings(self) -> list[str]:
        return [figure["ended"] for figure in self.figures]

    def arrived(self) -> list[evidence.Figure]:
        """Shows what is open; then all figures so far as the judge has them, sent over the wire."""
        plt.show()
        sent = b"".join(wire.pack({"kind": "figure", "cell": 0, **form}) for form in self.figures)
        collected = collecting.collect(wire.records(io.BytesIO(sent)), evidence.Plan("a", ()))
        assert collected.notes == []
        assert len(collected.loose_figures) == len(self.figures)
        return collected.loose_figures

    def axes(self) -> evidence.Axes:
        """The only Axes that is no decoration, of the only figure."""
        (figure,) = self.arrived()
        (panel,) = [panel for panel in figure.axes if not panel.decoration]
        return panel


@contextmanager
def watching() -> Iterator[Watch]:
    with pytest.MonkeyPatch.context() as patch:
        for owner, names in _PATCHED:
            for name in names:
                patch.setattr(owner, name, getattr(owner, name))  # Undone afterwards.
        watch = Watch()
        watch.recorder.install()
        yield watch
        _pylab_helpers.Gcf.destroy_all()
