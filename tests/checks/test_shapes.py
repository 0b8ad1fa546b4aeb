"""What students get for lists of their layers' shapes."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.checks.shapes import LayerShapesCheck, verdict
from autograder.evidence import Mapping, Value
from autograder.result import Verdict
from tests.fakes import LAYERS, FakeOracle, answered, array, listed, model, scalar

CHECK = LayerShapesCheck(layer_shapes="shapes", of="net")
ORACLE = FakeOracle(net=lambda images: [images])


def shape(sizes: Any) -> Value:
    return listed(*map(scalar, sizes))


def entry(index: int, *, batch: bool = False) -> Value:
    layer, first = LAYERS[index], 0 if batch else 1
    return listed(scalar(layer.name), shape(layer.input[first:]), shape(layer.shape[first:]))


def judged(value: Value) -> Verdict:
    return verdict(CHECK, answered(shapes=value, net=model("net")), ORACLE)


RIGHT = [entry(index) for index in range(len(LAYERS))]


def test_names_shapes_and_their_style_are_free() -> None:
    assert judged(listed(*RIGHT)).status == "passed"
    assert judged(listed(*(entry(index, batch=True) for index in range(len(LAYERS))))).status == "passed"
    pairs = [listed(array(layer.input[1:]), array(layer.shape[1:])) for layer in LAYERS]
    assert judged(listed(*pairs)).status == "passed"
    named = tuple((layer.name, pair) for layer, pair in zip(LAYERS, pairs, strict=True))
    assert judged(Mapping(named, "dict")).status == "passed"


def test_an_input_layer_may_be_listed() -> None:
    inputs = listed(scalar("input"), shape((4, 4, 3)), shape((4, 4, 3)))
    assert judged(listed(inputs, *RIGHT)).status == "passed"


@pytest.mark.parametrize(
    ("value", "diagnosis", "words"),
    [
        (scalar(3), "wrong_type", "a list is expected"),
        (listed(*RIGHT[:-1]), "other_length", "has 6 layers"),
        (
            listed(*(listed(shape(layer.shape[1:]), shape(layer.input[1:])) for layer in LAYERS)),
            "swapped",
            "changed places",
        ),
        (listed(*RIGHT[:3], listed(scalar("x"), shape((80,))), *RIGHT[4:]), "wrong_entry", "entry 4"),
        (listed(RIGHT[0], RIGHT[0], *RIGHT[2:]), "other_shapes", "entry 2"),
        (listed(*(scalar(layer.name) for layer in LAYERS)), "wrong_entry", "two shapes"),
    ],
)
def test_mistakes_are_recognised(value: Value, diagnosis: str, words: str) -> None:
    found = judged(value)
    assert (found.status, found.diagnosis) == ("failed", diagnosis)
    assert words in found.message


def test_without_the_network_a_person_decides() -> None:
    assert verdict(CHECK, answered(shapes=listed(*RIGHT)), ORACLE).status == "needs_person"
