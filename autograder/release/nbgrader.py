"""Makes the source notebook of an nbgrader assignment, and students' text of its solution cells.

A solution cell holds the author's code between `### BEGIN SOLUTION` and `### END SOLUTION`. What students
see in its place stands in the block itself, as `### PROMPT: x = ___`; without such a line they see `# YOUR
CODE HERE`, with `### NO PROMPT` nothing. A question that is graded by machine ends with a locked cell for
its points, which holds no test; a written answer is a manually graded cell. Knows nbgrader's format, not
nbgrader; never executes a cell.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

import nbformat
from nbformat import NotebookNode

from autograder.config import AssignmentConfig, Question
from autograder.course import Assignment
from autograder.release import ReleaseError, source
from autograder.release.markers import CODE_PROMPT, TEXT_PROMPT, parse
from autograder.release.source import SourceCell, SourceNotebook

SCHEMA: Final = 3
"""Of nbgrader's cell metadata, as nbgrader 0.9 reads and writes it."""

POINTS_MARK: Final = "# Loupe writes the points"
"""How the cell for a question's points begins: it is recognised by this even where its metadata are lost."""

_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"
_PROMPT, _NO_PROMPT = "### PROMPT:", "### NO PROMPT"
_DEFAULTS: Final = {"code": CODE_PROMPT, "markdown": TEXT_PROMPT}


def notebook(assignment: Assignment) -> NotebookNode:
    """The source notebook, with what it was made from in its metadata (`loupe`).

    A question's graded cell has the question's id as `grade_id`, and its points; those of a bonus question
    count 0 there, so that the assignment's maximum is that of the course. Solution cells are called
    `<question>-1`, `<question>-2`, …

    Raises:
        ReleaseError: the source is not well-formed, does not fit its config, or uses an id of nbgrader's.
    """
    read = source.read(assignment.source)
    source.check(read, assignment.config)
    made = read.solution()
    made.metadata["loupe"] = {"assignment": assignment.name, "version": assignment.version}
    released = read.released("solution")
    ends = {cell.question: place for place, cell in enumerate(released) if cell.question}
    cells: list[NotebookNode] = []
    for place, (cell, new) in enumerate(zip(released, made.cells, strict=True)):
        if cell.student != cell.solution:
            new.source = marked(cell.student, cell.solution, cell.type)
            new.metadata["nbgrader"] = _solution_metadata(read, assignment.config, cell, new.id)
        cells.append(new)
        if cell.question and ends[cell.question] == place and read.kind(cell.question) == "code":
            cells.append(_points_cell(cell.question, assignment.config.questions[cell.question]))
    made.cells = cells
    _check_ids(assignment, cells)
    return made


def worth(question: Question) -> float:
    """What nbgrader is told that a question is worth: bonus points come on top of the maximum there, too."""
    return 0.0 if question.bonus else float(question.points)


def marked(student: str, solution: str, kind: str) -> str:
    """A cell's text with the solution in blocks, each with what students see in its place.

    Args:
        student, solution: the two released texts.
        kind: "code" or "markdown".

    Returns:
        A text that runs like the solution and of which `cleared` leaves the student's.

    Raises:
        ReleaseError: one of the texts has a line that would be taken for the beginning or end of a block.
    """
    before, after = student.split("\n"), solution.split("\n")
    opcodes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    whole = "\n".join(
        line
        for tag, a, b, c, d in opcodes
        for line in (after[c:d] if tag == "equal" else _block(before[a:b], after[c:d], kind))
    )
    if kind == "code" and not _same_code(whole, solution):  # A block would cut through a statement.
        whole = "\n".join(_block(before if student else [], after, kind))
    if cleared(whole, kind) != student:
        raise ReleaseError(
            f"This cell cannot be marked for nbgrader, a line reads like a marker:\n{solution}"
        )
    return whole


def cleared(text: str, kind: str) -> str:
    """What students see of a marked text.

    Args:
        text: of a solution cell, as `marked` wrote it or its author changed it.
        kind: "code" or "markdown".

    Raises:
        ReleaseError: a block does not end, ends twice, or holds another.
    """
    kept: list[str] = []
    begun = ""
    prompts: list[str] | None = None
    for line in text.split("\n"):
        words = line.strip()
        if words.startswith(_BEGIN):
            if prompts is not None:
                raise ReleaseError(f"A solution block begins within another: {words}")
            begun, prompts = line, []
        elif words.startswith(_END):
            if prompts is None:
                raise ReleaseError("A solution block ends that has not begun.")
            kept += _shown(begun, prompts, kind)
            prompts = None
        elif prompts is None:
            kept.append(line)
        elif words.startswith((_PROMPT, _NO_PROMPT)):
            prompts.append(line)
    if prompts is not None:
        raise ReleaseError(f"A solution block does not end: {begun.strip()}")
    return "\n".join(kept)


def has_block(text: str) -> bool:
    """Whether a cell's text has a solution block."""
    return any(line.strip().startswith(_BEGIN) for line in text.split("\n"))


def _block(student: Sequence[str], solution: Sequence[str], kind: str) -> list[str]:
    indent = next((_indent(line) for line in (*solution, *student) if line.strip()), "")
    prompts = [f"{indent}{_PROMPT}{' ' if line else ''}{line}" for line in student]
    prompts = prompts or [indent + _NO_PROMPT]
    if list(student) == [indent + _DEFAULTS[kind]]:
        prompts = []
    return [indent + _BEGIN, *prompts, *solution, indent + _END]


def _shown(begun: str, prompts: Sequence[str], kind: str) -> Iterator[str]:
    """The lines for students in the place of a block."""
    if not prompts:
        yield _indent(begun) + _DEFAULTS[kind]
    for line in prompts:
        _, prompt, text = line.partition(_PROMPT)
        if prompt:
            yield text.removeprefix(" ")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _same_code(marked: str, solution: str) -> bool:
    trees = parse(marked), parse(solution)
    return None not in trees and len({ast.dump(tree) for tree in trees if tree is not None}) == 1


def _solution_metadata(
    read: SourceNotebook, config: AssignmentConfig, cell: SourceCell, cell_id: str
) -> dict[str, Any]:
    """Of a cell that students fill in. nbgrader wants every Markdown cell of that kind to be graded."""
    metadata = _metadata(grade=cell.type == "markdown", solution=True, locked=False, grade_id=cell_id)
    if cell.type == "markdown":
        metadata["points"] = 0.0
        written = [one for one in read.cells if one.question == cell.question and one.student != one.solution]
        if cell.question and cell is written[-1]:
            metadata |= {"grade_id": cell.question, "points": worth(config.questions[cell.question])}
    return metadata


def _points_cell(id: str, question: Question) -> NotebookNode:
    text = f"{POINTS_MARK} for “{question.title}” here when this notebook is graded.\n0.0"
    metadata = _metadata(grade=True, solution=False, locked=True, grade_id=id) | {"points": worth(question)}
    cell = nbformat.v4.new_code_cell(text, metadata={"nbgrader": metadata})
    cell.id = f"{id}-points"
    return cell


def _metadata(*, grade: bool, solution: bool, locked: bool, grade_id: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
        "grade_id": grade_id,
    }


def _check_ids(assignment: Assignment, cells: Sequence[NotebookNode]) -> None:
    ids = [cell.metadata["nbgrader"]["grade_id"] for cell in cells if "nbgrader" in cell.metadata]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ReleaseError(
            f"{assignment.source}: for nbgrader the question {twice[0]!r} has the name of another's cell; "
            "rename it."
        )
    if odd := [one for one in ids if not re.fullmatch(r"[A-Za-z0-9_-]+", one)]:
        raise ReleaseError(f"{assignment.source}: nbgrader does not take the id {odd[0]!r}.")
