"""Every mistake that figure code can name is registered, and everything registered can be named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograder
from autograder.figures.mistakes import KINDS, MISTAKES, next_step

PACKAGE = Path(autograder.__file__).parent
FIGURE_CHECKS = (
    "bars",
    "confusion",
    "curves",
    "drawing_contracts",
    "drawn",
    "galleries",
    "histograms",
    "maximisation",
    "maximised",
    "maximised_classes",
    "maximised_filters",
    "misclassified",
    "panels",
)
SOURCES = sorted(
    {
        *(PACKAGE / "figures").rglob("*.py"),
        PACKAGE / "grading" / "panel_sets.py",
        PACKAGE / "grading/oracle.py",
    }
    | {PACKAGE / "checks" / f"{name}.py" for name in FIGURE_CHECKS}
)
NAME = re.compile(r"[a-z]+(_[a-z]+)*")
NAMING_CALLS = {
    **dict.fromkeys(("wrong", "half", "undecided", "Diagnosis"), slice(0, 1)),
    **dict.fromkeys(("of", "as_set"), slice(1, None)),
    "PanelSet": slice(4, 5),
    "Network": slice(1, 2),
    "_slip": slice(2, 3),
}
"""Calls that name a mistake, and in which of their arguments."""
OF_VARIABLES = {"wrong_type", "no_validation", "no_metric", "no_name"}
"""Names that say something about a variable or a function, not about what was drawn."""
PUT_TOGETHER = {"accuracy_for_loss", "loss_for_accuracy", "train_for_validation", "validation_for_train"}
"""Names that are made of two words in `curve_slips`."""


def strings(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str)}


def named(path: Path) -> Iterator[str]:
    """Names that surely are mistakes: of an outcome, of a pair of name and words, of a decoy, of a slip."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func.id if isinstance(node.func, ast.Name) else ""
            places = NAMING_CALLS.get(function, slice(0, 0))
            yield from constants(*node.args[places])
            named_so = [word.value for word in node.keywords if word.arg in ("diagnosis", "mistake")]
            yield from constants(*named_so)
        elif isinstance(node, ast.Return | ast.Yield) and isinstance(node.value, ast.Tuple):
            words = node.value.elts
            if len(words) > 1 and (
                isinstance(words[1], ast.JoinedStr | ast.Name)
                or any(" " in text for text in constants(words[1]))
            ):
                yield from constants(words[0])
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.target.id in ("_SLIPS", "CHANGES") and isinstance(node.value, ast.Tuple):
                yield from constants(*(one.elts[0] for one in node.value.elts if isinstance(one, ast.Tuple)))
            elif node.target.id == "_SLIPS" and isinstance(node.value, ast.Dict):
                yield from constants(*filter(None, node.value.keys))


def constants(*expressions: ast.expr) -> Iterator[str]:
    for one in expressions:
        if isinstance(one, ast.IfExp):
            yield from constants(one.body, one.orelse)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


NOUNS = {"filter", "kernel", "feature map", "image", "heatmap"}
DECISIONS = {"right", "wrong", "undecided"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_name_in_use_is_registered(path: Path) -> None:
    names = {name for name in named(path) if NAME.fullmatch(name)} - NOUNS - DECISIONS - OF_VARIABLES
    assert names <= MISTAKES.keys()


def test_every_registered_name_is_in_use() -> None:
    used = set().union(*(strings(path) for path in SOURCES if path.stem != "mistakes")) | PUT_TOGETHER
    assert MISTAKES.keys() - used == set()


def test_there_are_many_and_each_is_complete() -> None:
    assert len(MISTAKES) >= 30
    for mistake in MISTAKES.values():
        assert set(mistake.kinds) <= set(KINDS)
        assert mistake.kinds
        assert mistake.shows
        assert not mistake.shows.endswith(".")
        assert re.fullmatch(r"[A-Z].*\.", mistake.next_step), mistake.name


def test_every_kind_knows_mistakes() -> None:
    for kind in KINDS:
        assert sum(kind in mistake.kinds for mistake in MISTAKES.values()) >= 5, kind


def test_the_next_step_of_an_unknown_mistake_is_a_sentence() -> None:
    assert next_step("transposed") == MISTAKES["transposed"].next_step
    assert next_step("never heard of").endswith(".")
