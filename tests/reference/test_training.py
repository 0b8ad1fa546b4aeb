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
    epoch, last = capsys.readouterr().out.splitlines()
    (record,) = json.loads(registered.read_text(encoding="utf-8")).values()
    assert epoch.startswith("epoch 1/1  ")
    assert f"test accuracy {record['accuracy']}" in last
    assert record["sha256"] in last
    assert record["sha256"] == hashlib.sha256((registered.parent / record["file"]).read_bytes()).hexdigest()
    assert record["data"]["sha256"] == datasets.stand_in("cifar10").sha256
    assert shlex.split(record["command"]) == ["python", "-m", "reference.training", *arguments]
    assert len(training.checkpoints.get("cifar10-investigating-stand-in").weights()) == 12


def test_without_the_real_images_nothing_is_trained_under_their_name(
    training, registered, monkeypatch, capsys
):
    monkeypatch.setattr(training.datasets, "load", training.datasets.stand_in)
    assert training.main(["investigating-cnns"]) == 1
    assert "--stand-in" in capsys.readouterr().err
    assert not registered.exists()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_an_augmented_image_is_a_window_of_the_reflected_one_or_its_mirror_image(training, seed, shift):
    images = np.random.default_rng(0).random((3, 6, 7, 2), dtype=np.float32)
    before = images.copy()
    changed = training.augmented(images, np.random.default_rng(seed), shift)
    assert np.array_equal(images, before)
    assert (changed.shape, changed.dtype) == (images.shape, images.dtype)
    for image, result in zip(images, changed, strict=True):
        padded = np.pad(image, ((shift, shift), (shift, shift), (0, 0)), mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, image.shape).reshape(-1, *image.shape)
        assert any(
            np.array_equal(result, window) or np.array_equal(result, window[:, ::-1]) for window in windows
        )
