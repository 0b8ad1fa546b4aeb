"""Runs submitted networks on the judge's images, in a process that holds no labels and no answers.

The process (`python -m autograder.worker.models`) rebuilds networks of built-in layers only and runs no
student code, so it serves one submission after the other; if it dies or hangs it is replaced and asked
once more, and a network that ends it twice is left to a person: it may be the machine's fault.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any, BinaryIO, cast

from autograder import wire
from autograder.checks.base import Floats, ModelRefusedError
from autograder.evidence import EvidenceError, Model

_SECONDS = 180.0


class PredictorError(Exception):
    """The prediction process failed, not the network's answer: nobody's points depend on it."""


class Predictor:
    """A handle on the process, which is started when first needed; `close` ends it."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __call__(self, model: Model, images: Floats) -> list[Floats]:
        """Predict with a submitted network; see `autograder.checks.base.Oracle.run`."""
        request = {"model": {"config": model.config, "weights": list(model.weights)}, "images": images}
        with self._lock:
            answer = self._ask(wire.pack(request), attempts=2)
        if "refused" in answer:
            raise ModelRefusedError(str(answer["refused"]))
        return list(answer["outputs"])

    def _ask(self, frame: bytes, attempts: int) -> dict[str, Any]:
        process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        timer = threading.Timer(_SECONDS, process.kill)
        timer.start()
        try:
            process.stdin.write(frame)
            process.stdin.flush()
            return next(wire.records(cast(BinaryIO, process.stdout), wire.MODEL_LIMITS))
        except (StopIteration, BrokenPipeError, EvidenceError):
            self.close()
            if attempts == 1:
                raise PredictorError("the process that runs submitted networks died or hung twice") from None
        finally:
            timer.cancel()
        return self._ask(frame, attempts - 1)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "autograder.worker.models"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_NUM_INTRAOP_THREADS": str(self._threads)},
            )
        return self._process

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
