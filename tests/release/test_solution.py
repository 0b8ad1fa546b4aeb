"""The solution folder: executed in a kernel of this interpreter, or an error that says where it stopped."""

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course import Assignment
from autograder.release import solution
from reference.checkpoints import Checkpoint
from reference.datasets import Dataset


def notebook(*sources: str, question: str = "") -> Any:
    cells = [nbformat.v4.new_code_cell(text) for text in sources]
    if question:
        cells[-1].metadata["question"] = question
    return nbformat.v4.new_notebook(cells=cells)


def test_the_solution_is_executed_by_this_interpreter(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "jupyter" / "kernels" / "python3"
    foreign.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python", "{connection_file}"], "display_name": "Other", "language": "python"}
    (foreign / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("MPLBACKEND", "Agg")
    with tiny.source.open("a", encoding="utf-8") as file:
        file.write("\n# %%\nimport sys\n\nprint(sys.executable)\nprint('noise', file=sys.stderr)\n")
    said: list[str] = []

    path = solution.build(tiny, tmp_path / "out", data, checkpoint, progress=said.append)

    built = nbformat.read(path, as_version=4)
    by_question = {cell.metadata.get("question"): cell for cell in built.cells}
    assert by_question["constants"].outputs[0].text.startswith("4 0.")
    assert any("image/png" in output.get("data", {}) for output in by_question["figure"].outputs)
    assert built.cells[-1].outputs[0].text.strip() == sys.executable
    assert "SOLUTION" not in path.read_text(encoding="utf-8")
    assert said[1] == f"running cell 3 of {len(built.cells)} (question constants) …"
    assert {item.name for item in path.parent.iterdir()} == {
        "checkpoint.npz",
        "helper.py",
        "images.npz",
        "requirements.txt",
        "tiny.ipynb",
    }


def test_a_cell_that_raises_is_named_and_nothing_is_written(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    text = tiny.source.read_text(encoding="utf-8")
    tiny.source.write_text(text.replace("mean: float = float(", "mean: float = flaot("), encoding="utf-8")
    with pytest.raises(solution.SolutionError, match=r"cell 3 of \d+ \(question constants\) raised Name"):
        solution.build(tiny, tmp_path / "out", data, checkpoint)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("cell_seconds", "notebook_seconds", "message"),
    [(1.0, 600.0, "a cell's limit of 1 s"), (600.0, 1.0, "the notebook's limit of 1 s")],
)
def test_a_cell_that_never_ends_is_stopped(
    tmp_path: Path, cell_seconds: float, notebook_seconds: float, message: str
) -> None:
    endless = notebook("x = 1", "while True:\n    pass", question="loop")
    with pytest.raises(solution.SolutionError, match=rf"cell 2 of 2 \(question loop\) ran into {message}"):
        solution.run(endless, tmp_path, cell_seconds, notebook_seconds, lambda _: None)


def test_a_kernel_that_does_not_start_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named ipykernel_launcher' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(solution.SolutionError, match=r"does not start .*No module named ipykernel_launcher"):
        solution.run(notebook("x = 1"), tmp_path, 60, 60, lambda _: None)


def test_a_cell_that_ends_the_kernel_is_named(tmp_path: Path) -> None:
    deadly = notebook("import os\nos._exit(1)")
    with pytest.raises(solution.SolutionError, match="cell 1 of 1 ended the kernel"):
        solution.run(deadly, tmp_path, 60, 60, lambda _: None)
