"""Notebooks with a lease of a GPU reach its device file, and others reach none. The GPU is an imitation."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.config import Limits
from autograder.course import find
from autograder.engine import devices, local
from autograder.engine.devices import Gpu
from autograder.engine.submissions import Submission
from autograder.evidence import Evidence, Scalar
from tests.worker.imitate import NEEDS_ROOT

pytestmark = NEEDS_ROOT

SEEN = """\
### edTest(test_chow1) ###
import os
node = {node!r}
reached = os.path.exists(node) and open(node, "rb").read(2) == bytes(2)
answer1 = f"{{reached}} {{os.environ['CUDA_VISIBLE_DEVICES']}}"
"""
EXHAUSTED = """\
class ResourceExhaustedError(Exception): ...
raise ResourceExhaustedError("OOM when allocating tensor")
"""


@pytest.fixture
def node() -> Iterator[Path]:
    """A device file: that of /dev/zero under another name."""
    path = Path(f"/dev/loupe-test-{os.getpid()}")
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except OSError as error:
        pytest.skip(f"device files cannot be made here: {error}")
    path.chmod(0o666)
    yield path
    path.unlink()


def executed(folder: Path, limits: Limits, *sources: str) -> Evidence:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "one.ipynb")
    assignment = find(None).assignment("investigating-cnns")
    with local.grader(assignment, 1, limits) as prepared:
        return prepared.execute(Submission("one", folder / "one.ipynb")).evidence


def answer(evidence: Evidence) -> object:
    value = evidence.questions["kernels_in_a_filter"].values["answer1"]
    assert isinstance(value, Scalar)
    return value.value


def test_a_lease_opens_the_gpus_device_file_and_one_that_is_exhausted_is_tried_again_alone(
    tmp_path: Path, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = Gpu("GPU-1", "Imitation", 8000, 4000, nodes=(str(node),))
    monkeypatch.setattr(devices, "_gpus", lambda: iter([gpu]))
    found = executed(tmp_path, Limits(gpu_mb=1000), SEEN.format(node=str(node)), EXHAUSTED)
    assert answer(found) == "True GPU-1"
    assert found.versions["device"] == "Imitation"
    assert "It needs more than the 4000 MB of Imitation, also when it is alone there." in found.notes


def test_without_need_for_a_gpu_there_is_none(
    tmp_path: Path, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = Gpu("GPU-1", "Imitation", 8000, 4000, nodes=(str(node),))
    monkeypatch.setattr(devices, "_gpus", lambda: iter([gpu]))
    found = executed(tmp_path, Limits(), SEEN.format(node=str(node)))
    assert answer(found) == "False -1"
    assert "device" not in found.versions
