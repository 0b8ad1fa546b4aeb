"""Predictions: images of the data under titles that name their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import zoom

from autograder.checks.base import Floats
from autograder.checks.panels import PanelsCheck
from autograder.result import Verdict
from figure_cases import styles
from figure_cases.base import Case, Draw, World, unit

KINDS = ("predictions",)
SLOW = ("mnist-cnn/ambiguous_digit",)
"""Any of 60,000 images may be shown there: they are all looked through."""
THRESHOLDS = {
    "predictions": "NCC of a panel with the image of the data that it is most like, median over the figure: "
    "above 0.99, and titles that name that image's classes.",
}


def scores(verdict: Verdict) -> dict[str, float]:
    """The median NCC with the nearest images, and the share of panels that are right."""
    found = verdict.details
    if found.get("median_ncc") is None:
        return {}
    share = found["matched"] / max(found["required"], len(found["scores"]))
    return {"NCC": float(found["median_ncc"]), "right": min(1.0, share)}


@dataclass(frozen=True, eq=False)
class Claim:
    """What a question asks for.

    Attributes:
        place: assignment and question.
        images: that are shown, 0…1, (N, H, W) or (N, H, W, 3).
        inputs: the same as the network gets them.
        labels, guesses: their true and predicted classes.
        names: of all classes.
        titles: what titles have to name.
        first: only the first images of the data are right.
        later, elsewhere: other images of the same split, and of the other one.
    """

    place: str
    images: Floats
    inputs: Floats
    labels: Sequence[int]
    guesses: Sequence[int]
    names: Sequence[str]
    titles: str
    first: bool
    later: Floats
    elsewhere: Floats

    def titled(self, form: str = "", labels: Any = None, guesses: Any = None) -> list[str]:
        """Titles that name what is asked for, in a form with the fields `label` and `guess`."""
        form = (
            form
            or {
                "label": "{label}",
                "predicted": "{guess}",
                "predicted_and_label": "predicted: {guess}\nactual: {label}",
            }[self.titles]
        )
        pairs = zip(
            self.labels if labels is None else labels,
            self.guesses if guesses is None else guesses,
            strict=True,
        )
        return [form.format(label=self.names[label], guess=self.names[guess]) for label, guess in pairs]


def cases(world: World, quick: bool) -> Iterator[Case]:
    for claim in claims(world):
        for style, draw in list(_right(claim))[:: 4 if quick else 2 if claim.place in SLOW else 1]:
            yield Case("predictions", claim.place, style, draw)
        for style, mistake, draw in list(_wrong(claim))[:: 2 if quick else 1]:
            yield Case("predictions", claim.place, style, draw, mistake)


def claims(world: World) -> Iterator[Claim]:
    investigating = world.network("cifar10-investigating")
    yield _claim(world, "investigating-cnns/random_images", investigating, [7, 16, 160, 471, 998])
    oracle = world.oracle("investigating-cnns")
    wrong = np.asarray(investigating(oracle.images[:200])).argmax(axis=1) != oracle.labels[:200]
    some = [*np.flatnonzero(wrong)[:2].tolist(), *np.flatnonzero(~wrong)[:3].tolist()]
    yield _claim(world, "investigating-cnns/predictions", investigating, some)
    yield _claim(world, "mnist-cnn/first_digits", world.network("mnist-improved"), range(10))
    yield _claim(world, "mnist-cnn/ambiguous_digit", world.network("mnist-improved"), [59])
    own = world.network("mnist-deconstructing")
    yield _claim(world, "deconstructing-cnns/first_digits", own, range(10))
    yield _claim(world, "deconstructing-cnns/predictions", own, range(10))
    network = world.network("mnist-evaluating-a")
    yield _claim(world, "evaluating-cnns/first_digits", network, range(15))


def _claim(world: World, place: str, network: Any, indices: Sequence[int]) -> Claim:
    assignment, question = place.split("/")
    config = world.config(assignment)
    check = config.questions[question].checks[0]
    if not isinstance(check, PanelsCheck):
        raise TypeError(f"{place} asks for no images")
    data = world.data(config.data.name)
    split = check.part or config.data.split
    raw, labels = data.part(split, None)
    other, _ = data.part("test" if split == "train" else "train", None)
    oracle = world.oracle(assignment)
    inputs = oracle.part(split, max(indices) + 1)[0][list(indices)]
    guesses = np.asarray(network(inputs)).argmax(axis=1).tolist()
    later = [(index + 20) % len(raw) for index in indices]
    return Claim(
        place,
        raw[list(indices)] / 255,
        inputs[..., 0] if raw.ndim == 3 else inputs,
        labels[list(indices)].tolist(),
        guesses,
        oracle.class_names,
        check.titles or "label",
        check.which is not None,
        raw[later] / 255,
        other[list(indices)] / 255,
    )


# ---------------------------------------------------------------- right


def _right(claim: Claim) -> Iterator[tuple[str, Draw]]:
    images, titles = claim.images, claim.titled()
    columns = min(5, len(images))
    draw: Callable[..., Draw] = partial(partial, styles.grid, columns=columns)
    yield "0…1", draw(images, titles)
    yield "bytes", draw((255 * images).round().astype(np.uint8), titles)
    yield "as the network gets them", draw(claim.inputs, titles)
    yield "each scaled", draw(styles.each(unit, claim.inputs), titles, axis="on")
    yield "capital letters", draw(images, [title.upper() for title in titles])
    yield "in a sentence", draw(images, [f"This is: {title}!" for title in titles])
    yield "beside the axes", partial(_labelled, images, titles)
    yield "as text", partial(_with_texts, images, titles)
    yield "one figure each", partial(_one_by_one, images, titles)
    yield "enlarged", draw(zoomed(images), titles)
    yield "enlarged by repeating", draw(images.repeat(4, 1).repeat(4, 2), titles)
    yield "origin below, turned", draw(images[:, ::-1], titles, origin="lower")
    yield "subplots by number", partial(_numbered, images, titles)
    yield "numbers for names", draw(images, claim_numbers(claim))
    if images.ndim == 3:
        yield "gray", draw(images, titles, cmap="gray")
        yield "reversed colormap", draw(images, titles, cmap="gray_r")
        yield "negative in a reversed colormap", draw(1 - images, titles, cmap="binary")
        yield "a channel axis of one", draw(images[..., None], titles)
        yield "matshow", draw(images, titles, how="matshow")
        yield "pcolormesh", draw(images[:, ::-1], titles, how="pcolormesh")
    if claim.titles != "label":
        yield "with scores", draw(images, [f"{title} (p = 0.93)" for title in titles])
    if claim.titles == "predicted_and_label":
        for form in ("{guess} (true: {label})", "{label} → {guess}", "Vorhersage {guess}, wahr {label}"):
            yield form, draw(images, claim.titled(form))
    if claim.titles == "predicted":
        yield "predicted and true", draw(images, claim.titled("{guess}, true {label}"))
    if not claim.first and len(images) > 1:
        yield "in another order", draw(images[::-1], titles[::-1])


def claim_numbers(claim: Claim) -> list[str]:
    numbered = replace(claim, names=[str(index) for index in range(len(claim.names))])
    return numbered.titled()


def zoomed(images: Floats) -> list[Floats]:
    return [zoom(one, (3, 3, 1)[: one.ndim], order=1, grid_mode=True, mode="nearest") for one in images]


def _labelled(images: Floats, titles: Sequence[str]) -> None:
    axes = plt.subplots(1, len(images), squeeze=False)[1]
    for place, image, title in zip(axes.flat, images, titles, strict=True):
        place.imshow(image)
        place.set_xlabel(title)
        place.set_xticks([])
    plt.show()


def _with_texts(images: Floats, titles: Sequence[str]) -> None:
    axes = plt.subplots(len(images), 1, squeeze=False)[1]
    for place, image, title in zip(axes.flat, images, titles, strict=True):
        place.imshow(image)
        place.text(0, -2, title)
    plt.tight_layout()
    plt.show()


def _one_by_one(images: Floats, titles: Sequence[str]) -> None:
    for image, title in zip(images, titles, strict=True):
        plt.imshow(image)
        plt.title(title)
        plt.show()


def _numbered(images: Floats, titles: Sequence[str]) -> None:
    plt.figure(figsize=(10, 4))
    for index, (image, title) in enumerate(zip(images, titles, strict=True)):
        plt.subplot(3, 5, index + 1)
        plt.title(title, fontsize=8)
        plt.imshow(image, interpolation="nearest")
    plt.suptitle("Some images of the data")


# ---------------------------------------------------------------- wrong


def _wrong(claim: Claim) -> Iterator[tuple[str, str, Draw]]:
    images, titles, count = claim.images, claim.titled(), len(claim.images)
    draw: Callable[..., Draw] = partial(partial, styles.grid, columns=min(5, count))
    both = claim.titles == "predicted_and_label"
    yield "no titles", "missing_title", draw(images)
    yield "numbers of panels", "missing_title", draw(images, [f"image no. {100 + k}" for k in range(count)])
    shifted = [(label + 1) % 10 for label in claim.labels]
    guessed = [(guess + 1) % 10 for guess in claim.guesses]
    yield "classes off by one", "wrong_title", draw(images, claim.titled("", shifted, guessed))
    if count > 1:
        turned = [*claim.labels[1:], claim.labels[0]], [*claim.guesses[1:], claim.guesses[0]]
        yield "the next image's", "wrong_title", draw(images, claim.titled("", *turned))
        yield (
            "one class for all",
            "wrong_title",
            draw(
                images,
                [claim.names[0]] * count
                if not both
                else [f"predicted: {claim.names[0]} actual: {claim.names[0]}"] * count,
            ),
        )
        yield "the first one each time", "repeated", draw(images[[0] * count], [titles[0]] * count)
        yield "half of them", "missing", draw(images[: count // 2], titles[: count // 2])
        yield "all in one axes", "covered", partial(_all_in_one, images, titles)
    if both:
        yield "labels only", "missing_title", draw(images, claim.titled("{label}"))
    if any(label != guess for label, guess in zip(claim.labels, claim.guesses, strict=True)):
        if both:
            swapped = claim.titled("predicted: {label}\nactual: {guess}")
            yield "predicted and actual swapped", "swapped_titles", draw(images, swapped)
        elif claim.titles == "predicted":
            yield "the true classes", "wrong_title", draw(images, claim.titled("{label}"))
        else:
            yield "the predicted classes", "wrong_title", draw(images, claim.titled("{guess}"))
    yield from _wrong_pixels(claim, titles, draw)


def _wrong_pixels(
    claim: Claim, titles: Sequence[str], draw: Callable[..., Draw]
) -> Iterator[tuple[str, str, Draw]]:
    images, scaled = claim.images, claim.inputs
    yield "each .T", "transposed", draw(images.swapaxes(1, 2), titles)
    yield "[::-1]", "flipped", draw(images[:, ::-1], titles)
    yield "mirrored", "mirrored", draw(images[:, :, ::-1], titles)
    yield "inverted", "negated", draw(1 - images, titles, cmap="viridis")
    if images.ndim == 4:
        yield "BGR", "bgr", draw(images[..., ::-1], titles)
    if scaled.min() < 0:
        wrapped = np.trunc(255 * scaled).astype(np.int64).astype(np.uint8)
        yield "(255 * x).astype(uint8)", "wrapped", draw(wrapped, titles)
        yield "x.astype(int)", "cast_to_int", draw(scaled.astype(int), titles)
    noise = np.random.default_rng(0).random(images.shape)
    yield "noise", "not_found", draw(noise, titles)
    yield "zeros", "blank", draw(np.zeros(images.shape), titles)
    yield "reshaped to other sizes", "wrong_shape", draw(images[:, 2:-2, 2:-2], titles)
    if claim.first:
        yield "later images", "other_images", draw(claim.later, titles)
    yield "the other split's", "other_split", draw(claim.elsewhere, titles)


def _all_in_one(images: Floats, titles: Sequence[str]) -> None:
    for image, title in zip(images, titles, strict=True):
        plt.imshow(image)
        plt.title(title)
    plt.show()
