"""What `loupe doctor` says besides walls."""

from __future__ import annotations

import tempfile
from collections import namedtuple
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from autograder.engine import health
from reference import datasets


@pytest.fixture(autouse=True)
def _no_remembered_data() -> Iterator[None]:
    yield
    datasets.load.cache_clear()


def test_a_sound_machine_misses_nothing() -> None:
    assert not [sentence for sentence in health.findings() if sentence.startswith("MISSING")]


def test_a_package_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert any("MISSING tensorflow: pip install tensorflow" in sentence for sentence in health.findings())


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(10, 10, 0))
    assert any(sentence.startswith("MISSING room") for sentence in health.findings())


def test_a_temporary_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> object:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    assert any("Read-only file system" in sentence for sentence in health.findings())


def test_damaged_data_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"not an archive")
    monkeypatch.setenv("LOUPE_DATA", str(tmp_path))
    datasets.load.cache_clear()
    assert any(sentence.startswith("MISSING mnist") for sentence in health.findings())


def test_configs_that_others_may_look_at_are_said_and_closed_ones_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "course" / "grading_config"
    folder.mkdir(parents=True)
    assert health.exposed(folder) == ""  # Pytest's own folders are closed.
    with tempfile.TemporaryDirectory() as name:
        open_folder = Path(name) / "grading_config"
        open_folder.mkdir(mode=0o755)
        Path(name).chmod(0o755)
        assert f"chmod 700 {open_folder}" in health.exposed(open_folder)
        open_folder.chmod(0o700)
        assert health.exposed(open_folder) == ""
