"""Lines and points arrive at the judge as they were drawn, whatever drew them."""

from __future__ import annotations

import datetime
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.worker.record.curves import LOSS
from tests.worker.watching import Watch


@pytest.mark.parametrize("call", ["plot", "step", "semilogx", "semilogy", "loglog", "errorbar"])
def test_every_call_that_draws_lines(watch: Watch, call: str) -> None:
    getattr(plt, call)([1, 2, 3], LOSS, label="loss", color="red")
    (line,) = watch.axes().lines
    assert (line.x.tolist(), line.y.tolist()) == ([1, 2, 3], LOSS)
    assert (line.label, line.color, line.points) == ("loss", "#ff0000", False)


def test_scales(watch: Watch) -> None:
    plt.semilogy([1, 10, 100])
    panel = watch.axes()
    assert (panel.x.scale, panel.y.scale) == ("linear", "log")
    assert [place for place, _ in panel.y.ticks] == [1, 10, 100]


def test_caps_of_error_bars_are_no_lines(watch: Watch) -> None:
    plt.errorbar([1, 2], [3, 4], yerr=1, capsize=3)
    assert len(watch.axes().lines) == 1


def test_a_stem_plot_is_its_heads(watch: Watch) -> None:
    plt.stem([1, 2], [3, 4], label="probability")
    (line,) = watch.axes().lines
    assert (line.y.tolist(), line.label) == ([3, 4], "probability")


def test_points(watch: Watch) -> None:
    plt.scatter([1, 2], [3, 4], color="green", label="even")
    plt.scatter([1, 2], [5, 6], c=["red", "blue"])
    plt.colorbar(plt.scatter([1, 2], [7, 8], c=[0.1, 0.9]))
    one, two, mapped = watch.axes().lines
    assert (one.x.tolist(), one.y.tolist(), one.label) == ([1, 2], [3, 4], "even")
    assert [line.color for line in (one, two, mapped)] == ["#008000", "", ""]
    assert all(line.points for line in (one, two, mapped))


def test_a_reference_line_ends_where_it_does(watch: Watch) -> None:
    plt.plot([0.0, 4.0], [0.0, 2.0])
    plt.xlim(0, 4)
    plt.ylim(0, 2)
    plt.axhline(1.25)
    plt.axvline(3, ymax=0.5)
    _, across, up = watch.axes().lines
    assert (across.x.tolist(), across.y.tolist()) == (pytest.approx([0, 4]), [1.25, 1.25])
    assert (up.x.tolist(), up.y.tolist()) == ([3, 3], pytest.approx([0, 1]))


def test_gaps_dates_and_words_as_numbers(watch: Watch) -> None:
    _, (first, second, third) = plt.subplots(1, 3)
    first.plot(np.ma.masked_greater([1.0, 2.0, 3.0], 2))
    first.plot([1, np.nan, np.inf])
    second.plot([datetime.date(1970, 1, 2), datetime.date(1970, 1, 3)], [1, 2])
    third.plot(["cat", "dog", "cat"], [1, 2, 3])
    one, two, three = watch.arrived()[0].axes
    np.testing.assert_array_equal(one.lines[0].y, [1, 2, np.nan])
    np.testing.assert_array_equal(one.lines[1].y, [1, np.nan, np.inf])
    assert two.lines[0].x.tolist() == [1, 2]
    assert three.lines[0].x.tolist() == [0, 1, 0]
    assert three.x.ticks == ((0.0, "cat"), (1.0, "dog"))


def test_what_shows_nothing_is_left_out(watch: Watch) -> None:
    plt.plot([], [])
    plt.plot([1, 2])[0].remove()
    plt.plot([1, 2])[0].set_visible(False)
    plt.fill_between([0, 1], [2, 3])
    plt.contour(np.eye(3))
    panel = watch.axes()
    assert (panel.lines, panel.images) == ((), ())


def test_as_it_is_in_the_end(watch: Watch) -> None:
    (line,) = plt.plot([1, 2])
    line.set_data([5, 6, 7], [1, 2, 3])
    assert watch.axes().lines[0].x.tolist() == [5, 6, 7]


numbers = st.floats(width=64) | st.integers(-5, 5).map(float)
columns = arrays.arrays(np.float64, st.integers(1, 6), elements=numbers)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(columns, st.text(max_size=5)), min_size=1, max_size=3),
    st.text(max_size=8),
)
def test_any_lines_arrive_as_they_were_given(watch: Watch, given: list[tuple[Any, str]], title: str) -> None:
    watch.figures.clear()
    watch.notes.clear()
    _, panel = plt.subplots()
    for column, label in given:
        panel.plot(column, label=label)
    panel.set_title(title)
    seen = watch.axes().lines
    assert len(seen) == len(given)
    for line, (column, _) in zip(seen, given, strict=True):
        np.testing.assert_array_equal(line.y, column)
