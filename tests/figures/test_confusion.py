"""The right confusion matrix passes in any style; every mistake is named for what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.evidence import Axes, Axis, Figure, Image, Words
from autograder.figures import confusion
from autograder.figures.confusion import Asked
from autograder.figures.outcome import Outcome
from tests.figures import numbers
from tests.figures.drawing import recorded

COUNTS = numbers.counts(numbers.probabilities(), numbers.labels())
OTHER = numbers.counts(numbers.probabilities(9), numbers.labels())
FORMS = {
    "counts": COUNTS,
    "rows": COUNTS / COUNTS.sum(axis=1, keepdims=True),
    "columns": COUNTS / COUNTS.sum(axis=0, keepdims=True),
    "all": COUNTS / COUNTS.sum(),
}


def judged(figures: Sequence[Figure], **changes: Any) -> Outcome:
    given = {"counts": COUNTS, "names": numbers.DIGITS, "networks": {"other": OTHER}.items}
    return confusion.judge(figures, Asked(**{**given, **changes}))[0]


def drawn(draw: Callable[[], object], **changes: Any) -> Outcome:
    return judged(recorded(draw), **changes)


AXES = [
    ("predicted label", "true label"),
    ("Vorhersage", "Wahrheit"),
    ("output", "actual"),
    ("prediction", ""),
    ("", ""),
]


@st.composite
def styles(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "form": draw(st.sampled_from(list(FORMS))),
        "call": draw(st.sampled_from(["imshow", "matshow", "pcolormesh", "lower", "heatmap"])),
        "percent": draw(st.booleans()),
        "decimals": draw(st.sampled_from([None, 2, 3])),
        "turned": draw(st.booleans()),
        "labels": draw(st.sampled_from(AXES)),
        "names": draw(st.sampled_from([numbers.DIGITS, numbers.NAMES])),
        "ticks": draw(st.sampled_from(["default", "names", "permuted"])),
        "order": draw(st.permutations(range(10))),
        "written": draw(st.sampled_from(["counts", "shares", "percent", "both"])),
        "colorbar": draw(st.booleans()),
        "dtype": draw(st.sampled_from([np.float32, np.float64])),
    }


def text_of(style: Mapping[str, Any], row: int, column: int) -> str:
    count, share = COUNTS[row, column], FORMS["rows"][row, column]
    return {
        "counts": f"{count}",
        "shares": f"{share:.2f}",
        "percent": f"{100 * share:.0f}%",
        "both": f"{count}\n({100 * share:.1f} %)",
    }[style["written"]]


def draw_in(style: Mapping[str, Any]) -> None:
    labels = style["labels"]
    turned = style["turned"] and any(labels)
    order = list(style["order"]) if style["ticks"] == "permuted" else list(range(10))
    matrix = np.asarray(FORMS[style["form"]], style["dtype"])
    if style["form"] != "counts":
        matrix = matrix if style["decimals"] is None else np.round(matrix, style["decimals"])
        matrix = matrix * 100 if style["percent"] else matrix
    shown = matrix[np.ix_(order, order)]
    shown = shown.T if turned else shown
    panel = plt.figure().add_subplot()
    call = style["call"]
    options = {"origin": "lower"} if call == "lower" else {}
    method = {"lower": "imshow", "heatmap": "pcolormesh"}.get(call, call)
    image = getattr(panel, method)(shown, cmap="Blues", **options)
    if call == "heatmap":
        panel.invert_yaxis()
    offset = 0.5 if method == "pcolormesh" else 0.0
    if style["ticks"] != "default":
        names = [style["names"][member] for member in order]
        panel.set_xticks(np.arange(10) + offset, names, rotation=90)
        panel.set_yticks(np.arange(10) + offset, names)
    panel.set_xlabel(labels[turned])
    panel.set_ylabel(labels[not turned])
    for row in range(10):
        for column in range(10):
            words = text_of(style, order[column if turned else row], order[row if turned else column])
            panel.text(column + offset, row + offset, words, ha="center")
    if style["colorbar"]:
        panel.figure.colorbar(image)


@settings(max_examples=15, deadline=None)
@given(styles())
def test_the_right_matrix_passes_in_any_style(style: Mapping[str, Any]) -> None:
    figures = recorded(lambda: draw_in(style))
    names = style["names"] if style["ticks"] != "default" else numbers.NAMES
    found = judged(figures, names=names, annotated=True)
    assert found.right, (style, found)
    wanted: Any = {"counts": "no", "rows": "rows"}.get(style["form"], "any")
    assert judged(figures, names=names, normalised=wanted).right


@settings(max_examples=25, deadline=None)
@given(styles(), st.integers(10, 10**6))
def test_another_network_is_refused_in_any_style(style: Mapping[str, Any], seed: int) -> None:
    figures = recorded(lambda: draw_in(style))
    names = style["names"] if style["ticks"] != "default" else numbers.NAMES
    counts = numbers.counts(numbers.probabilities(seed), numbers.labels())
    assert np.abs(counts - COUNTS).sum() > 20
    found = judged(figures, names=names, counts=counts, networks={"strange": COUNTS}.items)
    assert (found.share, found.mistake) == (0, "other_checkpoint")


def shown(matrix: Any, xlabel: str = "", ylabel: str = "") -> Callable[[], None]:
    def draw() -> None:
        plt.imshow(matrix)
        plt.xlabel(xlabel)
        plt.ylabel(ylabel)

    return draw


ORDER = [3, 1, 2, 0, 4, 5, 6, 7, 9, 8]
MISALIGNED = numbers.counts(np.roll(numbers.probabilities(), 7, axis=0), numbers.labels())
UNTRAINED = numbers.counts(np.random.default_rng(1).random((400, 10)) + 9 * np.eye(10)[3], numbers.labels())
WITHOUT_DIAGONAL = COUNTS - np.diag(np.diag(COUNTS))


@pytest.mark.parametrize(
    ("mistake", "normalised", "draw"),
    [
        ("transposed", "any", shown(COUNTS.T)),
        ("transposed", "rows", shown(FORMS["rows"].T)),
        ("transposed", "any", shown(COUNTS, "true", "predicted")),
        ("transposed", "any", shown(COUNTS.T, "predicted label", "true label")),
        ("normalised_columns", "rows", shown(FORMS["columns"])),
        ("normalised_columns", "any", shown(COUNTS / COUNTS.sum(axis=1))),
        ("counts", "rows", shown(COUNTS)),
        ("normalised", "no", shown(FORMS["rows"])),
        ("normalised_all", "rows", shown(FORMS["all"])),
        ("other_checkpoint", "any", shown(OTHER)),
        ("other_checkpoint", "rows", shown(OTHER / OTHER.sum(axis=1, keepdims=True))),
        ("class_order", "any", shown(COUNTS[np.ix_(ORDER, ORDER)])),
        ("flipped", "any", shown(COUNTS[::-1])),
        ("no_diagonal", "any", shown(WITHOUT_DIAGONAL)),
        ("other_images", "any", shown(COUNTS // 2)),
        ("untrained", "rows", shown(np.full((10, 10), 0.1))),
        ("other_values", "rows", shown(np.full((10, 10), 0.05) + np.eye(10) / 2)),
        ("class_order", "any", shown(COUNTS[:, ORDER])),
        ("class_order", "rows", shown(FORMS["rows"][ORDER])),
        ("perfect", "any", shown(np.diag(COUNTS.sum(axis=1)))),
        ("perfect", "rows", shown(np.eye(10))),
        ("rescaled", "rows", shown(FORMS["rows"] / FORMS["rows"].max())),
        ("rescaled", "any", shown(np.log1p(COUNTS))),
        ("misaligned", "rows", shown(MISALIGNED / MISALIGNED.sum(axis=1, keepdims=True))),
        ("untrained", "any", shown(UNTRAINED)),
        ("not_finite", "any", shown(np.full((10, 10), np.nan))),
        ("wrong_shape", "any", shown(COUNTS[:9, :9])),
    ],
)
def test_mistakes_are_named(mistake: str, normalised: Any, draw: Callable[[], None]) -> None:
    found = drawn(draw, normalised=normalised)
    assert (found.mistake, found.right, found.share) == (mistake, False, 0)
    assert found.message.endswith(".")


def test_ticks_that_stand_at_other_classes() -> None:
    def draw() -> None:
        plt.imshow(COUNTS)
        plt.xticks(range(10), ORDER)
        plt.yticks(range(10), ORDER)

    assert drawn(draw).mistake == "class_order"


@settings(max_examples=40, deadline=None)
@given(
    st.integers(10, 10**6),
    st.sampled_from(["transposed", "normalised_columns", "counts", "class_order", "other_checkpoint"]),
)
def test_mistakes_are_named_for_any_network(seed: int, mistake: str) -> None:
    counts = numbers.counts(numbers.probabilities(seed), numbers.labels())
    rows = counts / counts.sum(axis=1, keepdims=True)
    order = np.roll(np.arange(10), 3)
    cells = {
        "transposed": rows.T,
        "normalised_columns": counts / counts.sum(axis=0, keepdims=True),
        "counts": counts,
        "class_order": rows[np.ix_(order, order)],
        "other_checkpoint": OTHER / OTHER.sum(axis=1, keepdims=True),
    }[mistake]
    axis = Axis(limits=(-0.5, 9.5))
    figure = Figure(0, (Axes((0, 0, 1, 1), images=(Image(cells, "imshow"),), x=axis, y=axis),))
    assert judged([figure], counts=counts, normalised="rows").mistake == mistake
    right = Figure(0, (Axes((0, 0, 1, 1), images=(Image(rows, "imshow"),), x=axis, y=axis),))
    assert judged([right], counts=counts, normalised="rows").right


def test_a_class_that_never_occurs_has_no_shares() -> None:
    counts = COUNTS.copy()
    counts[4] = 0
    with np.errstate(invalid="ignore"):
        assert drawn(
            shown(counts / counts.sum(axis=1, keepdims=True)), counts=counts, normalised="rows"
        ).right


def test_one_image_may_be_counted_elsewhere() -> None:
    moved = COUNTS.copy()
    moved[2, 2] -= 1
    moved[2, 3] += 1
    assert drawn(shown(moved)).right
    moved[4, 4] -= 2
    moved[4, 3] += 2
    assert not drawn(shown(moved)).right


class TestAnnotations:
    def written(self, texts: Any, matrix: Any = COUNTS) -> Outcome:
        def draw() -> None:
            plt.imshow(matrix)
            for (row, column), text in np.ndenumerate(np.asarray(texts)):
                plt.text(column, row, str(text))

        return drawn(draw, annotated=True)

    def test_none(self) -> None:
        found = drawn(shown(COUNTS), annotated=True)
        assert (found.share, found.mistake) == (0.5, "no_annotations")

    def test_of_another_network(self) -> None:
        assert self.written(OTHER).mistake == "wrong_annotations"

    def test_transposed(self) -> None:
        found = self.written(COUNTS.T)
        assert (found.share, found.mistake) == (0.5, "transposed_annotations")

    def test_in_some_cells_only(self) -> None:
        texts = np.where(np.eye(10, dtype=bool), COUNTS.astype(str), "")
        assert self.written(texts).mistake == "missing_annotations"

    def test_empty_cells_may_stay_empty(self) -> None:
        assert self.written(np.where(COUNTS > 0, COUNTS.astype(str), "")).right

    def test_shares_rounded_to_whole_numbers_say_nothing(self) -> None:
        assert not self.written(np.rint(FORMS["rows"]).astype(int), FORMS["rows"]).right

    def test_counts_of_other_images_tell_what_shares_do_not(self) -> None:
        rows = OTHER / OTHER.sum(axis=1, keepdims=True)
        found = self.written(3 * OTHER, rows)
        assert (found.share, found.mistake) == (0, "other_checkpoint")

        def draw() -> None:
            plt.imshow(rows)
            for (row, column), count in np.ndenumerate(3 * OTHER):
                plt.text(column, row, str(count))

        found = drawn(draw, annotated=True, normalised="rows", networks=list)
        assert found.mistake == "other_images"
        assert "1,200 images; the data have 400" in found.message

    def test_colours_may_follow_written_counts_on_another_scale(self) -> None:
        assert self.written(COUNTS, np.log1p(COUNTS)).right
        assert self.written(COUNTS, np.sqrt(COUNTS)).right
        assert self.written(OTHER, np.log1p(COUNTS)).mistake == "rescaled"
        assert not self.written(COUNTS, np.log1p(OTHER)).right

    def test_two_significant_digits_leave_a_one_without_decimals(self) -> None:
        counts = np.diag([996] * 10) + np.roll(np.diag([4] * 10), 1, axis=1)
        shares = counts / 1000

        def draw() -> None:
            plt.imshow(shares)
            for (row, column), share in np.ndenumerate(shares):
                plt.text(column, row, f"{share:.2g}")

        assert drawn(draw, counts=counts, annotated=True).right

    def test_as_some_libraries_write_them(self) -> None:
        texts = [[f"{count:.2g}" for count in row] for row in 10 * COUNTS]
        axis = Axis(limits=(-0.5, 9.5))
        words = tuple(Words(c, r, texts[r][c]) for r in range(10) for c in range(10))
        axes = Axes((0, 0, 1, 1), images=(Image(10 * COUNTS, "imshow"),), words=words, x=axis, y=axis)
        assert judged([Figure(0, (axes,))], counts=10 * COUNTS, annotated=True).right


def test_other_images_beside_it_do_not_disturb() -> None:
    def draw() -> None:
        left, right = plt.subplots(1, 2)[1]
        left.imshow(np.eye(28))
        right.imshow(COUNTS)

    assert drawn(draw).right


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=100),
    st.floats(-1e300, 1e300),
    st.floats(-1e300, 1e300),
    st.text(max_size=8),
)
def test_whatever_is_drawn_is_judged(values: list[float], low: float, high: float, text: str) -> None:
    cells = np.resize(np.array(values, float), (10, 10))
    axis = Axis(limits=(low, high), ticks=((low, text), (high, "3")))
    words = (Words(low, high, text), Words(0.0, 0.0, "1e999 1.2.3"))
    axes = Axes((0, 0, 1, 1), images=(Image(cells, "imshow"),), words=words, x=axis, y=axis)
    assert not judged([Figure(0, (axes,))], annotated=True).right
