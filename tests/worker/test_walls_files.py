"""The walls around files, from inside; each attempt goes through without them."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from autograder.worker import kernel, lockdown
from autograder.worker.walls import JobLimits
from tests.worker import imitate
from tests.worker.imitate import NEEDS_ROOT, in_child
from tests.worker.locked import ALL, WITH_MOUNTS, WITHOUT_MOUNTS, free, locked, went

pytestmark = NEEDS_ROOT


REPOSITORY = Path(__file__).parents[2]


@ALL
def test_the_work_folder_is_the_working_directory_and_writable(machine: str) -> None:
    def use() -> list[Any]:
        Path("sub").mkdir()
        Path("sub/new").write_text("mine")
        Path("given.txt").write_text(Path("given.txt").read_text() + "!")
        return [Path("sub/new").read_text(), Path("given.txt").read_text()]

    assert locked(machine, use, files={"given.txt": b"hello"}) == ["mine", "hello!"]


@ALL
def test_files_outside_cannot_be_read(machine: str) -> None:
    def read() -> dict[str, bool]:
        outside = (
            REPOSITORY / "pyproject.toml",
            REPOSITORY / "autograder/wire.py",
            Path("/etc/hostname"),
        )
        return {str(path): went(path.read_bytes) for path in outside}

    assert set(free(machine, read).values()) == {True}
    assert set(locked(machine, read).values()) == {False}


@ALL
def test_nothing_but_the_own_folders_can_be_written(machine: str) -> None:
    def write() -> dict[str, bool]:
        folders = ("/", "/etc", "/usr", "/dev", "/var/tmp", "/run", sys.prefix, sys.base_prefix, "/proc")
        return {folder: went((Path(folder) / "loupe-test").touch) for folder in folders}

    assert set(locked(machine, write).values()) == {False}
    assert not Path("/var/tmp/loupe-test").exists()


def test_root_without_walls_can_write_to_those_folders() -> None:
    def write() -> bool:
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("x", "/var/tmp", "tmpfs", 0)
        return went(Path("/var/tmp/loupe-test").touch)

    assert in_child(write)


@WITH_MOUNTS
def test_the_root_holds_nothing_but_what_is_readable(machine: str) -> None:
    def look() -> list[str]:
        return [*map(str, Path("/etc").iterdir()), *map(str, Path("/").iterdir())]

    seen = set(locked(machine, look))
    assert "/etc/shadow" not in seen
    assert not seen & {"/home", "/var", "/run", "/mnt", "/srv", "/boot"}
    assert "/usr" in seen


@ALL
def test_this_project_is_hidden_and_its_neighbours_are_not(machine: str) -> None:
    def look() -> list[bool]:
        packages = Path(next(entry for entry in sys.path if entry.endswith("site-packages")))
        ours = [path for name in ("loupe_grader*", "_editable_impl_loupe*") for path in packages.glob(name)]
        files = [path for folder in ours for path in (folder, *folder.rglob("*")) if path.is_file()]
        return [
            any(went(path.read_bytes) for path in files),
            went((packages / "numpy/version.py").read_bytes),
        ]

    assert free(machine, look) == [True, True]
    assert locked(machine, look) == [False, True]


@WITH_MOUNTS
def test_temporary_files_and_shared_memory_are_the_jobs_own(machine: str) -> None:
    with tempfile.NamedTemporaryFile(prefix="loupe-secret-") as secret:

        def look() -> list[Any]:
            Path("/tmp/mine").touch()
            Path("/dev/shm/mine").touch()
            return [Path(secret.name).exists(), sorted(path.name for path in Path("/dev/shm").iterdir())]

        assert locked(machine, look) == [False, ["mine"]]
    assert not Path("/tmp/mine").exists()


@WITHOUT_MOUNTS
def test_without_a_root_of_its_own_a_job_writes_to_its_folder_only(machine: str) -> None:
    def write() -> list[bool]:
        Path(".tmp/x").touch()
        return [went(Path("/tmp/loupe-x").touch), went(Path("/dev/shm/loupe-x").touch)]

    assert locked(machine, write) == [False, False]


@WITH_MOUNTS
def test_the_disk_is_full_at_its_limit(machine: str) -> None:
    def fill() -> list[Any]:
        def write(folder: str) -> str:
            try:
                for number in range(4):
                    (Path(folder) / str(number)).write_bytes(bytes(1 << 20))
            except OSError as error:
                return os.strerror(error.errno or 0)
            return "all written"

        def create(folder: str) -> int:
            for number in range(1000):
                if not went((Path(folder) / f"f{number}").touch):
                    return number
            return 1000

        folders = (".", "/tmp", "/dev/shm")
        return [*(write(folder) for folder in folders), *(create(folder) < 200 for folder in folders)]

    limits = JobLimits(disk_mb=2, inodes=100)
    assert locked(machine, fill, limits=limits) == ["No space left on device"] * 3 + [True] * 3


@WITH_MOUNTS
def test_given_files_that_do_not_fit_are_named_as_the_cause(machine: str) -> None:
    with pytest.raises(imitate.ChildError, match="do not fit into its disk limit"):
        locked(machine, lambda: 1, limits=JobLimits(disk_mb=1), files={"big": bytes(3 << 20)})


def test_links_and_pipes_among_the_given_files_stay_behind(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("x")

    def enter() -> list[str]:
        walls = imitate.walls_here(str(tmp_path))
        lockdown.unshare_processes(walls)

        def look() -> list[str]:
            return sorted(map(str, Path().rglob("*")))

        return list(in_child(look, lambda: lockdown.enter(walls, [60])))

    assert in_child(enter) == ["folder", "folder/file"]


def test_an_interpreter_out_of_reach_is_said_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    work = tmp_path / "work"
    work.mkdir()

    def enter() -> str:
        imitate.become_container_root()
        try:
            lockdown.enter(imitate.walls_here(str(work)), [60])
        except lockdown.LockdownError as error:
            return f"{error.step}: {error}"
        return ""

    words = in_child(enter)
    assert words.startswith("paths: ")
    assert "cannot enter" in words
    assert str(work) in words
