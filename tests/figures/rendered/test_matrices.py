"""Whose confusion matrix a saved picture shows, by its colours and by the numbers in its cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from autograder.figures.matrix import Asked
from autograder.figures.rendered import cell_numbers, matrices
from autograder.figures.rendered.matrices import Seen
from autograder.figures.rendered.reading import Pictures
from autograder.figures.rendered.segmentation import Segments
from tests.figures.rendered import saving

Cells = Any
SIZE = 6
RANDOM = np.random.default_rng(5)


def drawn_at_random(totals: Sequence[int]) -> Cells:
    """Counts with a strong diagonal whose rows have some totals, (6, 6)."""
    counts = np.stack(
        [
            RANDOM.multinomial(total, np.full(SIZE, 0.05) + 0.7 * np.eye(SIZE)[row])
            for row, total in enumerate(totals)
        ]
    )
    return counts.astype(np.int64)


UNEQUAL = drawn_at_random([900, 400, 700, 500, 800, 600])
EQUAL = drawn_at_random([500] * SIZE)
OTHER = drawn_at_random([500] * SIZE)
NEAR = EQUAL + np.array([[-1, 1, *[0] * (SIZE - 2)], *[[0] * SIZE] * (SIZE - 1)])


def shares(counts: Cells) -> Cells:
    return counts / counts.sum(axis=1, keepdims=True)


def written(cells: Cells, form: str) -> list[list[str]]:
    return [[form.format(cell) for cell in row] for row in cells]


def seen(
    picture: Any, counts: Cells, normalised: Any = "rows", annotated: bool = False, **others: Cells
) -> Seen:
    names = [f"class {number}" for number in range(SIZE)]
    asked = Asked(counts, names, normalised, annotated, lambda: iter(others.items()))
    return matrices.look(Pictures([picture]), asked)


@pytest.mark.parametrize("cmap", ["viridis", "Blues", "gray_r"])
def test_colours_tell_the_right_matrix_where_nothing_else_has_them(cmap: str) -> None:
    found = seen(saving.matrix(shares(UNEQUAL), cmap=cmap), UNEQUAL, other=OTHER)
    assert found.shows == "right"
    assert found.misfit < matrices.FITS


@pytest.mark.parametrize(
    ("cells", "shows", "name"),
    [
        (shares(UNEQUAL).T, "transposed", None),
        (UNEQUAL / UNEQUAL.sum(axis=0), "other_form", "columns"),
        (UNEQUAL, "other_form", "counts"),
        (shares(OTHER), "other_checkpoint", "other"),
        (shares(UNEQUAL)[:, ::-1], "undecided", ""),
        (np.random.default_rng(0).random((SIZE, SIZE)), "undecided", ""),
    ],
    ids=["transposed", "columns", "counts", "other network", "mirrored", "noise"],
)
def test_what_is_shown_instead_is_told_as_far_as_it_is_sure(
    cells: Cells, shows: str, name: str | None
) -> None:
    found = seen(saving.matrix(cells), UNEQUAL, other=OTHER)
    assert found.shows == shows
    assert name is None or found.name == name


def test_a_picture_without_a_matrix_is_undecided() -> None:
    assert seen(np.full((80, 120, 3), 255, np.uint8), UNEQUAL).shows == "undecided"
    assert seen(saving.images([np.eye(8)] * 3), UNEQUAL).shows == "undecided"


def test_where_counts_have_the_colours_of_shares_the_numbers_decide() -> None:
    cells = shares(EQUAL)
    assert seen(saving.matrix(cells), EQUAL).shows == "undecided"
    assert seen(saving.matrix(cells, written(cells, "{:.2f}")), EQUAL).shows == "right"
    assert seen(saving.matrix(EQUAL, written(EQUAL, "{}")), EQUAL).shows == "undecided"
    assert seen(saving.matrix(EQUAL, written(EQUAL, "{}")), EQUAL, "no").shows == "right"


def test_networks_that_are_nearly_the_same_are_told_apart_by_the_numbers() -> None:
    assert seen(saving.matrix(EQUAL), EQUAL, "any", near=NEAR).shows == "undecided"
    assert seen(saving.matrix(EQUAL, written(EQUAL, "{}")), EQUAL, "any", near=NEAR).shows == "right"
    assert seen(saving.matrix(NEAR, written(NEAR, "{}")), EQUAL, "any", near=NEAR).shows == "undecided"


@pytest.mark.parametrize(
    ("numbers", "shows"),
    [
        (written(UNEQUAL, "{}"), "right"),
        (written(shares(UNEQUAL), "{:.2f}"), "right"),
        (written(shares(UNEQUAL), "{:.0%}"), "right"),
        (written(UNEQUAL.T, "{}"), "unread_numbers"),
        (written(shares(OTHER), "{:.2f}"), "unread_numbers"),
        ((), "unread_numbers"),
    ],
    ids=["counts", "shares", "per cent", "transposed", "another network's", "none"],
)
def test_numbers_that_are_asked_for_have_to_be_those_of_the_matrix(numbers: Any, shows: str) -> None:
    assert seen(saving.matrix(shares(UNEQUAL), numbers), UNEQUAL, annotated=True).shows == shows


@pytest.mark.parametrize("dpi", [72, 100])
def test_one_wrong_digit_is_enough_for_numbers_not_to_be_confirmed(dpi: int) -> None:
    right = written(UNEQUAL, "{}")
    picture = saving.matrix(UNEQUAL, right, "Blues", dpi)
    box = Segments(picture).boxes(1.0)[0]
    claims = [[list(row) for row in right] for _ in range(8)]
    for claim in claims:
        row, column = RANDOM.integers(0, SIZE, 2)
        digits = list(claim[row][column])
        place = int(RANDOM.integers(len(digits)))
        digits[place] = str((int(digits[place]) + int(RANDOM.integers(1, 10))) % 10)
        claim[row][column] = "".join(digits)
    assert cell_numbers.standing(picture, box, claims) is None
    assert cell_numbers.standing(picture, box, [*claims, right]) == len(claims)


def test_only_the_number_of_a_zero_may_be_left_out() -> None:
    counts = np.where(np.eye(SIZE) > 0, 250, 0)
    counts[1, 2] = 31
    right = written(counts, "{}")
    without_zeros = [["" if text == "0" else text for text in row] for row in right]
    picture = saving.matrix(counts, without_zeros)
    box = Segments(picture).boxes(1.0)[0]
    assert cell_numbers.standing(picture, box, [right]) == 0
    without_zeros[1][2] = ""
    assert cell_numbers.standing(saving.matrix(counts, without_zeros), box, [right]) is None
