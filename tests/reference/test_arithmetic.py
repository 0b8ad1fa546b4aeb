"""Numbers of the course's networks on CPUs that calculate differently: far within what checks tolerate."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from autograder.checks.arrays import ArrayCheck
from reference import checkpoints

WAYS = {
    "plain": {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_NUM_INTRAOP_THREADS": "1"},
    "oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "1", "TF_NUM_INTRAOP_THREADS": "2"},
}
Outputs = Mapping[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outputs]:
    folder = tmp_path_factory.mktemp("arithmetic")
    found = {}
    for name, environment in WAYS.items():
        path = folder / f"{name}.npz"
        subprocess.run(
            [sys.executable, "-m", "tests.reference.arithmetic", str(path)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **environment},
            check=True,
        )
        found[name] = dict(np.load(path))
    return found


@pytest.mark.parametrize("checkpoint", checkpoints.names())
def test_layers_and_heatmaps_are_the_same_up_to_a_tenth_of_the_tolerance(
    checkpoint: str, outputs: dict[str, Outputs]
) -> None:
    tolerance = ArrayCheck.model_fields["tolerance"].default
    plain, other = (outputs[name] for name in WAYS)
    keys = [key for key in plain if key.startswith(f"{checkpoint} ")]
    assert len(keys) > 3
    for key in keys:
        scale = max(1.0, float(np.abs(plain[key]).max()))
        assert np.abs(plain[key] - other[key]).max() <= tolerance * scale / 10, key
