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


# -- the networks of the other assignments ---------------------------------------------------------

PARAMETERS = {
    "weights_cnn": 73_498,
    "mnist_first_cnn": 271_670,
    "mnist_improved_cnn": 260_476,
    "deconstructing_cnn": 113_514,
    "evaluating_a_cnn": 216_650,
    "evaluating_b_cnn": 2_770_634,
    "evaluating_c_cnn": 1_199_882,
}

# What the course states layer by layer: parameters of those layers that have any.
LAYER_PARAMETERS = {
    "weights_cnn": [1_216, 2_320, 4_640, 9_248, 18_496, 36_928, 650],
    "mnist_first_cnn": [160, 270_500, 1_010],
    "mnist_improved_cnn": [320, 18_496, 240_150, 1_510],
    "deconstructing_cnn": [240, 10_416, 27_712, 73_856, 1_290],
    "evaluating_a_cnn": [320, 216_330],
    "evaluating_b_cnn": [320, 2_769_024, 1_290],
    "evaluating_c_cnn": [320, 18_496, 1_179_776, 1_290],
}


@pytest.fixture(scope="module")
def built():
    from reference import networks

    return {name: getattr(networks, name)() for name in PARAMETERS}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_has_the_parameters_that_the_course_states(built, name):
    assert built[name].count_params() == PARAMETERS[name]
    assert [layer.count_params() for layer in built[name].layers if layer.weights] == LAYER_PARAMETERS[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_s_names_do_not_depend_on_what_was_built_before(built, name):
    from reference import networks

    again = getattr(networks, name)()
    names = [layer.name for layer in again.layers]
    assert names == [layer.name for layer in built[name].layers]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_returns_probabilities(built, name):
    model = built[name]
    images = np.random.default_rng(0).uniform(-0.5, 0.5, (3, *model.input_shape[1:])).astype(np.float32)
    probabilities = model.predict(images, verbose=0)
    assert probabilities.shape == (3, 10)
    assert probabilities.min() >= 0
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


@pytest.mark.parametrize(
    ("name", "layer", "shape"),
    [
        ("weights_cnn", "conv2d", (32, 32, 16)),
        ("weights_cnn", "conv2d_2", (16, 16, 32)),
        ("weights_cnn", "conv2d_5", (8, 8, 64)),
        ("mnist_first_cnn", "conv2d", (26, 26, 16)),
        ("mnist_first_cnn", "flatten", (2704,)),
        ("mnist_improved_cnn", "conv2d", (26, 26, 32)),
        ("mnist_improved_cnn", "max_pooling2d", (13, 13, 32)),
        ("mnist_improved_cnn", "conv2d_1", (11, 11, 64)),
        ("mnist_improved_cnn", "flatten", (1600,)),
        ("deconstructing_cnn", "conv2d_2", (7, 7, 64)),
        ("deconstructing_cnn", "flatten", (576,)),
        ("evaluating_a_cnn", "flatten", (21632,)),
        ("evaluating_c_cnn", "flatten", (9216,)),
    ],
)
def test_a_layer_that_questions_are_about_has_this_output(built, name, layer, shape):
    assert tuple(built[name].get_layer(layer).output.shape[1:]) == shape


def test_the_last_network_s_weights_have_the_shapes_that_the_bonus_question_lists(built):
    shapes = [array.shape for array in built["evaluating_c_cnn"].get_weights()]
    assert shapes[0::2] == [(3, 3, 1, 32), (3, 3, 32, 64), (9216, 128), (128, 10)]
    assert shapes[1::2] == [(32,), (64,), (128,), (10,)]


def test_the_first_layer_of_weights_and_activations_shows_color_filters(built):
    weights, bias = built["weights_cnn"].layers[0].get_weights()
    assert (weights.shape, bias.shape) == ((5, 5, 3, 16), (16,))
