"""Verdicts on saved pictures of curves, bars and histograms: what is surely right passes, the rest waits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from autograder import checks
from autograder.checks import AnyCheck
from autograder.checks.saved_charts import UNREAD
from autograder.evidence import Missing, Rendered, Trained
from autograder.figures.rendered import labelled_bars
from autograder.result import Verdict
from tests import fakes
from tests.checks.test_number_figures import ORACLE, history
from tests.figures.rendered.test_charts import FOUR, HISTORY, OTHER, picture, two_plots

CURVES = {"curves": "history", "series": list(FOUR)}


def judged(config: dict[str, Any], *pictures: Any, executed: bool = False, **seen: Any) -> Verdict:
    values = {"model": fakes.model("own"), **seen.pop("values", {})}
    question = fakes.answered(**values)
    question.rendered = [Rendered(0, pixels, executed) for pixels in pictures]
    for name, value in seen.items():
        setattr(question, name, value)
    check: Any = TypeAdapter(AnyCheck).validate_python(config)
    return checks.judge(check, question, ORACLE)


def recorded(series: dict[str, Any]) -> Any:
    return history({name: list(map(float, values)) for name, values in series.items()})


@pytest.fixture(scope="module")
def right() -> Any:
    return picture(two_plots(HISTORY))


def test_right_curves_that_are_rightly_labelled_pass(right: Any) -> None:
    found = judged(CURVES, right, values={"history": recorded(HISTORY)})
    assert (found.status, found.fraction, found.diagnosis) == ("passed", 1.0, ""), found.message
    assert found.details["right"] == list(FOUR)


@pytest.mark.parametrize("dpi", [72, 150])
def test_right_curves_pass_at_other_resolutions(dpi: int) -> None:
    found = judged(CURVES, picture(two_plots(HISTORY), dpi=dpi), values={"history": recorded(HISTORY)})
    assert found.status == "passed", found.message


def relabelled(**names: str) -> Any:
    """The right curves under other names, with other numbers at their axes where there is a factor."""

    def draw(figure: Any) -> None:
        two_plots(HISTORY)(figure)
        for axes in figure.axes:
            for line in axes.lines:
                line.set_label(names.get(line.get_label(), line.get_label()))
            if any(line.get_label() for line in axes.lines):
                axes.legend()
            else:
                axes.get_legend().remove()

    return picture(draw)


def renumbered(factor: float) -> Any:
    """The right curves beside numbers that are not theirs."""

    def draw(figure: Any) -> None:
        two_plots(HISTORY)(figure)
        for axes in figure.axes:
            places = axes.get_yticks()[1:-1]
            axes.set_yticks(places, [f"{factor * place:.2f}" for place in places])

    return picture(draw)


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: relabelled(loss="val_loss", val_loss="loss"),
        lambda: relabelled(loss="accuracy", val_loss="val_accuracy"),
        lambda: relabelled(**dict.fromkeys(FOUR, "")),
        lambda: renumbered(2.0),
        lambda: renumbered(0.5),
    ],
    ids=["split exchanged", "metric exchanged", "no labels", "twice as large", "half as large"],
)
def test_right_curves_with_other_words_wait_for_a_person_who_is_told_so(drawn: Any) -> None:
    found = judged(CURVES, drawn(), values={"history": recorded(HISTORY)})
    assert (found.status, found.diagnosis) == ("needs_person", UNREAD)
    assert "run as those of `history`" in found.message
    assert found.details["right"] == list(FOUR)


def test_a_person_is_told_of_curves_of_another_training() -> None:
    values = {"history": recorded(HISTORY), "second": recorded(OTHER)}
    found = judged(CURVES, picture(two_plots(OTHER)), values=values)
    assert (found.status, found.diagnosis) == ("needs_person", "other_run")
    assert "`second`" in found.message


def test_a_person_is_told_of_curves_that_are_drawn_backwards() -> None:
    drawn = {name: values[::-1] for name, values in HISTORY.items()}
    found = judged(CURVES, picture(two_plots(drawn)), values={"history": recorded(HISTORY)})
    assert (found.status, found.diagnosis) == ("needs_person", "reversed")
    assert "backwards" in found.message


def test_of_several_handed_in_trainings_any_may_be_meant(right: Any) -> None:
    trained = {
        name: Trained(fakes.model(name), {key: tuple(map(float, one)) for key, one in series.items()})
        for name, series in {"own": HISTORY, "other": OTHER}.items()
    }
    found = judged(CURVES, right, values={"history": Missing()}, trained=trained)
    assert found.status == "passed"
    unknown = {name: values + np.sin(5 * np.arange(12)) for name, values in HISTORY.items()}
    lost = judged(CURVES, picture(two_plots(unknown)), values={"history": Missing()}, trained=trained)
    assert lost.status == "needs_person"
    assert lost.diagnosis != UNREAD


def test_a_saved_picture_earns_nothing_where_the_cell_was_run_and_drew_nothing(right: Any) -> None:
    found = judged(CURVES, right, executed=True, values={"history": recorded(HISTORY)})
    assert (found.status, found.fraction, found.diagnosis) == ("needs_person", 0.0, "not_redrawn")


SCORES = fakes.layer_output(5, fakes.IMAGES)[0]


def bars_at(scores: Any, labels: Any, *, lying: bool = False, rotation: int = 0, dpi: int = 100) -> Any:
    def draw(figure: Any) -> None:
        axes = figure.subplots()
        if lying:
            axes.barh(range(3), scores)
            axes.set_yticks(range(3), labels)
        else:
            axes.bar(range(3), scores)
            axes.set_xticks(range(3), labels, rotation=rotation)

    return picture(draw, (5, 4), dpi)


@pytest.mark.parametrize("dpi", [72, 100])
@pytest.mark.parametrize("factor", [1, 100])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
def test_right_bars_that_are_rightly_labelled_pass(order: list[int], factor: int, dpi: int) -> None:
    names = np.array(fakes.FakeOracle.class_names)[order]
    found = judged({"bars": "model", "image": 0}, bars_at(factor * SCORES[order], names, dpi=dpi))
    assert (found.status, found.fraction, found.diagnosis) == ("passed", 1.0, ""), found.message


@pytest.mark.parametrize(
    ("scores", "labels", "options"),
    [
        (SCORES, ["dog", "frog", "cat"], {}),
        (SCORES, ["frog", "dog", "cat"], {}),
        (SCORES[::-1], ["cat", "dog", "frog"], {}),
        (SCORES / 2, ["cat", "dog", "frog"], {}),
        (3 * SCORES, ["cat", "dog", "frog"], {}),
        (SCORES, ["", "", ""], {}),
        (SCORES, ["cat", "dog", "frog"], {"rotation": 45}),
        (SCORES, ["cat", "dog", "frog"], {"lying": True}),
    ],
    ids=["next", "reversed", "backwards", "halves", "thrice", "unnamed", "slanted", "lying"],
)
def test_bars_whose_words_are_others_or_not_read_wait_for_a_person(
    scores: Any, labels: Any, options: Any
) -> None:
    found = judged({"bars": "model", "image": 0}, bars_at(scores, labels, **options))
    assert (found.status, found.fraction, found.diagnosis) == ("needs_person", 0.0, UNREAD)


def test_bars_that_another_image_has_nearly_as_well_wait_for_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(labelled_bars, "NEAR", 1000.0)
    found = judged({"bars": "model", "image": 0}, bars_at(SCORES, fakes.FakeOracle.class_names))
    assert (found.status, found.diagnosis) == ("needs_person", UNREAD)


def test_any_pixels_give_a_verdict() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    configs: list[dict[str, Any]] = [
        CURVES,
        {"bars": "model", "image": 0},
        {"histogram": "model", "class": 0, "bins": 10, "log": True},
    ]
    for config in configs:
        found = judged(config, noise, values={"history": recorded(HISTORY)})
        assert (found.status, found.diagnosis) == ("needs_person", "unclear_picture")
