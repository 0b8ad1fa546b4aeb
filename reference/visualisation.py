"""Looks inside a trained network: activations of its layers, and Grad-CAM.

Everything that follows gradients, here and in `reference.maximisation` and `reference.attribution`, goes
through `as_functional`. Computes arrays only; `reference.figures` draws them.
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
    """Rebuild a network as a functional model with fresh layers and the same weights.

    A `Sequential` that was reloaded has several inbound nodes; sub-models of it run, but their
    gradients are `None`. Fresh layers have exactly one node each, and may be changed: the original
    is left alone. Layers keep their names; plain `ReLU` layers become `Activation("relu")`, so that
    the nonlinearity of every layer is found under `activation`.

    Args:
        model: a built `keras.Sequential`, or a functional model with one input and one output.

    Returns:
        A `keras.Model` that computes the same function (maximum difference 0.0).
    """
    rebuilt = keras.models.clone_model(keras.Model(model.inputs[0], model.outputs[0]), clone_function=_fresh)
    rebuilt.set_weights(model.get_weights())
    return rebuilt


def logits_of(model: Any) -> Any:
    """Rebuild a network (by `as_functional`) without its closing softmax: logits instead of probabilities.

    Args:
        model: a network that ends in a dense layer with or without a softmax, in a softmax `Activation` or
            in a `Softmax` layer; one without any is only rebuilt.
    """
    rebuilt = as_functional(model)
    last = rebuilt.layers[-1]
    if isinstance(last, keras.layers.Softmax):
        return keras.Model(rebuilt.inputs[0], last.input)
    if getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    return rebuilt


def twin_of(layer: int | str, model: Any, rebuilt: Any) -> Any:
    """The layer of `rebuilt = as_functional(model)` that stands for a layer of the model.

    Args:
        layer: its index in `model.layers`, or its name.
    """
    return rebuilt.get_layer(model.layers[layer].name if isinstance(layer, int) else layer)


def activations(model: Any, layer: int | str, images: Floats) -> Floats:
    """What a layer computes for images.

    Args:
        model: a built `keras.Sequential` or functional model.
        layer: index in `model.layers`, or name.
        images: (N, H, W, C), N ≥ 1, in the range the network was trained on.

    Returns:
        (N, …) float32; for a convolution (N, h, w, filters).
    """
    rebuilt = as_functional(model)
    return output_of(rebuilt, twin_of(layer, model, rebuilt), images)


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
    found = np.empty((len(images), *layer.output.shape[1:]), np.float32)
    for start in range(0, len(images), _BATCH):  # Put in place at once: a list of parts takes the room twice.
        found[start : start + _BATCH] = viewer(images[start : start + _BATCH], training=False)
    return found


def grad_cam(
    model: Any, layer: int | str, image: Floats, label: int | None = None, *, rectified: bool = True
) -> Floats:
    """Where a convolutional layer finds evidence for a class (Selvaraju et al., Grad-CAM, ICCV 2017).

    The gradient of the class's logit with respect to the layer's output, averaged over space, weighs
    the layer's maps; the positive part of their sum is the heatmap.

    Args:
        model: a network that `logits_of` understands.
        layer: index in `model.layers`, or name.
        image: (H, W, C).
        label: the class; by default the one the network predicts.
        rectified: take the positive part, as the method asks for; False is what forgetting it gives.

    Returns:
        A heatmap of the layer's spatial size, (h, w) float32, ≥ 0 if rectified, not normalised.
    """
    maps, slopes = _maps_and_slopes(model, layer, image, label)
    heatmap = (maps * slopes.mean(axis=(0, 1))).sum(axis=-1)
    found: Floats = np.maximum(heatmap, 0) if rectified else heatmap
    return found


def mean_gradient(model: Any, layer: int | str, image: Floats, label: int | None = None) -> Floats:
    """The gradient of a class's logit with respect to a layer's output, averaged over its maps.

    What Grad-CAM would weigh the maps with, drawn in their place; arguments as for `grad_cam`.

    Returns:
        (h, w) float32.
    """
    slopes: Floats = _maps_and_slopes(model, layer, image, label)[1].mean(axis=-1)
    return slopes


def _maps_and_slopes(model: Any, layer: int | str, image: Floats, label: int | None) -> tuple[Floats, Floats]:
    """A layer's output for an image, (h, w, filters), and the gradient of a class's logit there, likewise."""
    classifier = logits_of(model)
    viewer = keras.Model(
        classifier.inputs[0], [twin_of(layer, model, classifier).output, classifier.outputs[0]]
    )
    with tf.GradientTape() as tape:
        maps, logits = viewer(image[None], training=False)
        chosen = int(np.argmax(logits[0])) if label is None else label
        score = logits[0, chosen]
    slopes = tape.gradient(score, maps)
    return np.asarray(maps[0], np.float32), np.asarray(slopes[0], np.float32)


def _fresh(layer: Any) -> Any:
    if (
        isinstance(layer, keras.layers.ReLU)
        and layer.get_config() == keras.layers.ReLU(name=layer.name).get_config()
    ):
        return keras.layers.Activation("relu", name=layer.name)
    return type(layer).from_config(layer.get_config())
