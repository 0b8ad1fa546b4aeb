"""What students get for images that filters and classes respond to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.ndimage import gaussian_filter

from autograder import checks
from autograder.checks.base import LayerInfo, Oracle
from autograder.checks.maximisation import MaximisationCheck
from autograder.evidence import Axes, CellError, Figure, Image, Missing, Model, QuestionEvidence
from autograder.result import Verdict
from tests.figures import world
from tests.figures.test_mosaic import mosaic

SIDE, FILTERS, COUNT = 12, 14, 60
Images = Any


def smooth(count: int, sigma: float = 1.0, seed: int = 0) -> Images:
    """Random images, (count, 12, 12, 1), stretched to 0…1."""
    noise = np.random.default_rng(seed).normal(size=(count, SIDE, SIDE))
    found = np.stack([gaussian_filter(one, sigma) for one in noise])
    low, high = found.min((1, 2), keepdims=True), found.max((1, 2), keepdims=True)
    return ((found - low) / (high - low))[..., None]


def examples(seed: int) -> Images:
    """Images that hold a little of their class's pattern, (60, 12, 12, 1) float32."""
    patterns = CLASSES.T.reshape(10, SIDE, SIDE, 1)[LABELS]
    return (0.4 * smooth(COUNT, 1.5, seed) + 2.5 * patterns).astype(np.float32)


LABELS = np.arange(COUNT) % 10
CLASSES = np.linalg.qr(np.stack([image.ravel() - image.mean() for image in smooth(10, seed=3)], axis=1))[0]
DATA, TRAINING = examples(1), examples(2)
PATTERNS = [smooth(FILTERS, seed=4) - 0.5, smooth(FILTERS, seed=5) - 0.5]


def maps(images: Images, layer: int) -> Images:
    """A convolution as large as the image, and ReLU: (N, 1, 1, 14)."""
    return np.maximum(np.einsum("nhwc,fhwc->nf", images - 0.5, PATTERNS[layer]), 0)[:, None, None]


class FakeSubject:
    """Two convolutions side by side, and a dense layer on the pixels."""

    layers = (
        LayerInfo("conv2d", "Conv2D", (None, 1, 1, FILTERS), (0, 1)),
        LayerInfo("conv2d_1", "Conv2D", (None, 1, 1, FILTERS), (2, 3)),
        LayerInfo("flatten", "Flatten", (None, SIDE * SIDE)),
        LayerInfo("dense", "Dense", (None, 10), (4, 5)),
    )

    def resolve(self, layer: int | str) -> int:
        return {"conv1": 0, "conv2": 1}[layer] if isinstance(layer, str) else layer

    def accepted(self, layer: int | str) -> tuple[int, ...]:
        return (self.resolve(layer),)

    def layer_output(self, layer: int, images: Images) -> Images:
        return maps(images, layer) if layer < 2 else images.reshape(len(images), -1)

    def weights(self, layer: int) -> Sequence[Images]:
        return (10 * CLASSES, np.zeros(10)) if layer == 3 else ()

    def probabilities(self, images: Images) -> Images:
        scores = self.layer_output(2, images) @ self.weights(3)[0]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


class FakeOracle:
    images = DATA
    labels = LABELS
    class_names = tuple(map(str, range(10)))

    def part(self, split: str, count: int | None = None) -> tuple[Images, Images]:
        return (TRAINING if split == "train" else DATA)[:count], LABELS[:count]

    def displayed(self, images: Images) -> list[Images]:
        return [images]

    def subject(self, model: Model | None = None) -> FakeSubject:
        return FakeSubject()


ASKED = (1, 2, 4, 6, 7, 9, 10, 12)
FILTER_CHECK = {"maximisation": "net", "layer": "conv1", "filters": list(ASKED)}
CLASS_CHECK = {"maximisation": "net", "classes": list(range(10))}


def climbed(units: Sequence[int] = ASKED, layer: int = 0) -> Images:
    """The best images between 0 and 1: white where the pattern is positive, (units, 12, 12)."""
    return (PATTERNS[layer][list(units)][..., 0] > 0).astype(np.float32)


def class_images(classes: Sequence[int] = range(10)) -> Images:
    return (CLASSES.T[list(classes)].reshape(-1, SIDE, SIDE) > 0).astype(np.float32)


def judged(
    config: dict[str, Any], figures: Sequence[Figure] = (), loose: Sequence[Figure] = (), **seen: Any
) -> Verdict:
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "plot()", **seen})
    question.figures = list(figures)
    question.values.setdefault("net", Model("{}", (), "keras.Sequential"))
    check = MaximisationCheck.model_validate(config)
    return checks.judge(check, question, cast(Oracle, FakeOracle()), loose)


def shown(images: Images, titles: Sequence[str] = ()) -> Verdict:
    return judged(FILTER_CHECK, [world.figure(list(images), titles)])


def one_image(sheet: Images) -> Figure:
    return Figure(0, (Axes((0, 0, 1, 1), (Image(sheet, "imshow"),)),))


def test_images_that_excite_their_own_filters_pass() -> None:
    found = shown(climbed())
    assert (found.status, found.fraction) == ("passed", 1.0)
    assert found.details["right"] == found.details["asked"] == 8
    assert [picture.role for picture in found.pictures] == ["submitted"]


@pytest.mark.parametrize(
    "images",
    [
        (255 * climbed()).astype(np.uint8),
        9.5 * climbed() - 3,
        np.repeat(climbed()[..., None], 3, axis=-1),
        climbed().repeat(4, axis=1).repeat(4, axis=2),
        climbed() * 0.9 + smooth(8, seed=6)[..., 0] * 0.1,
        PATTERNS[0][list(ASKED)][..., 0] * 40,
    ],
    ids=["bytes", "stretched", "RGB", "enlarged", "noisy", "without bounds"],
)
def test_how_they_are_scaled_for_display_does_not_matter(images: Images) -> None:
    assert shown(images).status == "passed"


@pytest.mark.parametrize("pad", [0, 2])
def test_they_may_be_tiles_of_one_image(pad: int) -> None:
    assert judged(FILTER_CHECK, [one_image(mosaic(climbed(), 3, pad, pad))]).status == "passed"


def test_one_figure_each_will_do() -> None:
    assert judged(FILTER_CHECK, [world.figure([image]) for image in climbed()]).status == "passed"


def test_another_order_is_told_by_titles_or_by_the_responses() -> None:
    order = [3, 0, 7, 1, 2, 6, 5, 4]
    titles = [f"conv2d filter {ASKED[place]}" for place in order]
    assert shown(climbed()[order], titles).status == "passed"
    found = shown(climbed()[order])
    assert found.status == "passed"
    assert "another order" in found.message


def test_an_earlier_round_in_the_same_figure_does_no_harm() -> None:
    both = np.concatenate([smooth(8, seed=7)[..., 0], climbed()])
    assert shown(both).status == "passed"


def test_two_of_eight_may_have_gone_astray() -> None:
    images = climbed()
    images[[1, 5]] = smooth(2, seed=8)[..., 0]
    assert shown(images).status == "passed"


@pytest.mark.parametrize("wrong", [[1, 5, 6], [0, 1, 3, 5, 6]])
def test_too_few_right_images_are_left_to_a_person(wrong: list[int]) -> None:
    images = climbed()
    images[wrong] = 0.5
    found = shown(images)
    assert (found.status, found.diagnosis) == ("needs_person", "unsure")


@pytest.mark.parametrize(
    ("images", "diagnosis"),
    [
        (DATA[:8, ..., 0], "dataset_images"),
        (np.repeat(climbed()[:1], 8, axis=0), "repeated"),
        (np.zeros((8, SIDE, SIDE)), "repeated"),
        (climbed([unit - 1 for unit in ASKED]), "other_filters"),
        (climbed([unit + 1 for unit in ASKED]), "other_filters"),
        (climbed(range(8)), "other_filters"),
        (climbed(layer=1), "other_layer"),
        (climbed()[:5], "missing"),
        (world.images()[:8], "wrong_shape"),
    ],
)
def test_what_else_is_shown_is_told(images: Images, diagnosis: str) -> None:
    found = shown(images)
    assert found.diagnosis == diagnosis
    assert found.status == "failed"


def test_images_dark_for_light_are_for_a_person_unless_the_colormap_says_so() -> None:
    found = shown(1 - climbed())
    assert (found.status, found.diagnosis) == ("needs_person", "negated")
    reverse = world.figure(list(1 - climbed()), cmap="gray_r")
    assert judged(FILTER_CHECK, [reverse]).status == "passed"
    assert judged(CLASS_CHECK, [world.figure(list(1 - class_images()))]).status == "passed"


def test_white_images_may_be_enlarged_like_the_others() -> None:
    images = climbed()
    images[0] = 1
    large = images.repeat(4, 1).repeat(4, 2)
    assert shown(large).details["asked"] == len(ASKED)
    assert len(shown(large).details) == len(shown(images).details)
    assert shown(large).details["right"] == shown(images).details["right"]


def test_other_filters_are_recognised_whichever_they_are() -> None:
    found = shown(climbed([0, 3, 5, 8, 11, 13, 0, 3]))
    assert (found.status, found.diagnosis) == ("failed", "other_filters")


def test_noise_does_not_pass() -> None:
    for seed in range(20, 30):
        assert shown(smooth(8, 0.5, seed)[..., 0]).status != "passed"


def test_nothing_drawn_is_said_with_the_reason() -> None:
    error = CellError(3, "exception", "ValueError", "no gradient")
    found = judged(FILTER_CHECK, errors=[error])
    assert (found.status, found.diagnosis) == ("failed", "no_figure")
    assert "no gradient" in found.message
    assert judged(FILTER_CHECK, untouched=True).status == "unanswered"


def test_without_a_network_a_person_looks() -> None:
    found = judged(FILTER_CHECK, [world.figure(list(climbed()))], values={"net": Missing()})
    assert found.status == "needs_person"


def test_a_figure_from_another_cell_is_found() -> None:
    found = judged(FILTER_CHECK, loose=[world.figure(list(climbed()))])
    assert found.status == "passed"
    assert "outside the question" in found.message


def test_a_filter_that_the_network_does_not_have_is_said() -> None:
    config = {**FILTER_CHECK, "filters": [1, 2, 40]}
    found = judged(config, [world.figure(list(climbed()[:3]))])
    assert (found.status, found.diagnosis) == ("failed", "no_such_layer")
    assert "14 filters" in found.message


def classes(images: Images, titles: Sequence[str] = ()) -> Verdict:
    return judged(CLASS_CHECK, [world.figure(list(images), titles)])


def test_images_that_the_network_takes_for_every_class_pass_in_any_order() -> None:
    found = classes(class_images())
    assert (found.status, found.details["right"]) == ("passed", 10)
    assert found.details["strength"] > 1
    assert classes(class_images()[::-1]).status == "passed"
    assert judged(CLASS_CHECK, [one_image(mosaic(class_images(), 5, 1))]).status == "passed"


def test_two_of_ten_classes_may_be_missing() -> None:
    images = class_images()
    images[[0, 9]] = images[3]
    assert classes(images).status == "passed"
    images[1] = images[3]
    found = classes(images)
    assert (found.status, found.diagnosis) == ("failed", "other_classes")


def first_of_each(data: Images) -> Images:
    return data[:10, ..., 0]


def means(data: Images) -> Images:
    return np.stack([data[label == LABELS].mean(axis=0) for label in range(10)])[..., 0]


@pytest.mark.parametrize(
    ("images", "diagnosis"),
    [
        (first_of_each(DATA), "dataset_images"),
        (first_of_each(TRAINING), "dataset_images"),
        (means(DATA), "mean_images"),
        (means(TRAINING), "mean_images"),
        (np.repeat(class_images([3, 5]), 5, axis=0), "other_classes"),
    ],
)
def test_images_of_the_data_set_are_no_images_of_classes(images: Images, diagnosis: str) -> None:
    found = classes(images)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


def test_noise_is_no_class() -> None:
    for seed in range(20, 30):
        assert classes(smooth(10, seed=seed)[..., 0]).status != "passed"


def test_weak_images_are_left_to_a_person() -> None:
    noise = smooth(10, 0.7, 9).reshape(10, -1)
    other = noise - noise @ CLASSES @ CLASSES.T
    found = classes((other + 0.5 * CLASSES.T).reshape(10, SIDE, SIDE))
    assert (found.status, found.diagnosis) == ("needs_person", "weak")


def test_a_network_without_a_last_dense_layer_is_judged_by_its_classes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = (replace(FakeSubject.layers[3], python="GlobalAveragePooling2D"),)
    monkeypatch.setattr(FakeSubject, "layers", FakeSubject.layers[:3] + last)
    found = classes(class_images())
    assert (found.status, found.details["strength"]) == ("passed", None)
    assert classes(first_of_each(TRAINING)).diagnosis == "dataset_images"


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"filters": [1, 2]},
        {"layer": "conv1"},
        {"classes": [1, 2], "layer": "conv1"},
        {"classes": [1, 2], "layer": "conv1", "filters": [1, 2]},
        {"classes": [1]},
        {"classes": [1, 1]},
        {"classes": [-1, 1]},
        {"classes": [1, 2], "at_least": 1.5},
    ],
)
def test_a_config_that_makes_no_sense_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MaximisationCheck.model_validate({"maximisation": "net", **config})


def test_the_network_is_captured() -> None:
    check = MaximisationCheck.model_validate(FILTER_CHECK)
    assert check.captures() == ("net",)
    assert check.network == "net"
    assert checks.family(check) == "maximisation"
