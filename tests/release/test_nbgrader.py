"""nbgrader's source notebook: solutions in blocks, what students see beside them, graded cells."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import find
from autograder.release import ReleaseError, nbgrader, source
from autograder.release.markers import convert_code, convert_markdown
from autograder.release.nbgrader import cleared, has_block, marked

_ASSIGNMENTS = find(None).assignments


def test_a_blank_stands_beside_its_solution() -> None:
    texts = convert_code("import numpy as np\nx = np.ones(3)  # SOLUTION\nprint(x)")
    whole = marked(texts.student, texts.solution, "code")
    assert whole.splitlines() == [
        "import numpy as np",
        "### BEGIN SOLUTION",
        "### PROMPT: x = ___",
        "x = np.ones(3)",
        "### END SOLUTION",
        "print(x)",
    ]
    assert cleared(whole, "code") == texts.student


def test_a_block_needs_no_prompt_and_keeps_its_indentation() -> None:
    code = "def f(x):\n    # BEGIN SOLUTION\n    y = x\n    return y\n    # END SOLUTION"
    texts = convert_code(code)
    whole = marked(texts.student, texts.solution, "code")
    assert "PROMPT" in whole  # `...` keeps the function valid
    assert cleared(whole, "code") == texts.student
    assert (
        cleared("    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "code")
        == "    # YOUR CODE HERE"
    )


def test_what_goes_without_a_prompt_leaves_nothing() -> None:
    texts = convert_code("import os\nsecret = 42  # SOLUTION NO PROMPT\nprint(os)")
    whole = marked(texts.student, texts.solution, "code")
    assert "### NO PROMPT" in whole
    assert cleared(whole, "code") == "import os\nprint(os)"


def test_a_statement_of_several_lines_is_not_cut() -> None:
    texts = convert_code('x = (  # SOLUTION\n    """a\nb"""\n)\ny = (\n    1\n)')
    whole = marked(texts.student, texts.solution, "code")
    assert ast.dump(ast.parse(whole)) == ast.dump(ast.parse(texts.solution))
    assert cleared(whole, "code") == texts.student


def test_a_written_answer_is_asked_for_in_its_place() -> None:
    texts = convert_markdown("Why?\n\n<!-- BEGIN SOLUTION -->\nBecause.\n<!-- END SOLUTION -->")
    whole = marked(texts.student, texts.solution, "markdown")
    assert "Because." in whole
    assert cleared(whole, "markdown") == texts.student


@pytest.mark.parametrize(
    "text",
    [
        "### BEGIN SOLUTION\nx = 1",
        "x = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_blocks_that_do_not_fit_are_named(text: str) -> None:
    with pytest.raises(ReleaseError, match="block"):
        cleared(text, "code")


def test_a_line_that_reads_like_a_marker_is_refused() -> None:
    with pytest.raises(ReleaseError, match="block"):
        marked(
            'text = """\n### END SOLUTION\n"""\nx = ___', 'text = """\n### END SOLUTION\n"""\nx = 1', "code"
        )


_LINES = st.lists(
    st.sampled_from(["x = 1", "y = 2", "print(x)", "# a", "", "z = ___", "  ", "if x:\n    y = 3"])
)


@given(_LINES, _LINES)
def test_what_students_see_and_what_runs_survive(student: list[str], solution: list[str]) -> None:
    before, after = "\n".join(student), "\n".join(solution)
    whole = marked(before, after, "code")
    assert cleared(whole, "code") == before
    assert ast.dump(ast.parse(whole)) == ast.dump(ast.parse(after))


@pytest.mark.parametrize("name", _ASSIGNMENTS)
def test_every_question_has_one_graded_cell_and_bonus_counts_on_top(name: str) -> None:
    assignment = find(None).assignment(name)
    cells = [cell for cell in nbgrader.notebook(assignment).cells if "nbgrader" in cell.metadata]
    graded = {
        cell.metadata["nbgrader"]["grade_id"]: cell.metadata["nbgrader"]["points"]
        for cell in cells
        if cell.metadata["nbgrader"]["grade"]
    }
    questions = assignment.config.questions
    assert graded == {id: 0.0 if one.bonus else one.points for id, one in questions.items()}
    assert sum(graded.values()) == assignment.config.points_total


@pytest.mark.parametrize("name", _ASSIGNMENTS)
def test_the_cell_for_points_holds_no_secret_and_ends_with_a_number(name: str) -> None:
    assignment = find(None).assignment(name)
    made = nbgrader.notebook(assignment)
    for cell in made.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("locked"):
            comment, number = cell.source.split("\n")
            assert comment == (
                f"# Loupe writes the points for “{assignment.config.questions[metadata['grade_id']].title}” "
                "here when this notebook is graded."
            )
            assert float(number) == 0.0
    assert made.metadata["loupe"] == {"assignment": name, "version": assignment.version}


@pytest.mark.parametrize("name", _ASSIGNMENTS)
def test_cleared_it_is_the_student_notebook(name: str) -> None:
    assignment = find(None).assignment(name)
    texts = [
        cleared(cell.source, cell.cell_type) if has_block(cell.source) else cell.source
        for cell in nbgrader.notebook(assignment).cells
        if not cell.source.startswith(nbgrader.POINTS_MARK)
    ]
    assert texts == [cell.source for cell in source.read(assignment.source).student().cells]
