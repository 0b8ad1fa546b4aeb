"""What a result leaves in the notebook that nbgrader shows to whoever marks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nbformat import v4

from tests.report.conftest import make_check, make_question, make_result, three_pictures

pytest.importorskip("nbgrader")

from autograder.packages.nbgrader import cells
from autograder.packages.nbgrader.restore import grade_id


def _cell(id: str, source: str = "", **roles: Any) -> Any:
    metadata = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    new = v4.new_markdown_cell if roles.pop("markdown", False) else v4.new_code_cell
    return new(source, metadata={"nbgrader": metadata | roles | {"grade_id": id}})


def _known() -> dict[str, Any]:
    return {
        "one-1": _cell("one-1", "x = ___", solution=True),
        "one": _cell("one", "0.0", grade=True, locked=True, points=2.0),
        "why": _cell("why", "*Your answer here.*", grade=True, solution=True, points=1.0, markdown=True),
    }


def _result(**changes: Any) -> Any:
    figure = make_check("partial", "Half.", points=2, fraction=0.75, pictures=three_pictures())
    one = replace(make_question("one", figure), cells=(0,))
    written = make_check("needs_person", "A person reads it.", points=1, family="written")
    why = replace(make_question("why", written), cells=(1,))
    return replace(make_result("s", one, why), **changes)


def test_saved_outputs_are_shown_as_text_and_pictures_only() -> None:
    shown = {"text/html": "<script>", "text/plain": "x", "image/png": "iVBOR\n", "image/jpeg": '"><script>'}
    cell = v4.new_code_cell("x")
    cell.outputs = [
        v4.new_output("display_data", data=shown, metadata={"image/png": {"width": '"><script>'}}),
        v4.new_output("stream", name="stderr", text="logged"),
        {"output_type": "of the future"},
        {},
    ]
    notebook = v4.new_notebook()
    notebook.cells = [cell]  # Not validated, like a file.
    cells.fill(notebook, make_result("s"), {})
    kept = next(one for one in notebook.cells if one.cell_type == "code").outputs
    assert [one.output_type for one in kept] == ["display_data", "stream"]
    assert kept[0].data == {"text/plain": "x", "image/png": "iVBOR\n"}
    assert kept[0].metadata == {}


def test_the_points_come_first_then_what_was_seen() -> None:
    notebook = v4.new_notebook(cells=list(_known().values()))
    cells.fill(notebook, _result(), _known())
    outputs = next(one for one in notebook.cells if grade_id(one) == "one").outputs
    assert outputs[0].data == {"text/plain": "1.5"}
    assert "Half." in outputs[1].text
    assert sum("image/png" in one.get("data", {}) for one in outputs) == 3


@pytest.mark.parametrize(("earned", "shown"), [(9.0, "2.0"), (float("nan"), "0.0"), (-1.0, "0.0")])
def test_nbgrader_never_reads_what_it_would_take_for_full_marks(earned: float, shown: str) -> None:
    one = replace(make_question("one", make_check(points=2)), earned=earned)
    notebook = v4.new_notebook(cells=list(_known().values()))
    cells.fill(notebook, make_result("s", one), _known())
    outputs = next(one for one in notebook.cells if grade_id(one) == "one").outputs
    assert outputs[0].data == {"text/plain": shown}


def test_a_notebook_that_lost_its_metadata_gets_its_graded_cells_back() -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell("x = 1"), v4.new_markdown_cell("Because.")])
    cells.fill(notebook, _result(), _known())
    assert [(grade_id(cell), cell.source) for cell in notebook.cells] == [
        ("", "x = 1"),
        ("one", "0.0"),
        ("why", "Because."),
    ]


def test_remarks_stand_at_the_top() -> None:
    notebook = v4.new_notebook(cells=list(_known().values()))
    cells.fill(notebook, _result(notes=("The locked cell `one` had been changed.",)), _known())
    assert "The locked cell `one` had been changed." in notebook.cells[0].source


def test_changes_of_locked_cells_are_told() -> None:
    known = _known()
    submitted = v4.new_notebook(cells=list(_known().values()))
    assert cells.changed(submitted, submitted, known) == []
    submitted.cells[1].source = "2.0"
    restored = v4.new_notebook(cells=list(_known().values()))
    assert cells.changed(submitted, restored, known) == [
        "The locked cell `one` had been changed; it was restored as it was handed out."
    ]
    del submitted.cells[1]
    assert cells.changed(submitted, submitted, known) == [
        "The locked cell `one` had been removed; it was put back."
    ]
