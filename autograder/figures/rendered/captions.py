"""The words above the panels of a rendered picture, or below them where nothing stands above.

A caption is one or more lines next to a panel, centred over it or flush with one of its sides. Captions side
by side that run into each other are told apart where each is centred over its panel and wider gaps part them
than their words. Lines are cut out here and read by `letters`; what is not surely read makes the whole
caption unread, since any word may change what it says, and so does ink of another colour in it. Ticks and
their numbers, which stand elsewhere, are left aside. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from autograder.figures.panels import Floats
from autograder.figures.rendered.letters import Reader
from autograder.figures.rendered.segmentation import Box, Pixels

MOST_LINES: Final = 4
"""Lines of a caption that are looked at."""

_APART: Final = 40
_FAINT: Final = 60.0
_OFF: Final = 30.0
_BEYOND: Final = 40.0
"""How far a pixel may be off the ink's colours, and beyond the ground, seen from the ink (of 0…255, three
channels): the white grid on the face of seaborn's styles is 32 beyond, black on a ground of #222222 is 59."""

_FRAME: Final = 3
_NEXT: Final = 2.2
_SPACED: Final = 1.0
_APART_BY: Final = 1.0
_CENTRED: Final = 0.03
_MARGIN: Final = 3
_AROUND: Final = 2
_ONE_LINE: Final = 2.8
_OF_TALLEST: Final = 1.5
"""How many times as high as its tallest letter a line is, at most, unless all its ink crosses one row: with
letters that rise and others that descend it is about 1.3 times, two lines are about twice."""

_SPACE: Final = 0.2
"""Gaps that may part captions, of the height of a line; spaces are 0.3 of the size, letters nearer."""


Span = tuple[int, int]
Mask = NDArray[np.bool_]


def captions(picture: Pixels, boxes: Sequence[Box]) -> list[str] | None:
    """The caption of each panel.

    Args:
        picture: (h, w, 3) uint8.
        boxes: where the panels lie.

    Returns:
        For each panel its words, "" where there are none; None where some are not surely read.
    """
    reader = Reader()
    # What stands above a lower panel may belong to the one over it; above the upper ones nothing else does.
    upper = [box for box in boxes if not any(_is_over(other, box) for other in boxes)]
    first = _read(picture, boxes, upper, reader, above=True)
    if first is None or not any(first):
        return None if first is None else _read(picture, boxes, boxes, reader, above=False)
    lower = [box for box in boxes if box not in upper]
    rest = _read(picture, boxes, lower, reader, above=True)
    if rest is None:
        return None
    texts = dict(zip([*upper, *lower], [*first, *rest], strict=True))
    return [texts[box] for box in boxes]


def _read(
    picture: Pixels, boxes: Sequence[Box], these: Sequence[Box], reader: Reader, *, above: bool
) -> list[str] | None:
    """The captions of some panels; what is not read at once is tried again in the sizes of the others."""
    texts = [_caption(picture, boxes, box, reader, above=above) for box in these]
    if None in texts and any(texts):
        texts = [
            _caption(picture, boxes, box, reader, above=above) if text is None else text
            for box, text in zip(these, texts, strict=True)
        ]
    found = [text for text in texts if text is not None]
    return found if len(found) == len(texts) else None


def _is_over(one: Box, other: Box) -> bool:
    return one.bottom <= other.top and one.left < other.right and other.left < one.right


def _caption(picture: Pixels, boxes: Sequence[Box], box: Box, reader: Reader, *, above: bool) -> str | None:
    strip, ground = _strip(picture, boxes, box, above=above)
    if 0 in strip.shape:
        return ""
    row = [other for other in boxes if other.top < box.bottom and box.top < other.bottom]
    if not above:
        strip = strip[::-1]
    inked = _without_ticks(np.abs(strip - ground).max(axis=2) > _APART)
    texts: list[str] = []
    end, last = len(strip), 0
    for line in _lines(inked):
        rows = np.flatnonzero(line.any(axis=1))
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        high, gap = bottom - top, end - bottom
        spans = [part for span in _words(line, high) for part in _shared(line, span, high, row)]
        mine = [span for span in spans if _owner(span, row) is box or _is_within(box, span)]
        if not mine:
            continue
        first, behind = mine[0]
        if high <= _FRAME and behind - first > 0.5 * box.width:
            end = top
            continue
        # What stands over several panels is none's own, though it may be centred over one of them.
        several = sum(_is_within(other, mine[0]) for other in row) > 1
        fits = len(mine) == 1 and not several and _aligned(first, behind, box)
        if texts and (gap > _SPACED * max(high, last) or not fits):
            break
        if not texts and not fits:
            # Ticks stand between a panel and what is written below it.
            if above:
                return None if gap <= _NEXT * high else ""
            end = top
            continue
        if not texts and gap > _NEXT * high + _MARGIN:
            return ""
        if len(texts) == MOST_LINES or first == 0 or behind == inked.shape[1]:
            return None
        read = _read_line(strip, line, (top, bottom), (first, behind), ground, reader, above=above)
        if read is None:
            return None
        texts.append(read)
        end, last = top, high
    return "\n".join(texts[::-1] if above else texts)


def _read_line(
    strip: Floats, line: Mask, rows: Span, columns: Span, ground: Floats, reader: Reader, *, above: bool
) -> str | None:
    """Some words of one line; other lines, which may reach between its letters, are blotted out."""
    places = (
        slice(max(0, rows[0] - 1), rows[1] + 1),
        slice(max(0, columns[0] - _AROUND), columns[1] + _AROUND),
    )
    near = ndimage.binary_dilation(line[places], np.ones((3, 3)))
    covered = cover(np.where(near[..., None], strip[places], ground), ground)
    read = None if covered is None else reader.read(covered if above else covered[::-1])
    return None if read is None else read.text


def _strip(picture: Pixels, boxes: Sequence[Box], box: Box, *, above: bool) -> tuple[Floats, Floats]:
    """What is above a panel or below it, as wide as the picture, and the ground; panels are blotted out."""
    over = [other for other in boxes if other.left < box.right and box.left < other.right]
    if above:
        top = max([0, *(one.bottom for one in over if one.bottom <= box.top)])
        rows = slice(top, max(top, box.top - 1))
    else:
        bottom = min([len(picture), *(one.top for one in over if one.top >= box.bottom)])
        rows = slice(min(bottom, box.bottom + 1), bottom)
    strip = picture[rows].astype(np.float64)
    free = np.ones(strip.shape[:2], bool)
    for one in boxes:
        free[max(0, one.top - rows.start) : max(0, one.bottom - rows.start), one.left : one.right] = False
    ground = np.median(strip[free], axis=0) if free.any() else np.zeros(3)
    strip[~free] = ground
    return strip, ground


def _middle(box: Box) -> float:
    return box.left + box.width / 2


def _is_within(box: Box, span: Span) -> bool:
    """Whether a panel's middle is below a word."""
    return span[0] < _middle(box) < span[1]


def _owner(span: Span, row: Sequence[Box]) -> Box:
    """The panel of a row whose middle is nearest to that of a word."""
    centre = (span[0] + span[1]) / 2
    return min(row, key=lambda box: abs(_middle(box) - centre))


def _shared(line: Mask, span: Span, high: int, row: Sequence[Box]) -> list[Span]:
    """The captions of panels side by side whose words run into one span; itself where they cannot be told.

    From its beginning on the words are dealt out so that each panel's are centred over it. There has to be
    just one such way, with nothing left over, and wider gaps between captions than within any.
    """
    boxes = sorted((box for box in row if _is_within(box, span)), key=_middle)
    if len(boxes) < 2:
        return [span]
    columns = span[0] + np.flatnonzero(line[:, span[0] : span[1]].any(axis=0))
    chunks = _parted(columns, max(2.0, _SPACE * high))
    gaps = [after - before for (_, before), (after, _) in pairwise(chunks)]
    found: list[Span] = []
    between: list[int] = []
    start = 0
    for box in boxes:
        ends = [
            end
            for end in range(start, len(chunks))
            if abs((chunks[start][0] + chunks[end][1]) / 2 - _middle(box)) <= _slack(box)
        ]
        if len(ends) != 1:
            return [span]
        found.append((chunks[start][0], chunks[ends[0]][1]))
        between.append(ends[0])
        start = ends[0] + 1
    within = [gap for place, gap in enumerate(gaps) if place not in between]
    apart = min(gaps[place] for place in between[:-1]) > max(within, default=0)
    return found if start == len(chunks) and apart else [span]


def _words(line: Mask, high: int) -> list[Span]:
    """Columns of a line that far gaps part."""
    return _parted(np.flatnonzero(line.any(axis=0)), _APART_BY * high + _MARGIN)


def _parted(columns: NDArray[np.intp], gap: float) -> list[Span]:
    """Spans of columns with ink, apart by more than a gap."""
    cuts = np.flatnonzero(np.diff(columns) > gap)
    firsts, lasts = [0, *(cuts + 1).tolist()], [*cuts.tolist(), len(columns) - 1]
    return [(int(columns[one]), int(columns[two]) + 1) for one, two in zip(firsts, lasts, strict=True)]


def _lines(inked: Mask) -> Iterator[Mask]:
    """The ink of each line, from the last one up; two that no empty row parts are taken apart."""
    for top, bottom in reversed(list(_runs(np.any(inked, axis=1)))):
        line = np.zeros_like(inked)
        line[top:bottom] = inked[top:bottom]
        labels, _ = ndimage.label(line, np.ones((3, 3)))
        places = ndimage.find_objects(labels)
        usual = float(np.median([rows.stop - rows.start for rows, _ in places]))
        tallest = max(rows.stop - rows.start for rows, _ in places)
        crossed = min(rows.stop for rows, _ in places) > max(rows.start for rows, _ in places)
        if bottom - top <= _ONE_LINE * usual and (crossed or bottom - top <= _OF_TALLEST * tallest):
            yield line
            continue
        third = (bottom - top) // 3
        valley = top + third + int(line[top + third : bottom - third].sum(axis=1).argmin())
        low = [number for number, (rows, _) in enumerate(places, 1) if (rows.start + rows.stop) / 2 > valley]
        for part in (np.isin(labels, low), line & ~np.isin(labels, low)):
            if part.any():
                yield part


def _without_ticks(inked: Mask) -> Mask:
    """Ink of a strip without what goes on at the panel: its frame, and numbers beside it."""
    labels, _ = ndimage.label(inked, np.ones((3, 3)))
    return np.asarray(inked & ~np.isin(labels, np.unique(labels[-1][labels[-1] > 0])))


def _aligned(first: int, behind: int, box: Box) -> bool:
    slack = _slack(box)
    centred = abs((first + behind) / 2 - _middle(box)) <= slack
    return centred or abs(first - box.left) <= slack or abs(behind - box.right) <= slack


def _slack(box: Box) -> float:
    """How far a caption may be off the middle or a side; ink ends before letters do."""
    return max(2.5, _CENTRED * box.width)


def _runs(filled: Mask) -> Iterator[Span]:
    """Where rows with ink begin and end; one empty row, as below a dot, does not part them."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], filled.astype(np.int8), [0]])))
    spans = [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= 1:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    yield from joined


def cover(line: Floats, ground: Floats) -> Floats | None:
    """How much ink each pixel of a line has, 0…1; None where it is faint or of several colours."""
    away = line - ground
    far = np.linalg.norm(away, axis=2)
    if far.max(initial=0) < _FAINT:
        return None
    ink = away.reshape(-1, 3)[far.argmax()]
    share = away @ ink / (ink @ ink)
    if np.linalg.norm(away - share[..., None] * ink, axis=2).max() > _OFF:
        return None
    # Black ink on a dark ground over white words is of another colour as well, though on the same line.
    if -share.min() * np.linalg.norm(ink) > _BEYOND:
        return None
    return np.asarray(np.clip(share, 0, 1), np.float32)
