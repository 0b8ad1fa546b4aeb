"""What students get for networks they build, and for lists of layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.checks.models import LayersCheck, ModelCheck, layers_verdict, probes, verdict
from autograder.evidence import Value
from autograder.result import Verdict
from tests.fakes import (
    IMAGES,
    LAYERS,
    FakeOracle,
    Images,
    answered,
    array,
    layer,
    layer_output,
    listed,
    model,
    opaque,
    scalar,
)

CHECK = ModelCheck.model_validate({"model": "m", "computes": {"activations": {"layer": 0}}})
ORACLE = FakeOracle(
    right=lambda images: [layer_output(0, images)],
    nearly=lambda images: [layer_output(0, images).astype(np.float32) + 1e-5],
    activation=lambda images: [layer_output(1, images)],
    whole=lambda images: [layer_output(5, images)],
    every=lambda images: [layer_output(index, images) for index in range(6)],
    others=lambda images: [layer_output(1, images), layer_output(2, images)],
    untrained=lambda images: [layer_output(0, images) * 0.5],
    diverged=lambda images: [layer_output(0, images) * np.nan],
    strange=lambda images: [images[:, :2]],
    photographs=lambda images: [only_on_photographs(images)],
)


def only_on_photographs(images: Images) -> Images:
    """Right on the assignment's images and nowhere else."""
    known = np.array([any(np.array_equal(image, other) for other in IMAGES) for image in images])
    return np.where(known[:, None, None, None], layer_output(0, images), 0)


def judged(value: Value) -> Verdict:
    return verdict(CHECK, answered(m=value), ORACLE)


@pytest.mark.parametrize("config", ["right", "nearly"])
def test_what_it_computes_counts(config: str) -> None:
    found = judged(model(config))
    assert (found.status, found.fraction) == ("passed", 1.0)


@pytest.mark.parametrize(
    ("config", "diagnosis", "words"),
    [
        ("activation", "other_layer", "layer 1 (activation)"),
        ("whole", "other_layer", "layer 5 (activation_1), the network's last"),
        ("every", "several_outputs", "6 outputs; the one that is asked for is among them"),
        ("others", "several_outputs", "2 outputs; one is expected"),
        ("untrained", "other_weights", "(4, 4, 5)"),
        ("diverged", "nan", "NaN"),
        ("strange", "other_output", "(2, 4, 3)"),
        ("photographs", "other_weights", "the numbers are not"),
    ],
)
def test_mistakes_are_recognised(config: str, diagnosis: str, words: str) -> None:
    found = judged(model(config))
    assert (found.status, found.diagnosis) == ("failed", diagnosis)
    assert words in found.message


def test_a_network_that_is_not_rebuilt_may_be_right_and_is_left_to_a_person() -> None:
    found = judged(model("unknown"))
    assert (found.status, found.diagnosis) == ("needs_person", "refused")
    assert "its layer Lambda is not one of Keras' own" in found.message


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (listed(layer("conv2d", "Conv2D")), "a list of 1 item"),
        (layer("conv2d", "Conv2D"), "a Keras layer (conv2d, Conv2D)"),
        (opaque("keras.src.backend.common.keras_tensor.KerasTensor"), "`outputs`"),
        (opaque("Sequential", "its config is too large"), "its config is too large"),
        (array([1.0, 2.0]), "array of shape (2,)"),
    ],
)
def test_what_is_no_network_is_named(value: Value, words: str) -> None:
    found = judged(value)
    assert (found.status, found.diagnosis) == ("failed", "wrong_type")
    assert words in found.message


def test_blank_is_unanswered() -> None:
    assert judged(scalar(None)).status == "unanswered"


def test_probes_are_photographs_and_noise_and_always_the_same() -> None:
    images = probes(IMAGES)
    assert np.array_equal(images, probes(IMAGES))
    assert np.array_equal(images[:8], IMAGES[:8])
    assert images.dtype == IMAGES.dtype
    assert not np.isin(images[8:], IMAGES).any()


def layers_judged(value: Value) -> Verdict:
    return layers_verdict(LayersCheck(layers="layers_list"), answered(layers_list=value), FakeOracle())


LIST = [layer(info.name, info.python) for info in LAYERS]


def test_the_list_of_layers_counts_whatever_their_names() -> None:
    assert layers_judged(listed(*LIST)).status == "passed"
    renamed = [layer(f"{item.name}_7", f"keras.src.layers.{item.python}") for item in LIST]
    assert layers_judged(listed(*renamed)).status == "passed"
    assert layers_judged(listed(layer("input", "InputLayer"), *LIST)).status == "passed"


def test_names_alone_count_and_are_remarked_on() -> None:
    found = layers_judged(listed(*(scalar(info.name) for info in LAYERS)))
    assert (found.status, found.diagnosis) == ("passed", "names_only")
    assert layers_judged(listed(*(scalar(info.name) for info in LAYERS[1:]))).diagnosis == "first_missing"


@pytest.mark.parametrize(
    ("value", "diagnosis"),
    [
        (listed(*LIST[::-1]), "reversed"),
        (listed(*LIST[1:]), "first_missing"),
        (listed(*LIST[:-1]), "last_missing"),
        (listed(*LIST[:3]), "some_missing"),
        (listed(*LIST[:2], *LIST[3:], LIST[2]), "other_layers"),
        (listed(*LIST, *LIST), "other_layers"),
        (listed(*(opaque("KerasTensor") for _ in LIST)), "not_layers"),
        (listed(), "not_layers"),
        (model("whole"), "wrong_type"),
        (LIST[0], "wrong_type"),
    ],
)
def test_mistakes_in_the_list_are_recognised(value: Value, diagnosis: str) -> None:
    found = layers_judged(value)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


def of_network(value: Value, computes: dict[str, Any]) -> Verdict:
    check = ModelCheck.model_validate({"model": "m", "computes": computes, "of": "net"})
    assert check.captures() == ("m", "net")
    return verdict(check, answered(m=value, net=model("whole")), LOGITS)


LOGITS = FakeOracle(
    whole=lambda images: [layer_output(5, images)],
    maps=lambda images: [layer_output(0, images)],
    activation=lambda images: [layer_output(1, images)],
    second=lambda images: [layer_output(2, images)],
    logits=lambda images: [layer_output(4, images)],
    shifted=lambda images: [layer_output(4, images) + 3],
    doubled=lambda images: [layer_output(4, images) * 2],
    diverged=lambda images: [layer_output(4, images) * np.nan],
    two=lambda images: [layer_output(4, images), layer_output(5, images)],
)


@pytest.mark.parametrize("config", ["maps", "activation"])
def test_a_convolution_by_its_role_may_include_its_activation(config: str) -> None:
    assert of_network(model(config), {"activations": {"layer": "conv1"}}).status == "passed"


def test_another_layer_of_a_submitted_network_is_named() -> None:
    found = of_network(model("second"), {"activations": {"layer": "conv1"}})
    assert (found.status, found.diagnosis) == ("failed", "other_layer")
    assert "layer 2 (conv2d_1)" in found.message


@pytest.mark.parametrize("config", ["logits", "shifted"])
def test_logits_count_up_to_a_constant(config: str) -> None:
    assert of_network(model(config), {"logits": {}}).status == "passed"


@pytest.mark.parametrize(
    ("config", "diagnosis", "words"),
    [
        ("whole", "softmax_left", "Leave the softmax"),
        ("doubled", "other_weights", "layers of `whole_name`"),
        ("diverged", "nan", "NaN"),
        ("two", "several_outputs", "among them"),
        ("maps", "other_layer", "layer 0 (conv2d)"),
    ],
)
def test_mistakes_on_the_way_to_logits_are_recognised(config: str, diagnosis: str, words: str) -> None:
    found = of_network(model(config), {"logits": {}})
    assert (found.status, found.diagnosis) == ("failed", diagnosis)
    assert words.replace("whole_name", "net") in found.message
    assert found.instructor in ("", "Expected the logits.")


def test_a_network_to_compare_with_is_needed() -> None:
    check = ModelCheck.model_validate({"model": "m", "computes": {"logits": {}}, "of": "net"})
    assert verdict(check, answered(m=model("logits")), LOGITS).status == "needs_person"
    check = ModelCheck.model_validate({"model": "m", "computes": {"logits": {}}})
    assert check.needs_checkpoint


def test_layers_of_a_submitted_network() -> None:
    check = LayersCheck(layers="layers_list", of="net")
    both = answered(layers_list=listed(*LIST), net=model("whole"))
    assert layers_verdict(check, both, LOGITS).status == "passed"
    assert layers_verdict(check, answered(layers_list=listed(*LIST)), LOGITS).status == "needs_person"
