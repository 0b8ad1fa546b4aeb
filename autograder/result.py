"""What a grade is: verdicts of checks, questions, a submission's result, and their JSON form.

Plain data; imports nothing of the project. Points that need a person are `pending`, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

SCHEMA_VERSION = 1

Status = Literal["passed", "partial", "failed", "unanswered", "needs_person", "error"]
Visibility = Literal["visible", "after_due_date", "after_published", "hidden"]
_WORST_FIRST: tuple[Status, ...] = ("error", "needs_person", "failed", "unanswered", "partial", "passed")


@dataclass(frozen=True)
class Picture:
    """A small PNG that shows what was submitted, expected, or how they differ.

    Attributes:
        role: which of the three.
        alt: what it shows, in words, for those who do not see it.
        png: the file's bytes; drawn by the judge from numeric arrays.
    """

    role: Literal["submitted", "expected", "difference"]
    alt: str
    png: bytes


@dataclass(frozen=True)
class Verdict:
    """What one check found.

    Attributes:
        status: "passed", "partial", "failed", "unanswered" (nothing was handed in), "needs_person"
            (the grader cannot decide, or a person must), or "error" (the grader itself failed).
        fraction: share of the check's points that is earned, 0…1; ignored when a person decides.
        message: for the student: what was seen, what was expected in kind, what to do next. Never
            the hidden value.
        instructor: more, for the instructor; may name the expected value.
        diagnosis: machine-readable name of the mistake that was recognised, for example "other_image".
        pictures: submitted and expected side by side, for figures.
        details: numbers behind the verdict, JSON-able.
    """

    status: Status
    fraction: float = 0.0
    message: str = ""
    instructor: str = ""
    diagnosis: str = ""
    pictures: tuple[Picture, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckResult:
    """A verdict with its points.

    Attributes:
        family: "array", "choice", "panels", …
        subject: what it looked at, for example a variable's name or "figure".
        points: what it is worth.
        earned: None while a person has to decide.
        visibility: when an LMS may show it to the student.
        verdict: what was found.
    """

    family: str
    subject: str
    points: float
    earned: float | None
    visibility: Visibility
    verdict: Verdict


@dataclass(frozen=True)
class Given:
    """What a person gave for a whole question; it counts instead of what the checks earned.

    Attributes:
        points: 0 up to the question's.
        comment: for the student.
        answer: identifies the answer that they were given for.
        changed: another answer was handed in since; a person should look again.
    """

    points: float
    comment: str = ""
    answer: str = ""
    changed: bool = False


@dataclass(frozen=True)
class QuestionResult:
    """One question: its checks and what they add up to.

    Attributes:
        id, title: as in the grading config.
        points: what it is worth.
        bonus: its points come on top of the total.
        earned: of the decided checks, or what a person gave.
        pending: points a person still has to give.
        status: the worst of its checks', or what a person's points come to.
        checks: in the config's order; what the grader found, whatever a person gave.
        matched_by: how its cells were found ("" when they were not).
        cells: their indices in the submitted notebook.
        errors: sentences about cells that did not finish.
        rubric: for the person who grades a written answer.
        answer: the written answer itself, plain text.
        given: a person's points, once there are any.
    """

    id: str
    title: str
    points: float
    bonus: bool
    earned: float
    pending: float
    status: Status
    checks: tuple[CheckResult, ...]
    matched_by: str = ""
    cells: tuple[int, ...] = ()
    errors: tuple[str, ...] = ()
    rubric: str = ""
    answer: str = ""
    given: Given | None = None


@dataclass(frozen=True)
class Result:
    """The grade of one submission.

    Attributes:
        submission: its name, unique within a run.
        file: the notebook's file name.
        sha256: of the notebook's bytes; with trained networks beside it, of all that was handed in.
        assignment, title, version: of the assignment (version = hash of source and config).
        status: "graded", or "ungraded" when the grader could not do its work (see `reason`).
        reason: why it is ungraded, in one sentence; "" otherwise.
        points: total without bonus questions.
        earned: points so far, bonus included.
        pending: points a person still has to give.
        questions: in the config's order.
        notes: remarks for student and instructor.
        data: which data set was used, one line.
        stand_in: True when it was not the real data set.
        isolation: how the student's code was confined, in words.
        grader: version of Loupe.
        seconds: where the time went.
        versions: of Python and the packages that the notebook ran with.
        handed_in: where the notebook lay: its path, from the folder that was named on the command line.
    """

    submission: str
    file: str
    sha256: str
    assignment: str
    title: str
    version: str
    status: Literal["graded", "ungraded"]
    reason: str
    points: float
    earned: float
    pending: float
    questions: tuple[QuestionResult, ...]
    notes: tuple[str, ...] = ()
    data: str = ""
    stand_in: bool = False
    isolation: str = ""
    grader: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    handed_in: str = ""

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to look at it before the grade is final."""
        changed = any(question.given and question.given.changed for question in self.questions)
        return self.status == "ungraded" or self.pending > 0 or changed


def overall(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses, at least one; "partial" where some checks are wrong and others not."""
    found = set(statuses)
    worst = next(status for status in _WORST_FIRST if status in found)
    if worst in ("failed", "unanswered") and found & {"passed", "partial"}:
        return "partial"
    return worst


def to_json(result: Result) -> dict[str, Any]:
    """The documented form of `result.json`; pictures become file names under `figures/`."""
    record = asdict(result)
    for question in record["questions"]:
        for index, check in enumerate(question["checks"]):
            for picture in check["verdict"]["pictures"]:
                del picture["png"]
                picture["file"] = picture_file(question["id"], index, picture["role"])
    return {"schema_version": SCHEMA_VERSION, **record}


def without_pictures(result: Result) -> Result:
    """The result without its PNGs, which weigh far more than the rest: for whole classes in memory."""

    def bare(question: QuestionResult) -> QuestionResult:
        checks = (replace(check, verdict=replace(check.verdict, pictures=())) for check in question.checks)
        return replace(question, checks=tuple(checks))

    return replace(result, questions=tuple(bare(question) for question in result.questions))


def picture_file(question: str, check: int, role: str) -> str:
    """Where a picture lies, relative to the submission's result folder."""
    return f"figures/{question}-{check}-{role}.png"
