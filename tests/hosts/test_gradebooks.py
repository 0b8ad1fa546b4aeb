"""Canvas and Moodle get their own tables back, filled in, for exactly the students whose score is certain."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.hosts.export import ExportError, Host, Outcome, export
from autograder.report import files
from autograder.report.reading import GradesError
from autograder.result import Given
from autograder.tables import TableError
from tests.hosts.conftest import Graded, broken, finished, waiting

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,PA1 (4242),PA2 (4243),Assignments Current Score,Final Grade
,,,,,Manual Posting,,,
    Points Possible,,,,,10.00,20.00,(read only),(read only)
"Doe, Ann",123,S0001,ann,001,,5,80,A
"Roe, Bob",124,S0002,bob,001,3,,,
"=cmd, Eve",125,S0003,eve,002,,,,
"Student, Test",999,,,001,,,,
"""
WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 551","Ann Doe",ann@x.edu,"Submitted for grading",,10.00,Yes,"Monday, 2 March",-,\n'
    '"Participant 552","Bob Roe",bob@x.edu,"Submitted - 2 days late",,10.00,Yes,"Monday, 2 March",-,\n'
    '"Participant 553","Eve Adams",eve@x.edu,"No submission",,10.00,Yes,-,-,\n'
)
MOODLE = (
    '"First name",Surname,"ID number",Institution,Department,"Email address","Assignment: PA1 (Real)",'
    '"Last downloaded from this course"\n'
    "Ann,Doe,S0001,,,ann@x.edu,-,1700000000\n"
    "Bob,Roe,S0002,,,bob@x.edu,-,1700000000\n"
)


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def exported(
    folder: Path,
    host: Host,
    roster: str = "",
    column: str = "",
    so_far: bool = False,
    encoding: str = "utf-8",
) -> Outcome:
    path = None
    if roster:
        path = folder.parent / "roster.csv"
        path.write_bytes(roster.encode(encoding))
    return export(folder, host, folder / "export", students=path, column=column, so_far=so_far)


class TestCanvas:
    def test_the_file_has_canvas_own_columns_and_the_one_assignment(self, graded: Graded) -> None:
        folder = graded(finished("a", "doeann_123_9_lab.ipynb", 7.456), finished("b", "x/bob-lab.ipynb"))
        outcome = exported(folder, "canvas", CANVAS)
        assert outcome.files == [folder / "export" / "canvas.csv"]
        assert rows(outcome.files[0]) == [
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "PA1 (4242)"],
            ["    Points Possible", "", "", "", "", "10.00"],
            ["Doe, Ann", "123", "S0001", "ann", "001", "7.46"],
            ["Roe, Bob", "124", "S0002", "bob", "001", "8.00"],
        ]
        assert (outcome.left_out, outcome.exported) == ([], ["a", "b"])
        assert outcome.remarks == ["=cmd, Eve (S0003): no submission; left as it is."]

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_semicolons_and_byte_order_marks_are_read(self, graded: Graded, encoding: str) -> None:
        roster = CANVAS.replace(",", ";").replace('"Doe; Ann"', '"Doe, Ann"').replace("10.00", '"10,00"')
        outcome = exported(graded(finished("S0001")), "canvas", roster, encoding=encoding)
        assert rows(outcome.files[0])[2] == ["Doe, Ann", "123", "S0001", "ann", "001", "8.00"]

    def test_formulas_are_harmless_where_canvas_has_a_number(self, graded: Graded) -> None:
        roster = CANVAS + '"=nameless",,,,002,,,,\n'
        folder = graded(finished("S0003"))
        assert rows(exported(folder, "canvas", roster).files[0])[2][0] == "'=cmd, Eve"

    @pytest.mark.parametrize("column", ["", "PA1", "pa1 (4242)", "4242"])
    def test_the_column_is_found_by_title_or_number(self, graded: Graded, column: str) -> None:
        outcome = exported(graded(finished("S0001")), "canvas", CANVAS, column)
        assert rows(outcome.files[0])[0][-1] == "PA1 (4242)"

    def test_another_worth_is_said(self, graded: Graded) -> None:
        outcome = exported(graded(finished("S0001")), "canvas", CANVAS, "PA2")
        assert outcome.remarks[0].startswith(
            "Canvas' “PA2 (4243)” is worth 20 points, the assignment here 10:"
        )

    @pytest.mark.parametrize("column", ["PA3", "Final Grade", "Section"])
    def test_another_column_is_refused_with_those_there_are(self, graded: Graded, column: str) -> None:
        with pytest.raises(TableError, match=r"name one with --column.*“PA1 \(4242\)”, “PA2 \(4243\)”\.$"):
            exported(graded(finished("S0001")), "canvas", CANVAS, column)

    def test_columns_of_one_title_are_not_guessed(self, graded: Graded) -> None:
        with pytest.raises(TableError, match="several columns fit"):
            exported(graded(finished("S0001")), "canvas", CANVAS.replace("PA2", "PA1"))


class TestLeftOut:
    def test_each_in_one_line_and_nothing_as_a_zero(self, graded: Graded) -> None:
        folder = graded(
            finished("a", "S0001.ipynb"),
            waiting("b", "S0002.ipynb"),
            broken("c", "S0003.ipynb"),
            finished("d", "lab.ipynb"),
        )
        outcome = exported(folder, "canvas", CANVAS)
        assert [row[1] for row in rows(outcome.files[0])[2:]] == ["123"]
        assert outcome.left_out == [
            "b: left out, 2 points wait for a person (ReLU).",
            "c: left out, not graded: The machine ran out of memory.",
            "d: left out, its name fits no student of the roster.",
        ]

    def test_a_second_submission_makes_both_doubtful(self, graded: Graded) -> None:
        outcome = exported(
            graded(finished("S0001-a"), finished("S0001-b"), finished("S0002")), "canvas", CANVAS
        )
        assert [row[1] for row in rows(outcome.files[0])[2:]] == ["124"]
        assert len(outcome.left_out) == 2
        assert "Doe, Ann (S0001): no submission that is certainly theirs; left as it is." in outcome.remarks

    def test_points_so_far_are_exported_where_that_is_asked_for(self, graded: Graded) -> None:
        outcome = exported(graded(waiting("S0001")), "canvas", CANVAS, so_far=True)
        assert rows(outcome.files[0])[2][-1] == "8.00"
        assert (
            outcome.remarks[0] == "S0001: exported with its points so far, 2 points still to be given (ReLU)."
        )

    def test_late_is_said(self, graded: Graded) -> None:
        outcome = exported(graded(finished("a", "doeann_LATE_123_9_lab.ipynb")), "canvas", CANVAS)
        assert outcome.remarks[0] == "a: exported, but handed in late."

    def test_points_for_an_earlier_answer_are_said(self, graded: Graded) -> None:
        result = waiting("S0001")
        relu = replace(result.questions[1], given=Given(2.0, changed=True), earned=2.0, pending=0.0)
        result = replace(result, questions=(result.questions[0], relu), earned=10.0, pending=0.0)
        outcome = exported(graded(result), "canvas", CANVAS)
        assert "S0001: exported, but points were given before the answer changed (ReLU)." in outcome.remarks

    def test_a_file_that_nothing_is_left_for_goes(self, graded: Graded) -> None:
        exported(graded(finished("S0001")), "canvas", CANVAS)
        folder = graded(broken("S0001"))
        outcome = exported(folder, "canvas", CANVAS)
        assert outcome.files == []
        assert not (folder / "export" / "canvas.csv").exists()


class TestMoodle:
    def test_a_worksheet_is_filled_in_and_otherwise_as_it_was(self, graded: Graded) -> None:
        folder = graded(
            finished("a", "subs/Ann Doe_551_assignsubmission_file_/lab.ipynb"),
            finished("b", "subs/Bob Roe_552_assignsubmission_file_/lab.ipynb"),
        )
        outcome = exported(folder, "moodle", WORKSHEET)
        before, after = list(csv.reader(io.StringIO(WORKSHEET))), rows(outcome.files[0])
        assert after[0] == before[0]
        for index in (1, 2):
            filled = {**dict(zip(before[0], before[index], strict=True)), "Grade": "8.00"}
            filled["Feedback comments"] = "8 of 10 points."
            assert dict(zip(after[0], after[index], strict=True)) == filled
        assert outcome.remarks == [
            "b: exported, but handed in late (Bob Roe (bob@x.edu)).",
            "Eve Adams (eve@x.edu): no submission; left as it is.",
        ]

    def test_a_grade_export_becomes_a_table_to_import(self, graded: Graded) -> None:
        outcome = exported(graded(finished("ann@x.edu"), finished("S0002")), "moodle", MOODLE)
        assert rows(outcome.files[0]) == [
            ["Email address", "ID number", "Assignment: PA1", "Feedback: PA1"],
            ["ann@x.edu", "S0001", "8.00", "8 of 10 points."],
            ["bob@x.edu", "S0002", "8.00", "8 of 10 points."],
        ]

    def test_what_a_person_wrote_goes_along_harmlessly(self, graded: Graded) -> None:
        result = finished("S0001")
        marked = replace(result.questions[0], given=Given(8.0, "Good,\n=1+1"))
        outcome = exported(graded(replace(result, questions=(marked, result.questions[1]))), "moodle", MOODLE)
        assert rows(outcome.files[0])[1][-1] == "8 of 10 points. Weights: 8 of 8. Good, =1+1"


class TestQuestions:
    def test_every_question_has_a_line_and_what_is_open_is_empty(self, graded: Graded) -> None:
        outcome = exported(graded(waiting("ann"), broken("bob"), finished("cy")), "csv")
        table = list(csv.DictReader(io.StringIO(outcome.files[0].read_text(encoding="utf-8"))))
        assert [(row["submission"], row["question"], row["earned"], row["status"]) for row in table] == [
            ("ann", "weights", "8", "passed"),
            ("ann", "relu", "", "needs_person"),
            ("bob", "", "", "ungraded"),
            ("cy", "weights", "8", "passed"),
            ("cy", "filters", "0", "failed"),
        ]
        assert table[4]["title"] == "'=All filters"
        assert "student" not in table[0]

    def test_with_any_roster_students_are_named(self, graded: Graded) -> None:
        roster = "Login;Name\nann;Doe\n=eve;Eve Adams\n"
        outcome = exported(graded(finished("ann"), finished("nobody")), "csv", roster)
        table = list(csv.DictReader(io.StringIO(outcome.files[0].read_text(encoding="utf-8"))))
        assert [(row["student"], row["identifiers"]) for row in table[::2]] == [("Doe", "ann"), ("", "")]
        assert outcome.remarks == ["nobody: without a student, its name fits no student of the roster."]


class TestOneByOne:
    def test_each_has_its_own_file_and_old_ones_go(self, graded: Graded) -> None:
        exported(graded(finished("ann"), finished("bob")), "gradescope")
        folder = graded(finished("ann"), broken("bob"))
        outcome = exported(folder, "gradescope")
        assert [path.relative_to(folder).as_posix() for path in outcome.files] == [
            "export/gradescope/ann/results.json"
        ]
        assert sorted((folder / "export").rglob("results.json")) == outcome.files
        assert outcome.left_out == ["bob: left out, not graded: The machine ran out of memory."]

    def test_prairielearn_is_told_what_is_not_gradable(self, graded: Graded) -> None:
        outcome = exported(graded(broken("bob"), waiting("cy")), "prairielearn")
        assert [path.parent.name for path in outcome.files] == ["bob"]
        assert outcome.remarks == [
            "bob: exported as not gradable, not graded: The machine ran out of memory."
        ]
        assert outcome.left_out == ["cy: left out, 2 points wait for a person (ReLU)."]


class TestBadInput:
    @pytest.mark.parametrize(
        ("host", "roster", "column", "words"),
        [
            ("canvas", "", "", "--to canvas needs --roster"),
            ("moodle", "", "", "--to moodle needs --roster"),
            ("gradescope", CANVAS, "", "takes no --roster"),
            ("csv", "", "PA1", "takes no --column"),
            ("canvas", MOODLE, "", "is a Moodle grade export; --to canvas needs a Canvas gradebook"),
            ("moodle", CANVAS, "", "is a Canvas gradebook; --to moodle needs a Moodle grading worksheet"),
            (
                "canvas",
                "Colour,Size\nred,3\n",
                "",
                "no column tells who a student is. Its columns are “Colour”, “Size”",
            ),
            ("moodle", "Name,Group\nAnn Doe,3\n", "", "needs the column “Email address” or “ID number”"),
            ("canvas", "Student,ID,Section\n", "", "no student"),
        ],
    )
    def test_is_said_in_one_line(
        self, graded: Graded, host: Host, roster: str, column: str, words: str
    ) -> None:
        with pytest.raises((ExportError, TableError)) as raised:
            exported(graded(finished("Ann Doe")), host, roster, column)
        assert words in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_a_folder_without_grades_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(GradesError, match="there are no grades in this folder"):
            export(tmp_path, "csv", tmp_path / "out")
        with pytest.raises(GradesError, match="no such folder"):
            export(tmp_path / "none", "csv", tmp_path / "out")

    def test_damaged_and_mixed_grades_are_refused(self, graded: Graded) -> None:
        folder = graded(finished("ann"), replace(finished("bob"), assignment="other"))
        with pytest.raises(GradesError, match="several assignments: first-lab, other"):
            exported(folder, "csv")
        (folder / "ann" / "result.json").write_text('{"schema_version": 1}')
        with pytest.raises(GradesError, match=r"ann.result\.json: it is damaged"):
            exported(folder, "csv")
        (folder / "ann" / "result.json").write_text('{"schema_version": 2}')
        with pytest.raises(GradesError, match="schema version 2"):
            exported(folder, "csv")


scores = st.floats(0, 10).map(lambda score: round(score, 3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.dictionaries(st.sampled_from(["S0001", "S0002", "S0003"]), scores, min_size=1))
def test_every_score_comes_back_at_its_student(
    tmp_path_factory: pytest.TempPathFactory, given: dict[str, float]
) -> None:
    """Canvas reads the file as a CSV by the IDs in it: what it finds is what was earned, to two decimals."""
    folder = tmp_path_factory.mktemp("class") / "grades"
    for name, score in given.items():
        files.write_submission(finished(name, points=score), folder)
    read = rows(exported(folder, "canvas", CANVAS).files[0])
    found = {row[2]: float(row[5]) for row in read[2:]}
    assert found == {name: pytest.approx(score, abs=0.0051) for name, score in given.items()}
