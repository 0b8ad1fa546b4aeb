"""`loupe sheet` and `loupe export`: what is printed, and the exit status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app
from autograder.report import files
from tests.hosts.conftest import broken, finished, waiting

runner = CliRunner()


@pytest.fixture
def grades(tmp_path: Path) -> Path:
    for result in (finished("ann"), waiting("bob"), broken("eve")):
        files.write_submission(result, tmp_path / "grades")
    return tmp_path / "grades"


def test_an_export_names_what_it_left_out(grades: Path) -> None:
    shown = runner.invoke(app, ["export", str(grades), "--to", "gradescope"])
    assert shown.exit_code == 1
    assert shown.stdout.startswith("1 submission exported, 2 left out: ")
    assert [line.partition(":")[0] for line in shown.stderr.splitlines()] == ["bob", "eve"]
    assert (grades / "export" / "gradescope" / "ann" / "results.json").is_file()


def test_a_whole_export_goes_where_it_is_told(grades: Path, tmp_path: Path) -> None:
    shown = runner.invoke(app, ["export", str(grades), "--to", "CSV", "--out", str(tmp_path / "out")])
    assert shown.exit_code == 0
    assert (tmp_path / "out" / "questions.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "blackboard"], "gradescope, prairielearn, canvas, moodle, csv"),
        (["--to", "canvas"], "--to canvas needs --roster"),
        (["--to", "canvas", "--roster", "none.csv"], "none.csv: it cannot be read"),
    ],
)
def test_wrong_usage_is_said_in_one_line(grades: Path, arguments: list[str], words: str) -> None:
    shown = runner.invoke(app, ["export", str(grades), *arguments])
    assert shown.exit_code == 2
    assert words in " ".join(shown.stderr.split())


def test_a_folder_without_grades_is_said_by_both(tmp_path: Path) -> None:
    for command in (["sheet", str(tmp_path)], ["export", str(tmp_path), "--to", "csv"]):
        shown = runner.invoke(app, command)
        assert shown.exit_code == 2
        assert "there are no grades in this folder" in " ".join(shown.stderr.split())


def test_sheets_are_written_without_tensorflow(grades: Path) -> None:
    """In a process of its own: marking two hundred answers must not begin with ten seconds of imports."""
    script = "import sys; sys.modules['tensorflow'] = None; from autograder import cli; cli.app()"
    command = [sys.executable, "-c", script, "sheet", str(grades)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (shown.returncode, shown.stdout.splitlines()[-2]) == (
        0,
        "0 answers with a person's points, 1 without.",
    )
    assert shown.stderr.startswith("Without model answers: ")
    assert (grades / "sheets" / "relu.html").is_file()


def test_points_that_were_filled_in_make_a_submission_complete(grades: Path) -> None:
    runner.invoke(app, ["sheet", str(grades)])
    sheet = grades / "sheets" / "relu.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8-sig").replace(",,2,", ",2,2,"), encoding="utf-8")
    shown = runner.invoke(app, ["sheet", str(grades)])
    assert (shown.exit_code, shown.stdout.splitlines()[-1]) == (
        0,
        "1 answer with a person's points, 0 without.",
    )
    shown = runner.invoke(app, ["export", str(grades), "--to", "gradescope"])
    assert shown.stdout.startswith("2 submissions exported, 1 left out")


def test_problems_on_a_sheet_set_the_exit_status(grades: Path) -> None:
    runner.invoke(app, ["sheet", str(grades)])
    sheet = grades / "sheets" / "relu.csv"
    sheet.write_text(sheet.read_text(encoding="utf-8-sig").replace(",,2,", ",7,2,"), encoding="utf-8")
    shown = runner.invoke(app, ["sheet", str(grades)])
    assert shown.exit_code == 1
    assert "sheets/relu.csv, row 2: 7 points are too many, relu is worth 2; not taken." in shown.stderr
