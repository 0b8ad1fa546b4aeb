"""What a case is, the world it lives in, and how it is judged.

The world holds the real assignments: their configs, data, shipped checkpoints and the real oracle; figures
are drawn with matplotlib, recorded by the worker's recorder, sent over the wire and judged by the check of
the assignment's config. Only the process around submitted networks is left out: they run here.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import keras
import matplotlib.pyplot as plt
import numpy as np
from pydantic import TypeAdapter

from autograder import collecting, course, evidence, wire
from autograder.checks import AnyCheck, judge
from autograder.checks.base import Check, Floats, LayerInfo
from autograder.config import AssignmentConfig
from autograder.evidence import Figure, Model, QuestionEvidence, Trained, Value
from autograder.grading.oracle import CheckpointOracle
from autograder.grading.subjects import Local
from autograder.result import Verdict
from autograder.worker.figures import Recorder
from autograder.worker.stopwatch import Stopwatch
from reference import checkpoints, datasets

Draw = Callable[[], object]
_CHECKS: TypeAdapter[Check] = TypeAdapter(AnyCheck)


@dataclass(frozen=True, eq=False)
class Case:
    """One figure that answers one check of an assignment.

    Attributes:
        kind: of `autograder.figures.mistakes.KINDS`.
        place: assignment and question, "mnist-cnn/filter_figure".
        style: how it is drawn, in words.
        draw: draws it with matplotlib; called once.
        mistake: what is done wrong, a row of the table of mistakes; "" for a right figure.
        named: diagnoses that name this mistake; by default the one that is called like it.
        check: which check of the question judges it.
        asked: a check that judges it in place of the question's, as in a config.
        values: variables that the notebook would have, beside the networks.
        models: networks that were handed in, by variable, where they are not the shipped checkpoints.
    """

    kind: str
    place: str
    style: str
    draw: Draw
    mistake: str = ""
    named: tuple[str, ...] = ()
    check: int = 0
    values: Mapping[str, Value] = field(default_factory=dict)
    models: Mapping[str, Trained] = field(default_factory=dict)
    asked: Mapping[str, Any] | None = None

    @property
    def expected(self) -> tuple[str, ...]:
        """Diagnoses that are correct; empty for a right figure."""
        return self.named or ((self.mistake,) if self.mistake else ())


@dataclass(frozen=True, eq=False)
class Judged:
    """A case and what became of it.

    Attributes:
        case: the case.
        verdict: what the check says.
        seconds: that judging took, drawing left out.
    """

    case: Case
    verdict: Verdict
    seconds: float

    @property
    def outcome(self) -> str:
        """ "accepted", "undecided" (a person looks at it) or "refused"."""
        return {"passed": "accepted", "needs_person": "undecided"}.get(self.verdict.status, "refused")

    @property
    def wrong(self) -> bool:
        """Whether the grader did what it must never do: accept a wrong figure, or refuse a right one."""
        return self.outcome == ("accepted" if self.case.mistake else "refused")

    @property
    def correctly_named(self) -> bool:
        """Whether a mistake was called by its name, to the student or to the person who decides."""
        return self.verdict.diagnosis in self.case.expected


class Runner:
    """Runs submitted networks in this process; those it was given are not rebuilt."""

    def __init__(self) -> None:
        self._locals: dict[int, tuple[Model, Local]] = {}

    def add(self, model: Model, network: Any, images: Floats | None = None) -> None:
        """Remember the Keras network that a record stands for; outputs for `images` are kept."""
        self._locals[id(model)] = (model, Local(network, images))

    def __call__(self, model: Model, images: Floats, layer: int | None = None) -> list[Floats]:
        network = self._locals[id(model)][1]
        return [network.layer_output(len(network.layers) - 1 if layer is None else layer, images)]

    def describe(self, model: Model) -> Sequence[LayerInfo]:
        return self._locals[id(model)][1].layers


class World:
    """The five assignments, their data and networks.

    Args:
        quick: of large data sets, only a few thousand images are looked at.
    """

    def __init__(self, quick: bool = False) -> None:
        self.quick = quick
        self.runner = Runner()

    @cached_property
    def _course(self) -> course.Course:
        return course.find()

    @lru_cache  # noqa: B019 - a process has one world
    def data(self, name: str) -> datasets.Dataset:
        """A data set: "mnist" or "cifar10"."""
        return datasets.load(name)

    @lru_cache  # noqa: B019 - a process has one world
    def config(self, assignment: str) -> AssignmentConfig:
        """An assignment's grading config."""
        return self._course.assignment(assignment).config

    @lru_cache  # noqa: B019 - a process has one world
    def oracle(self, assignment: str) -> CheckpointOracle:
        """The real oracle of an assignment."""
        config = self.config(assignment)
        return CheckpointOracle(config, self.data(config.data.name), self.runner)

    def check(self, case: Case) -> Check:
        """The check that judges a case."""
        if case.asked is not None:
            return _CHECKS.validate_python(case.asked)
        assignment, question = case.place.split("/")
        return self.config(assignment).questions[question].checks[case.check]

    @lru_cache  # noqa: B019 - a process has one world
    def network(self, checkpoint: str, exact: bool = False) -> Any:
        """A shipped network; on stand-in data its twin, unless exactly this one is wanted."""
        stand_in = checkpoint.startswith("cifar10") and self.data("cifar10").stand_in
        return checkpoints.for_data(checkpoint, stand_in=stand_in and not exact).model()

    @lru_cache  # noqa: B019 - a process has one world
    def untrained(self, checkpoint: str, seed: int | None = None) -> Any:
        """The same architecture before training: from its own seed, or another one."""
        entry = checkpoints.get(checkpoint)
        if seed is None:
            return entry.untrained()
        keras.utils.set_random_seed(seed)
        return entry.build()

    @lru_cache  # noqa: B019 - a process has one world
    def handed_in(self, assignment: str) -> dict[str, Trained]:
        """The assignment's shipped networks as if a student had handed them in, with their histories."""
        found = {}
        for variable, name in self.config(assignment).models.items():
            history = {key: tuple(one) for key, one in checkpoints.get(name).history.items()}
            found[variable] = self.trained(self.network(name), assignment, history)
        return found

    def trained(
        self, network: Any, assignment: str, history: Mapping[str, tuple[float, ...]] | None = None
    ) -> Trained:
        """A Keras network as if it had been handed in."""
        layers = tuple((layer.name, type(layer).__name__) for layer in network.layers)
        model = Model(network.to_json(), tuple(network.get_weights()), type(network).__name__, layers)
        self.runner.add(model, network, self.oracle(assignment).images)
        return Trained(model, dict(history or {}))

    def judged(self, case: Case) -> Judged:
        """Draw a case, record what is drawn, and judge it."""
        figures = recorded(case.draw)
        assignment, question = case.place.split("/")
        trained = {**self.handed_in(assignment), **case.models}
        seen = QuestionEvidence(
            question,
            matched_by="metadata",
            cells=(0,),
            source="draw()",
            values=dict(case.values),
            figures=figures,
            trained=trained,
        )
        begin = time.perf_counter()
        verdict = judge(self.check(case), seen, self.oracle(assignment))
        return Judged(case, verdict, time.perf_counter() - begin)


@lru_cache
def _recorder() -> tuple[Recorder, list[dict[str, Any]], list[str]]:
    figures: list[dict[str, Any]] = []
    notes: list[str] = []
    recorder = Recorder(figures.append, notes.append, Stopwatch())
    recorder.install()
    return recorder, figures, notes


def recorded(draw: Draw) -> list[Figure]:
    """The figures that a function draws, as the judge gets them: recorded, packed, sent and checked."""
    recorder, figures, notes = _recorder()
    figures.clear()
    notes.clear()
    draw()
    recorder.end_of_cell()
    plt.close("all")
    sent = b"".join(wire.pack({"kind": "figure", "cell": 0, **form}) for form in figures)
    collected = collecting.collect(wire.records(io.BytesIO(sent)), evidence.Plan("a", ()))
    problems = [*notes, *collected.notes]
    if problems or len(collected.loose_figures) != len(figures):
        raise RuntimeError(f"a figure was not recorded whole: {problems}")
    return collected.loose_figures


def displayed(figure: Any) -> None:
    """What IPython does with a figure that is the value of a cell; it need not be one of pyplot's."""
    _recorder()[0].displayed(figure)


def unit(panel: Floats) -> Floats:
    """Min–max scaled to 0…1, as notebooks tell students to; one value everywhere becomes 0."""
    low, high = float(panel.min()), float(panel.max())
    return np.asarray((panel - low) / (high - low) if high > low else np.zeros_like(panel))
