"""Which files may be seen: lists computed beforehand."""

from __future__ import annotations

import pwd
import sys
from pathlib import Path

import pytest

from autograder.worker import levels, paths

REPOSITORY = Path(__file__).parents[2]


def test_a_venv_inside_a_hidden_project_stays_readable_without_it() -> None:
    readable, hidden = paths.default_readable()
    places = {place.path: place.kind for place in paths.layout(readable, hidden, ("/tmp",))}
    assert str(REPOSITORY) not in places
    assert places["/tmp"] == "own"
    assert "/usr" in places
    assert not any(path == str(Path.home()) for path in places)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in (
        "usr/lib/a.so",
        "usr/site/open/x.py",
        "usr/site/secret/key",
        "usr/site/secret/venv/bin/python",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "alias").symlink_to("usr")
    return tmp_path


def test_the_hidden_is_covered_at_every_path_that_shows_it(site: Path) -> None:
    alias, real = str(site / "alias/site"), str(site / "usr/site")
    places = paths.layout((alias,), (f"{real}/secret",), ())
    assert {(place.path, place.kind) for place in places} == {
        (alias, "read"),
        (real, "read"),
        (f"{alias}/secret", "hide"),
        (f"{real}/secret", "hide"),
    }


def test_a_readable_path_below_a_hidden_one_stays_readable(site: Path) -> None:
    usr = str(site / "usr")
    arguments = ((usr, f"{usr}/site/secret/venv"), (f"{usr}/site/secret",))
    kinds = [(place.path, place.kind) for place in paths.layout(*arguments, ())]
    assert kinds == [(usr, "read"), (f"{usr}/site/secret", "hide"), (f"{usr}/site/secret/venv", "read")]
    grants = paths.readable_minus_hidden(*arguments)
    assert set(grants.read) == {f"{usr}/lib", f"{usr}/site/open", f"{usr}/site/secret/venv"}
    assert grants.listed == (usr, f"{usr}/site")


def test_links_are_made_last_and_what_they_lead_to_is_shown(site: Path) -> None:
    link = paths.layout((str(site / "alias"),), (), ())
    assert [(place.kind, place.source) for place in link] == [("read", str(site / "usr")), ("link", "usr")]


def test_a_home_folder_is_never_readable_even_as_the_prefix(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("bin", "lib", "secrets"):
        (site / "home" / name).mkdir(parents=True)
    home = str(site / "home")
    monkeypatch.setenv("HOME", home)
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        monkeypatch.setattr(sys, name, home)
    readable, _ = paths.default_readable()
    ours = [path for path in readable if path.startswith(home)]
    assert ours == [f"{home}/bin", f"{home}/lib"]


def test_packages_of_this_project_that_are_installed_are_hidden(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = site / "lib/site-packages"
    for name in (
        "autograder/worker/paths.py",
        "reference/a.py",
        "loupe_grader-1.dist-info/RECORD",
        "numpy/a.py",
    ):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).touch()
    monkeypatch.setattr(sys, "path", [str(packages)])
    _, hidden = paths.default_readable()
    found = {Path(path).name for path in hidden if path.startswith(str(packages))}
    assert found == {"autograder", "reference", "loupe_grader-1.dist-info"}


def test_somebody_elses_package_of_the_same_name_is_left_alone(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = site / "lib/site-packages"
    (packages / "reference").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(packages)])
    _, hidden = paths.default_readable()
    assert not [path for path in hidden if path.startswith(str(packages))]


def test_the_uids_of_jobs_belong_to_nobody() -> None:
    assert not [user for user in pwd.getpwall() if user.pw_uid in levels.JOB_UIDS]
