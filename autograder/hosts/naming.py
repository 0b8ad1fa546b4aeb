"""Whose submission is it? Told by the names of its file and folders, and never guessed.

What counts, the surest first:

1. the name that a host gives a downloaded file or folder: Moodle's `Ann Doe_12345_assignsubmission_file_`,
   Canvas' `doeann_LATE_12345_67890_lab.ipynb`; by its number and the name in it. What a student called the
   file itself is not looked at then;
2. anywhere in the path, a student number, a login, an e-mail address, the part before its @, or the whole
   name of a student, in either order: `ann.doe-lab1`, `Lab1_Doe_Ann`, `s123/lab`. Case and accents do not
   count. Of two finds of which one lies within the other, the longer counts.

A path that names two students, or none, is nobody's, and so are two submissions of one student.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from autograder.hosts.roster import Student

_MOODLE: Final = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)(?:_.*)?")
_CANVAS: Final = re.compile(r"(?P<name>[^\W_][\w]*?)(?P<late>_LATE)?_(?P<number>\d+)_\d+_.+")
_SHORT: Final = 3
_SHORT_NUMBER: Final = 4
_ENOUGH: Final = 3
"""So many submissions have to share a word for it to be the assignment's and not a student's."""


@dataclass(frozen=True)
class Matches:
    """Which submission is whose.

    Attributes:
        found: submission → its student.
        problems: submission → why it is nobody's, as a sentence.
    """

    found: Mapping[str, Student]
    problems: Mapping[str, str] = field(default_factory=dict)


def match(submissions: Mapping[str, str], students: Sequence[Student]) -> Matches:
    """Find each submission's student.

    Args:
        submissions: name of the submission → its path; "" where only the name is known.
        students: of the class.
    """
    index = _Index(students)
    paths = {name: path or name for name, path in submissions.items()}
    noise = _noise(paths.values(), index)
    found: dict[str, Student] = {}
    problems: dict[str, str] = {}
    for name, path in paths.items():
        named = index.named(path, noise)
        if len(named) == 1:
            found[name] = named[0]
        elif named:
            problems[name] = f"its name fits several students: {_listed(one.shown for one in named)}"
        else:
            problems[name] = "its name fits no student of the roster"
    owners = defaultdict(list)
    for name, student in found.items():
        owners[student.row].append(name)
    for names in owners.values():
        if len(names) > 1:
            problems |= {
                name: f"{found[name].shown} has {len(names)} submissions: {_listed(names)}" for name in names
            }
    kept = {name: student for name, student in found.items() if name not in problems}
    return Matches(kept, problems)


def is_late(path: str) -> bool:
    """Whether Canvas marked a downloaded file as late."""
    return any((given := _CANVAS.fullmatch(part)) and given["late"] for part in PurePosixPath(path).parts)


def folded(text: str) -> str:
    """Text as names are compared: small letters without accents."""
    spelled = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spelled if not unicodedata.combining(letter))


def words(text: str) -> tuple[str, ...]:
    """Its words, folded; everything but letters and digits separates them."""
    return tuple(word for word in re.split(r"[\W_]+", folded(text)) if word)


class _Index:
    """The students of a class by everything that may stand for one of them."""

    def __init__(self, students: Sequence[Student]) -> None:
        self._downloads: dict[str, list[Student]] = defaultdict(list)
        self._joined: dict[str, list[Student]] = defaultdict(list)
        self._keys: dict[tuple[str, ...], list[Student]] = defaultdict(list)
        for student in students:
            if student.download:
                self._downloads[student.download].append(student)
            for name in _orders(student.name):
                self._joined["".join(name)].append(student)
                if len(name) > 1:
                    self._keys[name].append(student)
                    self._keys[("".join(name),)].append(student)
            for key in {*student.keys, *(key.partition("@")[0] for key in student.keys if "@" in key)}:
                if words(key):
                    self._keys[words(key)].append(student)
        self._longest = max(map(len, self._keys), default=0)

    def named(self, path: str, noise: frozenset[tuple[str, ...]]) -> list[Student]:
        """The students that a path names, each once."""
        parts = _parts(path)
        numbered: list[Student] = []
        for part in parts:
            if given := _MOODLE.fullmatch(part) or _CANVAS.fullmatch(part):
                bearers = self._joined.get("".join(words(given["name"])), [])
                numbered = self._downloads.get(given["number"], [])
                agreed = [student for student in numbered if student in bearers]
                if agreed or (bearers and not numbered):
                    return _once(agreed or bearers)
        others = (self._keys[key] for part in parts for key in self.keys_in(part) if key not in noise)
        return _once([*numbered, *chain.from_iterable(others)])

    def keys_in(self, part: str) -> list[tuple[str, ...]]:
        """The keys among a part's words that lie within no longer one."""
        told = words(part)
        spans = [
            (start, stop)
            for start in range(len(told))
            for stop in range(start + 1, min(len(told), start + self._longest) + 1)
            if told[start:stop] in self._keys and _telling(told[start:stop], told)
        ]
        return [
            told[start:stop]
            for start, stop in spans
            if not any(a <= start and stop <= b and (a, b) != (start, stop) for a, b in spans)
        ]


def _parts(path: str) -> list[str]:
    """Folders, and the file without its suffix."""
    pure = PurePosixPath(path)
    return [*pure.parts[:-1], pure.stem if pure.suffix.lower() == ".ipynb" else pure.name]


def _orders(name: str) -> set[tuple[str, ...]]:
    """The words of a name as it stands, and with what is behind its comma, or its last word, in front."""
    last, comma, first = name.partition(",")
    told = words(name)
    turned = (*words(first), *words(last)) if comma else (*told[-1:], *told[:-1])
    return {order for order in (told, turned) if order}


def _telling(key: tuple[str, ...], told: tuple[str, ...]) -> bool:
    """Whether a find is no accident: short words and small numbers count only when they are all there is."""
    text = "".join(key)
    return key == told or len(text) >= (_SHORT_NUMBER if text.isdigit() else _SHORT)


def _noise(paths: Iterable[str], index: _Index) -> frozenset[tuple[str, ...]]:
    """Keys that stand in every path: the year, the course, the assignment."""
    seen = [{key for part in _parts(path) for key in index.keys_in(part)} for path in paths]
    if len(seen) < _ENOUGH:
        return frozenset()
    counts = Counter(key for keys in seen for key in keys)
    return frozenset(key for key, count in counts.items() if count == len(seen))


def _once(students: Iterable[Student]) -> list[Student]:
    return list({student.row: student for student in students}.values())


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
