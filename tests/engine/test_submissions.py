"""What an instructor may name on the command line, and what each submission is then called."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.engine.submissions import SubmissionError, contents, find


def made(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return folder


def names(*paths: str | Path) -> list[str]:
    return [submission.name for submission in find(paths)]


def test_a_file_is_called_after_its_stem(tmp_path: Path) -> None:
    assert names(made(tmp_path, "ann.ipynb") / "ann.ipynb") == ["ann"]


def test_a_folder_stands_for_every_notebook_in_it_at_any_depth(tmp_path: Path) -> None:
    made(tmp_path, "ann.ipynb", "bob/lab.ipynb", "eve/deep/er.ipynb", "bob/model.keras")
    assert sorted(names(tmp_path)) == ["ann", "er", "lab"]


def test_checkpoints_of_jupyter_and_litter_of_macos_are_no_submissions(tmp_path: Path) -> None:
    made(tmp_path, "a.ipynb", ".ipynb_checkpoints/a-checkpoint.ipynb", "__MACOSX/._a.ipynb")
    assert names(tmp_path) == ["a"]


def test_the_same_file_name_is_told_apart_by_the_folder(tmp_path: Path) -> None:
    made(tmp_path, "ann/lab.ipynb", "bob/lab.ipynb", "eve/other.ipynb")
    assert sorted(names(tmp_path)) == ["ann-lab", "bob-lab", "other"]


def test_where_each_lay_is_kept_from_the_named_folder_on(tmp_path: Path) -> None:
    """Students are recognised by it, and the named folder may be a student's own."""
    made(
        tmp_path,
        "class/Ann Doe_1_assignsubmission_file_/lab.ipynb",
        "class/bob/deep/work.ipynb",
        "class/eve.ipynb",
    )
    assert sorted(one.origin for one in find([tmp_path / "class"])) == [
        "class/Ann Doe_1_assignsubmission_file_/lab.ipynb",
        "class/bob/deep/work.ipynb",
        "class/eve.ipynb",
    ]
    assert [one.origin for one in find([tmp_path / "class" / "bob"])] == ["bob/deep/work.ipynb"]
    assert [one.origin for one in find([tmp_path / "class" / "eve.ipynb"])] == ["class/eve.ipynb"]


def test_a_file_named_twice_is_graded_once(tmp_path: Path) -> None:
    made(tmp_path, "ann.ipynb")
    assert names(tmp_path, tmp_path / "ann.ipynb", f"{tmp_path}/*.ipynb") == ["ann"]


def test_a_student_folder_without_a_notebook_is_not_forgotten(tmp_path: Path) -> None:
    made(tmp_path, "ann/lab.ipynb", "bob/lab.pdf")
    assert sorted(names(tmp_path)) == ["bob", "lab"]


def test_a_glob_is_expanded_by_us_where_the_shell_did_not(tmp_path: Path) -> None:
    made(tmp_path, "x1.ipynb", "x2.ipynb", "y.ipynb")
    assert names(f"{tmp_path}/x*.ipynb") == ["x1", "x2"]


def test_brackets_in_a_real_file_name_are_no_pattern(tmp_path: Path) -> None:
    made(tmp_path, "lab [final].ipynb")
    assert names(tmp_path / "lab [final].ipynb") == ["lab_final"]


@pytest.mark.parametrize("missing", ["nowhere.ipynb", "no*.ipynb"])
def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, missing: str) -> None:
    with pytest.raises(SubmissionError, match="no such file"):
        find([tmp_path / missing])


def test_one_student_without_a_notebook_does_not_stop_the_class(tmp_path: Path) -> None:
    made(tmp_path, "ann/lab.ipynb", "bob/lab.pdf")
    assert sorted(names(tmp_path / "ann", tmp_path / "bob")) == ["bob", "lab"]


def test_results_inside_the_submissions_folder_are_no_submissions(tmp_path: Path) -> None:
    made(tmp_path, "ann.ipynb", "grades/ann/result.json", "grades/report.html")
    assert [one.name for one in find([tmp_path], tmp_path / "grades")] == ["ann"]


def test_submissions_may_lie_in_the_folder_of_the_results(tmp_path: Path) -> None:
    made(tmp_path, "ann.ipynb")
    assert [one.name for one in find([tmp_path], tmp_path)] == ["ann"]


def test_a_pattern_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match=r"\*\*x"):
        find([tmp_path / "**x"])


def test_a_folder_without_any_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match="no notebook"):
        find([made(tmp_path, "notes.txt")])


def test_a_link_that_is_handed_in_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path, "ann.ipynb")
    (tmp_path / "bob.ipynb").symlink_to(tmp_path / "ann.ipynb")
    assert sorted(names(tmp_path)) == ["ann", "bob"]
    assert contents(tmp_path / "ann.ipynb") == b"{}"
    with pytest.raises(OSError, match="link"):
        contents(tmp_path / "bob.ipynb")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(OSError, match="no ordinary file"):
        contents(tmp_path / "pipe.ipynb")


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        contents(tmp_path)


file_names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=30
).filter(lambda name: not name.startswith(".") and len(name.encode()) < 100)


@settings(deadline=None)  # It writes files.
@given(st.lists(file_names, min_size=1, max_size=6, unique=True))
def test_names_are_unique_on_any_file_system_and_make_one_folder(stems: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given_names = names(made(Path(folder), *(f"{stem}.ipynb" for stem in stems)))
    assert len({name.lower() for name in given_names}) == len(stems)
    for name in given_names:
        assert name not in (".", "..")
        assert Path(name).name == name
