"""Attribution: Grad-CAM heatmaps, alone and over the image, and what is drawn in their place by mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from PIL import Image
from scipy.ndimage import zoom

from autograder.checks.base import Floats
from autograder.result import Verdict
from figure_cases import styles
from figure_cases.base import Case, World, unit
from reference import attribution, visualisation

KINDS = ("attribution",)
THRESHOLDS = {
    "attribution": "NCC of the heatmap, brought to its own size, with its reference: above 0.95; and the "
    "margin over the nearest other explanation: above 0.",
}
PLACE = "investigating-cnns/grad_cam"
LAYER, IMAGE = 8, 16


def scores(verdict: Verdict) -> dict[str, float]:
    """The largest NCC among the panels, since the image may stand beside the heatmap; and the margin."""
    found = {"margin": verdict.details.get("margin")}
    ncc = max(verdict.details.get("scores", ()), default=None)
    return {name: float(value) for name, value in {"NCC": ncc, **found}.items() if value is not None}


def cases(world: World, quick: bool) -> Iterator[Case]:
    own = world.network("cifar10-investigating")
    images = world.oracle("investigating-cnns").images
    photograph = images[IMAGE] + 0.5
    heatmap = visualisation.grad_cam(own, LAYER, images[IMAGE])
    drawings = dict(styles_of(photograph))
    for style, draw in list(drawings.items())[:: 3 if quick else 1]:
        yield Case("attribution", PLACE, style, partial(draw, heatmap))
    for words, mistake, wrong in mistakes(world, own, images):
        for style in ("alone", "resized over the image", "bytes from PIL over the image", "beside the image"):
            yield Case("attribution", PLACE, f"{words}, {style}", partial(drawings[style], wrong), mistake)
            if quick:
                break
    alone, larger = drawings["alone"], (32 / 13, 32 / 13, 1)
    coloured = matplotlib.colormaps["jet"](unit(heatmap))[..., :3]
    mixed = 0.5 * photograph + 0.5 * zoom(coloured, larger, order=0, grid_mode=True, mode="nearest")
    for words, mistake, draw in (
        ("image only", "colour_only", partial(styles.grid, [photograph], columns=1)),
        ("mixed by hand", "colour_only", partial(styles.grid, [mixed], columns=1)),
        ("NaN", "not_finite", partial(alone, np.full((13, 13), np.nan))),
        ("zeros", "blank", partial(alone, np.zeros((13, 13)))),
    ):
        yield Case("attribution", PLACE, words, draw, mistake)


def styles_of(photograph: Floats) -> Iterator[tuple[str, Callable[[Floats], object]]]:
    """Ways to draw a heatmap."""

    def over(bigger: Callable[[Floats], Floats], **drawn: Any) -> Callable[[Floats], object]:
        return lambda heatmap: _over(photograph, bigger(heatmap), **drawn)

    def resized(heatmap: Floats) -> Floats:
        return np.asarray(tf.image.resize(heatmap[..., None], (32, 32)))[..., 0]

    def by_pil(heatmap: Floats) -> Floats:
        return np.asarray(Image.fromarray((255 * unit(heatmap)).astype(np.uint8)).resize((32, 32)))

    yield "alone", lambda heatmap: styles.grid([heatmap], columns=1)
    yield (
        "divided by its maximum, jet",
        lambda heatmap: styles.grid([heatmap / heatmap.max()], columns=1, cmap="jet", colorbar=True),
    )
    yield "matshow, as in tutorials", lambda heatmap: styles.grid([heatmap], columns=1, how="matshow")
    yield "resized over the image", over(resized, cmap="jet", alpha=0.4)
    yield "bytes from PIL over the image", over(by_pil, cmap="viridis", alpha=0.5)
    yield (
        "stretched by its extent",
        lambda heatmap: _over(photograph, heatmap, cmap="jet", alpha=0.5, extent=(-0.5, 31.5, 31.5, -0.5)),
    )
    yield "cubic", over(lambda heatmap: zoom(heatmap, 32 / 13, order=3), cmap="hot", alpha=0.3)
    yield "linear, corners aligned", over(lambda heatmap: zoom(heatmap, 32 / 13, order=1), alpha=0.6)
    yield "repeated pixels", over(lambda heatmap: heatmap.repeat(10, 0).repeat(10, 1), alpha=0.6)
    yield "by index", over(lambda heatmap: heatmap[np.arange(32) * 13 // 32][:, np.arange(32) * 13 // 32])
    yield (
        "much larger",
        lambda heatmap: styles.grid(
            [np.asarray(tf.image.resize(heatmap[..., None], (224, 224), "bicubic"))[..., 0]], columns=1
        ),
    )
    yield "beside the image", lambda heatmap: _beside(photograph, heatmap)
    yield "reversed colormap", lambda heatmap: styles.grid([heatmap], columns=1, cmap="gray_r")
    yield "pcolormesh", lambda heatmap: styles.grid([heatmap[::-1]], columns=1, how="pcolormesh")
    yield "bytes", lambda heatmap: styles.grid([(255 * unit(heatmap)).astype(np.uint8)], columns=1)
    yield "image, heatmap, both", lambda heatmap: _three(photograph, heatmap, resized(heatmap))


def mistakes(world: World, own: Any, images: Floats) -> Iterator[tuple[str, str, Floats]]:
    """In words, the mistake, and the heatmap that it gives."""
    image = images[IMAGE]
    cam: Callable[..., Floats] = partial(visualisation.grad_cam, own, LAYER)
    predicted = int(np.asarray(own(image[None]))[0].argmax())
    yield "index 17", "other_image", cam(images[17])
    yield "index 15", "other_image", cam(images[15])
    yield "index 0", "other_image", cam(images[0])
    for label in (0, 3, 6, 9):
        if label != predicted:
            heatmap = cam(image, label)
            if heatmap.any():
                yield f"class {label}", "other_class", heatmap
    yield "with its negative part", "not_rectified", cam(image, rectified=False)
    yield "absolute values", "absolute", np.abs(cam(image, rectified=False))
    maps = np.asarray(visualisation.activations(own, LAYER, image[None])[0])
    yield "mean of the maps", "no_gradients", maps.mean(-1)
    yield "sum of the maps", "no_gradients", maps.sum(-1)
    yield "first layer", "other_layer", visualisation.grad_cam(own, 0, image)
    yield "second layer", "other_layer", visualisation.grad_cam(own, 2, image)
    heatmap = cam(image)
    yield "each .T", "transposed", heatmap.T
    yield "[::-1]", "flipped", heatmap[::-1]
    yield "mirrored", "flipped", heatmap[:, ::-1]
    yield "inverted", "negated", heatmap.max() - heatmap
    yield (
        "same seed, untrained",
        "untrained",
        visualisation.grad_cam(world.untrained("cifar10-investigating"), LAYER, image),
    )
    yield "one map", "unknown", maps[..., 5]
    yield (
        "gradients without maps",
        "gradients_only",
        np.maximum(visualisation.mean_gradient(own, LAYER, image), 0),
    )
    other = "cifar10-investigating" + ("" if world.data("cifar10").stand_in else "-stand-in")
    yield (
        "the stand-in's",
        "other_checkpoint",
        visualisation.grad_cam(world.network(other, exact=True), LAYER, image),
    )
    yield "of the pixels", "saliency", attribution.saliency(own, image)


def _over(photograph: Floats, heatmap: Floats, **drawn: Any) -> None:
    plt.imshow(photograph)
    plt.imshow(heatmap, **drawn)
    plt.axis("off")
    plt.show()


def _beside(photograph: Floats, heatmap: Floats) -> None:
    styles.grid([photograph, heatmap], ["the image", "Grad-CAM"], columns=2, cmap="inferno")


def _three(photograph: Floats, heatmap: Floats, resized: Floats) -> None:
    axes = plt.subplots(1, 3)[1]
    axes[0].imshow(photograph)
    axes[1].imshow(heatmap, cmap="jet")
    axes[2].imshow(photograph)
    axes[2].imshow(resized, cmap="jet", alpha=0.5)
    plt.show()
