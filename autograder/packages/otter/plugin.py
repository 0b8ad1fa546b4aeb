"""Runs inside otter: grades the submission with Loupe's engine, and enters the result as otter's.

Otter runs what students wrote in a kernel and unpickles what that kernel leaves. So nothing of a submission
is left for it: the hand-in is taken out of otter's folder first, graded in Loupe's locked process, and otter
executes an empty notebook in its place. When Loupe itself fails, otter gets no score: that is never a zero.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nbformat import NotebookNode, v4
from otter.plugins import AbstractOtterPlugin
from otter.test_files import TestCase, TestCaseResult

from autograder.hosts import gradescope, told
from autograder.packages import versions
from autograder.packages.otter import GRADING, PLUGIN
from autograder.packages.versions import OtherAssignmentError
from autograder.release import bundle
from autograder.release.leaks import leaks
from autograder.result import QuestionResult, Result, to_json, without_pictures

_TESTS: Final = "tests"
_DIGITS: Final = 5


class NotGradedError(Exception):
    """The submission has no score, which is not a zero; the message says why and what to do."""


class LeakError(Exception):
    """The student folder that otter wrote shows an answer; the folder was removed."""


class Report:
    """Stands for otter's own form of `results.json`: Loupe's, with visibility, partial points and figures.

    Args:
        content: what is written.
    """

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def __call__(self, config: Any) -> dict[str, Any]:
        """The content, whatever otter is configured to show."""
        return self.content


class Loupe(AbstractOtterPlugin):  # type: ignore[misc]  # otter has no types
    """The plugin that a source notebook of `loupe build --for otter` names."""

    def __init__(self, submission_path: str, submission_metadata: Any, plugin_config: Any) -> None:
        super().__init__(submission_path, submission_metadata, plugin_config)
        self._handed_in: Path | None = None
        self._result: Result | None = None

    def during_assign(self, assignment: Any) -> None:
        """Search the student folder that `otter assign` wrote for answers.

        Raises:
            LeakError: it shows one; it is removed, and there is no autograder either.
        """
        found = leaks(assignment.get_stu_path(), bundle.assignment_of(Path(GRADING)))
        if found:
            shutil.rmtree(assignment.get_stu_path())
            listed = "\n".join(f"  {leak}" for leak in found)
            raise LeakError(f"The student folder would show answers, and was removed:\n{listed}")

    def before_grading(self, config: Any) -> None:
        """Take the hand-in out of otter's folder, before otter reads any of it but the notebook.

        That includes `.OTTER_LOG`, which otter would unpickle.
        """
        notebook = Path(self.submission_path)
        self._root.joinpath("source").chmod(0o700)
        shutil.rmtree(notebook.parent / GRADING, ignore_errors=True)
        self._handed_in = Path(tempfile.mkdtemp(prefix="loupe-otter-"))
        for path in notebook.parent.iterdir():
            if path == notebook:
                shutil.copy(path, self._handed_in, follow_symlinks=False)
            elif path.name != _TESTS:
                shutil.move(path, self._handed_in)

    def before_execution(self, submission: NotebookNode) -> NotebookNode:
        """Grade the hand-in; returns the empty notebook that otter executes in its place.

        Raises:
            NotGradedError: there is no grade. A `results.json` without a score is left, which says why.
        """
        assert self._handed_in is not None
        try:
            self._result = _graded(
                self._root / "source" / "files" / GRADING,
                self._handed_in / Path(self.submission_path).name,
            )
            why = told.score(self._result) if self._result.status == "ungraded" else ""
        except OtherAssignmentError as error:
            why = f"Not graded. {error} This is not a zero."
        # Whatever else fails is the grader or its machine: it must not become a score.
        except Exception as error:
            self._leave("Not graded yet: the grader failed. This is not a zero; tell your teacher about it.")
            raise NotGradedError(f"{type(error).__name__}: {error}") from error
        finally:
            shutil.rmtree(self._handed_in, ignore_errors=True)
        if why:
            self._leave(why)
            raise NotGradedError(why)
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return v4.new_notebook(metadata={"kernelspec": kernel})

    @property
    def _root(self) -> Path:
        """Otter's folder, with `source`, `submission` and `results`."""
        return Path(self.submission_path).parent.parent

    def _leave(self, why: str) -> None:
        """Write a report without a score."""
        report = {"output": why, "output_format": "text", "visibility": "visible", "tests": []}
        path = self._root / "results" / "results.json"
        path.write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")

    def after_grading(self, results: Any) -> None:
        """Put Loupe's scores and words in place of those of otter's own tests, which saw no submission.

        Args:
            results: otter's `GradingResults`.

        Raises:
            NotGradedError: otter could not even run its tests on an empty notebook.
        """
        assert self._result is not None
        tests = results.results
        missing = {path.stem for path in self._root.glob(f"source/{_TESTS}/*.py")} - tests.keys()
        if missing or results.has_catastrophic_failure():
            why = results.catastrophic_error or f"no result for {', '.join(sorted(missing))}"
            raise NotGradedError(f"Otter failed on an empty notebook: {why}.")
        results.results = {one.id: tests[one.id] for one in self._result.questions if one.id in tests}
        for question in self._result.questions:
            if question.id in tests:
                _enter(question, tests[question.id])
        results.set_output(told.score(self._result))
        results.set_plugin_data(PLUGIN, to_json(without_pictures(self._result)))
        results.to_gradescope_dict = Report(gradescope.results(self._result))


def _graded(grading: Path, notebook: Path) -> Result:
    assignment = bundle.assignment_of(grading)
    remark = versions.compare(notebook, assignment)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from autograder.engine import local, submissions  # TensorFlow reads the level when it is imported.

    with local.grader(assignment, 1, data=bundle.data_of(grading)) as prepared:
        (result,) = prepared.grade(submissions.find([notebook]))
    return replace(result, notes=(remark, *result.notes)) if remark else result


def _enter(question: QuestionResult, test: Any) -> None:
    """Make a question's test one case with all points, which passed if all of them were earned.

    Args:
        question: what Loupe found.
        test: otter's `TestFile` of the question.
    """
    full = abs(question.points - question.earned) < 1e-6
    said = [line for part in told.parts(question) for line in told.lines(part)]
    case = TestCase(question.title, "", True, question.points, None, None)
    test.all_or_nothing = False
    test.test_cases = [case]
    test.test_case_results = [TestCaseResult(case, "\n".join(said), full)]
    test.update_score(question.points if full else round(question.earned, _DIGITS))
