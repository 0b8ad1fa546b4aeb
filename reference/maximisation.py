"""Activation maximisation: images that a filter or a class responds to most, found by gradient ascent.

Computes images only, and never looks at a data set: `reference.figures` draws, graders judge.
D. Erhan et al., Visualizing Higher-Layer Features of a Deep Network (2009); jitter and total variation
after A. Mordvintsev et al., Inceptionism (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from reference.visualisation import Floats, as_functional, twin_of

_NOISE = 0.1  # of the range of the pixels: wakes filters that an even gray leaves silent


def maximise(
    model: Any,
    layer: int | str,
    units: Sequence[int],
    *,
    steps: int = 300,
    step: float = 0.02,
    jitter: int = 2,
    total_variation: float = 0.0,
    bounds: tuple[float, float] = (0.0, 1.0),
    start: Floats | None = None,
    seed: int = 0,
) -> Floats:
    """For each of a layer's units, an image that excites it: the mean of the unit's map climbs.

    All units climb together in one batch. Each step moves the images by a random shift (the same for
    all), takes the gradient, scales it to a root mean square of one, and moves the images back. A unit
    that its image does not excite at all has no gradient behind a ReLU; it is woken by climbing the largest
    value of its map before the nonlinearity until it is.

    To refine, climb again from the result with smaller steps:
    `maximise(model, layer, units, start=first, step=0.005)`.

    Args:
        model: a built `keras.Sequential` or functional model.
        layer: index in `model.layers`, or name: a convolution, the activation after it, or a dense layer. A
            softmax is taken off: its units climb on their logits.
        units: numbers of filters, or of a dense layer's units.
        steps: number of steps, ≥ 0.
        step: length of a step, in units of the pixels, for the average pixel.
        jitter: largest shift in pixels, ≥ 0; what leaves on one side comes in on the other.
        total_variation: weight of the gradient of the total variation (sum of absolute differences of
            neighbours), against the unit's gradient of one; 0.1 smooths a little, 1 a lot.
        bounds: smallest and largest value of a pixel in the range the network was trained on.
        start: images to start from, (len(units), H, W, C) or broadcast to that; by default the middle of the
            bounds with noise of a tenth, the same for every unit.
        seed: of the noise and the shifts; the same seed gives the same images.

    Returns:
        (len(units), H, W, C) float32 within the bounds. Filters that like anything bright all come out as
        the same white image: that is their answer, not a failure of the search.
    """
    rebuilt = as_functional(model)
    values, activation = _before_activation(twin_of(layer, model, rebuilt))
    viewer = keras.Model(rebuilt.inputs[0], values)
    score = _excitement(viewer, activation, units)
    shape = (len(units), *viewer.input_shape[1:])
    blank = _blank(shape[1:], bounds, seed) if start is None else start

    def ascend(images: Any) -> Any:
        for index in tf.range(steps):
            shift = tf.random.stateless_uniform([2], [seed, index], -jitter, jitter + 1, tf.int32)
            slopes = _slopes(score, images, shift) - total_variation * _roughness(images)
            images = tf.clip_by_value(images + step * slopes, *bounds)
        return images

    begin = tf.constant(np.clip(np.broadcast_to(blank, shape), *bounds), tf.float32)
    return np.asarray(tf.function(ascend)(begin))


def maximise_classes(model: Any, classes: Sequence[int], **options: Any) -> Floats:
    """For each class, an image with a high logit (never the softmax, which also rises when others fall).

    Args:
        model: a network that ends in a dense layer, with or without a softmax.
        classes: their numbers.
        **options: those of `maximise`.

    Returns:
        (len(classes), H, W, C) float32 within the bounds.
    """
    return maximise(model, len(model.layers) - 1, classes, **options)


def _before_activation(layer: Any) -> tuple[Any, Callable[[Any], Any]]:
    """A layer's output without its nonlinearity (which is taken off the layer), and the nonlinearity."""
    linear = keras.activations.linear
    if isinstance(layer, keras.layers.Softmax):
        return layer.input, linear
    activation = getattr(layer, "activation", linear)
    if activation is not linear:
        layer.activation = linear
    return layer.output, linear if activation is keras.activations.softmax else activation


def _excitement(viewer: Any, activation: Callable[[Any], Any], units: Sequence[int]) -> Callable[[Any], Any]:
    """The score of each image for its own unit, (N,)."""

    def score(images: Any) -> Any:
        maps = viewer(images, training=False)
        maps = tf.reshape(maps, (len(units), -1, maps.shape[-1]))
        own = tf.gather(tf.transpose(maps, (0, 2, 1)), tf.constant(list(units)), axis=1, batch_dims=1)
        excited = activation(own)
        asleep = tf.reduce_max(excited, axis=1) <= 0
        return tf.where(asleep, tf.reduce_max(own, axis=1), tf.reduce_mean(excited, axis=1))

    return score


def _slopes(score: Callable[[Any], Any], images: Any, shift: Any) -> Any:
    """Gradients of the shifted images' scores, moved back, each with a root mean square of one."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = score(tf.roll(images, shift, axis=(1, 2)))
    slopes = tape.gradient(scores, images)
    size = tf.sqrt(tf.reduce_mean(slopes**2, axis=(1, 2, 3), keepdims=True))
    return tf.math.divide_no_nan(slopes, size)


def _roughness(images: Any) -> Any:
    """Gradient of each image's total variation."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        variation = tf.image.total_variation(images)
    return tape.gradient(variation, images)


def _blank(shape: tuple[int, ...], bounds: tuple[float, float], seed: int) -> Floats:
    """An even gray in the middle of the bounds, with a little noise."""
    low, high = bounds
    noise = np.random.default_rng(seed).standard_normal(shape)
    return ((low + high) / 2 + _NOISE * (high - low) * noise).astype(np.float32)
