"""Networks that students build from the given one, and lists of its layers.

A network is judged by what it computes on probe images; names of layers and how it is put together do
not matter. A wrong one is diagnosed by finding the layer whose output it computes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from autograder import evidence
from autograder.checks import answers
from autograder.checks.base import Check, Floats, ModelRefusedError, Oracle, VariableName
from autograder.checks.claims import ModelClaim
from autograder.evidence import Layer, Model, Opaque, QuestionEvidence, Scalar, Value
from autograder.result import Verdict

_PROBES = 8
_ADVICE = "Build it from the layers of the given, trained network."


class ModelCheck(Check):
    """A variable is a network that computes this.

    Attributes:
        model: the variable.
        computes: what, for any image.
        tolerance: how far a number may be off, times the largest expected magnitude where that exceeds 1.
    """

    model: VariableName
    computes: ModelClaim
    tolerance: float = Field(default=1e-3, gt=0, strict=True, allow_inf_nan=False)

    @property
    def subject(self) -> str:
        """The variable."""
        return self.model

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.model,)


class LayersCheck(Check):
    """A variable lists the layers of the given network, in order.

    Attributes:
        layers: the variable.
    """

    layers: VariableName

    @property
    def subject(self) -> str:
        """The variable."""
        return self.layers

    def captures(self) -> tuple[str, ...]:
        """The variable."""
        return (self.layers,)


def verdict(check: ModelCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Run the captured network on probe images and compare with the layer that is asked for."""
    value = answers.captured(question, check.model)
    if isinstance(value, Verdict):
        return value
    if not isinstance(value, Model):
        return no_model(check.model, value)
    images = probes(oracle.images)
    try:
        outputs = oracle.run(value, images)
    except ModelRefusedError as error:
        return refused(check.model, error)
    return _compared(check, outputs, images, oracle)


def probes(images: Floats) -> Floats:
    """Images to try a network on: some of the assignment's and as many of noise in their range.

    Noise tells networks apart that agree on photographs; it is the same in every run.
    """
    some = images[:_PROBES]
    noise = np.random.default_rng(0).uniform(some.min(), some.max(), some.shape)
    return np.concatenate([some, noise.astype(some.dtype)])


def no_model(name: str, value: Value) -> Verdict:
    """The verdict on something that is not a network."""
    hint = ""
    if isinstance(value, Layer):
        hint = " Build a model that ends at this layer's output."
    elif isinstance(value, Opaque) and "tensor" in value.python.lower():
        hint = " A layer's output becomes a network when it is given to `keras.Model` as `outputs`."
    message = f"`{name}` is {answers.kind(value)}; a Keras model is expected.{hint}"
    return Verdict("failed", message=message, diagnosis="wrong_type")


def refused(name: str, error: ModelRefusedError) -> Verdict:
    """The verdict on a network that is not rebuilt here, and may still be right."""
    why = answers.full_stop(str(error))
    message = f"`{name}` could not be run by the grader, so a person will look at it. {why}"
    return Verdict("needs_person", message=message, diagnosis="refused")


def _compared(check: ModelCheck, outputs: Sequence[Floats], images: Floats, oracle: Oracle) -> Verdict:
    asked = check.computes.activations.layer
    expected = oracle.layer_output(asked, images)
    if len(outputs) != 1:
        among = any(_close(output, expected, check.tolerance) for output in outputs)
        hint = "the one that is asked for is among them. Keep only that" if among else "one is expected"
        message = f"`{check.model}` has {len(outputs)} outputs; {hint}."
        return Verdict("failed", message=message, diagnosis="several_outputs")
    if _close(outputs[0], expected, check.tolerance):
        return Verdict("passed", 1.0, f"`{check.model}` computes what is asked for.")
    return _diagnosed(check, outputs[0], expected, images, oracle)


def _diagnosed(
    check: ModelCheck, output: Floats, expected: Floats, images: Floats, oracle: Oracle
) -> Verdict:
    asked = check.computes.activations.layer

    def failed(diagnosis: str, message: str) -> Verdict:
        instructor = f"Expected the output of layer {asked} ({oracle.layers[asked][0]})."
        return Verdict("failed", message=message, instructor=instructor, diagnosis=diagnosis)

    if not np.isfinite(output).all():
        return failed("nan", f"`{check.model}` computes NaN or infinite values. {_ADVICE}")
    for index, (name, _) in enumerate(oracle.layers):
        if index != asked and _close(output, oracle.layer_output(index, images), check.tolerance):
            what = f"the output of layer {index} ({name})"
            whole = ", the network's last" if index == len(oracle.layers) - 1 else ""
            return failed(
                "other_layer", f"`{check.model}` computes {what}{whole}. Another layer is asked for."
            )
    seen = f"`{check.model}` computes an array of shape {output.shape[1:]} for an image"
    if output.shape == expected.shape:
        return failed("other_weights", f"{seen}. The shape is right, the numbers are not. {_ADVICE}")
    return failed("other_output", f"{seen}, which no layer of the given network does. {_ADVICE}")


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
    seen = f"`{check.layers}` is {answers.kind(value)}"
    if not isinstance(value, evidence.Sequence):
        hint = " Take its layers." if isinstance(value, Model) else ""
        message = f"{seen}; a list of all layers of the network is expected.{hint}"
        return Verdict("failed", message=message, diagnosis="wrong_type")
    names = _names(value.items)
    if names is not None:
        return _listed(check, names, [name for name, _ in oracle.layers], "names_only")
    classes = [answers.short_class(item.python) for item in value.items if isinstance(item, Layer)]
    if len(classes) < len(value.items) or not classes:
        others = sorted({answers.kind(item) for item in value.items if not isinstance(item, Layer)})
        message = f"{seen}, and not all of them are layers{': ' if others else ''}{', '.join(others[:3])}."
        return Verdict("failed", message=message, diagnosis="not_layers")
    if classes[0] == "InputLayer":
        classes = classes[1:]
    return _listed(check, classes, [python for _, python in oracle.layers], "")


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
