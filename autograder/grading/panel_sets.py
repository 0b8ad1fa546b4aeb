"""What a figure has to show, and what it may show by mistake, for every kind of panel claim.

A reference is computed from the network that the claim is about; decoys from its other layers, filters and
images, and from other networks. Arrays only: matching them with a figure is the business of
`autograder.figures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.checks import claims
from autograder.checks.base import Floats, ModelRefusedError, NoSuchLayerError, PanelSet, Picture
from autograder.grading.subjects import Local, Submitted

_ACTIVATIONS = {"Activation", "ReLU", "ELU", "LeakyReLU", "PReLU"}


@dataclass(frozen=True, eq=False)
class Network:
    """A network whose insides may be shown.

    Attributes:
        subject: its insides.
        mistake: "" for the one that the claim is about, else the mistake of showing this one.
        title: what it is, for messages; "" where that goes without saying.
    """

    subject: Local | Submitted
    mistake: str = ""
    title: str = ""

    def name(self, layer: int) -> str:
        """A layer in words."""
        return f"layer {layer} ({self.subject.layers[layer].name})"

    @property
    def of(self) -> str:
        """Whose it is, to follow a layer's name."""
        return f" of {self.title}" if self.title else ""

    def kernels(self, layer: int) -> Floats | None:
        """The layer's kernel tensor (h, w, channels, filters), or None if it is not convolutional."""
        weights = self.subject.weights(layer)
        return weights[0] if weights and weights[0].ndim == 4 else None

    def needed_kernels(self, layer: int) -> Floats:
        """The same, of a layer that a claim names."""
        kernels = self.kernels(layer)
        if kernels is None:
            raise self.subject.unfit(f"{self.name(layer)} has no kernels")
        return kernels

    def maps(self, layer: int, images: Floats) -> Floats:
        """Feature maps of images, (N, filters, h, w)."""
        maps = self.subject.layer_output(layer, images)
        if maps.ndim != 4:
            raise self.subject.unfit(f"{self.name(layer)} has no feature maps")
        return np.moveaxis(maps, -1, 1)

    @property
    def convolutions(self) -> list[int]:
        """Indices of the convolutional layers."""
        return [index for index in range(len(self.subject.layers)) if self.kernels(index) is not None]

    @property
    def spatial(self) -> list[int]:
        """Indices of the layers whose output has height and width."""
        return [index for index, layer in enumerate(self.subject.layers) if len(layer.shape) == 4]


@dataclass(frozen=True, eq=False)
class World:
    """What a claim may be mistaken for.

    Attributes:
        own: the network that it is about.
        strangers: networks shown by mistake.
        images: images shown by mistake, scaled, (N, H, W, C).
        names: of these images, for messages.
        labels: the classes' names, for messages.
    """

    own: Network
    strangers: Sequence[Network] = ()
    images: Floats = field(default_factory=lambda: np.zeros((0, 1, 1, 1), np.float32))
    names: Sequence[str] = ()
    labels: Sequence[str] = ()


def candidates(claim: claims.PanelClaim, world: World, image: Picture | None = None) -> list[PanelSet]:
    """The references first, of which any is right (`mistake` is ""), then the decoys.

    Args:
        claim: what the figure says it shows.
        world: the networks and images.
        image: the image that the claim names, if it names one.
    """
    match claim:
        case claims.Images():
            return [PanelSet(world.images, "image", world.names, "images of the test set")]
        case claims.Filters(filters=of):
            return list(_filters(of.layer, world))
        case claims.Filter(filter=of):
            return list(_filter(of.layer, of.filter, world))
        case claims.Kernels(kernels=of):
            return list(_kernels(of.layer, of.filter, world))
        case claims.Activations(activations=of) if image is not None:
            return list(_activations(of.layer, image, world))
        case claims.GradCam(grad_cam=of) if image is not None:
            return list(_heatmaps(of.layer, image, world))
    raise TypeError(claim)


def _elsewhere(world: World, layer: int | str) -> Iterator[tuple[Network, int]]:
    """The other networks, each with its layer of that index or role; those without one are passed over."""
    for network in world.strangers:
        try:
            yield network, network.subject.resolve(layer)
        except (ValueError, NoSuchLayerError, ModelRefusedError):
            continue


def _visible(kernels: Floats) -> Floats:
    """Filters as pictures, (filters, h, w[, 3]): gray, RGB, or of deeper layers the first three channels."""
    filters = np.moveaxis(kernels, -1, 0)
    return filters[..., 0] if filters.shape[-1] < 3 else filters[..., :3]


def _numbered(noun: str, count: int) -> list[str]:
    return [f"{noun} {index}" for index in range(count)]


def _filters(layer: int | str, world: World) -> Iterator[PanelSet]:
    def of(network: Network, index: int, mistake: str) -> PanelSet:
        panels = _visible(network.needed_kernels(index))
        title = f"the filters of {network.name(index)}{network.of}"
        return PanelSet(panels, "filter", _numbered("filter", len(panels)), title, mistake)

    own, asked = world.own, world.own.subject.resolve(layer)
    yield of(own, asked, "")
    yield from (of(own, other, "other_layer") for other in own.convolutions if other != asked)
    for network, index in _elsewhere(world, layer):
        if network.kernels(index) is not None:
            yield of(network, index, network.mistake)


def _one_filter(network: Network, layer: int, which: int) -> Floats:
    """The kernel tensor of a layer that has a filter of that number."""
    kernels = network.needed_kernels(layer)
    if which >= kernels.shape[-1]:
        raise network.subject.unfit(f"{network.name(layer)} has no filter {which}")
    return kernels


def _filter(layer: int | str, index: int, world: World) -> Iterator[PanelSet]:
    def of(network: Network, where: int, which: int, mistake: str) -> PanelSet:
        panel = _visible(network.needed_kernels(where))[which]
        title = f"filter {which} of {network.name(where)}{network.of}"
        return PanelSet([panel], "filter", [f"filter {which}"], title, mistake)

    own, asked = world.own, world.own.subject.resolve(layer)
    count = _one_filter(own, asked, index).shape[-1]
    yield of(own, asked, index, "")
    yield from (of(own, asked, other, "other_filter") for other in range(count) if other != index)
    for network, where in _elsewhere(world, layer):
        kernels = network.kernels(where)
        if kernels is not None and index < kernels.shape[-1]:
            yield of(network, where, index, network.mistake)


def _kernels(layer: int | str, index: int, world: World) -> Iterator[PanelSet]:
    def of(network: Network, where: int, which: int, mistake: str) -> PanelSet:
        panels = np.moveaxis(network.needed_kernels(where)[..., which], -1, 0)
        title = f"the kernels of filter {which} in {network.name(where)}{network.of}"
        return PanelSet(panels, "kernel", _numbered("channel", len(panels)), title, mistake)

    own, asked = world.own, world.own.subject.resolve(layer)
    tensor = _one_filter(own, asked, index)
    yield of(own, asked, index, "")
    yield from (of(own, asked, other, "other_filter") for other in range(tensor.shape[-1]) if other != index)
    chosen = tensor[..., index]
    for axis, title in (
        (0, f"rows of filter {index} (indexed on the first axis, its height, not on the channel axis)"),
        (1, f"columns of filter {index} (indexed on the second axis, its width, not on the channel axis)"),
    ):
        slices = np.moveaxis(chosen, axis, 0)
        yield PanelSet(slices, "kernel", _numbered("slice", len(slices)), title, "wrong_axis")
    across = np.moveaxis(tensor[:, :, 0, : tensor.shape[2]], -1, 0)
    title = "one channel of the first few filters (the filter axis was indexed, not the channel axis)"
    yield PanelSet(across, "kernel", _numbered("filter", len(across)), title, "wrong_axis")
    for network, where in _elsewhere(world, layer):
        kernels = network.kernels(where)
        if kernels is not None and index < kernels.shape[-1]:
            yield of(network, where, index, network.mistake)


def _activations(layer: int | str, image: Picture, world: World) -> Iterator[PanelSet]:
    def as_set(maps: Floats, what: str, mistake: str) -> PanelSet:
        labels, title = _numbered("map", len(maps)), f"the feature maps of {what}"
        return PanelSet(maps, "feature map", labels, title, mistake)

    def of(network: Network, index: int, mistake: str) -> PanelSet:
        maps = network.maps(index, image.pixels[None])[0]
        return as_set(maps, f"{network.name(index)}{network.of} for {image.title}", mistake)

    own, right = world.own, world.own.subject.accepted(layer)
    yield from (of(own, index, "") for index in right)
    for other in own.spatial:
        if other not in right:
            yield of(own, other, _beside_activation(own, other, right))
    for network, index in _elsewhere(world, layer):
        if index in network.spatial:
            yield of(network, index, network.mistake)
    others = [place for place, pixels in enumerate(world.images) if not np.array_equal(pixels, image.pixels)]
    for index in right if others else ():
        every = own.maps(index, world.images)
        count = min(every.shape[1], len(every))
        what = f"{own.name(index)}{own.of}: map 0 for each of the first {count} images"
        yield as_set(every[:count, 0], what, "batch_axis")
        for other in others:
            yield as_set(every[other], f"{own.name(index)}{own.of} for {world.names[other]}", "other_image")


def _beside_activation(network: Network, layer: int, right: Sequence[int]) -> str:
    """The mistake of showing a layer: the wrong side of the activation function, or another layer."""
    layers = network.subject.layers
    if layer + 1 in right and layers[layer + 1].python in _ACTIVATIONS:
        return "before_activation"
    if layer - 1 in right and layers[layer].python in _ACTIVATIONS:
        return "after_activation"
    return "other_layer"


def _heatmaps(layer: int | str, image: Picture, world: World) -> Iterator[PanelSet]:
    def as_set(heatmap: Floats, what: str, mistake: str) -> PanelSet:
        return PanelSet([heatmap], "heatmap", ["heatmap"], f"the heatmap of {what}", mistake)

    def of(network: Network, index: int, pixels: Floats, title: str, mistake: str) -> PanelSet:
        heatmap = _given(network).heatmap(index, pixels)
        return as_set(heatmap, f"{network.name(index)}{network.of} for {title}", mistake)

    own, asked = world.own, world.own.subject.resolve(layer)
    given, pixels = _given(own), image.pixels
    yield of(own, asked, pixels, image.title, "")
    own_class = int(own.subject.probabilities(pixels[None]).argmax())
    for label, name in enumerate(world.labels):
        if label != own_class:
            heatmap = given.heatmap(asked, pixels, label)
            what = f"{own.name(asked)} for the class {name}, which is not the predicted one"
            yield as_set(heatmap, what, "other_class")
    whole = given.heatmap(asked, pixels, rectified=False)
    if whole.min() < 0:
        yield as_set(whole, f"{own.name(asked)} with its negative part", "not_rectified")
        yield as_set(np.abs(whole), f"{own.name(asked)}, its negative part made positive", "absolute")
    slopes = given.mean_gradient(asked, pixels)
    for part in (np.maximum(slopes, 0), slopes, np.abs(slopes)):
        yield as_set(part, f"{own.name(asked)}: the gradients, without the maps", "gradients_only")
    what = "the pixels: how strongly the class depends on each"
    yield as_set(given.saliency(pixels), what, "saliency")
    maps = own.maps(asked, pixels[None])[0]
    what = f"{own.name(asked)}: the plain mean of its maps, without gradients"
    yield as_set(maps.mean(axis=0), what, "no_gradients")
    others = [other for other in own.convolutions if other not in (asked, asked - 1)]
    yield from (of(own, other, pixels, image.title, "other_layer") for other in others)
    yield from (
        of(own, asked, world.images[place], world.names[place], "other_image")
        for place in _neighbours(world, image)
    )
    for network, index in _elsewhere(world, layer):
        yield of(network, index, pixels, image.title, network.mistake)


def _given(network: Network) -> Local:
    """A network of the course."""
    if not isinstance(network.subject, Local):
        raise TypeError("heatmaps are computed for the given network only")
    return network.subject


def _neighbours(world: World, image: Picture) -> list[int]:
    """Images that are taken by mistake: the first two, and those beside the right one."""
    place = next((k for k, pixels in enumerate(world.images) if np.array_equal(pixels, image.pixels)), 0)
    near = dict.fromkeys([0, 1, place - 1, place + 1])
    return [other for other in near if 0 <= other < len(world.images) and other != place]
