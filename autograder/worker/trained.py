"""Reads the trained networks that were handed in beside the notebook: `<name>.trained.npz`.

Written by the helper's `submit`: arrays `config` (uint8, the network's JSON), `history` (uint8, JSON
{metric: [numbers]}) and weights `000`, `001`, … in `get_weights()` order. Read before any student code runs;
bounded in number and size. Never unpickles, never builds a network.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.collecting import MAX_CONFIG, MAX_EPOCHS, MAX_ITEMS, MAX_METRICS, MAX_TRAINED
from autograder.evidence import LIMITS
from autograder.worker.capture import without_training

SUFFIX = ".trained.npz"
MAX_BYTES = 120_000_000
"""Unpacked, of all networks of a hand-in together: what they show has to pass through the same pipe."""


class TrainedError(Exception):
    """A file holds no trained network; the message completes "… was not used: …"."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network.

    Attributes:
        name: the variable that held it.
        config: its JSON config, without optimizer and loss; untrusted.
        layers: (name, class) of each layer, as `model.layers` would list them.
        weights: float arrays in `get_weights()` order.
        history: by metric, one number an epoch.
    """

    name: str
    config: str
    layers: tuple[tuple[str, str], ...]
    weights: tuple[NDArray[Any], ...]
    history: Mapping[str, list[float]]

    @property
    def record(self) -> dict[str, Any]:
        """The record that tells of it."""
        model = {
            "type": "model",
            "python": json.loads(self.config)["class_name"],
            "config": self.config,
            "weights": list(self.weights),
            "layers": [list(layer) for layer in self.layers],
        }
        return {"kind": "trained", "name": self.name, "model": model, "history": self.history}


def read_all(folder: Path) -> tuple[list[Trained], list[str]]:
    """The networks in a folder, that of the default name `model` first, and remarks about files left out."""
    found: list[Trained] = []
    remarks: list[str] = []
    room = MAX_BYTES
    paths = [path for path in folder.iterdir() if path.name.endswith(SUFFIX)]
    paths.sort(key=lambda path: (path.name != f"model{SUFFIX}", path.name))
    for path in paths[:MAX_TRAINED]:
        try:
            trained = read(path, room)
        except TrainedError as reason:
            remarks.append(f"The trained network {path.name} was not used: {reason}.")
            continue
        room -= sum(array.nbytes for array in trained.weights)
        found.append(trained)
    return found, remarks


def read(path: Path, room: int = MAX_BYTES) -> Trained:
    """Read one file.

    Args:
        path: `<name>.trained.npz`.
        room: most bytes that it may unpack to.

    Raises:
        TrainedError: it is damaged, too large, or of another kind.
    """
    try:
        arrays = _arrays(path, min(room, LIMITS.array_bytes))
        config = without_training(json.loads(_text(arrays.pop("config"), MAX_CONFIG)))
        kind = str(config["class_name"])[:100]
        layers = tuple(_layers(config["config"], kind))
        history = json.loads(_text(arrays.pop("history"), MAX_CONFIG)) if "history" in arrays else {}
        weights = tuple(arrays[key] for key in sorted(arrays, key=int))
        return Trained(
            path.name.removesuffix(SUFFIX), json.dumps(config), layers, weights, dict(_history(history))
        )
    except TrainedError:
        raise
    except Exception as error:  # A damaged zip, npy header or JSON raises almost anything.
        raise TrainedError(
            f"it is damaged, or not a file that `helper.submit` wrote ({type(error).__name__})"
        ) from error


def _arrays(path: Path, room: int) -> dict[str, NDArray[Any]]:
    """The file's arrays; of weights only those whose kind crosses."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    if len(members) > MAX_ITEMS or sum(member.file_size for member in members) > room:
        raise TrainedError(f"it is too large (at most {room // 1_000_000} MB are read)")
    with np.load(path, allow_pickle=False) as archive:
        arrays: dict[str, NDArray[Any]] = {key: archive[key] for key in archive.files}
    for key, array in arrays.items():
        if array.dtype.kind != "f" and key not in ("config", "history"):
            raise TrainedError(f"its array {key[:20]!r} holds no weights")
    return arrays


def _text(array: NDArray[Any], limit: int) -> str:
    if array.dtype != np.uint8 or array.ndim != 1 or array.size > limit:
        raise TrainedError("its description is too long or no text")
    return array.tobytes().decode("utf-8")


def _layers(config: Mapping[str, Any], kind: str) -> Iterator[tuple[str, str]]:
    for layer in config["layers"][:MAX_ITEMS]:
        name, of_class = layer["config"]["name"], layer["class_name"]
        if kind != "Sequential" or of_class != "InputLayer":  # `Sequential.layers` leaves that one out, too.
            yield str(name)[:200], str(of_class)[:200]


def _history(history: Any) -> Iterator[tuple[str, list[float]]]:
    if len(history) > MAX_METRICS:
        raise TrainedError("its history has too many metrics")
    for metric, values in history.items():
        if len(values) > MAX_EPOCHS:
            raise TrainedError("its history has too many epochs")
        yield str(metric)[:200], [float(value) for value in values]
