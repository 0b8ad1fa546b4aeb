"""What the assignments' questions about filters, kernels and feature maps ask for, as arrays.

Computed from the shipped networks with Keras alone, not by the oracle. Draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checks.base import Floats
from autograder.evidence import Array, Value
from figure_cases.base import World
from reference import visualisation

FILTER, KERNEL, MAP = "filter", "kernel", "feature map"


@dataclass(frozen=True, eq=False)
class Claim:
    """What a question asks for, and what may be shown by mistake.

    Attributes:
        place, check, values: as of a `Case`.
        noun: what a panel is.
        panels: the right ones, (N, H, W[, 3]).
        least: how many of them have to be shown.
        tensor: the array that they are indexed from, panels last; None where there is none.
        others: by mistake and words, other panels.
        beside: what may stand in the same figure.
    """

    place: str
    noun: str
    panels: Floats
    least: int
    tensor: Floats | None = None
    others: dict[tuple[str, str], Floats] = field(default_factory=dict)
    check: int = 0
    values: dict[str, Value] = field(default_factory=dict)
    beside: Floats | None = None


def claims(world: World) -> Iterator[Claim]:
    yield from _investigating(world)
    yield from _mnist(world)
    yield from _weights(world)
    yield from _deconstructing(world)


def _weights_of(network: Any, layer: int) -> Floats:
    return np.asarray(network.layers[layer].get_weights()[0])


def _colour_filters(network: Any, layer: int) -> Floats:
    return np.moveaxis(_weights_of(network, layer)[:, :, :3], -1, 0)


def _maps(network: Any, layer: int, image: Floats) -> Floats:
    return np.moveaxis(visualisation.activations(network, layer, image[None])[0], -1, 0)


def _investigating(world: World) -> Iterator[Claim]:
    name = "investigating-cnns"
    own = world.network("cifar10-investigating")
    # The other one of the two that are registered.
    other = "cifar10-investigating" + ("" if world.data("cifar10").stand_in else "-stand-in")
    strangers = {
        ("untrained", "same seed"): world.untrained("cifar10-investigating"),
        ("unknown", "another seed, untrained"): world.untrained("cifar10-investigating", 5),
        ("other_checkpoint", "the stand-in's"): world.network(other, exact=True),
    }
    tensor, second = _weights_of(own, 0), _weights_of(own, 2)
    filters = _colour_filters(own, 0)
    networks = {key: _colour_filters(network, 0) for key, network in strangers.items()}
    yield Claim(
        f"{name}/all_filters",
        FILTER,
        filters,
        32,
        tensor,
        {("other_layer", "of layer 2"): _colour_filters(own, 2)[:32], **networks},
    )
    yield Claim(
        f"{name}/filter_figure",
        FILTER,
        filters[:1],
        1,
        None,
        {
            ("other_filter", "the next filter"): filters[1:2],
            ("other_filter", "the last filter"): filters[-1:],
            **{key: found[:1] for key, found in networks.items()},
        },
    )
    kernels = np.moveaxis(tensor[..., 0], -1, 0)
    yield Claim(
        f"{name}/kernel_figure",
        KERNEL,
        kernels,
        3,
        None,
        {
            ("other_filter", "the next filter"): np.moveaxis(tensor[..., 1], -1, 0),
            ("wrong_axis", "rows"): tensor[..., 0],
            ("wrong_axis", "columns"): np.moveaxis(tensor[..., 0], 1, 0),
            ("wrong_axis", "three filters"): np.moveaxis(tensor[:, :, 0, :3], -1, 0),
            **{
                key: np.moveaxis(_weights_of(network, 0)[..., 0], -1, 0) for key, network in strangers.items()
            },
            ("unknown", "of layer 2"): np.moveaxis(second[:, :, :3, 0], -1, 0),
        },
    )
    images = world.oracle(name).images
    for question, layer in (("feature_maps", 0), ("activation_maps", 1)):
        yield Claim(
            f"{name}/{question}",
            MAP,
            _maps(own, layer, images[16])[:16],
            12,
            np.moveaxis(_maps(own, layer, images[16]), 0, -1),
            {
                ("other_image", "index 17"): _maps(own, layer, images[17])[:16],
                ("other_image", "index 15"): _maps(own, layer, images[15])[:16],
                ("other_image", "index 0"): _maps(own, layer, images[0])[:16],
                ("other_image", "index 160"): _maps(own, layer, images[160])[:16],
                ("other_layer", "layer 2"): _maps(own, 2, images[16])[:16],
                ("other_layer", "layer 3"): _maps(own, 3, images[16])[:16],
                ("other_layer", "pooled"): _maps(own, 4, images[16])[:16],
                (("after_activation", "layer 1") if layer == 0 else ("before_activation", "layer 0")): _maps(
                    own, 1 - layer, images[16]
                )[:16],
                ("batch_axis", "map 0 of 16 images"): _batch(own, layer, images),
                **{key: _maps(network, layer, images[16])[:16] for key, network in strangers.items()},
            },
            check=1,
        )


def _batch(network: Any, layer: int, images: Floats) -> Floats:
    """The first map of sixteen images: the batch axis indexed in place of the last."""
    return visualisation.activations(network, layer, images[:16])[..., 0]


def _mnist(world: World) -> Iterator[Claim]:
    name = "mnist-cnn"
    own, first = world.network("mnist-improved"), world.network("mnist-first")
    unknown = world.untrained("mnist-improved", 5)
    images = world.oracle(name).images
    convolutions = [index for index, layer in enumerate(own.layers) if type(layer).__name__ == "Conv2D"]
    pool = next(index for index, layer in enumerate(own.layers) if "Pooling" in type(layer).__name__)
    tensor = _weights_of(own, convolutions[0])[:, :, 0]
    yield Claim(
        f"{name}/filter_figure",
        FILTER,
        np.moveaxis(tensor, -1, 0)[:16],
        16,
        tensor,
        {
            ("other_network", "the first network's"): np.moveaxis(_weights_of(first, 0)[:, :, 0], -1, 0)[:16],
            ("unknown", "another seed, untrained"): np.moveaxis(
                _weights_of(unknown, convolutions[0])[:, :, 0], -1, 0
            )[:16],
        },
    )
    for question, layer, check in (
        ("convolution_maps", convolutions[0], 1),
        ("pooling_maps", pool, 0),
        ("deeper_maps", convolutions[1], 0),
    ):
        elsewhere = [other for other in (convolutions[0], pool, convolutions[1]) if other != layer]
        whole = _maps(own, layer, images[0])
        yield Claim(
            f"{name}/{question}",
            MAP,
            whole[:16],
            16,
            np.moveaxis(whole, 0, -1),
            {
                ("other_image", "index 1"): _maps(own, layer, images[1])[:16],
                ("other_image", "index 7"): _maps(own, layer, images[7])[:16],
                **{
                    ("other_layer", f"layer {other}"): _maps(own, other, images[0])[:16]
                    for other in elsewhere
                },
                ("unknown", "another seed, untrained"): _maps(unknown, layer, images[0])[:16],
                ("batch_axis", "map 0 of 16 images"): _batch(own, layer, images),
            },
            check=check,
        )
    # The first network's maps are named where its layer has the same role.
    yield Claim(
        f"{name}/convolution_maps",
        MAP,
        _maps(own, convolutions[0], images[0])[:16],
        16,
        None,
        {("other_network", "the first network's"): _maps(first, 0, images[0])[:16]},
        check=1,
    )


def _weights(world: World) -> Iterator[Claim]:
    name = "weights-and-activations"
    own = world.network("cifar10-weights")
    unknown = world.untrained("cifar10-weights", 5)
    images = world.oracle(name).images
    convolutions = [index for index, layer in enumerate(own.layers) if type(layer).__name__ == "Conv2D"]
    yield Claim(
        f"{name}/filters",
        FILTER,
        _colour_filters(own, convolutions[0]),
        16,
        _weights_of(own, convolutions[0]),
        {
            ("other_layer", "of the second convolution"): _colour_filters(own, convolutions[1]),
            ("unknown", "another seed, untrained"): _colour_filters(unknown, convolutions[0]),
        },
        check=1,
    )
    for question, variable, index in (
        ("first_activations", "first_image", 3),
        ("second_activations", "second_image", 25),
    ):
        for check in (0, 1):
            layer, other = convolutions[check], convolutions[1 - check]
            whole = _maps(own, layer, images[index])
            yield Claim(
                f"{name}/{question}",
                MAP,
                whole,
                len(whole),
                np.moveaxis(whole, 0, -1),
                {
                    ("other_image", "the next one"): _maps(own, layer, images[index + 1]),
                    ("other_image", "the other question's"): _maps(own, layer, images[28 - index]),
                    ("other_layer", f"layer {other}"): _maps(own, other, images[index]),
                    ("unknown", "another seed, untrained"): _maps(unknown, layer, images[index]),
                },
                check=check,
                values={variable: Array(images[index], "ndarray")},
                beside=_maps(own, other, images[index]),
            )


def _deconstructing(world: World) -> Iterator[Claim]:
    name = "deconstructing-cnns"
    own = world.network("mnist-deconstructing")
    unknown = world.untrained("mnist-deconstructing", 5)
    images = world.oracle(name).images
    convolutions = [index for index, layer in enumerate(own.layers) if type(layer).__name__ == "Conv2D"]
    for question, layer in zip(
        ("maps_of_first", "maps_of_second", "maps_of_third"), convolutions, strict=True
    ):
        whole = _maps(own, layer, images[51])
        elsewhere = [other for other in convolutions if other != layer]
        yield Claim(
            f"{name}/{question}",
            MAP,
            whole,
            len(whole),
            np.moveaxis(whole, 0, -1),
            {
                ("other_image", "index 50"): _maps(own, layer, images[50]),
                ("other_image", "index 0"): _maps(own, layer, images[0]),
                **{("other_layer", f"layer {other}"): _maps(own, other, images[51]) for other in elsewhere},
                ("unknown", "another seed, untrained"): _maps(unknown, layer, images[51]),
            },
        )
