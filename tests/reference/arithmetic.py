"""What the course's networks give for random images: `python -m tests.reference.arithmetic FILE` writes it.

For comparing machines, libraries and devices, each in a process of its own: how arithmetic is done is decided
when TensorFlow is imported.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import keras
import numpy as np
from numpy.typing import NDArray

from reference import checkpoints, visualisation

IMAGES = 8


def outputs() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """By checkpoint and layer, the outputs for random images; and a heatmap of one."""
    chance = np.random.default_rng(0)
    for name in checkpoints.names():
        model = visualisation.as_functional(checkpoints.get(name).model())
        images = chance.random((IMAGES, *model.inputs[0].shape[1:]), np.float32)
        layers = model.layers[1:]
        viewer = keras.Model(model.inputs[0], [layer.output for layer in layers])
        for layer, found in zip(layers, viewer(images, training=False), strict=True):
            yield f"{name} {layer.name}", np.asarray(found)
        last = next(layer for layer in reversed(layers) if len(layer.output.shape) == 4)
        yield f"{name} heatmap", visualisation.grad_cam(model, last.name, images[0])


if __name__ == "__main__":
    np.savez(sys.argv[1], **dict(outputs()))
