"""Records of figures as a worker sends them, right in every field; tests change one thing at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

Form = dict[str, Any]


def image(pixels: Any = None) -> Form:
    pixels = np.zeros((2, 2)) if pixels is None else pixels
    return {"pixels": pixels, "call": "imshow", "cmap": "", "vmin": None, "vmax": 1, "flipped": False}


def line(**changes: Any) -> Form:
    form = {"x": np.arange(3.0), "y": np.array([1, np.nan, np.inf]), "label": "loss", "color": "#1f77b4"}
    return {**form, "points": False, **changes}


def bars(**changes: Any) -> Form:
    form = {"positions": np.arange(2.0), "lengths": np.array([0.5, -1]), "starts": np.zeros(2)}
    return {**form, "horizontal": True, "colors": ["#ff0000", ""], "label": "", **changes}


def histogram(**changes: Any) -> Form:
    form = {"values": np.zeros(0), "edges": np.arange(3.0), "counts": np.array([4.0, 0])}
    return {**form, "color": "", "label": "p", **changes}


def words(**changes: Any) -> Form:
    return {"x": 0, "y": -1.5, "text": "3", "color": "#ffffff", **changes}


def axis(**changes: Any) -> Form:
    return {"ticks": [[0, "none"], [1.5, "some"]], "scale": "log", "limits": [2, -1], **changes}


def axes(**changes: Any) -> Form:
    form = {
        "position": [0, 0, 1, 1],
        "images": [image()],
        "title": "t",
        "title_color": "#ff0000",
        "xlabel": "across",
        "ylabel": "up",
        "texts": ["3"],
        "decoration": False,
        "lines": [line()],
        "bars": [bars()],
        "histograms": [histogram()],
        "words": [words()],
        "x": axis(),
        "y": axis(scale="linear"),
        "legend": ["loss"],
        "legend_title": "curves",
        "others": ["Wedge"],
    }
    return {**form, **changes}


def figure(cell: int = 1, **changes: Any) -> Form:
    form = {"axes": [axes()], "suptitle": "", "size": [6, 4], "ended": "show", "incomplete": False}
    return {"kind": "figure", "cell": cell, **form, **changes}
