"""Saved pictures of images, errors, climbed images and confusion matrices: from config to verdict."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import pytest
from pydantic import TypeAdapter

from autograder import checks, evidence
from autograder.checks import AnyCheck, saved
from autograder.checks.base import Oracle
from autograder.evidence import QuestionEvidence, Rendered, Trained
from autograder.figures.rendered import reading
from autograder.result import Verdict
from tests import fakes
from tests.checks import test_maximisation, test_panels
from tests.checks.test_number_figures import COUNTS, ORACLE, RIGHTLY, WRONG
from tests.figures import world
from tests.figures.rendered import saving

IMAGES = world.images() + 0.5
SHOWN = IMAGES[[3, 17, 4, 11, 6]]
GALLERY = {"panels": {"images": {}}, "at_least": 5}
ERRORS = {"misclassified": "model", "at_least": 3}
CONFUSION = {"confusion": "model"}
CLIMBED = {"maximisation": "model", "classes": list(range(10))}
ORACLES: dict[str, Any] = {
    "gallery": test_panels.FakeOracle(),
    "errors": ORACLE,
    "confusion": ORACLE,
    "climbed": test_maximisation.FakeOracle(),
}


def judged(kind: str, config: dict[str, Any], *pictures: Any, executed: bool = False, **seen: Any) -> Verdict:
    question = QuestionEvidence("q", matched_by="metadata", source="draw()")
    question.values["model"] = fakes.model("own")
    question.rendered = [Rendered(0, pixels, executed) for pixels in pictures]
    for name, value in seen.items():
        setattr(question, name, value)
    check = TypeAdapter[Any](AnyCheck).validate_python(config)
    return checks.judge(check, question, cast(Oracle, ORACLES[kind]))


def unit(panels: Any) -> Sequence[Any]:
    return [world.unit(panel) for panel in panels]


@cache
def right(kind: str) -> Any:
    """The picture that is asked for."""
    match kind:
        case "gallery":
            return saving.images(SHOWN, ["cat"] * 5)
        case "errors":
            return saving.images(unit(fakes.IMAGES[WRONG[:3]]))
        case "confusion":
            return saving.matrix(COUNTS, [[str(count) for count in row] for row in COUNTS])
    return saving.images(test_maximisation.class_images())


KINDS: dict[str, dict[str, Any]] = {
    "gallery": GALLERY,
    "errors": ERRORS,
    "confusion": CONFUSION,
    "climbed": CLIMBED,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_takes_too_long_to_read_is_left_to_a_person(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_SECONDS", -1.0)
    assert judged(kind, KINDS[kind], right(kind)).status == "needs_person"


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_picture_passes(kind: str) -> None:
    found = judged(kind, KINDS[kind], right(kind))
    assert (found.status, found.fraction, found.diagnosis) == ("passed", 1.0, ""), found.message
    assert found.details[saved.SEEN] == saved.PICTURE


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_was_not_drawn_again_goes_to_a_person(kind: str) -> None:
    found = judged(kind, KINDS[kind], right(kind), executed=True)
    assert (found.status, found.diagnosis) == ("needs_person", "not_redrawn")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_shows_nothing_known_goes_to_a_person(kind: str) -> None:
    noise = np.random.default_rng(3).random((10, 12, 12))
    assert judged(kind, KINDS[kind], saving.images(noise)).status == "needs_person"


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_an_untouched_question_do_not_count(kind: str) -> None:
    assert judged(kind, KINDS[kind], right(kind), untouched=True).status == "unanswered"


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_picture_may_be_saved_elsewhere(kind: str) -> None:
    found = judged(kind, KINDS[kind], loose_rendered=[Rendered(7, right(kind))])
    assert found.status == "passed"
    assert "in a cell outside the question" in found.message


@pytest.mark.parametrize(
    ("kind", "picture", "mistake"),
    [
        ("gallery", lambda: saving.images(SHOWN.swapaxes(1, 2)), "transposed"),
        ("gallery", lambda: saving.images(SHOWN[..., ::-1]), "bgr"),
        ("errors", lambda: saving.images(unit(fakes.IMAGES[RIGHTLY[:3]])), "correct_shown"),
        ("climbed", lambda: saving.images(test_maximisation.DATA[:10, ..., 0]), "dataset_images"),
    ],
    ids=["transposed", "colours exchanged", "correct images", "real images"],
)
def test_what_is_surely_wrong_is_told(kind: str, picture: Any, mistake: str) -> None:
    found = judged(kind, KINDS[kind], picture())
    assert (found.status, found.fraction, found.diagnosis) == ("failed", 0.0, mistake), found.message


@pytest.mark.parametrize(
    ("kind", "titles"), [("gallery", "label"), ("gallery", "predicted_and_label"), ("errors", "predicted")]
)
def test_of_titles_that_are_asked_for_a_person_judges(kind: str, titles: str) -> None:
    found = judged(kind, {**KINDS[kind], "titles": titles}, right(kind))
    assert (found.status, found.diagnosis) == ("needs_person", "unread_words")
    assert "words above its images do not surely name" in found.message


NAMED = [test_panels.NAMES[index % 10] for index in (3, 17, 4, 11, 6)]


@pytest.mark.parametrize("cmap", ["gray", "viridis"])
def test_right_titles_are_read(cmap: str) -> None:
    found = judged("gallery", {**GALLERY, "titles": "label"}, saving.images(SHOWN, NAMED, cmap))
    assert (found.status, found.fraction, found.diagnosis) == ("passed", 1.0, ""), found.message
    assert "titled with their classes" in found.message


@pytest.mark.parametrize(
    "titles",
    [
        [*NAMED[1:], NAMED[0]],
        [*NAMED[:4], "truck"],
        [*NAMED[:4], ""],
        [f"{name} or {other}" for name in NAMED for other in ("no", "x")][:5],
    ],
    ids=["the next ones", "one wrong", "one missing", "shifted"],
)
def test_wrong_titles_go_to_a_person(titles: list[str]) -> None:
    found = judged("gallery", {**GALLERY, "titles": "label"}, saving.images(SHOWN, titles))
    assert (found.status, found.diagnosis) == ("needs_person", "unread_words"), found.message


def test_titles_that_cannot_be_read_go_to_a_person() -> None:
    picture = saving.images(SHOWN, NAMED, dpi=50)
    found = judged("gallery", {**GALLERY, "titles": "label"}, picture)
    assert found.status == "needs_person"


def test_who_is_called_predicted_and_who_true_is_read() -> None:
    pictures = unit(fakes.IMAGES[WRONG[:3]])
    scores = ORACLE.subject(fakes.model("own")).probabilities(fakes.IMAGES[WRONG[:3]])
    names = [fakes.FakeOracle.class_names[guess] for guess in scores.argmax(axis=1)]
    true = [fakes.FakeOracle.class_names[fakes.LABELS[index]] for index in WRONG[:3]]
    config = {**ERRORS, "titles": "predicted_and_label"}
    right = [f"pred: {name}\ntrue: {label}" for name, label in zip(names, true, strict=True)]
    swapped = [f"pred: {label}\ntrue: {name}" for name, label in zip(names, true, strict=True)]
    assert judged("errors", config, saving.images(pictures, right)).status == "passed"
    found = judged("errors", config, saving.images(pictures, swapped))
    assert (found.status, found.diagnosis) == ("needs_person", "unread_words")


def test_one_climbed_image_for_all_filters_goes_to_a_person() -> None:
    images = np.repeat(test_maximisation.climbed()[:1], 8, axis=0)
    config = {**test_maximisation.FILTER_CHECK, "maximisation": "model"}
    assert judged("climbed", config, saving.images(images)).status == "needs_person"
    assert judged("climbed", config, saving.images(test_maximisation.climbed())).status == "passed"


def test_another_networks_matrix_is_told_by_its_name() -> None:
    other = evidence.Model("other", (), "keras.src.models.functional.Functional")
    predicted = ORACLE.subject(other).probabilities(fakes.IMAGES).argmax(axis=1)
    counts = np.zeros((3, 3), int)
    np.add.at(counts, (fakes.LABELS, predicted), 1)
    found = judged("confusion", CONFUSION, saving.matrix(counts), trained={"improved": Trained(other)})
    assert (found.status, found.diagnosis) == ("failed", "other_checkpoint")
    assert "`improved`" in found.message


@pytest.mark.parametrize(
    ("normalised", "cells", "mistake"),
    [
        ("rows", COUNTS / COUNTS.sum(axis=0), "normalised_columns"),
        ("rows", COUNTS, "counts"),
        ("no", COUNTS / COUNTS.sum(axis=1, keepdims=True), "normalised"),
    ],
)
def test_a_matrix_in_another_form_is_told_so(normalised: str, cells: Any, mistake: str) -> None:
    found = judged("confusion", {**CONFUSION, "normalised": normalised}, saving.matrix(cells))
    assert (found.status, found.diagnosis) == ("failed", mistake), found.message


@pytest.mark.parametrize(
    ("config", "cells", "mistake", "words"),
    [
        ({}, COUNTS.T, "transposed", "labels of its axes"),
        ({"counts": True}, COUNTS, "unread_numbers", "numbers in its cells"),
        ({}, COUNTS[::-1], "unclear_picture", "whose confusion matrix"),
    ],
)
def test_which_part_of_a_matrix_is_left_to_a_person_is_said(
    config: dict[str, Any], cells: Any, mistake: str, words: str
) -> None:
    found = judged("confusion", {**CONFUSION, **config}, saving.matrix(cells))
    assert (found.status, found.diagnosis) == ("needs_person", mistake), found.message
    assert words in found.message


def test_numbers_that_are_asked_for_are_looked_at() -> None:
    found = judged("confusion", {**CONFUSION, "counts": True}, right("confusion"))
    assert (found.status, found.fraction) == ("passed", 1.0)
    assert "with the numbers in its cells" in found.message
