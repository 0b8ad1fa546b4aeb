"""What students get for the size of their network, and for how far it overfits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from autograder import checks
from autograder.checks.networks import GapCheck, ParametersCheck, gap_verdict, parameters_verdict
from autograder.evidence import Missing, Model, QuestionEvidence, Trained, Value
from autograder.result import Verdict
from tests.fakes import IMAGES, LABELS, FakeOracle, Images, answered, layer, model, scalar


def sized(*shapes: tuple[int, ...]) -> Model:
    return Model("{}", tuple(np.zeros(shape, np.float32) for shape in shapes), "keras.Sequential")


# A convolution, a batch normalisation (two of its four arrays are never trained), a dense layer.
NETWORK = sized((3, 3, 1, 4), (4,), (4,), (4,), (4,), (4,), (16, 10), (10,))
SIZE = 36 + 4 + 16 + 160 + 10


def counted(value: Value, **config: Any) -> Verdict:
    return parameters_verdict(
        ParametersCheck.model_validate({"parameters": "net", **config}), answered(net=value), FakeOracle()
    )


def test_all_parameters_count_those_that_are_not_trained_too() -> None:
    found = counted(NETWORK, equals=SIZE)
    assert found.status == "passed"
    assert found.details == {"parameters": SIZE}
    assert counted(NETWORK, equals=SIZE - 8).diagnosis == "other_size"


def test_a_limit_is_met_exactly() -> None:
    assert counted(NETWORK, at_most=SIZE).status == "passed"
    assert counted(NETWORK, at_most=SIZE + 1).status == "passed"
    assert counted(NETWORK, at_most=SIZE - 1).diagnosis == "too_large"


def test_the_expected_number_is_named_only_where_students_may_see_the_check() -> None:
    hidden, shown = counted(NETWORK, equals=271_670), counted(NETWORK, equals=271_670, show="visible")
    assert f"{SIZE} parameters" in hidden.message
    assert "271,670" not in hidden.message
    assert "271,670" in hidden.instructor
    assert "271,670" in shown.message
    assert "100" not in counted(NETWORK, at_most=100).message


def test_a_handed_in_network_counts_where_none_was_captured() -> None:
    question = QuestionEvidence("q", "metadata", trained={"net": Trained(NETWORK)})
    found = parameters_verdict(ParametersCheck(parameters="net", equals=SIZE), question, FakeOracle())
    assert found.status == "passed"


@pytest.mark.parametrize("value", [scalar(SIZE), layer("conv2d", "Conv2D"), Missing()])
def test_what_is_no_network_has_no_parameters(value: Value) -> None:
    assert counted(value, equals=SIZE).status == "failed"


@pytest.mark.parametrize(
    "config", [{}, {"equals": 1, "at_most": 2}, {"equals": -1}, {"equals": "271670"}, {"at_most": 1.5}]
)
def test_senseless_sizes_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ParametersCheck.model_validate({"parameters": "net", **config})


def scores(training: int, test: int) -> Any:
    """A network that is right for so many of the 20 training and of the 20 test images."""

    def network(images: Images) -> list[Images]:
        right = test if np.array_equal(images, IMAGES) else training
        return [np.eye(3)[np.where(np.arange(20) < right, LABELS, (LABELS + 1) % 3)]]

    return network


def nan(images: Images) -> list[Images]:
    return [np.full((20, 3), np.nan)]


ORACLE = FakeOracle(
    fine=scores(20, 19), overfitted=scores(20, 17), better_on_test=scores(18, 20), blind=scores(7, 7), nan=nan
)


def measured(config: str, **options: Any) -> Verdict:
    check = GapCheck.model_validate({"gap": "net", "at_most": 0.05, **options})
    return gap_verdict(check, answered(net=model(config)), ORACLE)


def test_a_gap_at_the_limit_passes_and_a_negative_one_too() -> None:
    found = measured("fine")
    assert found.status == "passed"
    assert found.details["gap"] == pytest.approx(0.05)
    assert measured("better_on_test").status == "passed"


def test_a_wide_gap_fails_with_both_accuracies() -> None:
    found = measured("overfitted")
    assert (found.status, found.diagnosis) == ("failed", "overfits")
    assert "100.00%" in found.message
    assert "85.00%" in found.message
    assert measured("overfitted", at_most=0.2).status == "passed"


def test_on_the_small_sets_that_install_with_loupe_another_gap_may_be_allowed() -> None:
    small, seen = FakeOracle(fallback=True, overfitted=scores(20, 17)), answered(net=model("overfitted"))
    check = GapCheck(gap="net", at_most=0.05, fallback=0.15)
    assert gap_verdict(check, seen, small).status == "passed"
    assert gap_verdict(check, seen, ORACLE).status == "failed"
    assert gap_verdict(GapCheck(gap="net", at_most=0.05), seen, small).status == "failed"


@pytest.mark.parametrize("config", ["blind", "nan"])
def test_a_network_that_has_learned_nothing_earns_nothing_for_its_small_gap(config: str) -> None:
    found = measured(config)
    assert (found.status, found.diagnosis) == ("failed", "not_learned")


def test_how_much_has_to_be_learned_is_up_to_the_config() -> None:
    assert measured("blind", learned=0.3).status == "passed"


def test_a_network_that_is_not_rebuilt_is_left_to_a_person() -> None:
    check = GapCheck(gap="net", at_most=0.05)
    found = checks.judge(check, answered(net=model("unknown")), ORACLE)
    assert (found.status, found.diagnosis) == ("needs_person", "refused")


@pytest.mark.parametrize("config", [{"at_most": 0}, {"at_most": 1.5}, {"at_most": 0.1, "learned": 2}])
def test_senseless_gaps_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GapCheck.model_validate({"gap": "net", **config})
