"""Runs submitted networks on the judge's images, in a process that holds no labels and no answers.

The process (`autograder.worker.models`, behind the same walls as student code) rebuilds networks of
built-in layers only and runs no student code, so it serves one submission after the other; if it dies or
hangs it is replaced and asked once more, and a network that ends it twice is left to a person: it may be
the machine's fault.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.checks.base import Floats, LayerInfo, ModelRefusedError
from autograder.engine.launcher import Launcher, LaunchError
from autograder.evidence import EvidenceError, Model

_SECONDS = 180.0
_REMEMBERED = 64
_LARGE = 8_000_000


class PredictorError(Exception):
    """The prediction process failed, not the network's answer: nobody's points depend on it."""


class Predictor:
    """A handle on the process, which is started when first needed; `close` ends it."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._service: _Service | None = None
        self._lock = threading.Lock()
        self._answers: dict[bytes, dict[str, Any]] = {}

    def __call__(self, model: Model, images: Floats, layer: int | None = None) -> list[Floats]:
        """Predict with a submitted network; see `autograder.checks.base.Oracle.run`.

        Args:
            model: the network.
            images: (N, H, W, C).
            layer: whose output is wanted, numbered without input layers; by default the network's own.
        """
        return list(self._asked(model, images=images, layer=layer)["outputs"])

    def describe(self, model: Model) -> tuple[LayerInfo, ...]:
        """The layers of a submitted network, input layers left out.

        Raises:
            ModelRefusedError: it is not rebuilt.
        """
        return tuple(
            LayerInfo(
                layer["name"],
                layer["python"],
                tuple(layer["shape"]),
                tuple(layer["weights"]),
                tuple(layer["input"]),
            )
            for layer in self._asked(model, describe=True)["layers"]
        )

    def _asked(self, model: Model, **question: Any) -> dict[str, Any]:
        form = {"config": model.config, "weights": list(model.weights)}
        frame = wire.pack({"model": form, **question})
        with self._lock:
            answer = self._answered(frame)
        if "refused" in answer:
            raise ModelRefusedError(str(answer["refused"]))
        return answer

    def _answered(self, frame: bytes) -> dict[str, Any]:
        """The answer to a request; one that was asked before is remembered by its content.

        Most of a class hands in the network it was given, so that few requests are new.
        """
        key = hashlib.sha256(frame).digest()
        if key not in self._answers:
            answer = self._ask(frame, attempts=2)
            if sum(array.nbytes for array in answer.get("outputs", ())) > _LARGE:
                return answer
            while len(self._answers) >= _REMEMBERED:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = answer
        return self._answers[key]

    def _ask(self, frame: bytes, attempts: int) -> dict[str, Any]:
        service = self._service = self._service or _Service(self._launcher)
        timer = threading.Timer(_SECONDS, service.job.cancel)
        timer.start()
        try:
            service.requests.write(frame)
            service.requests.flush()
            return next(wire.records(service.answers, wire.MODEL_LIMITS))
        except (StopIteration, BrokenPipeError, EvidenceError):
            self.close()
            if attempts == 1:
                raise PredictorError("the process that runs submitted networks died or hung twice") from None
        finally:
            timer.cancel()
        return self._ask(frame, attempts - 1)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._service is not None:
            self._service.close()
            self._service = None


class _Service:
    """One running process, with a pipe each way."""

    def __init__(self, launcher: Launcher) -> None:
        self._scratch = tempfile.TemporaryDirectory(
            prefix="models-", dir=launcher.folder, ignore_cleanup_errors=True
        )
        folder = Path(self._scratch.name) / "work"
        folder.mkdir()
        requests, self._requests_end = os.pipe()
        self._answers_end, answers = os.pipe()
        try:
            self.job = launcher.start({"folder": str(folder)}, Path(self._scratch.name), answers, requests)
        finally:
            os.close(requests)
            os.close(answers)
        self.requests = os.fdopen(self._requests_end, "wb")
        self.answers = os.fdopen(self._answers_end, "rb")

    def close(self) -> None:
        self.job.cancel()
        with contextlib.suppress(BrokenPipeError):
            self.requests.close()
        self.answers.close()
        with contextlib.suppress(LaunchError):
            self.job.finish()
        self._scratch.cleanup()
