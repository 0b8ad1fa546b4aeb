"""What `loupe sheet` does with a folder of grades: takes in points, then writes the sheets anew.

A page (`sheets/<question>.html`) and a CSV file beside it for each question of which some answer waits for a
person or got points from one. Grades nothing; of results it changes what persons gave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.marking import codes, page, sheets
from autograder.marking.merge import Marks
from autograder.marking.page import Entry, Link
from autograder.marking.sheets import Line
from autograder.report import files, reading
from autograder.report.words import number
from autograder.result import QuestionResult, Result


@dataclass
class Outcome:
    """What was done.

    Attributes:
        pages: that were written.
        taken: answers whose points are in the results now.
        waiting: answers without points.
        problems: one line for everything on the sheets that was not taken.
    """

    pages: list[Path] = field(default_factory=list)
    taken: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)


def run(directory: Path, models: Mapping[str, str], *, names: bool = False) -> Outcome:
    """Take in points and write the sheets of a folder of grades.

    Results whose points changed are written again, and with them the pages and tables of the class.

    Args:
        directory: that `loupe grade` wrote to.
        models: question → the solution's answer, as far as it is known.
        names: whether the sheets show who the students are.

    Raises:
        autograder.report.reading.GradesError: it is no such folder.
        autograder.tables.TableError: a file among the sheets is none; nothing was changed.
    """
    results = reading.read_results(directory)
    marks = Marks(directory)
    merged = [marks.apply(result) for result in results]
    for before, after in zip(results, merged, strict=True):
        if before != after:
            _rewrite(directory, after)
    if merged != results or not (directory / "grades.csv").exists():
        files.write_class(merged, directory)
    outcome = Outcome(problems=[*marks.problems, *marks.unknown()])
    chosen = _chosen(merged)
    links = [Link(_titled(merged, name), f"{name}.html") for name in chosen]
    for name in chosen:
        _sheet(directory, name, merged, marks, models.get(name, ""), links, names, outcome)
    return outcome


def _rewrite(directory: Path, result: Result) -> None:
    """Write a submission's files again, with the pictures that they have."""
    whole = reading.read_result(files.submission_folder(directory, result.submission))
    questions = (
        replace(question, checks=pictured.checks)
        for question, pictured in zip(result.questions, whole.questions, strict=True)
    )
    files.write_submission(replace(result, questions=tuple(questions)), directory)


def _chosen(results: Sequence[Result]) -> list[str]:
    """Questions of which an answer waits for a person or was marked by one, in the assignment's order."""
    order = list(dict.fromkeys(question.id for result in results for question in result.questions))
    open_or_given = {
        question.id
        for result in results
        for question in result.questions
        if question.pending > 0 or question.given is not None
    }
    return [name for name in order if name in open_or_given]


def _titled(results: Sequence[Result], name: str) -> str:
    return next(question.title for result in results for question in result.questions if question.id == name)


def _sheet(
    directory: Path,
    name: str,
    results: Sequence[Result],
    marks: Marks,
    model: str,
    links: Sequence[Link],
    names: bool,
    outcome: Outcome,
) -> None:
    """Write a question's page and sheet."""
    entries, left = [], Counter[str]()
    for result in results:
        question = next((one for one in result.questions if one.id == name), None)
        line = marks.line(codes.submission(result), name)
        if question is None:
            left["not graded"] += 1
        elif question.pending > 0 or question.given is not None or line is not None:
            entries.append(_entry(directory, result, question, line, names))
        else:
            left["unanswered" if question.status == "unanswered" else "decided by the grader"] += 1
    entries.sort(key=lambda entry: entry.line.code)
    folder = directory / sheets.FOLDER
    sheet, written = folder / f"{name}.csv", folder / f"{name}.html"
    others = [f"{count} more: {why}." for why, count in left.items()]
    text = page.render(
        entries, title=results[0].title, model=model, others=others, links=links, file=sheet.name
    )
    sheets.write(sheet, [entry.line for entry in entries], named=names)
    files.write_atomically(written, text.encode())
    outcome.pages.append(written)
    outcome.taken += sum(1 for entry in entries if entry.question.given is not None)
    outcome.waiting += sum(1 for entry in entries if entry.question.pending > 0)


def _entry(
    directory: Path, result: Result, question: QuestionResult, line: Line | None, names: bool
) -> Entry:
    """An answer with what is on the sheet for it, and the pictures of its figures."""
    fresh = Line(
        question=question.id,
        code=codes.submission(result),
        of=number(question.points),
        answer=question.answer,
        version=codes.answer(result, question),
        submission=result.submission if names else "",
    )
    if line is None and question.given is not None:
        # Points that came from sheets which are gone: they are put on the new one.
        given = question.given
        line = Line(question.id, fresh.code, number(given.points), given.comment, version=given.answer)
    shown = question
    if any(check.family != "written" for check in question.checks):
        whole = reading.read_result(files.submission_folder(directory, result.submission))
        shown = next(one for one in whole.questions if one.id == question.id)
    return Entry(sheets.updated(line, fresh), shown)
