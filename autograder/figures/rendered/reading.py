"""From rendered pixels to figure records: panels as arrays of a known size, in reading order.

The judge's side of the PNG path. What comes out is judged by the same code as captured figures; of words
only captions are read, and only when that is asked for; the order of drawing is not known, and a reversed
colormap is not told from a plain one. A figure's `cell` is the number of its picture. Bounded by how many
pictures, panels and arrangements are looked at, and by the time that this takes. Decodes nothing and judges
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Final

import numpy as np

from autograder.evidence import Axes, Figure, Image
from autograder.figures.panels import Floats, is_blank
from autograder.figures.rendered import captions, colours, registration, resampling
from autograder.figures.rendered.colours import Scale
from autograder.figures.rendered.registration import Placed, Registration, Tile
from autograder.figures.rendered.segmentation import SMALLEST, Box, Pixels, Segments
from autograder.figures.rendered.sheets import sheets, unframed

MOST_PICTURES: Final = 40
"""Pictures of a question that are read."""

MOST_READ: Final = 5_000_000
"""Pixels of a picture that is read; 10 inches square at 220 dots per inch."""

_LARGE: Final = 3.1
"""Pixels per cell from which on libraries interpolate numbers before they colour them."""

_MOST_SHEETS: Final = 6
_MOST_REGISTRATIONS: Final = 80
_MOST_SECONDS = 20.0
"""Of a question's pictures; ordinary ones take one or two. What was not read by then, a person looks at."""

_CUTS: Final = 2
_FEW: Final = 8
_NEAR: Final = 4
_FLAT: Final = 1.5
_LEAST_SEEN: Final = 0.5
_GOOD: Final = 4.0
_STRETCHED: Final = 2.5


@dataclass(frozen=True)
class Form:
    """What is looked for.

    Attributes:
        shape: (H, W) of a panel's array.
        fewest, most: panels that are asked for, and that there are.
        usual: only the usual interpolations, none but the likeliest arrangement of tiles, and only what fits.
        gaps: cells that words or frames cover are NaN, not taken to be as next to them.
    """

    shape: tuple[int, int]
    fewest: int
    most: int
    usual: bool = False
    gaps: bool = False


class Pictures:
    """Rendered pictures, segmented once and read in any form.

    Args:
        pictures: (h, w, 3) uint8 each.
        cmap: the name of a reversed colormap that they may have been drawn with, "" for none.
    """

    def __init__(self, pictures: Sequence[Pixels], cmap: str = "") -> None:
        self._budget = _Budget(_MOST_REGISTRATIONS if len(pictures) <= MOST_PICTURES else 0)
        self._pictures = [
            _Picture(number, pixels, self._budget, cmap)
            for number, pixels in enumerate(pictures[:MOST_PICTURES])
        ]

    @property
    def pixels(self) -> list[Pixels]:
        """The pictures themselves."""
        return [one.pixels for one in self._pictures]

    def read(self, form: Form) -> Iterator[list[Figure]]:
        """The ways to read all pictures in a form: each panel by itself, then cut into tiles.

        Yields:
            Lists of one figure for each picture in which something of the form may be, the likelier first.
        """
        several = len(self._pictures) > 1 or form.fewest == 1
        single = [figure for one in self._pictures if (figure := one.panels(form, several)) is not None]
        if single:
            yield single
        ways = [one.tiles(form) for one in self._pictures]
        last: list[Figure | None] = [None] * len(ways)
        for _ in range(_CUTS):
            new = [next(way, None) for way in ways]
            if not any(new):
                return
            last = [one or before for one, before in zip(new, last, strict=True)]
            yield [one for one in last if one is not None]

    def singly(self, form: Form) -> Iterator[tuple[Pixels, Figure]]:
        """Each picture in which panels of a form may be, with these."""
        for one in self._pictures:
            if (figure := one.panels(form, one_will_do=True)) is not None:
                yield one.pixels, figure

    def captioned(self, figures: Sequence[Figure]) -> list[Figure] | None:
        """Figures, read from these pictures, with the captions of their panels as titles.

        Returns:
            None where a caption stands that is not surely read.
        """
        found: list[Figure] = []
        for figure in figures:
            pixels = self._pictures[figure.cell].pixels
            texts = captions.captions(pixels, [_box(axes, pixels) for axes in figure.axes])
            if texts is None:
                return None
            pairs = zip(figure.axes, texts, strict=True)
            found.append(replace(figure, axes=tuple(replace(one, title=text) for one, text in pairs)))
        return found

    def whole(self, shape: tuple[int, int]) -> bool:
        """Whether nothing in the pictures may be a panel of a shape that was not read as one."""
        return not self._budget.spent and all(one.whole(shape) for one in self._pictures)


@dataclass
class _Budget:
    """How many more registrations all pictures of a question may take, and how long.

    Pictures can be made to take minutes. Time is the judging thread's own, so that a busy machine does not
    matter, and is looked at between registrations: one more may end after it is up.
    """

    left: int
    _begin: float | None = None

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        if self._begin is None:
            self._begin = time.thread_time()
        return self.left <= 0 or time.thread_time() - self._begin > _MOST_SECONDS


class _Picture:
    """One picture."""

    def __init__(self, number: int, pixels: Pixels, budget: _Budget, cmap: str) -> None:
        self._number = number
        self.pixels = pixels
        self._cmap = cmap
        self._budget = budget
        self._known: dict[tuple[tuple[Box | Tile, ...], tuple[int, int]], Registration | None] = {}
        self._likely: Scale | None = None
        self._shades = pixels.max(axis=2)
        self._readable = pixels.shape[0] * pixels.shape[1] <= MOST_READ
        self._scales: dict[tuple[Box, ...], Scale | None] = {}

    @cached_property
    def _segments(self) -> Segments:
        return Segments(self.pixels if self._readable else self.pixels[:0, :0])

    def panels(self, form: Form, one_will_do: bool) -> Figure | None:
        """Its panels, each an array of the form."""
        aspect = form.shape[1] / form.shape[0]
        boxes = self._segments.boxes(aspect)
        if len(boxes) <= (0 if one_will_do else 1) or _bent(boxes[0], aspect):
            return None
        found = self._registered(boxes, form)
        if found is None or (form.usual and found.misfit > _GOOD):
            return None
        return self._figure(boxes, found, gaps=form.gaps)

    def whole(self, shape: tuple[int, int]) -> bool:
        """Whether everything that may be a panel of a shape is among its panels."""
        return self._segments.whole(shape[1] / shape[0])

    def tiles(self, form: Form) -> Iterator[Figure]:
        """The ways to cut its few boxes, or the whole picture, into tiles; those that fit come first."""
        boxes = self._segments.boxes(form.shape[1] / form.shape[0])
        if not self._readable or form.most < 2 or len(boxes) > _FEW or min(self.pixels.shape[:2]) < SMALLEST:
            return
        whole = Box(0, 0, self.pixels.shape[1], self.pixels.shape[0])
        sides = _aligned([unframed(self.pixels, box) for box in boxes or [whole]])
        fewest, most = -(-form.fewest // len(sides)), -(-form.most // len(sides))
        count, poor = 0, list[tuple[float, int, Figure]]()
        tried = sheets(self.pixels, sides[0], form.shape, max(2, fewest), max(2, most))
        for rank, sheet in enumerate(islice(tried, 1 if form.usual else _MOST_SHEETS)):
            if count == _CUTS or (count and rank >= _CUTS):
                return
            tiles = [tile for side in sides for tile in sheet.tiles(side, form.shape)]
            found = self._registered(tiles, form)
            if found is None:
                continue
            figure = _trimmed(self._figure([tile.box for tile in tiles], found, gaps=form.gaps), form.fewest)
            if found.misfit <= _GOOD:
                count += 1
                yield figure
            elif not form.usual:
                poor.append((found.misfit, rank, figure))
        yield from (figure for _, _, figure in sorted(poor, key=lambda one: one[:2])[: _CUTS - count])

    def _scale(self, boxes: Sequence[Box]) -> Scale | None:
        """The colormap that all panels were drawn with, or None."""
        key = tuple(boxes)
        if key not in self._scales:
            inner = [box.of(self.pixels)[3:-3:2, 3:-3:2].reshape(-1, 3) for box in boxes]
            found = colours.fitting(np.concatenate(inner).astype(np.float64), self._likely)
            self._scales[key], self._likely = found, found or self._likely
        return self._scales[key]

    def _registered(self, places: Sequence[Box] | Sequence[Tile], form: Form) -> Registration | None:
        """The panels on the pixel grid; None as well when too much was asked of these pictures."""
        key = (tuple[Box | Tile, ...](places), form.shape)
        if key not in self._known and not self._budget.spent:
            self._budget.left -= 1
            self._known[key] = self._laid(places, form)
        return self._known.get(key)

    def _laid(self, places: Sequence[Box] | Sequence[Tile], form: Form) -> Registration | None:
        """From numbers or from colours, whichever fit."""
        boxes = [one.box if isinstance(one, Tile) else one for one in places]
        scale = self._scale(boxes)
        ratio = min((boxes[0].height - 2) / form.shape[0], (boxes[0].width - 2) / form.shape[1])
        tight = isinstance(places[0], Tile)
        kernels = resampling.likely(ratio)[: 2 if form.usual or tight else None]
        found: Registration | None = None
        if scale is None:
            found = registration.register(self.pixels, places, form.shape, None, kernels, self._shades)
            scale = None if found is None else self._of_cells(boxes, found)
            if scale is None:
                return found
        written = scale.darker(self.pixels)
        if ratio < _LARGE and scale.name != "gray" and not form.usual:
            found = registration.register(self.pixels, places, form.shape, written, kernels, self._shades)
            if found is None or found.misfit < registration.PLAIN:
                return found
        numbers, strange = colours.numbers(self.pixels, scale)
        lost = strange | written
        other = registration.register(numbers, places, form.shape, lost, kernels, self._shades)
        return found if other is None or (found is not None and found.misfit <= other.misfit) else other

    def _of_cells(self, boxes: Sequence[Box], found: Registration) -> Scale | None:
        """The colormap of panels whose cells have its colours, though their pixels are mixtures of these."""
        cells = np.concatenate([cells[seen] for cells, seen in (one.cells for one in found.panels)])
        self._scales[tuple(boxes)] = colours.fitting(cells, self._likely)
        return self._scales[tuple(boxes)]

    def _figure(self, boxes: Sequence[Box], found: Registration, *, gaps: bool) -> Figure:
        height, width = self.pixels.shape[:2]
        scale = self._scale(boxes)
        axes = [
            Axes(
                (box.left / width, 1 - box.bottom / height, box.width / width, box.height / height),
                (Image(_array(placed, scale, gaps=gaps), "png", self._cmap),),
            )
            for box, placed in zip(boxes, found.panels, strict=True)
        ]
        return Figure(self._number, tuple(axes), size=(width / 100, height / 100), ended="display")


def _box(axes: Axes, pixels: Pixels) -> Box:
    """Where the panel of an Axes that was read from a picture lies in it."""
    height, width = pixels.shape[:2]
    left, bottom, wide, high = axes.position
    top = (1 - bottom - high) * height
    return Box(round(left * width), round(top), round(wide * width), round(high * height))


def _bent(box: Box, aspect: float) -> bool:
    """Whether a box is far from a panel's proportions: panels may be stretched, but not to a band."""
    stretched = box.width / box.height / aspect
    return not 1 / _STRETCHED < stretched < _STRETCHED


def _aligned(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that begin at about the same column begin at the same one, and are of one size."""
    width, height = (int(np.median([getattr(box, side) for box in boxes])) for side in ("width", "height"))
    found: list[Box] = []
    for box in boxes:
        left = next((other.left for other in found if abs(other.left - box.left) <= _NEAR), box.left)
        found.append(Box(left, box.top, width, height))
    return found


def _trimmed(figure: Figure, fewest: int) -> Figure:
    """A figure without the blank tiles at its end, which only fill the grid."""
    axes = list(figure.axes)
    while len(axes) > fewest and is_blank(axes[-1].images[0].pixels):
        axes.pop()
    return replace(figure, axes=tuple(axes))


def _array(placed: Placed, scale: Scale | None, *, gaps: bool) -> Floats:
    """Numbers where a colormap is known or can be found, else colours; 0…1, float32."""
    cells, seen = placed.cells
    if cells.ndim == 3:
        whole = np.clip(cells, 0, 255).round().astype(np.uint8)
        own = scale or colours.fitting(whole[seen].astype(np.float64))
        if own is not None:
            cells = colours.numbers(whole, own)[0]
    if cells.reshape(-1, *cells.shape[2:]).std(axis=0).max() < _FLAT:
        return np.asarray(np.broadcast_to(np.median(cells, axis=(0, 1)) / 255.0, cells.shape), np.float32)
    found = np.array(cells / 255.0, np.float32)
    if gaps and seen.mean() >= _LEAST_SEEN:
        found[~seen] = np.nan
    return found
