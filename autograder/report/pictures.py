"""Pictures as they stand in a page: embedded, sized for reading, with a caption. Never decodes pixels."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from typing import Final

from autograder.result import Picture

CAPTIONS: Final = {"submitted": "Submitted", "expected": "Expected", "difference": "Difference"}
_ORDER: Final = tuple(CAPTIONS)
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_DENSITY: Final = 2
"""Pixels for each CSS pixel: pictures are drawn so that their text stays sharp at half their size."""


@dataclass(frozen=True)
class Shown:
    """A picture ready for an `<img>`.

    Attributes:
        uri: a `data:` address with all of its bytes.
        alt: what it shows, in words.
        caption: its role, as a word.
        width, height: in CSS pixels; 0 when unknown.
    """

    uri: str
    alt: str
    caption: str
    width: int
    height: int


def shown(pictures: tuple[Picture, ...]) -> list[Shown]:
    """The pictures of one check in reading order: submitted, expected, difference."""
    return [_shown(picture) for picture in sorted(pictures, key=lambda one: _ORDER.index(one.role))]


def _shown(picture: Picture) -> Shown:
    width, height = _size(picture.png)
    return Shown(
        uri="data:image/png;base64," + base64.b64encode(picture.png).decode("ascii"),
        alt=picture.alt,
        caption=CAPTIONS[picture.role],
        width=-(-width // _DENSITY),
        height=-(-height // _DENSITY),
    )


def _size(png: bytes) -> tuple[int, int]:
    """Width and height from the PNG's header, (0, 0) if it has none."""
    if len(png) < 24 or not png.startswith(_PNG_START):
        return 0, 0
    width, height = struct.unpack(">II", png[16:24])
    return width, height
