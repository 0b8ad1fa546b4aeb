"""What students get for functions that draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.evidence import (
    Axes,
    Axis,
    Bars,
    Figure,
    Image,
    Words,
)
from tests.checks.calling import NAMES, judged, no_return
from tests.figures import world


def to_picture(x: Any) -> Any:
    return (x * 128 + 128) / 255


def prediction(picture: Any, lengths: Any, marked: int | None, **options: Any) -> tuple[Figure]:
    colors = tuple("#ff0000" if index == marked else "#1f77b4" for index in range(10))
    bars = Bars(np.arange(10.0), np.asarray(lengths, float), np.zeros(10), True, colors)
    ticks = Axis(ticks=tuple((float(index), name) for index, name in enumerate(NAMES)))
    left = Axes((0, 0, 0.4, 1), () if picture is None else (Image(np.asarray(picture), "imshow"),))
    return (Figure(0, (left, Axes((0.5, 0, 0.4, 1), bars=(bars,), y=ticks))),)


def test_one_prediction() -> None:
    found = judged("prediction_plot", lambda x, y, p: prediction(to_picture(x), p, y.argmax()))
    assert (found.status, found.fraction) == ("passed", 1.0)
    assert judged(
        "prediction_plot", lambda x, y, p: prediction(x * 0.5 + 0.5, 100 * p, y.argmax())
    ).status == ("passed")


@pytest.mark.parametrize(
    ("function", "fraction", "diagnosis"),
    [
        (lambda x, y, p: prediction(to_picture(x), p, p.argmax()), 0.75 + 1 / 12, "highlight_predicted"),
        (lambda x, y, p: prediction(to_picture(x), p, None), 0.75, "no_highlight"),
        (lambda x, y, p: prediction(to_picture(x), y, y.argmax()), 0.5, "one_hot"),
        (lambda x, y, p: prediction(x, p, y.argmax()), 0.5, "clipped"),
        (
            lambda x, y, p: prediction(np.transpose(to_picture(x), (1, 0, 2)), p, y.argmax()),
            0.5,
            "transposed",
        ),
        (lambda x, y, p: prediction(None, p, y.argmax()), 0.5, "no_image"),
        (no_return, 0.0, "no_figure"),
    ],
)
def test_slips_in_one_prediction(function: Callable[..., Any], fraction: float, diagnosis: str) -> None:
    found = judged("prediction_plot", function)
    assert found.fraction == pytest.approx(fraction, abs=1e-3)
    assert found.diagnosis == diagnosis
    assert found.status == ("partial" if fraction else "failed")


def matrix(truth: Any, scores: Any, divide: str = "rows", labels: Any = ("prediction", "truth")) -> Any:
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (truth.argmax(axis=1), scores.argmax(axis=1)), 1)
    shares = {
        "rows": counts / counts.sum(axis=1, keepdims=True),
        "broadcast": counts / counts.sum(axis=1),
        "no": counts,
    }[divide]
    cells = [Words(float(c), float(r), str(counts[r, c])) for r in range(10) for c in range(10)]
    across, down = (Axis(label=label, limits=(-0.5, 9.5)) for label in labels)
    axes = Axes(
        (0, 0, 1, 1),
        (Image(shares, "imshow"),),
        xlabel=labels[0],
        ylabel=labels[1],
        words=tuple(cells),
        texts=tuple(word.text for word in cells),
        x=across,
        y=down,
    )
    return (Figure(0, (axes,)),)


def test_a_confusion_matrix() -> None:
    assert judged("confusion_plot", matrix).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda truth, scores: matrix(truth, scores, "broadcast"), "normalised_columns"),
        (lambda truth, scores: matrix(truth, scores, "no"), "counts"),
        (lambda truth, scores: matrix(truth, scores, labels=("truth", "prediction")), "transposed"),
        (lambda truth, scores: matrix(scores, truth), "transposed"),
        (no_return, "no_figure"),
    ],
)
def test_slips_in_a_confusion_matrix(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("confusion_plot", function)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


def grid(maps: Any, name: str) -> tuple[Figure]:
    figure = world.figure(list(maps))
    return (Figure(0, figure.axes, suptitle=name),)


def sheet(stack: Any, name: str) -> tuple[Figure]:
    """stack mosaic, eight in a row, a pixel between tiles."""
    maps = np.moveaxis(stack[0], -1, 0)
    rows = -(-len(maps) // 8)
    found = np.zeros((rows * 10 - 1, 8 * 9 - 1))
    for place, one in enumerate(maps):
        top, left = place // 8 * 10, place % 8 * 9
        found[top : top + 9, left : left + 8] = (one - one.mean()) / one.std()
    return (Figure(0, (Axes((0, 0, 1, 1), (Image(found, "matshow"),), title=f"Activations: {name}"),)),)


@pytest.mark.parametrize("function", [lambda stack, name: grid(np.moveaxis(stack[0], -1, 0), name), sheet])
def test_activations_as_panels_or_as_one_mosaic(function: Callable[..., Any]) -> None:
    assert judged("activation_grid", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda stack, name: grid(np.moveaxis(stack[0], -1, 0), ""), "no_name"),
        (lambda stack, name: grid(np.moveaxis(stack[0], -1, 0)[:4], name), "missing"),
        (lambda stack, name: grid(np.moveaxis(stack[0], -1, 0)[:, ::-1], name), "flipped"),
        (lambda stack, name: grid(stack[0], name), "wrong_axis"),
        (no_return, "no_image"),
    ],
)
def test_slips_in_activations(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("activation_grid", function)
    assert found.diagnosis == diagnosis
    assert found.status == ("partial" if diagnosis == "no_name" else "failed")
