"""Puts what persons gave on sheets into results; what is wrong on a sheet is said and changes nothing.

The points of a line are for the whole question and count instead of what its checks earned. They are found
again whenever the submission is graded: in the sheets, or, for a submission that is on none, in its earlier
result.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from autograder.marking import codes, sheets
from autograder.marking.sheets import Line
from autograder.report import files, reading
from autograder.report.words import number
from autograder.result import Given, QuestionResult, Result, Status, overall


class Marks:
    """All that persons gave for a folder of grades.

    Attributes:
        problems: one line for everything on the sheets that was not taken, as far as results were seen.
    """

    def __init__(self, directory: Path) -> None:
        """Read the sheets.

        Args:
            directory: of the grades.

        Raises:
            autograder.tables.TableError: a file among the sheets is none.
        """
        self._directory = directory
        self._lines: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in sheets.read_all(directory / sheets.FOLDER):
            self._lines[line.code, line.question].append(line)
        self._seen: set[str] = set()
        self.problems: list[str] = []

    def apply(self, result: Result) -> Result:
        """The result with what persons gave; without, where they took it back.

        An ungraded result stays as it is: the points wait on their sheet.
        """
        code = codes.submission(result)
        self._seen.add(code)
        if result.status == "ungraded":
            return result
        before = self._before(result)
        questions = tuple(
            marked(question, self._given(result, question, code, before)) for question in result.questions
        )
        return replace(
            result,
            questions=questions,
            earned=round(sum(question.earned for question in questions), 2),
            pending=round(sum(question.pending for question in questions), 2),
        )

    def line(self, code: str, question: str) -> Line | None:
        """What is on the sheets for an answer: one with points before others, its own sheet's first."""
        own = f"{sheets.FOLDER}/{question}.csv,"
        lines = self._lines.get((code, question), [])
        return min(lines, key=lambda line: (not line.points, not line.place.startswith(own)), default=None)

    def unknown(self) -> list[str]:
        """One line for each code on the sheets with points that belongs to no submission of the folder."""
        if not self._lines:
            return []
        known = set(self._seen)
        for path in self._directory.glob("*/result.json"):
            known.add(codes.submission(reading.read_result(path.parent, pictures=False)))
        return [
            f"{line.place}: no submission here has the code {line.code}; its points stay on the sheet."
            for (code, _), lines in self._lines.items()
            if code not in known
            for line in lines
            if line.points
        ]

    def _before(self, result: Result) -> dict[str, Given]:
        """What an earlier result of the same submission has."""
        folder = files.submission_folder(self._directory, result.submission)
        if not (folder / "result.json").exists():
            return {}
        try:
            earlier = reading.read_result(folder, pictures=False)
        except reading.GradesError:
            return {}
        if earlier.assignment != result.assignment:
            return {}
        return {question.id: question.given for question in earlier.questions if question.given is not None}

    def _given(
        self, result: Result, question: QuestionResult, code: str, before: dict[str, Given]
    ) -> Given | None:
        lines = self._lines.get((code, question.id), [])
        answer = codes.answer(result, question)
        if not lines:
            kept = before.get(question.id)
            if kept is None or kept.points > question.points:
                return None
            return replace(kept, changed=kept.changed or kept.answer not in ("", answer))
        good = [line for line in lines if line.points and self._is_good(line, question)]
        if len({line.given for line in good}) > 1:
            places = "; ".join(f"{line.place}: {line.points}" for line in good)
            self.problems.append(f"{code} has different points for {question.id} ({places}); none was taken.")
            return None
        if not good:
            return None
        line = next((line for line in good if line.comment), good[0])
        points = line.given
        assert points is not None
        changed = bool(line.note) or line.version not in ("", answer)
        if changed:
            self.problems.append(
                f"{line.place}: {code} answered {question.id} anew since these points were given; they are "
                "kept and marked until the cell “note” is emptied."
            )
        return Given(points, line.comment, line.version or answer, changed)

    def _is_good(self, line: Line, question: QuestionResult) -> bool:
        points = line.given
        if points is None:
            self.problems.append(f"{line.place}: “{line.points}” is no number of points; not taken.")
        elif points > question.points + 1e-9:
            limit = f"{question.id} is worth {number(question.points)}"
            self.problems.append(f"{line.place}: {line.points} points are too many, {limit}; not taken.")
        else:
            return True
        return False


def marked(question: QuestionResult, given: Given | None) -> QuestionResult:
    """The question with a person's points, or as its checks alone have it."""
    if given is not None:
        return replace(
            question, given=given, earned=given.points, pending=0.0, status=_status(given, question)
        )
    if question.given is None:
        return question
    decided = [check for check in question.checks if check.earned is not None]
    return replace(
        question,
        given=None,
        earned=round(sum(check.earned or 0.0 for check in decided), 4),
        pending=round(question.points - sum(check.points for check in decided), 4),
        status=overall(check.verdict.status for check in question.checks),
    )


def _status(given: Given, question: QuestionResult) -> Status:
    if given.points >= question.points:
        return "passed"
    return "partial" if given.points > 0 else "failed"
