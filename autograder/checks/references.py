"""What of the student's own a check refers to: a network, an image, and what a claim about them needs.

Looks things up in the evidence; computes nothing, and runs no network.
"""

from __future__ import annotations

import numpy as np

from autograder.checks import answers, claims
from autograder.checks.base import Given, ModelRefusedError, NoSuchLayerError, Oracle, Picture
from autograder.evidence import (
    Array,
    Layer,
    Missing,
    Model,
    Opaque,
    QuestionEvidence,
    Scalar,
    Sequence,
    Value,
)
from autograder.result import Verdict

_SPLITS = {"train": "training", "test": "test"}


def network(question: QuestionEvidence, name: str) -> Model | Verdict:
    """The network in a variable; where nothing was captured, the one that was handed in by that name.

    Args:
        question: what was seen of the question.
        name: the variable.

    Returns:
        The network, or the verdict on its absence.
    """
    nothing = answers.untried(question)
    if nothing is not None:
        return nothing
    value = question.values.get(name, Missing())
    if isinstance(value, Model):
        return value
    if isinstance(value, Missing) and name in question.trained:
        return question.trained[name].model
    absent = answers.captured(question, name)
    return absent if isinstance(absent, Verdict) else no_model(name, absent)


def subject(question: QuestionEvidence, name: str) -> Model | Verdict:
    """The network that something else is compared with.

    Its absence is no mistake in that something: what cannot be compared is left to a person.
    """
    found = network(question, name)
    if not isinstance(found, Verdict) or found.status != "failed":
        return found
    message = f"There is no network in `{name}` that this could be compared with. A person will look at it."
    return Verdict("needs_person", message=f"{found.message} {message}", diagnosis="no_network")


def image(ref: claims.AnyImage, question: QuestionEvidence, oracle: Oracle) -> Picture | Verdict:
    """The image that a reference means.

    Args:
        ref: of the config.
        question: what was seen of the question.
        oracle: knows the data.

    Returns:
        The image, or the verdict on a variable that holds none.

    Raises:
        ValueError: the config names an image that the data do not have.
    """
    match ref:
        case claims.InVariable(variable=name):
            return _held(name, question, oracle)
        case claims.FromTrain(train=name):
            return _indexed(name, "train", question, oracle)
        case claims.FromTest(test=name):
            return _indexed(name, "test", question, oracle)
    found = oracle.picture(ref)
    if found is None:
        raise ValueError(f"there is no image {ref} in the data: a claim in the grading config is wrong")
    return found


def index(ref: claims.AnyImage, question: QuestionEvidence) -> tuple[int, claims.Split | None] | None:
    """The number and the split of the image that a reference means; None for one that a variable holds.

    Args:
        ref: of the config.
        question: what was seen of the question.
    """
    match ref:
        case int():
            return ref, None
        case claims.FromTrain(train=name):
            split: claims.Split = "train"
        case claims.FromTest(test=name):
            split = "test"
        case _:
            return None
    found = _whole_number(question.values.get(name, Missing()))
    return None if found is None else (found, split)


def given(claim: object, of: str | None, question: QuestionEvidence, oracle: Oracle) -> Given | Verdict:
    """What of the student's own a claim is about.

    Args:
        claim: any of `autograder.checks.claims`.
        of: the variable of the submitted network; None for the assignment's own.
        question: what was seen of the question.
        oracle: knows the data.

    Returns:
        What the oracle needs beside the claim, or the verdict on its absence.
    """
    model = None if of is None else subject(question, of)
    if isinstance(model, Verdict):
        return model
    ref = claims.image_of(claim)
    picture = None if ref is None else image(ref, question, oracle)
    if isinstance(picture, Verdict):
        return picture
    others = {name: trained.model for name, trained in question.trained.items() if name != of}
    return Given(model, of or "", picture, others if model is not None else {})


def no_model(name: str, value: Value) -> Verdict:
    """The verdict on something that is not a network."""
    hint = ""
    if isinstance(value, Layer):
        hint = " Build a model that ends at this layer's output."
    elif isinstance(value, Opaque) and "tensor" in value.python.lower():
        hint = " A layer's output becomes a network when it is given to `keras.Model` as `outputs`."
    message = f"`{name}` is {answers.kind(value)}; a Keras model is expected.{hint}"
    return Verdict("failed", message=message, diagnosis="wrong_type")


def refused(name: str, error: ModelRefusedError) -> Verdict:
    """The verdict on a network that is not rebuilt here, and may still be right."""
    why = answers.full_stop(str(error))
    message = f"`{name}` could not be run by the grader, so a person will look at it. {why}"
    return Verdict("needs_person", message=message, diagnosis="refused")


def no_layer(name: str, error: NoSuchLayerError) -> Verdict:
    """The verdict on a network without the layer that is looked at."""
    message = f"`{name}` {answers.full_stop(str(error))}"
    return Verdict("failed", message=message, diagnosis="no_such_layer")


def _held(name: str, question: QuestionEvidence, oracle: Oracle) -> Picture | Verdict:
    value = answers.captured(question, name)
    if isinstance(value, Verdict):
        return value
    shape = oracle.images.shape[1:]
    array = answers.as_array(value)
    if array is not None and array.shape in (shape, (1, *shape), *([shape[:2]] if shape[2] == 1 else [])):
        pixels = array.astype(np.float32).reshape(shape)
        if np.isfinite(pixels).all():
            return Picture(pixels, f"the image in `{name}`")
        message = f"`{name}` contains numbers that are not finite. Look where they come from."
        return Verdict("failed", message=message, diagnosis="nan")
    message = (
        f"`{name}` is {answers.kind(value)}; one image as it is given to the network is expected, "
        f"of shape {shape} or {(1, *shape)}."
    )
    return Verdict("failed", message=message, diagnosis="wrong_type")


def _indexed(name: str, split: claims.Split, question: QuestionEvidence, oracle: Oracle) -> Picture | Verdict:
    value = answers.captured(question, name)
    if isinstance(value, Verdict):
        return value
    index = _whole_number(value)
    images = f"{_SPLITS[split]} images"
    if index is None:
        message = f"`{name}` is {answers.kind(value)}; the index of one of the {images} is expected."
        return Verdict("failed", message=message, diagnosis="wrong_type")
    found = oracle.picture(index, split)
    if found is None:
        message = f"`{name}` is {index}, but there are not so many {images}. Choose a smaller index."
        return Verdict("failed", message=message, diagnosis="out_of_range")
    return found


def _whole_number(value: Value) -> int | None:
    """The index in a value: a whole number, alone or as the only item of an array or list."""
    match value:
        case Scalar(value=bool()):
            return None
        case Scalar(value=int() as number):
            return number
        case Scalar(value=float() as number) if number.is_integer():
            return int(number)
        case Array(array=array) if array.size == 1 and array.dtype.kind in "iu":
            return int(array.reshape(()).item())
        case Sequence(items=(only,)):
            return _whole_number(only)
    return None
