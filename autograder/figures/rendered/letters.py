"""A line of words that matplotlib drew in its own font, read from its pixels, or not at all.

The line is laid out anew: every sequence of letters, at every part of a pixel, is compared with what is
there, and the one that leaves least unexplained is taken (dynamic programming over the pen's places). It is
read only if it explains nearly all of the ink, and if any other letter at any place would leave clearly more.
Other fonts, sizes below `SMALLEST`, letters that touch something, and whatever is no text are not read.

`LEFT` and `CLEAR` were chosen on 586 lines, drawn in random sizes and places, when baselines were known to
quarters of a row only. Of 150 new ones, now that these are known more finely, 60 of 64 in the usual font are
read, none of all 150 wrongly. benchmarks/rendered_figures.py and rendered_charts.py hold them against
figures. Nothing is looked up in a dictionary: words that make sense are no likelier than others. Finds no
lines; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final

import numpy as np

from autograder.figures.panels import Floats
from autograder.figures.rendered import glyphs
from autograder.figures.rendered.glyphs import DOWN, EDGE, LETTERS, MANNERS, PARTS, Manner

SMALLEST: Final = 8.5
LARGEST: Final = 44.0
"""Sizes of fonts that are read, in pixels; in smaller ones letters are not told apart."""

LEFT: Final = 0.045
"""Share of a line's ink that is left unexplained, at most."""

CLEAR: Final = 0.02
"""By how much more of a letter's ink any other letter leaves unexplained, at least."""

LONGEST: Final = 45
"""How many times as wide as it is high a line is, at most."""

MOST_SEARCHES: Final = 3
MOST_FAILURES: Final = 12
"""Lines of a picture that are not read though all sizes are tried, and at all; then no more are tried."""

_ALIKE: Final = ("lI|", "-−", "'`", "xX×", "cC", "eé", "oO", "sS", "vV", "wW", "zZ", ":;")
"""Letters that are not told apart: nothing that a figure says depends on them. The first stands for all."""

_USUAL: Final = (100 / 72 * 10, 100 / 72 * 12, 10.0, 12.0)
"""Sizes of labels and titles at matplotlib's own 100 dots per inch, and at the 72 of older notebooks."""

_JOINED: Final = {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl"}
_INK: Final = 0.35
_CAPITALS: Final = (0.69, 0.79)
_SMALL: Final = (0.53, 0.58)
_KERNED: Final = 0.17
_WIDER: Final = 3
_CLOSER: Final = 0.045
_OVERHANGS: Final = np.array([int(one in "TVWYPFALKRX") for one in LETTERS])
_MOVED: Final = 0.02
_STEP: Final = DOWN // 4
_BESIDE: Final = 0.2
_SHORT: Final = 4
_KEPT: Final = 3
_ROUGHLY: Final = 0.48
_NEVER: Final = 1e9


@dataclass(frozen=True)
class Read:
    """A line that was read.

    Attributes:
        text: its words; of letters that look alike, the first of `_ALIKE`.
        size: of its font, in pixels.
        left: share of its ink that is unexplained.
        clear: by how much more the nearest other reading leaves, of that letter's ink.
    """

    text: str
    size: float
    left: float
    clear: float


@dataclass(frozen=True)
class _Way:
    """How a line may lie: a size and manner, its baseline in parts of a row, and half a part to the right."""

    rung: int
    manner: Manner
    base: int
    later: bool = False

    @property
    def row(self) -> int:
        """The first row below the baseline."""
        return -(-self.base // DOWN)

    @property
    def rest(self) -> int:
        """By how many parts of a row the baseline lies above that row."""
        return -self.base % DOWN


class Reader:
    """Reads the lines of a picture; sizes that were met are tried first."""

    def __init__(self) -> None:
        self._met: list[tuple[int, Manner]] = []
        self._searches = MOST_SEARCHES
        self._failures = MOST_FAILURES

    def read(self, cover: Floats) -> Read | None:
        """The words of one line.

        Args:
            cover: how much ink each pixel has, 0…1, (h, w); what is beside the line is empty.

        Returns:
            None where they are not surely read.
        """
        ink = np.argwhere(cover > _INK)
        if not len(ink) or self._failures <= 0:
            return None
        (top, first), (bottom, last) = ink.min(axis=0).tolist(), (ink.max(axis=0) + 1).tolist()
        high, wide = bottom - top, last - first
        if not 3 <= high <= LARGEST or wide > LONGEST * max(high, SMALLEST):
            return None
        line = _Line(cover, top, bottom, first, last)
        beside = [(rung + step, manner) for rung, manner in self._met for step in (-1, 1)]
        found = line.best(self._met) or line.best([one for one in beside if one not in self._met])
        if found is None:
            found = line.best([(glyphs.rung(size), MANNERS[0]) for size in _USUAL])
        if found is None and self._searches > 0:
            found = line.best(None)
            self._searches -= found is None
        if found is None:
            self._failures -= 1
            return None
        way, read = found
        met = (way.rung, way.manner)
        self._met = [met, *(one for one in self._met if one != met)][:_KEPT]
        return read


class _Line:
    """The pixels of a line and the box of their ink."""

    def __init__(self, cover: Floats, top: int, bottom: int, first: int, last: int) -> None:
        self.cover = np.asarray(cover, np.float32)
        self.top, self.bottom, self.first, self.last = top, bottom, first, last

    def best(self, known: Sequence[tuple[int, Manner]] | None) -> tuple[_Way, Read] | None:
        """What the best of some sizes, or of all that are likely, reads."""
        # The first letters tell the size.
        short, rough = self.first + _SHORT * (self.bottom - self.top), known is None
        lefts = {way: _Layout(self, way, short, rough=rough).left for way in self._ways(known)}
        ways = sorted((way for way, left in lefts.items() if left < _ROUGHLY), key=lambda way: lefts[way])
        if rough:
            every = dict.fromkeys((way.rung, way.manner) for way in ways)
            # A line moved by parts of a row is a rougher guess than one that is not: each manner has its own.
            sizes = [
                one for manner in MANNERS for one in [pair for pair in every if pair[1] == manner][:_KEPT]
            ]
            near = [(rung + step, manner) for rung, manner in sizes for step in (0, -1, 1)]
            return self.best(list(dict.fromkeys(near))) if near else None
        # Of each size the best way, laid out more finely than all were.
        best: dict[tuple[int, Manner], _Way] = {}
        for way in ways:
            best.setdefault((way.rung, way.manner), way)
        finer = [self._finer(way, short, lefts) for way in list(best.values())[:_KEPT]]
        layouts = [(_Layout(self, way, self.last), way) for way in finer]
        if not layouts:
            return None
        layout, way = min(layouts, key=lambda pair: pair[0].left)
        if layout.left > LEFT:
            return None
        read = layout.read()
        return None if read is None else (way, read)

    def _finer(self, way: _Way, end: int, lefts: dict[_Way, float]) -> _Way:
        """The way between its neighbours that explains the first letters best.

        Letters that are whole pixels apart all lie alike on rows and columns, so that what a part of a pixel
        leaves of every one of them would hide what tells "m" from "rn".
        """
        if way.manner == "parts":
            return way
        sides = [replace(way, base=way.base + step) for step in (-_STEP, _STEP)]
        upper, lower = (lefts[one] if one in lefts else _Layout(self, one, end).left for one in sides)
        # What is left grows with the square of the distance, as of any picture that is moved a little.
        bend = upper + lower - 2 * lefts[way]
        if np.isfinite(bend) and bend > 0:
            moved = round(_STEP * (upper - lower) / (2 * bend))
            way = replace(way, base=way.base + min(max(moved, -_STEP // 2), _STEP // 2))
        return min((way, replace(way, later=True)), key=lambda one: _Layout(self, one, end).left)

    def _ways(self, known: Sequence[tuple[int, Manner]] | None) -> Iterator[_Way]:
        """Sizes and baselines that the line may have, by its rows."""
        rows = self.cover.sum(axis=1)
        low = (self.top + self.bottom) // 2
        drops = rows[low : self.bottom] - np.append(rows[low + 1 : self.bottom], 0)
        for base in dict.fromkeys((low + 1 + int(drops.argmax()), self.bottom)):
            rise = base - self.top
            sizes = _likely(rise) if known is None else known
            for rung, manner in dict.fromkeys((glyphs.distinct(one, how), how) for one, how in sizes):
                if 0.5 * glyphs.size(rung) < rise < 0.9 * glyphs.size(rung) + 1:
                    # Only since letters are whole pixels apart, lines need not lie on whole rows.
                    for part in (0,) if manner == "parts" else (-2 * _STEP, -_STEP, 0, _STEP, 2 * _STEP):
                        yield _Way(rung, manner, DOWN * base + part)


def _likely(rise: int) -> list[tuple[int, Manner]]:
    found = []
    for low, high in (_CAPITALS, _SMALL):
        # Small hinted letters are up to a row higher, and those that lie between rows cover one more.
        first, last = glyphs.rung(max(1, rise - 2) / high), glyphs.rung((rise + 0.5) / low)
        found += list(range(first, last + 1, 2))
    lowest, highest = glyphs.rung(SMALLEST), glyphs.rung(LARGEST)
    return [(one, manner) for one in dict.fromkeys(found) if lowest <= one <= highest for manner in MANNERS]


class _Layout:
    """A line laid out with the letters of one size.

    The pen's places are parts of a pixel, from a little before the ink. What a letter costs at a place is
    the squares of what it leaves of the ink, less those of the ink itself.

    Args:
        line: its pixels.
        way: size and baseline.
        end: the column before which ink is explained.
        rough: letters are drawn for whole rows only, and the line is moved.
    """

    def __init__(self, line: _Line, way: _Way, end: int, *, rough: bool = False) -> None:
        self._drawn = drawn = glyphs.glyphs(way.rung, 0 if rough else way.rest, way.manner, later=way.later)
        self._end = min(end, line.last)
        row = way.row - drawn.above
        high = drawn.above + drawn.below
        self._before = int(_BESIDE * drawn.size) + 2
        # Columns of the ink, with room for the pen before it and for a letter behind it.
        room = np.zeros((high, self._end - line.first + self._before + drawn.width + 1), np.float32)
        top, bottom = max(0, row), min(len(line.cover), row + high)
        inked = line.cover[max(0, top) : max(0, bottom), line.first : self._end]
        room[top - row : top - row + len(inked), self._before : self._before + inked.shape[1]] = inked
        if rough and way.rest:
            below = np.vstack([np.zeros_like(room[:1]), room[:-1]])
            room = room + way.rest / DOWN * (below - room)
        self._columns = room.shape[1] - drawn.width
        self._ink = float((line.cover[:, line.first : self._end] ** 2).sum())
        self._room = room
        self._closer = max(2, int(_CLOSER * drawn.size * PARTS))
        self._moves = np.arange(-_WIDER, max(self._closer, int(_KERNED * drawn.size * PARTS)) + 1)
        self._costs = _MOVED * np.abs(self._moves)

    @cached_property
    def _cost(self) -> Floats:
        """What each letter costs at each place, (places, letters)."""
        drawn, room, count = self._drawn, self._room, self._columns
        padded = np.pad(room, ((0, 0), (EDGE, 0)))
        seen = np.lib.stride_tricks.sliding_window_view(padded, drawn.width, axis=1)[:, :count]
        flat = seen.swapaxes(0, 1).reshape(count, -1)
        like = (flat @ drawn.drawn.T.astype(np.float32)).reshape(count, len(LETTERS), PARTS) / 255
        return np.tile(drawn.ink.T, (count, 1)) - 2 * like.swapaxes(1, 2).reshape(-1, len(LETTERS))

    @cached_property
    def _stops(self) -> slice:
        """Where the pen may be behind the last letter."""
        end = PARTS * (self._columns - 1)
        return slice(end - PARTS + 1, end + int(_BESIDE * self._drawn.size * PARTS) + 2)

    @cached_property
    def _block(self) -> int:
        """So many places follow from earlier ones alone."""
        advance = self._drawn.advance
        free = advance[_OVERHANGS == 1].min() - self._moves[-1], advance.min() - self._closer
        return max(1, int(min(free)) - 1)

    @cached_property
    def _forward(self) -> tuple[Floats, Floats]:
        """The least cost up to where the pen arrives, (2, places), and where a letter begins."""
        cost, advance = self._cost, self._drawn.advance
        count = len(cost)
        length = count + int(advance.max()) + int(self._moves[-1]) + 1
        # Where the pen arrives behind letters under which the next one may begin, and behind others.
        arrived = np.full((2, _WIDER + length), _NEVER)
        first = _WIDER + PARTS * self._before
        arrived[0, first - int(_BESIDE * self._drawn.size * PARTS) : first + PARTS] = 0
        begun = np.full(count, _NEVER)
        kinds = np.broadcast_to(_OVERHANGS, (self._block, len(LETTERS)))
        for low in range(0, count, self._block):
            high = min(count, low + self._block)
            for kind, costs in enumerate((self._costs[: _WIDER + self._closer + 1], self._costs)):
                near = np.lib.stride_tricks.sliding_window_view(
                    arrived[kind, low : high + len(costs) - 1], len(costs)
                )
                np.minimum(begun[low:high], (near + costs).min(axis=1), out=begun[low:high])
            if begun[low:high].min() < _NEVER / 2:
                ends = _WIDER + np.arange(low, high)[:, None] + advance
                costs = begun[low:high, None] + cost[low:high]
                np.minimum.at(arrived, (kinds[: high - low].ravel(), ends.ravel()), costs.ravel())
        return arrived[:, _WIDER:], begun

    @cached_property
    def left(self) -> float:
        """The share of the ink that the best layout leaves unexplained."""
        least = float(self._forward[0][:, self._stops].min())
        return (self._ink + least) / max(self._ink, 1e-6) if least < _NEVER / 2 else np.inf

    def read(self) -> Read | None:
        """The words of the best layout, if no other is nearly as good."""
        path = self._path()
        clear = self._clear(path)
        if clear < CLEAR:
            return None
        first = {one: group[0] for group in _ALIKE for one in group} | _JOINED
        text = "".join(first.get(LETTERS[letter], LETTERS[letter]) for letter, _ in path)
        return Read(" ".join(text.split()), self._drawn.size, self.left, clear)

    def _path(self) -> list[tuple[int, int]]:
        """The letters of the best layout and where each begins."""
        arrived, begun = self._forward
        cost, advance = self._cost, self._drawn.advance
        ends = arrived[:, self._stops]
        kind, place = divmod(int(ends.argmin()), ends.shape[1])
        place += self._stops.start
        path: list[tuple[int, int]] = []
        while True:
            starts = place - advance
            usable = np.flatnonzero((starts >= 0) & (starts < len(begun)) & (kind == _OVERHANGS))
            ways = begun[starts[usable]] + cost[starts[usable], usable]
            letter = int(usable[np.abs(ways - arrived[kind, place]).argmin()])
            start = int(starts[letter])
            path.append((letter, start))
            places = np.maximum(start + self._moves, 0)
            before = arrived[:, places] + self._costs
            before[0, self._moves > self._closer] = _NEVER
            kind, nearest = divmod(int(np.abs(before - begun[start]).argmin()), before.shape[1])
            place = int(places[nearest])
            if arrived[kind, place] == 0:
                return path[::-1]

    def _clear(self, path: Sequence[tuple[int, int]]) -> float:
        """By how much more the nearest layout leaves that has another letter at some place."""
        totals = self._forward[1][:, None] + self._onwards
        least = float(self._forward[0][:, self._stops].min())
        begins = np.arange(len(totals))[:, None]
        ends = begins + self._drawn.advance
        found = np.inf
        for letter, start in path:
            if LETTERS[letter] == " ":
                continue
            middle = start + self._drawn.advance[letter] / 2
            rows = slice(max(0, int(middle - self._drawn.advance.max())), int(middle) + 1)
            over = ends[rows] >= middle
            over[:, _same(LETTERS[letter])] = False
            others = totals[rows][over]
            more = float(others.min(initial=_NEVER)) - least
            found = min(found, more / float(self._drawn.ink[letter].mean()))
        return found

    @cached_property
    def _onwards(self) -> Floats:
        """The least cost of a letter and all that follows it, (places, letters)."""
        cost, advance = self._cost, self._drawn.advance
        count = len(cost)
        least = np.full((2, _WIDER + count + int(advance.max()) + int(self._moves[-1]) + 1), _NEVER)
        least[:, _WIDER + self._stops.start : _WIDER + self._stops.stop] = 0
        found = np.full(cost.shape, _NEVER)
        for high in range(count, 0, -self._block):
            low = max(0, high - self._block)
            ends = _WIDER + np.arange(low, high)[:, None] + advance
            found[low:high] = cost[low:high] + least[_OVERHANGS, ends]
            best = found[low:high].min(axis=1)
            for move, more in zip(self._moves.tolist(), self._costs.tolist(), strict=True):
                part = least[int(move > self._closer) :, _WIDER + low + move : _WIDER + high + move]
                np.minimum(part, best + more, out=part)
        return found


@cache
def _same(letter: str) -> list[int]:
    """The numbers of the letters that one is not told from; of joined ones also their parts."""
    found = set(next((group for group in _ALIKE if letter in group), letter))
    found |= {one for one, parts in _JOINED.items() if found & set(parts)}
    return sorted(LETTERS.index(one) for one in found | set(_JOINED.get(letter, "")) if one in LETTERS)
