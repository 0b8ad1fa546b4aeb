"""Confusion matrices in rendered pictures: whose matrix the cells show, by their colours and their numbers.

Colours give the cells up to a factor and a constant, and to one of 256 levels: what leaves more than rounding
does is not shown. Where several matrices are left (networks that make few errors, counts and shares of
classes of one size), the numbers in the cells decide, if they are surely those that are expected; otherwise a
person does. Words at the axes and ticks are not read, so that a transposed matrix, which may be labelled
rightly, is no mistake. Thresholds rest on `benchmarks/rendered_figures.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from autograder.evidence import Figure
from autograder.figures.confusion import ALLOWED
from autograder.figures.matrix import Asked, Counts, forms
from autograder.figures.panels import Floats, extract
from autograder.figures.rendered import cell_numbers
from autograder.figures.rendered.cell_numbers import Numbers
from autograder.figures.rendered.reading import Form, Pictures
from autograder.figures.rendered.segmentation import Box, Pixels

FITS: Final = 0.8
"""Root mean square, in levels of 256, by which cells differ from the matrix they show, at most. Drawn without
interpolation right ones have 0.27 to 0.57; the CIFAR-10 network's matrix normalised over the columns has 2.5,
transposed 3.1; other networks of digits 0.3 to 0.6, which only the numbers tell apart."""

MARGIN: Final = 0.8
"""Matrices that fit worse than the best by more than this (in the same measure) are not shown."""

_MOST: Final = 4
_WAYS: Final[tuple[tuple[str, float, tuple[Callable[[float], str], ...]], ...]] = (
    ("counts", 1, ("{:.0f}".format, "{:.1f}".format, "{:.2g}".format)),
    (
        "rows",
        1,
        (
            *("{:.2f}".format, "{:.2g}".format, "{:.1f}".format, "{:.3f}".format),
            *("{:.0%}".format, "{:.1%}".format, "{:.2%}".format),
            lambda share: str(round(share, 2)),
            # NumPy rounds what lies in the middle another way.
            lambda share: str(np.round(share, 2)),
            lambda share: f"{np.round(share, 2):.2f}",
        ),
    ),
    ("rows", 100, ("{:.0f}".format, "{:.1f}".format, "{:.2f}".format)),
)
"""How numbers are written into cells: of which form of the matrix, times what, and in which words."""

Shown = Literal["right", "other_checkpoint", "other_form", "transposed", "unread_numbers", "undecided"]


@dataclass(frozen=True)
class Seen:
    """What pictures show.

    Attributes:
        shows: "right"; "other_checkpoint" or "other_form", which are surely wrong; "transposed", which is
            right where the axes are labelled so; "unread_numbers", a matrix whose colours are right and whose
            numbers decide; or "undecided".
        name: of the other network, or of the other form.
        misfit: of what fits best, in levels.
    """

    shows: Shown
    name: str = ""
    misfit: float = np.inf


@dataclass(frozen=True, eq=False)
class _Claim:
    """A matrix that may be shown: of which network ("" for the one asked for), in which form, and how."""

    network: str
    form: str
    turned: bool
    cells: Floats
    counts: Counts


def look(pictures: Pictures, asked: Asked) -> Seen:
    """Say whose confusion matrix pictures show, the clearest of them.

    Args:
        pictures: of a question.
        asked: what has to be shown; words at axes and ticks are left aside.
    """
    size = len(asked.names)
    found: list[Seen] = []
    for pixels, figure in pictures.singly(Form((size, size), 1, 1)):
        for box, levels in list(_drawn(pixels, figure, size))[:_MOST]:
            found.append(_told(pixels, box, levels, asked))
            if found[-1].shows == "right":
                return found[-1]
    order: tuple[Shown, ...] = ("unread_numbers", "other_checkpoint", "other_form", "transposed", "undecided")
    return min(found, key=lambda one: order.index(one.shows), default=Seen("undecided"))


def _drawn(pixels: Pixels, figure: Figure, size: int) -> Iterator[tuple[Box, Floats]]:
    """Where matrices lie in a picture, and the levels of their cells, (C, C), 0…255."""
    height, width = pixels.shape[:2]
    for axes in figure.axes:
        for panel in extract(Figure(0, (axes,))).panels:
            if panel.gray is not None and panel.gray.shape == (size, size):
                left, bottom, wide, high = axes.position
                box = Box(
                    round(left * width),
                    round((1 - bottom - high) * height),
                    round(wide * width),
                    round(high * height),
                )
                yield box, 255.0 * np.asarray(panel.gray, np.float64)


def _told(pixels: Pixels, box: Box, levels: Floats, asked: Asked) -> Seen:
    ranked = sorted(((_misfit(levels, one.cells), one) for one in _claims(asked)), key=lambda pair: pair[0])
    least = ranked[0][0]
    possible = [one for misfit, one in ranked if misfit <= min(FITS, least + MARGIN)]
    own = [one for one in possible if not one.network and not one.turned]
    right = [one for one in own if one.form in ALLOWED[asked.normalised]]
    if not possible:
        return Seen("undecided", misfit=least)
    if right:
        sure = len(right) == len(possible)
        if sure and not asked.annotated:
            return Seen("right", misfit=least)
        written = _written(pixels, box, possible, asked)
        # Colours that do not tell counts from shares are what the numbers say.
        if written and (len(own) == len(right) or written in [one.form for one in right]):
            return Seen("right", misfit=least)
        return Seen("unread_numbers" if sure else "undecided", misfit=least)
    networks = {one.network for one in possible}
    if len(networks) == 1 and "" not in networks:
        return Seen("other_checkpoint", networks.pop(), least)
    if networks == {""} and len(own) == len(possible):
        return Seen("other_form", own[0].form, least)
    if networks == {""} and not own:
        return Seen("transposed", possible[0].form, least)
    return Seen("undecided", misfit=least)


def _claims(asked: Asked) -> Iterator[_Claim]:
    """What may be shown; but nothing twice that is one and the same as what is right."""
    known = forms(asked.counts)
    right = [known[form][0] for form in ALLOWED[asked.normalised]]
    for network, counts in (("", asked.counts), *asked.networks()):
        for form, (shares, _) in forms(counts).items():
            for turned, cells in ((False, shares), (True, shares.T)):
                meant = not network and not turned and form in ALLOWED[asked.normalised]
                if meant or not any(np.allclose(cells, one) for one in right):
                    yield _Claim(network, form, turned, cells, counts)


def _misfit(levels: Floats, cells: Floats) -> float:
    """What cells differ from a matrix, brought to their scale: root mean square, in levels."""
    if not np.isfinite(levels).all() or np.ptp(cells) == 0:
        return np.inf
    line = np.polynomial.Polynomial.fit(cells.ravel(), levels.ravel(), 1)
    return float(np.sqrt(np.mean((line(cells) - levels) ** 2)))


def _written(pixels: Pixels, box: Box, possible: Sequence[_Claim], asked: Asked) -> str:
    """The form of the numbers that surely stand in the cells and are of no other possible matrix; or ""."""
    others = [one for one in possible if one.network or one.turned]
    choices: list[tuple[str, Numbers]] = []
    for form, numbers in _numbers(asked.counts, turned=False):
        rivals = [
            theirs
            for one in others
            for name, theirs in _numbers(one.counts, turned=one.turned)
            if name == form
        ]
        if numbers not in rivals:
            choices.append((form, numbers))
    found = cell_numbers.standing(pixels, box, [numbers for _, numbers in choices])
    return "" if found is None else choices[found][0]


def _numbers(counts: Counts, *, turned: bool) -> Iterator[tuple[str, list[list[str]]]]:
    """How the numbers of a matrix are written, with the form that they are of."""
    known = forms(counts)
    for form, factor, ways in _WAYS:
        cells = factor * (known[form][0].T if turned else known[form][0])
        for way in ways:
            yield form, [[way(cell) for cell in row] for row in cells.tolist()]
