"""Which pixels of an image a class depends on: saliency and guided backpropagation.

Computes arrays only; `reference.figures` draws them. Neither method says that the network is right.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from reference.visualisation import Floats, logits_of


def saliency(model: Any, image: Floats, label: int | None = None) -> Floats:
    """How strongly the class's logit reacts to each pixel (K. Simonyan et al., Deep Inside CNNs, 2014).

    Args:
        model: a network that `logits_of` understands.
        image: (H, W, C), in the range the network was trained on.
        label: the class; by default the one the network predicts.

    Returns:
        The largest absolute gradient over the channels, (H, W) float32, ≥ 0, not normalised.
    """
    steepest: Floats = np.abs(_slopes(logits_of(model), image, label)).max(axis=-1)
    return steepest


def guided_backpropagation(model: Any, image: Floats, label: int | None = None) -> Floats:
    """The class's gradient, where every ReLU lets only positive gradients of active units pass back.

    J. T. Springenberg et al., Striving for Simplicity: The All Convolutional Net (2014). It shows edges
    that support the class; it depends less on the class than it seems (Adebayo et al., Sanity Checks for
    Saliency Maps, 2018).

    Args:
        model: a network that `logits_of` understands; units other than ReLU keep their own gradient.
        image: (H, W, C), in the range the network was trained on.
        label: the class; by default the one the network predicts.

    Returns:
        (H, W, C) float32, signed, not normalised.
    """
    classifier = logits_of(model)
    guided = tf.custom_gradient(_guided_relu)
    for layer in classifier.layers:
        if getattr(layer, "activation", None) is keras.activations.relu:
            layer.activation = guided
    return _slopes(classifier, image, label)


def _slopes(classifier: Any, image: Floats, label: int | None) -> Floats:
    """Gradient of the class's logit with respect to the image, (H, W, C)."""
    pixels = tf.constant(image[None])
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        logits = classifier(pixels, training=False)[0]
        score = logits[int(np.argmax(logits)) if label is None else label]
    return np.asarray(tape.gradient(score, pixels)[0], dtype=np.float32)


def _guided_relu(values: Any) -> tuple[Any, Any]:
    """ReLU and its changed gradient, as `tf.custom_gradient` wants them."""

    def back(slopes: Any) -> Any:
        return tf.nn.relu(slopes) * tf.cast(values > 0, slopes.dtype)

    return tf.nn.relu(values), back
