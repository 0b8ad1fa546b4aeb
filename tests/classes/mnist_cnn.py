"""The class of `mnist-cnn`: right submissions that look different, and wrong ones with one mistake each."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.demo import (
    Change,
    body,
    given,
    replaced,
    without_metadata,
    written_elsewhere,
)
from tests.classes import mnist_cnn_styles as styles
from tests.classes.common import (
    Class,
    Member,
    not_handed_in,
    replace_history,
    replace_network,
    unanswered,
)


def first(question: str, code: str) -> Change:
    """Replace the first code cell of a question, of which there are several."""

    def change(notebook: Any) -> None:
        cells = [cell for cell in notebook.cells if cell.metadata.get("question") == question]
        cells[0].source = code

    return change


def _normalised(weights: list[np.ndarray]) -> list[np.ndarray]:
    """The improved network's weights with a BatchNormalization after conv 1 that changes nothing."""
    kernel, bias, *rest = weights
    ones, zeros = np.ones_like(bias), np.zeros_like(bias)
    return [kernel, bias, ones, zeros, zeros, ones - np.float32(1e-3), *rest]


def _with_a_spare_unit(weights: list[np.ndarray]) -> list[np.ndarray]:
    """The first network's weights with one more dense unit, which is never active."""
    kernel, bias, dense, dense_bias, last, last_bias = weights
    return [
        kernel,
        bias,
        np.pad(dense, ((0, 0), (0, 1))),
        np.pad(dense_bias, (0, 1)),
        np.pad(last, ((0, 1), (0, 0))),
        last_bias,
    ]


def _noisy(weights: list[np.ndarray]) -> list[np.ndarray]:
    """A network that has learned less: its weights with noise."""
    rng = np.random.default_rng(5)
    return [array + rng.normal(0, 1.2 * array.std(), array.shape).astype(np.float32) for array in weights]


def _short_names(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """As a network compiled with `metrics=["acc"]` records it."""
    return {name.replace("accuracy", "acc"): values for name, values in history.items()}


RIGHT = (
    Member("right"),
    Member("right-from-colab", (without_metadata,)),
    Member("right-written-elsewhere", (written_elsewhere,)),
    Member(
        "right-in-german",
        (
            replaced(
                "first_digits", "ax.set_title(y_train[index])", 'ax.set_title(f"Ziffer {y_train[index]}")'
            ),
            *(
                change
                for question in ("first_curves", "improved_curves")
                for change in (
                    replaced(question, '"training"', '"Training"'),
                    replaced(question, '"validation"', '"Validierung"'),
                    replaced(question, '"epoch"', '"Epoche"'),
                    replaced(
                        question,
                        "set_ylabel(metric)",
                        'set_ylabel({"loss": "Verlust", "accuracy": "Genauigkeit"}[metric])',
                    ),
                )
            ),
            replaced("ambiguous_digit", 'f"predicted {', 'f"vorhergesagt {'),
            replaced("ambiguous_digit", ", true {", ", wahr {"),
            replaced("ambiguous_digit", '"probability"', '"Wahrscheinlichkeit"'),
            replaced("ambiguous_digit", '"digit"', '"Ziffer"'),
            replaced("wrong_digits", 'f"predicted {', 'f"vorhergesagt {'),
            replaced("wrong_digits", ", true {", ", in Wahrheit {"),
        ),
    ),
    Member(
        "right-functional",
        (
            body("first_network", styles.FUNCTIONAL_FIRST),
            replaced("most_parameters", "model.layers[4]", 'model.get_layer("hidden")'),
            body("improved_network", styles.FUNCTIONAL_IMPROVED),
            replaced("filter_weights", "improved.layers[0]", 'improved.get_layer("see")'),
            replaced("convolution_maps", "improved.layers[0]", 'improved.get_layer("see")'),
            replaced("pooling_maps", "improved.layers[1]", 'improved.get_layer("shrink")'),
            replaced("deeper_maps", "improved.layers[3]", 'improved.get_layer("see_more")'),
        ),
    ),
    Member(
        "right-activations-apart",
        (
            body("improved_network", styles.APART),
            # Its maps are shown before the activation here, after it there.
            replaced("pooling_maps", "improved.layers[1]", "improved.layers[3]"),
            replaced("convolution_maps", "improved.layers[0]", "improved.layers[2]"),
            replaced("deeper_maps", "improved.layers[3]", "improved.layers[6]"),
            replaced("improved_curves", '["loss", "accuracy"]', '["loss", "acc"]'),
        ),
        files=(
            replace_network("improved", _normalised),
            replace_history("improved", _short_names),
        ),
    ),
    Member(
        "right-with-tf-keras-and-histories-as-dicts",
        (
            given("from tensorflow import keras", "import tensorflow as tf"),
            given("keras.utils.to_categorical", "tf.keras.utils.to_categorical"),
            replaced("first_network", "keras.", "tf.keras."),
            replaced("train_first", "keras.", "tf.keras."),
            replaced("improved_network", "keras.", "tf.keras."),
            replaced("convolution_maps", "keras.", "tf.keras."),
            replaced("pooling_maps", "keras.", "tf.keras."),
            replaced("deeper_maps", "keras.", "tf.keras."),
            replaced("train_first", "verbose=2,\n)", "verbose=2,\n).history"),
            replaced("first_curves", "history.history[", "history["),
            replaced("improved_network", "verbose=2)", "verbose=0).history"),
            replaced("improved_curves", "improved_history.history[", "improved_history["),
        ),
    ),
    Member(
        "right-drawn-differently",
        (
            body("first_digits", styles.DIGITS),
            body("first_curves", styles.CURVES),
            body("improved_curves", styles.CURVES.replace("history.history", "improved_history.history")),
            body("filter_figure", styles.FILTERS),
            body("ambiguous_digit", styles.AMBIGUOUS),
            body("wrong_digits", styles.ERRORS),
            body("convolution_maps", styles.MOSAIC),
            body("pooling_maps", styles.POOLED),
            body("deeper_maps", styles.DEEPER),
        ),
    ),
    Member(
        "right-with-helper-functions",
        (
            given("import helper", styles.HELPERS + "\n\nimport helper"),
            body("first_digits", "show(x_train[:10], list(y_train[:10]))"),
            body("first_curves", 'curves(history, "the first network")'),
            body("improved_curves", 'curves(improved_history, "the better network")'),
            body("filter_figure", "show(np.moveaxis(W[:, :, 0], -1, 0)[:16])"),
            body("convolution_maps", "show(np.moveaxis(maps[0], -1, 0)[:16])"),
            first(
                "convolution_maps", "model_conv, maps = look_at(improved, X_test[:1], keras.layers.Conv2D)"
            ),
            body(
                "pooling_maps",
                "model_pool, pooled = look_at(improved, X_test[:1], keras.layers.MaxPooling2D)\n"
                "show(np.moveaxis(pooled[0], -1, 0)[:16])",
            ),
            body(
                "deeper_maps",
                "_, deep = look_at(improved, X_test[:1], keras.layers.Conv2D, 1)\n"
                "show(np.moveaxis(deep[0], -1, 0))",
            ),
        ),
    ),
    Member(
        "right-computed-differently",
        (
            given(
                'x_train[..., None].astype("float32") / 255',
                "np.expand_dims(x_train, -1).astype('f4') / 255.0",
            ),
            given("keras.utils.to_categorical(y_train, 10)", 'np.eye(10, dtype="float32")[y_train]'),
            body("most_parameters", "most_parameters = max(layer.count_params() for layer in model.layers)"),
            body("first_accuracy", styles.ACCURACY),
            body("filter_weights", "W = improved.trainable_variables[0].numpy()"),
            first("ambiguous_digit", styles.UNSURE),
            replaced("wrong_digits", "predicted != y_test", "predicted - Y_test.argmax(axis=1)"),
            first(
                "convolution_maps",
                "model_conv = keras.Sequential([improved.layers[0]])\nmaps = model_conv(X_test[0:1])",
            ),
            replaced("pooling_maps", "improved.layers[1].output)", "improved.layers[1].output, name='pool')"),
        ),
    ),
    Member(
        "right-trained-in-two-parts",
        (
            body("train_first", styles.TWO_PARTS),
            given("helper.submit(model, history)", 'helper.submit(model, history, name="model")'),
        ),
    ),
    Member(
        "right-with-another-seed-and-style",
        (
            given(
                "import numpy as np",
                "import numpy as np\nplt.style.use('ggplot')\nplt.rcParams['image.cmap'] = 'magma'",
            ),
            given("X_mean = ", "keras.utils.set_random_seed(11)\nX_mean = "),
            replaced("filter_figure", ', cmap="gray"', ""),
            replaced("convolution_maps", ', cmap="gray"', ""),
            replaced("convolution_maps", "maps[0, :, :, index]", "maps[0, :, :, 31 - index]"),
            replaced("pooling_maps", 'cmap="gray"', 'cmap="gray_r", vmin=0, vmax=pooled.max()'),
            replaced("wrong_digits", "np.flatnonzero", "np.random.permutation(np.flatnonzero"),
            replaced("wrong_digits", "y_test), axes", "y_test)), axes"),
        ),
    ),
)

WRONG = (
    Member(
        "labels-of-the-neighbours",
        (replaced("first_digits", "y_train[index]", "y_train[index + 1]"),),
        {"first_digits": 1},
        said={"first_digits": "wrong_title"},
    ),
    Member(
        "one-unit-more",
        (replaced("first_network", "Dense(100)", "Dense(101)"),),
        {"first_network": 1, "most_parameters": 1},
        files=(replace_network("model", _with_a_spare_unit),),
    ),
    Member(
        "all-parameters-counted",
        (replaced("most_parameters", "model.layers[4].count_params()", "model.count_params()"),),
        {"most_parameters": 1},
    ),
    Member(
        "questions-left-out",
        tuple(unanswered(question) for question in ("why_most", "overfitting", "pooling_words")),
        {"why_most": 1, "overfitting": 1, "pooling_words": 1},
    ),
    Member(
        "first-network-not-handed-in",
        lost={"train_first": 1},
        files=(not_handed_in("model"),),
    ),
    Member(
        "curves-swapped",
        (
            replaced("first_curves", '"training"', '"x"'),
            replaced("first_curves", '"validation"', '"training"'),
            replaced("first_curves", '"x"', '"validation"'),
        ),
        {"first_curves": 1},
    ),
    Member(
        "curves-without-validation",
        (
            replaced(
                "first_curves", '    ax.plot(history.history["val_" + metric], label="validation")\n', ""
            ),
        ),
        {"first_curves": 1},
    ),
    Member(
        "curves-of-the-first-network",
        (replaced("improved_curves", "improved_history", "history"),),
        {"improved_curves": 1},
    ),
    Member(
        "accuracy-of-training-images",
        (replaced("first_accuracy", "model.evaluate(X_test, Y_test", "model.evaluate(X_train, Y_train"),),
        {"first_accuracy": 1},
    ),
    Member(
        "not-good-enough",
        lost={"improved_network": 2 / 3},
        files=(replace_network("improved", _noisy),),
    ),
    Member(
        "biases-for-weights",
        (
            replaced("filter_weights", ".get_weights()[0]", ".get_weights()[1]"),
            body("filter_figure", "plt.plot(W)\nplt.show()"),
        ),
        {"filter_weights": 1, "filter_figure": 1},
    ),
    Member(
        "filters-of-the-first-network",
        (replaced("filter_weights", "improved.layers[0]", "model.layers[0]"),),
        {"filter_weights": 1, "filter_figure": 1},
    ),
    Member(
        "filters-transposed",
        (replaced("filter_figure", "W[:, :, 0, index]", "W[:, :, 0, index].T"),),
        {"filter_figure": 1},
        said={"filter_figure": "transposed"},
    ),
    Member(
        "a-sure-digit",
        (replaced("ambiguous_digit", "np.argmin(", "np.argmax("),),
        # Its bars are right, so that half of their points are given.
        {"ambiguous_digit": 1 / 4},
    ),
    Member(
        "bars-of-another-digit",
        (replaced("ambiguous_digit", "range(10), probabilities[ambiguous]", "range(10), probabilities[0]"),),
        {"ambiguous_digit": 1 / 2},
    ),
    Member(
        "right-ones-shown-as-errors",
        (replaced("wrong_digits", "predicted != y_test", "predicted == y_test"),),
        {"wrong_digits": 1},
    ),
    Member(
        "errors-without-the-truth",
        (replaced("wrong_digits", ", true {y_test[index]}", ""),),
        {"wrong_digits": 1},
    ),
    Member(
        "maps-of-the-pooling-layer",
        (replaced("convolution_maps", "improved.layers[0]", "improved.layers[1]"),),
        {"convolution_maps": 1},
    ),
    Member(
        "maps-of-another-digit",
        (replaced("convolution_maps", "X_test[:1]", "X_test[1:2]"),),
        {"convolution_maps": 1 / 2},
        said={"convolution_maps": "other_image"},
    ),
    Member(
        "pooling-maps-before-pooling",
        (replaced("pooling_maps", "improved.layers[1]", "improved.layers[0]"),),
        {"pooling_maps": 1},
        said={"pooling_maps": "other_layer"},
    ),
    Member(
        "deeper-maps-of-the-second-pooling",
        (replaced("deeper_maps", "improved.layers[3]", "improved.layers[4]"),),
        {"deeper_maps": 1},
    ),
    Member(
        "crash-in-the-middle",
        (
            replaced(
                "ambiguous_digit", "probabilities = improved.predict(", "probabilities = improved.predictt("
            ),
        ),
        {"ambiguous_digit": 1},
    ),
)

CLASS = Class("mnist-cnn", (*RIGHT, *WRONG))
