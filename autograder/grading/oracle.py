"""Recomputes what a claim is about: the checkpoint and the data, as the judge sees them.

Every tensor is computed once per run and kept. Runs no student code: a submitted network is only ever
handed to `predict`, which the engine connects to a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checks import claims
from autograder.checks.base import Floats, PanelSet
from autograder.config import AssignmentConfig
from autograder.evidence import Model
from autograder.grading import panel_sets
from reference import checkpoints, datasets

Predict = Callable[[Model, Floats], list[Floats]]


class CheckpointOracle:
    """The oracle of one assignment; implements `checks.base.Oracle`.

    Args:
        config: the assignment's grading config.
        data: the resolved data set.
        predict: runs a submitted network on images, elsewhere; see `checks.base.Oracle.run`.
    """

    def __init__(self, config: AssignmentConfig, data: datasets.Dataset, predict: Predict) -> None:
        self.checkpoint = checkpoints.for_data(config.model.checkpoint, stand_in=data.stand_in)
        self._config = config
        self._data = data
        self._predict = predict
        self._sets: dict[claims.PanelClaim, list[PanelSet]] = {}

    @cached_property
    def _part(self) -> tuple[datasets.Images, datasets.Labels]:
        return self._data.part(self._config.data.split, self._config.data.count)

    @cached_property
    def images(self) -> Floats:
        """The assignment's images, scaled as students get them, (N, H, W, C) float32."""
        return datasets.scaled(self._part[0], self._config.data.scale)

    @cached_property
    def labels(self) -> NDArray[Any]:
        """Their classes, (N,) int64."""
        return self._part[1]

    @property
    def class_names(self) -> Sequence[str]:
        """Names of the classes, in label order."""
        return (
            datasets.CIFAR10_CLASSES if self._data.name == "cifar10" else [str(digit) for digit in range(10)]
        )

    @cached_property
    def _own(self) -> panel_sets.Network:
        return panel_sets.Network(self.checkpoint.model())

    @cached_property
    def _strangers(self) -> list[panel_sets.Network]:
        """Networks a student may show by mistake: the untrained one, and checkpoints of the same shape."""
        entry = self.checkpoint
        others = [checkpoints.get(name) for name in checkpoints.names() if name != entry.name]
        return [
            panel_sets.Network(entry.untrained(), "untrained", "the network before training"),
            *(
                panel_sets.Network(other.model(), "other_checkpoint", f"another checkpoint ({other.name})")
                for other in others
                if other.network == entry.network
            ),
        ]

    @cached_property
    def layers(self) -> Sequence[tuple[str, str]]:
        """(name, class) of the checkpoint's layers."""
        return [(layer.name, type(layer).__name__) for layer in self._own.model.layers]

    @cached_property
    def _probabilities(self) -> Floats:
        return self.layer_output(len(self.layers) - 1, self.images)

    def predicted(self) -> NDArray[Any]:
        """The most probable class of every image, (N,) int64."""
        return np.asarray(self._probabilities.argmax(axis=1))

    def layer_output(self, layer: int, images: Floats) -> Floats:
        """What a layer of the checkpoint computes for any images, (N, …)."""
        if images is self.images:
            return self._own.outputs(layer, images)
        return self._own.computed(layer, images)

    def scalar(self, claim: claims.ScalarClaim) -> float:
        """Accuracy (0…1) or mean cross-entropy (nats) of the checkpoint on the assignment's images."""
        if isinstance(claim, claims.Accuracy):
            return float(np.mean(self.predicted() == self.labels))
        chosen = self._probabilities[np.arange(len(self.labels)), self.labels]
        # Keras takes the logarithm of the logits' softmax, so that a confident mistake costs its full price.
        return float(-np.mean(np.log(np.maximum(chosen, np.finfo(np.float32).tiny))))

    def tensor(self, claim: claims.TensorClaim) -> Floats:
        """The array a claim names."""
        match claim:
            case claims.Weights(weights=of):
                return self._parameters(of.layer)[0]
            case claims.Bias(bias=of):
                return self._parameters(of.layer)[1]
            case claims.Filter(filter=of):
                return np.asarray(self._parameters(of.layer)[0][..., of.filter])
            case claims.Activations(activations=of):
                return np.asarray(self.layer_output(of.layer, self.images)[of.image])
        raise TypeError(claim)

    def _parameters(self, layer: int) -> list[Floats]:
        parameters: list[Floats] = self._own.layer(layer).get_weights()
        if not parameters:
            raise ValueError(
                f"{self._own.name(layer)} has no weights: a claim in the grading config is wrong"
            )
        return parameters

    def panels(self, claim: claims.PanelClaim) -> PanelSet:
        """What a figure that makes this claim has to show."""
        return self._candidates(claim)[0]

    def decoys(self, claim: claims.PanelClaim) -> Sequence[PanelSet]:
        """What it may show by mistake."""
        return self._candidates(claim)[1:]

    def _candidates(self, claim: claims.PanelClaim) -> list[PanelSet]:
        if claim not in self._sets:
            self._sets[claim] = panel_sets.candidates(
                claim, self._own, self._strangers, self.images, self.class_names
            )
        return self._sets[claim]

    def run(self, model: Model, images: Floats) -> list[Floats]:
        """Predict with a submitted network, in a process of its own."""
        return self._predict(model, images)
