"""Screening leaves out only sets that would not have been among the best."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.figures import matching, screening
from autograder.figures.matching import Match
from autograder.figures.panels import Panel, PanelSet
from autograder.figures.views import Shown

SIDE, MAPS = 6, 8


def maps(pixels: np.ndarray) -> PanelSet:
    labels = [f"channel {number}" for number in range(len(pixels))]
    return PanelSet(pixels.astype(np.float32), "feature map", labels, "maps")


def rivals(chance: np.random.Generator, reference: PanelSet, count: int) -> list[PanelSet]:
    """Sets at all distances from the reference, with blank maps, upside down, in other orders and scales."""
    found = []
    for _ in range(count):
        share = chance.uniform(0, 1.5)
        pixels = reference.stack + share * chance.standard_normal(reference.stack.shape)
        pixels[chance.random(len(pixels)) < 0.1] = 0.5
        pixels = pixels[:, :: chance.choice([-1, 1])]
        found.append(maps(chance.permutation(pixels) * chance.choice([-1, 0.1, 100]) + chance.normal()))
    return found


def told(matches: list[Match]) -> list[tuple[int, list[float]]]:
    return [(id(one.target), one.scores.tolist()) for one in matches]


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    noise=st.sampled_from([0.0, 0.03, 0.3, 1.0, 2.0]),
    blank=st.integers(0, 2),
    drawn=st.integers(1, 2 * MAPS),
    upside_down=st.booleans(),
    reversed_colours=st.booleans(),
)
def test_the_best_are_the_same_with_and_without_a_reference(
    seed: int, noise: float, blank: int, drawn: int, upside_down: bool, reversed_colours: bool
) -> None:
    chance = np.random.default_rng(seed)
    pixels = chance.standard_normal((MAPS, SIDE, SIDE))
    pixels[:blank] = 0
    reference = maps(pixels)
    candidates = rivals(chance, reference, 80)
    chosen = chance.integers(0, MAPS, drawn)
    shown = Shown(
        [
            Panel(
                3 * reference.stack[index] + noise * chance.standard_normal((SIDE, SIDE)) - 7,
                flipped=upside_down,
                reversed=reversed_colours,
            )
            for index in chosen
        ]
    )
    assert told(matching.nearest(shown, candidates, reference)) == told(matching.nearest(shown, candidates))


@pytest.mark.parametrize("known", [False, True], ids=["first figure", "later figure"])
def test_a_figure_of_the_reference_leaves_few_to_look_at(known: bool) -> None:
    chance = np.random.default_rng(3)
    reference = maps(chance.standard_normal((MAPS, SIDE, SIDE)))
    near = maps(reference.stack + 0.05 * chance.standard_normal(reference.stack.shape))
    far = [maps(chance.standard_normal((MAPS, SIDE, SIDE))) for _ in range(200)]
    other_form = PanelSet(chance.standard_normal((4, 3, 3)), "kernel", [""] * 4, "kernels")
    candidates = [*far[:100], near, other_form, *far[100:]]
    shown = Shown([Panel(pixels) for pixels in reference.stack])
    for _ in range(1 + known):
        left = screening.worth_a_look(shown, candidates, reference, panels=12, kept=3)
    assert near in left
    assert other_form in left  # Never bounded by a reference of another form.
    assert len(left) < 40


def test_sets_of_huge_numbers_are_looked_at() -> None:
    chance = np.random.default_rng(4)
    reference = maps(chance.standard_normal((MAPS, SIDE, SIDE)))
    huge = maps(1e30 * chance.standard_normal((MAPS, SIDE, SIDE)))
    candidates = [*(maps(chance.standard_normal((MAPS, SIDE, SIDE))) for _ in range(60)), huge]
    shown = Shown([Panel(pixels) for pixels in reference.stack])
    assert huge in screening.worth_a_look(shown, candidates, reference, panels=12, kept=3)
