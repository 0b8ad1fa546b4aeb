"""Bounded runs of the fuzzers; longer ones by command, see the modules beside this one."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("target", "runs"), [("evidence", 20_000), ("pictures", 5_000)])
def test_no_input_breaks_what_reads_it(target: str, runs: int, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris has no wheel for this platform")
    module = f"tests.fuzz.{target}"
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for index, seed in enumerate(importlib.import_module(module).seeds()):
        (corpus / str(index)).write_bytes(seed)
    # A shell in between: a process starts with the peak memory of the one that started it, which is large
    # here, and libFuzzer would take that for its own.
    between = ["sh", "-c", '"$@"; exit $?', "sh"]
    done = subprocess.run(
        [*between, sys.executable, "-m", module, f"-runs={runs}", "-seed=1", str(corpus)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {runs}" in done.stderr
