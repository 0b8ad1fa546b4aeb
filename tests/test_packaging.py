"""The wheel alone must do: course files, checkpoints and templates are inside it."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Path]:
    """The interpreter of an environment with the wheel and this one's packages, but not this repository.

    It lies outside pytest's folders, which are private: a confined notebook may run as another user.
    """
    with tempfile.TemporaryDirectory(prefix="installed-") as folder:
        Path(folder).chmod(0o755)
        yield environment_with(wheel, Path(folder))


def environment_with(wheel: Path, environment: Path) -> Path:
    venv.create(environment, symlinks=True)
    interpreter = environment / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=True)
    packages = Path(done.stdout.strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # Of a folder that a .pth file names, no further .pth file is read: an editable install stays out.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return interpreter


def test_an_installed_wheel_builds_and_grades_in_any_folder(installed: Path, tmp_path: Path) -> None:
    def loupe(*arguments: str) -> str:
        code = "import autograder, sys; print(autograder.__file__); from autograder.cli import main; main()"
        command = [installed, "-I", "-c", code, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        where, *printed = done.stdout.splitlines()
        assert Path(where).is_relative_to(installed.parents[1])
        return "\n".join(printed)

    loupe("build", "investigating-cnns", "--no-solution")
    notebook = "dist/investigating-cnns/student/investigating-cnns.ipynb"
    (graded,) = json.loads(loupe("grade", "investigating-cnns", notebook, "--out", "grades", "--json"))
    assert (graded["status"], graded["earned"], graded["reason"]) == ("graded", 0, "")
    assert (tmp_path / "grades" / "investigating-cnns" / "feedback.html").is_file()


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    assert lock.count("--hash=sha256:") > 100
