"""Which cells of a submitted notebook belong to which question; reads only, never executes.

From the surest means to the weakest: the id in the cell's metadata, edTest marks, the names a cell
assigns, likeness to the released text, and last the position between cells already matched, when as
many cells as questions are left there, or one for all. Names and texts are aligned in the notebook's
order, so that a name used again later does not mislead. Cells that a student added right after a question's
cell belong to it. What stays unmatched is left loose rather than guessed: its figures are still seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.evidence import Plan, QuestionPlan
from autograder.worker import source as text
from autograder.worker.notebook import Cell, Notebook

_LIKE = 0.6
# Names that notebooks use for anything; they identify a question only if it has no others.
_COMMON = frozenset(
    {"i", "j", "k", "n", "m", "x", "y", "r", "c", "f", "row", "rows", "col", "cols", "idx", "index", "title"}
    | {"fig", "ax", "axs", "axes", "img", "image", "images", "label", "labels"}
)


@dataclass(frozen=True)
class Match:
    """One question and its cells.

    Attributes:
        question: as planned.
        by: "metadata", "marks", "names", "text", "position", or "" when no cell was found.
        cells: indices among all cells of the notebook, ascending.
        source: their sources, joined by blank lines.
        untouched: they hold exactly what was released.
        blanks: a blank `___` is left in their code.
        text: of a written question, the answer without the released prompt.
    """

    question: QuestionPlan
    by: str
    cells: tuple[int, ...]
    source: str
    untouched: bool
    blanks: bool
    text: str


def match(notebook: Notebook, plan: Plan) -> tuple[list[Match], list[str]]:
    """Match a notebook's cells to a plan's questions.

    Returns:
        One Match per question in the plan's order, and remarks for people.
    """
    matcher = _Matcher(notebook, plan)
    matcher.run()
    return [matcher.result(found) for found in matcher.found], matcher.notes()


class _View:
    """A cell with what matching asks of it, computed when asked."""

    def __init__(self, cell: Cell, released: frozenset[str]) -> None:
        self.index = cell.index
        self.type = cell.type
        self.source = cell.source
        self.question = cell.question
        self.normal = text.normal(cell.source)
        self.own = bool(self.normal) and self.normal not in released and not cell.locked

    @cached_property
    def names(self) -> frozenset[str]:
        return text.names(self.source)

    @cached_property
    def marks(self) -> frozenset[str]:
        return text.marks(self.source)

    @cached_property
    def tokens(self) -> list[str]:
        return text.tokens(self.source)


@dataclass
class _Found:
    """A question on its way to being matched."""

    plan: QuestionPlan
    keys: frozenset[str]
    by: str = ""
    cells: list[_View] = field(default_factory=list)

    @cached_property
    def normal(self) -> str:
        return text.normal(self.plan.text)

    @cached_property
    def tokens(self) -> list[str]:
        return text.tokens(self.plan.text)

    @property
    def code(self) -> bool:
        return self.plan.kind == "code"

    @property
    def untouched(self) -> bool:
        if not self.cells or not self.normal:
            return False
        joined = "\n".join(cell.normal for cell in self.cells if cell.normal)
        return joined == self.normal or all(cell.normal == self.normal for cell in self.cells)

    def take(self, by: str, cells: Iterable[_View]) -> None:
        self.by = by
        self.cells = sorted(cells, key=lambda cell: cell.index)


class _Matcher:
    def __init__(self, notebook: Notebook, plan: Plan) -> None:
        released = frozenset(text.normal(source) for source in plan.released)
        self.views = [_View(cell, released) for cell in notebook.cells]
        self.knows_released = bool(released)
        self.found = [_Found(question, keys) for question, keys in _keys(plan)]
        self.ids = {question.id for question in plan.questions}
        self._remarks: list[str] = []

    def run(self) -> None:
        self._metadata()
        self._marks()
        self._align()
        self._anywhere()
        self._answered_elsewhere()
        self._written()
        self._position()
        self._additions()
        for found in self.found:
            _drop_untouched_copies(found)

    # ------------------------------------------------------------ the means, surest first

    def _metadata(self) -> None:
        for found in self.found:
            cells = [cell for cell in self.views if cell.question == found.plan.id]
            usable = [cell for cell in cells if cell.type == "code" or not found.code]
            if usable:
                found.take("metadata", usable)
            elif cells:
                self._remarks.append(f"The cell of question {found.plan.id} is no code cell; it was not run.")

    def _marks(self) -> None:
        for found in self._open():
            marked = [cell for cell in self._free("code") if cell.marks & set(found.plan.marks)]
            if marked:
                found.take("marks", marked)

    def _align(self) -> None:
        """Names and texts, in the notebook's order: the best non-decreasing sequence of cells."""
        cells = [cell for cell in self.views if cell.type == "code"]
        questions = [found for found in self.found if found.code]
        free = {cell.index for cell in self._free("code")}
        scores = [
            [self._score(found, cell, cell.index in free) if cell.normal else (0.0, "") for cell in cells]
            for found in questions
        ]
        for found, (place, by) in zip(questions, _best_sequence(scores), strict=True):
            if by in ("names", "text"):
                found.take(by, [cells[place]])
        for found in questions:
            if found.by == "names":
                found.take("names", {*found.cells, *self._more_with_names(found)})

    def _score(self, found: _Found, cell: _View, free: bool) -> tuple[float, str]:
        if found.cells:
            return (20.0, found.by) if cell is found.cells[0] else (0.0, "")
        if not cell.own:
            return 0.0, ""
        like = text.likeness(found.tokens, cell.tokens) if free else 0.0
        like = like if like >= _LIKE else 0.0
        hits = len(found.keys & cell.names) / len(found.keys) if found.keys else 0.0
        if hits:
            # A cell of another question may hold this answer too, when a student merged them.
            return (1 + 3 * hits if free else 0.5 + hits) + like, "names"
        return like, "text" if like else ""

    def _more_with_names(self, found: _Found) -> list[_View]:
        """Further free cells that assign the question's names, up to its neighbours' cells."""
        anchor = found.cells[0].index
        taken = [cell.index for other in self.found if other is not found for cell in other.cells]
        low = max((index for index in taken if index < anchor), default=-1)
        high = min((index for index in taken if index > anchor), default=len(self.views))
        return [cell for cell in self._free("code") if low < cell.index < high and found.keys & cell.names]

    def _anywhere(self) -> None:
        """Names out of order: the cell that assigns most of them, and at least half."""
        for found in self._open():
            best = max(self._free("code"), key=lambda cell: len(found.keys & cell.names), default=None)
            if found.keys and best and 2 * len(found.keys & best.names) >= len(found.keys):
                found.take("names", [best])

    def _answered_elsewhere(self) -> None:
        """A question left as released whose mark or names a free cell has: the answer is there."""
        for found in self.found:
            if not found.code or not found.untouched:
                continue
            marked = [cell for cell in self._free("code") if cell.marks & set(found.plan.marks)]
            named = [
                cell
                for cell in self._free("code")
                if found.keys and 2 * len(found.keys & cell.names) >= len(found.keys)
            ]
            if marked or named:
                found.take("marks" if marked else "names", marked or named)

    def _written(self) -> None:
        for found in self._open(code=False):
            low, high = self._window(found)
            likes = {cell.index: text.likeness(found.tokens, cell.tokens) for cell in self._free("markdown")}
            everywhere = [index for index, like in likes.items() if like >= _LIKE]
            # Where code was moved or merged, the window between its neighbours means nothing.
            alike = [index for index in everywhere if low < index < high] or everywhere
            # The same prompt may stand at several questions: then only a single candidate will do.
            twins = sum(other.normal == found.normal for other in self._open(code=False))
            if alike and (twins == 1 or len(alike) == 1):
                found.take("text", [self.views[max(alike, key=lambda index: likes[index])]])

    def _position(self) -> None:
        """Open questions between the same neighbours: as many free cells in their order, or one for all."""
        for code in (True, False):
            windows = dict.fromkeys(self._window(found) for found in self._open(code))
            for low, high in windows:
                open_there = [found for found in self._open(code) if self._window(found) == (low, high)]
                between = [
                    cell for cell in self._free("code" if code else "markdown") if low < cell.index < high
                ]
                if len(between) == 1 and low >= 0 and high < len(self.views):
                    between *= len(open_there)  # Merged; a cell may answer several questions.
                if len(between) == len(open_there):
                    for found, cell in zip(open_there, between, strict=True):
                        found.take("position", [cell])

    def _additions(self) -> None:
        """Cells a student added right after a question's cells, unless an unmatched question may own them."""
        if not self.knows_released:
            return
        for found in self.found:
            if not found.cells or not self._followed_by_match(found):
                continue
            kind = "code" if found.code else "markdown"
            free = {cell.index for cell in self._free(kind)}
            added = []
            for cell in self.views[found.cells[-1].index + 1 :]:
                if cell.index in free:
                    added.append(cell)
                elif cell.normal and (cell.type == kind or not cell.own or cell.question in self.ids):
                    break
            answered = not found.keys or any(cell.names & found.keys for cell in added)
            if found.code and added and found.untouched and answered:
                found.cells = []
            found.take(found.by, [*found.cells, *added])

    # ------------------------------------------------------------ what is free, and where

    def _open(self, code: bool = True) -> list[_Found]:
        return [found for found in self.found if not found.cells and found.code == code]

    def _free(self, kind: str) -> list[_View]:
        """A student's own cells of a type that belong to no question yet."""
        taken = {cell.index for found in self.found for cell in found.cells}
        return [cell for cell in self.views if cell.type == kind and cell.own and cell.index not in taken]

    def _window(self, found: _Found) -> tuple[int, int]:
        """The cells, exclusive, between the nearest matched questions before and after it in the plan."""
        place = self.found.index(found)
        before = [other.cells[-1].index for other in self.found[:place] if other.cells]
        after = [other.cells[0].index for other in self.found[place + 1 :] if other.cells]
        return (before[-1] if before else -1), (after[0] if after else len(self.views))

    def _followed_by_match(self, found: _Found) -> bool:
        later = [other for other in self.found[self.found.index(found) + 1 :] if other.code == found.code]
        return not later or bool(later[0].cells)

    # ------------------------------------------------------------ results

    def result(self, found: _Found) -> Match:
        joined = "\n\n".join(cell.source for cell in found.cells)
        return Match(
            question=found.plan,
            by=found.by,
            cells=tuple(cell.index for cell in found.cells),
            source=joined,
            untouched=found.untouched,
            blanks=found.code and any(text.blanks(cell.source) for cell in found.cells),
            text="" if found.code else without_prompt(joined, found.plan.text),
        )

    def notes(self) -> list[str]:
        """Remarks on how the questions were recognised."""
        notes = list(self._remarks)
        means = sorted({found.by for found in self.found if found.by not in ("", "metadata")})
        weak = [found.plan.id for found in self.found if found.by not in ("", "metadata")]
        if not any(found.by for found in self.found):
            return [*notes, "No question of the assignment was found in this notebook; is it the right one?"]
        if not any(cell.question in self.ids for cell in self.views):
            by = " and ".join(means)
            notes.append(f"The cell metadata is missing (as after Colab); questions were matched by {by}.")
        elif weak:
            notes.append(
                f"Matched without their cells' metadata, by {' and '.join(means)}: {', '.join(weak)}."
            )
        lost = [found.plan.id for found in self.found if not found.cells]
        if lost:
            notes.append(f"No cell was found for: {', '.join(lost)}.")
        return notes


def without_prompt(answer: str, prompt: str) -> str:
    """What a student wrote in a Markdown cell: its text without the lines that were released."""
    released = sorted({line.strip() for line in prompt.splitlines() if line.strip()}, key=len, reverse=True)
    kept = []
    for line in answer.splitlines():
        rest = line.strip()
        opening = next((known for known in released if rest.startswith(known)), "")
        if not opening or rest != opening:
            kept.append(rest.removeprefix(opening).strip() if opening else line.rstrip())
    return "\n".join(kept).strip()


def _keys(plan: Plan) -> list[tuple[QuestionPlan, frozenset[str]]]:
    """The names that tell each question from the others: what its released cells assign."""
    names = [set(question.names or question.capture) for question in plan.questions]
    used = Counter(name for own in names for name in own)
    telling = [{name for name in own if used[name] == 1} for own in names]
    return [
        (question, frozenset((own - _COMMON) or (own & set(question.capture))))
        for question, own in zip(plan.questions, telling, strict=True)
    ]


def _drop_untouched_copies(found: _Found) -> None:
    """Of a cell and its edited copies, the edited ones count."""
    edited = [cell for cell in found.cells if cell.normal != found.normal]
    if len(edited) < len(found.cells) and any(cell.normal for cell in edited) and _is_copy(found, edited):
        found.cells = edited
    # Of a question with several cells, one of them may have been copied.
    parts = [cell for cell in found.cells if cell.normal in found.normal and text.blanks(cell.source)]
    answered = {name for cell in found.cells if cell not in parts for name in cell.names}
    copies = [cell for cell in parts if cell.names and cell.names <= answered]
    found.cells = [cell for cell in found.cells if cell not in copies]


def _is_copy(found: _Found, edited: Sequence[_View]) -> bool:
    ids = {cell.question for cell in edited}
    return found.plan.id in ids or not found.keys or any(cell.names & found.keys for cell in edited)


def _best_sequence(scores: Sequence[Sequence[tuple[float, str]]]) -> list[tuple[int, str]]:
    """For each row a column, or (-1, ""): columns do not decrease and the sum of scores is largest.

    A column may serve several rows, except where its score rests on text alone. Ties go to the
    earlier column.
    """
    columns = len(scores[0]) if scores else 0
    totals = [[0.0] * (columns + 1)]
    for row in scores:
        above, current = totals[-1], [0.0]
        for column, (score, by) in enumerate(row, start=1):
            base = above[column - 1] if by == "text" else above[column]
            current.append(max(current[-1], above[column], base + score if score else 0.0))
        totals.append(current)
    chosen = [(-1, "")] * len(scores)
    column = columns
    for place in range(len(scores), 0, -1):
        current, above = totals[place], totals[place - 1]
        while column and current[column] == current[column - 1]:
            column -= 1
        if column and current[column] > above[column]:
            by = scores[place - 1][column - 1][1]
            chosen[place - 1] = (column - 1, by)
            column -= by == "text"
    return chosen
