"""The deconvolution view: what in an image excited one feature map, projected back to pixels.

M. D. Zeiler and R. Fergus, Visualizing and Understanding Convolutional Networks (ECCV 2014): all other maps
are set to zero, then the layers are undone one by one: `unpool` with the switches of the way up, `rectify`,
and `filtered` with the transposed kernels. Follows no gradients; computes arrays only.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reference.visualisation import Floats, as_functional, twin_of

Switches = NDArray[np.int64]

_LINEAR = keras.activations.linear
_PASSED = (keras.layers.InputLayer, keras.layers.Dropout, keras.layers.SpatialDropout2D)


def deconvolution(model: Any, layer: int | str, unit: int, image: Floats) -> Floats:
    """Project one feature map of an image back to pixels.

    Args:
        model: a `keras.Sequential` or functional model that is a chain of plain convolutions, ReLU,
            max-pooling and dropout up to the layer.
        layer: index in `model.layers`, or name: a layer whose output is a stack of maps.
        unit: number of the feature map; all others are set to zero.
        image: (H, W, C), in the range the network was trained on.

    Returns:
        (H, W, C) float32, signed: what the map found in the image, not normalised. Zero where nothing
        excited it.

    Raises:
        ValueError: a layer on the way has no such inverse; the message names it.
    """
    rebuilt = as_functional(model)
    last = twin_of(layer, model, rebuilt)
    chain = rebuilt.layers[: rebuilt.layers.index(last) + 1]
    reason = _obstacle(chain)
    if reason:
        raise ValueError(f"The deconvolution view cannot go back through {reason}.")
    outputs = keras.Model(rebuilt.inputs[0], [step.output for step in chain])(image[None], training=False)
    maps = [np.asarray(output[0]) for output in outputs]
    signal = np.zeros_like(maps[-1])
    signal[..., unit] = maps[-1][..., unit]
    for step, below in reversed(list(zip(chain[1:], maps[:-1], strict=True))):
        signal = _undone(step, signal, below)
    return signal


def pool(
    maps: Floats, size: tuple[int, int], strides: tuple[int, int], padding: str
) -> tuple[Floats, Switches]:
    """Max-pooling that remembers where each maximum was.

    Args:
        maps: (H, W, F).
        size, strides: height and width of the window, and of its step.
        padding: "valid" or "same".

    Returns:
        The maxima, (h, w, F), and their switches: positions in the flattened `maps`.
    """
    values, switches = tf.nn.max_pool_with_argmax(
        maps[None], size, strides, padding.upper(), output_dtype=tf.int64
    )
    return np.asarray(values[0]), np.asarray(switches[0])


def unpool(values: Floats, switches: Switches, shape: tuple[int, ...]) -> Floats:
    """Put each value back where its maximum was; everything else is zero.

    Args:
        values: (h, w, F).
        switches: of `pool`, (h, w, F).
        shape: (H, W, F) of the maps that were pooled.

    Returns:
        (H, W, F) float32. A position that was the maximum of several overlapping windows gets their sum.
    """
    maps = np.zeros(shape, dtype=np.float32)
    np.add.at(maps.reshape(-1), switches.reshape(-1), values.reshape(-1))
    return maps


def rectify(maps: Floats) -> Floats:
    """Keep what is positive, as the ReLU did on the way up; the rest becomes zero."""
    return np.maximum(maps, np.float32(0))


def filtered(
    maps: Floats,
    kernel: Floats,
    shape: tuple[int, ...],
    strides: tuple[int, int] = (1, 1),
    padding: str = "same",
) -> Floats:
    """Transposed convolution: each value paints its filter, weighted, where the filter had looked.

    Args:
        maps: (h, w, F), the output side of a convolution.
        kernel: its weights, (height, width, channels, F).
        shape: (H, W, channels), the input side.
        strides, padding: of the convolution, "valid" or "same".

    Returns:
        (H, W, channels) float32. The bias plays no part.
    """
    painted = tf.nn.conv2d_transpose(maps[None], kernel, (1, *shape), strides, padding.upper())
    return np.asarray(painted[0])


def _obstacle(chain: list[Any]) -> str:
    """What in the chain cannot be undone, in words; empty if all can."""
    for before, step in pairwise(chain):
        if step.input is not before.output:
            return f"a branch at layer {step.name}"
        if isinstance(step, keras.layers.Conv2D):
            if step.dilation_rate != (1, 1) or step.groups != 1:
                return f"the dilated or grouped convolution {step.name}"
        elif not isinstance(step, (*_PASSED, keras.layers.MaxPooling2D, keras.layers.Activation)):
            return f"layer {step.name} ({type(step).__name__})"
        if getattr(step, "activation", _LINEAR) not in (_LINEAR, keras.activations.relu):
            return f"the activation of layer {step.name}, which is not ReLU"
    return ""


def _undone(step: Any, signal: Floats, below: Floats) -> Floats:
    """One layer back: `signal` is on its output side, `below` was its input, (H, W, C)."""
    if isinstance(step, keras.layers.MaxPooling2D):
        _, switches = pool(below, step.pool_size, step.strides, step.padding)
        return unpool(signal, switches, below.shape)
    if getattr(step, "activation", _LINEAR) is keras.activations.relu:
        signal = rectify(signal)
    if isinstance(step, keras.layers.Conv2D):
        return filtered(signal, np.asarray(step.kernel), below.shape, step.strides, step.padding)
    return signal
