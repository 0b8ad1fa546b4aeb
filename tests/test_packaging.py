"""The wheel alone must do: course files, checkpoints and templates are inside it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, timeout=300)
    (built,) = folder.glob("loupe_grader-*.whl")
    return built


def test_the_wheel_carries_course_checkpoints_and_templates(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        "autograder/_course/assignments/investigating-cnns/assignment.py",
        "autograder/_course/assignments/investigating-cnns/helper.py",
        "autograder/_course/grading_config/investigating-cnns.yaml",
        "reference/checkpoints/registry.json",
        "reference/checkpoints/cifar10-investigating.npz",
        "reference/checkpoints/cifar10-investigating-stand-in.npz",
    } <= names
    assert any(name.startswith("autograder/report/templates/") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


def test_an_installed_wheel_finds_its_own_course_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    code = "from autograder.course import find; c = find(None); print(c.root); print(*c.assignments)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "elsewhere",
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    folder, assignments = done.stdout.splitlines()
    assert Path(folder) == tmp_path / "site" / "autograder" / "_course"
    assert "investigating-cnns" in assignments.split()


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    assert lock.count("--hash=sha256:") > 100
