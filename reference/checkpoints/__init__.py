"""Trained weights and the registry that says what they are.

A checkpoint is an `.npz` beside this file (arrays `000`, `001`, … in `model.get_weights()` order, the large
networks' in half precision) and an entry in `registry.json`: sha256 of the file, network, data, accuracy
measured, the history that `fit` recorded, the command that made it. Loading verifies the hash. Nothing here
is ever unpickled.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent
REGISTRY = FOLDER / "registry.json"

Precision = Literal["float32", "float16"]


class CheckpointError(Exception):
    """A checkpoint is unknown, missing or not the file that was registered."""


@dataclass(frozen=True)
class Checkpoint:
    """What the registry says of a checkpoint.

    Attributes:
        name: its key, for example "cifar10-investigating".
        file: the npz file's name beside this module.
        sha256: of that file's bytes.
        network: the function of `reference.networks` that builds the architecture.
        parameters: number of weights.
        seed: the seed the training script set before it built the network: the same seed gives the
            *untrained* network, which graders use as a decoy.
        data: description of the training data, their origin and their content's sha256.
        accuracy: test accuracy per test set, 0…1, of the weights as stored, printed by the training script.
        command: what to run to make it again.
        history: what `fit` recorded, one number an epoch for each metric; empty if nothing was.
        stored: precision of the file's arrays; `weights` gives float32 in any case.
    """

    name: str
    file: str
    sha256: str
    network: str
    parameters: int
    seed: int
    data: dict[str, str]
    accuracy: dict[str, float]
    command: str
    history: dict[str, list[float]] = field(default_factory=dict)
    stored: Precision = "float32"

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return FOLDER / self.file

    def weights(self) -> list[NDArray[np.float32]]:
        """The arrays in `model.get_weights()` order, float32, after the hash was verified."""
        try:
            blob = self.path.read_bytes()
        except OSError as error:
            raise CheckpointError(f"Checkpoint {self.name}: cannot read {self.path} ({error}).") from error
        if hashlib.sha256(blob).hexdigest() != self.sha256:
            raise CheckpointError(
                f"Checkpoint {self.name}: {self.path} is not the registered file (its sha256 differs). "
                f"Restore it, or make it again: {self.command}"
            )
        with np.load(io.BytesIO(blob), allow_pickle=False) as archive:
            return [archive[key].astype(np.float32) for key in sorted(archive.files)]

    def model(self) -> Any:
        """The trained network, a fresh `keras.Model`, not compiled."""
        model = self.build()
        model.set_weights(self.weights())
        return model

    def untrained(self) -> Any:
        """The same network as training started from it (same seed)."""
        import keras

        keras.utils.set_random_seed(self.seed)
        return self.build()

    def build(self) -> Any:
        """The bare architecture with random weights."""
        from reference import networks

        return getattr(networks, self.network)()


def names() -> list[str]:
    """All registered checkpoints, sorted."""
    return sorted(_registry())


def get(name: str) -> Checkpoint:
    """Look a checkpoint up.

    Raises:
        CheckpointError: no such entry; the message lists those there are.
    """
    registry = _registry()
    if name not in registry:
        raise CheckpointError(f"Unknown checkpoint {name!r}; registered: {', '.join(sorted(registry))}.")
    return Checkpoint(name=name, **registry[name])


def for_data(name: str, *, stand_in: bool) -> Checkpoint:
    """The checkpoint, or on stand-in data its twin that was trained on the stand-in.

    Raises:
        CheckpointError: it is not registered.
    """
    return get(f"{name}-stand-in" if stand_in else name)


def save(entry: Checkpoint, weights: list[NDArray[Any]]) -> Checkpoint:
    """Write the weights, in the precision that the entry states, and the entry; two may save at a time.

    Returns:
        The entry with the new file's sha256.
    """
    blob = io.BytesIO()
    arrays = {f"{index:03d}": array.astype(entry.stored) for index, array in enumerate(weights)}
    np.savez_compressed(blob, allow_pickle=False, **arrays)
    entry = replace(entry, sha256=hashlib.sha256(blob.getvalue()).hexdigest())
    record = asdict(entry)
    name = record.pop("name")
    with _alone():
        _write(entry.path, blob.getvalue())
        text = json.dumps({**_registry(), name: record}, indent=2, sort_keys=True)
        # A history's numbers in one line, not one line each.
        text = re.sub(r"\[\n([-+.\de,\s]+)\]", lambda found: f"[{' '.join(found[1].split())}]", text)
        _write(REGISTRY, f"{text}\n".encode())
    return entry


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Nobody else saves meanwhile: a lock on the folder itself, which leaves no file behind."""
    folder = os.open(FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once, so that nobody ever reads half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def _registry() -> dict[str, dict[str, Any]]:
    if not REGISTRY.exists():
        return {}
    loaded: dict[str, dict[str, Any]] = json.loads(REGISTRY.read_text(encoding="utf-8"))
    return loaded
