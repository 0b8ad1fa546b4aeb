"""Predicts with submitted networks, one answer per request: `python -m autograder.worker.models FD`.

Frames (`autograder.wire`) come in: `{"model": {"config": text, "weights": [arrays]}, "images": array}`.
Frames go out: `{"outputs": [arrays]}`, or `{"refused": a sentence for the student}`. The config is
walked against an allow-list before Keras sees it, so that only built-in layers are ever made: no student
code runs here, nothing is unpickled, no file of a submission is opened. Memory and time are the
caller's to limit.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from autograder import wire
from autograder.evidence import LIMITS, AnyArray, EvidenceError
from autograder.worker.allowed import MAX_PARAMETERS, refusal

MAX_IMAGE_BYTES = 256_000_000
_BATCH = 100


class ModelRefusedError(Exception):
    """A network is not rebuilt or does not run; the message is a sentence for the student."""


def serve(requests: BinaryIO, answers: int) -> None:
    """Answer requests until they end.

    Raises:
        EvidenceError: a request was damaged.
    """
    for request in wire.records(requests, wire.MODEL_LIMITS):
        _write(answers, _packed(answer(request)))


def main(arguments: Sequence[str]) -> None:
    """Serve requests from stdin, in a process without walls; answers go to the descriptor that is named."""
    requests = os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # TensorFlow talks.
        os.dup2(nothing, descriptor)
    serve(requests, int(arguments[1]))


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request; never raises for anything that the network is or does."""
    try:
        model = request["model"]
        config, weights, images = model["config"], list(model["weights"]), request["images"]
        return {"outputs": predict(config, weights, images)}
    except ModelRefusedError as reason:
        return {"refused": str(reason)}
    except (KeyError, TypeError, AttributeError) as error:
        return {"refused": f"The request was not understood ({type(error).__name__})."}


def predict(config: str, weights: Sequence[AnyArray], images: AnyArray) -> list[AnyArray]:
    """Rebuild a network and run it.

    Args:
        config: a Keras 3 model's JSON config.
        weights: in `get_weights()` order.
        images: (N, …), the shape that the network takes.

    Returns:
        One array (N, …) per output.

    Raises:
        ModelRefusedError: not of built-in layers, too large, or it does not fit weights or images.
    """
    reason = refusal(config)
    if reason:
        raise ModelRefusedError(reason)
    if sum(array.size for array in weights) > MAX_PARAMETERS:
        raise ModelRefusedError(f"The network has more than {MAX_PARAMETERS:,} parameters.")
    if images.nbytes > MAX_IMAGE_BYTES:
        raise ModelRefusedError("There are more images than are predicted at once.")
    import keras  # Takes seconds, and a refusal does not need it.

    try:
        # First without any memory: a layer of 10⁹ units must not be made to find that it does not fit.
        with keras.StatelessScope(initialize_variables=False):
            _check_weights(_rebuilt(keras, config), weights)
        keras.backend.clear_session()
        model = _rebuilt(keras, config)
        model.set_weights(list(weights))
        _check_input(model, images)
        return _run(keras, model, images)
    except ModelRefusedError:
        raise
    except Exception as error:  # Keras raises whatever it likes for a network that does not work.
        raise ModelRefusedError(
            f"The network could not be rebuilt and run ({type(error).__name__})."
        ) from error
    finally:
        keras.backend.clear_session()


def _rebuilt(keras: Any, config: str) -> Any:
    model = keras.saving.deserialize_keras_object(json.loads(config), safe_mode=True)
    if not isinstance(model, keras.Model):
        raise ModelRefusedError("This is no network.")
    return model


def _check_weights(model: Any, weights: Sequence[AnyArray]) -> None:
    if [tuple(variable.shape) for variable in model.weights] != [array.shape for array in weights]:
        raise ModelRefusedError("The network's weights do not fit its layers.")


def _check_input(model: Any, images: AnyArray) -> None:
    if len(model.inputs) != 1:
        raise ModelRefusedError(f"The network has {len(model.inputs)} inputs; one was expected.")
    wanted, got = tuple(model.inputs[0].shape)[1:], images.shape[1:]
    if len(wanted) != len(got) or any(w not in (None, g) for w, g in zip(wanted, got, strict=True)):
        raise ModelRefusedError(f"The network takes inputs of shape {wanted}, but the images are {got}.")


def _run(keras: Any, model: Any, images: AnyArray) -> list[AnyArray]:
    parts: list[list[AnyArray]] = []
    size = 0
    for batch in _batches(images):
        outputs = [np.asarray(part) for part in keras.tree.flatten(model(batch, training=False))]
        if any(part.shape[:1] != batch.shape[:1] for part in outputs):
            raise ModelRefusedError("The network does not give one output for each image.")
        size += sum(part.nbytes for part in outputs)
        if size > LIMITS.array_bytes:
            raise ModelRefusedError("The network's outputs are too large to be compared.")
        parts.append(outputs)
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def _batches(images: AnyArray) -> Iterator[AnyArray]:
    for start in range(0, len(images), _BATCH):
        yield images[start : start + _BATCH]


def _packed(record: dict[str, Any]) -> bytes:
    try:
        return wire.pack(record)
    except EvidenceError:
        return wire.pack({"refused": "The network's outputs are no numbers."})


def _write(descriptor: int, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main(sys.argv)
