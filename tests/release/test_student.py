"""The student folder: what lies in it, byte for byte, and when it is not written.

`tests/release/golden/tiny` is what the small course of these tests builds to. After a change that is meant,
write it anew with `LOUPE_REFRESH_GOLDEN=1 python -m pytest tests/release/test_student.py`, and read the diff.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from autograder import course
from autograder.course import Assignment
from autograder.release import ReleaseError, student
from autograder.release.leaks import leaks
from reference.checkpoints import Checkpoint
from reference.datasets import DataError, Dataset
from tests.release.conftest import HERE, dataset

GOLDEN = HERE / "golden" / "tiny"
TEXTS = ("helper.py", "requirements.txt", "tiny.ipynb")
ARCHIVES = ("checkpoint.npz", "images.npz")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_is_the_golden_one(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    notebook = student.build(tiny, tmp_path / "out", data, checkpoint)
    assert notebook == tmp_path / "out" / "tiny.ipynb"
    built = contents(tmp_path / "out")
    assert sorted(built) == sorted((*TEXTS, *ARCHIVES))
    if os.environ.get("LOUPE_REFRESH_GOLDEN"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for name in TEXTS:
            (GOLDEN / name).write_bytes(built[name])
    for name in TEXTS:
        assert built[name].decode() == (GOLDEN / name).read_text(encoding="utf-8"), name


def test_the_archives_hold_weights_and_images(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    student.build(tiny, tmp_path / "out", data, checkpoint)
    with np.load(tmp_path / "out" / "checkpoint.npz", allow_pickle=False) as archive:
        assert archive.files == ["000", "001"]
        for key, weights in zip(archive.files, checkpoint.weights(), strict=True):
            assert archive[key].dtype == np.float32
            np.testing.assert_array_equal(archive[key], weights)
    with np.load(tmp_path / "out" / "images.npz", allow_pickle=False) as archive:
        assert archive["images"].dtype == np.uint8
        assert archive["labels"].dtype == np.int64
        np.testing.assert_array_equal(archive["images"], data.x_test[:4])
        np.testing.assert_array_equal(archive["labels"], data.y_test[:4])


def test_the_same_inputs_give_the_same_bytes(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    student.build(tiny, tmp_path / "one", data, checkpoint)
    student.build(tiny, tmp_path / "two", data, checkpoint)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_support_files_are_the_folder_without_the_notebook(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    student.build(tiny, tmp_path / "out", data, checkpoint)
    (tmp_path / "support").mkdir()
    student.write_support(tiny, data, tmp_path / "support", checkpoint)
    expected = contents(tmp_path / "out")
    del expected["tiny.ipynb"]
    assert contents(tmp_path / "support") == expected


def test_an_earlier_release_is_replaced_whole(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    student.build(tiny, tmp_path / "out", data, checkpoint)
    (tmp_path / "out" / "stale.txt").write_text("from before")
    student.build(tiny, tmp_path / "out", data, checkpoint)
    assert sorted(contents(tmp_path / "out")) == sorted((*TEXTS, *ARCHIVES))
    assert not list(tmp_path.glob(".out*"))


def test_a_folder_that_is_no_release_is_left_alone(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    precious = tmp_path / "out" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    with pytest.raises(ReleaseError, match=r"not empty and holds no tiny\.ipynb"):
        student.build(tiny, tmp_path / "out", data, checkpoint)
    assert contents(tmp_path / "out") == {"thesis.txt": b"mine"}


def test_a_leaking_release_is_refused_and_the_earlier_one_stays(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    student.build(tiny, tmp_path / "out", data, checkpoint)
    before = contents(tmp_path / "out")
    helper = tiny.folder / "helper.py"
    helper.write_text(helper.read_text() + "\n# answer1 = 'B', by the way\n")
    with pytest.raises(student.LeakError, match=r"helper\.py: question quiz: the key"):
        student.build(tiny, tmp_path / "out", data, checkpoint)
    assert contents(tmp_path / "out") == before
    assert not list(tmp_path.glob(".out*"))


def test_too_few_images_are_named_and_nothing_is_written(
    tiny: Assignment, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"4 test images are asked for, but .* has 3"):
        student.build(tiny, tmp_path / "out", dataset(3), checkpoint)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["checkpoint.npz", "images.npz", "tiny.ipynb"])
def test_a_helper_may_not_have_the_name_of_a_built_file(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path, name: str
) -> None:
    (tiny.folder / name).write_bytes(b"")
    with pytest.raises(ReleaseError, match=name):
        student.build(tiny, tmp_path / "out", data, checkpoint)


def test_requirements_are_required(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    (tiny.folder / "requirements.txt").unlink()
    with pytest.raises(ReleaseError, match=r"requirements\.txt is missing"):
        student.build(tiny, tmp_path / "out", data, checkpoint)


def test_helpers_in_folders_are_released_too(
    tiny: Assignment, data: Dataset, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    (tiny.folder / "pictures").mkdir()
    shutil.copy(tiny.folder / "helper.py", tiny.folder / "pictures" / "more.py")
    student.build(tiny, tmp_path / "out", data, checkpoint)
    assert (tmp_path / "out" / "pictures" / "more.py").is_file()


REPOSITORY = course.find(HERE.parents[1])


@pytest.mark.parametrize("name", REPOSITORY.assignments)
def test_no_answer_of_a_real_assignment_is_in_its_student_folder(
    name: str, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    """For every assignment there will ever be; the data do not matter here."""
    assignment = REPOSITORY.assignment(name)
    asked = assignment.config.data
    shape = {"cifar10": (32, 32, 3), "mnist": (28, 28)}[asked.name]
    student.build(assignment, tmp_path / "out", dataset(asked.count or 10, shape), checkpoint)
    assert leaks(tmp_path / "out", assignment) == []
