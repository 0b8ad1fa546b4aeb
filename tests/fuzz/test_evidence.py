"""A bounded run of the fuzzer; longer ones by command, see `tests.fuzz.evidence`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_no_input_breaks_the_parsing_of_evidence(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this platform")
    from tests.fuzz.evidence import seeds

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for index, seed in enumerate(seeds()):
        (corpus / str(index)).write_bytes(seed)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.evidence", "-runs=20000", "-seed=1", str(corpus)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done 20" in done.stderr
