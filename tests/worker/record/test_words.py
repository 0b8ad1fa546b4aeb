"""Titles, texts and tick labels arrive at the judge with their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pytest

from tests.worker.watching import Watch


def test_texts_with_their_places(watch: Watch) -> None:
    plt.xlim(0, 4)
    plt.ylim(2, 0)
    plt.text(1, 1.5, "here", color="red")
    plt.text(0.5, 0.5, "middle", transform=plt.gca().transAxes)
    plt.annotate("point", (3, 1), xytext=(0, 9), textcoords="offset points")
    plt.annotate("arrow", (1, 1), xytext=(2, 2), arrowprops={})
    plt.annotate("corner", (0, 1), xycoords="axes fraction")
    plt.annotate("unplaced", (9, 9), xycoords="figure pixels")
    plt.text(1, 1, "hidden", visible=False)
    panel = watch.axes()
    places = {word.text: (round(word.x, 9), round(word.y, 9)) for word in panel.words}
    assert places == {
        "here": (1, 1.5),
        "middle": (2, 1),
        "point": (3, 1),
        "arrow": (1, 1),
        "corner": (0, 0),
    }
    assert [word.color for word in panel.words][:2] == ["#ff0000", "#000000"]
    assert "unplaced" in panel.texts


def test_labels_of_bars(watch: Watch) -> None:
    bars = plt.bar(["cat", "dog"], [2.0, 4.0])
    plt.gca().bar_label(bars)
    plt.gca().bar_label(bars, ["low", "high"], label_type="center")
    words = [(word.text, round(word.x, 9), round(word.y, 9)) for word in watch.axes().words]
    assert words == [("2", 0, 2), ("4", 1, 4), ("low", 0, 1), ("high", 1, 2)]


def test_titles(watch: Watch) -> None:
    _, panels = plt.subplots(1, 4)
    panels[0].set_title("left", loc="left", color="red")
    panels[1].set_title("middle")
    panels[2].set_title("black", color="k")
    panels[3].set_title("right", loc="right", color=(0, 0, 1, 0.5))
    axes = watch.arrived()[0].axes
    assert [panel.title_color for panel in axes] == ["#ff0000", "", "", "#0000ff"]


@pytest.mark.parametrize(
    "put",
    [
        lambda panel: panel.set_xticks([0, 2], labels=["cat", "dog"]),
        lambda panel: (panel.set_xticks([0, 2]), panel.set_xticklabels(["cat", "dog"])),
        lambda panel: panel.xaxis.set_major_formatter(
            matplotlib.ticker.FuncFormatter(lambda place, _: {0: "cat", 2: "dog"}.get(place, ""))
        ),
        lambda panel: (
            panel.xaxis.set_major_locator(matplotlib.ticker.FixedLocator([-1, 0, 2, 3])),
            panel.xaxis.set_major_formatter(matplotlib.ticker.FixedFormatter(["no", "cat", "dog", "no"])),
        ),
        lambda panel: (panel.set_xticks([0, 2], labels=["cat", "dog"]), panel.xaxis.tick_top()),
    ],
)
def test_tick_labels(watch: Watch, put: Callable[[Any], object]) -> None:
    _, panel = plt.subplots()
    panel.bar([0, 2], [1, 2])
    put(panel)
    assert watch.axes().x.ticks == ((0.0, "cat"), (2.0, "dog"))


def test_numbers_on_an_axis(watch: Watch) -> None:
    plt.plot([0, 1, 2])
    plt.yticks([0, 1, 2])
    plt.gca().invert_yaxis()
    panel = watch.axes()
    assert panel.y.ticks == ((0.0, "0"), (1.0, "1"), (2.0, "2"))
    assert panel.y.limits[0] > panel.y.limits[1]
    assert panel.x.limits[0] < panel.x.limits[1]


@pytest.mark.parametrize(
    "hide",
    [
        lambda: plt.axis("off"),
        lambda: plt.xticks([]),
        lambda: plt.gca().xaxis.set_visible(False),
        lambda: plt.tick_params(labelbottom=False),
        lambda: plt.gca().xaxis.set_major_formatter(matplotlib.ticker.NullFormatter()),
    ],
)
def test_labels_that_are_not_there(watch: Watch, hide: Callable[[], object]) -> None:
    plt.bar(["cat", "dog"], [1, 2])
    hide()
    assert watch.axes().x.ticks == ()


def test_inner_axes_share_the_labels_of_outer_ones(watch: Watch) -> None:
    _, panels = plt.subplots(1, 2, sharey=True)
    for panel in panels:
        panel.barh(["cat", "dog"], [1, 2])
    assert [panel.y.ticks for panel in watch.arrived()[0].axes] == [((0.0, "cat"), (1.0, "dog"))] * 2
