"""Words in figures are read where they say something, and never held against anybody where they do not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.evidence import Axis
from autograder.figures import words
from autograder.figures.words import Said
from tests.figures.numbers import DIGITS, NAMES


@pytest.mark.parametrize(
    ("text", "metric", "split"),
    [
        ("val_loss", "loss", "validation"),
        ("Training accuracy", "accuracy", "train"),
        ("train_acc", "accuracy", "train"),
        ("valacc", "accuracy", "validation"),
        ("Trainingsverlust", "loss", "train"),
        ("Validierungsgenauigkeit", "accuracy", "validation"),
        ("test", "", "validation"),
        ("sparse categorical crossentropy", "loss", ""),
        ("Training and validation loss", "loss", ""),
        ("Loss and accuracy", "", ""),
        ("value", "", ""),
        ("Model of my own", "", ""),
        ("accelerated", "", ""),
        ("epoch", "", ""),
        ("", "", ""),
    ],
)
def test_which_series_words_name(text: str, metric: Any, split: Any) -> None:
    assert words.series(text) == Said(metric, split)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Predicted label", "prediction"),
        ("True label", "truth"),
        ("label", "truth"),
        ("y_pred", "prediction"),
        ("y_true", "truth"),
        ("y_test", "truth"),
        ("ŷ", "prediction"),
        ("Vorhersage", "prediction"),
        ("tatsächliche Klasse", "truth"),
        ("class", ""),
        ("", ""),
    ],
)
def test_which_axis_is_the_truth(text: str, role: str) -> None:
    assert words.role(text) == role


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("predicted cat (0.90)\ntrue dog (0.05)", {"prediction": 3, "truth": 5}),
        ("cat (predicted) / dog (true)", {"prediction": 3, "truth": 5}),
        ("truth=dog guess=cat", {"prediction": 3, "truth": 5}),
        ("Predicted label: cat, actual label: dog", {"prediction": 3, "truth": 5}),
        ("Vorhersage: cat, wahr: dog", {"prediction": 3, "truth": 5}),
        ("cat / dog", {}),
        ("predicted vs. true: cat, dog", {}),
        ("predicted cat", {"prediction": 3}),
        ("", {}),
    ],
)
def test_which_class_is_called_what(text: str, found: dict[str, int]) -> None:
    assert words.roles_of_classes(text, NAMES) == found


def test_an_index_before_the_roles_is_no_class() -> None:
    assert words.roles_of_classes("5: pred 3, true 5", DIGITS) == {"prediction": 3, "truth": 5}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("zeros", "class"),
        ("digit 0", "class"),
        ("y == 0", "class"),
        ("truly 0", "class"),
        ("Nullen", "class"),
        ("others", "others"),
        ("not 0", "others"),
        ("not zero", "others"),
        ("y != 0", "others"),
        ("1 - 9", "others"),
        ("alle anderen", "others"),
        ("blue", ""),
        ("no. 0", "class"),
        ("", ""),
    ],
)
def test_which_group_a_label_means(text: str, found: str) -> None:
    assert words.group(text, 0, DIGITS) == found


def test_a_class_that_has_a_name() -> None:
    assert words.group("cats and others", 3, NAMES) == "others"
    assert words.group("cat", 3, NAMES) == "class"
    assert words.group("dog", 3, NAMES) == "others"
    assert words.group("three", 3, NAMES) == ""


def test_ticks_name_the_classes_next_to_them() -> None:
    axis = Axis(ticks=((0.0, "cat"), (1.1, "dog"), (2.5, "ship"), (3.0, "no class"), (4.0, "cat or dog")))
    assert words.classes_at(axis, range(5), NAMES, 0.3) == [3, 5, None, None, None]


def test_places_without_a_name_take_the_remaining_classes_in_order() -> None:
    assert words.completed([None, 2, None, 0]) == [1, 2, 3, 0]
    assert words.completed([None, None]) == [0, 1]
    assert words.completed([1, 1, None]) is None
    assert words.completed([7, None]) is None


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    words.series(text)
    words.role(text)
    assert all(0 <= member < 10 for member in words.roles_of_classes(text, DIGITS).values())
    assert words.group(text, 0, DIGITS) in ("", "class", "others")
