"""Numbers to draw: the history of a training, and the scores of a network that knows most classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

EPOCHS = 12
DIGITS = tuple(str(digit) for digit in range(10))
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def history(seed: int = 0) -> dict[str, Array]:
    """A training of 12 epochs: noisy, and overfitting in the end."""
    random = np.random.default_rng(seed)
    steps = np.arange(EPOCHS)
    loss = 1.8 * np.exp(-steps / 4) + 0.1 + 0.02 * random.random(EPOCHS)
    val_loss = loss + 0.05 + 0.02 * steps + 0.05 * random.random(EPOCHS)
    accuracy = 0.95 - 0.5 * np.exp(-steps / 4) + 0.01 * random.random(EPOCHS)
    val_accuracy = accuracy - 0.03 - 0.005 * steps - 0.01 * random.random(EPOCHS)
    return {"loss": loss, "val_loss": val_loss, "accuracy": accuracy, "val_accuracy": val_accuracy}


def labels(count: int = 400) -> Array:
    """True classes, (N,) int64; classes of unequal size."""
    weights = np.arange(10, 20) / np.arange(10, 20).sum()
    return np.random.default_rng(1).choice(10, count, p=weights)


def probabilities(seed: int = 2, count: int = 400, sharpness: float = 3.0) -> Array:
    """Of a network that knows the labels well, (N, 10) float32; confusions are not symmetric."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(count, 10))
    truth = labels(count)
    logits[np.arange(count), truth] += sharpness
    logits[np.arange(count), (truth + 1) % 10] += 0.4 * sharpness
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def counts(scores: Array, truth: Array) -> Array:
    """The confusion matrix, (10, 10) int64, rows are the truth."""
    matrix = np.zeros((10, 10), np.int64)
    np.add.at(matrix, (truth, scores.argmax(axis=1)), 1)
    return matrix
