"""`nbgrader generate_feedback` with Loupe's page, which has the figures and shows no test to students.

What persons gave in the formgrader counts. nbgrader's own page, with the notebook and all comments, lies
beside it as `<notebook>-notebook.html`. Grades nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.hosts import nbgrader as gradebooks
from autograder.marking.merge import marked
from autograder.packages.nbgrader.folder import GRADES
from autograder.report import files, html, reading
from autograder.report.words import number, points
from autograder.result import Result


class LoupeFeedback(HTMLExporter):  # type: ignore[misc]  # nbconvert has no types
    """Makes Loupe's page of a graded notebook; nbgrader's where there is no result to show."""

    def from_notebook_node(
        self, nb: NotebookNode, resources: ResourcesDict | None = None, **kw: Any
    ) -> tuple[str, ResourcesDict]:
        """See nbconvert's exporters."""
        page, resources = super().from_notebook_node(nb, resources, **kw)
        names = resources["nbgrader"]
        directory = Path(self.parent.coursedir.root) / GRADES / names["assignment"]
        result = _result(directory, names["student"])
        if result is None or result.status == "ungraded":
            return page, resources
        outputs = resources.get("outputs") or {}
        resources["outputs"] = outputs | {f"{names['notebook']}-notebook.html": page.encode()}
        with Gradebook(names["db_url"]) as gradebook:
            place = {name: names[name] for name in ("student", "assignment", "notebook")}
            given = gradebooks.given(gradebook, result, **place)
        return html.feedback(_merged(result, given, names.get("late_penalty") or 0.0)), resources


def _result(directory: Path, student: str) -> Result | None:
    try:
        return reading.read_result(files.submission_folder(directory, student))
    except (reading.GradesError, ValueError):
        return None


def _merged(result: Result, given: gradebooks.ByPersons, penalty: float) -> Result:
    """The result with what persons gave, and what nbgrader takes off for being late."""
    questions = tuple(marked(question, given.get(question.id)) for question in result.questions)
    earned = round(sum(question.earned for question in questions), 2)
    late = f"It was handed in late: {points(penalty)} are taken off, which leaves {number(earned - penalty)}."
    return replace(
        result,
        questions=questions,
        earned=earned,
        pending=round(sum(question.pending for question in questions), 2),
        notes=(*result.notes, late) if penalty > 0 else result.notes,
    )
