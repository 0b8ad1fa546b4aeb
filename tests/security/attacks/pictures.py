"""Saved pictures made for the judge's reader: to keep it busy, to make it fail, to be taken for right ones.

The judge looks at the pictures saved in a hand-in where a cell drew nothing. Unlike a decoder's bombs
(`hand-in`), these are honest files; what they show is not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydantic import TypeAdapter

from autograder import checks
from autograder.checks import AnyCheck
from autograder.checks.base import Check, Oracle
from autograder.evidence import Evidence, QuestionEvidence, Rendered
from autograder.figures.rendered import reading
from tests import fakes
from tests.checks import test_panels
from tests.checks.test_number_figures import ORACLE, history
from tests.figures.rendered.test_charts import FOUR, HISTORY
from tests.saved_pictures import output, saved
from tests.security.attack import Attack, Outside, attack, family, notebook
from tests.security.world import World

READING: Final = 1.0
MOST_SECONDS: Final = 12.0
"""What the judge gives here to reading panels, so that attacks stay small, and what it may take in all, of its
thread's own time: it looks at its clock between two readings. Without that limit, blocks, strokes and nested
frames take half as much again as the second."""

Pixels = NDArray[np.uint8]
_SIDE: Final = 1000
_SOURCE: Final = "pass  # Draws nothing, so that what is saved is looked at."
_TITLED: Final = {"panels": {"images": {}}, "at_least": 5, "titles": "label"}, test_panels.FakeOracle()
_CURVES: Final = {"curves": "history", "series": list(FOUR)}, ORACLE
_CONFUSION: Final = {"confusion": "model"}, ORACLE


def _believed(asked: tuple[dict[str, Any], Any]) -> Outside:
    """What the pictures did to a judge who asks for something."""
    check = cast(Check, TypeAdapter[Any](AnyCheck).validate_python(asked[0]))

    def look(world: World, evidence: Evidence) -> list[str]:
        pictures = evidence.questions["attack"].rendered
        if not pictures and not world.ordinary:
            return ["the pictures did not reach the judge, so that nothing was tried"]
        reading._MOST_SECONDS = READING
        begin = time.thread_time()
        verdict = checks.judge(check, _answered(pictures), cast(Oracle, asked[1]))
        seconds = time.thread_time() - begin
        found = [f"it gave points: {verdict.message}"] if verdict.fraction else []
        return [*found, f"the judge was kept busy for {seconds:.0f} s"] if seconds > MOST_SECONDS else found

    return look


def _answered(pictures: Sequence[Rendered]) -> QuestionEvidence:
    """A question with these pictures, of a notebook that is only read, and all else as it should be."""
    series = {name: list(map(float, values)) for name, values in HISTORY.items()}
    seen = fakes.answered(model=fakes.model("own"), history=history(series))
    seen.rendered = [Rendered(one.cell, one.pixels) for one in pictures]
    return seen


def _made(paint: Callable[[np.random.Generator], Pixels], count: int) -> Callable[[World, Path], None]:
    """Writes the ordinary notebook with pictures saved under the attack's cell."""

    def make(world: World, path: Path) -> None:
        content = notebook([_SOURCE], world.facts(path))
        chance = np.random.default_rng(11)
        pictures = [output(saved(Image.fromarray(paint(chance)))) for _ in range(count)]
        (cell,) = (one for one in content["cells"] if one["source"] == _SOURCE)
        cell["outputs"] = pictures
        path.write_text(json.dumps(content))

    return make


def _blocks(chance: np.random.Generator) -> Pixels:
    """Coloured blocks on which any grid of tiles might lie."""
    colours = chance.integers(0, 256, (_SIDE // 8, _SIDE // 8, 3), dtype=np.uint8)
    return colours.repeat(8, axis=0).repeat(8, axis=1)


def _panels(chance: np.random.Generator) -> Pixels:
    """Hundreds of small panels, each under a line of strokes that might be letters."""
    picture = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    for top in range(0, _SIDE, 50):
        for left in range(0, _SIDE, 50):
            picture[top + 14 : top + 48, left + 2 : left + 48] = chance.integers(0, 256, 3)
            picture[top + 16 : top + 46 : 3, left + 4 : left + 46 : 3] = chance.integers(0, 256, 3)
            strokes = picture[top + 2 : top + 12, left + 2 : left + 48]
            strokes[chance.random(strokes.shape[:2]) < 0.3] = 0
    return picture


def _courses(chance: np.random.Generator) -> Pixels:
    """A plot of dozens of tangled lines, with strokes that might be words all around it."""
    picture = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    inner = slice(_SIDE // 8, -_SIDE // 8)
    picture[(chance.random((_SIDE, _SIDE)) < 0.2)] = 0
    picture[inner, inner] = 255
    picture[_SIDE // 8, inner] = picture[inner, _SIDE // 8] = 0
    picture[-_SIDE // 8, inner] = picture[inner, -_SIDE // 8] = 0
    columns = np.arange(_SIDE // 8 + 2, _SIDE - _SIDE // 8 - 2)
    for number in range(40):
        rows = _SIDE / 2 + _SIDE / 3 * np.sin(columns / (3 + number) + number)
        colour = chance.integers(0, 256, 3)
        for thick in range(3):
            picture[rows.astype(int) + thick, columns] = colour
    return picture


def _words(chance: np.random.Generator) -> Pixels:
    """A page of the words that are asked for, without any of what they should stand at."""
    page = Image.new("RGB", (_SIDE, _SIDE), "white")
    pen = ImageDraw.Draw(page)
    asked = ["loss", "val_loss", "accuracy", "cat", "dog", "frog", "0.0", "0.5", "PASSED", "right"]
    for top in range(0, _SIDE, 14):
        pen.text((0, top), " ".join(map(str, chance.choice(asked, 24))), fill="black")
    return np.asarray(page)


def _nested(chance: np.random.Generator) -> Pixels:
    """Frames within frames, none of which is the last."""
    picture = np.full((_SIDE, _SIDE, 3), 255, np.uint8)
    for inset in range(0, _SIDE // 2, 3):
        colour = chance.integers(0, 256, 3) if inset % 2 else 0
        picture[inset : _SIDE - inset, inset : _SIDE - inset] = colour
    return picture


def _picture(
    id: str, tries: str, paint: Callable[[np.random.Generator], Pixels], asked: tuple[dict[str, Any], Any]
) -> Attack:
    make = _made(paint, 6 if asked is _CURVES else 12)
    return attack(id, tries, make=make, control="held", outside=_believed(asked))


ATTACKS = family(
    "picture",
    [
        _picture("blocks", "save pictures into which any grid of panels can be read", _blocks, _TITLED),
        _picture("strokes", "save hundreds of panels under strokes that are no letters", _panels, _TITLED),
        _picture("tangled_lines", "save plots of tangled lines among strokes", _courses, _CURVES),
        _picture("pages_of_words", "save the words that are asked for, and nothing else", _words, _CURVES),
        _picture("nested_frames", "save frames within frames", _nested, _CONFUSION),
    ],
)
