"""Turns one cell as its author wrote it into the student's and the solution's version of it.

The markers are otter's: `x = f()  # SOLUTION`, `# SOLUTION NO PROMPT`, `# BEGIN SOLUTION` … `# END SOLUTION`,
and in Markdown `<!-- BEGIN SOLUTION -->` … `<!-- END SOLUTION -->`. Statements are found with Python's own
parser, so a statement of several lines goes as a whole. This module knows no files and never executes a cell.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

BLANK = "___"
CODE_PROMPT = "# YOUR CODE HERE"
TEXT_PROMPT = "*Your answer here.*"

_LINE, _DROP, _BEGIN, _END = MARKERS = ("SOLUTION", "SOLUTION NO PROMPT", "BEGIN SOLUTION", "END SOLUTION")
_MAGIC = re.compile(r"^([ \t]*)(?:[%!].*|[^\s#][^#\n]*\?)$", re.MULTILINE)
_TEXT_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


class MarkerError(ValueError):
    """A marker cannot be understood.

    Attributes:
        line: 1-based, in the cell.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Versions:
    """One cell's two released texts.

    Attributes:
        student: with blanks for what students are to write.
        solution: with the author's code and without markers.
    """

    student: str
    solution: str


def parse(code: str) -> ast.Module | None:
    """Python's tree of a notebook cell, IPython's magic lines taken as `pass`; None if it is no Python."""
    for text in (code, _plain(code)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            continue
    return None


def convert_code(source: str) -> Versions:
    """Convert a code cell.

    Raises:
        MarkerError: a marker is misspelt, unknown, unbalanced or marks nothing that can be left out.
    """
    tree = parse(source)
    if tree is None:
        return _unparsed(source)
    cell = _Cell(source, tree)
    return Versions(_tidy(cell.student()), _tidy(cell.solution()))


def convert_markdown(source: str) -> Versions:
    """Convert a Markdown cell; each solution block becomes one line that asks for the answer.

    Raises:
        MarkerError: as `convert_code` does.
    """
    for line, text in enumerate(source.splitlines(), 1):
        if re.search(r"#\s*(BEGIN |END )?SOLUTION\b", text):
            raise MarkerError(line, f"in Markdown write <!-- {_BEGIN} -->, not {text.strip()!r}")
    marks = []
    for comment in _TEXT_COMMENT.finditer(source):
        line = source.count("\n", 0, comment.start()) + 1
        word = _word(comment.group(), line, "<!-- {} -->")
        if word in (_LINE, _DROP):
            raise MarkerError(line, f"{word} is for code; here write <!-- {_BEGIN} --> … <!-- {_END} -->")
        if word:
            marks.append(_Mark(line, comment.start(), comment.end(), word))
    blocks, _ = _pair(marks)
    student = _edited(source, [_Edit(begin.start, end.end, TEXT_PROMPT) for begin, end in blocks])
    gone = re.compile(rf"<!-- (?:{_BEGIN}|{_END}) -->[ \t]*\n?")
    return Versions(_tidy(student), _tidy(gone.sub("", source)))


# ---------------------------------------------------------------- markers


@dataclass(frozen=True)
class _Mark:
    """A marker: its line (1-based), its comment's extent in the cell's text, and which one it is."""

    line: int
    start: int
    end: int
    word: str


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


def _word(comment: str, line: int, form: str) -> str | None:
    """Which marker a comment is, or None for an ordinary one; what only resembles a marker is an error."""
    body = comment.strip("#<!-> \t\n")
    if body in MARKERS and comment == form.format(body):
        return body
    squeezed = " ".join(body.upper().split())
    near = get_close_matches(squeezed, MARKERS, n=1, cutoff=0.82) if squeezed[:1] in ("S", "B", "E") else []
    if near:
        raise MarkerError(line, f"{comment!r} only looks like a marker; write {form.format(near[0])!r}")
    if re.search(r"\bSOLUTION\b", body) or re.match(r"(BEGIN|END)\b", body):
        known = ", ".join(form.format(marker) for marker in MARKERS)
        raise MarkerError(line, f"unknown marker {comment!r}; there are: {known}")
    return None


def _pair(marks: Sequence[_Mark]) -> tuple[list[tuple[_Mark, _Mark]], list[_Mark]]:
    """Blocks as (begin, end), and the markers of single statements."""
    blocks: list[tuple[_Mark, _Mark]] = []
    singles: list[_Mark] = []
    begun: _Mark | None = None
    for mark in marks:
        if mark.word == _END:
            if begun is None:
                raise MarkerError(mark.line, f"{_END} without a {_BEGIN} before it")
            blocks.append((begun, mark))
            begun = None
        elif begun is not None:
            raise MarkerError(mark.line, f"{mark.word} inside the block that line {begun.line} begins")
        elif mark.word == _BEGIN:
            begun = mark
        else:
            singles.append(mark)
    if begun is not None:
        raise MarkerError(begun.line, f"{_BEGIN} without an {_END} after it in the same cell")
    return blocks, singles


def _plain(code: str) -> str:
    return _MAGIC.sub(r"\1pass", code)


def _unparsed(source: str) -> Versions:
    """A cell of another language (`%%bash`) is passed on, if it holds no marker."""
    for number, line in enumerate(source.splitlines(), 1):
        if re.search(r"\bSOLUTION\b", line):
            raise MarkerError(number, "a marker in a cell that is not valid Python; correct its syntax")
    return Versions(source, source)


# ---------------------------------------------------------------- code


@dataclass
class _Removal:
    """Whole lines that go, first to last (1-based), and what stands for them."""

    first: int
    last: int
    filler: str = ""

    def holds(self, node: ast.stmt) -> bool:
        return self.first <= _first_line(node) and _last_line(node) <= self.last


class _Cell:
    """A code cell with its markers resolved to blocks and statements."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self.source = source
        self.lines = source.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.tree = tree
        self.statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        self.marks = list(self._marks())
        self.blocks, self.singles = _pair(self.marks)
        for begin, end in self.blocks:
            self._check_block(begin, end)

    def student(self) -> str:
        """The cell with blanks."""
        edits: list[_Edit] = []
        removals: list[_Removal] = []
        words: dict[ast.stmt, str] = {}
        for first, last in self.blocks:
            removals.append(_Removal(first.line, last.line, self._indent(first.line) + CODE_PROMPT))
        for mark in self.singles:
            node = self._statement(mark)
            if words.setdefault(node, mark.word) != mark.word:
                raise MarkerError(mark.line, "one statement carries two different markers; keep one")
            if mark.word == _DROP:
                removals.append(self._dropped(mark, node))
            else:
                edits += self._blanked(mark, node)
        self._keep_suites_filled(removals)
        for removal in removals:
            start, end = self.starts[removal.first - 1], self.starts[removal.last]
            edits.append(_Edit(start, end, removal.filler + "\n" if removal.filler else ""))
        text = _edited(self.source + "\n", edits)
        if parse(text) is None:
            message = "what is left for students is not valid Python; move the markers"
            raise MarkerError(self.marks[0].line, message)
        return text

    def solution(self) -> str:
        """The cell as it is, without its markers."""
        edits = []
        for mark in self.marks:
            line = self.lines[mark.line - 1]
            if line.strip().startswith("#"):
                edits.append(_Edit(self.starts[mark.line - 1], self.starts[mark.line], ""))
            else:
                edits.append(self._comment(mark))
        return _edited(self.source + "\n", edits)

    def _marks(self) -> Iterator[_Mark]:
        plain = _readable(self.source)
        for number, (line, kept) in enumerate(zip(self.lines, plain.split("\n"), strict=True), 1):
            if line != kept and re.search(r"#.*\bSOLUTION\b", line):
                raise MarkerError(number, f"a magic line cannot carry a marker; use # {_BEGIN} … # {_END}")
        for token in tokenize.generate_tokens(io.StringIO(plain).readline):
            if token.type != tokenize.COMMENT:
                continue
            number, column = token.start
            word = _word(token.string.rstrip(), number, "# {}")
            if word is None:
                continue
            if word in (_BEGIN, _END) and token.line[:column].strip():
                raise MarkerError(number, f"# {word} needs a line of its own")
            start = self.starts[number - 1] + column
            yield _Mark(number, start, start + len(token.string), word)

    def _check_block(self, begin: _Mark, end: _Mark) -> None:
        for node in self.statements:
            first, last = _first_line(node), _last_line(node)
            starts_inside = begin.line < first < end.line
            ends_inside = begin.line < last < end.line
            body_ends_inside = ends_inside and not starts_inside and _compound(node)
            if starts_inside != ends_inside and not body_ends_inside:
                raise MarkerError(
                    begin.line, f"the block cuts through the statement of lines {first} to {last}"
                )

    def _statement(self, mark: _Mark) -> ast.stmt:
        """The one simple statement that a marker in its lines means."""
        here = [node for node in self.statements if _first_line(node) <= mark.line <= _last_line(node)]
        simple = [node for node in here if not _compound(node)]
        if not simple:
            hint = f"put it behind one, or use # {_BEGIN} … # {_END}"
            raise MarkerError(mark.line, f"# {mark.word} marks no simple statement; {hint}")
        if len(simple) > 1:
            raise MarkerError(mark.line, f"# {mark.word} on a line with several statements; part them")
        return simple[0]

    def _dropped(self, mark: _Mark, node: ast.stmt) -> _Removal:
        before = self.source[self.starts[node.lineno - 1] : self._offset(node.lineno, node.col_offset)]
        after = self.source[self._end(node) : self.starts[_last_line(node)]].strip("; \t\n")
        if before.strip() or (after and not after.startswith("#")):
            raise MarkerError(mark.line, f"# {_DROP} needs a statement on lines of its own")
        return _Removal(node.lineno, _last_line(node))

    def _blanked(self, mark: _Mark, node: ast.stmt) -> list[_Edit]:
        start, end = self._offset(node.lineno, node.col_offset), self._end(node)
        edits = [_Edit(start, end, self._prompt(mark, node))]
        if mark.start >= end:
            edits.append(self._comment(mark))
        return edits

    def _prompt(self, mark: _Mark, node: ast.stmt) -> str:
        """What students see of a statement: its targets, and a blank."""
        match node:
            case ast.Assign(targets=targets, value=value):
                return " = ".join([*map(self._text, targets), _blank(value)])
            case ast.AnnAssign(target=target, annotation=annotation, value=ast.expr() as value):
                return f"{self._text(target)}: {self._text(annotation)} = {_blank(value)}"
            case ast.AugAssign(target=target, value=value):
                between = self.source[self._end(target) : self._offset(value.lineno, value.col_offset)]
                operator = re.search(r"[^\s(\\]+=", between)
                return f"{self._text(target)} {operator.group() if operator else '='} {_blank(value)}"
            case ast.Return(value=ast.expr() as value):
                return f"return {_blank(value)}"
            case ast.Expr():
                return BLANK
        raise MarkerError(mark.line, f"nothing to leave blank in this statement; use # {_DROP}, or a block")

    def _keep_suites_filled(self, removals: Sequence[_Removal]) -> None:
        """A body of which nothing is left gets `...`, so that students start from valid Python."""
        for owner in self.statements:
            if any(removal.holds(owner) for removal in removals):
                continue
            for suite in _suites(owner):
                covers = [next((r for r in removals if r.holds(node)), None) for node in suite]
                last = covers[-1]
                if last is not None and all(covers):
                    dots = self._indent(suite[0].lineno) + "..."
                    last.filler = f"{last.filler}\n{dots}" if last.filler else dots

    def _comment(self, mark: _Mark) -> _Edit:
        """Takes a marker away together with the spaces before it."""
        line_start = self.starts[mark.line - 1]
        before = self.source[line_start : mark.start].rstrip()
        return _Edit(line_start + len(before), mark.end, "")

    def _text(self, node: ast.expr) -> str:
        return self.source[self._offset(node.lineno, node.col_offset) : self._end(node)]

    def _end(self, node: ast.stmt | ast.expr) -> int:
        return self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + self._column(line, column)

    def _column(self, line: int, column: int) -> int:
        """Python's trees count UTF-8 bytes; texts are edited by characters."""
        return len(self.lines[line - 1].encode()[:column].decode())

    def _indent(self, line: int) -> str:
        text = self.lines[line - 1]
        return text[: len(text) - len(text.lstrip())]


def _readable(code: str) -> str:
    """The text that `parse` parsed: magic lines replaced only where the cell needs it."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        return _plain(code)
    return code


def _blank(value: ast.expr) -> str:
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return f"'{BLANK}'" if is_text else BLANK


def _suites(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        suite = getattr(node, name, None)
        if isinstance(suite, list) and suite and isinstance(suite[0], ast.stmt):
            yield suite
    for name in ("handlers", "cases"):
        for child in getattr(node, name, []):
            yield from _suites(child)


def _compound(node: ast.stmt) -> bool:
    return next(_suites(node), None) is not None


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    for edit in sorted(set(edits), key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _tidy(text: str) -> str:
    return text.strip("\n")
