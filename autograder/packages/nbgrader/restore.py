"""Before `nbgrader autograde`: a hand-in's cells get back the roles that they were handed out with.

nbgrader stops a whole class at a cell that somebody copied, or that comes from an earlier version of the
assignment. Here such cells become ordinary ones, and every other is what the gradebook says that it is.
Texts of locked cells are restored by nbgrader itself, afterwards. Executes nothing.
"""

from __future__ import annotations

from typing import Any

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.release.nbgrader import SCHEMA


class LoupeRestore(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Puts the metadata of nbgrader's cells right; of copies the last is the original, as in nbgrader."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """Mend one notebook."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            known = handed_out(gradebook, names["assignment"], names["notebook"])
        seen: set[str] = set()
        for cell in reversed(nb.cells):
            id = grade_id(cell)
            cell.metadata.pop("nbgrader", None)
            if id in known and id not in seen:
                seen.add(id)
                cell.metadata["nbgrader"] = dict(known[id].metadata["nbgrader"])
        return nb, resources


def handed_out(gradebook: Any, assignment: str, notebook: str) -> dict[str, NotebookNode]:
    """By `grade_id`, nbgrader's cells as they were handed out, in the notebook's order.

    Args:
        gradebook: nbgrader's, after `generate_assignment`.
        assignment, notebook: their names.
    """
    found = gradebook.find_notebook(notebook, assignment)
    points = {cell.name: cell.max_score for cell in (*found.grade_cells, *found.task_cells)}
    graded = {cell.name for cell in found.grade_cells}
    solutions = {cell.name for cell in found.solution_cells}
    tasks = {cell.name for cell in found.task_cells}
    cells = {}
    for source in found.source_cells:
        metadata = {
            "schema_version": SCHEMA,
            "grade": source.name in graded,
            "solution": source.name in solutions,
            "task": source.name in tasks,
            "locked": bool(source.locked),
            "grade_id": source.name,
            "cell_type": source.cell_type,
            "checksum": source.checksum,
        }
        if source.name in points:
            metadata["points"] = points[source.name]
        new = nbformat.v4.new_code_cell if source.cell_type == "code" else nbformat.v4.new_markdown_cell
        cells[source.name] = new(source.source, metadata={"nbgrader": metadata})
    return cells


def grade_id(cell: NotebookNode) -> str:
    """nbgrader's name of a cell, or "" if it has none."""
    metadata = cell.metadata.get("nbgrader")
    id = metadata.get("grade_id") if isinstance(metadata, dict) else None
    return id if isinstance(id, str) else ""
