"""The oracle against the checkpoint itself: numbers, tensors, and what a figure may show by mistake."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from autograder.checks import claims
from autograder.config import AssignmentConfig
from autograder.evidence import Model
from autograder.grading.oracle import CheckpointOracle
from reference import checkpoints
from reference.datasets import CIFAR10_CLASSES, Dataset

COUNT = 12


def dataset(source: Any) -> Dataset:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (COUNT + 8, 32, 32, 3)).astype(np.uint8)
    labels = np.arange(COUNT + 8) % 10
    return Dataset("cifar10", source, "a test", images[:1], labels[:1], images, labels)


def unused(model: Model, images: Any) -> list[Any]:
    raise AssertionError("no network was submitted")


@pytest.fixture(scope="module")
def oracle() -> CheckpointOracle:
    config = AssignmentConfig.model_validate(
        {
            "assignment": "a",
            "title": "A",
            "data": {"name": "cifar10", "count": COUNT, "scale": "centred"},
            "model": {"checkpoint": "cifar10-investigating"},
            "questions": {
                "q": {"title": "Q", "points": 1, "checks": [{"value": "x", "equals": 1}]},
            },
        }
    )
    return CheckpointOracle(config, dataset("drawn"), unused)


@pytest.fixture(scope="module")
def model() -> Any:
    return checkpoints.get("cifar10-investigating-stand-in").model()


def claim(kind: Any, **form: Any) -> Any:
    return TypeAdapter(kind).validate_python(form)


def test_stand_in_data_are_judged_with_the_network_that_was_trained_on_them(oracle: CheckpointOracle) -> None:
    assert oracle.checkpoint.name == "cifar10-investigating-stand-in"


def test_images_and_labels_are_those_that_students_get(oracle: CheckpointOracle) -> None:
    data = dataset("drawn")
    assert oracle.images.dtype == np.float32
    np.testing.assert_allclose(oracle.images, data.x_test[:COUNT] / 255 - 0.5, atol=1e-6)
    assert oracle.labels.tolist() == data.y_test[:COUNT].tolist()
    assert list(oracle.class_names) == list(CIFAR10_CLASSES)


def test_accuracy_and_loss_are_what_keras_measures(oracle: CheckpointOracle, model: Any) -> None:
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(oracle.images, oracle.labels, verbose=0)
    assert oracle.scalar(claim(claims.ScalarClaim, accuracy={})) == pytest.approx(accuracy)
    assert oracle.scalar(claim(claims.ScalarClaim, loss={})) == pytest.approx(loss, rel=1e-4)


def test_tensors_are_the_checkpoints(oracle: CheckpointOracle, model: Any) -> None:
    weights, bias = model.layers[2].get_weights()
    for form, expected in (
        ({"weights": {"layer": 2}}, weights),
        ({"bias": {"layer": 2}}, bias),
        ({"filter": {"layer": 2, "filter": 7}}, weights[..., 7]),
    ):
        np.testing.assert_array_equal(oracle.tensor(claim(claims.TensorClaim, **form)), expected)
    first = model.layers[0](oracle.images[5:6])[0]
    seen = oracle.tensor(claim(claims.TensorClaim, activations={"layer": 0, "image": 5}))
    np.testing.assert_allclose(seen, first, atol=1e-5)


@pytest.mark.parametrize(
    ("form", "panels", "mistakes"),
    [
        ({"filters": {"layer": 0}}, 32, {"other_layer", "untrained", "other_checkpoint"}),
        ({"filter": {"layer": 0, "filter": 3}}, 1, {"other_filter", "untrained", "other_checkpoint"}),
        (
            {"kernels": {"layer": 0, "filter": 3}},
            3,
            {"other_filter", "wrong_axis", "untrained", "other_checkpoint"},
        ),
        (
            {"activations": {"layer": 1, "image": 2}},
            32,
            {
                *("other_layer", "before_activation", "other_image", "batch_axis"),
                *("untrained", "other_checkpoint"),
            },
        ),
        (
            {"grad_cam": {"layer": 8, "image": 2}},
            1,
            {
                *("other_layer", "other_image", "other_class", "no_gradients"),
                *("gradients_only", "saliency"),
                *("untrained", "other_checkpoint"),
            },
        ),
        ({"images": {}}, COUNT, set()),
    ],
)
def test_a_figure_has_its_panels_and_decoys_for_the_usual_mistakes(
    oracle: CheckpointOracle, form: dict[str, Any], panels: int, mistakes: set[str]
) -> None:
    asked = claim(claims.PanelClaim, **form)
    reference, decoys = oracle.panels(asked), oracle.decoys(asked)
    assert len(reference.panels) == len(reference.labels) == panels
    assert reference.mistake == ""
    assert {decoy.mistake for decoy in decoys} == mistakes
    for decoy in decoys:
        same = len(decoy.panels) == panels and all(map(np.array_equal, decoy.panels, reference.panels))
        assert not same, decoy.title


def test_a_heatmap_with_its_negative_part_is_a_mistake(oracle: CheckpointOracle) -> None:
    asked = claim(claims.PanelClaim, grad_cam={"layer": 2, "image": 2})
    (whole,) = [decoy for decoy in oracle.decoys(asked) if decoy.mistake == "not_rectified"]
    assert whole.stack.min() < 0
    np.testing.assert_allclose(np.maximum(whole.stack, 0), oracle.panels(asked).stack, atol=1e-5)


def test_the_maps_of_a_figure_are_the_layers_for_that_image(oracle: CheckpointOracle, model: Any) -> None:
    reference = oracle.panels(claim(claims.PanelClaim, activations={"layer": 0, "image": 2}))
    expected = np.moveaxis(np.asarray(model.layers[0](oracle.images[2:3]))[0], -1, 0)
    np.testing.assert_allclose(np.stack(reference.panels), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "form", "words"),
    [
        (claims.TensorClaim, {"weights": {"layer": 99}}, "no layer 99, the last one is 14"),
        (claims.TensorClaim, {"bias": {"layer": 1}}, r"layer 1 \(activation\) has no weights"),
        (claims.PanelClaim, {"filters": {"layer": 15}}, "no layer 15"),
        (claims.PanelClaim, {"filters": {"layer": 11}}, r"layer 11 \(dense\) has no kernels"),
        (claims.PanelClaim, {"activations": {"layer": 20, "image": 0}}, "no layer 20"),
    ],
)
def test_a_claim_about_what_is_not_there_is_named(
    oracle: CheckpointOracle, kind: Any, form: dict[str, Any], words: str
) -> None:
    asked = claim(kind, **form)
    ask = oracle.tensor if kind is claims.TensorClaim else oracle.panels
    with pytest.raises(ValueError, match=words):
        ask(asked)
