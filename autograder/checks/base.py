"""What every check is given: its config, the question's evidence and an oracle; and the words for both.

A check family is a module with a pydantic schema (a subclass of `Check`) and one function
`verdict(check, question, oracle) -> Verdict`. Checks never execute student code, never import the worker,
and reach the checkpoint and the data only through the oracle they are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from autograder.checks.claims import PanelClaim, ScalarClaim, Split, TensorClaim
from autograder.checks.claims import VariableName as VariableName
from autograder.evidence import Call, Model
from autograder.figures.panels import Floats as Floats
from autograder.figures.panels import PanelSet as PanelSet
from autograder.result import Visibility


class Check(BaseModel):
    """What all checks share.

    Attributes:
        weight: share of the question's points relative to its other checks.
        show: when an LMS may show the check to students (Gradescope's four values).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs_execution: ClassVar[bool] = True
    """False for a family that can be decided by a handed-in network alone, without executing anything."""

    weight: float = Field(default=1.0, gt=0, strict=True, allow_inf_nan=False)
    show: Visibility = "hidden"

    @property
    def subject(self) -> str:
        """What is looked at: a variable's name, or "figure"."""
        return "figure"

    @property
    def network(self) -> str:
        """The variable of the submitted network that it is about, "" when it is about none."""
        return ""

    @property
    def needs_checkpoint(self) -> bool:
        """Whether it is about the assignment's own pretrained network; refused in configs without one."""
        return False

    def captures(self) -> tuple[str, ...]:
        """Variables that the worker has to capture for this check."""
        return ()

    def calls(self, question: str) -> tuple[Call, ...]:
        """Functions of the notebook that the worker has to call for this check.

        Args:
            question: the id of the question that the check belongs to.
        """
        return ()


class ModelRefusedError(Exception):
    """A submitted network was not rebuilt (custom layer, Lambda, too large, shapes that do not fit).

    Nobody's fault for sure: `checks.judge` leaves the check to a person.
    """


class NoSuchLayerError(Exception):
    """A submitted network has no layer of the role that is asked for; the message is for the student.

    `checks.judge` makes it a failed check.
    """


@dataclass(frozen=True)
class LayerInfo:
    """A layer of a network.

    Attributes:
        name: "conv2d".
        python: its class, "Conv2D".
        shape: of its output, for example (None, 26, 26, 32); None where any size is possible.
        weights: places of its arrays in the network's `get_weights()`: of a convolution, kernel and bias.
        input: shape of its input, likewise; empty where it has several.
    """

    name: str
    python: str
    shape: tuple[int | None, ...] = ()
    weights: tuple[int, ...] = ()
    input: tuple[int | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Picture:
    """An image that a claim is about.

    Attributes:
        pixels: (H, W, C) float32, scaled as networks get it.
        title: what it is, for messages: "test image 16", "the image in `digit`".
        label: its class; None for one that a variable holds.
    """

    pixels: Floats
    title: str
    label: int | None = None


@dataclass(frozen=True, eq=False)
class Given:
    """What of the student's own a claim is about; made by `checks.references.given`.

    Attributes:
        model: the submitted network, or None for the assignment's own.
        name: its variable.
        image: the image that the claim names, if it names one.
        others: the student's other networks, by variable; shown by mistake.
    """

    model: Model | None = None
    name: str = ""
    image: Picture | None = None
    others: Mapping[str, Model] = field(default_factory=dict)


NOTHING = Given()
"""For a claim about the assignment's own network that names an image by its index, or none."""


class Subject(Protocol):
    """A network whose insides a claim is about: the assignment's own, or a submitted one.

    Layers are numbered as in `model.layers` of a `Sequential`: an input layer is not counted. A submitted
    network runs in a process of its own; every method may raise `ModelRefusedError` for it.
    """

    @property
    def layers(self) -> Sequence[LayerInfo]:
        """Its layers, in order."""
        ...

    def resolve(self, layer: int | str) -> int:
        """The index of a layer that is given by index or role.

        Raises:
            NoSuchLayerError: a submitted network has no such layer.
            ValueError: the assignment's own has none: the config is wrong.
        """
        ...

    def accepted(self, layer: int | str) -> tuple[int, ...]:
        """Indices of the layers whose output counts as a layer's: the one itself, and for a convolution
        that is named by its role also the batch normalisation and activation that follow it directly."""
        ...

    def layer_output(self, layer: int, images: Floats) -> Floats:
        """What a layer computes for any images, (N, …) float32.

        Args:
            layer: its index.
            images: (N, H, W, C), scaled as students get them.
        """
        ...

    def probabilities(self, images: Floats) -> Floats:
        """Class probabilities, (N, classes) float32: the network's output, or the softmax of logits.

        Those for `Oracle.images` are computed once.

        Raises:
            ModelRefusedError: a submitted network is no classifier of the assignment's classes.
        """
        ...

    def weights(self, layer: int) -> Sequence[Floats]:
        """A layer's arrays in `get_weights()` order, kernel first; empty for one without."""
        ...


class Oracle(Protocol):
    """Recomputes what a claim is about, from networks and data. Implemented by `grading.oracle`.

    Without a `Given`, a claim is about the assignment's own network; image indices in claims index the
    assignment's data.
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
    def fallback(self) -> bool:
        """Whether the images are of the small sets that install with Loupe, not of the real ones."""
        ...

    def part(self, split: Split, count: int | None = None) -> tuple[Floats, NDArray[Any]]:
        """The first images of a split, scaled as `images` are, and their classes.

        Args:
            split: "train" or "test".
            count: how many at most; all by default (hundreds of megabytes: ask for what is used).

        Returns:
            (N, H, W, C) float32 and (N,) int64.
        """
        ...

    def displayed(self, images: Floats) -> Sequence[Floats]:
        """The forms in which people may draw images, the likeliest first; scaled alike is one form.

        Args:
            images: (N, H, W, C), scaled as `images` are.

        Returns:
            The images with the mean image added back where the scale removes it; the images themselves.
        """
        ...

    def picture(self, index: int, split: Split | None = None) -> Picture | None:
        """One image by its index: of the assignment's data, or of a whole split; None if there is none.

        Args:
            index: a negative one counts from the end.
            split: "train" or "test"; by default the assignment's data, as `images` has them.
        """
        ...

    def subject(self, model: Model | None = None) -> Subject:
        """The assignment's own network, or a submitted one."""
        ...

    def scalar(self, claim: ScalarClaim, given: Given = NOTHING) -> float:
        """The number a claim names (accuracy, loss)."""
        ...

    def tensor(self, claim: TensorClaim, given: Given = NOTHING) -> Floats:
        """The array a claim names, for example a layer's weights."""
        ...

    def panels(self, claim: PanelClaim, given: Given = NOTHING) -> PanelSet:
        """What a figure that makes this claim has to show."""
        ...

    def alternatives(self, claim: PanelClaim, given: Given = NOTHING) -> Sequence[PanelSet]:
        """What it may show as well: of a convolution given by its role, the maps after its activation."""
        ...

    def decoys(self, claim: PanelClaim, given: Given = NOTHING) -> Sequence[PanelSet]:
        """What it may show by mistake: other layers, images, networks, the untrained network."""
        ...

    def run(self, model: Model, images: Floats) -> list[Floats]:
        """Rebuild a submitted network in a process of its own and predict.

        Returns:
            One array per output of the model.

        Raises:
            ModelRefusedError: the network is not made of built-in layers, or does not accept the images.
        """
        ...
