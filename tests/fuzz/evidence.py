"""Coverage-guided fuzzing of everything that parses what a submission sends: `python -m tests.fuzz.evidence`.

Options are libFuzzer's: `-runs=100000`, `-max_total_time=3600`, a folder for the corpus. Any exception but
`EvidenceError` is a finding; so is anything that takes more than a second or two gigabytes.
"""

from __future__ import annotations

import contextlib
import io
import sys

import atheris

with atheris.instrument_imports(include=["autograder"]):
    from autograder import collecting, wire
    from autograder.evidence import Call, EvidenceError, Plan, QuestionPlan
    from autograder.worker import allowed

import numpy as np

from tests.records import axes, figure

QUESTIONS = (QuestionPlan("q", "code", ("x",)), QuestionPlan("w", "written"))
PLAN = Plan("fuzzed", QUESTIONS, calls=(Call("c", "q", "f"),))


def seeds() -> list[bytes]:
    """Whole frames of every kind, so that the fuzzer need not guess their form."""
    model = {"type": "model", "python": "M", "config": "{}", "weights": [np.ones(2)], "layers": [["a", "B"]]}
    table = {"type": "mapping", "python": "dict", "items": []}
    return [
        b"".join(map(wire.pack, records))
        for records in (
            [{"kind": "versions", "versions": {"python": "3"}}, {"kind": "end", "seconds": {"cells": 1.0}}],
            [{"kind": "value", "question": "q", "name": "x", "value": {"type": "scalar", "value": 1}}],
            [figure(), figure(axes=[axes(images=[]), axes(decoration=True)])],
            [
                {"kind": "trained", "name": "m", "model": model, "history": {"loss": [0.5]}},
                {"kind": "outputs", "question": "q", "text": "x"},
            ],
            [{"kind": "returned", "call": "c", "value": {**table, "items": [["a", table]]}, "error": ""}],
            [{"kind": "failure", "text": "no"}, {"kind": "note", "text": "yes"}],
            [
                {"kind": "matched", "question": "q", "by": "names", "cells": [3], "source": "x"},
                {"kind": "rendered", "cell": 3, "pixels": np.zeros((2, 2, 3), np.uint8)},
                {"kind": "unread", "cell": 3, "why": "damaged"},
            ],
        )
    ]


def one_input(data: bytes) -> None:
    """The stream as it comes from the pipe, then as the JSON of a submitted network."""
    with contextlib.suppress(EvidenceError):
        collecting.collect(wire.records(io.BytesIO(data)), PLAN)
    allowed.refusal(data.decode("utf-8", errors="replace"))


def main() -> None:
    """Run libFuzzer with its own command line."""
    atheris.Setup([*sys.argv, "-rss_limit_mb=2000", "-timeout=5", "-max_len=65536"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
