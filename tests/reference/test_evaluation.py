"""Confusion, errors and reports against cases counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import evaluation

# Three classes, six images: class 0 twice right, once taken for 1; class 1 right; class 2 twice taken for 1.
TRUTH = [0, 0, 0, 1, 2, 2]
PREDICTED = [0, 0, 1, 1, 1, 1]
MATRIX = np.array([[2, 1, 0], [0, 1, 0], [0, 2, 0]])

PROBABILITIES = np.array(
    [
        [0.8, 0.1, 0.1],  # right
        [0.5, 0.4, 0.1],  # wrong: 0 for 1, gap 0.1
        [0.9, 0.1, 0.0],  # wrong: 0 for 2, gap 0.9
        [0.2, 0.2, 0.6],  # right
        [0.1, 0.6, 0.3],  # wrong: 1 for 2, gap 0.3
    ]
)
LABELS = np.array([0, 1, 2, 2, 2])

numbers = st.integers(2, 6).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), max_size=40),
    )
)


def test_rows_are_the_truth_and_columns_the_prediction():
    matrix = evaluation.confusion(TRUTH, PREDICTED, 3)
    assert matrix.dtype == np.int64
    assert np.array_equal(matrix, MATRIX)


@given(numbers)
def test_a_confusion_matrix_counts_every_image_once(case):
    classes, pairs = case
    truth, predicted = (np.array([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    matrix = evaluation.confusion(truth, predicted, classes)
    assert matrix.shape == (classes, classes)
    for row, column in np.ndindex(matrix.shape):
        assert matrix[row, column] == pairs.count((row, column))


def test_one_hot_labels_and_probabilities_stand_for_their_classes():
    matrix = evaluation.confusion(np.eye(3)[LABELS], PROBABILITIES, 3)
    assert np.array_equal(matrix, evaluation.confusion(LABELS, [0, 0, 0, 2, 1], 3))


def test_a_column_of_labels_as_keras_gives_cifar_10_is_read_as_class_numbers():
    assert evaluation.class_numbers([[3], [9]]).tolist() == [3, 9]


@pytest.mark.parametrize("labels", [[0.5, 1.0], np.zeros((2, 3, 4))])
def test_what_are_no_labels_is_refused(labels):
    with pytest.raises(ValueError, match="class numbers"):
        evaluation.class_numbers(labels)


def test_labels_and_predictions_of_different_number_are_refused():
    with pytest.raises(ValueError, match="3 labels, but 2"):
        evaluation.confusion([0, 1, 2], [0, 1], 3)


@pytest.mark.parametrize("truth", [[3], [-1]])
def test_a_class_that_does_not_exist_is_refused(truth):
    with pytest.raises(ValueError, match="from 0 to 2"):
        evaluation.confusion(truth, [0], 3)


def test_over_the_truth_each_row_sums_to_one():
    shares = evaluation.normalised(MATRIX)
    assert shares == pytest.approx(np.array([[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 1, 0]]))


def test_over_the_prediction_each_column_sums_to_one_and_a_class_never_predicted_has_zeros():
    shares = evaluation.normalised(MATRIX, over="prediction")
    assert shares == pytest.approx(np.array([[1, 0.25, 0], [0, 0.25, 0], [0, 0.5, 0]]))


def test_a_class_without_images_has_a_row_of_zeros():
    assert np.array_equal(evaluation.normalised(np.array([[4, 0], [0, 0]])), [[1, 0], [0, 0]])


def test_forgetting_to_keep_the_dimension_gives_neither():
    """The known slip: `C / np.sum(C, axis=1)` divides column j by the number of images of class j."""
    slip = MATRIX / np.sum(MATRIX, axis=1)
    assert not np.allclose(slip.sum(axis=1), 1)
    assert not np.allclose(slip, evaluation.normalised(MATRIX))
    assert not np.allclose(slip, evaluation.normalised(MATRIX, over="prediction"))


@pytest.mark.parametrize("labels", [LABELS, np.eye(3)[LABELS]])
def test_misclassified_images_are_found_in_order(labels):
    assert evaluation.misclassified(PROBABILITIES, labels).tolist() == [1, 2, 4]


@pytest.mark.parametrize(("count", "expected"), [(1, [2]), (2, [2, 4]), (9, [2, 4, 1])])
def test_the_worst_error_has_the_largest_gap_between_predicted_and_true_class(count, expected):
    assert evaluation.worst_errors(PROBABILITIES, LABELS, count).tolist() == expected


def test_equally_bad_errors_stay_in_order_and_right_predictions_are_never_among_them():
    assert evaluation.worst_errors(PROBABILITIES[[1, 0, 1]], LABELS[[1, 0, 1]], 5).tolist() == [0, 2]
    assert evaluation.worst_errors(PROBABILITIES[:1], LABELS[:1], 5).tolist() == []


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    )


@pytest.mark.parametrize("one_hot", [True, False])
def test_loss_and_accuracy_are_those_of_keras(model, one_hot):
    rng = np.random.default_rng(0)
    images = rng.normal(0, 9, (40, 4, 4, 1)).astype(np.float32)  # so wide that some probabilities are 0
    labels = rng.integers(0, 3, 40)
    found = evaluation.evaluate(model, images, np.eye(3)[labels] if one_hot else labels)

    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(images, labels, verbose=0)
    assert found.loss == pytest.approx(loss, rel=1e-4)
    assert found.accuracy == pytest.approx(accuracy)
    assert found.probabilities == pytest.approx(model.predict(images, verbose=0), abs=1e-6)


class Fixed:
    """A network that says what it was told to."""

    def __init__(self, probabilities):
        self.probabilities = probabilities

    def predict(self, images, **_):
        return self.probabilities[: len(images)]


def test_the_report_is_the_one_counted_by_hand():
    probabilities = np.eye(4, dtype=np.float32)[PREDICTED]  # a fourth class that occurs nowhere
    report = evaluation.evaluate(Fixed(probabilities), np.zeros((6, 2, 2, 1)), TRUTH).report
    assert report["0"] == pytest.approx({"precision": 1, "recall": 2 / 3, "f1-score": 0.8, "support": 3})
    assert report["1"] == pytest.approx({"precision": 0.25, "recall": 1, "f1-score": 0.4, "support": 1})
    assert report["2"] == pytest.approx({"precision": 0, "recall": 0, "f1-score": 0, "support": 2})
    assert report["3"]["support"] == 0
    assert report["macro avg"]["recall"] == pytest.approx((2 / 3 + 1) / 4)
