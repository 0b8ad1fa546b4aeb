"""Any figure record arrives as it was sent, and no figure, however odd, makes a check crash."""

from __future__ import annotations

import io
import json
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import collecting, evidence, wire
from autograder import fields as forms
from autograder.evidence import Evidence, Figure, Plan
from autograder.result import Verdict
from tests import hostile
from tests.checks import test_maximisation, test_number_figures, test_panels
from tests.records import figure

Form = dict[str, Any]


def collected(*frames: bytes) -> Evidence:
    return collecting.collect(wire.records(io.BytesIO(b"".join(frames))), Plan("a", ()))


def agree(sent: Any, held: Any) -> bool:
    """Whether a typed part of a figure says what its form said, texts made plain."""
    if isinstance(sent, np.ndarray):
        same = held.dtype == sent.dtype and held.shape == sent.shape
        return bool(same and np.array_equal(held, sent, equal_nan=held.dtype.kind == "f"))
    if isinstance(held, float):
        return bool(held == float(sent))
    if isinstance(sent, str):
        return bool(held == forms.plain(sent, forms.TITLE))
    if isinstance(sent, list):
        return len(sent) == len(held) and all(map(agree, sent, held))
    if is_dataclass(held):
        # The label of an axis is sent once, with its Axes.
        twice = {"label"} if isinstance(held, evidence.Axis) else set()
        names = {field.name for field in fields(held)} - twice
        return names == set(sent) - {"kind"} and all(agree(sent[name], getattr(held, name)) for name in names)
    return bool(held == sent and isinstance(held, bool) == isinstance(sent, bool))


@settings(max_examples=50)
@given(hostile.figures())
def test_any_figure_survives_the_journey(form: Form) -> None:
    found = collected(wire.pack(form))
    assert found.notes == []
    (held,) = found.loose_figures
    assert agree(form, held)


@settings(max_examples=30)
@given(hostile.figures())
def test_what_arrived_can_be_sent_again(form: Form) -> None:
    (record,) = wire.records(io.BytesIO(wire.pack(form)))
    assert wire.pack(record) == wire.pack(form)


KINDS = {
    **{name: (test_number_figures, config) for name, (config, _) in test_number_figures.RIGHT.items()},
    "filters": (test_panels, test_panels.FILTERS),
    "kernels": (test_panels, test_panels.KERNELS),
    "maps": (test_panels, test_panels.MAPS),
    "images": (test_panels, test_panels.IMAGES),
    "climbed filters": (test_maximisation, test_maximisation.FILTER_CHECK),
    "climbed classes": (test_maximisation, test_maximisation.CLASS_CHECK),
}


def judged(kind: str, found: Figure) -> Verdict:
    """A check's verdict on a question that drew one figure."""
    module: Any
    module, config = KINDS[kind]
    if module is not test_number_figures:
        return module.judged(config, [found])
    return module.judged(config, seen={"figures": [found]}, history=module.history(module.HISTORY))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=60)
@given(form=hostile.figures())
def test_every_kind_of_check_gives_a_verdict(kind: str, form: Form) -> None:
    (held,) = collected(wire.pack(form)).loose_figures
    verdict = judged(kind, held)
    # The linear network of the tests of climbed classes takes noise for all of them.
    right = ("passed",) if kind == "climbed classes" else ()
    assert verdict.status in ("failed", "partial", "needs_person", "unanswered", *right)
    assert 0 <= verdict.fraction <= 1
    json.dumps(verdict.details)


@settings(max_examples=20)
@given(hostile.figures(), st.data())
def test_frames_that_break_off_leave_what_came_before(form: Form, data: st.DataObject) -> None:
    first, second = wire.pack(figure()), wire.pack(form)
    cut = data.draw(st.integers(1, len(second) - 1))
    found = collected(first, second[:cut])
    assert (len(found.loose_figures), len(found.notes)) == (1, 1)
