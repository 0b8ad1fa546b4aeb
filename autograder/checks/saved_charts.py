"""Verdicts on saved pictures of curves, bars and histograms.

Curves pass where their courses are right and so are the words and the numbers around them, all surely read;
standing bars where their heights are right and so is what stands at their axes.
All else is left to a person: a picture of a chart never fails. The message says what its lines and bars are,
as far as they are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from autograder.figures import bars as score_bars
from autograder.figures import curve_changes, curve_slips, mistakes
from autograder.figures import curves as lines
from autograder.figures.curve_slips import titled
from autograder.figures.curves import Series
from autograder.figures.histogram_groups import Asked
from autograder.figures.rendered import courses, heights, labelled_bars, plotted
from autograder.figures.rendered.reading import Pictures
from autograder.figures.scores import Scores
from autograder.result import Verdict

UNREAD: Final = "unread_words"
"""The diagnosis of what is right but for the words, which a person has to read."""

UNCLEAR: Final = "unclear_picture"
"""The diagnosis of what cannot be read."""

_MOST_MEANT: Final = 4
_PERSON: Final = "A person will look at it."


def curves(
    found: Pictures,
    meant: Sequence[Series],
    required: Sequence[str],
    rivals: Mapping[str, Series],
    variable: str,
) -> Verdict:
    """The verdict on pictures that have to show a training's curves.

    Args:
        found: the pictures.
        meant: the history, or several of which any may be meant; then none is called another one.
        required: names of series that have to be drawn.
        rivals: by title, the series of other trainings.
        variable: the name that holds the history.
    """
    looks = [(courses.look(found.pixels, series, required, rivals), series) for series in meant[:_MOST_MEANT]]
    seen, series = max(looks, key=lambda one: (one[0].decision == "right", len(one[0].shown)))
    if seen.decision == "wrong" and len(meant) > 1:
        seen = replace(seen, decision="undecided")
    details: dict[str, Any] = {"lines": len(seen.lines), "right": list(seen.shown)}
    if seen.off is not None:
        details["off_pixels"] = round(seen.off, 3)
    if seen.decision == "wrong":
        message = f"{_slip(seen, variable)} {_PERSON}"
        return Verdict("needs_person", 0.0, message, "", seen.mistake, (), details)
    if seen.decision == "right":
        if _worded(found, seen, series, required, variable):
            message = f"Its {len(required)} lines are those of `{variable}`, rightly labelled."
            return Verdict("passed", 1.0, message, details=details)
        message = (
            f"Its {len(required)} lines run as those of `{variable}` do. Its labels, titles and the "
            f"numbers at its axes cannot all be read surely, or are others. {_PERSON}"
        )
        return Verdict("needs_person", 0.0, message, "", UNREAD, (), details)
    part = f" Found: {_listed(seen.shown)}." if seen.shown else ""
    message = f"Not all lines of the picture can be told.{part} {_PERSON}"
    return Verdict("needs_person", 0.0, message, "", UNCLEAR, (), details)


def _worded(
    found: Pictures, seen: courses.Seen, series: Series, required: Sequence[str], variable: str
) -> bool:
    """Whether the words and numbers around right lines are surely read, and right as well."""
    figures = plotted.figures(found.pixels, seen.lines)
    reading = None if figures is None else lines.read(figures, series, required)
    return reading is not None and curve_slips.judge(reading, variable, {}).right


def bars(found: Pictures, scores: Scores) -> Verdict:
    """The verdict on pictures that have to show the scores of an image as bars."""
    pictures = found.pixels
    standing = heights.bars(pictures, scores.expected)
    if standing is None:
        return _unclear("Whether its bars have the heights of the scores cannot be told from the picture.")
    figure = labelled_bars.figure(pictures, standing, scores)
    if figure is not None and (judged := score_bars.judge([figure], scores)).right:
        return Verdict("passed", 1.0, judged.message, details=dict(judged.details))
    message = (
        f"Its bars have the heights of the network's scores for {scores.title}, in the order of the classes. "
        f"What stands at the axes cannot all be read surely, or is something else. {_PERSON}"
    )
    return Verdict("needs_person", 0.0, message, "", UNREAD)


def histogram(found: Pictures, asked: Asked) -> Verdict:
    """The verdict on pictures that have to show a class's probability as two histograms."""
    seen = heights.histogram(found.pixels, asked)
    details = {} if seen.off is None else {"off_pixels": round(seen.off, 3)}
    name = asked.names[asked.chosen]
    if seen.mistake:
        message = (
            f"Its bars are not those of the probability of class {name}, for its images and for all others. "
            f"{mistakes.next_step(seen.mistake)} {_PERSON}"
        )
        return Verdict("needs_person", 0.0, message, "", seen.mistake, (), details)
    if not seen.right:
        return _unclear("Whether it shows the two histograms cannot be told from the picture.")
    message = (
        f"Its bars are those of class {name} and of all others, on a {seen.scale} scale. Its words and the "
        f"numbers at its axes cannot be read from a picture. {_PERSON}"
    )
    linear = asked.log and seen.scale == "linear"
    return Verdict("needs_person", 0.0, message, "", "no_log" if linear else UNREAD, (), details)


def _slip(seen: courses.Seen, variable: str) -> str:
    """What is drawn in place of what is missing, and what to do."""
    if seen.mistake == "other_run":
        return f"A line shows {seen.title}, not `{variable}`. Plot the numbers of this training."
    sentences = {name: sentence for name, _, sentence in curve_changes.CHANGES}
    if seen.mistake in sentences:
        sentence = sentences[seen.mistake]
        return sentence[:1].upper() + sentence[1:]
    drawn, _, meant = seen.mistake.partition("_for_")
    return f"The {drawn} is drawn twice, the {meant} not at all. {mistakes.next_step(seen.mistake)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(titled(name) for name in names)


def _unclear(seen: str) -> Verdict:
    return Verdict("needs_person", 0.0, f"{seen} {_PERSON}", "", UNCLEAR)
