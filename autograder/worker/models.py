"""Predicts with submitted networks, one answer per request: `python -m autograder.worker.models FD`.

Frames (`autograder.wire`) come in: `{"model": {"config": text, "weights": [arrays]}, "images": array}`, with
`"layer": index` where that layer's output is wanted, or with `"describe": true` in place of images. Frames
go out: `{"outputs": [arrays]}`, `{"layers": [{"name", "python", "shape", "weights", "input"}]}`, or
`{"refused": a sentence for the student}`. Layers are numbered without input layers. The config is walked
against an allow-list before Keras sees it, so that only built-in layers are ever made: no student code
runs here, nothing is unpickled, no file of a submission is opened. Memory and time are the caller's to
limit.
"""

from __future__ import annotations

import contextlib
import hashlib
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
_NAME = 200
_KEPT = 4
_KEPT_PARAMETERS = 5_000_000
_BUILT_AT_MOST = 50


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
        config, weights = request["model"]["config"], list(request["model"]["weights"])
        if request.get("describe"):
            return {"layers": describe(config, weights)}
        return {"outputs": predict(config, weights, request["images"], request.get("layer"))}
    except ModelRefusedError as reason:
        return {"refused": str(reason)}
    except (KeyError, TypeError, AttributeError) as error:
        return {"refused": f"The request was not understood ({type(error).__name__})."}


def predict(
    config: str, weights: Sequence[AnyArray], images: AnyArray, layer: int | None = None
) -> list[AnyArray]:
    """Rebuild a network and run it.

    Args:
        config: a Keras 3 model's JSON config.
        weights: in `get_weights()` order.
        images: (N, …), the shape that the network takes.
        layer: whose output is wanted; by default the network's own outputs.

    Returns:
        One array (N, …) per output.

    Raises:
        ModelRefusedError: not of built-in layers, too large, it does not fit weights or images, or it has
            no such layer.
    """
    if images.nbytes > MAX_IMAGE_BYTES:
        raise ModelRefusedError("There are more images than are predicted at once.")
    with _network(config, weights) as (keras, model):
        _check_input(model, images)
        return _run(keras, model if layer is None else _up_to(keras, model, layer), images)


def describe(config: str, weights: Sequence[AnyArray]) -> list[dict[str, Any]]:
    """Rebuild a network and list its layers, input layers left out.

    Returns:
        For each layer its `name`, its class (`python`), the `shape` of its output and that of its `input`,
        with None where any size is possible ([] where there is no single one), and the places of its
        `weights` in `get_weights()`.

    Raises:
        ModelRefusedError: not of built-in layers, too large, or it does not fit its weights.
    """
    with _network(config, weights) as (keras, model):
        places = {id(variable): place for place, variable in enumerate(model.weights)}
        return [
            {
                "name": layer.name[:_NAME],
                "python": type(layer).__name__,
                "shape": _shape(layer, "output"),
                "input": _shape(layer, "input"),
                "weights": [places[id(variable)] for variable in layer.weights if id(variable) in places],
            }
            for layer in _layers(keras, model)
        ]


@contextlib.contextmanager
def _network(config: str, weights: Sequence[AnyArray]) -> Iterator[tuple[Any, Any]]:
    """Keras, and a network rebuilt with its weights; whatever is raised while it is used is a refusal."""
    reason = refusal(config)
    if reason:
        raise ModelRefusedError(reason)
    if sum(array.size for array in weights) > MAX_PARAMETERS:
        raise ModelRefusedError(f"The network has more than {MAX_PARAMETERS:,} parameters.")
    import keras  # Takes seconds, and a refusal does not need it.

    try:
        yield keras, _REBUILT.network(keras, config, weights)
    except ModelRefusedError:
        raise
    except Exception as error:  # Keras raises whatever it likes for a network that does not work.
        raise ModelRefusedError(
            f"The network could not be rebuilt and run ({type(error).__name__})."
        ) from error


class _Rebuilt:
    """The last few networks: one is asked for several of its layers in a row, and building it takes time."""

    def __init__(self) -> None:
        self._networks: dict[bytes, Any] = {}
        self._built = 0

    def network(self, keras: Any, config: str, weights: Sequence[AnyArray]) -> Any:
        digest = hashlib.sha256(config.encode("utf-8", "surrogatepass"))
        for array in weights:
            digest.update(repr((array.shape, array.dtype.str)).encode())
            digest.update(np.ascontiguousarray(array).data)
        key = digest.digest()
        if key not in self._networks:
            model = self._build(keras, config, weights)
            while len(self._networks) >= _KEPT:
                del self._networks[next(iter(self._networks))]
            if sum(array.size for array in weights) > _KEPT_PARAMETERS:
                return model
            self._networks[key] = model
        return self._networks[key]

    def _build(self, keras: Any, config: str, weights: Sequence[AnyArray]) -> Any:
        self._built += 1
        if self._built % _BUILT_AT_MOST == 0:  # Keras remembers something of every network until told.
            self._networks.clear()
            keras.backend.clear_session()
        # First without any memory: a layer of 10⁹ units must not be made to find that it does not fit.
        with keras.StatelessScope(initialize_variables=False):
            _check_weights(_rebuilt(keras, config), weights)
        model = _rebuilt(keras, config)
        model.set_weights(list(weights))
        return model


_REBUILT = _Rebuilt()


def _layers(keras: Any, model: Any) -> list[Any]:
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def _shape(layer: Any, which: str) -> list[int | None]:
    """The shape of a layer's symbolic input or output; [] where it has several or none."""
    try:
        return list(getattr(getattr(layer, which), "shape", ()))
    except (AttributeError, ValueError):  # It was never called.
        return []


def _up_to(keras: Any, model: Any, layer: int) -> Any:
    """The part of a network that ends at a layer."""
    layers = _layers(keras, model)
    if not 0 <= layer < len(layers) or not _shape(layers[layer], "output"):
        raise ModelRefusedError(f"The network has no layer {layer} with an output of its own.")
    return keras.Model(model.inputs[0], layers[layer].output)


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
