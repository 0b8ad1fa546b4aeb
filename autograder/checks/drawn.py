"""Whose figures a check looks at, and what is said when nothing was drawn; shared by all figure checks.

Looks at no figure itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from autograder.checks import answers
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures.outcome import Outcome
from autograder.result import Picture, Verdict

T = TypeVar("T")

NO_FIGURE: Final = "no_figure"
"""The diagnosis where nothing of the kind was drawn."""


@dataclass(frozen=True)
class Kind:
    """What has to be drawn.

    Attributes:
        noun: for messages: "images".
        step: how to draw it, a sentence.
        parts: of an Axes in a figure record, those of which it needs some.
    """

    noun: str
    step: str
    parts: tuple[Literal["images", "lines", "bars", "histograms"], ...]

    def within(self, figures: Sequence[Figure]) -> bool:
        """Whether any of the figures holds something of it, decoration aside."""
        return any(
            getattr(axes, part)
            for figure in figures
            for axes in figure.axes
            if not axes.decoration
            for part in self.parts
        )


IMAGES = Kind("images", "Plot it in the question's own cell, with imshow.", ("images",))
LINES = Kind("lines", "Plot it in the question's own cell, with plot.", ("lines",))
BARS = Kind("bars", "Plot them in the question's own cell, with bar or barh.", ("bars", "histograms"))
HISTOGRAMS = Kind("histograms", "Plot them in the question's own cell, with hist.", ("histograms", "bars"))


def judged(
    question: QuestionEvidence,
    loose_figures: Sequence[Figure],
    kind: Kind,
    prepare: Callable[[], T | Verdict],
    look: Callable[[Sequence[Figure], T], Verdict],
    saved: Callable[[Verdict, Callable[[], T | Verdict]], Verdict] | None = None,
) -> Verdict:
    """Judge the figures of a question.

    Points are lost only for what was seen: what a figure record does not hold (`incomplete`, `others`) may be
    what is asked for, and is left to a person.

    Args:
        question: with the figures of its cells.
        loose_figures: of cells that are not surely another question's; looked at when the question's own
            cells drew nothing, or were recognised by less than their metadata and drew something else,
            and used only if they show what is claimed.
        kind: what has to be drawn.
        prepare: computes what is claimed, or says why it cannot be; called once, and only when something of
            the kind was drawn.
        look: judges figures that hold something of the kind.
        saved: where nothing of the kind was drawn, judges the pictures that the notebook had saved; is given
            the verdict without them, and what computes the claim.
    """
    found = _judged(question, loose_figures, kind, prepare, look)
    doubt = _doubt(question.figures, found) if found.status in ("failed", "partial") else ""
    if doubt:
        message = f"{found.message} {doubt} A person will look at it."
        found = replace(found, status="needs_person", message=message)
    if saved is not None and not kind.within(question.figures) and not kind.within(loose_figures):
        return saved(found, prepare)
    return found


def _doubt(figures: Sequence[Figure], found: Verdict) -> str:
    """Why figures may show what was not found, a sentence, or ""."""
    if any(figure.incomplete for figure in figures):
        return "But a figure was too large to be looked at as a whole, or could not be read."
    if found.diagnosis != NO_FIGURE:
        return ""
    others = {name for figure in figures for axes in figure.axes for name in axes.others}
    return f"But there are other things in them ({', '.join(sorted(others)[:5])})." if others else ""


def _judged(
    question: QuestionEvidence,
    loose_figures: Sequence[Figure],
    kind: Kind,
    prepare: Callable[[], T | Verdict],
    look: Callable[[Sequence[Figure], T], Verdict],
) -> Verdict:
    if not kind.within(question.figures) and not kind.within(loose_figures):
        return _nothing(question, kind)
    claimed = prepare()
    if isinstance(claimed, Verdict):
        return claimed
    own = look(question.figures, claimed) if kind.within(question.figures) else None
    if own is not None and (own.status == "passed" or question.matched_by == "metadata"):
        return own
    if kind.within(loose_figures):
        elsewhere = look(loose_figures, claimed)
        if elsewhere.status == "passed":
            remark = " The figure was found in a cell outside the question."
            return replace(elsewhere, message=elsewhere.message + remark)
    return own or _nothing(question, kind)


def verdict_of(found: Outcome, pictures: tuple[Picture, ...] = ()) -> Verdict:
    """The verdict on what a figure was found to show."""
    status: Literal["passed", "partial", "failed", "needs_person"] = "failed"
    if not found.sure:
        status = "needs_person"
    elif found.right:
        status = "passed"
    elif found.share > 0:
        status = "partial"
    share = round(found.share, 4)
    return Verdict(
        status, share, found.message, found.instructor, found.mistake, pictures, dict(found.details)
    )


def _nothing(question: QuestionEvidence, kind: Kind) -> Verdict:
    untried = answers.untried(question)
    if untried is not None:
        return untried
    if question.blanks:
        message = f"A blank `{answers.BLANK}` is still there, so no figure was drawn."
        return Verdict("unanswered", message=message)
    if not question.source.strip():
        return Verdict("unanswered", message="The question's cells are empty, so no figure was drawn.")
    seen = "No figure was drawn in this question's cells."
    if question.figures:
        seen = f"The figures of this question's cells hold no {kind.noun}."
    why = answers.sentences(question.errors) or [kind.step]
    return Verdict("failed", message=" ".join([seen, *why]), diagnosis=NO_FIGURE)
