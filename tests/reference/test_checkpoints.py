"""Trained weights: verified before they are used, and as good as the registry says."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reference import datasets

FOLDER = Path(datasets.__file__).parent / "checkpoints"
REGISTRY = json.loads((FOLDER / "registry.json").read_text(encoding="utf-8"))
each_registered = pytest.mark.parametrize("name", sorted(REGISTRY))


@pytest.fixture(scope="module")
def checkpoints():
    from reference import checkpoints  # imports TensorFlow: not at collection

    return checkpoints


@pytest.fixture
def empty(checkpoints, monkeypatch, tmp_path):
    """A checkpoint folder and registry of the test's own."""
    monkeypatch.setattr(checkpoints, "FOLDER", tmp_path)
    monkeypatch.setattr(checkpoints, "REGISTRY", tmp_path / "registry.json")
    return checkpoints


def entry(checkpoints, name="small"):
    return checkpoints.Checkpoint(
        name=name,
        file=f"{name}.npz",
        sha256="",
        network="investigating_cnn",
        parameters=361_898,
        seed=5,
        data={"name": "cifar10"},
        accuracy={"test_1000": 0.5},
        command="python -m reference.training small",
    )


WEIGHTS = [np.arange(6, dtype=np.float32).reshape(2, 3), np.float32([0.25, -1.5])] + [
    np.full(1, index, np.float32) for index in range(2, 12)
]


# -- saving and loading ----------------------------------------------------------------------------


def test_what_was_saved_is_loaded_in_order(empty):
    saved = empty.save(entry(empty), WEIGHTS)
    loaded = empty.get("small")
    assert loaded == saved
    assert len(saved.sha256) == 64
    arrays = loaded.weights()
    assert len(arrays) == len(WEIGHTS) == 12
    for array, expected in zip(arrays, WEIGHTS, strict=True):
        assert array.dtype == np.float32
        assert np.array_equal(array, expected)


def test_saving_keeps_the_other_entries(empty):
    first = empty.save(entry(empty, "first"), WEIGHTS)
    empty.save(entry(empty, "second"), WEIGHTS[:1])
    again = empty.save(entry(empty, "second"), WEIGHTS[1:])
    assert empty.names() == ["first", "second"]
    assert empty.get("first") == first
    assert empty.get("second") == again


def test_the_registry_is_plain_text_with_the_name_as_its_key(empty):
    empty.save(entry(empty), WEIGHTS)
    record = json.loads(empty.REGISTRY.read_text(encoding="utf-8"))["small"]
    assert "name" not in record
    assert record["accuracy"] == {"test_1000": 0.5}


def test_an_unknown_name_lists_the_registered_ones(empty):
    empty.save(entry(empty), WEIGHTS)
    with pytest.raises(empty.CheckpointError, match=r"'large'.*small"):
        empty.get("large")


def test_without_a_registry_nothing_is_known(empty):
    assert empty.names() == []


@pytest.mark.parametrize("damage", [lambda blob: blob[:-1], lambda blob: blob + b"\0", lambda blob: b""])
def test_another_file_than_the_registered_one_is_refused(empty, damage):
    saved = empty.save(entry(empty), WEIGHTS)
    saved.path.write_bytes(damage(saved.path.read_bytes()))
    with pytest.raises(empty.CheckpointError) as caught:
        empty.get("small").weights()
    message = str(caught.value)
    assert str(saved.path) in message
    assert "sha256" in message
    assert saved.command in message


def test_weights_of_another_registered_file_are_refused(empty):
    first, second = (
        empty.save(entry(empty, "first"), WEIGHTS),
        empty.save(entry(empty, "second"), WEIGHTS[:2]),
    )
    second.path.replace(first.path)
    with pytest.raises(empty.CheckpointError, match="not the registered file"):
        first.weights()


def test_a_missing_file_is_named(empty):
    saved = empty.save(entry(empty), WEIGHTS)
    saved.path.unlink()
    with pytest.raises(empty.CheckpointError, match=r"cannot read.*small\.npz"):
        empty.get("small").weights()


# -- what is registered ----------------------------------------------------------------------------


def test_the_course_has_a_checkpoint_for_the_real_and_for_the_drawn_images(checkpoints):
    assert {"cifar10-investigating", "cifar10-investigating-stand-in"} <= set(checkpoints.names())


def test_every_file_in_the_folder_is_registered_and_small_enough_to_commit():
    files = {path.name: path.stat().st_size for path in FOLDER.glob("*.npz")}
    assert set(files) == {record["file"] for record in REGISTRY.values()}
    assert max(files.values()) <= 6_000_000


@each_registered
def test_a_registered_checkpoint_fits_its_network(checkpoints, name):
    checkpoint = checkpoints.get(name)
    weights, model = checkpoint.weights(), checkpoint.build()
    assert [array.shape for array in weights] == [array.shape for array in model.get_weights()]
    assert sum(array.size for array in weights) == checkpoint.parameters == model.count_params()
    assert all(np.isfinite(array).all() for array in weights)


@each_registered
def test_a_registered_checkpoint_says_how_it_was_made(name):
    record = REGISTRY[name]
    assert record["command"].startswith("python -m reference.training ")
    assert set(record["data"]) == {"name", "description", "origin", "sha256"}
    assert len(record["data"]["sha256"]) == 64
    # Where the data lay on somebody's machine is of no use to anybody else.
    assert not any(word.startswith(("/", "~")) for text in record["data"].values() for word in text.split())


def test_the_untrained_network_is_reproducible_and_not_the_trained_one(checkpoints):
    checkpoint = checkpoints.get("cifar10-investigating-stand-in")
    first, second = (checkpoint.untrained().get_weights() for _ in range(2))
    trained = checkpoint.model().get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.allclose(first[0], trained[0], atol=1e-3)
    other = replace(checkpoint, seed=checkpoint.seed + 1).untrained().get_weights()
    assert not np.array_equal(first[0], other[0])


def test_the_pretrained_network_is_as_good_as_the_course_promises():
    assert REGISTRY["cifar10-investigating"]["accuracy"]["test_10000"] >= 0.75
    assert REGISTRY["cifar10-investigating-stand-in"]["accuracy"]["test_1000"] >= 0.9


# -- the registered accuracy, measured again -------------------------------------------------------


def accuracy(checkpoint, data) -> float:
    """As a student would: straight from the definition, not through `reference.training`."""
    model = checkpoint.model()
    images = data.x_test.astype(np.float32) / 255 - 0.5
    return float(np.mean(np.argmax(model.predict(images, batch_size=500, verbose=0), axis=1) == data.y_test))


def test_the_real_images_give_the_registered_accuracy(checkpoints):
    checkpoint = checkpoints.get("cifar10-investigating")
    data = datasets.load("cifar10", download=False)
    if data.sha256 != checkpoint.data["sha256"]:
        pytest.skip(f"the images it was trained on are not here, but {data.description}")
    assert accuracy(checkpoint, data) == pytest.approx(checkpoint.accuracy["test_10000"], abs=0.001)


def test_the_drawn_images_give_the_registered_accuracy(checkpoints):
    checkpoint = checkpoints.get("cifar10-investigating-stand-in")
    # Another Pillow may put an edge one pixel further: a few images of 1,000 may change sides.
    assert accuracy(checkpoint, datasets.stand_in("cifar10")) == pytest.approx(
        checkpoint.accuracy["test_1000"], abs=0.005
    )
