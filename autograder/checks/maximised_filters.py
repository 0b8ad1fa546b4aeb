"""Images that filters respond to: is each of them the one that excites its own filter most?

Accepts: images climbed in any way, refined, smoothed or without bounds, drawn as they are, as bytes or
scaled for display, in any layout; which is meant for which filter is told by numbers in titles, or by the
order that is asked for; in another order where nearly every one is some filter's best (`ONE_TO_ONE`). Where
a colormap is reversed, dark for light.
Refuses: images of the data and their means, noise, and the maximisation of other filters or of another
layer.

An image is right when its own filter answers to it more than to any real image or noise, and about as much
as to the best of the images shown. Of eight images drawn as they were climbed 5 to 8 are right (after 300
steps with jitter 6 to 8); drawn as bytes, which loses their range, 5 to 8 beyond the first layer, and 3 or
more in the first, whose filters often want one and the same bright image. One or two filters may stay
silent, since behind a ReLU nothing shows the way out. Of real images and noise at most 1 is right; of the
maximisation of other layers, another network or other filters at most 4, unless the filters want the same:
then nothing can tell them apart, and nothing needs to. So `AT_LEAST` of them are required, and from `UNSURE`
on a person decides.

What is shown instead is told by how far the images excite any filter of each layer, against gratings and the
like (`figures.maximised.textures`): those climbed for some filter of a layer to 0.89 or more there (median),
noise and real images to 0.83 at most.

`benchmarks/results/figures.md` holds the numbers, `benchmarks/calibrate_figures.py` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy.ndimage import gaussian_filter

from autograder.checks.base import Floats, NoSuchLayerError, Oracle, Subject
from autograder.checks.maximised import REAL_IMAGES, Asked, Reading, bounds, listed, of_data
from autograder.figures import maximised
from autograder.figures.outcome import Outcome, undecided, wrong
from autograder.figures.panels import Panel

AT_LEAST: Final = 0.75
UNSURE: Final = 0.375
ONE_TO_ONE: Final = 0.875

CLIMBED: Final = 0.88
"""Images that excite some filter of a layer to this share of what textures do (median) were climbed there."""

MEANT: Final = 0.75
"""Images that excite the filters asked for more than this share of that may have been meant for them."""

_TIE: Final = 0.02

_ASLEEP: Final = 1e-6


def judge(
    asked: Asked, subject: Subject, found: Sequence[Sequence[Panel]], oracle: Oracle
) -> tuple[Outcome, Reading]:
    """Judge the images of a figure.

    Args:
        asked: the filters.
        subject: the network.
        found: the ways to read the figure's images, at least one.
        oracle: knows the data.

    Returns:
        What was found, and the reading it was found in.
    """
    readings = list(_readings(asked, subject, found, oracle))
    best = max(readings, key=lambda one: (one.share, one.distinct))
    freest = max(readings, key=lambda one: one.distinct / max(1, one.awake.sum()))
    details: dict[str, Any] = {
        "right": int(best.right.sum()),
        "asked": len(asked.units),
        "asleep": int((~best.awake).sum()),
        "best_for_some_filter": freest.distinct,
    }
    outcome = _settled(asked, best) or _inverted(asked, subject, found, oracle)
    outcome = outcome or _mistaken(asked, subject, best, freest, oracle)
    return replace(outcome, details=details), best


def responses(subject: Subject, layer: int, images: Floats) -> Floats:
    """Mean activation of each of a layer's units for each image, (N, units) float64; what is not finite is 0.

    Args:
        subject: the network.
        layer: its index.
        images: (N, H, W, C).
    """
    outputs = subject.layer_output(layer, images)
    means = outputs.reshape(len(images), -1, outputs.shape[-1]).mean(axis=1, dtype=np.float64)
    return np.asarray(np.nan_to_num(means, posinf=0, neginf=0))


def _readings(
    asked: Asked, subject: Subject, found: Sequence[Sequence[Panel]], oracle: Oracle
) -> Iterator[Reading]:
    """Every way to read the figure, every scaling, and every order of the images."""
    units = list(asked.units)
    for layer in _layers(asked, subject):
        real = _real_responses(subject, layer, oracle)
        _require_units(asked, subject, layer, len(real))
        for panels in found:
            reverse = any(panel.reversed for panel in panels)
            ways = maximised.inputs(panels, bounds(oracle), oracle.images.shape[1:], inverted=reverse)
            answers = np.split(responses(subject, layer, np.concatenate(ways)), len(ways))
            for images, answer in zip(ways, answers, strict=True):
                awake = np.maximum(real, answer.max(axis=0))[units] > _ASLEEP
                for order in maximised.orders(panels, units):
                    right = awake & maximised.in_order(answer[:, units], real[units], order)
                    distinct = maximised.one_to_one(answer[:, units], real[units], order)
                    yield Reading(panels, images, order, right, awake, distinct, answer, real)


def _layers(asked: Asked, subject: Subject) -> list[int]:
    """A convolution may have been climbed before or after its nonlinearity."""
    if asked.layer is None:
        raise ValueError("filters are of a layer")
    accepted = subject.accepted(asked.layer)
    return sorted({accepted[0], accepted[-1]}, reverse=True)


def _require_units(asked: Asked, subject: Subject, layer: int, count: int) -> None:
    if max(asked.units) >= count:
        raise NoSuchLayerError(
            f"has only {count} filters in layer {subject.layers[layer].name}; "
            f"filter {max(asked.units)} is one of those that the question looks at"
        )


def _settled(asked: Asked, best: Reading) -> Outcome | None:
    """The outcome where the images and their order decide."""
    count, awake = int(best.right.sum()), int(best.awake.sum())
    if maximised.all_alike(best.chosen):
        message = "All images are one and the same. Climb for each filter by itself, and plot each result."
        return wrong("repeated", message)
    if 2 * awake < len(asked.units):
        message = "Most of these filters answer to none of the images. A person will look at them."
        return undecided("asleep", message)
    if best.share >= asked.at_least - 1e-9:
        message = f"{count} of the {awake} images excite their own filter more than the others do."
        return Outcome(1.0, message)
    return None


def _inverted(
    asked: Asked, subject: Subject, found: Sequence[Sequence[Panel]], oracle: Oracle
) -> Outcome | None:
    """Whether the images are right when dark and light are exchanged, which no colormap says they are."""
    turned = [[replace(panel, reversed=True) for panel in panels] for panels in found]
    share = max(one.share for one in _readings(asked, subject, turned, oracle))
    if share < asked.at_least - 1e-9:
        return None
    message = (
        "The images are right when dark and light are exchanged. Plot them as they came out of the ascent; a "
        "person will look at them."
    )
    return undecided("negated", message)


def _mistaken(asked: Asked, subject: Subject, best: Reading, freest: Reading, oracle: Oracle) -> Outcome:
    places = [place for place in best.order if place >= 0]
    mistake = of_data(best.images[places], oracle) or _others(asked, subject, best, oracle)
    if mistake is not None:
        return wrong(*mistake)
    answering = int(freest.awake.sum())
    if 2 * answering >= len(asked.units) and freest.distinct >= ONE_TO_ONE * answering - 1e-9:
        message = f"{freest.distinct} images excite a filter of their own, in another order than asked for."
        return Outcome(1.0, message)
    count, awake = int(best.right.sum()), int(best.awake.sum())
    seen = f"{count} of the {awake} images excite their own filter more than the others do"
    elsewhere = _climbed_elsewhere(asked, subject, best, oracle)
    if best.share >= UNSURE - 1e-9:
        name, why = elsewhere or ("unsure", f"{seen}, which decides nothing.")
        return undecided(name, f"{why} A person will look at them.")
    if elsewhere is not None:
        return wrong(*elsewhere)
    own = [
        best.responses[place, unit] - best.real[unit]
        for place, unit in zip(best.order, asked.units, strict=True)
        if place >= 0
    ]
    if np.median(own) <= 0:
        message = (
            "Real images or noise excite most of these filters more than the images shown do. Climb up the "
            "gradient of the mean activation, for some hundred steps."
        )
        return wrong("not_maximised", message)
    message = (
        f"{seen}. Check that every image was climbed for its own filter, and that these are the filters "
        f"{listed(asked.units)} of the layer that is asked for."
    )
    return wrong("other_images", message)


def _real_responses(subject: Subject, layer: int, oracle: Oracle) -> Floats:
    """Each unit's largest response to images that were not climbed: real ones and noise, (units,)."""
    low, high = bounds(oracle)
    real = oracle.images[: REAL_IMAGES // 5]
    random = np.random.default_rng(0)
    noise = [
        gaussian_filter(random.normal(size=real.shape[1:]), (sigma, sigma, 0))
        for sigma in (0, 0.5, 1, 2, 4)
        for _ in range(10)
    ]
    stretched = [low + (high - low) * (one - one.min()) / np.ptp(one) for one in noise]
    pool = np.concatenate([real, np.stack(stretched).astype(np.float32)])
    return np.asarray(responses(subject, layer, pool).max(axis=0))


def _others(asked: Asked, subject: Subject, best: Reading, oracle: Oracle) -> tuple[str, str] | None:
    """The mistake of climbing for filters with other numbers, or of another layer, in the same order."""
    count = len(asked.units)
    rivals = {
        "with numbers one lower than asked for": [unit - 1 for unit in asked.units],
        "with numbers one higher than asked for": [unit + 1 for unit in asked.units],
        f"0 to {count - 1}, where {listed(asked.units)} are asked for": list(range(count)),
    }
    for title, units in rivals.items():
        exist = min(units) >= 0 and max(units) < len(best.real)
        if exist and _fits(asked, best, best.responses[:, units], best.real[units]):
            return "other_filters", f"The images excite the filters {title}. Check the numbers."
    own = subject.accepted(asked.layer or 0)
    for index, info in enumerate(subject.layers):
        # Pooling and dropout answer like the layer before them; a layer with weights has filters of its own.
        if (
            index in own
            or not info.weights
            or len(info.shape) != 4
            or (info.shape[-1] or 0) <= max(asked.units)
        ):
            continue
        units = list(asked.units)
        real = _real_responses(subject, index, oracle)[units]
        if _fits(asked, best, responses(subject, index, best.images)[:, units], real):
            message = f"The images excite the filters of layer {info.name}, another one than is asked for."
            return "other_layer", f"{message} Check which layer's output is climbed."
    return None


def _climbed_elsewhere(
    asked: Asked, subject: Subject, best: Reading, oracle: Oracle
) -> tuple[str, str] | None:
    """The mistake of climbing for whichever other filters: images that excite some of them most."""
    pairs = [(place, unit) for place, unit in zip(best.order, asked.units, strict=True) if place >= 0]
    chosen = best.images[[place for place, _ in pairs]]
    low, high = bounds(oracle)
    least, span = chosen.min((1, 2, 3), keepdims=True), np.ptp(chosen, axis=(1, 2, 3), keepdims=True)
    # In full contrast, or what was drawn without bounds would excite everything.
    chosen = np.where(span > 0, low + (high - low) * (chosen - least) / np.where(span > 0, span, 1), chosen)
    own = subject.accepted(asked.layer or 0)
    convolutions = [
        index
        for index, info in enumerate(subject.layers)
        if info.weights and len(info.shape) == 4 and index not in own
    ]
    excitement = {index: _excitement(subject, index, chosen, oracle) for index in (own[-1], *convolutions)}
    meant = excitement[own[-1]][range(len(pairs)), [unit for _, unit in pairs]]
    highest = {index: float(np.median(shares.max(axis=1))) for index, shares in excitement.items()}
    # Of two layers that are excited about alike, the one that is asked for is the likelier.
    highest[own[-1]] += _TIE
    strongest = max(highest, key=lambda index: highest[index])
    if highest[strongest] < CLIMBED or float(np.median(meant)) > MEANT * highest[strongest]:
        return None
    if strongest == own[-1]:
        message = (
            "The images excite other filters of the layer as much as can be, and those that are asked for "
            f"({listed(asked.units)}) far less. Check the numbers of the filters, and their order."
        )
        return "other_filters", message
    message = (
        f"The images excite filters of layer {subject.layers[strongest].name} as much as can be, and those "
        "that are asked for far less. Check which layer's output is climbed."
    )
    return "other_layer", message


def _excitement(subject: Subject, layer: int, images: Floats, oracle: Oracle) -> Floats:
    """Responses of a layer's filters, as shares of those to textures, real images and noise, (N, units)."""
    patterns = maximised.textures(oracle.images.shape[1:], bounds(oracle))
    limit = responses(subject, layer, patterns).max(axis=0)
    limit = np.maximum(limit, _real_responses(subject, layer, oracle))
    answers = responses(subject, layer, images)
    return np.asarray(np.where(limit > _ASLEEP, answers / np.maximum(limit, _ASLEEP), 0))


def _fits(asked: Asked, best: Reading, answers: Floats, real: Floats) -> bool:
    right = maximised.in_order(answers, real, best.order)
    return bool(right.sum() >= asked.at_least * len(right) - 1e-9)
