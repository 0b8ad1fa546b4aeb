"""Training modes: "replay" bounds every `fit` to a few steps and goes on with a network that was handed in.

The steps show that the training call works; then the handed-in weights and history take the place of the
rest, and callbacks are told of its epochs. Runs in the student's own process, which it neither trusts nor
protects: what counts was sent to the judge before. Judges nothing.
"""

from __future__ import annotations

import functools
import inspect
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from autograder.worker.trained import Trained, read_all

STEPS = 4
"""Batches that a replayed `fit` learns from."""
VALIDATION_STEPS = 2

_CALLBACK_SECONDS = 20.0
_BATCH = 32  # Keras' own, where none is given.

History = Mapping[str, Sequence[float]]


class Replay:
    """Stands in for `keras.Model.fit`.

    Args:
        trained: the networks that were handed in; among several that fit, the first unused one is taken.
        namespace: of the notebook; the network that a variable holds fits the file of that name best.
        note: takes a remark for people.
    """

    def __init__(
        self, trained: Sequence[Trained], namespace: Mapping[str, object], note: Callable[[str], None]
    ) -> None:
        self._trained = trained
        self._namespace = namespace
        self._note = note
        self._used: list[Trained] = []

    def install(self) -> None:
        """Take `fit`'s place; once per process, before student code runs. Imports Keras."""
        import keras

        original = keras.Model.fit
        signature = inspect.signature(original)

        @functools.wraps(original)
        def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                given = signature.bind(model, *args, **kwargs)
            except TypeError:
                return original(model, *args, **kwargs)  # Which says in Keras' own words what is wrong.
            return self._fit(keras, original, given.arguments)

        keras.Model.fit = fit

    def _fit(self, keras: Any, original: Callable[..., Any], given: dict[str, Any]) -> Any:
        model = given["self"]
        history: History = _few_steps(original, given)
        epoch = given.get("initial_epoch", 0)
        losses = history.get("loss", ())
        chosen = self._chosen(model)
        if not all(map(math.isfinite, losses)):
            self._note(
                "The loss was not a finite number after a few steps of `fit`, so that no handed-in network "
                "was put in the place of the one that was being trained."
            )
        elif chosen is None:
            self._note(self._nothing_fits())
        else:
            self._used.append(chosen)
            model.set_weights(list(chosen.weights))
            if chosen.history:
                history, epoch = chosen.history, 0
            else:
                self._note(f"{chosen.name}.trained.npz has no history: submit what `fit` returned with it.")
        _print(history, epoch, given.get("verbose", "auto"))
        return _told(keras, model, history, epoch, given.get("callbacks"))

    def _chosen(self, model: Any) -> Trained | None:
        """The handed-in network whose weights have the shapes of this one's, or None.

        Among several: that of the variable which holds this network, then an unused one with the same kinds
        of layers, then an unused one, then the one used last.
        """
        shapes = [tuple(variable.shape) for variable in model.weights]
        kinds = [type(layer).__name__ for layer in model.layers]
        fitting = [one for one in self._trained if [array.shape for array in one.weights] == shapes]
        unused = [one for one in fitting if one not in self._used]
        named = [one for one in fitting if self._namespace.get(one.name) is model]
        alike = [one for one in unused if [kind for _, kind in one.layers] == kinds]
        used = [one for one in reversed(self._used) if one in fitting]
        return next(iter([*named, *alike, *unused, *used]), None)

    def _nothing_fits(self) -> str:
        steps = f"`fit` learned from {STEPS} batches only"
        if not self._trained:
            return (
                f"No trained network was handed in, so that {steps}. Hand in the file that `helper.submit` "
                "saves, together with the notebook."
            )
        names = ", ".join(f"{one.name}.trained.npz" for one in self._trained)
        return (
            f"A network was trained whose weights fit none of those handed in ({names}), so that {steps}. "
            "Run `helper.submit` again after the last change, and hand in what it saves."
        )


def install_in_kernel(folder: Path, namespace: Mapping[str, object]) -> None:
    """For the author's own notebook in a Jupyter kernel: replay with the networks in a folder.

    Raises:
        ValueError: a file there cannot be read; and later, in `fit`, when no network fits.
    """
    trained, remarks = read_all(folder)
    for remark in remarks:
        _refuse(remark)
    Replay(trained, namespace, _refuse).install()


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


def _few_steps(original: Callable[..., Any], given: dict[str, Any]) -> History:
    """Really train on a few batches of what was given, without its callbacks; returns the history."""
    first = given.get("initial_epoch", 0)
    short = {
        **_cut(given),
        "epochs": min(given.get("epochs", 1), first + 1),
        "steps_per_epoch": min(STEPS, given.get("steps_per_epoch") or STEPS),
        "validation_steps": min(VALIDATION_STEPS, given.get("validation_steps") or VALIDATION_STEPS),
        "callbacks": None,
        "verbose": 0,
    }
    model = short.pop("self")
    with warnings.catch_warnings():  # Keras warns when there are fewer batches than asked for.
        warnings.simplefilter("ignore")
        done: dict[str, list[float]] = original(model, **short).history
    return {metric: [float(value) for value in values] for metric, values in done.items()}


def _cut(given: dict[str, Any]) -> dict[str, Any]:
    """What `fit` was given, its arrays cut down to the rows that are used.

    Keras would convert all of them first, which takes seconds and gigabytes.
    """
    batch = given.get("batch_size") or _BATCH
    short = dict(given)
    names = [name for name in ("x", "y", "sample_weight") if given.get(name) is not None]
    split, validation = given.get("validation_split") or 0.0, given.get("validation_data")
    if _of_one_length([given[name] for name in names]):
        count = len(given[names[0]])
        learned = math.floor(count * (1 - split))
        if split and validation is None and 0 < learned < count:  # As Keras takes them: the last ones.
            held_out = slice(learned, learned + batch * VALIDATION_STEPS)
            short["validation_data"] = tuple(given[name][held_out] for name in names)
            short["validation_split"] = 0.0
        if learned > 0:
            short |= {name: given[name][: min(learned, batch * STEPS)] for name in names}
    if isinstance(validation, tuple) and _of_one_length(validation):
        rows = (given.get("validation_batch_size") or batch) * VALIDATION_STEPS
        short["validation_data"] = tuple(array[:rows] for array in validation)
    return short


def _of_one_length(arrays: Sequence[Any]) -> bool:
    """Whether all are NumPy arrays with the same number of rows."""
    return all(isinstance(array, np.ndarray) and array.ndim for array in arrays) and (
        len({len(array) for array in arrays}) == 1
    )


def _told(keras: Any, model: Any, history: History, first: int, callbacks: Any) -> Any:
    """Keras' record of a history; tells the callbacks of its epochs as `fit` would.

    Slow ones are told of the last epoch, and of no more than fit into some seconds before it.
    """
    count = max(map(len, history.values()), default=0)
    record = keras.callbacks.History()
    record.set_model(model)
    record.history = {metric: list(values) for metric, values in history.items()}
    record.epoch = list(range(first, first + count))
    record.set_params({"verbose": 0, "epochs": first + count, "steps": STEPS})
    model.stop_training = False
    if not isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = keras.callbacks.CallbackList(callbacks, model=model, **record.params)
    end = time.monotonic() + _CALLBACK_SECONDS
    logs: dict[str, float] = {}
    callbacks.on_train_begin()
    for index in range(count):
        if model.stop_training or (time.monotonic() > end and index < count - 1):
            continue
        logs = {metric: values[index] for metric, values in history.items() if index < len(values)}
        callbacks.on_epoch_begin(first + index)
        callbacks.on_epoch_end(first + index, logs)
    callbacks.on_train_end(logs)
    model.history = record
    return record


def _print(history: History, first: int, verbose: Any) -> None:
    """The last epoch in a line, where `fit` would have printed all of them."""
    count = max(map(len, history.values()), default=0)
    if verbose not in (0, "0") and count:
        metrics = " - ".join(f"{metric}: {values[-1]:.4f}" for metric, values in history.items() if values)
        print(f"Epoch {first + count}/{first + count} - {metrics}")
