"""Views into a network agree with what the network computes, layer by layer."""

import numpy as np
import pytest

LAST_CONVOLUTION, LOGITS = 8, 13


@pytest.fixture(scope="module")
def model():
    from reference import checkpoints

    return checkpoints.get("cifar10-investigating-stand-in").model()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(-0.5, 0.5, (205, 32, 32, 3)).astype(np.float32)


def by_hand(model, images, first, last):
    """Apply layers `first` to `last`, one after the other."""
    for layer in model.layers[first : last + 1]:
        images = layer(images)
    return images


@pytest.mark.parametrize("index", [0, 1, 9, 14])
def test_a_layers_output_is_what_the_layers_up_to_it_compute(model, images, index):
    from reference import visualisation

    output = visualisation.output_of(model, model.layers[index], images)
    assert output.dtype == np.float32
    assert len(output) == len(images)
    np.testing.assert_allclose(output, by_hand(model, images, 0, index), atol=1e-5)


def test_a_functional_copy_computes_the_same_and_leaves_the_original_alone(model, images):
    from reference import visualisation

    copy = visualisation.as_functional(model)
    assert np.array_equal(copy(images), model(images))
    copy.set_weights([np.zeros_like(array) for array in copy.get_weights()])
    assert np.abs(model.get_weights()[0]).max() > 0


@pytest.fixture(scope="module")
def branched():
    """A functional network whose layers form no chain, with every kind of nonlinearity."""
    import keras

    keras.utils.set_random_seed(1)
    layers = keras.layers
    inputs = keras.Input((32, 32, 3))
    left = layers.ReLU(name="left")(layers.Conv2D(4, 3, padding="same")(inputs))
    right = layers.LeakyReLU(name="right")(layers.Conv2D(4, 3, padding="same", activation="elu")(inputs))
    joined = layers.BatchNormalization()(layers.Concatenate(name="joined")([left, right]))
    hidden = layers.Dense(8, activation="relu")(layers.GlobalAveragePooling2D()(joined))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(hidden))


def test_a_functional_copy_of_a_branched_network_computes_the_same(branched, images):
    from reference import visualisation

    copy = visualisation.as_functional(branched)
    assert np.array_equal(copy(images[:9]), branched(images[:9]))
    assert [layer.name for layer in copy.layers[1:]] == [layer.name for layer in branched.layers[1:]]


def test_gradients_flow_through_the_copy_of_a_reloaded_network(model, images, tmp_path):
    import keras
    import tensorflow as tf

    from reference import visualisation

    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    copy = visualisation.as_functional(reloaded)
    assert np.array_equal(copy(images[:5]), model(images[:5]))
    viewer = keras.Model(copy.inputs[0], [copy.get_layer("conv2d_3").output, copy.outputs[0]])
    with tf.GradientTape() as tape:
        maps, probabilities = viewer(images[:1])
        score = probabilities[0, 0]
    assert np.abs(tape.gradient(score, maps)).max() > 0
    np.testing.assert_array_equal(
        visualisation.grad_cam(reloaded, LAST_CONVOLUTION, images[0]),
        visualisation.grad_cam(model, LAST_CONVOLUTION, images[0]),
    )


def test_layers_are_meant_by_index_or_by_name(model, branched, images):
    from reference import visualisation

    for network, index, name in [(model, 2, "conv2d_1"), (branched, 5, "joined")]:
        found = visualisation.activations(network, name, images[:3])
        assert network.layers[index].name == name
        assert np.array_equal(found, visualisation.activations(network, index, images[:3]))
        assert np.array_equal(found, visualisation.output_of(network, network.layers[index], images[:3]))


@pytest.mark.parametrize("end", ["inside", "activation", "layer", "none"])
def test_logits_are_what_the_softmax_turns_into_probabilities(images, end):
    import keras

    from reference import visualisation

    layers = keras.layers
    closing = {"activation": [layers.Activation("softmax")], "layer": [layers.Softmax()]}.get(end, [])
    inside = "softmax" if end == "inside" else None
    keras.utils.set_random_seed(2)
    network = keras.Sequential(
        [keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(4, activation=inside), *closing]
    )
    kernel, bias = network.get_weights()
    expected = images[:6].reshape(6, -1) @ kernel + bias
    before = network.predict(images[:6], verbose=0)
    np.testing.assert_allclose(visualisation.logits_of(network)(images[:6]), expected, atol=1e-4)
    assert np.array_equal(network.predict(images[:6], verbose=0), before)


@pytest.mark.parametrize("label", [None, 4])
def test_grad_cam_is_the_definition(model, images, label):
    import tensorflow as tf

    from reference import visualisation

    heatmap = visualisation.grad_cam(model, LAST_CONVOLUTION, images[0], label)

    maps = tf.Variable(by_hand(model, images[:1], 0, LAST_CONVOLUTION))
    with tf.GradientTape() as tape:
        logits = by_hand(model, maps, LAST_CONVOLUTION + 1, LOGITS)[0]
        score = logits[np.argmax(logits) if label is None else label]
    importance = tape.gradient(score, maps).numpy()[0].mean(axis=(0, 1))
    expected = np.maximum(0, (maps.numpy()[0] * importance).sum(axis=-1))
    assert heatmap.shape == (13, 13)
    assert expected.max() > 0
    np.testing.assert_allclose(heatmap, expected, atol=1e-5)
