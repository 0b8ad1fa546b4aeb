"""The vocabulary of claims: what a value, tensor or figure says it is, in a grading config.

A claim is a mapping with one key: `{weights: {layer: 0}}`, `{activations: {layer: conv1, image: 16}}`.
Schemas only; the oracle knows how to compute them.
"""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    NonNegativeInt,
    PlainValidator,
    StrictStr,
    Tag,
)

_ROLE = re.compile(r"(conv|pool|dense)([1-9][0-9]?)")


def _variable(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is not the name of a Python variable")
    return name


VariableName = Annotated[StrictStr, AfterValidator(_variable)]
"""A variable of the student's notebook."""


def _layer(value: Any) -> int | str:
    if isinstance(value, str) and not value.lstrip("-").isdigit():
        if _ROLE.fullmatch(value):
            return value
        raise ValueError(f"is {value!r}; an index, or a role such as conv1, pool1 or dense1 is expected")
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"has to be an index, or a role such as conv1, not {value!r}")
    if int(value) < 0:
        raise ValueError(f"has to be greater than or equal to 0, not {str(value)!r}")
    return int(value)


Layer = Annotated[int | str, PlainValidator(_layer)]
"""A layer: its index in `model.layers` (an input layer is not counted), or its role in any network: `conv1`,
`pool2`, `dense1` are the first convolution, the second pooling and the first dense layer."""


def role_of(layer: str) -> tuple[str, int]:
    """A role taken apart: `"conv2"` is ("conv", 2), the second one, counted from 1."""
    found = _ROLE.fullmatch(layer)
    if found is None:
        raise ValueError(f"{layer!r} is no role of a layer")
    return found[1], int(found[2])


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InVariable(_Form):
    """The image that a variable holds, (H, W, C) or (1, H, W, C), as it is given to the network."""

    variable: VariableName


class FromTrain(_Form):
    """The training image whose index a variable holds."""

    train: VariableName


class FromTest(_Form):
    """The test image whose index a variable holds."""

    test: VariableName


def _image_form(value: Any) -> str:
    if isinstance(value, dict | InVariable | FromTrain | FromTest):
        return str(_only_key(value))
    return "index"


ImageRef = Annotated[
    Annotated[NonNegativeInt, Tag("index")]
    | Annotated[InVariable, Tag("variable")]
    | Annotated[FromTrain, Tag("train")]
    | Annotated[FromTest, Tag("test")],
    Discriminator(_image_form),
]
"""An image: its index in the assignment's data, or what a variable of the student's says."""

AnyImage = int | InVariable | FromTrain | FromTest
Split = Literal["train", "test"]


def image_variables(image: AnyImage | None) -> tuple[str, ...]:
    """Variables that have to be captured to know which image is meant."""
    match image:
        case InVariable(variable=name) | FromTrain(train=name) | FromTest(test=name):
            return (name,)
    return ()


class OfLayer(_Form):
    """A layer of the network that the claim is about."""

    layer: Layer


class OfFilter(OfLayer):
    """A filter of a convolutional layer."""

    filter: NonNegativeInt


class OfLayerAndImage(OfLayer):
    """A layer's output for one image."""

    image: ImageRef


class Whole(_Form):
    """No parameters: `{accuracy: {}}`."""


class Weights(_Form):
    """A layer's kernel tensor, (kernel height, kernel width, channels in, filters)."""

    weights: OfLayer


class Bias(_Form):
    """A layer's bias vector, (filters,)."""

    bias: OfLayer


class Filter(_Form):
    """One filter, (kernel height, kernel width, channels in); as a figure, one RGB panel."""

    filter: OfFilter


class Filters(_Form):
    """All filters of a layer, one panel each."""

    filters: OfLayer


class Kernels(_Form):
    """The kernels of one filter, one panel per input channel."""

    kernels: OfFilter


class Activations(_Form):
    """A layer's output: for a figure, its feature maps for one image, one panel each."""

    activations: OfLayerAndImage


class LayerOutput(_Form):
    """A layer's output as a function of the input: what a sub-model has to compute."""

    activations: OfLayer


class Probabilities(_Form):
    """The network's class probabilities for all of the assignment's images, (N, classes)."""

    probabilities: Whole


class Logits(_Form):
    """What the network's softmax is taken of, as a function of the input; a constant may be added."""

    logits: Whole


class Images(_Form):
    """Images of the assignment's data, any of them."""

    images: Whole


class GradCam(_Form):
    """Grad-CAM of the predicted class at a convolutional layer, for one image."""

    grad_cam: OfLayerAndImage


class Accuracy(_Form):
    """The network's accuracy on the assignment's data, 0…1."""

    accuracy: Whole


class Loss(_Form):
    """The network's mean cross-entropy on the assignment's data, in nats."""

    loss: Whole


def _only_key(value: Any) -> str | None:
    if isinstance(value, dict):
        return next(iter(value), None) if len(value) == 1 else None
    fields = getattr(type(value), "model_fields", {})
    return next(iter(fields), None)


ScalarClaim = Annotated[
    Annotated[Accuracy, Tag("accuracy")] | Annotated[Loss, Tag("loss")],
    Discriminator(_only_key),
]
TensorClaim = Annotated[
    Annotated[Weights, Tag("weights")]
    | Annotated[Bias, Tag("bias")]
    | Annotated[Filter, Tag("filter")]
    | Annotated[Activations, Tag("activations")]
    | Annotated[Probabilities, Tag("probabilities")],
    Discriminator(_only_key),
]
PanelClaim = Annotated[
    Annotated[Filter, Tag("filter")]
    | Annotated[Filters, Tag("filters")]
    | Annotated[Kernels, Tag("kernels")]
    | Annotated[Activations, Tag("activations")]
    | Annotated[Images, Tag("images")]
    | Annotated[GradCam, Tag("grad_cam")],
    Discriminator(_only_key),
]
ModelClaim = Annotated[
    Annotated[LayerOutput, Tag("activations")] | Annotated[Logits, Tag("logits")],
    Discriminator(_only_key),
]


def image_of(claim: Any) -> AnyImage | None:
    """The image that a claim names, if it is a claim and names one."""
    return getattr(getattr(claim, str(_only_key(claim)), None), "image", None)
