"""The vocabulary of claims: what a value, tensor or figure says it is, in a grading config.

A claim is a mapping with one key: `{weights: {layer: 0}}`, `{activations: {layer: 0, image: 16}}`.
Schemas only; the oracle knows how to compute them.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, NonNegativeInt, Tag


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfLayer(_Form):
    """A layer of the checkpoint, by its index in `model.layers`."""

    layer: NonNegativeInt


class OfFilter(OfLayer):
    """A filter of a convolutional layer."""

    filter: NonNegativeInt


class OfLayerAndImage(OfLayer):
    """A layer's output for one image of the assignment's data."""

    image: NonNegativeInt


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


class Images(_Form):
    """Images of the assignment's data, any of them."""

    images: Whole


class GradCam(_Form):
    """Grad-CAM of the predicted class at a convolutional layer, for one image."""

    grad_cam: OfLayerAndImage


class Accuracy(_Form):
    """The checkpoint's accuracy on the assignment's data, 0…1."""

    accuracy: Whole


class Loss(_Form):
    """The checkpoint's mean cross-entropy on the assignment's data, in nats."""

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
    | Annotated[Activations, Tag("activations")],
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
ModelClaim = LayerOutput
