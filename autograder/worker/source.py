"""What can be read in a cell's text: names it assigns, blanks, edTest marks, likeness to another text.

Parses and compares only; never executes. Magics are tolerated as IPython tolerates them.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from IPython.core.inputtransformer2 import TransformerManager

_MARK = re.compile(r"edTest\(\s*(\w+)\s*\)")
_BLANK = re.compile(r"(?<!\w)___(?!\w)")
_ASSIGNMENT = re.compile(r"^[ \t]*([A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)[ \t]*=(?!=)", re.MULTILINE)
# Cell magics whose body is Python; what follows any other is not.
_PYTHON_MAGIC = re.compile(r"\A\s*%%(?:time|timeit|capture|prun)\b[^\n]*\n?")
_PLACEHOLDER = re.compile(r"#\s*YOUR CODE.*|(?<!\w)___(?!\w)", re.IGNORECASE)
# What changes nothing about an answer: Colab's forms, Kaggle's cell marks, timing a cell, hiding its output,
# and the lines that otter-grader puts into notebooks.
_DECORATION = re.compile(
    r"^[ \t]*#[ \t]*(?:@(?:title|markdown|param)\b|%%[ \t]*\[(?:code|markdown)\]).*"
    r"|^%%(?:time|capture)\b.*"
    r"|[ \t]*#[ \t]*@param\b.*"
    r"|^<!-- (?:BEGIN|END) QUESTION -->$"
    r"|^# Initialize Otter$|^import otter$|^grader = otter\.Notebook\(.*\)$"
    r"|^# Save your notebook first, then run this cell to export your submission\.$"
    r"|^grader\.(?:check|check_all|export)\(.*\)$",
    re.MULTILINE,
)
_LATE_MAGIC = re.compile(r"\A((?:[ \t]*(?:#[^\n]*)?\n)+)(%%\w[^\n]*\n?)")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_MAX_TOKENS = 400
_MAX_PARSED = 1_000_000


def normal(text: str) -> str:
    """The text without what changes nothing: blank lines, spaces at ends, and what notebook hosts add."""
    return "\n".join(line.rstrip() for line in _DECORATION.sub("", text).splitlines() if line.strip())


def magic_first(text: str) -> str:
    """The text with its cell magic in front of the comments above it, where IPython looks for it.

    Colab puts `#@title` first and takes that for a cell with a magic all the same.
    """
    return _LATE_MAGIC.sub(lambda found: f"{found[2].rstrip()}\n{found[1]}", text, count=1)


def marks(source: str) -> frozenset[str]:
    """The ids of its `### edTest(id) ###` marks."""
    return frozenset(_MARK.findall(source))


def names(source: str) -> frozenset[str]:
    """Names it assigns or defines at its top level, be it by `=`, `for`, `with`, `:=`, `def` or `class`.

    Text that does not parse gives the names left of an equals sign.
    """
    tree = _tree(source)
    if tree is None:
        found = re.split(r"[\s,]+", ",".join(match.group(1) for match in _ASSIGNMENT.finditer(source)))
    else:
        found = list(bound(tree.body))
    return frozenset(name for name in found if name.strip("_"))


def blanks(source: str) -> bool:
    """Whether a blank `___` is left in its code (in strings and comments it does not count)."""
    if "___" not in source:
        return False
    tree = _tree(source)
    if tree is None:
        return bool(_BLANK.search(source))
    return any(
        "___" in (getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "arg", None))
        for node in ast.walk(tree)
    )


def tokens(text: str) -> list[str]:
    """Its words and signs, placeholders left out; at most 400."""
    return _TOKEN.findall(_PLACEHOLDER.sub(" ", text))[:_MAX_TOKENS]


def likeness(released: Sequence[str], submitted: Sequence[str]) -> float:
    """How much of a released text a submitted one still holds, 0…1.

    The larger of difflib's ratio and, for texts long enough to mean something, the share of the
    released tokens that are still there in order: students add much and remove little.
    """
    if len(released) < 4 or not submitted:
        return 0.0
    contained = 0.95 if len(released) >= 10 else 0.0
    common = (Counter(released) & Counter(submitted)).total()
    bound = max(2 * common / (len(released) + len(submitted)), contained * common / len(released))
    if bound < 0.5:
        return 0.0  # The exact comparison is slow and could only lower it.
    matcher = SequenceMatcher(None, released, submitted, autojunk=False)
    share = sum(block.size for block in matcher.get_matching_blocks()) / len(released)
    return max(matcher.ratio(), contained * share)


def _tree(source: str) -> ast.Module | None:
    if len(source) > _MAX_PARSED:
        return None
    body = _PYTHON_MAGIC.sub("", magic_first(source))
    if body.lstrip().startswith("%%"):
        return ast.Module(body=[], type_ignores=[])  # Another language.
    try:
        plain: str = TransformerManager().transform_cell(body)
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def bound(body: Sequence[ast.AST]) -> Iterator[str]:
    """Names bound by statements, but not inside functions, classes, lambdas and comprehensions."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                yield node.id
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from bound(list(ast.iter_child_nodes(node)))
