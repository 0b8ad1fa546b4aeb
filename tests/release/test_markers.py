"""What an author writes, and what students and the solution show of it."""

import ast
from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.release.markers import MarkerError, convert_code, convert_markdown, parse


def student(source: str) -> str:
    return convert_code(dedent(source).strip("\n")).student


def solution(source: str) -> str:
    return convert_code(dedent(source).strip("\n")).solution


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x = f()  # SOLUTION", "x = ___"),
        ("answer1 = 'A'  # SOLUTION", "answer1 = '___'"),
        ('answer1 = "A"  # SOLUTION', "answer1 = '___'"),
        ("x = f'{a}'  # SOLUTION", "x = ___"),
        ("x: int = 3  # SOLUTION", "x: int = ___"),
        ("x += 3  # SOLUTION", "x += ___"),
        ("x //= (3 + 4)  # SOLUTION", "x //= ___"),
        ("loss, accuracy = model.evaluate(x, y)  # SOLUTION", "loss, accuracy = ___"),
        ("(a, b), *c = pair  # SOLUTION", "(a, b), *c = ___"),
        ("a = b = g(1)  # SOLUTION", "a = b = ___"),
        ("layer.weights = w  # SOLUTION", "layer.weights = ___"),
        ("table['key', 1:3] = w  # SOLUTION", "table['key', 1:3] = ___"),
        ("plt.imshow(x)  # SOLUTION", "___"),
        ("plt.imshow(x);  # SOLUTION", "___;"),
        ("x = (  # SOLUTION\n    1 +\n    2\n)", "x = ___"),
        ("x = f(\n    1,  # one\n    2,\n)  # SOLUTION", "x = ___"),
        ("x = '''\nlong # SOLUTION\n'''  # SOLUTION", "x = '___'"),
        ("größe = 'ä' + ü  # SOLUTION", "größe = ___"),
        ("if ready: x = 1  # SOLUTION", "if ready: x = ___"),
        ("x = 1  # SOLUTION\ny = 2", "x = ___\ny = 2"),
        ("import a  # SOLUTION NO PROMPT\ny = 2", "y = 2"),
        ("x = f(\n    1,\n)  # SOLUTION NO PROMPT\ny = 2", "y = 2"),
        ("%matplotlib inline\nx = 3  # SOLUTION", "%matplotlib inline\nx = ___"),
        ("%%time\nx = 3  # SOLUTION", "%%time\nx = ___"),
        ("!ls\nx = 7 % 2  # SOLUTION", "!ls\nx = ___"),
        ("y = '# SOLUTION'", "y = '# SOLUTION'"),
        ("y = 1  # the solution is elsewhere", "y = 1  # the solution is elsewhere"),
        ("### edTest(test_chow1) ###\na = 'C'  # SOLUTION", "### edTest(test_chow1) ###\na = '___'"),
    ],
)
def test_a_marked_statement_becomes_a_blank(written: str, shown: str) -> None:
    assert student(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            """
            def f(x):
                return g(x)  # SOLUTION
            """,
            """
            def f(x):
                return ___
            """,
        ),
        (
            """
            def f(x):
                # BEGIN SOLUTION
                y = g(x)
                return y
                # END SOLUTION
            """,
            """
            def f(x):
                # YOUR CODE HERE
                ...
            """,
        ),
        (
            '''
            def f(x):
                """What it does."""
                # BEGIN SOLUTION
                return g(x)
                # END SOLUTION
            ''',
            '''
            def f(x):
                """What it does."""
                # YOUR CODE HERE
            ''',
        ),
        (
            """
            for x in y:
                z = x  # SOLUTION NO PROMPT
            print(y)
            """,
            """
            for x in y:
                ...
            print(y)
            """,
        ),
        (
            """
            if a:
                print(a)
            else:
                # BEGIN SOLUTION
                print(b)
                # END SOLUTION
            """,
            """
            if a:
                print(a)
            else:
                # YOUR CODE HERE
                ...
            """,
        ),
        (
            """
            layers = [
                # BEGIN SOLUTION
                Dense(10),
                # END SOLUTION
            ]
            """,
            """
            layers = [
                # YOUR CODE HERE
            ]
            """,
        ),
        (
            """
            a = 1
            # BEGIN SOLUTION
            %timeit f()
            # END SOLUTION
            b = 2
            """,
            """
            a = 1
            # YOUR CODE HERE
            b = 2
            """,
        ),
    ],
)
def test_what_is_left_for_students_is_valid_python(written: str, shown: str) -> None:
    assert student(written) == dedent(shown).strip("\n")
    assert parse(student(written)) is not None


def test_a_cell_of_which_all_goes_is_empty_for_students_only() -> None:
    assert student("import a  # SOLUTION NO PROMPT") == ""
    assert solution("import a  # SOLUTION NO PROMPT") == "import a"


def test_the_solution_keeps_the_code_and_loses_the_markers() -> None:
    written = """
        x = f(  # SOLUTION
            1,
        )
        # why
        # BEGIN SOLUTION
        y = 2  # a comment
        # END SOLUTION
        z = 3  # SOLUTION NO PROMPT
    """
    assert solution(written) == "x = f(\n    1,\n)\n# why\ny = 2  # a comment\nz = 3"


@pytest.mark.parametrize(
    ("written", "line", "message"),
    [
        ("x = 1  # solution", 1, "'# SOLUTION'"),
        ("y = 0\nx = 1  #SOLUTION", 2, "'# SOLUTION'"),
        ("x = 1  # SOLUTON", 1, "'# SOLUTION'"),
        ("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", 1, "'# BEGIN SOLUTION'"),
        ("# Begin Solution\nx = 1\n# END SOLUTION", 1, "'# BEGIN SOLUTION'"),
        ("x = 1  # SOLUTION: one", 1, "unknown marker"),
        ("# BEGIN PROMPT\nx = 1", 1, "unknown marker"),
        ("# BEGIN SOLUTION\nx = 1", 1, "without an END"),
        ("x = 1\n# END SOLUTION", 2, "without a BEGIN"),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\nx = 1\n# END SOLUTION", 2, "inside the block"),
        ("# BEGIN SOLUTION\nx = 1  # SOLUTION\n# END SOLUTION", 2, "inside the block"),
        ("x = 1  # BEGIN SOLUTION\n# END SOLUTION", 1, "line of its own"),
        ("# SOLUTION\nx = 1", 1, "no simple statement"),
        ("for x in y:  # SOLUTION\n    pass", 1, "no simple statement"),
        ("x = 1; y = 2  # SOLUTION", 1, "several statements"),
        ("if a: b = 1  # SOLUTION NO PROMPT", 1, "lines of its own"),
        ("import a  # SOLUTION", 1, "nothing to leave blank"),
        ("x = f(  # SOLUTION\n    1)  # SOLUTION NO PROMPT", 2, "two different markers"),
        ("%timeit f()  # SOLUTION\nx = 1", 1, "magic line"),
        ("if a:\n    # BEGIN SOLUTION\n    b\nif c:\n    # END SOLUTION\n    d", 2, "cuts through"),
        ("x = = 1  # SOLUTION", 1, "not valid Python"),
    ],
)
def test_a_marker_that_cannot_be_understood_is_an_error(written: str, line: int, message: str) -> None:
    with pytest.raises(MarkerError, match=message) as caught:
        convert_code(written)
    assert caught.value.line == line


def test_markdown_answers_become_a_place_for_an_answer() -> None:
    written = "Why?\n\n<!-- BEGIN SOLUTION -->\nBecause.\n\nReally.\n<!-- END SOLUTION -->\n\n<!-- a note -->"
    versions = convert_markdown(written)
    assert versions.student == "Why?\n\n*Your answer here.*\n\n<!-- a note -->"
    assert versions.solution == "Why?\n\nBecause.\n\nReally.\n\n<!-- a note -->"


@pytest.mark.parametrize(
    ("written", "line", "message"),
    [
        ("Why?\n<!-- BEGIN SOLUTION -->\nSo.", 2, "without an END"),
        ("Why?\n<!-- begin solution -->\nSo.\n<!-- END SOLUTION -->", 2, "<!-- BEGIN SOLUTION -->"),
        ("So. <!-- SOLUTION -->", 1, "for code"),
        ("# BEGIN SOLUTION\nSo.\n# END SOLUTION", 1, "in Markdown"),
        ("So. # SOLUTION", 1, "in Markdown"),
    ],
)
def test_a_markdown_marker_that_cannot_be_understood_is_an_error(
    written: str, line: int, message: str
) -> None:
    with pytest.raises(MarkerError, match=message) as caught:
        convert_markdown(written)
    assert caught.value.line == line


def test_a_cell_in_another_language_is_left_alone() -> None:
    written = "%%bash\nfor f in *; do echo $f; done"
    assert student(written) == solution(written) == written


VALUES = ["secret", "f(secret,\n    1)", "(secret)", "[secret for _ in ä]", "'secret'", "secret if a else b"]
STATEMENTS = ["x = {}", "x.y[0] = {}", "a, b = {}", "n: int = {}", "n *= {}", "print({})", "x = y = ({})"]
marked = st.builds(
    lambda form, value, marker: form.format(value) + f"  # {marker}",
    st.sampled_from(STATEMENTS),
    st.sampled_from(VALUES),
    st.sampled_from(["SOLUTION", "SOLUTION NO PROMPT"]),
)
block = st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=3).map(
    lambda forms: "\n".join(
        ["# BEGIN SOLUTION", *(form.format("secret") for form in forms), "# END SOLUTION"]
    )
)
plain = st.sampled_from(["given = 1", "# a comment", "given(2)", "text = '# SOLUTION'"])
lines = st.lists(st.one_of(marked, block, plain), min_size=1, max_size=5).map("\n".join)
headers = st.sampled_from(["def f():", "for ö in y:", "if a:", "with a as b:", "while a:", "class C:"])
nested = st.builds(lambda header, body: "\n".join([header, indent(body, "    "), "    pass"]), headers, lines)


@given(st.lists(st.one_of(lines, nested), min_size=1, max_size=3).map("\n".join))
def test_no_secret_is_left_and_nothing_else_is_changed(source: str) -> None:
    versions = convert_code(source)
    assert "secret" not in versions.student
    assert parse(versions.student) is not None
    assert ast.dump(ast.parse(versions.solution)) == ast.dump(ast.parse(source))
    assert versions.student.count("given") == source.count("given")
