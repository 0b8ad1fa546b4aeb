"""Images that a network gets wrong, shown in many styles and with the usual mistakes. Judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Draw = Callable[[], object]


@dataclass(frozen=True, eq=False)
class Data:
    """What is known.

    Attributes:
        images: as they are displayed, (N, H, W) or (N, H, W, 3), 0…1.
        scaled: as networks get them.
        labels: true classes, (N,).
        scores: of the network, (N, 10).
        names: of the classes.
        others: scores of other networks, by name.
        train: images, labels and scores of training images.
        count: how many errors are drawn.
        worst: the gravest ones are asked for.
        titles: titles are asked for.
    """

    images: Floats
    scaled: Floats
    labels: Floats
    scores: Floats
    names: Sequence[str]
    others: Mapping[str, Floats]
    train: tuple[Floats, Floats, Floats]
    count: int
    worst: bool
    titles: bool

    @property
    def predicted(self) -> Floats:
        return self.scores.argmax(axis=1)

    @property
    def gravity(self) -> Floats:
        rows = np.arange(len(self.labels))
        return np.asarray(self.scores.max(axis=1) - self.scores[rows, self.labels])

    def errors(self, predicted: Floats | None = None) -> Floats:
        """Indices of the errors of some predictions, by default of the network's."""
        return np.flatnonzero((self.predicted if predicted is None else predicted) != self.labels)

    @property
    def chosen(self) -> Floats:
        """Those that a right figure shows."""
        found = self.errors()
        return (found[np.argsort(-self.gravity[found])] if self.worst else found)[: self.count]


WORDS = {
    "predicted, true": "predicted {guess}, true {truth}",
    "true, predicted": "true: {truth}\npredicted: {guess}",
    "short": "P: {guess} / T: {truth}",
    "pred, label": "pred={guess} (label={truth})",
    "arrow": "{truth} → {guess}",
    "with scores": "predicted {guess} ({score:.2f}), true {truth}",
    "German": "vorhergesagt {guess}, wirklich {truth}",
    "with the index": "image {index}: predicted {guess}, true {truth}",
    "guess instead of": "{guess} instead of {truth}",
}


def right(data: Data) -> dict[str, Draw]:
    """The right images, by style."""
    chosen, images = data.chosen, data.images
    titles = _titles(data, chosen)
    gray = images.ndim == 3
    found: dict[str, Draw] = {
        "a grid": lambda: grid(images[chosen], titles),
        "one row": lambda: grid(images[chosen], titles, columns=len(chosen)),
        "a figure each": lambda: _figures(images[chosen], titles),
        "empty panels left": lambda: grid(images[chosen], titles, spare=2),
        "0 to 255": lambda: grid((255 * images[chosen]).astype(np.uint8), titles),
        "as networks get them": lambda: grid(_visible(data.scaled[chosen]), titles),
        "with bars beside": lambda: _with_bars(data, chosen),
        "more than asked for": lambda: _more(data),
        "in reverse": lambda: grid(images[chosen[::-1]], titles[::-1]),
        "words below": lambda: grid(images[chosen], titles, place="xlabel"),
        "words in the image": lambda: grid(images[chosen], titles, place="text"),
        "upscaled axes": lambda: grid(images[chosen], titles, extent=(0, 1, 0, 1)),
        "matshow or interpolated": lambda: grid(images[chosen], titles, interpolation="bilinear"),
    }
    if gray:
        found |= {
            "gray": lambda: grid(images[chosen], titles, cmap="gray"),
            "black on white": lambda: grid(images[chosen], titles, cmap="gray_r"),
            "as RGB": lambda: grid(np.repeat(images[chosen][..., None], 3, -1), titles),
            "float64, channel kept": lambda: grid(images[chosen][..., None].astype(float), titles),
        }
    if data.titles:
        found |= {
            f"title: {name}": lambda form=form: grid(images[chosen], _titles(data, chosen, form))
            for name, form in WORDS.items()
        }
    return found


def wrong(data: Data) -> Iterator[tuple[str, str, Draw]]:
    """Mistaken figures: the mistake, a style and the drawing."""
    chosen, images = data.chosen, data.images
    correct = np.flatnonzero(data.predicted == data.labels)
    count = data.count
    titles = _titles(data, chosen)
    plain: list[tuple[str, str, Floats, Floats | None]] = [
        ("correct_shown", "all correct", correct[:count], None),
        (
            "correct_shown",
            "half of them",
            np.concatenate([chosen[: count // 2], correct[: count - count // 2]]),
            None,
        ),
        ("correct_shown", "next index", (chosen + 1) % len(images), None),
        ("correct_shown", "positions among the errors", np.arange(count), None),
        ("missing", "one less", chosen[: count - 1], None),
        ("missing", "one", chosen[:1], None),
        ("repeated", "one for all", np.repeat(chosen[:1], count), None),
        ("repeated", "two twice", chosen[np.arange(count) // 2], None),
    ]
    for name, scores in data.others.items():
        theirs = data.errors(scores.argmax(axis=1))
        rows = np.arange(len(data.labels))
        grave = scores.max(axis=1) - scores[rows, data.labels]
        theirs = theirs[np.argsort(-grave[theirs])] if data.worst else theirs
        plain.append(("other_checkpoint", name, theirs[:count], scores.argmax(axis=1)))
    if data.worst:
        plain += list(_orders(data))
    for mistake, what, members, guesses in plain:
        words = _titles(data, members, guesses=guesses)
        yield mistake, what, lambda members=members, words=words: grid(images[members], words)
        if not data.worst:
            continue
        yield (
            mistake,
            f"{what}, a figure each",
            (lambda members=members, words=words: _figures(images[members], words)),
        )
    pixels, labels, scores = data.train
    theirs = np.flatnonzero(scores.argmax(axis=1) != labels)[:count]
    if len(theirs) == count:
        words = [f"predicted {data.names[scores[i].argmax()]}, true {data.names[labels[i]]}" for i in theirs]
        yield "training_images", "errors of the training set", lambda: grid(pixels[theirs], words)
    noise = np.random.default_rng(1).random(images[chosen].shape)
    yield "not_found", "noise", lambda: grid(noise, titles)
    yield "transposed", "images transposed", lambda: grid(images[chosen].swapaxes(1, 2), titles)
    yield "flipped", "upside down", lambda: grid(images[chosen][:, ::-1], titles)
    yield "blank", "zeros", lambda: grid(0 * images[chosen], titles)
    if data.titles:
        yield from _titled(data)


def _titled(data: Data) -> Iterator[tuple[str, str, Draw]]:
    """Right images under mistaken titles."""
    chosen, images, names = data.chosen, data.images, data.names
    forms = (
        "predicted {truth}, true {guess}",
        "true: {guess}\npredicted: {truth}",
        "pred={truth} (label={guess})",
    )
    for form in forms:
        yield "swapped_titles", form, lambda form=form: grid(images[chosen], _titles(data, chosen, form))
    titles = _titles(data, chosen)
    yield "wrong_title", "of the next panel", lambda: grid(images[chosen], [*titles[1:], titles[0]])
    yield (
        "wrong_title",
        "of the next image",
        lambda: grid(images[chosen], _titles(data, (chosen + 1) % len(images))),
    )
    yield "wrong_title", "by position", lambda: grid(images[chosen], _titles(data, np.arange(len(chosen))))
    yield "missing_title", "none", lambda: grid(images[chosen], [""] * len(chosen))
    yield (
        "missing_title",
        "prediction only",
        lambda: grid(images[chosen], [f"predicted {names[data.predicted[index]]}" for index in chosen]),
    )
    yield "missing_title", "index only", lambda: grid(images[chosen], [f"#{100 + index}" for index in chosen])
    yield (
        "missing_title",
        "one over all",
        lambda: (
            grid(images[chosen], [""] * len(chosen)),
            plt.suptitle("Wrong digits"),
        ),
    )


def _orders(data: Data) -> Iterator[tuple[str, str, Floats, None]]:
    """Errors that are not the worst ones."""
    found, count = data.errors(), data.count
    by = {
        "first": found,
        "slightest": data.gravity[found],
        "true class alone": data.scores[found, data.labels[found]],
        "predicted class alone": -data.scores[found].max(axis=1),
        "least sure": data.scores[found].max(axis=1),
        "two largest": -np.diff(np.sort(data.scores[found], axis=1)[:, -2:], axis=1)[:, 0],
    }
    right_ones = set(data.chosen.tolist())
    for name, key in by.items():
        members = found[np.argsort(key, kind="stable")][:count]
        if set(members.tolist()) != right_ones:
            yield "not_the_worst", name, members, None
    worst = found[np.argsort(-data.gravity[found])]
    yield "not_the_worst", "from the second", worst[1 : count + 1], None
    yield "not_the_worst", "random errors", np.random.default_rng(0).permutation(found)[:count], None
    sure = np.argsort(-data.scores.max(axis=1), kind="stable")[:count]
    yield "correct_shown", "surest predictions", sure, None


def _titles(
    data: Data, members: Floats, form: str = WORDS["predicted, true"], guesses: Floats | None = None
) -> list[str]:
    predicted = data.predicted if guesses is None else guesses
    return [
        form.format(
            guess=data.names[predicted[index]],
            truth=data.names[data.labels[index]],
            score=data.scores[index].max(),
            index=index,
        )
        for index in members.tolist()
    ]


def _visible(scaled: Floats) -> Floats:
    """Scaled images in a form that imshow takes; colours are brought to 0…1."""
    if scaled.shape[-1] == 1:
        return scaled[..., 0]
    return (scaled - scaled.min()) / np.ptp(scaled)


def grid(
    images: Floats,
    titles: Sequence[str],
    columns: int = 3,
    spare: int = 0,
    place: str = "title",
    **options: Any,
) -> None:
    count = len(images) + spare
    rows = -(-count // columns)
    figure = plt.figure(figsize=(2 * columns, 2.4 * rows))
    for number in range(count):
        panel = figure.add_subplot(rows, columns, number + 1)
        panel.set_axis_off()
        if number >= len(images):
            continue
        panel.imshow(images[number], **options)
        if place == "text":
            panel.text(1, 2, titles[number], color="red")
        else:
            getattr(panel, f"set_{place}")(titles[number])


def _figures(images: Floats, titles: Sequence[str]) -> None:
    for image, title in zip(images, titles, strict=True):
        plt.figure()
        plt.imshow(image)
        plt.title(title)
        plt.show()


def _with_bars(data: Data, chosen: Floats) -> None:
    for index, title in zip(chosen.tolist(), _titles(data, chosen), strict=True):
        left, panel = plt.subplots(1, 2)[1]
        left.imshow(data.images[index])
        panel.barh(list(data.names), data.scores[index])
        panel.set_title(title)


def _more(data: Data) -> None:
    found = data.errors()
    more = (found[np.argsort(-data.gravity[found])] if data.worst else found)[: data.count + 3]
    grid(data.images[more], _titles(data, more), columns=4)
