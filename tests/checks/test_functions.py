"""What students get for functions that are called with inputs they have not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError

from autograder import checks
from autograder.checks.base import Oracle
from autograder.checks.functions import CONTRACTS, FunctionCheck, verdict
from autograder.evidence import (
    Array,
    Axes,
    Axis,
    Bars,
    Call,
    CellError,
    Figure,
    Image,
    Mapping,
    Missing,
    Model,
    Opaque,
    QuestionEvidence,
    Returned,
    Scalar,
    Sequence,
    Value,
    Words,
)
from autograder.result import Verdict
from autograder.worker import calls
from tests.figures import world

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
RANDOM = np.random.default_rng(3)
WEIGHTS = RANDOM.normal(0, 0.3, (784, 10))
DIGITS = RANDOM.uniform(0, 1, (30, 28, 28, 1)).astype(np.float32)


def network(images: Any) -> Any:
    scores = np.asarray(images, np.float64).reshape(len(images), -1) @ WEIGHTS
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class FakeSubject:
    def probabilities(self, images: Any) -> Any:
        return network(images)


class FakeOracle:
    images = DIGITS
    labels = np.arange(30) % 10
    class_names = NAMES

    def subject(self, model: Model) -> FakeSubject:
        return FakeSubject()


def valued(thing: Any) -> Value:
    match thing:
        case None | bool() | int() | float() | str():
            return Scalar(thing, type(thing).__name__)
        case np.ndarray() | np.generic():
            return Array(np.asarray(thing), "numpy.ndarray")
        case tuple() | list():
            return Sequence(tuple(map(valued, thing)), type(thing).__name__)
        case dict():
            return Mapping(tuple((str(key), valued(item)) for key, item in thing.items()), "dict")
    return Opaque(type(thing).__name__, "")


def made(call: Call, function: Callable[..., Any]) -> Returned:
    """The call as the worker makes it; what is a figure, or a list of them, was drawn."""
    call = Call(**json.loads(json.dumps(call.__dict__)))
    figures: list[Figure] = []

    def drawing(*arguments: Any) -> Any:
        result = function(*arguments)
        if isinstance(result, tuple) and result and isinstance(result[-1], Figure):
            figures.append(result[-1])
            result = result[:-1] if len(result) > 1 else None
        return result

    done = calls.make(call, {call.function: drawing, "net": network}, _no_limit, 1)
    if done.error is not None:
        return Returned(error=f"{type(done.error).__name__}: {done.error}")
    return Returned(valued(done.value), figures, done.message, done.changed)


def _no_limit(seconds: float) -> Any:
    return nullcontext()


def config(contract: str) -> FunctionCheck:
    of = {"of": "net"} if CONTRACTS[contract].network else {}
    return FunctionCheck.model_validate({"function": "f", "contract": contract, **of})


def judged(contract: str, function: Callable[..., Any], **seen: Any) -> Verdict:
    check = config(contract)
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "def f(): …", **seen})
    question.values["net"] = Model("{}", (), "keras.Sequential")
    question.returned = {call.id: made(call, function) for call in check.calls("q")}
    return verdict(check, question, cast(Oracle, FakeOracle()))


def no_return(*arguments: Any) -> None:
    return None


# ---------------------------------------------------------------- arrays


def test_scaling_to_the_smallest_and_largest_value() -> None:
    found = judged("scaling", lambda images: (images - images.min()) / (images.max() - images.min()))
    assert (found.status, found.fraction) == ("passed", 1.0)


def each(images: Any) -> Any:
    images = images.astype(float)
    low, high = images.min((1, 2), keepdims=True), images.max((1, 2), keepdims=True)
    return (images - low) / (high - low)


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (each, "each_by_itself"),
        (lambda images: images / 255, "divided"),
        (lambda images: images / images.max(), "not_shifted"),
        (lambda images: images.ravel() / 255, "wrong_shape"),
        (lambda images: images * 0.0 / 0, "nan"),
        (lambda images: images, "other_values"),
        (lambda images: "done", "wrong_type"),
        (no_return, "nothing_returned"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value")
def test_scaling_slips(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("scaling", function)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * 128 + 128) / 255,
        lambda x: (x + 1) / 2,
        lambda x: np.clip(x * 0.5 + 0.5, 0, 1),
        lambda x: ((x * 128 + 128) / 255).astype(np.float64),
    ],
)
def test_a_scaling_is_undone_in_several_ways(function: Callable[..., Any]) -> None:
    assert judged("picture", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda x: (x * 128 + 128).astype(np.uint8), "bytes"),
        (lambda x: x, "unchanged"),
        (lambda x: (x - x.min()) / (x.max() - x.min()), "stretched"),
        (lambda x: x.clip(0, 1), "clipped"),
        (lambda x: x / 255, "divided"),
        (lambda x: x[0] * 0.5 + 0.5, "wrong_shape"),
    ],
)
def test_slips_in_undoing_a_scaling(function: Callable[..., Any], diagnosis: str) -> None:
    assert judged("picture", function).diagnosis == diagnosis


def one_hot(labels: Any) -> Any:
    return np.eye(10)[labels]


@pytest.mark.parametrize(
    "function",
    [
        lambda images, labels: (images[..., None].astype("float32") / 255, one_hot(labels)),
        lambda images, labels: [images.reshape(-1, 28, 28, 1) / images.max(), one_hot(labels)],
    ],
)
def test_preprocessing(function: Callable[..., Any]) -> None:
    assert judged("preprocessing", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "status", "diagnosis"),
    [
        (lambda images, labels: (one_hot(labels), images[..., None] / 255), "failed", "swapped"),
        (lambda images, labels: (images / 255, one_hot(labels)), "partial", "no_channel"),
        (lambda images, labels: (images[..., None] // 255, one_hot(labels)), "partial", "not_float"),
        (lambda images, labels: (images[..., None] * 1.0, one_hot(labels)), "partial", "not_scaled"),
        (lambda images, labels: (images[..., None] / 255 - 0.5, one_hot(labels)), "partial", "other_values"),
        (lambda images, labels: (images[..., None] / 255, labels), "partial", "not_one_hot"),
        (lambda images, labels: (images[..., None] / 255, np.eye(9)[labels]), "partial", "too_few_columns"),
        (lambda images, labels: (images / 255, labels), "failed", "no_channel"),
        (lambda images, labels: images[..., None] / 255, "failed", "wrong_type"),
        (no_return, "failed", "nothing_returned"),
    ],
)
def test_slips_in_preprocessing(function: Callable[..., Any], status: str, diagnosis: str) -> None:
    found = judged("preprocessing", function)
    assert (found.status, found.diagnosis) == (status, diagnosis)


def shuffled(x: Any, y: Any) -> Any:
    order = np.random.default_rng(1).permutation(len(x))
    return x[order[:35]], x[order[35:]], y[order[:35]], y[order[35:]]


def reordered(places: list[int]) -> Callable[..., Any]:
    return lambda x, y: tuple(shuffled(x, y)[place] for place in places)


def test_a_split_may_shuffle_as_it_likes() -> None:
    assert judged("split", shuffled).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda x, y: (x[:35], x[35:], y[:35], y[35:]), "not_shuffled"),
        (lambda x, y: (x[:15], x[15:], y[:15], y[15:]), "other_sizes"),
        (lambda x, y: (x[:35], x[40:], y[:35], y[40:]), "other_sizes"),
        (lambda x, y: (x[:35], x[30:], y[:35], y[30:]), "leak"),
        (lambda x, y: (*shuffled(x, y)[:2], y[:35], y[35:]), "torn"),
        (lambda x, y: (x[:35] * 2, x[35:], y[:35], y[35:]), "other_values"),
        (reordered([0, 2, 1, 3]), "order"),
        (lambda x, y: (x[:35, ..., 0], x[35:, ..., 0], y[:35], y[35:]), "wrong_shape"),
        (lambda x, y: (x[:35], x[35:]), "wrong_type"),
    ],
)
def test_slips_in_a_split(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("split", function)
    assert found.diagnosis == diagnosis
    assert found.status == ("partial" if diagnosis == "not_shuffled" else "failed")


# ---------------------------------------------------------------- networks


def own(net: Any, images: Any, units: Any) -> Any:
    return net(images)[np.arange(len(images)), units]


def test_the_score_of_an_ascent_is_a_sum_over_the_images() -> None:
    assert judged("ascent_score", lambda net, images, units: own(net, images, units).sum()).status == "passed"
    found = judged("ascent_score", lambda net, images, units: [float(own(net, images, units).sum())])
    assert found.status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda net, images, units: own(net, images, units).mean(), "mean"),
        (lambda net, images, units: -own(net, images, units).sum(), "negative"),
        (lambda net, images, units: net(images).sum(), "all_units"),
        (lambda net, images, units: net(images)[:, units[0]].sum(), "first_unit"),
        (lambda net, images, units: net(images)[:, units].sum(), "square"),
        (own, "not_one_number"),
        (lambda net, images, units: 0.0, "other_values"),
        (no_return, "nothing_returned"),
    ],
)
def test_slips_in_the_score(function: Callable[..., Any], diagnosis: str) -> None:
    assert judged("ascent_score", function).diagnosis == diagnosis


PLOT = world.figure([np.eye(4)])


def loss_and_accuracy(net: Any, x: Any, y: Any) -> tuple[float, float]:
    scores = net(x)
    loss = -np.log((scores * y).sum(axis=1)).mean()
    return float(loss), float((scores.argmax(axis=1) == y.argmax(axis=1)).mean())


def whole_test_set(net: Any, x: Any, y: Any) -> Any:
    accuracy = float((net(DIGITS).argmax(axis=1) == FakeOracle.labels).mean())
    return accuracy + 0.0, PLOT


@pytest.mark.parametrize(
    "function",
    [
        lambda *given: (*loss_and_accuracy(*given), PLOT),
        lambda *given: ({"report": {"a": 0.5}, "loss and accuracy": list(loss_and_accuracy(*given))}, PLOT),
        lambda *given: (np.float32(loss_and_accuracy(*given)[0]), 100 * loss_and_accuracy(*given)[1], PLOT),
    ],
)
def test_an_evaluation_may_return_its_numbers_in_any_form(function: Callable[..., Any]) -> None:
    assert judged("evaluation", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "status", "diagnosis"),
    [
        (loss_and_accuracy, "partial", "no_figure"),
        (lambda *given: (loss_and_accuracy(*given)[1], PLOT), "partial", "no_loss"),
        (lambda *given: (loss_and_accuracy(*given)[0], PLOT), "partial", "no_accuracy"),
        (whole_test_set, "failed", "ignores_arguments"),
        (lambda *given: (2.5, 0.12345, PLOT), "failed", "other_values"),
        (lambda *given: (PLOT,), "failed", "nothing_returned"),
    ],
)
def test_slips_in_an_evaluation(function: Callable[..., Any], status: str, diagnosis: str) -> None:
    found = judged("evaluation", function)
    assert (found.status, found.diagnosis) == (status, diagnosis)


# ---------------------------------------------------------------- drawings


def to_picture(x: Any) -> Any:
    return (x * 128 + 128) / 255


def prediction(picture: Any, lengths: Any, marked: int | None, **options: Any) -> tuple[Figure]:
    colors = tuple("#ff0000" if index == marked else "#1f77b4" for index in range(10))
    bars = Bars(np.arange(10.0), np.asarray(lengths, float), np.zeros(10), True, colors)
    ticks = Axis(ticks=tuple((float(index), name) for index, name in enumerate(NAMES)))
    left = Axes((0, 0, 0.4, 1), () if picture is None else (Image(np.asarray(picture), "imshow"),))
    return (Figure(0, (left, Axes((0.5, 0, 0.4, 1), bars=(bars,), y=ticks))),)


def test_one_prediction() -> None:
    found = judged("prediction_plot", lambda x, y, p: prediction(to_picture(x), p, y.argmax()))
    assert (found.status, found.fraction) == ("passed", 1.0)
    assert judged(
        "prediction_plot", lambda x, y, p: prediction(x * 0.5 + 0.5, 100 * p, y.argmax())
    ).status == ("passed")


@pytest.mark.parametrize(
    ("function", "fraction", "diagnosis"),
    [
        (lambda x, y, p: prediction(to_picture(x), p, p.argmax()), 0.75 + 1 / 12, "highlight_predicted"),
        (lambda x, y, p: prediction(to_picture(x), p, None), 0.75, "no_highlight"),
        (lambda x, y, p: prediction(to_picture(x), y, y.argmax()), 0.5, "one_hot"),
        (lambda x, y, p: prediction(x, p, y.argmax()), 0.5, "clipped"),
        (
            lambda x, y, p: prediction(np.transpose(to_picture(x), (1, 0, 2)), p, y.argmax()),
            0.5,
            "transposed",
        ),
        (lambda x, y, p: prediction(None, p, y.argmax()), 0.5, "no_image"),
        (no_return, 0.0, "no_figure"),
    ],
)
def test_slips_in_one_prediction(function: Callable[..., Any], fraction: float, diagnosis: str) -> None:
    found = judged("prediction_plot", function)
    assert found.fraction == pytest.approx(fraction, abs=1e-3)
    assert found.diagnosis == diagnosis
    assert found.status == ("partial" if fraction else "failed")


def matrix(truth: Any, scores: Any, divide: str = "rows", labels: Any = ("prediction", "truth")) -> Any:
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (truth.argmax(axis=1), scores.argmax(axis=1)), 1)
    shares = {
        "rows": counts / counts.sum(axis=1, keepdims=True),
        "broadcast": counts / counts.sum(axis=1),
        "no": counts,
    }[divide]
    cells = [Words(float(c), float(r), str(counts[r, c])) for r in range(10) for c in range(10)]
    across, down = (Axis(label=label, limits=(-0.5, 9.5)) for label in labels)
    axes = Axes(
        (0, 0, 1, 1),
        (Image(shares, "imshow"),),
        xlabel=labels[0],
        ylabel=labels[1],
        words=tuple(cells),
        texts=tuple(word.text for word in cells),
        x=across,
        y=down,
    )
    return (Figure(0, (axes,)),)


def test_a_confusion_matrix() -> None:
    assert judged("confusion_plot", matrix).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda truth, scores: matrix(truth, scores, "broadcast"), "normalised_columns"),
        (lambda truth, scores: matrix(truth, scores, "no"), "counts"),
        (lambda truth, scores: matrix(truth, scores, labels=("truth", "prediction")), "transposed"),
        (lambda truth, scores: matrix(scores, truth), "transposed"),
        (no_return, "no_figure"),
    ],
)
def test_slips_in_a_confusion_matrix(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("confusion_plot", function)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)


def grid(maps: Any, name: str) -> tuple[Figure]:
    figure = world.figure(list(maps))
    return (Figure(0, figure.axes, suptitle=name),)


def sheet(stack: Any, name: str) -> tuple[Figure]:
    """stack mosaic, eight in a row, a pixel between tiles."""
    maps = np.moveaxis(stack[0], -1, 0)
    rows = -(-len(maps) // 8)
    found = np.zeros((rows * 10 - 1, 8 * 9 - 1))
    for place, one in enumerate(maps):
        top, left = place // 8 * 10, place % 8 * 9
        found[top : top + 9, left : left + 8] = (one - one.mean()) / one.std()
    return (Figure(0, (Axes((0, 0, 1, 1), (Image(found, "matshow"),), title=f"Activations: {name}"),)),)


@pytest.mark.parametrize("function", [lambda stack, name: grid(np.moveaxis(stack[0], -1, 0), name), sheet])
def test_activations_as_panels_or_as_one_mosaic(function: Callable[..., Any]) -> None:
    assert judged("activation_grid", function).status == "passed"


@pytest.mark.parametrize(
    ("function", "diagnosis"),
    [
        (lambda stack, name: grid(np.moveaxis(stack[0], -1, 0), ""), "no_name"),
        (lambda stack, name: grid(np.moveaxis(stack[0], -1, 0)[:4], name), "missing"),
        (lambda stack, name: grid(np.moveaxis(stack[0], -1, 0)[:, ::-1], name), "flipped"),
        (lambda stack, name: grid(stack[0], name), "wrong_axis"),
        (no_return, "no_image"),
    ],
)
def test_slips_in_activations(function: Callable[..., Any], diagnosis: str) -> None:
    found = judged("activation_grid", function)
    assert found.diagnosis == diagnosis
    assert found.status == ("partial" if diagnosis == "no_name" else "failed")


# ---------------------------------------------------------------- all of them


def broken(*arguments: Any) -> None:
    raise ValueError("shapes do not fit")


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_function_that_raises_is_told_what_it_was_given(contract: str) -> None:
    found = judged(contract, broken)
    assert (found.status, found.diagnosis) == ("failed", "raises")
    assert "ValueError: shapes do not fit" in found.message
    assert CONTRACTS[contract].given in found.message


def test_a_right_function_that_changes_its_input_earns_half() -> None:
    def in_place(x: Any) -> Any:
        x += 1
        x /= 2
        return x

    found = judged("picture", in_place)
    assert (found.status, found.fraction, found.diagnosis) == ("partial", 0.5, "changes_input")
    assert "copy" in found.message


def test_a_function_that_fails_only_sometimes_fails() -> None:
    def single(x: Any) -> Any:
        if x.ndim == 4:
            raise IndexError("too many indices")
        return to_picture(x)

    found = judged("picture", single)
    assert found.diagnosis == "raises"
    assert "1 of 2 calls" in found.message


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_function_that_changes_its_inputs_does_not_change_those_of_the_grader(contract: str) -> None:
    def overwriting(*arguments: Any) -> None:
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0

    before = [call.arguments for call in config(contract).calls("q")]
    judged(contract, overwriting)
    assert [call.arguments for call in config(contract).calls("q")] == before


@pytest.mark.parametrize("contract", CONTRACTS)
def test_inputs_travel_as_json_and_arrive_as_they_were_made(contract: str) -> None:
    check = config(contract)
    for call, inputs in zip(check.calls("q"), CONTRACTS[contract].inputs(), strict=True):
        arrived = calls.arguments(Call(**json.loads(json.dumps(call.__dict__))), {"net": None})
        for one, other in zip(arrived[-len(inputs) :], inputs, strict=True):
            assert np.array_equal(one, other)
            assert np.asarray(one).dtype == np.asarray(other).dtype


def seen(**evidence: Any) -> Verdict:
    check = config("picture")
    question = QuestionEvidence("q", **{"matched_by": "metadata", "source": "x", **evidence})
    return verdict(check, question, cast(Oracle, FakeOracle()))


def returned(**what: Any) -> dict[str, Returned]:
    return {call.id: Returned(**what) for call in config("picture").calls("q")}


def test_no_function_is_said_to_be_missing_with_the_reason() -> None:
    error = CellError(4, "exception", "SyntaxError", "invalid syntax", 2)
    found = seen(returned=returned(value=Missing()), errors=[error])
    assert (found.status, found.diagnosis) == ("failed", "missing")
    assert "SyntaxError" in found.message


def test_what_was_not_filled_in_is_unanswered() -> None:
    assert seen(untouched=True).status == "unanswered"
    assert seen(matched_by="").status == "unanswered"
    assert seen(blanks=True).status == "unanswered"
    error = "NameError: name '___' is not defined"
    assert seen(blanks=True, returned=returned(error=error)).status == "unanswered"


def test_calls_that_were_not_made_are_left_to_a_person() -> None:
    found = seen()
    assert (found.status, found.diagnosis) == ("needs_person", "not_called")


@pytest.mark.parametrize(
    "record",
    [
        {"function": "f", "contract": "unknown"},
        {"function": "f", "contract": "evaluation"},
        {"function": "f", "contract": "picture", "of": "net"},
        {"function": "not a name", "contract": "picture"},
    ],
)
def test_senseless_configs_are_refused(record: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FunctionCheck.model_validate(record)


def test_the_family_is_registered() -> None:
    check = config("evaluation")
    assert checks.family(check) == "function"
    assert check.captures() == ("net",)
    assert check.subject == "f"
