"""What holds for every figure: the right one passes in any style, one of something else never does.

Styles and mistakes are drawn at random; the tests beside this one say which are meant.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.evidence import Axes, Figure, Image
from autograder.figures import gallery, maximised
from autograder.figures.diagnosis import explain, remarks
from autograder.figures.gallery import Collection
from autograder.figures.panels import PanelSet
from autograder.figures.verify import ENOUGH, verify
from tests.figures import world
from tests.figures.test_mosaic import mosaic

LIGHTENING = (
    "",
    "gray",
    "viridis",
    "plasma",
    "inferno",
    "magma",
    "cividis",
    "bone",
    "hot",
    "Blues_r",
    "pink",
)
DARKENING = ("gray_r", "binary", "viridis_r", "magma_r", "cividis_r", "bone_r")
TYPES = ("float32", "float64", "uint8", "uint16", "int64")
GRAY: dict[str, Any] = {
    "kernels": (world.kernels, world.decoys_of_kernels),
    "maps": (world.feature_maps, world.decoys_of_maps),
    "activations": (lambda: world.feature_maps(relu=True), lambda: world.decoys_of_maps(relu=True)),
}
styles = st.fixed_dictionaries(
    {
        "gain": st.floats(1e-4, 1e4),
        "offset": st.floats(-100, 100),
        "dtype": st.sampled_from(TYPES),
        "cmap": st.sampled_from(LIGHTENING + DARKENING),
        "call": st.sampled_from(("imshow", "matshow", "pcolormesh")),
        "columns": st.integers(1, 20),
        "each": st.booleans(),
        "seed": st.integers(0, 1000),
    }
)


def drawn(stack: Any, style: dict[str, Any]) -> Figure:
    """Gray panels in a style: in any order and layout, of any gain, offset, type and colormap."""
    order = np.random.default_rng(style["seed"]).permutation(len(stack))
    panels = np.asarray(stack, np.float64)[order]
    axes = (1, 2) if style["each"] else None
    low, span = panels.min(axes, keepdims=True), np.ptp(panels, axis=axes, keepdims=True)
    unit = (panels - low) / np.where(span > 0, span, 1)
    if np.dtype(style["dtype"]).kind == "f":
        shown = (style["gain"] * (unit + style["offset"])).astype(style["dtype"])
    else:
        shown = np.rint(unit * min(np.iinfo(style["dtype"]).max, 65535)).astype(style["dtype"])
    upside_down = style["call"] == "pcolormesh"
    if upside_down and style["seed"] % 2:
        shown = shown[:, ::-1]  # As careful people do, since pcolormesh draws the first row below.
    negative = style["cmap"] in DARKENING and style["seed"] % 3 == 0 and shown.dtype.kind == "f"
    return world.figure(
        list(-shown if negative else shown),
        columns=style["columns"],
        order=np.random.default_rng(style["seed"] + 1).permutation(len(shown)).tolist(),
        cmap=style["cmap"],
        flipped=upside_down,
    )


@settings(max_examples=80, deadline=None)
@given(name=st.sampled_from(sorted(GRAY)), style=styles)
def test_the_right_panels_are_accepted_in_every_style(name: str, style: dict[str, Any]) -> None:
    # Single precision keeps no more than this beside the offset; bytes of all maps together lose faint ones.
    style = {**style, "gain": min(style["gain"], 1e2)} if style["dtype"] == "float32" else style
    style = {**style, "each": True} if style["dtype"] == "uint8" else style
    reference, decoys = GRAY[name]
    finding = verify([drawn(reference().stack, style)], reference(), decoys())
    assert finding is not None
    assert finding.accepted
    assert finding.share == 1
    assert remarks(finding) == ""


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(GRAY)),
    style=styles,
    seed=st.integers(10, 10_000),
    image=st.sampled_from([other for other in range(world.COUNT) if other != 5]),
    known=st.booleans(),
)
def test_another_network_layer_or_image_is_never_accepted(
    name: str, style: dict[str, Any], seed: int, image: int, known: bool
) -> None:
    reference, decoys = GRAY[name]
    relu = name == "activations"
    wrong = {
        "kernels": np.moveaxis(world.weights(seed)[..., 0], -1, 0),
        "maps": world.maps(image, 2 if seed % 2 else seed, relu=relu),
        "activations": world.maps(image, 2 if seed % 2 else seed, relu=relu),
    }[name]
    # A network that the grader never saw is refused as well as one that it can name.
    finding = verify([drawn(wrong, style)], reference(), decoys() if known else [])
    assert finding is not None
    assert not finding.accepted
    assert finding.share < 0.5
    assert explain(finding).name not in ("", "missing")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(10, 10_000), each=st.booleans(), shuffle=st.integers(0, 100))
def test_filters_of_another_network_are_never_accepted(seed: int, each: bool, shuffle: int) -> None:
    panels = np.moveaxis(world.weights(seed), -1, 0)
    shown = [world.unit(panel) for panel in panels] if each else list(world.unit(panels))
    order = np.random.default_rng(shuffle).permutation(len(shown))
    finding = verify([world.figure([shown[place] for place in order])], world.filters(), [])
    assert finding is not None
    assert not finding.accepted


@settings(max_examples=40, deadline=None)
@given(wrong=st.integers(0, 16), style=styles)
@example(wrong=1, style={"seed": 0})
@example(wrong=2, style={"seed": 0})
def test_at_most_one_panel_in_ten_may_be_of_something_else(wrong: int, style: dict[str, Any]) -> None:
    stack = world.feature_maps(5).stack.copy()
    stack[:wrong] = world.feature_maps(11).stack[:wrong]
    order = np.random.default_rng(style["seed"]).permutation(16)
    finding = verify([world.figure(list(stack[order]))], world.feature_maps(5), world.decoys_of_maps())
    assert finding is not None
    assert finding.accepted == (16 - wrong >= ENOUGH * 16)
    if not finding.accepted and wrong > 2:
        assert "image 11" in explain(finding).message


@settings(max_examples=40, deadline=None)
@given(
    columns=st.integers(1, 16),
    pad=st.integers(0, 3),
    frame=st.booleans(),
    fill=st.sampled_from([0.0, 1.0, -3.0, np.nan]),
    gain=st.floats(1e-3, 1e3),
    seed=st.integers(0, 1000),
)
def test_a_mosaic_of_the_right_panels_is_accepted_and_of_others_is_not(
    columns: int, pad: int, frame: bool, fill: float, gain: float, seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(16)
    for image in (5, 6):
        tiles = gain * world.feature_maps(image).stack[order]
        sheet = mosaic(tiles, columns, pad, pad if frame else 0, fill)
        finding = verify([world.figure([sheet])], world.feature_maps(5), world.decoys_of_maps())
        assert finding is not None
        assert finding.accepted == (image == 5)
        assert image == 5 or explain(finding).name == "other_image"


@settings(max_examples=40, deadline=None)
@given(
    indices=st.lists(st.integers(0, world.COUNT - 1), min_size=4, max_size=8, unique=True),
    gain=st.floats(0.1, 1),
    offset=st.floats(0, 0.5),
    shift=st.integers(0, 9),
)
def test_images_under_their_own_classes_are_accepted_and_under_others_not(
    indices: list[int], gain: float, offset: float, shift: int
) -> None:
    names = [f"kind{number}" for number in range(10)]
    labels = np.arange(world.COUNT) % 10
    collection = Collection(world.images(), labels, labels, names)
    panels = [gain * (world.images()[index] + 0.5 + offset) / 1.5 for index in indices]
    titles = [names[(labels[index] + shift) % 10] for index in indices]
    found = gallery.look_up([world.figure(panels, titles)], collection, 4, "label")
    assert found is not None
    assert [shot.image for shot in found.shots] == indices
    assert found.accepted == (shift == 0)
    if shift:
        assert gallery.explain(found, collection, "label").name == "wrong_title"


SHAPES = (
    *((16, 16), (16, 16, 3), (3, 3), (3, 3, 3), (33, 33), (12, 3), (1, 16, 16, 1)),
    *((0, 4), (5,), (2, 2, 2), (1, 1), (64, 48)),
)
anything = arrays.arrays(
    st.sampled_from(["uint8", "int64", "bool", "float16", "float32", "float64"]), st.sampled_from(SHAPES)
)


@settings(max_examples=60, deadline=None)
@given(
    shown=st.lists(anything, min_size=1, max_size=6),
    limits=st.sampled_from([(None, None), (0.0, 0.0), (5.0, -5.0), (np.inf, None)]),
    position=st.tuples(*[st.floats(-2, 2)] * 4),
    name=st.sampled_from([*sorted(GRAY), "filters", "heatmap"]),
)
def test_no_pixels_break_the_judge(shown: Any, limits: Any, position: Any, name: str) -> None:
    low, high = limits
    images = tuple(Image(pixels, "imshow", "gray_r", low, high, True) for pixels in shown)
    apart = [Figure(0, (Axes(position, (image,), title="7"),)) for image in images]
    together = [Figure(0, (Axes(position, images),), suptitle="cat")]
    sets = {**GRAY, "filters": (world.filters, world.decoys_of_filters), "heatmap": (world.heatmap, list)}
    reference, decoys = sets[name]
    for figures in (apart, together):
        finding = verify(figures, reference(), decoys())
        assert finding is None or explain(finding).message
        form = PanelSet(world.images()[..., :1], "image", (), "")
        assert len(maximised.readings(figures, form.shape, 4)) >= 0
        labels = np.zeros(world.COUNT, int)
        collection = Collection(world.images(), labels, labels, ["cat", "dog"])
        found = gallery.look_up(figures, collection, 2, "predicted_and_label")
        assert found is None or gallery.explain(found, collection, "predicted_and_label").message


@pytest.mark.parametrize("name", sorted(GRAY))
def test_the_reference_beside_what_may_stand_there(name: str) -> None:
    reference, _ = GRAY[name]
    other = world.feature_maps(9) if name == "maps" else world.feature_maps(9, relu=True)
    stack = reference().stack
    if other.shape != stack.shape[1:]:
        return
    both = [world.figure([*stack, *other.stack])]
    alone, beside = (verify(both, reference(), [], None, allowed) for allowed in ((), (other,)))
    assert alone is not None
    assert beside is not None
    assert (alone.accepted, beside.accepted) == (False, True)
