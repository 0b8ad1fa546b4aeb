"""Cells find their questions: with our metadata, after Colab, and in notebooks written elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.evidence import Plan, QuestionPlan
from autograder.worker import source
from autograder.worker.matching import Match, match, without_prompt
from autograder.worker.notebook import Cell, Notebook

SETUP = "import helper\nmodel = helper.cnn_model()"
LATER_SETUP = "sample = x_test[16]\nprint(sample.shape)"
WEIGHTS = "# The first layer's parameters\nweights, bias = ___\nassert weights.shape == (3, 3, 3, 32)"
SHAPE = "n_filters = ___\nfilter_height = ___"
QUIZ = "### edTest(test_chow1) ###\nanswer1 = '___'"
KERNELS = (
    "# Draw the three kernels of the first filter, one panel for each channel,\n"
    "# with the colour maps Reds, Greens and Blues and a title above each.\n"
    "# YOUR CODE HERE"
)
LAST = "feature_model = ___\nfeature_model.summary()"
PROMPT = "**Your answer:** what did the rectifier change in the maps, and why is that useful? Write below."

QUESTIONS = (
    QuestionPlan("weights", "code", ("weights", "bias"), ("weights", "bias"), (), WEIGHTS),
    QuestionPlan("shape", "code", ("n_filters",), ("n_filters", "filter_height"), (), SHAPE),
    QuestionPlan("quiz", "code", ("answer1",), ("answer1",), ("test_chow1",), QUIZ),
    QuestionPlan("kernels", "code", (), (), (), KERNELS),
    QuestionPlan("feature_maps", "code", ("feature_model",), ("feature_model",), (), LAST),
    QuestionPlan("relu", "written", text=PROMPT),
)
PLAN = Plan("a", QUESTIONS, released=(SETUP, LATER_SETUP, "# Filters", "## Now the maps"))

DONE_WEIGHTS = "weights, bias = model.layers[0].get_weights()"
DONE_SHAPE = "n_filters = 32\nfilter_height = 3"
DONE_QUIZ = "### edTest(test_chow1) ###\nanswer1 = 'A'"
DONE_KERNELS = KERNELS.replace(
    "# YOUR CODE HERE", "fig, axs = plt.subplots(1, 3)\naxs[0].imshow(w)\nplt.show()"
)
DONE_LAST = "feature_model = keras.Model(a, b)\nfeature_model.summary()"


def code(text: str, question: str = "") -> tuple[str, str, str]:
    return "code", text, question


def markdown(text: str, question: str = "") -> tuple[str, str, str]:
    return "markdown", text, question


def find(*cells: tuple[str, str, str], plan: Plan = PLAN) -> tuple[dict[str, Match], list[str]]:
    notebook = Notebook(
        tuple(Cell(i, kind, text, question) for i, (kind, text, question) in enumerate(cells))
    )
    matches, notes = match(notebook, plan)
    assert [m.question.id for m in matches] == [q.id for q in plan.questions]
    return {m.question.id: m for m in matches}, notes


def ours(metadata: bool = True) -> list[tuple[str, str, str]]:
    cells = [
        code(SETUP),
        markdown("# Filters"),
        code(DONE_WEIGHTS, "weights"),
        code(DONE_SHAPE, "shape"),
        code(DONE_QUIZ, "quiz"),
        code(DONE_KERNELS, "kernels"),
        code(LATER_SETUP),
        markdown("## Now the maps"),
        code(DONE_LAST, "feature_maps"),
        markdown(PROMPT + "\n\nIt removed what is negative.", "relu"),
    ]
    return cells if metadata else [(kind, text, "") for kind, text, _ in cells]


class TestMetadata:
    def test_every_question_is_found_and_nothing_is_said(self) -> None:
        matches, notes = find(*ours())
        assert {m.by for m in matches.values()} == {"metadata"}
        assert [m.cells for m in matches.values()] == [(2,), (3,), (4,), (5,), (8,), (9,)]
        assert notes == []

    def test_the_written_answer_comes_without_its_prompt(self) -> None:
        matches, _ = find(*ours())
        assert matches["relu"].text == "It removed what is negative."

    def test_released_cells_are_untouched_however_they_are_spaced(self) -> None:
        matches, _ = find(code(WEIGHTS + "  \n\n", "weights"), code(DONE_SHAPE, "shape"))
        assert matches["weights"].untouched
        assert matches["weights"].blanks
        assert not matches["shape"].untouched
        assert not matches["shape"].blanks

    def test_all_copies_of_a_cell_belong_to_the_question(self) -> None:
        matches, _ = find(code("weights = 1", "weights"), code("weights = 2", "weights"))
        assert matches["weights"].cells == (0, 1)

    @pytest.mark.parametrize("order", [(WEIGHTS, DONE_WEIGHTS), (DONE_WEIGHTS, WEIGHTS)])
    def test_an_edited_copy_replaces_the_untouched_one(self, order: tuple[str, str]) -> None:
        matches, _ = find(*(code(text, "weights") for text in order))
        assert matches["weights"].cells == (order.index(DONE_WEIGHTS),)
        assert not matches["weights"].blanks

    def test_a_cell_turned_into_markdown_is_remarked(self) -> None:
        matches, notes = find(markdown(DONE_WEIGHTS, "weights"), code("y = 1"))
        assert matches["weights"].by == ""
        assert "no code cell" in notes[0]

    def test_cells_added_after_a_questions_cell_belong_to_it(self) -> None:
        cells = ours()
        cells.insert(6, code("plt.imshow(w)"))
        matches, _ = find(*cells)
        assert matches["kernels"].cells == (5, 6)

    def test_cells_added_after_a_released_cell_do_not(self) -> None:
        cells = ours()
        cells.insert(7, code("plt.imshow(sample)"))
        matches, _ = find(*cells)
        assert matches["kernels"].cells == (5,)
        assert all(7 not in m.cells for m in matches.values())

    def test_an_answer_below_an_untouched_cell_is_the_answer(self) -> None:
        cells = ours()
        cells[2:3] = [code(WEIGHTS, "weights"), code(DONE_WEIGHTS)]
        matches, _ = find(*cells)
        assert matches["weights"].cells == (3,)
        assert not matches["weights"].untouched
        assert not matches["weights"].blanks

    def test_an_answer_at_the_end_is_found_when_the_question_was_left_alone(self) -> None:
        cells = ours()
        cells[2] = code(WEIGHTS, "weights")
        matches, notes = find(*cells, code(DONE_WEIGHTS))
        assert (matches["weights"].by, matches["weights"].cells) == ("names", (10,))
        assert "weights" in notes[0]

    def test_an_answer_merged_into_another_questions_cell_counts_for_both(self) -> None:
        cells = ours()
        cells[2:4] = [code(f"{DONE_WEIGHTS}\n{DONE_SHAPE}", "weights")]
        matches, _ = find(*cells)
        assert matches["weights"].cells == matches["shape"].cells == (2,)
        assert matches["shape"].by == "names"

    def test_a_deleted_cell_is_said_to_be_missing(self) -> None:
        cells = ours()
        del cells[5]
        matches, notes = find(*cells)
        assert matches["kernels"].by == ""
        assert notes == ["No cell was found for: kernels."]

    def test_a_single_unknown_cell_in_the_gap_is_taken_by_position(self) -> None:
        cells = ours()
        cells[5] = code("draw_everything(w)")
        matches, _ = find(*cells)
        assert (matches["kernels"].by, matches["kernels"].cells) == ("position", (5,))

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_neighbours_without_names_are_told_by_their_order_unless_cells_are_too_many(
        self, count: int
    ) -> None:
        """A network and its training, of which students are given an empty cell each."""
        plan = Plan(
            "a",
            (
                QUESTIONS[0],
                QuestionPlan("network", "code", ("model",), (), (), "# YOUR CODE HERE\nmodel.summary()"),
                QuestionPlan("training", "code", ("model",), (), (), "# YOUR CODE HERE"),
                QUESTIONS[4],
            ),
        )
        own = ["model = build(1)", "history = model.fit(x, y)", "print(history)"][:count]
        matches, _ = find(code(DONE_WEIGHTS), *map(code, own), code(DONE_LAST), plan=plan)
        found = [matches[id].cells for id in ("network", "training")]
        assert found == {1: [(1,), (1,)], 2: [(1,), (2,)], 3: [(), ()]}[count]


class TestWithoutMetadata:
    def test_our_notebook_after_colab(self) -> None:
        matches, notes = find(*ours(metadata=False))
        assert {key: (m.by, m.cells) for key, m in matches.items()} == {
            "weights": ("names", (2,)),
            "shape": ("names", (3,)),
            "quiz": ("marks", (4,)),
            "kernels": ("text", (5,)),
            "feature_maps": ("names", (8,)),
            "relu": ("text", (9,)),
        }
        assert matches["relu"].text == "It removed what is negative."
        assert len(notes) == 1
        assert notes[0].startswith("The cell metadata is missing (as after Colab)")

    def test_the_untouched_notebook_is_untouched(self) -> None:
        matches, _ = find(*(code(q.text) if q.kind == "code" else markdown(q.text) for q in QUESTIONS))
        assert all(m.untouched for m in matches.values())
        assert [key for key, m in matches.items() if m.blanks] == ["weights", "shape", "feature_maps"]
        assert matches["relu"].text == ""

    def test_a_notebook_written_elsewhere_leaves_its_figure_cells_loose(self) -> None:
        matches, _ = find(
            markdown("Exercise: look inside"),
            code("from helper import *\nnet = cnn_model()"),
            code("[weights, bias] = net.layers[0].get_weights()\nassert weights.shape[3] == 32"),
            code("n_filters = weights.shape[3]"),
            code("filter_height = weights.shape[0]"),
            code("answer1 = 'A'\n### edTest(test_chow1) ###"),
            code("for c in range(3):\n    plt.subplot(1, 3, c + 1)\n    plt.imshow(weights[:, :, c, 0])"),
            code("plt.imshow(rescale(weights[..., 0]))"),
            code("feature_model = Model(net.inputs, net.layers[0].output)"),
        )
        assert matches["weights"].cells == (2,)
        assert matches["shape"].cells == (3, 4)
        assert matches["quiz"].cells == (5,)
        assert matches["feature_maps"].cells == (8,)
        assert matches["kernels"].by == ""

    def test_names_used_again_later_do_not_mislead(self) -> None:
        matches, _ = find(
            code(DONE_WEIGHTS),
            code(DONE_SHAPE),
            code(DONE_QUIZ),
            code("weights, bias = other()"),
            code(DONE_LAST),
        )
        assert matches["weights"].cells == (0,)

    def test_a_second_attempt_before_the_next_question_belongs_too(self) -> None:
        matches, _ = find(code("weights = wrong()"), code(DONE_WEIGHTS), code(DONE_SHAPE))
        assert matches["weights"].cells == (0, 1)

    def test_answers_in_another_order_are_found(self) -> None:
        matches, _ = find(code(DONE_LAST), code(DONE_SHAPE), code(DONE_WEIGHTS))
        assert [matches[key].cells for key in ("weights", "shape", "feature_maps")] == [(2,), (1,), (0,)]

    def test_two_candidates_for_a_place_are_not_guessed(self) -> None:
        cells = ours(metadata=False)
        cells[5:6] = [code("draw_everything(w)"), code("draw_more(w)")]
        matches, _ = find(*cells)
        assert matches["kernels"].by == ""

    def test_a_cell_that_does_not_parse_is_matched_by_what_it_assigns(self) -> None:
        matches, _ = find(code("weights, bias = model.layers[0].get_weights("), code(DONE_SHAPE))
        assert matches["weights"].cells == (0,)


texts = st.sampled_from(
    [q.text for q in QUESTIONS] + [SETUP, DONE_WEIGHTS, DONE_SHAPE, DONE_QUIZ, "", "%%bash\nls", "x ="]
)
ids = st.sampled_from(["", "weights", "quiz", "relu", "unknown"])
cells = st.lists(
    st.tuples(st.sampled_from(["code", "markdown", "raw", ""]), texts | st.text(), ids), max_size=8
)


@given(cells)
def test_any_notebook_is_matched_somehow(content: list[tuple[str, str, str]]) -> None:
    matches, _ = find(*content)
    for found in matches.values():
        assert bool(found.cells) == bool(found.by)
        assert list(found.cells) == sorted(set(found.cells))
        kinds = {content[index][0] for index in found.cells}
        assert found.question.kind == "written" or kinds <= {"code"}


class TestSource:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a = b = 1", {"a", "b"}),
            ("a, (b, *c) = f()", {"a", "b", "c"}),
            ("for i in x:\n    y = i", {"i", "y"}),
            ("with open(p) as f:\n    pass", {"f"}),
            ("if (n := 3) > 2: pass", {"n"}),
            ("def f(x):\n    inner = 1", {"f"}),
            ("class C:\n    z = 1", {"C"}),
            ("x += 1\ny: int = 2", {"x", "y"}),
            ("[k for k in range(3)]; a.b = 1; c[0] = 2", set()),
            ("import numpy as np", set()),
            ("%matplotlib inline\n!ls\nx = 1", {"x"}),
            ("files = !ls", {"files"}),
            ("%%time\nx = 1", {"x"}),
            ("%%bash\nx=1", set()),
            ("x = (1\ny, z = 2", {"x", "y", "z"}),
            ("___ = 1", set()),
        ],
    )
    def test_names(self, text: str, expected: set[str]) -> None:
        assert source.names(text) == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("x = ___", True),
            ("x = model.___", True),
            ("f(___=1)", True),
            ("%%time\nx = ___", True),
            ("x = ___(", True),
            ("x = '___'", False),
            ("x = 1  # ___", False),
            ("my___name = 1", False),
        ],
    )
    def test_blanks(self, text: str, expected: bool) -> None:
        assert source.blanks(text) is expected

    def test_likeness_is_high_for_a_filled_in_text_and_low_for_another(self) -> None:
        released = source.tokens(KERNELS)
        assert source.likeness(released, source.tokens(DONE_KERNELS)) > 0.9
        assert source.likeness(released, source.tokens(DONE_LAST)) < 0.3
        assert source.likeness(source.tokens("# YOUR CODE HERE"), source.tokens("anything at all here")) == 0


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (PROMPT, ""),
        (f"{PROMPT}\n\nBecause.\n- one\n- two", "Because.\n- one\n- two"),
        (f"{PROMPT} Because.", "Because."),
        ("Because.", "Because."),
    ],
)
def test_the_prompt_is_taken_off(answer: str, expected: str) -> None:
    assert without_prompt(answer, PROMPT) == expected


def test_a_written_answer_is_found_where_code_was_moved_or_merged() -> None:
    everything = "\n\n".join([DONE_WEIGHTS, DONE_SHAPE, DONE_QUIZ, DONE_KERNELS, DONE_LAST])
    later = (*QUESTIONS, QuestionPlan("last", "code", ("answer3",), ("answer3",), (), "answer3 = ___"))
    answer = PROMPT + "\n\nIt clips negative values."
    found, _ = find(code(everything + "\nanswer3 = 'No'"), markdown(answer), plan=Plan("a", later))
    assert (found["relu"].by, found["relu"].text) == ("text", "It clips negative values.")


def test_a_spare_copy_of_one_of_a_questions_cells_does_not_count() -> None:
    second = "feature_maps = ___"
    plan = Plan("a", (QuestionPlan("q", "code", ("m",), ("m", "feature_maps"), (), f"m = ___\n\n{second}"),))
    answered = (code("m = 1", "q"), code("feature_maps = m", "q"))
    found, _ = find(*answered, code(second, "q"), plan=plan)
    assert (found["q"].cells, found["q"].blanks) == ((0, 1), False)
    found, _ = find(answered[0], code(second, "q"), plan=plan)
    assert (found["q"].cells, found["q"].blanks) == ((0, 1), True)


def test_another_notebook_is_asked_about() -> None:
    _, notes = find(code("print('hello')"), code("print('again')"), plan=Plan("a", QUESTIONS[:3]))
    assert notes == ["No question of the assignment was found in this notebook; is it the right one?"]
