"""Figures: does a question's figure show what it claims to show?

The claim is recomputed by the oracle and compared panel by panel; a wrong figure is diagnosed by finding
what it does show. Rendered pixels are never compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from autograder.checks import drawn, galleries, references, saved
from autograder.checks.base import Check, Given, Oracle, PanelSet, VariableName
from autograder.checks.claims import GradCam, Images, PanelClaim, Split, image_of, image_variables
from autograder.checks.galleries import Wanted
from autograder.evidence import Figure, QuestionEvidence
from autograder.figures import illustrate
from autograder.figures.diagnosis import Diagnosis, explain, remarks
from autograder.figures.gallery import Titles
from autograder.figures.rendered.reading import Pictures
from autograder.figures.verify import Finding, verify
from autograder.result import Verdict


class First(BaseModel):
    """The first so many images.

    Attributes:
        first: how many.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: int = Field(ge=1, strict=True)


class PanelsCheck(Check):
    """The question's figure shows these panels.

    Attributes:
        panels: what they show.
        of: the variable of the submitted network that the claim, or the predicted class, is about; the given
            network by default.
        at_least: how many different ones, at least; all of them by default. Required for images, unless
            `which` says how many there are.
        part: images of which split; by default the assignment's data.
        which: only these images; by default any may be shown.
        titles: what the words above an image have to name: its class, the class that the network predicts,
            or both.
        partial: give points by the share of panels that are right.
        beside: what may stand in the same figure, such as what the question's other check is about; panels
            that show it do not count.
    """

    panels: PanelClaim
    of: VariableName | None = None
    at_least: int | None = Field(default=None, ge=1, strict=True)
    part: Split | None = None
    which: First | None = None
    titles: Titles | None = None
    partial: StrictBool = False
    beside: tuple[PanelClaim, ...] = ()

    @model_validator(mode="after")
    def _fits_the_claim(self) -> Self:
        if self.beside and any(isinstance(one, Images) for one in (self.panels, *self.beside)):
            raise ValueError("`beside` is for what is drawn of networks, not for images of the data")
        if isinstance(self.panels, Images):
            if self.at_least is None and self.which is None:
                raise ValueError("images need at_least: how many have to be shown")
            if self.which is not None and (self.at_least or 1) > self.which.first:
                raise ValueError("`at_least` asks for more images than `which` leaves")
            if self.of is not None and not self._names_predictions:
                raise ValueError("images need the network `of` only if their titles name predicted classes")
            return self
        for key in ("part", "which", "titles"):
            if getattr(self, key) is not None:
                raise ValueError(f"`{key}` is for images only")
        if isinstance(self.panels, GradCam) and self.of is not None:
            raise ValueError("Grad-CAM is computed for the pretrained network only, not for `of`")
        return self

    @property
    def _names_predictions(self) -> bool:
        return self.titles in ("predicted", "predicted_and_label")

    @property
    def network(self) -> str:
        """The network that the claim is about."""
        return self.of or ""

    @property
    def needs_checkpoint(self) -> bool:
        """Whether it is about the given network; images by themselves are not."""
        return self.of is None and (not isinstance(self.panels, Images) or self._names_predictions)

    def captures(self) -> tuple[str, ...]:
        """The variables that the claim refers to."""
        claims = (self.panels, *self.beside)
        variables = (name for claim in claims for name in image_variables(image_of(claim)))
        return tuple(dict.fromkeys([*([self.of] if self.of else []), *variables]))


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
    return drawn.judged(
        question,
        loose_figures,
        drawn.IMAGES,
        lambda: _given(check, question, oracle),
        lambda figures, givens: _judged(check, givens, figures, oracle),
        lambda nothing, prepare: saved.judged(
            question, nothing, prepare, lambda found, givens: _saved(check, givens, found, oracle)
        ),
    )


def _given(check: PanelsCheck, question: QuestionEvidence, oracle: Oracle) -> list[Given] | Verdict:
    """What of the student's own the claim is about, and each of those that may stand beside it."""
    found = []
    for claim in (check.panels, *check.beside):
        given = references.given(claim, check.of, question, oracle)
        if isinstance(given, Verdict):
            return given
        found.append(given)
    return found


def _judged(
    check: PanelsCheck, givens: Sequence[Given], figures: Sequence[Figure], oracle: Oracle
) -> Verdict:
    if isinstance(check.panels, Images):
        return _images(check, givens[0], figures, oracle)
    return _claimed(check, givens, figures, oracle)


def _saved(check: PanelsCheck, givens: Sequence[Given], found: Pictures, oracle: Oracle) -> Verdict:
    """The verdict on saved pictures."""
    claim, given = check.panels, givens[0]
    if isinstance(claim, Images):
        return saved.images(found, _wanted(check), given, oracle)
    references = (oracle.panels(claim, given), *oracle.alternatives(claim, given))
    return saved.panels(found, references, oracle.decoys(claim, given), check.at_least, check.partial)


def _claimed(
    check: PanelsCheck, givens: Sequence[Given], figures: Sequence[Figure], oracle: Oracle
) -> Verdict:
    given, decoys = givens[0], oracle.decoys(check.panels, givens[0])
    beside = [
        one
        for claim, its in zip(check.beside, givens[1:], strict=True)
        for one in (oracle.panels(claim, its), *oracle.alternatives(claim, its))
    ]
    finding = _found(figures, oracle.panels(check.panels, given), decoys, check.at_least, beside)
    for reference in [] if finding.accepted else oracle.alternatives(check.panels, given):
        other = _found(figures, reference, decoys, check.at_least, beside)
        if other.accepted or other.share > finding.share:
            finding = other
    common: dict[str, Any] = {
        "instructor": _numbers(finding),
        "pictures": illustrate.finding(finding),
        "details": _details(finding),
    }
    if finding.accepted:
        shown = finding.matched
        plural = f"All {shown} panels show" if shown > 1 else "The panel shows"
        remark = remarks(finding)
        message = f"Enough panels are right. {remark}" if remark else f"{plural} {finding.reference.title}."
        return Verdict("passed", 1.0, message, **common)
    diagnosis = explain(finding)
    return _missed(diagnosis, finding.share if check.partial and diagnosis.partly else 0.0, common)


def _found(
    figures: Sequence[Figure],
    reference: PanelSet,
    decoys: Sequence[PanelSet],
    at_least: int | None,
    beside: Sequence[PanelSet],
) -> Finding:
    finding = verify(figures, reference, decoys, at_least, beside)
    if finding is None:
        raise ValueError("figures without panels are no figures")
    return finding


def _images(check: PanelsCheck, given: Given, figures: Sequence[Figure], oracle: Oracle) -> Verdict:
    found, share = galleries.judged(_wanted(check), given, figures, oracle)
    if check.partial and found.status == "failed" and share > 0:
        return replace(found, status="partial", fraction=round(share, 4))
    return found


def _wanted(check: PanelsCheck) -> Wanted:
    return Wanted(check.at_least, check.part, check.which.first if check.which else None, check.titles)


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
