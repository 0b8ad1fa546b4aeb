"""Reading a source notebook: its questions, its errors, and the plan made of it."""

from pathlib import Path

import nbformat
import pytest

from autograder.course import Assignment
from autograder.release import source
from autograder.release.source import SourceError


def written(folder: Path, text: str) -> Path:
    path = folder / "assignment.py"
    path.write_text(text, encoding="utf-8")
    return path


def changed(assignment: Assignment, old: str, new: str) -> source.SourceNotebook:
    text = assignment.source.read_text(encoding="utf-8")
    assert old in text
    assignment.source.write_text(text.replace(old, new), encoding="utf-8")
    return source.read(assignment.source)


def test_questions_come_in_the_order_of_the_notebook(tiny: Assignment) -> None:
    assert source.read(tiny.source).questions == ("constants", "quiz", "scaling", "figure", "essay")


def test_cells_know_their_question_tags_and_line(tiny: Assignment) -> None:
    cells = source.read(tiny.source).cells
    lines = tiny.source.read_text(encoding="utf-8").splitlines()
    assert [cell.question for cell in cells[:3]] == [None, None, "constants"]
    assert cells[1].metadata == {"tags": ["setup"]}
    for cell in cells:
        assert lines[cell.line - 1].removeprefix("# ") == cell.source.split("\n")[0]


def test_both_notebooks_are_valid_and_the_same_every_time(tiny: Assignment) -> None:
    read = source.read(tiny.source)
    for make in (read.student, read.solution):
        text = source.dumps(make())
        nbformat.validate(nbformat.reads(text, as_version=4))
        assert text == source.dumps(make())


def test_question_cells_keep_their_id_in_metadata(tiny: Assignment) -> None:
    cells = source.read(tiny.source).student().cells
    assert [cell.metadata["question"] for cell in cells if "question" in cell.metadata] == [
        "constants",
        "quiz",
        "scaling",
        "figure",
        "essay",
    ]
    assert [cell.id for cell in cells if "question" in cell.metadata][1] == "quiz-1"


def test_a_cell_of_which_nothing_is_left_is_not_released_to_students(tiny: Assignment) -> None:
    read = source.read(tiny.source)
    assert "scratch" not in source.dumps(read.student())
    assert "scratch" in source.dumps(read.solution())


def test_the_plan_says_what_to_capture_and_how_to_recognise_a_question(tiny: Assignment) -> None:
    plan = source.plan(source.read(tiny.source), tiny.config)
    assert (plan.assignment, plan.cell_seconds) == ("tiny", 60)
    constants, quiz, scaling, figure, essay = plan.questions
    assert constants.capture == ("n_images", "mean", "stacked", "model")
    assert constants.names == ("n_images", "mean", "height", "width", "total", "stacked")
    assert (quiz.marks, quiz.text) == (("test_quiz",), "### edTest(test_quiz) ###\nanswer1 = '___'")
    assert scaling.names == ("brighten", "invert", "brightest")
    assert (figure.kind, figure.position) == ("code", 5)
    assert (essay.kind, essay.names, essay.position) == ("written", (), 1)
    assert essay.text == "Why are the pictures inverted?\n\n*Your answer here.*"


def test_cells_of_one_question_are_joined(tmp_path: Path, tiny: Assignment) -> None:
    read = changed(tiny, "# %%\nplt.imshow(", '# %% question="figure"\nplt.imshow(')
    figure = source.plan(read, tiny.config).questions[3]
    assert figure.text.startswith("plt.imshow(brighten")
    assert figure.text.endswith("plt.subplots(1, 2)\n# YOUR CODE HERE")
    assert "/ 255)\nplt.show()\n\nfig, axes" in figure.text


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = b = 1", ("a", "b")),
        ("a, (b, *c) = x", ("a", "b", "c")),
        ("a.b = c[0] = 1", ()),
        ("for i in x:\n    with f() as g:\n        h = 1", ("i", "g", "h")),
        ("def f(x):\n    y = 1", ("f",)),
        ("class A:\n    y = 1", ("A",)),
        ("import a\nfrom b import c", ()),
        ("a = [i for i in b]\nc = lambda d: d", ("a", "c")),
        ("if (n := 3):\n    pass", ("n",)),
        ("%matplotlib inline\na: int = 3\na += 1\n_ = ___", ("a",)),
        ("%%bash\nfor f in *; do", ()),
    ],
)
def test_names_that_a_cell_assigns(code: str, names: tuple[str, ...]) -> None:
    assert source.assigned(code) == names


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  # SOLUTION\nmean",
            "  # solution\nmean",
            r"assignment\.py:23: question 'constants': .*'# SOLUTION'",
        ),
        ("    # END SOLUTION\n", "", r"assignment\.py:47: question 'scaling': BEGIN SOLUTION without"),
        ("# <!-- END SOLUTION -->\n", "", r"assignment\.py:71: question 'essay': BEGIN SOLUTION without"),
        ('question="quiz"', 'question="a quiz"', r"assignment\.py:35: question 'a quiz': an id has"),
        ('question="quiz"', "question=3", r"assignment\.py:35: question 3: an id has"),
        ('answer1 = "B"  # SOLUTION', 'answer1 = "B"', r"assignment\.py:35: question 'quiz' leaves nothing"),
        (
            '[markdown] question="essay"',
            '[markdown] question="quiz"',
            r":35: question 'quiz' mixes kinds of cells",
        ),
    ],
)
def test_what_is_wrong_with_a_source_is_named_with_its_place(
    tiny: Assignment, old: str, new: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        changed(tiny, old, new)


def test_a_question_of_which_nothing_is_left_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, '# %% question="q"\nx = 1  # SOLUTION NO PROMPT\n')
    with pytest.raises(SourceError, match=r":2: question 'q' has no cell left"):
        source.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.py: cannot be read"):
        source.read(tmp_path / "nowhere.py")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "  quiz:\n",
            "  quizz:\n",
            r"assignment\.py:35: question 'quiz' is not in .*tiny\.yaml, which has: .*quizz",
        ),
        ("assignment: tiny", "assignment: other", "its grading config is for 'other', not 'tiny'"),
        (
            "questions:\n",
            "questions:\n  extra: {title: T, points: 1, checks: [{value: a, equals: 1}]}\n",
            r"tiny\.yaml: question 'extra' has no cell in .*assignment\.py",
        ),
        (
            "{choice: answer1, key: B, of: [A, B, C]}",
            "{written: true}",
            "question 'quiz' is answered in code cells, but the checks in .* expect Markdown cells",
        ),
    ],
)
def test_source_and_config_have_to_fit(tiny: Assignment, old: str, new: str, message: str) -> None:
    text = tiny.config_path.read_text(encoding="utf-8")
    assert old in text
    tiny.config_path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceError, match=message):
        source.plan(source.read(tiny.source), tiny.config)
