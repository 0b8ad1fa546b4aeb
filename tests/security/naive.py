"""A grader of the ordinary kind, for the control: student code runs in the grader's own process.

`python naive.py NOTEBOOK FOLDER`. It inherits everything, executes the cells, looks at the objects themselves
and prints what it thinks of them. Attacks that get nowhere against Loupe even without walls work here.
"""

from __future__ import annotations

import copy
import json
import os
import sys
from pathlib import Path
from typing import Any

SECRET = os.environ.get("LOUPE_TEST_SECRET", "")


def main(notebook: str, folder: str) -> None:
    """Execute, compare, print one line of JSON."""
    out = os.dup(1)
    cells = json.loads(Path(notebook).read_text())["cells"]
    os.chdir(folder)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        try:
            exec("".join(cell["source"]), namespace)  # noqa: S102  # This is what the ordinary grader does.
        except Exception as error:
            namespace["error"] = error
    import numpy

    loot: Any = namespace.get("loot")
    credited = False
    try:
        copy.deepcopy(loot)
        credited = bool((numpy.asarray(loot) == 42).all())
        numpy.testing.assert_allclose(numpy.asarray(loot), 42)
        credited = credited or bool(numpy.allclose(loot, 42))
    except Exception:
        try:
            credited = bool(loot == 42)
        except Exception:
            credited = False
    verdict = {
        "before": namespace.get("before") == 1,
        "after": namespace.get("after") == 2,
        "credited": credited,
        "loot": loot if type(loot) is str else "",
    }
    os.write(out, json.dumps(verdict).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
