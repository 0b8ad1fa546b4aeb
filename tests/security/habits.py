"""An innocent notebook of everyday habits, executed on a machine of some kind.

`python -m tests.security.habits LEVEL` prints, as one line of JSON, what its questions came to: values, the names
of errors, and the notes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from autograder.evidence import Plan, QuestionPlan
from tests.security import harness

CELLS = {
    "inline": "%matplotlib inline\nimport matplotlib.pyplot as plt\ninline = plt.get_backend().lower() == 'agg'",
    "timed": "%%time\ntimed = 1",
    "shell": "names = !ls\n!ls > listed.txt\nshell = 'helper.py' in names and 'helper.py' in open('listed.txt').read()",
    "bash": "%%bash\necho hello > said.txt",
    "said": "said = open('said.txt').read()",
    "waited": "import asyncio\nwaited = await asyncio.sleep(0, 7)",
    "shown": "from IPython.display import HTML, clear_output\ndisplay(HTML('<b>x</b>'), 3)\nclear_output()\nshown = 1",
    "asked": "asked = input('Your name? ')",
    "secret": "import getpass\nsecret = getpass.getpass()",
    "missing": "from surely_not_installed.auto import thing",
    "threads": "from concurrent.futures import ThreadPoolExecutor as Pool\nthreads = sum(Pool(2).map(abs, [-1, 2]))",
    "counted": "from tqdm.auto import tqdm\ncounted = sum(tqdm(range(4)))",
    "bars": "import keras, numpy as np\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
    "model.compile('sgd', 'mse')\n"
    "bars = len(model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=2, verbose=1).history['loss'])",
}


def main(level: str) -> None:
    """Run it, print what came."""
    cells = [
        {"cell_type": "code", "metadata": {"question": name}, "source": source, "outputs": []}
        for name, source in CELLS.items()
    ]
    questions = tuple(QuestionPlan(name, "code", capture=(name,), names=(name,)) for name in CELLS)
    with tempfile.TemporaryDirectory() as folder, harness.level(level) as chosen:
        support, path = Path(folder, "support"), Path(folder, "habits.ipynb")
        support.mkdir()
        (support / "helper.py").touch()
        path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
        evidence = chosen.execute(path, support, Plan("habits", questions), 120.0)
    values = {
        name: getattr(question.values.get(name), "value", None)
        for name, question in evidence.questions.items()
    }
    errors = {name: [error.message for error in one.errors] for name, one in evidence.questions.items()}
    print(json.dumps({"values": values, "errors": errors, "notes": [evidence.failure, *evidence.notes]}))


if __name__ == "__main__":
    main(sys.argv[1])
