"""The right set is accepted however it is drawn; other sets are not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import zoom

from autograder.evidence import Figure
from autograder.figures.panels import PanelSet
from autograder.figures.verify import Finding, verify
from tests.figures import world

STORED: dict[str, Any] = {
    "float64": lambda panel: panel.astype(np.float64),
    "float32": lambda panel: panel.astype(np.float32),
    "float16": lambda panel: panel.astype(np.float16),
    "uint8": lambda panel: np.rint(255 * panel).astype(np.uint8),
    "int64": lambda panel: np.rint(255 * panel).astype(np.int64),
    "trailing axis": lambda panel: panel[..., None] if panel.ndim == 2 else panel,
    # (1, 3, 3) is an RGB image of one row to imshow, and is read as that.
    "leading axis": lambda panel: panel[None] if panel.ndim == 2 and panel.shape[1] > 4 else panel,
    "rgb": lambda panel: np.stack([panel] * 3, -1) if panel.ndim == 2 else panel,
    "rgba": lambda panel: (
        np.concatenate([panel, np.ones((*panel.shape[:2], 1))], -1) if panel.ndim == 3 else panel
    ),
}
SETS: dict[str, Any] = {
    "filters": (world.filters, world.decoys_of_filters),
    "one filter": (world.one_filter, list),
    "kernels": (world.kernels, world.decoys_of_kernels),
    "maps": (world.feature_maps, world.decoys_of_maps),
    "activations": (
        lambda: world.feature_maps(relu=True),
        lambda: world.decoys_of_maps(relu=True),
    ),
}


def look(figures: list[Figure], name: str, at_least: int | None = None) -> Finding:
    reference, decoys = SETS[name]
    finding = verify(figures, reference(), decoys(), at_least)
    assert finding is not None
    return finding


def scaled(panel: np.ndarray) -> np.ndarray:
    return world.unit(panel) if np.ptp(panel) > 0 else np.zeros_like(panel)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(SETS)),
    stored=st.sampled_from(sorted(STORED)),
    columns=st.integers(1, 9),
    seed=st.integers(0, 10_000),
)
def test_any_layout_order_and_type_of_the_right_set_is_accepted(
    name: str, stored: str, columns: int, seed: int
) -> None:
    panels = [STORED[stored](scaled(panel)) for panel in SETS[name][0]().stack]
    order = np.random.default_rng(seed).permutation(len(panels))
    figure = world.figure([panels[place] for place in order], columns=columns)
    shuffled = replace(
        figure, axes=tuple(np.random.default_rng(seed).permutation(np.array(figure.axes, object)))
    )
    finding = look([shuffled], name)
    assert finding.accepted
    assert finding.matched == len(panels)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["kernels", "maps", "activations"]),
    gain=st.floats(1e-6, 1e6),
    offset=st.floats(-1e3, 1e3),
)
def test_gain_and_offset_do_not_matter(name: str, gain: float, offset: float) -> None:
    panels = [gain * (panel.astype(np.float64) + offset) for panel in SETS[name][0]().stack]
    assert look([world.figure(panels)], name).accepted


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(sorted(SETS)), seed=st.integers(0, 10_000))
def test_noise_is_not_accepted(name: str, seed: int) -> None:
    stack = SETS[name][0]().stack
    noise = np.random.default_rng(seed).random(stack.shape)
    assert not look([world.figure(list(noise))], name).accepted


@pytest.mark.parametrize("name", sorted(SETS))
def test_no_decoy_is_accepted(name: str) -> None:
    for decoy in SETS[name][1]():
        assert not look([world.figure([scaled(panel) for panel in decoy.stack])], name).accepted, decoy.title


def test_filters_may_be_scaled_channel_by_channel() -> None:
    def each(panel: np.ndarray) -> np.ndarray:
        return np.stack([world.unit(panel[..., channel]) for channel in range(3)], -1)

    figure = world.figure([each(panel) for panel in world.filters().stack])
    assert look([figure], "filters").found.view == "per_channel"
    assert look([figure], "filters").accepted


@pytest.mark.parametrize(
    ("view", "reduce"),
    [("channel_1", lambda panel: panel[..., 1]), ("channel_mean", lambda panel: panel.mean(-1))],
)
def test_many_filters_may_be_shown_by_channel_or_mean(view: str, reduce: Any) -> None:
    finding = look([world.figure([reduce(panel) for panel in world.filters().stack])], "filters")
    assert finding.accepted
    assert finding.found.view == view


def test_a_reversed_colormap_excuses_a_reversed_sign() -> None:
    negative = [-panel for panel in world.kernels().stack]
    assert look([world.figure(negative, cmap="gray_r")], "kernels").accepted
    assert look([world.figure(list(world.kernels().stack), cmap="gray_r")], "kernels").accepted
    assert not look([world.figure(negative, cmap="gray")], "kernels").accepted


def test_panels_may_be_upside_down_where_the_first_row_is_drawn_at_the_bottom() -> None:
    turned = [panel[::-1] for panel in world.feature_maps().stack]
    assert look([world.figure(turned, flipped=True)], "maps").accepted
    assert look([world.figure(list(world.feature_maps().stack), flipped=True)], "maps").accepted
    assert not look([world.figure(turned)], "maps").accepted


def test_one_figure_a_panel_is_taken_together() -> None:
    figures = [world.figure([panel]) for panel in world.kernels().stack]
    assert look(figures, "kernels").accepted
    assert not look(figures[:2], "kernels").accepted


def test_one_good_figure_among_others_is_enough() -> None:
    wrong = world.figure(list(world.feature_maps(6).stack))
    right = world.figure(list(world.feature_maps(5).stack))
    assert look([wrong, right], "maps").accepted


def test_the_input_image_beside_the_maps_is_no_extra_panel() -> None:
    panels = [world.images()[5] + 0.5, *world.feature_maps().stack[4:]]
    finding = look([world.figure(panels)], "maps", at_least=12)
    assert finding.accepted
    assert finding.counted == 12


def test_a_montage_in_one_image_is_accepted() -> None:
    stack = world.feature_maps().stack
    rows = [np.hstack([scaled(panel) for panel in stack[start : start + 4]]) for start in (0, 4, 8, 12)]
    finding = look([world.figure([np.vstack(rows)])], "maps")
    assert finding.accepted
    assert finding.scene.tiles


def test_nine_in_ten_panels_are_enough_but_not_fewer() -> None:
    panels = [scaled(panel) for panel in world.filters().stack]
    odd = np.random.default_rng(0).random(panels[0].shape)
    assert look([world.figure([odd, *panels[1:]])], "filters").accepted
    assert not look([world.figure([odd, odd[::-1], *panels[2:]])], "filters").accepted
    assert not look([world.figure([*panels, *[odd + place for place in range(4)]])], "filters").accepted


def test_blank_panels_do_not_pass_for_dead_maps() -> None:
    assert not look([world.figure([np.zeros((16, 16))] * 16)], "activations", at_least=4).accepted


def test_blank_filling_panels_do_not_count() -> None:
    panels = [*world.feature_maps().stack, *[np.zeros((16, 16))] * 8]
    assert look([world.figure(panels)], "maps").accepted


def test_maps_that_the_activation_leaves_alone_do_not_count_against_the_figure() -> None:
    positive = world.maps(5) + 100
    reference = PanelSet(positive, "feature map", [""] * 16, "maps before the activation")
    twin = PanelSet(np.maximum(positive, 0), "feature map", [""] * 16, "maps after it", "other_layer")
    finding = verify([world.figure(list(positive))], reference, [twin])
    assert finding is not None
    assert finding.accepted


def test_a_decoy_above_the_threshold_is_told_apart_by_the_margin() -> None:
    reference = world.feature_maps()
    noise = np.random.default_rng(0).normal(size=reference.stack.shape)
    close = reference.stack + 0.08 * reference.stack.std(axis=(1, 2), keepdims=True) * noise
    decoy = replace(
        reference, panels=close, title="a network trained a little longer", mistake="other_checkpoint"
    )
    shown = verify([world.figure(list(close))], reference, [decoy])
    assert shown is not None
    assert shown.found.hits.all()
    assert not shown.accepted
    assert shown.margin is not None
    assert shown.margin < 0
    asked = verify([world.figure(list(reference.stack))], reference, [decoy])
    assert asked is not None
    assert asked.accepted


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_neither_crash_nor_pass(bad: float) -> None:
    panels = [np.full((16, 16), bad) for _ in range(16)]
    assert not look([world.figure(panels)], "maps").accepted
    one_bad = world.feature_maps().stack.copy()
    one_bad[7, 3, 3] = bad
    assert look([world.figure(list(one_bad))], "maps").accepted


def test_very_large_and_very_small_numbers_are_compared() -> None:
    stack = world.feature_maps().stack.astype(np.float64)
    assert look([world.figure(list(1e300 * stack))], "maps").accepted
    assert look([world.figure(list(1e-300 * stack))], "maps").accepted


@pytest.mark.parametrize("how", ["itself", "nearest", "smooth", "cropped grid"])
def test_an_enlarged_heatmap_is_accepted(how: str) -> None:

    reference, others = world.heatmap(), [world.heatmap(other, "other_image") for other in range(6, 12)]
    panel = reference.stack[0]
    enlarged = {
        "itself": panel,
        "nearest": np.kron(panel, np.ones((3, 3))),
        "smooth": zoom(panel, 32 / 13, order=1, grid_mode=True, mode="nearest"),
        "cropped grid": zoom(panel, 32 / 13, order=3),
    }[how]
    photograph = world.images()[0] + 0.5
    finding = verify([world.figure([photograph, enlarged, panel])], reference, others)
    assert finding is not None
    assert finding.accepted
    for other in others:
        wrong = verify([world.figure([np.kron(other.stack[0], np.ones((2, 2)))])], reference, others)
        assert wrong is not None
        assert not wrong.accepted


def test_no_panels_no_finding() -> None:
    assert verify([Figure(0, ())], world.kernels(), []) is None


@pytest.mark.parametrize("name", sorted(SETS))
def test_panels_enlarged_by_repeating_pixels_are_accepted(name: str) -> None:
    def enlarged(panel: np.ndarray) -> np.ndarray:
        return np.kron(scaled(panel), np.ones((7, 7, 1)[: panel.ndim]))

    assert look([world.figure([enlarged(panel) for panel in SETS[name][0]().stack])], name).accepted


@pytest.mark.parametrize("name", ["maps", "activations"])
def test_maps_enlarged_with_interpolation_are_accepted_and_decoys_are_not(name: str) -> None:
    def enlarged(panel: np.ndarray) -> np.ndarray:
        return zoom(panel, 4, order=1, grid_mode=True, mode="nearest")

    reference, decoys = SETS[name]
    assert look([world.figure([enlarged(panel) for panel in reference().stack])], name).accepted
    for decoy in decoys()[:5]:
        assert not look([world.figure([enlarged(panel) for panel in decoy.stack])], name).accepted


def for_display(panel: np.ndarray) -> np.ndarray:
    """What textbooks do with a feature map: two standard deviations around the mean, as bytes."""
    return np.clip((panel - panel.mean()) / (panel.std() + 1e-5) * 64 + 128, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["maps", "activations"])
def test_maps_cut_off_for_display_are_accepted_and_decoys_are_not(name: str) -> None:
    reference, decoys = SETS[name]
    assert look([world.figure([for_display(panel) for panel in reference().stack])], name).accepted
    for decoy in decoys()[:5]:
        assert not look([world.figure([for_display(panel) for panel in decoy.stack])], name).accepted


def test_an_activation_is_not_excused_as_cut_off() -> None:
    rectified = world.feature_maps(relu=True).stack
    assert not look([world.figure([scaled(panel) for panel in rectified])], "maps").accepted


def test_one_montage_a_row_is_accepted() -> None:
    panels = [scaled(panel) for panel in world.filters().stack]
    rows = [np.hstack(panels[start : start + 4]) for start in (0, 4, 8, 12)]
    assert look([world.figure(rows, columns=1)], "filters").accepted
    assert look([world.figure([row]) for row in rows], "filters").accepted


def test_three_kernels_in_one_image_are_accepted() -> None:
    assert look([world.figure([np.hstack(list(world.kernels().stack))])], "kernels").accepted


def test_a_montage_beside_the_input_image_is_accepted() -> None:
    stack = [scaled(panel) for panel in world.feature_maps().stack]
    montage = np.vstack([np.hstack(stack[start : start + 4]) for start in (0, 4, 8, 12)])
    assert look([world.figure([world.images()[5] + 0.5, montage])], "maps").accepted


def test_an_enlarged_montage_is_accepted() -> None:
    panels = [scaled(panel) for panel in world.filters().stack]
    montage = np.vstack([np.hstack(panels[start : start + 4]) for start in (0, 4, 8, 12)])
    assert look([world.figure([np.kron(montage, np.ones((9, 9, 1)))])], "filters").accepted


@pytest.mark.parametrize(("drawn", "accepted"), [(11, False), (12, True), (16, True)])
def test_fewer_panels_than_asked_for_are_too_few(drawn: int, accepted: bool) -> None:
    figure = world.figure(list(world.feature_maps().stack[:drawn]))
    assert look([figure], "maps", at_least=12).accepted is accepted
