"""The drawn stand-in for CIFAR-10: deterministic, balanced, and hard enough to be worth a network."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from reference import datasets, scenes

CLASSES = range(len(datasets.CIFAR10_CLASSES))


@pytest.fixture(scope="module")
def split():
    return scenes.draw_split(train=600, test=300)


def fingerprint(arrays) -> str:
    return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()


@pytest.mark.parametrize("label", CLASSES, ids=datasets.CIFAR10_CLASSES)
def test_a_scene_is_a_picture_determined_by_its_generator(label):
    first, again, other = (scenes.draw(label, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert (first.shape, first.dtype) == ((32, 32, 3), np.uint8)
    assert np.array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 5
    assert first.std() > 5


def test_there_is_one_class_for_each_name_and_no_more():
    with pytest.raises(IndexError):
        scenes.draw(len(datasets.CIFAR10_CLASSES), np.random.default_rng(0))


def test_a_split_has_the_shapes_types_and_counts_asked_for(split):
    x_train, y_train, x_test, y_test = split
    assert (x_train.shape, x_test.shape) == ((600, 32, 32, 3), (300, 32, 32, 3))
    assert (x_train.dtype, x_test.dtype, y_train.dtype, y_test.dtype) == (
        np.uint8,
        np.uint8,
        np.int64,
        np.int64,
    )
    assert np.bincount(y_train).tolist() == [60] * 10
    assert np.bincount(y_test).tolist() == [30] * 10


def test_labels_come_in_mixed_order(split):
    _, y_train, _, y_test = split
    for labels in (y_train, y_test):
        assert len(set(labels[:20].tolist())) >= 6
        assert not np.array_equal(labels[:10], labels[10:20])


def test_no_image_occurs_twice_within_or_between_the_splits(split):
    x_train, _, x_test, _ = split
    assert len({image.tobytes() for image in (*x_train, *x_test)}) == 900


def test_the_test_set_does_not_depend_on_the_training_set_s_size():
    small, large = scenes.draw_split(train=10, test=30), scenes.draw_split(train=40, test=30)
    assert fingerprint(small[2:]) == fingerprint(large[2:])


def test_another_seed_gives_other_images():
    assert fingerprint(scenes.draw_split(10, 10, seed=0)) != fingerprint(scenes.draw_split(10, 10, seed=1))


@pytest.mark.parametrize("hash_seed", ["0", "1234"])
def test_another_process_draws_the_same(hash_seed):
    code = (
        "import hashlib; from reference import scenes; arrays = scenes.draw_split(20, 20); "
        "print(hashlib.sha256(b''.join(array.tobytes() for array in arrays)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == fingerprint(scenes.draw_split(20, 20))


def test_a_linear_classifier_learns_something_but_not_everything(split):
    """Classes must differ by more than chance colours, and must not be told apart by single pixels."""
    x_train, y_train, x_test, y_test = split
    train, test = (x.reshape(len(x), -1) / 255 - 0.5 for x in (x_train, x_test))
    # Ridge regression on one-hot labels, in its dual form: 600 images are fewer than 3,072 pixels.
    weights = train.T @ np.linalg.solve(train @ train.T + 100 * np.eye(len(train)), np.eye(10)[y_train])
    accuracy = float(np.mean(np.argmax(test @ weights, axis=1) == y_test))
    assert 0.3 < accuracy < 0.85
