"""Words in figures: which series, which class, which axis they name. English and the nearest relatives.

Reads labels, titles and ticks; a word that is not known says nothing, and is never held against anybody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from autograder.evidence import Axis

Metric = Literal["", "loss", "accuracy"]
Split = Literal["", "train", "validation"]
Role = Literal["", "truth", "prediction"]

MOST_NAMED: Final = 3
"""A title that names more classes than this names none."""

_LOSS: Final = re.compile(
    r"loss|verlust|\bcost|kosten|crossentropy|cross entropy|kreuzentropie|perte|pérdida"
)
_ACCURACY: Final = re.compile(
    r"(\b|train|val|test|tr)acc(\b|s\b|ura)|genauigkeit|trefferquote|précision|exactitud"
)
_TRAIN: Final = re.compile(r"train|\btrn\b|\btr(\b|acc|loss)|entraînement|entrenamiento|lernmenge")
_VALIDATION: Final = re.compile(r"\bval(\b|s\b|id|loss|acc)|\btest|\bdev(\b|elopment)|held out|prüf|unseen")

_PREDICTION: Final = re.compile(
    r"predict|\bpreds?\b|vorhersag|vorhergesagt|prognos|\by hat\b|ŷ|guess|prédi|predic"
)
_TRUTH: Final = re.compile(
    r"\btrue|truth|actual|\blabels?\b|target|\bgt\b|wahr|tatsächlich|\bechte?\b|wirklich|\by test\b|vrai|real"
)

_NUMBERS: Final = (
    "zeros?|zeroes|null(en)?",
    "ones?|einsen?|eins",
    "twos?|zwei(en)?",
    "threes?|drei(en)?",
    "fours?|vier(en)?",
    "fives?|fünf(en)?",
    "six(es)?|sechs(en)?",
    "sevens?|sieben(en)?",
    "eights?|acht(en)?",
    "nines?|neun(en)?",
)
_OTHERS: Final = re.compile(
    r"\bothers?\b|\brest\b|\bnot\b|\bnon|≠|!=|\bnicht|\bandere|\bsonst|remaining|¬|~|\belse\b|negative"
)


@dataclass(frozen=True)
class Said:
    """Which series words name; "" where they say nothing or more than one thing."""

    metric: Metric = ""
    split: Split = ""


def named_classes(words: Sequence[str], names: Sequence[str]) -> tuple[int, ...]:
    """Classes that words name, in order, repetitions included: by name, or else by whole number.

    A name counts in any case, as a whole word; a number counts when no name occurs, unless it is part of a
    decimal number or of a longer list.
    """
    text = "\n".join(words).casefold()
    ranks = {name.casefold(): rank for rank, name in enumerate(names)}
    longest_first = sorted(map(re.escape, ranks), key=len, reverse=True)
    # Names may be digits, which are none within "0.5" and "5%".
    pattern = rf"(?<![^\W_])(?<!\d\.(?=\d))(?:{'|'.join(longest_first)})(?![^\W_]|\.\d|%)"
    found = [ranks[word] for word in re.findall(pattern, text)]
    if not found:
        numbers = re.findall(r"(?<![^\W_])(?<!\d\.)\d{1,6}(?![^\W_]|\.\d|%)", text)
        found = [int(number) for number in numbers if int(number) < len(names)]
        if len(found) > MOST_NAMED + 1:
            found = []  # A one-hot label or a list of scores.
    return tuple(found)


def series(*texts: str) -> Said:
    """Which metric and which part of the data some texts name together."""
    text = _plain(" \n ".join(texts))
    loss, accuracy = bool(_LOSS.search(text)), bool(_ACCURACY.search(text))
    train, validation = bool(_TRAIN.search(text)), bool(_VALIDATION.search(text))
    metric: Metric = "" if loss == accuracy else "loss" if loss else "accuracy"
    split: Split = "" if train == validation else "train" if train else "validation"
    return Said(metric, split)


def role(text: str) -> Role:
    """Whether an axis label means the predicted or the true class; "predicted label" is a prediction."""
    plain = _plain(text)
    if _PREDICTION.search(plain):
        return "prediction"
    return "truth" if _TRUTH.search(plain) else ""


def roles_of_classes(text: str, names: Sequence[str]) -> dict[Role, int]:
    """Which class is called the predicted and which the true one, where the words say so.

    Reads "pred: cat, true: dog", "cat (predicted) / dog (true)", "truth=3 guess=5". Each role goes with the
    class after it or, in texts that end without a class, before it.
    """
    plain = _plain(text)
    merged: list[tuple[int, int, Role]] = []
    for found in sorted(
        [*_PREDICTION.finditer(plain), *_TRUTH.finditer(plain)], key=lambda found: found.start()
    ):
        kind: Role = "prediction" if found.re is _PREDICTION else "truth"
        if merged and not named_classes([plain[merged[-1][1] : found.start()]], names):
            # "predicted label", "true class", "y test": one role in several words.
            merged[-1] = (merged[-1][0], found.end(), merged[-1][2])
        else:
            merged.append((found.start(), found.end(), kind))
    if not merged:
        return {}
    starts, ends = [start for start, _, _ in merged], [end for _, end, _ in merged]
    before = not named_classes([plain[ends[-1] :]], names)
    lows, highs = ([0, *ends[:-1]], starts) if before else (ends, [*starts[1:], len(plain)])
    said: dict[Role, int] = {}
    for (_, _, kind), low, high in zip(merged, lows, highs, strict=True):
        classes = set(named_classes([plain[low:high]], names))
        if len(classes) == 1:
            said[kind] = classes.pop()
    return said


def group(text: str, wanted: int, names: Sequence[str]) -> Literal["", "class", "others"]:
    """Whether a label means the members of a class or all the others."""
    plain = _plain(text)
    if _OTHERS.search(plain):
        return "others"
    named = set(named_classes([plain], names))
    named |= _spelled(plain, names)
    if named == {wanted}:
        return "class"
    return "others" if named and wanted not in named else ""


def classes_at(axis: Axis, places: Sequence[float], names: Sequence[str], slack: float) -> list[int | None]:
    """The class that the tick at each place names; None where there is no tick or it names no single one.

    Args:
        axis: with its labelled ticks.
        places: in data coordinates.
        names: of the classes, in label order.
        slack: how far a tick may be away.
    """
    found: list[int | None] = []
    for place in places:
        near = [
            (abs(at - place), text) for at, text in axis.ticks if abs(at - place) <= slack and text.strip()
        ]
        text = min(near)[1] if near else ""
        named = set(named_classes([text], names)) or _spelled(_plain(text), names)
        found.append(named.pop() if len(named) == 1 else None)
    return found


def _spelled(plain: str, names: Sequence[str]) -> set[int]:
    """Digits that a text names in words, where the classes are the digits."""
    if list(names) != [str(number) for number in range(len(names))]:
        return set()
    return {number for number, word in enumerate(_NUMBERS) if re.search(rf"\b({word})\b", plain)}


def completed(named: Sequence[int | None]) -> list[int] | None:
    """Classes of N places of which some are named: the others take the remaining classes in order.

    Returns:
        A permutation of 0…N-1, or None when a class is named twice.
    """
    given = [one for one in named if one is not None]
    if len(set(given)) < len(given) or any(one >= len(named) for one in given):
        return None
    rest = iter(sorted(set(range(len(named))) - set(given)))
    return [next(rest) if one is None else one for one in named]


def _plain(text: str) -> str:
    """Small letters; underscores, hyphens and runs of white space as one blank."""
    return re.sub(r"[\s_\-]+", " ", text.casefold())
