"""Names that tell nothing: a code for a submission, and one for an answer. Pure functions.

Both are consonants only: a spreadsheet takes none of them for a number, a date or a formula, and no code is a
word.
"""

from __future__ import annotations

import hashlib
from typing import Final

from autograder.result import QuestionResult, Result

_LETTERS: Final = "bcdfghjkmnpqrstvwxz"
_LENGTH: Final = 10


def submission(result: Result) -> str:
    """The code of a submission, the same whenever and wherever it is graded: "kmdfx-qrtbc"."""
    return _code("submission", result.assignment, result.submission)


def answer(result: Result, question: QuestionResult) -> str:
    """The code of what was answered: the words of a written answer; of code, all that was handed in."""
    said = " ".join(question.answer.split())
    return _code("answer", said) if said else _code("file", result.sha256)


def _code(*parts: str) -> str:
    whole = "\0".join(parts).encode(errors="replace")
    number = int.from_bytes(hashlib.sha256(whole).digest(), "big")
    letters = []
    for _ in range(_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    half = _LENGTH // 2
    return "".join(letters[:half]) + "-" + "".join(letters[half:])
