"""How good a classifier is, and where it errs: confusion, worst errors, loss, accuracy, report.

Numbers only; `reference.figures` draws them. Trains nothing.

Labels are class numbers (N,), or one-hot rows (N, C), as the notebooks use both; probabilities are (N, C).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import classification_report

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]

_SMALLEST = np.finfo(np.float32).tiny  # of a true class whose probability float32 rounds to zero


@dataclass(frozen=True)
class Evaluation:
    """What a test set says of a network.

    Attributes:
        loss: mean cross-entropy, in nats.
        accuracy: share of images whose most probable class is the label, 0…1.
        report: scikit-learn's classification report: class number as text → precision, recall, f1-score,
            support; and `accuracy`, `macro avg`, `weighted avg`.
        probabilities: (N, C) float32, what the network said of each image.
    """

    loss: float
    accuracy: float
    report: dict[str, Any]
    probabilities: Floats


def evaluate(model: Any, images: Floats, labels: ArrayLike) -> Evaluation:
    """Run a network over a test set.

    Args:
        model: returns probabilities (N, C); need not be compiled.
        images: (N, H, W, C), N ≥ 1, in the range it was trained on.
        labels: (N,) or one-hot (N, C).
    """
    truth = class_numbers(labels)
    probabilities = np.asarray(model.predict(images, batch_size=500, verbose=0), dtype=np.float32)
    of_truth = np.maximum(probabilities[np.arange(len(truth)), truth], _SMALLEST)
    predicted = class_numbers(probabilities)
    classes = [str(number) for number in range(probabilities.shape[1])]
    return Evaluation(
        loss=float(-np.mean(np.log(of_truth, dtype=np.float64))),
        accuracy=float(np.mean(predicted == truth)),
        report=classification_report(
            truth,
            predicted,
            labels=range(len(classes)),
            target_names=classes,
            output_dict=True,
            zero_division=0.0,
        ),
        probabilities=probabilities,
    )


def class_numbers(labels: ArrayLike) -> Numbers:
    """Class numbers (N,) from class numbers, one-hot rows or probabilities (of equal ones the first).

    Raises:
        ValueError: neither (N,) whole numbers nor (N, C).
    """
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] > 1:
        return np.asarray(np.argmax(array, axis=1), dtype=np.int64)
    numbers: Numbers = array.reshape(-1).astype(np.int64)
    if array.ndim > 2 or not np.array_equal(numbers, array.reshape(-1)):
        raise ValueError(f"Labels are class numbers (N,) or one-hot (N, C); these have shape {array.shape}.")
    return numbers


def confusion(labels: ArrayLike, predicted: ArrayLike, classes: int = 10) -> Numbers:
    """Count how often each class was taken for each.

    Args:
        labels: the truth, (N,) or one-hot (N, C).
        predicted: class numbers (N,), or probabilities (N, C).
        classes: how many there are.

    Returns:
        (classes, classes) int64: row = truth, column = prediction.

    Raises:
        ValueError: different numbers of labels and predictions, or a class outside 0…classes - 1.
    """
    truth, guess = class_numbers(labels), class_numbers(predicted)
    if truth.shape != guess.shape:
        raise ValueError(f"{len(truth)} labels, but {len(guess)} predictions.")
    both = np.concatenate([truth, guess])
    if both.size and (both.min() < 0 or both.max() >= classes):
        raise ValueError(f"Classes go from 0 to {classes - 1}; there are {both.min()} to {both.max()}.")
    counts = np.bincount(truth * classes + guess, minlength=classes**2)
    return counts.reshape(classes, classes).astype(np.int64)


def normalised(matrix: Numbers, over: Literal["truth", "prediction"] = "truth") -> NDArray[np.float64]:
    """Shares instead of counts.

    Args:
        matrix: of `confusion`.
        over: "truth": each row sums to 1 (of the images of this class, how many were taken for …);
            "prediction": each column does (of the images taken for this class, how many are …).

    Returns:
        (C, C) float64. A class without images, or never predicted, has zeros.
    """
    totals = matrix.sum(axis=1 if over == "truth" else 0, keepdims=True)
    shares = np.zeros(matrix.shape)
    np.divide(matrix, totals, out=shares, where=totals > 0)
    return shares


def misclassified(probabilities: ArrayLike, labels: ArrayLike) -> Numbers:
    """Indices of the images whose most probable class is not the label, ascending."""
    return np.flatnonzero(class_numbers(probabilities) != class_numbers(labels)).astype(np.int64)


def worst_errors(probabilities: ArrayLike, labels: ArrayLike, count: int) -> Numbers:
    """Indices of the gravest errors: largest probability of the predicted class minus that of the true one.

    Args:
        probabilities: (N, C).
        labels: (N,) or one-hot (N, C).
        count: how many; fewer are returned if there are fewer errors.

    Returns:
        At most `count` indices, the worst first; of equal ones the earlier first.
    """
    wrong = misclassified(probabilities, labels)
    scores = np.asarray(probabilities)[wrong]
    gap = scores.max(axis=1) - scores[np.arange(len(wrong)), class_numbers(labels)[wrong]]
    order: Numbers = wrong[np.argsort(-gap, kind="stable")[:count]]
    return order
