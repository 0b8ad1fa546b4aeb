"""Searches a student folder for what students must not see: solutions, keys, thresholds, rubrics.

What is secret is collected here anew, from the text of the source notebook and from the grading config,
and not asked of the code that removes it: a mistake there is found here. Every file is searched: cells,
metadata, outputs, helpers, and names and texts inside archives.

Found are copies, whatever their spacing, quotes and comments; not paraphrases, and nothing encoded. A short
expression or a line of a block (`plt.show()`) is no secret where the author gives the same one to students
elsewhere.
"""

from __future__ import annotations

import ast
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import shorten
from typing import Any, Protocol

import jupytext
import numpy as np

from autograder.course import SOURCE, Assignment
from autograder.release.markers import parse

# In characters without spaces: less is too common to be a secret; up to the second number, unless given.
_LINE, _EXPRESSION = 8, 16
# In words: a sentence, a whole answer.
_SENTENCE, _ANSWER = 5, 3

_BEGIN, _END = re.compile(r"\bBEGIN SOLUTION\b"), re.compile(r"\bEND SOLUTION\b")
_MARKED = re.compile(r"#\s*SOLUTION\b(?P<drop> NO PROMPT)?")
_ANY_MARKER = re.compile(r"\b(?:BEGIN|END) SOLUTION\b|#\s*SOLUTION\b")
_CONFIG_LINE = re.compile(r"\b(?:key|equals|at_least|tolerance|computes|rubric)\s*:")


def leaks(folder: Path, assignment: Assignment) -> list[str]:
    """Say where a student folder shows an answer, a key or a threshold of its assignment.

    Args:
        folder: what would be handed out.
        assignment: whose source notebook and grading config hold the secrets.

    Returns:
        A sentence for each find, naming file, cell and question; empty when the folder is clean.
    """
    texts = list(_texts(folder))
    given, secrets = _of_source(assignment)
    hidden = [
        secret for secret in secrets if secret.always or not any(secret.seen_in(text) for text in given)
    ]
    finds = [
        f"{text.where}: {secret.what}: {shorten(secret.shown, 70)}"
        for secret in [*hidden, *_of_config(assignment)]
        for text in texts
        if secret.seen_in(text)
    ]
    structure = (*_misplaced(folder, assignment), *_executed(folder), *_unconverted(texts))
    return list(dict.fromkeys([*structure, *finds]))


# ---------------------------------------------------------------- what is searched


@dataclass(frozen=True)
class _Text:
    """A piece of a file, and the forms of it in which secrets are looked for."""

    where: str
    raw: str
    python: bool = False

    @cached_property
    def tokens(self) -> str:
        return _tokens(self.raw)

    @cached_property
    def words(self) -> str:
        return _words(self.raw)

    @cached_property
    def nodes(self) -> frozenset[str]:
        """Every statement and expression of it, as trees without positions."""
        tree = parse(self.raw) if self.python else None
        return frozenset(_dumps(ast.walk(tree))) if tree is not None else frozenset()


def _texts(folder: Path) -> Iterator[_Text]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    yield _Text("file names", "\n".join(path.relative_to(folder).as_posix() for path in paths))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".ipynb":
            yield from _notebook_texts(name, path)
        elif path.suffix == ".npz":
            yield _Text(name, _archive_text(path))
        else:
            yield _Text(name, path.read_text(encoding="utf-8", errors="replace"), python=path.suffix == ".py")


def _notebook_texts(name: str, path: Path) -> Iterator[_Text]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for index, cell in enumerate(notebook["cells"], 1):
        source = cell.pop("source")
        text = source if isinstance(source, str) else "".join(source)
        yield _Text(f"{name}, cell {index}", text, python=cell["cell_type"] == "code")
    yield _Text(f"{name}, metadata", json.dumps(notebook, ensure_ascii=False))


def _archive_text(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        parts = [*archive.namelist(), archive.comment.decode("utf-8", "replace")]
    with np.load(path, allow_pickle=False) as arrays:
        for key in arrays.files:
            if arrays[key].dtype.kind in "US":
                parts.extend(map(str, arrays[key].ravel().tolist()))
    return "\n".join(parts)


def _misplaced(folder: Path, assignment: Assignment) -> Iterator[str]:
    private = {assignment.source.read_bytes(), assignment.config_path.read_bytes()}
    for path in sorted(folder.rglob("*")):
        private_name = path.name in (SOURCE, assignment.config_path.name)
        if path.is_file() and (private_name or path.read_bytes() in private):
            yield f"{path.relative_to(folder).as_posix()}: this file is never released"


def _executed(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.ipynb")):
        for index, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], 1):
            if cell.get("outputs") or cell.get("execution_count"):
                yield f"{path.relative_to(folder).as_posix()}, cell {index}: has run, and may show an answer"


def _unconverted(texts: Iterable[_Text]) -> Iterator[str]:
    for text in texts:
        if _ANY_MARKER.search(text.raw):
            yield f"{text.where}: a solution marker"


# ---------------------------------------------------------------- what is secret


class _Secret(Protocol):
    """Something that no text may show.

    Attributes:
        what: which question's, and what of it.
        shown: the secret itself, for the author's eyes.
        always: a secret even where the author's own given text shows it.
    """

    @property
    def what(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def always(self) -> bool: ...

    def seen_in(self, text: _Text) -> bool: ...


@dataclass(frozen=True)
class _Code:
    """Code, in any spacing; as a tree also with other quotes, parentheses and comments."""

    what: str
    shown: str
    always: bool
    tree: str = ""

    def seen_in(self, text: _Text) -> bool:
        return _tokens(self.shown) in text.tokens or (bool(self.tree) and self.tree in text.nodes)


@dataclass(frozen=True)
class _Prose:
    """Words in this order, whatever stands between them."""

    what: str
    shown: str
    always: bool = True

    def seen_in(self, text: _Text) -> bool:
        return _words(self.shown) in text.words


@dataclass(frozen=True)
class _Setting:
    """A name beside its value: `answer1 = 'A'`, `n_filters == 32`, `"at_least": 0.7`."""

    what: str
    name: str
    value: str | float
    others: tuple[str, ...] = ()
    always: bool = True

    @property
    def shown(self) -> str:
        return f"{self.name} = {self.value!r}"

    def seen_in(self, text: _Text) -> bool:
        name = rf"(?<![\w.]){re.escape(self.name)}(?!\w)(?:\.\w+\(\))*['\"`*]*\s*"
        relation = r"(?::\s*\w+\s*=|==|=|:|->|→|>=|≥|>|\bis\b|\bequals\b|\bat least\b)[(\[*\s]*"
        if isinstance(self.value, str):
            return re.search(name + relation + self._option(self.value), text.raw) is not None
        number = r"['\"`]?([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?!\w|\.\d)"
        return any(float(found) == self.value for found in re.findall(name + relation + number, text.raw))

    def _option(self, value: str) -> str:
        """The option itself, but not the list of all of them: "`answer1`: A, B or C"."""
        quoted = rf"(?i:['\"`]{re.escape(value)}['\"`])"
        listed = "|".join(map(re.escape, self.others))
        not_listed = rf"(?!\W{{0,4}}(?:[,/|]|\bor\b)\W{{0,4}}(?:{listed})(?!\w))" if listed else ""
        return rf"(?:{quoted}|{re.escape(value)}(?!\w)){not_listed}"


def _of_source(assignment: Assignment) -> tuple[list[_Text], list[_Secret]]:
    """What the author gives to students anyway, and what only the solution has."""
    given: list[_Text] = []
    secrets: list[_Secret] = []
    for cell in jupytext.read(assignment.source, fmt="py:percent").cells:
        question = cell.metadata.get("question")
        owner = f"question {question}" if question else "a cell without a question"
        lines = cell.source.split("\n")
        blocks = _blocks(lines)
        if cell.cell_type != "code":
            secrets += _answers(owner, ["\n".join(lines[first:last]) for first, last in blocks])
            continue
        tree = parse(cell.source)
        marked = dict(_marked(lines, tree))
        secret_lines = {line for first, last in blocks for line in range(first, last)}
        secret_lines |= {line for first, last in marked for line in range(first, last)}
        for (first, last), dropped in marked.items():
            secrets += _statement(owner, "\n".join(lines[first:last]), dropped)
        for first, last in blocks:
            secrets += _block(owner, lines[first:last], _simple(tree, range(first, last)))
        given += _given(lines, tree, secret_lines)
    for helper in assignment.helpers:
        text = (assignment.folder / helper).read_text(encoding="utf-8", errors="replace")
        given.append(_Text("given", text, python=helper.suffix == ".py"))
    return given, secrets


def _of_config(assignment: Assignment) -> Iterator[_Secret]:
    for id, question in assignment.config.questions.items():
        for check in question.checks:
            yield from _of_check(f"question {id}", id, check.captures(), check.model_dump(exclude_unset=True))
    for line in assignment.config_path.read_text(encoding="utf-8").splitlines():
        entry = re.sub(r"^[\s-]*(?:checks:)?[\s\[]*|[\s\]]+$", "", line)
        if _CONFIG_LINE.search(entry) and len(_bare(entry)) >= _EXPRESSION:
            yield _Code("a line of the grading config", entry, always=True)


def _of_check(owner: str, id: str, names: Sequence[str], check: dict[str, Any]) -> Iterator[_Secret]:
    if "key" in check:
        others = tuple(option for option in check["of"] if option != check["key"])
        for name in (*names, id):
            yield _Setting(f"{owner}: the key", name, check["key"], others)
    equals = check.get("equals")
    if isinstance(equals, bool | str):
        yield from (_Setting(f"{owner}: the value", name, str(equals)) for name in names)
    elif isinstance(equals, int | float):
        yield from (_Setting(f"{owner}: the value", name, float(equals)) for name in names)
    elif isinstance(equals, list | tuple) and len(_bare(repr(equals))) >= _LINE:
        yield _Code(f"{owner}: the value", repr(equals).replace("(", "[").replace(")", "]"), always=True)
    for limit in ("at_least", "tolerance"):
        if isinstance(check.get(limit), int | float):
            beside = (*names, "accuracy", limit) if limit == "at_least" else (limit,)
            yield from (_Setting(f"{owner}: a threshold", name, float(check[limit])) for name in beside)
    if check.get("rubric"):
        yield from _answers(f"{owner}: the rubric", [check["rubric"]])


# ---------------------------------------------------------------- the source notebook's secrets


def _blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Lines between BEGIN and END markers, as half-open ranges counted from 0."""
    found, begun = [], None
    for index, line in enumerate(lines):
        if _BEGIN.search(line):
            begun = index + 1
        elif _END.search(line) and begun is not None:
            found.append((begun, index))
            begun = None
    return [*found, (begun, len(lines))] if begun is not None else found


def _marked(lines: Sequence[str], tree: ast.Module | None) -> Iterator[tuple[tuple[int, int], bool]]:
    """Lines of statements with a marker of their own, and whether the statement goes without a prompt."""
    for index, line in enumerate(lines):
        marker = _MARKED.search(line)
        if marker and not _BEGIN.search(line) and not _END.search(line):
            extents = [(node.lineno - 1, node.end_lineno or node.lineno) for node in _simple(tree)]
            own = [(first, last) for first, last in extents if first <= index < last] or [(index, index + 1)]
            yield (min(own)[0], max(last for _, last in own)), marker["drop"] is not None


def _simple(tree: ast.Module | None, lines: range | None = None) -> list[ast.stmt]:
    """Statements that hold no others; only those that begin in `lines` (counted from 0), if given."""
    nodes = ast.walk(tree) if tree is not None else iter(())
    return [
        node
        for node in nodes
        if isinstance(node, ast.stmt)
        and not hasattr(node, "body")
        and not isinstance(node, ast.Match)
        and (lines is None or node.lineno - 1 in lines)
    ]


def _statement(owner: str, code: str, dropped: bool) -> Iterator[_Secret]:
    """A marked statement, and what it assigns."""
    code = "\n".join(_MARKED.split(line)[0].rstrip() for line in code.split("\n"))
    tree = parse("if True:\n" + code if code[:1].isspace() else code)
    for node in _simple(tree):
        value = getattr(node, "value", None)
        assigns = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
        shown = ast.unparse(node)
        if assigns and not dropped:
            yield _Code(f"{owner}: a solution", shown, always=True, tree=ast.dump(node))
        elif len(_bare(shown)) >= _LINE:
            always = not dropped and len(_bare(shown)) >= _EXPRESSION
            yield _Code(f"{owner}: a solution", shown, always, ast.dump(node))
        if isinstance(value, ast.expr) and len(_bare(ast.unparse(value))) >= _LINE:
            shown = ast.unparse(value)
            always = not dropped and len(_bare(shown)) >= _EXPRESSION
            yield _Code(f"{owner}: a solution's value", shown, always, ast.dump(value))
    if tree is None or len(_bare(code)) >= _LINE:
        yield _Code(f"{owner}: a solution", code.strip(), always=not dropped and "=" in code)


def _block(owner: str, lines: Sequence[str], statements: Sequence[ast.stmt]) -> Iterator[_Secret]:
    for line in lines:
        if len(_bare(line)) >= _LINE:
            yield _Code(f"{owner}: a line of the solution", line.strip(), always=False)
    for node in statements:
        shown = ast.unparse(node)
        if len(_bare(shown)) >= _LINE:
            yield _Code(f"{owner}: a line of the solution", shown, always=False, tree=ast.dump(node))
    if sum(bool(line.strip()) for line in lines) > 1:
        yield _Code(f"{owner}: the whole solution", "\n".join(lines).strip(), always=True)


def _answers(owner: str, answers: Iterable[str]) -> Iterator[_Secret]:
    for answer in answers:
        if len(_words(answer).split()) >= _ANSWER:
            yield _Prose(f"{owner}: the written answer", answer.strip())
        for sentence in re.split(r"[.!?;:]\s+|\n\s*\n", answer):
            if len(_words(sentence).split()) >= _SENTENCE:
                yield _Prose(f"{owner}: a sentence of the written answer", sentence.strip())


def _given(lines: Sequence[str], tree: ast.Module | None, secret: set[int]) -> Iterator[_Text]:
    """The rest of a code cell: its lines, and each of its statements that holds nothing secret."""
    # NUL is a token of its own: lines that are not neighbours are not read as one.
    yield _Text("given", "\n".join("\0" if index in secret else line for index, line in enumerate(lines)))
    for node in _simple(tree):
        if secret.isdisjoint(range(node.lineno - 1, node.end_lineno or node.lineno)):
            yield _Text("given", ast.unparse(node), python=True)


# ---------------------------------------------------------------- normal forms


def _tokens(text: str) -> str:
    tokens = re.findall(r"\w+|[^\w\s]", text.replace('"', "'"))
    return f" {' '.join(tokens)} "


def _words(text: str) -> str:
    words = re.findall(r"\w+", text.lower())
    return f" {' '.join(words)} "


def _bare(text: str) -> str:
    return "".join(text.split())


def _dumps(nodes: Iterable[ast.AST]) -> Iterator[str]:
    return (ast.dump(node) for node in nodes if isinstance(node, ast.stmt | ast.expr))
