"""Recomputes what a claim is about, from networks and data as the judge sees them.

What belongs to the course is computed once per run and kept, what belongs to a submission while it is
judged. Runs no student code: a submitted network is only ever handed to the `Runner`, which the engine
connects to a process of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from autograder.checks import claims
from autograder.checks.base import NOTHING, Floats, Given, PanelSet, Picture
from autograder.config import AssignmentConfig
from autograder.evidence import Model
from autograder.grading import panel_sets
from autograder.grading.cache import Cache, digest
from autograder.grading.panel_sets import Network, World
from autograder.grading.subjects import Local, Runner, Submitted
from reference import checkpoints, datasets

_NETWORKS_KEPT = 16
_SETS_KEPT = 24
_OTHER_IMAGES = 60
"""Images whose feature maps a submitted network is asked for, as decoys."""

_SPLITS = {"train": "training", "test": "test"}


class CheckpointOracle:
    """The oracle of one assignment; implements `checks.base.Oracle`.

    Args:
        config: the assignment's grading config.
        data: the resolved data set.
        runner: runs submitted networks, elsewhere.
        cache: keeps what networks gave; by default in memory, for the life of this object.

    Raises:
        reference.checkpoints.CheckpointError: the config names a checkpoint that is not registered.
    """

    def __init__(
        self, config: AssignmentConfig, data: datasets.Dataset, runner: Runner, cache: Cache | None = None
    ) -> None:
        def entry(name: str) -> checkpoints.Checkpoint:
            return checkpoints.for_data(name, stand_in=data.stand_in)

        self.checkpoint = None if config.model is None else entry(config.model.checkpoint)
        self._references = tuple(entry(name) for name in dict.fromkeys(config.models.values()))
        self._config = config
        self._data = data
        self._runner = runner
        self._cache = Cache() if cache is None else cache
        self._sets: dict[claims.PanelClaim, list[PanelSet]] = {}
        self._submitted_sets: OrderedDict[tuple[Any, ...], list[PanelSet]] = OrderedDict()
        self._subjects: OrderedDict[str, Submitted] = OrderedDict()
        self._digests: WeakKeyDictionary[Model, str] = WeakKeyDictionary()

    # ------------------------------------------------------------ the data

    @cached_property
    def _part(self) -> tuple[datasets.Images, datasets.Labels]:
        return self._data.part(self._config.data.split, self._config.data.count)

    @cached_property
    def _mean(self) -> NDArray[np.float32] | None:
        removed = self._config.data.scale == "mean_removed"
        return datasets.mean_image(self._data.x_train) if removed else None

    def _scaled(self, images: datasets.Images) -> Floats:
        return datasets.scaled(datasets.with_channel(images), self._config.data.scale, self._mean)

    @cached_property
    def images(self) -> Floats:
        """The assignment's images, scaled as students get them, (N, H, W, C) float32."""
        return self._scaled(self._part[0])

    @cached_property
    def labels(self) -> NDArray[Any]:
        """Their classes, (N,) int64."""
        return self._part[1]

    @property
    def class_names(self) -> Sequence[str]:
        """Names of the classes, in label order."""
        return (
            datasets.CIFAR10_CLASSES if self._data.name == "cifar10" else [str(digit) for digit in range(10)]
        )

    @property
    def fallback(self) -> bool:
        """Whether the images are of the small sets that install with Loupe."""
        return self._data.fallback

    def part(self, split: claims.Split, count: int | None = None) -> tuple[Floats, NDArray[Any]]:
        """The first images of a split, scaled, and their classes."""
        images, labels = self._data.part(split, None)
        return self._scaled(images[:count]), labels[:count]

    def displayed(self, images: Floats) -> Sequence[Floats]:
        """Images as people may draw them: with the mean added back where it was removed, and as they are."""
        return [images] if self._mean is None else [images + self._mean, images]

    def picture(self, index: int, split: claims.Split | None = None) -> Picture | None:
        """One image of the assignment's data, or of a whole split; None if there is none."""
        images, labels = self._part if split is None else self._data.part(split, None)
        if not -len(images) <= index < len(images):
            return None
        index %= len(images)
        title = f"{_SPLITS[split or self._config.data.split]} image {index}"
        return Picture(self._scaled(images[index : index + 1])[0], title, int(labels[index]))

    # ------------------------------------------------------------ the networks

    @cached_property
    def _own(self) -> Local:
        if self.checkpoint is None:
            raise ValueError("this assignment has no network of its own: a claim needs the key `of`")
        return Local(self.checkpoint.model(), self.images, self._cache)

    def subject(self, model: Model | None = None) -> Local | Submitted:
        """The assignment's own network, or a submitted one."""
        if model is None:
            return self._own
        identity = self._digest(model)
        if identity not in self._subjects:
            while len(self._subjects) >= _NETWORKS_KEPT:
                self._subjects.popitem(last=False)
            self._subjects[identity] = Submitted(
                model, self._runner, self.images, len(self.class_names), self._cache
            )
        self._subjects.move_to_end(identity)
        return self._subjects[identity]

    def _digest(self, model: Model) -> str:
        """A submitted network's identity: the sha256 of its description and weights."""
        if model not in self._digests:
            self._digests[model] = digest(model.config, *model.weights)
        return self._digests[model]

    def run(self, model: Model, images: Floats) -> list[Floats]:
        """Predict with a submitted network, in a process of its own."""
        subject = self.subject(model)
        return subject.outputs(images) if isinstance(subject, Submitted) else []

    @cached_property
    def _untrained(self) -> list[Network]:
        """Networks shown by mistake for the assignment's own: before training, and of the same design."""
        entry = self.checkpoint
        if entry is None:
            return []
        others = [checkpoints.get(name) for name in checkpoints.names() if name != entry.name]
        return [
            Network(Local(entry.untrained(), cache=self._cache), "untrained", "the network before training"),
            *(
                Network(
                    Local(other.model(), cache=self._cache),
                    "other_checkpoint",
                    f"another checkpoint ({other.name})",
                )
                for other in others
                if other.network == entry.network
            ),
        ]

    @cached_property
    def _solutions(self) -> list[Local]:
        return [Local(entry.model(), cache=self._cache) for entry in self._references]

    def _strangers(self, given: Given) -> list[Network]:
        """Networks shown by mistake for a submitted one: the student's others, and the course's."""
        if given.model is None:
            return self._untrained
        own = self._digest(given.model)
        others = [
            Network(self.subject(model), "other_network", f"`{name}`")
            for name, model in given.others.items()
            if self._digest(model) != own
        ]
        return others + [
            Network(local, "other_network", f"a network that is not `{given.name}`")
            for local in self._solutions
            if not _same(local.model.get_weights(), given.model.weights)
        ]

    # ------------------------------------------------------------ the claims

    def scalar(self, claim: claims.ScalarClaim, given: Given = NOTHING) -> float:
        """Accuracy (0…1) or mean cross-entropy (nats) on the assignment's images."""
        probabilities = self.subject(given.model).probabilities(self.images)
        if isinstance(claim, claims.Accuracy):
            return float(np.mean(probabilities.argmax(axis=1) == self.labels))
        chosen = probabilities[np.arange(len(self.labels)), self.labels]
        # Keras takes the logarithm of the logits' softmax, so that a confident mistake costs its full price.
        return float(-np.mean(np.log(np.maximum(chosen, np.finfo(np.float32).tiny))))

    def tensor(self, claim: claims.TensorClaim, given: Given = NOTHING) -> Floats:
        """The array a claim names."""
        subject = self.subject(given.model)
        match claim:
            case claims.Weights(weights=of):
                return _parameter(subject, of.layer, 0)
            case claims.Bias(bias=of):
                return _parameter(subject, of.layer, 1)
            case claims.Filter(filter=of):
                weights = _parameter(subject, of.layer, 0)
                if of.filter >= weights.shape[-1]:
                    raise subject.unfit(f"layer {of.layer} has no filter {of.filter}")
                return np.asarray(weights[..., of.filter])
            case claims.Activations(activations=of):
                pixels = self._image(claim, given).pixels
                return np.asarray(subject.layer_output(subject.resolve(of.layer), pixels[None])[0])
            case claims.Probabilities():
                return subject.probabilities(self.images)
        raise TypeError(claim)

    def _image(self, claim: claims.TensorClaim | claims.PanelClaim, given: Given) -> Picture:
        """The image that a claim names."""
        ref = claims.image_of(claim)
        found = given.image or (self.picture(ref) if isinstance(ref, int) else None)
        if found is None:
            raise ValueError(f"there is no image {ref} in the data: a claim in the grading config is wrong")
        return found

    def panels(self, claim: claims.PanelClaim, given: Given = NOTHING) -> PanelSet:
        """What a figure that makes this claim has to show."""
        return self._candidates(claim, given)[0]

    def alternatives(self, claim: claims.PanelClaim, given: Given = NOTHING) -> Sequence[PanelSet]:
        """What it may show as well."""
        return [one for one in self._candidates(claim, given)[1:] if not one.mistake]

    def decoys(self, claim: claims.PanelClaim, given: Given = NOTHING) -> Sequence[PanelSet]:
        """What it may show by mistake."""
        return [one for one in self._candidates(claim, given) if one.mistake]

    def _candidates(self, claim: claims.PanelClaim, given: Given) -> list[PanelSet]:
        if given.model is None and (given.image is None or isinstance(claims.image_of(claim), int)):
            if claim not in self._sets:
                self._sets[claim] = self._computed(claim, given)
            return self._sets[claim]
        key = (
            claim,
            given.name,
            None if given.model is None else self._digest(given.model),
            None if given.image is None else (given.image.title, given.image.pixels.tobytes()),
            tuple((name, self._digest(model)) for name, model in given.others.items()),
        )
        if key not in self._submitted_sets:
            while len(self._submitted_sets) >= _SETS_KEPT:
                self._submitted_sets.popitem(last=False)
            self._submitted_sets[key] = self._computed(claim, given)
        return self._submitted_sets[key]

    def _computed(self, claim: claims.PanelClaim, given: Given) -> list[PanelSet]:
        own = Network(self.subject(given.model), title=f"`{given.name}`" if given.name else "")
        # The assignment's own network is looked through on all images, once for the class.
        images = self.images if given.model is None else self.images[:_OTHER_IMAGES]
        noun = _SPLITS[self._config.data.split]
        names = [f"{noun} image {index}" for index in range(len(images))]
        world = World(own, self._strangers(given), images, names, self.class_names)
        image = None if claims.image_of(claim) is None else self._image(claim, given)
        return panel_sets.candidates(claim, world, image)


def _parameter(subject: Local | Submitted, layer: int | str, place: int) -> Floats:
    """A layer's kernel (place 0) or bias (place 1)."""
    index = subject.resolve(layer)
    weights = subject.weights(index)
    if place >= len(weights):
        name = f"layer {index} ({subject.layers[index].name})"
        raise subject.unfit(f"{name} has no {'bias' if weights else 'weights'}")
    return weights[place]


def _same(weights: Sequence[Floats], others: Sequence[Floats]) -> bool:
    return len(weights) == len(others) and all(map(np.array_equal, weights, others))
