"""Writes docs/hosts-table.md: `python -m tests.hosts.table` runs every host, for a quarter of an hour.

What is run are the tests that compare with the page; they record instead. With names of test files only those
are run, and the rest of the page stays. Exits with 1 when hosts do not agree.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from autograder.course import find
from tests.hosts import agreement
from tests.hosts.agreement import HOSTS, PAGE, RECORD, Column
from tests.hosts.hand_ins import HANDED_IN

_TESTS = Path(__file__).parents[1]
_HEAD = """\
# Submissions × hosts × questions

Written by `python -m tests.hosts.table`: the same answers, handed in everywhere in the notebook that the
system gave to students, and what the system then says they earned. `otter run` and `nbgrader autograde` are
otter's and nbgrader's own commands; `gradescope.zip` is unpacked and run as Gradescope does, on some;
Gradescope, PrairieLearn, csv, Canvas and Moodle are what `loupe export --so-far` wrote for them, read back.
“waits” says that a person has still to give points. Tests compare every column with this page:
[hosts.md](hosts.md).
"""


def main(files: Sequence[str]) -> int:
    """Run test files, by default all that run a host, and write the page; returns the exit status."""
    every = [*(_TESTS / "hosts").glob("test_*.py"), *_TESTS.glob("test_class_*.py"), _TESTS / "test_demo.py"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ[RECORD] = folder
        chosen = ["-k", "test_every_host_says_the_same", "-n", "2", "--dist", "loadfile"]
        failed = pytest.main([*(files or map(str, every)), *chosen])
        columns = _recorded(Path(folder))
    PAGE.write_text("\n".join(_page(columns)) + "\n", encoding="utf-8")
    unlike = [
        row for row in _rows() if len({column[row] for column in columns.values() if row in column}) > 1
    ]
    print(*unlike, f"{PAGE}: {len(unlike)} rows in which hosts differ.", sep="\n")
    return 1 if unlike or failed else 0


def _recorded(folder: Path) -> Mapping[str, Column]:
    """The page's columns, with what was recorded in place of what they had."""
    columns = agreement.committed()
    for path in folder.iterdir():
        for host, *row, cell in json.loads(path.read_text(encoding="utf-8")):
            columns[host][row[0], row[1], row[2]] = cell
    return columns


def _rows() -> Iterator[tuple[str, str, str]]:
    for name in HANDED_IN:
        yield from agreement.rows(find(None).assignment(name))


def _page(columns: Mapping[str, Column]) -> Iterator[str]:
    yield _HEAD.rstrip()
    hosts = [host for host in HOSTS if columns[host]]
    assignment = ""
    for row in _rows():
        if row[0] != assignment:
            assignment = row[0]
            yield f"\n## {assignment}\n"
            yield "| submission | question | " + " | ".join(hosts) + " |"
            yield "|---|---|" + "--:|" * len(hosts)
        cells = (columns[host].get(row, "") for host in hosts)
        yield f"| {row[1]} | {row[2]} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
