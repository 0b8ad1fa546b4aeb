"""What students get for functions that turn arrays into arrays, and for those that are given a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.checks.calling import DIGITS, FakeOracle, judged, no_return
from tests.figures import world


def test_scaling_to_the_smallest_and_largest_value() -> None:
    found = judged("scaling", lambda images: (images - images.min()) / (images.max() - images.min()))
    assert (found.status, found.fraction) == ("passed", 1.0)


def each(images: Any) -> Any:
    images = images.astype(float)
    low, high = images.min((1, 2), keepdims=True), images.max((1, 2), keepdims=True)
    return (images - low) / (high - low)


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (each, "each_by_itself"),
        (lambda images: images / 255, "divided"),
        (lambda images: images / images.max(), "not_shifted"),
        (lambda images: images.ravel() / 255, "wrong_shape"),
        (lambda images: images * 0.0 / 0, "nan"),
        (lambda images: images, "other_values"),
        (lambda images: "done", "wrong_type"),
        (no_return, "nothing_returned"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_scaling_slips(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("scaling", function)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * 128 + 128) / 255,
        lambda x: (x + 1) / 2,
        lambda x: np.clip(x * 0.5 + 0.5, 0, 1),
        lambda x: ((x * 128 + 128) / 255).astype(np.float64),
    ],
)
def test_a_scaling_is_undone_in_several_ways(function: Callable[..., Any]) -> None:
    assert judged("picture", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda x: (x * 128 + 128).astype(np.uint8), "bytes"),
        (lambda x: x, "unchanged"),
        (lambda x: (x - x.min()) / (x.max() - x.min()), "stretched"),
        (lambda x: x.clip(0, 1), "clipped"),
        (lambda x: x / 255, "divided"),
        (lambda x: x[0] * 0.5 + 0.5, "wrong_shape"),
    ],
)
def test_slips_in_undoing_a_scaling(function: Callable[..., Any], diagnosis: str) -> None:
    assert judged("picture", function).diagnosis == diagnosis


def one_hot(labels: Any) -> Any:
    return np.eye(10)[labels]


@pytest.mark.parametrize(
    "function",
    [
        lambda images, labels: (images[..., None].astype("float32") / 255, one_hot(labels)),
        lambda images, labels: [images.reshape(-1, 28, 28, 1) / images.max(), one_hot(labels)],
    ],
)
def test_preprocessing(function: Callable[..., Any]) -> None:
    assert judged("preprocessing", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "status", "diagnosis"),
    [
        (lambda images, labels: (one_hot(labels), images[..., None] / 255), "failed", "swapped"),
        (lambda images, labels: (images / 255, one_hot(labels)), "partial", "no_channel"),
        (lambda images, labels: (images[..., None] // 255, one_hot(labels)), "partial", "not_float"),
        (lambda images, labels: (images[..., None] * 1.0, one_hot(labels)), "partial", "not_scaled"),
        (lambda images, labels: (images[..., None] / 255 - 0.5, one_hot(labels)), "partial", "other_values"),
        (lambda images, labels: (images[..., None] / 255, labels), "partial", "not_one_hot"),
        (lambda images, labels: (images[..., None] / 255, np.eye(9)[labels]), "partial", "too_few_columns"),
        (lambda images, labels: (images / 255, labels), "failed", "no_channel"),
        (lambda images, labels: images[..., None] / 255, "failed", "wrong_type"),
        (no_return, "failed", "nothing_returned"),
    ],
)
def test_slips_in_preprocessing(function: Callable[..., Any], status: str, diagnosis: str) -> None:
    found = judged("preprocessing", function)
    assert (found.status, found.diagnosis) == (status, diagnosis)


def shuffled(x: Any, y: Any) -> Any:
    order = np.random.default_rng(1).permutation(len(x))
    return x[order[:35]], x[order[35:]], y[order[:35]], y[order[35:]]


def reordered(places: list[int]) -> Callable[..., Any]:
    return lambda x, y: tuple(shuffled(x, y)[place] for place in places)


def test_a_split_may_shuffle_as_it_likes() -> None:
    assert judged("split", shuffled).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda x, y: (x[:35], x[35:], y[:35], y[35:]), "not_shuffled"),
        (lambda x, y: (x[:15], x[15:], y[:15], y[15:]), "other_sizes"),
        (lambda x, y: (x[:35], x[40:], y[:35], y[40:]), "other_sizes"),
        (lambda x, y: (x[:35], x[30:], y[:35], y[30:]), "leak"),
        (lambda x, y: (*shuffled(x, y)[:2], y[:35], y[35:]), "torn"),
        (lambda x, y: (x[:35] * 2, x[35:], y[:35], y[35:]), "other_values"),
        (reordered([0, 2, 1, 3]), "order"),
        (lambda x, y: (x[:35, ..., 0], x[35:, ..., 0], y[:35], y[35:]), "wrong_shape"),
        (lambda x, y: (x[:35], x[35:]), "wrong_type"),
    ],
)
def test_slips_in_a_split(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("split", function)
    assert found.diagnosis == diagnosis
    assert found.status == ("partial" if diagnosis == "not_shuffled" else "failed")


def own(net: Any, images: Any, units: Any) -> Any:
    return net(images)[np.arange(len(images)), units]


def test_the_score_of_an_ascent_is_a_sum_over_the_images() -> None:
    assert judged("ascent_score", lambda net, images, units: own(net, images, units).sum()).status == "passed"
    found = judged("ascent_score", lambda net, images, units: [float(own(net, images, units).sum())])
    assert found.status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda net, images, units: own(net, images, units).mean(), "mean"),
        (lambda net, images, units: -own(net, images, units).sum(), "negative"),
        (lambda net, images, units: net(images).sum(), "all_units"),
        (lambda net, images, units: net(images)[:, units[0]].sum(), "first_unit"),
        (lambda net, images, units: net(images)[:, units].sum(), "square"),
        (own, "not_one_number"),
        (lambda net, images, units: 0.0, "other_values"),
        (no_return, "nothing_returned"),
    ],
)
def test_slips_in_the_score(function: Callable[..., Any], diagnosis: str) -> None:
    assert judged("ascent_score", function).diagnosis == diagnosis


PLOT = world.figure([np.eye(4)])


def loss_and_accuracy(net: Any, x: Any, y: Any) -> tuple[float, float]:
    scores = net(x)
    loss = -np.log((scores * y).sum(axis=1)).mean()
    return float(loss), float((scores.argmax(axis=1) == y.argmax(axis=1)).mean())


def whole_test_set(net: Any, x: Any, y: Any) -> Any:
    accuracy = float((net(DIGITS).argmax(axis=1) == FakeOracle.labels).mean())
    return accuracy + 0.0, PLOT


@pytest.mark.parametrize(
    "function",
    [
        lambda *given: (*loss_and_accuracy(*given), PLOT),
        lambda *given: ({"report": {"a": 0.5}, "loss and accuracy": list(loss_and_accuracy(*given))}, PLOT),
        lambda *given: (np.float32(loss_and_accuracy(*given)[0]), 100 * loss_and_accuracy(*given)[1], PLOT),
    ],
)
def test_an_evaluation_may_return_its_numbers_in_any_form(function: Callable[..., Any]) -> None:
    assert judged("evaluation", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "status", "diagnosis"),
    [
        (loss_and_accuracy, "partial", "no_figure"),
        (lambda *given: (loss_and_accuracy(*given)[1], PLOT), "partial", "no_loss"),
        (lambda *given: (loss_and_accuracy(*given)[0], PLOT), "partial", "no_accuracy"),
        (whole_test_set, "failed", "ignores_arguments"),
        (lambda *given: (2.5, 0.12345, PLOT), "failed", "other_values"),
        (lambda *given: (PLOT,), "failed", "nothing_returned"),
    ],
)
def test_slips_in_an_evaluation(function: Callable[..., Any], status: str, diagnosis: str) -> None:
    found = judged("evaluation", function)
    assert (found.status, found.diagnosis) == (status, diagnosis)
