"""The whole data set: one copy for all jobs, readable behind every kind of walls and writable behind none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.imitate import MACHINES, NEEDS_ROOT, open_the_way

SCRIPT = """
import json, sys, tempfile
from pathlib import Path

import nbformat
import numpy as np

from autograder.engine import process
from autograder.engine.forks import Warm
from autograder.engine.launch import probed
from autograder.evidence import Plan, QuestionPlan
from autograder.worker.walls import JobLimits

CODE = '''
import os, pathlib
import numpy as np
folder = pathlib.Path(os.environ["LOUPE_DATA"])
sums = [int(np.load(folder / "mnist.npz")["x_train"].sum()), [path.name for path in folder.iterdir()]]
refused = []
for attempt in (
    lambda: (folder / "mnist.npz").write_bytes(b"mine"),
    lambda: (folder / "mnist.npz").unlink(),
    lambda: (folder / "new").write_bytes(b""),
    lambda: (folder / "more").mkdir(),
):
    try:
        attempt()
    except OSError as error:
        refused.append("refused")
# A job of the grader's own user may do this; it must not close the data to the next one.
try:
    os.chmod(folder, 0)
except OSError:
    pass
'''


class Bare(Warm):
    def _launch(self, *, preload):
        return super()._launch(preload=False)


launcher = Bare(probed(), JobLimits(memory_mb=1500, disk_mb=64, file_mb=32), 1)
scratch = Path(tempfile.mkdtemp())
notebook = scratch / "a.ipynb"
cell = nbformat.v4.new_code_cell(CODE, metadata={"question": "q"})
nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
(scratch / "support").mkdir()
data = Path(tempfile.mkdtemp(prefix="data-", dir=launcher.folder))
np.savez(data / "mnist.npz", x_train=np.arange(5))
plan = Plan("a", (QuestionPlan("q", "code", ("sums", "refused")),))
for _ in range(2):
    evidence = process.execute(
        notebook, scratch / "support", plan, seconds=60, launcher=launcher, data=data,
        trained=[("model", scratch / "none"), ("other", notebook)],
    )
data.chmod(0o755)
intact = int(np.load(data / "mnist.npz")["x_train"].sum()), [path.name for path in data.iterdir()]
launcher.close()
values = evidence.questions["q"].values
print(json.dumps([str(values["sums"]), str(values["refused"]).count("'refused'"), intact, evidence.notes]))
"""


PLACES = [pytest.param(name, marks=() if name in ("A", "C") else pytest.mark.thorough) for name in MACHINES]


@NEEDS_ROOT
@pytest.mark.parametrize("place", PLACES)
def test_a_notebook_reads_the_one_copy_and_changes_nothing(place: str) -> None:
    def become() -> None:
        open_the_way()
        MACHINES[place]()

    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment,
        cwd="/",
        preexec_fn=become,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    sums, refused, intact, notes = json.loads(done.stdout)
    assert "value=10" in sums
    assert "mnist.npz" in sums
    assert refused == 4, notes
    assert intact == [10, ["mnist.npz"]]
    assert any("none was not used: No such file" in note for note in notes)
    assert any("other.trained.npz was not used: it is damaged" in note for note in notes)
