"""Axes arrive at the judge where they lie, and decoration is told apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from mpl_toolkits.axes_grid1 import ImageGrid, make_axes_locatable

from tests.worker.watching import Watch


def test_words(watch: Watch) -> None:
    figure, panel = plt.subplots(figsize=(3, 2))
    figure.suptitle("Kernels")
    panel.set(title="channel 0", xlabel="x", ylabel="y")
    panel.text(0, 0, "here")
    panel.imshow(np.eye(2))
    plt.show()
    (form,) = watch.figures
    (axes,) = form["axes"]
    assert (form["suptitle"], form["size"]) == ("Kernels", [3.0, 2.0])
    assert (axes["title"], axes["xlabel"], axes["ylabel"], axes["texts"]) == (
        "channel 0",
        "x",
        "y",
        ["here"],
    )


def test_a_grid_lies_as_a_grid(watch: Watch) -> None:
    _, grid = plt.subplots(2, 3)
    for panel in grid.flat:
        panel.imshow(np.eye(2))
    plt.show()
    corners = [axes["position"][:2] for axes in watch.figures[0]["axes"]]
    assert len({round(left, 3) for left, _ in corners}) == 3
    assert len({round(bottom, 3) for _, bottom in corners}) == 2


def test_panels_of_an_image_grid_do_not_lie_on_each_other(watch: Watch) -> None:
    from mpl_toolkits.axes_grid1 import ImageGrid

    for panel in ImageGrid(plt.figure(), 111, nrows_ncols=(2, 2)):
        panel.imshow(np.eye(2))
    plt.show()
    drawn = [axes for axes in watch.figures[0]["axes"] if axes["images"]]
    assert len({tuple(round(edge, 3) for edge in axes["position"]) for axes in drawn}) == len(drawn) == 4


def test_panels_of_subfigures_lie_in_the_whole_figure(watch: Watch) -> None:
    for part in plt.figure().subfigures(1, 2):
        part.add_subplot().imshow(np.eye(2))
    plt.show()
    left, right = (axes["position"][0] for axes in watch.figures[0]["axes"])
    assert left < 0.5 < right


def test_words_on_the_figure_belong_to_the_panel_they_are_nearest_to(watch: Watch) -> None:
    figure, panels = plt.subplots(1, 2)
    for place, panel in enumerate(panels):
        panel.imshow(np.eye(2))
        figure.text(0.3 + 0.4 * place, 0.95, f"class {place}")
    figure.suptitle("all of them")
    plt.show()
    assert [panel["texts"] for panel in watch.figures[-1]["axes"]] == [["class 0"], ["class 1"]]


def test_the_heading_of_a_subfigure_belongs_to_its_panel(watch: Watch) -> None:
    for place, part in enumerate(plt.figure().subfigures(1, 2)):
        part.suptitle(f"class {place}")
        part.subplots().imshow(np.eye(2))
    plt.show()
    assert [panel["texts"] for panel in watch.figures[-1]["axes"]] == [["class 0"], ["class 1"]]


def test_a_colorbar_is_decoration(watch: Watch) -> None:
    plt.colorbar(plt.imshow(np.eye(2)))
    plt.show()
    assert [axes["decoration"] for axes in watch.figures[0]["axes"]] == [False, True]
    assert len(watch.images()) == 1


def test_what_was_removed_or_hidden_is_not_recorded(watch: Watch) -> None:
    _, (first, second, third) = plt.subplots(1, 3)
    first.imshow(np.eye(2))
    first.clear()
    second.imshow(np.eye(2)).remove()
    third.imshow(np.eye(2))
    third.set_visible(False)
    plt.show()
    assert watch.images() == []


def test_a_colorbar_has_nothing_of_its_own(watch: Watch) -> None:
    plt.colorbar(plt.imshow(np.eye(2)), label="weight")
    _, bar = watch.arrived()[0].axes
    assert bar.decoration
    assert (bar.images, bar.lines, bar.x.ticks, bar.y.ticks) == ((), (), (), ())


def by_gridspec() -> list[Any]:
    grid = plt.figure().add_gridspec(2, 2)
    return [plt.gcf().add_subplot(grid[row, column]) for row in range(2) for column in range(2)]


def by_add_axes() -> list[Any]:
    frames = [(left, bottom, 0.4, 0.4) for bottom in (0.5, 0.05) for left in (0.05, 0.5)]
    return [plt.figure(1).add_axes(frame) for frame in frames]


SUBFIGURES, ONE_BAR = "subfigures", "one colorbar"
GRIDS: dict[str, Callable[[], Any]] = {
    "subplots": lambda: plt.subplots(2, 2)[1].flat,
    "subplot": lambda: (plt.subplot(2, 2, place) for place in range(1, 5)),
    "subplot2grid": lambda: (plt.subplot2grid((2, 2), divmod(place, 2)) for place in range(4)),
    "gridspec": by_gridspec,
    "add_axes": by_add_axes,
    "mosaic": lambda: plt.subplot_mosaic("ab;cd")[1].values(),
    "constrained": lambda: plt.subplots(2, 2, layout="constrained")[1].flat,
    "compressed": lambda: plt.subplots(2, 2, layout="compressed")[1].flat,
    "image grid": lambda: ImageGrid(plt.figure(), 111, nrows_ncols=(2, 2), cbar_mode="single"),
    SUBFIGURES: lambda: (part.subplots() for part in plt.figure().subfigures(2, 2).flat),
}


@pytest.mark.parametrize(
    ("grid", "after"),
    [
        (grid, after)
        for grid in GRIDS
        for after in ("nothing", "tight_layout", "colorbars", ONE_BAR, "saved")
        if (grid, after) != (SUBFIGURES, ONE_BAR)  # No colorbar belongs to several subfigures.
    ],
)
@pytest.mark.filterwarnings("ignore:This figure includes|The figure layout")
def test_every_grid_of_two_by_two_is_one(watch: Watch, tmp_path: Any, grid: str, after: str) -> None:
    panels = list(GRIDS[grid]())
    images = [panel.imshow(np.full((3, 3), place)) for place, panel in enumerate(panels)]
    figure = plt.gcf()
    if after == "tight_layout":
        figure.tight_layout()
    elif after == "colorbars":
        for image, panel in zip(images, panels, strict=True):
            figure.colorbar(image, ax=panel)
    elif after == ONE_BAR:
        figure.colorbar(images[0], ax=panels)
    elif after == "saved":
        figure.savefig(tmp_path / "a.png")
    shown = [axes for axes in watch.arrived()[0].axes if not axes.decoration and axes.images]
    middles = [
        (axes.position[0] + axes.position[2] / 2, axes.position[1] + axes.position[3] / 2) for axes in shown
    ]
    left, right = sorted({round(x, 2) for x, _ in middles})
    low, high = sorted({round(y, 2) for _, y in middles})
    assert [(round(x, 2), round(y, 2)) for x, y in middles] == [
        (left, high),
        (right, high),
        (left, low),
        (right, low),
    ]


def test_an_inset_is_a_panel_and_a_second_scale_is_none(watch: Watch) -> None:
    _, panel = plt.subplots()
    panel.imshow(np.eye(2))
    inset = panel.inset_axes((0.5, 0.5, 0.5, 0.5))
    inset.imshow(np.ones((2, 2)))
    inset.set_title("inner")
    inset.plot([0, 1], [0, 1])
    inset.legend(["diagonal"])
    panel.secondary_xaxis("top")
    plt.colorbar(panel.images[0], cax=panel.inset_axes((1.1, 0, 0.1, 1)))
    outer, inner, bar = watch.arrived()[0].axes
    assert (inner.title, inner.lines[0].label, len(inner.images)) == ("inner", "diagonal", 1)
    assert inner.position[0] > outer.position[0] + outer.position[2] / 3
    assert bar.decoration


def test_labels_of_a_whole_figure_are_those_of_each_panel(watch: Watch) -> None:
    figure, (first, second) = plt.subplots(1, 2)
    second.set_ylabel("own")
    figure.supxlabel("epoch")
    figure.supylabel("loss")
    figure.colorbar(first.imshow(np.eye(2)))
    axes = watch.arrived()[0].axes
    assert [(panel.xlabel, panel.ylabel) for panel in axes] == [("epoch", "loss"), ("epoch", "own"), ("", "")]
    assert [panel.x.label for panel in axes] == ["epoch", "epoch", ""]
    assert [panel.texts for panel in axes] == [(), (), ()]


def test_labels_of_a_subfigure_are_those_of_its_panels(watch: Watch) -> None:
    figure = plt.figure()
    for part, label in zip(figure.subfigures(1, 2), ("epoch", ""), strict=True):
        part.subplots()
        part.supxlabel(label)
    figure.supxlabel("step")
    assert [panel.xlabel for panel in watch.arrived()[0].axes] == ["epoch", "step"]


def test_colorbars_put_anywhere_are_decoration(watch: Watch) -> None:
    figure, (first, second) = plt.subplots(1, 2)
    beside = make_axes_locatable(first).append_axes("right", size="5%")
    figure.colorbar(first.imshow(np.eye(2)), cax=beside)
    figure.colorbar(second.imshow(np.eye(2)), cax=figure.add_axes((0.95, 0.1, 0.02, 0.8)))
    assert [axes.decoration for axes in watch.arrived()[0].axes] == [False, False, True, True]


def test_a_figure_without_a_renderer_has_places(watch: Watch) -> None:
    figure = Figure()
    for panel in ImageGrid(figure, 111, nrows_ncols=(2, 2), cbar_mode="each"):
        panel.imshow(np.eye(2))
    watch.recorder.displayed(figure)
    watch.recorder.end_of_cell()
    drawn = [axes for axes in watch.arrived()[0].axes if axes.images]
    assert len({axes.position for axes in drawn}) == 4


@pytest.mark.parametrize("projection", ["polar", "3d", "mollweide"])
def test_other_projections_are_read_too(watch: Watch, projection: str) -> None:
    panel = plt.figure().add_subplot(projection=projection)
    panel.plot([0.5, 1], [0.5, 1])
    panel.set_title("t")
    (axes,) = watch.arrived()[0].axes
    assert (axes.title, len(axes.lines)) == ("t", 1)
    assert watch.notes == []
