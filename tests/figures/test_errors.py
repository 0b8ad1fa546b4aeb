"""Errors of the network pass in any style; correct images, exchanged titles and lesser errors are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.evidence import Axes, Bars, Figure
from autograder.figures import errors
from autograder.figures.errors import Asked
from autograder.figures.gallery import Collection
from autograder.figures.outcome import Outcome
from tests.figures import numbers, world

IMAGES = world.images()
LABELS = np.arange(world.COUNT) % 10
WRONG = np.array([1, 3, 4, 8, 9, 13, 16, 20, 21])
GUESSES = np.where(np.isin(np.arange(world.COUNT), WRONG), (LABELS + 3) % 10, LABELS)
OTHER = np.where(np.arange(world.COUNT) % 2 == 0, (LABELS + 1) % 10, LABELS)
# How grave each error is: a permutation, so that no usual order is the right one by chance.
GRAVITY = dict(zip(WRONG.tolist(), [0.31, 0.92, 0.5, 0.11, 0.75, 0.86, 0.2, 0.64, 0.97], strict=True))
WORST = sorted(WRONG.tolist(), key=lambda index: -GRAVITY[index])


def probabilities() -> Any:
    """Scores whose predicted class leads by the gravity of the error; what is left goes to a third class."""
    rest = np.random.default_rng(3).uniform(0.01, 0.02, world.COUNT)
    scores = np.zeros((world.COUNT, 10))
    for index in range(world.COUNT):
        lead = GRAVITY.get(index, 0.9)
        low = (1 - lead - rest[index]) / 2
        scores[index, LABELS[index]] = low
        scores[index, GUESSES[index]] = low + lead
        scores[index, (LABELS[index] + 5) % 10] += rest[index]
    return scores


def wanted(**changes: Any) -> Asked:
    collection = Collection(IMAGES, LABELS, GUESSES, numbers.NAMES)
    given = {"collection": collection, "probabilities": probabilities(), "at_least": 4}
    return Asked(**{**given, "networks": {"other": np.eye(10)[OTHER]}.items, **changes})


def judged(figures: Sequence[Figure], **changes: Any) -> Outcome:
    return errors.judge(figures, wanted(**changes))[0]


def title(index: int) -> str:
    return f"predicted {numbers.NAMES[GUESSES[index]]} (0.90)\ntrue {numbers.NAMES[LABELS[index]]} (0.10)"


def shown(images: Sequence[int], titles: Sequence[str] | None = None) -> list[Figure]:
    panels = [IMAGES[index] + 0.5 for index in images]
    return [world.figure(panels, [title(index) for index in images] if titles is None else titles)]


TITLES = [
    "{guess} / {truth}",
    "pred: {guess}, true: {truth}",
    "true {truth} -> predicted {guess}",
    "{guess} (predicted), {truth} (label)",
    "p = 0.93 {guess} instead of {truth}",
    "Vorhersage: {guess}\nwahr: {truth}",
]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(WRONG.tolist()), min_size=4, unique=True),
    st.sampled_from(TITLES),
    st.sampled_from([1, 2, 3]),
    st.booleans(),
    st.booleans(),
    st.floats(0.1, 9),
)
def test_any_errors_pass_in_any_style(
    images: list[int], form: str, columns: int, separate: bool, bars: bool, gain: float
) -> None:
    titles = [
        form.format(guess=numbers.NAMES[GUESSES[index]], truth=numbers.NAMES[LABELS[index]])
        for index in images
    ]
    panels = [gain * IMAGES[index] + 0.3 for index in images]
    figures = [world.figure(panels, titles, columns=columns)]
    if separate:
        figures = [world.figure([panel], [words]) for panel, words in zip(panels, titles, strict=True)]
    if bars:
        chart = Axes((0.9, 0, 0.1, 1), bars=(Bars(np.arange(10.0), np.ones(10), np.zeros(10)),))
        figures = [replace(figure, axes=(*figure.axes, chart)) for figure in figures]
    found = judged(figures, titles="predicted_and_label")
    assert found.right, found


@settings(max_examples=30, deadline=None)
@given(
    st.permutations(range(world.COUNT)),
    st.sampled_from(["correct_shown", "swapped_titles", "not_the_worst", "missing"]),
)
def test_mistakes_are_named_for_any_choice(order: list[int], mistake: str) -> None:
    wrong = [index for index in order if index in GRAVITY]
    right = [index for index in order if index not in GRAVITY and OTHER[index] == LABELS[index]]
    options: dict[str, Any] = {"titles": "predicted_and_label"}
    images, titles = wrong[:6], None
    if mistake == "correct_shown":
        images = wrong[:4] + right[:2]
    elif mistake == "swapped_titles":
        titles = [
            f"predicted: {numbers.NAMES[LABELS[index]]}, true: {numbers.NAMES[GUESSES[index]]}"
            for index in images
        ]
    elif mistake == "not_the_worst":
        images, options = [index for index in wrong if index != WORST[2]][:6], {"worst": 6}
    elif mistake == "missing":
        images = wrong[:2]
    found = judged(shown(images, titles), **options)
    assert (found.mistake, found.share) == (mistake, 0)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.sampled_from(np.setdiff1d(np.arange(world.COUNT), WRONG).tolist()), min_size=4, unique=True),
    st.sampled_from(TITLES),
    st.booleans(),
    st.floats(0.1, 9),
)
def test_images_that_are_classified_correctly_are_refused_in_any_style(
    images: list[int], form: str, separate: bool, gain: float
) -> None:
    panels = [gain * IMAGES[index] + 0.3 for index in images]
    titles = [form.format(guess=numbers.NAMES[3], truth=numbers.NAMES[LABELS[index]]) for index in images]
    figures = [world.figure(panels, titles)]
    if separate:
        figures = [world.figure([panel], [words]) for panel, words in zip(panels, titles, strict=True)]
    for options in ({}, {"titles": "predicted_and_label"}, {"worst": 4}):
        found = judged(figures, **options)
        assert found.share == 0
        assert found.mistake in ("correct_shown", "other_checkpoint")


def test_correct_images_are_named_by_their_panels() -> None:
    found = judged(shown([1, 5, 3, 4, 7]))
    assert found.mistake == "correct_shown"
    assert found.message.startswith("Panels 2, 5 show images that the network classifies correctly.")


def test_errors_of_another_network_are_recognised() -> None:
    found = judged(shown([0, 2, 6, 10, 12]))
    assert found.mistake == "other_checkpoint"
    assert "`other`" in found.message


def test_titles_that_name_other_classes() -> None:
    titles = [f"predicted {numbers.NAMES[(LABELS[index] + 1) % 10]}, true cat" for index in WRONG[:4]]
    assert judged(shown(WRONG[:4].tolist(), titles), titles="predicted_and_label").mistake == "wrong_title"
    found = judged(shown(WRONG[:4].tolist(), [""] * 4), titles="predicted_and_label")
    assert found.mistake == "missing_title"
    assert judged(shown(WRONG[:4].tolist(), [""] * 4)).right


def test_a_number_of_the_panel_is_not_taken_for_a_class() -> None:
    digits = [str(digit) for digit in range(10)]
    collection = Collection(IMAGES, LABELS, GUESSES, digits)
    titles = [f"{LABELS[index]}: pred {GUESSES[index]}, true {LABELS[index]}" for index in WRONG[:4]]
    found = judged(shown(WRONG[:4].tolist(), titles), collection=collection, titles="predicted_and_label")
    assert found.right


def test_images_of_elsewhere() -> None:
    noise = [np.random.default_rng(seed).random((16, 16, 3)) for seed in range(4)]
    assert judged([world.figure(noise)]).mistake == "not_found"


def test_titles_of_bar_charts_count_for_the_image_beside_them() -> None:
    axes = []
    for place, index in enumerate(WRONG[:4].tolist()):
        image = world.figure([IMAGES[index]], [""]).axes[0]
        height = 0.2
        axes.append(replace(image, position=(0.0, 0.25 * place, 0.4, height)))
        chart = Bars(np.arange(10.0), np.ones(10), np.zeros(10), True)
        axes.append(Axes((0.5, 0.25 * place, 0.4, height), title=title(index), bars=(chart,)))
    figure = Figure(0, tuple(axes))
    assert judged([figure], titles="predicted_and_label").right
    blank = replace(figure, axes=tuple(replace(one, title="") for one in axes))
    assert judged([blank], titles="predicted_and_label").mistake == "missing_title"


def test_images_of_the_training_set_are_named() -> None:
    training = np.random.default_rng(8).random((30, 16, 16, 3))
    figures = [world.figure(list(training[3:7]))]
    found = judged(figures, elsewhere={"training images": training}.items)
    assert found.mistake == "training_images"
    assert "4 of 4 panels show training images" in found.message


class TestWorst:
    def test_the_worst_of_another_network(self) -> None:
        theirs = probabilities()
        for index in WORST[:2]:
            theirs[index] = 0.1
        shown_ones = np.argsort(-(theirs.max(axis=1) - theirs[np.arange(len(LABELS)), LABELS]))[:4].tolist()
        found = judged(shown(shown_ones), worst=4, networks={"other": theirs}.items)
        assert found.mistake == "other_checkpoint"
        assert "only 2 of the 4 worst" in found.message

    def test_in_any_order_and_with_others(self) -> None:
        assert judged(shown(WORST[:6][::-1]), worst=6).right
        assert judged(shown(WORST[:8]), worst=6).right

    def test_no_more_than_there_are(self) -> None:
        assert judged(shown(WORST), worst=50, at_least=50).right

    def test_tied_errors_are_as_good(self) -> None:
        scores = probabilities()
        for index in WORST[5:7]:
            gap = GRAVITY[WORST[5]] - GRAVITY[index]
            scores[index, GUESSES[index]] += gap - 0.00002 * (index == WORST[6])
        assert judged(shown([*WORST[:5], WORST[6]]), worst=6, probabilities=scores).right
        assert not judged(shown([*WORST[:4], *WORST[5:7]]), worst=6, probabilities=scores).right

    @pytest.mark.parametrize(
        ("images", "words"),
        [
            (WORST[::-1][:3], "slightest"),
            (WRONG[:3].tolist(), "first ones"),
            (WORST[6:], "none of the worst"),
            (WORST[1:4], "only 2 of the 3 worst"),
        ],
    )
    def test_lesser_ones_are_told_how_they_were_chosen(self, images: list[int], words: str) -> None:
        found = judged(shown(images), worst=3, at_least=3)
        assert found.mistake == "not_the_worst"
        assert words in found.message

    def test_partial_points(self) -> None:
        assert judged(shown(WORST[2:8]), worst=6, partial=True).share == pytest.approx(4 / 6)


def test_a_network_without_errors_has_none_to_show() -> None:
    perfect = Collection(IMAGES, LABELS, LABELS, numbers.NAMES)
    found = judged(shown([0, 1, 2, 3]), collection=perfect)
    assert (found.mistake, found.sure) == ("no_errors", False)


def test_partial_points_for_what_is_right() -> None:
    found = judged(shown([1, 3, 4, 5]), partial=True)
    assert (found.share, found.mistake) == (0.75, "correct_shown")
