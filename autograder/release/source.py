"""Reads an assignment's source notebook and says what it asks of students; never executes a cell.

The source is a Jupytext percent file. A question is the cell or cells with `question="id"` in their
metadata: code cells, or Markdown cells for a written answer. `autograder.release.markers` has the markers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.evidence import Plan, QuestionPlan
from autograder.release import ReleaseError
from autograder.release.markers import MarkerError, Versions, convert_code, convert_markdown, parse
from autograder.worker.source import bound

if TYPE_CHECKING:
    from autograder.config import AssignmentConfig, Question

CellType = Literal["code", "markdown", "raw"]
Version = Literal["student", "solution"]

_PLACES = {"code": "code cells", "written": "Markdown cells"}
_ID = re.compile(r"[A-Za-z0-9_-]{1,48}")
_MARK = re.compile(r"###\s*edTest\((\w+)\)\s*###")


class SourceError(ReleaseError):
    """The source notebook is not well-formed, or does not fit its grading config."""


@dataclass(frozen=True)
class SourceCell:
    """A cell as the author wrote it, and its released versions.

    Attributes:
        type: "code", "markdown" or "raw".
        source: the author's text, markers and solutions included.
        student, solution: the same without the one and without the other.
        question: id of the question it belongs to, or None.
        metadata: all of its metadata, the question included; released.
        line: 1-based line of the file where its text begins.
    """

    type: CellType
    source: str
    student: str
    solution: str
    question: str | None
    metadata: Mapping[str, Any]
    line: int

    def text(self, version: Version) -> str:
        """The text that one version of the notebook shows."""
        return self.student if version == "student" else self.solution


@dataclass(frozen=True)
class SourceNotebook:
    """A source notebook, read and with all its markers resolved.

    Attributes:
        path: the file.
        cells: in order.
    """

    path: Path
    cells: tuple[SourceCell, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """Ids of the questions, in the order of their first cells."""
        return tuple(dict.fromkeys(cell.question for cell in self.cells if cell.question is not None))

    def line(self, question: str) -> int:
        """1-based line of the file where a question's first cell begins."""
        return next(cell.line for cell in self.cells if cell.question == question)

    def kind(self, question: str) -> Literal["code", "written"]:
        """Whether it is answered in code cells or in Markdown cells."""
        first = next(cell for cell in self.cells if cell.question == question)
        return "written" if first.type == "markdown" else "code"

    def student(self) -> NotebookNode:
        """The student notebook: blanks, no outputs, the same cell ids every time."""
        return _notebook(self, "student")

    def solution(self) -> NotebookNode:
        """The solution notebook, not executed."""
        return _notebook(self, "solution")

    def released(self, version: Version) -> tuple[SourceCell, ...]:
        """The cells of one version: those of which nothing is left (`# SOLUTION NO PROMPT`) are missing."""
        return tuple(cell for cell in self.cells if cell.text(version) or not cell.source)


def read(path: Path) -> SourceNotebook:
    """Read a source notebook.

    Raises:
        SourceError: not readable, a marker cannot be understood, or a question is put together wrongly;
            the message names file, line and question.
    """
    try:
        text = path.read_text(encoding="utf-8")
        notebook = jupytext.reads(text, fmt="py:percent")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read as a Jupytext percent notebook ({error}).") from error
    lines = _first_lines(text.splitlines(), [cell.source for cell in notebook.cells])
    cells = tuple(_cell(path, cell, line) for cell, line in zip(notebook.cells, lines, strict=True))
    source = SourceNotebook(path, cells)
    for question in source.questions:
        _check_question(source, question)
    return source


def check(source: SourceNotebook, config: AssignmentConfig) -> None:
    """Hold a source notebook against its grading config.

    Raises:
        SourceError: they are not for the same assignment, or do not name the same questions.
    """
    file = f"grading_config/{config.assignment}.yaml"
    name = source.path.resolve().parent.name
    if config.assignment != name:
        raise SourceError(f"{source.path}: its grading config is for {config.assignment!r}, not {name!r}.")
    for question in source.questions:
        if question not in config.questions:
            raise SourceError(
                f"{source.path}:{source.line(question)}: question {question!r} is not in {file}, "
                f"which has: {', '.join(config.questions)}."
            )
    for question in config.questions:
        if question not in source.questions:
            raise SourceError(
                f"{file}: question {question!r} has no cell in {source.path}, "
                f"which has: {', '.join(source.questions)}."
            )
        given, expected = _PLACES[source.kind(question)], _PLACES[config.questions[question].kind]
        if given != expected:
            raise SourceError(
                f"{source.path}:{source.line(question)}: question {question!r} is answered in {given}, "
                f"but the checks in {file} expect {expected}."
            )


def plan(source: SourceNotebook, config: AssignmentConfig) -> Plan:
    """What a worker is asked to do with a notebook of this assignment; holds no answer.

    Raises:
        SourceError: as `check` does.
    """
    check(source, config)
    released = source.released("student")
    return Plan(
        assignment=config.assignment,
        questions=tuple(_question_plan(id, released, config.questions[id]) for id in source.questions),
        cell_seconds=config.limits.cell_seconds,
        released=tuple(cell.student for cell in released if cell.question is None),
        training=config.training,
        calls=config.calls,
    )


def dumps(notebook: NotebookNode) -> str:
    """A notebook as the text of an `.ipynb` file: the same text for the same notebook.

    Raises:
        nbformat.ValidationError: it is no valid notebook.
    """
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)).rstrip("\n") + "\n"


def assigned(code: str) -> tuple[str, ...]:
    """Names that a cell assigns or defines at its top level, in order; imports and blanks do not count.

    Text that is not Python assigns nothing.
    """
    tree = parse(code)
    names = bound(tree.body) if tree is not None else iter(())
    return tuple(dict.fromkeys(name for name in names if name.strip("_")))


def _notebook(source: SourceNotebook, version: Version) -> NotebookNode:
    cells = []
    counts: Counter[str] = Counter()
    for index, cell in enumerate(source.released(version)):
        counts[cell.question or ""] += 1
        new = getattr(nbformat.v4, f"new_{cell.type}_cell")(cell.text(version), metadata=dict(cell.metadata))
        new.id = f"{cell.question}-{counts[cell.question]}" if cell.question else f"cell-{index:03d}"
        cells.append(new)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _question_plan(id: str, released: Sequence[SourceCell], question: Question) -> QuestionPlan:
    own = [cell for cell in released if cell.question == id]
    text = "\n\n".join(cell.student for cell in own)
    written = question.kind == "written"
    same_type = [cell for cell in released if cell.type == own[0].type]
    # What is asked for by name in the text, even where the released cells leave it all to students. Networks
    # are looked at in many questions, and assigned in one.
    asked = (check.subject for check in question.checks if check.subject != check.network)
    assigns = chain(
        *(assigned(cell.student) for cell in own), (one for one in asked if one in question.captures)
    )
    return QuestionPlan(
        id=id,
        kind="written" if written else "code",
        capture=question.captures,
        names=() if written else tuple(dict.fromkeys(assigns)),
        marks=tuple(dict.fromkeys(_MARK.findall(text))),
        text=text,
        position=same_type.index(own[0]),
    )


def _cell(path: Path, cell: Any, line: int) -> SourceCell:
    question = cell.metadata.get("question")
    owner = f"question {question!r}: " if question is not None else ""
    if question is not None and not (isinstance(question, str) and _ID.fullmatch(question)):
        raise SourceError(f"{path}:{line}: {owner}an id has at most 48 letters, digits, _ and -.")
    try:
        versions = _versions(cell.cell_type, cell.source)
    except MarkerError as error:
        raise SourceError(f"{path}:{line + error.line - 1}: {owner}{error}.") from error
    return SourceCell(
        type=cell.cell_type,
        source=cell.source,
        student=versions.student,
        solution=versions.solution,
        question=question,
        metadata=dict(cell.metadata),
        line=line,
    )


def _versions(type: CellType, source: str) -> Versions:
    if type == "code":
        return convert_code(source)
    return convert_markdown(source) if type == "markdown" else Versions(source, source)


def _check_question(source: SourceNotebook, question: str) -> None:
    own = [cell for cell in source.cells if cell.question == question]
    where = f"{source.path}:{source.line(question)}: question {question!r}"
    if len({cell.type for cell in own}) > 1 or own[0].type == "raw":
        raise SourceError(
            f"{where} mixes kinds of cells. Give its id to code cells, or, for a written answer, to Markdown "
            "cells; text that only leads to it needs no id."
        )
    if all(cell.student == cell.solution for cell in own):
        raise SourceError(f"{where} leaves nothing to students: none of its cells has a solution marker.")
    if not any(cell.student for cell in own):
        raise SourceError(f"{where} has no cell left for students; use another marker than NO PROMPT.")


def _first_lines(lines: Sequence[str], sources: Sequence[str]) -> list[int]:
    """Where each cell's text begins (1-based): Jupytext keeps order and wording, but not the `# ` of text."""
    bare = [re.sub(r"^#( |$)", "", line) for line in lines]
    found, cursor = [], 0
    for source in sources:
        own = source.split("\n")
        for index in range(cursor, len(lines)):
            if source and own[0] in (lines[index], bare[index]):
                cursor = index
                break
        found.append(cursor + 1)
        cursor += len(own) if source else 0
    return found
