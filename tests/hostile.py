"""Figure records of the right form that nobody would draw, for properties that must hold of any record."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder import wire

Form = dict[str, Any]

NUMBERS = st.floats(-1e300, 1e300) | st.sampled_from([0, 1, -1, 1e-320, 10**300, -0.0, 0.5])
TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "loss",
        "val_loss",
        "cat",
        "dog (cat)",
        "1",
        "−0.5",
        "1e999",
        "nan",
        "9" * 400,
        "%" * 300,
        "a\nb",
        "0" * 2_000,
    ]
)
COLORS = st.sampled_from(["", "#ff0000", "#0000ff"])
_WORST = [0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324]
_EDGES = st.floats(-1e308, 1e308)
_PLACES = st.integers(0, 9).map(float)
COLUMNS = arrays.arrays(np.float64, st.integers(0, 8), elements=st.floats() | st.sampled_from(_WORST))
SHAPES = [
    *[
        (1, 1),
        (1, 9),
        (3, 3),
        (4, 4),
        (5, 2),
        (12, 12),
        (13, 27),
        (1, 1, 3),
        (4, 4, 3),
        (4, 4, 4),
        (9, 19, 3),
    ],
    *[(3, 3, 4), (2, 2, 3), (12, 12, 3), (48, 48)],
]


@st.composite
def pixels(draw: st.DrawFn) -> Any:
    """(H, W), (H, W, 3) or (H, W, 4) of any type: noise, one number everywhere, or the worst of numbers."""
    dtype, shape = np.dtype(draw(st.sampled_from(sorted(wire.DTYPES)))), draw(st.sampled_from(SHAPES))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    with np.errstate(all="ignore"):
        match draw(st.sampled_from(["noise", "large", "even", "worst", "steps"])):
            case "noise":
                array = random.random(shape) * 3 - 1
            case "large":
                array = random.normal(0, 1e30, shape)
            case "even":
                array = np.full(shape, draw(st.sampled_from(_WORST)))
            case "worst":
                array = random.choice(_WORST, shape)
            case _:
                array = random.integers(-2, 300, shape)
        return array.astype(dtype)


@st.composite
def images(draw: st.DrawFn) -> Form:
    limit = st.none() | NUMBERS
    return {
        "pixels": draw(pixels()),
        "call": draw(st.sampled_from(["imshow", "pcolormesh", "display"])),
        "cmap": draw(st.sampled_from(["", "gray", "gray_r", "nonsense"])),
        "vmin": draw(limit),
        "vmax": draw(limit),
        "flipped": draw(st.booleans()),
    }


@st.composite
def lines(draw: st.DrawFn) -> Form:
    y = draw(COLUMNS)
    x = draw(st.sampled_from([np.arange(len(y), dtype=np.float64), np.zeros(len(y)), y.copy()]))
    return {"x": x, "y": y, "label": draw(TEXTS), "color": draw(COLORS), "points": draw(st.booleans())}


@st.composite
def bars(draw: st.DrawFn) -> Form:
    lengths = draw(COLUMNS)
    count = len(lengths)
    positions = draw(
        st.sampled_from([np.arange(count, dtype=np.float64), np.full(count, np.nan), lengths.copy()])
    )
    return {
        "positions": positions,
        "lengths": lengths,
        "starts": draw(st.sampled_from([np.zeros(count), np.full(count, np.inf)])),
        "horizontal": draw(st.booleans()),
        "colors": draw(st.lists(COLORS, min_size=count, max_size=count)),
        "label": draw(TEXTS),
    }


@st.composite
def histograms(draw: st.DrawFn) -> Form:
    edges = np.sort(
        draw(arrays.arrays(np.float64, st.integers(2, 6), elements=st.floats(-1e308, 1e308) | _PLACES))
    )
    count = len(edges) - 1
    counts = draw(arrays.arrays(np.float64, count, elements=st.floats() | _PLACES))
    form = {"values": draw(COLUMNS), "edges": edges, "counts": counts}
    return {**form, "color": draw(COLORS), "label": draw(TEXTS)}


@st.composite
def axis(draw: st.DrawFn) -> Form:
    return {
        "ticks": draw(st.lists(st.tuples(NUMBERS | _PLACES, TEXTS).map(list), max_size=4)),
        "scale": draw(st.sampled_from(["linear", "log", "nonsense"])),
        "limits": [draw(NUMBERS), draw(NUMBERS)],
    }


@st.composite
def axes(draw: st.DrawFn) -> Form:
    words = st.fixed_dictionaries(
        {"x": NUMBERS | _PLACES, "y": NUMBERS | _PLACES, "text": TEXTS, "color": COLORS}
    )
    some = draw(st.sampled_from(["images", "lines", "bars", "histograms", "everything", "nothing"]))

    def members(name: str, one: st.SearchStrategy[Form]) -> list[Form]:
        return draw(st.lists(one, max_size=3)) if some in (name, "everything") else []

    return {
        "position": draw(st.just([0.0, 0.0, 1.0, 1.0]) | st.lists(NUMBERS, min_size=4, max_size=4)),
        "images": members("images", images()),
        "title": draw(TEXTS),
        "title_color": draw(COLORS),
        "xlabel": draw(TEXTS),
        "ylabel": draw(TEXTS),
        "texts": draw(st.lists(TEXTS, max_size=2)),
        "decoration": draw(st.sampled_from([False, False, False, True])),
        "lines": members("lines", lines()),
        "bars": members("bars", bars()),
        "histograms": members("histograms", histograms()),
        "words": draw(st.lists(words, max_size=3)),
        "x": draw(axis()),
        "y": draw(axis()),
        "legend": draw(st.lists(TEXTS, max_size=2)),
        "legend_title": draw(TEXTS),
        "others": draw(st.lists(st.text(max_size=12), max_size=2)),
    }


@st.composite
def figures(draw: st.DrawFn) -> Form:
    """A figure's record as a worker sends it, right in form."""
    return {
        "kind": "figure",
        "cell": draw(st.integers(0, 50)),
        "axes": draw(st.lists(axes(), max_size=3)),
        "suptitle": draw(TEXTS),
        "size": [draw(NUMBERS), draw(NUMBERS)],
        "ended": draw(st.sampled_from(["show", "savefig", "close", "display", "cell"])),
        "incomplete": draw(st.booleans()),
    }
