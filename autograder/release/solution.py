"""Builds the solution folder: the student folder's surroundings with the author's notebook, executed.

The notebook runs in a Jupyter kernel of this very interpreter, whatever kernels the machine has
installed. Where students train networks, training is replayed with the reference checkpoints, which stay in
the folder. It is the author's own code; submissions are never executed here.
"""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from autograder.course import Assignment
from autograder.release import ReleaseError, networks
from autograder.release.student import (
    notebook_name,
    notebook_of,
    staged,
    write_data,
    write_notebook,
    write_support,
)
from reference import datasets
from reference.checkpoints import Checkpoint
from reference.datasets import Dataset

Progress = Callable[[str], None]

START_SECONDS = 180
"""For the kernel to start: where training is replayed it imports Keras first; the machine may be busy."""

_REPLAY = """\
from pathlib import Path as _Path
from autograder.worker import training as _training
_training.install_in_kernel(_Path({folder!r}), globals())
del _Path, _training
"""


class SolutionError(ReleaseError):
    """The solution notebook does not run; the message names the cell and its question."""


def build(
    assignment: Assignment,
    dest: Path,
    data: Dataset | None = None,
    checkpoint: Checkpoint | None = None,
    *,
    progress: Progress = lambda _: None,
) -> Path:
    """Write an assignment's solution folder, all of it or nothing.

    Args:
        assignment: what is released.
        dest: the folder to write; an earlier one of the assignment there is replaced.
        data: the images' data set; by default the one that resolves.
        checkpoint: the trained network; by default as for `student.build`.
        progress: told which cell is about to run.

    Returns:
        The notebook's path.

    Raises:
        SolutionError: a cell failed or took longer than the config's limits allow.
        ReleaseError: as `student.build` does.
    """
    notebook = notebook_of(assignment, "solution")
    data = data or datasets.load(assignment.config.data.name)
    limits = assignment.config.limits
    with staged(assignment, dest) as folder, tempfile.TemporaryDirectory(prefix="loupe-data-") as images:
        write_support(assignment, data, folder, checkpoint)
        training = bool(networks.write(assignment, data, folder))
        if training:
            write_data(data, Path(images))
        run(
            notebook,
            folder,
            limits.cell_seconds,
            limits.notebook_seconds,
            progress,
            images=Path(images) if training else None,
        )
        write_notebook(notebook, folder / notebook_name(assignment))
    return dest / notebook_name(assignment)


def run(
    notebook: NotebookNode,
    folder: Path,
    cell_seconds: float,
    notebook_seconds: float,
    progress: Progress,
    images: Path | None = None,
) -> None:
    """Execute a notebook in place, with `folder` as its working directory; what it says on stderr is dropped.

    Args:
        notebook: gets the outputs.
        folder: holds what the notebook needs.
        cell_seconds, notebook_seconds: limits.
        progress: told which cell is about to run.
        images: a folder with whole data sets. With it, training is replayed with the networks in `folder`.

    Raises:
        SolutionError: a cell raised, took longer than `cell_seconds`, or was running when
            `notebook_seconds` had passed; or the kernel died.
    """
    current = 0
    end = time.monotonic() + notebook_seconds

    def begin(cell: NotebookNode, cell_index: int) -> None:
        nonlocal current
        current = cell_index
        if cell.cell_type == "code":
            progress(f"running {_name(notebook, cell_index)} …")

    def seconds(cell: NotebookNode) -> int:
        return max(1, round(min(cell_seconds, end - time.monotonic())))

    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_spec_manager=_ThisInterpreter()),
        resources={"metadata": {"path": str(folder)}},
        timeout_func=seconds,
        startup_timeout=START_SECONDS,
        on_cell_start=begin,
        record_timing=False,
        store_widget_state=False,
        shutdown_kernel="immediate",
    )
    with tempfile.TemporaryDirectory(prefix="loupe-kernel-") as scratch, _log(scratch).open("wb") as log:
        environment = _environment(scratch)
        if images is not None:
            environment["LOUPE_DATA"] = str(images)
            _prepare_replay(Path(scratch), folder)
        try:
            client.execute(cleanup_kc=True, env=environment, stderr=log)
        except CellExecutionError as error:
            raise SolutionError(
                f"{_name(notebook, current)} raised {error.ename}: {error.evalue}."
            ) from error
        except CellTimeoutError as error:
            whose, limit = ("a cell's", cell_seconds)
            if time.monotonic() >= end:
                whose, limit = ("the notebook's", notebook_seconds)
            raise SolutionError(
                f"{_name(notebook, current)} ran into {whose} limit of {limit:g} s."
            ) from error
        except DeadKernelError as error:
            raise SolutionError(f"{_name(notebook, current)} ended the kernel (out of memory?).") from error
        except RuntimeError as error:
            # nbclient leaves this behind when no kernel comes up; there is nothing to clean up at exit.
            atexit.unregister(client._cleanup_kernel)
            said = _log(scratch).read_text(encoding="utf-8", errors="replace").strip()
            raise SolutionError(f"The kernel of {sys.executable} does not start ({error}): {said}") from error
    for cell in notebook.cells:
        _drop_logs(cell)


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel: this interpreter's. No kernel of that name elsewhere can come first."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def _prepare_replay(profile: Path, folder: Path) -> None:
    """Have the kernel replay training; IPython runs the files of this folder before the first cell."""
    startup = profile / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "replay.py").write_text(_REPLAY.format(folder=str(folder)), encoding="utf-8")


def _drop_logs(cell: NotebookNode) -> None:
    """Take what libraries wrote to stderr out of a cell's outputs: it is about this machine."""
    if cell.cell_type == "code":
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


def _log(scratch: str) -> Path:
    return Path(scratch) / "stderr.log"


def _environment(profile: str) -> dict[str, str]:
    """For the kernel: no start-up files of the user, no caches by the helper, inline figures, quiet logs."""
    kept = {key: value for key, value in os.environ.items() if key != "MPLBACKEND"}
    return {**kept, "IPYTHONDIR": profile, "PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def _name(notebook: NotebookNode, index: int) -> str:
    question = notebook.cells[index].metadata.get("question")
    return f"cell {index + 1} of {len(notebook.cells)}" + (f" (question {question})" if question else "")
