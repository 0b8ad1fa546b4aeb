"""Written answers: was one given? What it is worth, a person decides.

Never reads an answer for its content.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import StrictStr

from autograder.checks import answers
from autograder.checks.base import Check, Oracle
from autograder.evidence import QuestionEvidence
from autograder.result import Verdict

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_PLACEHOLDER = re.compile(
    r"(?:please )?(?:(?:type|write|put|enter|insert|add) )?(?:your |an |the )?answer(?: goes)?(?: here)?"
    r"(?: replacing this text)?|todo|double click to edit(?: this cell)?"
)


class WrittenCheck(Check):
    """A Markdown cell holds an answer that a person grades.

    Attributes:
        written: always true; it names the family.
        rubric: what the person looks for.
    """

    written: Literal[True]
    rubric: StrictStr = ""

    @property
    def subject(self) -> str:
        """The answer."""
        return "answer"


def verdict(check: WrittenCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """ "Unanswered", or left to a person."""
    nothing = answers.untried(question)
    if nothing is not None:
        return nothing
    if is_empty(question.text):
        return Verdict("unanswered", message="No answer was written.")
    return Verdict("needs_person", message="The answer was received; a person will grade it.")


def is_empty(text: str) -> bool:
    """Whether a Markdown text says nothing: only markup, a blank, or words such as "Your answer here."."""
    if "![" in text or re.search(r"<img\b", text, re.IGNORECASE):
        return False  # A picture may be the answer.
    bare = _TAG.sub(" ", _COMMENT.sub(" ", text))
    words = " ".join(re.findall(r"\w+", bare.replace("_", " "))).casefold()
    return not words or _PLACEHOLDER.fullmatch(words) is not None
