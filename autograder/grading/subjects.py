"""Networks whose insides claims are about: those of the course, run here, and submitted ones, run elsewhere.

Both implement `checks.base.Subject`. A submitted network is never built in this process: its layers are
described and computed through the `Runner`, which the engine connects to a process of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from autograder.checks import claims
from autograder.checks.base import Floats, LayerInfo, ModelRefusedError, NoSuchLayerError, Subject
from autograder.evidence import Model
from autograder.grading.cache import Cache, digest
from reference import attribution, visualisation

_ROLES = {
    "conv": ("convolutional layer", {"Conv2D", "SeparableConv2D", "DepthwiseConv2D"}),
    "pool": ("pooling layer", {"MaxPooling2D", "AveragePooling2D"}),
    "dense": ("dense layer", {"Dense"}),
}
_FOLLOWERS = {"BatchNormalization", "Activation", "ReLU", "ELU", "LeakyReLU", "PReLU"}
_NETWORKS = {"Sequential", "Functional", "Model"}
_SUM_SLACK = 1e-3

_MANY = 200
"""Outputs for so many images take longer to compute than to read from disk."""


class Runner(Protocol):
    """Runs submitted networks in a process of its own; `engine.predictor.Predictor` is one."""

    def __call__(self, model: Model, images: Floats, layer: int | None = None) -> list[Floats]:
        """The network's outputs, or those of one of its layers; raises `ModelRefusedError`."""
        ...

    def describe(self, model: Model) -> Sequence[LayerInfo]:
        """Its layers; raises `ModelRefusedError`."""
        ...


class Local:
    """A network of the course.

    Args:
        model: a built `keras.Sequential`, or a functional model, whose weights stay as they are.
        images: that it is asked about again and again.
        cache: keeps what was computed; by default as long as this object lives.
    """

    def __init__(self, model: Any, images: Floats | None = None, cache: Cache | None = None) -> None:
        self.model = model
        self._images = images
        self._cache = Cache() if cache is None else cache

    @cached_property
    def _identity(self) -> str:
        """Of the function that the network computes, here and with these versions."""
        # Keras numbers the layers of a session, so that the same network has other names the next time.
        config = self.model.to_json()
        inputs = re.findall(r'"InputLayer", "config": {[^{}]*"name": "([^"]*)"', config)
        ordered = [self.model.name, *inputs, *(layer.name for layer in self._layers)]
        names = {name: f"name {place}" for place, name in enumerate(ordered)}
        config = re.sub(r'"([^"]*)"', lambda found: f'"{names.get(found[1], found[1])}"', config)
        # TensorFlow's distribution has other names too, tensorflow-cpu for one.
        versions = [metadata.version("keras"), tf.__version__, metadata.version("loupe-grader")]
        return digest(config, *versions, *self.model.get_weights())

    @cached_property
    def _digest_of_images(self) -> str:
        return digest(*([] if self._images is None else [self._images]))

    def _key(self, what: str, images: Floats) -> str:
        given = self._digest_of_images if images is self._images else digest(images)
        return digest(what, self._identity, given)

    @cached_property
    def _layers(self) -> list[Any]:
        return [layer for layer in self.model.layers if type(layer).__name__ != "InputLayer"]

    @cached_property
    def layers(self) -> Sequence[LayerInfo]:
        """Its layers, in order."""
        places = {id(variable): place for place, variable in enumerate(self.model.weights)}
        return tuple(
            LayerInfo(
                layer.name,
                type(layer).__name__,
                tuple(layer.output.shape),
                tuple(places[id(variable)] for variable in layer.weights),
                tuple(layer.input.shape),
            )
            for layer in self._layers
        )

    def resolve(self, layer: int | str) -> int:
        """The index of a layer that is given by index or role."""
        index = layer if isinstance(layer, int) else _place(self.layers, layer)
        if index is None or index >= len(self.layers):
            raise ValueError(
                f"there is no layer {layer}, the last one is {len(self.layers) - 1}: "
                "a claim in the grading config is wrong"
            )
        return index

    def accepted(self, layer: int | str) -> tuple[int, ...]:
        """Indices of the layers whose output counts as a layer's."""
        return _accepted(self, layer)

    def layer_output(self, layer: int, images: Floats) -> Floats:
        """What a layer computes for images, (N, …)."""
        index = self.resolve(layer)
        return self._cache.array(
            self._key(f"output of layer {index}", images),
            lambda: visualisation.output_of(self.model, self._layers[index], images),
            lasting=len(images) >= _MANY,
        )

    def heatmap(
        self, layer: int, image: Floats, label: int | None = None, *, rectified: bool = True
    ) -> Floats:
        """Grad-CAM of one image (H, W, C); see `reference.visualisation.grad_cam`."""
        return self._cache.array(
            self._key(
                f"heatmap of layer {layer} for {label}, {'rectified' if rectified else 'whole'}", image
            ),
            lambda: visualisation.grad_cam(self.model, layer, image, label, rectified=rectified),
            lasting=True,
        )

    def mean_gradient(self, layer: int, image: Floats) -> Floats:
        """What Grad-CAM weighs maps with, see `reference.visualisation.mean_gradient`."""
        return self._cache.array(
            self._key(f"mean gradient at layer {layer}", image),
            lambda: visualisation.mean_gradient(self.model, layer, image),
            lasting=True,
        )

    def saliency(self, image: Floats) -> Floats:
        """How strongly the predicted class depends on each pixel, see `reference.attribution.saliency`."""
        return self._cache.array(
            self._key("saliency", image), lambda: attribution.saliency(self.model, image), lasting=True
        )

    def probabilities(self, images: Floats) -> Floats:
        """Class probabilities, (N, classes)."""
        return as_probabilities(self.layer_output(len(self.layers) - 1, images))

    def weights(self, layer: int) -> Sequence[Floats]:
        """A layer's arrays in `get_weights()` order."""
        arrays: list[Floats] = self._layers[self.resolve(layer)].get_weights()
        return arrays

    def unfit(self, what: str) -> Exception:
        """The error that a claim is about something that the network does not have."""
        return ValueError(f"{what}: a claim in the grading config names a wrong layer")


class Submitted:
    """A submitted network.

    Args:
        model: its description and weights, untrusted.
        runner: runs it.
        images: for which its outputs are computed once and kept.
        classes: how many classes there are.
        cache: keeps what its layers gave, in memory; by default as long as this object lives.
    """

    def __init__(
        self, model: Model, runner: Runner, images: Floats, classes: int, cache: Cache | None = None
    ) -> None:
        self.model = model
        self._runner = runner
        self._images = images
        self._classes = classes
        self._cache = Cache() if cache is None else cache

    @cached_property
    def identity(self) -> str:
        """Of its description and weights."""
        return digest(self.model.config, *self.model.weights)

    @cached_property
    def layers(self) -> Sequence[LayerInfo]:
        """Its layers, in order."""
        return tuple(self._runner.describe(self.model))

    @cached_property
    def _kept(self) -> list[Floats]:
        return self._runner(self.model, self._images)

    def outputs(self, images: Floats) -> list[Floats]:
        """What the whole network computes, one array per output."""
        return self._kept if images is self._images else self._runner(self.model, images)

    def resolve(self, layer: int | str) -> int:
        """The index of a layer that is given by index or role."""
        index = layer if isinstance(layer, int) else _place(self.layers, layer)
        if index is not None and index < len(self.layers):
            return index
        if any(info.python in _NETWORKS for info in self.layers):
            raise ModelRefusedError("One of its layers is a network of its own, which is not looked into.")
        if isinstance(layer, int):
            raise NoSuchLayerError(f"has no layer {layer}; its last one is layer {len(self.layers) - 1}")
        role, number = claims.role_of(layer)
        count = sum(info.python in _ROLES[role][1] for info in self.layers)
        raise NoSuchLayerError(
            f"has {count or 'no'} {_ROLES[role][0]}{'s' * (count != 1)}; "
            f"number {number} of them is what the question looks at"
        )

    def accepted(self, layer: int | str) -> tuple[int, ...]:
        """Indices of the layers whose output counts as a layer's."""
        return _accepted(self, layer)

    def layer_output(self, layer: int, images: Floats) -> Floats:
        """What a layer computes for images, (N, …)."""
        index = self.resolve(layer)
        key = digest("output of layer", str(index), self.identity, images)
        return self._cache.array(key, lambda: self._runner(self.model, images, index)[0])

    def probabilities(self, images: Floats) -> Floats:
        """Class probabilities, (N, classes)."""
        outputs = self.outputs(images)
        if len(outputs) != 1 or outputs[0].shape != (len(images), self._classes):
            shapes = " and ".join(str(output.shape[1:]) for output in outputs)
            raise ModelRefusedError(
                f"It computes {shapes or 'nothing'} for an image; one score for each of the "
                f"{self._classes} classes is expected."
            )
        return as_probabilities(outputs[0])

    def weights(self, layer: int) -> Sequence[Floats]:
        """A layer's arrays in `get_weights()` order."""
        return [self.model.weights[place] for place in self.layers[self.resolve(layer)].weights]

    def unfit(self, what: str) -> Exception:
        """The error that a claim is about something that the network does not have."""
        return NoSuchLayerError(f"does not have what the question looks at: {what}")


def as_probabilities(scores: Floats) -> Floats:
    """Scores as probabilities: as they are when every row is one, else their softmax; NaN stays NaN.

    Args:
        scores: (N, classes), of a network that ends in a softmax or in logits.
    """
    sums = scores.sum(axis=1, dtype=np.float64)
    if np.isnan(sums).any() or ((scores >= 0).all() and np.allclose(sums, 1, rtol=0, atol=_SUM_SLACK)):
        return scores
    shifted = scores - scores.max(axis=1, keepdims=True)
    powers = np.exp(shifted.astype(np.float64))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _place(layers: Sequence[LayerInfo], role: str) -> int | None:
    """The index of a layer that is given by its role, None if there is none."""
    name, number = claims.role_of(role)
    places = [index for index, info in enumerate(layers) if info.python in _ROLES[name][1]]
    return places[number - 1] if number <= len(places) else None


def _accepted(subject: Subject, layer: int | str) -> tuple[int, ...]:
    first = subject.resolve(layer)
    if isinstance(layer, int) or claims.role_of(layer)[0] != "conv":
        return (first,)
    last = first
    while last + 1 < len(subject.layers) and subject.layers[last + 1].python in _FOLLOWERS:
        last += 1
    return tuple(range(first, last + 1))
