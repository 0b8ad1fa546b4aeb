"""Verdicts on pictures that the submitted notebook had saved: where nothing was executed, or drew nothing.

A picture is read back to arrays (`autograder.figures.rendered`) and judged like a figure, but only what is
sure is decided: all else goes to a person. Words can only make right what is right but for them. Where the
notebook was executed and a cell drew nothing, its saved picture can only make a person look: it may be
another's work.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np

from autograder.checks import drawn, galleries, pictures
from autograder.checks.base import Floats, Given, Oracle, PanelSet
from autograder.checks.galleries import Wanted
from autograder.evidence import Figure, QuestionEvidence, Rendered
from autograder.figures import confusion_slips, draw, errors, illustrate, mistakes
from autograder.figures.draw import Tile
from autograder.figures.matrix import Asked
from autograder.figures.rendered import matrices, recognition, showing
from autograder.figures.rendered.reading import Form, Pictures
from autograder.result import Picture, Verdict

T = TypeVar("T")
Look = Callable[[Sequence[Figure]], Verdict]

SEEN: Final = "seen"
PICTURE: Final = "saved picture"
"""`details[SEEN]` of a verdict that rests on a saved picture."""

_SURE: Final = frozenset(
    {
        "transposed",
        "mirrored",
        "bgr",
        "other_images",
        "correct_shown",
        "other_checkpoint",
        "dataset_images",
        "mean_images",
    }
)
"""Mistakes of images that are looked up, or run, which a picture shows as well as a figure does."""

_REVERSED: Final = re.compile(r"""["'](\w+_r|binary|Greys)["']""")
_MOST_SHOWN: Final = 4
_ALIKE: Final = 0.05
_PERSON: Final = "A person will look at it."


def judged(
    question: QuestionEvidence,
    nothing: Verdict,
    prepare: Callable[[], T | Verdict],
    look: Callable[[Pictures, T], Verdict],
) -> Verdict:
    """Judge the saved pictures of a question that drew no figure.

    Args:
        question: with its saved pictures.
        nothing: the verdict without them.
        prepare: computes what is claimed, or says why it cannot be.
        look: judges pictures.
    """
    found = _judged(question, nothing, prepare, look)
    if found.status == "passed" or question.untouched or not question.unread:
        return found
    seen = "The notebook was not executed." if found is nothing else found.message
    why = question.unread[0]
    message = f"{seen} A picture that is saved under the question was not looked at: {why}. {_PERSON}"
    details = {**found.details, SEEN: PICTURE}
    return replace(
        found,
        status="needs_person",
        fraction=0.0,
        message=message,
        diagnosis="unread_picture",
        details=details,
    )


def _judged(
    question: QuestionEvidence,
    nothing: Verdict,
    prepare: Callable[[], T | Verdict],
    look: Callable[[Pictures, T], Verdict],
) -> Verdict:
    own, loose = question.rendered, question.loose_rendered
    if question.untouched or not (own or loose):
        return nothing
    executed = any(picture.executed for picture in (*own, *loose))
    claimed = prepare()
    if isinstance(claimed, Verdict):
        return nothing if executed else claimed
    # Pixels alone do not tell a reversed colormap from negatives, but the cell's source names it.
    cmap = "binary" if own and _REVERSED.search(question.source) else ""
    found, where = nothing, ""
    if own:
        found = _looked_at(own, cmap, claimed, look)
    if loose and (not own or (found.status == "failed" and question.matched_by != "metadata")):
        elsewhere = _looked_at(loose, "", claimed, look)
        if elsewhere.status == "passed":
            found, where = elsewhere, " in a cell outside the question"
    if found is nothing or (executed and found.status != "passed"):
        return nothing
    if not executed:
        seen = f"The notebook was not executed; the picture that is saved{where} was looked at."
        return replace(found, message=f"{seen} {found.message}")
    message = (
        f"{nothing.message} A picture is saved in the notebook that may be right, but running the notebook "
        f"did not draw it. {_PERSON}"
    )
    return replace(found, status="needs_person", fraction=0.0, message=message, diagnosis="not_redrawn")


def _looked_at(
    seen: Sequence[Rendered], cmap: str, claimed: T, look: Callable[[Pictures, T], Verdict]
) -> Verdict:
    found = look(Pictures([picture.pixels for picture in seen], cmap), claimed)
    details = {**found.details, SEEN: PICTURE}
    return replace(found, details=details, pictures=found.pictures or _shown(seen))


def _shown(seen: Sequence[Rendered]) -> tuple[Picture, ...]:
    """The saved pictures themselves, for who decides where they could not be read."""
    tiles = [Tile(picture.pixels, stretch=False) for picture in seen[:_MOST_SHOWN]]
    which = "picture" if len(seen) == 1 else f"{len(tiles)} of {len(seen)} pictures"
    return (Picture("submitted", f"The saved {which}, as submitted.", draw.grid(tiles)),)


def panels(
    found: Pictures,
    references: Sequence[PanelSet],
    decoys: Sequence[PanelSet],
    at_least: int | None,
    partial: bool,
) -> Verdict:
    """The verdict on pictures that have to show a set of panels.

    Args:
        found: the pictures.
        references: any of which is right.
        decoys: what may be shown by mistake.
        at_least: how many panels, at least.
        partial: panels earn points one by one, so that a person counts those that are there.
    """
    seen = showing.look(found, references, decoys, at_least)
    finding = seen.finding
    common: dict[str, Any] = {"pictures": illustrate.finding(finding) if finding is not None else ()}
    if finding is not None:
        margin = None if finding.margin is None else round(finding.margin, 4)
        common["details"] = {
            "matched": finding.matched,
            "required": finding.required,
            "margin": margin,
            "median_ncc": showing.median(finding),
            "scores": [round(float(score), 4) for score in finding.found.scores],
        }
    if seen.decision == "right" and finding is not None:
        count = finding.matched
        shows = f"Its {count} panels show" if count > 1 else "It shows"
        return Verdict("passed", 1.0, f"{shows} {finding.reference.title}.", **common)
    if seen.rival is not None and finding is not None:
        name = seen.rival.target.mistake
        message = (
            f"It shows {seen.rival.target.title}. The question asks for {references[0].title}. "
            f"{mistakes.next_step(name)}"
        )
        return Verdict("failed", message=message, diagnosis=name, **common)
    if seen.lacking and finding is not None and not partial:
        shows = f"{finding.matched} different ones of {references[0].title}"
        message = f"It shows {shows}; {finding.required} are needed. {mistakes.next_step(seen.lacking)}"
        return Verdict("failed", message=message, diagnosis=seen.lacking, **common)
    why = seen.why or "cannot be read well enough to decide what it shows"
    return Verdict(
        "needs_person", message=f"The picture {why}. {_PERSON}", diagnosis="unclear_picture", **common
    )


def images(found: Pictures, wanted: Wanted, given: Given, oracle: Oracle) -> Verdict:
    """The verdict on pictures that have to show images of the data set; titles have to be surely right."""
    required = wanted.at_least or wanted.first or 1
    some = oracle.images if wanted.part is None else oracle.part(wanted.part, galleries.MOST)[0]
    forms = oracle.displayed(some)

    def judging(asked: Wanted) -> Look:
        return _cleaning(lambda figures: galleries.judged(asked, given, figures, oracle)[0], forms)

    titled = judging(wanted) if wanted.titles is not None else None
    return _best(found, _form(oracle, required), judging(replace(wanted, titles=None)), titled)


def of_errors(found: Pictures, forms: Sequence[errors.Asked], oracle: Oracle) -> Verdict:
    """The verdict on pictures that have to show a network's errors; titles have to be surely right."""

    def judging(asked: Sequence[errors.Asked]) -> Look:
        def look(figures: Sequence[Figure]) -> Verdict:
            outcomes = [(*errors.judge(figures, one), one) for one in asked]
            outcome, showing, one = max(outcomes, key=lambda each: each[0].right)
            return drawn.verdict_of(outcome, () if showing is None else pictures.of_errors(showing, one))

        return _cleaning(look, [one.collection.images for one in asked])

    titled = judging(forms) if forms[0].titles is not None else None
    plain = judging([replace(one, titles=None) for one in forms])
    return _best(found, _form(oracle, forms[0].required), plain, titled)


def climbed(found: Pictures, count: int, look: Look, oracle: Oracle) -> Verdict:
    """The verdict on pictures of activation maximisation.

    Args:
        found: the pictures.
        count: images that are asked for.
        look: judges figures.
        oracle: knows the images' size.
    """

    def careful(figures: Sequence[Figure]) -> Verdict:
        seen = look(figures)
        # Filters of a first layer may all want one image; whether each was climbed, a person judges.
        if seen.status == "passed" and _all_alike(figures):
            return replace(seen, status="needs_person", fraction=0.0)
        return seen

    return _best(found, _form(oracle, count), careful)


def matrix(found: Pictures, asked: Asked) -> Verdict:
    """The verdict on pictures that have to show a confusion matrix; words at its axes are not read."""
    seen = matrices.look(found, asked)
    details = {"misfit": round(seen.misfit, 3)} if math.isfinite(seen.misfit) else {}
    if seen.shows == "right":
        numbers = ", with the numbers in its cells" if asked.annotated else ""
        return Verdict("passed", 1.0, f"It shows the confusion matrix{numbers}.", details=details)
    if seen.shows == "other_checkpoint":
        message = f"The matrix is that of `{seen.name}`. Use the network that is asked for."
        return Verdict("failed", message=message, diagnosis="other_checkpoint", details=details)
    if seen.shows == "other_form":
        mistake, message = confusion_slips.other_form(seen.name, asked.normalised)
        return Verdict("failed", message=message, diagnosis=mistake, details=details)
    mistake, message = {
        "transposed": (
            "transposed",
            "Its rows and columns are exchanged, which is right only where the labels of its axes say so; "
            "these cannot be read from a picture.",
        ),
        "unread_numbers": (
            "unread_numbers",
            "Its colours are those of the confusion matrix, but the numbers in its cells cannot be read from "
            "the picture.",
        ),
    }.get(
        seen.shows,
        (
            "unclear_picture",
            "The picture cannot be read well enough to decide whose confusion matrix it shows.",
        ),
    )
    message = f"{message} {_PERSON}"
    return Verdict("needs_person", message=message, diagnosis=mistake, details=details)


def _form(oracle: Oracle, required: int) -> Form:
    height, width = oracle.images.shape[1:3]
    return Form((height, width), required, required)


def _all_alike(figures: Sequence[Figure]) -> bool:
    """Whether the panels of pictures are about the same; read from pixels, they are never quite so."""
    panels = [image.pixels for figure in figures for axes in figure.axes for image in axes.images]
    return all(one.shape == panels[0].shape and np.abs(one - panels[0]).mean() < _ALIKE for one in panels[1:])


def _cleaning(look: Look, forms: Sequence[Floats]) -> Look:
    """Looks at figures, and where they are not right once more without what was written over images."""

    def looked(figures: Sequence[Figure]) -> Verdict:
        plain = look(figures)
        cleaned = None if plain.status == "passed" else recognition.recognised(figures, forms)
        return plain if cleaned is None else look(cleaned)

    return looked


def _worded(found: Pictures, figures: Sequence[Figure], right: Verdict, titled: Look) -> Verdict:
    """The verdict on figures whose images are right: their words are, too, or a person reads them."""
    read = found.captioned(figures)
    if read is not None and (with_words := titled(read)).status == "passed":
        return with_words
    what = "cannot be read surely enough" if read is None else "do not surely name what is asked for"
    message = f"{right.message} The words above its images {what}. {_PERSON}"
    return replace(right, status="needs_person", fraction=0.0, message=message, diagnosis="unread_words")


def _best(found: Pictures, form: Form, look: Look, titled: Look | None = None) -> Verdict:
    """The clearest verdict of all ways to read pictures.

    Args:
        found: the pictures.
        form: of their panels.
        look: judges figures without their words.
        titled: judges them with these, where they are asked for; only its praise counts.
    """
    verdicts: list[Verdict] = []
    for figures in found.read(form):
        verdicts.append(look(figures))
        if verdicts[-1].status == "passed":
            return verdicts[-1] if titled is None else _worded(found, figures, verdicts[-1], titled)
    sure = next(
        (one for one in verdicts if one.status in ("failed", "partial") and one.diagnosis in _SURE), None
    )
    if sure is not None:
        return sure
    message = f"The picture cannot be read well enough to decide what it shows. {_PERSON}"
    return Verdict("needs_person", message=message, diagnosis="unclear_picture")
