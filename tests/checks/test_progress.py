"""Keras' progress is read back, whichever way it was printed, and compared with care."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autograder.checks import progress

BAR = """Epoch 1/2
  1/422 ━━━━━━━━ 1:03 151ms/step - accuracy: 0.1000 - loss: 2.4000
422/422 ━━━━━━━━ 3s 6ms/step - accuracy: 0.7512 - loss: 0.8123 - val_accuracy: 0.9000 - val_loss: 3.5000e-01
Epoch 2/2
422/422 ━━━━━━━━ 3s 6ms/step - accuracy: 0.9300 - loss: 0.2200 - val_accuracy: 0.9500 - val_loss: 0.1800
"""
HISTORY = {
    "accuracy": [0.7512, 0.93],
    "loss": [0.8123, 0.22],
    "val_accuracy": [0.9, 0.95],
    "val_loss": [0.35, 0.18],
}


def test_the_last_number_of_an_epoch_counts() -> None:
    assert progress.runs(BAR) == [HISTORY]


def test_a_line_an_epoch_and_several_trainings() -> None:
    text = (
        "Epoch 1/1\n9/9 - 1s - 9ms/step - loss: 2.0\nsome words\nEpoch 1/2\nloss: 1.5\nEpoch 2/2\nloss: 1.0"
    )
    assert progress.runs(text) == [{"loss": [2.0]}, {"loss": [1.5, 1.0]}]


def test_a_training_that_was_interrupted_lacks_its_last_numbers() -> None:
    assert progress.runs("Epoch 1/9\nloss: 1.5\nEpoch 2/9\n") == [{}]
    assert progress.runs("loss: 3") == []


def test_only_a_clear_contradiction_is_one() -> None:
    assert not progress.contradicts(BAR, HISTORY)
    assert not progress.contradicts("", HISTORY)
    assert not progress.contradicts(BAR, {"loss": [5.0]})
    assert not progress.contradicts(BAR, {**HISTORY, "loss": [0.8123, 0.5]})
    assert progress.contradicts(BAR, {**HISTORY, "loss": [0.9, 0.5]})


def test_one_of_several_trainings_may_be_the_one() -> None:
    other = BAR.replace("0.8123", "1.5").replace("0.2200", "1.1")
    assert progress.contradicts(other, HISTORY)
    assert not progress.contradicts(other + BAR, HISTORY)


@given(st.text(alphabet="Epoch 1/2\n:loss-v_ace.", max_size=200))
def test_any_text_is_read(text: str) -> None:
    progress.contradicts(text, HISTORY)
