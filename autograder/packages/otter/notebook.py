"""Makes otter's source notebook of an assignment: the same cells, with otter's marks around them.

A cell that differs between student and solution holds both texts: the student's as otter's in-cell prompt,
which is a string to Python, and the solution in a block without a prompt. So otter has only whole lines to
take away, and what students get is what `loupe build` gives them. Reads the source; writes and executes
nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import nbformat
import yaml
from nbformat import NotebookNode

from autograder.config import Question
from autograder.course import Assignment
from autograder.packages import public_tests
from autograder.release import ReleaseError, source
from autograder.release.source import SourceCell, SourceNotebook

_QUOTES: Final = ('"""', "'''")
# What otter takes for a mark of its own anywhere in a notebook, or at a cell's beginning, whatever is meant.
_TAKEN: Final = re.compile(
    r"# ?(?:SOLUTION|SEED|IGNORE|BEGIN PROMPT|END PROMPT|BEGIN PLUGIN.*|END PLUGIN)\s*$"
    r"|^\s*#\s*BEGIN\s*IGNORE",
    re.MULTILINE,
)
_TAKEN_FIRST: Final = re.compile(r"#{1,2}\s*ignore\s*", re.IGNORECASE)
_GRADED = '''\
""" # BEGIN TEST CONFIG
hidden: true
""" # END TEST CONFIG
def graded_by_loupe(env):
    raise AssertionError("Loupe grades this question when it is handed in.")
'''


@dataclass(frozen=True)
class Surroundings:
    """What lies beside the notebook.

    Attributes:
        requirements: the file that says what otter's environment gets.
        files: that students get, too.
        private: files and folders for the autograder alone.
        trained: networks that students hand in; here those of the solution.
        python: version of otter's environment, "3.12".
        plugin: name of the class that grades.
    """

    requirements: str
    files: tuple[str, ...]
    private: tuple[str, ...]
    trained: tuple[str, ...]
    python: str
    plugin: str


def make(assignment: Assignment, around: Surroundings) -> NotebookNode:
    """The notebook for `otter assign`.

    Raises:
        ReleaseError: a cell cannot be said in otter's marks; the message names its line.
        autograder.release.source.SourceError: the source does not fit its config.
    """
    read = source.read(assignment.source)
    source.check(read, assignment.config)
    notebook = read.student()
    elsewhere = any(cell.student != cell.solution for cell in read.cells if cell.question is None)
    notebook.cells = _numbered([_config(around, elsewhere), *_cells(read, assignment)])
    notebook.metadata["loupe"] = {"assignment": assignment.name, "version": assignment.version}
    return notebook


def _config(around: Surroundings, elsewhere: bool) -> NotebookNode:
    """The assignment's config; `elsewhere` says that cells outside of questions have a solution, too."""
    return _raw(
        "ASSIGNMENT CONFIG",
        {
            "requirements": around.requirements,
            "python_version": around.python,
            "files": list(around.files),
            "autograder_files": list(around.private),
            "student_files": list(around.trained),
            "plugins": [around.plugin],
            "tests": {"ok_format": False},
            "export_cell": {"pdf": False, "run_tests": False, "ignore_log": True},
            "strip_solutions_from_all_cells": elsewhere,
        },
    )


def _cells(read: SourceNotebook, assignment: Assignment) -> Iterator[NotebookNode]:
    released = "\n".join(cell.student for cell in read.cells)
    ends = {question: _places(read, question)[-1] for question in read.questions}
    index = 0
    while index < len(read.cells):
        name = read.cells[index].question
        if name is None:
            yield _plain(read, read.cells[index])
            index += 1
            continue
        span = read.cells[index : ends[name] + 1]
        stranger = next((cell for cell in span if cell.question not in (None, name)), None)
        if stranger is not None:
            raise ReleaseError(
                f"{read.path}:{stranger.line}: a cell of question {stranger.question!r} stands among those "
                f"of {name!r}, which otter has no form for; put the cells of a question together."
            )
        yield from _question(read, name, span, assignment.config.questions[name], released)
        index = ends[name] + 1


def _question(
    read: SourceNotebook, name: str, span: Sequence[SourceCell], question: Question, released: str
) -> Iterator[NotebookNode]:
    config: dict[str, Any] = {"name": name, "points": question.points}
    if question.kind == "written":
        yield _raw("BEGIN QUESTION", config | {"manual": True})
        # Otter writes a comment of its own into the first cell of such a question, and locks that.
        yield nbformat.v4.new_markdown_cell()
        yield _raw("BEGIN PROMPT")
        for cell in span:
            yield _cell(cell, cell.student)
        yield _raw("END PROMPT")
        yield _raw("BEGIN SOLUTION")
        for cell in span:
            if cell.question == name:
                yield _cell(cell, cell.solution)
        yield _raw("END SOLUTION")
    else:
        own = public_tests.tests(question, released)
        yield _raw("BEGIN QUESTION", config if own else config | {"check_cell": False})
        for cell in span:
            if cell.type == "code":
                yield from (_raw("BEGIN SOLUTION"), _plain(read, cell), _raw("END SOLUTION"))
            else:
                yield _plain(read, cell)
        yield _raw("BEGIN TESTS")
        for test in own:
            yield nbformat.v4.new_code_cell(_public(test))
        yield nbformat.v4.new_code_cell(_GRADED)
        yield _raw("END TESTS")
    yield _raw("END QUESTION")


def _public(test: public_tests.PublicTest) -> str:
    return f'""" # BEGIN TEST CONFIG\npoints: 0\n""" # END TEST CONFIG\n{test.code}'


def _plain(read: SourceNotebook, cell: SourceCell) -> NotebookNode:
    for text in (cell.student, cell.solution):
        if cell.type == "code" and (_TAKEN.search(text) or _TAKEN_FIRST.match(text)):
            raise ReleaseError(
                f"{read.path}:{cell.line}: otter takes a comment of this cell for one of its marks; "
                "word it otherwise."
            )
    if cell.type != "code" or cell.student == cell.solution:
        return _cell(cell, cell.student)
    return _cell(cell, _both(read, cell))


def _both(read: SourceNotebook, cell: SourceCell) -> str:
    """Both texts in otter's marks. The prompt goes first, so that the solution's last value is the cell's."""
    quote = next((quote for quote in _QUOTES if quote not in cell.student), None)
    if quote is None or cell.solution.startswith("%%"):
        what = "both kinds of triple quotes" if quote is None else "a cell magic"
        raise ReleaseError(f"{read.path}:{cell.line}: otter has no form for a cell with {what}; do without.")
    prompt = [f"r{quote} # BEGIN PROMPT", cell.student, f"{quote}; # END PROMPT"] if cell.student else []
    block = ["# BEGIN SOLUTION NO PROMPT", cell.solution, "# END SOLUTION"] if cell.solution else []
    return "\n".join([*prompt, *block])


def _cell(cell: SourceCell, text: str) -> NotebookNode:
    made: NotebookNode = getattr(nbformat.v4, f"new_{cell.type}_cell")(text, metadata=dict(cell.metadata))
    return made


def _raw(mark: str, config: dict[str, Any] | None = None) -> NotebookNode:
    said = yaml.safe_dump(config, sort_keys=False, allow_unicode=True) if config else ""
    return nbformat.v4.new_raw_cell(f"# {mark}\n{said}".rstrip())


def _numbered(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Give cells ids that are the same every time; a question's own as `loupe build` does."""
    counts: Counter[str] = Counter()
    for index, cell in enumerate(cells):
        question = cell.metadata.get("question")
        counts[question or ""] += 1
        cell.id = f"{question}-{counts[question]}" if question else f"otter-{index:03d}"
    return cells


def _places(read: SourceNotebook, question: str) -> list[int]:
    return [index for index, cell in enumerate(read.cells) if cell.question == question]
