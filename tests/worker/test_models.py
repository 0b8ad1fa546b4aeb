"""Submitted networks are rebuilt from built-in layers only, and answer as they did for the student."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import wire
from autograder.worker import models
from autograder.worker.allowed import refusal

Node = dict[str, Any]


def node(kind: str, module: str = "keras.layers", registered: str | None = None, /, **config: Any) -> Node:
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def network(*layers: Node, kind: str = "Sequential") -> Node:
    policy = node("DTypePolicy", "keras", name="float32")
    return node(
        kind, "keras", name="net", layers=[node("InputLayer", dtype="float32"), *layers], dtype=policy
    )


GLOROT = node("GlorotUniform", "keras.initializers", seed=None)
CONV = node("Conv2D", name="conv2d", filters=32, activation="relu", kernel_initializer=GLOROT)


def text(tree: Any) -> str:
    return json.dumps(tree)


class TestRefusal:
    @pytest.mark.parametrize(
        "tree",
        [
            network(CONV, node("Activation", activation="softmax"), node("Dense", activation=None)),
            network(network(CONV)),
            network(node("Conv2D", kernel_regularizer=node("L2", "keras.regularizers", l2=0.1))),
            network(node("RandomFlip"), node("Rescaling", scale=0.5), node("BatchNormalization")),
            network(node("Add", "keras.src.ops.numpy"), kind="Functional"),
            node("Functional", "keras.src.models.functional", "Functional", layers=[CONV]),
        ],
    )
    def test_built_in_layers_are_accepted(self, tree: Node) -> None:
        assert refusal(text(tree)) == ""

    @pytest.mark.parametrize(
        ("tree", "named"),
        [
            (network(node("Lambda", name="lambda_3")), ["lambda_3", "Lambda"]),
            (network(node("Mine", "__main__", "Custom>Mine", name="mine")), ["mine", "Mine"]),
            (network(node("Dense", "__main__", name="dense")), ["Dense"]),
            (network(node("Dense", "keras.layers", "Package>Dense")), ["Dense"]),
            (network(node("Dense", "os")), ["Dense"]),
            (network(node("TFSMLayer", filepath="/etc")), ["TFSMLayer"]),
            (network(node("TextVectorization", vocabulary="/etc/passwd")), ["TextVectorization"]),
            (network(node("Wrapper", layer=node("Lambda"))), ["Wrapper"]),
            (network(network(node("Lambda"))), ["Lambda"]),
            (network({"class_name": "Dense", "config": {}}), ["Dense"]),
            (network({"module": "os"}), ["no class"]),
            (network({"class_name": ["Dense"]}), ["no class"]),
            ({"class_name": ["Sequential"]}, ["not a Sequential"]),
            (network(node("Dense", activation="mine")), ["mine"]),
            (network(node("Dense", activation=node("function", "builtins", "f", f=1))), ["function"]),
            (network(node("Dense", activation={"code": "aGk=", "defaults": None})), ["function"]),
            (network(node("Dense", kernel_initializer=node("Mine", "my.package"))), ["Mine"]),
            (
                network(node("Dense", x={"class_name": "__lambda__", "config": {"value": "aGk="}})),
                ["__lambda__"],
            ),
            (network(node("Dense", x={"class_name": "__numpy__", "config": {}})), ["__numpy__"]),
            (network(node("Dense", x=[[{"class_name": "__tuple__", "module": "os"}]])), ["__tuple__"]),
            ({**network(CONV), "compile_config": {}}, ["optimizer"]),
            (node("Mine", "__main__", layers=[]), ["not a Sequential or functional"]),
            ([network(CONV)], ["not a Sequential"]),
            (network(*[CONV] * 1_001), ["too many layers"]),
        ],
    )
    def test_everything_else_is_refused_by_name(self, tree: Any, named: list[str]) -> None:
        reason = refusal(text(tree))
        assert all(name in reason for name in named)

    @pytest.mark.parametrize(
        "config",
        ["", "{", "NaN", '{"a": 1, "a": 2}', '{"a":' * 100 + "1" + "}" * 100, " " * 1_000_001, "\ud800"],
    )
    def test_what_is_no_config_is_refused(self, config: str) -> None:
        assert refusal(config)

    @given(
        st.recursive(
            st.sampled_from(["keras.layers", "Dense", "Lambda", "function", "relu", "os", None, 1]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["class_name", "module", "config", "registered_name", "activation", "name"]
                    ),
                    inner,
                )
            ),
            max_leaves=10,
        )
    )
    def test_no_foreign_class_hides_anywhere(self, tree: Any) -> None:
        def foreign(part: Any) -> bool:
            if isinstance(part, list):
                return any(map(foreign, part))
            if not isinstance(part, dict):
                return False
            return ("class_name" in part and part["class_name"] != "Dense") or any(
                map(foreign, part.values())
            )

        if not refusal(text(network(node("Dense", inner=tree)))):
            assert not foreign(tree)


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[..., dict[str, Any]]]:
    """A running server, asked one question at a time."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [sys.executable, "-m", "autograder.worker.models", str(writing)],
        stdin=subprocess.PIPE,
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    assert server.stdin is not None
    os.close(writing)
    answers = wire.records(os.fdopen(reading, "rb"), wire.MODEL_LIMITS)

    def question(config: str, weights: list[Any], images: Any = None, **more: Any) -> dict[str, Any]:
        assert server.stdin is not None
        request = {"model": {"config": config, "weights": weights}, "images": images, **more}
        server.stdin.write(wire.pack(request))
        server.stdin.flush()
        return next(answers)

    yield question
    server.stdin.close()
    assert server.wait(60) == 0


IMAGES = np.random.default_rng(0).random((130, 8, 8, 3), dtype=np.float32)


def test_the_server_answers_as_the_students_network_did(ask: Callable[..., dict[str, Any]]) -> None:
    import keras
    from keras import layers

    from autograder.worker import capture

    base = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, padding="same", name="conv"),
            layers.Activation("relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    base.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    maps = keras.Model(base.inputs, [base.layers[0].output, base.layers[1].output])
    for model, outputs in ((base, 1), (maps, 2)):
        form = capture.encode(model)
        assert form["type"] == "model"
        answer = ask(form["config"], form["weights"], IMAGES)
        expected = keras.tree.flatten(model(IMAGES, training=False))
        assert len(answer["outputs"]) == outputs
        for got, wanted in zip(answer["outputs"], expected, strict=True):
            np.testing.assert_allclose(got, np.asarray(wanted), atol=1e-5)

    chain = keras.Input((8, 8, 3))
    built = [layers.Conv2D(3, 3), layers.ReLU(), layers.GlobalMaxPooling2D(), layers.Dense(2)]
    outputs = chain
    for layer in built:
        outputs = layer(outputs)
    for model, classes in (
        (base, ["Conv2D", "Activation", "BatchNormalization", "Flatten", "Dropout", "Dense"]),
        (keras.Model(chain, outputs), ["Conv2D", "ReLU", "GlobalMaxPooling2D", "Dense"]),
    ):
        form = capture.encode(model)
        described = ask(form["config"], form["weights"], describe=True)["layers"]
        assert [layer["python"] for layer in described] == classes
        computed = IMAGES[:3]
        own = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        for index, (layer, told) in enumerate(zip(own, described, strict=True)):
            assert told["name"] == layer.name
            assert told["input"] == [None, *computed.shape[1:]]
            computed = np.asarray(layer(computed, training=False))
            assert told["shape"] == [None, *computed.shape[1:]]
            arrays = [form["weights"][place] for place in told["weights"]]
            assert all(map(np.array_equal, arrays, layer.get_weights())), layer.name
            assert len(arrays) == len(layer.get_weights())
            (got,) = ask(form["config"], form["weights"], IMAGES[:3], layer=index)["outputs"]
            np.testing.assert_allclose(got, computed, atol=1e-5)
        for missing in (len(own), -1):
            reason = ask(form["config"], form["weights"], IMAGES[:3], layer=missing)["refused"]
            assert f"no layer {missing}" in reason

    form = capture.encode(base)
    config, weights = form["config"], form["weights"]
    assert "Lambda" in ask(config.replace('"Flatten"', '"Lambda"'), weights, describe=True)["refused"]
    assert "weights do not fit" in ask(config, weights[:-1], describe=True)["refused"]
    huge = config.replace('"units": 10', '"units": 100000000000')
    assert huge != config
    for question, reason in (
        ((config, weights[:-1], IMAGES), "weights do not fit"),
        ((config, [w.T for w in weights], IMAGES), "weights do not fit"),
        ((huge, weights, IMAGES), "weights do not fit"),
        ((config, weights, IMAGES[:, :4]), r"takes inputs of shape (8, 8, 3), but the images are (4, 8, 3)"),
        ((config.replace('"Flatten"', '"Lambda"'), weights, IMAGES), "Lambda"),
        ((config.replace('"same"', '"sideways"'), weights, IMAGES), "could not be rebuilt"),
    ):
        assert reason in ask(*question)["refused"]
    assert ask(config, weights, IMAGES[:1])["outputs"][0].shape == (1, 10)

    assert capture.encode(base.layers[0]) == {"type": "layer", "name": "conv", "python": "Conv2D"}
    assert [item["type"] for item in capture.encode(base.layers)["items"]] == ["layer"] * 6
    np.testing.assert_array_equal(capture.encode(base.layers[0].kernel)["array"], weights[0])
    assert "symbolic" in capture.encode(base.inputs[0])["reason"]
    assert "never built" in capture.encode(keras.Sequential([layers.Dense(2)]))["reason"]

    class Own(keras.Model):
        def call(self, inputs: Any) -> Any:
            return inputs

    own = Own()
    own(IMAGES)
    form = capture.encode(own)
    assert form["type"] == "opaque" or refusal(form["config"])


def test_too_many_parameters_are_refused_before_keras_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MAX_PARAMETERS", 3)
    monkeypatch.setitem(sys.modules, "keras", None)
    answer = models.answer(
        {"model": {"config": text(network(CONV)), "weights": [np.zeros((2, 2))]}, "images": IMAGES}
    )
    assert "more than 3 parameters" in answer["refused"]


def test_a_request_of_another_form_is_answered() -> None:
    assert "not understood" in models.answer({"hello": 1})["refused"]
