"""Which pictures a verdict on a figure gets: what was submitted, set against what would have been right.

Only puts together what the checks have found; `autograder.figures.illustrate` and `illustrate_numbers` draw
it and say it in words. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from autograder.checks.base import Floats
from autograder.checks.maximised import Reading as Climbed
from autograder.evidence import Figure
from autograder.figures import bars, curves, histograms, illustrate, illustrate_numbers, words
from autograder.figures.charts import Line, Steps
from autograder.figures.errors import Asked as AskedErrors
from autograder.figures.errors import Showing
from autograder.figures.gallery import Gallery
from autograder.figures.illustrate import Look
from autograder.figures.illustrate_numbers import Laid
from autograder.figures.outcome import Outcome
from autograder.result import Picture

_REMARKS = {
    "not_found": "unknown",
    "repeated": "again",
    "correct": "correct",
    "missing_title": "untitled",
    "wrong_title": "title",
    "swapped_title": "swapped",
}
_FINE = ("", "repeated")
_NOT_CLIMBED = ("dataset_images", "mean_images", "repeated")
_SPLITS = {"train": "training", "validation": "validation", "": ""}
_BINS = 20


def of_gallery(
    shown: Gallery, images: Floats, names: Sequence[int], first: int | None
) -> tuple[Picture, ...]:
    """Panels beside the images of the data set that they show.

    Args:
        shown: the panels, looked up.
        images: in which they were, (N, H, W, C).
        names: their indices in the data.
        first: all of the first so many are asked for; None for any.
    """
    problems = [shot.problem for shot in shown.shots]
    asked = range(min(first, len(images))) if first else ()
    wanted = _in_place(shown, [problem != "not_found" for problem in problems], asked)
    looks = _looks(shown, problems, images, wanted, {place: f"image {names[place]}" for place in wanted}, {})
    if looks:
        return illustrate.gallery(looks, "images of the data set")
    return illustrate.marked(shown.scene.panels, [False] * len(shown.scene.panels))


def of_errors(showing: Showing, asked: AskedErrors) -> tuple[Picture, ...]:
    """Panels beside errors of the network: their own where they show one, others where they do not.

    Args:
        showing: the panels, looked up.
        asked: what they have to show.
    """
    images = asked.collection.images
    gravity = np.where(asked.wrong, asked.gravity if asked.worst else 0.0, -np.inf)
    errors = np.argsort(-gravity, kind="stable")[: int(asked.wrong.sum())][: 2 * len(showing.problems)]
    ranked = errors[: asked.worst].tolist() if asked.worst else errors.tolist()
    fits = [
        bool(asked.wrong[shot.image]) and problem != "not_found" and (not asked.worst or shot.image in ranked)
        for shot, problem in zip(showing.gallery.shots, showing.problems, strict=True)
    ]
    wanted = _in_place(showing.gallery, fits, ranked)
    names, truth, guess = asked.collection.names, asked.collection.labels, asked.collection.predicted
    about = {place: f"{names[int(truth[place])]} → {names[int(guess[place])]}" for place in wanted}
    problems = showing.problems
    looks = _looks(
        showing.gallery, problems, images, wanted, {place: f"image {place}" for place in wanted}, about
    )
    which = f"the {asked.worst} worst errors" if asked.worst else "errors"
    return illustrate.gallery(looks, f"{which} of the network, from the true class to the predicted one")


def of_climbed(reading: Climbed, units: Sequence[int], found: Outcome) -> tuple[Picture, ...]:
    """Images made by activation maximisation, each with what its own unit answers; none is the expected one.

    Args:
        reading: the images, set against the units.
        units: the filters or classes that are asked for.
        found: what was found of them.
    """
    best = reading.responses.max(axis=0)
    notes = [""] * len(reading.panels)
    for place, unit in zip(reading.order, units, strict=True):
        if place >= 0 and best[unit] > 0:
            notes[place] = illustrate.likeness(float(reading.responses[place, unit] / best[unit]))
    right = [fine and found.mistake not in _NOT_CLIMBED for fine in reading.fine]
    return illustrate.marked(reading.panels, right, notes, "answer of its own unit, 1.00 the best")


@np.errstate(all="ignore")  # Figures hold whatever a student plotted.
def of_curves(reading: curves.Reading) -> tuple[Picture, ...]:
    """Lines beside the series of a training.

    Args:
        reading: the lines, laid against the history.
    """
    axes: dict[int, list[curves.Curve]] = {}
    for curve in reading.curves:
        axes.setdefault(curve.axes, []).append(curve)
    drawn = [(_title(shown[0]), [_line(curve) for curve in shown]) for shown in axes.values()]
    taken: set[int] = set()
    return illustrate_numbers.marks(drawn, [_series(reading, name, taken) for name in reading.required])


@np.errstate(all="ignore")  # Figures hold whatever a student plotted.
def of_bars(figures: Sequence[Figure], asked: bars.Scores, found: Outcome) -> tuple[Picture, ...]:
    """The bars that are most like the scores, beside these.

    Args:
        figures: of the question.
        asked: the scores.
        found: what was found of the bars.
    """
    drawn = [chart for figure in figures for axes in figure.axes for chart in bars.charts(axes, asked.names)]
    fitting = [chart for chart in drawn if len(chart.values) == len(asked.names)] or drawn[:1]
    if not fitting:
        return ()
    ordered = [_in_class_order(chart, asked.names) for chart in fitting[: bars.MOST_CHARTS]]
    # Of several, the one nearest to the scores is most likely meant; what is not finite is far off.
    values, labels = min(ordered, key=lambda pair: _distance(pair[0], asked.expected))
    right = found.right or bars.fits(values, asked.expected) if len(values) == len(asked.names) else False
    return illustrate_numbers.scores(values, labels, asked.expected, asked.names, asked.label, right)


@np.errstate(all="ignore")  # Figures hold whatever a student plotted.
def of_histograms(figures: Sequence[Figure], asked: histograms.Asked) -> tuple[Picture, ...]:
    """Histograms beside those of the class's images and of all others, in the same bins.

    Args:
        figures: of the question.
        asked: what they have to show.
    """
    groups = list(histograms.groups(figures))
    if not groups:
        return ()
    axes: dict[int, list[Steps]] = {}
    for group in groups:
        axes.setdefault(group.axes, []).append(_steps(group))
    log = all(group.log for group in groups)
    name, column = asked.names[asked.chosen], asked.probabilities[:, asked.chosen]
    inside = asked.labels == asked.chosen
    laid = []
    for meant, title, sample in (
        ("class", f"class {name}", column[inside]),
        ("others", "all other classes", column[~inside]),
    ):
        chosen = _meant(groups, meant, sample, asked)
        edges = np.linspace(0, 1, (asked.bins or _BINS) + 1) if chosen is None else chosen.edges
        counts = np.histogram(sample, edges)[0].astype(np.float64)
        right = chosen is not None and histograms.shows(chosen, sample)
        if chosen is not None and right and counts.sum() > 0:
            # Densities and shares are the same counts in another unit.
            counts *= chosen.counts.sum() / counts.sum()
        steps = None if chosen is None else _steps(chosen)
        laid.append(Laid(title, f"probability of class {name}", Steps(edges, counts), steps, right))
    return illustrate_numbers.marks([("", shown) for shown in axes.values()], laid, log=log)


def _in_place(shown: Gallery, fits: Sequence[bool], others: Sequence[int]) -> list[int]:
    """For each panel an image that would be right: its own, or one that no panel shows; -1 for none."""
    taken = {shot.image for shot, fit in zip(shown.shots, fits, strict=True) if fit}
    free: Iterator[int] = (image for image in others if image not in taken)
    return [shot.image if fit else next(free, -1) for shot, fit in zip(shown.shots, fits, strict=True)]


def _looks(
    shown: Gallery,
    problems: Sequence[str],
    images: Floats,
    wanted: Sequence[int],
    names: Mapping[int, str],
    about: Mapping[int, str],
) -> list[Look]:
    return [
        Look(
            shown.scene.panels[shot.panel],
            problem in _FINE,
            _flat(images[shot.image]),
            shot.score,
            _REMARKS.get(problem, problem),
            _flat(images[image]) if image >= 0 else None,
            names.get(image, "") if image >= 0 else "",
            about.get(image, "") if image >= 0 else "",
        )
        for shot, problem, image in zip(shown.shots, problems, wanted, strict=True)
    ]


def _flat(image: Floats) -> Floats:
    return image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image


def _title(curve: curves.Curve) -> str:
    """What stands above the line, or else beside its vertical axis."""
    title, _, beside, *_ = (*curve.around, "", "", "")
    return title or beside or curve.above


def _line(curve: curves.Curve) -> Line:
    return Line(curve.x, curve.y, curve.label)


def _series(reading: curves.Reading, name: str, taken: set[int]) -> Laid:
    """A series beside the line that is labelled as it, or else that has its values, or else is left over."""
    values, meant = reading.series[name], curves.meaning(name)
    shown = reading.shown.get(name)
    labelled = [number for number, said in enumerate(reading.said) if said == meant]
    silent = [
        number
        for number in reading.unused
        if not curves.contradictions(reading.said[number], name) and not labelled
    ]
    ranked = [*([shown] if shown in labelled else labelled), *([] if shown is None else [shown]), *silent]
    chosen = next((number for number in ranked if number not in taken), None)
    right = shown is not None and chosen == shown and not curves.contradictions(reading.said[shown], name)
    x, submitted = np.arange(len(values), dtype=np.float64), None
    if chosen is not None:
        taken.add(chosen)
        submitted = _line(reading.curves[chosen])
        if len(submitted.x) == len(values):
            x = submitted.x
    scale = 100 if right and submitted is not None and not curves.same(submitted.y, values) else 1
    title = f"{_SPLITS[meant.split]} {meant.metric or name}"
    return Laid(title, meant.metric or name, Line(x, scale * values), submitted, right)


def _in_class_order(chart: bars.Chart, names: Sequence[str]) -> tuple[Floats, list[str]]:
    """Lengths and labels of bars, in class order where their ticks tell it."""
    labels = [names[one] if one is not None else f"bar {place + 1}" for place, one in enumerate(chart.named)]
    classes = words.completed(chart.named)
    if classes is None or len(classes) != len(names):
        return chart.values, labels
    order = np.argsort(classes)
    return chart.values[order], list(names)


def _distance(values: Floats, expected: Floats) -> float:
    if values.shape != expected.shape or not np.isfinite(values).all():
        return np.inf
    return float(np.abs(np.clip(values, -1e9, 1e9) - expected).sum())


def _steps(group: histograms.Group) -> Steps:
    return Steps(group.edges, group.counts, group.said)


def _meant(
    groups: Sequence[histograms.Group], meant: str, sample: Floats, asked: histograms.Asked
) -> histograms.Group | None:
    """The group that is labelled as one of the two, or that shows its values, or that nothing is said of."""
    said = [words.group(one.said, asked.chosen, asked.names) for one in groups]
    labelled = [one for one, which in zip(groups, said, strict=True) if which == meant]
    unlabelled = [one for one, which in zip(groups, said, strict=True) if not which]
    showing = [one for one in groups if histograms.shows(one, sample)]
    both = [one for one in labelled if one in showing]
    left = unlabelled[:1] if meant == "class" else unlabelled[-1:]
    return next(iter([*both, *labelled, *showing, *left]), None)
