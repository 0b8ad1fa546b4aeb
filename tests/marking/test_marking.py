"""Points that persons fill in reach the results and survive regrading; nothing that was typed is lost."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.marking import codes, run, sheets
from autograder.marking.merge import Marks
from autograder.marking.sheets import Line
from autograder.report import files, reading
from autograder.result import QuestionResult, Result
from autograder.tables import TableError
from tests.report.conftest import make_check, make_question, make_result, make_ungraded, three_pictures

NAMES = ("ann", "bob", "eve")


def submission(name: str, answer: str = "", **fields: object) -> Result:
    """8 points that are earned, a written answer worth 2, and a figure of which 3 of 4 points are open."""
    figure = make_check(
        "needs_person", "Undecided.", points=3, family="panels", subject="figure", pictures=three_pictures()
    )
    written = make_check("needs_person", "Received.", points=2, family="written", subject="answer")
    questions = (
        make_question("weights", make_check(points=8)),
        make_question(
            "relu", written, title="ReLU", rubric="One for sign.", answer=answer or f"{name}: it clips."
        ),
        make_question("filters", figure, make_check(points=1), title="Filters"),
    )
    return replace(make_result(name, *questions), **fields)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        files.write_submission(submission(name), tmp_path)
    files.write_class([submission(name) for name in NAMES], tmp_path)
    return tmp_path


def code(name: str) -> str:
    return codes.submission(submission(name))


def sheet(folder: Path, question: str = "relu") -> list[dict[str, str]]:
    text = (folder / "sheets" / f"{question}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if text.startswith("question;") else ","))


def fill(
    folder: Path, cells: Mapping[str, Mapping[str, str]], question: str = "relu", encoding: str = "utf-8"
) -> None:
    """Fill cells of a sheet in: name of a submission → column → text."""
    table = sheet(folder, question)
    by_code = {code(name): name for name in NAMES}
    for row in table:
        row |= cells.get(by_code.get(row["code"], ""), {})
    text = io.StringIO()
    columns = dict.fromkeys(column for row in table for column in row)
    writer = csv.DictWriter(text, list(columns), delimiter=";")
    writer.writeheader()
    writer.writerows(table)
    (folder / "sheets" / f"{question}.csv").write_bytes(text.getvalue().encode(encoding))


def result(folder: Path, name: str) -> Result:
    return reading.read_result(folder / name)


def answered(folder: Path, name: str, question: str = "relu") -> QuestionResult:
    return next(one for one in result(folder, name).questions if one.id == question)


class TestSheets:
    def test_each_open_question_has_a_page_and_a_line_for_each_answer(self, folder: Path) -> None:
        outcome = run.run(folder, {"relu": "It keeps what is positive."})
        assert [path.name for path in outcome.pages] == ["relu.html", "filters.html"]
        assert (outcome.taken, outcome.waiting, outcome.problems) == (0, 6, [])
        table = sheet(folder)
        assert sorted(row["answer"] for row in table) == [f"{name}: it clips." for name in NAMES]
        assert {(row["question"], row["points"], row["of"], row["comment"]) for row in table} == {
            ("relu", "", "2", "")
        }
        page = (folder / "sheets" / "relu.html").read_text(encoding="utf-8")
        assert page.count('<section class="card"') == 3
        assert "One for sign." in page
        assert "It keeps what is positive." in page

    def test_nobody_is_named_unless_that_is_asked_for(self, folder: Path) -> None:
        for name in NAMES:
            files.write_submission(submission(name, "The same."), folder)
        run.run(folder, {})
        shown = "".join(path.read_text(encoding="utf-8") for path in (folder / "sheets").iterdir())
        assert not any(name in shown for name in ("ann", "bob", ">eve"))
        assert [row["code"] for row in sheet(folder)] == sorted(map(code, NAMES))
        run.run(folder, {}, names=True)
        assert {row["code"]: row["submission"] for row in sheet(folder)} == {
            code(name): name for name in NAMES
        }
        assert '"../ann/feedback.html"' in (folder / "sheets" / "relu.html").read_text(encoding="utf-8")

    def test_a_page_needs_nothing_else_and_shows_figures(self, folder: Path) -> None:
        run.run(folder, {})
        page = (folder / "sheets" / "filters.html").read_text(encoding="utf-8")
        assert page.count("data:image/png;base64,") == 9
        assert "<script" not in page
        assert "http" not in page.replace("http-equiv", "")

    def test_answers_cannot_become_markup_or_formulas(self, folder: Path) -> None:
        files.write_submission(submission("ann", "=1+1 <script>alert(1)</script>"), folder)
        run.run(folder, {})
        (row,) = [row for row in sheet(folder) if row["code"] == code("ann")]
        assert row["answer"].startswith("'=1+1")
        assert "<script>" not in (folder / "sheets" / "relu.html").read_text(encoding="utf-8")

    def test_without_open_answers_there_is_no_sheet(self, tmp_path: Path) -> None:
        files.write_submission(make_result("ann", make_question("q", make_check())), tmp_path)
        assert run.run(tmp_path, {}).pages == []


class TestPoints:
    @pytest.mark.parametrize(
        ("typed", "points", "status"), [("2", 2, "passed"), ("1,5", 1.5, "partial"), ("0", 0, "failed")]
    )
    def test_become_earned(self, folder: Path, typed: str, points: float, status: str) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": typed, "comment": "Fine."}})
        outcome = run.run(folder, {})
        assert (outcome.taken, outcome.waiting, outcome.problems) == (1, 5, [])
        relu = answered(folder, "ann")
        assert (relu.earned, relu.pending, relu.status) == (points, 0, status)
        assert (result(folder, "ann").earned, result(folder, "ann").pending) == (9 + points, 3)
        page = (folder / "ann" / "feedback.html").read_text(encoding="utf-8")
        assert f"A person gave {points:g} of 2 points." in page
        assert "Fine." in page
        table = list(csv.DictReader((folder / "grades.csv").open(encoding="utf-8")))
        assert [row["relu"] for row in table] == [f"{points:g}", "", ""]

    def test_are_for_the_whole_question(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"bob": {"points": "4"}}, "filters")
        run.run(folder, {})
        figure = answered(folder, "bob", "filters")
        assert (figure.earned, figure.pending, figure.status) == (4, 0, "passed")
        assert figure.checks[0].earned is None, "what the grader found stays"
        assert len(figure.checks[0].verdict.pictures) == 3

    def test_can_be_changed_and_taken_back(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "2"}})
        run.run(folder, {})
        fill(folder, {"ann": {"points": "1"}})
        run.run(folder, {})
        assert answered(folder, "ann").earned == 1
        fill(folder, {"ann": {"points": ""}})
        run.run(folder, {})
        assert answered(folder, "ann") == answered_as_graded("ann")

    def test_a_second_run_changes_nothing(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "2", "comment": "=Good"}})
        run.run(folder, {})
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        run.run(folder, {})
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
        given = answered(folder, "ann").given
        assert given is not None
        assert given.comment == "=Good"

    def test_a_sheet_may_come_from_a_spreadsheet_on_windows(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "2", "comment": "Schön"}}, encoding="cp1252")
        run.run(folder, {})
        given = answered(folder, "ann").given
        assert given is not None
        assert given.comment == "Schön"

    def test_graders_may_share_the_work_in_copies(self, folder: Path) -> None:
        run.run(folder, {})
        copy = (folder / "sheets" / "relu.csv").read_bytes()
        fill(folder, {"ann": {"points": "2"}})
        (folder / "sheets" / "relu-1.csv").write_bytes((folder / "sheets" / "relu.csv").read_bytes())
        (folder / "sheets" / "relu.csv").write_bytes(copy)
        fill(folder, {"bob": {"points": "1"}})
        run.run(folder, {})
        assert [answered(folder, name).earned for name in ("ann", "bob")] == [2, 1]


def answered_as_graded(name: str) -> QuestionResult:
    return next(one for one in submission(name).questions if one.id == "relu")


class TestRegrading:
    def regraded(self, folder: Path, graded: Result) -> tuple[Result, Marks]:
        """What `loupe grade` does with a new result."""
        marks = Marks(folder)
        merged = marks.apply(graded)
        files.write_submission(merged, folder)
        return merged, marks

    def marked(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "1", "comment": "Half."}})
        run.run(folder, {})

    def test_keeps_points_even_without_a_sheet(self, folder: Path) -> None:
        self.marked(folder)
        assert self.regraded(folder, submission("ann"))[0].earned == 10
        for path in (folder / "sheets").iterdir():
            path.unlink()
        assert self.regraded(folder, submission("ann"))[0].earned == 10
        run.run(folder, {})
        assert [row["points"] for row in sheet(folder) if row["code"] == code("ann")] == ["1"]

    def test_takes_points_that_were_not_merged_yet(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "2"}})
        assert self.regraded(folder, submission("ann"))[0].earned == 11

    def test_another_answer_keeps_its_points_marked_until_a_person_says_so(self, folder: Path) -> None:
        self.marked(folder)
        merged, marks = self.regraded(folder, submission("ann", "Something else."))
        assert (merged.earned, merged.needs_person) == (10, True)
        assert "answered relu anew since these points were given" in marks.problems[0]
        assert "answer changed after these points" in (folder / "ann" / "feedback.html").read_text(
            encoding="utf-8"
        )
        run.run(folder, {})
        (row,) = [row for row in sheet(folder) if row["code"] == code("ann")]
        assert (row["points"], row["note"], row["answer"]) == ("1", sheets.CHANGED, "Something else.")
        assert run.run(folder, {}).problems, "a second look at the sheet does not settle it"
        fill(folder, {"ann": {"note": ""}})
        assert run.run(folder, {}).problems == []
        given = answered(folder, "ann").given
        assert given is not None
        assert (given.points, given.changed) == (1, False)

    def test_an_answer_that_was_only_wrapped_anew_is_the_same(self, folder: Path) -> None:
        self.marked(folder)
        merged, marks = self.regraded(folder, submission("ann", "ann:\n it  clips.", sha256="other"))
        assert marks.problems == []
        assert merged.questions[1].earned == 1

    def test_a_figure_counts_as_changed_with_its_file(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "3"}}, "filters")
        merged, marks = self.regraded(folder, submission("ann", sha256="other"))
        assert (merged.questions[2].earned, len(marks.problems)) == (3, 1)

    def test_what_the_grader_decides_later_does_not_overrule_a_person(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "3"}}, "filters")
        decided = make_question("filters", make_check("failed", points=4, family="panels"), title="Filters")
        new = submission("ann")
        merged, _ = self.regraded(folder, replace(new, questions=(*new.questions[:2], decided)))
        assert merged.questions[2].earned == 3

    def test_an_ungraded_result_leaves_the_points_on_their_sheet(self, folder: Path) -> None:
        self.marked(folder)
        merged, marks = self.regraded(folder, make_ungraded("ann", "Out of memory."))
        assert (merged.status, marks.problems, marks.unknown()) == ("ungraded", [], [])
        assert self.regraded(folder, submission("ann"))[0].earned == 10


class TestProblems:
    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("3", "3 points are too many, relu is worth 2; not taken."),
            ("-1", "“-1” is no number of points; not taken."),
            ("2/2", "“2/2” is no number of points; not taken."),
            ("1e1", "is no number of points"),
            ("inf", "is no number of points"),
        ],
    )
    def test_points_that_cannot_be_are_said_and_stay_on_the_sheet(
        self, folder: Path, typed: str, words: str
    ) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": typed}})
        (problem,) = run.run(folder, {}).problems
        assert problem.startswith("sheets/relu.csv, row ")
        assert words in problem
        assert answered(folder, "ann").pending == 2
        assert [row["points"] for row in sheet(folder) if row["code"] == code("ann")] == [typed]

    def test_an_unknown_code_and_further_columns_stay_on_the_sheet(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "1", "grader": "Kim"}})
        path = folder / "sheets" / "relu.csv"
        path.write_bytes(path.read_bytes() + b"relu;zzzzz-zzzzz;2;2;kept\r\n")
        (problem,) = run.run(folder, {}).problems
        assert "no submission here has the code zzzzz-zzzzz" in problem
        table = {row["code"]: row for row in sheet(folder)}
        assert (table["zzzzz-zzzzz"]["points"], table["zzzzz-zzzzz"]["comment"]) == ("2", "kept")
        assert table[code("ann")]["grader"] == "Kim"

    def test_two_opinions_are_left_to_persons(self, folder: Path) -> None:
        run.run(folder, {})
        fill(folder, {"ann": {"points": "2"}})
        (folder / "sheets" / "copy.csv").write_bytes((folder / "sheets" / "relu.csv").read_bytes())
        fill(folder, {"ann": {"points": "1"}})
        (problem,) = run.run(folder, {}).problems
        assert "different points for relu (sheets/copy.csv, row" in problem
        assert answered(folder, "ann").pending == 2
        assert [row["points"] for row in sheet(folder) if row["code"] == code("ann")] == ["1"]

    def test_a_file_that_is_no_sheet_stops_everything_before_it_begins(self, folder: Path) -> None:
        run.run(folder, {})
        before = (folder / "sheets" / "relu.html").stat().st_mtime_ns
        (folder / "sheets" / "notes.csv").write_text("to,do\nbuy,milk\n")
        with pytest.raises(
            TableError, match=r"notes\.csv: the sheet lacks the column “question” and “code” and “points”"
        ):
            run.run(folder, {})
        with pytest.raises(TableError):
            Marks(folder)
        assert (folder / "sheets" / "relu.html").stat().st_mtime_ns == before


def test_codes_tell_nothing_and_are_no_numbers() -> None:
    found = {codes.submission(submission(str(number))) for number in range(500)}
    assert len(found) == 500
    assert all(part.isalpha() and not set(part) & set("aeiou") for one in found for part in one.split("-"))


def test_the_json_of_a_marked_result_says_who_gave_what(folder: Path) -> None:
    run.run(folder, {})
    fill(folder, {"ann": {"points": "2"}})
    run.run(folder, {})
    record = json.loads((folder / "ann" / "result.json").read_text(encoding="utf-8"))
    assert record["questions"][1]["given"].keys() == {"points", "comment", "answer", "changed"}
    assert record["questions"][0]["given"] is None


plain = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cf"]), max_size=12)
lines = st.builds(
    Line,
    question=st.just("relu"),
    code=st.text("bcdf", min_size=3, max_size=5),
    points=st.sampled_from(["", "1", "2,5", "abc"]),
    comment=plain.filter(lambda text: not text.startswith("'")),
    note=st.sampled_from(["", sheets.CHANGED]),
    version=st.just("xyz"),
    of=st.just("2"),
    answer=plain.filter(lambda text: not text.startswith("'")),
)


@given(st.lists(lines, unique_by=lambda line: line.code, max_size=4), st.booleans())
def test_what_is_written_on_a_sheet_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[Line], named: bool
) -> None:
    path = tmp_path_factory.mktemp("any") / "relu.csv"
    sheets.write(path, written, named=named)
    sheets.write(path, written, named=named)
    assert [replace(line, place="") for line in sheets.read(path).lines] == written
