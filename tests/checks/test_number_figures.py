"""Checks of curves, bars, histograms, confusion matrices and errors: from config to verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from autograder import checks, evidence
from autograder.checks import AnyCheck
from autograder.evidence import Axes, Axis, Bars, CellError, Figure, Histogram, Image, Line, Trained
from autograder.result import Verdict
from tests import fakes

SCORES = fakes.layer_output(5, fakes.IMAGES)
LABELS = fakes.LABELS
TURNED = SCORES[:, ::-1]
ORACLE = fakes.FakeOracle(
    own=lambda images: [fakes.layer_output(5, images)],
    other=lambda images: [fakes.layer_output(5, images)[:, ::-1]],
)
HISTORY = {"loss": [1.5, 0.9, 0.5, 0.2], "val_loss": [1.6, 1.1, 0.9, 0.8]}
FRAME = (0.0, 0.0, 1.0, 1.0)


def judged(
    config: dict[str, Any],
    figures: Sequence[Axes] = (),
    loose: Sequence[Axes] = (),
    seen: dict[str, Any] | None = None,
    **values: evidence.Value,
) -> Verdict:
    question = fakes.answered(**{"model": fakes.model("own"), **values})
    question.figures = [Figure(0, (axes,)) for axes in figures]
    for name, value in (seen or {}).items():
        setattr(question, name, value)
    check: Any = TypeAdapter(AnyCheck).validate_python(config)
    found = checks.judge(check, question, ORACLE, [Figure(1, (axes,)) for axes in loose])
    json.dumps(found.details, allow_nan=False)
    assert all(picture.png.startswith(b"\x89PNG") and picture.alt for picture in found.pictures)
    return found


def history(series: dict[str, list[float]]) -> evidence.Mapping:
    items = tuple((key, fakes.listed(*map(fakes.scalar, numbers))) for key, numbers in series.items())
    return evidence.Mapping(items, "keras.src.callbacks.history.History")


def lines(series: dict[str, list[float]]) -> Axes:
    drawn = [Line(np.arange(len(y), dtype=float), np.array(y), label) for label, y in series.items()]
    return Axes(FRAME, lines=tuple(drawn))


def bars(values: Any, colors: Sequence[str] = ("#0000ff", "#0000ff", "#0000ff")) -> Axes:
    return Axes(
        FRAME, bars=(Bars(np.arange(3.0), np.asarray(values, float), np.zeros(3), False, tuple(colors)),)
    )


def groups(*values: Any) -> Axes:
    drawn = [
        Histogram(np.asarray(one, float), np.linspace(0, 1, 11), np.histogram(one, 10, (0, 1))[0], color)
        for one, color in zip(values, ("#ff0000", "#0000ff"), strict=False)
    ]
    return Axes(FRAME, histograms=tuple(drawn), y=Axis(scale="log"))


def matrix(cells: Any, **words: str) -> Axes:
    axis = Axis(limits=(-0.5, 2.5))
    return Axes(FRAME, images=(Image(np.asarray(cells), "imshow"),), x=axis, y=axis, **words)


COUNTS = np.array([[((a == LABELS) & (SCORES.argmax(1) == b)).sum() for b in range(3)] for a in range(3)])
RIGHTLY = np.flatnonzero(SCORES.argmax(axis=1) == LABELS)
WRONG = np.flatnonzero(SCORES.argmax(axis=1) != LABELS)

CURVES = {"curves": "history", "series": ["loss", "val_loss"]}
BARS = {"bars": "model", "image": 3}
HISTOGRAM = {"histogram": "model", "class": 1, "bins": 10, "log": True}
CONFUSION = {"confusion": "model"}
ERRORS = {"misclassified": "model", "at_least": 1}

RIGHT = {
    "curves": (CURVES, lines(HISTORY)),
    "bars": (BARS, bars(SCORES[3])),
    "histogram": (HISTOGRAM, groups(SCORES[LABELS == 1, 1], SCORES[LABELS != 1, 1])),
    "confusion": (CONFUSION, matrix(COUNTS)),
    "misclassified": (ERRORS, Axes(FRAME, images=(Image(fakes.IMAGES[WRONG[0]], "imshow"),))),
}
WRONG_ONES = {
    "curves": (lines({"loss": HISTORY["val_loss"], "val_loss": HISTORY["loss"]}), "swapped_split"),
    "bars": (bars(SCORES[5]), "other_image"),
    "histogram": (groups(SCORES[:, 1]), "not_split"),
    "confusion": (matrix(COUNTS, xlabel="truth", ylabel="prediction"), "transposed"),
    "misclassified": (
        Axes(FRAME, images=(Image(fakes.IMAGES[RIGHTLY[0]], "imshow"),)),
        "correct_shown",
    ),
}
KINDS = list(RIGHT)


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_figure_passes(kind: str) -> None:
    config, axes = RIGHT[kind]
    found = judged(config, [axes], history=history(HISTORY))
    assert (found.status, found.fraction, found.diagnosis) == ("passed", 1.0, ""), found.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_figure_is_diagnosed(kind: str) -> None:
    axes, mistake = WRONG_ONES[kind]
    found = judged(RIGHT[kind][0], [axes], history=history(HISTORY))
    assert (found.status, found.fraction, found.diagnosis) == ("failed", 0.0, mistake)


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_from_another_cell_is_used_when_it_is_right(kind: str) -> None:
    config, axes = RIGHT[kind]
    wrong, mistake = WRONG_ONES[kind]
    values = {"history": history(HISTORY)}
    found = judged(config, loose=[axes], **values)
    assert found.status == "passed"
    assert "outside the question" in found.message
    assert judged(config, loose=[wrong], **values).diagnosis == "no_figure"
    assert judged(config, [wrong], [axes], **values).diagnosis == mistake
    assert judged(config, [wrong], [axes], {"matched_by": "text"}, **values).status == "passed"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_drawn(kind: str) -> None:
    config = RIGHT[kind][0]
    assert judged(config).diagnosis == "no_figure"
    assert judged(config, [Axes(FRAME)]).message.startswith("The figures of this question's cells hold no")
    assert judged(config, seen={"untouched": True}).status == "unanswered"
    assert judged(config, seen={"blanks": True}).status == "unanswered"
    error = CellError(4, "exception", "ValueError", "no such key", 2)
    assert "ValueError: no such key" in judged(config, seen={"errors": [error]}).message


@pytest.mark.parametrize("kind", KINDS[1:])
def test_without_a_network_there_is_nothing_to_compare_with(kind: str) -> None:
    config, axes = RIGHT[kind]
    found = judged(config, [axes], model=evidence.Missing())
    assert (found.status, found.diagnosis) == ("needs_person", "no_network")


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_network_that_cannot_be_run_is_left_to_a_person(kind: str) -> None:
    config, axes = RIGHT[kind]
    assert judged(config, [axes], model=fakes.model("custom")).status == "needs_person"


@pytest.mark.parametrize("kind", KINDS[1:])
def test_the_handed_in_network_stands_in_for_the_variable(kind: str) -> None:
    config, axes = RIGHT[kind]
    seen = {"trained": {"model": Trained(fakes.model("own"))}}
    assert judged(config, [axes], seen=seen, model=evidence.Missing()).status == "passed"


@pytest.mark.parametrize(
    ("kind", "axes"),
    [
        ("bars", bars(TURNED[3])),
        ("histogram", groups(TURNED[LABELS == 1, 0] * 0 + 0.5)),
        ("confusion", matrix(COUNTS[:, ::-1])),
    ],
)
def test_what_another_network_gives_is_recognised(kind: str, axes: Axes) -> None:
    trained = {"strange": Trained(fakes.model("custom")), "improved": Trained(fakes.model("other"))}
    found = judged(RIGHT[kind][0], [axes], seen={"trained": trained})
    if kind == "histogram":  # The middle class is the same in both.
        assert found.diagnosis == "other_values"
    else:
        assert found.diagnosis in ("other_checkpoint", "flipped")


class TestCurves:
    def test_the_only_handed_in_history_stands_in(self) -> None:
        seen = {"trained": {"model": Trained(fakes.model("own"), {k: tuple(v) for k, v in HISTORY.items()})}}
        assert judged(CURVES, [lines(HISTORY)], seen=seen).status == "passed"

    def test_what_fit_returned_or_its_dict_inside_another(self) -> None:
        nested = evidence.Mapping((("history", history(HISTORY)),), "dict")
        assert judged(CURVES, [lines(HISTORY)], history=nested).status == "passed"

    def test_another_training_is_named(self) -> None:
        other = {"loss": [2.0, 1.8, 1.5, 1.3], "val_loss": [2.1, 1.9, 1.7, 1.6]}
        seen = {"trained": {"improved": Trained(fakes.model("own"), {k: tuple(v) for k, v in other.items()})}}
        found = judged(CURVES, [lines(other)], seen=seen, history=history(HISTORY))
        assert found.diagnosis == "other_run"
        assert "the training of `improved`" in found.message

    def test_no_validation(self) -> None:
        found = judged(CURVES, [lines(HISTORY)], history=history({"loss": HISTORY["loss"]}))
        assert found.diagnosis == "no_validation"
        assert "validation_split" in found.message

    def test_no_history(self) -> None:
        assert judged(CURVES, [lines(HISTORY)], history=fakes.scalar(3)).diagnosis == "wrong_type"
        assert judged(CURVES, [lines(HISTORY)]).diagnosis == "missing"

    def test_partial_points(self) -> None:
        axes = lines({"loss": HISTORY["loss"]})
        assert judged(CURVES, [axes], history=history(HISTORY)).fraction == 0
        found = judged({**CURVES, "partial": True}, [axes], history=history(HISTORY))
        assert (found.status, found.fraction, found.diagnosis) == ("partial", 0.5, "missing_series")

    def test_unlabelled_lines_earn_half(self) -> None:
        axes = Axes(FRAME, lines=tuple(Line(np.arange(4.0), np.array(y)) for y in HISTORY.values()))
        found = judged(CURVES, [axes], history=history(HISTORY))
        assert (found.status, found.fraction, found.diagnosis) == ("partial", 0.5, "unlabelled")

    @pytest.mark.parametrize(("offset", "told"), [(0.0, False), (0.3, True)])
    def test_saved_output_of_another_training_is_a_remark_and_costs_nothing(
        self, offset: float, told: bool
    ) -> None:
        text = "".join(
            f"Epoch {epoch}/4\n1/9 ━━ 3s - loss: 9.9000\n9/9 ━━ 1s 2ms/step - accuracy: 0.5000 "
            f"- loss: {loss + offset:.4f} - val_loss: {val + offset:.4f}\n"
            for epoch, (loss, val) in enumerate(zip(*HISTORY.values(), strict=True), 1)
        )
        found = judged(CURVES, [lines(HISTORY)], seen={"outputs": text}, history=history(HISTORY))
        assert found.status == "passed"
        assert ("another training" in found.instructor) is told


class TestBars:
    def test_an_image_in_a_variable(self) -> None:
        config = {"bars": "model", "image": {"variable": "digit"}, "highlight": True}
        true = int(LABELS[6])
        colors = ["#ff0000" if member == true else "#0000ff" for member in range(3)]
        digit = fakes.array(fakes.IMAGES[6])
        assert judged(config, [bars(SCORES[6], colors)], digit=digit).status == "passed"
        shifted = colors[1:] + colors[:1]
        found = judged(config, [bars(SCORES[6], shifted)], digit=digit)
        assert (found.status, found.fraction) == ("partial", 0.5)

    def test_an_index_in_a_variable(self) -> None:
        config = {"bars": "model", "image": {"train": "index"}}
        flipped = fakes.layer_output(5, fakes.IMAGES[:, ::-1])[4]
        assert judged(config, [bars(flipped)], index=fakes.scalar(4)).status == "passed"
        assert judged(config, [bars(flipped)], index=fakes.scalar("four")).diagnosis == "wrong_type"

    @pytest.mark.parametrize("image", [{"test": "index"}, 4])
    def test_images_beside_the_one_that_is_meant_are_named(self, image: Any) -> None:
        config, index = {"bars": "model", "image": image}, fakes.scalar(4)
        for near in (3, 5):
            found = judged(config, [bars(SCORES[near])], index=index)
            assert found.diagnosis == "other_image"
            assert f"the scores of test image {near}" in found.message
        other_split = fakes.layer_output(5, fakes.IMAGES[:, ::-1])[4]
        found = judged(config, [bars(other_split)], index=index)
        assert "the scores of train image 4" in found.message

    def test_an_image_without_its_preprocessing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ORACLE, "displayed", lambda images: [images + 0.5, images], raising=False)
        found = judged(BARS, [bars(fakes.layer_output(5, fakes.IMAGES[3:4] + 0.5)[0])])
        assert found.diagnosis == "unprocessed_input"
        assert "test image 3 with the mean image added back" in found.message

    def test_one_image_of_which_the_network_is_not_sure(self) -> None:
        top = float(SCORES[3].max())
        config = {**BARS, "unsure": max(0.01, top - 0.1)}
        assert judged(config, [bars(SCORES[3])]).diagnosis == "not_ambiguous"


def test_errors_of_the_training_set_are_told_from_those_of_the_data() -> None:
    upside_down = Axes(FRAME, images=(Image(fakes.IMAGES[2, ::-1], "imshow"),))
    assert judged(ERRORS, [upside_down]).diagnosis == "training_images"


def test_worst_errors_need_their_number() -> None:
    gravity = SCORES[WRONG].max(axis=1) - SCORES[WRONG, LABELS[WRONG]]
    order = WRONG[np.argsort(-gravity)]

    def shown(indices: Sequence[int]) -> list[Axes]:
        return [Axes(FRAME, images=(Image(fakes.IMAGES[index], "imshow"),)) for index in indices]

    config = {"misclassified": "model", "worst": 3}
    assert judged(config, shown(order[:3])).status == "passed"
    assert judged(config, shown(order[1:4])).diagnosis == "not_the_worst"


def test_yaml_reads_no_as_false() -> None:
    check: Any = TypeAdapter(AnyCheck).validate_python({**CONFUSION, "normalised": False})
    assert check.normalised == "no"


@pytest.mark.parametrize(
    "config",
    [
        {**CURVES, "series": []},
        {**CURVES, "series": "loss"},
        {"bars": "model"},
        {**BARS, "image": -1},
        {**BARS, "unsure": 1.5},
        {"histogram": "model"},
        {"histogram": "model", "chosen": 1},
        {**HISTOGRAM, "bins": 0},
        {**CONFUSION, "normalised": "columns"},
        {**CONFUSION, "normalised": True},
        {**ERRORS, "worst": 0},
        {**ERRORS, "titles": "true"},
        {"misclassified": "my model"},
    ],
)
def test_a_config_that_makes_no_sense_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(AnyCheck).validate_python(config)


def test_a_class_that_the_data_do_not_have_is_a_mistake_of_the_config() -> None:
    with pytest.raises(ValueError, match="no class 7"):
        judged({**HISTOGRAM, "class": 7}, [RIGHT["histogram"][1]])


def test_what_has_to_be_captured() -> None:
    check: Any = TypeAdapter(AnyCheck).validate_python({"bars": "model", "image": {"train": "ambiguous"}})
    assert check.captures() == ("model", "ambiguous")
    assert check.network == "model"
