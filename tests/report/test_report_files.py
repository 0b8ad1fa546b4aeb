"""What lies on disk after a run: grades.csv, result.json, pictures, and nothing half-written."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.report import files
from autograder.report.grades import cell, grades
from autograder.result import SCHEMA_VERSION, to_json

DOCUMENT = Path(__file__).parents[2] / "docs" / "results.md"


def rows(results) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(grades(results))))


def test_the_table_has_a_line_for_each_submission_in_order(classroom):
    table = rows(classroom)
    assert [row["submission"] for row in table] == sorted(one.submission for one in classroom)
    assert list(table[0]) == [
        *("submission", "status", "earned", "points", "pending", "bonus"),
        *(question.id for question in classroom[0].questions),
        "needs_person",
    ]


def test_points_and_open_points_are_told_apart(wrong):
    (row,) = rows([wrong])
    totals = ("earned", "points", "pending", "bonus", "needs_person")
    assert [row[name] for name in totals] == ["12.25", "20", "4", "0", "yes"]
    assert (row["all_filters"], row["layers_list"], row["relu"], row["grad_cam"]) == ("2.25", "0", "", "")


def test_a_finished_grade_needs_nobody(build):
    (row,) = rows([build("result", "s", build("question", "q", build("check")))])
    assert (row["q"], row["needs_person"]) == ("1", "no")


def test_an_ungraded_submission_has_no_zero(right, ungraded):
    row = next(row for row in rows([right, ungraded]) if row["submission"] == ungraded.submission)
    assert (row.pop("submission"), row.pop("status"), row.pop("needs_person")) == (
        *("not-a-notebook", "ungraded"),
        "yes",
    )
    assert set(row.values()) == {""}


def test_a_question_may_be_called_like_a_column(build):
    (row,) = rows([build("result", "s", build("question", "status", build("check")))])
    assert (row["status"], row["question:status"]) == ("graded", "1")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "  =", "\u202e=", "\x1b[0m=", "\uff1d"])
def test_no_cell_is_a_formula(start):
    assert cell(f"{start}HYPERLINK(1)").startswith("'")


@given(st.text())
def test_any_name_survives_as_one_harmless_cell(build, name):
    text = grades([build("result", name)])
    assert text.encode()
    ((found, *_),) = list(csv.reader(io.StringIO(text)))[1:]
    assert found == cell(name)
    assert not found.startswith(("=", "+", "-", "@", "\t", "\r"))


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_submission_s_folder_holds_result_page_and_pictures(wrong, tmp_path):
    folder = files.write_submission(wrong, tmp_path)
    assert folder == tmp_path / wrong.submission
    assert everything(folder) == {
        *("result.json", "feedback.html"),
        *(f"figures/all_filters-0-{role}.png" for role in ("submitted", "expected", "difference")),
        *(f"figures/feature_maps-1-{role}.png" for role in ("submitted", "expected")),
    }


def test_the_json_names_pictures_that_are_there_with_their_bytes(wrong, tmp_path):
    folder = files.write_submission(wrong, tmp_path)
    record = json.loads((folder / "result.json").read_text("utf-8"))
    seen = 0
    for question, told in zip(wrong.questions, record["questions"], strict=True):
        for check, checked in zip(question.checks, told["checks"], strict=True):
            for picture, named in zip(check.verdict.pictures, checked["verdict"]["pictures"], strict=True):
                assert (folder / named["file"]).read_bytes() == picture.png
                seen += 1
    assert seen == 5


def test_the_json_says_what_the_result_says(wrong, ungraded):
    for result in (wrong, ungraded):
        record = json.loads(files.result_json(result))
        assert record == json.loads(json.dumps(to_json(result)))
        assert record["schema_version"] == SCHEMA_VERSION
        assert record["submission"] == result.submission


def test_numbers_that_json_lacks_become_words_and_numpy_becomes_plain(build):
    details = {
        "loss": float("nan"),
        "top": float("inf"),
        "low": -float("inf"),
        "margin": np.float32(0.5),
        "scores": np.array([1.0, np.nan]),
        "shape": (3, 3),
        7: "half \ud83d pair",
    }
    result = build("result", "s", build("question", "q", build("check", details=details)))
    text = files.result_json(result)
    assert text.encode()
    told = json.loads(text, parse_constant=pytest.fail)["questions"][0]["checks"][0]["verdict"]["details"]
    assert told == {
        "loss": "NaN",
        "top": "Infinity",
        "low": "-Infinity",
        "margin": 0.5,
        "scores": [1.0, "NaN"],
        "shape": [3, 3],
        "7": "half \ufffd pair",
    }


def test_writing_again_replaces_and_removes_pictures_of_before(wrong, tmp_path):
    files.write_submission(wrong, tmp_path)
    folder = files.write_submission(replace(wrong, questions=wrong.questions[:1]), tmp_path)
    assert everything(folder) == {"result.json", "feedback.html"}


def test_the_class_gets_a_table_and_a_report_whose_links_exist(classroom, tmp_path):
    for result in classroom:
        files.write_submission(result, tmp_path)
    report = files.write_class(classroom, tmp_path)
    assert report == tmp_path / "report.html"
    assert (tmp_path / "grades.csv").read_bytes() == grades(classroom).encode()
    page = report.read_text("utf-8")
    for result in classroom:
        assert (tmp_path / result.submission / "feedback.html").exists()
    assert 'href="grades.csv"' in page


def test_no_temporary_file_stays_and_others_may_read(classroom, tmp_path):
    files.write_submission(classroom[0], tmp_path)
    files.write_class(classroom, tmp_path)
    assert not [name for name in everything(tmp_path) if Path(name).name.startswith(".")]
    plain = tmp_path / "plain"
    plain.touch()
    assert (tmp_path / "report.html").stat().st_mode == plain.stat().st_mode


def test_a_failed_write_leaves_the_old_file_and_no_trace(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    files.write_atomically(path, b"old")

    def full(_descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        files.write_atomically(path, b"new")
    assert everything(tmp_path) == {"report.html"}
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", "a\0b"])
def test_a_name_cannot_leave_the_folder(right, tmp_path, name):
    with pytest.raises(ValueError, match="cannot be called"):
        files.write_submission(replace(right, submission=name), tmp_path)
    assert everything(tmp_path) == set()


def test_a_name_that_is_not_unicode_still_gets_its_folder(right, tmp_path):
    folder = files.write_submission(replace(right, submission="caf\udce9"), tmp_path)
    assert folder.name == "caf\ufffd"
    assert everything(folder) == {"result.json", "feedback.html"}


def documented(heading: str) -> set[str]:
    """First column of the table below a heading of docs/results.md."""
    text = DOCUMENT.read_text("utf-8")
    part = text[text.index(f"### {heading}\n") :].split("\n#", 2)[0]
    return set(re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE))


def test_every_key_of_the_json_is_documented(wrong):
    record = to_json(wrong)
    question = next(one for one in record["questions"] if one["id"] == "all_filters")
    check = question["checks"][0]
    assert documented("The submission") == set(record)
    assert documented("A question") == set(question)
    assert documented("A check") == set(check)
    assert documented("A verdict") == set(check["verdict"])
    assert documented("A picture") == set(check["verdict"]["pictures"][0])


def test_every_column_and_status_is_documented(wrong):
    fixed = set(rows([wrong])[0]) - {question.id for question in wrong.questions}
    assert documented("Columns") - {"<question id>"} == fixed
    assert documented("Status words") == {
        *("passed", "partial", "failed", "unanswered", "needs_person", "error"),
    }
