"""Only what is sure is decided from pixels: right, something else that is known, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.figures.panels import PanelSet
from autograder.figures.rendered import showing
from autograder.figures.rendered.reading import Pictures
from autograder.figures.rendered.showing import Seen
from tests.figures.rendered.pngs import grid, smooth

MAPS, OTHERS = smooth(8, 16, seed=1), smooth(8, 16, seed=2)


def panel_set(stack: Any, mistake: str = "") -> PanelSet:
    return PanelSet(
        stack, "feature map", [f"map {n}" for n in range(len(stack))], mistake or "the maps", mistake
    )


def look(pixels: Any, cmap: str = "", at_least: int | None = None) -> Seen:
    return showing.look(
        Pictures([pixels], cmap), [panel_set(MAPS)], [panel_set(OTHERS, "other_layer")], at_least
    )


def test_right_panels_are_accepted_in_any_order() -> None:
    assert look(grid(MAPS[[3, 1, 0, 2, 7, 6, 5, 4]])).decision == "right"


def test_words_over_right_panels_change_nothing() -> None:
    def crossed(axes: Any, _: int) -> None:
        axes.text(1, 8, "25", fontsize=12)

    seen = look(grid(MAPS, change=crossed))
    assert seen.decision == "right"
    assert seen.finding is not None
    assert (showing.median(seen.finding) or 0) > 0.99


def test_a_known_mistake_is_refused_and_named() -> None:
    seen = look(grid(OTHERS))
    assert seen.decision == "wrong"
    assert seen.rival is not None
    assert seen.rival.target.mistake == "other_layer"


def test_rows_and_columns_exchanged_is_a_known_mistake() -> None:
    seen = look(grid(MAPS.swapaxes(1, 2)))
    assert seen.rival is not None
    assert seen.rival.target.mistake == "transposed"


@pytest.mark.parametrize(
    "panels",
    [
        smooth(8, 16, seed=9),
        np.random.default_rng(0).random((8, 16, 16)),
        smooth(8, 9),
        np.zeros((8, 16, 16)),
    ],
    ids=["unknown", "noise", "another size", "blank"],
)
def test_what_nobody_knows_is_left_to_a_person(panels: Any) -> None:
    assert look(grid(panels)).decision == "undecided"


def test_half_of_the_panels_is_missing_some() -> None:
    seen = look(grid(MAPS[:4]))
    assert (seen.decision, seen.lacking) == ("wrong", "missing")
    assert look(grid(MAPS[:4]), at_least=4).decision == "right"


def test_a_negative_and_a_reversed_colormap_look_alike() -> None:
    pixels = grid(1 - MAPS, cmap="gray")
    assert look(pixels).decision == "undecided"
    assert look(pixels, cmap="binary").decision == "right"


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_nearly_right_is_not_right(noise: float) -> None:
    rng = np.random.default_rng(4)
    near = MAPS + noise * rng.normal(size=MAPS.shape)
    assert look(grid(near.astype(np.float32))).decision == "undecided"
