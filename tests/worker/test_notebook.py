"""Odd notebooks are read; hopeless ones are refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.measure import MOST_PICTURES
from autograder.worker import notebook

CODE = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}


def write(folder: Path, content: Any) -> Path:
    path = folder / "submission.ipynb"
    blob = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(blob)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 \xff\xfe", "not text"),
        (b"print('hello')", "not valid JSON"),
        (b'{"cells": [', "not valid JSON"),
        (b'{"a":' + b"[" * 5000, "nested too deeply"),
        ([1, 2], "not a notebook"),
        ({"name": "value"}, "no list of cells"),
        ({"nbformat": 4, "cells": {"0": CODE}}, "no list of cells"),
        ({"nbformat": 4, "cells": []}, "no code cells"),
        ({"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "hi"}, 3, None]}, "no code cells"),
        ({"nbformat": 5, "cells": [CODE]}, "newer than format 4"),
        ({"nbformat": 3, "worksheets": 7}, "could not be converted"),
        ({"nbformat": 4, "cells": [CODE] * (notebook.MAX_CELLS + 1)}, "at most"),
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, content: Any, reason: str) -> None:
    with pytest.raises(notebook.NotebookError, match=reason):
        notebook.read(write(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(notebook.NotebookError, match="cannot be read"):
        notebook.read(tmp_path / "none.ipynb")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(notebook.MAX_BYTES + 1)
    with pytest.raises(notebook.NotebookError, match="too large"):
        notebook.read(path)


def test_an_old_notebook_is_converted_with_a_note(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": "x = 1", "outputs": [], "language": "python", "metadata": {}}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell]}]}
    read = notebook.read(write(tmp_path, old))
    assert [c.source for c in read.cells] == ["x = 1"]
    assert "format 3" in read.notes[0]


def test_odd_cells_keep_their_places(tmp_path: Path) -> None:
    cells = [
        3,
        {"cell_type": "code", "source": ["a = 1\n", 7, "b = 2"], "metadata": {"question": "q"}},
        {"cell_type": "code", "source": None, "metadata": [], "outputs": "?"},
        {"cell_type": "code", "source": "c\r\n", "metadata": {"question": 5}},
    ]
    read = notebook.read(write(tmp_path, b"\xef\xbb\xbf" + json.dumps({"cells": cells}).encode()))
    assert [(c.index, c.source, c.question) for c in read.cells] == [
        (0, "", ""),
        (1, "a = 1\nb = 2", "q"),
        (2, "", ""),
        (3, "c\n", ""),
    ]


def test_each_output_has_one_picture_in_the_form_that_can_be_read_best(tmp_path: Path) -> None:
    data = [
        {"image/svg+xml": "<svg/>", "image/png": ["iVBO\n", "Rw0="], "image/jpeg": "/9j/"},
        {"image/svg+xml": ["<svg/>"], "image/jpeg": "/9j/", "text/plain": "<Figure>"},
        {"application/pdf": "JVBE", "image/svg+xml": "<svg/>"},
        {"image/gif": "R0lG"},
        {"text/plain": "<Figure>"},
        {"image/png": 7},
        ["image/png"],
    ]
    outputs = [{"output_type": "display_data", "data": one} for one in data]
    read = notebook.read(
        write(tmp_path, {"cells": [{**CODE, "outputs": [*outputs, 5, {"data": None}]}, CODE]})
    )
    assert [(picture.form, picture.text) for picture in read.cells[0].pictures] == [
        ("PNG", "iVBO\nRw0="),
        ("JPEG", "/9j/"),
        ("SVG", ""),
        ("GIF", ""),
    ]
    assert read.cells[1].pictures == ()


def test_of_too_many_pictures_one_is_kept_so_that_it_is_noticed(tmp_path: Path) -> None:
    outputs = [{"data": {"image/png": "iVBO"}}] * 1_000
    read = notebook.read(write(tmp_path, {"cells": [{**CODE, "outputs": outputs}]}))
    assert len(read.cells[0].pictures) == MOST_PICTURES["its cell"] + 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
outputs = st.lists(st.fixed_dictionaries({"data": st.dictionaries(st.just("image/png"), json_values)}))
cell_like = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.just("code") | json_values,
        "source": json_values,
        "metadata": json_values,
        "outputs": outputs | json_values,
    },
)


@given(st.lists(cell_like | json_values, max_size=4))
def test_any_cells_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, cells: list[Any]) -> None:
    path = write(tmp_path_factory.mktemp("any"), {"nbformat": 4, "cells": cells})
    try:
        read = notebook.read(path)
    except notebook.NotebookError:
        return
    assert len(read.cells) == len(cells)
