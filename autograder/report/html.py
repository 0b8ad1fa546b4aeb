"""The pages people read: one student's feedback, the class for its instructor, sheets to mark answers with.

Each page is one file: no script, no address outside itself except, in the class report, links to the
feedback pages beside it. Everything that came from a submission is cleaned and escaped by the template
environment, so that no template can forget to. A student's page says what a check's `message` says and
never its `instructor` text, its details, or a rubric.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.report import pictures, summary, words
from autograder.result import Picture, Result

Example = Callable[[str, str, str], tuple[Picture, ...]]
"""The pictures of (a submission, its question, the mistake that was recognised there), if there are any."""


def feedback(result: Result) -> str:
    """One student's `feedback.html`.

    An ungraded result gives a page that says so, why, and that it is not a zero.
    """
    bonus = sum(question.earned for question in result.questions if question.bonus)
    return _environment().get_template("feedback.html").render(result=result, bonus=bonus)


def class_report(results: Sequence[Result], example: Example | None = None) -> str:
    """The class's `report.html`, for the instructor.

    Args:
        results: of one assignment, in any order; ungraded ones are named with why. Links lead to
            `<submission>/feedback.html` beside the report.
        example: gives the pictures of a submission's figure, for the most common finding of each question.
    """
    ordered = sorted(results, key=lambda result: result.submission)
    page = _environment().get_template("class.html")
    return page.render(
        title=next((one.title or one.assignment for one in ordered if one.title or one.assignment), ""),
        graded=[result for result in ordered if result.status == "graded"],
        ungraded=[result for result in ordered if result.status == "ungraded"],
        results=ordered,
        scores=summary.scores(ordered),
        bins=summary.histogram(ordered),
        questions=summary.questions(ordered),
        data=list(dict.fromkeys((one.data, one.stand_in) for one in ordered if one.data)),
        graders=list(dict.fromkeys(one.grader for one in ordered if one.grader)),
        example=example or (lambda submission, question, diagnosis: ()),
        isolations=list(dict.fromkeys(one.isolation for one in ordered if one.isolation)),
    )


def page(template: str, **values: Any) -> str:
    """A page of another part of the grader, from a template that lies beside the others.

    Args:
        template: its file name.
        values: what the template uses; text among them is cleaned and escaped as everywhere.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"status_words": words.STATUS_WORDS, "match_words": words.MATCH_WORDS}
    environment.filters |= {
        "diagnosis": words.diagnosis,
        "family": words.family,
        "number": words.number,
        "percent": words.percent,
        "points": words.points,
        "prose": words.prose,
        "score": words.score,
        "shown": pictures.shown,
        "subject": words.subject,
        "unwrapped": words.unwrapped,
        "url": lambda name: quote(words.encodable(name), safe=""),
    }
    return environment


def _clean(value: Any) -> Any:
    """What every expression in a template passes through before it is escaped."""
    return words.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
