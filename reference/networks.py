"""The networks of the course, untrained, exactly as the notebooks describe them.

Builds architectures only: weights come from `reference.checkpoints`, optimisation from
`reference.training`.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def investigating_cnn() -> Any:
    """The network of `investigating-cnns`: conv32-conv32-pool-conv64-conv64-pool-dense128-dense10.

    Activations are layers of their own, so that `layers[0]` is a convolution before and `layers[1]`
    the same convolution after its nonlinearity. Layer names are fixed, so that they do not depend on
    what was built before.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 32, 32, 3) float32 in -0.5…0.5, output (N, 10)
        class probabilities; 361,898 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(32, 3, padding="same", name="conv2d"),
            layers.Activation("relu", name="activation"),
            layers.Conv2D(32, 3, name="conv2d_1"),
            layers.Activation("relu", name="activation_1"),
            layers.MaxPooling2D(2, name="max_pooling2d"),
            layers.Conv2D(64, 3, padding="same", name="conv2d_2"),
            layers.Activation("relu", name="activation_2"),
            layers.Conv2D(64, 3, name="conv2d_3"),
            layers.Activation("relu", name="activation_3"),
            layers.MaxPooling2D(2, name="max_pooling2d_1"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, name="dense"),
            layers.Activation("relu", name="activation_4"),
            layers.Dense(10, name="dense_1"),
            layers.Activation("softmax", name="activation_5"),
        ],
        name="investigating_cnn",
    )
