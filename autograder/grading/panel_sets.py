"""What a figure has to show, and what it may show by mistake, for every kind of panel claim.

A reference is computed from the assignment's own network; decoys from its other layers, filters and
images, from the untrained network and from other checkpoints. Arrays only: matching them with a figure
is the business of `autograder.figures`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checks import claims
from autograder.checks.base import Floats, PanelSet
from reference import visualisation


@dataclass
class Network:
    """A network whose insides may be shown.

    Attributes:
        model: a `keras.Sequential`.
        mistake: "" for the assignment's own network, else the mistake of showing this one.
        title: what it is, for messages; "" for the assignment's own.
    """

    model: Any
    mistake: str = ""
    title: str = ""
    _outputs: dict[int, Floats] = field(default_factory=dict)

    def layer(self, index: int) -> Any:
        """The Keras layer of that index.

        Raises:
            ValueError: there is none.
        """
        if index >= len(self.model.layers):
            raise ValueError(
                f"there is no layer {index}, the last one is {len(self.model.layers) - 1}: "
                "a claim in the grading config is wrong"
            )
        return self.model.layers[index]

    def kernels(self, layer: int) -> Floats | None:
        """The layer's kernel tensor (h, w, channels, filters), or None if it is not convolutional."""
        weights = self.layer(layer).get_weights()
        return weights[0] if weights and weights[0].ndim == 4 else None

    def name(self, layer: int) -> str:
        """A layer in words."""
        return f"layer {layer} ({self.layer(layer).name})"

    def computed(self, layer: int, images: Floats) -> Floats:
        """The layer's output for some images, (N, …)."""
        return visualisation.output_of(self.model, self.layer(layer), images)

    def outputs(self, layer: int, images: Floats) -> Floats:
        """The layer's output for all images, computed once."""
        if layer not in self._outputs:
            self._outputs[layer] = self.computed(layer, images)
        return self._outputs[layer]

    def maps(self, layer: int, image: Floats) -> Floats:
        """Feature maps of one image, (filters, h, w)."""
        return np.moveaxis(self.computed(layer, image[None])[0], -1, 0)

    @property
    def convolutions(self) -> list[int]:
        """Indices of the convolutional layers."""
        return [index for index in range(len(self.model.layers)) if self.kernels(index) is not None]

    @property
    def spatial(self) -> list[int]:
        """Indices of the layers whose output has height and width."""
        return [index for index, layer in enumerate(self.model.layers) if len(layer.output.shape) == 4]


def candidates(
    claim: claims.PanelClaim,
    own: Network,
    strangers: Sequence[Network],
    images: Floats,
    labels: Sequence[str],
) -> list[PanelSet]:
    """The reference first, then the decoys.

    Args:
        claim: what the figure says it shows.
        own: the assignment's network.
        strangers: networks shown by mistake.
        images: the assignment's images, scaled, (N, H, W, C).
        labels: the classes' names, for messages.
    """
    match claim:
        case claims.Images():
            return [_images(images)]
        case claims.Filters(filters=of):
            return list(_filters(of.layer, own, strangers))
        case claims.Filter(filter=of):
            return list(_filter(of.layer, of.filter, own, strangers))
        case claims.Kernels(kernels=of):
            return list(_kernels(of.layer, of.filter, own, strangers))
        case claims.Activations(activations=of):
            return list(_activations(of.layer, of.image, own, strangers, images))
        case claims.GradCam(grad_cam=of):
            return list(_heatmaps(of.layer, of.image, own, strangers, images, labels))
    raise TypeError(claim)


def _images(images: Floats) -> PanelSet:
    names = [f"test image {index}" for index in range(len(images))]
    return PanelSet(images, "image", names, "images of the test set")


def _visible(kernels: Floats) -> Floats:
    """Filters as pictures, (filters, h, w[, 3]): gray, RGB, or of deeper layers the first three channels."""
    filters = np.moveaxis(kernels, -1, 0)
    return filters[..., 0] if filters.shape[-1] < 3 else filters[..., :3]


def _numbered(noun: str, count: int) -> list[str]:
    return [f"{noun} {index}" for index in range(count)]


def _of(network: Network) -> str:
    return f" of {network.title}" if network.title else ""


def _filters(layer: int, own: Network, strangers: Sequence[Network]) -> Iterator[PanelSet]:
    def of(network: Network, index: int, mistake: str) -> PanelSet:
        panels = _visible(_required(network.kernels(index), network, index))
        title = f"the filters of {network.name(index)}{_of(network)}"
        return PanelSet(panels, "filter", _numbered("filter", len(panels)), title, mistake)

    yield of(own, layer, "")
    yield from (of(own, other, "other_layer") for other in own.convolutions if other != layer)
    yield from (of(network, layer, network.mistake) for network in strangers)


def _filter(layer: int, index: int, own: Network, strangers: Sequence[Network]) -> Iterator[PanelSet]:
    def of(network: Network, which: int, mistake: str) -> PanelSet:
        panel = _visible(_required(network.kernels(layer), network, layer))[which]
        title = f"filter {which} of {network.name(layer)}{_of(network)}"
        return PanelSet([panel], "filter", [f"filter {which}"], title, mistake)

    count = _required(own.kernels(layer), own, layer).shape[-1]
    yield of(own, index, "")
    yield from (of(own, other, "other_filter") for other in range(count) if other != index)
    yield from (of(network, index, network.mistake) for network in strangers)


def _kernels(layer: int, index: int, own: Network, strangers: Sequence[Network]) -> Iterator[PanelSet]:
    def of(network: Network, which: int, mistake: str) -> PanelSet:
        panels = np.moveaxis(_required(network.kernels(layer), network, layer)[..., which], -1, 0)
        title = f"the kernels of filter {which} in {network.name(layer)}{_of(network)}"
        return PanelSet(panels, "kernel", _numbered("channel", len(panels)), title, mistake)

    tensor = _required(own.kernels(layer), own, layer)
    yield of(own, index, "")
    yield from (of(own, other, "other_filter") for other in range(tensor.shape[-1]) if other != index)
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
    yield from (of(network, index, network.mistake) for network in strangers)


def _activations(
    layer: int, image: int, own: Network, strangers: Sequence[Network], images: Floats
) -> Iterator[PanelSet]:
    def as_set(maps: Floats, what: str, mistake: str) -> PanelSet:
        return PanelSet(
            maps, "feature map", _numbered("map", len(maps)), f"the feature maps of {what}", mistake
        )

    def of(network: Network, index: int, mistake: str) -> PanelSet:
        what = f"{network.name(index)}{_of(network)} for test image {image}"
        return as_set(network.maps(index, images[image]), what, mistake)

    every = np.moveaxis(own.outputs(layer, images), -1, 1)
    yield as_set(every[image], f"{own.name(layer)} for test image {image}", "")
    yield from (of(own, other, "other_layer") for other in own.spatial if other != layer)
    yield from (of(network, layer, network.mistake) for network in strangers)
    for other in range(len(images)):
        if other != image:
            yield as_set(every[other], f"{own.name(layer)} for test image {other}", "other_image")


def _heatmaps(
    layer: int, image: int, own: Network, strangers: Sequence[Network], images: Floats, labels: Sequence[str]
) -> Iterator[PanelSet]:
    def as_set(heatmap: Floats, what: str, mistake: str) -> PanelSet:
        return PanelSet([heatmap], "heatmap", ["heatmap"], f"the heatmap of {what}", mistake)

    def of(network: Network, index: int, which: int, mistake: str) -> PanelSet:
        what = f"{network.name(index)}{_of(network)} for test image {which}"
        return as_set(visualisation.grad_cam(network.model, index, images[which]), what, mistake)

    yield of(own, layer, image, "")
    own_class = int(own.model(images[image][None], training=False).numpy().argmax())
    for label, name in enumerate(labels):
        if label != own_class:
            heatmap = visualisation.grad_cam(own.model, layer, images[image], label)
            yield as_set(
                heatmap,
                f"{own.name(layer)} for the class {name}, which is not the predicted one",
                "other_class",
            )
    whole = visualisation.grad_cam(own.model, layer, images[image], rectified=False)
    if whole.min() < 0:
        yield as_set(whole, f"{own.name(layer)} with its negative part", "not_rectified")
    maps = own.maps(layer, images[image])
    yield as_set(
        maps.mean(axis=0), f"{own.name(layer)}: the plain mean of its maps, without gradients", "no_gradients"
    )
    yield from (
        of(own, other, image, "other_layer") for other in own.convolutions if other not in (layer, layer - 1)
    )
    neighbours = [
        other for other in (0, 1, image - 1, image + 1) if 0 <= other < len(images) and other != image
    ]
    yield from (of(own, layer, other, "other_image") for other in neighbours)
    yield from (of(network, layer, image, network.mistake) for network in strangers)


def _required(kernels: Floats | None, network: Network, layer: int) -> Floats:
    if kernels is None:
        raise ValueError(
            f"{network.name(layer)} has no kernels: a claim in the grading config names a wrong layer"
        )
    return kernels
