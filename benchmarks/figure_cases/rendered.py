"""The assignments' figures, and the styles in which their rendered pictures are read back.

A subject is what one question asks for, with a few usual mistakes; a style says how all of it is drawn. What
asks for titles is a subject twice: for its images alone, and titled. Draws; judges nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from autograder.checks.base import Floats
from autograder.evidence import Figure, Value
from figure_cases import ascents, claims, galleries
from figure_cases.base import World, recorded, unit
from reference import visualisation

Panels = Sequence[Floats] | Floats


_LETTER = 0.085
"""Inches that a letter of a title takes."""


@dataclass(frozen=True)
class Style:
    """How panels are drawn.

    Attributes:
        columns: of the grid, at most.
        side: inches of a panel with what is around it; 0 for matplotlib's own size of a figure.
        dpi: dots per inch.
        cmap: for panels of one channel.
        axis, ticks, titles, suptitle, colorbars: whether they are drawn.
        face: background.
        spacing: between panels, as a share of their size; None for matplotlib's own.
        tight: `tight_layout`.
        interpolation: None for matplotlib's own.
        shuffled: in another order, where any will do.
        shared: one colour scale for all.
        sheet: pixels between the tiles when all are drawn in one image; None for subplots.
    """

    columns: int = 8
    side: float = 1.5
    dpi: int = 100
    cmap: str = "viridis"
    axis: bool = True
    ticks: bool = True
    titles: bool = True
    suptitle: bool = False
    colorbars: bool = False
    face: str = "white"
    spacing: float | None = None
    tight: bool = False
    interpolation: str | None = None
    shuffled: bool = False
    shared: bool = False
    sheet: int | None = None


STYLES: dict[str, Style] = {
    "plain": Style(),
    "72 dpi, gray": Style(dpi=72, cmap="gray"),
    "150 dpi, four columns": Style(dpi=150, columns=4, cmap="Blues"),
    "axis off": Style(axis=False, titles=False, cmap="gray"),
    "no ticks, tight layout": Style(ticks=False, tight=True, cmap="magma"),
    "narrow spacing": Style(axis=False, titles=False, spacing=0.05, side=1.2),
    "no spacing": Style(ticks=False, titles=False, spacing=0.0, cmap="gray", side=1.2),
    "colorbars": Style(colorbars=True, cmap="plasma", side=2.0),
    "suptitle, dark": Style(suptitle=True, face="#222222", cmap="inferno"),
    "another order": Style(shuffled=True, cmap="jet"),
    "bilinear": Style(interpolation="bilinear", cmap="gray", side=2.0),
    "one colour scale": Style(shared=True, cmap="cividis"),
    "reversed colormap": Style(cmap="gray_r"),
    "small": Style(side=0.0),
    "one image": Style(sheet=1, axis=False, cmap="viridis"),
}
"""By name; the last needs several panels."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What a question asks for.

    Attributes:
        kind: of `autograder.figures.mistakes.KINDS`.
        place: assignment and question.
        panels: the right ones.
        check: which check of the question judges them.
        update: fields of the check that are set aside, since they ask for words.
        wrong: by mistake and words, what is drawn instead.
        values: variables of the notebook.
        ordered: the panels' order counts.
        texts: how each cell's number is written into it, a format.
        titles: of the panels, where words are asked for.
        mistitled: by mistake and words, titles that are wrong.
    """

    kind: str
    place: str
    panels: Panels
    check: int = 0
    update: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[tuple[str, str], Panels] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    ordered: bool = False
    texts: str = ""
    titles: Sequence[str] = ()
    mistitled: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    def styles(self) -> Iterator[tuple[str, Style]]:
        """Those in which it can be drawn."""
        for name, style in STYLES.items():
            several = len(self.panels) > 3 and not self.texts and not self.titles
            if (style.sheet is None or several) and not (style.shuffled and self.ordered):
                yield name, style


def drawn(
    subject: Subject, panels: Panels, style: Style, titles: Sequence[str] = ()
) -> tuple[list[Figure], list[Floats]]:
    """Draw panels as a subject's, right or wrong, with titles where it has such.

    Returns:
        The figures as they are captured, and their pictures as notebooks save them, (h, w, 3) uint8.
    """
    pictures: list[Floats] = []

    def draw() -> None:
        _draw(panels, style, subject.texts, titles)
        file = io.BytesIO()
        figure = plt.gcf()
        # As the inline backend does.
        figure.canvas.print_figure(
            file, dpi=style.dpi, facecolor=style.face, bbox_inches="tight", format="png"
        )
        pictures.append(np.array(Image.open(file).convert("RGB")))

    return recorded(draw), pictures


def _draw(panels: Panels, style: Style, texts: str, titles: Sequence[str]) -> None:
    order = np.random.default_rng(len(panels)).permutation(len(panels))
    shown = [panels[place] for place in order] if style.shuffled else list(panels)
    words = list(titles) or ([f"no. {place}" for place in range(len(shown))] if style.titles else [])
    words = [words[place] for place in order] if style.shuffled and titles else words
    if style.sheet is not None:
        shown = [_sheet(shown, style.sheet)]
    colour = shown[0].ndim == 3
    shown = [unit(panel) for panel in shown] if colour else shown
    columns = min(style.columns, len(shown))
    rows = -(-len(shown) // columns)
    # Whoever writes long titles draws panels so wide that they do not run into each other.
    longest = max((len(line) for title in titles for line in title.splitlines()), default=0)
    side = max(style.side, _LETTER * longest) if style.side else style.side
    size = (side * columns + 0.5, side * rows + 0.5) if side and style.sheet is None else None
    if len(shown) == 1 and style.side:
        size = (12, 8) if style.sheet is not None else (5, 4)
    figure, grid = plt.subplots(rows, columns, figsize=size, facecolor=style.face, squeeze=False)
    figure.set_dpi(style.dpi)
    limits = {"vmin": min(map(np.min, shown)), "vmax": max(map(np.max, shown))} if style.shared else {}
    for place, axes in enumerate(grid.flat):
        if place >= len(shown):
            axes.axis("off")
            continue
        image = axes.imshow(
            shown[place], cmap=style.cmap, interpolation=style.interpolation, **({} if colour else limits)
        )
        if words:
            color = "white" if style.face.startswith("#2") and titles else "black"
            axes.set_title(words[place], fontsize=9, color=color)
        if not style.ticks:
            axes.set_xticks([])
            axes.set_yticks([])
        if not style.axis:
            axes.axis("off")
        if style.colorbars and not colour:
            figure.colorbar(image, ax=axes)
        if texts:
            _write(axes, shown[place], style.cmap, texts)
    if style.suptitle:
        figure.suptitle("What the network sees", fontsize=16)
    if style.spacing is not None:
        figure.subplots_adjust(wspace=style.spacing, hspace=style.spacing)
    if style.tight:
        figure.tight_layout()


def _write(axes: Any, cells: Floats, cmap: str, texts: str) -> None:
    """Write the numbers into the cells of a matrix, light on dark and dark on light."""
    for row, column in np.ndindex(*cells.shape):
        red, green, blue, _ = plt.get_cmap(cmap)(unit(cells)[row, column])
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.5
        words = {"ha": "center", "va": "center", "fontsize": 7, "color": "white" if dark else "black"}
        axes.text(column, row, texts.format(cells[row, column]), **words)


def _sheet(panels: Panels, pad: int) -> Floats:
    """All panels in one image, each scaled, white between them."""
    height, width = panels[0].shape[:2]
    columns = 8 if len(panels) % 8 == 0 else -(-len(panels) // 2)
    rows = -(-len(panels) // columns)
    shape = (rows * (height + pad) - pad, columns * (width + pad) - pad, *panels[0].shape[2:])
    found = np.ones(shape, np.float32)
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        top, left = row * (height + pad), column * (width + pad)
        found[top : top + height, left : left + width] = unit(panel)
    return found


# ---------------------------------------------------------------- subjects


def subjects(world: World) -> Iterator[Subject]:
    """The image figures of the five assignments; those that show the same twice, once."""
    yield from _panels(world)
    yield _heatmap(world)
    yield from _galleries(world)
    yield from _errors(world)
    yield from _matrices(world)
    yield from _ascents(world)


def _panels(world: World) -> Iterator[Subject]:
    seen = set()
    for claim in claims.claims(world):
        if (claim.place, claim.check) in seen:
            continue
        seen.add((claim.place, claim.check))
        names = ("other_layer", "other_image", "other_filter", "untrained", "unknown", "before_activation")
        wrong: dict[tuple[str, str], Panels] = {}
        for (mistake, words), stack in claim.others.items():
            if mistake in names and sum(key[0] == mistake for key in wrong) < 1:
                wrong[mistake, words] = stack
        wrong["transposed", "each .T"] = claim.panels.swapaxes(1, 2)
        if claim.panels.ndim == 4:
            wrong["bgr", "red and blue exchanged"] = claim.panels[..., ::-1]
        if len(claim.panels) > 4:
            wrong["missing", "half of them"] = claim.panels[: max(1, claim.least // 2)]
        yield Subject("panels", claim.place, claim.panels, claim.check, wrong=wrong, values=claim.values)


def _heatmap(world: World) -> Subject:
    network, images = world.network("cifar10-investigating"), world.oracle("investigating-cnns").images

    def heatmap(layer: int, image: int) -> list[Floats]:
        return [visualisation.grad_cam(network, layer, images[image])]

    wrong: dict[tuple[str, str], Panels] = {
        ("other_image", "index 17"): heatmap(8, 17),
        ("other_layer", "layer 5"): heatmap(5, 16),
        ("transposed", "each .T"): [heatmap(8, 16)[0].T],
    }
    return Subject("attribution", "investigating-cnns/grad_cam", heatmap(8, 16), wrong=wrong)


def _galleries(world: World) -> Iterator[Subject]:
    for claim in galleries.claims(world):
        update: dict[str, Any] = {"titles": None}
        if claim.place in galleries.SLOW:  # Any of 60,000 images may be shown there.
            update |= {"which": {"first": 100}, "of": None}
        else:
            update |= {"of": None}
        wrong: dict[tuple[str, str], Panels] = {
            ("transposed", "each .T"): claim.images.swapaxes(1, 2),
            ("mirrored", "mirrored"): claim.images[:, :, ::-1],
            ("not_found", "noise"): np.random.default_rng(0).random(claim.images.shape),
        }
        if claim.first:
            wrong["other_images", "later images"] = claim.later
        yield Subject("predictions", claim.place, claim.images, update=update, wrong=wrong)
        yield Subject(
            "titled predictions",
            claim.place,
            claim.images,
            update={"which": {"first": 100}} if claim.place in galleries.SLOW else {},
            titles=claim.titled(),
            mistitled=dict(_mistitled(claim)),
        )


def _mistitled(claim: galleries.Claim) -> Iterator[tuple[tuple[str, str], Sequence[str]]]:
    """Titles that name other classes, or the right ones in the wrong roles."""
    shifted = [(label + 1) % 10 for label in claim.labels]
    guessed = [(guess + 1) % 10 for guess in claim.guesses]
    yield ("wrong_title", "classes off by one"), claim.titled("", shifted, guessed)
    yield (
        ("missing_title", "numbers of panels"),
        [f"image {100 + place}" for place in range(len(claim.images))],
    )
    if len(claim.images) > 1:
        turned = [*claim.labels[1:], claim.labels[0]], [*claim.guesses[1:], claim.guesses[0]]
        yield ("wrong_title", "the next image's"), claim.titled("", *turned)
    if claim.titles == "predicted_and_label" and claim.labels != claim.guesses:
        yield ("swapped_titles", "roles exchanged"), claim.titled("predicted: {label}\nactual: {guess}")


def _errors(world: World) -> Iterator[Subject]:
    for place, variable, count in (
        ("weights-and-activations/misclassified", "model", 4),
        ("mnist-cnn/wrong_digits", "improved", 4),
        ("evaluating-cnns/worst_errors", "network_a", 6),
    ):
        assignment = place.split("/")[0]
        oracle = world.oracle(assignment)
        scores = oracle.subject(world.handed_in(assignment)[variable].model).probabilities(oracle.images)
        rows, guesses = np.arange(len(scores)), scores.argmax(axis=1)
        gravity = scores[rows, guesses] - scores[rows, oracle.labels]
        wrong_ones = np.argsort(-gravity)[:count]
        shown = oracle.displayed(oracle.images)[0]
        images = (shown - shown.min()) / np.ptp(shown)
        images = images[..., 0] if images.shape[-1] == 1 else images
        right_ones = np.flatnonzero(guesses == oracle.labels)[:count]
        wrong: dict[tuple[str, str], Panels] = {
            ("correct_shown", "correct images"): images[right_ones],
            ("transposed", "each .T"): images[wrong_ones].swapaxes(1, 2),
        }
        kind = "worst_errors" if place.endswith("worst_errors") else "misclassified"
        yield Subject(kind, place, images[wrong_ones], update={"titles": None}, wrong=wrong)
        if place.startswith("weights"):
            continue
        pairs = [
            (oracle.class_names[guesses[one]], oracle.class_names[oracle.labels[one]]) for one in wrong_ones
        ]
        mistitled = {
            ("swapped_titles", "roles exchanged"): [
                f"predicted {true}, true {guess}" for guess, true in pairs
            ],
            ("wrong_title", "the next image's"): [
                f"predicted {guess}, true {true}" for guess, true in (*pairs[1:], pairs[0])
            ],
            ("wrong_title", "right for all"): [f"predicted {true}, true {true}" for _, true in pairs],
        }
        titles = [f"predicted {guess}, true {true}" for guess, true in pairs]
        yield Subject(f"titled {kind}", place, images[wrong_ones], titles=titles, mistitled=mistitled)


def _matrices(world: World) -> Iterator[Subject]:
    for place, variable, check, rows in (
        ("weights-and-activations/plot_confusion", "model", 1, True),
        ("evaluating-cnns/confusion", "network_a", 0, False),
    ):
        assignment = place.split("/")[0]
        oracle, handed_in = world.oracle(assignment), world.handed_in(assignment)

        def counts(model: Any, oracle: Any = oracle) -> Floats:
            found = np.zeros((10, 10))
            guesses = oracle.subject(model).probabilities(oracle.images).argmax(axis=1)
            np.add.at(found, (oracle.labels, guesses), 1)
            return found

        own = counts(handed_in[variable].model)
        right = own / own.sum(axis=1, keepdims=True) if rows else own
        wrong: dict[tuple[str, str], Panels] = {
            ("other_values", "shuffled predictions"): [right[:, np.random.default_rng(1).permutation(10)]],
            ("transposed", "rows and columns exchanged"): [right.T],
        }
        if rows:
            wrong["normalised_columns", "over the columns"] = [own / own.sum(axis=0)]
            wrong["counts", "counts"] = [own * 1.0]
        for name, other in list(handed_in.items())[1:]:
            wrong["other_checkpoint", name] = [counts(other.model)]
        yield Subject("confusion", place, [right], check, wrong=wrong, texts="{:.2f}" if rows else "{:.0f}")


def _ascents(world: World) -> Iterator[Subject]:
    network = world.network("mnist-deconstructing")
    digits = world.oracle(ascents.ASSIGNMENT).images[..., 0]
    asked = {question: ascents._asked(world, question) for question in ascents.QUESTIONS}
    climbed = {name: ascents.climbed(network, *one)[..., 0] for name, one in asked.items()}
    for rank, (question, (role, units)) in enumerate(asked.items()):
        panels = climbed[question]
        other = climbed[ascents.QUESTIONS[(rank + 1) % len(asked)]]
        rng = np.random.default_rng(4)
        wrong: dict[tuple[str, str], Panels] = {
            ("dataset_images", "digits"): digits[: len(units)],
            ("other_layer", "of another layer"): other[np.arange(len(units)) % len(other)],
            ("repeated", "the first one each time"): panels[[0] * len(units)],
            ("noise", "noise"): rng.random(panels.shape),
        }
        yield Subject(
            "maximisation", f"{ascents.ASSIGNMENT}/{question}", panels, wrong=wrong, ordered=role != "classes"
        )
