"""`nbgrader generate_assignment`: each solution block becomes what students see in its place."""

from __future__ import annotations

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions
from nbgrader.utils import is_solution

from autograder.release import nbgrader


class LoupePrompts(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """In place of nbgrader's `ClearSolutions`, which has one text for all blocks; others as that."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Clear one cell.

        Raises:
            autograder.release.ReleaseError: a block does not end, ends twice, or holds another.
        """
        if not (is_solution(cell) and nbgrader.has_block(cell.source)):
            cleared: tuple[NotebookNode, ResourcesDict] = super().preprocess_cell(cell, resources, cell_index)
            return cleared
        cell.source = nbgrader.cleared(cell.source, cell.cell_type)
        return cell, resources
