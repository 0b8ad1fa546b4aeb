"""Whole notebooks in a real worker process: ordinary habits work, and a bad cell costs that cell only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder import collecting, wire
from autograder.evidence import Array, CellError, Evidence, Missing, Opaque, Plan, QuestionPlan, Scalar


def work(folder: Path, plan: Plan, content: Any, data: str = "") -> Evidence:
    """Run a worker as the engine does, in `folder / "work"`, where handed-in networks may lie already."""
    (folder / "work").mkdir(exist_ok=True)
    (folder / "work" / "helper.py").write_text(
        "import matplotlib.pyplot as plt\ndef draw(x):\n    plt.imshow(x)\n"
    )
    path = folder / "submission.ipynb"
    path.write_text(json.dumps(content))
    reading, writing = os.pipe()
    job = {"plan": asdict(plan), "notebook": str(path), "folder": str(folder / "work"), "data": data}
    with os.fdopen(reading, "rb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder.worker", str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[writing],
        )
        os.close(writing)
        assert process.stdin is not None
        process.stdin.write(json.dumps(job).encode())
        process.stdin.close()
        process.stdin = None
        evidence = collecting.collect(wire.records(stream), plan)
    printed, complaints = process.communicate(timeout=60)
    assert (printed, complaints) == (b"", b"")
    return evidence


def book(*cells: tuple[str, str]) -> Any:
    """A notebook of (question or "", source) cells."""
    made = nbformat.v4.new_notebook()
    for question, source in cells:
        cell = nbformat.v4.new_code_cell(source)
        if question:
            cell.metadata["question"] = question
        made.cells.append(cell)
    return made


def code(name: str, *capture: str) -> QuestionPlan:
    return QuestionPlan(name, "code", capture=capture, names=capture)


HABITS = {
    "inline": "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n%matplotlib widget",
    "imports": "import sys, os\nimport numpy as np\nimport matplotlib.pyplot as plt\nimport helper",
    "timed": "%%time\ntimed = 42",
    "shell": "listing = !ls\nos_said = [*listing]\n!ls > listed.txt",
    "bash": "%%bash\necho hello > said.txt",
    "display": "display(3, 'text')\nshown = 1",
    "expressions": "1",
    "more expressions": "2\n3",
    "even more expressions": "4",
    "blank": "filled = ___",
    "waiting": "import asyncio\nwaited = await asyncio.sleep(0, 7)",
    "asking": "asked = 1\nname = input('Your name? ')",
    "endless": "ticks = 1\nwhile True:\n    try:\n        ticks += 1\n    except Exception:\n        pass",
    "stubborn": "try:\n    while True: pass\nexcept:\n    while True: pass",
    "leaving": "left = 1\nsys.exit(1)\nleft = 2",
    "quitting": "quit",
    "exiting": "exit()",
    "failing": "failed = 1\n\nfailed = 1 / 0",
    "timed failing": "%%time\nx = 1\nraise ValueError('no')",
    "deep": "def f(n): return f(n + 1)\nf(0)",
    "no syntax": "x = 1\ny = (",
    "no magic": "%nosuchmagic",
    "evil error": "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    "forking": "if os.fork() == 0: forked = 'child'\nelse: os.wait(); forked = 'parent'",
    "looking": "import __main__\nfolder = os.getcwd()\nfirst = sys.path[0]\nargs = sys.argv[1:]",
    "installing": "!pip install tensorflow\n%pip install keras",
    "printing": "print('x' * 10_000_000); print('y', file=sys.stderr); os.write(1, b'z')\nprinted = 1",
    "helping": "helper.draw(np.eye(3))\nplt.title('by the helper')\nplt.show()",
    "leaving open": "fig, ax = plt.subplots()\nax.imshow(np.ones((2, 2, 3)) * 7.5)",
    "showing again": "fig",
    "picturing": "from PIL import Image\nImage.fromarray(np.eye(3, dtype=np.uint8))",
    "files": "from IPython.display import Image as File\npicture = Image.new('L', (3, 3))\n"
    "picture.save('a.png')\ndisplay(File('a.png'))\nplt.imshow(np.eye(4))\nplt.savefig('b.png')\nplt.close()\n"
    "display(File('b.png'))\npicture.show()",
    "big": "big = np.zeros((10_000, 10_000))",
    "chatty": "chatty = ['é' * 20_000] * 5_000",
    "last": "last = 'reached'",
}
FAILING = {
    "blank",
    "asking",
    "endless",
    "stubborn",
    "leaving",
    "quitting",
    "exiting",
    "failing",
    "timed failing",
}
FAILING |= {"deep", "no syntax", "no magic", "evil error"}
NAMES = {
    "timed": ("timed",),
    "shell": ("os_said",),
    "display": ("shown",),
    "blank": ("filled",),
    "waiting": ("waited",),
    "asking": ("asked",),
    "endless": ("ticks",),
    "leaving": ("left",),
    "failing": ("failed",),
    "forking": ("forked",),
    "looking": ("folder", "first", "args"),
    "printing": ("printed",),
    "big": ("big",),
    "chatty": ("chatty",),
    "last": ("last",),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("habits")


@pytest.fixture(scope="module")
def habits(folder: Path) -> Evidence:
    """One notebook with every habit, run once."""
    plan = Plan("a", tuple(code(key, *NAMES.get(key, ())) for key in HABITS), cell_seconds=2)
    return work(folder, plan, book(*HABITS.items()))


def value(evidence: Evidence, name: str) -> Any:
    held = next(q.values[name] for q in evidence.questions.values() if name in q.values)
    return held.value if isinstance(held, Scalar) else held


def cell_error(evidence: Evidence, habit: str) -> CellError:
    (found,) = evidence.questions[habit].errors
    return found


class TestHabits:
    def test_the_end_is_reached(self, habits: Evidence) -> None:
        assert habits.complete
        assert habits.failure == ""
        assert habits.running_cell is None
        assert value(habits, "last") == "reached"
        assert set(habits.seconds) == {"start", "cells", "capture"}
        assert habits.seconds["capture"] > 0
        assert {"python", "numpy", "tensorflow"} <= set(habits.versions)

    @pytest.mark.parametrize("habit", sorted(set(HABITS) - FAILING))
    def test_it_works(self, habits: Evidence, habit: str) -> None:
        assert habits.questions[habit].errors == []

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("timed", 42), ("shown", 1), ("waited", 7), ("forked", "parent"), ("printed", 1)],
    )
    def test_its_value_is_captured(self, habits: Evidence, name: str, expected: object) -> None:
        assert value(habits, name) == expected

    def test_commands_run_in_the_folder(self, habits: Evidence, folder: Path) -> None:
        work = folder / "work"
        assert "helper.py" in (work / "listed.txt").read_text()
        assert (work / "said.txt").read_text() == "hello\n"
        assert value(habits, "folder") == value(habits, "first") == str(work.resolve())
        assert value(habits, "args").items == ()

    def test_a_blank_is_an_undefined_name(self, habits: Evidence) -> None:
        found = cell_error(habits, "blank")
        assert (found.name, found.line, found.source) == ("NameError", 1, "filled = ___")
        assert habits.questions["blank"].blanks
        assert value(habits, "filled") == Missing()

    def test_packages_are_not_installed(self, habits: Evidence) -> None:
        told = [note for note in habits.notes if "not installed" in note]
        assert len(told) == 2
        assert not any(sys.executable in note for note in told)


class TestBadCells:
    @pytest.mark.parametrize(
        ("habit", "name", "line"),
        [
            ("asking", "RuntimeError", 2),
            ("leaving", "SystemExit", 2),
            ("quitting", "SystemExit", 1),
            ("exiting", "SystemExit", 1),
            ("failing", "ZeroDivisionError", 3),
            ("timed failing", "ValueError", 3),
            ("deep", "RecursionError", 1),
            ("no syntax", "SyntaxError", 2),
            ("no magic", "UsageError", 1),
            ("evil error", "E", 3),
        ],
    )
    def test_the_error_is_named_with_its_line(
        self, habits: Evidence, habit: str, name: str, line: int
    ) -> None:
        found = cell_error(habits, habit)
        assert (found.kind, found.name, found.line) == ("exception", name, line)
        assert found.source == HABITS[habit].splitlines()[line - 1].strip()

    def test_a_syntax_error_names_no_file(self, habits: Evidence) -> None:
        message = cell_error(habits, "no syntax").message
        assert message
        assert "<" not in message

    @pytest.mark.parametrize("habit", ["endless", "stubborn"])
    def test_a_cell_that_never_ends_is_stopped(self, habits: Evidence, habit: str) -> None:
        found = cell_error(habits, habit)
        assert found.kind == "timeout"
        assert found.message == "It was stopped after 2 s."
        assert found.line > 0

    @pytest.mark.parametrize("name", ["asked", "left", "failed"])
    def test_what_it_did_before_still_counts(self, habits: Evidence, name: str) -> None:
        assert value(habits, name) == 1

    @pytest.mark.parametrize("name", ["big", "chatty"])
    def test_what_is_too_large_stays_behind(self, habits: Evidence, name: str) -> None:
        held = value(habits, name)
        assert isinstance(held, Opaque)
        assert "too large" in held.reason

    def test_input_is_refused_with_advice(self, habits: Evidence) -> None:
        assert "assign the value in the cell" in cell_error(habits, "asking").message


class TestFigures:
    def test_drawn_by_a_helper(self, habits: Evidence) -> None:
        (figure,) = habits.questions["helping"].figures
        assert figure.ended == "show"
        assert figure.axes[0].title == "by the helper"
        np.testing.assert_array_equal(figure.axes[0].images[0].pixels, np.eye(3))

    def test_left_open_and_shown_again_in_the_next_cell(self, habits: Evidence) -> None:
        for habit, ended in (("leaving open", "cell"), ("showing again", "display")):
            (figure,) = habits.questions[habit].figures
            assert figure.ended == ended
            assert figure.axes[0].images[0].pixels.max() == 7.5

    def test_a_picture_as_last_expression(self, habits: Evidence) -> None:
        (figure,) = habits.questions["picturing"].figures
        assert figure.axes[0].images[0].pixels.dtype == np.uint8

    def test_files_of_pictures_and_pictures_that_are_shown(self, habits: Evidence) -> None:
        figures = habits.questions["files"].figures
        assert [figure.ended for figure in figures] == ["display", "close", "show"]
        assert [figure.axes[0].images[0].pixels.shape for figure in figures] == [(3, 3), (4, 4), (3, 3)]


def test_values_are_those_right_after_the_questions_cells(tmp_path: Path) -> None:
    plan = Plan("a", (code("first", "w"), code("second", "w", "v")))
    cells = [
        ("first", "import numpy as np\nw = np.ones(2)"),
        ("second", "w = 5"),
        ("", "w = 'reused'"),
        ("first", "w += 1"),
        ("second", "del w\nv = 3"),
    ]
    evidence = work(tmp_path, plan, book(*cells))
    first, second = evidence.questions["first"].values, evidence.questions["second"].values
    assert first["w"] == Scalar("reused", "str")
    assert second == {"w": Scalar(5, "int"), "v": Scalar(3, "int")}
    assert [error.name for error in evidence.questions["first"].errors] == ["TypeError"]


def test_a_crash_keeps_what_came_before_and_names_the_cell(tmp_path: Path) -> None:
    plan = Plan("a", (code("before", "x"), code("crash", "y"), code("after", "z")))
    cells = [
        ("before", "import matplotlib.pyplot as plt, os, numpy as np\nx = np.arange(3)"),
        ("crash", "plt.imshow([[1]])\nplt.show()\ny = 1\nos._exit(3)"),
        ("after", "z = 1"),
    ]
    evidence = work(tmp_path, plan, book(*cells))
    held = evidence.questions["before"].values["x"]
    assert isinstance(held, Array)
    assert held.array.tolist() == [0, 1, 2]
    assert len(evidence.questions["crash"].figures) == 1
    assert not evidence.complete
    assert evidence.running_cell == 1

    (tmp_path / "again").mkdir()
    again = work(tmp_path / "again", Plan("a", plan.questions, skip_cells=(1,)), book(*cells))
    assert again.complete
    assert again.questions["after"].values == {"z": Scalar(1, "int")}
    assert [error.kind for error in again.questions["crash"].errors] == ["killed"]


def test_a_notebook_that_is_none_is_a_failure(tmp_path: Path) -> None:
    evidence = work(tmp_path, Plan("a", (code("q", "x"),)), {"hello": "world"})
    assert "not a notebook" in evidence.failure
    assert not evidence.complete
