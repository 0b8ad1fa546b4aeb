"""Trains the course's checkpoints and registers them with the accuracy that was measured.

    python -m reference.training investigating-cnns              # the real CIFAR-10
    python -m reference.training investigating-cnns --stand-in   # the drawn scenes

Prints the number that goes into the registry; nothing is typed by hand.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from reference import checkpoints, datasets, networks

SEED = 20260


def augmented(images: NDArray[np.float32], rng: np.random.Generator, shift: int = 4) -> NDArray[np.float32]:
    """A copy in which each image is mirrored with probability ½ and moved by up to `shift` pixels.

    Args:
        images: (N, H, W, C).
        rng: source of the choices.
        shift: largest displacement in pixels; uncovered borders are filled by reflection.
    """
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="reflect")
    out = np.empty_like(images)
    rows, columns = rng.integers(0, 2 * shift + 1, (2, count))
    mirrored = np.less(rng.random(count), 0.5)
    for index in range(count):
        row, column = rows[index], columns[index]
        crop = padded[index, row : row + height, column : column + width]
        out[index] = crop[:, ::-1] if mirrored[index] else crop
    return out


def investigating_cnns(*, stand_in: bool, epochs: int | None) -> checkpoints.Checkpoint:
    """Train `networks.investigating_cnn` on CIFAR-10 (or the drawn scenes) and register it.

    Adam with a cosine schedule, mirrored and shifted images, for CIFAR-10 averaged weights (Polyak); CPU
    only, about 45 s an epoch on two cores (the scenes: 4 s).
    """
    data = datasets.stand_in("cifar10") if stand_in else datasets.load("cifar10")
    if data.stand_in and not stand_in:
        raise datasets.DataError(
            "The real CIFAR-10 is not on this machine: set LOUPE_DATA, or pass --stand-in to train on scenes."
        )
    command = "python -m reference.training investigating-cnns" + (" --stand-in" if stand_in else "")
    if epochs is None:
        epochs = 20 if stand_in else 32
    else:
        command += f" --epochs {epochs}"
    batch = 128
    keras.utils.set_random_seed(SEED)
    model = networks.investigating_cnn()
    steps = epochs * -(-len(data.x_train) // batch)
    # Keras puts the averaged weights in place whenever `fit` ends, so each epoch starts from the last one's
    # average. With CIFAR-10's 391 steps an epoch that works; with the scenes' 32 the average hardly moves
    # (test accuracy 0.20 after 12 epochs), so the scenes are learned without it.
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(2e-3, steps, alpha=0.01),
        use_ema=not stand_in,
        ema_momentum=0.998,
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    x_train, x_test = (datasets.scaled(images, "centred") for images in (data.x_train, data.x_test))
    rng = np.random.default_rng(SEED)
    for epoch in range(epochs):
        started = time.perf_counter()
        history = model.fit(augmented(x_train, rng), data.y_train, batch_size=batch, verbose=0).history
        progress(f"epoch {epoch + 1}/{epochs}", started, history)
    optimizer.finalize_variable_values(model.trainable_variables)
    accuracy = accuracy_on(model, x_test, data.y_test)
    name = "cifar10-investigating-stand-in" if stand_in else "cifar10-investigating"
    entry = checkpoints.Checkpoint(
        name=name,
        file=f"{name}.npz",
        sha256="",
        network="investigating_cnn",
        parameters=model.count_params(),
        seed=SEED,
        data=provenance(data),
        accuracy={f"test_{len(x_test)}": accuracy},
        command=command,
    )
    return checkpoints.save(entry, model.get_weights())


def accuracy_on(model: Any, x: NDArray[np.float32], y: NDArray[np.int64]) -> float:
    """Share of images whose most probable class is the label, 0…1, to four places."""
    predicted = np.argmax(model.predict(x, batch_size=500, verbose=0), axis=1)
    return round(float(np.mean(predicted == y)), 4)


def provenance(data: datasets.Dataset) -> dict[str, str]:
    """What the registry says of the data: no path of the machine it was trained on."""
    return {
        "name": data.name,
        "description": data.title,
        "origin": data.credit,
        "sha256": data.sha256,
    }


def progress(what: str, started: float, history: dict[str, list[float]]) -> None:
    """One line an epoch, so that a long training never looks dead."""
    numbers = "  ".join(f"{key} {values[-1]:.4f}" for key, values in history.items())
    print(f"{what}  {numbers}  {time.perf_counter() - started:.0f} s", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Command line of `python -m reference.training`."""
    parser = argparse.ArgumentParser(prog="python -m reference.training", description=__doc__.splitlines()[0])
    parser.add_argument("assignment", choices=["investigating-cnns"])
    parser.add_argument(
        "--stand-in", action="store_true", help="train on the drawn scenes instead of CIFAR-10"
    )
    parser.add_argument("--epochs", type=int, help="fewer or more than the default")
    options = parser.parse_args(arguments)
    try:
        entry = investigating_cnns(stand_in=options.stand_in, epochs=options.epochs)
    except datasets.DataError as error:
        print(error, file=sys.stderr)
        return 1
    size = entry.path.stat().st_size
    print(f"{entry.name}: test accuracy {entry.accuracy}, {size:,} bytes, sha256 {entry.sha256}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
