"""Notebooks as Colab, Kaggle and Ed save them are read, matched and run like our own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.evidence import Plan, QuestionPlan, Scalar
from autograder.worker import hosted, notebook, source
from autograder.worker.matching import Match, match
from tests.worker.test_session import work

FILTERS = "# How many filters?\nn_filters = ___\nfilter_height = ___"
QUIZ = "### edTest(test_quiz) ###\nanswer1 = '___'"
FIGURE = (
    "# Draw the three kernels of the first filter, one panel for each channel,\n"
    "# with a title above each.\n# YOUR CODE HERE"
)
SETUP = "import helper"
QUESTIONS = (
    QuestionPlan("filters", "code", ("n_filters",), ("n_filters", "filter_height"), (), FILTERS),
    QuestionPlan("quiz", "code", ("answer1",), ("answer1",), ("test_quiz",), QUIZ),
    QuestionPlan("figure", "code", (), (), (), FIGURE),
)
PLAN = Plan("a", QUESTIONS, released=(SETUP,))

DONE_FILTERS = FILTERS.replace("___", "32")
DONE_QUIZ = QUIZ.replace("___", "A")
DONE_FIGURE = FIGURE.replace("# YOUR CODE HERE", "helper.draw(kernels)")


def cell(text: str, metadata: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    lines = text.splitlines(keepends=True)
    return {"cell_type": "code", "source": lines, "metadata": metadata or {}, "outputs": [], **more}


def read(folder: Path, *cells: dict[str, Any], minor: int = 5, **metadata: Any) -> notebook.Notebook:
    path = folder / "submission.ipynb"
    whole = {"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": list(cells)}
    path.write_text(json.dumps(whole))
    return notebook.read(path)


def matched(book: notebook.Notebook) -> dict[str, Match]:
    return {found.question.id: found for found in match(book, PLAN)[0]}


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_format_is_read_with_and_without_ids(tmp_path: Path, minor: int) -> None:
    ids = {"id": "3f1c"} if minor >= 5 else {}
    own = {"question": "filters"}
    found = matched(read(tmp_path, cell(DONE_FILTERS, own, **ids), cell(DONE_QUIZ, **ids), minor=minor))
    assert [(found[name].by, found[name].cells) for name in ("filters", "quiz")] == [
        ("metadata", (0,)),
        ("marks", (1,)),
    ]


def test_colabs_metadata_and_forms_are_no_obstacle(tmp_path: Path) -> None:
    def colab(text: str, number: int) -> dict[str, Any]:
        return cell(text, {"id": f"c{number}", "colab": {"base_uri": "https://x/"}, "outputId": "d"})

    form = '# @title Filters { display-mode: "form" }\n'
    book = read(
        tmp_path,
        colab("#@title Setup\n%%capture\n!pip install keras\n", 0),
        colab(SETUP, 1),
        colab(form + 'n_filters = 32 #@param {type:"integer"}\nfilter_height = 3 # @param [3, 5]', 2),
        colab("#@title Quiz\n" + DONE_QUIZ, 3),
        colab("#@title The figure\n#@markdown Run it.\n" + DONE_FIGURE, 4),
        colab={"provenance": [], "toc_visible": True},
        accelerator="GPU",
    )
    found = matched(book)
    assert {name: one.cells for name, one in found.items()} == {"filters": (2,), "quiz": (3,), "figure": (4,)}


def test_a_released_cell_in_a_form_is_still_untouched(tmp_path: Path) -> None:
    form = FILTERS.replace("\n", "\n#@title Filters\n", 1).replace("filters = ___", "filters = ___ #@param")
    cells = (form, QUIZ + "  #@param ['A', 'B']", "# %% [code]\n%%capture\n" + FIGURE)
    assert [one.untouched for one in matched(read(tmp_path, *map(cell, cells))).values()] == [True] * 3


def test_kaggles_and_papermills_cells_are_no_obstacle(tmp_path: Path) -> None:
    run = {"execution": {"iopub.status.busy": "2026-03-01T14:22:32Z"}, "trusted": True, "_uuid": "8f2839f2"}
    book = read(
        tmp_path,
        cell(
            "# Input files are in /kaggle/input\nimport os\nfor d in os.walk('/kaggle/input'):\n    print(d)",
            run,
        ),
        cell("epochs = 3", {"tags": ["parameters"], "papermill": {"duration": 0.1, "status": "completed"}}),
        cell("# Parameters\nepochs = 1", {"tags": ["injected-parameters"]}),
        cell(SETUP, run),
        cell(DONE_FILTERS, {**run, "_kg_hide-input": True}),
        cell(DONE_QUIZ, run),
        cell(DONE_FIGURE, run),
        kaggle={"accelerator": "none", "dataSources": []},
        papermill={"parameters": {"epochs": 1}},
    )
    found = matched(book)
    assert {name: one.cells for name, one in found.items()} == {"filters": (4,), "quiz": (5,), "figure": (6,)}


@pytest.mark.parametrize(
    "mark",
    [
        "### edTest(test_quiz) ###",
        "# edTest(test_quiz)",
        "###edTest( test_quiz )###",
        "### edTest(test_quiz)",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_eds_marks_are_found_however_they_are_spaced(tmp_path: Path, mark: str, first: bool) -> None:
    lines = [mark, "chosen = 'A'"] if first else ["chosen = 'A'", mark]
    found = matched(read(tmp_path, cell("print('hello')"), cell("\n".join(lines))))
    assert (found["quiz"].by, found["quiz"].cells) == ("marks", (1,))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"# %%\nx = 1\n", "a Python script"),
        (b"# ---\n# jupyter:\n#   jupytext: {}\n# ---\n\n# %% [markdown]\n# Hello\n", "a Python script"),
        (b"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\n\nx = 1\n", "a Python script"),
        (b'"""Lab."""\nimport numpy as np\n', "a Python script"),
        (b"<!DOCTYPE html>\n<html><head>", "a page exported from a notebook (HTML)"),
        (b"%PDF-1.4\n1 0 obj", "a PDF"),
    ],
)
def test_other_forms_are_called_by_their_name(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "submission.ipynb"
    path.write_bytes(content)
    with pytest.raises(notebook.NotebookError) as raised:
        notebook.read(path)
    assert str(raised.value) == f"The file is {what}, not a notebook. Submit the .ipynb file."


@pytest.mark.parametrize(
    ("content", "what"), [(b"%PDF-1.7 \xff\xfe", "a PDF"), (b"PK\x03\x04\xff", "a zip archive")]
)
def test_binary_forms_too(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "submission.ipynb"
    path.write_bytes(content)
    with pytest.raises(notebook.NotebookError, match=rf"not text in UTF-8 \({what}\)"):
        notebook.read(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#@title A\n\n%%capture out\nx = 1", "%%capture out\n#@title A\n\nx = 1"),
        ("%%time\n# later\nx = 1", "%%time\n# later\nx = 1"),
        ("x = 1\n%%time", "x = 1\n%%time"),
        ("# only\n# comments", "# only\n# comments"),
        ("# 50 %% of it\nx = 1", "# 50 %% of it\nx = 1"),
        ("#@title A\n%%bash", "%%bash\n#@title A\n"),
    ],
)
def test_a_cell_magic_goes_before_the_comments_above_it(text: str, expected: str) -> None:
    assert source.magic_first(text) == expected


@given(st.text(st.sampled_from("#@%\n abtitleparam=[]{}")))
def test_decorations_never_hide_code(text: str) -> None:
    """Lines without a comment stay as they are, but for spaces at their ends."""
    kept = source.normal(text).splitlines()
    for line in text.splitlines():
        if "#" not in line and not line.startswith("%%") and line.strip():
            assert line.rstrip() in kept


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    told: list[str] = []
    known = dict(sys.modules)
    monkeypatch.setattr(os, "chdir", os.chdir)
    monkeypatch.delitem(sys.modules, "otter", raising=False)
    hosted.install(told.append)
    yield told
    for name in set(sys.modules) - set(known):
        if name == "otter" or name.startswith("google.colab"):
            del sys.modules[name]


def test_colabs_module_does_nothing(notes: list[str]) -> None:
    namespace: dict[str, Any] = {}
    lines = (
        "from google.colab import drive, files",
        "import google.colab",
        "from google.colab import output",
        "drive.mount('/content/drive', force_remount=True)",
        "uploaded = list(files.upload())",
        "output.enable_custom_widget_manager()",
    )
    exec("\n".join(lines), namespace)  # noqa: S102 - it stands for a cell
    assert namespace["uploaded"] == []
    assert notes[0] == "colab.drive.mount does nothing where notebooks are graded."
    with pytest.raises(ModuleNotFoundError):
        exec("import google.colab.patches", {})  # noqa: S102 - it stands for a cell


def test_the_cells_that_otter_puts_into_notebooks_do_nothing(notes: list[str]) -> None:
    cells = (
        '# Initialize Otter\nimport otter\ngrader = otter.Notebook("lab.ipynb")',
        'grader.check("filters")',
        "grader.export(pdf=False, run_tests=True, files=['model.trained.npz'])",
    )
    namespace: dict[str, Any] = {}
    for text in cells:
        exec(text, namespace)  # noqa: S102 - it stands for a cell
    assert namespace["grader"].check("filters") is None
    assert notes == []


def test_hosts_folders_that_are_not_there_change_nothing(
    monkeypatch: pytest.MonkeyPatch, notes: list[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    os.chdir("/content/drive/MyDrive/lab 1")
    os.chdir("/kaggle/working")
    assert Path.cwd() == tmp_path
    assert len(notes) == 2
    for other in ("/contents", "nowhere"):
        with pytest.raises(FileNotFoundError):
            os.chdir(other)


def test_a_notebook_from_colab_runs(tmp_path: Path) -> None:
    cells = (
        "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/lab\nimport helper",
        "#@title Filters\n%%capture\nprint(1)\nn_filters = 32 #@param {type:'integer'}\nfilter_height = 3",
        DONE_QUIZ,
        "#@title Figure\n%%capture\n" + FIGURE.replace("# YOUR CODE HERE", "helper.draw([[0, 1], [2, 3]])"),
    )
    whole = {
        "nbformat": 4,
        "nbformat_minor": 0,
        "metadata": {"colab": {}},
        "cells": [cell(text) for text in cells],
    }
    evidence = work(tmp_path, PLAN, whole)
    assert evidence.errors == []
    value = evidence.questions["filters"].values["n_filters"]
    assert isinstance(value, Scalar)
    assert value.value == 32
    assert len(evidence.questions["figure"].figures) == 1
    assert "colab.drive.mount does nothing where notebooks are graded." in evidence.notes
