"""The worker starts with what it needs and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys


def test_the_worker_starts_without_what_it_does_not_need() -> None:
    script = (
        "import json, sys\n"
        "import autograder.worker.session, autograder.worker.models\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert not loaded & {
        "pydantic",
        "jinja2",
        "dask",
        "tensorflow",
        "keras",
        "reference",
        "nbclient",
        "jupytext",
    }
