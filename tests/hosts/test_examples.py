"""The commands that README and docs/hosts.md show, run as they stand, from submissions to files for hosts."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from autograder.course import find
from autograder.release.source import read
from tests.hosts import console, examples
from tests.hosts.console import Ran
from tests.hosts.hand_ins import GUIDED

_HOSTS = "docs/hosts.md"
_WITH_EXPORT = ("Canvas", "Moodle", "Gradescope", "PrairieLearn")
_RUN = {
    ("README.md", "Five minutes for an instructor"),
    (_HOSTS, "Grades for other systems"),
    *((_HOSTS, heading) for heading in _WITH_EXPORT),
    (_HOSTS, "Otter"),  # ottering.py
    (_HOSTS, "nbgrader"),  # test_nbgrader.py
}
_CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,investigating-cnns (7)
    Points Possible,,,,,28
"Doe, Ann",11,,ann,1,
"Roe, Bob",12,,bob,1,
"""
_WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Feedback comments
Participant 551,Ann Doe,ann@x.edu,Submitted for grading,,28.00,Yes,
Participant 552,Bob Roe,bob@x.edu,Submitted for grading,,28.00,Yes,
"""


@dataclass(frozen=True)
class Followed:
    """What somebody has who did what the guides say."""

    folder: Path
    ran: Ran

    @property
    def exports(self) -> Path:
        return self.folder / "grades" / "export"

    def rows(self, name: str) -> list[list[str]]:
        return list(csv.reader((self.exports / name).read_text(encoding="utf-8-sig").splitlines()))


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "elsewhere").mkdir()
    source = read(find(None).assignment(GUIDED).source)
    for name, notebook in (("ann_doe", source.solution()), ("bob_roe", source.student())):
        (folder / "submissions" / name).mkdir(parents=True)
        nbformat.write(notebook, folder / "submissions" / name / "lab.ipynb")
    (folder / "gradebook.csv").write_text(_CANVAS, encoding="utf-8")
    (folder / "worksheet.csv").write_text(_WORKSHEET, encoding="utf-8")
    grade, sheet, *then = examples.commands(_HOSTS, "Grades for other systems")
    exports = [line for heading in _WITH_EXPORT for line in examples.commands(_HOSTS, heading)]
    with console.opened(folder, folder / "elsewhere") as shell:
        shell.run(*examples.commands("README.md", "Five minutes for an instructor")).succeeded()
        shell.run(grade, sheet).succeeded()
        _mark(folder / "grades" / "sheets" / "relu.csv")
        yield Followed(folder, shell.run(*then, *exports))


def _mark(sheet: Path) -> None:
    """As an instructor fills it in."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    rows[0]["points"] = "1.5"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("page", ["README.md", _HOSTS])
def test_every_example_is_run_or_says_that_it_is_not(page: str) -> None:
    shown = {(page, above) for above, words, _ in examples.blocks(page) if examples.BY_HAND not in words}
    assert shown == {place for place in _RUN if place[0] == page}
    assert {words for _, words, _ in examples.blocks(page)} <= {(), (examples.BY_HAND,)}


def test_every_command_succeeds(followed: Followed) -> None:
    followed.ran.succeeded()


def test_the_student_folder_is_built(followed: Followed) -> None:
    assert (followed.folder / "dist" / GUIDED / "student" / f"{GUIDED}.ipynb").is_file()


def test_canvas_and_moodle_get_a_score_for_each_student(followed: Followed) -> None:
    assert [(row[0], row[-1]) for row in followed.rows("canvas.csv")[2:]] == [
        ("Doe, Ann", "29.50"),
        ("Roe, Bob", "0.00"),
    ]
    moodle = followed.rows("moodle.csv")
    grade = moodle[0].index("Grade")
    assert [row[grade] for row in moodle[1:]] == ["29.50", "0.00"]


@pytest.mark.parametrize(("host", "score"), [("gradescope", 29.5), ("prairielearn", 1.0)])
def test_a_file_for_each_submission(followed: Followed, host: str, score: float) -> None:
    reports = sorted((followed.exports / host).glob("*/results.json"))
    assert [json.loads(path.read_text())["score"] for path in reports] == [score, 0]


def test_the_plain_table_has_every_question(followed: Followed) -> None:
    asked = find(None).assignment(GUIDED).config.questions
    assert len(followed.rows("questions.csv")) == 1 + 2 * len(asked)
