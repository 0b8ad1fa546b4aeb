"""The command line: what is printed, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from autograder.cli import app

runner = CliRunner()


def test_help_lists_the_commands() -> None:
    shown = runner.invoke(app, ["--help"])
    assert shown.exit_code == 0
    for command in ("data", "build", "grade", "lint", "demo"):
        assert command in shown.output


def test_data_says_what_would_be_used_and_from_where() -> None:
    shown = runner.invoke(app, ["data"])
    assert shown.exit_code == 0
    assert "mnist" in shown.output
    assert "cifar10" in shown.output


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


def test_a_damaged_config_is_one_line_naming_file_question_and_key(tmp_path: Path) -> None:
    folder = tmp_path / "assignments" / "tiny"
    folder.mkdir(parents=True)
    (folder / "assignment.py").write_text('# %% question="one"\nx = 1  # SOLUTION\n')
    (tmp_path / "grading_config").mkdir()
    (tmp_path / "grading_config" / "tiny.yaml").write_text(
        "assignment: tiny\ntitle: Tiny\ndata: {name: cifar10, split: test, count: 10, scale: centred}\n"
        "model: {checkpoint: cifar10-investigating}\n"
        "questions:\n  one:\n    title: One\n    points: 1\n    checks: [{value: x, equal: 1}]\n"
    )
    notebook = tmp_path / "a.ipynb"
    notebook.write_text("{}")
    shown = runner.invoke(
        app, ["grade", "tiny", str(notebook), "--out", str(tmp_path / "g"), "--course", str(tmp_path)]
    )
    assert shown.exit_code == 2
    for word in ("tiny.yaml", "one", "equal"):
        assert word in shown.stderr


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
