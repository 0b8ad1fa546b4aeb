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
