"""What students are told about their figures, and what they earn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError

from autograder.checks.base import Oracle
from autograder.checks.claims import Activations, Filters, Images, Kernels
from autograder.checks.panels import PanelsCheck, verdict
from autograder.evidence import Axes, CellError, Figure, QuestionEvidence
from autograder.figures.panels import PanelSet
from autograder.result import Verdict
from tests.figures import world

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CHOSEN = [3, 17, 4, 11, 6]


class FakeOracle:
    """Knows the small world's network; fails when asked for what a check has no business with."""

    images = world.images()
    labels = np.arange(world.COUNT) % 10
    class_names = NAMES

    def predicted(self) -> Any:
        return (self.labels + 1) % 10

    def panels(self, claim: Any) -> PanelSet:
        return {
            Filters: world.filters,
            Kernels: world.kernels,
            Activations: world.feature_maps,
        }[type(claim)]()

    def decoys(self, claim: Any) -> Sequence[PanelSet]:
        return {
            Filters: world.decoys_of_filters,
            Kernels: world.decoys_of_kernels,
            Activations: world.decoys_of_maps,
        }[type(claim)]()


FILTERS = {"panels": {"filters": {"layer": 0}}}
KERNELS = {"panels": {"kernels": {"layer": 0, "filter": 0}}}
MAPS = {"panels": {"activations": {"layer": 0, "image": 5}}, "at_least": 12}
IMAGES = {"panels": {"images": {}}, "at_least": 5, "titles": "label"}


def judged(
    config: dict[str, Any], figures: Sequence[Figure] = (), loose: Sequence[Figure] = (), **seen: Any
) -> Verdict:
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "plot()", **seen})
    question.figures = list(figures)
    found = verdict(PanelsCheck.model_validate(config), question, cast(Oracle, FakeOracle()), loose)
    json.dumps(found.details, allow_nan=False)
    return found


def scaled_filters() -> list[np.ndarray]:
    return [world.unit(panel) for panel in world.filters().stack]


def test_the_right_figure_earns_everything_and_is_drawn_beside_the_expected_one() -> None:
    found = judged(FILTERS, [world.figure(scaled_filters())])
    assert (found.status, found.fraction, found.diagnosis) == ("passed", 1.0, "")
    assert found.message == "All 16 panels show the filters of network 2."
    assert [picture.role for picture in found.pictures] == ["submitted", "expected"]
    assert all(picture.png.startswith(b"\x89PNG") and picture.alt for picture in found.pictures)
    assert found.details["matched"] == found.details["required"] == 16
    assert found.details["view"] == "plain"
    assert found.details["median_ncc"] > 0.999
    assert found.details["margin"] > 0.1
    assert len(found.details["scores"]) == 16


def test_a_wrong_figure_is_diagnosed_and_its_difference_drawn() -> None:
    found = judged(KERNELS, [world.figure(list(world.kernels().stack.swapaxes(1, 2)))])
    assert (found.status, found.fraction, found.diagnosis) == ("failed", 0.0, "transposed")
    assert [picture.role for picture in found.pictures] == ["submitted", "expected", "difference"]
    assert "median NCC" in found.instructor


def test_the_nearest_decoy_is_in_the_details() -> None:
    found = judged(MAPS, [world.figure(list(world.maps(9)))])
    assert found.diagnosis == "other_image"
    assert found.details["nearest_decoy"] == "the feature maps of image 9 in network 2"
    assert found.details["margin"] < 0


def test_enough_maps_are_enough() -> None:
    assert judged(MAPS, [world.figure(list(world.maps(5)[2:14]))]).status == "passed"
    assert judged(MAPS, [world.figure(list(world.maps(5)[4:12]))]).status == "failed"


def test_a_share_of_the_points_only_where_the_config_says_so() -> None:
    figure = world.figure(scaled_filters()[:8])
    assert judged(FILTERS, [figure]).fraction == 0
    found = judged({**FILTERS, "partial": True}, [figure])
    assert (found.status, found.fraction) == ("partial", 0.5)


def test_no_share_for_a_figure_that_shows_something_else_as_a_whole() -> None:
    stack = world.filters(3).stack.copy()
    stack[0] = world.filters().stack[0]
    found = judged({**FILTERS, "partial": True}, [world.figure([world.unit(panel) for panel in stack])])
    assert (found.status, found.fraction, found.diagnosis) == ("failed", 0.0, "untrained")


def test_a_remark_on_one_odd_panel_costs_nothing() -> None:
    panels = scaled_filters()
    panels[6] = panels[3]
    found = judged(FILTERS, [world.figure(panels)])
    assert (found.status, found.fraction) == ("passed", 1.0)
    assert "Panel 7 repeats filter 3" in found.message


def test_an_untouched_question_without_a_figure_is_unanswered() -> None:
    assert judged(FILTERS, untouched=True).status == "unanswered"
    assert judged(FILTERS, blanks=True).status == "unanswered"
    assert judged(FILTERS, source="  \n").status == "unanswered"
    assert judged(FILTERS, matched_by="").status == "unanswered"


def test_no_figure_names_the_error_that_prevented_it() -> None:
    error = CellError(7, "exception", "ValueError", "shapes do not fit", 3, "plt.imshow(x)")
    found = judged(FILTERS, errors=[error])
    assert (found.status, found.diagnosis) == ("failed", "no_figure")
    assert "No figure was drawn" in found.message
    assert "ValueError: shapes do not fit" in found.message


def test_a_figure_without_images_is_no_figure() -> None:
    found = judged(FILTERS, [Figure(0, (Axes((0, 0, 1, 1)),))])
    assert (found.status, found.diagnosis) == ("failed", "no_figure")
    assert "hold no images" in found.message


def test_a_figure_drawn_before_the_cell_failed_still_counts() -> None:
    error = CellError(7, "exception", "NameError", "name 'y' is not defined")
    assert judged(FILTERS, [world.figure(scaled_filters())], errors=[error]).status == "passed"


def test_a_figure_from_another_cell_is_used_when_it_is_right() -> None:
    right, wrong = world.figure(scaled_filters()), world.figure(list(world.maps(9)))
    found = judged(FILTERS, loose=[wrong, right])
    assert found.status == "passed"
    assert "outside the question" in found.message
    assert judged(FILTERS, loose=[wrong]).diagnosis == "no_figure"
    assert judged(FILTERS, [wrong], loose=[right]).status == "failed"


def images(titles: Sequence[str], add: float = 0.5) -> Figure:
    return world.figure([world.images()[index] + add for index in CHOSEN], titles)


def labels() -> list[str]:
    return [NAMES[index % 10] for index in CHOSEN]


def test_images_with_their_labels() -> None:
    found = judged(IMAGES, [images(labels())])
    assert (found.status, found.fraction) == ("passed", 1.0)
    assert "imshow cut off" not in found.message
    assert found.details["images"] == CHOSEN
    assert [picture.role for picture in found.pictures] == ["submitted"]


def test_clipped_images_earn_their_points_and_a_hint() -> None:
    found = judged(IMAGES, [images(labels(), add=0)])
    assert found.status == "passed"
    assert "imshow cut off" in found.message


def test_wrong_titles_fail_or_cost_a_share() -> None:
    titles = labels()
    titles[2] = "dog"
    found = judged(IMAGES, [images(titles)])
    assert (found.status, found.diagnosis) == ("failed", "wrong_title")
    assert "Panel 3 shows a deer but its title says dog." in found.message
    assert judged({**IMAGES, "partial": True}, [images(titles)]).fraction == pytest.approx(0.8)


def test_predicted_and_true_class() -> None:
    config = {**IMAGES, "titles": "predicted_and_label"}
    titles = [f"{NAMES[(index + 1) % 10]} / {NAMES[index % 10]}" for index in CHOSEN]
    assert judged(config, [images(titles)]).status == "passed"
    assert judged(config, [images(labels())]).status == "failed"


@pytest.mark.parametrize(
    "config",
    [
        {"panels": {"images": {}}},
        {**FILTERS, "titles": "label"},
        {**FILTERS, "at_least": 0},
        {**FILTERS, "at_least": "12"},
        {**FILTERS, "count": 32},
        {"panels": {"filters": {"layer": -1}}},
        {**IMAGES, "titles": "labels"},
    ],
)
def test_a_config_that_makes_no_sense_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PanelsCheck.model_validate(config)


def test_claims_are_read_as_what_they_are() -> None:
    assert isinstance(PanelsCheck.model_validate(IMAGES).panels, Images)
    assert PanelsCheck.model_validate(FILTERS).subject == "figure"
