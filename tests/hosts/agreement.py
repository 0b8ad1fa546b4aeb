"""Submissions × hosts × questions: what each host says that a submission earned, read from what it wrote.

docs/hosts-table.md holds what was found, a column for each host. Whatever runs a host in the tests compares
its own column with that page (`compare`), so that all hosts agree and nothing is run for the table alone.
`python -m tests.hosts.table` writes the page anew.
"""

from __future__ import annotations

import csv
import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from autograder.course import Assignment
from autograder.hosts.export import Host, export
from autograder.report import files
from autograder.result import Result
from tests.hosts import hand_ins
from tests.hosts.nbgrading import CourseFolder

PAGE: Final = Path(__file__).parents[2] / "docs" / "hosts-table.md"
TOTAL: Final = "**all**"
WAITS: Final = "waits"
RECORD: Final = "LOUPE_HOSTS_TABLE"
"""A folder, where hosts are not compared with the page but recorded for it."""

GRADED: Final = ("loupe grade", "otter run", "nbgrader autograde")
"""Hosts that execute and grade what was handed in."""
EXPORTED: Final = ("Gradescope", "PrairieLearn", "csv")
"""Hosts that get all questions from `loupe export`."""
TOTALLED: Final = ("Canvas", "Moodle")
"""Hosts that get one score."""
CONTAINER: Final = "gradescope.zip"
"""Gradescope's autograder, which is run on some submissions."""
HOSTS: Final = (*GRADED, CONTAINER, *EXPORTED, *TOTALLED)

Column = dict[tuple[str, str, str], str]
"""By assignment, submission and question (or `TOTAL`), what a host says: `said`."""


def said(earned: float, *, waits: bool = False) -> str:
    """What stands in the table: points, and whether a person has to give more."""
    points = f"{round(earned, 2) + 0.0:g}"
    if not waits:
        return points
    return f"{points} + {WAITS}" if earned else WAITS


def of_result(result: Result) -> Column:
    """What `loupe grade` found."""
    place = (result.assignment, result.submission)
    column = {
        (*place, question.id): said(question.earned, waits=question.pending > 0)
        for question in result.questions
    }
    return column | {(*place, TOTAL): said(result.earned)}


def of_report(assignment: str, submission: str, report: Mapping[str, Any]) -> Column:
    """A `results.json` as Gradescope takes it: exported, or written by otter or by Gradescope's package."""
    earned: dict[str, float] = {}
    waiting: set[str] = set()
    for test in report["tests"]:
        (question,) = test["tags"]
        earned[question] = earned.get(question, 0.0) + test.get("score", 0.0)
        if "status" not in test:
            waiting.add(question)
    column = {
        (assignment, submission, question): said(points, waits=question in waiting)
        for question, points in earned.items()
    }
    return column | {(assignment, submission, TOTAL): said(report["score"])}


def of_course(course: CourseFolder, assignment: str, submission: str) -> Column:
    """nbgrader's gradebook, whose total has bonus points in it."""
    column = {
        (assignment, submission, question): said(row.auto or 0.0, waits=row.waits)
        for question, row in course.rows(assignment, submission).items()
    }
    return column | {(assignment, submission, TOTAL): said(course.score(assignment, submission))}


def of_exports(results: Sequence[Result], scratch: Path) -> dict[str, Column]:
    """What the files of `loupe export` say, by host.

    Args:
        results: of one assignment; those that wait for a person are exported with their points so far.
        scratch: an empty folder.
    """
    grades = scratch / "grades"
    students = {result.submission: f"s{number}" for number, result in enumerate(results, 1000)}
    for result in results:
        student = students[result.submission]
        files.write_submission(replace(result, submission=student, handed_in=f"{student}/lab.ipynb"), grades)
    first = results[0]
    canvas, moodle = scratch / "gradebook.csv", scratch / "grades.csv"
    _write(canvas, _canvas(first, students.values()))
    _write(moodle, _moodle(first, students.values()))

    def exported(host: Host, roster: Path | None = None) -> list[Path]:
        done = export(grades, host, scratch / "export", students=roster, so_far=True)
        assert len(done.exported) == len(results), done
        return done.files

    reports = {path.parent.name: _read(path) for path in exported("gradescope")}
    attempts = {path.parent.name: _read(path) for path in exported("prairielearn")}
    lines, books = (
        _rows(*exported("csv")),
        {
            "Canvas": (_rows(*exported("canvas", canvas)), "SIS Login ID"),
            "Moodle": (_rows(*exported("moodle", moodle)), "ID number"),
        },
    )
    found: dict[str, Column] = {host: {} for host in (*EXPORTED, *TOTALLED)}
    for result in results:
        student = students[result.submission]
        place = (first.assignment, result.submission)
        found["Gradescope"] |= of_report(*place, reports[student])
        found["PrairieLearn"] |= _of_attempt(result, attempts[student])
        found["csv"] |= _of_lines(place, [line for line in lines if line["submission"] == student])
        for host, (book, key) in books.items():
            (row,) = (row for row in book if row[key] == student)
            (score,) = (row[column] for column in row if first.title in column and "Feedback" not in column)
            found[host][*place, TOTAL] = said(float(score))
    return found


def _of_attempt(result: Result, attempt: Mapping[str, Any]) -> Column:
    """PrairieLearn's file knows questions by title and order, and the score as a share."""
    place = (result.assignment, result.submission)
    column, left = {}, list(attempt["tests"])
    for question in result.questions:
        own = []
        while left and _is_of(question.title, left[0]["name"]):
            own.append(left.pop(0))
        assert own, question.title
        waits = any("points" not in test for test in own)
        column[*place, question.id] = said(sum(test.get("points", 0.0) for test in own), waits=waits)
    assert not left
    return column | {(*place, TOTAL): said(attempt["score"] * result.points)}


def _is_of(title: str, name: str) -> bool:
    return name == title or name.startswith(f"{title}: ")


def _of_lines(place: tuple[str, str], lines: Sequence[Mapping[str, str]]) -> Column:
    column = {
        (*place, line["question"]): said(float(line["earned"] or 0), waits=float(line["pending"]) > 0)
        for line in lines
    }
    total = sum(float(line["earned"] or 0) for line in lines)
    return column | {(*place, TOTAL): said(total)}


def _canvas(result: Result, students: Any) -> Iterator[list[str]]:
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{result.title} (7)"]
    yield ["    Points Possible", "", "", "", "", f"{result.points:g}"]
    yield from (["", str(number), "", student, "1", ""] for number, student in enumerate(students))


def _moodle(result: Result, students: Any) -> Iterator[list[str]]:
    yield ["First name", "Surname", "ID number", "Email address", f"Assignment: {result.title} (Real)"]
    yield from (["A", "Student", student, f"{student}@x.edu", "-"] for student in students)


def _write(path: Path, rows: Iterator[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows(assignment: Assignment) -> Iterator[tuple[str, str, str]]:
    """The rows that the table has to have for an assignment."""
    for submission in hand_ins.HANDED_IN[assignment.name]:
        for question in (*assignment.config.questions, TOTAL):
            yield assignment.name, submission, question


def asked(row: tuple[str, str, str]) -> tuple[str, ...]:
    """The hosts that have to say something in a row."""
    return (*GRADED, *EXPORTED, *(TOTALLED if row[-1] == TOTAL else ()))


def committed() -> dict[str, Column]:
    """The page's columns, by host."""
    columns: dict[str, Column] = {host: {} for host in HOSTS}
    assignment, hosts = "", list[str]()
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    for line in page.splitlines():
        if line.startswith("## "):
            assignment = line[3:]
        elif line.startswith("| "):
            submission, question, *cells = (cell.strip() for cell in line.split("|")[1:-1])
            if submission == "submission":
                hosts = cells
                continue
            for host, cell in zip(hosts, cells, strict=True):
                if cell:
                    columns[host][assignment, submission, question] = cell
    return columns


def compare(host: str, found: Column) -> None:
    """Assert that a host says what the committed page says, about whole submissions.

    With `RECORD` in the environment, write down what it says instead.
    """
    if folder := os.environ.get(RECORD):
        path = Path(folder) / f"{uuid.uuid4()}.json"
        path.write_text(json.dumps([(host, *row, cell) for row, cell in found.items()]), encoding="utf-8")
        return
    expected = committed()[host]
    places = {key[:2] for key in found}
    assert found == {key: cell for key, cell in expected.items() if key[:2] in places}
    assert found


def compare_loupe(results: Sequence[Result], scratch: Path) -> None:
    """Assert that `loupe grade`, and all that `loupe export` writes, say what the committed page says.

    Args:
        results: all of an assignment that the page has.
        scratch: an empty folder.
    """
    graded: Column = {}
    for result in results:
        graded |= of_result(result)
    compare("loupe grade", graded)
    for host, column in of_exports(results, scratch).items():
        compare(host, column)
