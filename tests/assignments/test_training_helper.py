"""The helper of notebooks that train: data sets, and the file in which a network is handed in."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest

from autograder.worker.trained import read

HELPER = Path(__file__).parents[2] / "assignments" / "_training" / "helper.py"
SHAPES = {"mnist": (28, 28), "cifar10": (32, 32, 3)}


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The helper, beside a notebook of somebody who has set nothing up."""
    monkeypatch.delenv("LOUPE_DATA", raising=False)
    spec = importlib.util.spec_from_file_location("helper", shutil.copy(HELPER, tmp_path / "helper.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def network(*more: Any) -> Any:
    layers = [keras.Input((4,)), keras.layers.Dense(3, name="first"), *more, keras.layers.Dense(2)]
    built = keras.Sequential(layers)
    built.compile("sgd", "mse", metrics=["mae"])
    return built


def archive(folder: Path, name: str, count: int, labels: Any) -> Path:
    images = np.full((count, *SHAPES[name]), count, np.uint8)
    path = folder / f"{name}.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1])
    return path


def test_what_is_submitted_is_read_as_it_was(
    helper: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = network(keras.layers.BatchNormalization())
    history = model.fit(np.ones((8, 4)), np.ones((8, 2)), epochs=3, verbose=0, validation_split=0.5)
    helper.submit(model, history, name="improved")
    saved = read(tmp_path / "improved.trained.npz")
    assert saved.name == "improved"
    assert [kind for _, kind in saved.layers] == ["Dense", "BatchNormalization", "Dense"]
    assert saved.history == {
        key: [float(value) for value in values] for key, values in history.history.items()
    }
    for array, expected in zip(saved.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(array, expected)
    again = keras.models.model_from_json(saved.config)
    assert again.count_params() == model.count_params()
    assert "improved.trained.npz" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("history", "kept"), [(None, {}), ({"loss": [np.float32(0.5), 1]}, {"loss": [0.5, 1.0]})]
)
def test_a_history_may_be_a_dict_or_missing(
    helper: ModuleType, tmp_path: Path, history: Any, kept: dict[str, list[float]]
) -> None:
    helper.submit(network(), history)
    assert read(tmp_path / "model.trained.npz").history == kept


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (({"loss": [1]}, None), TypeError, "was given a dict"),
        ((network, [1, 2]), TypeError, "was given a list"),
        ((network, None, "my model"), ValueError, "'my model'"),
        ((lambda: keras.Sequential([keras.layers.Dense(3)]), None), ValueError, "no weights yet"),
    ],
)
def test_what_cannot_be_submitted_is_explained(
    helper: ModuleType, tmp_path: Path, arguments: tuple[Any, ...], error: type[Exception], words: str
) -> None:
    model, *others = arguments
    with pytest.raises(error, match=words):
        helper.submit(model() if callable(model) else model, *others)
    assert not list(tmp_path.glob("*.npz"))


def test_data_come_from_the_folder_that_is_set_then_from_beside_the_notebook(
    helper: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    archive(tmp_path, "mnist", 3, np.arange(3))
    (x_train, y_train), (x_test, y_test) = helper.load_mnist()
    assert (x_train.shape, x_train.dtype, x_test.shape) == ((3, 28, 28), np.uint8, (1, 28, 28))
    assert (y_train.tolist(), y_train.dtype, y_test.shape) == ([0, 1, 2], np.int64, (1,))
    archive(tmp_path / "set", "mnist", 5, np.arange(5, dtype=np.uint8))
    monkeypatch.setenv("LOUPE_DATA", str(tmp_path / "set"))
    assert helper.load_mnist()[0][0].shape == (5, 28, 28)


def test_labels_are_a_row_wherever_they_come_from(
    helper: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = np.zeros((4, 32, 32, 3), np.uint8), np.arange(4, dtype=np.uint8).reshape(-1, 1)
    monkeypatch.setattr(helper.keras.datasets.cifar10, "load_data", lambda: (part, part))
    assert helper.load_cifar10()[0][1].tolist() == [0, 1, 2, 3]
    archive(tmp_path, "cifar10", 2, np.array([[7], [8]]))
    assert helper.load_cifar10()[0][1].tolist() == [7, 8]


def test_without_data_and_network_the_next_step_is_said(
    helper: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("no route")

    monkeypatch.setattr(helper.keras.datasets.mnist, "load_data", fail)
    with pytest.raises(RuntimeError, match=r"mnist could not be downloaded \(no route\).*put mnist\.npz"):
        helper.load_mnist()
    (tmp_path / "mnist.npz").write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"mnist\.npz is damaged"):
        helper.load_mnist()
