"""What students get for arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from autograder.checks.arrays import ArrayCheck, verdict
from autograder.evidence import Value
from autograder.result import Verdict
from tests.fakes import (
    IMAGES,
    WEIGHTS,
    FakeOracle,
    answered,
    array,
    layer_output,
    listed,
    model,
    opaque,
    scalar,
)

KERNELS, BIAS = WEIGHTS[0]
ASK_WEIGHTS: dict[str, Any] = {"equals": {"weights": {"layer": 0}}}
ASK_BIAS: dict[str, Any] = {"equals": {"bias": {"layer": 0}}}
ASK_FILTER: dict[str, Any] = {"equals": {"filter": {"layer": 0, "filter": 1}}}
FILTER = KERNELS[..., 1]


def judged(value: Value, asked: dict[str, Any]) -> Verdict:
    return verdict(ArrayCheck.model_validate({"array": "w", **asked}), answered(w=value), FakeOracle())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_right_tensor_counts_in_any_precision(dtype: Any) -> None:
    assert judged(array(KERNELS.astype(dtype)), ASK_WEIGHTS).status == "passed"
    assert judged(array(BIAS.astype(dtype)), ASK_BIAS).status == "passed"


def test_lists_of_numbers_and_of_arrays_count() -> None:
    assert judged(listed(*map(scalar, BIAS.tolist())), ASK_BIAS).status == "passed"
    assert judged(listed(*(array(row) for row in FILTER)), ASK_FILTER).status == "passed"


def test_numbers_may_be_given_in_the_config() -> None:
    asked = {"equals": [[1, 2], [3, 4]]}
    assert judged(array([[1, 2], [3, 4]]), asked).status == "passed"
    assert judged(array([[1, 2], [3, 5]]), asked).diagnosis == "other_values"


def test_shape_alone() -> None:
    asked = {"shape": [2, 2, 3, 5]}
    assert judged(array(KERNELS), asked).status == "passed"
    assert judged(array(np.zeros((2, 2, 3, 5))), asked).status == "passed"
    assert judged(array(KERNELS.T), asked).diagnosis == "transposed"
    assert judged(array(FILTER), asked).diagnosis == "shape"
    wrong = judged(array(np.zeros((3, 3, 3, 5))), asked)
    assert wrong.diagnosis == "shape"
    assert "(3, 3, 3, 5)" in wrong.message


def test_kind_of_numbers() -> None:
    assert judged(array(np.ones(3, np.uint8)), {"dtype": "int"}).status == "passed"
    assert judged(array(np.ones(3, np.float16)), {"dtype": "float"}).status == "passed"
    assert judged(array(np.ones(3, bool)), {"dtype": "bool"}).status == "passed"
    found = judged(array(np.ones(3, np.float32)), {"dtype": "int"})
    assert (found.status, found.diagnosis) == ("failed", "dtype")
    assert "float32" in found.message


def with_nan() -> Any:
    kernels = KERNELS.copy()
    kernels[0, 0, 0, 0] = np.nan
    return kernels


@pytest.mark.parametrize(
    ("asked", "given", "diagnosis"),
    [
        (ASK_WEIGHTS, KERNELS.transpose(3, 2, 0, 1), "transposed"),
        (ASK_WEIGHTS, KERNELS.transpose(1, 0, 2, 3), "transposed"),
        (ASK_WEIGHTS, KERNELS[None], "extra_axis"),
        (ASK_WEIGHTS, KERNELS.ravel(), "flattened"),
        (ASK_WEIGHTS, KERNELS.reshape(4, 15), "reshaped"),
        (ASK_WEIGHTS, BIAS, "other_tensor"),
        (ASK_BIAS, KERNELS, "other_tensor"),
        (ASK_WEIGHTS, WEIGHTS[2][0], "other_layer"),
        (ASK_BIAS, WEIGHTS[2][1], "other_layer"),
        (ASK_WEIGHTS, with_nan(), "nan"),
        (ASK_WEIGHTS, KERNELS + 0.01 * np.sign(np.sin(np.arange(60).reshape(KERNELS.shape))), "other_values"),
        (ASK_WEIGHTS, np.zeros(KERNELS.shape), "other_values"),
        (ASK_WEIGHTS, np.full(KERNELS.shape, np.inf), "other_values"),
        (ASK_FILTER, (FILTER - FILTER.min()) / np.ptp(FILTER), "rescaled"),
        (ASK_FILTER, KERNELS[..., 4], "other_filter"),
        (ASK_FILTER, KERNELS[1], "wrong_axis"),
        (ASK_FILTER, KERNELS[:, :, 0], "wrong_axis"),
        (ASK_FILTER, KERNELS, "all_filters"),
        (ASK_FILTER, np.zeros((7, 7)), "shape"),
    ],
)
def test_mistakes_are_recognised(asked: dict[str, Any], given: Any, diagnosis: str) -> None:
    found = judged(array(given), asked)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


def test_both_tensors_of_a_layer_in_a_list_are_recognised() -> None:
    found = judged(listed(array(KERNELS), array(BIAS)), ASK_WEIGHTS)
    assert (found.status, found.diagnosis) == ("failed", "list_of_arrays")


@pytest.mark.parametrize(
    "value",
    [scalar("text"), model("x"), opaque("function"), listed(), listed(scalar(1), scalar("a")), scalar(2**80)],
)
def test_what_is_no_array_is_named(value: Value) -> None:
    found = judged(value, ASK_WEIGHTS)
    assert (found.status, found.diagnosis) == ("failed", "wrong_type")


def test_an_array_that_was_too_large_says_why() -> None:
    found = judged(opaque("numpy.ndarray", "larger than 64 MB"), ASK_WEIGHTS)
    assert "larger than 64 MB" in found.message


def test_blank_is_unanswered() -> None:
    assert judged(scalar("___"), ASK_WEIGHTS).status == "unanswered"


@given(st.floats(-0.9, 0.9), st.floats(0.01, 1000))
def test_tolerance_grows_with_the_tensor(share: float, scale: float) -> None:
    numbers = (np.array([1.0, -2.0, 3.5]) * scale).tolist()
    margin = 1e-4 * max(1.0, 3.5 * scale)
    near, far = np.array(numbers), np.array(numbers)
    near[1] += share * margin
    far[1] += 1.1 * margin
    assert judged(array(near), {"equals": numbers}).status == "passed"
    assert judged(array(far), {"equals": numbers}).status == "failed"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"shape": [3, -1]},
        {"shape": [True, 2]},
        {"shape": 3},
        {"dtype": "float32"},
        {"equals": [[1, 2], [3]]},
        {"equals": ["a"]},
        {"equals": [float("nan")]},
        {"equals": {"weight": {"layer": 0}}},
        {"equals": 3},
    ],
)
def test_senseless_checks_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ArrayCheck.model_validate({"array": "w", **fields})


MAPS = layer_output(0, IMAGES[3:4])[0]
AFTER = np.maximum(MAPS, 0)


def of_network(value: Value, equals: dict[str, Any], **values: Value) -> Verdict:
    check = ArrayCheck.model_validate({"array": "w", "equals": equals, "of": "net"})
    oracle = FakeOracle(net=lambda images: [layer_output(5, images)])
    return verdict(check, answered(**{"w": value, "net": model("net"), **values}), oracle)


def test_a_tensor_of_a_submitted_network_by_its_role() -> None:
    asked = {"weights": {"layer": "conv1"}}
    assert of_network(array(KERNELS), asked).status == "passed"
    assert of_network(array(WEIGHTS[2][0]), asked).diagnosis == "other_layer"
    assert of_network(array(BIAS), asked).diagnosis == "other_tensor"


@pytest.mark.parametrize("maps", [MAPS, MAPS[None], AFTER, AFTER[None]])
def test_maps_count_with_and_without_their_activation_and_the_axis_of_images(maps: Any) -> None:
    for image in ({"test": "i"}, {"variable": "mine"}, 3):
        asked = {"activations": {"layer": "conv1", "image": image}}
        found = of_network(array(maps), asked, i=scalar(3), mine=array(IMAGES[3:4]))
        assert found.status == "passed", found.message


def test_an_exact_layer_has_one_right_output() -> None:
    asked = {"activations": {"layer": 0, "image": 3}}
    assert of_network(array(MAPS), asked).status == "passed"
    found = of_network(array(AFTER), asked)
    assert (found.status, found.diagnosis) == ("failed", "other_layer")
    assert "layer 1 (activation)" in found.message


def test_maps_of_another_image_are_wrong() -> None:
    asked = {"activations": {"layer": "conv1", "image": {"test": "i"}}}
    found = of_network(array(MAPS), asked, i=scalar(4))
    assert (found.status, found.diagnosis) == ("failed", "other_values")


def test_probabilities_for_all_images() -> None:
    scores = layer_output(5, IMAGES)
    assert of_network(array(scores), {"probabilities": {}}).status == "passed"
    assert of_network(array(scores[::-1]), {"probabilities": {}}).status == "failed"


def test_what_the_claim_refers_to_is_captured() -> None:
    equals = {"activations": {"layer": "conv1", "image": {"train": "i"}}}
    check = ArrayCheck.model_validate({"array": "w", "equals": equals, "of": "net"})
    assert check.captures() == ("w", "net", "i")
    assert (check.network, check.needs_checkpoint) == ("net", False)
    assert ArrayCheck.model_validate({"array": "w", **ASK_BIAS}).needs_checkpoint
    assert not ArrayCheck.model_validate({"array": "w", "shape": [3]}).needs_checkpoint
    with pytest.raises(ValidationError, match="names the network of a claim"):
        ArrayCheck.model_validate({"array": "w", "equals": [1], "of": "net"})


def test_without_the_network_to_compare_with_a_person_decides() -> None:
    found = of_network(array(KERNELS), {"weights": {"layer": "conv1"}}, net=scalar("lost"))
    assert (found.status, found.diagnosis) == ("needs_person", "no_network")
