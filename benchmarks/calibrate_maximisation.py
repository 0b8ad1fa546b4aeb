"""What the thresholds for activation maximisation rest on: right and wrong figures, judged as submitted ones.

    python benchmarks/calibrate_maximisation.py            # writes benchmarks/results/maximisation.md
    python benchmarks/calibrate_maximisation.py --quick    # one network, prints only

Two networks of `deconstructing-cnns`: the checkpoint, and one trained here for two epochs from another seed.
Each is judged on images climbed in many ways and scaled for display in three, and on what is shown by
mistake: real images, their means, noise, other filters, other layers, the other network and an untrained one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scipy.ndimage import gaussian_filter

from autograder.checks import maximised_classes, maximised_filters
from autograder.checks.base import Floats
from autograder.checks.maximised import Asked
from autograder.figures.panels import Panel
from autograder.grading.subjects import Local
from reference import checkpoints, datasets, networks
from reference.maximisation import maximise

RESULTS = Path(__file__).resolve().parent / "results" / "maximisation.md"
FILTERS = {
    "conv1": (0, 3, 11, 15, 16, 17, 18, 22),
    "conv2": (8, 21, 23, 25, 31, 32, 35, 41),
    "conv3": (2, 7, 11, 14, 19, 26, 35, 48),
}
CLASSES = tuple(range(10))
WAYS: dict[str, dict[str, Any]] = {
    "300 steps": {},
    "refined": {"refine": True},
    "30 steps": {"steps": 30, "seed": 4},
    "total variation": {"total_variation": 0.5, "seed": 3},
    "no jitter": {"jitter": 0, "seed": 2},
    "no bounds": {"bounds": (-1e6, 1e6), "seed": 6},
    "30 large steps without bounds": {
        "bounds": (-1e6, 1e6),
        "steps": 30,
        "step": 0.2,
        "jitter": 0,
        "seed": 7,
    },
}


class Data:
    """The part of an oracle that these checks ask for: MNIST, scaled to 0…1."""

    class_names = tuple(map(str, range(10)))

    def __init__(self) -> None:
        self.data = datasets.load("mnist")
        self.images, self.labels = self.part("test")

    def part(self, split: Any, count: int | None = None) -> tuple[Floats, Any]:
        images, labels = self.data.part(split, None)
        return datasets.scaled(datasets.with_channel(images[:count]), "unit"), labels[:count]

    def displayed(self, images: Floats) -> list[Floats]:
        return [images]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    text = report(quick)
    print(text)
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")


def report(quick: bool) -> str:
    data = Data()
    own, other = checkpoints.get("mnist-deconstructing").model(), briefly_trained(data)
    keras.utils.set_random_seed(12)
    untrained = networks.deconstructing_cnn()
    pairs = [("the checkpoint", own, other), ("two epochs", other, own)]
    lines = ["# Calibration of activation maximisation", ""]
    for title, network, rival in pairs[: 1 if quick else 2]:
        lines += [f"## Network: {title}", ""]
        lines += ["| shown | " + " | ".join([*FILTERS, "classes"]) + " |", "|---|---|---|---|---|"]
        for name, figures in shown(data, network, rival, untrained).items():
            cells = [cell(data, network, layer, figures.get(layer)) for layer in [*FILTERS, "classes"]]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += [
        "Filters: images right, of those that are not dead; in brackets how many are some filter's best one.",
        "Classes: images right, of 10; in brackets the median logit, where the highest of real images is 1.",
        "Class images of the other network pass, since they look like classes to any network of digits.",
        "",
    ]
    return "\n".join(lines)


def briefly_trained(data: Data) -> Any:
    keras.utils.set_random_seed(11)
    network = networks.deconstructing_cnn()
    network.compile("adam", loss="sparse_categorical_crossentropy")
    images, labels = data.part("train")
    chosen = np.random.default_rng(11).permutation(len(images))[:20_000]
    network.fit(images[chosen], labels[chosen], batch_size=256, epochs=2, verbose=0)
    return network


def shown(data: Data, network: Any, rival: Any, untrained: Any) -> dict[str, dict[str, Floats]]:
    """Figures by what they show: for each layer its images, (8 or 10, 28, 28, 1)."""
    found: dict[str, dict[str, Floats]] = {}
    for name, options in WAYS.items():
        found[name] = {layer: climbed(network, layer, units, **options) for layer, units in asked()}
    for name in ("300 steps", "no bounds"):
        found[f"{name}, stretched to 0…255"] = {
            layer: whole(images, stretched) for layer, images in found[name].items()
        }
        found[f"{name}, standardised to 0…255"] = {
            layer: whole(images, standardised) for layer, images in found[name].items()
        }
    right = found["300 steps"]
    found["in another order"] = {layer: np.roll(images, 1, axis=0) for layer, images in right.items()}
    noise = np.random.default_rng(9)
    blurred = [gaussian_filter(noise.normal(size=(28, 28)), sigma) for sigma in (0, 0.5, 1, 2, 4) * 2]
    found["**wrong:** noise"] = same(stretched(np.array(blurred)[..., None]))
    found["**wrong:** white"] = same(np.ones((10, 28, 28, 1)))
    found["**wrong:** real digits"] = same(data.images[20:30])
    ordered = np.array([np.flatnonzero(data.labels == label)[3] for label in CLASSES])
    found["**wrong:** real digits in order"] = same(data.images[ordered])
    found["**wrong:** means of digits"] = same(
        np.stack([data.images[data.labels == label].mean(axis=0) for label in CLASSES])
    )
    for layer in FILTERS:
        found[f"**wrong:** filters of {layer}"] = {
            other: images
            for other, images in same(np.concatenate([right[layer], right[layer][:2]])).items()
            if other != layer
        }
    found["**wrong:** classes"] = dict.fromkeys(FILTERS, right["classes"][:8])
    for draw in range(3):
        found[f"**wrong:** other filters {draw + 1}"] = {
            layer: climbed(network, layer, others(network, layer, draw)) for layer in FILTERS
        }
    found["**wrong:** the other network's"] = {
        layer: climbed(rival, layer, units) for layer, units in asked()
    }
    found["**wrong:** the untrained network's"] = {
        layer: climbed(untrained, layer, units) for layer, units in asked()
    }
    return found


def asked() -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from FILTERS.items()
    yield "classes", CLASSES


def climbed(network: Any, layer: str, units: Any, *, refine: bool = False, **options: Any) -> Floats:
    local = Local(network)
    index = len(local.layers) - 1 if layer == "classes" else local.resolve(layer)
    climb = partial(maximise, network, local.layers[index].name, list(units))
    # Without bounds, there is no middle to start from.
    noise = np.random.default_rng(options.get("seed", 0)).normal(0.5, 0.01, (28, 28, 1))
    found = climb(start=noise.astype(np.float32), **options)
    return np.asarray(climb(start=found, step=0.005) if refine else found)


def others(network: Any, layer: str, draw: int) -> list[int]:
    local = Local(network)
    count = local.layers[local.resolve(layer)].shape[-1] or 0
    rest = [unit for unit in range(count) if unit not in FILTERS[layer]]
    return [int(unit) for unit in np.random.default_rng(draw).permutation(rest)[:8]]


def same(images: Floats) -> dict[str, Floats]:
    return {**dict.fromkeys(FILTERS, images[:8]), "classes": images[:10]}


def stretched(images: Floats) -> Floats:
    low, high = images.min((1, 2, 3), keepdims=True), images.max((1, 2, 3), keepdims=True)
    return np.asarray((images - low) / np.maximum(high - low, 1e-9))


def standardised(images: Floats) -> Floats:
    """As in textbooks: a standard deviation of 0.15 around 0.5, the rest cut off."""
    mean, deviation = images.mean((1, 2, 3), keepdims=True), images.std((1, 2, 3), keepdims=True)
    return np.asarray(np.clip(0.15 * (images - mean) / (deviation + 1e-5) + 0.5, 0, 1))


def whole(images: Floats, scaled: Any) -> Floats:
    return np.asarray((255 * scaled(images)).astype(np.uint8))


def cell(data: Any, network: Any, layer: str, images: Floats | None) -> str:
    if images is None:
        return "–"
    panels = [Panel(image[..., 0]) for image in images]
    if layer == "classes":
        outcome, _ = maximised_classes.judge(
            Asked(CLASSES, None, maximised_classes.AT_LEAST), Local(network), [panels], data
        )
        free = outcome.details["strength"]
    else:
        units = Asked(FILTERS[layer], layer, maximised_filters.AT_LEAST)
        outcome, _ = maximised_filters.judge(units, Local(network), [panels], data)
        free = outcome.details["best_for_some_filter"]
    awake = outcome.details["asked"] - outcome.details.get("asleep", 0)
    return f"{outcome.details['right']}/{awake} ({free}) {outcome.mistake or 'passed'}"


if __name__ == "__main__":
    main()
