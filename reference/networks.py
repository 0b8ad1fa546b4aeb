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


def weights_cnn() -> Any:
    """The network of `weights-and-activations`: six convolutions, global max pooling, dropout, dense10.

    Strides instead of pooling halve the maps; `layers[0]` is the 5×5 convolution whose filters are looked at.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 32, 32, 3) float32 in -1…1, output (N, 10) class
        probabilities; 73,498 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(16, 5, padding="same", activation="elu", name="conv2d"),
            layers.Conv2D(16, 3, padding="same", activation="elu", name="conv2d_1"),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="elu", name="conv2d_2"),
            layers.Conv2D(32, 3, padding="same", activation="elu", name="conv2d_3"),
            layers.Conv2D(64, 3, strides=2, padding="same", activation="elu", name="conv2d_4"),
            layers.Conv2D(64, 3, padding="same", activation="elu", name="conv2d_5"),
            layers.GlobalMaxPooling2D(name="global_max_pooling2d"),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(10, activation="softmax", name="dense"),
        ],
        name="weights_cnn",
    )


def mnist_first_cnn() -> Any:
    """The first network of `mnist-cnn`, which overfits: conv16-pool-dense100-dense10.

    Nearly all of its parameters (270,500) lie in the first dense layer.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 28, 28, 1) float32 with the mean image removed, output
        (N, 10) class probabilities; 271,670 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, name="conv2d"),
            layers.Activation("relu", name="activation"),
            layers.MaxPooling2D(2, name="max_pooling2d"),
            layers.Flatten(name="flatten"),
            layers.Dense(100, name="dense"),
            layers.Activation("relu", name="activation_1"),
            layers.Dense(10, name="dense_1"),
            layers.Activation("softmax", name="activation_2"),
        ],
        name="mnist_first_cnn",
    )


def mnist_improved_cnn() -> Any:
    """The improved network of `mnist-cnn`: conv32-pool-conv64-pool-dense150-dense10 with dropout between.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 28, 28, 1) float32 with the mean image removed, output
        (N, 10) class probabilities; 260,476 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv2d"),
            layers.MaxPooling2D(2, name="max_pooling2d"),
            layers.Dropout(0.5, name="dropout"),
            layers.Conv2D(64, 3, activation="relu", name="conv2d_1"),
            layers.MaxPooling2D(2, name="max_pooling2d_1"),
            layers.Dropout(0.5, name="dropout_1"),
            layers.Flatten(name="flatten"),
            layers.Dense(150, activation="relu", name="dense"),
            layers.Dropout(0.5, name="dropout_2"),
            layers.Dense(10, activation="softmax", name="dense_1"),
        ],
        name="mnist_improved_cnn",
    )


def deconstructing_cnn() -> Any:
    """The network of `deconstructing-cnns`: three convolutions of 24, 48 and 64 filters, each pooled.

    Returns:
        An uncompiled functional `keras.Model`: input (N, 28, 28, 1) float32 in 0…1, output (N, 10) class
        probabilities; 113,514 parameters.
    """
    inputs = keras.Input((28, 28, 1), name="input")
    maps = inputs
    for filters, suffix in ((24, ""), (48, "_1"), (64, "_2")):
        maps = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv2d{suffix}")(maps)
        maps = layers.MaxPooling2D(2, name=f"max_pooling2d{suffix}")(maps)
    features = layers.Dense(128, activation="relu", name="dense")(layers.Flatten(name="flatten")(maps))
    kept = layers.Dropout(0.25, name="dropout")(features)
    outputs = layers.Dense(10, activation="softmax", name="dense_1")(kept)
    return keras.Model(inputs, outputs, name="deconstructing_cnn")


def evaluating_a_cnn() -> Any:
    """The first network of `evaluating-cnns`: conv32-dense10.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 28, 28, 1) float32 in 0…1, output (N, 10) class
        probabilities; 216,650 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv2d"),
            layers.Flatten(name="flatten"),
            layers.Dense(10, activation="softmax", name="dense"),
        ],
        name="evaluating_a_cnn",
    )


def evaluating_b_cnn() -> Any:
    """The second network of `evaluating-cnns`: conv32-dense128-dense10 with dropout.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 28, 28, 1) float32 in 0…1, output (N, 10) class
        probabilities; 2,770,634 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv2d"),
            layers.Dropout(0.25, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dropout(0.5, name="dropout_1"),
            layers.Dense(10, activation="softmax", name="dense_1"),
        ],
        name="evaluating_b_cnn",
    )


def evaluating_c_cnn() -> Any:
    """The third network of `evaluating-cnns`: conv32-conv64-pool-dense128-dense10 with dropout.

    Returns:
        An uncompiled `keras.Sequential`: input (N, 28, 28, 1) float32 in 0…1, output (N, 10) class
        probabilities; 1,199,882 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv2d"),
            layers.Conv2D(64, 3, activation="relu", name="conv2d_1"),
            layers.MaxPooling2D(2, name="max_pooling2d"),
            layers.Dropout(0.25, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, activation="relu", name="dense"),
            layers.Dropout(0.5, name="dropout_1"),
            layers.Dense(10, activation="softmax", name="dense_1"),
        ],
        name="evaluating_c_cnn",
    )
