"""The class of `evaluating-cnns`: right submissions that look different, wrong ones with one mistake each."""

from __future__ import annotations

import json

import numpy as np

from autograder.demo import Change, body, given, replaced, without_metadata, written_elsewhere
from tests.classes import evaluating_cnns_styles as styles
from tests.classes.common import (
    Class,
    FileChange,
    Handed,
    Member,
    not_handed_in,
    replace_history,
    replace_network,
)

NETWORKS = ("network_a", "network_b", "network_c")


def _of(variable: str, key: str, before: int, after: int) -> FileChange:
    """Give the layers of a handed-in network another size in its config."""

    def edit(handed: Handed) -> None:
        config = json.loads(handed[variable]["config"].tobytes())
        for layer in config["config"]["layers"]:
            if layer["config"].get(key) == before:
                layer["config"][key] = after
        handed[variable]["config"] = np.frombuffer(json.dumps(config).encode(), np.uint8)

    return edit


def _with_a_spare_filter(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Network (a) with a 33rd filter that nothing looks at: it computes what it did, in another size."""
    kernel, bias, dense, last = weights
    spread = np.pad(dense.reshape(26, 26, 32, 10), ((0, 0), (0, 0), (0, 1), (0, 0)))
    return [
        np.pad(kernel, ((0, 0), (0, 0), (0, 0), (0, 1))),
        np.pad(bias, (0, 1)),
        spread.reshape(-1, 10),
        last,
    ]


def _with_spare_units(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Network (b) or (c) with two more units before the last layer, which are never active."""
    *rest, dense, dense_bias, last, last_bias = weights
    return [
        *rest,
        np.pad(dense, ((0, 0), (0, 2))),
        np.pad(dense_bias, (0, 2)),
        np.pad(last, ((0, 2), (0, 0))),
        last_bias,
    ]


def _without_threes(weights: list[np.ndarray]) -> list[np.ndarray]:
    """A network that takes no image for a three."""
    *rest, bias = weights
    return [*rest, np.where(np.arange(10) == 3, np.float32(-60), bias)]


def _short_names(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """As a network compiled with `metrics=["acc"]` records it."""
    return {name.replace("accuracy", "acc"): values for name, values in history.items()}


def _with_tf_keras() -> tuple[Change, ...]:
    return (
        given("from tensorflow import keras", "import tensorflow as tf"),
        replaced("preprocess", "keras.", "tf.keras."),
        *(replaced(name, "keras.", "tf.keras.") for name in NETWORKS),
        given('"adam"', "tf.keras.optimizers.Adam()"),
        given('loss="categorical_crossentropy"', "loss=tf.keras.losses.CategoricalCrossentropy()"),
        given('["accuracy"]', '["acc"]'),
        replaced("history_a", '["loss", "accuracy"]', '["loss", "acc"]'),
    )


RIGHT = (
    Member("right"),
    Member("right-from-colab", (without_metadata,)),
    Member("right-written-elsewhere", (written_elsewhere,)),
    Member(
        "right-with-tf-keras",
        _with_tf_keras(),
        files=tuple(replace_history(name, _short_names) for name in NETWORKS),
    ),
    Member(
        "right-other-networks",
        (
            body("network_a", styles.FUNCTIONAL_A),
            body("network_b", styles.ADDED_B),
            body("network_c", styles.FUNCTIONAL_C),
            replaced("layer_shapes", "network_c.layers", "network_c.layers[1:]"),
        ),
    ),
    Member(
        "right-with-sklearn",
        (
            body("preprocess", styles.EYE),
            body("split", styles.SKLEARN_SPLIT),
            body("confusion", styles.SKLEARN_CONFUSION),
            body("evaluate", styles.EVALUATE_DICT),
        ),
    ),
    Member(
        "right-by-loops",
        (
            body("preprocess", styles.PREPROCESS),
            body("split", styles.SHUFFLED_SPLIT),
            body("zero_probability", styles.HISTOGRAM_PAIR),
            body("worst_errors", styles.ERRORS_BY_LOOP),
            body("first_digits", styles.ONE_EACH),
            body("layer_shapes", styles.SHAPES_BY_LOOP),
            body("weight_shapes", styles.WEIGHT_SHAPES_BY_LOOP),
        ),
    ),
    Member(
        "right-drawn-differently",
        (
            body("history_a", styles.TWIN_AXES),
            body("zero_probability", styles.HISTOGRAM_TOGETHER),
            body("confusion", styles.TURNED_CONFUSION),
            body("worst_errors", styles.ERRORS_BY_SORTING),
            body("first_digits", styles.GRID_OF_FIRST),
        ),
    ),
    Member(
        "right-with-bars",
        (
            body("history_a", styles.FOUR_FIGURES),
            body("zero_probability", styles.COUNTED_BARS),
            body("confusion", styles.NORMALISED_CONFUSION),
            body("evaluate", styles.EVALUATE_BY_HAND),
        ),
    ),
    Member(
        "right-in-german",
        (
            replaced("history_a", '"training"', '"Training"'),
            replaced("history_a", '"validation"', '"Validierung"'),
            replaced("history_a", '"epoch"', '"Epoche"'),
            replaced("history_a", "ylabel(metric)", 'ylabel({"loss": "Verlust"}.get(metric, "Genauigkeit"))'),
            replaced("zero_probability", '"true zeros"', '"Nullen"'),
            replaced("zero_probability", '"other digits"', '"andere Ziffern"'),
            replaced("confusion", '"prediction"', '"Vorhersage"'),
            replaced("confusion", '"truth"', '"Wahrheit"'),
            replaced(
                "worst_errors",
                'f"predicted {P[index].argmax()}, true',
                'f"vorhergesagt {P[index].argmax()}, wahr',
            ),
            replaced("first_digits", "P[index].argmax())", 'f"Ziffer {P[index].argmax()}")'),
        ),
    ),
    Member(
        "right-other-colours",
        (
            replaced("split", "default_rng(42)", "default_rng(7)"),
            replaced("zero_probability", 'color="red"', 'color="tab:green"'),
            replaced("zero_probability", 'color="blue"', 'color="black"'),
            replaced("confusion", '"Blues"', '"Greys"'),
            replaced("worst_errors", 'cmap="gray"', 'cmap="hot"'),
            replaced("first_digits", 'cmap="gray"', 'cmap="gray_r"'),
            replaced("first_digits", "plt.subplots(1, 15, figsize=(12, 1.4))", "plt.subplots(3, 5)"),
            replaced("first_digits", "enumerate(axes)", "enumerate(axes.flat)"),
        ),
    ),
)

WRONG = (
    Member(
        "columns-from-the-labels",
        (replaced("preprocess", "to_categorical(labels, 10)", "to_categorical(labels)"),),
        {"preprocess": 0.5},
        said={"preprocess": "too_few_columns"},
    ),
    Member(
        "not-shuffled",
        (replaced("split", "np.random.default_rng(42).permutation(len(X))", "np.arange(len(X))"),),
        {"split": 0.5},
        said={"split": "not_shuffled"},
    ),
    Member(
        "torn-apart",
        (replaced("split", "Y[order[:cut]], Y[order[cut:]]", "Y[:cut], Y[cut:]"),),
        {"split": 1},
        said={"split": "torn"},
    ),
    Member(
        "eighty-and-twenty",
        (replaced("split", "0.7", "0.8"),),
        {"split": 1},
        said={"split": "other_sizes"},
    ),
    Member(
        "validated-on-what-was-learned",
        (
            replaced(
                "split",
                "X[order[cut:]], Y[order[:cut]], Y[order[cut:]]",
                "X[order[cut - 9:]], Y[order[:cut]], Y[order[cut - 9:]]",
            ),
        ),
        {"split": 1},
        said={"split": "leak"},
    ),
    Member(
        "a-of-another-size",
        (replaced("network_a", "Conv2D(32", "Conv2D(33"),),
        {"network_a": 1},
        files=(_of("network_a", "filters", 32, 33), replace_network("network_a", _with_a_spare_filter)),
        said={"network_a": "other_size"},
    ),
    Member(
        "b-of-another-size",
        (replaced("network_b", "Dense(128", "Dense(130"),),
        {"network_b": 1},
        files=(_of("network_b", "units", 128, 130), replace_network("network_b", _with_spare_units)),
        said={"network_b": "other_size"},
    ),
    Member(
        "c-of-another-size",
        (replaced("network_c", "Dense(128", "Dense(130"),),
        # The shapes of its weights are asked for as well.
        {"network_c": 1, "weight_shapes": 1},
        files=(_of("network_c", "units", 128, 130), replace_network("network_c", _with_spare_units)),
        said={"network_c": "other_size"},
    ),
    Member(
        "curves-exchanged",
        (
            replaced("history_a", 'label="training"', 'label="?"'),
            replaced("history_a", 'label="validation"', 'label="training"'),
            replaced("history_a", 'label="?"', 'label="validation"'),
        ),
        {"history_a": 1, "results_b": 0.25, "results_c": 0.25},
    ),
    Member(
        "history-of-a-for-b",
        (replaced("results_b", "plot_history(history_b)", "plot_history(history_a)"),),
        {"results_b": 0.25},
    ),
    Member(
        "not-logarithmic",
        (replaced("zero_probability", ", log=True", ""),),
        {"zero_probability": 0.5},
        said={"zero_probability": "no_log"},
    ),
    Member(
        "grouped-by-prediction",
        (replaced("zero_probability", "zeros = y == 0", "zeros = P.argmax(axis=1) == 0"),),
        {"zero_probability": 1},
        said={"zero_probability": "predicted_class"},
    ),
    Member(
        "confusion-transposed",
        (replaced("confusion", "(y, P.argmax(axis=1))", "(P.argmax(axis=1), y)"),),
        {"confusion": 1},
        said={"confusion": "transposed"},
    ),
    Member(
        "confusion-without-numbers",
        (replaced("confusion", "counts[row, column], ha=", '"", ha='),),
        {"confusion": 0.5},
    ),
    Member(
        "best-for-worst",
        (replaced("worst_errors", "np.argsort(-difference)", "np.argsort(difference)"),),
        {"worst_errors": 1},
    ),
    Member(
        "predicted-and-true-exchanged",
        (
            replaced(
                "worst_errors",
                "predicted {P[index].argmax()}, true {y[index]}",
                "predicted {y[index]}, true {P[index].argmax()}",
            ),
        ),
        {"worst_errors": 1},
    ),
    Member(
        "ten-for-fifteen",
        (replaced("first_digits", "plt.subplots(1, 15", "plt.subplots(1, 10"),),
        {"first_digits": 1},
    ),
    Member(
        "evaluates-without-figures",
        (
            replaced("evaluate", "    plot_zero_probability(P, y)\n", ""),
            replaced("evaluate", "    plot_confusion(P, y)\n", ""),
            replaced("evaluate", "    plot_worst_errors(P, X_test, y)\n", ""),
            replaced("evaluate", "    plot_first(P, X_test)\n", ""),
        ),
        {"evaluate": 1 / 3},
        said={"evaluate": "no_figure"},
    ),
    Member(
        "evaluates-and-returns-nothing",
        (replaced("evaluate", "    return loss, accuracy\n", ""),),
        # And the numbers of the other two are missing, too.
        {"evaluate": 2 / 3, "results_b": 0.25, "results_c": 0.25},
        said={"evaluate": "nothing_returned"},
    ),
    Member(
        "c-too-inaccurate",
        (),
        {"results_c": 0.5},
        files=(replace_network("network_c", _without_threes),),
    ),
    Member("b-not-handed-in", (), {"results_b": 0.5}, files=(not_handed_in("network_b"),)),
    Member(
        "shapes-of-b",
        (
            replaced("layer_shapes", "network_c", "network_b"),
            replaced("weight_shapes", "network_c", "network_b"),
        ),
        {"layer_shapes": 1, "weight_shapes": 1},
    ),
)

CLASS = Class("evaluating-cnns", (*RIGHT, *WRONG))
