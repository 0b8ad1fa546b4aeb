"""Captions of panels: each is read as its own, also where they run into each other; doubtful ones are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from autograder.figures.rendered.captions import captions
from autograder.figures.rendered.segmentation import Segments
from tests.figures.rendered.pngs import grid, saved, smooth


def read(titles: Sequence[str], side: float = 1.5, dpi: int = 100) -> list[str] | None:
    """What is read above panels in one row, with titles of 9 points."""

    def change(axes: Any, place: int) -> None:
        axes.set_title(titles[place], fontsize=9)

    picture = grid(smooth(len(titles), 28), columns=len(titles), side=side, dpi=dpi, change=change)
    boxes = Segments(picture).boxes(1.0)
    assert len(boxes) == len(titles)
    return captions(picture, boxes)


def test_captions_that_run_into_each_other_are_told_apart() -> None:
    titles = ["predicted 5, true 6", "predicted 0, true 8", "predicted 4, true 6"]
    assert read(titles, side=1.4) == titles


def test_captions_that_cannot_be_told_apart_are_not_read() -> None:
    assert read(["predicted 5, true 6"] * 3, side=1.3) is None
    assert read(["predicted 5, really true 6"] * 3, side=1.4) is None


def test_small_captions_are_read() -> None:
    assert read(["4", "9", "2", "0"], dpi=72) == ["4", "9", "2", "0"]


def test_letters_that_look_much_alike_are_read_between_rows() -> None:
    titles = ["predicted: automobile\nactual: automobile", "predicted: bird\nactual: airplane"]
    found = read(titles, side=2.4)
    assert found is not None
    assert [text.replace("l", "i") for text in found] == [text.replace("l", "i") for text in titles]


def test_words_over_which_others_are_drawn_are_not_read() -> None:
    """Black ink on a dark ground hides parts of white letters; what is left may look like other ones."""
    figure = Figure(figsize=(3, 3), facecolor="#222222")
    axes = figure.add_subplot()
    axes.imshow(smooth(1, 28)[0])
    axes.set_title("truck", color="white", fontsize=9)
    title = axes.title.get_position()
    axes.text(title[0], 1.04, "||||||||", transform=axes.transAxes, ha="center", color="black", fontsize=14)
    picture = saved(figure, facecolor="#222222")
    found = captions(picture, Segments(picture).boxes(1.0))
    assert found is None or found == [""]
