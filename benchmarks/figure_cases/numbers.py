"""Figures of numbers and of errors: curves, bars, histograms, confusion matrices, misclassified images.

What each question of the assignments asks for, in the styles and with the mistakes of `curves`, `bars`,
`histograms`, `matrices` and `errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from autograder import evidence
from autograder.checks.base import Floats
from autograder.evidence import Scalar, Value
from autograder.figures.curves import canonical
from autograder.result import Verdict
from figure_cases import bars, curves, errors, histograms, matrices
from figure_cases.base import Case, World

KINDS = ("curves", "bars", "histogram", "confusion", "misclassified", "worst_errors")
THRESHOLDS = {
    "curves": "Decimal digits to which the worst of the asked series is met by the line nearest to it, of "
    "the series' scale: at least 3, display rounding aside. Figures without a line of that length have none.",
    "bars": "Decimal digits to which the worst bar meets its probability: at least 3, display rounding "
    "aside.",
    "histogram": "Decimal digits to which the values of both groups, each sorted, meet the probabilities: at "
    "least 3, display rounding aside. Figures of counts alone have none: they are compared bin by bin.",
    "confusion": "Share of the images that are counted in their cell: all but one.",
    "misclassified": "Share of the panels that show errors of the network, rightly titled: 0.9.",
    "worst_errors": "Share of the panels that show errors of the network, rightly titled: 0.9; and by how "
    "much these are less grave than the worst, rank by rank: at most 0.0001.",
}
TRAINING = 5000
"""Training images that are looked at."""

CURVES = {
    "weights-and-activations/curves": "history",
    "mnist-cnn/first_curves": "history",
    "mnist-cnn/improved_curves": "improved_history",
    "deconstructing-cnns/curves": "history",
    "evaluating-cnns/history_a": "history_a",
    "evaluating-cnns/results_b": "history_b",
    "evaluating-cnns/results_c": "history_c",
}
"""Variables that hold the histories, by question."""

TRAINED = {
    "history": "model",
    "improved_history": "improved",
    "history_a": "network_a",
    "history_b": "network_b",
    "history_c": "network_c",
}
"""Networks whose training they tell of."""

MISTAKEN = ("weights-and-activations/curves", "mnist-cnn/improved_curves", "evaluating-cnns/results_b")
"""Questions whose curves are drawn with every mistake."""


def scores(verdict: Verdict) -> dict[str, float]:
    """How near the figure comes to the right one."""
    found = verdict.details
    if "off" in found:
        return {"digits": float(-np.log10(max(found["off"], 1e-12)))}
    if "elsewhere" in found:
        return {"share": max(0.0, 1 - found["elsewhere"] / found["images"])}
    if "errors" in found:
        share = min(1.0, found["errors"] / max(found["required"], found["panels"]))
        return {"share": share} | ({"short": found["short"]} if "short" in found else {})
    return {}


def cases(world: World, quick: bool) -> Iterator[Case]:
    """All of them, question by question; of a quick world every fourth."""
    makers = (_curves, _bars, _highlights, _histograms, _matrices, _errors)
    for maker in makers:
        yield from list(maker(world))[:: 4 if quick else 1]


def _curves(world: World) -> Iterator[Case]:
    for place, variable in CURVES.items():
        assignment = place.split("/")[0]
        histories = {
            name: canonical(world.handed_in(assignment)[network].history)
            for name, network in TRAINED.items()
            if network in world.handed_in(assignment)
        }
        own = {name: histories[variable][name] for name in curves.FOUR}
        values = {name: _history(series) for name, series in histories.items()}
        if assignment == "mnist-cnn":
            values = {variable: values[variable]}
        others = [series for name, series in histories.items() if name != variable]
        check = next(
            index
            for index, check in enumerate(world.config(assignment).questions[place.split("/")[1]].checks)
            if getattr(check, "curves", None) == variable
        )
        for style, draw in curves.right(own).items():
            yield Case("curves", place, style, draw, check=check, values=values)
        for mistake, style, draw in curves.wrong(own, others[0] if others else None):
            if place in MISTAKEN or mistake in ("other_run", "swapped_split", "smoothed"):
                yield Case("curves", place, style, draw, mistake, check=check, values=values)


def _history(series: Mapping[str, Floats]) -> evidence.Mapping:
    items = tuple(
        (key, evidence.Sequence(tuple(Scalar(float(one), "float") for one in values), "list"))
        for key, values in series.items()
    )
    return evidence.Mapping(items, "keras.src.callbacks.history.History")


def _bars(world: World) -> Iterator[Case]:
    place = "mnist-cnn/ambiguous_digit"
    oracle, handed_in = world.oracle("mnist-cnn"), world.handed_in("mnist-cnn")
    network = oracle.subject(handed_in["improved"].model)
    images, labels = oracle.part("train", TRAINING)
    found = network.probabilities(images)
    test = network.probabilities(oracle.images)
    chosen = int(found.max(axis=1).argmin())
    pixels = images[chosen : chosen + 1]
    first = oracle.subject(handed_in["model"].model).probabilities(pixels)[0]
    known = bars.Scores(
        right=found[chosen],
        label=int(labels[chosen]),
        image=pixels[0, ..., 0],
        others={
            "next image": found[chosen + 1],
            "image before": found[chosen - 1],
            "ambiguous test image": test[int(test.max(axis=1).argmin())],
            # On the data that install with Loupe, the other split is smaller.
            **({"same number in the other split": test[chosen]} if chosen < len(test) else {}),
        },
        networks={
            "model": first,
            "untrained": world.untrained("mnist-improved").predict(pixels, verbose=0)[0],
        },
        raw=network.probabilities(oracle.displayed(pixels)[0])[0],
        every=test,
    )
    names = oracle.class_names
    values: dict[str, Value] = {"ambiguous": Scalar(chosen, "int")}
    for style, draw in {**bars.right(known, names), **bars.unmarked(known)}.items():
        yield Case("bars", place, style, draw, check=1, values=values)
    for mistake, style, draw in bars.wrong(known, names):
        yield Case("bars", place, style, draw, mistake, check=1, values=values)
    sure = int(found.max(axis=1).argmax())
    typical = int(np.argsort(found.max(axis=1))[200])
    for index, style in ((typical, "rather sure"), (sure, "very sure")):
        asked: dict[str, Value] = {"ambiguous": Scalar(index, "int")}
        values_of = found[index]
        yield Case(
            "bars",
            place,
            style,
            partial(bars.plain, values_of, names),
            "not_ambiguous",
            check=1,
            values=asked,
        )


def _highlights(world: World) -> Iterator[Case]:
    """One prediction beside its image, the true class marked: as `plot_prediction` draws it."""
    place = "weights-and-activations/plot_prediction"
    oracle = world.oracle("weights-and-activations")
    model = world.handed_in("weights-and-activations")["model"].model
    every = oracle.subject(model).probabilities(oracle.images)
    # An error: predicted and true class differ.
    number = int(np.flatnonzero(every.argmax(axis=1) != oracle.labels)[0])
    picture = oracle.images[number]
    known = bars.Scores(
        right=every[number],
        label=int(oracle.labels[number]),
        image=(picture - picture.min()) / np.ptp(picture),
        others={"next image": every[number + 1], "a later image": every[number + 40]},
        networks={},
        raw=None,
        every=every,
    )
    names = oracle.class_names
    asked = {"bars": "model", "image": number, "highlight": True}
    for style, draw in bars.right(known, names).items():
        yield Case("bars", place, style, draw, asked=asked)
    for mistake, style, draw in [*bars.wrong(known, names), *bars.highlights(known, names)]:
        yield Case("bars", place, style, draw, mistake, asked=asked)


def _histograms(world: World) -> Iterator[Case]:
    place = "evaluating-cnns/zero_probability"
    oracle, handed_in = world.oracle("evaluating-cnns"), world.handed_in("evaluating-cnns")
    predicted = {
        name: oracle.subject(one.model).probabilities(oracle.images) for name, one in handed_in.items()
    }
    images, labels = oracle.part("train", TRAINING)
    sample = histograms.Sample(
        scores=predicted["network_a"],
        labels=oracle.labels,
        chosen=0,
        networks={
            "network_b": predicted["network_b"],
            "network_c": predicted["network_c"],
            "untrained": _untrained(world, "mnist-evaluating-a", oracle.images),
        },
        train=(oracle.subject(handed_in["network_a"].model).probabilities(images), labels),
    )
    for style, draw in histograms.right(sample).items():
        yield Case("histogram", place, style, draw)
    for mistake, style, draw in histograms.wrong(sample):
        yield Case("histogram", place, style, draw, mistake)


def _untrained(world: World, checkpoint: str, images: Floats) -> Floats:
    return np.asarray(world.untrained(checkpoint).predict(images, batch_size=500, verbose=0))


def _matrices(world: World) -> Iterator[Case]:
    for place, variable, normalised in (
        ("evaluating-cnns/confusion", "network_a", "any"),
        ("weights-and-activations/plot_confusion", "model", "rows"),
    ):
        assignment = place.split("/")[0]
        oracle, handed_in = world.oracle(assignment), world.handed_in(assignment)
        predicted = {
            name: oracle.subject(one.model).probabilities(oracle.images) for name, one in handed_in.items()
        }
        own = predicted.pop(variable)
        images, labels = oracle.part("train", TRAINING)
        checkpoint = world.config(assignment).models[variable]
        known = matrices.Counts(
            own=_counts(oracle.labels, own),
            names=oracle.class_names,
            others={name: _counts(oracle.labels, one) for name, one in predicted.items()},
            train=_counts(labels, oracle.subject(handed_in[variable].model).probabilities(images)),
            untrained=_counts(oracle.labels, _untrained(world, checkpoint, oracle.images)),
            misaligned=_counts(oracle.labels, np.roll(own, 1, axis=0)),
            normalised=normalised,
        )
        check = 0 if assignment == "evaluating-cnns" else 1
        for style, draw in matrices.right(known).items():
            yield Case("confusion", place, style, draw, check=check)
        for mistake, style, draw in matrices.wrong(known):
            yield Case("confusion", place, style, draw, mistake, check=check)


def _counts(labels: Any, scores: Floats) -> Floats:
    found = np.zeros((10, 10), int)
    np.add.at(found, (labels, scores.argmax(axis=1)), 1)
    return found


def _errors(world: World) -> Iterator[Case]:
    for place, variable, count, titles in (
        ("weights-and-activations/misclassified", "model", 4, False),
        ("mnist-cnn/wrong_digits", "improved", 4, True),
        ("evaluating-cnns/worst_errors", "network_a", 6, True),
    ):
        assignment = place.split("/")[0]
        oracle, handed_in = world.oracle(assignment), world.handed_in(assignment)
        found = {
            name: oracle.subject(one.model).probabilities(oracle.images) for name, one in handed_in.items()
        }
        own = found.pop(variable)
        images, labels = oracle.part("train", TRAINING)
        worst = place.endswith("worst_errors")
        data = errors.Data(
            images=_visible(oracle.displayed(oracle.images)[0]),
            scaled=oracle.images,
            labels=oracle.labels,
            scores=own,
            names=oracle.class_names,
            others=found,
            train=(
                _visible(oracle.displayed(images)[0]),
                labels,
                oracle.subject(handed_in[variable].model).probabilities(images),
            ),
            count=count,
            worst=worst,
            titles=titles,
        )
        kind = "worst_errors" if worst else "misclassified"
        for style, draw in errors.right(data).items():
            yield Case(kind, place, style, draw)
        for mistake, style, draw in errors.wrong(data):
            yield Case(kind, place, style, draw, mistake)


def _visible(images: Floats) -> Floats:
    """Images between 0 and 1, (N, H, W) where they are gray."""
    low, high = float(images.min()), float(images.max())
    shown = (images - low) / (high - low)
    return np.asarray(shown[..., 0] if shown.shape[-1] == 1 else shown)
