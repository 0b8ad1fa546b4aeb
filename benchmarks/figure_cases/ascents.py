"""Activation maximisation: images climbed for filters and classes in many ways, and what is shown by mistake.

Images are climbed with the reference's ascent, for the shipped network and for one that was trained for two
epochs only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import keras
import numpy as np
from scipy.ndimage import gaussian_filter

from autograder.checks.base import Floats
from autograder.checks.maximisation import MaximisationCheck
from autograder.evidence import Trained
from autograder.result import Verdict
from figure_cases import styles
from figure_cases.base import Case, Draw, World, unit
from reference import networks
from reference.maximisation import maximise

KINDS = ("maximisation",)
THRESHOLDS = {
    "maximisation": "Filters: share of the images that excite their own filter as they should: 0.75; from "
    "0.375 a person decides. Classes: share of the classes that an image is taken for: 0.8; and the strength "
    "of their logits, where the highest of real images is 1: below 0.65 a person decides. Not among the "
    "wrong ones are images that nothing tells from right ones: of another network's classes, which look like "
    "classes to any network of digits; of a class whose softmax was climbed; and other filters' images that "
    "excite the filters asked for as much as their own do.",
}
ASSIGNMENT = "deconstructing-cnns"
QUESTIONS = ("first_filters", "second_filters", "third_filters", "class_images")
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


def scores(verdict: Verdict) -> dict[str, float]:
    """The share that is right, and of classes the strength of the logits."""
    found = verdict.details
    if "right" not in found:
        return {}
    share = found["right"] / max(1, found["asked"] - found.get("asleep", 0))
    strength = found.get("strength")
    return {"right": share, **({} if strength is None else {"strength": float(strength)})}


def cases(world: World, quick: bool) -> Iterator[Case]:
    own = world.network("mnist-deconstructing")
    yield from _of_network(world, own, "", {}, quick)
    if not quick:
        other = briefly_trained(world)
        yield from _of_network(
            world, other, "two epochs, ", {"model": world.trained(other, ASSIGNMENT)}, True
        )


def _of_network(
    world: World, network: Any, prefix: str, models: dict[str, Trained], few: bool
) -> Iterator[Case]:
    asked = {question: _asked(world, question) for question in QUESTIONS}
    basic = {question: climbed(network, *asked[question]) for question in QUESTIONS}

    def case(question: str, style: str, draw: Draw, mistake: str = "", names: tuple[str, ...] = ()) -> Case:
        place = f"{ASSIGNMENT}/{question}"
        return Case("maximisation", place, prefix + style, draw, mistake, names, models=models)

    for question in QUESTIONS:
        for style, draw in list(_styles(basic[question], asked[question][1]))[:: 4 if few else 1]:
            yield case(question, style, draw)
        for way, options in list(WAYS.items())[1 : 4 if few else None]:
            images = climbed(network, *asked[question], **options)
            yield case(question, way, partial(styles.grid, images[..., 0], columns=4, cmap="gray"))
            if way == "no bounds":
                scaled = [(255 * unit(image)).astype(np.uint8) for image in images[..., 0]]
                yield case(question, f"{way}, bytes", partial(styles.grid, scaled, columns=4))
        for words, mistake, names, panels in _mistakes(world, network, question, asked, basic):
            yield case(question, words, partial(styles.displayed_grid, panels), mistake, names)


def _asked(world: World, question: str) -> tuple[str, tuple[int, ...]]:
    """The role of the layer, "classes" for classes, and the units."""
    check = world.config(ASSIGNMENT).questions[question].checks[0]
    if not isinstance(check, MaximisationCheck):
        raise TypeError(f"{question} asks for no maximisation")
    return str(check.layer or "classes"), check.asked.units


def _layer(network: Any, role: str) -> str:
    convolutions = [layer.name for layer in network.layers if type(layer).__name__ == "Conv2D"]
    return str(network.layers[-1].name if role == "classes" else convolutions[int(role[-1]) - 1])


def climbed(network: Any, role: str, units: Any, *, refine: bool = False, **options: Any) -> Floats:
    """Images that a network's filters or classes respond to, (N, 28, 28, 1)."""
    climb = partial(maximise, network, _layer(network, role), list(units))
    # Without bounds, there is no middle to start from.
    noise = np.random.default_rng(options.get("seed", 0)).normal(0.5, 0.01, (28, 28, 1))
    found = climb(start=noise.astype(np.float32), **options)
    return np.asarray(climb(start=found, step=0.005) if refine else found)


@lru_cache
def briefly_trained(world: World) -> Any:
    """The same architecture, trained for two epochs on 20,000 digits: 97 % are right."""
    keras.utils.set_random_seed(11)
    network = networks.deconstructing_cnn()
    network.compile("adam", loss="sparse_categorical_crossentropy")
    images, labels = world.oracle(ASSIGNMENT).part("train")
    chosen = np.random.default_rng(11).permutation(len(images))[:20_000]
    network.fit(images[chosen], labels[chosen], batch_size=256, epochs=2, verbose=0)
    return network


def _styles(images: Floats, units: tuple[int, ...]) -> Iterator[tuple[str, Draw]]:
    panels, count = images[..., 0], len(images)
    numbers = [f"unit {number}" for number in units]
    order = np.random.default_rng(3).permutation(count)
    draw: Callable[..., Draw] = partial(partial, styles.grid, columns=4)
    yield "300 steps", draw(panels, cmap="gray")
    yield "viridis, titled", draw(panels, numbers)
    yield "another order, titled", draw(panels[order], [numbers[place] for place in order])
    yield "each scaled", draw([unit(panel) for panel in panels], cmap="gray")
    yield "bytes", draw((255 * panels).round().astype(np.uint8), cmap="magma")
    yield "bytes, each scaled", draw([(255 * unit(panel)).astype(np.uint8) for panel in panels])
    yield "textbook", draw([textbook(panel) for panel in panels])
    yield "one figure each", partial(styles.one_figure_each, panels)
    yield "mosaic", partial(styles.grid, [styles.mosaic(panels, 5, 2)], columns=1)
    yield "enlarged by repeating", draw(panels.repeat(4, 1).repeat(4, 2))
    yield "reversed colormap", draw(panels, cmap="gray_r")
    yield "dark for light in a reversed colormap", draw(1 - panels, cmap="binary")
    yield "matshow", draw(panels, how="matshow")
    yield "pcolormesh", draw(panels, how="pcolormesh")
    yield "gray in RGB", draw(np.stack([panels] * 3, -1))
    yield "float64, with colorbars", draw(panels.astype(np.float64), colorbar=True)
    if units == tuple(range(10)):
        yield "dark for light", draw(1 - panels, cmap="gray")


def textbook(panel: Floats) -> Floats:
    """A standard deviation of 0.15 around 0.5, the rest cut off, as bytes."""
    standard = (panel - panel.mean()) / (panel.std() + 1e-5)
    return np.asarray((255 * np.clip(0.15 * standard + 0.5, 0, 1)).astype(np.uint8))


def _mistakes(
    world: World, network: Any, question: str, asked: dict[str, Any], basic: dict[str, Floats]
) -> Iterator[tuple[str, str, tuple[str, ...], list[Floats]]]:
    """In words, the mistake, the diagnoses that name it, and the panels."""
    role, units = asked[question]
    count, right = len(units), basic[question]
    own_classes = role == "classes"
    oracle = world.oracle(ASSIGNMENT)

    def shown(images: Floats) -> list[Floats]:
        return [np.asarray(image[..., 0]) for image in images]

    other = "other_classes" if own_classes else "not_maximised"
    random = np.random.default_rng(9)
    noise = [gaussian_filter(random.normal(size=(28, 28)), sigma) for sigma in (0, 0.5, 1, 2, 4) * 2]
    yield "noise", other, (), [np.asarray(unit(one)) for one in noise[:count]]
    gray = np.clip(random.normal(0.5, 0.1, (count, 28, 28)), 0, 1)
    yield "the start", other, (), list(gray)
    ordered = [np.flatnonzero(oracle.labels == label)[3] for label in range(10)][:count]
    yield "real digits", "dataset_images", (), shown(oracle.images[ordered])
    means = np.stack([oracle.images[oracle.labels == label].mean(axis=0) for label in range(10)])
    yield "means of digits", "mean_images", (), shown(means[:count])
    yield (
        "the first one each time",
        "repeated",
        ("other_classes",) if own_classes else (),
        shown(right[[0] * count]),
    )
    yield "half of them", "missing", (), shown(right[: count // 2])
    yield "cropped", "wrong_shape", (), shown(right[:, 2:-2, 2:-2])
    untrained = climbed(world.untrained("mnist-deconstructing"), role, units)
    # Nobody knows that network; what can be told is how much the images excite this one.
    named = ("other_classes",) if own_classes else ("not_maximised", "other_filters", "other_layer")
    yield "the untrained network's", "untrained", named, shown(untrained)
    if own_classes:
        yield "of the third convolution", other, (), shown(basic["third_filters"])
        return
    yield "dark for light", "negated", (), shown(1 - right)
    # Images of classes excite filters, of deep layers most; none of those that are asked for.
    elsewhere = (other, "other_filters", "other_layer")
    yield "classes", "class_images", elsewhere, shown(basic["class_images"][:8])
    for place in QUESTIONS[:3]:
        if place != question:
            yield f"of {asked[place][0]}", "other_layer", (), shown(basic[place])
    yield from _other_filters(network, question, role, units)


def _other_filters(
    network: Any, question: str, role: str, units: tuple[int, ...]
) -> Iterator[tuple[str, str, tuple[str, ...], list[Floats]]]:
    total = network.get_layer(_layer(network, role)).filters
    rest = [unit for unit in range(total) if unit not in units]
    choices = {
        "the first eight": list(range(8)),
        "numbers one higher": [unit + 1 for unit in units],
        **{f"others {draw}": np.random.default_rng(draw).permutation(rest)[:8].tolist() for draw in range(2)},
    }
    for words, chosen in choices.items():
        if max(chosen) < total:
            images = climbed(network, role, chosen)
            if not _as_good(network, role, units, images):
                yield words, "other_filters", (), [np.asarray(image[..., 0]) for image in images]


def _as_good(network: Any, role: str, units: tuple[int, ...], images: Floats) -> bool:
    """Whether images excite most of the filters asked for about as much as their own do: they are right."""
    viewer = keras.Model(network.inputs[0], network.get_layer(_layer(network, role)).output)
    own = climbed(network, role, units)
    best, theirs = (
        np.asarray(viewer(one)).mean(axis=(1, 2))[range(len(units)), list(units)] for one in (own, images)
    )
    return bool((theirs >= 0.9 * best).mean() >= 0.5)
