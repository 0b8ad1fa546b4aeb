"""Replayed training: `fit` runs for a few steps, whatever it is given; then the handed-in network stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.worker.trained import Trained, read
from autograder.worker.training import STEPS, Replay, install_in_kernel
from tests.worker.networks import CODE, HISTORY, describe, weights, write

keras = pytest.importorskip("keras")


class Notebook:
    """A notebook's namespace, in which `fit` is replayed."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.notes: list[str] = []
        exec(CODE, self.names)  # noqa: S102 - our own text

    def replay(self, *trained: Trained) -> None:
        Replay(trained, self.names, self.notes.append).install()

    def run(self, code: str) -> None:
        exec(code, self.names)  # noqa: S102 - our own text

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def holds(self, name: str, value: float) -> bool:
        return all(bool(np.all(array == value)) for array in self.names[name].get_weights())


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setattr(keras.Model, "fit", keras.Model.fit)  # Put back afterwards.
    yield Notebook()
    keras.backend.clear_session()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def handed_in(folder: Path, name: str, value: float, units: int = 5, **more: Any) -> Trained:
    return read(write(folder, name, weights(value, units), **more))


def test_a_few_batches_are_learned_and_then_the_handed_in_weights_and_history_stand(
    notebook: Notebook, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook.replay(handed_in(folder, "model", 0.5))
    notebook.run("""
model = compiled(net())
history = model.fit(x, y, batch_size=10, epochs=1000, validation_split=0.1)
learned = int(model.optimizer.iterations.numpy())
""")
    assert notebook["learned"] == STEPS
    assert notebook.holds("model", 0.5)
    history = notebook["history"]
    assert history.history == HISTORY
    assert history.epoch == [0, 1, 2]
    assert notebook["model"].history is history
    assert capsys.readouterr().out == "Epoch 3/3 - loss: 0.2500 - accuracy: 0.8750 - val_loss: 0.5000\n"
    assert notebook.notes == []


@pytest.mark.parametrize(
    "call",
    [
        "m.fit(x, y)",
        "m.fit(x, y, 10, 5, 0)",
        "m.fit(x=x, y=y, epochs=5, verbose=2, validation_data=(x, y))",
        "m.fit(x[:3], y[:3], epochs=2, verbose=0, validation_split=0.4)",
        "m.fit(x, y, validation_data=(x, y, np.ones(1000)), validation_batch_size=3, verbose=0)",
        "m.fit(x, y, 32, sample_weight=np.ones(1000), validation_split=0.5, verbose=0)",
        "m.fit(x, y, steps_per_epoch=2, verbose=0, initial_epoch=3, epochs=5)",
        "m.fit(keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(y), verbose=0)",
        "m.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(8).repeat(), steps_per_epoch=100, epochs=9)",
        "m.fit(tf.data.Dataset.from_tensor_slices((x[:9], y[:9])).batch(3), validation_data="
        "tf.data.Dataset.from_tensor_slices((x, y)).batch(8), verbose=0)",
        "m.fit(((x[:4], y[:4]) for _ in iter(int, 1)), steps_per_epoch=1000, epochs=9, verbose=0)",
        "m.fit(x, y, sample_weight=np.ones(1000), class_weight=None, shuffle=False, verbose=0)",
        "keras.Model.fit(m, x, y, verbose=0)",
        "Own(m).fit(x, y, verbose=0)",
    ],
)
def test_every_way_to_call_fit_is_replayed(notebook: Notebook, folder: Path, call: str) -> None:
    notebook.replay(handed_in(folder, "model", 0.5))
    notebook.run(f"""
import tensorflow as tf

class Own(keras.Model):
    def __new__(cls, inner): return object.__new__(cls)
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        compiled(self)
    def call(self, inputs): return self.inner(inputs)

m = compiled(net())
history = {call}
""")
    assert notebook.holds("m", 0.5)
    assert notebook["history"].history == HISTORY
    assert notebook.notes == []


@pytest.mark.parametrize("validation", ["validation_split=0.25", "validation_data=(x[750:], y[750:])"])
def test_the_few_steps_are_those_that_training_begins_with(notebook: Notebook, validation: str) -> None:
    notebook.run("""
x[750:] = 0  # What validates lies at the end.
y[:] = 0
class Watch(keras.layers.Layer):
    seen = []
    def call(self, inputs, training=False):
        Watch.seen.append((training, inputs))
        return inputs
m = keras.Sequential([keras.Input((4,)), Watch(), keras.layers.Dense(3, kernel_initializer="zeros")])
m.compile("sgd", "mse", run_eagerly=True)
""")
    notebook.replay()
    notebook.run(
        f"Watch.seen.clear()\nm.fit(x, y, batch_size=20, epochs=3, shuffle=False, verbose=0, {validation})"
    )
    seen = [(training, np.asarray(inputs)) for training, inputs in notebook["Watch"].seen]
    learned = np.concatenate([inputs for training, inputs in seen if training])
    np.testing.assert_allclose(learned, notebook["x"][: 20 * STEPS], rtol=1e-6)
    validated = np.concatenate([inputs for training, inputs in seen if not training])
    assert validated.shape == (40, 4)
    assert not validated.any()


def test_a_wrong_call_says_what_keras_says(notebook: Notebook, folder: Path) -> None:
    notebook.replay(handed_in(folder, "model", 0.5))
    with pytest.raises(ValueError, match="cardinality"):
        notebook.run("compiled(net()).fit(x, y[:5])")
    with pytest.raises(TypeError, match="epoch"):
        notebook.run("compiled(net()).fit(x, y, epoch=5)")
    with pytest.raises(ValueError, match="compile"):
        notebook.run("net().fit(x, y)")


def test_callbacks_are_told_of_the_handed_in_epochs(notebook: Notebook, folder: Path) -> None:
    notebook.replay(handed_in(folder, "model", 0.5))
    best = folder / "best.weights.h5"
    notebook.run(f"""
told = []
told_by = keras.callbacks.LambdaCallback(
    on_train_begin=lambda logs: told.append("begin"),
    on_epoch_end=lambda epoch, logs: told.append((epoch, logs["loss"])),
    on_train_end=lambda logs: told.append("end"),
)
model = compiled(net())
model.fit(x, y, epochs=30, verbose=0, validation_split=0.2, callbacks=[
    told_by,
    keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3),
    keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint({str(best)!r}, save_best_only=True, save_weights_only=True),
])
model.load_weights({str(best)!r})
""")
    assert notebook["told"] == ["begin", (0, 0.9), (1, 0.5), (2, 0.25), "end"]
    assert notebook.holds("model", 0.5)


def test_several_networks_of_one_shape_are_told_apart_by_variable_layers_and_order(
    notebook: Notebook, folder: Path
) -> None:
    dropped = describe(("dense", "Dense"), ("dropout", "Dropout"), ("dense_1", "Dense"))
    notebook.replay(
        handed_in(folder, "model", 1),
        handed_in(folder, "best", 2, config=dropped),
        handed_in(folder, "third", 3),
        handed_in(folder, "wide", 4, units=7),
    )
    notebook.run("""
def train(network):
    compiled(network).fit(x, y, verbose=0)
    return network

third = compiled(net())
third.fit(x, y, verbose=0)
a = train(net(middle=[keras.layers.Dropout(0.5)]))
b = train(net())
c = train(net(7))
again = train(net())
""")
    assert notebook.holds("third", 3)
    assert notebook.holds("a", 2)
    assert notebook.holds("b", 1)
    assert notebook.holds("c", 4)
    assert notebook.holds("again", 1)


def test_without_a_fitting_file_the_few_steps_stand_and_a_note_says_why(
    notebook: Notebook, folder: Path
) -> None:
    notebook.replay(handed_in(folder, "model", 0.5, units=7))
    notebook.run("model = compiled(net())\nhistory = model.fit(x, y, epochs=9, verbose=0)")
    assert not notebook.holds("model", 0.5)
    assert len(notebook["history"].history["loss"]) == 1
    (note,) = notebook.notes
    assert "model.trained.npz" in note
    assert "helper.submit" in note


def test_without_any_file_the_note_says_what_to_hand_in(notebook: Notebook) -> None:
    notebook.replay()
    notebook.run("model = compiled(net())\nhistory = model.fit(x, y, epochs=9, verbose=0)")
    assert "No trained network was handed in" in notebook.notes[0]


def test_a_training_that_fails_at_once_is_not_hidden_by_handed_in_weights(
    notebook: Notebook, folder: Path
) -> None:
    notebook.replay(handed_in(folder, "model", 0.5))
    notebook.run("""
model = net()
model.compile(keras.optimizers.SGD(1e30), "mse")
model.fit(x * 1e30, y, verbose=0)
""")
    assert not notebook.holds("model", 0.5)
    assert "finite" in notebook.notes[0]


def test_a_file_without_history_leaves_that_of_the_few_steps(notebook: Notebook, folder: Path) -> None:
    notebook.replay(handed_in(folder, "model", 0.5, history={}))
    notebook.run("model = compiled(net())\nhistory = model.fit(x, y, verbose=0)")
    assert notebook.holds("model", 0.5)
    assert set(notebook["history"].history) == {"loss", "accuracy"}
    assert "has no history" in notebook.notes[0]


def test_half_precision_is_put_in_as_well(notebook: Notebook, folder: Path) -> None:
    half = read(write(folder, "model", [array.astype(np.float16) for array in weights(0.5)]))
    notebook.replay(half)
    notebook.run("model = compiled(net())\nmodel.fit(x, y, verbose=0)")
    assert notebook.holds("model", 0.5)
    assert {array.dtype for array in notebook["model"].get_weights()} == {np.dtype(np.float32)}


def test_in_the_authors_kernel_a_network_that_fits_nothing_is_an_error(
    notebook: Notebook, folder: Path
) -> None:
    write(folder, "model", weights(0.5))
    install_in_kernel(folder, notebook.names)
    notebook.run("model = compiled(net())\nmodel.fit(x, y, verbose=0)")
    assert notebook.holds("model", 0.5)
    with pytest.raises(ValueError, match="fit none"):
        notebook.run("compiled(net(9)).fit(x, y, verbose=0)")
