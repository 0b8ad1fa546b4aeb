"""A figure's record becomes a typed figure field by field; a field of another form costs the figure."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import collecting, wire
from autograder.evidence import Axis, Evidence, Plan, Words
from tests.records import axes, axis, bars, figure, histogram, line, words

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [np.zeros((2, 2)), np.zeros(3), np.arange(3), np.full(3, np.nan), "#12345g", "#ABCDEF"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=6,
)


def collect(*records: dict[str, Any]) -> Evidence:
    return collecting.collect(iter(records), Plan("a", ()))


def places(form: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every field of a record."""
    members = form.items() if isinstance(form, dict) else enumerate(form) if isinstance(form, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from places(member, (*path, key))


def changed(path: tuple[Any, ...], change: Callable[[Any, Any], object]) -> dict[str, Any]:
    form = copy.deepcopy(figure())
    parent: Any = form
    for key in path[:-1]:
        parent = parent[key]
    change(parent, path[-1])
    return form


PLACES = [path for path in places(figure()) if path != ("kind",)]


def test_every_field_arrives() -> None:
    (held,) = collect(figure()).loose_figures
    (panel,) = held.axes
    assert (panel.title, panel.title_color, panel.legend, panel.texts) == ("t", "#ff0000", ("loss",), ("3",))
    assert panel.lines[0].x.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(panel.lines[0].y, [1, np.nan, np.inf])
    assert (panel.lines[0].label, panel.lines[0].color, panel.lines[0].points) == ("loss", "#1f77b4", False)
    assert panel.bars[0].lengths.tolist() == [0.5, -1]
    assert (panel.bars[0].starts.tolist(), panel.bars[0].positions.tolist()) == ([0, 0], [0, 1])
    assert (panel.bars[0].horizontal, panel.bars[0].colors) == (True, ("#ff0000", ""))
    assert (panel.histograms[0].edges.tolist(), panel.histograms[0].counts.tolist()) == ([0, 1, 2], [4, 0])
    assert (panel.histograms[0].values.size, panel.histograms[0].label) == (0, "p")
    assert panel.words == (Words(0, -1.5, "3", "#ffffff"),)
    assert panel.x == Axis("across", ((0.0, "none"), (1.5, "some")), "log", (2.0, -1.0))
    assert (panel.y.label, panel.y.scale) == ("up", "linear")


@pytest.mark.parametrize("path", [path for path in PLACES if not isinstance(path[-1], int)], ids=str)
def test_no_field_may_be_missing(path: tuple[Any, ...]) -> None:
    evidence = collect(changed(path, lambda parent, key: parent.pop(key)))
    assert evidence.loose_figures == []
    assert "ignored" in evidence.notes[0]


@pytest.mark.parametrize(
    "flaw",
    [
        {"lines": [line(y=np.zeros(2))]},
        {"lines": [line(x=np.arange(3))]},
        {"lines": [line(x=np.zeros((3, 1)))]},
        {"lines": [line(x=np.zeros(3, np.float32))]},
        {"lines": [line(color="red")]},
        {"lines": [line(color="#1F77B4\n")]},
        {"lines": [line(points=0)]},
        {"lines": line()},
        {"lines": [line()] * 10_001},
        {"bars": [bars(lengths=np.zeros(3))]},
        {"bars": [bars(starts=np.zeros(1))]},
        {"bars": [bars(colors=["#ff0000"])]},
        {"bars": [bars(horizontal="yes")]},
        {"histograms": [histogram(edges=np.array([0.0, 2, 1]))]},
        {"histograms": [histogram(edges=np.array([0.0, np.nan, 1]))]},
        {"histograms": [histogram(edges=np.array([0.0, 1, np.inf]))]},
        {"histograms": [histogram(edges=np.zeros(1), counts=np.zeros(0))]},
        {"histograms": [histogram(counts=np.zeros(3))]},
        {"histograms": [histogram(values=[1.0])]},
        {"words": [words(x=float("nan"))]},
        {"words": [words(text=3)]},
        {"x": axis(limits=[0])},
        {"x": axis(limits=[0, float("inf")])},
        {"y": axis(ticks=[[0, "a", "b"]])},
        {"y": axis(ticks=[["a", 0]])},
        {"y": axis(ticks=[[0, "a"]] * 1_001)},
        {"legend": "loss"},
        {"title_color": None},
    ],
)
def test_a_field_of_another_form_costs_the_figure(flaw: dict[str, Any]) -> None:
    evidence = collect(figure(axes=[axes(**flaw)]), figure())
    assert len(evidence.loose_figures) == len(evidence.notes) == 1


@given(st.sampled_from(PLACES), values)
def test_any_field_may_hold_anything(path: tuple[Any, ...], value: Any) -> None:
    evidence = collect(changed(path, lambda parent, key: parent.__setitem__(key, value)))
    assert len(evidence.loose_figures) + len(evidence.notes) == 1


def test_arrays_stay_arrays_on_the_wire() -> None:
    evidence = collecting.collect(wire.records(io.BytesIO(wire.pack(figure()))), Plan("a", ()))
    panel = evidence.loose_figures[0].axes[0]
    assert not panel.lines[0].y.flags.writeable
    np.testing.assert_array_equal(panel.lines[0].y, [1, np.nan, np.inf])
