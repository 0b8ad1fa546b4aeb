"""What a figure holds at one moment, as a record: images as given, lines, bars, histograms, and all words.

Reads artists and what was remembered of their calls; renders nothing and changes nothing. The judge's side
of the record is `autograder.collecting_figures`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from numpy.typing import NDArray

from autograder.worker import layout, pixels, words
from autograder.worker.allowance import Allowance
from autograder.worker.artists import Drawn, Reader
from autograder.worker.legends import Legends
from autograder.worker.remembered import Remembered

Form = dict[str, Any]
Note = Callable[[str], None]
T = TypeVar("T")

_CONTENT = ("images", "lines", "bars", "histograms")


@dataclass(frozen=True)
class Snapshot:
    """A figure at one moment.

    Attributes:
        record: what to send.
        marks: of its images, lines, bars and histograms; tell whether a later snapshot holds all of an
            earlier one.
        words: all of its text; together with the marks they say whether two snapshots differ.
    """

    record: Form
    marks: tuple[Hashable, ...]
    words: str

    def within(self, later: Snapshot) -> bool:
        """Whether the later one shows all that this one shows, words aside."""
        return set(self.marks) <= set(later.marks)

    @property
    def content(self) -> tuple[tuple[Hashable, ...], str]:
        """Equal for equal figures."""
        return self.marks, self.words


def take(figure: Any, ended: str, remembered: Remembered, note: Note) -> Snapshot | None:
    """The figure as it is now.

    Args:
        figure: a matplotlib figure, in whatever state student code left it.
        ended: what finished it.
        remembered: what its calls were given.
        note: takes a remark for people.

    Returns:
        None when it has neither Axes nor images. Of one that cannot be read, an empty and incomplete one,
        with a remark.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # They would be the student's to see, of what nobody drew.
            return _Reading(figure, remembered, note).snapshot(ended)
    except Exception as error:  # A figure whose parts a student replaced must not end the cell.
        note(f"A figure could not be read ({type(error).__name__}).")
    return Snapshot(unread(ended), (), "unread")


def unread(ended: str) -> Form:
    """The record of a figure of which nothing is known but that it was there."""
    return {"axes": [], "suptitle": "", "size": [6.4, 4.8], "ended": ended, "incomplete": True}


def picture(array: NDArray[Any], call: str, cmap: str, ended: str) -> Form:
    """The record of an image that no figure is around."""
    drawn = {"pixels": array, "call": call, "cmap": cmap, "vmin": None, "vmax": None, "flipped": False}
    panel = {"position": [0.0, 0.0, 1.0, 1.0], "images": [drawn], **_nothing_around()}
    return {**unread(ended), "axes": [panel], "incomplete": False}


class _Reading:
    """One figure being read."""

    def __init__(self, figure: Any, remembered: Remembered, note: Note) -> None:
        self._figure = figure
        self._remembered = remembered
        self._note = note
        self._marks: list[Hashable] = []
        self._allowance = Allowance(note)
        self._legends = Legends()
        self._safely("a legend", lambda: self._legends.read(figure, remembered), None)
        self._reader = Reader(remembered, self._legends, self._allowance, note)

    def snapshot(self, ended: str) -> Snapshot | None:
        figure, allowance = self._figure, self._allowance
        panels = [
            self._axes(panel)
            for panel in layout.panels(figure)
            if allowance.take("one of the Axes", **{"Axes": 1})
        ]
        panels += self._figure_images()
        if not panels:
            return None
        for text, place in layout.captions(figure):
            layout.nearest(panels, place, _CONTENT)["texts"] += self._kept([text])
        record = {
            "axes": panels,
            "suptitle": words.cut(figure.get_suptitle()),
            "size": [float(side) for side in figure.get_size_inches()],
            "ended": ended,
            "incomplete": allowance.exceeded,
        }
        around = [{key: part for key, part in panel.items() if key not in _CONTENT} for panel in panels]
        labels = [one["label"] for panel in panels for key in _CONTENT[1:] for one in panel[key]]
        return Snapshot(record, tuple(self._marks), repr([record["suptitle"], around, labels]))

    def _axes(self, panel: Any) -> Form:
        decoration = layout.is_decoration(panel)
        drawn = panel.get_visible() and not decoration
        artists = [*panel.images, *panel.collections] if drawn else []
        titles = [panel.get_title(where) for where in ("left", "center", "right")]
        return {
            **_nothing_around(),
            "position": layout.position(panel, self._figure),
            "images": [form for artist in artists for form in self._image(artist, panel)],
            "title": words.cut(" ".join(filter(None, titles))),
            "xlabel": words.cut(layout.label(panel, self._figure, "x")),
            "ylabel": words.cut(layout.label(panel, self._figure, "y")),
            "texts": self._kept(text.get_text() for text in panel.texts),
            "decoration": decoration,
            **(self._content(panel) if drawn else {}),
        }

    def _content(self, panel: Any) -> Form:
        """All but images and the plainest words; an odd part costs itself only."""
        safely, reader, allowance = self._safely, self._reader, self._allowance
        nothing: list[Form] = []
        none: list[str] = []
        return {
            "lines": self._marked(safely("lines", lambda: reader.lines(panel), [])),
            "bars": self._marked(safely("bars", lambda: reader.bars(panel), [])),
            "histograms": self._marked(safely("histograms", lambda: reader.histograms(panel), [])),
            "words": safely("the places of its texts", lambda: words.placed(panel, allowance), nothing),
            "x": safely("the x axis", lambda: words.axis(panel, "x", allowance), words.no_axis()),
            "y": safely("the y axis", lambda: words.axis(panel, "y", allowance), words.no_axis()),
            "legend": self._kept(self._legends.words.get(id(panel), ())),
            "legend_title": words.cut(" ".join(self._legends.titles.get(id(panel), ()))),
            "others": safely("what else it shows", lambda: reader.others(panel), none),
            "title_color": safely("the colour of a title", lambda: words.title_color(panel), ""),
        }

    def _safely(self, what: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except Exception as error:
            self._note(f"Of a figure, {what} could not be read ({type(error).__name__}).")
            self._allowance.exceeded = True
            return otherwise

    def _kept(self, texts: Any) -> list[str]:
        kept = []
        for text in map(words.cut, texts):
            if not self._allowance.take("words", words=1, characters=len(text)):
                break
            kept.append(text)
        return kept

    def _marked(self, drawn: list[Drawn]) -> list[Form]:
        self._marks += [one.mark for one in drawn]
        return [one.form for one in drawn]

    def _figure_images(self) -> list[Form]:
        """Images put on the figure itself (`figimage`): each a panel of its own."""
        width, height = self._figure.bbox.width, self._figure.bbox.height
        panels = []
        for artist in self._figure.images:
            for form in self._image(artist, None):
                rows, columns = form["pixels"].shape[:2]
                position = [artist.ox / width, artist.oy / height, columns / width, rows / height]
                panels.append({"position": position, "images": [form], **_nothing_around()})
        return panels

    def _image(self, artist: Any, panel: Any) -> list[Form]:
        given = self._remembered.images.get(artist)
        if given is None or not artist.get_visible():
            return []
        if given.pixels is None:
            self._allowance.exceeded = True
            return []
        amounts = {"bytes of images": given.pixels.nbytes, "numbers in images": given.pixels.size}
        if not self._allowance.take("an image", artists=1, **amounts):
            return []
        self._marks.append(given.serial)
        current = words.cut(artist.get_cmap().name)
        # Contours set limits of their own.
        later = pixels.limits(artist) if given.upward is None else (None, None)
        return [
            {
                "pixels": given.pixels,
                "call": given.call,
                "cmap": "" if current == "viridis" and not given.cmap else current,
                "vmin": later[0] if given.vmin is None else given.vmin,
                "vmax": later[1] if given.vmax is None else given.vmax,
                "flipped": pixels.flipped(artist, panel, given.upward),
            }
        ]


def _nothing_around() -> Form:
    return {
        "title": "",
        "title_color": "",
        "xlabel": "",
        "ylabel": "",
        "texts": [],
        "decoration": False,
        "lines": [],
        "bars": [],
        "histograms": [],
        "words": [],
        "x": words.no_axis(),
        "y": words.no_axis(),
        "legend": [],
        "legend_title": "",
        "others": [],
    }
