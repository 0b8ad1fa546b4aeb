"""Whole notebooks in a real worker: replayed, only read, and called with the judge's inputs afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from PIL import Image

from autograder.evidence import Array, Call, Evidence, Mapping, Missing, Model, Opaque, Plan, Scalar
from tests.saved_pictures import PLAIN, output, saved, text
from tests.worker.networks import CODE, HISTORY, weights, write
from tests.worker.test_session import book, code, work


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path


def test_a_training_is_replayed_and_the_rest_of_the_notebook_goes_on_with_it(folder: Path) -> None:
    write(folder / "work", "model", weights(0.5))
    np.savez(
        folder / "cifar10.npz",
        x_train=np.zeros((6, 32, 32, 3), np.uint8),
        y_train=np.arange(6),
        x_test=np.zeros((3, 32, 32, 3), np.uint8),
        y_test=np.arange(3),
    )
    train = (
        f"{CODE}\nmodel = compiled(net())\nhistory = model.fit(x, y, epochs=10_000, validation_split=0.1)\n"
        "weights = model.get_weights()[0]"
    )
    look = (
        "import tensorflow as tf\n"
        "(x_train, y_train), test = tf.keras.datasets.cifar10.load_data()\n"
        "from keras.datasets.cifar10 import load_data\n"
        "shapes = [x_train.shape, y_train.shape, y_train.dtype.name, load_data()[1][0].shape]\n"
        "best = max(history.history['val_loss'])"
    )
    plan = Plan(
        "a", (code("train", "model", "history", "weights"), code("look", "shapes", "best")), training="replay"
    )
    evidence = work(folder, plan, book(("train", train), ("look", look)), data=str(folder))
    assert evidence.errors == []
    values = evidence.questions["train"].values
    assert isinstance(values["weights"], Array)
    assert values["weights"].array.tolist() == np.full((4, 5), 0.5).tolist()
    assert isinstance(values["model"], Model)
    history = values["history"]
    assert isinstance(history, Mapping)
    assert history.python == "History"
    assert [key for key, _ in history.items] == list(HISTORY)
    looked = evidence.questions["look"].values
    assert looked["best"] == Scalar(1.0, "float")
    assert "6, 32, 32, 3" in plain(looked["shapes"])
    assert "6, 1" in plain(looked["shapes"])
    assert "uint8" in plain(looked["shapes"])
    assert list(evidence.trained) == ["model"]
    assert evidence.questions["look"].trained is evidence.trained
    assert evidence.trained["model"].history["loss"] == (0.9, 0.5, 0.25)


def plain(value: Any) -> str:
    """A captured value as text: its items and numbers."""
    if hasattr(value, "items"):
        return ", ".join(plain(item) for item in value.items)
    return str(value.value)


def test_of_a_notebook_that_is_only_read_nothing_is_executed(folder: Path) -> None:
    write(folder / "work", "model", weights(0.5))
    (folder / "work" / "broken.trained.npz").write_bytes(b"no")
    content = book(("q", "open('executed', 'w')\nx = 1"), ("r", "y = 2"))
    bar = "Epoch 1/2\n\x1b[1m 1/9\x1b[0m loss: 9\x08\x08\r\x1b[1m 9/9\x1b[0m loss: 3\n"
    content.cells[0].outputs = [
        {"output_type": "stream", "name": "stdout", "text": bar},
        {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
        {"output_type": "execute_result", "data": {"text/plain": ["(60000, ", "28, 28)"]}},
        {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["private"]},
        {"output_type": "stream", "name": "stdout", "text": "x" * 100_000},
        "no output",
    ]
    plan = Plan("a", (code("q", "x"), code("r", "y")), training="outputs", calls=(Call("c", "q", "print"),))
    evidence = work(folder, plan, content)
    assert evidence.complete
    assert not (folder / "work" / "executed").exists()
    question = evidence.questions["q"]
    assert question.matched_by == "metadata"
    assert question.values == {}
    assert question.outputs.startswith("Epoch 1/2\n 9/9 loss: 3\n<Figure>\n(60000, 28, 28)\nxxx")
    assert len(question.outputs) == 20_000
    assert question.unread == ["it is no PNG"]
    assert "A picture saved under cell 1 was not looked at: it is no PNG." in evidence.notes
    assert evidence.questions["r"].outputs == ""
    assert list(evidence.trained) == ["model"]
    assert any("broken.trained.npz was not used" in note for note in evidence.notes)


def test_notebooks_that_are_run_have_their_saved_outputs_told_too(folder: Path) -> None:
    content = book(("q", "print(1)"))
    content.cells[0].outputs = [{"output_type": "stream", "name": "stdout", "text": "what was saved\n"}]
    evidence = work(folder, Plan("a", (code("q"),)), content)
    assert evidence.questions["q"].outputs == "what was saved"


def test_pictures_saved_in_a_notebook_that_is_only_read_are_those_of_their_cells(folder: Path) -> None:
    content = book(("q", "draw()"), ("r", "draw(2)"), ("", "more"))
    content.cells.append(nbformat.v4.new_markdown_cell("![it](attachment:it.png)"))
    content.cells[-1]["attachments"] = {"it.png": {"image/png": text(PLAIN)}}
    content.cells[-1]["outputs"] = [output(PLAIN)]
    wide = saved(Image.new("RGB", (30, 20), "red"))
    drawing = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}}
    content.cells[0].outputs = [output(PLAIN), output(PLAIN[:50]), drawing, output(wide)]
    content.cells[1].outputs = [output(saved(Image.new("RGB", (24, 16)), "JPEG"), "image/jpeg")]
    content.cells[2].outputs = [output(wide)]
    evidence = work(folder, Plan("a", (code("q"), code("r")), training="outputs"), content)
    assert evidence.complete
    question, other = evidence.questions["q"], evidence.questions["r"]
    assert [picture.pixels.shape for picture in question.rendered] == [(12, 16, 3), (20, 30, 3)]
    assert question.rendered[1].pixels[3, 3].tolist() == [255, 0, 0]
    assert question.unread == ["it is cut off", "it is SVG, neither PNG nor JPEG"]
    assert [picture.pixels.shape for picture in other.rendered] == [(16, 24, 3)]
    assert [picture.cell for picture in evidence.loose_rendered] == [2]
    assert not any(picture.executed for picture in (*question.rendered, *evidence.loose_rendered))


def test_where_cells_are_run_only_those_that_drew_nothing_send_saved_pictures(folder: Path) -> None:
    draw = "import matplotlib.pyplot as plt\nplt.imshow([[0, 1]])"
    tamper = "import PIL.Image\nPIL.Image.open = lambda *arguments, **more: 1 / 0"
    content = book(("drew", draw), ("did_not", "x = 1"), ("tampered", tamper))
    for cell in content.cells:
        cell.outputs = [output(PLAIN)]
    plan = Plan("a", (code("drew"), code("did_not"), code("tampered")))
    evidence = work(folder, plan, content)
    assert evidence.complete
    assert evidence.questions["drew"].rendered == []
    (picture,) = evidence.questions["did_not"].rendered
    assert picture.executed
    tampered = evidence.questions["tampered"]
    assert (tampered.rendered, tampered.unread) == ([], [])
    assert any(note.startswith("A picture saved under cell 3 was not looked at") for note in evidence.notes)


FUNCTIONS = """
import numpy as np
import matplotlib.pyplot as plt
import os, sys, time
from PIL import Image

own = 7

def add(a, b):
    a += b
    return a

def draw(array, title):
    plt.imshow(array)
    plt.title(title)

def drawn(array):
    figure, axes = plt.subplots()
    axes.imshow(array)
    return figure, axes

def hidden(array):
    from matplotlib.figure import Figure
    figure = Figure()
    figure.add_subplot().imshow(array)
    return figure

def wrong(): raise ValueError("two\\nlines")
def slow():
    while True: pass
def leave(): sys.exit(1)
def fork():
    if os.fork() == 0:
        return "child"
    os.wait()
    return "parent"
def big(): return np.zeros((10_000, 10_000))
constant = 3
"""

GRID = {"array": [[1, 2], [3, 4]], "dtype": "float32"}
CALLS = (
    Call("add", "q", "add", (GRID, 1)),
    Call("again", "q", "add", (GRID, 1)),
    Call("own", "q", "add", ({"variable": "own"}, 1)),
    Call("nobody", "q", "add", ({"variable": "nobody"}, 1)),
    Call("draw", "q", "draw", (GRID, "judge")),
    Call("drawn", "r", "drawn", (GRID,)),
    Call("hidden", "q", "hidden", (GRID,)),
    Call("arguments", "q", "draw", (GRID,)),
    Call("wrong", "q", "wrong"),
    Call("slow", "q", "slow"),
    Call("leave", "q", "leave"),
    Call("fork", "q", "fork"),
    Call("big", "q", "big"),
    Call("constant", "q", "constant"),
    Call("missing", "q", "missing"),
    Call("last", "q", "add", (1, 2)),
)


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    plan = Plan("a", (code("q"), code("r")), cell_seconds=2, calls=CALLS)
    cells = book(("q", FUNCTIONS), ("r", "plt.imshow(np.eye(3))"))
    return work(tmp_path_factory.mktemp("calls"), plan, cells)


def test_every_call_is_answered_and_none_ends_the_notebook(called: Evidence) -> None:
    answered = {**called.questions["q"].returned, **called.questions["r"].returned}
    assert set(answered) == {call.id for call in CALLS}
    assert called.complete
    assert called.errors == []


def test_inputs_are_arrays_numbers_and_variables_and_each_call_gets_its_own(called: Evidence) -> None:
    returned = called.questions["q"].returned
    for name in ("add", "again"):
        value = returned[name].value
        assert isinstance(value, Array)
        assert value.array.tolist() == [[2, 3], [4, 5]]
        assert value.array.dtype == np.float32
    assert returned["own"].value == Scalar(8, "int")
    assert returned["last"].value == Scalar(3, "int")
    assert returned["fork"].value == Scalar("parent", "str")


def test_figures_drawn_or_returned_belong_to_their_call_only(called: Evidence) -> None:
    returned = called.questions["q"].returned
    (figure,) = returned["draw"].figures
    assert figure.axes[0].title == "judge"
    assert len(returned["hidden"].figures) == 1
    assert len(called.questions["r"].returned["drawn"].figures) == 1
    assert [len(figure.axes) for figure in called.questions["r"].figures] == [1]
    assert called.questions["q"].figures == []
    assert called.loose_figures == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("nobody", "nobody"),
        ("arguments", "TypeError: draw() missing 1 required positional argument: 'title'"),
        ("wrong", "ValueError: two lines"),
        ("slow", "stopped after 2 s"),
        ("leave", "SystemExit"),
        ("constant", "no function but of type int"),
        ("missing", ""),
    ],
)
def test_what_went_wrong_is_said_in_one_line(called: Evidence, call: str, words: str) -> None:
    returned = called.questions["q"].returned[call]
    assert isinstance(returned.value, Missing)
    assert words in returned.error
    assert "\n" not in returned.error
    assert bool(returned.error) == bool(words)


def test_what_is_too_large_is_said_to_be(called: Evidence) -> None:
    value = called.questions["q"].returned["big"].value
    assert isinstance(value, Opaque)
    assert "large" in value.reason
