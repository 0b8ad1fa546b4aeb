"""Looks inside a trained network: activations of its layers, and Grad-CAM.

Computes arrays only; drawing is the notebooks' business.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BATCH = 100


def as_functional(model: Any) -> Any:
    """Rebuild a chain of layers as a functional model with fresh layers and the same weights.

    A `Sequential` that was reloaded has several inbound nodes; sub-models of it run, but their
    gradients are `None`. Fresh layers have exactly one node each.

    Args:
        model: a built `keras.Sequential`, or a functional model whose layers form one chain.

    Returns:
        A `keras.Model` that computes the same function (maximum difference 0.0).
    """
    inputs = keras.Input(model.input_shape[1:])
    outputs = inputs
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            outputs = type(layer).from_config(layer.get_config())(outputs)
    rebuilt = keras.Model(inputs, outputs)
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def output_of(model: Any, layer: Any, images: Floats) -> Floats:
    """What one of a model's layers computes for images, a hundred at a time.

    Args:
        model: a built `keras.Sequential`, or a functional model.
        layer: one of its layers.
        images: (N, H, W, C), N ≥ 1, in the range the network was trained on.

    Returns:
        (N, …) float32.
    """
    viewer = keras.Model(model.inputs[0], layer.output)
    starts = range(0, len(images), _BATCH)
    return np.concatenate([viewer(images[start : start + _BATCH], training=False) for start in starts])


def grad_cam(
    model: Any, layer: int, image: Floats, label: int | None = None, *, rectified: bool = True
) -> Floats:
    """Where a convolutional layer finds evidence for a class (Selvaraju et al., Grad-CAM, ICCV 2017).

    The gradient of the class's logit with respect to the layer's output, averaged over space, weighs
    the layer's maps; the positive part of their sum is the heatmap.

    Args:
        model: a `keras.Sequential` that ends in a dense layer and a softmax activation of its own.
        layer: index of the layer in `model.layers`.
        image: (H, W, C).
        label: the class; by default the one the network predicts.
        rectified: take the positive part, as the method asks for; False is what forgetting it gives.

    Returns:
        A heatmap of the layer's spatial size, (h, w) float32, ≥ 0 if rectified, not normalised.
    """
    functional = as_functional(model)
    # The functional model has its input layer in front.
    viewer = keras.Model(
        functional.inputs[0], [functional.layers[layer + 1].output, functional.layers[-2].output]
    )
    with tf.GradientTape() as tape:
        maps, logits = viewer(image[None], training=False)
        chosen = int(np.argmax(logits[0])) if label is None else label
        score = logits[0, chosen]
    slopes = tape.gradient(score, maps)
    weights = tf.reduce_mean(slopes, axis=(0, 1, 2))
    heatmap = tf.reduce_sum(maps[0] * weights, axis=-1)
    return np.asarray(tf.nn.relu(heatmap) if rectified else heatmap, dtype=np.float32)
