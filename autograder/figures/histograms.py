"""Histograms of one class's probability: images of the class against all others.

Accepts: `hist` calls, one for both groups or two, in one Axes or two, upright or lying; bars or stairs of
counts, side by side, stacked or numbered; counts, densities, shares, per cent; any bins unless their number
is asked for; a linear or a logarithmic scale unless that is asked for; any colours. The two groups have to
differ in colour or label, or be in different Axes.
Refuses: groups by another rule than the true class, probabilities of another class or network, functions of
them, groups whose labels are exchanged. The right groups in bins that leave images out, stand half a bin
beside, are summed up, are too many or few, or as logarithms of counts, earn half.
Invariances: order, direction, colour, normalisation, a factor of 100.

Threshold: sorted, the values have to agree within `EXACT`, 0.001, or half of the last decimal that all are
rounded to; those of one network do to 1e-5 anywhere. Where only counts were given, they are recomputed with
the same edges, and may differ by the images that lie nearer to an inner edge than `EDGE` of the range. For
every class, the values of two shipped networks are 0.12 or more apart, and four or more images lie in other
bins of ten (`benchmarks/results/figures.md`, "histogram").
Judges no points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.evidence import Figure
from autograder.figures import histogram_slips, outcome, words
from autograder.figures.histogram_groups import (
    MOST_GROUPS,
    SHIFTED,
    covers,
    how,
    is_cumulative,
    is_logarithmic,
)
from autograder.figures.histogram_groups import Asked as Asked
from autograder.figures.histogram_groups import Group as Group
from autograder.figures.histogram_groups import groups as groups
from autograder.figures.histogram_groups import shows as shows
from autograder.figures.outcome import Outcome, half, wrong


def judge(figures: Sequence[Figure], asked: Asked) -> Outcome:
    """Say whether the two groups are drawn."""
    with np.errstate(all="ignore"):  # Histograms hold whatever a student plotted.
        return _judged(figures, asked)


def _judged(figures: Sequence[Figure], asked: Asked) -> Outcome:
    found = list(groups(figures))
    inside, column = asked.inside, asked.column
    off = histogram_slips.nearest(found, asked)
    details: dict[str, Any] = {"histograms": len(found)} | ({} if off is None else {"off": off})
    own = [group for group in found if how(group, column[inside]) is not None]
    rest = [group for group in found if how(group, column[~inside]) is not None]
    if own and rest:
        # Two groups of one Axes are what was meant, if there are such; others may stand beside them.
        pairs = [(one, other) for one in own for other in rest]
        chosen = outcome.best(_drawn(one, other, asked) for one, other in pairs[:MOST_GROUPS])
        return replace(chosen, details={**details, **chosen.details})
    logarithmic = [
        any(is_logarithmic(one, part) for one in found) for part in (column[inside], column[~inside])
    ]
    if all(logarithmic):
        message = "The bars show logarithms of the counts. Plot the counts; make the axis logarithmic."
        return half("log_counts", message, details=details)
    mistake, message = histogram_slips.explain(found, bool(own), bool(rest), asked)
    return wrong(mistake, message, details=details)


def _drawn(own: Group, rest: Group, asked: Asked) -> Outcome:
    """Both groups are there: told apart, labelled rightly, with the bins and the scale asked for?"""
    name = asked.names[asked.chosen]
    seen = "Both groups are drawn with the right values"
    said = [words.group(one.said, asked.chosen, asked.names) for one in (own, rest)]
    details = {"bins": [len(one.counts) for one in (own, rest)], "log": own.log and rest.log}
    if (said[0] == "others" or said[1] == "class") and said[0] != "class" and said[1] != "others":
        message = (
            f"The groups are exchanged: what is labelled as class {name} holds the images of the other "
            "classes. Look at the condition that selects them, or at the order of the labels."
        )
        return wrong("swapped_groups", message, details=details)
    apart = own.axes != rest.axes or own.color != rest.color or own.said != rest.said
    if not apart:
        message = f"{seen}, but nothing tells them apart. Give them different colours and labels."
        return half("not_told_apart", message, details=details)
    fault = _binned(own, rest, asked)
    if fault is not None:
        return half(fault[0], f"{seen}, but {fault[1]}", details=details)
    bins = {len(one.counts) for one in (own, rest)}
    if asked.bins is not None and bins != {asked.bins}:
        listed = " and ".join(map(str, sorted(bins)))
        message = f"{seen}, but with {listed} bins; {asked.bins} are asked for."
        return half("other_bins", message, details=details)
    if asked.log and not (own.log and rest.log):
        message = f"{seen}, but the counts are on a linear scale. Draw them with log=True."
        return half("no_log", message, details=details)
    message = (
        f"The histograms show the probability of class {name}, for images of that class and for all others."
    )
    return Outcome(1.0, message, details=details)


def _binned(own: Group, rest: Group, asked: Asked) -> tuple[str, str] | None:
    """What is wrong with the bins of the right values, their number aside; None if nothing is."""
    samples = asked.column[asked.inside], asked.column[~asked.inside]
    pairs = list(zip((own, rest), samples, strict=True))
    if not all(covers(group, sample) for group, sample in pairs):
        return "cut_off", "its bins leave some images out. Let them go from 0 to 1."
    if any(how(group, sample) == SHIFTED for group, sample in pairs):
        return "shifted_bins", 'the bars stand half a bin too far to the left. Use align="edge".'
    if is_cumulative(own) or is_cumulative(rest):
        return "cumulative", "the counts are summed up over the bins. Leave cumulative out."
    return None
