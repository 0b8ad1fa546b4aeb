"""Each mistake is recognised and told in words; where nothing can be told, nothing is claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder.evidence import Axes, Figure, Image
from autograder.figures.diagnosis import Diagnosis, explain, remarks
from autograder.figures.panels import PanelSet
from autograder.figures.verify import verify
from tests.figures import world


def told(
    figures: Figure | list[Figure],
    reference: PanelSet,
    decoys: Sequence[PanelSet] = (),
    at_least: int | None = None,
) -> Diagnosis:
    finding = verify([figures] if isinstance(figures, Figure) else figures, reference, decoys, at_least)
    assert finding is not None
    assert not finding.accepted
    return explain(finding)


def drawn(panels: Any, **how: Any) -> Figure:
    return world.figure(list(panels), **how)


def scaled_filters(stack: np.ndarray) -> list[np.ndarray]:
    return [world.unit(panel) for panel in stack]


@pytest.mark.parametrize("decoy", world.decoys_of_maps()[:5], ids=lambda decoy: decoy.title)
def test_the_nearest_decoy_is_named(decoy: PanelSet) -> None:
    diagnosis = told(drawn(decoy.stack), world.feature_maps(), world.decoys_of_maps())
    assert diagnosis.name == decoy.mistake
    assert diagnosis.message.startswith(f"Your figure shows {decoy.title}.")
    assert "The question asks for the feature maps of image 5" in diagnosis.message


def test_maps_of_another_size_are_recognised() -> None:
    pooled = world.maps(5)[:, ::2, ::2]
    decoy = PanelSet(pooled, "feature map", [""] * 16, "the feature maps of the pooling layer", "other_layer")
    assert told(drawn(pooled), world.feature_maps(), [decoy]).name == "other_layer"


@pytest.mark.parametrize(
    ("slip", "name"),
    [
        (lambda stack: stack.swapaxes(1, 2), "transposed"),
        (lambda stack: stack[:, ::-1], "flipped"),
        (lambda stack: stack[:, :, ::-1], "flipped"),
        (lambda stack: stack[:, ::-1, ::-1], "flipped"),
        (lambda stack: -stack, "negated"),
    ],
)
@pytest.mark.parametrize(
    ("reference", "decoys"),
    [
        (world.kernels(), world.decoys_of_kernels()),
        (world.feature_maps(), world.decoys_of_maps()),
        (world.filters(), world.decoys_of_filters()),
    ],
    ids=["kernels", "maps", "filters"],
)
def test_turned_and_negated_panels(slip: Any, name: str, reference: PanelSet, decoys: list[PanelSet]) -> None:
    panels = slip(reference.stack)
    if panels.ndim == 4:
        panels = scaled_filters(panels)
    assert told(drawn(panels), reference, decoys).name == name


@pytest.mark.parametrize("axis", [0, 1])
def test_kernels_indexed_on_the_wrong_axis(axis: int) -> None:
    tensor = world.weights()[..., 0]
    panels = np.moveaxis(tensor, axis, 0)
    diagnosis = told(drawn(panels), world.kernels(), world.decoys_of_kernels())
    assert diagnosis.name == "wrong_axis"
    assert "last axis" in diagnosis.message


def test_maps_indexed_on_the_wrong_axis() -> None:
    output = np.moveaxis(world.maps(5), 0, -1)
    assert told(drawn(output), world.feature_maps(), world.decoys_of_maps()).name == "wrong_axis"


def test_reshape_in_place_of_indexing() -> None:
    filters = world.weights().reshape(16, 3, 3, 3)
    assert told(drawn(scaled_filters(filters)), world.filters()).name == "reshaped"
    twelve = world.maps(5)[:12]
    some = PanelSet(twelve, "feature map", [f"map {i}" for i in range(12)], "the maps of image 5")
    assert told(drawn(np.moveaxis(twelve, 0, -1).reshape(12, 16, 16)), some).name == "reshaped"


def test_channels_in_another_order() -> None:
    stack = world.filters().stack
    bgr = told(drawn(scaled_filters(stack[..., ::-1])), world.filters())
    assert bgr.name == "bgr"
    assert "red, green, blue" in bgr.message
    assert told(drawn(scaled_filters(stack[..., [1, 2, 0]])), world.filters()).name == "channel_order"


def test_filter_with_height_and_channels_mixed_up() -> None:
    panel = world.one_filter().stack[0].transpose(2, 0, 1)
    assert told(drawn([world.unit(panel)]), world.one_filter()).name == "wrong_axis"


def test_raw_floats_that_imshow_clipped() -> None:
    diagnosis = told(drawn(world.filters().stack), world.filters(), world.decoys_of_filters())
    assert diagnosis.name == "clipped"
    assert "RGB floats below 0 were clipped by imshow" in diagnosis.message
    assert "0…1" in diagnosis.message


def test_floats_up_to_255_that_imshow_clipped() -> None:
    panels = [255 * panel for panel in scaled_filters(world.filters().stack)]
    diagnosis = told(drawn(panels), world.filters())
    assert diagnosis.name == "clipped"
    assert "below 0" not in diagnosis.message


def test_a_rounding_error_above_one_is_not_clipping() -> None:
    panels = [np.float32(1.0000001) * panel for panel in scaled_filters(world.filters().stack)]
    finding = verify([drawn(panels)], world.filters(), [])
    assert finding is not None
    assert finding.accepted


def test_floats_cut_off_by_the_student() -> None:
    panels = np.clip(world.filters().stack, 0, 1)
    assert told(drawn(panels), world.filters(), world.decoys_of_filters()).name == "clipped"


def test_cast_to_integers() -> None:
    assert told(drawn(world.kernels().stack.astype(int)), world.kernels()).name == "cast_to_int"
    wrapped = np.mod((255 * world.filters().stack).astype(int), 256).astype(np.uint8)
    assert told(drawn(wrapped), world.filters(), world.decoys_of_filters()).name == "wrapped"


def test_blank_and_not_finite_panels() -> None:
    assert told(drawn([np.zeros((16, 16))] * 16), world.feature_maps()).name == "blank"
    assert told(drawn([np.full((16, 16), np.nan)] * 16), world.feature_maps()).name == "not_finite"


def test_colour_limits_that_hide_everything() -> None:
    figure = drawn(world.feature_maps().stack, vmin=1e6, vmax=2e6)
    assert told(figure, world.feature_maps()).name == "invisible"


def test_a_repeated_and_a_missing_panel_are_named() -> None:
    panels = scaled_filters(world.filters().stack)
    panels[6], panels[9], panels[12] = panels[3], panels[3], panels[1]
    diagnosis = told(drawn(panels), world.filters(), world.decoys_of_filters())
    assert diagnosis.name == "repeated"
    assert diagnosis.partly
    assert "anel 7 repeats filter 3" in diagnosis.message
    assert "filter 6, filter 9 and filter 12 are missing" in diagnosis.message


def test_one_repeated_panel_in_an_accepted_figure_is_remarked() -> None:
    panels = scaled_filters(world.filters().stack)
    panels[6] = panels[3]
    finding = verify([drawn(panels)], world.filters(), world.decoys_of_filters())
    assert finding is not None
    assert finding.accepted
    assert remarks(finding) == "Panel 7 repeats filter 3; filter 6 is missing."


def test_nothing_is_remarked_of_a_perfect_figure() -> None:
    finding = verify([drawn(world.kernels().stack)], world.kernels(), [])
    assert finding is not None
    assert remarks(finding) == ""


def test_the_first_few_of_many() -> None:
    panels = scaled_filters(world.filters().stack[:8])
    diagnosis = told(drawn(panels), world.filters(), world.decoys_of_filters())
    assert diagnosis.name == "missing"
    assert "8 are missing (filter 8, filter 9, … filter 15)" in diagnosis.message


def test_too_few_where_some_are_enough() -> None:
    diagnosis = told(drawn(world.maps(5)[6:11]), world.feature_maps(), world.decoys_of_maps(), at_least=12)
    assert diagnosis.name == "missing"
    assert "at least 12 different ones are needed" in diagnosis.message


def test_too_many_panels() -> None:
    extra = np.random.default_rng(0).random((16, 16, 16))
    diagnosis = told(drawn([*world.maps(5), *extra]), world.feature_maps(), world.decoys_of_maps())
    assert diagnosis.name == "extra_panels"
    assert "panels 17–32 match nothing that we know" in diagnosis.message


def test_half_of_the_panels_from_another_image() -> None:
    panels = [*world.maps(5)[:8], *world.maps(9)[8:]]
    diagnosis = told(drawn(panels), world.feature_maps(), world.decoys_of_maps())
    assert diagnosis.name == "other_image"
    assert "panels 9–16 shows the feature maps of image 9" not in diagnosis.message
    assert "panels 9–16 show the feature maps of image 9" in diagnosis.message


def test_kernels_in_place_of_the_filter_and_the_other_way_round() -> None:
    assert told(drawn(world.kernels().stack), world.one_filter()).name == "kernels_instead"
    assert told(drawn(world.kernels().stack[:1]), world.one_filter()).name == "kernels_instead"
    whole = world.unit(world.weights()[..., 0])
    assert told(drawn([whole]), world.kernels(), world.decoys_of_kernels()).name == "filter_instead"


def test_images_drawn_over_each_other() -> None:
    images = tuple(Image(panel, "imshow") for panel in world.feature_maps().stack)
    figure = Figure(0, (Axes((0, 0, 1, 1), images),))
    diagnosis = told(figure, world.feature_maps(), world.decoys_of_maps())
    assert diagnosis.name == "covered"
    assert "15 images are hidden" in diagnosis.message


def test_panels_of_another_size_that_nothing_explains() -> None:
    noise = np.random.default_rng(0).random((3, 7, 9))
    diagnosis = told(drawn(noise), world.feature_maps(), world.decoys_of_maps())
    assert diagnosis.name == "wrong_shape"
    assert "3 panels of 7×9 pixels are drawn; a feature map has 16×16" in diagnosis.message


def test_noise_is_not_explained_away() -> None:
    noise = np.random.default_rng(0).random((16, 16, 16))
    diagnosis = told(drawn(noise), world.feature_maps(), world.decoys_of_maps())
    assert diagnosis.name == "unknown"
    assert "nothing of this network that we know" in diagnosis.message
    assert not diagnosis.partly


def test_a_photograph_beside_noise_does_not_decide_the_diagnosis() -> None:
    photographs = PanelSet(world.images(), "image", [""] * world.COUNT, "images of the data set", "images")
    noise = np.random.default_rng(0).random((15, 16, 16))
    figure = drawn([world.images()[5] + 0.5, *noise])
    assert told(figure, world.feature_maps(), [photographs]).name == "unknown"


def test_a_heatmap_in_colours_only_is_for_a_person() -> None:
    diagnosis = told(drawn([world.images()[5] + 0.5]), world.heatmap(), [])
    assert diagnosis.name == "colour_only"
    assert not diagnosis.sure


def test_another_heatmap_is_named() -> None:
    other = world.heatmap(7, "other_image")
    assert (
        told(drawn([np.kron(other.stack[0], np.ones((2, 2)))]), world.heatmap(), [other]).name
        == "other_image"
    )


def test_another_heatmap_beside_the_photograph_and_over_it_is_named() -> None:
    other = world.heatmap(7, "other_image")
    figure = drawn([world.images()[7] + 0.5, other.stack[0], other.stack[0]])
    assert told(figure, world.heatmap(), [world.heatmap(8, "other_image"), other]).name == "other_image"


def test_two_explanations_that_are_equally_good_are_left_to_a_person() -> None:
    reference = world.feature_maps()
    noise = np.random.default_rng(0).normal(size=reference.stack.shape)
    spread = 0.1 * reference.stack.std(axis=(1, 2), keepdims=True)
    twin = replace(reference, panels=reference.stack + spread * noise, mistake="other_checkpoint")
    between = reference.stack + 0.5001 * spread * noise
    diagnosis = told(drawn(between), reference, [twin])
    assert diagnosis.name == "ambiguous"
    assert not diagnosis.sure


def test_maps_drawn_as_colours_are_left_to_a_person_but_not_one_photograph_again_and_again() -> None:
    coloured = np.random.default_rng(0).random((16, 16, 16, 3))
    diagnosis = told(drawn(coloured), world.feature_maps(), at_least=12)
    assert (diagnosis.name, diagnosis.sure) == ("colour_only", False)
    diagnosis = told(drawn([coloured[0]] * 16), world.feature_maps(), at_least=12)
    assert (diagnosis.name, diagnosis.sure) == ("wrong_shape", True)
    assert "a feature map has 16×16 gray pixels" in diagnosis.message


def test_a_mosaic_of_maps_of_another_size_is_recognised() -> None:
    pooled = world.maps(5)[:, ::2, ::2]
    decoy = PanelSet(pooled, "feature map", [""] * 16, "the feature maps of the pooling layer", "other_layer")
    rows = [np.hstack([world.unit(one) for one in pooled[start : start + 4]]) for start in (0, 4, 8, 12)]
    for sheet in (np.vstack(rows), np.pad(np.vstack(rows), 2)):
        assert told(drawn([sheet]), world.feature_maps(), [decoy]).name == "other_layer"


def test_a_figure_that_is_mostly_unknown_is_not_called_partly_right() -> None:
    panels = np.random.default_rng(0).normal(size=(16, 16, 16))
    panels[3] = world.maps(5)[3]
    assert told(drawn(panels), world.feature_maps(), world.decoys_of_maps()).name == "unknown"


def test_maps_cast_to_integers_are_recognised_where_that_changes_them() -> None:
    stack = world.maps(5)
    stack = 2 * stack / np.abs(stack[4:]).max(axis=(0, 1, 2))
    reference = PanelSet(stack, "feature map", [""] * 16, "the maps")
    assert told(drawn(stack.astype(int)), reference, []).name == "cast_to_int"
    fine = verify([drawn((1000 * stack).astype(int))], reference, [])
    assert fine is not None
    assert fine.accepted
