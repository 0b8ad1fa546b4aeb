"""Networks that students build from the given one, and lists of its layers.

A network is judged by what it computes on probe images; names of layers and how it is put together do
not matter. A wrong one is diagnosed by finding the layer whose output it computes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from autograder import evidence
from autograder.checks import answers, references
from autograder.checks.base import Check, Floats, ModelRefusedError, Oracle, Subject, VariableName
from autograder.checks.claims import LayerOutput, ModelClaim
from autograder.evidence import Layer, Model, QuestionEvidence, Scalar, Value
from autograder.result import Verdict

_PROBES = 8
_LEAST_PROBABILITY = 1e-30
"""Smaller ones have lost their digits to rounding."""

_ADVICE = "Build it from the layers of the given, trained network."


class ModelCheck(Check):
    """A variable is a network that computes this.

    Attributes:
        model: the variable.
        computes: what, for any image.
        of: the variable of the submitted network whose layers are meant; the given network by default.
        tolerance: how far a number may be off, times the largest expected magnitude where that exceeds 1.
    """

    model: VariableName
    computes: ModelClaim
    of: VariableName | None = None
    tolerance: float = Field(default=1e-3, gt=0, strict=True, allow_inf_nan=False)

    @property
    def subject(self) -> str:
        """The variable."""
        return self.model

    @property
    def network(self) -> str:
        """The network whose layers are meant."""
        return self.of or ""

    @property
    def needs_checkpoint(self) -> bool:
        """Unless the layers are a submitted network's."""
        return self.of is None

    def captures(self) -> tuple[str, ...]:
        """The variable, and that of the network whose layers are meant."""
        return (self.model, self.of) if self.of else (self.model,)


class LayersCheck(Check):
    """A variable lists the layers of the given network, in order.

    Attributes:
        layers: the variable.
        of: the variable of the submitted network whose layers are meant; the given network by default.
    """

    layers: VariableName
    of: VariableName | None = None

    @property
    def subject(self) -> str:
        """The variable."""
        return self.layers

    @property
    def network(self) -> str:
        """The network whose layers are meant."""
        return self.of or ""

    @property
    def needs_checkpoint(self) -> bool:
        """Unless the layers are a submitted network's."""
        return self.of is None

    def captures(self) -> tuple[str, ...]:
        """The variable, and that of the network whose layers are meant."""
        return (self.layers, self.of) if self.of else (self.layers,)


def verdict(check: ModelCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Run the captured network on probe images and compare with the layer that is asked for."""
    value = answers.captured(question, check.model)
    if isinstance(value, Verdict):
        return value
    if not isinstance(value, Model):
        return references.no_model(check.model, value)
    given = references.given(check.computes, check.of, question, oracle)
    if isinstance(given, Verdict):
        return given
    images = probes(oracle.images)
    try:
        outputs = oracle.run(value, images)
    except ModelRefusedError as error:
        return references.refused(check.model, error)
    return _compared(check, outputs, images, oracle.subject(given.model))


def probes(images: Floats) -> Floats:
    """Images to try a network on: some of the assignment's and as many of noise in their range.

    Noise tells networks apart that agree on photographs; it is the same in every run.
    """
    some = images[:_PROBES]
    noise = np.random.default_rng(0).uniform(some.min(), some.max(), some.shape)
    return np.concatenate([some, noise.astype(some.dtype)])


def _compared(check: ModelCheck, outputs: Sequence[Floats], images: Floats, subject: Subject) -> Verdict:
    asked = _asked(check, subject)
    expected = [subject.layer_output(layer, images) for layer in asked] or [subject.probabilities(images)]

    def right(output: Floats) -> bool:
        if not asked:
            return _is_logits(output, expected[0])
        return any(_close(output, one, check.tolerance) for one in expected)

    if len(outputs) != 1:
        among = any(map(right, outputs))
        hint = "the one that is asked for is among them. Keep only that" if among else "one is expected"
        message = f"`{check.model}` has {len(outputs)} outputs; {hint}."
        return Verdict("failed", message=message, diagnosis="several_outputs")
    if right(outputs[0]):
        return Verdict("passed", 1.0, f"`{check.model}` computes what is asked for.")
    return _diagnosed(check, outputs[0], expected[0], images, subject)


def _asked(check: ModelCheck, subject: Subject) -> tuple[int, ...]:
    """The layers whose output is right; none where logits are asked for."""
    computes = check.computes
    return subject.accepted(computes.activations.layer) if isinstance(computes, LayerOutput) else ()


def _is_logits(output: Floats, probabilities: Floats) -> bool:
    """Whether an output's softmax gives the probabilities."""
    if output.shape != probabilities.shape or not np.isfinite(output).all():
        return False
    logits = output.astype(np.float64)
    top = logits.max(axis=1, keepdims=True)
    ours = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    known = probabilities > _LEAST_PROBABILITY
    theirs = np.log(probabilities.astype(np.float64), where=known, out=np.zeros_like(ours))
    return bool(np.allclose(ours[known], theirs[known], rtol=1e-3, atol=1e-2))


def _diagnosed(
    check: ModelCheck, output: Floats, expected: Floats, images: Floats, subject: Subject
) -> Verdict:
    asked = _asked(check, subject)
    advice = f"Build it from the layers of `{check.of}`." if check.of else _ADVICE
    wanted = f"the output of layer {asked[0]} ({subject.layers[asked[0]].name})" if asked else "the logits"

    def failed(diagnosis: str, message: str) -> Verdict:
        return Verdict("failed", message=message, instructor=f"Expected {wanted}.", diagnosis=diagnosis)

    if not np.isfinite(output).all():
        return failed("nan", f"`{check.model}` computes NaN or infinite values. {advice}")
    if not asked and _close(output, expected, check.tolerance):
        message = f"`{check.model}` computes probabilities. Leave the softmax at the end out."
        return failed("softmax_left", message)
    for index, layer in enumerate(subject.layers):
        if index in asked or not _may_compute(layer.shape, output):
            continue
        if _close(output, subject.layer_output(index, images), check.tolerance):
            what = f"the output of layer {index} ({layer.name})"
            whole = ", the network's last" if index == len(subject.layers) - 1 else ""
            message = f"`{check.model}` computes {what}{whole}. Another layer is asked for."
            return failed("other_layer", message)
    seen = f"`{check.model}` computes an array of shape {output.shape[1:]} for an image"
    if output.shape == expected.shape:
        return failed("other_weights", f"{seen}. The shape is right, the numbers are not. {advice}")
    of = f"`{check.of}`" if check.of else "the given network"
    return failed("other_output", f"{seen}, which no layer of {of} does. {advice}")


def _may_compute(shape: tuple[int | None, ...], output: Floats) -> bool:
    """Whether a layer's output can have a shape, so that only few layers are computed."""
    fits = zip(shape[1:], output.shape[1:], strict=False)
    return len(shape) == output.ndim and all(size in (None, wanted) for size, wanted in fits)


def _close(output: Floats, expected: Floats, tolerance: float) -> bool:
    if output.shape != expected.shape:
        return False
    margin = tolerance * max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    return bool(np.allclose(output, expected, rtol=0, atol=margin))


def layers_verdict(check: LayersCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the captured list with the given network's layers, by class and order.

    Names are not compared where layers were handed in: Keras numbers them anew in every network.
    """
    value = answers.captured(question, check.layers)
    if isinstance(value, Verdict):
        return value
    model = None if check.of is None else references.subject(question, check.of)
    if isinstance(model, Verdict):
        return model
    seen = f"`{check.layers}` is {answers.kind(value)}"
    if not isinstance(value, evidence.Sequence):
        hint = " Take its layers." if isinstance(value, Model) else ""
        message = f"{seen}; a list of all layers of the network is expected.{hint}"
        return Verdict("failed", message=message, diagnosis="wrong_type")
    expected = oracle.subject(model).layers
    names = _names(value.items)
    if names is not None:
        return _listed(check, names, [layer.name for layer in expected], "names_only")
    classes = [answers.short_class(item.python) for item in value.items if isinstance(item, Layer)]
    if len(classes) < len(value.items) or not classes:
        others = sorted({answers.kind(item) for item in value.items if not isinstance(item, Layer)})
        message = f"{seen}, and not all of them are layers{': ' if others else ''}{', '.join(others[:3])}."
        return Verdict("failed", message=message, diagnosis="not_layers")
    if classes[0] == "InputLayer":
        classes = classes[1:]
    return _listed(check, classes, [layer.python for layer in expected], "")


def _names(items: Sequence[Value]) -> list[str] | None:
    names = [item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, str)]
    return names if names and len(names) == len(items) else None


def _listed(check: LayersCheck, given: list[str], expected: list[str], remark: str) -> Verdict:
    if given == expected:
        told = " It holds the layers' names; the layers themselves are of more use." if remark else ""
        return Verdict("passed", 1.0, f"`{check.layers}` is right.{told}", diagnosis=remark)
    seen = f"`{check.layers}` has {len(given)} item{'s' * (len(given) != 1)}"
    if given == expected[::-1]:
        return _unlisted(
            f"{seen}, which are the layers from last to first. Keep the network's order.", "reversed"
        )
    if given == expected[1:]:
        return _unlisted(f"{seen}: the network's first layer is missing.", "first_missing")
    if given == expected[:-1]:
        return _unlisted(f"{seen}: the network's last layer is missing.", "last_missing")
    if len(given) < len(expected):
        return _unlisted(
            f"{seen}, which are not all layers of the network. Take the whole list.", "some_missing"
        )
    return _unlisted(f"{seen}, which are not the layers of the given network in their order.", "other_layers")


def _unlisted(message: str, diagnosis: str) -> Verdict:
    return Verdict("failed", message=message, diagnosis=diagnosis)
