"""What students are told about their figures, and what they earn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError

from autograder.checks import galleries
from autograder.checks.base import Given, Oracle, Picture
from autograder.checks.claims import Activations, Filters, Images, Kernels
from autograder.checks.panels import PanelsCheck, verdict
from autograder.evidence import Axes, CellError, Figure, Model, QuestionEvidence, Scalar, Trained
from autograder.figures.panels import PanelSet
from autograder.result import Verdict
from tests.figures import world

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CHOSEN = [3, 17, 4, 11, 6]


class FakeSubject:
    """Predicts the class after the true one."""

    def probabilities(self, images: Any) -> Any:
        known = [np.flatnonzero((world.images() == image).all(axis=(1, 2, 3)))[0] for image in images]
        return np.eye(10)[(np.array(known) + 1) % 10]


class FakeOracle:
    """Knows the small world's network; fails when asked for what a check has no business with.

    The training images are the test images upside down.
    """

    images = world.images()
    labels = np.arange(world.COUNT) % 10
    class_names = NAMES

    def part(self, split: str, count: int | None = None) -> Any:
        images = self.images if split == "test" else self.images[:, ::-1]
        return images[:count], self.labels[:count]

    def displayed(self, images: Any) -> Any:
        return [images]

    def picture(self, index: int, split: str | None = None) -> Picture:
        return Picture(self.images[index], f"test image {index}", int(self.labels[index]))

    def subject(self, model: Model | None = None) -> FakeSubject:
        return FakeSubject()

    def panels(self, claim: Any, given: Given) -> PanelSet:
        return {
            Filters: world.filters,
            Kernels: world.kernels,
            Activations: world.feature_maps,
        }[type(claim)]()

    def alternatives(self, claim: Any, given: Given) -> Sequence[PanelSet]:
        """With a network of the student's, the maps of image 6 are right as well."""
        if isinstance(claim, Activations) and given.model is not None:
            return [PanelSet(world.maps(6), "feature map", list(map(str, range(16))), "the other maps")]
        return []

    def decoys(self, claim: Any, given: Given) -> Sequence[PanelSet]:
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
    assert [picture.role for picture in found.pictures] == ["submitted", "expected", "difference"]
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
    told = {picture.role: picture.alt for picture in found.pictures}
    assert all(f"image {index}" in told["expected"] for index in CHOSEN)
    assert f"{len(CHOSEN)}: 1.00" in told["difference"]


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


NET = Model("{}", (), "Functional")


def test_titles_may_have_to_name_the_predicted_class_only() -> None:
    config = {**IMAGES, "titles": "predicted"}
    right = [NAMES[(index + 1) % 10] for index in CHOSEN]
    found = judged(config, [images(right)])
    assert found.status == "passed"
    assert "predicted classes" in found.message
    found = judged(config, [images(labels())])
    assert (found.status, found.diagnosis) == ("failed", "wrong_title")
    assert "not what the network predicts" in found.message


def test_only_the_first_images_may_be_shown() -> None:
    config = {"panels": {"images": {}}, "which": {"first": 5}}
    first = [world.images()[index] + 0.5 for index in range(5)]
    found = judged(config, [world.figure(first)])
    assert (found.status, found.details["required"]) == ("passed", 5)
    found = judged(config, [images(labels())])
    assert (found.status, found.diagnosis) == ("failed", "other_images")
    assert "the image with the index 17" in found.message or "the index 11" in found.message


def test_images_of_the_training_set() -> None:
    config = {"panels": {"images": {}}, "part": "train", "at_least": 5}
    turned = [world.images()[index][::-1] + 0.5 for index in CHOSEN]
    assert judged(config, [world.figure(turned)]).status == "passed"
    assert judged({**config, "part": "test"}, [world.figure(turned)]).diagnosis == "flipped"


def test_a_large_set_is_searched_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(galleries, "MOST", 4)
    found = judged({**IMAGES, "titles": "predicted"}, [images([NAMES[(i + 1) % 10] for i in CHOSEN])])
    assert (found.status, found.details["images"]) == ("passed", CHOSEN)


def test_images_may_be_shown_with_their_mean_added_back(monkeypatch: pytest.MonkeyPatch) -> None:
    mean = np.linspace(0, 3, world.images()[0].size).reshape(world.images()[0].shape)
    figure = world.figure([world.images()[index] + mean for index in CHOSEN], labels())
    assert judged(IMAGES, [figure]).status == "failed"
    monkeypatch.setattr(FakeOracle, "displayed", lambda self, images: [images + mean, images])
    assert judged(IMAGES, [figure]).status == "passed"
    assert judged(IMAGES, [images(labels())]).status == "passed"


OWN_MAPS = {"panels": {"activations": {"layer": "conv1", "image": 5}}, "of": "net"}


def test_maps_of_a_submitted_network_count_in_every_right_form() -> None:
    values = {"net": NET}
    assert judged(OWN_MAPS, [world.figure(list(world.maps(5)))], values=values).status == "passed"
    found = judged(OWN_MAPS, [world.figure(list(world.maps(6)))], values=values)
    assert (found.status, found.message) == ("passed", "All 16 panels show the other maps.")
    assert judged(OWN_MAPS, [world.figure(list(world.maps(9)))], values=values).status == "failed"


def test_a_figure_without_a_network_to_compare_with_is_left_to_a_person() -> None:
    figure = world.figure(list(world.maps(5)))
    found = judged(OWN_MAPS, [figure], values={"net": Scalar(3, "int")})
    assert (found.status, found.diagnosis) == ("needs_person", "no_network")
    trained = {"net": Trained(NET)}
    assert judged(OWN_MAPS, [figure], trained=trained).status == "passed"
    assert judged(OWN_MAPS, trained=trained).diagnosis == "no_figure"


def test_an_image_that_was_not_chosen_is_said_so() -> None:
    asked = {"panels": {"activations": {"layer": "conv1", "image": {"test": "i"}}}, "of": "net"}
    figure = world.figure(list(world.maps(5)))
    assert judged(asked, [figure], values={"net": NET, "i": Scalar(5, "int")}).status == "passed"
    assert judged(asked, [figure], values={"net": NET}).diagnosis == "missing"
    assert judged(asked, [figure], values={"net": NET, "i": Scalar("___", "str")}).status == "unanswered"


@pytest.mark.parametrize(
    "config",
    [
        {**FILTERS, "part": "train"},
        {**FILTERS, "which": {"first": 3}},
        {**IMAGES, "which": {"first": 3}},
        {**IMAGES, "which": {"first": 0}},
        {**IMAGES, "of": "net"},
        {**IMAGES, "part": "validation"},
        {"panels": {"grad_cam": {"layer": 1, "image": 0}}, "of": "net"},
    ],
)
def test_keys_that_do_not_go_together_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PanelsCheck.model_validate(config)


def test_what_the_claim_refers_to_is_captured() -> None:
    image = {"variable": "mine"}
    config = {"panels": {"activations": {"layer": "conv1", "image": image}}, "of": "net"}
    check = PanelsCheck.model_validate(config)
    assert (check.captures(), check.network, check.needs_checkpoint) == (("net", "mine"), "net", False)
    assert PanelsCheck.model_validate(FILTERS).needs_checkpoint
    assert not PanelsCheck.model_validate(IMAGES).needs_checkpoint
    assert PanelsCheck.model_validate({**IMAGES, "titles": "predicted"}).needs_checkpoint


def test_what_may_stand_beside_does_not_count() -> None:
    other = {"activations": {"layer": 2, "image": 6}}
    both = [world.figure([*world.maps(5), *world.maps(6)])]
    alone = judged(MAPS, both)
    assert alone.status == "failed"
    assert alone.diagnosis == "other_image"

    class Both(FakeOracle):
        def panels(self, claim: Any, given: Given) -> PanelSet:
            return world.feature_maps(6 if claim.activations.layer == 2 else 5)

    question = QuestionEvidence("q", matched_by="metadata", source="plot()", figures=both)
    check = PanelsCheck.model_validate({**MAPS, "beside": [other]})
    assert verdict(check, question, cast(Oracle, Both())).status == "passed"
    question.figures = [world.figure([*world.maps(5)[:8], *world.maps(6)])]
    assert verdict(check, question, cast(Oracle, Both())).status == "failed"
    with pytest.raises(ValidationError):
        PanelsCheck.model_validate({**IMAGES, "beside": [other]})


def test_images_of_the_other_split_are_recognised() -> None:
    class OtherTraining(FakeOracle):
        def part(self, split: str, count: int | None = None) -> Any:
            images = self.images if split == "test" else np.roll(self.images, 5, axis=1)
            return images[:count], self.labels[:count]

    training = np.roll(world.images(), 5, axis=1)[CHOSEN] + 0.5
    figures = [world.figure(list(training), [NAMES[index % 10] for index in CHOSEN])]
    question = QuestionEvidence("q", matched_by="metadata", source="plot()", figures=figures)
    for config in (IMAGES, {**IMAGES, "part": "test"}):
        found = verdict(PanelsCheck.model_validate(config), question, cast(Oracle, OtherTraining()))
        assert (found.status, found.diagnosis) == ("failed", "other_split")
        assert "training image with the index" in found.message
