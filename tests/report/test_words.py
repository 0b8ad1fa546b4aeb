"""How reports say numbers and clean text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.report import words


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mValueError\x1b[0m: bad", "ValueError: bad"),
        ("\x9b1;31mred", "red"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07", "link"),
        ("a\r\nb\tc\x00d\x08", "a\nb\tcd"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("\u2066isolated\u2069", "isolated"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("naïve 😀 שלום 日本", "naïve 😀 שלום 日本"),
        ("50 % [done]", "50 % [done]"),
    ],
)
def test_text_is_cleaned_of_what_is_obeyed_and_keeps_what_is_read(raw, shown):
    assert words.clean(raw) == shown


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text):
    once = words.clean(text)
    assert words.clean(once) == once


def test_backticks_become_code_and_nothing_else_becomes_markup():
    assert words.prose("`a<b` & `c") == "<code>a&lt;b</code> &amp; `c"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(17.5, "17.5"), (2.0, "2"), (1 / 3, "0.33"), (0.0, "0"), (-0.001, "0"), (100.0, "100")],
)
def test_points_have_at_most_two_decimals(value, shown):
    assert words.number(value) == shown


def test_one_point_is_singular():
    assert [words.points(value) for value in (0, 1, 1.5)] == ["0 points", "1 point", "1.5 points"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.999, "> 99 %"), (1, "100 %")],
)
def test_percent_is_never_rounded_to_none_or_all(share, shown):
    assert words.percent(share) == shown


def test_an_unknown_diagnosis_is_spelled_out():
    assert words.diagnosis("other_image") == "another image"
    assert words.diagnosis("forgot_the_bias") == "forgot the bias"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("wrapped by\nan editor", "wrapped by an editor"),
        ("one paragraph\n\nanother", "one paragraph\n\nanother"),
        ("first:\n- one\n- two", "first:\n- one\n- two"),
        ("points:\n1. one\n2. two", "points:\n1. one\n2. two"),
        ("code:\n    x = 1", "code:\n    x = 1"),
        ("", ""),
    ],
)
def test_wrapped_lines_are_joined_and_paragraphs_and_lists_are_not(raw, shown):
    assert words.unwrapped(raw) == shown
