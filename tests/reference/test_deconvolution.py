"""The steps of the deconvolution view by hand, and the whole against gradients with a changed ReLU."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def deconvolution():
    from reference import deconvolution  # imports TensorFlow: not at collection

    return deconvolution


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(1).random((14, 14, 2), dtype=np.float32)


def network(*layers, seed=2):
    """A network of random weights and biases."""
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((14, 14, 2)), *layers])
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.3, array.shape) for array in model.get_weights()])
    return model


MAPS = np.array([[1, 5, 0, 2], [3, 4, 7, 6], [0, 0, -1, -2], [0, 9, -3, -4]], dtype=np.float32)[..., None]


def test_pooling_remembers_where_the_maxima_were_and_unpooling_puts_values_back_there(deconvolution):
    values, switches = deconvolution.pool(MAPS, (2, 2), (2, 2), "valid")
    assert values[..., 0].tolist() == [[5, 7], [9, -1]]
    other = np.array([[10, 20], [30, 40]], dtype=np.float32)[..., None]
    back = deconvolution.unpool(other, switches, MAPS.shape)
    assert back[..., 0].tolist() == [[0, 10, 0, 0], [0, 0, 20, 0], [0, 0, 40, 0], [0, 30, 0, 0]]


def test_the_maximum_of_overlapping_windows_gets_the_sum(deconvolution):
    maps = np.array([[0, 8, 0]], dtype=np.float32)[..., None]
    _, switches = deconvolution.pool(maps, (1, 2), (1, 1), "valid")
    assert deconvolution.unpool(np.ones((1, 2, 1), np.float32), switches, maps.shape).ravel().tolist() == [
        *(0, 2, 0)
    ]


def test_switches_keep_maps_apart(deconvolution):
    maps = np.random.default_rng(0).random((4, 4, 3), dtype=np.float32)
    values, switches = deconvolution.pool(maps, (2, 2), (2, 2), "valid")
    back = deconvolution.unpool(values, switches, maps.shape)
    assert np.count_nonzero(back) == 12
    assert np.array_equal(back[back > 0], maps[back > 0])


def test_rectify_keeps_what_is_positive(deconvolution):
    assert deconvolution.rectify(np.array([-2, 0, 3], np.float32)).tolist() == [0, 0, 3]


def test_one_value_paints_its_filter_where_the_filter_had_looked(deconvolution):
    kernel = np.arange(9, dtype=np.float32).reshape(3, 3, 1, 1)
    maps = np.zeros((3, 3, 1), np.float32)
    maps[1, 1] = 2
    assert np.array_equal(
        deconvolution.filtered(maps, kernel, (5, 5, 1), padding="valid")[1:4, 1:4], 2 * kernel[..., 0]
    )
    assert np.array_equal(deconvolution.filtered(maps, kernel, (3, 3, 1)), 2 * kernel[..., 0])


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("strides", [(1, 1), (2, 2)])
def test_filtering_back_is_the_adjoint_of_the_convolution(deconvolution, image, padding, strides):
    import tensorflow as tf

    rng = np.random.default_rng(3)
    kernel = rng.normal(0, 1, (3, 3, 2, 4)).astype(np.float32)
    up = np.asarray(tf.nn.conv2d(image[None], kernel, strides, padding.upper()))[0]
    maps = rng.normal(0, 1, up.shape).astype(np.float32)
    back = deconvolution.filtered(maps, kernel, image.shape, strides, padding)
    assert (up * maps).sum() == pytest.approx((image * back).sum(), rel=1e-4)


def by_gradients(model, depth, unit, image):
    """The same view as K. Simonyan et al. (2014) put it: a gradient that ReLUs rectify on its way back."""
    import keras
    import tensorflow as tf

    @tf.custom_gradient
    def rectifying(values):
        return tf.nn.relu(values), tf.nn.relu

    pixels = tf.constant(image[None])
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        maps = pixels
        for layer in model.layers[: depth + 1]:
            if getattr(layer, "activation", None) is keras.activations.relu:
                maps = tf.nn.conv2d(maps, layer.kernel, layer.strides, layer.padding.upper()) + layer.bias
                maps = rectifying(maps)
            else:
                maps = layer(maps)
        own = maps[..., unit]
        score = tf.reduce_sum(own * tf.stop_gradient(own))
    return tape.gradient(score, pixels)[0].numpy()


@pytest.mark.parametrize("depth", [0, 2, 4])
def test_the_view_is_the_gradient_whose_relus_rectify_it(deconvolution, image, depth):
    import keras

    model = network(
        keras.layers.Conv2D(5, 3, activation="relu", padding="same"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(6, 3, activation="relu", strides=2),
        keras.layers.Dropout(0.5),
        keras.layers.Conv2D(4, 2, activation="relu"),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    )
    for unit in range(4):
        view = deconvolution.deconvolution(model, depth, unit, image)
        assert view.shape == image.shape
        np.testing.assert_allclose(view, by_gradients(model, depth, unit, image), atol=1e-5)
    assert any(deconvolution.deconvolution(model, depth, unit, image).any() for unit in range(4))


def test_a_separate_activation_layer_is_the_same_as_one_inside(deconvolution, image):
    import keras

    inside = network(
        keras.layers.Conv2D(3, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(3, 3, activation="relu"),
    )
    apart = network(
        *(keras.layers.Conv2D(3, 3), keras.layers.ReLU(), keras.layers.MaxPooling2D(2)),
        *(keras.layers.Conv2D(3, 3), keras.layers.Activation("relu")),
    )
    apart.set_weights(inside.get_weights())
    for unit in range(3):
        np.testing.assert_allclose(
            deconvolution.deconvolution(apart, 4, unit, image),
            deconvolution.deconvolution(inside, 2, unit, image),
            atol=1e-6,
        )


def test_a_map_that_nothing_excites_shows_nothing(deconvolution, image):
    import keras

    model = network(keras.layers.Conv2D(3, 3, activation="relu"))
    kernel, bias = model.get_weights()
    model.set_weights([kernel, bias - 100])
    assert not deconvolution.deconvolution(model, 0, 1, image).any()


def test_what_cannot_be_undone_is_named(deconvolution, image):
    import keras

    layers = keras.layers
    cases = {
        "elu_one": network(layers.Conv2D(3, 3, activation="elu", name="elu_one")),
        "norm": network(layers.Conv2D(3, 3), layers.BatchNormalization(name="norm")),
        "wide": network(layers.Conv2D(3, 3, dilation_rate=2, name="wide")),
    }
    for name, model in cases.items():
        with pytest.raises(ValueError, match=f"cannot go back through .*{name}"):
            deconvolution.deconvolution(model, name, 0, image)


def test_a_branch_is_named(deconvolution, image):
    import keras

    inputs = keras.Input((14, 14, 2))
    left = keras.layers.Conv2D(2, 3, padding="same", name="left")(inputs)
    right = keras.layers.Conv2D(2, 3, padding="same", name="right")(inputs)
    model = keras.Model(
        inputs, keras.layers.Conv2D(2, 1, name="joined")(keras.layers.Add(name="sum")([left, right]))
    )
    with pytest.raises(ValueError, match="branch"):
        deconvolution.deconvolution(model, "joined", 0, image)
