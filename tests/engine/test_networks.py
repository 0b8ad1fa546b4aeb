"""Trained networks go with the notebook they were handed in with, and are no submissions themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.engine.submissions import SubmissionError, find
from tests.engine.test_submissions import made


def found(*paths: str | Path) -> dict[str, dict[str, str]]:
    """By submission, its networks: name → file's name."""
    return {one.name: {name: path.name for name, path in one.trained} for one in find(paths)}


def test_a_folder_with_one_notebook_holds_its_networks(tmp_path: Path) -> None:
    made(tmp_path, "bob/lab.ipynb", "bob/model.trained.npz", "bob/improved.trained.npz", "eve/er.ipynb")
    both = {"model": "model.trained.npz", "improved": "improved.trained.npz"}
    assert found(tmp_path) == {"lab": both, "er": {}}
    assert found(tmp_path / "bob") == {"lab": both}
    assert found(tmp_path / "bob" / "lab.ipynb") == {"lab": both}
    assert found(*sorted((tmp_path / "bob").iterdir())) == {"lab": both}


@pytest.mark.parametrize("place", ["models", "out/models"])
def test_networks_in_folders_of_their_own_belong_to_the_notebook_beside_those(
    tmp_path: Path, place: str
) -> None:
    made(tmp_path, "bob/lab.ipynb", f"bob/{place}/model.trained.npz", "ann/a.ipynb", "ann/a.txt")
    assert found(tmp_path) == {"lab": {"model": "model.trained.npz"}, "a": {}}
    assert found(tmp_path / "bob") == {"lab": {"model": "model.trained.npz"}}


def test_a_students_own_folder_may_hold_the_notebook_in_another(tmp_path: Path) -> None:
    made(tmp_path, "bob/nb/lab.ipynb", "bob/models/model.trained.npz", "ann/a.ipynb")
    assert found(tmp_path) == {"lab": {"model": "model.trained.npz"}, "a": {}}


def test_side_by_side_the_notebooks_name_begins_the_networks(tmp_path: Path) -> None:
    made(
        tmp_path,
        "alice.ipynb",
        "alice_b.ipynb",
        "bob.ipynb",
        "alice.model.trained.npz",
        "alice_b-model.trained.npz",
        "alice_improved.trained.npz",
        "bobby.model.trained.npz",
        "model.trained.npz",
    )
    assert found(tmp_path) == {
        "alice": {"model": "alice.model.trained.npz", "improved": "alice_improved.trained.npz"},
        "alice_b": {"model": "alice_b-model.trained.npz"},
        "bob": {},
    }
    assert found(tmp_path / "alice.ipynb")["alice"]["model"] == "alice.model.trained.npz"


def test_the_prefix_is_taken_off_in_a_folder_of_ones_own_too(tmp_path: Path) -> None:
    made(tmp_path, "alice.ipynb", "alice.model.trained.npz", "other.trained.npz")
    assert found(tmp_path) == {
        "alice": {"model": "alice.model.trained.npz", "other": "other.trained.npz"},
    }


def test_nobody_gets_the_networks_of_others(tmp_path: Path) -> None:
    made(
        tmp_path,
        "ann.ipynb",
        "bob/lab.ipynb",
        "bob/model.trained.npz",
        "eve/lab.pdf",
        "eve/model.trained.npz",
    )
    assert found(tmp_path) == {"ann": {}, "lab": {"model": "model.trained.npz"}, "eve": {}}


def test_a_student_who_handed_in_only_a_network_is_not_forgotten(tmp_path: Path) -> None:
    made(tmp_path, "ann/a.ipynb", "bob/model.trained.npz")
    assert found(tmp_path) == {"a": {}, "bob": {}}


def test_a_network_alone_is_no_submission(tmp_path: Path) -> None:
    made(tmp_path, "model.trained.npz")
    with pytest.raises(SubmissionError):
        find([tmp_path / "model.trained.npz"])
    with pytest.raises(SubmissionError, match="no notebook"):
        find([tmp_path])


def test_copies_that_browsers_number_count_once_and_the_plain_name_wins(tmp_path: Path) -> None:
    made(tmp_path, "a.ipynb", "model.trained (1).npz", "model.trained.npz", "best.trained-2.npz")
    assert found(tmp_path) == {"a": {"model": "model.trained.npz", "best": "best.trained-2.npz"}}


def test_names_become_those_of_variables(tmp_path: Path) -> None:
    made(tmp_path, "a.ipynb", "my model.trained.npz", "3rd.trained.npz")
    assert set(found(tmp_path)["a"]) == {"my_model", "_3rd"}


def test_litter_and_what_lies_deep_or_behind_a_link_is_not_taken(tmp_path: Path) -> None:
    made(tmp_path, "sub/a.ipynb", "sub/.hidden/model.trained.npz", "sub/__MACOSX/model.trained.npz")
    made(tmp_path, "sub/1/2/3/model.trained.npz", "elsewhere/secret.trained.npz")
    (tmp_path / "sub" / "linked").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "sub" / "a.ipynb") == {"a": {}}
