"""What every check is given: its config, the question's evidence and an oracle; and the words for both.

A check family is a module with a pydantic schema (a subclass of `Check`) and one function
`verdict(check, question, oracle) -> Verdict`. Checks never execute student code, never import the worker,
and reach the checkpoint and the data only through the oracle they are given.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from typing import Annotated, Any, Protocol

from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr

from autograder.checks.claims import PanelClaim, ScalarClaim, TensorClaim
from autograder.evidence import Model
from autograder.figures.panels import Floats as Floats
from autograder.figures.panels import PanelSet as PanelSet
from autograder.result import Visibility


def _variable(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is not the name of a Python variable")
    return name


VariableName = Annotated[StrictStr, AfterValidator(_variable)]
"""A variable of the student's notebook."""


class Check(BaseModel):
    """What all checks share.

    Attributes:
        weight: share of the question's points relative to its other checks.
        show: when an LMS may show the check to students (Gradescope's four values).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(default=1.0, gt=0, strict=True, allow_inf_nan=False)
    show: Visibility = "hidden"

    @property
    def subject(self) -> str:
        """What is looked at: a variable's name, or "figure"."""
        return "figure"

    def captures(self) -> tuple[str, ...]:
        """Variables that the worker has to capture for this check."""
        return ()


class ModelRefusedError(Exception):
    """A submitted network was not rebuilt (custom layer, Lambda, too large, shapes that do not fit)."""


class Oracle(Protocol):
    """Recomputes what a claim is about, from the checkpoint and the data. Implemented by `grading.oracle`.

    Layer numbers index the checkpoint's `model.layers`; images index the assignment's data.
    """

    @property
    def images(self) -> Floats:
        """The assignment's images as students get them (scaled), (N, H, W, C) float32."""
        ...

    @property
    def labels(self) -> NDArray[Any]:
        """Their classes, (N,) int64."""
        ...

    @property
    def class_names(self) -> Sequence[str]:
        """Names of the classes, in label order."""
        ...

    @property
    def layers(self) -> Sequence[tuple[str, str]]:
        """(name, class) of the checkpoint's layers, for example ("conv2d", "Conv2D")."""
        ...

    def predicted(self) -> NDArray[Any]:
        """The checkpoint's most probable class for every image, (N,) int64."""
        ...

    def scalar(self, claim: ScalarClaim) -> float:
        """The number a claim names (accuracy, loss)."""
        ...

    def tensor(self, claim: TensorClaim) -> Floats:
        """The array a claim names, for example a layer's weights."""
        ...

    def layer_output(self, layer: int, images: Floats) -> Floats:
        """What a layer of the checkpoint computes for any images, (N, …) float32.

        Args:
            layer: its index in the checkpoint's `model.layers`.
            images: (N, H, W, C), scaled as students get them.
        """
        ...

    def panels(self, claim: PanelClaim) -> PanelSet:
        """What a figure that makes this claim has to show."""
        ...

    def decoys(self, claim: PanelClaim) -> Sequence[PanelSet]:
        """What it may show by mistake: other layers, images, checkpoints, the untrained network."""
        ...

    def run(self, model: Model, images: Floats) -> list[Floats]:
        """Rebuild a submitted network in a process of its own and predict.

        Returns:
            One array per output of the model.

        Raises:
            ModelRefusedError: the network is not made of built-in layers, or does not accept the images.
        """
        ...
