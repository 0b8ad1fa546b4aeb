"""Exports a folder of grades: which submissions have a score to export, whose they are, and what is left.

Nothing becomes a zero by accident: what is not graded, waits for a person, or is nobody's for certain is left
out and named, each in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from autograder.hosts import canvas, gradescope, moodle, naming, prairielearn, questions, roster, told
from autograder.hosts.naming import Matches
from autograder.hosts.roster import KINDS, Roster, Student
from autograder.report import files, reading
from autograder.report.words import number, points
from autograder.result import Result

Host = Literal["gradescope", "prairielearn", "canvas", "moodle", "csv", "nbgrader"]
HOSTS: Final[tuple[Host, ...]] = get_args(Host)
FOLDER: Final = "export"
"""Where exports go by default, in the folder of the grades."""

_FILES: Final[dict[Host, str]] = {"canvas": "canvas.csv", "moodle": "moodle.csv", "csv": "questions.csv"}


class ExportError(Exception):
    """An export cannot be made as it was asked for; the message is one sentence."""


@dataclass
class Outcome:
    """What an export did.

    Attributes:
        files: that were written.
        exported: submissions that are in them.
        left_out: one line for each submission that is not: its name and why.
        remarks: one line for everything else that somebody should know.
        waiting: how many of those left out wait for a person.
        place: what was written into, where that is no file.
    """

    files: list[Path] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    waiting: int = 0
    place: str = ""


def export(
    directory: Path,
    host: Host,
    out: Path,
    *,
    students: Path | None = None,
    column: str = "",
    so_far: bool = False,
    database: str = "",
) -> Outcome:
    """Write the grades in a folder for a host.

    Files are replaced whole; a file of an earlier export that nothing is left for is removed.

    Args:
        directory: that `loupe grade` wrote to.
        host: for whom.
        out: folder for the files; made if need be.
        students: the roster, exported from Canvas or Moodle.
        column: the assignment's column in Canvas' gradebook, or its name in Moodle, if not its title.
        so_far: export submissions that wait for a person too, with what they have earned so far.
        database: the URL of nbgrader's gradebook.

    Raises:
        ExportError: the roster or the gradebook is missing, of another kind, or not used by this host.
        autograder.report.reading.GradesError: the folder holds no grades.
        TableError: the roster cannot be used.
    """
    _fits(host, students, column, database)
    results = reading.read_results(directory)
    if host == "nbgrader":
        return _nbgrader(database, results)
    if students is None:
        return (
            _one_by_one(directory, host, out, results, so_far)
            if host != "csv"
            else _plain(out, results, None)
        )
    read = roster.read(students)
    _of_kind(host, read)
    matches = naming.match({result.submission: result.handed_in for result in results}, read.students)
    if host == "csv":
        return _plain(out, results, matches)
    return _gradebook(host, out, results, read, matches, column, so_far)


def _fits(host: Host, students: Path | None, column: str, database: str) -> None:
    if (host == "nbgrader") != bool(database):
        raise ExportError(
            "--to nbgrader needs --db: the URL of its gradebook, for example sqlite:////course/gradebook.db."
            if host == "nbgrader"
            else f"--to {host} takes no --db."
        )
    if host == "nbgrader" and students is not None:
        raise ExportError("--to nbgrader takes no --roster: its gradebook knows the students.")
    if host in ("canvas", "moodle") and students is None:
        raise ExportError(
            f"--to {host} needs --roster: the gradebook that you export from {host.capitalize()}."
        )
    if host in ("gradescope", "prairielearn") and students is not None:
        raise ExportError(f"--to {host} takes no --roster: it writes one file for each submission.")
    if column and host not in ("canvas", "moodle"):
        raise ExportError(f"--to {host} takes no --column.")


def _of_kind(host: Host, read: Roster) -> None:
    if (host == "canvas") != (read.kind == "canvas") and host != "csv":
        expected = KINDS["canvas"] if host == "canvas" else f"{KINDS['worksheet']} or {KINDS['moodle']}"
        raise ExportError(f"{read.table.path}: it is {KINDS[read.kind]}; --to {host} needs {expected}.")


def _plain(out: Path, results: Sequence[Result], matches: Matches | None) -> Outcome:
    """All submissions, question by question: what is undecided is empty there and left out nowhere."""
    outcome = Outcome(exported=[result.submission for result in results])
    owners = None if matches is None else matches.found
    _write(outcome, out / _FILES["csv"], questions.text(results, owners))
    if matches is not None:
        outcome.remarks += (f"{name}: without a student, {why}." for name, why in matches.problems.items())
    return outcome


def _one_by_one(directory: Path, host: Host, out: Path, results: Sequence[Result], so_far: bool) -> Outcome:
    """A results.json for each submission, in a folder of its name."""
    outcome = Outcome()
    folder = out / host
    for result in _finished(results, so_far, outcome, keep_ungraded=host == "prairielearn"):
        whole = reading.read_result(files.submission_folder(directory, result.submission))
        blob = (
            gradescope.text(whole).encode()
            if host == "gradescope"
            else prairielearn.text(prairielearn.results(whole))
        )
        path = files.submission_folder(folder, result.submission) / "results.json"
        files.write_atomically(path, blob)
        outcome.files.append(path)
        outcome.exported.append(result.submission)
    for stale in set(folder.glob("*/results.json")) - set(outcome.files):
        stale.unlink()
    return outcome


def _gradebook(
    host: Host,
    out: Path,
    results: Sequence[Result],
    read: Roster,
    matches: Matches,
    column: str,
    so_far: bool,
) -> Outcome:
    """One table for all students who have a score."""
    outcome = Outcome()
    matched = []
    for result in _finished(results, so_far, outcome):
        if result.submission in matches.found:
            matched.append((result, matches.found[result.submission]))
        else:
            outcome.left_out.append(f"{result.submission}: left out, {matches.problems[result.submission]}.")
    write, path = _canvas if host == "canvas" else _moodle, out / _FILES[host]
    if matched:
        _write(outcome, path, write(read, matched, column, outcome))
    else:
        path.unlink(missing_ok=True)
    for result, student in matched:
        outcome.exported.append(result.submission)
        if student.late:
            outcome.remarks.append(f"{result.submission}: exported, but handed in late ({student.shown}).")
    outcome.remarks += _without(read, matches)
    return outcome


def _nbgrader(url: str, results: Sequence[Result]) -> Outcome:
    """Write into a gradebook, which itself knows what waits for a person."""
    try:
        from autograder.hosts import nbgrader
    except ModuleNotFoundError as error:
        raise ExportError(f"--to nbgrader needs the package {error.name}: install nbgrader.") from error
    outcome = Outcome(place=url)
    try:
        with nbgrader.opened(url, results[0].assignment) as gradebook:
            students = nbgrader.students(gradebook)
            matches = naming.match({result.submission: result.handed_in for result in results}, students)
            for result in results:
                student = matches.found.get(result.submission)
                if student is None:
                    why = matches.problems[result.submission]
                    outcome.left_out.append(f"{result.submission}: left out, {why}.")
                    continue
                outcome.remarks += nbgrader.submit(gradebook, result, student.keys[0])
                outcome.exported.append(result.submission)
    except nbgrader.GradebookError as error:
        raise ExportError(str(error)) from error
    return outcome


def _canvas(read: Roster, matched: Sequence[tuple[Result, Student]], column: str, outcome: Outcome) -> str:
    first = matched[0][0]
    place = canvas.column(read, [column] if column else [first.title, first.assignment])
    heading = read.table.columns[place]
    _compare(first, canvas.points(read, place), f"Canvas' “{heading}”", outcome)
    return canvas.gradebook(read, place, {student.row: result.earned for result, student in matched})


def _moodle(read: Roster, matched: Sequence[tuple[Result, Student]], column: str, outcome: Outcome) -> str:
    first = matched[0][0]
    _compare(first, moodle.points(read), "Moodle's assignment", outcome)
    grades = {student.row: (result.earned, _feedback(result)) for result, student in matched}
    return moodle.text(read, column or first.title or first.assignment, grades)


def _compare(result: Result, worth: float | None, what: str, outcome: Outcome) -> None:
    if worth is not None and worth != result.points:
        outcome.remarks.append(
            f"{what} is worth {points(worth)}, the assignment here {number(result.points)}: "
            "scores are exported as they are, so change it there."
        )


def _feedback(result: Result) -> str:
    """One line for the student: the score, and what persons wrote."""
    comments = [
        f"{question.title}: {number(given.points)} of {number(question.points)}. {given.comment}"
        for question in result.questions
        if (given := question.given) is not None and given.comment
    ]
    return " ".join([told.score(result), *comments])


def _finished(
    results: Sequence[Result], so_far: bool, outcome: Outcome, *, keep_ungraded: bool = False
) -> list[Result]:
    """The results that have a score; the others are told in the outcome."""
    kept = []
    for result in results:
        waiting = [question.title for question in result.questions if question.pending > 0]
        changed = [one.title for one in result.questions if one.given is not None and one.given.changed]
        if result.status == "ungraded":
            why = f"not graded: {result.reason}"
            if keep_ungraded:
                kept.append(result)
                outcome.remarks.append(f"{result.submission}: exported as not gradable, {why}")
            else:
                outcome.left_out.append(f"{result.submission}: left out, {why}")
        elif result.pending > 0 and not so_far:
            left = f"{points(result.pending)} wait for a person ({', '.join(waiting)})"
            outcome.left_out.append(f"{result.submission}: left out, {left}.")
            outcome.waiting += 1
        else:
            kept.append(result)
            if naming.is_late(result.handed_in or result.submission):
                outcome.remarks.append(f"{result.submission}: exported, but handed in late.")
            if result.pending > 0:
                left = f"{points(result.pending)} still to be given ({', '.join(waiting)})"
                outcome.remarks.append(f"{result.submission}: exported with its points so far, {left}.")
            if changed:
                told_of = f"were given before the answer changed ({', '.join(changed)})"
                outcome.remarks.append(f"{result.submission}: exported, but points {told_of}.")
    return kept


def _without(read: Roster, matches: Matches) -> list[str]:
    """Students of whom there is no submission, unless one that is nobody's could be theirs."""
    have = {student.row for student in matches.found.values()}
    missing = [student for student in read.students if student.row not in have]
    doubt = " that is certainly theirs" if matches.problems else ""
    return [f"{student.shown}: no submission{doubt}; left as it is." for student in missing]


def _write(outcome: Outcome, path: Path, text: str) -> None:
    files.write_atomically(path, text.encode())
    outcome.files.append(path)
