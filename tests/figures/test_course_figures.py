"""The figures that the course's own functions draw are right ones for the grader."""

from __future__ import annotations

import numpy as np

from autograder.figures import bars, confusion, curve_slips, curves, errors, histograms
from autograder.figures.gallery import Collection
from reference import figures
from tests.figures import numbers, world
from tests.figures.drawing import recorded

SCORES, LABELS = numbers.probabilities(), numbers.labels()


def test_curves() -> None:
    history = numbers.history()
    drawn = recorded(
        lambda: figures.plot_history({key: list(one) for key, one in history.items()}, "a title")
    )
    reading = curves.read(drawn, history, list(history))
    assert reading is not None
    assert curve_slips.judge(reading, "history", {}).right


def test_the_confusion_matrix() -> None:
    drawn = recorded(lambda: figures.plot_confusion(LABELS, SCORES, numbers.NAMES))
    counts = numbers.counts(SCORES, LABELS)
    assert confusion.judge(drawn, confusion.Asked(counts, numbers.NAMES, "rows", annotated=True))[0].right


def test_bars_beside_an_image() -> None:
    image, label = np.eye(28), int(LABELS[8])
    drawn = recorded(lambda: figures.plot_prediction(image, np.array(label), SCORES[8]))
    scores = bars.Scores(SCORES[8], "test image 8", numbers.DIGITS, label, SCORES, highlight=True)
    assert bars.judge(drawn, scores).right


def test_histograms() -> None:
    drawn = recorded(lambda: figures.plot_probability_histogram(SCORES, LABELS))
    asked = histograms.Asked(SCORES, LABELS, 0, numbers.DIGITS, 10, log=True)
    assert histograms.judge(drawn, asked).right


def test_worst_errors() -> None:
    images = world.images()
    labels, scores = LABELS[: len(images)], numbers.probabilities(sharpness=1)[: len(images)]
    drawn = recorded(lambda: figures.plot_worst_errors(images + 0.5, labels, scores, 6, numbers.NAMES))
    collection = Collection(images, labels, scores.argmax(axis=1), numbers.NAMES)
    asked = errors.Asked(collection, scores, 6, worst=6, titles="predicted_and_label")
    assert errors.judge(drawn, asked)[0].right
