"""Contracts of functions that draw: one prediction, a confusion matrix, the activations of a layer.

What was drawn is judged like any figure of the notebook, against the inputs of the call. Calls nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from scipy.ndimage import gaussian_filter

from autograder.checks import answers
from autograder.checks.array_contracts import photographs
from autograder.checks.base import Floats
from autograder.checks.contracts import Case, Contract
from autograder.evidence import Figure
from autograder.figures import bars, confusion
from autograder.figures.diagnosis import explain
from autograder.figures.outcome import Outcome, half, wrong
from autograder.figures.panels import PanelSet
from autograder.figures.verify import verify

_NAME: Final = "layer under test"


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


# ---------------------------------------------------------------- one prediction


@lru_cache
def _predictions() -> tuple[Floats, Floats]:
    """Classes, (3,), and scores, (3, 10), of three images: one classified rightly, two not."""
    scores = _softmax(2 * np.random.default_rng(8).normal(size=(3, 10)))
    ranked = scores.argsort(axis=1)
    return np.array([ranked[0, -1], ranked[1, -2], ranked[2, -4]]), scores


def _prediction_inputs() -> list[tuple[Any, ...]]:
    labels, scores = _predictions()
    rows = np.eye(10, dtype=np.float32)[labels]
    return [(photographs()[index], rows[index], scores[index]) for index in range(3)]


def _prediction(case: Case) -> Outcome:
    """In each call: the image, and beside it ten bars of which the true class's stands out."""
    outcomes = [outcome for call in range(len(case.inputs)) for outcome in _one_prediction(case, call)]
    faults = [outcome for outcome in outcomes if not outcome.right]
    if not faults:
        return Outcome(1.0, f"`{case.name}` draws the image beside its scores, with the true class marked.")
    share = sum(outcome.share for outcome in outcomes) / len(outcomes)
    worst = min(faults, key=lambda outcome: outcome.share)
    return Outcome(share, f"`{case.name}`: {worst.message}", worst.mistake)


def _one_prediction(case: Case, call: int) -> list[Outcome]:
    """Of the image and of the bars."""
    labels, scores = _predictions()
    figures, images = case.returned[call].figures, photographs()
    if not any(axes.images or axes.bars for figure in figures for axes in figure.axes):
        return [wrong("no_figure", "it draws nothing. Draw the image and the bars in it.")] * 2
    sets = [
        PanelSet([image], "image", ["the image"], title, mistake)
        for image, title, mistake in (
            (images[call], "the image that it is given", ""),
            (images[call - 1], "another image than the one it is given", "other_image"),
        )
    ]
    asked = bars.Scores(
        scores[call], "the image that it is given", case.oracle.class_names, int(labels[call]), scores, True
    )
    return [_drawn(figures, sets), bars.judge(figures, asked)]


def _drawn(figures: Sequence[Figure], sets: Sequence[PanelSet]) -> Outcome:
    """Whether figures show all panels of the first set."""
    finding = verify(figures, sets[0], sets[1:])
    if finding is None:
        return wrong("no_image", f"it draws no image. Draw {sets[0].title}, with imshow.")
    if finding.accepted:
        return Outcome(1.0, f"It draws {sets[0].title}.")
    diagnosis = explain(finding)
    return Outcome(0.0, diagnosis.message, diagnosis.name)


# ---------------------------------------------------------------- a confusion matrix


@lru_cache
def _classified() -> tuple[Floats, Floats]:
    """True classes, (60,), and scores, (60, 10): classes of 3 to 9 images, confused in one direction."""
    random = np.random.default_rng(12)
    labels = random.permutation(np.repeat(np.arange(10), [9, 3, 6, 7, 4, 8, 5, 6, 4, 8]))
    scores = 1.5 * random.normal(size=(60, 10))
    scores[np.arange(60), labels] += 2
    scores[np.arange(60), (labels + 3) % 10] += 1.5
    return labels, _softmax(scores)


def _confusion_inputs() -> list[tuple[Any, ...]]:
    labels, scores = _classified()
    return [(np.eye(10, dtype=np.float32)[labels], scores)]


def _confusion(case: Case) -> Outcome:
    """Shares of each true class as colours, counts or shares as words, and both axes labelled."""
    labels, scores = _classified()
    figures = case.returned[0].figures
    if not any(axes.images for figure in figures for axes in figure.axes):
        return wrong("no_figure", f"`{case.name}` draws no matrix. Draw it in the function, with imshow.")
    counts = np.bincount(labels * 10 + scores.argmax(axis=1), minlength=100).reshape(10, 10)
    asked = confusion.Asked(counts, case.oracle.class_names, "rows", True)
    return confusion.judge(figures, asked)[0]


# ---------------------------------------------------------------- activations


@lru_cache
def _activations() -> Floats:
    """Smooth maps of a layer, (1, 9, 8, 16) float32, no two alike."""
    noise = np.random.default_rng(19).normal(size=(16, 9, 8))
    maps = np.stack([gaussian_filter(one, 1) for one in noise]) * np.arange(1, 17)[:, None, None]
    return np.moveaxis(maps, 0, -1)[None].round(3).astype(np.float32)


def _activation_inputs() -> list[tuple[Any, ...]]:
    return [(_activations(), _NAME), (_activations()[..., :6], _NAME)]


def _activation(case: Case) -> Outcome:
    """All maps, each as a panel or tile, under the name that was given."""
    for (array, name), returned in zip(case.inputs, case.returned, strict=True):
        maps = np.moveaxis(array[0], -1, 0)
        labels = [f"map {index}" for index in range(len(maps))]
        title = f"all {len(maps)} maps of an array of shape {array.shape}"
        outcome = _drawn(returned.figures, [PanelSet(maps, "feature map", labels, title)])
        if not outcome.right:
            return Outcome(0.0, f"`{case.name}`: {outcome.message}", outcome.mistake)
        if not any(
            answers.normalised(name) in answers.normalised(words) for words in _words(returned.figures)
        ):
            seen = f"`{case.name}` draws all maps, but the name that it is given stands nowhere"
            return half("no_name", f"{seen}. Make it a title.")
    return Outcome(1.0, f"`{case.name}` draws all maps, however many there are, under the layer's name.")


def _words(figures: Sequence[Figure]) -> list[str]:
    axes = [axes for figure in figures for axes in figure.axes]
    around = [words for one in axes for words in (one.title, one.xlabel, one.ylabel, *one.texts)]
    return [*(figure.suptitle for figure in figures), *around]


CONTRACTS: Final = {
    "prediction_plot": Contract(
        "a scaled colour image, its one-hot label and ten scores", _prediction_inputs, _prediction
    ),
    "confusion_plot": Contract(
        "sixty one-hot labels and as many rows of ten scores", _confusion_inputs, _confusion
    ),
    "activation_grid": Contract(
        "maps of shape (1, height, width, number) and a name", _activation_inputs, _activation
    ),
}
