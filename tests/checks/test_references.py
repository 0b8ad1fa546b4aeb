"""Which network and which image a check is about, and what is said where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from autograder.checks import claims, references
from autograder.checks.base import Given, Picture
from autograder.evidence import Missing, Model, QuestionEvidence, Trained, Value
from autograder.result import Verdict
from tests.fakes import IMAGES, LABELS, FakeOracle, answered, array, listed, model, opaque, scalar

ORACLE = FakeOracle()


def ref(form: Any) -> claims.AnyImage:
    found: claims.AnyImage = TypeAdapter(claims.ImageRef).validate_python(form)
    return found


def handed_in(**networks: str) -> dict[str, Trained]:
    return {name: Trained(model(config)) for name, config in networks.items()}


def image(form: Any, **values: Value) -> Picture | Verdict:
    return references.image(ref(form), answered(**values), ORACLE)


def test_the_captured_network_comes_before_the_one_that_was_handed_in() -> None:
    question = answered(net=model("captured"))
    question.trained = handed_in(net="handed in")
    found = references.network(question, "net")
    assert isinstance(found, Model)
    assert found.config == "captured"


def test_a_handed_in_network_stands_for_a_variable_without_a_value() -> None:
    question = answered(net=Missing())
    question.trained = handed_in(net="handed in", other="other")
    found = references.network(question, "net")
    assert isinstance(found, Model)
    assert found.config == "handed in"


def test_an_untouched_question_is_unanswered_whatever_was_handed_in() -> None:
    question = QuestionEvidence("q", matched_by="metadata", untouched=True, trained=handed_in(net="x"))
    found = references.network(question, "net")
    assert isinstance(found, Verdict)
    assert found.status == "unanswered"


def test_something_else_in_the_variable_is_not_replaced() -> None:
    question = answered(net=scalar(3))
    question.trained = handed_in(net="x")
    found = references.network(question, "net")
    assert isinstance(found, Verdict)
    assert (found.status, found.diagnosis) == ("failed", "wrong_type")


@pytest.mark.parametrize("value", [Missing(), scalar("a text"), opaque("Functional", "too large")])
def test_without_a_network_to_compare_with_a_person_decides(value: Value) -> None:
    found = references.subject(answered(net=value), "net")
    assert isinstance(found, Verdict)
    assert (found.status, found.diagnosis) == ("needs_person", "no_network")
    assert "`net`" in found.message


def test_a_blank_in_place_of_the_network_is_unanswered() -> None:
    found = references.subject(answered(net=scalar(None)), "net")
    assert isinstance(found, Verdict)
    assert found.status == "unanswered"


@pytest.mark.parametrize(
    ("form", "title", "split"),
    [
        (4, "test image 4", "test"),
        ({"test": "i"}, "test image 7", "test"),
        ({"train": "i"}, "train image 7", "train"),
    ],
)
def test_images_are_named_by_index(form: Any, title: str, split: Any) -> None:
    found = image(form, i=scalar(7))
    assert isinstance(found, Picture)
    assert found.title == title
    index = 4 if form == 4 else 7
    np.testing.assert_array_equal(found.pixels, ORACLE.part(split)[0][index])
    assert found.label == LABELS[index]


@pytest.mark.parametrize("value", [scalar(7.0), array(7), array([7]), listed(scalar(7))])
def test_an_index_may_have_any_type_that_holds_a_whole_number(value: Value) -> None:
    found = image({"test": "i"}, i=value)
    assert isinstance(found, Picture)
    assert found.title == "test image 7"


@pytest.mark.parametrize(
    ("value", "diagnosis"),
    [
        (scalar(7.5), "wrong_type"),
        (scalar(True), "wrong_type"),
        (scalar("seven"), "wrong_type"),
        (array([1, 2]), "wrong_type"),
        (scalar(float("nan")), "wrong_type"),
        (scalar(20), "out_of_range"),
        (scalar(10**30), "out_of_range"),
        (Missing(), "missing"),
    ],
)
def test_what_is_no_index_is_named(value: Value, diagnosis: str) -> None:
    found = image({"train": "i"}, i=value)
    assert isinstance(found, Verdict)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)
    assert "`i`" in found.message


@pytest.mark.parametrize("pixels", [IMAGES[2], IMAGES[2:3], IMAGES[2].astype(np.float64), IMAGES[2].tolist()])
def test_an_image_may_come_with_or_without_the_axis_that_counts_images(pixels: Any) -> None:
    found = image({"variable": "mine"}, mine=array(pixels))
    assert isinstance(found, Picture)
    np.testing.assert_allclose(found.pixels, IMAGES[2])
    assert found.pixels.dtype == np.float32
    assert (found.title, found.label) == ("the image in `mine`", None)


@pytest.mark.parametrize("pixels", [IMAGES[:2], IMAGES[0, :3], IMAGES[0, ..., 0], IMAGES[0] * np.nan, 3.0])
def test_what_is_no_image_is_named(pixels: Any) -> None:
    found = image({"variable": "mine"}, mine=array(pixels))
    assert isinstance(found, Verdict)
    assert found.status == "failed"
    assert "`mine`" in found.message


def test_an_image_that_the_config_names_wrongly_is_the_configs_fault() -> None:
    with pytest.raises(ValueError, match="no image 20"):
        image(20)


def test_a_claim_gets_its_network_its_image_and_the_students_other_networks() -> None:
    claim = TypeAdapter(claims.PanelClaim).validate_python(
        {"activations": {"layer": "conv1", "image": {"test": "i"}}}
    )
    question = answered(net=model("mine"), i=scalar(1))
    question.trained = handed_in(net="mine, handed in", other="other")
    found = references.given(claim, "net", question, ORACLE)
    assert isinstance(found, Given)
    assert found.model is not None
    assert (found.model.config, found.name) == ("mine", "net")
    assert found.image is not None
    assert found.image.title == "test image 1"
    assert {name: other.config for name, other in found.others.items()} == {"other": "other"}


def test_a_claim_about_the_given_network_needs_nothing() -> None:
    claim = TypeAdapter(claims.PanelClaim).validate_python({"filters": {"layer": 0}})
    found = references.given(claim, None, answered(), ORACLE)
    assert isinstance(found, Given)
    assert (found.model, found.image, dict(found.others)) == (None, None, {})


@pytest.mark.parametrize("layer", [-1, True, 1.5, "conv", "conv0", "conv01", "layer1", "", None, [0]])
def test_senseless_layers_are_refused(layer: Any) -> None:
    with pytest.raises(ValidationError):
        claims.OfLayer.model_validate({"layer": layer})


@pytest.mark.parametrize(("layer", "meant"), [(3, 3), ("3", 3), ("conv2", "conv2"), ("dense12", "dense12")])
def test_layers_are_indices_or_roles(layer: Any, meant: Any) -> None:
    assert claims.OfLayer.model_validate({"layer": layer}).layer == meant


@pytest.mark.parametrize(
    "form", [-1, "x", {"variable": "3x"}, {"image": "x"}, {"train": "a", "test": "b"}, None]
)
def test_senseless_images_are_refused(form: Any) -> None:
    with pytest.raises(ValidationError):
        ref(form)
