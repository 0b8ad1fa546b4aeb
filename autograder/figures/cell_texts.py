"""Numbers written into the cells of a matrix: are they the matrix's own?

A number may be a count, or a share with decimals or in per cent, rounded as it is written; others may stand
beside it. Empty cells may stay empty. Judges no points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from autograder.figures.panels import Floats

ANNOTATED: Final = 0.9
"""Share of the cells that are not empty in which a number has to stand."""

_NUMBER: Final = re.compile(r"(\d+(?:[.,]\d+)*)(?:e([+-]?\d{1,2}))?", re.IGNORECASE)
_LONGEST: Final = 200
_NEARLY: Final = 0.005
"""How far a share may be from a 0 or 1 without decimals: so two significant digits are written."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What may be written into the cells.

    Attributes:
        counts: (C, C).
        shares: of each (C, C), in any form.
    """

    counts: Floats
    shares: Sequence[Floats]

    def allows(self, text: str, row: int, column: int) -> bool:
        """Whether a number in the text belongs to a cell."""
        return _says(text, float(self.counts[row, column])) or any(
            _says_share(text, float(one[row, column])) for one in self.shares
        )


def fault(texts: Sequence[tuple[int, int, str]], expected: Expected) -> tuple[str, str] | None:
    """What is wrong with the numbers in the cells: the mistake and the words; None if they are right.

    Args:
        texts: row, column and words.
        expected: what they may say.
    """
    told = [(row, column, text) for row, column, text in texts if _numbers(text)]
    if not told:
        return "no_annotations", "no numbers stand in its cells. Write each count into its cell."
    fit = [expected.allows(text, row, column) for row, column, text in told]
    filled = {(row, column) for row, column, _ in told}
    needed = [(int(row), int(column)) for row, column in np.argwhere(expected.counts > 0)]
    present = sum(cell in filled for cell in needed)
    if all(fit):
        if present >= ANNOTATED * len(needed):
            return None
        return "missing_annotations", f"only {present} of its cells hold a number. Fill all of them."
    if all(expected.allows(text, column, row) for row, column, text in told):
        message = "the numbers written into it are transposed: text(x, y, …) takes the column first."
        return "transposed_annotations", message
    return "wrong_annotations", f"{fit.count(False)} of the numbers written into its cells are not theirs."


def total(texts: Sequence[tuple[int, int, str]], cells: int) -> float | None:
    """The sum of the numbers in the cells, if each of so many holds one, and all are whole."""
    numbers = [_NUMBER.findall(text[:_LONGEST]) for _, _, text in texts]
    if len(texts) != cells or any(len(found) != 1 for found in numbers):
        return None
    whole = [digits.replace(",", "") for ((digits, exponent),) in numbers if not exponent]
    if len(whole) < cells or not all(digits.isdecimal() for digits in whole):
        return None
    return float(sum(int(digits[:12]) for digits in whole))


def _numbers(text: str) -> list[tuple[float, float]]:
    """Numbers in a text and half of their last decimal; one with a comma in both readings."""
    found = []
    for digits, exponent in _NUMBER.findall(text[:_LONGEST]):
        for form in sorted({digits.replace(",", ""), digits.replace(",", ".")}):
            if form.count(".") <= 1:
                size = 10.0 ** int(exponent or 0)
                found.append((float(form) * size, 0.5 * size * 10.0 ** -len(form.partition(".")[2])))
    return found


def _says(text: str, count: float) -> bool:
    return any(abs(number - count) <= slack + 1e-6 for number, slack in _numbers(text))


def _says_share(text: str, share: float) -> bool:
    """As it is, with decimals or as the 0 or 1 that it nearly is; or in per cent."""
    return any(
        abs(number - share) <= (_NEARLY if slack >= 0.5 else slack) + 1e-6
        or abs(number - 100 * share) <= slack + 1e-6
        for number, slack in _numbers(text)
    )
