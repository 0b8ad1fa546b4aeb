"""What students get for the accuracy of their network."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from autograder.checks import judge
from autograder.checks.training import AccuracyCheck
from autograder.evidence import Trained, Value
from autograder.result import Verdict
from tests.fakes import LABELS, FakeOracle, Images, answered, model, scalar


def scores(right: int) -> Images:
    """Class scores that are right for the first so many images."""
    classes = np.where(np.arange(20) < right, LABELS, (LABELS + 1) % 3)
    return np.eye(3)[classes]


def first_nan(array: Images) -> Images:
    array[0] = np.nan
    return array


ORACLE = FakeOracle(
    fourteen=lambda images: [scores(14)],
    thirteen=lambda images: [scores(13)],
    nan=lambda images: [first_nan(scores(14))],
    all_nan=lambda images: [scores(14) * np.nan],
    one_score=lambda images: [scores(14)[:, :1]],
    maps=lambda images: [images],
    two=lambda images: [scores(14), scores(14)],
)


def judged(value: Value, at_least: float = 0.7) -> Verdict:
    return judge(AccuracyCheck(accuracy="net", at_least=at_least), answered(net=value), ORACLE)


def test_enough_images_right_passes_exactly_at_the_threshold() -> None:
    found = judged(model("fourteen"))
    assert found.status == "passed"
    assert "70.0%" in found.message
    assert found.details["accuracy"] == pytest.approx(0.7)


def test_too_few_fail_and_the_message_says_what_was_measured_and_needed() -> None:
    found = judged(model("thirteen"))
    assert (found.status, found.diagnosis) == ("failed", "low_accuracy")
    assert "65.0%" in found.message
    assert "70.0%" in found.message


def test_on_the_small_sets_that_install_with_loupe_another_bar_may_count() -> None:
    small = FakeOracle(fallback=True, thirteen=lambda images: [scores(13)])
    lower = AccuracyCheck(accuracy="net", at_least=0.7, fallback=0.65)
    alone = AccuracyCheck(accuracy="net", at_least=0.7)
    seen = answered(net=model("thirteen"))
    assert judge(lower, seen, small).status == "passed"
    assert judge(lower, seen, ORACLE).status == "failed"
    assert judge(alone, seen, small).status == "failed"


def test_nan_scores_are_wrong_answers() -> None:
    found = judged(model("nan"))
    assert (found.status, found.diagnosis) == ("failed", "nan")
    assert judged(model("all_nan"), at_least=0.05).details["accuracy"] == 0


@pytest.mark.parametrize("config", ["one_score", "maps", "two"])
def test_what_does_not_classify_fails(config: str) -> None:
    assert judged(model(config)).diagnosis == "no_classifier"


def test_a_claimed_number_is_not_a_network() -> None:
    assert judged(scalar(0.99)).diagnosis == "wrong_type"


def test_a_network_that_is_not_rebuilt_is_left_to_a_person_with_the_reason() -> None:
    found = judged(model("unknown"))
    assert (found.status, found.diagnosis) == ("needs_person", "refused")
    assert "Lambda" in found.message


@pytest.mark.parametrize("at_least", [0, 1.1, "0.7", float("nan")])
def test_senseless_thresholds_are_refused(at_least: object) -> None:
    with pytest.raises(ValidationError):
        AccuracyCheck.model_validate({"accuracy": "net", "at_least": at_least})


def test_a_handed_in_network_counts_where_the_variable_has_no_value() -> None:
    question = answered()
    question.trained = {"net": Trained(model("fourteen"))}
    check = AccuracyCheck(accuracy="net", at_least=0.7)
    assert judge(check, question, ORACLE).status == "passed"
    question.values["net"] = model("thirteen")
    assert judge(check, question, ORACLE).status == "failed"
