"""Panels and mosaics: filters, kernels, feature maps, activations and pooling maps of the assignments.

`claims` says what is asked for; each mistake is drawn for each claim that it can be made in.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from autograder.checks.base import Floats
from autograder.result import Verdict
from figure_cases import styles
from figure_cases.base import Case, Draw, World, unit
from figure_cases.claims import FILTER, KERNEL, MAP, Claim, claims

KINDS = ("panels", "mosaic")
THRESHOLDS = {
    "panels": "NCC of a panel with its reference, median over the figure: above 0.99, on nine panels in ten; "
    "and the margin over the nearest other explanation (mean NCC): above 0.",
    "mosaic": "As for panels, after the image was cut into its tiles.",
}
IN_ONE_IMAGE = ("all_filters", "feature_maps", "filter_figure", "pooling_maps", "filters", "maps_of_second")
"""Questions for which mosaics are drawn."""


def scores(verdict: Verdict) -> dict[str, float]:
    """The median NCC with the reference, and the margin over the nearest rival."""
    found = {"NCC": verdict.details.get("median_ncc"), "margin": verdict.details.get("margin")}
    return {name: float(value) for name, value in found.items() if value is not None}


def cases(world: World, quick: bool) -> Iterator[Case]:
    for rank, claim in enumerate(claims(world)):
        colour = claim.panels.ndim == 4
        drawn = list(styles.coloured(claim.panels) if colour else styles.gray(claim.panels, claim.noun))
        # The first few claims in every style, the others in every second one.
        step = 8 if quick else 2 if rank > 5 else 1
        for style, draw in drawn[rank % step :: step]:
            yield _case("panels", claim, style, draw)
        if claim.beside is not None:
            both = partial(styles.grid, [*claim.panels, *claim.beside], columns=16)
            yield _case("panels", claim, "with the other layer's in one figure", both)
        for style, mistake, names, draw in list(_mistakes(claim))[
            rank % 3 if quick else 0 :: 3 if quick else 1
        ]:
            yield _case("panels", claim, style, draw, mistake, names)
        if claim.place.split("/")[1] not in IN_ONE_IMAGE or len(claim.panels) < 9:
            continue
        for style, draw in list(styles.mosaics(claim.panels))[:: 4 if quick else 1]:
            yield _case("mosaic", claim, style, draw)
        for style, mistake, draw in list(_wrong_mosaics(claim))[:: 2 if quick else 1]:
            yield _case("mosaic", claim, style, draw, mistake)


def _case(
    kind: str, claim: Claim, style: str, draw: Draw, mistake: str = "", names: tuple[str, ...] = ()
) -> Case:
    return Case(kind, claim.place, style, draw, mistake, names, claim.check, claim.values)


# ---------------------------------------------------------------- mistakes


def _mistakes(claim: Claim) -> Iterator[tuple[str, str, tuple[str, ...], Draw]]:
    """The style, the mistake, the diagnoses that name it, and how it is drawn."""
    panels, count = claim.panels, len(claim.panels)
    colour = panels.ndim == 4

    def scaled(stack: Floats) -> Draw:
        return partial(styles.displayed_grid, styles.each(unit, stack), cmap="gray")

    def raw(stack: Floats) -> Draw:
        return partial(styles.displayed_grid, stack, cmap=None if colour else "viridis")

    for (mistake, words), stack in claim.others.items():
        # Raw RGB floats would be cut off, which is a mistake of its own.
        as_is = not colour and len(words) % 2
        yield (
            f"{words}, {'as it is' if as_is else 'each scaled'}",
            mistake,
            (),
            (raw if as_is else scaled)(stack),
        )
    for words, mistake, stack in _slips(claim):
        yield f"{words}, each scaled", mistake, (), scaled(stack)
    yield from _casts(claim)
    yield from _counts(claim, scaled)
    noise = np.random.default_rng(0).random(panels.shape)
    yield "noise", "unknown", (), scaled(noise)
    yield "zeros", "blank", (), raw(np.zeros(panels.shape))
    yield "divided by zero", "not_finite", (), raw(np.full(panels.shape, np.nan))
    if not colour:
        top = float(panels.max())
        yield (
            "colour limits elsewhere",
            "invisible",
            (),
            partial(styles.displayed_grid, panels, vmin=top + 1, vmax=top + 2),
        )
    if count > 3:
        yield "all in one axes", "covered", (), partial(_all_in_one, np.array(styles.each(unit, panels)))


def _slips(claim: Claim) -> Iterator[tuple[str, str, Floats]]:
    panels, tensor = claim.panels, claim.tensor
    yield "each .T", "transposed", panels.swapaxes(1, 2)
    yield "[::-1]", "flipped", panels[:, ::-1]
    yield "mirrored", "flipped", panels[:, :, ::-1]
    yield "turned by 180°", "flipped", panels[:, ::-1, ::-1]
    yield "sign reversed", "negated", -panels
    if panels.ndim == 4:
        yield "red and blue exchanged", "bgr", panels[..., ::-1]
        yield "green first", "channel_order", panels[..., [1, 0, 2]]
        yield "channels rotated", "channel_order", panels[..., [1, 2, 0]]
    if claim.noun == FILTER and panels.shape[1:] == (3, 3, 3):  # Else matplotlib refuses to draw it.
        yield "channel axis first", "wrong_axis", panels.transpose(0, 3, 1, 2)
        yield "rows for channels", "wrong_axis", panels.transpose(0, 2, 3, 1)
    if tensor is not None:
        last = tensor.shape[-1]
        if tensor.shape[0] != last:  # Else reshaping leaves it as it is.
            yield "reshaped", "reshaped", tensor.reshape(last, *tensor.shape[:-1])[: len(panels)]
        if claim.noun == MAP and tensor.shape[0] >= claim.least:
            yield "indexed on the first axis", "wrong_axis", tensor[: len(panels)]
            yield "indexed on the second axis", "wrong_axis", np.moveaxis(tensor, 1, 0)[: len(panels)]


def _casts(claim: Claim) -> Iterator[tuple[str, str, tuple[str, ...], Draw]]:
    panels = claim.panels
    if panels.min() < 0:
        wrapped = np.trunc(255 * panels).astype(np.int64).astype(np.uint8)
        yield "(255 * x).astype(uint8)", "wrapped", (), partial(styles.displayed_grid, wrapped)
    whole = panels.astype(int)
    yield "x.astype(int)", "cast_to_int", (), partial(styles.displayed_grid, whole)
    if panels.ndim == 4:
        yield "raw floats", "clipped", (), partial(styles.displayed_grid, panels)
        yield "np.clip(x, 0, 1)", "clipped", (), partial(styles.displayed_grid, np.clip(panels, 0, 1))
        yield (
            "0…1 times 255, as floats",
            "clipped",
            (),
            partial(styles.displayed_grid, [255 * unit(panel) for panel in panels]),
        )


def _counts(claim: Claim, scaled: Any) -> Iterator[tuple[str, str, tuple[str, ...], Draw]]:
    panels, count, least = claim.panels, len(claim.panels), claim.least
    if least == 1:
        return
    yield "half of them", "missing", (), scaled(panels[: max(1, least // 2)])
    yield "all but one", "missing", (), scaled(panels[: least - 1])
    yield "range(1, …)", "missing", (), scaled(panels[1:least])
    yield "the first one each time", "repeated", (), scaled(panels[[0] * count])
    yield "each twice", "repeated", (), scaled(panels[np.arange(count) // 2])
    others = next(
        (stack for key, stack in claim.others.items() if key[0] in ("other_layer", "other_image")), None
    )
    if others is not None and others.shape[1:] == panels.shape[1:] and count > 4:
        half = count // 2
        name = next(key[0] for key in claim.others if key[0] in ("other_layer", "other_image"))
        mixed = np.concatenate([panels[:half], others[half:count]])
        yield "half of something else", "mixed", (name,), scaled(mixed)
        extra = np.concatenate([panels, others])
        yield "as many others beside them", "extra_panels", ("extra_panels", name), scaled(extra)
    if claim.noun == FILTER and panels.ndim == 4:
        apart = np.moveaxis(panels, -1, 1).reshape(-1, *panels.shape[1:3])
        yield "channels one by one", "kernels_instead", (), scaled(apart)
    if claim.noun == KERNEL:
        whole = unit(np.moveaxis(panels, 0, -1))
        yield "as one RGB image", "filter_instead", (), partial(styles.displayed_grid, [whole])


def _all_in_one(panels: Floats) -> None:
    for panel in panels:
        plt.imshow(panel)
    plt.show()


def _wrong_mosaics(claim: Claim) -> Iterator[tuple[str, str, Draw]]:
    side = int(np.ceil(np.sqrt(len(claim.panels))))

    def sheet(stack: Floats, pad: int = 1) -> Draw:
        tiles = np.array(styles.each(unit, stack), np.float32)
        return partial(styles.displayed_grid, [styles.mosaic(tiles, side, pad)])

    for (mistake, words), stack in claim.others.items():
        yield words, mistake, sheet(stack)
    for words, mistake, stack in _slips(claim):
        yield words, mistake, sheet(stack)
    yield "half of them", "missing", sheet(claim.panels[: claim.least // 2], 0)
    yield "each twice", "repeated", sheet(claim.panels[np.arange(len(claim.panels)) // 2])
    noise = np.random.default_rng(0).random(claim.panels.shape)
    yield "noise", "unknown", sheet(noise)
