"""The class of `deconstructing-cnns`: right submissions that look different, wrong ones with one mistake."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from autograder.demo import body, given, replaced, without_metadata, written_elsewhere
from tests.classes import deconstructing_cnns_styles as styles
from tests.classes.common import Class, FileChange, Handed, Member, replace_network, unanswered

SHORTENED = (given("steps=300", "steps=60"),)
"""As many steps as the checks were calibrated for, and more."""

MAPS = ("maps_of_first", "maps_of_second", "maps_of_third")


def _all_of(*questions: str) -> dict[str, float]:
    return dict.fromkeys(questions, 1.0)


def _with_spare_units(handed: Handed) -> None:
    """Two more dense units, which are never active: the network computes what it did, in another size."""
    arrays = handed["model"]
    config = json.loads(arrays["config"].tobytes())
    for layer in config["config"]["layers"]:
        if layer["config"].get("units") == 128:
            layer["config"]["units"] = 130
    arrays["config"] = np.frombuffer(json.dumps(config).encode(), np.uint8)
    arrays["006"] = np.pad(arrays["006"], ((0, 0), (0, 2)))
    arrays["007"] = np.pad(arrays["007"], (0, 2))
    arrays["008"] = np.pad(arrays["008"], ((0, 2), (0, 0)))


def _without_threes(weights: list[np.ndarray]) -> list[np.ndarray]:
    """A network that takes no image for a three."""
    *rest, bias = weights
    return [*rest, np.where(np.arange(10) == 3, np.float32(-60), bias)]


def _asleep(weights: list[np.ndarray]) -> list[np.ndarray]:
    """A network in which a filter of the second convolution never answers, and one of the third."""
    weights = [array.copy() for array in weights]
    for place, filter_number in ((2, 25), (4, 14)):
        weights[place][..., filter_number] = 0
        weights[place + 1][filter_number] = -1
    return weights


def _twins(weights: list[np.ndarray]) -> list[np.ndarray]:
    """A network in which two of the filters that are looked at are the same."""
    weights = [array.copy() for array in weights]
    weights[4][..., 11], weights[5][11] = weights[4][..., 7], weights[5][7]
    rows = weights[6].reshape(9, 64, 128)
    rows[:, 11] = 0
    return weights


def _of_network(change: Callable[[list[np.ndarray]], list[np.ndarray]]) -> tuple[FileChange, ...]:
    return (replace_network("model", change),)


RIGHT = (
    Member("right"),
    Member("right-from-colab", (without_metadata,)),
    Member("right-written-elsewhere", (written_elsewhere,)),
    Member(
        "right-sequential",
        (
            body("network", styles.SEQUENTIAL),
            replaced(
                "activation_model",
                "[layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]",
                "[model.layers[0], model.layers[2], model.layers[4]]",
            ),
            body("curves", styles.CURVES),
            body("logits_model", styles.CLONED_LOGITS),
        ),
    ),
    Member(
        "right-activations-apart",
        (
            body("network", styles.APART),
            body("curves", styles.ONE_AXES),
            body("logits_model", styles.APART_LOGITS),
            body("score", styles.MASK_SCORE),
        ),
    ),
    Member(
        "right-with-tf-keras",
        (
            given("from tensorflow import keras", "from tensorflow.keras import layers, Model, Input"),
            given("keras.utils.to_categorical", "tf.keras.utils.to_categorical"),
            replaced("network", "keras.layers.", "layers."),
            replaced("network", "keras.Input", "Input"),
            replaced("network", "keras.Model(inputs, outputs)", "Model(inputs=[inputs], outputs=[outputs])"),
            replaced("training", '"adam"', "tf.keras.optimizers.Adam(learning_rate=1e-3)"),
            replaced(
                "training",
                'loss="categorical_crossentropy", metrics=["accuracy"]',
                "loss=tf.keras.losses.CategoricalCrossentropy(), metrics=['acc']",
            ),
            replaced("curves", '["loss", "accuracy"]', "['loss', 'accuracy']"),
            *(
                replaced(question, "keras.", "tf.keras.")
                for question in ("activation_model", "first_filters", "second_filters", "third_filters")
            ),
            replaced("logits_model", "keras.", "tf.keras."),
        ),
    ),
    Member(
        "right-drawn-differently",
        (
            body("first_digits", styles.DIGITS),
            body("predictions", styles.PREDICTIONS),
            body("maps_of_first", styles.SUBPLOTS.format(columns=3, maps="maps1")),
            body("maps_of_second", styles.PLAIN_MOSAIC.format(rows=6, maps="maps2")),
            replaced("maps_of_third", 'cmap="gray"', 'cmap="bwr", vmin=-2, vmax=4'),
            replaced("maps_of_third", "maps3[0], -1, 0)", "maps3[0], -1, 0), 16, gap=2"),
            body("refined_filters", styles.ONE_PICTURE),
            body("class_images", styles.CLASSES),
        ),
    ),
    Member(
        "right-climbed-differently",
        (
            body("score", styles.LOOP_SCORE),
            body("first_filters", styles.OWN_ASCENT),
            body("second_filters", styles.IN_ANOTHER_ORDER),
            body("third_filters", styles.ADAM_ASCENT),
            replaced("refined_filters", "size=0.01, jitter=4", "size=0.005, jitter=3, steps=60, seed=8"),
            replaced(
                "class_images", "ascend(logits_model, digits)", "ascend(logits_model, digits, jitter=3)"
            ),
        ),
    ),
    Member(
        "right-in-german",
        (
            replaced("first_digits", "y_train[index])", 'f"Ziffer {y_train[index]}")'),
            replaced("curves", '"training"', '"Training"'),
            replaced("curves", '"validation"', '"Validierung"'),
            replaced("curves", '"epoch"', '"Epoche"'),
            replaced("curves", "ylabel(metric)", 'ylabel({"loss": "Verlust"}.get(metric, "Genauigkeit"))'),
            replaced("predictions", "predicted[index])", 'f"Vorhersage: {predicted[index]}")'),
            replaced(
                "first_filters", "show(first, filters1)", 'show(first, [f"Filter {n}" for n in filters1])'
            ),
            replaced("class_images", "set_title(digit)", 'set_title(f"Ziffer {digit}")'),
        ),
    ),
    Member(
        "right-with-helper-functions",
        (
            given("import helper", styles.HELPERS + "\n\nimport helper"),
            body("first_digits", 'pictures(X_all[:10], y_train[:10], cmap="gray")'),
            body(
                "predictions",
                "predicted = model.predict(X_test, batch_size=1000).argmax(-1)\n"
                "pictures(X_test[:10], predicted)",
            ),
            body("maps_of_first", "pictures(np.moveaxis(maps1[0], -1, 0), columns=8)"),
            replaced(
                "first_filters", "keras.Model(model.inputs, convolutions[0].output)", "up_to(convolutions[0])"
            ),
            replaced(
                "second_filters",
                "keras.Model(model.inputs, convolutions[1].output)",
                "up_to(model.layers[3])",
            ),
            replaced("first_filters", "show(first, filters1)", "pictures(first, filters1, 4)"),
            replaced(
                "second_filters", "show(second, filters2)", 'pictures(second, filters2, 8, cmap="gray")'
            ),
            replaced("third_filters", "show(third, filters3)", 'pictures(third, filters3, 2, cmap="bone")'),
        ),
    ),
    Member(
        "right-more-shown",
        (
            body("first_digits", styles.MORE_DIGITS),
            replaced("test", "model.evaluate(", "model.evaluate(x="),
            replaced("test", "X_test, Y_test, batch_size=500, verbose=0", "X_test, y=Y_test"),
            replaced("refined_filters", "refined = ascend", "show(third, filters3)\nrefined = ascend"),
            replaced(
                "class_images",
                "classes = ascend(logits_model, digits)",
                "classes = ascend(logits_model, digits)\nshow(classes, digits)",
            ),
        ),
    ),
    Member("right-some-filters-asleep", files=_of_network(_asleep)),
    Member("right-twin-filters", files=_of_network(_twins)),
)

WRONG = (
    Member(
        "test-digits-shown-for-training",
        (replaced("first_digits", "X_all[index", "X_test[index"),),
        _all_of("first_digits"),
    ),
    Member(
        "another-size",
        (replaced("network", "Dense(128", "Dense(130"),),
        _all_of("network"),
        files=(_with_spare_units,),
        said={"network": "other_size"},
    ),
    Member("too-inaccurate", (), _all_of("training"), files=_of_network(_without_threes)),
    Member(
        "curves-exchanged",
        (
            replaced("curves", 'label="training"', 'label="?"'),
            replaced("curves", 'label="validation"', 'label="training"'),
            replaced("curves", 'label="?"', 'label="validation"'),
        ),
        _all_of("curves"),
    ),
    Member(
        "loss-and-accuracy-exchanged",
        (replaced("test", "test_loss, test_accuracy =", "test_accuracy, test_loss ="),),
        _all_of("test"),
    ),
    Member(
        "predictions-of-the-next",
        (replaced("predictions", "X_test[:10]", "X_test[1:11]"),),
        _all_of("predictions"),
    ),
    Member(
        "another-image",
        (replaced("activation_model", "X_test[51:52]", "X_test[50:51]"),),
        _all_of("activation_model", *MAPS),
        said={"maps_of_first": "other_image"},
    ),
    Member(
        "pooled-maps",
        (
            replaced(
                "activation_model",
                "[layer.output for layer in convolutions]",
                "[layer.output for layer in model.layers if isinstance(layer, keras.layers.MaxPooling2D)]",
            ),
        ),
        _all_of("activation_model", *MAPS),
    ),
    Member(
        "axes-torn",
        (replaced("maps_of_second", "np.moveaxis(maps2[0], -1, 0)", "maps2[0].reshape(48, 14, 14)"),),
        _all_of("maps_of_second"),
    ),
    Member(
        "eight-maps-only",
        (replaced("maps_of_third", "-1, 0)", "-1, 0)[:8]"),),
        _all_of("maps_of_third"),
    ),
    Member(
        "mean-for-sum",
        (replaced("score", "tf.reduce_sum(tf.gather", "tf.reduce_mean(tf.gather"),),
        {"score": 0.5},
        said={"score": "mean"},
    ),
    Member(
        "scores-not-added-up",
        # The ascent adds them up on its own: the images are right.
        (
            replaced(
                "score",
                "tf.reduce_sum(tf.gather(means, units, axis=-1, batch_dims=1))",
                "tf.gather(means, units, axis=-1, batch_dims=1)",
            ),
        ),
        _all_of("score"),
        said={"score": "not_one_number"},
    ),
    Member(
        "first-eight-filters",
        (
            replaced(
                "first_filters",
                "ascend(keras.Model(model.inputs, convolutions[0].output), filters1)",
                "ascend(keras.Model(model.inputs, convolutions[0].output), range(8))",
            ),
        ),
        _all_of("first_filters"),
    ),
    Member(
        "filters-of-another-layer",
        (replaced("second_filters", "convolutions[1]", "convolutions[2]"),),
        _all_of("second_filters"),
        said={"second_filters": "other_layer"},
    ),
    Member(
        "real-digits-for-filters",
        (replaced("third_filters", "show(third, filters3)", "show(X_test[:8], filters3)"),),
        _all_of("third_filters"),
        said={"third_filters": "dataset_images"},
    ),
    Member(
        "nothing-climbed",
        (replaced("refined_filters", "start=third,", "steps=0,"),),
        _all_of("refined_filters"),
        said={"refined_filters": "not_maximised"},
    ),
    Member(
        "new-last-layer-untrained",
        (replaced("logits_model", "last.set_weights(model.layers[-1].get_weights())", ""),),
        _all_of("logits_model", "class_images"),
    ),
    Member(
        "means-of-classes",
        (
            replaced(
                "class_images",
                "ax.imshow(classes[digit, ..., 0]",
                "ax.imshow(X_test[y_test == digit].mean(axis=0)[..., 0]",
            ),
        ),
        _all_of("class_images"),
        said={"class_images": "mean_images"},
    ),
    Member("no-words", (unanswered("deeper_maps"),), _all_of("deeper_maps")),
)

CLASS = Class("deconstructing-cnns", (*RIGHT, *WRONG), SHORTENED)
