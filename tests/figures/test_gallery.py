from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.ndimage import zoom

from autograder.evidence import Figure
from autograder.figures.gallery import Collection, Gallery, Titles, explain, look_up
from autograder.figures.words import named_classes
from tests.figures import world

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LABELS = np.arange(world.COUNT) % 10
PREDICTED = np.where(np.arange(world.COUNT) % 3 == 0, (LABELS + 1) % 10, LABELS)
COLLECTION = Collection(world.images(), LABELS, PREDICTED, NAMES)
CHOSEN = [3, 17, 4, 11, 6]


def shown(chosen: Sequence[int], titles: Sequence[str] = (), add: float = 0.5) -> Figure:
    return world.figure([world.images()[index] + add for index in chosen], titles)


def seen(figures: Figure | list[Figure], titles: Titles | None = None) -> Gallery:
    gallery = look_up([figures] if isinstance(figures, Figure) else figures, COLLECTION, 5, titles)
    assert gallery is not None
    return gallery


def named(index: int) -> str:
    return NAMES[LABELS[index]]


def both(index: int) -> str:
    return f"predicted: {NAMES[PREDICTED[index]]}\nactual: {named(index)}"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["A CAT"], (3,)),
        (["cats"], ()),
        (["Pred: dog, true: cat"], (5, 3)),
        (["predicted_dog"], (5,)),
        (["cat", "cat"], (3, 3)),
        (["7"], (7,)),
        (["image 523: label 3"], (3,)),
        (["0.93"], ()),
        (["93%", "3 %"], (3,)),
        (["image 3: dog"], (5,)),
        (["catalogue"], ()),
        (["[0. 0. 0. 1. 0. 0. 0. 0. 0. 0.]"], ()),
        (["image 7 of 9: label 3, predicted 5"], (7, 9, 3, 5)),
        ([], ()),
    ],
)
def test_classes_are_read_from_words(words: list[str], expected: tuple[int, ...]) -> None:
    assert named_classes(words, NAMES) == expected


def test_classes_named_by_digits_are_read_as_whole_numbers() -> None:
    digits = [str(digit) for digit in range(10)]
    assert named_classes(["this is a 7, p = 0.93"], digits) == (7,)
    assert named_classes(["3 (0.5), not 8 (5%)", "5.0"], digits) == (3, 8)


def test_any_images_of_the_set_are_found() -> None:
    gallery = seen(shown(CHOSEN))
    assert gallery.accepted
    assert [shot.image for shot in gallery.shots] == CHOSEN
    assert gallery.clipped == 0


def test_bytes_and_own_scaling_are_found() -> None:
    panels = [np.rint(255 * (world.images()[index] + 0.5)).astype(np.uint8) for index in CHOSEN]
    assert seen(world.figure(panels)).accepted
    assert seen(world.figure([world.unit(panel) for panel in panels])).accepted


def test_clipped_images_are_accepted_but_noticed() -> None:
    gallery = seen(shown(CHOSEN, add=0))
    assert gallery.accepted
    assert gallery.clipped == 5


def test_one_figure_an_image() -> None:
    assert seen([shown([index]) for index in CHOSEN]).accepted


def test_a_chance_repetition_is_forgiven_a_loop_over_one_image_is_not() -> None:
    assert seen(shown([3, 17, 4, 3, 6])).accepted
    gallery = seen(shown([3] * 5))
    assert not gallery.accepted
    assert explain(gallery, COLLECTION, None).name == "repeated"


def test_too_few_images() -> None:
    gallery = seen(shown(CHOSEN[:3]))
    assert not gallery.accepted
    diagnosis = explain(gallery, COLLECTION, None)
    assert diagnosis.name == "missing"
    assert diagnosis.message == "3 different images are shown; 5 are asked for."


def test_images_from_elsewhere() -> None:
    noise = np.random.default_rng(0).random((5, 16, 16, 3))
    gallery = seen(world.figure(list(noise)))
    assert not gallery.accepted
    assert explain(gallery, COLLECTION, None).name == "not_found"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda image: image.swapaxes(0, 1) + 0.5, "transposed"),
        (lambda image: image[::-1] + 0.5, "flipped"),
        (lambda image: image[:, ::-1] + 0.5, "mirrored"),
        (lambda image: image[..., ::-1] + 0.5, "bgr"),
        (lambda image: 0.5 - image, "negated"),
        (lambda image: np.mod((255 * image).astype(int), 256).astype(np.uint8), "wrapped"),
        (lambda image: (0 * image).astype(int), "cast_to_int"),
        (lambda image: image[:8, :8], "wrong_shape"),
    ],
)
def test_slips_are_named(change, name: str) -> None:
    gallery = seen(world.figure([change(world.images()[index]) for index in CHOSEN]))
    assert not gallery.accepted
    assert explain(gallery, COLLECTION, None).name == name


def test_right_titles() -> None:
    assert seen(shown(CHOSEN, [named(index) for index in CHOSEN]), "label").accepted
    assert seen(shown(CHOSEN, [str(LABELS[index]) for index in CHOSEN]), "label").accepted
    assert seen(shown(CHOSEN, [both(index) for index in CHOSEN]), "predicted_and_label").accepted


def test_predicted_and_true_class_may_come_in_either_order() -> None:
    turned = ["\n".join(reversed(both(index).split("\n"))) for index in CHOSEN]
    assert seen(shown(CHOSEN, turned), "predicted_and_label").accepted


def test_predicted_and_true_class_exchanged_in_the_titles() -> None:
    swapped = [f"predicted: {named(index)}, true: {NAMES[PREDICTED[index]]}" for index in CHOSEN]
    gallery = seen(shown(CHOSEN, swapped), "predicted_and_label")
    wrong = [shot.problem == "swapped_title" for shot in gallery.shots]
    assert wrong == [bool(PREDICTED[index] != LABELS[index]) for index in CHOSEN]
    assert not gallery.accepted
    diagnosis = explain(gallery, COLLECTION, "predicted_and_label")
    assert diagnosis.name == "swapped_titles"
    assert "true class the predicted one" in diagnosis.message


def test_a_wrong_title_is_quoted() -> None:
    titles = [named(index) for index in CHOSEN]
    titles[2] = "dog"
    gallery = seen(shown(CHOSEN, titles), "label")
    assert not gallery.accepted
    diagnosis = explain(gallery, COLLECTION, "label")
    assert diagnosis.name == "wrong_title"
    assert "Panel 3 shows a deer but its title says dog." in diagnosis.message


def test_missing_titles() -> None:
    gallery = seen(shown(CHOSEN), "label")
    assert not gallery.accepted
    assert explain(gallery, COLLECTION, "label").name == "missing_title"


def test_the_true_class_alone_is_not_the_prediction() -> None:
    gallery = seen(shown(CHOSEN, [named(index) for index in CHOSEN]), "predicted_and_label")
    assert not gallery.accepted
    diagnosis = explain(gallery, COLLECTION, "predicted_and_label")
    assert diagnosis.name == "missing_title"
    assert "predicted and the true class" in diagnosis.message


def test_naming_every_class_names_none() -> None:
    gallery = seen(shown(CHOSEN, [" ".join(NAMES)] * 5), "label")
    assert not gallery.accepted
    assert explain(gallery, COLLECTION, "label").name == "wrong_title"


def test_a_wrong_prediction_is_not_given_away() -> None:
    titles = [both(index) for index in CHOSEN]
    titles[0] = "predicted bird, actual cat"
    titles[1] = "predicted bird, actual horse"
    diagnosis = explain(seen(shown(CHOSEN, titles), "predicted_and_label"), COLLECTION, "predicted_and_label")
    assert diagnosis.name == "wrong_title"
    assert NAMES[PREDICTED[3]] not in diagnosis.message


@pytest.mark.parametrize(
    "enlarged",
    [
        lambda image: np.kron(image, np.ones((6, 6, 1))),
        lambda image: zoom(image, (4, 4, 1), order=1, grid_mode=True, mode="nearest"),
    ],
    ids=["repeated pixels", "interpolated"],
)
def test_enlarged_images_are_found(enlarged: Callable[[np.ndarray], np.ndarray]) -> None:
    figure = world.figure([enlarged(world.images()[index] + 0.5) for index in CHOSEN])
    assert seen(figure).accepted
