"""Records of handed-in networks, saved outputs and the judge's calls: taken in strictly, and in time only."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import collecting, wire
from autograder.evidence import Call, Evidence, Mapping, Missing, Plan, QuestionPlan, Scalar
from tests.records import figure
from tests.test_collecting import matched, record, value, values

PLAN = Plan(
    "a",
    (QuestionPlan("q", "code", capture=("x",)), QuestionPlan("r", "code")),
    calls=(Call("c", "q", "f"), Call("d", "r", "g")),
)
ONE = {"type": "scalar", "value": 1, "python": "int"}


def collected(*records: dict[str, Any]) -> Evidence:
    frames = b"".join(map(wire.pack, records))
    return collecting.collect(wire.records(io.BytesIO(frames)), PLAN)


def trained(name: str = "model", **changes: Any) -> dict[str, Any]:
    weights = [np.zeros((2, 3), np.float32)]
    model = {
        "type": "model",
        "python": "Sequential",
        "config": "{}",
        "weights": weights,
        "layers": [["a", "B"]],
    }
    return record("trained", name=name, **{"model": model, "history": {"loss": [1.0, 0.5]}, **changes})


def started() -> dict[str, Any]:
    return record("cell_started", cell=0)


def test_a_handed_in_network_is_known_to_every_question() -> None:
    evidence = collected(trained(), trained("improved", history={}))
    assert list(evidence.trained) == ["model", "improved"]
    assert evidence.trained["model"].history == {"loss": (1.0, 0.5)}
    assert evidence.trained["improved"].history == {}
    assert all(question.trained is evidence.trained for question in evidence.questions.values())
    assert evidence.notes == []


def test_what_student_code_could_have_sent_is_not_believed() -> None:
    evidence = collected(
        trained(), started(), trained("better"), record("outputs", question="q", text="99 %")
    )
    assert list(evidence.trained) == ["model"]
    assert evidence.questions["q"].outputs == ""
    assert len(evidence.notes) == 2


def test_a_second_network_of_a_name_and_a_ninth_are_refused() -> None:
    names = [f"n{index}" for index in range(9)]
    evidence = collected(*(trained(name) for name in names), trained("n0", history={"loss": [0.0]}))
    assert list(evidence.trained) == names[:8]
    assert evidence.trained["n0"].history == {"loss": (1.0, 0.5)}


def wrong() -> Iterator[dict[str, Any]]:
    yield trained(model=ONE)
    yield trained(model=[])
    yield trained(history=[])
    yield trained(history={"loss": 1.0})
    yield trained(history={"loss": ["low"]})
    yield trained(history={"loss": [True]})
    yield trained(history={"loss": [[1.0]]})
    yield trained(history={str(index): [] for index in range(101)})
    yield trained(history={"loss": [0.0] * 10_001})
    yield {**trained(), "name": 3}
    yield record("trained", name="model")
    yield record("outputs", question="q", text=["a"])
    yield record("returned", call="nobody", value=ONE, error="")
    yield record("returned", call="c", value=ONE, error=None)
    yield record("returned", call=["c"], value=ONE, error="")
    yield record("returned", call="c", value=3, error="")
    yield {**figure(), "call": "nobody"}
    yield {**figure(), "call": None}
    yield value({"type": "mapping", "python": "dict", "items": {"a": ONE}})
    yield value({"type": "mapping", "python": "dict", "items": [["a"]]})
    yield value({"type": "mapping", "python": "dict", "items": [[1, ONE]]})
    yield value({"type": "mapping", "python": "dict", "items": [["a", ONE]] * 10_001})


@pytest.mark.parametrize("bad", list(wrong()), ids=lambda bad: str(bad)[:60])
def test_what_is_of_another_form_is_left_out_with_a_note(bad: dict[str, Any]) -> None:
    evidence = collected(bad, record("end", seconds={}))
    assert evidence.complete
    assert evidence.trained == {}
    assert all(not q.values and not q.returned and not q.outputs for q in evidence.questions.values())
    assert evidence.loose_figures == []
    assert len(evidence.notes) == 1


def test_losses_may_have_gone_astray() -> None:
    history = collected(trained(history={"loss": [math.nan, math.inf]})).trained["model"].history["loss"]
    assert math.isnan(history[0])
    assert history[1] == math.inf


def test_a_dict_crosses_in_order_with_what_it_holds() -> None:
    form = {"type": "mapping", "python": "dict", "items": [["b", ONE], ["a", ONE], ["b", ONE]]}
    held = collected(value(form)).questions["q"].values["x"]
    assert held == Mapping(
        (("b", Scalar(1, "int")), ("a", Scalar(1, "int")), ("b", Scalar(1, "int"))), "dict"
    )


def test_what_a_call_returned_and_drew_goes_to_its_question_and_nowhere_else() -> None:
    evidence = collected(
        matched([1]),
        {**figure(), "call": "c"},
        record("returned", call="c", value=ONE, error=""),
        record(
            "returned", call="d", value={"type": "missing", "python": "nothing"}, error="E: two\nlines\x1b[1m"
        ),
        figure(),
    )
    returned = evidence.questions["q"].returned["c"]
    assert (returned.value, len(returned.figures), returned.error) == (Scalar(1, "int"), 1, "")
    other = evidence.questions["r"].returned["d"]
    assert (other.value, other.figures, other.error) == (Missing(), [], "E: two lines")
    assert len(evidence.questions["q"].figures) == 1


def test_a_call_that_draws_too_much_takes_nothing_from_the_last_cell() -> None:
    evidence = collected(matched([1]), *({**figure(), "call": "c"} for _ in range(301)), figure())
    assert len(evidence.questions["q"].returned["c"].figures) == 300
    assert len(evidence.questions["q"].figures) == 1
    assert any("more figures" in note for note in evidence.notes)


@given(
    st.sampled_from(["trained", "outputs", "returned"]), st.dictionaries(st.text(), values), values, values
)
def test_no_record_raises_anything(kind: str, fields: dict[str, Any], first: Any, second: Any) -> None:
    shaped = {"name": "model", "question": "q", "call": "c", "model": first, "value": first, "text": first}
    bad = {**fields, **shaped, "history": second, "error": second, "kind": kind}
    collecting.collect([bad], PLAN)
