"""A small network in NumPy that plays the checkpoint, and evidence made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder import evidence
from autograder.checks import claims
from autograder.checks.base import ModelRefusedError, PanelSet

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
    ("conv2d", "Conv2D"),
    ("activation", "Activation"),
    ("conv2d_1", "Conv2D"),
    ("flatten", "Flatten"),
    ("dense", "Dense"),
    ("activation_1", "Activation"),
]


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


class FakeOracle:
    """Implements `autograder.checks.base.Oracle`; `networks` are the submitted ones, by their config."""

    images = IMAGES
    labels = LABELS
    class_names = ("cat", "dog", "frog")
    layers = LAYERS

    def __init__(self, **networks: Callable[[Images], list[Images]]) -> None:
        self.networks = networks

    def predicted(self) -> NDArray[Any]:
        return layer_output(5, IMAGES).argmax(axis=1)

    def scalar(self, claim: claims.ScalarClaim) -> float:
        if isinstance(claim, claims.Accuracy):
            return float(np.mean(self.predicted() == LABELS))
        return float(-np.log(layer_output(5, IMAGES)[np.arange(20), LABELS]).mean())

    def tensor(self, claim: claims.TensorClaim) -> Images:
        match claim:
            case claims.Weights(weights=of):
                return WEIGHTS[of.layer][0]
            case claims.Bias(bias=of):
                return WEIGHTS[of.layer][1]
            case claims.Filter(filter=of):
                return WEIGHTS[of.layer][0][..., of.filter]
            case claims.Activations(activations=of):
                return layer_output(of.layer, IMAGES)[of.image]
        raise TypeError(claim)

    def layer_output(self, layer: int, images: Images) -> Images:
        return layer_output(layer, images)

    def panels(self, claim: claims.PanelClaim) -> PanelSet:
        return PanelSet(list(IMAGES), "image", [f"image {index}" for index in range(20)], "images")

    def decoys(self, claim: claims.PanelClaim) -> Sequence[PanelSet]:
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
