"""The command line: what is printed, and the exit status."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.cli import app

runner = CliRunner()


def test_help_lists_the_commands() -> None:
    shown = runner.invoke(app, ["--help"])
    assert shown.exit_code == 0
    for command in ("data", "build", "grade", "doctor", "lint", "demo", "sheet", "export"):
        assert command in shown.output


def test_data_says_what_would_be_used_and_from_where() -> None:
    shown = runner.invoke(app, ["data"])
    assert shown.exit_code == 0
    assert "mnist" in shown.output
    assert "cifar10" in shown.output


def test_an_unknown_host_is_a_usage_error_that_lists_those_there_are(tmp_path: Path) -> None:
    shown = runner.invoke(app, ["build", "investigating-cnns", "--for", "oter", "--out", str(tmp_path)])
    assert shown.exit_code == 2
    assert "otter, nbgrader" in shown.stderr
    assert not list(tmp_path.iterdir())


def test_an_unknown_assignment_is_a_usage_error_that_lists_those_there_are(tmp_path: Path) -> None:
    shown = runner.invoke(
        app, ["grade", "investigating-cnn", str(tmp_path), "--out", str(tmp_path / "grades")]
    )
    assert shown.exit_code == 2
    assert "investigating-cnns" in shown.stderr


def test_a_missing_submission_is_a_usage_error_that_names_it(tmp_path: Path) -> None:
    missing = tmp_path / "nobody.ipynb"
    shown = runner.invoke(
        app, ["grade", "investigating-cnns", str(missing), "--out", str(tmp_path / "grades")]
    )
    assert shown.exit_code == 2
    assert "nobody.ipynb" in shown.stderr.replace("\n", "")
    assert not (tmp_path / "grades").exists()


@pytest.fixture
def damaged_course(tmp_path: Path) -> Path:
    """A course whose one config has a misspelt key."""
    folder = tmp_path / "course" / "assignments" / "tiny"
    folder.mkdir(parents=True)
    (folder / "assignment.py").write_text('# %% question="one"\nx = 1  # SOLUTION\n')
    (tmp_path / "course" / "grading_config").mkdir()
    (tmp_path / "course" / "grading_config" / "tiny.yaml").write_text(
        "assignment: tiny\ntitle: Tiny\ndata: {name: cifar10, split: test, count: 10, scale: centred}\n"
        "model: {checkpoint: cifar10-investigating}\n"
        "questions:\n  one:\n    title: One\n    points: 1\n    checks: [{value: x, equal: 1}]\n"
    )
    return tmp_path / "course"


def test_problems_of_a_config_name_file_question_and_key_and_nothing_else_is_said(
    damaged_course: Path, tmp_path: Path
) -> None:
    """In a process of its own, because what libraries write while they are imported counts too."""
    notebook = tmp_path / "a.ipynb"
    notebook.write_text("{}")
    loupe = [sys.executable, "-c", "from autograder.cli import main; main()"]
    options = ["--out", str(tmp_path / "g"), "--course", str(damaged_course), "--quiet"]
    command = [*loupe, "grade", "tiny", str(notebook), *options]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.splitlines() == [
        "tiny.yaml: question one: check 1: key `equals`: is missing",
        "tiny.yaml: question one: check 1: key `equal`: unknown key; did you mean `equals`?",
    ]


@pytest.mark.parametrize("below", ["", "deeper"])
@pytest.mark.parametrize(
    "command", [["build", "investigating-cnns"], ["grade", "investigating-cnns", "{hand_in}"], ["demo"]]
)
def test_a_place_that_cannot_be_written_is_said_before_the_work(
    tmp_path: Path, command: list[str], below: str
) -> None:
    file = tmp_path / "a.ipynb"
    file.write_text("{}")
    arguments = [word.format(hand_in=file) for word in command]
    shown = runner.invoke(app, [*arguments, "--out", str(file / below)])
    assert shown.exit_code == 2
    assert "cannot write to" in " ".join(shown.stderr.split())
    assert file.read_text() == "{}"


def test_json_prints_one_object_per_submission_and_ungraded_ones_set_the_exit_status(tmp_path: Path) -> None:
    notebook = tmp_path / "pdf.ipynb"
    notebook.write_bytes(b"%PDF-1.7 this is no notebook")
    out = tmp_path / "grades"
    shown = runner.invoke(
        app, ["grade", "investigating-cnns", str(notebook), "--out", str(out), "--json", "--quiet"]
    )
    assert shown.exit_code == 1
    (entry,) = json.loads(shown.stdout)
    assert entry["status"] == "ungraded"
    assert entry["earned"] is None
    assert "pdf" in shown.stderr
    assert (out / "grades.csv").exists()
    assert (out / "report.html").exists()


@pytest.mark.parametrize("command", ["build", "grade"])
def test_without_tensorflow_one_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    handed_in = tmp_path / "hand-in.ipynb"
    handed_in.write_text("{}")
    further = [str(handed_in)] if command == "grade" else []
    shown = runner.invoke(app, [command, "investigating-cnns", *further, "--out", str(tmp_path / "out")])
    assert shown.exit_code == 2
    assert "The package tensorflow is not installed. `loupe doctor`" in " ".join(shown.stderr.split())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError(errno.EROFS, "Read-only file system", "/tmp/x"), "/tmp/x cannot be written"),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"), "set TMPDIR"),
    ],
)
def test_what_the_machine_lacks_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, words: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "_load_tensorflow", fail)
    shown = runner.invoke(app, ["build", "investigating-cnns", "--out", str(tmp_path)])
    assert shown.exit_code == 2
    assert words in " ".join(shown.stderr.split())


def test_other_errors_are_not_taken_for_the_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "checkpoint.npz")

    monkeypatch.setattr(cli, "_load_tensorflow", fail)
    with pytest.raises(FileNotFoundError):
        runner.invoke(app, ["build", "investigating-cnns", "--out", str(tmp_path)], catch_exceptions=False)
