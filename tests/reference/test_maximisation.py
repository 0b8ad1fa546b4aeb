"""Gradient ascent: hand-made filters get the images they must, trained ones what excites them."""

import numpy as np
import pytest

# The filters that the notebook `deconstructing-cnns` looks at, by convolution.
FILTERS = {
    "conv2d": [0, 3, 11, 15, 16, 17, 18, 22],
    "conv2d_1": [8, 21, 23, 25, 31, 32, 35, 41],
    "conv2d_2": [2, 7, 11, 14, 19, 26, 35, 48],
}


@pytest.fixture(scope="module")
def maximisation():
    from reference import maximisation  # imports TensorFlow: not at collection

    return maximisation


def convolution(kernels, bias, activation="relu"):
    """A network of one 3×3 convolution with these kernels, each (3, 3)."""
    import keras

    layer = keras.layers.Conv2D(len(kernels), 3, activation=activation, name="filters")
    model = keras.Sequential([keras.Input((10, 10, 1)), layer])
    model.set_weights([np.stack(kernels, axis=-1)[:, :, None], np.array(bias)])
    return model


BRIGHT, EDGE = np.ones((3, 3)), np.array([[-1.0, 0, 1]] * 3)


def test_a_filter_of_ones_gets_white_and_its_negative_black(maximisation):
    model = convolution([BRIGHT, -BRIGHT], [0, 20])
    white, black = maximisation.maximise(model, "filters", [0, 1], steps=200)
    assert white.shape == (10, 10, 1)
    assert white.min() == 1
    assert black.max() == 0


def test_edge_filters_get_edges_of_their_own_direction(maximisation):
    model = convolution([EDGE, EDGE.T], [0, 0])
    images = maximisation.maximise(model, 0, [0, 1], steps=200)
    responses = model.predict(images, verbose=0)
    assert responses[0, ..., 0].max() == pytest.approx(3)  # black to the left, white to the right
    (upright, upright_crossed), (level_crossed, level) = responses.mean(axis=(1, 2))
    assert min(upright, level) > 2 * max(upright_crossed, level_crossed)


@pytest.mark.parametrize("bounds", [(-0.5, 0.5), (-1.0, 1.0)])
def test_pixels_stay_within_the_bounds_and_reach_them(maximisation, bounds):
    images = maximisation.maximise(convolution([EDGE, BRIGHT], [0, 0]), 0, [0, 1], steps=200, bounds=bounds)
    assert (images.min(), images.max()) == bounds


def test_a_filter_that_gray_leaves_silent_is_woken(maximisation):
    model = convolution([EDGE], [-2.5])
    blank = maximisation.maximise(model, 0, [0], steps=0)
    (image,) = maximisation.maximise(model, 0, [0])
    assert model.predict(blank, verbose=0).max() == 0
    assert model.predict(image[None], verbose=0).max() == pytest.approx(0.5)


def test_the_search_starts_from_gray_with_little_noise(maximisation):
    (blank,) = maximisation.maximise(convolution([EDGE], [0]), 0, [0], steps=0, bounds=(-1, 1))
    assert blank.mean() == pytest.approx(0, abs=0.1)
    assert 0 < blank.std() < 0.3


def test_an_image_depends_on_its_own_unit_only_not_on_the_batch(maximisation):
    model = convolution([EDGE, BRIGHT, EDGE.T], [0, 0, 0])
    together = maximisation.maximise(model, 0, [2, 1, 0], steps=30)
    for position, unit in enumerate([2, 1, 0]):
        (alone,) = maximisation.maximise(model, 0, [unit], steps=30)
        np.testing.assert_allclose(together[position], alone, atol=1e-5)


def test_the_seed_decides_noise_and_shifts(maximisation):
    model = convolution([EDGE], [0])
    first, again, other = (maximisation.maximise(model, 0, [0], steps=20, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other, atol=0.1)


def test_without_jitter_one_step_goes_along_the_gradient_of_the_mean(maximisation):
    """One kernel of distinct numbers on a linear 4×4 network: the gradient is known exactly."""
    import keras

    kernel = np.arange(1.0, 10).reshape(3, 3)
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 3)])
    model.set_weights([kernel[:, :, None, None], np.zeros(1)])
    slope = np.zeros((4, 4))
    for row, column in np.ndindex(2, 2):
        slope[row : row + 3, column : column + 3] += kernel / 4
    slope /= np.sqrt((slope**2).mean())
    start = np.full((1, 4, 4, 1), 0.5, dtype=np.float32)
    (image,) = maximisation.maximise(model, 0, [0], steps=1, step=0.01, jitter=0, start=start)
    np.testing.assert_allclose(image[..., 0], 0.5 + 0.01 * slope, atol=1e-6)


def test_a_second_climb_starts_from_the_first_result(maximisation):
    model = convolution([EDGE], [0])
    first = maximisation.maximise(model, 0, [0], steps=40)
    same = maximisation.maximise(model, 0, [0], steps=0, start=first)
    refined = maximisation.maximise(model, 0, [0], steps=40, step=0.005, start=first)
    assert np.array_equal(same, first)
    assert 0 < np.abs(refined - first).mean() < 0.15
    assert model.predict(refined, verbose=0).mean() > model.predict(first, verbose=0).mean()


def test_total_variation_smooths(maximisation):
    model = convolution([EDGE], [0])
    rough, smooth = (
        maximisation.maximise(model, 0, [0], steps=100, total_variation=weight)[0] for weight in (0, 1)
    )

    def variation(image):
        return np.abs(np.diff(image, axis=0)).sum() + np.abs(np.diff(image, axis=1)).sum()

    assert variation(smooth) < 0.8 * variation(rough)


def classifier(*, closing):
    """Flatten and dense layer with the same weights, and a softmax inside, behind, or nowhere."""
    import keras

    keras.utils.set_random_seed(3)
    layers = keras.layers
    inside = "softmax" if closing == "inside" else None
    behind = {"activation": [layers.Activation("softmax")], "layer": [layers.Softmax()]}.get(closing, [])
    model = keras.Sequential(
        [keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(3, activation=inside), *behind]
    )
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 9, (36, 3)), rng.normal(0, 9, 3)])
    return model


@pytest.mark.parametrize("closing", ["inside", "activation", "layer"])
def test_classes_climb_on_logits_whatever_the_softmax_says(maximisation, closing):
    """The softmax of these logits is saturated: its gradient would be zero."""
    expected = maximisation.maximise_classes(classifier(closing="nowhere"), [0, 2], steps=30)
    found = maximisation.maximise_classes(classifier(closing=closing), [0, 2], steps=30)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_reloaded_sequential_network_gets_the_same_images(maximisation, tmp_path):
    import keras

    model = convolution([EDGE, EDGE.T], [0, 0])
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    found, expected = (maximisation.maximise(network, 0, [0, 1], steps=20) for network in (reloaded, model))
    assert np.array_equal(found, expected)


@pytest.fixture(scope="module")
def trained():
    from reference import checkpoints

    return checkpoints.get("mnist-deconstructing").model()


@pytest.mark.parametrize("layer", FILTERS)
def test_of_eight_images_a_trained_filter_s_own_excites_it_most(maximisation, trained, layer):
    """Training leaves a filter here and there that nothing excites, and the climb finds no global optimum."""
    from reference import visualisation

    units = FILTERS[layer]

    def responses(steps):
        """Mean activation of each filter (columns) for each filter's image (rows)."""
        images = maximisation.maximise(trained, layer, units, steps=steps)
        return visualisation.activations(trained, layer, images).mean(axis=(1, 2))[:, units]

    before, after = responses(0), responses(300)
    own = np.diag(after)
    excited = own > 0
    assert (own > np.diag(before))[excited].all()
    assert (excited & (own >= 0.99 * after.max(axis=0))).sum() >= 6


def test_images_of_classes_are_recognised(maximisation, trained):
    images = maximisation.maximise_classes(trained, range(10), total_variation=0.3)
    assert np.argmax(trained.predict(images, verbose=0), axis=1).tolist() == list(range(10))
