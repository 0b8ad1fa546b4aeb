"""Figures: does a question's figure show what it claims to show?

The claim is recomputed by the oracle and compared panel by panel; a wrong figure is diagnosed by finding
what it does show. Rendered pixels are never compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, StrictBool, model_validator

from autograder.checks import answers
from autograder.checks.base import Check, Oracle
from autograder.checks.claims import Images, PanelClaim
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import gallery, illustrate
from autograder.figures.diagnosis import Diagnosis, explain, remarks
from autograder.figures.gallery import Collection, Gallery
from autograder.figures.panels import extract
from autograder.figures.verify import Finding, verify
from autograder.result import Verdict

_CLIPPED_HINT = " imshow cut off the values outside 0…1; add 0.5 to see the images in full."


class PanelsCheck(Check):
    """The question's figure shows these panels.

    Attributes:
        panels: what they show.
        at_least: how many different ones, at least; all of them by default. Required for images, of
            which any may be shown.
        titles: what the words above an image have to name: its class, or the predicted class as well.
        partial: give points by the share of panels that are right.
    """

    panels: PanelClaim
    at_least: int | None = Field(default=None, ge=1, strict=True)
    titles: Literal["label", "predicted_and_label"] | None = None
    partial: StrictBool = False

    @model_validator(mode="after")
    def _fits_the_claim(self) -> Self:
        if isinstance(self.panels, Images):
            if self.at_least is None:
                raise ValueError("images need at_least: how many have to be shown")
        elif self.titles is not None:
            raise ValueError("titles are read above images only")
        return self


def verdict(
    check: PanelsCheck,
    question: QuestionEvidence,
    oracle: Oracle,
    loose_figures: Sequence[Figure] = (),
) -> Verdict:
    """Judge the figures of a question.

    Args:
        check: the claim.
        question: with the figures of its cells.
        oracle: recomputes what is claimed.
        loose_figures: of cells that are not surely another question's; looked at when the question's own
            cells drew nothing, or were recognised by less than their metadata and drew something else,
            and used only if they show what is claimed.
    """
    own = _judged(check, question.figures, oracle) if _drawn(question.figures) else None
    if own is not None and (own.status == "passed" or question.matched_by == "metadata"):
        return own
    if _drawn(loose_figures):
        elsewhere = _judged(check, loose_figures, oracle)
        if elsewhere.status == "passed":
            remark = " The figure was found in a cell outside the question."
            return replace(elsewhere, message=elsewhere.message + remark)
    return own or _nothing_drawn(question)


def _drawn(figures: Sequence[Figure]) -> bool:
    return any(extract(figure).panels for figure in figures)


def _judged(check: PanelsCheck, figures: Sequence[Figure], oracle: Oracle) -> Verdict:
    if isinstance(check.panels, Images):
        return _images(check, figures, oracle)
    return _claimed(check, figures, oracle)


def _nothing_drawn(question: QuestionEvidence) -> Verdict:
    nothing = answers.untried(question)
    if nothing is not None:
        return nothing
    if question.blanks:
        message = f"A blank `{answers.BLANK}` is still there, so no figure was drawn."
        return Verdict("unanswered", message=message)
    if not question.source.strip():
        return Verdict("unanswered", message="The question's cells are empty, so no figure was drawn.")
    seen = "No figure was drawn in this question's cells."
    if question.figures:
        seen = "The figures of this question's cells hold no images."
    why = answers.sentences(question.errors) or ["Plot it in the question's own cell, with imshow."]
    return Verdict("failed", message=" ".join([seen, *why]), diagnosis="no_figure")


def _claimed(check: PanelsCheck, figures: Sequence[Figure], oracle: Oracle) -> Verdict:
    reference = oracle.panels(check.panels)
    finding = verify(figures, reference, oracle.decoys(check.panels), check.at_least)
    if finding is None:
        raise ValueError("figures without panels are no figures")
    common: dict[str, Any] = {
        "instructor": _numbers(finding),
        "pictures": illustrate.finding(finding),
        "details": _details(finding),
    }
    if finding.accepted:
        shown = finding.matched
        plural = f"All {shown} panels show" if shown > 1 else "The panel shows"
        remark = remarks(finding)
        message = f"{plural} {reference.title}." if not remark else f"Enough panels are right. {remark}"
        return Verdict("passed", 1.0, message, **common)
    diagnosis = explain(finding)
    return _missed(diagnosis, finding.share if check.partial and diagnosis.partly else 0.0, common)


def _images(check: PanelsCheck, figures: Sequence[Figure], oracle: Oracle) -> Verdict:
    predicted = oracle.predicted() if check.titles == "predicted_and_label" else oracle.labels
    collection = Collection(oracle.images, oracle.labels, predicted, oracle.class_names)
    shown = gallery.look_up(figures, collection, check.at_least or 1, check.titles)
    if shown is None:
        raise ValueError("figures without panels are no figures")
    hint = _CLIPPED_HINT if shown.clipped else ""
    common: dict[str, Any] = {"pictures": illustrate.images(shown), "details": _image_details(shown)}
    if shown.accepted:
        titled = {"label": ", titled with their classes", "predicted_and_label": ", predicted and true class"}
        what = f"{shown.right} images of the data set{titled.get(check.titles or '', '')}"
        return Verdict("passed", 1.0, f"The figure shows {what}.{hint}", **common)
    diagnosis = gallery.explain(shown, collection, check.titles)
    return _missed(diagnosis, shown.share if check.partial else 0.0, common)


def _missed(diagnosis: Diagnosis, share: float, common: dict[str, Any]) -> Verdict:
    status: Literal["needs_person", "partial", "failed"] = "partial" if share > 0 else "failed"
    if not diagnosis.sure:
        status = "needs_person"
    return Verdict(status, round(share, 4), diagnosis.message, diagnosis=diagnosis.name, **common)


def _numbers(finding: Finding) -> str:
    found = finding.found
    seen = f"{finding.matched} panels right, {finding.required} required"
    if len(found.scores):
        seen += f"; median NCC {np.median(found.scores):.4f} (view {found.view}, threshold {found.threshold})"
    if finding.rivals:
        rival = finding.rivals[0]
        mean = float(rival.scores.mean()) if len(rival.scores) else 0.0
        seen += f"; nearest other explanation: {rival.target.title} (mean NCC {mean:.4f})"
    return seen + "."


def _details(finding: Finding) -> dict[str, Any]:
    found = finding.found
    return {
        "view": found.view,
        "median_ncc": round(float(np.median(found.scores)), 4) if len(found.scores) else None,
        "matched": finding.matched,
        "required": finding.required,
        "margin": None if finding.margin is None else round(finding.margin, 4),
        "nearest_decoy": finding.rivals[0].target.title if finding.rivals else None,
        "scores": [round(float(score), 4) for score in found.scores],
    }


def _image_details(shown: Gallery) -> dict[str, Any]:
    scores = [round(float(shot.score), 4) for shot in shown.shots]
    return {
        "view": "plain",
        "median_ncc": round(float(np.median(scores)), 4) if scores else None,
        "matched": shown.right,
        "required": shown.required,
        "margin": None,
        "nearest_decoy": None,
        "scores": scores,
        "images": [shot.image for shot in shown.shots],
        "problems": [shot.problem for shot in shown.shots],
    }
