"""A small network in NumPy that plays the checkpoint, and evidence made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder import evidence
from autograder.checks import claims
from autograder.checks.base import NOTHING, Given, LayerInfo, ModelRefusedError, PanelSet, Picture

Images = NDArray[Any]
_RANDOM = np.random.default_rng(7)
IMAGES = _RANDOM.uniform(-0.5, 0.5, (20, 4, 4, 3)).astype(np.float32)
LABELS = _RANDOM.integers(0, 3, 20)
WEIGHTS = {
    0: (_RANDOM.normal(0, 1, (2, 2, 3, 5)), _RANDOM.normal(0, 1, 5)),
    2: (_RANDOM.normal(0, 1, (2, 2, 5, 5)), _RANDOM.normal(0, 1, 5)),
    4: (_RANDOM.normal(0, 1, (80, 3)), _RANDOM.normal(0, 1, 3)),
}
LAYERS = [
    LayerInfo("conv2d", "Conv2D", (None, 4, 4, 5), (0, 1), (None, 4, 4, 3)),
    LayerInfo("activation", "Activation", (None, 4, 4, 5), (), (None, 4, 4, 5)),
    LayerInfo("conv2d_1", "Conv2D", (None, 4, 4, 5), (2, 3), (None, 4, 4, 5)),
    LayerInfo("flatten", "Flatten", (None, 80), (), (None, 4, 4, 5)),
    LayerInfo("dense", "Dense", (None, 3), (4, 5), (None, 80)),
    LayerInfo("activation_1", "Activation", (None, 3), (), (None, 3)),
]
ROLES = {"conv1": 0, "conv2": 2, "dense1": 4}


def layer_output(layer: int, images: Images) -> Images:
    """The network, layer by layer; its convolutions look at single pixels."""
    output = images
    for index in range(layer + 1):
        match index:
            case 0 | 2:
                output = output @ WEIGHTS[index][0][0, 0] + WEIGHTS[index][1]
            case 1:
                output = np.maximum(output, 0)
            case 3:
                output = output.reshape(len(output), -1)
            case 4:
                output = output @ WEIGHTS[4][0] + WEIGHTS[4][1]
            case 5:
                output = np.exp(output) / np.exp(output).sum(axis=1, keepdims=True)
    return output


class FakeSubject:
    """Implements `autograder.checks.base.Subject`: the network above, whatever it predicts."""

    layers = LAYERS

    def __init__(self, network: Callable[[Images], list[Images]] | None = None) -> None:
        self.network = network

    def resolve(self, layer: int | str) -> int:
        return ROLES[layer] if isinstance(layer, str) else layer

    def accepted(self, layer: int | str) -> tuple[int, ...]:
        return (0, 1) if layer == "conv1" else (self.resolve(layer),)

    def layer_output(self, layer: int, images: Images) -> Images:
        return layer_output(layer, images)

    def probabilities(self, images: Images) -> Images:
        return layer_output(5, images) if self.network is None else self.network(images)[0]

    def weights(self, layer: int) -> Sequence[Images]:
        return WEIGHTS.get(layer, ())


class FakeOracle:
    """Implements `autograder.checks.base.Oracle`; `networks` are the submitted ones, by their config.

    The training images are the test images upside down.
    """

    images = IMAGES
    labels = LABELS
    class_names = ("cat", "dog", "frog")

    def __init__(self, *, fallback: bool = False, **networks: Callable[[Images], list[Images]]) -> None:
        self.fallback = fallback
        self.networks = networks

    def part(self, split: claims.Split, count: int | None = None) -> tuple[Images, NDArray[Any]]:
        return (IMAGES if split == "test" else IMAGES[:, ::-1])[:count], LABELS[:count]

    def displayed(self, images: Images) -> Sequence[Images]:
        return [images]

    def picture(self, index: int, split: claims.Split | None = None) -> Picture | None:
        if not -20 <= index < 20:
            return None
        split = split or "test"
        return Picture(self.part(split)[0][index], f"{split} image {index}", int(LABELS[index]))

    def subject(self, model: evidence.Model | None = None) -> FakeSubject:
        if model is not None and model.config not in self.networks:
            raise ModelRefusedError("its layer Lambda is not one of Keras' own")
        return FakeSubject(None if model is None else self.networks[model.config])

    def scalar(self, claim: claims.ScalarClaim, given: Given = NOTHING) -> float:
        probabilities = self.subject(given.model).probabilities(IMAGES)
        if isinstance(claim, claims.Accuracy):
            return float(np.mean(probabilities.argmax(axis=1) == LABELS))
        return float(-np.log(probabilities[np.arange(20), LABELS]).mean())

    def tensor(self, claim: claims.TensorClaim, given: Given = NOTHING) -> Images:
        subject = self.subject(given.model)
        match claim:
            case claims.Weights(weights=of):
                return subject.weights(subject.resolve(of.layer))[0]
            case claims.Bias(bias=of):
                return subject.weights(subject.resolve(of.layer))[1]
            case claims.Filter(filter=of):
                return subject.weights(subject.resolve(of.layer))[0][..., of.filter]
            case claims.Activations(activations=of):
                picture = given.image or (self.picture(of.image) if isinstance(of.image, int) else None)
                assert picture is not None
                return np.asarray(layer_output(subject.resolve(of.layer), picture.pixels[None])[0])
            case claims.Probabilities():
                return subject.probabilities(IMAGES)
        raise TypeError(claim)

    def panels(self, claim: claims.PanelClaim, given: Given = NOTHING) -> PanelSet:
        return PanelSet(list(IMAGES), "image", [f"image {index}" for index in range(20)], "images")

    def alternatives(self, claim: claims.PanelClaim, given: Given = NOTHING) -> Sequence[PanelSet]:
        return []

    def decoys(self, claim: claims.PanelClaim, given: Given = NOTHING) -> Sequence[PanelSet]:
        return []

    def run(self, model: evidence.Model, images: Images) -> list[Images]:
        if model.config not in self.networks:
            raise ModelRefusedError("its layer Lambda is not one of Keras' own")
        return self.networks[model.config](images)


def answered(**values: evidence.Value) -> evidence.QuestionEvidence:
    """A question whose cell was found, edited and run."""
    return evidence.QuestionEvidence(
        "question", matched_by="metadata", cells=(3,), source="x = 1", values=values
    )


def scalar(value: Any) -> evidence.Scalar:
    return evidence.Scalar(value, type(value).__name__)


def array(value: Any) -> evidence.Array:
    return evidence.Array(np.asarray(value), "numpy.ndarray")


def listed(*items: evidence.Value) -> evidence.Sequence:
    return evidence.Sequence(items, "list")


def model(config: str) -> evidence.Model:
    return evidence.Model(config, (), "keras.src.models.functional.Functional")


def layer(name: str, python: str) -> evidence.Layer:
    return evidence.Layer(name, python)


def opaque(python: str, reason: str = "") -> evidence.Opaque:
    return evidence.Opaque(python, reason)
