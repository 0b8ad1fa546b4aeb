"""Lists of a network's layers with the shapes of their inputs and outputs.

Names are free, and so is how an entry is written: a tuple, a list or a dict, with or without the batch axis.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder import evidence
from autograder.checks import answers, references
from autograder.checks.base import Check, LayerInfo, Oracle, VariableName
from autograder.evidence import Array, Mapping, QuestionEvidence, Scalar, Value
from autograder.result import Verdict

Shape = tuple[int | None, ...]


class LayerShapesCheck(Check):
    """A variable lists name, input shape and output shape of every layer of a network, in order.

    Attributes:
        layer_shapes: the variable.
        of: the variable of the submitted network; the given network by default.
    """

    layer_shapes: VariableName
    of: VariableName | None = None

    @property
    def subject(self) -> str:
        """The variable."""
        return self.layer_shapes

    @property
    def network(self) -> str:
        """The network whose layers are meant."""
        return self.of or ""

    @property
    def needs_checkpoint(self) -> bool:
        """Unless the layers are a submitted network's."""
        return self.of is None

    def captures(self) -> tuple[str, ...]:
        """The variable, and that of the network."""
        return (self.layer_shapes, self.of) if self.of else (self.layer_shapes,)


def verdict(check: LayerShapesCheck, question: QuestionEvidence, oracle: Oracle) -> Verdict:
    """Compare the listed shapes with the network's, layer by layer."""
    value = answers.captured(question, check.layer_shapes)
    if isinstance(value, Verdict):
        return value
    model = None if check.of is None else references.subject(question, check.of)
    if isinstance(model, Verdict):
        return model
    layers = oracle.subject(model).layers
    seen = f"`{check.layer_shapes}` is {answers.kind(value)}"
    entries = _entries(value)
    if entries is None:
        message = f"{seen}; a list is expected with an entry for every layer: name, input and output shape."
        return Verdict("failed", message=message, diagnosis="wrong_type")
    pairs = _without_input_layer([_pair(entry) for entry in entries], layers)
    expected = [(layer.input[1:], layer.shape[1:]) for layer in layers]
    if pairs == expected:
        return Verdict("passed", 1.0, f"`{check.layer_shapes}` is right.")
    if pairs == [(after, before) for before, after in expected]:
        message = f"{seen}, in which input and output shapes have changed places."
        return Verdict("failed", message=message, diagnosis="swapped")
    if len(pairs) != len(expected):
        message = f"{seen}; the network has {len(expected)} layers, and each needs an entry."
        return Verdict("failed", message=message, diagnosis="other_length")
    return _first_difference(seen, pairs, expected)


def _first_difference(
    seen: str, pairs: Sequence[tuple[Shape, ...]], expected: Sequence[tuple[Shape, ...]]
) -> Verdict:
    place = next(
        place for place, (one, other) in enumerate(zip(pairs, expected, strict=True)) if one != other
    )
    if len(pairs[place]) != 2:
        message = (
            f"{seen}; entry {place + 1} has to hold a name and two shapes: of the input and of the output."
        )
        return Verdict("failed", message=message, diagnosis="wrong_entry")
    message = f"{seen}; the shapes in entry {place + 1} are not those of that layer's input and output."
    return Verdict("failed", message=message, diagnosis="other_shapes")


def _entries(value: Value) -> list[Value] | None:
    match value:
        case evidence.Sequence(items=items):
            return list(items)
        case Mapping(items=pairs):
            return [item for _, item in pairs]
    return None


def _pair(entry: Value) -> tuple[Shape, ...]:
    """The shapes in an entry, in order; what is none, such as the name, is passed over."""
    shapes = [_shape(item) for item in _entries(entry) or []]
    return tuple(shape for shape in shapes if shape is not None)


def _shape(value: Value) -> Shape | None:
    """A shape without its batch axis, None for anything else."""
    if isinstance(value, Array) and value.array.ndim == 1 and value.array.dtype.kind in "iu":
        return tuple(value.array.tolist())
    if not isinstance(value, evidence.Sequence):
        return None
    sizes = [item.value for item in value.items if isinstance(item, Scalar)]
    whole = [size for size in sizes if size is None or (isinstance(size, int) and not isinstance(size, bool))]
    if len(whole) < len(value.items):
        return None
    return tuple(whole[1:] if whole and whole[0] is None else whole)


def _without_input_layer(
    pairs: list[tuple[Shape, ...]], layers: Sequence[LayerInfo]
) -> list[tuple[Shape, ...]]:
    """An input layer, which functional networks list, changes nothing: in and out it has the same shape."""
    if layers and len(pairs) == len(layers) + 1 and set(pairs[0]) == {layers[0].input[1:]}:
        return pairs[1:]
    return pairs
