"""Saliency, guided backpropagation and Grad-CAM: tf-keras-vis, finite differences and hand agree."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def model():
    """A small functional network with random weights, whose softmax lies in its last layer."""
    import keras

    keras.utils.set_random_seed(4)
    inputs = keras.Input((12, 12, 2))
    maps = keras.layers.Conv2D(6, 3, activation="relu", name="first")(inputs)
    maps = keras.layers.MaxPooling2D(2)(maps)
    maps = keras.layers.Conv2D(5, 3, activation="relu", name="second")(maps)
    hidden = keras.layers.Dense(7, activation="relu")(keras.layers.Flatten()(maps))
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(hidden))


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(5).normal(0, 1, (12, 12, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def score():
    from tf_keras_vis.utils.scores import CategoricalScore

    return CategoricalScore([1])


def oracle(kind, model, *modifiers):
    """A visualisation of tf-keras-vis on a copy of the network with linear outputs."""
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear

    return kind(model, model_modifier=[*modifiers, ReplaceToLinear()], clone=True)


def test_saliency_is_that_of_tf_keras_vis(model, image, score):
    from tf_keras_vis.saliency import Saliency

    from reference import attribution

    expected = oracle(Saliency, model)(score, image[None], normalize_map=False)[0]
    found = attribution.saliency(model, image, 1)
    assert found.shape == (12, 12)
    assert found.max() > 0
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_saliency_is_the_slope_of_the_logit_and_not_of_the_probability(model, image):
    from reference import attribution, visualisation

    logits = visualisation.logits_of(model)
    found = attribution.saliency(model, image, 2)
    for row, column in [(0, 0), (3, 7), (6, 5), (11, 11)]:
        slopes = []
        for channel in range(2):
            moved = np.stack([image, image])
            moved[0, row, column, channel] -= 1e-2
            moved[1, row, column, channel] += 1e-2
            below, above = logits.predict(moved, verbose=0)[:, 2]
            slopes.append(abs(above - below) / 2e-2)
        assert found[row, column] == pytest.approx(max(slopes), rel=0.05, abs=1e-4)


def test_guided_backpropagation_is_that_of_tf_keras_vis(model, image, score):
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.utils.model_modifiers import GuidedBackpropagation

    from reference import attribution

    guided = oracle(Saliency, model, GuidedBackpropagation())
    options = {"keepdims": True, "normalize_map": False, "gradient_modifier": None}
    expected = guided(score, image[None], **options)[0]
    plain = oracle(Saliency, model)(score, image[None], **options)[0]
    found = attribution.guided_backpropagation(model, image, 1)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(found - plain).max() > 1e-3


def test_grad_cam_is_that_of_tf_keras_vis(model, image, score):
    from tf_keras_vis.gradcam import Gradcam

    from reference import visualisation

    expected = oracle(Gradcam, model)(
        score, image[None], penultimate_layer="second", expand_cam=False, normalize_cam=False
    )
    found = visualisation.grad_cam(model, "second", image, 1)
    assert found.max() > 0
    np.testing.assert_allclose(found, np.asarray(expected)[0], atol=1e-6)


@pytest.mark.parametrize("method", ["saliency", "guided_backpropagation"])
def test_by_default_the_predicted_class_is_explained(model, image, method):
    from reference import attribution

    explain = getattr(attribution, method)
    predicted = int(np.argmax(model.predict(image[None], verbose=0)))
    np.testing.assert_array_equal(explain(model, image), explain(model, image, predicted))


def test_looking_leaves_the_network_as_it_was(model, image):
    from reference import attribution

    before = model.predict(image[None], verbose=0)
    attribution.guided_backpropagation(model, image)
    assert np.array_equal(model.predict(image[None], verbose=0), before)


def test_guided_backpropagation_by_hand():
    """Two units, one reached by a negative gradient, one asleep: only the rest passes back."""
    import keras

    from reference import attribution

    inputs = keras.Input((1, 3, 1))
    hidden = keras.layers.Dense(3, use_bias=False)(keras.layers.Flatten()(inputs))
    outputs = keras.layers.Dense(2, use_bias=False)(keras.layers.ReLU()(hidden))
    network = keras.Model(inputs, outputs)
    network.set_weights([np.eye(3), np.array([[5.0, 0], [-7.0, 0], [2.0, 0]])])
    image = np.array([[[1.0], [1.0], [-1.0]]], dtype=np.float32)
    assert attribution.guided_backpropagation(network, image, 0).ravel().tolist() == [5, 0, 0]
    assert attribution.saliency(network, image, 0).ravel().tolist() == [5, 7, 0]
