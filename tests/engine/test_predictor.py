"""The prediction process behind its walls: submitted networks, their layers, and what it is asked again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from autograder.checks.base import LayerInfo, ModelRefusedError
from autograder.engine.launch import Confinement, choose
from autograder.engine.predictor import Predictor
from autograder.evidence import Model
from autograder.worker import capture
from autograder.worker.walls import JobLimits


@pytest.fixture(scope="module")
def predictor() -> Iterator[Predictor]:
    launcher = choose(Confinement(accept_weak=True), JobLimits(memory_mb=4000), threads=1)
    made = Predictor(launcher)
    yield made
    made.close()
    launcher.close()


def test_networks_and_their_layers_are_described_and_run(predictor: Predictor) -> None:
    import keras
    from keras import layers

    network = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(2, 3, name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(3, name="out"),
        ]
    )
    form = capture.encode(network)
    model = Model(form["config"], tuple(form["weights"]), form["python"])
    images = np.random.default_rng(0).random((7, 6, 6, 1), np.float32)
    described = predictor.describe(model)
    assert described == (
        LayerInfo("conv", "Conv2D", (None, 4, 4, 2), (0, 1), (None, 6, 6, 1)),
        LayerInfo("flat", "Flatten", (None, 32), (), (None, 4, 4, 2)),
        LayerInfo("out", "Dense", (None, 3), (2, 3), (None, 32)),
    )
    (whole,) = predictor(model, images)
    np.testing.assert_allclose(whole, np.asarray(network(images)), atol=1e-5)
    (maps,) = predictor(model, images, 0)
    np.testing.assert_allclose(maps, np.asarray(network.layers[0](images)), atol=1e-5)
    assert predictor(model, images, 0)[0] is maps  # Remembered, and not mixed up with another layer.
    with pytest.raises(ModelRefusedError, match="no layer 3"):
        predictor(model, images, 3)
    broken = Model(form["config"], tuple(form["weights"][:-1]), form["python"])
    with pytest.raises(ModelRefusedError, match="do not fit"):
        predictor.describe(broken)
