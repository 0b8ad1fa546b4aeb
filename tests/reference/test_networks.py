"""The architectures, as the notebooks and the grading config name them."""

import numpy as np
import pytest

LAYERS = [
    *("conv2d", "activation", "conv2d_1", "activation_1", "max_pooling2d"),
    *("conv2d_2", "activation_2", "conv2d_3", "activation_3", "max_pooling2d_1"),
    *("flatten", "dense", "activation_4", "dense_1", "activation_5"),
]


@pytest.fixture(scope="module")
def investigating():
    from reference import networks

    return networks.investigating_cnn()


def test_investigating_cnn_has_the_parameters_that_the_course_states(investigating):
    assert investigating.count_params() == 361_898


def test_investigating_cnn_has_its_layers_in_the_order_that_questions_count_on(investigating):
    assert [layer.name for layer in investigating.layers] == LAYERS


def test_layer_names_do_not_depend_on_what_was_built_before(investigating):
    from reference import networks

    assert [layer.name for layer in networks.investigating_cnn().layers] == LAYERS


@pytest.mark.parametrize(
    ("index", "shape"),
    [
        (0, (32, 32, 32)),
        (1, (32, 32, 32)),
        (2, (30, 30, 32)),
        (4, (15, 15, 32)),
        (8, (13, 13, 64)),
        (9, (6, 6, 64)),
        (10, (2304,)),
        (14, (10,)),
    ],
)
def test_investigating_cnn_s_layers_have_these_outputs(investigating, index, shape):
    assert tuple(investigating.layers[index].output.shape[1:]) == shape


def test_the_first_layer_s_weights_have_the_shape_that_the_notebook_asserts(investigating):
    weights, bias = investigating.layers[0].get_weights()
    assert (weights.shape, bias.shape) == ((3, 3, 3, 32), (32,))


def test_investigating_cnn_returns_probabilities(investigating):
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (4, 32, 32, 3)).astype(np.float32)
    probabilities = investigating.predict(images, verbose=0)
    assert probabilities.shape == (4, 10)
    assert probabilities.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_the_activation_follows_its_convolution(investigating):
    """Layer 1 is layer 0 after the nonlinearity: the difference that two questions are about."""
    import keras

    images = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 32, 32, 3)).astype(np.float32)
    both = keras.Model(investigating.inputs, [layer.output for layer in investigating.layers[:2]])
    before, after = both.predict(images, verbose=0)
    assert before.min() < 0
    assert np.array_equal(after, np.maximum(before, 0))
