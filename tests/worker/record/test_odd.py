"""Whatever students do to figures, the rest of the record arrives and their cells run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.lines import Line2D

from autograder import measure, wire
from tests.worker.record.curves import names
from tests.worker.watching import Watch


def test_an_odd_part_costs_itself_only(watch: Watch) -> None:
    class Odd(Line2D):
        def get_xdata(self, orig: bool = True) -> Any:
            raise RuntimeError("no")

    plt.imshow(np.eye(2))
    plt.plot([0, 1], [0, 1], label="fine")
    plt.gca().add_line(Odd([0, 1], [0, 1]))
    plt.gca().xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda place, _: 1 / 0))
    panel = watch.axes()
    assert (names(panel), panel.x.ticks, len(panel.images)) == (["fine"], (), 1)
    assert len(watch.notes) == 2
    assert watch.arrived()[0].incomplete


def test_the_student_gets_what_the_call_returned(watch: Watch) -> None:
    counts, edges, patches = plt.hist([1, 2, 2], bins=2)
    assert (counts.tolist(), edges.tolist(), len(patches)) == ([1, 2], [1, 1.5, 2], 2)
    with pytest.raises(ValueError, match="bins"):
        plt.hist([1, 2], bins=-1)
    with pytest.raises(TypeError):
        plt.hist()  # type: ignore[call-arg]


def test_a_figure_beyond_all_measure_fits_into_a_frame(watch: Watch) -> None:
    _, panels = plt.subplots(1, 2)
    for _ in range(2):
        panels[0].plot(np.zeros(measure.MOST["numbers"] // 3))
    panels[0].plot([1, 2, 3])
    for index in range(measure.MOST["words"] // 20):
        panels[1].text(0, 0, f"{index}" + "\N{DOG FACE}" * 500)
    panels[1].set_xticks(np.arange(3_000))
    plt.show()
    (form,) = watch.figures
    _, json_size, array_size = wire.HEADER.unpack_from(wire.pack(form))
    assert json_size < wire.LIMITS.json_bytes
    assert array_size < wire.LIMITS.array_bytes
    assert [line["x"].size for line in form["axes"][0]["lines"]] == [measure.MOST["numbers"] // 3, 3]
    assert "a line of it was left out" in watch.notes[0]
    assert any("words" in note for note in watch.notes)
    assert any("the x axis" in note for note in watch.notes)


def test_an_error_in_drawing_reaches_the_student(watch: Watch) -> None:
    with pytest.raises(TypeError):
        plt.imshow(np.zeros((2, 2, 2)))


class TestWhatIsMissingIsKnown:
    def test_images_beyond_all_measure(self, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(measure.MOST, "bytes of images", 450)
        for sizes in ((10, 20, 5), (4, 4, 4)):
            _, panels = plt.subplots(1, 3)
            for size, panel in zip(sizes, panels, strict=True):
                panel.imshow(np.zeros((size, size), np.uint8))
        full, whole = watch.arrived()
        assert [len(axes.images) for axes in full.axes] == [1, 0, 1]
        assert (full.incomplete, whole.incomplete) == (True, False)

    def test_more_axes_than_are_looked_at(self, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(measure.MOST, "Axes", 3)
        plt.subplots(2, 2)
        (figure,) = watch.arrived()
        assert (len(figure.axes), figure.incomplete) == (3, True)

    @pytest.mark.parametrize(
        ("draw", "others"),
        [
            (lambda: plt.plot([1, 2]), ()),
            (lambda: plt.bar([1, 2], [1, 2], yerr=1, capsize=2), ()),
            (lambda: plt.errorbar([1, 2], [1, 2], yerr=1, xerr=1), ()),
            (lambda: plt.stem([1, 2]), ()),
            (lambda: plt.hist([[1, 2], [2, 3]], histtype="step", stacked=True), ()),
            (lambda: plt.hist([[1, 2], [2, 3]], histtype="bar"), ()),
            (lambda: plt.stairs([1, 2]), ()),
            (lambda: plt.scatter([1, 2], [1, 2]), ()),
            (lambda: (plt.imshow(np.eye(2)), plt.gca().add_patch(plt.Circle((0, 0), 1))), ("Circle",)),
            (lambda: plt.pcolormesh(np.eye(2)), ()),
            (lambda: plt.contourf(np.eye(2)), ()),
            (lambda: plt.contour(np.eye(2)), ("QuadContourSet",)),
            (lambda: plt.pie([1, 2]), ("Wedge",)),
            (lambda: plt.fill_between([0, 1], [0, 1]), ("FillBetweenPolyCollection",)),
            (lambda: plt.hlines([0, 1], 0, 1), ("LineCollection",)),
            (lambda: plt.hexbin([0, 1], [0, 1]), ("PolyCollection",)),
            (lambda: plt.table([["1"]]), ("Table",)),
            (lambda: plt.legend(handles=[plt.Line2D([], [], label="a")]), ()),
            (lambda: plt.annotate("a", (0, 0), (1, 1), arrowprops={}), ()),
        ],
    )
    def test_what_the_record_does_not_tell_is_named(
        self, watch: Watch, draw: Callable[[], Any], others: tuple[str, ...]
    ) -> None:
        draw()
        assert watch.axes().others == others
