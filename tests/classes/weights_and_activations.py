"""The class of `weights-and-activations`: right submissions that look different, and wrong ones."""

from __future__ import annotations

import numpy as np

from autograder.demo import body, given, replaced, without_metadata, written_elsewhere
from tests.classes import weights_and_activations_styles as styles
from tests.classes.common import (
    Class,
    Member,
    not_handed_in,
    replace_network,
    unanswered,
)


def _normalised(weights: list[np.ndarray]) -> list[np.ndarray]:
    """The network's weights with a BatchNormalization after its first convolution that changes nothing."""
    kernel, bias, *rest = weights
    ones, zeros = np.ones_like(bias), np.zeros_like(bias)
    return [kernel, bias, ones, zeros, zeros, ones - np.float32(1e-3), *rest]


RIGHT = (
    Member("right"),
    Member("right-from-colab", (without_metadata,)),
    Member("right-written-elsewhere", (written_elsewhere,)),
    Member(
        "right-in-german",
        (
            replaced("curves", '"training"', '"Training"'),
            replaced("curves", '"validation"', '"Validierung"'),
            replaced(
                "curves", "set_ylabel(metric)", 'set_ylabel("Verlust" if metric == "loss" else "Genauigkeit")'
            ),
            replaced("plot_confusion", '"prediction"', '"Vorhersage"'),
            replaced("plot_confusion", '"truth"', '"wahre Klasse"'),
            replaced("first_activations", "first convolution, first image", "erste Faltung, erstes Bild"),
        ),
    ),
    Member(
        "right-functional",
        (
            body("network", styles.FUNCTIONAL),
            replaced("filters", "model.layers[0]", 'model.get_layer("first")'),
            replaced("first_activations", "model.layers[0]", 'model.get_layer("first")'),
            replaced("first_activations", "model.layers[1]", 'model.get_layer("second")'),
        ),
    ),
    Member(
        "right-activations-apart",
        (
            body("network", styles.APART),
            replaced("first_activations", "model.layers[0]", "model.layers[2]"),
            # Of the second convolution it shows what comes before the activation.
            replaced("first_activations", "model.layers[1]", "model.layers[3]"),
        ),
        files=(replace_network("model", _normalised),),
    ),
    Member(
        "right-with-tf-keras-and-a-history-as-dict",
        (
            given(
                "from tensorflow import keras", "import tensorflow as tf\nfrom tensorflow.keras import layers"
            ),
            given("keras.utils", "tf.keras.utils"),
            replaced("network", "keras.layers.", "layers."),
            replaced("network", "keras.", "tf.keras."),
            replaced("training", "keras.", "tf.keras."),
            replaced("first_activations", "keras.", "tf.keras."),
            replaced("training", "verbose=2,\n)", "verbose=2,\n).history"),
            replaced("curves", "history.history[", "history["),
        ),
    ),
    Member(
        "right-drawn-differently",
        (
            body("curves", styles.CURVES),
            body("plot_prediction", styles.PREDICTION),
            body("misclassified", styles.ERRORS),
            body("plot_confusion", styles.CONFUSION),
            body("filters", styles.FILTERS),
            body("visualize_activation", styles.ACTIVATIONS),
        ),
    ),
    Member(
        "right-drawn-in-a-third-way",
        (
            body("plot_prediction", styles.OTHER_PREDICTION),
            body("plot_confusion", styles.OTHER_CONFUSION),
            body("visualize_activation", styles.MOSAIC),
            replaced("filters", "axes.flat)", "axes.flat[::-1])"),
            replaced("filters", "kernel - kernel.min()", "kernel - np.min(kernel)"),
        ),
    ),
    Member(
        "right-computed-differently",
        (
            given('(x_train.astype("float32") - 128) / 128', "np.float32(x_train) / 128 - 1"),
            replaced("to_picture", "(X * 128 + 128) / 255", "np.clip((X + 1) / 2, 0, 1)"),
            body("test", styles.TEST),
            replaced("misclassified", "np.flatnonzero(", "np.where("),
            replaced("misclassified", "y_test.ravel())", "Y_test.argmax(axis=-1))[0].tolist()"),
            replaced("filters", "model.layers[0].get_weights()[0]", "np.array(model.layers[0].kernel)"),
        ),
    ),
    Member(
        "right-with-own-images-and-upright-bars",
        (
            replaced("first_activations", "first_image = X_test[7]\n", styles.OWN_IMAGE),
            replaced("second_activations", "second_image = X_test[12]\n", styles.OTHER_OWN_IMAGE),
            replaced("plot_prediction", "right.barh(class_names", "right.bar(class_names"),
            replaced("plot_prediction", "right.set_xlim(0, 1)", "right.tick_params(axis='x', rotation=90)"),
            replaced("plot_prediction", "right.invert_yaxis()", "right.set_ylim(0, 1)"),
        ),
    ),
    Member(
        "right-with-one-model-for-both-layers",
        (
            body("first_activations", styles.BOTH_LAYERS),
            body("second_activations", "second_image = X_test[0]\nshow_both(second_image)"),
        ),
    ),
)

WRONG = (
    Member(
        "picture-in-bytes",
        (replaced("to_picture", "(X * 128 + 128) / 255", "(X * 128 + 128).astype(np.uint8)"),),
        {"to_picture": 1},
        said={"to_picture": "bytes"},
    ),
    Member(
        "network-too-large",
        (body("network", styles.TOO_LARGE),),
        {"network": 1, "training": 1},
    ),
    Member("network-not-handed-in", lost={"training": 1}, files=(not_handed_in("model"),)),
    Member(
        "curves-swapped",
        (
            replaced("curves", '"training"', '"x"'),
            replaced("curves", '"validation"', '"training"'),
            replaced("curves", '"x"', '"validation"'),
        ),
        {"curves": 1},
    ),
    Member(
        "curves-without-labels",
        (
            replaced("curves", "ax.legend()", "pass"),
            replaced("curves", ', label="training"', ""),
            replaced("curves", ', label="validation"', ""),
        ),
        {"curves": 1 / 2},
    ),
    Member(
        "accuracy-of-training-images",
        (replaced("test", "model.evaluate(X_test, Y_test", "model.evaluate(X_train, Y_train"),),
        {"test": 1 / 2},
    ),
    Member(
        "predicted-class-in-red",
        (replaced("plot_prediction", "true = np.argmax(Y)", "true = np.argmax(Y_predict)"),),
        # Half of the bars, in two of the three calls: the third image is classified rightly.
        {"plot_prediction": 1 / 6},
    ),
    Member(
        "picture-not-rescaled",
        (replaced("plot_prediction", "left.imshow(to_picture(X))", "left.imshow(X)"),),
        {"plot_prediction": 1 / 2},
    ),
    Member(
        "right-ones-shown-as-errors",
        (replaced("misclassified", "wrong[:4]", "range(4)"),),
        {"misclassified": 1},
    ),
    Member(
        "columns-normalised",
        (replaced("plot_confusion", "counts.sum(axis=1, keepdims=True)", "counts.sum(axis=1)"),),
        # The data hold as many images of each class: here the figure comes out right, the function is not.
        {"plot_confusion": 1 / 2},
    ),
    Member(
        "truth-and-prediction-exchanged",
        (
            replaced(
                "plot_confusion",
                "(Y_true.argmax(axis=1), Y_predict.argmax(axis=1))",
                "(Y_predict.argmax(axis=1), Y_true.argmax(axis=1))",
            ),
        ),
        {"plot_confusion": 1},
    ),
    Member(
        "filters-not-scaled",
        (replaced("filters", "(kernel - kernel.min()) / (kernel.max() - kernel.min())", "kernel"),),
        {"filters": 2 / 3},
        said={"filters": "clipped"},
    ),
    Member(
        "filters-cast-to-int",
        (
            replaced(
                "filters",
                "(kernel - kernel.min()) / (kernel.max() - kernel.min())",
                "(kernel * 255).astype(int)",
            ),
        ),
        {"filters": 2 / 3},
    ),
    Member(
        "filters-of-the-second-layer",
        (
            replaced("filters", "model.layers[0]", "model.layers[1]"),
            replaced("filters", "kernel = weights[..., index]", "kernel = weights[:, :, :3, index]"),
        ),
        {"filters": 1},
    ),
    Member(
        "half-of-the-maps",
        (replaced("visualize_activation", "maps = A[0]", "maps = A[0][..., : max(1, A.shape[-1] // 2)]"),),
        {"visualize_activation": 1, "first_activations": 1, "second_activations": 1},
    ),
    Member(
        "name-not-shown",
        (replaced("visualize_activation", "fig.suptitle(name)", 'fig.suptitle("activations")'),),
        {"visualize_activation": 1 / 2},
        said={"visualize_activation": "no_name"},
    ),
    Member(
        "third-convolution-for-the-second",
        (replaced("first_activations", "model.layers[1]", "model.layers[2]"),),
        {"first_activations": 1 / 2, "second_activations": 1 / 2},
    ),
    Member(
        "first-image-again",
        (replaced("second_activations", "second_image[None]", "first_image[None]"),),
        {"second_activations": 1},
    ),
    Member(
        "crash-in-the-middle",
        (replaced("misclassified", "np.flatnonzero(", "np.flatnonzeros("),),
        {"misclassified": 1},
    ),
    Member(
        "answers-left-out",
        (unanswered("kinds_of_errors"), unanswered("activations_words")),
        {"kinds_of_errors": 1, "activations_words": 1},
    ),
)

CLASS = Class("weights-and-activations", (*RIGHT, *WRONG))
