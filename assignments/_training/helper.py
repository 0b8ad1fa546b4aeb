"""What the notebook is given: the images, and a way to hand in the networks you trained.

Keep this file in the same folder as the notebook. You are welcome to read it; there is nothing to change
here.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np
from tensorflow import keras

FOLDER = Path(__file__).absolute().parent


def load_mnist():
    """Load the handwritten digits of MNIST; the first time they are downloaded, about 11 MB.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images (N, 28, 28) uint8, 0 is black and 255 white, and
        the digits they show, (N,) int64.
    """
    return _load("mnist")


def load_cifar10():
    """Load the small photographs of CIFAR-10; the first time they are downloaded, about 170 MB.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images (N, 32, 32, 3) uint8, values 0 to 255, and the
        numbers of their classes, (N,) int64, 0 to 9.
    """
    return _load("cifar10")


def submit(model, history=None, name="model"):
    """Save a trained network beside the notebook, as `<name>.trained.npz`. Hand that file in, too.

    Args:
        model: the trained network, of Keras' own layers.
        history: what `fit` returned, so that your curves can be checked.
        name: the variable in the notebook that holds the network.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"submit saves a Keras network, but it was given a {type(model).__name__}.")
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"The name of the network has to be that of its variable, not {name!r}.")
    weights = model.get_weights()
    if not weights:
        raise ValueError("The network has no weights yet: train it before it is submitted.")
    config = json.loads(model.to_json())
    config.pop("compile_config", None)
    recorded = {key: [float(value) for value in values] for key, values in _recorded(history).items()}
    arrays = {f"{index:03d}": array for index, array in enumerate(weights)}
    path = FOLDER / f"{name}.trained.npz"
    np.savez(path, config=_bytes(config), history=_bytes(recorded), **arrays)
    print(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB) was saved: hand it in with your notebook.")


def _recorded(history):
    """The numbers of a training by their names, whatever `fit` returned was kept as."""
    recorded = getattr(history, "history", history)
    if recorded is None:
        return {}
    if not isinstance(recorded, dict):
        raise TypeError(f"`history` is what `fit` returns, but submit was given a {type(history).__name__}.")
    return recorded


def _bytes(content):
    return np.frombuffer(json.dumps(content).encode(), np.uint8)


def _load(name):
    """A data set from the folder LOUPE_DATA, from beside this file, or from where Keras gets it."""
    for folder in (os.environ.get("LOUPE_DATA"), FOLDER):
        if folder and (Path(folder) / f"{name}.npz").is_file():
            return _read(Path(folder) / f"{name}.npz")
    try:
        train, test = getattr(keras.datasets, name).load_data()
    except Exception as error:
        raise RuntimeError(
            f"{name} could not be downloaded ({error}). Connect to the internet and run this cell again, "
            f"or put {name}.npz into {FOLDER}."
        ) from error
    return _plain(*train), _plain(*test)


def _read(path):
    try:
        with np.load(path, allow_pickle=False) as archive:
            return tuple(_plain(archive[f"x_{part}"], archive[f"y_{part}"]) for part in ("train", "test"))
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: delete it, or download it again.") from error


def _plain(images, labels):
    """Labels as a plain row of numbers: Keras gives those of CIFAR-10 as a column."""
    return images, np.asarray(labels).reshape(-1).astype(np.int64)
