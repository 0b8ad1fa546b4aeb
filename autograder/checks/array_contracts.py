"""Contracts of functions that turn arrays into arrays: scaling, preprocessing, splitting.

A wrong result is compared with what usual mistakes would give. Calls nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from scipy.ndimage import gaussian_filter

from autograder.checks.base import Floats
from autograder.checks.contracts import (
    CLOSE,
    Case,
    Contract,
    array_of,
    misshapen,
    other_values,
    parts_of,
    same,
)
from autograder.figures.outcome import Outcome, half, wrong

# ---------------------------------------------------------------- scaling


def _scaling_inputs() -> list[tuple[Any, ...]]:
    """Six images of bytes from 17 to 203, each with a range of its own."""
    noise = np.random.default_rng(31).integers(17, 204, (6, 7, 7))
    images = np.clip(noise, 17, 203 - 11 * np.arange(6)[:, None, None])
    images[0, 0, :2] = 17, 203
    return [(images.astype(np.uint8),)]


def _scaling(case: Case) -> Outcome:
    found, images = array_of(case), case.inputs[0][0].astype(np.float64)
    if isinstance(found, Outcome):
        return found
    if found.shape != images.shape:
        return misshapen(case, found, images.shape)
    if same(found, _stretched(images)):
        return Outcome(1.0, f"`{case.name}` scales the smallest value to 0 and the largest to 1.")
    axes = (1, 2)
    each = (images - images.min(axes, keepdims=True)) / np.ptp(images, axis=axes, keepdims=True)
    slips = {
        "each_by_itself": (each, "scales each image by itself. Take the smallest and largest value of all"),
        "divided": (images / 255, "divides by 255. Take away the smallest value, then divide by the range"),
        "not_shifted": (images / images.max(), "does not take away the smallest value before it divides"),
    }
    for mistake, (values, words) in slips.items():
        if same(found, values):
            return wrong(mistake, f"`{case.name}` {words}.")
    return other_values(case, found, "values from 0 (the smallest) to 1 (the largest) are expected")


def _stretched(images: Floats) -> Floats:
    return np.asarray((images - images.min()) / (images.max() - images.min()))


# ---------------------------------------------------------------- from scaled values to a picture


@lru_cache
def photographs() -> Floats:
    """Smooth colour images as networks get them, (x - 128) / 128 of bytes, (3, 32, 32, 3) float32."""
    noise = np.random.default_rng(5).normal(size=(3, 32, 32, 3))
    smooth = np.stack([gaussian_filter(image, (2, 2, 0.4)) for image in noise])
    # No image uses the whole range: stretching each to it is not the same as undoing the scaling.
    low, high = np.array([20, 60, 5]), np.array([235, 190, 150])
    span = [
        _stretched(image) * (top - least) + least for image, least, top in zip(smooth, low, high, strict=True)
    ]
    return np.asarray((np.rint(span) - 128) / 128, np.float32)


def _picture_inputs() -> list[tuple[Any, ...]]:
    return [(photographs()[0],), (photographs(),)]


def _picture(case: Case) -> Outcome:
    for call, (given,) in enumerate(case.inputs):
        found = array_of(case, call)
        if isinstance(found, Outcome):
            return found
        if found.shape != given.shape:
            return misshapen(case, found, given.shape)
        fault = _no_picture(case, found, given.astype(np.float64))
        if fault is not None:
            return fault
    return Outcome(1.0, f"`{case.name}` undoes the scaling, for one image and for many.")


def _no_picture(case: Case, found: Floats, given: Floats) -> Outcome | None:
    original = given * 128 + 128
    # (X + 1) / 2 is off by less than one gray level.
    if found.dtype.kind == "f" and same(found, original / 255, 0.5 / 128):
        return None
    slips = {
        "bytes": (original, "returns values from 0 to 255. Divide by 255 in the end"),
        "unchanged": (given, "returns the values as they were given: partly below 0"),
        "stretched": (
            _stretched(given),
            "stretches what it is given to 0…1. Undo the scaling as it was done",
        ),
        "clipped": (given.clip(0, 1), "cuts off what is below 0. Undo the scaling as it was done"),
        "divided": (given / 255, "divides by 255 at once. Undo the scaling as it was done, then divide"),
    }
    for mistake, (values, words) in slips.items():
        if same(found, values, 1.0 if mistake == "bytes" else CLOSE):
            return wrong(mistake, f"`{case.name}` {words}.")
    return other_values(case, found, "the scaling is not undone")


# ---------------------------------------------------------------- preprocessing


def _preprocessing_inputs() -> list[tuple[Any, ...]]:
    """Twelve images, each with black and white in it, and labels among which 9 is missing."""
    images = np.random.default_rng(17).integers(0, 256, (12, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = 0, 255
    return [(images, np.array([5, 0, 4, 1, 8, 2, 1, 3, 6, 7, 2, 0], np.int64))]


def _preprocessing(case: Case) -> Outcome:
    images, labels = case.inputs[0]
    parts = parts_of(case, 2)
    if isinstance(parts, Outcome):
        return parts
    found, rows = parts
    if found.ndim == 2 and rows.ndim >= 3:
        message = f"`{case.name}` returns the labels first. Return the images, then the labels."
        return wrong("swapped", message)
    faults = [fault for fault in (_no_images(found, images), _no_labels(rows, labels)) if fault is not None]
    if not faults:
        return Outcome(1.0, f"`{case.name}` scales the images and makes the labels one-hot.")
    message = " ".join(f"`{case.name}` {words}." for _, words in faults)
    return (half if len(faults) == 1 else wrong)(faults[0][0], message)


def _no_images(found: Floats, images: Floats) -> tuple[str, str] | None:
    expected = images[..., None] / 255.0
    if found.shape == images.shape:
        return (
            "no_channel",
            f"returns images of shape {found.shape}: their axis for the one channel is missing",
        )
    if found.shape != expected.shape:
        return "wrong_shape", f"returns images of shape {found.shape}, where {expected.shape} is asked for"
    if found.dtype.kind != "f":
        return (
            "not_float",
            f"returns images of type {found.dtype}. Turn them into float32 before they are divided",
        )
    if same(found, expected):
        return None
    if same(found, 255 * expected, 0.5):
        return "not_scaled", "does not scale the images: their values still go up to 255"
    return "other_values", "returns images whose values are not those it was given, scaled to 0…1"


def _no_labels(rows: Floats, labels: Floats) -> tuple[str, str] | None:
    expected = np.eye(10)[labels]
    if same(rows, expected):
        return None
    if rows.ndim == 1:
        return "not_one_hot", "returns the labels as numbers, where one-hot rows are asked for"
    if rows.shape[0] == len(labels) and rows.shape[1:] != (10,):
        message = (
            "the labels that it was given happen to hold no 9, and 10 columns are asked for all the same"
        )
        return "too_few_columns", f"returns labels of shape {rows.shape}: {message}"
    return "other_labels", "returns labels that are not the one-hot rows of those it was given"


# ---------------------------------------------------------------- training and validation


def _split_inputs() -> list[tuple[Any, ...]]:
    """Fifty small images, no two alike, five of each class; sorted by class."""
    images = np.random.default_rng(23).uniform(0, 1, (50, 4, 4, 1)).round(4)
    return [(images.astype(np.float32), np.eye(10, dtype=np.float32)[np.repeat(np.arange(10), 5)])]


def _split(case: Case) -> Outcome:
    images, rows = case.inputs[0]
    parts = parts_of(case, 4)
    if isinstance(parts, Outcome):
        return parts
    if [part.ndim for part in parts] == [4, 2, 4, 2]:
        message = (
            f"`{case.name}` returns its arrays in another order: "
            "X_train, X_valid, Y_train, Y_valid is asked for."
        )
        return wrong("order", message)
    if [part.shape[1:] for part in parts] != [images.shape[1:]] * 2 + [rows.shape[1:]] * 2:
        shapes = ", ".join(str(part.shape) for part in parts)
        return wrong(
            "wrong_shape", f"`{case.name}` returns arrays of shapes {shapes}. Keep all axes but the first."
        )
    return _torn(case, parts, images, rows)


def _torn(case: Case, parts: Sequence[Floats], images: Floats, rows: Floats) -> Outcome:
    places = [[_place(image, images) for image in part] for part in parts[:2]]
    sizes = [len(place) for place in places]
    given, taken = len(images), [place for part in places for place in part]
    if None in taken:
        return wrong("other_values", f"`{case.name}` returns images that it was not given. Change no values.")
    if len(set(taken)) < len(taken):
        message = f"`{case.name}` returns some images twice: what is validated with must not be learned from."
        return wrong("leak", message)
    for part, labels in zip(places, parts[2:], strict=True):
        if len(labels) != len(part) or not np.array_equal(
            labels, rows[[place for place in part if place is not None]]
        ):
            message = (
                f"`{case.name}` tears images and labels apart: shuffle both with the same order of indices."
            )
            return wrong("torn", message)
    if abs(sizes[0] - 0.7 * given) > 1 or sum(sizes) != given:
        message = (
            f"Of {given} images `{case.name}` takes {sizes[0]} to learn from and {sizes[1]} to validate; "
            "70 % and 30 % are asked for, and all of them."
        )
        return wrong("other_sizes", message)
    if taken == sorted(place for place in taken if place is not None):
        message = f"`{case.name}` does not shuffle, so that a sorted set is split by class. Shuffle first."
        return half("not_shuffled", message)
    return Outcome(1.0, f"`{case.name}` shuffles and splits images and labels together.")


def _place(image: Floats, images: Floats) -> int | None:
    near = np.abs(images - image).max(axis=(1, 2, 3))
    return int(near.argmin()) if near.min() < 1e-5 else None


CONTRACTS: Final = {
    "scaling": Contract("an array of six images of bytes", _scaling_inputs, _scaling),
    "picture": Contract("scaled colour images, one and several", _picture_inputs, _picture),
    "preprocessing": Contract(
        "twelve images of bytes and their labels", _preprocessing_inputs, _preprocessing
    ),
    "split": Contract("fifty images and their one-hot labels", _split_inputs, _split),
}
