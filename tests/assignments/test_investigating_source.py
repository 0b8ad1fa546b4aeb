"""The source notebook and the helper of `investigating-cnns`, as a student and an instructor read them."""

from __future__ import annotations

import ast
import importlib.util
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import yaml
from numpy.testing import assert_array_equal

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "assignments" / "investigating-cnns"
CONFIG = ROOT / "grading_config" / "investigating-cnns.yaml"


@pytest.fixture(scope="module")
def cells() -> list[Any]:
    return list(jupytext.read(FOLDER / "assignment.py").cells)


@pytest.fixture(scope="module")
def questions() -> dict[str, Any]:
    return dict(yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["questions"])


def of_question(cells: list[Any], question: str) -> str:
    return "\n".join(cell.source for cell in cells if cell.metadata.get("question") == question)


# ---------------------------------------------------------------- the notebook


def test_every_cell_of_code_is_python(cells: list[Any]) -> None:
    for cell in cells:
        if cell.cell_type == "code":
            ast.parse(cell.source)


def test_notebook_and_config_have_the_same_questions_in_the_same_order(
    cells: list[Any], questions: dict[str, Any]
) -> None:
    in_notebook = dict.fromkeys(cell.metadata["question"] for cell in cells if "question" in cell.metadata)
    assert list(in_notebook) == list(questions)


def test_a_question_is_introduced_by_text(cells: list[Any]) -> None:
    seen: set[str] = set()
    for before, cell in pairwise(cells):
        question = cell.metadata.get("question")
        if cell.cell_type == "code" and question not in (None, *seen):
            seen.add(question)
            assert before.cell_type == "markdown", question
            assert "**Your turn.**" in before.source or "**Quiz" in before.source, question


def test_each_question_assigns_what_its_checks_look_at(cells: list[Any], questions: dict[str, Any]) -> None:
    given = {"model"}
    for question, config in questions.items():
        assigned = {
            node.id
            for cell in cells
            if cell.cell_type == "code" and cell.metadata.get("question") == question
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        for check in config["checks"]:
            for family in ("value", "array", "model", "layers", "choice", "accuracy"):
                if family in check:
                    assert check[family] in assigned | given, question


def test_figures_are_asked_for_where_figures_are_checked(cells: list[Any], questions: dict[str, Any]) -> None:
    for question, config in questions.items():
        draws = re.search(r"plt\.show\(\)|plot_featuremaps\(", of_question(cells, question)) is not None
        assert draws == any("panels" in check for check in config["checks"]), question


@pytest.mark.parametrize(
    ("question", "mark"),
    [("kernels_in_a_filter", "test_chow1"), ("filters_or_maps", "test_chow2"), ("which_part", "test_chow3")],
)
def test_a_quiz_cell_begins_with_its_mark_and_holds_the_key(
    cells: list[Any], questions: dict[str, Any], question: str, mark: str
) -> None:
    first, answer = of_question(cells, question).splitlines()
    (check,) = questions[question]["checks"]
    assert first == f"### edTest({mark}) ###"
    assert answer == f'{check["choice"]} = "{check["key"]}"  # SOLUTION'


def test_quiz_options_are_those_of_the_config(cells: list[Any], questions: dict[str, Any]) -> None:
    for before, cell in pairwise(cells):
        question = cell.metadata.get("question")
        if question in ("kernels_in_a_filter", "filters_or_maps"):
            (check,) = questions[question]["checks"]
            assert re.findall(r"^- \*\*(\w)\.\*\* ", before.source, re.MULTILINE) == check["of"]


def test_the_written_answer_has_a_prompt_and_a_model_answer(cells: list[Any]) -> None:
    prompt, rest = of_question(cells, "relu").split("<!-- BEGIN SOLUTION -->\n")
    answer, after = rest.split("<!-- END SOLUTION -->")
    assert "ReLU" in prompt
    assert len(answer.split()) > 40
    assert not after.strip()


def test_the_notebook_asserts_the_shapes(cells: list[Any]) -> None:
    assert "assert weights.shape == (3, 3, 3, 32)" in of_question(cells, "first_layer_weights")
    assert "assert kernels_filter1.shape == (3, 3, 3)" in of_question(cells, "first_filter")


def test_random_indices_stay_inside_the_data(cells: list[Any]) -> None:
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert "randint" not in code
    assert code.count("rng.choice(len(x_test), size=5, replace=False)  # SOLUTION") == 2


# ---------------------------------------------------------------- the helper


def load_helper(folder: Path) -> ModuleType:
    shutil.copy(FOLDER / "helper.py", folder)
    spec = importlib.util.spec_from_file_location("students_helper", folder / "helper.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_images(folder: Path) -> np.ndarray[Any, Any]:
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    images[0, 0, 0] = (0, 255, 51)
    np.savez(folder / "images.npz", images=images, labels=np.array([3, 0, 9, 3]))
    return images


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Figures that the helper showed."""
    matplotlib.use("agg")
    figures: list[Any] = []
    monkeypatch.setattr(plt, "show", lambda: figures.append(plt.gcf()))
    yield figures
    plt.close("all")


@pytest.mark.parametrize("name", ["helper.py", "assignment.py"])
def test_students_need_only_the_packages_that_are_listed(name: str) -> None:
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for node in ast.walk(ast.parse((FOLDER / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    listing = (FOLDER / "requirements.txt").read_text(encoding="utf-8")
    listed = set(re.findall(r"^[a-z]+", listing, re.MULTILINE))
    assert imported <= {*listed, "helper", *sys.stdlib_module_names}
    assert {"numpy", "matplotlib", "tensorflow"} <= listed


def test_images_are_centred_and_labels_one_hot(tmp_path: Path) -> None:
    images = write_images(tmp_path)
    x_test, y_test = load_helper(tmp_path).get_cifar10()
    assert x_test.dtype == y_test.dtype == np.float32
    assert x_test.shape == (4, 32, 32, 3)
    np.testing.assert_allclose(x_test[0, 0, 0], [-0.5, 0.5, -0.3], atol=1e-6)
    np.testing.assert_allclose((x_test + 0.5) * 255, images, atol=1e-4)
    assert_array_equal(y_test, np.eye(10)[[3, 0, 9, 3]])


def test_the_network_is_the_references_with_the_checkpoints_weights(tmp_path: Path) -> None:
    from reference.datasets import CIFAR10_CLASSES
    from reference.networks import investigating_cnn

    expected = investigating_cnn()
    arrays = {f"{index:03d}": array for index, array in enumerate(expected.get_weights())}
    np.savez(tmp_path / "checkpoint.npz", **arrays)
    write_images(tmp_path)
    helper = load_helper(tmp_path)
    model, (x_test, y_test) = helper.cnn_model(), helper.get_cifar10()
    assert [(layer.name, type(layer)) for layer in model.layers] == [
        (layer.name, type(layer)) for layer in expected.layers
    ]
    assert_array_equal(model.predict(x_test, verbose=0), expected.predict(x_test, verbose=0))
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    assert loss > 0
    assert accuracy in (0, 0.25, 0.5, 0.75, 1)
    assert helper.cifar10dict == dict(enumerate(CIFAR10_CLASSES))


@pytest.mark.parametrize(("call", "file"), [("get_cifar10", "images.npz"), ("cnn_model", "checkpoint.npz")])
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, call: str, file: str) -> None:
    function = getattr(load_helper(tmp_path), call)
    with pytest.raises(FileNotFoundError, match=rf"{file} is not in .*beside the notebook"):
        function()
    np.savez(tmp_path / file, other=np.zeros(3))
    with pytest.raises(ValueError, match=rf"{file} is damaged .*download it again"):
        function()
    complete = (tmp_path / file).read_bytes()
    for damaged in (b"", b"<html>", complete[: len(complete) // 2]):
        (tmp_path / file).write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"{file} is damaged .*download it again"):
            function()


def test_featuremaps_are_drawn_four_by_four_around_the_image(tmp_path: Path, shown: list[Any]) -> None:
    maps = np.random.default_rng(1).normal(size=(1, 6, 6, 32))
    image = np.full((1, 32, 32, 3), -0.25)
    load_helper(tmp_path).plot_featuremaps(image, maps, ["conv2d"])
    (figure,) = shown
    figure.canvas.draw()
    centre, *panels = figure.axes
    np.testing.assert_allclose(centre.images[0].get_array(), 0.25)
    assert len(panels) == 16
    for index, panel in enumerate(panels):
        np.testing.assert_allclose(panel.images[0].get_array(), maps[0, :, :, index])
    box = centre.get_position()
    beside = [panel.get_position().x1 < box.x0 or panel.get_position().x0 > box.x1 for panel in panels]
    assert all(beside)
    assert len({round(panel.get_position().y0, 3) for panel in panels}) == 4
    assert len({round(panel.get_position().x0, 3) for panel in panels}) == 4
    assert "conv2d" in figure.get_suptitle()


def test_featuremaps_of_several_images_are_refused_with_their_shape(tmp_path: Path, shown: list[Any]) -> None:
    plot = load_helper(tmp_path).plot_featuremaps
    with pytest.raises(ValueError, match=r"one image at a time, but `maps` has the shape \(2, 6, 6, 32\)"):
        plot(np.zeros((32, 32, 3)), np.zeros((2, 6, 6, 32)), ["conv2d"])
    plot(np.zeros((32, 32, 3)), np.zeros((6, 6, 5)), ["conv2d"])
    assert [len(figure.axes) for figure in shown] == [6]
